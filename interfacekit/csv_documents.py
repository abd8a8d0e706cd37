"""CSV files of users, read strictly: quotes close, and each column has a name of its own."""

from __future__ import annotations

import csv
import io
from typing import Any, NamedTuple

from interfacekit.documents import first_repeated
from interfacekit.errors import InputError
from interfacekit.wording import legible


class Table(NamedTuple):
    """A CSV file: names of its columns, and its rows with the numbers of their lines."""

    columns: list[str]
    rows: list[tuple[int, dict[Any, Any]]]


def parse_csv(text: str, name: str) -> Table:
    """Read a CSV file with a header.

    Cells beyond the header are under None, and cells that a row lacks are None.

    Raises
    ------
    InputError
        If a quote does not close, a cell is longer than 131072 characters, or two columns have one name.
    """
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    before = 0
    try:
        columns = list(reader.fieldnames or ())
        repeated = first_repeated(column for column in columns if column.strip())
        if repeated is not None:
            raise InputError(f"{name} has the column {legible(repeated)} twice; keep one of them")
        rows = []
        before = reader.line_num
        for row in reader:
            rows.append((reader.line_num, row))
            before = reader.line_num
    except csv.Error as error:
        raise InputError(f"{name} is damaged or not CSV: {_csv_cause(str(error), before + 1)}") from None
    return Table(columns, rows)


def _csv_cause(reason: str, line: int) -> str:
    if "unexpected end" in reason:
        return f"a quote that opens in line {line} or below does not close"
    if "field limit" in reason:
        return f"a cell in line {line} or below has more than {csv.field_size_limit()} characters; does a quote close?"
    return f"line {line} or below: {reason}"
