"""Values, names and errors as messages write them: in one line, without control characters, and not too long.

`shown` is for values, of which texts have quotes; `legible` for names that users give, such as those of files;
`visible` for text that is written out in full.
"""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, Any

from interfacekit.errors import ComputationError, InputError

if TYPE_CHECKING:
    from pathlib import Path

#: Characters of a value that a message repeats.
_SHOWN = 40
#: Larger numbers have an exponent in messages.
_WRITTEN_OUT = 1e10
#: Categories of Unicode that move the cursor, change the direction of text or have no glyph.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
#: Marks a place in a word where it may be hyphenated.
SOFT_HYPHEN = "\N{SOFT HYPHEN}"


def shown(value: Any) -> str:
    """A value for a message, in one line and not longer than part of one."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 4 * _SHOWN:
        return f"a whole number of more than {int((value.bit_length() - 1) * math.log10(2))} digits"
    text = f"{value:.10g}" if isinstance(value, float) else repr(value) if isinstance(value, str) else str(value)
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."


def as_written(value: Any) -> str:
    """A value for a message about whole numbers, in which 2.0 is not 2."""
    return (
        repr(value) if isinstance(value, float) and value.is_integer() and abs(value) < _WRITTEN_OUT else shown(value)
    )


def legible(text: str | Path, most: int = 80) -> str:
    """Text of users as messages have it: in one line, without control characters, its middle left out where it is long.

    Parameters
    ----------
    text
        Such as the name of a file.
    most
        Characters.
    """
    plain = str(text)
    if not plain.isprintable():
        plain = "".join(
            character if character.isprintable() else ascii(character)[1:-1] for character in plain[: 2 * most]
        )
    return plain if len(plain) <= most else f"{plain[: most // 2]}...{plain[-most // 2 :]}"


def visible(text: str) -> str:
    r"""Write control characters as escapes, so that no name moves the cursor or colours the screen.

    Parameters
    ----------
    text
        Text that a user may have written: names of phases, models and files.

    Returns
    -------
    str
        The same text, where ESC is `\x1b`, a line break `\n` and a reversal of direction `\u202e`.

    Examples
    --------
    >>> print(visible("LCO\x1b[31m"))
    LCO\x1b[31m
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(escaped(c) if unicodedata.category(c) in _INVISIBLE and c != SOFT_HYPHEN else c for c in text)


def escaped(character: str) -> str:
    """The escape of a character, in hexadecimal digits."""
    if "\udc80" <= character <= "\udcff":  # a byte of a file's name that is no text
        return f"\\x{ord(character) - 0xDC00:02x}"
    return (
        character.encode("unicode_escape").decode("ascii")
        if not character.isascii() or character < " "
        else (f"\\x{ord(character):02x}")
    )


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
