"""What one replica measures, window by window, and how it is kept in a checkpoint."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.kernels.hops.displacements import displacement_moments
from interfacekit.transport.bulk.engine import QUANTUM_A

if TYPE_CHECKING:
    from threading import Event

    from numpy.typing import NDArray

    from interfacekit.transport.bulk.engine import Engine, State, Tables
    from interfacekit.transport.runs.replica_files import ReplicaFile

#: Attempts between two looks at the clock: some tens of milliseconds.
CHUNK = 2_000_000
#: Parts of a window after which displacements are measured: a quarter, a half, the whole.
MARKS = (4, 2, 1)
#: Seconds between two checkpoints of a replica.
CHECKPOINT_EVERY_s = 20.0
#: Measurements with a row for each window.
BY_WINDOW = ("moments", "energies_eV", "occupied", "departures", "squares")


@dataclass(frozen=True)
class Plan:
    """Windows of equal length, in each of which tracers start anew, and samples of the net displacement in each."""

    windows: int
    samples: int  # in each window; a multiple of 4
    interval_s: float

    @property
    def window_s(self) -> float:
        """Length of a window."""
        return self.samples * self.interval_s

    @property
    def total_samples(self) -> int:
        """Samples of all windows."""
        return self.windows * self.samples

    def extended(self, factor: float) -> Plan:
        """Return a plan of so many times the windows; all windows of this one are its first."""
        return replace(self, windows=round(self.windows * factor))


class Replica:
    """A replica that measures while it runs: W windows, S samples in each, C site classes.

    Parameters
    ----------
    engine, tables, state
        What runs it, the tables that it shares with others, and its own state, which has just started.
    plan
        Windows and samples.
    checkpoint
        File to go on from, and to keep the state in.

    Attributes
    ----------
    moments
        Mean displacement of the ions (A) and mean products of its components (A^2) after a quarter of a window, half
        of it and the whole; shape (W, 3, 4, 3).
    energies_eV
        At the end of each window; shape (W,).
    occupied
        Ions on the sites of each class at the end of each window; shape (W, C).
    departures
        Hops from each class during each window; shape (W, C).
    squares
        Products of the components of displacements, summed over all hops of a window; shape (W, 3, 3), A^2.
    """

    def __init__(
        self, engine: Engine, tables: Tables, state: State, plan: Plan, checkpoint: ReplicaFile | None = None
    ) -> None:
        self.engine, self.tables, self.state = engine, tables, state
        self.plan = plan
        self.checkpoint = checkpoint
        W, classes = plan.windows, len(tables.site_class_names)
        self.moments = np.zeros((W, len(MARKS), 4, 3))
        self.energies_eV = np.zeros(W)
        self.occupied = np.zeros((W, classes), np.int64)
        self.departures = np.zeros((W, classes), np.int64)
        self.squares = np.zeros((W, 3, 3))
        engine.schedule(tables, state, plan.total_samples, plan.interval_s)
        self._origin = engine.positions(tables, state)
        self._counted = state.hop_counts
        self._step = np.zeros(1, np.int64)  # marks passed
        #: Seconds that the kernel has run in this process: no part of the state, nor of results.
        self.seconds = 0.0
        self._saved = time.monotonic()
        if checkpoint is not None:
            by_sample = (f"engine.{name}" for name in state.by_sample)
            checkpoint.load(self._arrays(), {*(f"replica.{name}" for name in BY_WINDOW), *by_sample})
        self._hops_before = self._hops_made()

    @property
    def finished(self) -> bool:
        """Whether all windows have been measured."""
        return int(self._step[0]) == len(MARKS) * self.plan.windows

    @property
    def progress(self) -> float:
        """Share of the samples taken."""
        return self.state.sample / self.plan.total_samples

    @property
    def hops_in_this_process(self) -> int:
        """Hops that were made within `seconds`."""
        return self._hops_made() - self._hops_before

    @property
    def positions_A(self) -> NDArray[np.float64]:
        """Sum of the ions' displacements at the samples of each window; shape (W, S + 1, 3), angstrom."""
        W, S = self.plan.windows, self.plan.samples
        net = (
            np.vstack([np.zeros((1, 3), np.int64), self.engine.net_displacements(self.tables, self.state)]) * QUANTUM_A
        )
        return np.asarray(net[np.arange(W)[:, None] * S + np.arange(S + 1)])

    @property
    def hops_by_window(self) -> NDArray[np.int64]:
        """Shape (W,)."""
        total = self.state.hops[self.plan.samples - 1 :: self.plan.samples]
        return np.diff(total, prepend=0)

    def run(self, stop: Event) -> Replica:
        """Run to the end, or until `stop` is set; keep a checkpoint on the way if there is a file for it."""
        while not self.finished and not stop.is_set():
            window, mark = divmod(int(self._step[0]), len(MARKS))
            due = window * self.plan.samples + self.plan.samples // MARKS[mark]
            before = time.perf_counter()
            reached = self.engine.advance(self.tables, self.state, due, CHUNK)
            self.seconds += time.perf_counter() - before
            if reached:
                self._measure()
            if self.checkpoint is not None and time.monotonic() - self._saved > CHECKPOINT_EVERY_s:
                self._save(self.checkpoint)
        if self.checkpoint is not None:
            self._save(self.checkpoint)
        return self

    def _measure(self) -> None:
        window, mark = divmod(int(self._step[0]), len(MARKS))
        now = self.engine.positions(self.tables, self.state)
        self.moments[window, mark] = _moments(now, self._origin)
        if MARKS[mark] == 1:
            self._close(window)
            self._origin[:] = now
        self._step += 1

    def _close(self, window: int) -> None:
        """Measure what is measured once in a window."""
        tables, classes = self.tables, len(self.tables.site_class_names)
        self.energies_eV[window] = self.engine.energy_eV(tables, self.state)
        full = tables.site_classes[self.engine.occupied(tables, self.state)]
        self.occupied[window] = np.bincount(full, minlength=classes)
        counts = self.state.hop_counts
        made = counts - self._counted
        self._counted[:] = counts
        steps = tables.hop_steps * QUANTUM_A
        self.squares[window] = (steps * made[:, None]).T @ steps
        left = np.bincount(tables.departure_class, weights=made, minlength=classes)
        self.departures[window] = left.astype(np.int64)

    def _arrays(self) -> dict[str, NDArray[Any]]:
        own = (*BY_WINDOW, "_origin", "_counted", "_step")
        return {
            **{f"replica.{name}": getattr(self, name) for name in own},
            **{f"engine.{name}": array for name, array in self.state.arrays.items()},
        }

    def _save(self, checkpoint: ReplicaFile) -> None:
        checkpoint.save(self._arrays(), self.state.sample)
        self._saved = time.monotonic()

    def _hops_made(self) -> int:
        return int(self.state.hop_counts.sum())


def _moments(now: NDArray[np.int64], origin: NDArray[np.int64]) -> NDArray[np.float64]:
    """Mean displacement of the ions, A, and mean products of its components, A^2; shape (4, 3)."""
    out = np.zeros((4, 3))
    displacement_moments(now, origin, out)
    return np.asarray(out * np.array([[QUANTUM_A], *([[QUANTUM_A**2]] * 3)]))
