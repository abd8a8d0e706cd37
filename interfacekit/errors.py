"""The two ways in which interfacekit fails, as a user sees them.

Both carry one line. The command line prints it and exits with status 2 (`InputError`) or 1 (`ComputationError`).
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class InputError(ValueError):
    """Bad input: the message names what was wrong and what would be right."""


class ComputationError(RuntimeError):
    """A computation on valid input that could not be completed or certified."""


class InputWarning(UserWarning):
    """Suspicious input that is used as it is: one line, which the command line prints on stderr."""


@contextmanager
def one_line_warnings(name: str) -> Iterator[None]:
    """Print each `InputWarning` once, in one line on stderr behind a name, and other warnings as Python does."""
    from interfacekit.text import visible

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


def reason(error: Exception) -> str:
    """Why a file was not written, in one line: the message of an error of this package or of the system, or any."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    own = isinstance(error, InputError | ComputationError | OSError)
    return " ".join(str(error).split()) if own else one_line(error)


def not_written(path: Any, error: Exception) -> str:
    """Say in one line that a file was not written, and why."""
    why = reason(error)
    return why if why.startswith("cannot write") else f"{path} was not written: {why}"


def one_line(error: BaseException) -> str:
    """Type and message of an error of whatever code, in one line."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
