"""Symbols of the elements, chemical systems, and formulas that need no parser.

A tenth of the time of a command on a few phases is the import of pymatgen, which includes all of this: here are plain
formulas only (`Li0.5CoO2`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: In the order of their atomic numbers.
SYMBOLS = tuple(
    re.findall(
        "[A-Z][a-z]?",
        "HHeLiBeBCNOFNeNaMgAlSiPSClArKCaScTiVCrMnFeCoNiCuZnGaGeAsSeBrKrRbSrYZrNbMoTcRuRhPdAgCdInSnSbTeIXeCsBaLaCePrNdPmSmEu"
        "GdTbDyHoErTmYbLuHfTaWReOsIrPtAuHgTlPbBiPoAtRnFrRaAcThPaUNpPuAmCmBkCfEsFmMdNoLrRfDbSgBhHsMtDsRgCnNhFlMcLvTsOg",
    )
)
_KNOWN = frozenset(SYMBOLS)
_TERM = re.compile(r"([A-Z][a-z]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)?")
_PLAIN = re.compile(rf"(?:{_TERM.pattern})+")


def is_symbol(text: str) -> bool:
    """Return True for the symbol of an element or isotope (D, T)."""
    return text in _KNOWN or text in {"D", "T"}


def plain_amounts(formula: str) -> dict[str, float] | None:
    """Atoms by symbol of a formula of distinct elements and amounts; None for any other text."""
    if not _PLAIN.fullmatch(formula):
        return None
    terms = _TERM.findall(formula)
    amounts = {symbol: float(amount) if amount else 1.0 for symbol, amount in terms}
    return amounts if len(amounts) == len(terms) and amounts.keys() <= _KNOWN else None


def chemical_system(elements: str | Iterable[str]) -> tuple[str, ...]:
    """Read a chemical system as sorted, distinct element symbols.

    Parameters
    ----------
    elements
        Text such as `"Li-Co-O"`, or an iterable of symbols.

    Returns
    -------
    tuple of str
        Symbols, sorted.

    Raises
    ------
    InputError
        If there is no symbol, or one is not an element.

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.entries.chemical_system("Li-O-Co")
    ('Co', 'Li', 'O')
    """
    given = elements.split("-") if isinstance(elements, str) else elements
    symbols = sorted({str(symbol).strip() for symbol in given} - {""})
    if not symbols:
        raise InputError("no elements given; name a chemical system such as Li-Co-O")
    bad = [repr(symbol) for symbol in symbols if not is_symbol(symbol)]
    if bad:
        raise InputError(f"{', '.join(bad)}: not an element symbol; name a chemical system such as Li-Co-O")
    return tuple(symbols)
