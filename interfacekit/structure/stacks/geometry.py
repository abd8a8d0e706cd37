"""Geometry of a stack of crystals and glasses: what is asked for, and the sites and hops that come of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.structure.network.result import LithiumNetwork
    from interfacekit.structure.stacks.layer_sites import PeriodicSites


@dataclass(frozen=True, eq=False)
class LayerGeometry:
    """A layer as it is asked for.

    Attributes
    ----------
    name
        Of the layer in its stack.
    material
        Name of its material.
    thickness_A
        Angstrom.
    network
        Sites and hops of its crystal; None of a glass.
    miller
        Plane that faces the contacts; None for the usual one.
    site_density_per_A3
        Of a glass.
    """

    name: str
    material: str
    thickness_A: float
    network: LithiumNetwork | None
    miller: Sequence[int] | None
    site_density_per_A3: float


@dataclass(frozen=True, eq=False)
class StackGeometry:
    """A stack as it is asked for.

    Attributes
    ----------
    layers
        From the cathode on.
    max_area_A2, max_strain
        Limits of the common cell, and of the strains of all crystals but the last.
    across_A
        Longest hop across a contact; None for the usual one.
    seed
        Of the sites of glasses.
    """

    layers: tuple[LayerGeometry, ...]
    max_area_A2: float
    max_strain: float
    across_A: float | None
    seed: int


@dataclass(frozen=True, eq=False)
class Place:
    """A solid, and how it is put into the stack."""

    name: str
    miller: tuple[int, int, int] | None
    solid: PeriodicSites
    deformation: NDArray[np.float64]  # (3, 3)
    period_A: float
    strains: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Built:
    """All sites of a stack, in the order of their slices, and the pairs that hops join, each once."""

    cell_A: NDArray[np.float64]  # (2, 2)
    height_A: float
    places: tuple[Place, ...]
    positions_A: NDArray[np.float64]  # (n, 3)
    sites_of_planes: NDArray[np.int64]  # (P,)
    layer_of_planes: NDArray[np.int64]  # (P,)
    spacing_A: NDArray[np.float64]  # (P,)
    between_A: NDArray[np.float64]  # (P + 1,)
    origins: NDArray[np.int64]  # (L,)
    targets: NDArray[np.int64]  # (L,)
    images: NDArray[np.int64]  # (L, 2)
    link_kinds: NDArray[np.int64]  # (L,): contacts first, then the classes of layer after layer
    atoms_A: NDArray[np.float64]
    symbols: tuple[str, ...]
    hops_across: tuple[tuple[int, float, float], ...]  # of each contact: number, shortest and longest
    left_out: int

    @cached_property
    def edges_A(self) -> NDArray[np.float64]:
        """Edges of the slices, in the middle of the room between layers; shape (P + 1,)."""
        bottoms = np.concatenate([[0.0], np.cumsum(self.spacing_A + self.between_A[1:])])
        return np.asarray(bottoms - self.between_A / 2)

    @cached_property
    def area_A2(self) -> float:
        """Area of the cell in the plane."""
        return abs(float(np.linalg.det(self.cell_A)))
