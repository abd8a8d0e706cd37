"""Lines of text that no number, formula or word is cut by: what stays together, and what a line holds."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells

from interfacekit.wording import SOFT_HYPHEN

if TYPE_CHECKING:
    from collections.abc import Iterable

_OPERATORS = {"+", "->", "|", "-", "="}
_NUMBER = re.compile(r"[-+±]?\d[\d.,]*(e[-+]?\d+)?%?")
_BREAKS = re.compile(r"(?<=[|/_,+-])(?=.)")


def longest(pieces: Iterable[str]) -> int:
    """Columns of the widest of several pieces."""
    return max(map(cell_len, pieces), default=0)


def atoms(text: str, *, is_prose: bool = False) -> list[str]:
    """Pieces that stay on one line: words, amounts with their phases, numbers with their units and intervals.

    Parameters
    ----------
    text
        A cell, a title or a note.
    is_prose
        True for a sentence, in which a number does not belong to the word before it as in `Li2S 89`.
    """
    words = text.split()
    pieces = words[:1]
    for left, right in pairwise(words):
        if _stays(left, right, is_prose=is_prose):
            pieces[-1] += f" {right}"
        else:
            pieces.append(right)
    return pieces


def _stays(left: str, right: str, *, is_prose: bool) -> bool:
    """Return True if two words stay on one line."""
    if left in _OPERATORS or right in _OPERATORS:
        return left in _OPERATORS  # an operator begins a line
    if "±" in (left, right) or "+/-" in (left, right) or left[0] + right[-1] in ("[]", "()"):
        return True
    if _NUMBER.fullmatch(left.lstrip("([")) and left[-1] != ",":
        return True
    return not is_prose and left[-1] not in ",;:" and bool(_NUMBER.fullmatch(right.rstrip(")],;:.")))


def wrap(text: str, width: int) -> list[str]:
    """Lines of a text that are broken between its atoms, and within one only where it is wider than a line."""
    return [text] if cell_len(text) <= width else fill(atoms(text), width)


def fill(pieces: Iterable[str], width: int) -> list[str]:
    """Lines with as many pieces each as they hold."""
    lines = [""]
    for piece in (part for whole in pieces for part in _cut(whole, width)):
        longer = f"{lines[-1]} {piece}" if lines[-1] else piece
        if cell_len(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines if lines[0] else lines[1:]


def _cut(atom: str, width: int) -> list[str]:
    """An atom, or where it is wider than a line its words, their parts, or as much of these as a line holds."""
    if cell_len(atom) <= width:
        return [atom]
    first, _, rest = atom.partition(" ")
    if rest:
        words = [first, rest] if first in _OPERATORS else atom.split()  # the amount stays with its phase if it can
        return [piece for word in words for piece in _cut(word, width)]
    lines = [""]
    for part in _BREAKS.split(atom):
        if cell_len(lines[-1] + part) <= width:
            lines[-1] += part
        else:
            lines += chop_cells(part, width)
    return lines if lines[0] else lines[1:]


def header_lines(header: str) -> list[str]:
    """A header and its unit below."""
    return header.replace(SOFT_HYPHEN, "").replace(" (", "\n(", 1).split("\n")


def header_pieces(header: str) -> list[str]:
    """Pieces into which a header may be broken, with hyphens where a word is."""
    words = (word.split(SOFT_HYPHEN) for word in header.split())
    return [f"{part}-" if n < len(parts) else part for parts in words for n, part in enumerate(parts, 1)]


def wrap_header(header: str, width: int) -> list[str]:
    """Lines of a header: its unit below, words hyphenated only where they must be."""
    parts = header.replace(" (", "\n(", 1).split("\n")
    return [
        line for part in parts for line in fill([p for word in part.split() for p in _hyphenated(word, width)], width)
    ]


def _hyphenated(word: str, width: int) -> list[str]:
    """A word of a header, or where it is wider than a line its parts."""
    whole = word.replace(SOFT_HYPHEN, "")
    return [whole] if cell_len(whole) <= width else header_pieces(word)
