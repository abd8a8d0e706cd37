"""Sources of formation energies: the embedded snapshot, own files, the live Materials Project."""

from typing import TYPE_CHECKING

from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
    from interfacekit.elements import chemical_system
    from interfacekit.entries.load import Source, is_file, load_entries
    from interfacekit.entries.table import EntryTable

_HOMES = {
    "interfacekit.elements": ("chemical_system",),
    "interfacekit.entries.load": (
        "Source",
        "is_file",
        "load_entries",
    ),
    "interfacekit.entries.table": ("EntryTable",),
}

__all__ = ["EntryTable", "Source", "chemical_system", "is_file", "load_entries"]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
