"""Messages on stderr: notes, which --quiet leaves out, and the log, which --verbose shows."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

from interfacekit.ending import alert
from interfacekit.wording import visible

_log = logging.getLogger("interfacekit")
_resume = logging.getLogger("interfacekit.resume")
#: Lists that may be one number with a decimal comma, in words, until they are repeated.
_echoes: list[str] = []


class _Handler(logging.StreamHandler[Any]):
    """Log on stderr, each line with the seconds since the command began."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.start = time.perf_counter()
        self.shows_notes = True

    def format(self, record: logging.LogRecord) -> str:
        """One line, with its time and the module that speaks."""
        return visible(f"{time.perf_counter() - self.start:7.2f} s  {record.name}: {record.getMessage()}")


class _OnStderr(logging.Handler):
    """A note for each record, on what stderr is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        note(f"interfacekit: {record.getMessage()}")


def start_messages() -> None:
    """Show warnings and notes, and no log, until options ask for more or less."""
    for handler in [handler for handler in _log.handlers if isinstance(handler, _Handler)]:
        _log.removeHandler(handler)
    _log.addHandler(_Handler())
    _log.setLevel(logging.WARNING)


def show_resuming() -> None:
    """Print what the logger `interfacekit.resume` is given, and keep it out of the general log."""
    if not any(isinstance(handler, _OnStderr) for handler in _resume.handlers):
        _resume.addHandler(_OnStderr())
        _resume.setLevel(logging.INFO)
        _resume.propagate = False


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


def new_echoes() -> list[str]:
    """A list for what `echo` is to repeat of one command."""
    _echoes.clear()
    return _echoes


def echo() -> None:
    """Repeat lists as they were read, once the work has begun: what is refused has one line of its own."""
    while _echoes:
        note(_echoes.pop(0))


def comma_hint() -> str:
    """Lists that may be slips of one number, for what is refused before they were repeated."""
    lists = "; ".join(_echoes)
    return f" ({lists}; write one number with a decimal point)" if lists else ""


def log_end() -> None:
    """Log which kernels were compiled; commands that concern windows alone need not load any."""
    if not _log.isEnabledFor(logging.INFO):
        return
    kernels = "kernels: none"
    if "numba" in sys.modules:
        from interfacekit.warm import kernel_use

        kernels = kernel_use()
    _log.info("%s", kernels)
    _log.info("done")
