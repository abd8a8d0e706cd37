"""Pieces of Markdown: tables, and numbers as text is to have them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def document(sections: Iterable[tuple[str, str]]) -> str:
    """Titles and texts under each other, without those that have no text; the one without a title comes bare."""
    return "\n\n".join(f"## {title}\n\n{text}" if title else text for title, text in sections if text) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose cells may hold `|`."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def number(value: float) -> str:
    """Two digits: `0.32`, `21`, `2400`, `2.4e4`."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    power = int(exponent)
    return f"{mantissa}e{power}" if not -4 <= power < 4 else f"{float(f'{value:.1e}'):.{max(1 - power, 0)}f}"


def span(values: Iterable[float]) -> str:
    """The least and the greatest of several numbers: `0.31 to 0.36`, or one number where both are written alike."""
    numbers = list(values)
    return " to ".join(dict.fromkeys((number(min(numbers)), number(max(numbers)))))


def percent(share: float) -> str:
    """A share in percent with two digits: `0.0013 %`."""
    return f"{float(f'{100 * share:.1e}'):g} %"


def certainty_text(certainty: str) -> str:
    """How sure a number is, in words: `second-hand, of a stand-in`."""
    for word, text in (("seen-secondary", "second-hand"), ("memory-approx", "recalled")):
        certainty = certainty.replace(word, text)
    return certainty


def listed(names: Sequence[str]) -> str:
    """Names as a list in words: `LNO, LPO and LNTO`."""
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
