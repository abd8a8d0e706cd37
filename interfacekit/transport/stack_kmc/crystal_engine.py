"""Slices of crystals as arrays for the kernel of linked planes, and the state that it advances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import InputError
from interfacekit.kernels.hops.lattice import alias_table
from interfacekit.kernels.stacks import crystal as network_stack
from interfacekit.kernels.stacks import state as layout
from interfacekit.transport.stack_kmc.planes_engine import PlanesEngine, Slowdown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stacks.links import Links
    from interfacekit.transport.stacks.planes import Planes


class NetworkStackEngine(PlanesEngine):
    """A replica of a stack whose planes are linked by a network.

    Parameters
    ----------
    planes
        The stack between its reservoirs, with its `links`.
    repeats
        Cells of the network along its two vectors.
    slowdown
        Of each gap and plane.
    occupation, samples, interval_s, seed, replica, check
        See `PlanesEngine`.
    """

    kernel = network_stack

    def __init__(
        self,
        planes: Planes,
        repeats: tuple[int, int],
        slowdown: Slowdown,
        occupation: NDArray[np.float64],
        *,
        samples: int,
        interval_s: float,
        seed: int,
        replica: int,
        check: bool = False,
    ) -> None:
        links = planes.links
        if links is None:
            raise InputError("the planes have no links; they are a square grid")
        self.repeats = repeats
        check_repeats(links, repeats)
        cells = repeats[0] * repeats[1]
        super().__init__(
            planes,
            links.sites * cells,
            cells,
            occupation,
            samples=samples,
            interval_s=interval_s,
            seed=seed,
            replica=replica,
            check=check,
        )
        site = [np.zeros(M, np.uint8) for M in self.sites_of_planes.tolist()]
        for bits, order, ions in zip(site, self._first_order, self.start.tolist(), strict=True):
            bits[order[:ions]] = layout.OCCUPIED
        self._stack = self._tables(links, slowdown)
        first = np.zeros((planes.count, layout.LEVELS + 1), np.int64)
        self._state = self._state_of(np.concatenate(site), self._first_order, first, self._stack)
        self.advance(0)  # derives rates and their bounds

    def occupied(self) -> list[NDArray[np.bool_]]:
        """Whether an ion is on each site of each plane; shape (sites of the cell, cells) each."""
        planes = np.split(self._state.site >= layout.OCCUPIED, self._stack.base[1:-1].astype(int))
        return [ions.reshape(-1, self.site_areas) for ions in planes]

    def _tables(self, links: Links, slowdown: Slowdown) -> network_stack.NetworkStackArrays:
        planes = self.planes
        gap, plane, P, S = links.gap, links.plane, planes.count, int(links.sites.sum())
        across, within = gap >= 0, gap < 0
        largest = np.zeros(P + 1)
        np.maximum.at(largest, gap[across], links.frequency_Hz[across])
        # Reservoirs exchange with every site of an outermost plane alike.
        largest[[0, -1]] = planes.frequency_Hz[[0, -1]] / links.sites[[0, -1]]
        shared = self._gap_tables(largest * slowdown.gaps)
        log_cap = shared.log_frequency + layout.SLACK
        share = links.frequency_Hz[across] / largest[gap[across]]
        vectors, image = np.unique(np.vstack([links.images, -links.images]), axis=0, return_inverse=True)
        there, back = image.reshape(2, -1)
        up = _Pairs(links, links.origins[across], links.targets[across], there[across], share)
        down = _Pairs(links, links.targets[across], links.origins[across], back[across], share)
        pairs = np.flatnonzero(within)
        factor = np.exp(-planes.in_plane_barrier_eV / planes.kT_eV) * slowdown.planes
        rates = links.frequency_Hz[pairs] * factor[plane[pairs]]
        table = alias_table(rates if rates.any() else np.ones(1))
        in_plane = links.first[plane[pairs]]
        return network_stack.NetworkStackArrays(
            cells=self.site_areas,
            base=np.concatenate([[0], np.cumsum(self.sites_of_planes)]).astype(np.uint64),
            first_site=links.first[:-1].astype(np.uint64),
            moved=_moved(vectors, self.repeats),
            up_first=up.first(S),
            up_site=up.site,
            up_image=up.image,
            up_share=up.share,
            down_first=down.first(S),
            down_site=down.site,
            down_image=down.image,
            down_share=down.share,
            most_up=up.largest_sum(gap[across], P + 1),
            most_down=down.largest_sum(gap[across], P + 1),
            **{name: value for name, value in shared._asdict().items() if name != "log_frequency"},
            log_base=shared.log_frequency - shared.barrier - shared.self / 2,
            log_cap=log_cap,
            cap=np.exp(log_cap),
            threshold=table.threshold,
            alias=table.alias,
            within_plane=plane[pairs].astype(np.uint64),
            within_site=(links.origins[pairs] - in_plane).astype(np.uint64),
            within_other=(links.targets[pairs] - in_plane).astype(np.uint64),
            within_image=there[pairs].astype(np.uint64),
            in_plane_total=float(rates.sum()) * self.site_areas,
        )


class _Pairs:
    """Pairs across gaps in the order of the sites on one side."""

    def __init__(
        self,
        links: Links,
        near: NDArray[np.int64],
        far: NDArray[np.int64],
        image: NDArray[np.int64],
        share: NDArray[np.float64],
    ) -> None:
        order = np.argsort(near, kind="stable")
        self._near, self._unsorted, self._shares = near[order], near, share
        self.site = (far - links.first[links.plane_of_site[far]])[order].astype(np.uint64)
        self.image = image[order].astype(np.uint64)
        self.share = share[order]

    def first(self, sites: int) -> NDArray[np.uint64]:
        """Where the pairs of each site begin."""
        return np.searchsorted(self._near, np.arange(sites + 1)).astype(np.uint64)

    def largest_sum(self, gap: NDArray[np.int64], gaps: int) -> NDArray[np.float64]:
        """Of the shares of one site, in each gap."""
        sites, number = np.unique(self._unsorted, return_inverse=True)
        sums = np.bincount(number, self._shares, len(sites))
        largest = np.zeros(gaps)
        np.maximum.at(largest, gap, sums[number])
        return largest


def _moved(vectors: NDArray[np.int64], repeats: tuple[int, int]) -> NDArray[np.uint64]:
    """Cell at each image of each cell; shape (images, cells)."""
    nx, ny = repeats
    y, x = np.divmod(np.arange(nx * ny), nx)
    moved = (x + vectors[:, :1]) % nx + nx * ((y + vectors[:, 1:]) % ny)
    return np.ascontiguousarray(moved.astype(np.uint64))


def check_repeats(links: Links, repeats: tuple[int, int]) -> None:
    """Raise `InputError` unless planes can have so many cells along both vectors."""
    largest = int(links.sites.max()) * repeats[0] * repeats[1]
    if min(repeats) < 1 or largest > layout.MOST_SITES_OF_A_PLANE:
        raise InputError(
            f"{repeats[0]} x {repeats[1]} cells with {int(links.sites.max())} sites in a plane are not possible; give "
            f"at most {layout.MOST_SITES_OF_A_PLANE} sites in all"
        )


def repeats_of(links: Links, sites_of_a_plane: int) -> tuple[int, int]:
    """Cells along both vectors with which planes have so many sites on average, about as long as they are wide."""
    lengths = np.linalg.norm(links.cell_A, axis=1)
    repeats = np.ones(2, int)
    while links.sites.mean() * repeats.prod() < sites_of_a_plane:
        repeats[np.argmin(lengths * repeats)] += 1
    return int(repeats[0]), int(repeats[1])
