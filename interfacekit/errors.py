"""Failures of interfacekit, as a user sees them.

Each carries one line. The command line prints it and exits with status 2 (`InputError`) or 1 (`ComputationError`).
"""

from __future__ import annotations


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
