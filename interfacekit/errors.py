"""Failures of interfacekit, as a user sees them.

Each carries one line. The command line prints it and exits with status 2 (`InputError`) or 1 (`ComputationError`).
"""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from interfacekit.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator


class InputError(ValueError):
    """Invalid input; the message names the problem and a valid input.

    Examples
    --------
    >>> import interfacekit as ik
    >>> try:
    ...     ik.phase("Li3PX4")
    ... except ik.InputError as error:
    ...     print(error)
    'Li3PX4' is not a formula: X is not an element; did you mean Li3PS4 or Li3PO4 or LiFePO4?
    """


class ComputationError(RuntimeError):
    """Computation on valid input that could not be completed or certified.

    Examples
    --------
    >>> import interfacekit as ik
    >>> issubclass(ik.ComputationError, RuntimeError)
    True
    """


class InputWarning(UserWarning):
    """Suspicious input that is used nevertheless: one line, which the command line prints on stderr.

    Examples
    --------
    >>> import interfacekit as ik
    >>> issubclass(ik.InputWarning, UserWarning)
    True
    """


@contextmanager
def one_line_warnings(name: str) -> Iterator[None]:
    """Print each `InputWarning` once, in one line on stderr after a name, and other warnings as Python does."""
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
    """Reason why a file was not written, in one line: the message of an error of this package or the system, or any."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    own = isinstance(error, InputError | ComputationError | OSError)
    return " ".join(str(error).split()) if own else one_line(error)


def not_written(path: Any, error: Exception) -> str:
    """Message for a file that was not written, in one line."""
    why = reason(error)
    return why if why.startswith("cannot write") else f"{path} was not written: {why}"


def one_line(error: BaseException) -> str:
    """Type and message of any error, in one line."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
