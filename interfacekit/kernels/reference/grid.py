"""Slow twin of the kernels of stacks: one attempt after another, and everything derived anew at each.

It makes the draws and the decisions of `stacks.kernel.advance`, and shares nothing with it but the meaning of the
arrays: ions are counted site by site, fields follow from the charges of all planes, rates from their definition, sums
of bounds from both, and neighbours from their coordinates; choices are made by linear search, and time adds up attempt
by attempt. Sites, lists and counts are the kernel's exactly, and other numbers to rounding. Two things depend on the
past in both: the order of the sites in a list, and the reference of the shared field.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np

from interfacekit.kernels.reference.hops import _uniform
from interfacekit.kernels.stacks.state import (
    ABOVE,
    BELOW,
    BESIDE,
    BOUND_EXCEEDED,
    CODES,
    DONE,
    LEVELS,
    OCCUPIED,
    SLACK,
    StackArrays,
    StackRecord,
    StackState,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Site(NamedTuple):
    """A site by its plane and its number there."""

    plane: int
    number: int


@dataclass
class Sites:
    """Which sites are occupied, and the lists of each plane: ions by their number of neighbours, and vacancies."""

    stack: StackArrays
    occupied: NDArray[np.bool_]  # (P, M)
    lists: list[list[list[int]]]

    @classmethod
    def read(cls, stack: StackArrays, state: StackState) -> Self:
        """Sites and lists as the kernel has them."""
        M = int(stack.shape[0] * stack.shape[1])
        rows = state.order.reshape(-1, M).tolist()
        begins = state.first.tolist() if stack.pairs else [[0, n] for n in state.ions.tolist()]
        lists = [
            [row[a:b] for a, b in zip(begin, [*begin[1:], M], strict=True)]
            for row, begin in zip(rows, begins, strict=True)
        ]
        return cls(stack, state.site.reshape(-1, M) >= OCCUPIED, lists)

    def write(self, state: StackState) -> None:
        """Put sites and lists into the state of a kernel."""
        P, M = self.occupied.shape
        order = np.array([list(chain.from_iterable(lists)) for lists in self.lists])
        state.order[:] = order.ravel()
        state.place[:] = np.argsort(order, axis=1).ravel()
        state.ions[:] = self.occupied.sum(axis=1)
        state.site[:] = OCCUPIED * self.occupied.ravel()
        if self.pairs:
            state.first[:] = [np.cumsum([0, *map(len, lists[:-1])]) for lists in self.lists]
            state.site[:] += np.array([self.code(Site(p, a)) for p in range(P) for a in range(M)], np.uint8)

    @property
    def pairs(self) -> bool:
        """Whether neighbouring ions have pair energies."""
        return self.stack.pairs

    def has_ion(self, site: Site) -> bool:
        """Whether an ion is on a site."""
        return bool(self.occupied[site])

    def beside(self, site: Site) -> list[Site]:
        """Neighbours within the plane: along x, against it, along y, against it."""
        nx, ny = self.stack.shape.tolist()
        y, x = divmod(site.number, nx)
        around = [((x + 1) % nx, y), ((x - 1) % nx, y), (x, (y + 1) % ny), (x, (y - 1) % ny)]
        return [Site(site.plane, i + nx * j) for i, j in around]

    def facing(self, site: Site) -> dict[int, Site]:
        """Neighbours below and above by their bit."""
        around = {BELOW: site._replace(plane=site.plane - 1), ABOVE: site._replace(plane=site.plane + 1)}
        return {bit: x for bit, x in around.items() if 0 <= x.plane < len(self.occupied)}

    def code(self, site: Site, without: Site | None = None) -> int:
        """Surroundings of a site, as if no ion stood on the site `without`."""
        beside = sum(self.has_ion(x) for x in self.beside(site) if x != without)
        return beside + sum(bit for bit, x in self.facing(site).items() if x != without and self.has_ion(x))

    def neighbours(self, p: int) -> NDArray[np.int64]:
        """Number of neighbours of each site of a plane."""
        nx, ny = self.stack.shape.tolist()
        ions = np.pad(self.occupied.astype(int), ((1, 1), (0, 0))).reshape(-1, ny, nx)
        beside = sum(np.roll(ions[p + 1], step, axis) for step in (1, -1) for axis in (0, 1))
        return np.asarray(ions[p] + beside + ions[p + 2]).ravel()

    def level(self, site: Site) -> int:
        """The list of a site."""
        if not self.has_ion(site):
            return LEVELS if self.pairs else 1
        return _neighbours(self.code(site)) if self.pairs else 0

    def set(self, site: Site, *, ion: bool) -> None:
        """Put an ion on a site or take it away; it and its neighbours change their lists."""
        changing = [site, *self.beside(site), *self.facing(site).values()] if self.pairs else [site]
        before = [self.level(x) for x in changing]
        self.occupied[site] = ion
        for x, old in zip(changing, before, strict=True):
            self._relist(x, old, self.level(x))

    def _relist(self, site: Site, before: int, after: int) -> None:
        """Go from list to list: the last of one becomes the first of the next, and the first the last."""
        lists, a = self.lists[site.plane], site.number
        while before != after:
            here = lists[before]
            end = -1 if after > before else 0
            here[here.index(a)] = here[end]
            here.pop(end)
            before += 1 if after > before else -1
            lists[before].insert(0 if end == -1 else len(lists[before]), a)

    def trade(self, p: int, a: int, b: int) -> None:
        """Move an ion between two sites without pair energies: they trade places in their lists."""
        ion, vacancy = (a, b) if self.has_ion(Site(p, a)) else (b, a)
        ions, vacancies = self.lists[p]
        i, j = ions.index(ion), vacancies.index(vacancy)
        ions[i], vacancies[j] = vacancy, ion
        self.occupied[p, ion], self.occupied[p, vacancy] = False, True


def _neighbours(code: int) -> int:
    """Number of neighbours that a code stands for."""
    return (code & BESIDE) + bool(code & BELOW) + bool(code & ABOVE)


class Hop(NamedTuple):
    """Crossings of a gap from plane to plane (-1 and P are the reservoirs), or hops within a plane."""

    gap: int
    upwards: bool
    origin: int
    target: int
    bound: float  # of one ion's rate, of the level with the largest factor 1
    weight: float  # bound of all rates

    @property
    def within(self) -> bool:
        """Whether it stays in one plane."""
        return self.origin == self.target


@dataclass
class Twin:
    """A stack at one moment."""

    stack: StackArrays
    sites: Sites
    start: NDArray[np.int64]  # (P,): ions when none had crossed a gap
    entered: int  # net crossings of the lowest gap
    reference: float  # D_ref
    rng: NDArray[np.uint64]

    @classmethod
    def read(cls, stack: StackArrays, sites: Sites, state: StackState) -> Self:
        """A twin of a kernel that has just derived its rates."""
        start = state.ions + np.diff(state.crossed)
        return cls(stack, sites, start, int(state.crossed[0]), float(state.field[1]), state.rng)

    @property
    def pairs(self) -> bool:
        """Whether neighbouring ions have pair energies."""
        return self.sites.pairs

    def draw(self) -> float:
        """A uniform number in (0, 1]."""
        return 1.0 - _uniform(self.rng)

    def index(self, n: int) -> int:
        """Draw a whole number from 0 to n - 1."""
        return min(int((1.0 - self.draw()) * n), n - 1)

    @property
    def ions(self) -> NDArray[np.int64]:
        """Ions of each plane; shape (P,)."""
        return np.asarray(self.sites.occupied.sum(axis=1))

    @property
    def charge_before(self) -> NDArray[np.int64]:
        """What the lower end and all planes before each gap have won since the start, in ions; shape (G,)."""
        return np.asarray(np.cumsum([-self.entered, *(self.ions - self.start)]))

    @property
    def field(self) -> float:
        """D: each ion that has crossed a gap, and is missing before it, shifts it."""
        shift = self.stack.shift[self.stack.kind]
        return -float(shift @ self.charge_before)

    @property
    def factors(self) -> NDArray[np.float64]:
        """By how much the shared field multiplies upward rates since its reference, for each kind, as a logarithm."""
        return np.asarray(self.stack.q * (self.field - self.reference))

    def drive(self, field: float) -> NDArray[np.float64]:
        """Half of what an ion that crosses each gap upwards gains, at the mid-point and in a shared field; (G,)."""
        stack, repulsion = self.stack, self.stack.repulsion * self.ions
        below, above = np.append(0.0, repulsion), np.append(repulsion, 0.0)
        return np.asarray(stack.offset + stack.step * self.charge_before + stack.q[stack.kind] * field + below - above)

    def change(self, g: int, *, upwards: bool) -> float:
        """Energy of a crossing, without pair energies."""
        gain = 2.0 * float(self.drive(self.field)[g])
        return float(self.stack.self[g]) + (-gain if upwards else gain)

    def one_way_bounds(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bounds of one ion's rate upwards and downwards where D is its reference."""
        x, base, cap = self.drive(self.reference), self.stack.log_base, self.stack.log_cap
        return np.exp(np.minimum(base + x, cap)), np.exp(np.minimum(base - x, cap))

    def ready(self, p: int) -> float:
        """Ions of a plane, each with the largest factor with which those of its level leave."""
        if not self.pairs:
            return float(self.ions[p])
        return float(self.stack.most_leave[p, self.sites.neighbours(p)[self.sites.occupied[p]]].sum())

    def free(self, p: int) -> float:
        """Mean over the sites of a plane of exp(-pair energy) where no ion is."""
        occupied = self.sites.occupied[p]
        energies = [self.stack.energy[p, self.sites.code(Site(p, int(a))) % CODES] for a in np.flatnonzero(~occupied)]
        return float(np.exp(-np.array(energies)).sum() / len(occupied))

    def inside(self, p: int) -> bool:
        """Whether a plane is none of the reservoirs."""
        return 0 <= p < len(self.start)

    def candidates(self, origin: int, target: int, filling: float) -> float:
        """Ions that a crossing is drawn from, each with the largest factor of its level."""
        M, ions = self.sites.occupied.shape[1], self.ions
        if not self.inside(origin):
            return filling * float(M - ions[target])
        if not self.inside(target):
            return (1.0 - filling) * self.ready(origin)
        return self.ready(origin) if self.pairs else float(min(ions[origin], M - ions[target]))

    def hops(self) -> list[Hop]:
        """Rows and leaves of the trees, in their order."""
        stack, P = self.stack, len(self.start)
        bounds, found = self.one_way_bounds(), []
        for k, logarithm in enumerate(self.factors.tolist()):
            for upwards in (True, False):
                for g in np.flatnonzero(stack.kind == k).tolist():
                    origin, target = (g - 1, g) if upwards else (g, g - 1)
                    bound = float(bounds[not upwards][g]) * math.exp(logarithm if upwards else -logarithm)
                    filling = float(stack.filling[0 if g == 0 else 1])
                    found.append(
                        Hop(g, upwards, origin, target, bound, bound * self.candidates(origin, target, filling))
                    )
        if self.pairs:
            for p in range(P):
                bound = float(stack.in_plane_rate[p] * stack.most_enter[p])
                found.append(Hop(-1, True, p, p, bound, 4.0 * bound * self.ready(p)))
        return found

    def hop_in_plane(self, u: float) -> tuple[int, Site, Site] | None:
        """Without pair energies: draw a plane and a bond, and hop if one of its ends is occupied."""
        stack, (P, M) = self.stack, self.sites.occupied.shape
        column = int(u * P)
        p = column if u * P - column < stack.threshold[column] else int(stack.alias[column])
        bond = self.index(2 * M)
        a = Site(p, bond // 2)
        b = self.sites.beside(a)[0 if bond % 2 == 0 else 2]
        if self.sites.has_ion(a) == self.sites.has_ion(b):
            return None
        self.sites.trade(p, a.number, b.number)
        return p, a, b

    def choose_ion(self, p: int) -> tuple[Site, float]:
        """With pair energies: draw an ion by its level; return its site and the largest factor of the level."""
        r = (1.0 - self.draw()) * self.ready(p)
        for level, sites in enumerate(self.sites.lists[p][:LEVELS]):
            one = float(self.stack.most_leave[p, level])
            if r < one * len(sites):
                return Site(p, sites[int(r / one)]), one
            r -= one * len(sites)
        raise AssertionError

    def choose_site(self, hop: Hop) -> tuple[int, float]:
        """Draw where in the plane to cross a gap, from the shorter list or by level; return the factor of the level."""
        if self.pairs and self.inside(hop.origin):
            site, one = self.choose_ion(hop.origin)
            return site.number, one
        lists = self.sites.lists
        ions = lists[hop.origin][0] if self.inside(hop.origin) else None
        vacancies = lists[hop.target][-1] if self.inside(hop.target) else None
        drawn = min((sites for sites in (ions, vacancies) if sites is not None), key=len)
        return drawn[self.index(len(drawn))], 1.0

    def hop_by_bound(self, hop: Hop, *, check: bool) -> tuple[int, tuple[Site | None, Site | None] | None]:
        """Attempt a hop across a gap, or within a plane with pair energies; return a status and the two sites."""
        stack, sites = self.stack, self.sites
        origin: Site | None
        target: Site | None
        if hop.within:
            origin, one = self.choose_ion(hop.origin)
            target = sites.beside(origin)[self.index(4)]
            barrier, change = float(stack.in_plane_barrier[hop.origin]), 0.0
            frequency = float(stack.in_plane_rate[hop.origin]) * math.exp(barrier)
        else:
            a, one = self.choose_site(hop)
            origin = Site(hop.origin, a) if self.inside(hop.origin) else None
            target = Site(hop.target, a) if self.inside(hop.target) else None
            barrier, change = float(stack.barrier[hop.gap]), self.change(hop.gap, upwards=hop.upwards)
            frequency = float(stack.frequency[hop.gap])
        if (origin is not None and not sites.has_ion(origin)) or (target is not None and sites.has_ion(target)):
            return DONE, None
        if origin is not None:
            change -= float(stack.energy[origin.plane, sites.code(origin)])
        if target is not None:
            change += float(stack.energy[target.plane, sites.code(target, without=origin)])
        rate = frequency * math.exp(-max(barrier + 0.5 * change, change, 0.0))
        accepted = rate / (hop.bound * one)
        if check and accepted > 1.0 + 1e-9:
            return BOUND_EXCEEDED, None
        # Without pair energies most bounds are rates, and nothing is drawn.
        if (self.pairs or accepted < 1.0 - 1e-9) and self.draw() > accepted:
            return DONE, None
        return DONE, (origin, target)


def stack_advance(
    stack: StackArrays,
    state: StackState,
    record: StackRecord,
    cursor: NDArray[np.int64],
    interval: float,
    stop: int,
    budget: int,
    check: bool,  # noqa: FBT001 - the kernel's arguments
) -> int:
    """Twin of `stacks.kernel.advance`, from a state without numbers left in its batch.

    `clock[0]` is the time of the last attempt and `integral` reaches up to there; the rest of what keeps time, and the
    batch, are left alone.
    """
    return run_twin(
        Twin.read(stack, Sites.read(stack, state), state), state, record, cursor, interval, stop, budget, check
    )


def run_twin(
    twin: Twin,
    state: StackState,
    record: StackRecord,
    cursor: NDArray[np.int64],
    interval: float,
    stop: int,
    budget: int,
    check: bool,  # noqa: FBT001 - the kernel's arguments
) -> int:
    """Let a twin make attempts, and write what it has come to; see `stack_advance`."""
    status = DONE
    for _ in range(budget):
        if cursor[0] >= stop or status != DONE:
            break
        hops = twin.hops()
        total = float(twin.stack.in_plane_total) + sum(hop.weight for hop in hops)
        crossed = -twin.charge_before
        wait = -math.log(twin.draw()) / total if total > 0 else math.inf
        if state.clock[0] + wait > interval:
            state.integral[:] += crossed * (interval - state.clock[0])
            state.clock[0] = 0.0
            _sample(twin, state, record, int(cursor[0]), interval)
            cursor[0] += 1
            continue
        state.integral[:] += crossed * wait
        state.clock[0] += wait
        state.attempts[0] += 1
        status = _attempt(twin, state, hops, (1.0 - twin.draw()) * total, check=check)
    twin.sites.write(state)
    _write(twin, state)
    return status


def _attempt(twin: Twin, state: StackState, hops: list[Hop], r: float, *, check: bool) -> int:
    """Attempt the hop that a number below the sum of all bounds chooses; return a status."""
    stack = twin.stack
    if r < stack.in_plane_total:
        hopped = twin.hop_in_plane(r / float(stack.in_plane_total))
        if hopped is not None:
            state.in_plane[hopped[0]] += 1
        return DONE
    r -= float(stack.in_plane_total)
    chosen = next(i for i, end in enumerate(np.cumsum([hop.weight for hop in hops]).tolist()) if r < end)
    hop = hops[chosen]
    status, sites = twin.hop_by_bound(hop, check=check)
    if sites is None:
        return status
    for site, ion in zip(sites, (False, True), strict=True):
        if site is not None:
            twin.sites.set(site, ion=ion)
    if hop.within:
        state.in_plane[hop.origin] += 1
        return DONE
    (state.upward if hop.upwards else state.downward)[hop.gap] += 1
    if hop.gap == 0:
        twin.entered += 1 if hop.upwards else -1
    if np.abs(twin.factors).max() >= SLACK:
        twin.reference = twin.field
    return DONE


def _sample(twin: Twin, state: StackState, record: StackRecord, s: int, interval: float) -> None:
    """Write sample s and begin a new interval."""
    record.crossed[s] = -twin.charge_before
    record.mean_crossed[s] = state.integral / interval
    record.upward[s] = state.upward
    record.downward[s] = state.downward
    record.in_plane[s] = state.in_plane
    state.integral[:] = 0.0
    record.free[s] = [twin.free(p) for p in range(len(twin.start))]


def _write(twin: Twin, state: StackState) -> None:
    """What follows from the sites."""
    stack = twin.stack
    state.crossed[:] = -twin.charge_before
    state.by_kind[:] = [state.crossed[stack.kind == k].sum() for k in range(len(stack.q))]
    state.field[:] = twin.field, twin.reference
    state.x[:] = twin.drive(twin.reference)
    state.up[:], state.down[:] = twin.one_way_bounds()
    state.factor[:-1] = np.exp(np.outer(twin.factors, [1, -1])).ravel()
    leaves = state.tree.shape[1] // 2
    state.tree[:] = 0.0
    for hop in twin.hops():
        if hop.within:
            state.ready[hop.origin] = twin.ready(hop.origin)
            state.tree[-1, leaves + hop.origin] = hop.weight
            continue
        row = 2 * int(stack.kind[hop.gap]) + (not hop.upwards)
        state.tree[row, leaves + int(stack.leaf[hop.gap])] = hop.weight / state.factor[row]
    while leaves > 1:
        state.tree[:, leaves // 2 : leaves] = state.tree[:, leaves : 2 * leaves].reshape(len(state.tree), -1, 2).sum(2)
        leaves //= 2
