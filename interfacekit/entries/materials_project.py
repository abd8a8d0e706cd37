"""Live Materials Project through mp-api (extra `mp`): one thermo type at a time, cached for offline use.

The cache holds compositions, energies and the database version in the form of an own JSON file, and crystal structures;
it never holds the key.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from platformdirs import user_cache_path

from interfacekit.atomic import replacing
from interfacekit.crystal_documents import structure_of_document
from interfacekit.documents import MOST_CRYSTAL_MiB, MOST_ENERGIES_MiB, parse_json, read_bytes, read_text
from interfacekit.elements import chemical_system
from interfacekit.entries.files import json_totals, table_from_totals
from interfacekit.entries.patience import NoResponse, patiently
from interfacekit.errors import InputError
from interfacekit.optional import needed

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymatgen.core import Structure

    from interfacekit.entries.table import EntryTable

KEY_VARIABLES = ("MP_API_KEY", "PMG_MAPI_KEY")
#: GGA_GGA+U carries the MP2020 corrections. The mixed GGA/r2SCAN type is not offered: its corrections refer to the hull
#: of one chemical system, so its energies cannot be pooled over subsystems.
THERMO_TYPES = ("GGA_GGA+U", "R2SCAN")
#: The API refuses larger chemical systems: its query strings grow as 2^n.
MOST_ELEMENTS = 9


def load_materials_project(
    elements: tuple[str, ...], thermo_type: str | None = None, *, refresh: bool = False
) -> EntryTable:
    """Return the entries of a chemical system from the cache on disk, or from the live database.

    Parameters
    ----------
    elements
        Symbols, at most nine.
    thermo_type
        `GGA_GGA+U` (default; MP2020 corrections) or `R2SCAN`.
    refresh
        Query the database even if the cache has an answer.

    Returns
    -------
    EntryTable
        Formation energies, eV/atom.

    Raises
    ------
    InputError
        If the key, the package or the network is missing (also if the database does not respond within the limits of
        `interfacekit.entries.patience`), the answer lacks an element, the cache cannot be used, or the thermo type is
        unknown.
    """
    elements = chemical_system(elements)
    thermo_type = thermo_type or THERMO_TYPES[0]
    if thermo_type not in THERMO_TYPES:
        raise InputError(f"unknown thermo type {thermo_type!r} for source mp; choose from {', '.join(THERMO_TYPES)}")
    if len(elements) > MOST_ELEMENTS:
        raise InputError(
            f"elements must be at most {MOST_ELEMENTS} for the Materials Project, got {len(elements)}; such as Li-Co-O"
        )
    path = cache_directory() / thermo_type / f"{'-'.join(elements)}.json"
    if refresh or not path.exists():
        return _ask_and_keep(path, elements, thermo_type)
    try:
        return _table("the cached answer", read_bytes(path, MOST_ENERGIES_MiB), elements, thermo_type)
    except InputError:
        raise InputError(f"the cached answer {path} is damaged; delete it, or ask again with refresh") from None


def load_structure(mp_id: str, *, refresh: bool = False) -> tuple[Structure, str]:
    """Return a crystal structure and its origin, from the cache on disk or from the live database.

    Parameters
    ----------
    mp_id
        Material id, such as `mp-22526`.
    refresh
        Query the database even if the cache has an answer.

    Returns
    -------
    structure, origin
        Conventional cell, and the database version.

    Raises
    ------
    InputError
        If the key, the package or the network is missing, the material is unknown, or the cache cannot be used.
    """
    path = cache_directory() / "structures" / f"{mp_id}.json"
    if refresh or not path.exists():
        _make_directory(path.parent)
        with replacing(path) as temporary:
            document = _answer(lambda rester: _structure_document(rester, mp_id))
            temporary.write_text(json.dumps(document), encoding="utf-8")
    try:
        document = parse_json(read_text(path, MOST_CRYSTAL_MiB), path.name)
        structure = structure_of_document(document["structure"], path.name)
        return structure, f"{mp_id} of mp {document['database_version']}"
    except (InputError, KeyError, TypeError):
        raise InputError(f"the cached answer {path} is damaged; delete it, or ask again with refresh") from None


def cache_directory() -> Path:
    """Directory of cached answers: `$INTERFACEKIT_CACHE/mp`, by default in the user's cache directory."""
    chosen = os.environ.get("INTERFACEKIT_CACHE")
    return (Path(chosen) if chosen else user_cache_path("interfacekit")) / "mp"


def _ask_and_keep(path: Path, elements: tuple[str, ...], thermo_type: str) -> EntryTable:
    """Query the database, and cache an answer that makes a valid table."""
    _make_directory(path.parent)
    with replacing(path) as temporary:
        content = json.dumps(_answer(lambda rester: _energies_document(rester, elements, thermo_type))).encode()
        table = _table("the answer of the Materials Project", content, elements, thermo_type)
        temporary.write_bytes(content)
    return table


def _make_directory(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot make the cache {folder}: {error.strerror}; set INTERFACEKIT_CACHE to a writable directory"
        ) from None


def _table(name: str, content: bytes, elements: tuple[str, ...], thermo_type: str) -> EntryTable:
    totals, kinds = json_totals(name, content)
    database = parse_json(content.decode(), name, constants=True).get("database_version")
    if kinds != {thermo_type} or not isinstance(database, str):
        raise InputError(f"{name} does not hold {thermo_type} energies of a database version")
    if lacking := sorted(set(elements) - {symbol for amounts, _ in totals for symbol in amounts}):
        raise InputError(f"the Materials Project has no {thermo_type} energies for {', '.join(lacking)}")
    sha256 = hashlib.sha256(content).hexdigest()
    return table_from_totals(totals, thermo_type=thermo_type, source=f"mp {database}", sha256=sha256).subset(elements)


def _answer(question: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """Return the answer of the database to a question to an open client."""
    _key()  # a missing key is reported first
    with needed("source mp", "mp_api", extra="mp"):
        from mp_api.client import MPRester
    # The failure is raised here, so that neither its traceback nor its cause holds the key.
    document, failure = _ask(MPRester, _key(), question)
    if failure:
        raise InputError(failure)
    return document


def _key() -> str:
    keys = [os.environ.get(name, "").strip() for name in KEY_VARIABLES]
    if not any(keys):
        raise InputError(
            f"the Materials Project needs a key: set {' or '.join(KEY_VARIABLES)} (free at materialsproject.org); "
            "energies come without one from the embedded snapshot mp2019"
        )
    return next(key for key in keys if key)


def _ask(client: Any, key: str, question: Callable[[Any], dict[str, Any]]) -> tuple[dict[str, Any], str]:
    """Return the answer and an empty text, or an empty answer and the reason."""

    def opened() -> dict[str, Any]:
        with client(key) as rester:
            return question(rester)

    try:
        return patiently("the Materials Project", opened), ""
    except Exception as error:  # noqa: BLE001  # mp-api raises many types; whichever it is becomes one line
        if _is_network(error):
            why = f" ({error})" if isinstance(error, NoResponse) else ""
            return (
                {},
                f"cannot reach the Materials Project{why}; check the network, or use the embedded snapshot mp2019",
            )
        reason = str(error).replace(key, "***").replace(quote(key), "***") or type(error).__name__
        return {}, f"the Materials Project refused the request: {' '.join(reason.split())[:200]}"


def _is_network(error: BaseException | None) -> bool:
    """Return True for a network error: mp-api raises its own type while it handles that of requests."""
    while error is not None:
        if isinstance(error, OSError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _energies_document(rester: Any, elements: tuple[str, ...], thermo_type: str) -> dict[str, Any]:
    """Keep the fields of a table, in a fixed order: mp-api has none, and the fingerprint is that of the answer."""
    entries = rester.get_entries_in_chemsys(list(elements), additional_criteria={"thermo_types": [thermo_type]})
    return {
        "database_version": str(rester.db_version),
        "entries": sorted(
            (
                {
                    "entry_id": str(entry.entry_id),
                    "composition": entry.composition.get_el_amt_dict(),
                    "energy": float(entry.energy),
                    "data": {"thermo_type": thermo_type},
                }
                for entry in entries
            ),
            key=lambda entry: (entry["entry_id"], entry["energy"]),
        ),
    }


def _structure_document(rester: Any, mp_id: str) -> dict[str, Any]:
    """Keep the conventional cell."""
    structure = rester.get_structure_by_material_id(mp_id, conventional_unit_cell=True)
    if isinstance(structure, list) or structure is None:
        raise ValueError(f"unknown material {mp_id}")
    return {"database_version": str(rester.db_version), "material_id": mp_id, "structure": structure.as_dict()}
