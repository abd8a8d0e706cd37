"""Stacks of slices of crystals: their tables, and the start of a replica; see `planes_engine`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.kernels.hops.lattice import alias_table
from interfacekit.kernels.stacks import crystal
from interfacekit.kernels.stacks import state as layout
from interfacekit.transport.stack_kmc.gaps import gap_arrays, log_frequency
from interfacekit.transport.stack_kmc.planes_engine import SiteLists, StackTables, begin, first_ions, kernel_stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stack_kmc.planes_engine import Sampling, StackState
    from interfacekit.transport.stack_kmc.slowdown import Slowdown
    from interfacekit.transport.stacks.links import Links
    from interfacekit.transport.stacks.planes import Planes


def prepare(planes: Planes, repeats: tuple[int, int], slowdown: Slowdown, *, check: bool = False) -> StackTables:
    """Turn a stack whose planes are linked by a network into the kernel's tables.

    Parameters
    ----------
    planes
        The stack between its reservoirs, with its `links`.
    repeats
        Cells of the network along its two vectors.
    slowdown
        Of each gap and plane.
    check
        Assert in every attempt that no rate is above its bound.

    Raises
    ------
    InputError
        If the planes have no links, or cannot have so many cells.
    """
    links = planes.links
    if links is None:
        raise InputError("the planes have no links; they are a square grid")
    check_repeats(links, repeats)
    cells = repeats[0] * repeats[1]
    sites = links.sites * cells
    across = links.gap >= 0
    largest = np.zeros(planes.count + 1)
    np.maximum.at(largest, links.gap[across], links.frequency_Hz[across])
    # Reservoirs exchange with every site of an outermost plane alike.
    largest[[0, -1]] = planes.frequency_Hz[[0, -1]] / links.sites[[0, -1]]
    shared = gap_arrays(planes, sites, cells, largest * slowdown.gaps)
    log_nu = log_frequency(shared.frequency)
    log_cap = log_nu + layout.SLACK
    vectors, image = np.unique(np.vstack([links.images, -links.images]), axis=0, return_inverse=True)
    there, back = image.reshape(2, -1)
    rates = _in_plane_rates_Hz(planes, links, slowdown)
    stack = crystal.NetworkStackArrays(
        cells=cells,
        base=np.concatenate([[0], np.cumsum(sites)]).astype(np.uint64),
        first_site=links.first[:-1].astype(np.uint64),
        moved=_moved(vectors, repeats),
        **_pairs_across(links, largest, there, back),
        **shared._asdict(),
        log_base=log_nu - shared.barrier - shared.self / 2,
        log_cap=log_cap,
        cap=np.exp(log_cap),
        **_pairs_within(links, rates, there),
        in_plane_total=float(rates.sum()) * cells,
    )
    return StackTables(planes, repeats, sites, cells, stack, crystal.advance, check)


def start(
    tables: StackTables, occupation: NDArray[np.float64], sampling: Sampling, seed: int, replica: int
) -> StackState:
    """Draw the first configuration of a replica; parameters are those of `grid_engine.start`."""
    order, ions = first_ions(tables, occupation, seed, replica)
    site = [np.zeros(M, np.uint8) for M in tables.sites_of_planes.tolist()]
    for bits, places, n in zip(site, order, ions.tolist(), strict=True):
        bits[places[:n]] = layout.OCCUPIED
    first = np.zeros((tables.planes.count, layout.LEVELS + 1), np.int64)
    lists = SiteLists(np.concatenate(site), order, first)
    return begin(tables, ions, lists, sampling, kernel_stream(tables, seed, replica))


def occupied(tables: StackTables, state: StackState) -> list[NDArray[np.bool_]]:
    """Whether an ion is on each site of each plane; shape (sites of the cell, cells) each."""
    planes = np.split(state.walk.site >= layout.OCCUPIED, np.cumsum(tables.sites_of_planes)[:-1])
    return [ions.reshape(-1, tables.site_areas) for ions in planes]


def _in_plane_rates_Hz(planes: Planes, links: Links, slowdown: Slowdown) -> NDArray[np.float64]:
    """Rates of the pairs within planes; shape (L,)."""
    factor = np.exp(-planes.in_plane_barrier_eV / planes.kT_eV) * slowdown.planes
    within = np.flatnonzero(links.gap < 0)
    return np.asarray(links.frequency_Hz[within] * factor[links.plane[within]])


def _pairs_within(links: Links, rates_Hz: NDArray[np.float64], image: NDArray[np.int64]) -> dict[str, Any]:
    """Pairs within planes, and the alias table that draws them."""
    pairs = np.flatnonzero(links.gap < 0)
    plane = links.plane[pairs]
    table = alias_table(rates_Hz if rates_Hz.any() else np.ones(1))
    return {
        "threshold": table.threshold,
        "alias": table.alias,
        "within_plane": plane.astype(np.uint64),
        "within_site": (links.origins[pairs] - links.first[plane]).astype(np.uint64),
        "within_other": (links.targets[pairs] - links.first[plane]).astype(np.uint64),
        "within_image": image[pairs].astype(np.uint64),
    }


def _pairs_across(
    links: Links, largest_Hz: NDArray[np.float64], there: NDArray[np.int64], back: NDArray[np.int64]
) -> dict[str, Any]:
    """Pairs across gaps from below and from above, with their shares of the largest frequency of each gap."""
    across, S = links.gap >= 0, int(links.sites.sum())
    gap, gaps = links.gap[across], len(largest_Hz)
    share = links.frequency_Hz[across] / largest_Hz[gap]
    up = _Pairs(links, links.origins[across], links.targets[across], there[across], share)
    down = _Pairs(links, links.targets[across], links.origins[across], back[across], share)
    return {
        "up_first": up.first(S),
        "up_site": up.site,
        "up_image": up.image,
        "up_share": up.share,
        "down_first": down.first(S),
        "down_site": down.site,
        "down_image": down.image,
        "down_share": down.share,
        "most_up": up.largest_sum(gap, gaps),
        "most_down": down.largest_sum(gap, gaps),
    }


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
