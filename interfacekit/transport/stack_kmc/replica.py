"""One replica of a stack: its run in chunks with a checkpoint, and the averages of its blocks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.transport.bulk.replica import CHUNK, CHECKPOINT_EVERY_s
from interfacekit.transport.stack_kmc.planes_engine import advance, start_fields_V_A

if TYPE_CHECKING:
    from threading import Event

    from numpy.typing import NDArray

    from interfacekit.transport.runs.replica_files import ReplicaFile
    from interfacekit.transport.stack_kmc.planes_engine import StackState, StackTables

#: Share of the samples that a replica leaves out while it relaxes.
RELAXING = 0.2
#: Blocks of samples, long against the relaxation of the charges.
BLOCKS = 16
LARGEST_EXPONENT = 600.0


@dataclass(frozen=True, eq=False)
class Blocks:
    """Averages of B blocks of samples.

    Attributes
    ----------
    occupation
        Of each plane; shape (B, P).
    potential_V
        Of the left reservoir, the planes and the right one; shape (B, P + 2).
    opening
        Mean of (1 - n) exp(-(E - eta) / kT) over the sites of each plane, with the energy E that an ion added to the
        site would have and the electrochemical potential eta of the left reservoir; shape (B, P).
    crossings_Hz
        Net rate of crossings of each gap towards higher z; shape (B, P + 1).
    """

    occupation: NDArray[np.float64]
    potential_V: NDArray[np.float64]
    opening: NDArray[np.float64]
    crossings_Hz: NDArray[np.float64]


class StackReplica:
    """A replica that runs in chunks, and keeps a checkpoint if there is a file for it."""

    def __init__(self, tables: StackTables, state: StackState, checkpoint: ReplicaFile | None = None) -> None:
        self.tables, self.state = tables, state
        self.checkpoint = checkpoint
        self._saved = time.monotonic()
        if checkpoint is not None:
            checkpoint.load(state.arrays, state.by_sample)

    @property
    def progress(self) -> float:
        """Share of the samples taken."""
        return self.state.sample / self.state.samples

    @property
    def relaxed(self) -> int:
        """The first sample that counts: a whole number of them is left for each block."""
        return self.state.samples - int(self.state.samples * (1 - RELAXING)) // BLOCKS * BLOCKS

    def run(self, stop: Event) -> StackReplica:
        """Run to the end, or until `stop` is set."""
        finished = self.state.sample == self.state.samples
        while not finished and not stop.is_set():
            finished = advance(self.tables, self.state, CHUNK)
            if self.checkpoint is not None and time.monotonic() - self._saved > CHECKPOINT_EVERY_s:
                self._save(self.checkpoint)
        if self.checkpoint is not None:
            self._save(self.checkpoint)
        return self

    def _save(self, checkpoint: ReplicaFile) -> None:
        checkpoint.save(self.state.arrays, self.state.sample)
        self._saved = time.monotonic()

    def occupations(self) -> NDArray[np.float64]:
        """Mean occupation of each plane in the intervals that count; shape (S, P)."""
        return self._occupation(self.state.record.mean_crossed)[self.relaxed :]

    def potentials_V(self) -> NDArray[np.float64]:
        """Mean potential of the left reservoir, the planes and the right one in these intervals; shape (S, P + 2)."""
        return self._potentials(self.state.record.mean_crossed)[self.relaxed :]

    def blocks(self) -> Blocks:
        """Averages of the blocks."""
        record, samples, cut = self.state.record, self.state.samples, self.relaxed
        planes = self.tables.planes
        length = (samples - cut) // BLOCKS
        crossed = np.vstack([np.zeros_like(record.crossed[:1]), record.crossed])
        at = np.arange(cut, samples + 1, length)
        now = self._occupation(record.crossed)
        kT = planes.kT_eV
        eta = planes.left.electrochemical_potential_eV(planes.temperature_K)
        half = 1 / (2 * self.tables.sites_of_planes)
        energy = (
            planes.bare_site_energy_eV
            + planes.repulsion_eV * (now + half - planes.filling)
            + self._potentials(record.crossed)[:, 1:-1]
            + self._own_energy_eV()
        )
        # In a plane so full that this is cut there is no site to put it on.
        opening = record.free * np.exp(np.minimum((eta - energy) / kT, LARGEST_EXPONENT))

        def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(values[cut:].reshape(BLOCKS, length, -1).mean(axis=1))

        return Blocks(
            occupation=mean(self._occupation(record.mean_crossed)),
            potential_V=mean(self._potentials(record.mean_crossed)),
            opening=mean(opening),
            crossings_Hz=np.diff(crossed[at], axis=0) / (length * self.state.interval_s),
        )

    def hops(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Hops across each gap (P + 1,) and within each plane (P,), from the beginning."""
        record = self.state.record
        return record.upward[-1] + record.downward[-1], record.in_plane[-1]

    def _occupation(self, crossed: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
        start = self.state.start
        return np.asarray((start + crossed[:, :-1] - crossed[:, 1:]) / self.tables.sites_of_planes)

    def _potentials(self, crossed: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
        """Potentials at given crossings; linear in them. Shape (S, P + 2)."""
        planes, areas = self.tables.planes, self.tables.site_areas
        s, total = planes.elastance_A, float(planes.elastance_A.sum())
        moved = np.asarray(crossed, dtype=float) * planes.field_per_charge_V_A / areas
        held = (moved @ s / total)[:, None] if planes.ends == "fixed" and total > 0 else 0.0
        fields = start_fields_V_A(self.tables, self.state.start) + held - moved
        steps = np.cumsum(-s * fields, axis=1)
        return np.hstack([np.zeros((len(steps), 1)), steps]) + planes.left.potential_V

    def _own_energy_eV(self) -> NDArray[np.float64]:
        """What an ion that comes from the left reservoir adds to its own energy by its own charge; shape (P,)."""
        planes = self.tables.planes
        s, total = planes.elastance_A, float(planes.elastance_A.sum())
        below = np.cumsum(s)[:-1]
        per_ion = planes.field_per_charge_V_A / self.tables.site_areas
        held = planes.ends == "fixed" and total > 0
        return np.asarray(per_ion / 2 * below * (1 - below / total if held else 1.0))
