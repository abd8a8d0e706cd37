"""Symbols of the elements, chemical systems, and formulas that need no parser of formulas.

Commands on a few phases spend a tenth of their time on the import of pymatgen, which knows all of this and more: here
are plain formulas alone (`Li0.5CoO2`), and everything else is left to it.
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
    """Whether a text is the symbol of an element; those of isotopes (D, T) are, too."""
    return text in _KNOWN or text in {"D", "T"}


def plain_amounts(formula: str) -> dict[str, float] | None:
    """Atoms by symbol of a formula of elements and amounts alone, each element once; None of any other text."""
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
