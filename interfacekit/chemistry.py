"""Formulas and reactions in the notation of papers: `Li0.5CoO2`, and `13 LiCoO2 + Li10GeP2S12 -> ...`."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from interfacekit.elements import SYMBOLS, plain_amounts

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Symbols of the d block, whose oxides and sulfides are hosts of Li.
_TRANSITION_METALS = frozenset(SYMBOLS[20:30] + SYMBOLS[38:48] + SYMBOLS[71:80])
#: Centres of polyanions, by the ligand.
_CENTRES = {"O": frozenset({"B", "C", "N", "Si", "P", "S", "Cl", "As", "Se", "Te", "I"}), "S": frozenset({"P", "As"})}
#: Numbers of centres and ligands.
_POLYANIONS = ((1, 3), (1, 4), (2, 7))
_BRACKETED = re.compile(r"((?:[A-Z][a-z]?\d*)*)\(([^()]+)\)(\d+)((?:[A-Z][a-z]?\d*)*)")
#: Largest common denominator and largest coefficient of reactions with whole coefficients.
_MOST_DENOMINATOR, _MOST_COEFFICIENT = 12, 60
#: Amounts below this are absent; products are rounded to 1e-9 per formula unit.
_PRESENT, _WHOLE = 1e-7, 1e-5


class PrintedFormula(NamedTuple):
    """Formula as papers print it.

    Attributes
    ----------
    formula
        Formula.
    units
        Formula units of it in one unit of the original formula.
    """

    formula: str
    units: float


@lru_cache(maxsize=4096)
def printed(formula: str) -> PrintedFormula:
    """Rewrite a reduced formula as papers print it.

    The Li content of a delithiated host refers to one host unit: Li0.5CoO2 for Li(CoO2)2. Polyanions keep their
    brackets, as in Co3(PO4)2; other brackets are multiplied out, as in Li10GeP2S12 for Li10Ge(PS6)2.

    Parameters
    ----------
    formula
        Reduced formula, such as that of an entry.

    Returns
    -------
    PrintedFormula
        Formula, and its units in one unit of the original.
    """
    match = _BRACKETED.fullmatch(formula)
    if match is None:
        return PrintedFormula(formula, 1.0)
    before, group, times, after = match[1], match[2], int(match[3]), match[4]
    inside = plain_amounts(group)
    outside = plain_amounts(before + after) if before + after else {}
    if inside is None or outside is None:
        return PrintedFormula(formula, 1.0)
    lithium = outside.get("Li", 0.0) / times
    if set(outside) == {"Li"} and lithium < 1 and inside.keys() & _TRANSITION_METALS and _is_terminating(lithium):
        return PrintedFormula(f"Li{lithium:g}{group}", float(times))
    if _is_polyanion(inside):
        return PrintedFormula(formula, 1.0)
    expanded = "".join(f"{symbol}{_count(times * amount)}" for symbol, amount in inside.items())
    return PrintedFormula(f"{before}{expanded}{after}", 1.0)


def _is_terminating(amount: float) -> bool:
    """Return True for an amount with at most two decimals."""
    return math.isclose(100 * amount, round(100 * amount), abs_tol=1e-9)


def _is_polyanion(group: Mapping[str, float]) -> bool:
    """Return True for a group such as PO4, PS4 or P2O7."""
    return len(group) == 2 and any(
        (group.get(centre), group.get(ligand)) in _POLYANIONS
        for ligand, centres in _CENTRES.items()
        for centre in centres
    )


def _count(amount: float) -> str:
    return "" if amount == 1 else f"{amount:g}"


def printed_amounts(amounts: Mapping[str, float]) -> dict[str, float]:
    """Rewrite amounts by formula in printed formulas, in the same order.

    Parameters
    ----------
    amounts
        Formula units by formula.

    Returns
    -------
    dict
        Formula units by printed formula.
    """
    found: dict[str, float] = {}
    for formula, amount in amounts.items():
        written = printed(formula)
        found[written.formula] = found.get(written.formula, 0.0) + amount * written.units
    return found


def mixture_text(amounts: Mapping[str, float]) -> str:
    """Write amounts with printed formulas: `2 Li3PS4 + GeS2`.

    Parameters
    ----------
    amounts
        Formula units by formula.

    Returns
    -------
    str
        Terms joined by ` + `; empty without amounts.
    """
    return _side(printed_amounts(amounts), 1.0)


def reaction_text(reactants: Mapping[str, float], products: Mapping[str, float], *, lithium: float = 0.0) -> str:
    """Write a balanced reaction, with whole coefficients if they are small.

    Otherwise the coefficient of the scarcer reactant is 1. A reactant that does not react is written alone.

    Parameters
    ----------
    reactants, products
        Formula units by formula.
    lithium
        Li taken up from a reservoir (> 0) or released to it (< 0).

    Returns
    -------
    str
        Reaction such as `13 LiCoO2 + Li10GeP2S12 -> ...`.
    """
    left, right = (
        {formula: amount for formula, amount in printed_amounts(side).items() if amount > _PRESENT}
        for side in (reactants, products)
    )
    scale = 1 / min(left.values())
    if abs(lithium) > _PRESENT:
        side = left if lithium > 0 else right
        side["Li"] = side.get("Li", 0.0) + abs(lithium)
    if left.keys() == right.keys() and len(left) == 1:
        return next(iter(left))
    scale *= _whole_factor([amount * scale for amount in (*left.values(), *right.values())])
    return f"{_side(left, scale)} -> {_side(right, scale)}"


def _whole_factor(coefficients: list[float]) -> int:
    """Smallest factor that makes all coefficients whole and small; 1 if there is none."""
    for factor in range(1, _MOST_DENOMINATOR + 1):
        scaled = [factor * coefficient for coefficient in coefficients]
        if max(scaled) > _MOST_COEFFICIENT:
            break
        if all(abs(amount - round(amount)) < _WHOLE * max(1.0, amount) for amount in scaled):
            return factor
    return 1


def _side(amounts: Mapping[str, float], scale: float) -> str:
    terms = ((formula, f"{scale * amount:.4g}") for formula, amount in amounts.items())
    return " + ".join(formula if amount == "1" else f"{amount} {formula}" for formula, amount in terms)
