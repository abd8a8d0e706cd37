"""The embedded Materials Project snapshot of April 2019 (data/NOTICE.md says what it is and whom to cite)."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
from functools import lru_cache
from importlib.resources import files

import numpy as np

from interfacekit.entries.table import EntryTable
from interfacekit.errors import InputError

NAME = "mp2019"
#: PBE GGA/GGA+U with the MaterialsProjectCompatibility corrections that preceded MP2020.
THERMO_TYPE = "GGA_GGA+U_legacy"

#: A bracketed group and its count, or a symbol and its amount: all that the reduced formulas of the snapshot have.
_TERM = re.compile(r"\(([^)]+)\)(\d*)|([A-Z][a-z]?)(\d*)")


@lru_cache(maxsize=16)
def load_snapshot(elements: tuple[str, ...] | None = None) -> EntryTable:
    """Return the snapshot, or its part for one chemical system (much faster: only its formulas are parsed).

    Raises
    ------
    InputError
        If the snapshot has no energies for an element.
    """
    sha256, rows = _rows()
    present = tuple(sorted({symbol for system, _, _ in rows for symbol in system}))
    wanted = present if elements is None else elements
    if missing := sorted(set(wanted) - set(present)):
        raise InputError(
            f"the snapshot {NAME} has no energies for {', '.join(missing)}; it covers {len(present)} elements: "
            f"{' '.join(present)}"
        )
    within = frozenset(wanted)
    chosen = {formula: energy for system, formula, energy in rows if system <= within}
    chosen.update(dict.fromkeys(wanted, 0.0))
    formulas = sorted(chosen)
    column = {symbol: i for i, symbol in enumerate(wanted)}
    compositions = np.zeros((len(formulas), len(wanted)))
    for i, formula in enumerate(formulas):
        for symbol, amount in _amounts(formula):
            compositions[i, column[symbol]] += amount
    return EntryTable(
        elements=wanted,
        formulas=tuple(formulas),
        compositions=compositions,
        formation_energies_eV_per_atom=np.array([chosen[formula] for formula in formulas]),
        thermo_type=THERMO_TYPE,
        source=NAME,
        sha256=sha256,
    )


def _amounts(formula: str) -> list[tuple[str, int]]:
    """Atoms of each term; pymatgen's parser, which knows any formula, would take most of the time of a full load."""
    terms: list[tuple[str, int]] = []
    for group, times, symbol, amount in _TERM.findall(formula):
        if group:
            terms.extend((inner, n * int(times or 1)) for inner, n in _amounts(group))
        else:
            terms.append((symbol, int(amount or 1)))
    return terms


@lru_cache(maxsize=1)
def _rows() -> tuple[str, list[tuple[frozenset[str], str, float]]]:
    content = (files("interfacekit") / "data" / "mp2019_formation_energies.csv.gz").read_bytes()
    reader = csv.DictReader(io.StringIO(gzip.decompress(content).decode("utf-8")))
    rows = [(frozenset(row["chemsys"].split("-")), row["formula"], float(row["e_form_per_atom_eV"])) for row in reader]
    return hashlib.sha256(content).hexdigest(), rows
