"""Progress on stderr: bars where that is a terminal, and the time of work that lasts."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from interfacekit.cli.messages import echo, shows_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: The time left is estimated from what was done in so long: one point of a sweep may take minutes.
_HOUR_s = 3600.0
#: Steps of a bar.
_WHOLE = 1_000_000


def tracked(items: Sequence[Any], what: str) -> Iterable[Any]:
    """Show progress on stderr if that is a terminal; announce work that lasts, once the first items are done."""
    echo()
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
            from interfacekit.limits import announce_time

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
        echo()
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
