"""Planes as arrays for the kernel of stacks, and the state that it advances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import ComputationError, InputError
from interfacekit.kernels import stack as kernel
from interfacekit.kernels import stack_state as layout
from interfacekit.kernels.random import stream
from interfacekit.transport.engine import entropy
from interfacekit.transport.lattice_engine import alias_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.planes import Planes

#: Along a side, with pair energies: fewer would make a site its neighbour's neighbour twice.
FEWEST_CELLS = 3
#: Of an ion with all its neighbours: rates depend exponentially on half of it, before and after a hop.
MOST_OF_PAIR_ENERGIES_kT = 600.0


@dataclass(frozen=True, eq=False)
class Slowdown:
    """By what hops are slowed down, in both directions alike: equilibrium does not change, resistances grow.

    Attributes
    ----------
    gaps
        Factors of at most 1 of the hops across each gap; shape (P + 1,).
    planes
        Of the hops within each plane; shape (P,).
    """

    gaps: NDArray[np.float64]
    planes: NDArray[np.float64]


class StackEngine:
    """A replica of a stack that samples at equal intervals.

    Parameters
    ----------
    planes
        The stack between its reservoirs.
    cells
        Sites along x and y.
    slowdown
        Of each gap and plane.
    occupation
        From which the first configuration is drawn; shape (P,).
    samples, interval_s
        How many samples are taken, and the time between them.
    seed, replica
        Of the random numbers.
    by_ion
        Draw hops within planes by their ions rather than by their bonds, as is done with pair energies in any case:
        hops then take longer, but an almost empty plane draws no attempts in vain. The same process.
    check
        Assert in every attempt that no rate is above its bound.
    """

    def __init__(
        self,
        planes: Planes,
        cells: tuple[int, int],
        slowdown: Slowdown,
        occupation: NDArray[np.float64],
        *,
        samples: int,
        interval_s: float,
        seed: int,
        replica: int,
        by_ion: bool = False,
        check: bool = False,
    ) -> None:
        self.planes, self.cells, self.interval_s, self.check = planes, cells, interval_s, check
        self.sites_of_a_plane = M = cells[0] * cells[1]
        self.by_ion = by_ion or planes.has_pairs
        check_cells(planes, cells)
        seeds = entropy(seed, planes.temperature_K)
        rng = np.random.default_rng(np.random.SeedSequence(seeds, spawn_key=(replica, 1)))
        order = np.concatenate([rng.permutation(M) for _ in range(planes.count)]).reshape(planes.count, M)
        # Rounded at random, so that the mean over replicas is the occupation asked for.
        ions = np.floor(occupation * M + rng.random(planes.count)).astype(np.int64).clip(0, M)
        if planes.ends == "closed":
            # What rounding has added to the whole is taken from the fullest planes, or given to the emptiest.
            excess = int(ions.sum() - round(float(planes.filling.sum() * M)))
            for _ in range(abs(excess)):
                ions[np.argmax(ions) if excess > 0 else np.argmin(ions)] -= np.sign(excess)
        self.start = ions.copy()
        site = np.zeros((planes.count, M), np.uint8)
        for p in range(planes.count):
            site[p, order[p, : ions[p]]] = layout.OCCUPIED
        first = np.concatenate([np.zeros((planes.count, 1), np.int64), np.repeat(ions[:, None], layout.LEVELS, 1)], 1)
        if self.by_ion:
            site |= _surroundings(site > 0, cells)
            order, first = _by_level(site)
        self._stack = self._tables(slowdown)
        G, P, K = planes.count + 1, planes.count, len(self._stack.q)
        self._state = layout.StackState(
            site=site.ravel(),
            order=order.astype(np.uint16).ravel(),
            place=np.argsort(order, axis=1).astype(np.uint16).ravel(),
            first=first,
            ready=np.zeros(P),
            ions=ions,
            crossed=np.zeros(G, np.int64),
            by_kind=np.zeros(K, np.int64),
            x=np.zeros(G),
            up=np.zeros(G),
            down=np.zeros(G),
            tree=np.zeros((2 * K + 1, 2 * self._stack.gap.shape[1])),
            factor=np.ones(2 * K + 1),
            field=np.zeros(2),
            total=np.zeros(1),
            clock=np.array([0.0, 1.0, 0.0]),
            integral=np.zeros(G),
            since=np.zeros(G),
            upward=np.zeros(G, np.int64),
            downward=np.zeros(G, np.int64),
            in_plane=np.zeros(P, np.int64),
            attempts=np.zeros(1, np.int64),
            uniform=np.zeros(layout.BATCH),
            drawn=np.full(1, layout.BATCH, np.uint64),
            rng=stream(seeds, replica, 0),
        )
        self.record = layout.StackRecord(
            crossed=np.zeros((samples, G), np.int64),
            mean_crossed=np.zeros((samples, G)),
            upward=np.zeros((samples, G), np.int64),
            downward=np.zeros((samples, G), np.int64),
            in_plane=np.zeros((samples, P), np.int64),
            free=np.zeros((samples, P)),
        )
        self._cursor = np.zeros(1, np.int64)
        kernel.derive(self._stack, self._state)

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that changes, by name: a checkpoint keeps it."""
        state = {f"state.{name}": array for name, array in self._state._asdict().items()}
        record = {f"record.{name}": array for name, array in self.record._asdict().items()}
        return {**state, **record, "cursor": self._cursor, "start": self.start}

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
        charge = self.start / self.sites_of_a_plane - self.planes.filling
        reached = np.cumprod(self.planes.conductor) if self.planes.ends == "open" else np.zeros(self.planes.count)
        return self.planes.fields_V_A(charge, electrode_charge=-float(charge @ reached))

    def occupied(self) -> NDArray[np.bool_]:
        """Whether an ion is on each site; shape (P, ny, nx)."""
        nx, ny = self.cells
        return np.asarray(self._state.site.reshape(-1, ny, nx) >= layout.OCCUPIED)

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
        status = kernel.advance(
            self._stack, self._state, self.record, self._cursor, self.interval_s, last, budget, self.check
        )
        if status != layout.DONE:
            raise ComputationError("a hop had a rate above its bound; please report this stack")
        return self.sample >= last

    def _tables(self, slowdown: Slowdown) -> layout.StackArrays:
        """The planes in the kernel's units: energies in kT, D such that a crossing changes it by whole numbers."""
        planes, M, kT = self.planes, self.sites_of_a_plane, self.planes.kT_eV
        s, total = planes.elastance_A, float(planes.elastance_A.sum())
        per_ion = planes.field_per_charge_V_A / M
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
        repulsion = planes.repulsion_eV / (2 * M * kT)
        beyond = np.concatenate([[0.0], repulsion, [0.0]])
        own = s * per_ion * (1 - s / total if held else 1.0) / (2 * kT) + beyond[1:] + beyond[:-1]
        values, kind = np.unique(s if held else np.zeros(len(s)), return_inverse=True)
        leaves = 1 << int(max(np.bincount(kind).max(), planes.count if self.by_ion else 1) - 1).bit_length()
        gap = np.zeros((len(values) + 1, leaves), np.uint64)
        leaf = np.zeros(len(s), np.uint64)
        for k in range(len(values)):
            members = np.flatnonzero(kind == k)
            leaf[members] = np.arange(len(members))
            gap[k, : len(members)] = members
        if self.by_ion:
            gap[-1, : planes.count] = np.arange(planes.count)
        codes = _code_energies(planes) / kT
        if np.abs(codes).max() > MOST_OF_PAIR_ENERGIES_kT:
            raise InputError(
                f"pair energies of {np.abs(codes).max():.0f} kT around one ion are beyond all rates at "
                f"{planes.temperature_K:g} K; give lower ones, or a higher temperature_K"
            )
        most_leave, most_enter = _largest_factors(codes)
        at_gap = np.maximum(np.append(1.0, most_enter), np.append(most_enter, 1.0))
        least_leave = np.append(1.0, np.minimum(most_leave[:, :-1].min(axis=1), 1.0))
        frequency = planes.frequency_Hz * slowdown.gaps
        with np.errstate(divide="ignore"):
            log_frequency = np.log(frequency)
        log_cap = log_frequency + layout.SLACK - np.log(np.minimum(least_leave, np.roll(least_leave, -1)))
        barrier = planes.barrier_eV / kT
        in_plane = planes.in_plane_frequency_Hz * np.exp(-planes.in_plane_barrier_eV / kT) * slowdown.planes
        attempts = 2 * M * in_plane * (not self.by_ion)
        table = alias_table(attempts if attempts.any() else np.ones(len(attempts)))
        return layout.StackArrays(
            shape=np.array(self.cells, np.uint64),
            frequency=frequency,
            barrier=barrier,
            log_base=log_frequency + np.log(at_gap) - barrier - own / 2,
            log_cap=log_cap,
            cap=np.exp(log_cap),
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
            in_plane_rate=in_plane,
            in_plane_barrier=planes.in_plane_barrier_eV / kT,
            threshold=table.threshold,
            alias=table.alias,
            in_plane_total=float(attempts.sum()),
            pairs=self.by_ion,
            energy=codes,
            leave=np.exp(codes / 2),
            enter=np.exp(-codes / 2),
            most_leave=most_leave,
            most_enter=np.concatenate([most_enter, [1.0], at_gap]),
        )


def check_cells(planes: Planes, cells: tuple[int, int]) -> None:
    """Raise `InputError` unless planes can have so many sites along x and y."""
    if min(cells) < 1 or cells[0] * cells[1] > layout.MOST_SITES_OF_A_PLANE:
        raise InputError(
            f"planes of {cells[0]} x {cells[1]} sites are not possible; give 1 to {layout.MOST_SITES_OF_A_PLANE} in all"
        )
    if planes.has_pairs and min(cells) < FEWEST_CELLS:
        raise InputError(
            f"planes of {cells[0]} x {cells[1]} sites would make a site meet a neighbour twice; give {FEWEST_CELLS} "
            "along each side, or no pair energies"
        )


def _surroundings(occupied: NDArray[np.bool_], cells: tuple[int, int]) -> NDArray[np.uint8]:
    """Bits of every site that say which neighbours are occupied; shape (P, M)."""
    nx, ny = cells
    ions = occupied.reshape(-1, ny, nx).astype(np.uint8)
    beside = sum(np.roll(ions, shift, axis) for axis in (1, 2) for shift in (1, -1))
    word = np.asarray(beside, np.uint8)
    word[1:] |= ions[:-1] * np.uint8(layout.BELOW)
    word[:-1] |= ions[1:] * np.uint8(layout.ABOVE)
    return np.asarray(word.reshape(len(occupied), -1))


def _code_energies(planes: Planes) -> NDArray[np.float64]:
    """Pair energy of an ion for each surrounding; shape (P, CODES), eV."""
    code = np.arange(layout.CODES)
    beside = np.minimum(code & layout.BESIDE, 4)
    below, above = (code & layout.BELOW) > 0, (code & layout.ABOVE) > 0
    gaps = planes.gap_pair_energy_eV
    return np.asarray(planes.pair_energy_eV[:, None] * beside + gaps[:-1, None] * below + gaps[1:, None] * above)


def _by_level(site: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sites of each plane by the number of neighbours of their ions, vacancies last; and where each number begins."""
    beside = site & layout.BESIDE
    level = beside + ((site & layout.BELOW) > 0) + ((site & layout.ABOVE) > 0)
    level[site < layout.OCCUPIED] = layout.LEVELS
    order = np.argsort(level, axis=1, kind="stable")
    first = np.stack([(level < number).sum(axis=1) for number in range(layout.LEVELS + 1)], axis=1)
    return order, first.astype(np.int64)


def _largest_factors(energies_kT: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Largest factors with which an ion of each level leaves a plane (P, LEVELS), and with which one enters it (P,)."""
    code = np.arange(layout.CODES)
    beside = code & layout.BESIDE
    level = beside + ((code & layout.BELOW) > 0) + ((code & layout.ABOVE) > 0)
    leave = np.zeros((len(energies_kT), layout.LEVELS))
    # An ion with an occupied site on every side cannot hop.
    for number in range(layout.LEVELS - 1):
        leave[:, number] = np.exp(energies_kT[:, (level == number) & (beside <= 4)] / 2).max(axis=1)
    possible = (level < layout.LEVELS - 1) & (beside <= 4)
    return leave, np.exp(-energies_kT[:, possible] / 2).max(axis=1)
