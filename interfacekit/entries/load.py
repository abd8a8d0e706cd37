"""Loading of formation energies from any source."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from functools import reduce
from pathlib import Path

from interfacekit.elements import chemical_system
from interfacekit.entries import snapshot
from interfacekit.entries.table import EntryTable
from interfacekit.errors import InputError, InputWarning
from interfacekit.logs import timed
from interfacekit.wording import legible

LIVE = "mp"

#: A table, a source by name or path, or several of them to join.
Source = EntryTable | str | Path | Sequence[EntryTable | str | Path]


def load_entries(
    source: Source = snapshot.NAME,
    elements: str | Iterable[str] | None = None,
    *,
    thermo_type: str | None = None,
    refresh: bool = False,
) -> EntryTable:
    """Load formation energies.

    Parameters
    ----------
    source
        `"mp2019"` (default): the embedded Materials Project snapshot, offline. `"mp"`: the live Materials Project
        (extra `mp`, a key in `MP_API_KEY` or `PMG_MAPI_KEY`, `elements` required), cached on disk. A path: an own
        `.json`, `.json.gz` or `.csv` file (see `interfacekit.entries.files.load_file`). An `EntryTable`. Several of
        these are joined.
    elements
        Chemical system, `"Li-Co-O"` or symbols; all elements of the source if None (default).
    thermo_type
        Functional and correction scheme: for `"mp"` the requested one (also as `"mp:R2SCAN"`), for a file that does not
        state it that of its energies. It must agree with a source that states it; None (default) accepts any.
    refresh
        Query the live database even if the cache has an answer (default False).

    Returns
    -------
    EntryTable
        Formation energies in eV/atom, one per composition.

    Raises
    ------
    InputError
        If the source is unknown or unusable, an element is missing, or thermo types differ.

    Warns
    -----
    InputWarning
        If a file has suspicious energies, or two sources disagree on one composition (`EntryTable.warnings`).

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.load_entries(elements="Li-Co-O")
    EntryTable(mp2019, GGA_GGA+U_legacy: 85 compositions of Co-Li-O, sha256 c965fa61344c)
    """
    symbols = None if elements is None else chemical_system(elements)
    if isinstance(source, EntryTable):
        _require_thermo_type(source.source, source.thermo_type, thermo_type)
        return source if symbols in (None, source.elements) else source.subset(symbols or ())
    if isinstance(source, str | Path):
        return _load_one(str(source), symbols, thermo_type=thermo_type, refresh=refresh)
    if not source:
        raise InputError(
            f"entries must be one or more sources of energies, got none; such as {snapshot.NAME}, {LIVE} or a file"
        )
    tables = [_load_part(part, symbols, thermo_type, refresh=refresh) for part in source]
    table = reduce(EntryTable.join, tables)
    _warn(line for line in table.warnings if not any(line in part.warnings for part in tables))
    return table if symbols is None else table.subset(symbols)


def is_file(source: str) -> bool:
    """Return True if a source is a file: neither the snapshot nor the live database.

    Parameters
    ----------
    source
        Name or path of a source.

    Returns
    -------
    bool
        True for a file.

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.entries.is_file("mp2019"), ik.entries.is_file("mine.csv")
    (False, True)
    """
    return source != snapshot.NAME and not _is_live(source)


def _is_live(source: str) -> bool:
    return source == LIVE or source.startswith(f"{LIVE}:")


def _load_part(
    source: EntryTable | str | Path, symbols: tuple[str, ...] | None, thermo_type: str | None, *, refresh: bool
) -> EntryTable:
    """Load one of several sources: a table or a file may cover a part of the elements only."""
    if isinstance(source, EntryTable):
        return load_entries(source, thermo_type=thermo_type)
    name = str(source)
    return _load_one(name, None if is_file(name) else symbols, thermo_type=thermo_type, refresh=refresh)


def _warn(lines: Iterable[str]) -> None:
    for line in lines:
        warnings.warn(line, InputWarning, stacklevel=2)


def _require_thermo_type(name: str, actual: str, asked: str | None) -> None:
    if asked not in (None, actual):
        raise InputError(f"thermo_type must be {actual}, that of {name}, got {asked}; leave it out or correct it")


@timed(lambda table: f"energies: {table.source}, {len(table)} compositions of {'-'.join(table.elements)}")
def _load_one(source: str, symbols: tuple[str, ...] | None, *, thermo_type: str | None, refresh: bool) -> EntryTable:
    if source == snapshot.NAME:
        _require_thermo_type(snapshot.NAME, snapshot.THERMO_TYPE, thermo_type)
        return snapshot.load_snapshot(symbols)
    if _is_live(source):
        if symbols is None:
            raise InputError("elements must name a chemical system for the source mp, got none; such as Li-Co-O")
        from interfacekit.entries.materials_project import load_materials_project

        asked = source.partition(":")[2] or thermo_type
        return load_materials_project(symbols, asked, refresh=refresh)
    from interfacekit.entries.files import SUFFIXES, load_file

    if not source.lower().endswith(SUFFIXES):
        raise InputError(
            f"unknown source of energies {legible(repr(source))}; choose from {snapshot.NAME}, {LIVE} or a file "
            f"({', '.join(SUFFIXES)})"
        )
    table = load_file(Path(source), thermo_type)
    _warn(table.warnings)
    return table if symbols is None else table.subset(symbols)
