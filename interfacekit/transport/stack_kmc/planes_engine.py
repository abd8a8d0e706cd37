"""A replica of a stack of planes: its first configuration, the tables that all its kernels share, and its samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.errors import ComputationError
from interfacekit.kernels.random import stream
from interfacekit.kernels.stacks import state as layout
from interfacekit.transport.bulk.engine import entropy

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray

    from interfacekit.transport.stacks.planes import Planes


class GapTables(NamedTuple):
    """What all kernels of stacks know of the gaps; see `kernels.stacks.state.StackArrays`."""

    frequency: NDArray[np.float64]
    log_frequency: NDArray[np.float64]
    barrier: NDArray[np.float64]
    offset: NDArray[np.float64]
    step: NDArray[np.float64]
    self: NDArray[np.float64]
    repulsion: NDArray[np.float64]
    filling: NDArray[np.float64]
    kind: NDArray[np.uint64]
    leaf: NDArray[np.uint64]
    gap: NDArray[np.uint64]
    q: NDArray[np.float64]
    shift: NDArray[np.float64]


class PlanesEngine:
    """A replica that samples at equal intervals; a subclass sets its kernel, and what that works on.

    Parameters
    ----------
    planes
        The stack between its reservoirs.
    sites_of_planes, site_areas
        Sites of each plane (P,), and how many times the site area of `planes` all of them take.
    occupation
        From which the first configuration is drawn; shape (P,).
    samples, interval_s
        How many samples are taken, and the time between them.
    seed, replica
        Of the random numbers.
    check
        Assert in every attempt that no rate is above its bound.
    """

    #: Module of the kernel `advance`.
    kernel: ModuleType
    _stack: Any
    _state: layout.StackState

    def __init__(
        self,
        planes: Planes,
        sites_of_planes: NDArray[np.int64],
        site_areas: int,
        occupation: NDArray[np.float64],
        *,
        samples: int,
        interval_s: float,
        seed: int,
        replica: int,
        check: bool,
    ) -> None:
        self.planes, self.interval_s, self.check = planes, interval_s, check
        self.sites_of_planes, self.site_areas = sites_of_planes, site_areas
        self._seeds = entropy(seed, planes.temperature_K)
        rng = np.random.default_rng(np.random.SeedSequence(self._seeds, spawn_key=(replica, 1)))
        self._first_order = [rng.permutation(M) for M in sites_of_planes.tolist()]
        # Rounded at random, so that the mean over replicas is the occupation asked for.
        ions = np.floor(occupation * sites_of_planes + rng.random(planes.count)).astype(np.int64)
        ions = ions.clip(0, sites_of_planes)
        if planes.ends == "closed":
            # What rounding has added to the whole is taken from the fullest planes, or given to the emptiest.
            excess = int(ions.sum() - round(float((planes.filling * sites_of_planes).sum())))
            for _ in range(abs(excess)):
                share = ions / sites_of_planes
                ions[np.argmax(share) if excess > 0 else np.argmin(share)] -= np.sign(excess)
        self.start = ions.copy()
        self._replica = replica
        G = planes.count + 1
        self.record = layout.StackRecord(
            crossed=np.zeros((samples, G), np.int64),
            mean_crossed=np.zeros((samples, G)),
            upward=np.zeros((samples, G), np.int64),
            downward=np.zeros((samples, G), np.int64),
            in_plane=np.zeros((samples, planes.count), np.int64),
            free=np.zeros((samples, planes.count)),
        )
        self._cursor = np.zeros(1, np.int64)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that changes, by name: a checkpoint keeps it."""
        state = {f"state.{name}": array for name, array in self._state._asdict().items()}
        record = {f"record.{name}": array for name, array in self.record._asdict().items()}
        return {**state, **record, "cursor": self._cursor, "start": self.start}

    @property
    def by_sample(self) -> tuple[str, ...]:
        """Names of the `arrays` with a row for each sample."""
        return tuple(f"record.{name}" for name in self.record._fields)

    @property
    def sample(self) -> int:
        """The next sample."""
        return int(self._cursor[0])

    @property
    def samples(self) -> int:
        """Samples to take."""
        return len(self.record.crossed)

    @property
    def attempts(self) -> int:
        """Attempts made."""
        return int(self._state.attempts[0])

    @property
    def hops(self) -> int:
        """Hops made."""
        s = self._state
        return int(s.upward.sum() + s.downward.sum() + s.in_plane.sum())

    @property
    def ions(self) -> NDArray[np.int64]:
        """Ions of each plane; shape (P,)."""
        return self._state.ions.copy()

    @property
    def crossed(self) -> NDArray[np.int64]:
        """Net crossings of each gap; shape (P + 1,)."""
        return self._state.crossed.copy()

    @property
    def start_fields_V_A(self) -> NDArray[np.float64]:
        """D in every gap before any ion has crossed one; shape (P + 1,).

        Conductors hold as many electrons as make their `filling` neutral, wherever none can reach them. With open ends
        those at the left end are neutral at the start, as with fixed ones electrons come to them as they are needed.
        """
        charge = self.start / self.site_areas - self.planes.multiplicity * self.planes.filling
        reached = np.cumprod(self.planes.conductor) if self.planes.ends == "open" else np.zeros(self.planes.count)
        return self.planes.fields_V_A(charge, electrode_charge=-float(charge @ reached))

    def energy_changes_eV(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What crossing each gap upwards and downwards changes the energy by, without pair energies.

        As the kernel has them now; shape (P + 1,) each.
        """
        s, t = self._state, self._stack
        drive = 2 * (s.x + t.q[t.kind] * (s.field[0] - s.field[1]))
        kT = self.planes.kT_eV
        return (t.self - drive) * kT, (t.self + drive) * kT

    def advance(self, budget: int, stop: int | None = None) -> bool:
        """Make at most `budget` attempts; return whether all samples (or those before `stop`) are taken.

        Raises
        ------
        ComputationError
            If a rate was found above its bound (only looked for with `check`).
        """
        last = self.samples if stop is None else stop
        arguments = self._stack, self._state, self.record, self._cursor, self.interval_s, last, budget, self.check
        if self.kernel.advance(*arguments) != layout.DONE:
            raise ComputationError("a hop had a rate above its bound; please report this stack")
        return self.sample >= last

    def _state_of(
        self, sites: NDArray[np.uint8], order: list[NDArray[np.int64]], first: NDArray[np.int64], tables: GapTables
    ) -> layout.StackState:
        """What changes, from the bytes of all sites and the lists of the planes, without any rates."""
        planes = self.planes
        G, P, K = planes.count + 1, planes.count, len(tables.q)
        return layout.StackState(
            site=sites,
            order=np.concatenate(order).astype(np.uint16),
            place=np.concatenate([np.argsort(a) for a in order]).astype(np.uint16),
            first=first,
            ready=np.zeros(P),
            ions=self.start.copy(),
            crossed=np.zeros(G, np.int64),
            by_kind=np.zeros(K, np.int64),
            x=np.zeros(G),
            up=np.zeros(G),
            down=np.zeros(G),
            tree=np.zeros((2 * K + 1, 2 * tables.gap.shape[1])),
            factor=np.ones(2 * K + 1),
            field=np.zeros(2),
            total=np.full(1, -1.0),
            clock=np.array([0.0, 1.0, 0.0]),
            integral=np.zeros(G),
            since=np.zeros(G),
            upward=np.zeros(G, np.int64),
            downward=np.zeros(G, np.int64),
            in_plane=np.zeros(P, np.int64),
            attempts=np.zeros(1, np.int64),
            uniform=np.zeros(layout.BATCH),
            drawn=np.full(1, layout.BATCH, np.uint64),
            rng=stream(self._seeds, self._replica, 0),
        )

    def _gap_tables(self, frequency_Hz: NDArray[np.float64], *, leaves: int = 1) -> GapTables:
        """The gaps in the kernel's units: energies in kT, D such that a crossing changes it by whole numbers."""
        planes, kT = self.planes, self.planes.kT_eV
        s, total = planes.elastance_A, float(planes.elastance_A.sum())
        per_ion = planes.field_per_charge_V_A / self.site_areas
        held = planes.ends == "fixed" and total > 0
        # The field of the first configuration is part of each gap's own energies; D is what crossings have added to it.
        fields = self.start_fields_V_A
        levels = np.concatenate(
            [
                [planes.left.site_energy_eV],
                planes.bare_site_energy_eV - planes.repulsion_eV * planes.filling,
                [planes.right.site_energy_eV],
            ]
        )
        repulsion = planes.repulsion_eV / (2 * self.sites_of_planes * kT)
        beyond = np.concatenate([[0.0], repulsion, [0.0]])
        own = s * per_ion * (1 - s / total if held else 1.0) / (2 * kT) + beyond[1:] + beyond[:-1]
        values, kind = np.unique(s if held else np.zeros(len(s)), return_inverse=True)
        places = 1 << int(max(np.bincount(kind).max(), leaves) - 1).bit_length()
        gap = np.zeros((len(values) + 1, places), np.uint64)
        leaf = np.zeros(len(s), np.uint64)
        for k in range(len(values)):
            members = np.flatnonzero(kind == k)
            leaf[members] = np.arange(len(members))
            gap[k, : len(members)] = members
        with np.errstate(divide="ignore"):
            log_frequency = np.log(frequency_Hz)
        return GapTables(
            frequency=frequency_Hz,
            log_frequency=log_frequency,
            barrier=planes.barrier_eV / kT,
            offset=(s * fields - np.diff(levels)) / (2 * kT),
            step=s * per_ion / (2 * kT),
            self=own,
            repulsion=repulsion,
            filling=np.array([planes.left.filling, planes.right.filling]),
            kind=kind.astype(np.uint64),
            leaf=leaf,
            gap=gap,
            q=values / (2 * kT),
            shift=values * per_ion / total if held else np.zeros(len(values)),
        )
