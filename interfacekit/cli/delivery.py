"""Delivery of results: files, then a table or JSON on stdout, then a line on each part that is missing."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

import typer

from interfacekit.cli.messages import echo, note
from interfacekit.ending import FAILED, alert
from interfacekit.errors import ComputationError, InputError
from interfacekit.text import encodable_json
from interfacekit.wording import not_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import RunConfig
    from interfacekit.results import Result

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Answer:
    """Results of a command, and how they are presented.

    Attributes
    ----------
    results
        Of the command: one, or several of a kind.
    draw
        Draws the figure; the usual one for the kind of result where None.
    rows
        Of a `.csv`; see `export.files.save`.
    printed
        Printed in place of the results, where that is less.
    atoms
        Written to files of atoms and drawn in place of the results.
    failures
        A line on each part of the work that failed.
    remark
        A line under the table.
    """

    results: Result | Sequence[Result]
    draw: Callable[[], Axes] | None = None
    rows: Literal["results", "planes"] = "results"
    printed: Result | None = None
    atoms: Result | None = None
    failures: Sequence[str] = ()
    remark: Callable[[], str] | None = None


def each(
    subjects: Iterable[T],
    compute: Callable[[T], R],
    name: Callable[[T], str] = str,
    *,
    at_once: tuple[type[Exception], ...] = (),
) -> tuple[list[R], list[str]]:
    """Compute each subject; where one fails the others go on.

    Parameters
    ----------
    subjects
        What to compute.
    compute
        Returns the result of one.
    name
        Of a subject, for what is said of its failure.
    at_once
        Errors that are raised where they come before any result: refusals of what would take long.

    Returns
    -------
    results, failures
        Results of those that did not fail, and a line on each of those that did.

    Raises
    ------
    InputError, ComputationError
        The first failure, where all fail.
    """
    results, failures, errors = [], [], []
    for subject in subjects:
        try:
            results.append(compute(subject))
        except (InputError, ComputationError) as error:  # one failure must not end the others
            if isinstance(error, at_once) and not results:
                raise
            failures.append(f"{name(subject)}: {error}")
            errors.append(error)
    if errors and not results:
        raise errors[0]
    return results, failures


def deliver(answer: Answer, options: RunConfig, *, as_json: bool) -> None:
    """Write the files that were asked for, and print the table or the JSON.

    A file that cannot be written or drawn costs no other.

    Raises
    ------
    typer.Exit
        With status 1, when all is delivered that can be, if a file is missing or the answer has failures: a line on
        each goes to stderr.
    """
    echo()
    missing = _written(answer, options)
    shown = answer.results if answer.printed is None else answer.printed
    if as_json:
        from interfacekit.export.files import to_json

        put_json(to_json(shown))
    else:
        from interfacekit import report

        report.show(shown)
        if answer.remark is not None:
            report.put(answer.remark())
    fail_partly([*missing, *answer.failures])


def _written(answer: Answer, options: RunConfig) -> list[str]:
    """Write all files, and return a line on each that could not be."""
    if not options.output:
        return []
    from interfacekit.export.files import save
    from interfacekit.export.suffixes import DATA_SUFFIXES

    missing = []
    for path in options.output:
        is_data = path.suffix.lower() in DATA_SUFFIXES
        replaces = " (replaces the file that was there)" if path.exists() else ""
        try:
            of_file = answer.results if answer.atoms is None or is_data else answer.atoms
            save(of_file, path, answer.draw, rows=answer.rows)
        except Exception as error:  # noqa: BLE001  # whatever a library raises, the other files are written
            missing.append(not_written(path, error))
        else:
            note(f"wrote {path}{replaces}")
    return missing


def fail_partly(failures: Sequence[str]) -> None:
    """Print a line on each failure of a part, and end with status 1 if there are any."""
    for line in failures:
        alert(f"interfacekit: {line}")
    if failures:
        raise typer.Exit(FAILED)


def put_json(document: str) -> None:
    """Print a JSON document to stdout, with escapes for what its encoding lacks."""
    sys.stdout.write(f"{encodable_json(document, sys.stdout.encoding)}\n")
