"""Sites and hops of a unit cell repeated in a periodic box, all at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import InputError
from interfacekit.numerals import whole_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Sites are counted by 32-bit numbers in the kernels.
MOST_SITES = 2**31 - 1


def check_shape(shape: Sequence[int], hops: NDArray[np.int64], n_sites: int) -> tuple[int, int, int]:
    """Return a supercell's shape as three plain numbers.

    Parameters
    ----------
    shape
        Cells along each axis.
    hops
        Origin, target and the three numbers of the target's cell; shape (m, 5).
    n_sites
        Sites in a cell.

    Raises
    ------
    InputError
        If they are not three whole numbers, a site would meet itself or a neighbour twice, or there are too many sites.
    """
    cells = tuple(shape) if hasattr(shape, "__len__") else (shape,)
    if len(cells) != 3 or any(whole_of(n) is None or n < 1 for n in cells):
        raise InputError(
            f"a supercell of {cells} cells is not three whole numbers from 1; give cells along each axis, such as "
            "20,20,4"
        )
    if math.prod(cells) * n_sites > MOST_SITES:
        raise InputError(f"{math.prod(cells) * n_sites:.3g} sites are too many; give at most {MOST_SITES:.3g}")
    a, b, c = (int(n) for n in cells)
    if not _fits((a, b, c), hops):
        least = ",".join(str(n) for n in _enlarged((a, b, c), hops))
        raise InputError(
            f"a supercell of {a},{b},{c} cells would make a site meet itself or a neighbour twice; give {least} or more"
        )
    return a, b, c


def _fits(shape: tuple[int, int, int], hops: NDArray[np.int64]) -> bool:
    """Whether no hop leads to its own site, and no two from one site to the same other."""
    ends = np.column_stack([hops[:, :2], hops[:, 2:5] % shape])
    loops = (ends[:, 0] == ends[:, 1]) & ~ends[:, 2:].any(axis=1)
    return not loops.any() and len(np.unique(ends, axis=0)) == len(ends)


def _enlarged(shape: tuple[int, int, int], hops: NDArray[np.int64]) -> tuple[int, int, int]:
    """A shape that fits, as little larger as can be, and larger only along axes that need it."""
    reach = 2 * np.abs(hops[:, 2:5]).max(axis=0) + 1
    large = [max(n, int(r)) for n, r in zip(shape, reach, strict=True)]
    for axis in range(3):
        for cells in range(shape[axis], large[axis]):
            trial = (*large[:axis], cells, *large[axis + 1 :])
            if _fits((trial[0], trial[1], trial[2]), hops):
                large[axis] = cells
                break
    return large[0], large[1], large[2]


def repeated_sites(n_sites: int, shape: tuple[int, int, int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cell (N, 3) and number in the cell (N,) of every site of a box.

    Sites are numbered with those of a cell fastest, then along the first, second and third axis.
    """
    cells, basis = np.divmod(np.arange(math.prod(shape) * n_sites), n_sites)
    lines, first = np.divmod(cells, shape[0])
    third, second = np.divmod(lines, shape[1])
    return np.stack([first, second, third], axis=1), basis


def repeated_hops(
    hops: NDArray[np.int64], n_sites: int, shape: tuple[int, int, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Origin, target, box of the target and number in the cell of every hop of a box.

    Parameters
    ----------
    hops
        Of the unit cell: origin, target and the three numbers of the target's cell; shape (m, 5).
    n_sites
        Sites in a cell.
    shape
        Cells along each axis, N in all.

    Returns
    -------
    ndarrays, shapes (N m,), (N m,), (N m, 3), (N m,)
    """
    cells, _ = repeated_sites(1, shape)
    size = np.array(shape)
    start = (np.arange(len(cells)) * n_sites)[:, None] + hops[:, 0]
    end = cells[:, None, :] + hops[:, 2:5]
    box = np.floor_divide(end, size)
    end -= box * size
    target = ((end[..., 2] * shape[1] + end[..., 1]) * shape[0] + end[..., 0]) * n_sites + hops[:, 1]
    return start.ravel(), target.ravel(), box.reshape(-1, 3), np.tile(np.arange(len(hops)), len(cells))
