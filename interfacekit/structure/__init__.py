"""Crystals, their Li networks, migration barriers, coherent interfaces, and stacks made of them."""

from typing import TYPE_CHECKING

from interfacekit.homeless import name_home
from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
    from interfacekit.structure.adhesion import WorkOfAdhesion, work_of_adhesion
    from interfacekit.structure.barrier_table import BarrierTable, HopBarrier, read_barriers
    from interfacekit.structure.barriers import migration_barriers
    from interfacekit.structure.bonds import Bond, bond_lengths
    from interfacekit.structure.coherent import CoherentInterfaces, coherent_interfaces
    from interfacekit.structure.crystals import Crystal, crystal
    from interfacekit.structure.files import read_interface, write_interface
    from interfacekit.structure.interface import Interface
    from interfacekit.structure.matching import match_to_cell
    from interfacekit.structure.networks import HopClass, LithiumNetwork, NetworkSite, lithium_network
    from interfacekit.structure.percolation import ConnectedPart, Percolation
    from interfacekit.structure.stacks import CrystalLayer, CrystalStack

name_home()

_HOMES = {
    "interfacekit.structure.adhesion": (
        "WorkOfAdhesion",
        "work_of_adhesion",
    ),
    "interfacekit.structure.barrier_table": (
        "BarrierTable",
        "HopBarrier",
        "read_barriers",
    ),
    "interfacekit.structure.barriers": ("migration_barriers",),
    "interfacekit.structure.bonds": (
        "Bond",
        "bond_lengths",
    ),
    "interfacekit.structure.coherent": (
        "CoherentInterfaces",
        "coherent_interfaces",
    ),
    "interfacekit.structure.crystals": (
        "Crystal",
        "crystal",
    ),
    "interfacekit.structure.files": (
        "read_interface",
        "write_interface",
    ),
    "interfacekit.structure.interface": ("Interface",),
    "interfacekit.structure.matching": ("match_to_cell",),
    "interfacekit.structure.networks": (
        "HopClass",
        "LithiumNetwork",
        "NetworkSite",
        "lithium_network",
    ),
    "interfacekit.structure.percolation": (
        "ConnectedPart",
        "Percolation",
    ),
    "interfacekit.structure.stacks": (
        "CrystalLayer",
        "CrystalStack",
    ),
}

__all__ = [
    "BarrierTable",
    "Bond",
    "CoherentInterfaces",
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
