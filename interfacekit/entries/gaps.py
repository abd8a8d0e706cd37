"""Warnings of different energies of one composition."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Largest plausible energy difference of entries of one composition (eV per atom).
UNLIKELY_GAP_eV_per_atom = 0.5
_MOST_NAMED = 3


def gap_warning(source: str, gaps: Mapping[str, float]) -> tuple[str, ...]:
    """Warn of compositions (formula: largest energy difference, eV per atom) with very different entries."""
    far = {formula: gap for formula, gap in gaps.items() if gap > UNLIKELY_GAP_eV_per_atom}
    if not far:
        return ()
    named = first_few([(formula, f"{gap:.2f} eV/atom") for formula, gap in far.items()])
    return (f"{source}: entries of one composition differ by more than {UNLIKELY_GAP_eV_per_atom:g} eV/atom: {named}",)


def first_few(parts: Sequence[tuple[str, str]]) -> str:
    """Format up to three formulas with their numbers, and the number of others."""
    more = len(parts) - _MOST_NAMED
    return ", ".join(f"{name} ({text})" for name, text in parts[:_MOST_NAMED]) + (
        f" and {more} more" if more > 0 else ""
    )
