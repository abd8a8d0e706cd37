"""Crystals, their Li networks, migration barriers, coherent interfaces, and stacks made of them."""

from typing import TYPE_CHECKING

from interfacekit.homeless import name_home
from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
    from interfacekit.structure.barriers.hop_barrier import HopBarrier
    from interfacekit.structure.barriers.migration import migration_barriers
    from interfacekit.structure.barriers.options import BandOptions
    from interfacekit.structure.barriers.reading import read_barriers
    from interfacekit.structure.barriers.table import BarrierTable
    from interfacekit.structure.calculators import ConfiguredCalculator
    from interfacekit.structure.crystals.bonds import Bond, bond_lengths
    from interfacekit.structure.crystals.crystal import Crystal, crystal
    from interfacekit.structure.interfaces.adhesion import WorkOfAdhesion, work_of_adhesion
    from interfacekit.structure.interfaces.candidates import CoherentInterfaces
    from interfacekit.structure.interfaces.cell_matching import match_to_cell
    from interfacekit.structure.interfaces.coherent import coherent_interfaces
    from interfacekit.structure.interfaces.files import read_interface, write_interface
    from interfacekit.structure.interfaces.interface import Interface
    from interfacekit.structure.network.percolation import ConnectedPart, Percolation
    from interfacekit.structure.network.result import HopClass, LithiumNetwork, NetworkSite
    from interfacekit.structure.network.search import lithium_network
    from interfacekit.structure.stacks.crystal_layer import CrystalLayer
    from interfacekit.structure.stacks.crystal_stack import CrystalStack

name_home()

_HOMES = {
    "interfacekit.structure.calculators": ("ConfiguredCalculator",),
    "interfacekit.structure.interfaces.adhesion": (
        "WorkOfAdhesion",
        "work_of_adhesion",
    ),
    "interfacekit.structure.barriers.hop_barrier": ("HopBarrier",),
    "interfacekit.structure.barriers.options": ("BandOptions",),
    "interfacekit.structure.barriers.table": ("BarrierTable",),
    "interfacekit.structure.barriers.reading": ("read_barriers",),
    "interfacekit.structure.barriers.migration": ("migration_barriers",),
    "interfacekit.structure.crystals.bonds": (
        "Bond",
        "bond_lengths",
    ),
    "interfacekit.structure.interfaces.candidates": ("CoherentInterfaces",),
    "interfacekit.structure.interfaces.coherent": ("coherent_interfaces",),
    "interfacekit.structure.crystals.crystal": (
        "Crystal",
        "crystal",
    ),
    "interfacekit.structure.interfaces.files": (
        "read_interface",
        "write_interface",
    ),
    "interfacekit.structure.interfaces.interface": ("Interface",),
    "interfacekit.structure.interfaces.cell_matching": ("match_to_cell",),
    "interfacekit.structure.network.result": (
        "HopClass",
        "LithiumNetwork",
        "NetworkSite",
    ),
    "interfacekit.structure.network.search": ("lithium_network",),
    "interfacekit.structure.network.percolation": (
        "ConnectedPart",
        "Percolation",
    ),
    "interfacekit.structure.stacks.crystal_layer": ("CrystalLayer",),
    "interfacekit.structure.stacks.crystal_stack": ("CrystalStack",),
}

__all__ = [
    "BandOptions",
    "BarrierTable",
    "Bond",
    "CoherentInterfaces",
    "ConfiguredCalculator",
    "ConnectedPart",
    "Crystal",
    "CrystalLayer",
    "CrystalStack",
    "HopBarrier",
    "HopClass",
    "Interface",
    "LithiumNetwork",
    "NetworkSite",
    "Percolation",
    "WorkOfAdhesion",
    "bond_lengths",
    "coherent_interfaces",
    "crystal",
    "lithium_network",
    "match_to_cell",
    "migration_barriers",
    "read_barriers",
    "read_interface",
    "work_of_adhesion",
    "write_interface",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
