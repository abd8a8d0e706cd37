"""Rows of the embedded snapshot as arrays, read from its CSV or from a binary copy.

The CSV is the source. The binary copy is made when the package is built (`hatch_build.py`), holds the SHA-256 of its
CSV, and is used only together with that file.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self
from zipfile import BadZipFile, ZipFile

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from numpy.typing import NDArray

#: Version of the layout of the binary copy.
FORMAT = 1
#: Bracketed group with its count, or symbol with its amount: the syntax of the reduced formulas of the snapshot.
_TERM = re.compile(r"\(([^)]+)\)(\d*)|([A-Z][a-z]?)(\d*)")


class SnapshotArrays:
    """Compounds and elements (n rows), sorted by formula; arrays are read from the binary copy on demand.

    Parameters
    ----------
    arrays
        Arrays by name. `symbols`: the elements, sorted, shape (m,). `text`: all formulas in UTF-8, one line each.
        `starts`: offset of each formula, shape (n + 1,). `words`: elements of each row as bits, shape (n, 2). `terms`:
        offset of the amounts of each row in `element` and `amount`, shape (n + 1,). `energy`: formation energies, eV
        per atom, shape (n,). `sha256`: fingerprint of the CSV. Optional: `hull_energy`, hull energy of each composition
        in the system of its own elements, eV per atom, shape (n,), `on_hull`, shape (n,), and `hull_code`, a
        fingerprint of the modules that computed both.
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays
        self._read: dict[str, NDArray[Any]] = {}

    def _array(self, name: str) -> NDArray[Any]:
        if name not in self._read:
            self._read[name] = self._arrays[name]
        return self._read[name]

    @classmethod
    def from_csv(cls, content: bytes) -> Self:
        """Parse the compressed CSV, and add the elements at an energy of 0."""
        reader = csv.DictReader(io.StringIO(gzip.decompress(content).decode("utf-8")))
        energies = {row["formula"]: float(row["e_form_per_atom_eV"]) for row in reader}
        amounts = {formula: atoms_of(formula) for formula in energies}
        symbols = sorted({symbol for atoms in amounts.values() for symbol in atoms})
        energies.update(dict.fromkeys(symbols, 0.0))
        amounts.update({symbol: {symbol: 1} for symbol in symbols})
        index = {symbol: i for i, symbol in enumerate(symbols)}
        formulas = sorted(energies)
        words = np.zeros((len(formulas), 2), dtype=np.uint64)
        for row, formula in enumerate(formulas):
            for symbol in amounts[formula]:
                words[row, index[symbol] // 64] |= np.uint64(1 << index[symbol] % 64)
        terms = [(index[symbol], n) for formula in formulas for symbol, n in amounts[formula].items()]
        return cls(
            {
                "format": np.array(FORMAT),
                "sha256": np.array(hashlib.sha256(content).hexdigest()),
                "symbols": np.array(symbols),
                "text": np.frombuffer("\n".join(formulas).encode(), dtype=np.uint8),
                "starts": _starts(len(formula) + 1 for formula in formulas),
                "words": words,
                "terms": _starts(len(amounts[formula]) for formula in formulas),
                "element": np.array([element for element, _ in terms], dtype=np.uint8),
                "amount": np.array([n for _, n in terms], dtype=np.uint16),
                "energy": np.array([energies[formula] for formula in formulas]),
            }
        )

    @classmethod
    def read(cls, path: Traversable, sha256: str) -> Self | None:
        """Open a binary copy, or return None if it is missing or of another CSV than that with this fingerprint."""
        try:
            content = path.read_bytes()
            with ZipFile(io.BytesIO(content)) as archive:
                if archive.testzip() is not None:  # arrays are read later, without a fallback
                    return None
            arrays = np.load(io.BytesIO(content), allow_pickle=False)
            fits = int(arrays["format"]) == FORMAT and str(arrays["sha256"]) == sha256
        except (OSError, EOFError, KeyError, ValueError, BadZipFile):
            return None
        return cls(arrays) if fits else None

    def save(self, path: Path, **more: NDArray[Any]) -> None:
        """Write a binary copy with further arrays."""
        from interfacekit.atomic import replacing

        with replacing(path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **self._arrays, **more)

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """All elements, sorted."""
        return tuple(self._array("symbols").tolist())

    @cached_property
    def _text(self) -> str:
        return self._array("text").tobytes().decode()

    def rows_within(self, elements: Iterable[str]) -> NDArray[np.intp]:
        """Rows without other elements, shape (r,)."""
        allowed = [0, 0]
        for i in map(self.symbols.index, elements):
            allowed[i // 64] |= 1 << i % 64
        others = self._array("words") & ~np.array(allowed, dtype=np.uint64)
        return np.flatnonzero(~others.any(axis=1))

    def formulas(self, rows: NDArray[np.intp]) -> tuple[str, ...]:
        """Reduced formulas of rows (r,)."""
        starts = self._array("starts")
        lines = zip(starts[rows].tolist(), starts[rows + 1].tolist(), strict=True)
        return tuple(self._text[begin : end - 1] for begin, end in lines)

    def compositions(self, rows: NDArray[np.intp], elements: Sequence[str]) -> NDArray[np.float64]:
        """Atoms per formula unit of rows (r,) on the axes `elements`, which include all of theirs, shape (r, e)."""
        first = self._array("terms").astype(np.intp)
        counts = first[rows + 1] - first[rows]
        row = np.repeat(np.arange(len(rows)), counts)
        terms = np.arange(len(row)) + (first[rows] - np.cumsum(counts) + counts)[row]
        column = np.zeros(len(self.symbols), dtype=np.intp)
        column[[self.symbols.index(symbol) for symbol in elements]] = np.arange(len(elements))
        compositions = np.zeros((len(rows), len(elements)))
        compositions[row, column[self._array("element")[terms]]] = self._array("amount")[terms]
        return compositions

    def energies(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Formation energies of rows (r,), eV per atom, shape (r,)."""
        energies: NDArray[np.float64] = self._array("energy")[rows]
        return energies

    def has_hull(self, code: str) -> bool:
        """Return True if there are hull energies computed by modules of this fingerprint."""
        return "hull_code" in self._arrays and str(self._array("hull_code")) == code

    def hull_energies(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Hull energies of rows (r,), eV per atom, shape (r,), if there are any."""
        energies: NDArray[np.float64] = self._array("hull_energy")[rows]
        return energies

    def on_hull(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Mask of rows (r,) on the hull of their own elements, shape (r,), if known."""
        stable: NDArray[np.bool_] = self._array("on_hull")[rows]
        return stable


def atoms_of(formula: str) -> dict[str, int]:
    """Atoms of a reduced formula of the snapshot; pymatgen's parser would take most of the time of a full load."""
    atoms: dict[str, int] = {}
    for group, times, symbol, amount in _TERM.findall(formula):
        if group:
            for inner, n in atoms_of(group).items():
                atoms[inner] = atoms.get(inner, 0) + n * int(times or 1)
        else:
            atoms[symbol] = atoms.get(symbol, 0) + int(amount or 1)
    return atoms


def _starts(lengths: Iterable[int]) -> NDArray[np.uint32]:
    return np.cumsum([0, *lengths]).astype(np.uint32)
