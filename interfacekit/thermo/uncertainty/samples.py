"""Windows, hull energies and worst reactions of many samples of the energies, on threads.

The result of a sample is independent of the other samples and of the number of threads.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.frames import roomy
from interfacekit.limits import cores, require_time
from interfacekit.thermo.equilibria.engine import cleaned
from interfacekit.thermo.equilibria.minimiser import minimiser
from interfacekit.thermo.stability.window import LITHIUM_TOLERANCE
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable
    from interfacekit.kernels.equilibria.simplex import Workspace
    from interfacekit.phases import Phase
    from interfacekit.thermo.equilibria.minimiser import Minimiser
    from interfacekit.thermo.equilibria.system import System

#: Smallest number of samples whose time is estimated, and number of pilot samples.
_MANY, _PILOT = 20_000, 500
#: Initial and largest number of kinks and plateaus that scratch arrays hold.
_ROOM, _MOST_ROOM = 64, 65536


def window_samples(
    system: System, errors: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Window limits (V, shape (n, 2)) of the phase of a system for each row of energy errors.

    Also returns the rows of the table of the products of reduction and of oxidation, shape (n, d) each, padded with -1.

    Raises
    ------
    ComputationError
        If a sample has no solution.
    """
    from interfacekit.kernels.equilibria import ensembles

    (subject,), table = system.phases, system.table
    engine = minimiser(table, 0.0)
    programme = engine.programme
    (m, _), n = programme.fractions.shape, len(errors)
    energies = _sampled(engine, errors)
    composition = subject.vector(engine.elements)
    n_others = composition.sum()
    limits, phases = np.empty((n, 2)), np.empty((n, 2, m), dtype=np.int64)

    def solve(part: slice, room: int) -> int:
        status: int = ensembles.windows(
            programme.fractions,
            energies[part],
            programme.lithium,
            int(np.count_nonzero(programme.lithium == 0)),
            composition / n_others,
            subject.amount(LITHIUM) / n_others,
            LITHIUM_TOLERANCE * subject.n_atoms / n_others,
            _workspace(engine),
            np.empty(room),
            np.empty(room),
            np.empty((room, m), dtype=np.int64),
            np.empty((room, m)),
            limits[part],
            phases[part],
        )
        return status

    _solve_parts(engine, n, solve)
    rows = np.where(phases >= 0, programme.rows[phases], -1)
    return limits, rows[:, 0], rows[:, 1]


def reaction_samples(system: System, voltage_V: float | None, errors: NDArray[np.float64]) -> dict[str, NDArray[Any]]:
    """Worst reactions of the two phases of a system for each row of energy errors, by the names of the results.

    Energies and mixing ratios have shape (n,); `products` are rows of the table, shape (n, d), padded with -1.

    Raises
    ------
    ComputationError
        If a sample has no solution.
    """
    from interfacekit.kernels.equilibria import ensembles

    table = system.table
    engine = minimiser(table, voltage_V)
    programme = engine.programme
    (m, _), n = programme.fractions.shape, len(errors)
    energies = _sampled(engine, errors)
    ends = system.phases[::-1]
    vectors = np.array([end.vector(engine.elements) for end in ends])
    n_closed = vectors.sum(axis=1)
    compositions = vectors / n_closed[:, None]
    lithium = np.array([end.amount(LITHIUM) for end in ends])
    n_atoms = np.array([end.n_atoms for end in ends])
    own = np.array([own_energies(system, end, errors) for end in ends])
    own = np.ascontiguousarray(((own * n_atoms[:, None] + (voltage_V or 0.0) * lithium[:, None]) / n_closed[:, None]).T)
    worst, at, phases = np.empty((n, 2)), np.empty((n, 2)), np.empty((n, m), dtype=np.int64)

    def solve(part: slice, room: int) -> int:
        status: int = ensembles.reactions(
            programme.fractions,
            energies[part],
            compositions[0],
            compositions[1],
            own[part],
            _workspace(engine),
            np.empty(room),
            np.empty(room),
            np.empty((room, m), dtype=np.int64),
            np.empty((room, m)),
            np.empty((room, m)),
            np.empty((room, 2)),
            worst[part],
            at[part],
            phases[part],
        )
        return status

    _solve_parts(engine, n, solve)
    mixed = {
        basis: (1 - at) * (atoms / n_closed)[0] + at * (atoms / n_closed)[1]
        for basis, atoms in (("eV_per_atom", n_atoms), ("eV_per_non_Li_atom", n_atoms - lithium))
    }
    with np.errstate(divide="ignore", invalid="ignore"):
        energies_by_name = {
            f"{name}_{basis}": cleaned(worst[:, k] / atoms[:, k])
            for k, name in enumerate(("mutual", "total"))
            for basis, atoms in mixed.items()
        }
    return {
        **energies_by_name,
        "x": at[:, 0] * (n_atoms / n_closed)[1] / mixed["eV_per_atom"][:, 0],
        "products": np.where(phases >= 0, programme.rows[phases], -1),
    }


def own_energies(system: System, subject: Phase, errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Own energy of a phase, or its hull energy without an entry, in each sample, eV per atom, shape (n,)."""
    table = system.table
    row = table.row_of(system.vector(subject))
    if row is None:
        return hull_samples(table, system.vector(subject), errors)
    energies: NDArray[np.float64] = table.formation_energies_eV_per_atom[row] + errors[:, row]
    return energies


def hull_samples(
    table: EntryTable, composition: NDArray[np.float64], errors: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Hull energy of a composition (atoms on the elements of the table) for each row of errors, eV/atom, shape (n,).

    Raises
    ------
    ComputationError
        If a sample has no solution.
    """
    from interfacekit.kernels.equilibria import simplex

    engine = minimiser(table)
    programme, energies = engine.programme, _sampled(engine, errors)
    per_atom = composition / composition.sum()
    shape = len(errors), len(per_atom)
    basis, amounts, mu = np.empty(shape, dtype=np.int64), np.empty(shape), np.empty(shape)

    def solve(part: slice, room: int) -> int:  # noqa: ARG001  # a hull energy needs no room
        status: int = simplex.equilibria(
            programme.fractions,
            energies[part],
            per_atom[None],
            _workspace(engine),
            basis[part],
            amounts[part],
            mu[part],
        )
        return status

    _solve_parts(engine, len(errors), solve)
    energies_of_hull = np.zeros(len(errors))
    for i, share in enumerate(per_atom):  # in the order of the kernels, to the last digit
        energies_of_hull += mu[:, i] * share
    return energies_of_hull


def _sampled(engine: Minimiser, errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Energies of the phases of a programme in each sample, eV per closed-element atom, shape (n, phases)."""
    programme = engine.programme
    # numpy would keep the memory order of the selected columns.
    return np.ascontiguousarray(programme.energies + errors[:, programme.rows] * (1 + programme.lithium))


def _workspace(engine: Minimiser) -> Workspace:
    from interfacekit.kernels.equilibria.simplex import workspace

    return workspace(*engine.programme.fractions.shape)


def _begun(n: int, threads: int, solve: Callable[[slice], None]) -> int:
    """Solve a pilot of many samples and log the estimated time of all; return the number of solved samples."""
    if n < _MANY:
        return 0
    solve(slice(0, _PILOT))  # which may load or compile the kernel
    started = time.perf_counter()
    solve(slice(_PILOT, 2 * _PILOT))
    seconds = (time.perf_counter() - started) * n / _PILOT / threads
    require_time(f"{n} samples", seconds, "give fewer")
    return 2 * _PILOT


def _solve_parts(engine: Minimiser, n: int, solve: Callable[[slice, int], int]) -> None:
    """Distribute samples over threads, with larger scratch arrays for those that need them."""
    from interfacekit.kernels.equilibria import simplex

    def with_room(part: slice) -> int:
        room, status = _ROOM, solve(part, _ROOM)
        while status == simplex.FULL and room < _MOST_ROOM:
            room *= 2
            status = solve(part, room)
        return status

    threads = cores()
    begun = _begun(n, threads, lambda part: engine.check(with_room(part)))
    edges = np.unique(np.linspace(begun, n, 4 * threads + 1).astype(int)).tolist()
    with ThreadPoolExecutor(threads) as pool:
        for status in pool.map(roomy(with_room), [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]):
            engine.check(status)
