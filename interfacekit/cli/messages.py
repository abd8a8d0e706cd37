"""Messages on stderr: notes, which --quiet leaves out, and the log, which --verbose shows."""

from __future__ import annotations

import functools
import inspect
import logging
import sys
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfacekit.cli.completion import completed
from interfacekit.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

#: Panel of the help, the last one.
_PANEL = "Messages"
#: Printed below the help of the application and of every command.
EXIT_STATUS = (
    "Exit status: 0 done, 1 a computation failed or was left incomplete, 2 invalid input, 130 interrupted (Ctrl-C)."
)
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Show what is read, and how long it takes.", rich_help_panel=_PANEL),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Show warnings and errors alone, no progress.", rich_help_panel=_PANEL),
]
_OPTIONS = {"verbose": Verbose, "quiet": Quiet}
_log = logging.getLogger("interfacekit")


class _Handler(logging.StreamHandler[Any]):
    """Log on stderr, each line with the seconds since the command began."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.start = time.perf_counter()
        self.shows_notes = True

    def format(self, record: logging.LogRecord) -> str:
        """One line, with its time and the module that speaks."""
        return visible(f"{time.perf_counter() - self.start:7.2f} s  {record.name}: {record.getMessage()}")


def start_messages() -> None:
    """Show warnings and notes, and no log, until options ask for more or less."""
    for handler in [handler for handler in _log.handlers if isinstance(handler, _Handler)]:
        _log.removeHandler(handler)
    _log.addHandler(_Handler())
    _log.setLevel(logging.WARNING)


def choose_messages(*, verbose: bool, quiet: bool) -> None:
    """Show the log, or leave out notes and progress.

    Parameters
    ----------
    verbose, quiet
        As the options are given, before or after the name of a command.
    """
    if verbose:
        _log.setLevel(logging.DEBUG)
    for handler in _log.handlers:
        if quiet and isinstance(handler, _Handler):
            handler.shows_notes = False


def _shows_notes() -> bool:
    return all(handler.shows_notes for handler in _log.handlers if isinstance(handler, _Handler))


def shows_progress() -> bool:
    """Whether stderr is a terminal that progress is to be shown on."""
    return sys.stderr.isatty() and _shows_notes()


def note(text: str) -> None:
    """Print one line on stderr, unless --quiet is given."""
    if _shows_notes():
        alert(text)


def alert(text: str) -> None:
    """Print one line on stderr, such as a failure."""
    sys.stderr.write(f"{visible(' '.join(text.split()))}\n")


def _kernel_use() -> str:
    """Say which kernels were compiled; most that concern windows alone need not load any."""
    if "numba" not in sys.modules:
        return "kernels: none"
    from interfacekit.warm import kernel_use

    return kernel_use()


def with_message_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that has the options --verbose and --quiet besides its own.

    Parameters
    ----------
    command
        A function whose annotated parameters are the options of a command.

    Returns
    -------
    command
        The same with two parameters more.
    """

    @functools.wraps(command)
    def call(*args: Any, verbose: bool, quiet: bool, **options: Any) -> None:
        choose_messages(verbose=verbose, quiet=quiet)
        command(*args, **options)
        if _log.isEnabledFor(logging.INFO):
            _log.info("%s", _kernel_use())
            _log.info("done")

    signature = inspect.signature(command, eval_str=True)
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=annotation)
        for name, annotation in _OPTIONS.items()
    ]
    call.__signature__ = signature.replace(  # type: ignore[attr-defined]  # what typer reads
        parameters=[*map(completed, signature.parameters.values()), *added]
    )
    call.__annotations__ = {**command.__annotations__, **_OPTIONS}
    return call
