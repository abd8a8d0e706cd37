"""Numbers as text: one strict grammar for everything that is typed, and what dialects of files are turned into first.

Python's `float` and `int` also read `-1_5`, digits of all scripts, `nan` and `infinity`: as input these are slips.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+(?:[eE][+-]?[0-9]+)?")
#: A number in which a comma may separate thousands.
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}")
#: A number and a unit behind it.
_WITH_UNIT = re.compile(_NUMBER.pattern + r"\s*[^\W\d_][^\d]*")
#: A longer text is no number that anybody measures.
_LONGEST = 60
#: The sign that typesetters and some programs use for minus, and which no reader of numbers knows.
MINUS_SIGN = "\N{MINUS SIGN}"


def number_of(value: Any) -> float | int | None:
    """A number that is one (of Python or numpy, neither a boolean nor a text) as it is; None of anything else."""
    number: Any = value.item() if getattr(value, "shape", None) == () else value
    if isinstance(number, Decimal):  # which Python does not count among real numbers
        return math.nan if number.is_nan() else float(number)
    is_number = isinstance(number, Real) and not isinstance(number, bool)
    return number if is_number else None


def whole_of(value: Any) -> int | None:
    """An integer (of Python or numpy, not a boolean) as `int`; None of anything else."""
    number = number_of(value)
    return int(number) if isinstance(number, Integral) else None


def read_number(text: str) -> float | int | None:
    """Read a decimal number of ASCII digits, with an exponent or without; None where the text is anything else."""
    stripped = text.strip()
    if len(stripped) > _LONGEST or not _NUMBER.fullmatch(stripped):
        return None
    return int(stripped) if stripped.lstrip("+-").isdigit() else float(stripped)


def from_dialect(text: str) -> str:
    """Rewrite the number of a data file in the strict grammar: a typographic minus, and an unmistakable decimal comma.

    A comma that could separate thousands (`1,234`) or values is left, and then refused.
    """
    plain = text.strip().replace(MINUS_SIGN, "-")
    is_decimal = _DECIMAL_COMMA.fullmatch(plain) and not _THOUSANDS.fullmatch(plain)
    return plain.replace(",", ".") if is_decimal else plain


def read_measured(text: str) -> float:
    """Read a number of a CIF, which may have its uncertainty in brackets: `5.43(2)`.

    Raises
    ------
    ValueError
        If it is none.
    """
    number = read_number(from_dialect(re.sub(r"\([0-9]*\)?\s*$", "", text)))
    if number is None or not math.isfinite(number):
        raise ValueError(f"{text!r} is not a number")
    return float(number)


def plain(text: str) -> str:
    """Write a number of a CIF as every reader takes it; leave what is no number as it is."""
    try:
        return repr(read_measured(text))
    except ValueError:
        return text


def compact(number: float) -> str:
    """The shortest text of a number, as a user would type it: 298.15, 1e7, 50."""
    mantissa, _, exponent = f"{number:e}".partition("e")
    power = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    return min(f"{number:g}", power, key=len)


def slip(value: Any, unit: str = "") -> str:
    """Say why a text is no number, where that can be seen; empty otherwise."""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    point, whole = text.replace(",", "."), text.replace(",", "")
    seen = {
        "type the minus as '-', not as the typographic sign": MINUS_SIGN in text,
        "write it without underscores": "_" in text and read_number(text.replace("_", "")) is not None,
        f"{text} may be {point} or {whole}: write the one that is meant": _THOUSANDS.fullmatch(text),
        f"write {point}, with a decimal point": _DECIMAL_COMMA.fullmatch(text),
        "write it in the digits 0 to 9": not text.isascii() and any(character.isdigit() for character in text),
        f"give the number alone{unit and f', in {unit}'}": _WITH_UNIT.fullmatch(text),
    }
    return next((hint for hint, applies in seen.items() if applies), "")
