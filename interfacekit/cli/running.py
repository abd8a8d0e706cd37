"""What every command does before and after its own work: read options, show progress, deliver results."""

from __future__ import annotations

import logging
import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import typer

from interfacekit.cli.messages import alert, note, shows_progress
from interfacekit.cli.resuming import show_resuming
from interfacekit.errors import ComputationError, InputError, not_written
from interfacekit.limits import announce_time
from interfacekit.text import encodable_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import Config, RunConfig
    from interfacekit.results import Result


_log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

#: The time left is estimated from what was done in so long: one point of a sweep may take minutes.
_HOUR_s = 3600.0
#: Steps of a bar.
_WHOLE = 1_000_000
#: Lists that may be slips, in words.
_echoes: list[str] = []


class Interrupted(Exception):  # noqa: N818  # no error: the user asked for it
    """Ctrl-C, with what to say about it."""


def resumable(option: str, folder: Path | None, what: str = "a run") -> Interrupted:
    """What Ctrl-C says where an option keeps in a folder what was finished."""
    if folder is None:
        return Interrupted(f"interrupted; with {option} DIR {what} can go on where it stopped")
    return Interrupted(f"interrupted; the same command goes on from what is in {folder}")


def require_environment() -> None:
    """Raise `InputError` where numpy would fail as it is imported: it takes the time of reproducible builds for one."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "0")
    if not (epoch.isascii() and epoch.isdigit()):
        raise InputError(f"SOURCE_DATE_EPOCH must be whole seconds since 1970, got {epoch!r}; correct or unset it")


def read(
    model: type[Config],
    ctx: typer.Context,
    *,
    figures: bool = True,
    netcdf: bool = False,
    structures: bool = False,
) -> Config:
    """Join the configuration file and the command line, and make sure that outputs can be written before any work."""
    from interfacekit.config import read_config
    from interfacekit.config.files import check_files
    from interfacekit.export.files import (
        DATA_SUFFIXES,
        FIGURE_SUFFIXES,
        NETCDF_SUFFIX,
        STRUCTURE_SUFFIXES,
        check_outputs,
    )

    require_environment()
    given = {
        key: value for key, value in ctx.params.items() if key in model.model_fields and value not in (None, (), [])
    }
    if ctx.params["config"] == "":
        raise InputError("config is empty; give a value, or leave config out")
    config = None if ctx.params["config"] is None else Path(ctx.params["config"])
    trusted = bool(ctx.params.get("trust_config"))
    if trusted and config is None:
        raise InputError("trust-config belongs to --config YAML; name the file, or leave trust-config out")
    _echoes.clear()
    options = read_config(model, config, given, trusted=trusted, echoes=_echoes)
    _log.info("options: %s", options.model_dump(exclude_defaults=True, mode="json"))
    show_resuming()
    suffixes = (
        *(STRUCTURE_SUFFIXES if structures else ()),
        *DATA_SUFFIXES,
        *((NETCDF_SUFFIX,) if netcdf else ()),
        *(FIGURE_SUFFIXES if figures else ()),
    )
    check_outputs(options.output, suffixes)
    check_files(options, config)
    return options


def comma_hint() -> str:
    """Lists that may be slips of one number, for what is refused before they were repeated."""
    lists = "; ".join(_echoes)
    return f" ({lists}; write one number with a decimal point)" if lists else ""


def _echo() -> None:
    """Repeat lists as they were read, once the work has begun: what is refused has one line of its own."""
    while _echoes:
        note(_echoes.pop(0))


def each(
    subjects: Iterable[T],
    compute: Callable[[T], R],
    name: Callable[[T], str] = str,
    *,
    at_once: tuple[type[Exception], ...] = (),
) -> tuple[list[R], list[str]]:
    """Compute each subject; where one fails the others go on.

    Parameters
    ----------
    subjects
        What to compute.
    compute
        Returns the result of one.
    name
        Of a subject, for what is said of its failure.
    at_once
        Errors that are raised where they come before any result: refusals of what would take long.

    Returns
    -------
    results, failures
        Results of those that did not fail, and a line on each of those that did.

    Raises
    ------
    InputError, ComputationError
        The first failure, where all fail.
    """
    results, failures, errors = [], [], []
    for subject in subjects:
        try:
            results.append(compute(subject))
        except (InputError, ComputationError) as error:  # one failure must not end the others
            if isinstance(error, at_once) and not results:
                raise
            failures.append(f"{name(subject)}: {error}")
            errors.append(error)
    if errors and not results:
        raise errors[0]
    return results, failures


def deliver(
    results: Result | Sequence[Result],
    options: RunConfig,
    *,
    as_json: bool,
    draw: Callable[[], Axes] | None = None,
    rows: Literal["results", "planes"] = "results",
    printed: Result | None = None,
    atoms: Result | None = None,
    failures: Sequence[str] = (),
    remark: Callable[[], str] | None = None,
) -> None:
    """Write the files that were asked for, and print the table or the JSON: of `printed`, where that is less.

    Files of atoms and figures are of `atoms`, where it is given; a `remark` stands under the table. A file that cannot
    be written or drawn costs no other.

    Raises
    ------
    typer.Exit
        With status 1, when all is delivered that can be, if a file is missing or there are `failures` of the work
        before: a line on each goes to stderr.
    """
    from interfacekit.export.files import DATA_SUFFIXES, save, to_json

    _echo()
    missing = []
    for path in options.output:
        is_data = path.suffix.lower() in DATA_SUFFIXES
        replaces = " (replaces the file that was there)" if path.exists() else ""
        try:
            save(results if atoms is None or is_data else atoms, path, draw, rows=rows)
        except Exception as error:  # noqa: BLE001  # whatever a library raises, the other files are written
            missing.append(not_written(path, error))
        else:
            note(f"wrote {path}{replaces}")
    shown = results if printed is None else printed
    if as_json:
        put_json(to_json(shown))
    else:
        from interfacekit import report

        report.show(shown)
        if remark is not None:
            report.put(remark())
    fail_partly([*missing, *failures])


def fail_partly(failures: Sequence[str]) -> None:
    """Print a line on each failure of a part, and end with status 1 if there are any."""
    for line in failures:
        alert(f"interfacekit: {line}")
    if failures:
        raise typer.Exit(1)


def put_json(document: str) -> None:
    """Print a JSON document to stdout, with escapes for what its encoding lacks."""
    sys.stdout.write(f"{encodable_json(document, sys.stdout.encoding)}\n")


def tracked(items: Sequence[Any], what: str) -> Iterable[Any]:
    """Show progress on stderr if that is a terminal; announce work that lasts, once the first items are done."""
    _echo()
    if not shows_progress():
        return _announced(items, what)
    from rich.console import Console
    from rich.progress import track

    return track(items, description=what, console=Console(stderr=True), transient=True)


def _announced(items: Sequence[Any], what: str) -> Iterator[Any]:
    """Yield the items, and estimate from the second (the first may have compiled kernels) how long all take."""
    started = 0.0
    for done, item in enumerate(items):
        if done == 1:
            started = time.perf_counter()
        elif done == 2:
            seconds = (time.perf_counter() - started) * (len(items) - 1)
            announce_time(f"{what} ({len(items)} steps)", seconds)
        yield item


class Advance:
    """Progress of a bar: called with the share done of the work.

    Parameters
    ----------
    bar, task
        Of rich; without them nothing is shown.
    during
        Name of the work, which follows that of the preparations.
    """

    def __init__(self, bar: Any = None, task: Any = None, during: str = "") -> None:
        self._bar, self._task, self._during = bar, task, during
        self._begun = False

    def __call__(self, share: float) -> None:
        """Show the share done."""
        _echo()
        if self._bar is None:
            return
        completed = round(share * _WHOLE)
        if not self._begun:  # what was done before this run says nothing about the time left
            self._bar.reset(self._task, total=_WHOLE, completed=completed, description=self._during)
            self._begun = True
        self._bar.update(self._task, completed=completed)

    def prepare(self, share: float) -> None:
        """Show the share done of the preparations, in which input may still be refused."""
        if self._bar is not None and not self._begun:
            self._bar.update(self._task, total=_WHOLE, completed=round(share * _WHOLE))


@contextmanager
def progress_bar(before: str, during: str) -> Iterator[Advance]:
    """Show a bar on stderr, if that is a terminal, that follows the share done: of preparations, then of the work."""
    if not shows_progress():
        yield Advance()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    how: Any = {"console": Console(stderr=True), "transient": True}
    with Progress(*columns, **how, speed_estimate_period=_HOUR_s) as bar:
        yield Advance(bar, bar.add_task(before, total=None), during)
