"""Own energies: pymatgen entries in JSON, or formation energies in CSV.

Nothing in a file is executed or imported: entries are read field by field, not decoded by class name.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from interfacekit.csv_documents import parse_csv
from interfacekit.documents import MOST_ENERGIES_MiB, parse_json, read_bytes, text_of_bytes, unpacked
from interfacekit.entries.plausible import check_formation_energies, unlikely
from interfacekit.entries.schemes import Origin, check_origins, origin, thermo_types, uncorrected
from interfacekit.entries.table import UNDECLARED, EntryTable
from interfacekit.errors import InputError
from interfacekit.quantities import AMOUNT, FORMATION_ENERGY, TOTAL_ENERGY
from interfacekit.wording import legible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

SUFFIXES = (".json", ".json.gz", ".csv")
CSV_COLUMNS = ("formula", "formation_energy_eV_per_atom")

#: A symbol, or a symbol with an oxidation state: `Fe`, `Fe3+`, `Fe3+,spin=5`.
_SPECIES = re.compile(r"([A-Z][a-z]?)(?:[\d.]*[+-](?:,.*)?)?")
_SHOWN = 60  # characters of an invalid value in a message


def load_file(path: Path, thermo_type: str | None = None) -> EntryTable:
    """Read a table from `.json`, `.json.gz` or `.csv`.

    Parameters
    ----------
    path
        JSON: a list of pymatgen `ComputedEntry`/`ComputedStructureEntry` dicts (or `{"entries": [...]}`), total
        energies in eV with their corrections, with an entry of each element as its reference. CSV: columns `formula`
        and `formation_energy_eV_per_atom`, optionally `thermo_type`; elements are at 0.
    thermo_type
        Functional and correction scheme of the energies, if the file does not state it; it must agree with the file.

    Returns
    -------
    EntryTable
        Formation energies, eV/atom.

    Raises
    ------
    InputError
        If the file cannot be read, is truncated, mixes thermo types, functionals or correction schemes, lacks an
        elemental reference, or has an impossible formation energy.
    """
    name = legible(path.name)
    content = read_bytes(path, MOST_ENERGIES_MiB)
    sha256 = hashlib.sha256(content).hexdigest()
    if name.lower().endswith(".csv"):
        rows, declared = _csv_rows(name, _text(name, content))
        kind = _one_thermo_type(name, declared, thermo_type)
        check_formation_energies(name, rows)
        return _checked_table(rows, thermo_type=kind, source=name, sha256=sha256)
    totals, origins = _json_entries(name, content)
    kinds = thermo_types(origins)
    kind = _one_thermo_type(name, kinds, thermo_type, _odd_one(kinds))
    check_origins(name, origins, kind)
    rows = _formation_rows(totals, name)
    check_formation_energies(name, rows, totals)
    return _checked_table(rows, thermo_type=kind, source=name, sha256=sha256, warnings=uncorrected(name, origins))


def _checked_table(
    rows: list[tuple[dict[str, float], float]],
    *,
    thermo_type: str,
    source: str,
    sha256: str,
    warnings: tuple[str, ...] = (),
) -> EntryTable:
    """Table with warnings of unlikely energies."""
    table = EntryTable.from_rows(rows, thermo_type=thermo_type, source=source, sha256=sha256)
    return replace(table, warnings=(*warnings, *unlikely(source, rows, table)))


def _text(name: str, content: bytes) -> str:
    if name.lower().endswith(".gz"):
        content = unpacked(content, name, MOST_ENERGIES_MiB)
    return text_of_bytes(content, name)


def _odd_one(kinds: Mapping[str, Origin]) -> str:
    """Name the last entry of a file whose thermo type differs from those before."""
    kind, last = list(kinds.items())[-1]
    return f" ({last.label} is {kind})"


def _one_thermo_type(name: str, in_file: Iterable[str], declared: str | None, odd_one: str = "") -> str:
    stated = sorted(set(in_file) - {UNDECLARED})
    if len(stated) > 1:
        kinds = ", ".join(stated)
        raise InputError(f"{name} mixes thermo types {kinds}, which have no common zero{odd_one}; keep one of them")
    if declared and stated and declared != stated[0]:
        raise InputError(f"thermo_type must be {stated[0]}, that of {name}, got {declared}; leave it out or correct it")
    return declared or (stated[0] if stated else UNDECLARED)


def _amounts(where: str, formula: object) -> dict[str, float]:
    from interfacekit.phases import phase

    if isinstance(formula, dict):
        return _summed_amounts(where, formula)
    if not isinstance(formula, str):
        raise InputError(f"{where}: composition must be a formula or atoms by symbol, got {_shown(formula)}")
    try:
        return dict(phase(formula).amounts)
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _summed_amounts(where: str, composition: Mapping[str, object]) -> dict[str, float]:
    """Atoms by element; species of one element (Fe2+, Fe3+) are added up."""
    from pymatgen.core import Element

    amounts: dict[str, float] = {}
    for key, value in composition.items():
        if key.startswith("@"):  # class names written by monty
            continue
        species = _SPECIES.fullmatch(key)
        if species is None or not Element.is_valid_symbol(species[1]):
            raise InputError(f"{where}: unknown element {_shown(key)}")
        amount = AMOUNT.read_file(value, f"{where}: amount of {species[1]}")
        symbol = Element(species[1]).symbol
        amounts[symbol] = amounts.get(symbol, 0.0) + amount
    if not amounts:
        raise InputError(f"{where} has an empty composition; give atoms by symbol")
    return amounts


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _header_fault(columns: Sequence[str]) -> str:
    """Fault of an incomplete CSV header: separator or names of the columns."""
    for separator, written in ((";", "';'"), ("\t", "tabs")):
        if len(columns) == 1 and set(CSV_COLUMNS) <= {part.strip(' "') for part in columns[0].split(separator)}:
            return f"its columns are separated by {written}; write commas"
    return f"its header must be {','.join(CSV_COLUMNS)}"


def _csv_rows(name: str, text: str) -> tuple[list[tuple[dict[str, float], float]], set[str]]:
    columns, numbered = parse_csv(text, name)
    records = [(f"{name} line {number}", record) for number, record in numbered]
    if missing := [column for column in CSV_COLUMNS if column not in columns]:
        raise InputError(f"{name} lacks the column {missing[0]}; {_header_fault(columns)}")
    for where, record in records:
        if None in record:
            raise InputError(f"{where} has more cells than the header; use a decimal point, not a comma")
        if None in record.values():
            raise InputError(f"{where} is truncated: it has fewer cells than the header")
    # A truncated number is still a number; only the missing end of the line shows it.
    if not text.endswith(("\n", "\r")):
        raise InputError(f"{name} is truncated: its last line has no end; write it again, or end it with a new line")
    rows = [
        (
            _amounts(where, record[CSV_COLUMNS[0]]),
            FORMATION_ENERGY.read_file(record[CSV_COLUMNS[1]], f"{where}: formation energy"),
        )
        for where, record in records
    ]
    return _some(name, rows), {legible(record.get("thermo_type") or UNDECLARED) for _, record in records}


def _some(name: str, rows: list[tuple[dict[str, float], float]]) -> list[tuple[dict[str, float], float]]:
    if not rows:
        raise InputError(f"{name} has no entries")
    return rows


def json_totals(name: str, content: bytes) -> tuple[list[tuple[dict[str, float], float]], set[str]]:
    """Read `(atoms by symbol, total energy in eV)` of each pymatgen entry dict, and the thermo types they name.

    Raises
    ------
    InputError
        If the content is not JSON, or not a list of entries with a composition and an energy.
    """
    totals, origins = _json_entries(name, content)
    return totals, set(thermo_types(origins))


def _json_entries(name: str, content: bytes) -> tuple[list[tuple[dict[str, float], float]], list[Origin]]:
    """Totals as read by `json_totals`, and the origin of each entry."""
    document = parse_json(_text(name, content), name, constants=True)
    entries = document.get("entries") if isinstance(document, dict) else document
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"{name} is not a list of pymatgen entry dicts; write [entry.as_dict() for entry in entries]")
    totals = [_json_entry(f"{name} entry {i + 1}", entry) for i, entry in enumerate(entries)]
    numbered = enumerate(zip(totals, entries, strict=True), start=1)
    return _some(name, totals), [origin(number, amounts, entry) for number, ((amounts, _), entry) in numbered]


def _json_entry(where: str, entry: Mapping[str, Any]) -> tuple[dict[str, float], float]:
    needed = ["composition", "energy", *(["correction"] if entry.get("energy_adjustments") else [])]
    if lacking := [key for key in needed if entry.get(key) is None]:
        raise InputError(f"{where} lacks {' and '.join(lacking)}; write entries with ComputedEntry.as_dict()")
    energy = TOTAL_ENERGY.read_file(entry["energy"], f"{where}: energy")
    correction = entry.get("correction")
    if correction is not None:
        energy += TOTAL_ENERGY.read_file(correction, f"{where}: correction")
    return _amounts(where, entry["composition"]), energy


def table_from_totals(
    totals: Sequence[tuple[Mapping[str, float], float]], *, thermo_type: str, source: str, sha256: str | None = None
) -> EntryTable:
    """Make a table from `(atoms by symbol, total energy in eV)` pairs.

    The lowest entry of each element is its reference.

    Raises
    ------
    InputError
        If an element has no entry of its own.
    """
    rows = _formation_rows(totals, source)
    content = repr([(sorted(amounts.items()), energy) for amounts, energy in totals]).encode()
    return EntryTable.from_rows(
        rows, thermo_type=thermo_type, source=source, sha256=sha256 or hashlib.sha256(content).hexdigest()
    )


def _formation_rows(
    totals: Sequence[tuple[Mapping[str, float], float]], source: str
) -> list[tuple[dict[str, float], float]]:
    """Formation energies (eV per atom) from total energies (eV)."""
    references: dict[str, float] = {}
    for amounts, energy in totals:
        if len(amounts) == 1:
            ((symbol, amount),) = amounts.items()
            references[symbol] = min(energy / amount, references.get(symbol, math.inf))
    if lacking := sorted({symbol for amounts, _ in totals for symbol in amounts} - set(references)):
        raise InputError(f"{source} has no elemental reference for {', '.join(lacking)}; add an entry of each element")
    return [
        (dict(amounts), (energy - sum(references[s] * n for s, n in amounts.items())) / sum(amounts.values()))
        for amounts, energy in totals
    ]
