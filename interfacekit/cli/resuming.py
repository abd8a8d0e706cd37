"""From where a run goes on, in one line on stderr."""

from __future__ import annotations

import logging

from interfacekit.cli.messages import note

_RESUME = logging.getLogger("interfacekit.resume")


class _OnStderr(logging.Handler):
    """A note for each record, on what stderr is at the time."""

    def emit(self, record: logging.LogRecord) -> None:
        note(f"interfacekit: {record.getMessage()}")


def show_resuming() -> None:
    """Print what the logger `interfacekit.resume` is given, and keep it out of the general log."""
    if not any(isinstance(handler, _OnStderr) for handler in _RESUME.handlers):
        _RESUME.addHandler(_OnStderr())
        _RESUME.setLevel(logging.INFO)
        _RESUME.propagate = False
