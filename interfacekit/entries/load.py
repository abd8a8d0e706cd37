"""One call for every source of formation energies."""

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

#: A table, a source by name or path, or several of them to be joined.
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
        `"mp2019"`: the embedded Materials Project snapshot, offline. `"mp"`: the live Materials Project (extra `mp`, a
        key in `MP_API_KEY` or `PMG_MAPI_KEY`, `elements` required), cached on disk. A path: the user's `.json`,
        `.json.gz` or `.csv` (see `interfacekit.entries.files.load_file`). Several of these are joined into one table.
    elements
        Chemical system, `"Li-Co-O"` or symbols; all that the source has when None.
    thermo_type
        For `"mp"`, the one to ask for (`"mp:R2SCAN"` says the same); for a file that does not say, what its energies
        were computed with. A source that says it must agree.
    refresh
        For `"mp"`: ask the database even where the cache has an answer.

    Returns
    -------
    EntryTable

    Raises
    ------
    InputError
        If the source is unknown or unusable, an element is missing, or thermo types differ.

    Warns
    -----
    InputWarning
        If a file, or what two sources say of one composition, is suspicious (`EntryTable.warnings`).
    """
    wanted = None if elements is None else chemical_system(elements)
    if isinstance(source, EntryTable):
        _require_thermo_type(source.source, source.thermo_type, thermo_type)
        return source if wanted in (None, source.elements) else source.subset(wanted or ())
    if isinstance(source, str | Path):
        return _load_one(str(source), wanted, thermo_type=thermo_type, refresh=refresh)
    if not source:
        raise InputError(f"no source of energies given; use {snapshot.NAME}, {LIVE} or a file")
    tables = [_load_part(part, wanted, thermo_type, refresh=refresh) for part in source]
    table = reduce(EntryTable.join, tables)
    _warn(line for line in table.warnings if not any(line in part.warnings for part in tables))
    return table if wanted is None else table.subset(wanted)


def is_file(source: str) -> bool:
    """Whether a source is to be read as a file: neither the snapshot nor the live database."""
    return source != snapshot.NAME and not _is_live(source)


def _is_live(source: str) -> bool:
    return source == LIVE or source.startswith(f"{LIVE}:")


def _load_part(
    source: EntryTable | str | Path, wanted: tuple[str, ...] | None, thermo_type: str | None, *, refresh: bool
) -> EntryTable:
    """Load one of several sources: a table or a file need not cover all the elements that the whole does."""
    if isinstance(source, EntryTable):
        return load_entries(source, thermo_type=thermo_type)
    name = str(source)
    return _load_one(name, None if is_file(name) else wanted, thermo_type=thermo_type, refresh=refresh)


def _warn(lines: Iterable[str]) -> None:
    for line in lines:
        warnings.warn(line, InputWarning, stacklevel=2)


def _require_thermo_type(name: str, actual: str, asked: str | None) -> None:
    if asked not in (None, actual):
        raise InputError(f"{name} holds {actual} energies, not {asked}; leave the thermo type out or correct it")


@timed(lambda table: f"energies: {table.source}, {len(table)} compositions of {'-'.join(table.elements)}")
def _load_one(source: str, wanted: tuple[str, ...] | None, *, thermo_type: str | None, refresh: bool) -> EntryTable:
    if source == snapshot.NAME:
        _require_thermo_type(snapshot.NAME, snapshot.THERMO_TYPE, thermo_type)
        return snapshot.load_snapshot(wanted)
    if _is_live(source):
        if wanted is None:
            raise InputError("source mp needs elements: it is asked for one chemical system, such as Li-Co-O")
        from interfacekit.entries.materials_project import load_materials_project

        asked = source.partition(":")[2] or thermo_type
        return load_materials_project(wanted, asked, refresh=refresh)
    from interfacekit.entries.files import SUFFIXES, load_file

    if not source.lower().endswith(SUFFIXES):
        raise InputError(
            f"unknown source of energies {legible(repr(source))}; use {snapshot.NAME}, {LIVE} or a file "
            f"({', '.join(SUFFIXES)})"
        )
    table = load_file(Path(source), thermo_type)
    _warn(table.warnings)
    return table if wanted is None else table.subset(wanted)
