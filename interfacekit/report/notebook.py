"""Results in a notebook: their tables and their usual figure as HTML."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, cast

from interfacekit.errors import InputError
from interfacekit.presentation import is_for_large, tables_of
from interfacekit.report.layout import Table, is_numeric
from interfacekit.wording import SOFT_HYPHEN, one_line, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from matplotlib.figure import Figure

    from interfacekit.results import Result

#: Most rows of a table, tables and lines, and characters of a cell or line: a notebook stays readable and small.
MOST_ROWS, MOST_PARTS, _MOST_OF_A_TEXT = 60, 40, 2000
#: Most rows of all tables of a result whose figure is drawn without being asked for, unless that is as fast.
_MOST_DRAWN = 200
_LEFT = "text-align: left"
_RIGHT = "text-align: right"


def to_html(result: Result) -> str:
    """Write a result as HTML: its tables (its `repr` where it has none), and its usual figure where there is one.

    Long tables are cut, with a line that says so, and very long ones have no figure. Where making a table or the figure
    fails, a line says why in its place.

    Parameters
    ----------
    result
        Of any kind; how it is presented, its class declares (see `interfacekit.presentation`).

    Returns
    -------
    str
        A `div`. Text is escaped; the figure is a PNG in it.
    """
    parts, rows = _tables(result)
    return f"<div>{''.join([*parts, *_figure(result, rows)])}</div>"


def _tables(result: Result) -> tuple[list[str], int]:
    """Tables and lines of text, the first ones where they are many, and the number of all rows."""
    text = f"<pre>{escape(repr(result))}</pre>"
    if type(result).presentation.tables is None:
        return [text], 0
    try:
        made = [part for part in tables_of([result]) if part != ""]
        parts = [_line(part) if isinstance(part, str) else _table(part) for part in made[:MOST_PARTS]]
    except Exception as error:  # noqa: BLE001  # a function of a class that is not ours raises any type
        return [text, _line(f"no table: {one_line(error)}")], 0
    if len(made) > MOST_PARTS:
        parts.append(_line(f"{MOST_PARTS} of {len(made)} tables and lines; interfacekit.report.show prints all"))
    return parts, sum(len(part.rows) for part in made if isinstance(part, Table))


def _table(table: Table) -> str:
    sides = [_RIGHT if is_numeric(row[i] for row in table.rows) else _LEFT for i in range(len(table.columns))]
    title = f'<caption style="caption-side: top; {_LEFT}"><b>{_text(table.title)}</b></caption>'
    head = _row(table.columns, sides, "th")
    rows = "".join(_row(row, sides, "td") for row in table.rows[:MOST_ROWS])
    whole = f"<table>{title if table.title else ''}<thead>{head}</thead><tbody>{rows}</tbody></table>"
    if len(table.rows) <= MOST_ROWS:
        return whole
    return whole + _line(f"{MOST_ROWS} of {len(table.rows)} rows; interfacekit.report.show prints all")


def _row(cells: Iterable[str], sides: Sequence[str], tag: str) -> str:
    written = (f'<{tag} style="{side}">{_text(cell)}</{tag}>' for cell, side in zip(cells, sides, strict=True))
    return f"<tr>{''.join(written)}</tr>"


def _line(text: str) -> str:
    return f"<p>{_text(text)}</p>"


def _text(text: str) -> str:
    if len(text) > _MOST_OF_A_TEXT:
        text = f"{text[:_MOST_OF_A_TEXT]}..."
    return SOFT_HYPHEN.join(escape(visible(part)) for part in text.split(SOFT_HYPHEN))


def _figure(result: Result, rows: int) -> Iterator[str]:
    name = type(result).presentation.figure
    if name is None:
        return
    if rows > _MOST_DRAWN and not is_for_large(name):
        yield _line(f"no figure of {rows} rows here; plot() draws it")
        return
    try:
        from interfacekit.plots.style import png_of

        image, size = png_of(cast("Figure", result.plot().get_figure(root=True)))
    except InputError:  # of this kind, but not of this one
        return
    except Exception as error:  # noqa: BLE001  # settings of matplotlib, in files and the environment, raise many types
        yield _line(f"no figure: {one_line(error)}")
        return
    source = f"data:image/png;base64,{b64encode(image).decode()}"
    style = "max-width: 100%; height: auto"
    yield f'<img src="{source}" width="{size["width"]}" style="{style}" alt="{type(result).__name__}">'
