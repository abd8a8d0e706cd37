"""Where formation energies come from: the embedded snapshot, the user's files, the live Materials Project."""

from interfacekit.entries.load import Source, is_file, load_entries
from interfacekit.entries.table import EntryTable, chemical_system

__all__ = ["EntryTable", "Source", "chemical_system", "is_file", "load_entries"]
