"""Whether the atoms of a file are those of the formula that the file itself declares.

A wrong setting, a missing operator or a lost atom gives a crystal that looks right but is another compound. Its
composition tells. Hydrogen is often left out of sites, because X-rays do not see it; occupancies are refined and
formulas rounded, so that a partly occupied crystal may differ a little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interfacekit.errors import InputError
from interfacekit.wording import legible

if TYPE_CHECKING:
    from pymatgen.core import Composition, Structure

#: By how many atoms of an element a cell with whole numbers of atoms may differ: less than one atom.
_WHOLE_ATOMS = 0.1
#: Refined occupancies and rounded formulas: shares of the element's atoms and of all atoms.
_OF_ELEMENT, _OF_ALL = 0.05, 0.01
#: More characters than any formula has.
_LONGEST = 1000
_HYDROGEN = ("H", "D", "T")


@dataclass(frozen=True)
class DeclaredFormula:
    """A formula as a file declares it.

    Attributes
    ----------
    text
        `Li8 Al8`, with or without uncertainties in brackets.
    item
        Name of the item it is from: `_chemical_formula_sum`.
    units
        Formula units in the cell (`_cell_formula_units_Z`); None where the file does not say.
    """

    text: str
    item: str
    units: float | None = None

    def __str__(self) -> str:
        units = "" if self.units is None else f" with Z = {self.units:g}"
        return f"{legible(self.text)} ({self.item}){units}"


def compare_with_formula(structure: Structure, declared: DeclaredFormula, origin: str) -> str | None:
    """Compare the composition of a cell with a declared formula, the content of the cell or of one formula unit.

    Parameters
    ----------
    structure
        Cell with atoms.
    declared
        The formula.
    origin
        Name of the file, for messages.

    Returns
    -------
    str or None
        A remark, where hydrogen has no sites or the formula cannot be read.

    Raises
    ------
    InputError
        If they contradict each other.
    """
    formula = _amounts(declared.text)
    if formula is None:
        return f"the formula {declared} of the file cannot be read, and was not compared with its atoms"
    atoms = _without_labels(structure.composition)
    heavy = {element: n for element, n in formula.items() if element != "H"} or formula
    total = sum(n for element, n in atoms.items() if element in heavy)
    ratio = total / sum(heavy.values())
    multiples = [ratio] if declared.units is None else [1.0, declared.units]
    k = min(multiples, key=lambda multiple: abs(multiple - ratio))
    whole = structure.is_ordered and all(float(n).is_integer() for n in formula.values())
    everything = sum(atoms.values())
    differing = [
        element
        for element in {*atoms, *formula} - {"H"}
        if abs(atoms.get(element, 0.0) - k * formula.get(element, 0.0))
        > (_WHOLE_ATOMS if whole else _OF_ELEMENT * k * formula.get(element, 0.0) + _OF_ALL * everything)
    ]
    missing_hydrogen = k * formula.get("H", 0.0) - atoms.get("H", 0.0)
    if differing or missing_hydrogen < -_WHOLE_ATOMS - _OF_ALL * everything:
        content = structure.composition.element_composition.formula
        raise InputError(
            f"the atoms of {origin} are {content} per cell, but the formula of the file is {declared}; correct "
            "the space group or its setting, the sites, or the formula"
        )
    if missing_hydrogen > _WHOLE_ATOMS + _OF_ALL * everything:
        return (
            f"{missing_hydrogen:.4g} of the {k * formula['H']:.4g} hydrogen atoms of the formula {declared.text} have "
            "no sites in the file and are left out"
        )
    return None


def _amounts(text: str) -> dict[str, float] | None:
    """Atoms by element; None where the text is no formula."""
    from pymatgen.core import Composition

    if len(text) > _LONGEST:
        return None
    bare = re.sub(r"(?<=\d)\(\d+\)", "", text)
    try:
        amounts = _without_labels(Composition(bare))
    except (ValueError, KeyError):
        return None
    return amounts if amounts and all(0 < n < float("inf") for n in amounts.values()) else None


def _without_labels(composition: Composition) -> dict[str, float]:
    """Atoms by element, without charges and isotopes."""
    amounts: dict[str, float] = {}
    for species, amount in composition.items():
        symbol = "H" if str(species.symbol) in _HYDROGEN else str(species.symbol)
        amounts[symbol] = amounts.get(symbol, 0.0) + float(amount)
    return amounts
