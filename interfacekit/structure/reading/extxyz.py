"""Frames of extended xyz files, checked before ASE reads them.

ASE reads as many lines as a header promises, whether or not there are so many, and makes room for all columns that it
names.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interfacekit.crystal_documents import MOST_ATOMS, unreadable

if TYPE_CHECKING:
    from collections.abc import Sequence

_COUNT = re.compile(r"[0-9]{1,12}")
_COLUMNS = re.compile(r":[RISL]:(\d+)")


def frames(text: str, origin: str) -> list[str]:
    """Split a file into its frames.

    Parameters
    ----------
    text
        Content of the file.
    origin
        Its name, for messages.

    Raises
    ------
    InputError
        If a header is no number of atoms, or the file has fewer atoms or columns than a header promises.
    """
    lines = text.split("\n")
    found: list[str] = []
    start = 0
    while start < len(lines) and (lines[start].strip() or not found):
        end = start + 2 + _promised(lines, start, origin)
        while end < len(lines) and lines[end].lstrip().startswith("VEC"):  # vectors of the cell
            end += 1
        found.append("\n".join(lines[start:end]) + "\n")
        start = end
    return found


def _promised(lines: Sequence[str], start: int, origin: str) -> int:
    """Number of atoms of the frame that begins at a line, all of which are there."""
    header = lines[start].strip()
    if not _COUNT.fullmatch(header):
        raise unreadable(origin, f"line {start + 1} must be the number of atoms, got {header[:40]!r}")
    promised = int(header)
    if not 0 < promised <= MOST_ATOMS:
        raise unreadable(origin, f"line {start + 1} must be 1 to {MOST_ATOMS} atoms, got {promised}")
    atoms = lines[start + 2 : start + 2 + promised]
    if (there := sum(bool(line.strip()) for line in atoms)) < promised:
        raise unreadable(origin, f"it has {there} atoms, and line {start + 1} promises {promised}; is it damaged?")
    columns = sum(float(number) for number in _COLUMNS.findall(lines[start + 1]))
    if columns > (cells := len(atoms[0].split())):
        raise unreadable(origin, f"line {start + 2} names {columns:g} columns, and the first atom has {cells}")
    return promised
