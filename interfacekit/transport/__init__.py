"""Transport of ions: site networks, rates, kinetic Monte Carlo, and the observables of its runs."""

from typing import TYPE_CHECKING

from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
    from interfacekit.transport.bulk.observables import SiteClass, SlowDirection, Tensor, Transport
    from interfacekit.transport.bulk.options import RunOptions
    from interfacekit.transport.bulk.simulate import simulate, simulate_series
    from interfacekit.transport.continuum.space_charge import space_charge
    from interfacekit.transport.hopping.lattice import LATTICES, Lattice, regular_lattice
    from interfacekit.transport.hopping.network import Network, network
    from interfacekit.transport.hopping.rates import (
        EnvironmentBarriers,
        HoppingModel,
        NeighbourBarriers,
        gaussian_barriers_eV,
        gaussian_site_energies_eV,
        lognormal_attempt_frequencies_Hz,
        rate_Hz,
    )
    from interfacekit.transport.materials.bulk_models import (
        BulkModel,
        MeasuredPoint,
        bulk_model,
        lattice_gas_conductivity_S_cm,
        measured_points,
    )
    from interfacekit.transport.materials.layers import Contact, LayerMaterial, contact, known_layers, layer_material
    from interfacekit.transport.shells.point import distinct_shells, shell_point, shell_stack
    from interfacekit.transport.stack_kmc.options import StackRunOptions
    from interfacekit.transport.stack_kmc.simulate import simulate_stack
    from interfacekit.transport.stacks.result import SpaceCharge, StackProfile, StackTransport
    from interfacekit.transport.stacks.stack import Interphase, Layer, Stack

_HOMES = {
    "interfacekit.transport.bulk.observables": (
        "SiteClass",
        "SlowDirection",
        "Tensor",
        "Transport",
    ),
    "interfacekit.transport.bulk.options": ("RunOptions",),
    "interfacekit.transport.bulk.simulate": (
        "simulate",
        "simulate_series",
    ),
    "interfacekit.transport.continuum.space_charge": ("space_charge",),
    "interfacekit.transport.hopping.lattice": (
        "LATTICES",
        "Lattice",
        "regular_lattice",
    ),
    "interfacekit.transport.hopping.network": (
        "Network",
        "network",
    ),
    "interfacekit.transport.hopping.rates": (
        "EnvironmentBarriers",
        "HoppingModel",
        "NeighbourBarriers",
        "gaussian_barriers_eV",
        "gaussian_site_energies_eV",
        "lognormal_attempt_frequencies_Hz",
        "rate_Hz",
    ),
    "interfacekit.transport.materials.bulk_models": (
        "BulkModel",
        "MeasuredPoint",
        "bulk_model",
        "lattice_gas_conductivity_S_cm",
        "measured_points",
    ),
    "interfacekit.transport.materials.layers": (
        "Contact",
        "LayerMaterial",
        "contact",
        "known_layers",
        "layer_material",
    ),
    "interfacekit.transport.shells.point": (
        "distinct_shells",
        "shell_point",
        "shell_stack",
    ),
    "interfacekit.transport.stack_kmc.options": ("StackRunOptions",),
    "interfacekit.transport.stack_kmc.simulate": ("simulate_stack",),
    "interfacekit.transport.stacks.result": (
        "SpaceCharge",
        "StackProfile",
        "StackTransport",
    ),
    "interfacekit.transport.stacks.stack": (
        "Interphase",
        "Layer",
        "Stack",
    ),
}

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

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
