"""Screening of candidates in chunks on threads, with optional records on disk."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakValueDictionary

import numpy as np

from interfacekit.errors import ComputationError
from interfacekit.frames import roomy
from interfacekit.limits import cores
from interfacekit.store import record_key
from interfacekit.sweep.grids import task_name
from interfacekit.sweep.runs import run
from interfacekit.thermo.screening.kernel import compositions_of, empty_screened, partner_compositions, screened
from interfacekit.thermo.stability.window import ROUNDED_LITHIUM
from interfacekit.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from interfacekit.kernels.equilibria.screening import Screened
    from interfacekit.store import Record, Store
    from interfacekit.thermo.screening.prepared import Prepared

#: Candidates per task: a fraction of a second, so that an interrupt loses little.
CHUNK = 64

#: Prepared energies of the tasks of this process, by fingerprint.
_PREPARED: WeakValueDictionary[str, Prepared] = WeakValueDictionary()


def screen_chunk(
    candidates: Sequence[str],
    cathode: str,
    electrolyte: str,
    voltage_V: Sequence[float],
    energies: str,
    li_tolerance_per_formula: float,
) -> dict[str, Any]:
    """Screen candidates in the table with this fingerprint, which `run_chunks` was called with, for a store.

    Returns
    -------
    dict
        Lists by name as in `kernels.equilibria.screening.Screened`: a value or a list for each candidate. `products`
        are formulas, and None stands for NaN.
    """
    data = _PREPARED[energies]
    out = screened_chunk(candidates, cathode, electrolyte, voltage_V, data, li_tolerance_per_formula)
    listed = {name: _listed(array) for name, array in out._asdict().items() if name not in ("status", "products")}
    return {**listed, "products": [[_named(row, data) for row in of_one] for of_one in out.products]}


def screened_chunk(
    candidates: Sequence[str],
    cathode: str,
    electrolyte: str,
    voltage_V: Sequence[float],
    data: Prepared,
    li_tolerance_per_formula: float = ROUNDED_LITHIUM,
) -> Screened:
    """Screen candidates; `products` are rows of the stable entries.

    A candidate without a solution has NaN in all numbers, and no products.
    """
    from interfacekit.kernels.equilibria import simplex

    table = data.table
    rows = [data.row_of.get(name) for name in candidates]
    atoms = compositions_of(candidates, rows, table)
    own = np.array([np.nan if row is None else table.formation_energies_eV_per_atom[row] for row in rows])
    out = screened(
        data.entries,
        atoms,
        own * atoms.sum(axis=1),
        partner_compositions(cathode, electrolyte, table),
        (float(voltage_V[0]), float(voltage_V[1])),
        li_tolerance_per_formula,
    )
    for name, array in out._asdict().items():
        if name != "status":
            array[out.status != simplex.SOLVED] = -1 if name == "products" else np.nan
    return out


def _read_chunk(answer: dict[str, Any], data: Prepared) -> Screened:
    """Rebuild the arrays that `screen_chunk` returned."""
    count = len(answer["hull_energy"])
    out = empty_screened(count, max(len(row) for row in answer["amounts"][0]))
    for name, array in out._asdict().items():
        if name not in ("status", "products"):
            array[...] = np.array(answer[name], dtype=np.float64)  # None becomes NaN
    out.products[...] = -1
    place = data.place_of
    for c, of_one in enumerate(answer["products"]):
        for r, formulas in enumerate(of_one):
            out.products[c, r, : len(formulas)] = [place[formula] for formula in formulas]
    return out


def _listed(array: NDArray[np.float64]) -> list[Any]:
    """Nested lists with None for NaN, since JSON has none."""
    values = array.astype(object)
    values[np.isnan(array)] = None
    listed: list[Any] = values.tolist()
    return listed


def _named(rows: NDArray[np.int64], data: Prepared) -> list[str]:
    return [data.table.formulas[data.stable[row]] for row in rows if row >= 0]


def run_chunks(
    data: Prepared,
    candidates: Sequence[str],
    partners: tuple[str, str],
    voltage_V: tuple[float, float],
    *,
    store: Store | None,
    progress: Callable[[float], None] | None,
    keep_finished: bool,
) -> list[tuple[Sequence[str], Screened | None]]:
    """Screen candidates chunk by chunk.

    Parameters
    ----------
    data
        Prepared energies.
    candidates
        Formulas.
    partners
        Formulas of the cathode and the electrolyte.
    voltage_V
        Lowest and highest voltage, V vs Li/Li+.
    store
        Records of finished chunks, which are not computed again; None keeps no records.
    progress
        Called with the completed fraction.
    keep_finished
        Return the finished chunks when interrupted.

    Returns
    -------
    list
        Each chunk with the result of `screened_chunk`, or None if it was not finished.

    Raises
    ------
    InputError
        If the store cannot be used.
    ComputationError
        If a candidate has no solution.
    """
    chunks = [list(candidates[k : k + CHUNK]) for k in range(0, len(candidates), CHUNK)]
    if store is None:
        answers = _run_in_memory(data, chunks, (*partners, voltage_V), progress, keep_finished=keep_finished)
    else:
        answers = _run_with_store(data, chunks, (*partners, voltage_V), store, progress, keep_finished=keep_finished)
    return list(zip(chunks, answers, strict=True))


def _run_in_memory(
    data: Prepared,
    chunks: Sequence[list[str]],
    question: tuple[str, str, tuple[float, float]],
    progress: Callable[[float], None] | None,
    *,
    keep_finished: bool,
) -> list[Screened | None]:
    report = progress or (lambda _share: None)
    with ThreadPoolExecutor(cores()) as pool:
        run: Callable[..., Any] = roomy(screened_chunk)
        futures = [pool.submit(run, chunk, *question, data) for chunk in chunks]
        try:
            report(0.0)
            for count, _ in enumerate(as_completed(futures), start=1):
                report(count / len(chunks))
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            if not keep_finished:
                raise
    finished = [future for future in futures if not future.cancelled()]
    problems = [problem for future in finished if (problem := future.exception()) is not None]
    if problems:
        _raise_failed(len(problems), len(chunks), one_line(problems[0]))
    return [None if future.cancelled() else future.result() for future in futures]


def _run_with_store(
    data: Prepared,
    chunks: Sequence[list[str]],
    question: tuple[str, str, tuple[float, float]],
    store: Store,
    progress: Callable[[float], None] | None,
    *,
    keep_finished: bool,
) -> list[Screened | None]:
    cathode, electrolyte, voltage_V = question
    common: dict[str, Any] = {"cathode": cathode, "electrolyte": electrolyte, "voltage_V": list(voltage_V)}
    _PREPARED[data.fingerprint] = data
    common["li_tolerance_per_formula"] = ROUNDED_LITHIUM
    points = [{"candidates": chunk, **common, "energies": data.fingerprint} for chunk in chunks]
    try:
        with ThreadPoolExecutor(cores()) as pool:
            noun = f"parts, of {CHUNK} candidates each,"
            records: list[Record | None] = [*run(screen_chunk, points, pool, store=store, progress=progress, noun=noun)]
    except KeyboardInterrupt:
        if not keep_finished:
            raise
        name = task_name(screen_chunk)
        keyed = {record_key(name, point): point for point in points}
        known = store.of_task(name, keyed)
        records = [known.get(key) for key in keyed]
    failed = [record.error for record in records if record is not None and record.status == "failed"]
    if failed:
        _raise_failed(len(failed), len(points), failed[0])
    return [None if record is None else _read_chunk(record.result, data) for record in records]


def _raise_failed(count: int, of: int, problem: str | None) -> NoReturn:
    raise ComputationError(f"{count} of {of} parts of the screening failed: {problem}")
