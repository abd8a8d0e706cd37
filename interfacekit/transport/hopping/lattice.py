"""Regular lattices of sites in a periodic box: neighbours follow from arithmetic, not from a table."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.cached import PickledFields, read_only
from interfacekit.errors import InputError
from interfacekit.numerals import whole_of
from interfacekit.quantities import HOP_DISTANCE, LAYER_DISTANCE
from interfacekit.reprs import ShortRepr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.transport.hopping.network import Network

#: Along an axis of hops, a box of fewer cells would have a site meet one neighbour twice.
FEWEST_CELLS = 3
MOST_SITES = 2**31 - 1

_HALF_SQRT3 = math.sqrt(3) / 2


@dataclass(frozen=True, eq=False)
class Lattice(ShortRepr, PickledFields):
    """A periodic box of a regular lattice.

    Sites are numbered with the basis fastest, then along the first, second and third axis of the cell: the plane of a
    site along the third axis is its number // (basis * shape[0] * shape[1]).

    Attributes
    ----------
    name
        `chain`, `square`, `honeycomb`, `triangular`, `simple_cubic`, `bcc`, `fcc`, `diamond`, `layered_square`,
        `layered_triangular`.
    shape
        Cells along each axis; 1 along an axis without hops.
    cell_A
        Vectors of the primitive cell, rows; shape (3, 3), angstrom.
    basis_A
        Positions of the B sites of a cell; shape (B, 3), angstrom.
    neighbours
        Cell (three numbers) and basis site of each of the z neighbours of each basis site, relative to its own cell;
        shape (B, z, 4).
    hop_class
        Class of each of the z hops, the same for every basis site and for the reverse hop; shape (z,).
    class_names
        Name of each class.
    """

    name: str
    shape: tuple[int, int, int]
    cell_A: NDArray[np.float64]
    basis_A: NDArray[np.float64]
    neighbours: NDArray[np.int64]
    hop_class: NDArray[np.int64]
    class_names: tuple[str, ...] = ("nearest",)

    def __post_init__(self) -> None:
        _check_shape(self)

    @property
    def n_sites(self) -> int:
        """Number of sites in the box."""
        return math.prod(self.shape) * len(self.basis_A)

    @property
    def coordination(self) -> int:
        """Number of neighbours of each site."""
        return int(self.neighbours.shape[1])

    @property
    def neighbours_by_class(self) -> NDArray[np.int64]:
        """Number of neighbours of a site by hop class; shape (1, classes)."""
        return np.bincount(self.hop_class, minlength=len(self.class_names))[None, :]

    @property
    def box_A(self) -> NDArray[np.float64]:
        """Vectors of the periodic box, rows; angstrom."""
        return np.asarray(self.cell_A * np.asarray(self.shape)[:, None])

    @property
    def axes(self) -> NDArray[np.float64]:
        """Axes by which tensors are projected: x, y and z, those of the conventional cell; shape (3, 3)."""
        return np.eye(3)

    @property
    def volume_A3(self) -> float:
        """Volume of the box; cubic angstrom."""
        return abs(float(np.linalg.det(self.box_A)))

    @cached_property
    def displacements_A(self) -> NDArray[np.float64]:
        """Displacement of each hop; shape (B, z, 3), angstrom."""
        target = self.neighbours[..., 3]
        origin = np.arange(len(self.basis_A))[:, None]
        return read_only(self.neighbours[..., :3] @ self.cell_A + self.basis_A[target] - self.basis_A[origin])

    def with_shape(self, shape: Sequence[int]) -> Lattice:
        """Return the same lattice in a box of another size."""
        return replace(self, shape=_three(shape))

    def network(self) -> Network:
        """Return the box as a table of sites and hops, the hops of a site in the order of `neighbours`."""
        return self._network

    @cached_property
    def _network(self) -> Network:
        from interfacekit.transport.hopping.network import network

        n_basis, z = self.neighbours.shape[:2]
        coordinates, basis = self._coordinates()
        neighbour = self.neighbours[basis]
        cell = coordinates[:, None, :] + neighbour[..., :3]
        shape = np.asarray(self.shape)
        image = np.floor_divide(cell, shape)
        cell -= image * shape
        target = ((cell[..., 2] * shape[1] + cell[..., 1]) * shape[0] + cell[..., 0]) * n_basis + neighbour[..., 3]
        return network(
            cell_A=self.box_A,
            positions_A=coordinates @ self.cell_A + self.basis_A[basis],
            origins=np.repeat(np.arange(self.n_sites), z),
            targets=target.ravel(),
            images=image.reshape(-1, 3),
            hop_classes=np.tile(self.hop_class, self.n_sites),
            class_names=self.class_names,
            planes=coordinates[:, 2],
            repeats=self.shape,
        )

    def _coordinates(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Cell (n, 3) and basis site (n,) of every site."""
        cells, basis = np.divmod(np.arange(self.n_sites), len(self.basis_A))
        lines, first = np.divmod(cells, self.shape[0])
        third, second = np.divmod(lines, self.shape[1])
        return np.stack([first, second, third], axis=1), basis


def regular_lattice(
    name: str,
    shape: int | Sequence[int],
    hop_distance_A: float = 1.0,
    *,
    layer_distance_A: float | None = None,
    interlayer_hops: bool = True,
) -> Lattice:
    """Make a regular lattice.

    Parameters
    ----------
    name
        `chain`, `square`, `honeycomb`, `triangular`, `simple_cubic`, `bcc`, `fcc`, `diamond`, and the layered ones,
        whose hops have the classes `in_plane` and `through_plane`: `layered_square` (square layers on top of each
        other) and `layered_triangular` (triangular layers in the stacking ABC, each site with three neighbours above
        and three below, as Li in LiCoO2).
    shape
        Cells along each axis; one number for all axes along which there are hops.
    hop_distance_A
        Distance of nearest neighbours; within the layers of a layered lattice. angstrom.
    layer_distance_A
        Distance between layers of layered lattices, and of the repeats of a chain or a layer, which only the volume
        depends on; the hop distance by default. angstrom.
    interlayer_hops
        False leaves out the hops between the layers of a layered lattice.

    Raises
    ------
    InputError
        If the name is unknown, a distance is not positive, or the box is too small or too large.
    """
    if name not in _LATTICES:
        raise InputError(f"no lattice {name!r}; there is {', '.join(_LATTICES)}")
    layer = hop_distance_A if layer_distance_A is None else layer_distance_A
    HOP_DISTANCE.check(hop_distance_A, "hop_distance_A")
    LAYER_DISTANCE.check(layer, "layer_distance_A")
    cell, basis, neighbours, classes = _LATTICES[name]
    scale = np.full(3, float(hop_distance_A))
    if name in _LAYERED or name in _FLAT:
        scale[2] = layer
    if name == "chain":
        scale[1] = layer
    hops = np.array(neighbours, dtype=np.int64)
    hop_class = np.array(classes, dtype=np.int64)
    if name in _LAYERED and not interlayer_hops:
        hops, hop_class = hops[:, hop_class == 0], hop_class[hop_class == 0]
    axes = np.any(hops[..., :3] != 0, axis=(0, 1))
    cells = [shape if axis else 1 for axis in axes] if whole_of(shape) is not None else shape
    return Lattice(
        name=name,
        shape=_three(cells),
        cell_A=np.array(cell, dtype=float) * scale,
        basis_A=np.array(basis, dtype=float) * scale,
        neighbours=hops,
        hop_class=hop_class,
        class_names=("in_plane", "through_plane")[: int(hop_class.max()) + 1] if name in _LAYERED else ("nearest",),
    )


def _both_ways(*cells: tuple[int, int, int]) -> list[list[tuple[int, int, int, int]]]:
    """The hops of a lattice of one basis site: to these cells and to the opposite ones, in pairs."""
    return [[(sign * a, sign * b, sign * c, 0) for a, b, c in cells for sign in (1, -1)]]


def _to_and_fro(*cells: tuple[int, int, int]) -> list[list[tuple[int, int, int, int]]]:
    """The hops of a lattice of two basis sites: from the first to the second in these cells, and back."""
    return [[(a, b, c, 1) for a, b, c in cells], [(-a, -b, -c, 0) for a, b, c in cells]]


_CUBE = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
_ONE = [(0.0, 0.0, 0.0)]
_HEXAGONAL = ((1, 0, 0), (0.5, _HALF_SQRT3, 0), (0, 0, 1))
_TRIANGLE = ((1, 0, 0), (0, 1, 0), (-1, 1, 0))
_FCC = tuple(tuple(x / math.sqrt(2) for x in v) for v in ((0, 1, 1), (1, 0, 1), (1, 1, 0)))
_BCC = tuple(tuple(x / math.sqrt(3) for x in v) for v in ((-1, 1, 1), (1, -1, 1), (1, 1, -1)))
_DIAMOND = tuple(tuple(x * 2 / math.sqrt(3) for x in v) for v in ((0, 1, 1), (1, 0, 1), (1, 1, 0)))
# Each layer lies above the centre of a triangle of the one below; distances within a layer and between layers are 1.
_STACKED = ((1, 0, 0), (0.5, _HALF_SQRT3, 0), (0.5, _HALF_SQRT3 / 3, 1))

#: Cell (rows), basis, neighbours and their classes, for a hop distance of 1.
_LATTICES = {
    "chain": (_CUBE, _ONE, _both_ways((1, 0, 0)), [0] * 2),
    "square": (_CUBE, _ONE, _both_ways((1, 0, 0), (0, 1, 0)), [0] * 4),
    "honeycomb": (
        ((math.sqrt(3), 0, 0), (_HALF_SQRT3, 1.5, 0), (0, 0, 1)),
        [(0.0, 0.0, 0.0), (_HALF_SQRT3, 0.5, 0.0)],
        _to_and_fro((0, 0, 0), (-1, 0, 0), (0, -1, 0)),
        [0] * 3,
    ),
    "triangular": (_HEXAGONAL, _ONE, _both_ways(*_TRIANGLE), [0] * 6),
    "simple_cubic": (_CUBE, _ONE, _both_ways(*_CUBE), [0] * 6),
    "bcc": (_BCC, _ONE, _both_ways(*_CUBE, (1, 1, 1)), [0] * 8),
    "fcc": (_FCC, _ONE, _both_ways(*_CUBE, (1, -1, 0), (1, 0, -1), (0, 1, -1)), [0] * 12),
    "diamond": (
        _DIAMOND,
        [(0.0, 0.0, 0.0), (1 / math.sqrt(3),) * 3],
        _to_and_fro((0, 0, 0), (-1, 0, 0), (0, -1, 0), (0, 0, -1)),
        [0] * 4,
    ),
    "layered_square": (_CUBE, _ONE, _both_ways(*_CUBE), [0] * 4 + [1] * 2),
    "layered_triangular": (
        _STACKED,
        _ONE,
        _both_ways(*_TRIANGLE, (0, 0, 1), (-1, 0, 1), (0, -1, 1)),
        [0] * 6 + [1] * 6,
    ),
}
_FLAT = ("chain", "square", "honeycomb", "triangular")
_LAYERED = ("layered_square", "layered_triangular")

#: Names that `regular_lattice` knows.
LATTICES = tuple(_LATTICES)


def _three(shape: Any) -> tuple[int, int, int]:
    cells = tuple(shape) if hasattr(shape, "__len__") else (shape,)
    if len(cells) != 3 or any(whole_of(n) is None for n in cells):
        raise InputError(
            f"a box of {cells} cells is not three whole numbers; give cells along each axis, such as 20,20,20"
        )
    return (int(cells[0]), int(cells[1]), int(cells[2]))


def _check_shape(lattice: Lattice) -> None:
    moving = np.any(lattice.neighbours[..., :3] != 0, axis=(0, 1))
    for axis, (cells, moves) in enumerate(zip(lattice.shape, moving, strict=True)):
        if moves and cells < FEWEST_CELLS:
            raise InputError(
                f"{cells} cells along axis {axis} of a {lattice.name} lattice would make a site meet a neighbour "
                f"twice; give at least {FEWEST_CELLS}"
            )
        if cells < 1:
            raise InputError(f"{cells} cells along axis {axis} make no site; give at least 1")
    if lattice.n_sites > MOST_SITES:
        raise InputError(f"{lattice.n_sites:.3g} sites are too many; give at most {MOST_SITES:.3g}")
