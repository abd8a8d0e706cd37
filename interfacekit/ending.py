"""End of a program, a command or a workflow: its exit status, and one line on stderr where it has no result.

A failure that is not foreseen here keeps its traceback.
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from interfacekit.errors import ComputationError, InputError, InputWarning
from interfacekit.streams import discard_answer, failure, open_streams
from interfacekit.text import print_any_text
from interfacekit.wording import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DONE, FAILED, INVALID, INTERRUPTED = 0, 1, 2, 130
#: Printed below the help of the application and of every command.
EXIT_STATUS = (
    f"Exit status: {DONE} done, {FAILED} a computation failed or was left incomplete, {INVALID} invalid input, "
    f"{INTERRUPTED} interrupted (Ctrl-C)."
)


class Interrupted(Exception):  # noqa: N818  # no error: the user asked for it
    """Ctrl-C, with what to say about it."""


def alert(text: str) -> None:
    """Print one line on stderr, such as a failure."""
    sys.stderr.write(f"{visible(' '.join(text.split()))}\n")


def status_of(work: Callable[[], int | None], name: str, interrupted: str) -> int:
    """Do the work of a program, print one line where it fails, and return the exit status.

    Parameters
    ----------
    work
        Returns a status of its own, or None where all is done.
    name
        Name of the program or its input, before each line but `interrupted`.
    interrupted
        Line on Ctrl-C where the work says nothing of its own (`Interrupted`).
    """
    open_streams()
    print_any_text()
    os.environ["MPLBACKEND"] = "agg"  # programs write files alone, and matplotlib refuses to start with some values
    try:
        with _one_line_warnings(name):
            status = work()
        sys.stdout.flush()
    except KeyboardInterrupt:
        alert(interrupted)
        return INTERRUPTED
    except BrokenPipeError:  # the reader of a pipe (head, less) had enough
        discard_answer()
        return FAILED
    except (InputError, ComputationError, Interrupted, MemoryError, OSError) as error:
        line, status = _told(error)
        if line:  # a command without arguments has shown its help
            alert(line if line.startswith(name) else f"{name}: {line}")
    return status or DONE


def _told(error: Exception) -> tuple[str, int]:
    """Line and exit status of a failure."""
    if isinstance(error, MemoryError):
        return f"there is not enough memory for this; take less at a time ({error})", FAILED
    if isinstance(error, OSError):
        return failure(error), FAILED
    status = INVALID if isinstance(error, InputError) else INTERRUPTED if isinstance(error, Interrupted) else FAILED
    return str(error), status


@contextmanager
def _one_line_warnings(name: str) -> Iterator[None]:
    """Print each `InputWarning` once, in one line on stderr behind a name, and other warnings as Python does."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", InputWarning)
        otherwise = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any) -> None:
            if issubclass(category, InputWarning):
                sys.stderr.write(f"{name}: warning: {visible(str(message))}\n")
            else:
                otherwise(message, category, *where)

        warnings.showwarning = show  # type: ignore[assignment]  # as Python's own, with its other arguments
        yield
