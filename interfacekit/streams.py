"""Standard streams that are closed, full or no longer read.

An answer that cannot be written ends the command in one line. A message that cannot be written is dropped: it must not
cost the work that it is about.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any

from interfacekit.wording import one_line


class _Answer(io.FileIO):
    """The descriptor of standard output, which remembers that something could not be written."""

    failure: OSError | None = None

    def write(self, data: Any) -> int:
        """Write bytes."""
        try:
            return super().write(data)
        except OSError as error:
            self.failure = error
            raise


class _Messages(io.FileIO):
    """The descriptor of standard error, which drops what cannot be written."""

    def write(self, data: Any) -> int:
        """Write bytes, or pass over them."""
        try:
            return super().write(data)
        except OSError:
            return len(data)


class _Stream(io.TextIOWrapper):
    """A standard stream as this module opens it."""

    def __init__(self, raw: _Answer | _Messages, replaced: Any, errors: str) -> None:
        encoding = getattr(replaced, "encoding", None) or "utf-8"
        is_message = isinstance(raw, _Messages)
        super().__init__(io.BufferedWriter(raw), encoding, errors, line_buffering=is_message or raw.isatty())
        self.raw = raw


def open_streams() -> None:
    """Open the standard streams that are closed, and watch over those that are written to.

    A closed descriptor would be taken by the next file that is opened, and messages of libraries would end in that.
    Streams that are no descriptors, such as those of a notebook, are left alone.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest free descriptor is taken. Writing where only reading is allowed fails as a closed stream does.
            os.open(os.devnull, os.O_WRONLY if descriptor == 2 else os.O_RDONLY)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # a descriptor, for good
    if sys.stdout is sys.__stdout__:
        errors = getattr(sys.stdout, "errors", None) or "strict"
        sys.stdout = _Stream(_Answer(1, "w", closefd=False), sys.stdout, errors)
    if sys.stderr is sys.__stderr__:
        sys.stderr = _Stream(_Messages(2, "w", closefd=False), sys.stderr, "backslashreplace")


def failure(error: OSError) -> str:
    """Say in one line what could not be read or written."""
    raw = getattr(sys.stdout, "raw", None)
    if isinstance(raw, _Answer) and raw.failure is not None:
        discard_answer()
        return f"cannot write to standard output: {raw.failure.strerror}"
    if error.strerror is None:
        return one_line(error)
    where = "" if error.filename is None else f"{error.filename}: "
    return f"cannot read or write a file: {where}{error.strerror}"


def discard_answer() -> None:
    """Lead standard output to nowhere, so that what is left in its buffer does not fail again as Python exits."""
    with suppress(OSError):
        descriptor = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
