"""The replicas of a run without their equilibration, and the directions in which their ions move."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.transport.hopping.percolation import percolation
from interfacekit.transport.runs.statistics import equilibration_cut

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from interfacekit.transport.bulk.replica import Plan, Replica
    from interfacekit.transport.hopping.directions import Percolation
    from interfacekit.transport.hopping.rates import HoppingModel


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
        return self.replicas[0].engine.model

    @property
    def plan(self) -> Plan:
        """Windows and samples."""
        return self.replicas[0].plan

    @property
    def ions(self) -> int:
        """Ions of each replica."""
        return int(self.replicas[0].engine.n_ions)

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
    model = replicas[0].engine.model
    cuts = [equilibration_cut(r.hops_by_window, r.energies_eV) if _may_relax(model) else 0 for r in replicas]
    return Sample(replicas, cuts, percolation(model, temperature_K), temperature_K)


def _may_relax(model: HoppingModel) -> bool:
    """Whether a random configuration is anything but equilibrium."""
    return bool(np.any(model.pair_energies_by_class_eV != 0)) or model.site_energies_eV is not None
