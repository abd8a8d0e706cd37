"""The two ways in which interfacekit fails, as a user sees them.

Both carry one line. The command line prints it and exits with status 2 (`InputError`) or 1 (`ComputationError`).
"""

from __future__ import annotations


class InputError(ValueError):
    """Bad input: the message names what was wrong and what would be right."""


class ComputationError(RuntimeError):
    """A computation on valid input that could not be completed or certified."""


class InputWarning(UserWarning):
    """Suspicious input that is used as it is: one line, which the command line prints on stderr."""
