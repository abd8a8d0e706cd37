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
from interfacekit.transport.layer_materials import Contact, LayerMaterial, contact, known_layers, layer_material
from interfacekit.transport.network import Network, network
from interfacekit.transport.observables import SiteClass, SlowDirection, Tensor, Transport
from interfacekit.transport.rates import (
    EnvironmentBarriers,
    HoppingModel,
    NeighbourBarriers,
    gaussian_barriers_eV,
    gaussian_site_energies_eV,
    lognormal_attempt_frequencies_Hz,
    rate_Hz,
)
from interfacekit.transport.shell import distinct_shells, shell_point, shell_stack
from interfacekit.transport.space_charge import space_charge
from interfacekit.transport.stack import Interphase, Layer, Stack
from interfacekit.transport.stack_kmc import StackRunOptions, simulate_stack
from interfacekit.transport.stack_result import SpaceCharge, StackProfile, StackTransport

__all__ = [
    "LATTICES",
    "BulkModel",
    "Contact",
    "EnvironmentBarriers",
    "HoppingModel",
    "Interphase",
    "Lattice",
    "Layer",
    "LayerMaterial",
    "MeasuredPoint",
    "NeighbourBarriers",
    "Network",
    "RunOptions",
    "SiteClass",
    "SlowDirection",
    "SpaceCharge",
    "Stack",
    "StackProfile",
    "StackRunOptions",
    "StackTransport",
    "Tensor",
    "Transport",
    "bulk_model",
    "contact",
    "distinct_shells",
    "gaussian_barriers_eV",
    "gaussian_site_energies_eV",
    "known_layers",
    "lattice_gas_conductivity_S_cm",
    "layer_material",
    "lognormal_attempt_frequencies_Hz",
    "measured_points",
    "network",
    "rate_Hz",
    "regular_lattice",
    "shell_point",
    "shell_stack",
    "simulate",
    "simulate_series",
    "simulate_stack",
    "space_charge",
]
