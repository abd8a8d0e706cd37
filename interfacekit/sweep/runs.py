"""Runs of a task at every point of a grid: on any executor, recorded as they finish, and never repeated."""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import BrokenExecutor, CancelledError
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.errors import ComputationError, InputError
from interfacekit.results import Result, provenance
from interfacekit.store import Record, Store, decode
from interfacekit.sweep.grids import keyed_points, task_name
from interfacekit.versions import package_version
from interfacekit.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from concurrent.futures import Executor, Future

_RESUME = logging.getLogger("interfacekit.resume")
#: Largest number of submitted points: more than the cores of a cluster, few enough to cancel quickly.
AHEAD = 2000


def run(
    task: Callable[..., Any],
    grid: Iterable[Mapping[str, Any]],
    executor: Executor | None = None,
    *,
    store: Store | str | Path | None = None,
    progress: Callable[[float], None] | None = None,
    retry_failed: bool = True,
    aside: Mapping[str, Any] | None = None,
    noun: str = "points",
) -> tuple[Record, ...]:
    """Compute a task at every point of a grid.

    Parameters
    ----------
    task
        Function of a module, called as `task(**point)`. It returns results of this package or plain data (numbers,
        text, None, and lists and dicts of them); lists are returned as tuples. For parallel points, each should use one
        core: a task that simulates passes `threads=1`.
    grid
        Points, for example from `grid(...)`.
    executor
        Any executor of `concurrent.futures`, or one of `executor(...)`; None (default) computes the points in sequence.
        Results do not depend on it.
    store
        Folder of records; none by default. Each record is written when its point is finished, and existing points are
        not computed again: an interrupted sweep continues, and the logger `interfacekit.resume` reports the number of
        existing points. A damaged record is computed again, with an `InputWarning`. The key of a point comprises the
        name of the task, the version of the package and the arguments, but not the code of the task: use another folder
        after changing it.
    progress
        Called at the start and after each point with the completed fraction; none by default.
    retry_failed
        Compute recorded failures again (default True).
    aside
        Further arguments of the task, equal for all points, that do not affect its results, such as a folder for
        intermediate files; not part of a point or its key. None by default.
    noun
        Name of the points in the log line on existing records; default `"points"`.

    Returns
    -------
    tuple of Record
        Records in the order of the grid. A point whose task raises is recorded as failed, and the others continue.

    Raises
    ------
    InputError
        If the task or a point is invalid, or the store cannot be written or read.
    ComputationError
        If the executor fails. Finished points are in the store.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import sweep
    >>> records = sweep.run(ik.decomposition, sweep.grid(name=["LGPS"], voltage_V=[0.0, 4.0]))
    >>> [f"{record.result.eV_per_atom:.3f} eV/atom" for record in records]
    ['-1.252 eV/atom', '-0.642 eV/atom']
    """
    more = dict(aside or {})
    points = keyed_points(task, grid, more)
    folder = Store(store) if isinstance(store, str | Path) else store
    name = task_name(task)
    records = {} if folder is None else _known(folder, name, points, retry_failed=retry_failed)
    missing = {key: point for key, point in points.items() if key not in records}
    if folder is not None and records:
        _RESUME.info("%d of %d %s are in %s", len(records), len(points), noun, folder.path)
    origin = provenance(task=name)

    def keep(key: str, outcome: _Outcome) -> None:
        result, error, seconds = outcome
        record = Record(key, points[key], "failed" if error else "done", result, error, seconds, origin)
        if folder is not None:
            folder.write(record)
        records[key] = record

    def report() -> None:
        if progress is not None and points:
            progress(len(records) / len(points))

    report()
    if executor is None:
        for key, point in missing.items():
            keep(key, _attempt(task, point | more, package_version()))
            report()
    else:
        _spread(executor, task, {key: point | more for key, point in missing.items()}, keep, report)
    return tuple(records[key] for key in points)


def _known(
    folder: Store, task: str, points: Mapping[str, Mapping[str, Any]], *, retry_failed: bool
) -> dict[str, Record]:
    """Return the records of points that need not be computed."""
    records = folder.of_task(task, points)
    return {key: record for key, record in records.items() if not (retry_failed and record.status == "failed")}


class _Outcome(NamedTuple):
    """Return value of a task or its exception in one line, and its time (s) if known."""

    result: Any
    error: str | None
    seconds: float | None


def _attempt(task: Callable[..., Any], point: dict[str, Any], version: str) -> _Outcome:
    """Compute a point on any worker; the result is read back from its JSON, like one from a store."""
    started = time.perf_counter()
    result, error = None, None
    try:
        _require_version(version)
        result = decode(json.dumps(task(**point), allow_nan=False, default=_document))
    except Exception as problem:  # noqa: BLE001  # the other points continue
        error = one_line(problem)
    return _Outcome(result, error, time.perf_counter() - started)


def _require_version(version: str) -> None:
    if package_version() != version:
        raise InputError(
            f"the worker must have interfacekit {version}, got {package_version()}; install the same version"
        )


def _document(value: Any) -> Any:
    """Convert a result or a numpy number to JSON."""
    if isinstance(value, Result):
        return value.as_dict()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a task must return results of interfacekit or plain data, got {type(value).__name__}")


def _spread(
    executor: Executor,
    task: Callable[..., Any],
    missing: Mapping[str, dict[str, Any]],
    keep: Callable[[str, _Outcome], None],
    report: Callable[[], None],
) -> None:
    """Compute points on an executor, and keep each when it is finished."""
    finished: SimpleQueue[Future[_Outcome]] = SimpleQueue()
    running: dict[Future[_Outcome], str] = {}
    waiting = iter(missing.items())
    try:
        while True:
            for key, point in waiting:
                future = _submitted(executor, task, point)
                running[future] = key
                future.add_done_callback(finished.put)
                if len(running) >= AHEAD or not finished.empty():
                    break
            if not running:
                return
            future = finished.get()
            keep(running[future], _outcome(future))
            del running[future]
            report()
    except BaseException:
        for future, key in running.items():
            if not future.cancel():
                # It has just finished, or runs on a thread, which cannot be stopped: it is kept when it finishes.
                future.add_done_callback(partial(_keep_late, keep, key))
        raise


def _submitted(executor: Executor, task: Callable[..., Any], point: dict[str, Any]) -> Future[_Outcome]:
    try:
        return executor.submit(_attempt, task, point, package_version())
    except Exception as error:  # noqa: BLE001  # broken, shut down or not connected
        raise _broken(one_line(error)) from None


def _outcome(future: Future[_Outcome]) -> _Outcome:
    try:
        return future.result()
    except CancelledError:
        raise _broken("points were cancelled; was the scheduler stopped?") from None
    except BrokenExecutor as error:
        raise _broken(one_line(error)) from None
    except Exception as problem:  # noqa: BLE001  # the worker was lost, or the transfer failed
        return _Outcome(None, one_line(problem), None)


def _keep_late(keep: Callable[[str, _Outcome], None], key: str, future: Future[_Outcome]) -> None:
    if not future.cancelled() and future.exception() is None:
        with suppress(InputError, ComputationError):  # such as the full disk that ended the sweep
            keep(key, future.result())


def _broken(reason: str) -> ComputationError:
    return ComputationError(
        f"the executor of the sweep failed ({reason}); finished points are in the store, from which the sweep continues"
    )
