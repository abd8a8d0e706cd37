"""Windows of a run without their equilibration, and their means over directions, with errors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.transport.bulk.result import Tensor
from interfacekit.transport.hopping.percolation import percolation
from interfacekit.transport.runs.statistics import Estimate, equilibration_cut, estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from interfacekit.transport.bulk.replica import Plan, Replica
    from interfacekit.transport.bulk.result import Triple
    from interfacekit.transport.hopping.directions import Percolation
    from interfacekit.transport.hopping.rates import HoppingModel

#: Components below this share of the largest are rounding errors.
_ZERO = 1e-12


@dataclass(frozen=True, eq=False)
class Sample:
    """Finished replicas of one model, at one temperature and with one plan.

    Attributes
    ----------
    replicas
        All of them.
    cuts
        Windows of each that belong to its equilibration.
    paths
        Directions of long-range motion.
    temperature_K
        Kelvin.
    """

    replicas: Sequence[Replica]
    cuts: Sequence[int]
    paths: Percolation
    temperature_K: float

    @property
    def model(self) -> HoppingModel:
        """Sites, energies and barriers."""
        return self.replicas[0].tables.model

    @property
    def plan(self) -> Plan:
        """Windows and samples."""
        return self.replicas[0].plan

    @property
    def ions(self) -> int:
        """Ions of each replica."""
        return self.model.n_ions

    @property
    def kT_eV(self) -> float:
        """Boltzmann's constant times the temperature."""
        return BOLTZMANN_eV_K * self.temperature_K

    @property
    def field_V_A(self) -> NDArray[np.float64]:
        """Electric field; shape (3,)."""
        return np.asarray(self.model.field_V_A, dtype=float)

    @cached_property
    def fast(self) -> NDArray[np.float64]:
        """Projector onto the directions of the fastest percolating hops; shape (3, 3)."""
        return self.paths.fast.projector

    @cached_property
    def everywhere(self) -> NDArray[np.float64]:
        """Projector onto all directions of long-range motion; shape (3, 3)."""
        return self.paths.projector

    def series(self, of: Callable[[Replica], NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        """Values of the windows of each replica after its equilibration, of a quantity with a value for each window."""
        return [of(replica)[cut:] for replica, cut in zip(self.replicas, self.cuts, strict=True)]


def sampled(replicas: Sequence[Replica], temperature_K: float) -> Sample:
    """Leave out the equilibration of finished replicas, and find the directions of their motion."""
    model = replicas[0].tables.model
    cuts = [equilibration_cut(r.hops_by_window, r.energies_eV) if _may_relax(model) else 0 for r in replicas]
    return Sample(replicas, cuts, percolation(model, temperature_K), temperature_K)


def _may_relax(model: HoppingModel) -> bool:
    """Whether a random configuration is anything but equilibrium."""
    return bool(np.any(model.pair_energies_by_class_eV != 0)) or model.site_energies_eV is not None


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
