"""Crystals, their Li networks, migration barriers, coherent interfaces, and stacks made of them."""

from interfacekit.structure.bonds import Bond, bond_lengths
from interfacekit.structure.crystals import Crystal, crystal

__all__ = ["Bond", "Crystal", "bond_lengths", "crystal"]
