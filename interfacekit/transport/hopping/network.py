"""Networks of sites and hops as flat arrays, from a crystal or from any rule."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.cached import PickledFields, read_only
from interfacekit.errors import InputError
from interfacekit.reprs import ShortRepr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

#: Displacements given by the user agree with the positions to this; angstrom.
CLOSING_A = 1e-3


@dataclass(frozen=True, eq=False)
class Network(ShortRepr, PickledFields):
    """Sites and the hops between them, in a periodic box; made by `network`, which checks it.

    The hops of site i are `indptr[i]:indptr[i + 1]` (compressed sparse rows), n sites and m hops in all; every hop has
    its reverse.

    Attributes
    ----------
    box_A
        Vectors of the periodic box, rows; shape (3, 3), angstrom.
    positions_A
        Shape (n, 3), angstrom.
    indptr
        Shape (n + 1,).
    targets, images
        Site at the end of each hop (m,), and the box it lies in (m, 3).
    hop_classes, class_names
        Class of each hop (m,), and the names of classes.
    reverse
        Number of each hop's reverse (m,).
    site_classes, site_class_names
        Class of each site (n,), for occupations and residence times, and the names of classes.
    planes
        Plane of each site along the stack (n,).
    repeats
        Unit cells of the crystal along each vector of the box; directions are named after the unit cell.
    """

    box_A: NDArray[np.float64]
    positions_A: NDArray[np.float64]
    indptr: NDArray[np.int64]
    targets: NDArray[np.int64]
    images: NDArray[np.int64]
    hop_classes: NDArray[np.int64]
    class_names: tuple[str, ...]
    reverse: NDArray[np.int64]
    site_classes: NDArray[np.int64]
    site_class_names: tuple[str, ...]
    planes: NDArray[np.int64]
    repeats: tuple[int, int, int] = (1, 1, 1)

    @property
    def n_sites(self) -> int:
        """Number of sites."""
        return len(self.positions_A)

    @property
    def n_hops(self) -> int:
        """Number of hops, each direction counted."""
        return len(self.targets)

    @cached_property
    def degrees(self) -> NDArray[np.int64]:
        """Number of hops from each site; shape (n,)."""
        return read_only(np.diff(self.indptr))

    @cached_property
    def origins(self) -> NDArray[np.int64]:
        """Site at the start of each hop; shape (m,)."""
        return read_only(np.repeat(np.arange(self.n_sites), self.degrees))

    @cached_property
    def displacements_A(self) -> NDArray[np.float64]:
        """Displacement of each hop; shape (m, 3), angstrom."""
        return read_only(self.positions_A[self.targets] + self.images @ self.box_A - self.positions_A[self.origins])

    @cached_property
    def neighbours_by_class(self) -> NDArray[np.int64]:
        """Number of neighbours of each site by hop class; shape (n, classes)."""
        counts = np.zeros((self.n_sites, len(self.class_names)), np.int64)
        np.add.at(counts, (self.origins, self.hop_classes), 1)
        return read_only(counts)

    @property
    def axes(self) -> NDArray[np.float64]:
        """Unit vectors along a, b and c, rows; shape (3, 3)."""
        return np.asarray(self.box_A / np.linalg.norm(self.box_A, axis=1, keepdims=True))

    @property
    def volume_A3(self) -> float:
        """Volume of the box; cubic angstrom."""
        return abs(float(np.linalg.det(self.box_A)))


def network(
    *,
    cell_A: ArrayLike,
    positions_A: ArrayLike,
    origins: ArrayLike,
    targets: ArrayLike,
    images: ArrayLike | None = None,
    displacements_A: ArrayLike | None = None,
    hop_classes: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    site_classes: ArrayLike | None = None,
    site_class_names: Sequence[str] | None = None,
    planes: ArrayLike | None = None,
    repeats: tuple[int, int, int] = (1, 1, 1),
) -> Network:
    """Make a network from arrays, and check it.

    Parameters
    ----------
    cell_A
        Vectors of the periodic box, rows; shape (3, 3), angstrom.
    positions_A
        Shape (n, 3), angstrom.
    origins, targets
        Sites at both ends of each hop; shape (m,). Both directions of a hop are given.
    images
        Box in which the target lies, in numbers of cell vectors; shape (m, 3). Alternatively `displacements_A`.
    displacements_A
        Displacement of each hop; shape (m, 3), angstrom. Zero images are assumed if neither is given.
    hop_classes, class_names
        Class of each hop, the same both ways; shape (m,), from 0. One class by default.
    site_classes, site_class_names
        Class of each site; shape (n,), from 0. One class by default.
    planes
        Plane of each site along the stack; shape (n,). One plane by default.
    repeats
        Unit cells of the crystal along each vector of the box; one by default.

    Raises
    ------
    InputError
        If the network is empty, an array has the wrong shape or holds something that is not finite, a site does not
        exist, a displacement does not lead from one end to the other, a hop is given twice, leads from a site to
        itself, or lacks its reverse.

    Warns
    -----
    UserWarning
        If no hop leads to some site.
    """
    positions = _array("positions_A", positions_A, (None, 3), float)
    n = len(positions)
    first = _array("origins", origins, (None,), int)
    m = len(first)
    if n == 0 or m == 0:
        raise InputError(f"a network of {n} sites and {m} hops is empty; give sites and the hops between them")
    last = _array("targets", targets, (m,), int)
    box = _array("cell_A", cell_A, (3, 3), float)
    if abs(np.linalg.det(box)) < 1e-6:
        raise InputError("the cell has no volume; give three vectors that are not in one plane")
    for name, sites in (("origins", first), ("targets", last)):
        if sites.min() < 0 or sites.max() >= n:
            raise InputError(f"{name} name a site that does not exist; sites are numbered from 0 to {n - 1}")
    image = _images(images, displacements_A, box, positions[last] - positions[first])
    classes = np.zeros(m, int) if hop_classes is None else _array("hop_classes", hop_classes, (m,), int)
    site_class = np.zeros(n, int) if site_classes is None else _array("site_classes", site_classes, (n,), int)
    order = np.lexsort((np.arange(m), first))
    first, last, image, classes = first[order], last[order], image[order], classes[order]
    reverse = _reverse(first, last, image, classes)
    degrees = np.bincount(first, minlength=n)
    if not degrees.all():
        warnings.warn(
            f"no hop leads to {np.count_nonzero(degrees == 0)} of {n} sites, such as site {int(np.argmin(degrees))}; "
            "ions there do not move",
            stacklevel=2,
        )
    return Network(
        box_A=box,
        positions_A=positions,
        indptr=np.concatenate([[0], np.cumsum(degrees)]),
        targets=last,
        images=image,
        hop_classes=classes,
        class_names=_names("hop", classes, class_names),
        reverse=reverse,
        site_classes=site_class,
        site_class_names=_names("site", site_class, site_class_names),
        planes=np.zeros(n, int) if planes is None else _array("planes", planes, (n,), int),
        repeats=repeats,
    )


def _array(name: str, values: ArrayLike, shape: tuple[int | None, ...], kind: type) -> NDArray[Any]:
    array = np.asarray(values)
    fits = array.ndim == len(shape) and all(
        wanted is None or found == wanted for found, wanted in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise InputError(f"{name} has the shape {array.shape}; give ({wanted})")
    if array.size and not np.issubdtype(array.dtype, np.number):
        raise InputError(f"{name} holds {array.dtype.name}; give numbers")
    if not np.all(np.isfinite(array)):
        raise InputError(f"{name} holds a number that is not finite; give finite numbers")
    if kind is int and not np.array_equal(array, np.round(array)):
        raise InputError(f"{name} holds a fraction; give whole numbers")
    return np.ascontiguousarray(array, dtype=np.int64 if kind is int else np.float64)


def _images(
    images: ArrayLike | None, displacements: ArrayLike | None, box: NDArray[np.float64], apart: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Boxes of the targets, from themselves or from displacements."""
    if displacements is None:
        return np.zeros(apart.shape, np.int64) if images is None else _array("images", images, apart.shape, int)
    given = _array("displacements_A", displacements, apart.shape, float)
    cells: NDArray[np.int64] = np.round((given - apart) @ np.linalg.inv(box)).astype(np.int64)
    off = np.linalg.norm(apart + cells @ box - given, axis=1)
    worst = int(np.argmax(off))
    if off[worst] > CLOSING_A:
        raise InputError(
            f"displacement {worst} misses its target by {off[worst]:.3g} A; "
            "give the vector from the origin to the target, or to its periodic image"
        )
    if images is not None and not np.array_equal(cells, images):
        raise InputError("images and displacements_A disagree; give one of them")
    return cells


def _reverse(
    first: NDArray[np.int64], last: NDArray[np.int64], image: NDArray[np.int64], classes: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Number of each hop's reverse."""
    loops = np.flatnonzero(first == last)
    if loops.size:
        raise InputError(
            f"a hop leads from site {first[loops[0]]} to itself or to its own periodic image; leave it out, or give a "
            "larger box"
        )
    forward = np.lexsort((*image.T, last, first))
    backward = np.lexsort((*(-image).T, first, last))
    keys = np.column_stack([first, last, image])[forward]
    twice = np.flatnonzero(np.all(keys[1:] == keys[:-1], axis=1))
    if twice.size:
        a, b = keys[twice[0], :2]
        raise InputError(f"the hop from site {a} to site {b} is given twice; give it once")
    mirrored = np.column_stack([last, first, -image])[backward]
    # Both lists are sorted alike: if every hop has its reverse, they are the same.
    if not np.array_equal(keys, mirrored):
        wrong = int(np.argmax(np.any(keys != mirrored, axis=1)))
        a, b = min(tuple(keys[wrong, :2]), tuple(mirrored[wrong, :2]))
        raise InputError(f"the hop from site {a} to site {b} or back has no reverse; give both directions")
    reverse = np.empty(len(first), np.int64)
    reverse[forward] = backward
    if not np.array_equal(classes, classes[reverse]):
        wrong = int(np.argmax(classes != classes[reverse]))
        raise InputError(
            f"the hop from site {first[wrong]} to site {last[wrong]} and its reverse have different classes; give one"
        )
    return reverse


def _names(what: str, classes: NDArray[np.int64], names: Sequence[str] | None) -> tuple[str, ...]:
    if classes.min() < 0:
        raise InputError(f"{what}_classes holds {classes.min()}; number the classes from 0")
    count = int(classes.max()) + 1
    given = tuple(f"{what} {number}" for number in range(count)) if names is None else tuple(names)
    if len(given) < count:
        raise InputError(f"{what}_classes go up to {count - 1} but {len(given)} names are given; name each class")
    return given
