"""Slow twin of the kernel of linked slices, on that of planes: other sites, pairs and draws, the same energies."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from interfacekit.kernels.reference.grid import Hop, Site, Sites, Twin, run_twin
from interfacekit.kernels.stacks.state import BOUND_EXCEEDED, DONE, OCCUPIED, StackRecord, StackState

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.kernels.stacks.crystal import NetworkStackArrays


@dataclass
class _LinkedSites(Sites):
    """Slices with different numbers of sites, in rows as long as the longest."""

    @classmethod
    def read(cls, stack: Any, state: StackState) -> Self:
        """Sites and lists as the kernel has them."""
        base = stack.base.astype(int)
        sizes = np.diff(base)
        occupied = np.zeros((len(sizes), sizes.max()), bool)
        lists = []
        for p, (a, b) in enumerate(zip(base, base[1:], strict=False)):
            occupied[p, : b - a] = state.site[a:b] >= OCCUPIED
            row, ions = state.order[a:b].tolist(), int(state.ions[p])
            lists.append([row[:ions], row[ions:]])
        return cls(stack, occupied, lists)

    def write(self, state: StackState) -> None:
        """Put sites and lists into the state of a kernel."""
        order = [np.array(list(chain.from_iterable(lists))) for lists in self.lists]
        state.order[:] = np.concatenate(order)
        state.place[:] = np.concatenate([np.argsort(row) for row in order])
        state.ions[:] = self.occupied.sum(axis=1)
        rows = [row[: len(a)] for row, a in zip(self.occupied, order, strict=True)]
        state.site[:] = OCCUPIED * np.concatenate(rows)

    @property
    def pairs(self) -> bool:
        """Whether ions have pair energies: never here."""
        return False

    def size(self, p: int) -> int:
        """Number of sites of a slice."""
        return sum(map(len, self.lists[p]))

    def pairs_of(self, site: Site, *, upwards: bool) -> list[tuple[Site, float]]:
        """Sites of the next slice that a site is linked with, and the shares of the pairs."""
        stack: Any = self.stack
        k, cell = divmod(site.number, stack.cells)
        number = int(stack.first_site[site.plane]) + k
        names = ("up_first", "up_site", "up_image", "up_share")
        first, far, image, share = (
            getattr(stack, name if upwards else name.replace("up", "down")).tolist() for name in names
        )
        plane = site.plane + (1 if upwards else -1)
        return [
            (Site(plane, far[j] * stack.cells + int(stack.moved[image[j], cell])), share[j])
            for j in range(first[number], first[number + 1])
        ]


class _LinkedTwin(Twin):
    """A stack of linked slices at one moment."""

    sites: _LinkedSites

    def free(self, p: int) -> float:
        """Share of the sites of a slice without an ion."""
        return len(self.sites.lists[p][1]) / self.sites.size(p)

    def largest_sum(self, p: int, *, upwards: bool) -> float:
        """Of the shares of one site to the next slice."""
        stack: Any = self.stack
        return max(
            sum(share for _, share in self.sites.pairs_of(Site(p, a), upwards=upwards))
            for a in range(0, self.sites.size(p), stack.cells)
        )

    def hops(self) -> list[Hop]:
        """All crossings with a bound above 0, in the order in which the kernel has them."""
        stack = self.stack
        bounds, found = self.one_way_bounds(), []
        for k, logarithm in enumerate(self.factors.tolist()):
            for upwards in (True, False):
                for g in np.flatnonzero(stack.kind == k).tolist():
                    origin, target = (g - 1, g) if upwards else (g, g - 1)
                    bound = float(bounds[not upwards][g]) * math.exp(logarithm if upwards else -logarithm)
                    filling = float(stack.filling[0 if g == 0 else 1])
                    count = self.linked_candidates(origin, target, filling, upwards=upwards)
                    found.append(Hop(g, upwards, origin, target, bound, bound * count))
        return found

    def linked_candidates(self, origin: int, target: int, filling: float, *, upwards: bool) -> float:
        """Ions or vacancies that a crossing is drawn from, each with the largest sum of shares."""
        lists = self.sites.lists
        if not self.inside(origin):
            return filling * len(lists[target][1])
        if not self.inside(target):
            return (1.0 - filling) * len(lists[origin][0])
        return min(
            len(lists[origin][0]) * self.largest_sum(origin, upwards=upwards),
            len(lists[target][1]) * self.largest_sum(target, upwards=not upwards),
        )

    def hop_in_plane(self, u: float) -> tuple[int, Site, Site] | None:
        """Draw a pair within a slice; return the slice, the origin and the target if an ion can hop."""
        stack: Any = self.stack
        L = len(stack.threshold)
        pair = int(u * L)
        pair = pair if u * L - pair < stack.threshold[pair] else int(stack.alias[pair])
        cell, p = self.index(stack.cells), int(stack.within_plane[pair])
        far = int(stack.moved[stack.within_image[pair], cell])
        a = Site(p, int(stack.within_site[pair]) * stack.cells + cell)
        b = Site(p, int(stack.within_other[pair]) * stack.cells + far)
        if self.sites.has_ion(a) == self.sites.has_ion(b):
            return None
        self.sites.trade(p, a.number, b.number)
        return p, a, b

    def hop_by_bound(self, hop: Hop, *, check: bool) -> tuple[int, tuple[Site | None, Site | None] | None]:
        """Draw the ends of a crossing; return a status, and the ends if it is made."""
        ends = self.choose_ends(hop)
        if ends is None:
            return DONE, None
        change = self.change(hop.gap, upwards=hop.upwards)
        barrier, frequency = float(self.stack.barrier[hop.gap]), float(self.stack.frequency[hop.gap])
        accepted = frequency * math.exp(-max(barrier + 0.5 * change, change, 0.0)) / hop.bound
        if check and accepted > 1.0 + 1e-9:
            return BOUND_EXCEEDED, None
        if accepted < 1.0 - 1e-9 and self.draw() > accepted:
            return DONE, None
        return DONE, ends

    def choose_ends(self, hop: Hop) -> tuple[Site | None, Site | None] | None:
        """Draw from the shorter list, by its largest sum of shares, and then a pair; None where no ion can hop."""
        lists, sites = self.sites.lists, self.sites
        if not self.inside(hop.origin):
            free = lists[hop.target][1]
            return (None, Site(hop.target, free[self.index(len(free))])) if free else None
        if not self.inside(hop.target):
            ions = lists[hop.origin][0]
            return (Site(hop.origin, ions[self.index(len(ions))]), None) if ions else None
        ions, free = lists[hop.origin][0], lists[hop.target][1]
        most = self.largest_sum(hop.origin, upwards=hop.upwards), self.largest_sum(hop.target, upwards=not hop.upwards)
        if not ions or not free:
            return None
        by_vacancy = len(free) * most[1] < len(ions) * most[0]
        drawn = (
            Site(hop.target, free[self.index(len(free))])
            if by_vacancy
            else Site(hop.origin, ions[self.index(len(ions))])
        )
        y = (1.0 - self.draw()) * most[by_vacancy]
        for other, share in sites.pairs_of(drawn, upwards=hop.upwards != by_vacancy):
            y -= share
            if y < 0.0:
                ends = (other, drawn) if by_vacancy else (drawn, other)
                return ends if sites.has_ion(ends[0]) and not sites.has_ion(ends[1]) else None
        return None


def network_stack_advance(
    stack: NetworkStackArrays,
    state: StackState,
    record: StackRecord,
    cursor: NDArray[np.int64],
    interval: float,
    stop: int,
    budget: int,
    check: bool,  # noqa: FBT001 - the kernel's arguments
) -> int:
    """Twin of `stacks.kernel.advance` for slices of crystals, as `stack_advance` is for grids."""
    twin = _LinkedTwin.read(stack, _LinkedSites.read(stack, state), state)  # type: ignore[arg-type]  # the same names
    return run_twin(twin, state, record, cursor, interval, stop, budget, check)
