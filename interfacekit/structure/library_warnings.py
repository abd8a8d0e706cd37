"""Warnings of the libraries that read crystals: remarks on a file become notes, the others are dropped."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Warnings about a file, and the note that they become. Warnings of other kinds concern developers, or say what the
#: checks of this package say.
_NOTES = (
    (
        re.compile(r"fractional coordinates rounded to ideal values"),
        "coordinates within 1e-4 of 1/3 and 2/3 are taken as these",
    ),
    (re.compile(r"implicit hydrogens"), "hydrogen atoms without coordinates are left out"),
    (re.compile(r"Pauling file corrections"), "mixed sites are read as the Pauling File writes them"),
    (re.compile(r"(\S+) parsed as (\S+)"), r"the atom type \1 is read as \2"),
)


@contextmanager
def warnings_as_notes(notes: list[str]) -> Iterator[None]:
    """Catch all warnings, and append the notes that they become, each once.

    Parameters
    ----------
    notes
        Changed in place.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        text = " ".join(str(warning.message).split())
        for pattern, note in _NOTES:
            for match in pattern.finditer(text):
                remark = match.expand(note)
                if remark and remark not in notes:
                    notes.append(remark)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Drop warnings of libraries about numbers that the checks of this package judge; a decorator, too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
