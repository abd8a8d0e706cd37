"""Planes of a crystal matched onto a given two-dimensional cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.results import Result
from interfacekit.structure.interfaces.lattice_planes import Miller, Planes, checked_miller, miller_text
from interfacekit.structure.interfaces.matching import (
    check_limits,
    lattice_matches,
    nearest_misses,
    nothing_matches,
    require_search_time,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from interfacekit.structure.interfaces.lattice_match import LatticeMatch


@dataclass(frozen=True)
class CellMatch(Result):
    """A plane of a crystal matched onto a given two-dimensional cell.

    Attributes
    ----------
    crystal
        Name of the crystal.
    miller
        Its plane, whose outward normal points along z.
    match
        Supercells and strain; all of the strain is the crystal's.
    repeat_A
        Rows (3, 3): the smallest cell of the plane before it is strained, in a frame with z along the outward normal.
    orientation
        Rows (3, 3): `r @ orientation` turns a position of the crystal as given into that frame.
    """

    crystal: str
    miller: Miller
    match: LatticeMatch
    repeat_A: tuple[tuple[float, float, float], ...]
    orientation: tuple[tuple[float, float, float], ...]

    @cached_property
    def deformation(self) -> NDArray[np.float64]:
        """Deformation (3, 3): `r @ deformation` turns a position of the crystal as given into the frame of the cell.

        Distances along z stay as they are.
        """
        flat = np.eye(3)
        flat[:2, :2] = self.match.deformation
        return np.array(self.orientation) @ flat


def match_to_cell(
    crystal: Any,
    miller: Sequence[int],
    cell_2d_A: ArrayLike,
    *,
    max_area_A2: float = 400.0,
    max_strain: float = 0.05,
) -> tuple[CellMatch, ...]:
    """Match a plane of a crystal onto a given two-dimensional cell, or onto supercells of it.

    Parameters
    ----------
    crystal
        What `interfacekit.structure.crystal` takes.
    miller
        The plane; its outward normal becomes +z.
    cell_2d_A
        Two vectors (2, 2), or (2, 3) without a component along z, which stay as they are.
    max_area_A2
        Largest area of the common cell.
    max_strain
        Largest principal strain of the crystal.

    Returns
    -------
    tuple
        By rising area, of each area the least strained, and larger areas only where they strain less.

    Raises
    ------
    InputError
        If nothing matches within the limits (the message says by how much the nearest misses), or the input is bad.
    """
    from interfacekit.structure.crystals.crystal import crystal as load

    check_limits(max_area_A2, max_strain)
    cell = _checked_cell(cell_2d_A)
    loaded = load(crystal)
    plane = Planes(loaded.structure).plane(checked_miller(miller))
    require_search_time([(plane, cell)], max_area_A2, max_strain)
    found = lattice_matches(plane, cell, max_area_A2, max_strain)
    if not found:
        near = nearest_misses([(plane, cell)], max_area_A2, max_strain)
        what = f"{miller_text(plane.miller)} of {loaded.name} onto the cell"
        raise InputError(nothing_matches(what, near, max_area_A2, max_strain))
    rows = tuple(map(tuple, plane.vectors_A.tolist())), tuple(map(tuple, plane.rotation.tolist()))
    return tuple(CellMatch(loaded.name, plane.miller, match, *rows) for match in found)


def _checked_cell(cell_2d_A: ArrayLike) -> NDArray[np.float64]:
    try:
        cell = np.array(cell_2d_A, dtype=float)
    except (TypeError, ValueError):
        cell = np.empty(0)
    if cell.shape == (2, 3) and np.allclose(cell[:, 2], 0, atol=1e-6):
        cell = cell[:, :2]
    if cell.shape != (2, 2) or not np.isfinite(cell).all() or abs(np.linalg.det(cell)) < 1e-3:
        raise InputError("a two-dimensional cell is two vectors of two numbers (A) that are not parallel")
    return cell
