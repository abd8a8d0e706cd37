"""What every command does before and after its own work: read options, show progress, deliver results."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from interfacekit.limits import require_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import Config, RunConfig
    from interfacekit.results import Result


#: The time left is estimated from what was done in so long: one point of a sweep may take minutes.
_HOUR_s = 3600.0
#: Steps of a bar.
_WHOLE = 1_000_000


class Interrupted(Exception):  # noqa: N818  # no error: the user asked for it
    """Ctrl-C, with what to say about it."""


def resumable(option: str, folder: Path | None, what: str = "a run") -> Interrupted:
    """What Ctrl-C says where an option keeps in a folder what was finished."""
    if folder is None:
        return Interrupted(f"interrupted; with {option} DIR {what} can go on where it stopped")
    return Interrupted(f"interrupted; the same command goes on from what is in {folder}")


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
    from interfacekit.export import DATA_SUFFIXES, FIGURE_SUFFIXES, NETCDF_SUFFIX, STRUCTURE_SUFFIXES, check_outputs

    given = {
        key: value for key, value in ctx.params.items() if key in model.model_fields and value not in (None, (), [])
    }
    file = ctx.params["config"]
    options = read_config(model, None if file is None else Path(file), given)  # older typers leave it a string
    suffixes = (
        *(STRUCTURE_SUFFIXES if structures else ()),
        *DATA_SUFFIXES,
        *((NETCDF_SUFFIX,) if netcdf else ()),
        *(FIGURE_SUFFIXES if figures else ()),
    )
    check_outputs(options.output, suffixes)
    return options


def deliver(
    results: Result | Sequence[Result],
    options: RunConfig,
    *,
    as_json: bool,
    draw: Callable[[], Axes] | None = None,
    rows: Literal["results", "planes"] = "results",
    printed: Result | None = None,
    atoms: Result | None = None,
) -> None:
    """Write the files that were asked for, and print the table or the JSON: of `printed`, where that is less.

    Files of atoms and figures are of `atoms`, where it is given.
    """
    from interfacekit.export import DATA_SUFFIXES, save, to_json

    for path in options.output:
        is_data = path.suffix.lower() in DATA_SUFFIXES
        save(results if atoms is None or is_data else atoms, path, draw, rows=rows)
        typer.echo(f"wrote {path}", err=True)
    shown = results if printed is None else printed
    if as_json:
        typer.echo(to_json(shown))
    else:
        from interfacekit import report

        report.show(shown)


def tracked(items: Sequence[Any], what: str) -> Iterable[Any]:
    """Show progress on stderr if that is a terminal; announce work that lasts, once the first items are done."""
    if not sys.stderr.isatty():
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
            require_time(f"{len(items)} {what.lower()}", seconds, "give fewer")
        yield item


@contextmanager
def progress_bar(before: str, during: str) -> Iterator[Callable[[float], None]]:
    """Show a bar on stderr, if that is a terminal, that follows the share done."""
    if not sys.stderr.isatty():
        yield lambda share: None  # noqa: ARG005  # nothing to show it on
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    how: Any = {"console": Console(stderr=True), "transient": True}
    with Progress(*columns, **how, speed_estimate_period=_HOUR_s) as bar:
        task = bar.add_task(before, total=None)
        begun = False

        def advance(share: float) -> None:
            nonlocal begun
            completed = round(share * _WHOLE)
            if not begun:  # what was done before this run says nothing about the time left
                bar.reset(task, total=_WHOLE, completed=completed, description=during)
                begun = True
            bar.update(task, completed=completed)

        yield advance
