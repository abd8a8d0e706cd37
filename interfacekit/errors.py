"""The two ways in which interfacekit fails, as a user sees them.

Both carry one line. The command line prints it and exits with status 2 (`InputError`) or 1 (`ComputationError`).
"""


class InputError(ValueError):
    """Bad input: the message names what was wrong and what would be right."""


class ComputationError(RuntimeError):
    """A computation on valid input that could not be completed or certified."""


class InputWarning(UserWarning):
    """Suspicious input that is used as it is: one line, which the command line prints on stderr."""


def one_line(error: BaseException) -> str:
    """Type and message of an error of whatever code, in one line."""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message}" if message else type(error).__name__
