"""Folders that tests read."""

from pathlib import Path

#: Inputs as users have them: crystals, tables of energies and figures.
CASES = Path(__file__).parent / "cases"
