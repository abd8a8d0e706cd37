"""Tensors of a run by axes and principal axes, with errors from the series of its windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.transport.bulk.result import Tensor
from interfacekit.transport.runs.statistics import Estimate, estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from interfacekit.transport.bulk.result import Triple

#: Components below this share of the largest are rounding errors.
_ZERO = 1e-12


def mean_over(tensors: NDArray[np.float64], projector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of tensors over the directions of a space; (W,), 0 for a space without directions."""
    dimensions = max(round(float(np.trace(projector))), 1)
    return np.asarray(np.einsum("wij,ij->w", tensors, projector) / dimensions)


def along_axes(
    series: Sequence[NDArray[np.float64]], axes: NDArray[np.float64], everywhere: NDArray[np.float64]
) -> list[Estimate]:
    """Projections of a tensor on three axes, without bounded motion."""
    inside = [cleaned(axis @ everywhere) for axis in axes]
    return [estimate([np.einsum("wij,i,j->w", D, along, along) for D in series]) for along in inside]


def mean_tensor(series: Sequence[NDArray[np.float64]], everywhere: NDArray[np.float64], factor: float) -> Tensor:
    """Mean of a series of tensors without bounded motion, with errors."""
    inside = cleaned(everywhere)
    projected = [inside @ D @ inside * factor for D in series]
    found = [[estimate([D[:, i, j] for D in projected]) for j in range(3)] for i in range(3)]
    mean = np.array([[cell.mean for cell in row] for row in found])
    values, vectors = np.linalg.eigh((mean + mean.T) / 2)
    # The largest component of each axis is positive, so that equal tensors have equal axes.
    axes = np.array([v * np.sign(v[np.argmax(np.abs(v))]) for v in vectors.T[::-1]])
    errors = [estimate([np.einsum("wij,i,j->w", D, axis, axis) for D in projected]).error for axis in axes]
    return Tensor(
        components=rows(mean),
        errors=rows(np.array([[cell.error for cell in row] for row in found])),
        principal_values=three(cleaned(values[::-1])),
        principal_errors=three(cleaned(np.array(errors))),
        principal_axes=rows(cleaned(axes)),
    )


def three(values: Iterable[float]) -> Triple:
    """Three numbers as plain floats."""
    x, y, z = (float(value) for value in values)
    return x, y, z


def rows(matrix: NDArray[np.float64]) -> tuple[Triple, Triple, Triple]:
    """Rows of a matrix (3, 3) as plain floats."""
    x, y, z = (three(row) for row in matrix)
    return x, y, z


def cleaned(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same numbers, and exactly 0 for those that are only the rounding of larger ones."""
    return np.where(np.abs(values) < _ZERO * np.abs(values).max(initial=0.0), 0.0, values)


def scaled(value: Estimate, factor: float) -> Estimate:
    """A mean and its error in another unit."""
    return Estimate(value.mean * factor, value.error * abs(factor))
