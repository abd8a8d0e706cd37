"""What every command does before and after its own work: read options, show progress, deliver results."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import Config, RunConfig
    from interfacekit.results import Result


class Interrupted(Exception):  # noqa: N818  # no error: the user asked for it
    """Ctrl-C, with what to say about it."""


def read(model: type[Config], ctx: typer.Context, *, figures: bool = True) -> Config:
    """Join the configuration file and the command line, and make sure that outputs can be written before any work."""
    from interfacekit.config import read_config
    from interfacekit.export import DATA_SUFFIXES, FIGURE_SUFFIXES, check_outputs

    given = {
        key: value for key, value in ctx.params.items() if key in model.model_fields and value not in (None, (), [])
    }
    options = read_config(model, ctx.params["config"], given)
    check_outputs(options.output, DATA_SUFFIXES + (FIGURE_SUFFIXES if figures else ()))
    return options


def deliver(
    results: Result | Sequence[Result], options: RunConfig, *, as_json: bool, draw: Callable[[], Axes] | None = None
) -> None:
    """Write the files that were asked for, and print the table or the JSON."""
    from interfacekit.export import save, to_json

    for path in options.output:
        save(results, path, draw)
        typer.echo(f"wrote {path}", err=True)
    if as_json:
        typer.echo(to_json(results))
    else:
        from interfacekit import report

        report.show(results)


def tracked(items: Sequence[Any], what: str) -> Iterable[Any]:
    """Show progress on stderr, and nothing of it where that is not a terminal."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(items, description=what, console=console, transient=True, disable=not console.is_terminal)


@contextmanager
def progress_bar(before: str, during: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr that is told the share done, and nothing of it where that is not a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(before, total=None)

        def advance(share: float) -> None:
            bar.update(task, completed=share, total=1.0, description=during)

        yield advance
