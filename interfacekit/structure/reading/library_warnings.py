"""Warnings of the libraries that read crystals: guesses about a file become notes, the others are dropped.

The others concern developers, or say less clearly what the checks of this package say.
"""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from interfacekit.errors import InputWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What pymatgen says of an atom type that it guesses.
_GUESSED = re.compile(r"(\S+) parsed as (\S+)")


@contextmanager
def warnings_as_notes(notes: list[str]) -> Iterator[None]:
    """Catch all warnings, and append a note on each guess.

    Parameters
    ----------
    notes
        Changed in place.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        for match in _GUESSED.finditer(str(warning.message)):
            note = match.expand(r"the atom type \1 is read as \2")
            if note not in notes:
                notes.append(note)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Drop warnings of libraries about numbers that the checks of this package judge; a decorator, too."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("default", InputWarning)
        yield
