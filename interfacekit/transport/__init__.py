"""Transport of ions: site networks, rates, kinetic Monte Carlo, and the observables of its runs."""

from interfacekit.transport.bulk import (
    BulkModel,
    MeasuredPoint,
    bulk_model,
    lattice_gas_conductivity_S_cm,
    measured_points,
)
from interfacekit.transport.kmc import RunOptions, simulate, simulate_series
from interfacekit.transport.lattice import LATTICES, Lattice, regular_lattice
from interfacekit.transport.network import Network, network
from interfacekit.transport.observables import SiteClass, Transport
from interfacekit.transport.rates import (
    EnvironmentBarriers,
    HoppingModel,
    NeighbourBarriers,
    gaussian_barriers_eV,
    gaussian_site_energies_eV,
    lognormal_attempt_frequencies_Hz,
    rate_Hz,
)
from interfacekit.transport.space_charge import space_charge

__all__ = [
    "LATTICES",
    "BulkModel",
    "EnvironmentBarriers",
    "HoppingModel",
    "Lattice",
    "MeasuredPoint",
    "NeighbourBarriers",
    "Network",
    "RunOptions",
    "SiteClass",
    "Transport",
    "bulk_model",
    "gaussian_barriers_eV",
    "gaussian_site_energies_eV",
    "lattice_gas_conductivity_S_cm",
    "lognormal_attempt_frequencies_Hz",
    "measured_points",
    "network",
    "rate_Hz",
    "regular_lattice",
    "simulate",
    "simulate_series",
    "space_charge",
]
