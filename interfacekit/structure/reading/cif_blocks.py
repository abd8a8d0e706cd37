"""Data blocks of a CIF, and their items."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pymatgen.io.cif import CifBlock

from interfacekit.crystal_documents import unreadable
from interfacekit.numerals import read_measured

SITE = "_atom_site_"
#: Lengths of lines times quotes in them; a line of CIF 1.1 has at most 2048 characters.
_MOST_QUOTED = 100_000_000
COORDINATES = tuple(f"{SITE}fract_{axis}" for axis in "xyz")


@dataclass(frozen=True)
class Block:
    """A data block.

    Attributes
    ----------
    items
        Values by name, in lower case and without points; a list for the column of a table.
    origin
        Name of the file, for messages.
    """

    items: dict[str, Any]
    origin: str

    def first(self, *names: str) -> str | None:
        """The first of these items that has a value other than `?` and `.`, which mean none."""
        values = (self.items.get(name) for name in names)
        texts = ("".join(value[:1]) if isinstance(value, list) else value for value in values)
        return next((text for text in texts if text and text.strip() not in {"?", "."}), None)

    def number(self, *names: str) -> float | None:
        """The first of these items as a number; None where it is none."""
        text = self.first(*names)
        try:
            return None if text is None else read_measured(text)
        except ValueError:
            return None

    def column(self, name: str) -> list[str]:
        """A column of a table, or the one value of an item; empty where the file has no such item."""
        values = self.items.get(name, [])
        return list(values) if isinstance(values, list) else [values]


def data_blocks(text: str, origin: str) -> list[Block]:
    """Find the data blocks that hold atoms.

    Parameters
    ----------
    text
        Content of a CIF.
    origin
        Name of the file, for messages.

    Raises
    ------
    InputError
        If there is none, or the tables of one are damaged.
    """
    # For each quote that opens the parser looks for its end along the whole line.
    if sum(len(line) * (line.count("'") + line.count('"')) for line in text.split("\n")) > _MOST_QUOTED:
        raise unreadable(origin, "it has lines of many quotes that do not close; is it damaged?")
    # Names of items are the same in any case, and with a point in CIF 2. Magnetic ones are read as pymatgen has them.
    plain = re.sub(r"(?<!\S)_(?!\S*magn)\S+", lambda name: name[0].lower().replace(".", "_"), text)
    parts = re.split(r"^[ \t]*data_", f"\n{plain}", flags=re.MULTILINE | re.IGNORECASE)[1:]
    if not parts:
        raise unreadable(origin, "it has no data block (a line such as data_LiCoO2), so it is no CIF")
    blocks = []
    for part in parts:
        try:
            items = CifBlock.from_str(f"data_{part}").data
        except (ValueError, ZeroDivisionError, IndexError):
            if COORDINATES[0] not in part:
                continue
            raise unreadable(
                origin, "a table (loop_) has no values, or a number of values that does not fill its columns"
            ) from None
        blocks.append(Block(items, origin))
    atoms = [block for block in blocks if any(name.startswith(SITE) for name in block.items)]
    if not atoms:
        raise unreadable(origin, f"it lists no atoms ({COORDINATES[0]}, ...)")
    return [block for block in atoms if block.first(COORDINATES[0])] or atoms
