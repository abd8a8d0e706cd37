"""Layout of tables for any width of a terminal: no number, formula or word is cut.

A table is one grid where it fits. Otherwise its columns are split between several grids that repeat the columns which
identify a row, or each row becomes a block of `header  value` lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import TYPE_CHECKING

from rich.box import Box
from rich.cells import cell_len
from rich.table import Table as Grid
from rich.text import Text

from interfacekit.report.wrapping import atoms, fill, header_lines, header_pieces, longest, wrap, wrap_header
from interfacekit.text import encodable
from interfacekit.wording import SOFT_HYPHEN, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType

#: Spaces between columns: where there is room, and where there is not.
_GAPS = (3, 2)
#: Most grids that the columns of one table are split between; more of them are harder to read than blocks.
_MOST_GRIDS = 3
#: Most columns that are repeated to identify a row, and the most of the width that they may take.
_MOST_KEYS, _KEY_SHARE = 2, 0.5
#: Most of the width that headers take in blocks.
_LABEL_SHARE = 0.5
#: Share of different numbers from which a column of them identifies rows that stay in their order.
_MOSTLY = 0.75
#: Fewest columns for a text that is longer, so that it does not become a list of words.
_TEXT_WIDTH = 12
_LINES = Box("    \n    \n ── \n    \n    \n    \n    \n    \n")
_ASCII_LINES = Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
_NUMBERS = re.compile(r"[-+±/.,*\s\d()\[\]%|eE\N{NO-BREAK SPACE}]*|[a-z ]+")


@dataclass
class Table:
    """Cells of text under headers.

    Parameters
    ----------
    title
        Printed above, wrapped between words.
    columns
        Headers; `name (unit)` may be broken before the unit, and at a soft hyphen within a word.
    keys
        Number of the first columns that identify a row; by default as many as it takes.
    """

    title: str
    columns: tuple[str, ...]
    keys: int | None = None
    rows: list[tuple[str, ...]] = field(default_factory=list)
    sections: set[int] = field(default_factory=set)

    def add_row(self, *cells: str) -> None:
        """Add a row; missing cells at its end are empty."""
        self.rows.append((*cells, *("" for _ in self.columns[len(cells) :])))

    def add_section(self) -> None:
        """Leave a blank line after the last row."""
        self.sections.add(len(self.rows) - 1)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Render the table for the width and the encoding of a console."""
        shown = _Shown(self, options.encoding)
        if self.title:
            yield prose(self.title, options.max_width, options.encoding, style="bold")
            yield ""
        yield from shown.render(options.max_width)
        yield ""


def prose(text: str, width: int, encoding: str, style: str = "") -> Text:
    """Wrap a title or a note between words."""
    return _lines(fill(atoms(encodable(visible(text), encoding), is_prose=True), width), style)


def is_numeric(column: Iterable[str]) -> bool:
    """Return True if the cells of a column are numbers, which are aligned to the right."""
    cells = [cell for cell in column if cell]
    return any(c.isdigit() for cell in cells for c in cell) and all(map(_NUMBERS.fullmatch, cells))


class _Shown:
    """A table whose text can be printed as it is."""

    def __init__(self, table: Table, encoding: str) -> None:
        def clean(text: str) -> str:
            return SOFT_HYPHEN.join(encodable(part, encoding) for part in visible(text).split(SOFT_HYPHEN))

        self.headers = tuple(clean(header) for header in table.columns)
        self.rows = [tuple(map(clean, row)) for row in table.rows]
        self.sections, self.keys = table.sections, table.keys
        self.box = _LINES if encodable("─", encoding) == "─" else _ASCII_LINES
        self.numeric = [is_numeric(self.column(i)) for i in range(len(self.headers))]
        self.least = [self._least(i) for i in range(len(self.headers))]
        self.cells = [max([self.least[i], *map(cell_len, self.column(i))]) for i in range(len(self.headers))]
        self.most = [max([self.cells[i], *map(cell_len, header_lines(h))]) for i, h in enumerate(self.headers)]

    def column(self, index: int) -> list[str]:
        """Cells of a column, without its header."""
        return [row[index] for row in self.rows]

    def _least(self, index: int) -> int:
        """Width at which nothing of a column is cut."""
        whole = max((longest(atoms(cell)) for cell in self.column(index)), default=0)
        text = min(_TEXT_WIDTH, max((cell_len(cell) for cell in self.column(index)), default=0))
        return max(whole, text, longest(header_pieces(self.headers[index])))

    def render(self, width: int) -> Iterator[RenderableType]:
        """One grid, several, or blocks."""
        everything = range(len(self.headers))
        if self._fits(everything, width):
            yield self._grid(everything, width)
            return
        groups = self._groups(width)
        if not groups:
            yield from self._blocks(width)
            return
        for n, group in enumerate(groups):
            if n:
                yield ""
            yield self._grid(group, width)

    def _fits(self, group: Iterable[int], width: int) -> bool:
        return _total([self.least[i] for i in group], _GAPS[-1]) <= width

    def _groups(self, width: int) -> list[list[int]]:
        """Columns of several grids that each begin with those that identify a row, if a few such grids fit."""
        keys = self._keys()
        if len(self.rows) < 2 or not keys or _total([self.least[i] for i in keys], _GAPS[-1]) > _KEY_SHARE * width:
            return []
        others = range(len(keys), len(self.headers))
        for n in range(2, _MOST_GRIDS + 1):
            splits = [[[*keys, *part] for part in parts] for parts in _parts(others, n)]
            if fitting := [groups for groups in splits if all(self._fits(group, width) for group in groups)]:
                return min(fitting, key=lambda groups: self._squeezed(groups, width))
        return []

    def _squeezed(self, groups: Iterable[Iterable[int]], width: int) -> tuple[int, int]:
        """By how much grids are narrower than they could be, and how wide the widest could be."""
        natural = [_total([self.most[i] for i in group], _GAPS[-1]) for group in groups]
        return sum(max(wide - width, 0) for wide in natural), max(natural)

    def _keys(self) -> list[int]:
        """The first columns that identify a row; numbers may be equal in a few because of their rounding."""
        if self.keys:
            return list(range(self.keys))
        for n in range(1, min(_MOST_KEYS + 1, len(self.headers))):
            needed = _MOSTLY if self.numeric[n - 1] else 1.0
            if len({row[:n] for row in self.rows}) >= needed * len(self.rows):
                return list(range(n))
        return []

    def _grid(self, group: Sequence[int], width: int) -> Grid:
        least, cells, most = ([of_it[i] for i in group] for of_it in (self.least, self.cells, self.most))
        gap = next((gap for gap in _GAPS if _total(most, gap) <= width), _GAPS[-1])
        room = width - _total([0] * len(group), gap)
        widths = _shared(_shared(least, cells, room), most, room)  # headers are wrapped before cells are
        grid = Grid(box=self.box, show_edge=False, pad_edge=False, padding=(0, gap - 1, 0, 0))
        for i, wide in zip(group, widths, strict=True):
            head = _lines(wrap_header(self.headers[i], wide))
            how: JustifyMethod = "right" if self.numeric[i] else "left"
            grid.add_column(head, justify=how, width=wide, no_wrap=True, overflow="fold", vertical="top")
        for n, row in enumerate(self.rows):
            texts = [_lines(wrap(row[i], wide)) for i, wide in zip(group, widths, strict=True)]
            grid.add_row(*texts, end_section=n in self.sections)
        return grid

    def _blocks(self, width: int) -> Iterator[RenderableType]:
        """A block for each row, whose first line is that of its first column."""
        headers = [header.replace(SOFT_HYPHEN, "") for header in self.headers]
        value = max((longest(atoms(cell)) for row in self.rows for cell in row), default=0)
        label = min(max(map(cell_len, headers)), max(int(_LABEL_SHARE * width), width - 2 - value))
        label = max(min(label, width - 2 - value), min(longest(" ".join(headers).split()), int(_LABEL_SHARE * width)))
        value = max(width - label - 2, 1)
        for n, row in enumerate(self.rows):
            grid = Grid.grid(padding=(0, 2, 0, 0), pad_edge=False)
            for wide in (label, value):
                grid.add_column(width=wide, no_wrap=True, overflow="fold")
            for i, (header, cell) in enumerate(zip(headers, row, strict=True)):
                style = "bold" if i == 0 else ""
                grid.add_row(_lines(_wrapped_label(header, label), style), _lines(wrap(cell, value), style))
            if n:
                yield ""
            yield grid


def _wrapped_label(header: str, width: int) -> list[str]:
    """A header beside its value: its unit below where both do not fit one line."""
    if cell_len(header) <= width:
        return [header]
    return [line for part in header_lines(header) for line in wrap(part, width)]


def _parts(items: Sequence[int], n: int) -> Iterator[list[Sequence[int]]]:
    """Every way to cut a sequence into so many parts."""
    for cuts in combinations(range(1, len(items)), n - 1):
        yield [items[low:high] for low, high in pairwise((0, *cuts, len(items)))]


def _total(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * (len(widths) - 1)


def _shared(least: Sequence[int], most: Sequence[int], width: int) -> list[int]:
    """Widths of columns: all of what they need where there is room, otherwise the widest give way."""
    level = max(most, default=0)
    widths = list(most)
    while sum(widths) > width and level > 0:
        level -= 1
        widths = [max(low, min(high, level)) for low, high in zip(least, most, strict=True)]
    return widths


def _lines(lines: Iterable[str], style: str = "") -> Text:
    return Text("\n".join(lines), style=style, no_wrap=True, overflow="fold")
