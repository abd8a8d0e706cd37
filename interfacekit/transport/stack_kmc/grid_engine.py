"""Stacks of planes that are square grids: their tables, and the start of a replica; see `planes_engine`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.kernels.hops.lattice import alias_table
from interfacekit.kernels.stacks import grid, pairs
from interfacekit.kernels.stacks import state as layout
from interfacekit.transport.stack_kmc.gaps import gap_arrays, log_frequency
from interfacekit.transport.stack_kmc.planes_engine import SiteLists, StackTables, begin, first_ions, kernel_stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stack_kmc.gaps import GapArrays
    from interfacekit.transport.stack_kmc.planes_engine import Sampling, StackState
    from interfacekit.transport.stack_kmc.slowdown import Slowdown
    from interfacekit.transport.stacks.planes import Planes

#: Along a side, with pair energies: fewer would make a site its neighbour's neighbour twice.
FEWEST_CELLS = 3
#: Of an ion with all its neighbours: rates depend exponentially on half of it, before and after a hop.
MOST_OF_PAIR_ENERGIES_kT = 600.0


def prepare(
    planes: Planes, cells: tuple[int, int], slowdown: Slowdown, *, by_ion: bool = False, check: bool = False
) -> StackTables:
    """Turn a stack of regular planes into the kernel's tables.

    Parameters
    ----------
    planes
        The stack between its reservoirs.
    cells
        Sites along x and y.
    slowdown
        Of each gap and plane.
    by_ion
        Draw hops within planes by their ions rather than by their bonds, as is done with pair energies in any case:
        hops then take longer, but an almost empty plane draws no attempts in vain. The same process.
    check
        Assert in every attempt that no rate is above its bound.

    Raises
    ------
    InputError
        If planes cannot have so many sites, or pair energies are beyond all rates.
    """
    check_cells(planes, cells)
    by_ion = by_ion or planes.has_pairs
    M = cells[0] * cells[1]
    sites = np.full(planes.count, M)
    frequency = planes.frequency_Hz * slowdown.gaps
    shared = gap_arrays(planes, sites, M, frequency, leaves=planes.count if by_ion else 1)
    if by_ion:
        shared.gap[-1, : planes.count] = np.arange(planes.count)
    in_plane = planes.in_plane_frequency_Hz * np.exp(-planes.in_plane_barrier_eV / planes.kT_eV) * slowdown.planes
    attempts = 2 * M * in_plane * (not by_ion)
    table = alias_table(attempts if attempts.any() else np.ones(len(attempts)))
    stack = layout.StackArrays(
        shape=np.array(cells, np.uint64),
        **shared._asdict(),
        in_plane_rate=in_plane,
        in_plane_barrier=planes.in_plane_barrier_eV / planes.kT_eV,
        threshold=table.threshold,
        alias=table.alias,
        in_plane_total=float(attempts.sum()),
        pairs=by_ion,
        **_pair_arrays(planes, shared),
    )
    return StackTables(planes, cells, sites, M, stack, (pairs if by_ion else grid).advance, check)


def _pair_arrays(planes: Planes, gaps: GapArrays) -> dict[str, Any]:
    """Pair energies of an ion, the factors that follow from them, and the bounds of the gaps with these."""
    codes = _code_energies(planes) / planes.kT_eV
    if np.abs(codes).max() > MOST_OF_PAIR_ENERGIES_kT:
        raise InputError(
            f"pair energies of {np.abs(codes).max():.0f} kT around one ion are beyond all rates at "
            f"{planes.temperature_K:g} K; give lower ones, or a higher temperature_K"
        )
    most_leave, most_enter = _largest_factors(codes)
    at_gap = np.maximum(np.append(1.0, most_enter), np.append(most_enter, 1.0))
    least_leave = np.append(1.0, np.minimum(most_leave[:, :-1].min(axis=1), 1.0))
    log_nu = log_frequency(gaps.frequency)
    log_cap = log_nu + layout.SLACK - np.log(np.minimum(least_leave, np.roll(least_leave, -1)))
    return {
        "log_base": log_nu + np.log(at_gap) - gaps.barrier - gaps.self / 2,
        "log_cap": log_cap,
        "cap": np.exp(log_cap),
        "energy": codes,
        "leave": np.exp(codes / 2),
        "enter": np.exp(-codes / 2),
        "most_leave": most_leave,
        "most_enter": np.concatenate([most_enter, [1.0], at_gap]),
    }


def start(
    tables: StackTables, occupation: NDArray[np.float64], sampling: Sampling, seed: int, replica: int
) -> StackState:
    """Draw the first configuration of a replica.

    Parameters
    ----------
    tables
        From `prepare`.
    occupation
        From which the first configuration is drawn; shape (P,).
    sampling
        When samples are taken.
    seed, replica
        Of the random numbers.
    """
    first_order, ions = first_ions(tables, occupation, seed, replica)
    order, P = np.array(first_order), tables.planes.count
    site = np.zeros(order.shape, np.uint8)
    for p in range(P):
        site[p, order[p, : ions[p]]] = layout.OCCUPIED
    if tables.kernel is pairs.advance:
        site |= _surroundings(site > 0, tables.cells)
        order, first = _by_level(site)
    else:
        first = np.concatenate([np.zeros((P, 1), np.int64), np.repeat(ions[:, None], layout.LEVELS, 1)], 1)
    lists = SiteLists(site.ravel(), list(order), first)
    return begin(tables, ions, lists, sampling, kernel_stream(tables, seed, replica))


def occupied(tables: StackTables, state: StackState) -> NDArray[np.bool_]:
    """Whether an ion is on each site; shape (P, ny, nx)."""
    nx, ny = tables.cells
    return np.asarray(state.walk.site.reshape(-1, ny, nx) >= layout.OCCUPIED)


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
