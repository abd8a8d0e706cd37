"""Phases by alias or formula: `LGPS`, `Li0.5CoO2`, `Co9S8`."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.elements import plain_amounts
from interfacekit.errors import InputError
from interfacekit.materials import find_material, materials
from interfacekit.quantities import AMOUNT
from interfacekit.reprs import ShortRepr
from interfacekit.wording import legible, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pymatgen.core import Composition

    from interfacekit.materials import Material

#: Smallest number of atoms per formula unit; fewer are probably a mistake.
LEAST_ATOMS = 0.01

#: Largest number of characters; ten elements with five decimals each have 80.
LONGEST_FORMULA = 300
#: Largest difference in atom fractions of equal compositions.
SAME_FRACTION = 1e-5

_NUMBER = re.compile(r"\d+\.?\d*(?:e\d+)?|\.\d+")
_LONE_POINT = re.compile(r"\.(?!\d)")
_FORMULA = re.compile(r"[A-Za-z0-9.()\[\]{}]+")


@dataclass(frozen=True)
class Phase(ShortRepr):
    """Composition with the name used in tables and figures.

    Attributes
    ----------
    label
        Name in tables and figures: the alias if one was given, otherwise the formula.
    formula
        Formula that all amounts per formula unit refer to.
    amounts
        `(element symbol, atoms per formula unit)`, sorted by symbol.

    Examples
    --------
    >>> import interfacekit as ik
    >>> lgps = ik.phase("LGPS")
    >>> lgps.formula, lgps.n_atoms
    ('Li10GeP2S12', 25.0)
    """

    label: str
    formula: str
    amounts: tuple[tuple[str, float], ...]

    @property
    def elements(self) -> frozenset[str]:
        """Symbols of the elements present."""
        return frozenset(symbol for symbol, _ in self.amounts)

    @property
    def n_atoms(self) -> float:
        """Atoms per formula unit."""
        return sum(amount for _, amount in self.amounts)

    def amount(self, element: str) -> float:
        """Return the atoms of an element per formula unit, 0 if it is absent."""
        return dict(self.amounts).get(element, 0.0)

    def vector(self, elements: Sequence[str]) -> NDArray[np.float64]:
        """Return the composition on given axes.

        Parameters
        ----------
        elements
            Symbols of the axes; other elements are omitted.

        Returns
        -------
        ndarray of float64, shape (len(elements),)
            Atoms per formula unit.
        """
        amounts = dict(self.amounts)
        return np.array([amounts.get(element, 0.0) for element in elements])

    def same_composition(self, other: Phase) -> bool:
        """Return True if two phases differ at most in the size of the formula unit.

        Parameters
        ----------
        other
            Other phase.

        Returns
        -------
        bool
            True if all atom fractions agree within 1e-5.
        """
        mine, theirs = dict(self.amounts), dict(other.amounts)
        n_mine, n_theirs = self.n_atoms, other.n_atoms
        return all(
            abs(mine.get(symbol, 0.0) / n_mine - theirs.get(symbol, 0.0) / n_theirs) < SAME_FRACTION
            for symbol in mine.keys() | theirs.keys()
        )


def phase(name: str | Phase | Composition) -> Phase:
    """Read a phase.

    Parameters
    ----------
    name
        Alias (`LGPS`, case-insensitive), formula (`Li0.5CoO2`), pymatgen `Composition`, or `Phase`.

    Returns
    -------
    Phase
        Composition, atoms per formula unit.

    Raises
    ------
    InputError
        If the name is neither alias nor formula, is empty, or has a zero amount or an unknown element; similar aliases
        are suggested.

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.phase("LGPS").formula
    'Li10GeP2S12'
    >>> ik.phase("Li0.5CoO2").vector(["Li", "Co", "O"])
    array([0.5, 1. , 2. ])
    """
    if isinstance(name, Phase):
        return name
    if hasattr(name, "get_el_amt_dict"):  # duck typing: the import of the class takes half a second
        composition: Any = name
        return _parse(str(composition.formula).replace(" ", ""))
    if not isinstance(name, str):
        raise InputError(f"a phase must be an alias or a formula, got {shown(name)}; such as LGPS or Li3PS4")
    return _parse(name.strip())


def label_of(formula: str) -> str:
    """Label of a valid formula: its alias, or itself."""
    material = find_material(formula)
    return formula if material is None else _label(formula, material)


def require_list(values: Any, name: str) -> None:
    """Raise `InputError` unless the value is a list of phases."""
    if isinstance(values, str | Phase) or not hasattr(values, "__iter__"):
        right = f"[{shown(values)}]" if isinstance(values, str) else "['LCO', 'LGPS']"
        raise InputError(f"{name} must be a list of phases, got {shown(values)}; give one such as {right}")


def distinct_phases(names: Sequence[str | Phase]) -> tuple[Phase, ...]:
    """Read several names of distinct compositions.

    Raises
    ------
    InputError
        See `phase`; also if two names mean one composition (`LCO` and `LiCoO2`).
    """
    require_list(names, "phases")
    phases = tuple(phase(name) for name in names)
    for i, first in enumerate(phases):
        for second in phases[i + 1 :]:
            if first.same_composition(second):
                both = f"{first.label} twice" if first.label == second.label else f"{first.label} and {second.label}"
                raise InputError(f"phases must be distinct compositions, got {both}; name each once")
    return phases


@lru_cache(maxsize=4096)
def _parse(name: str) -> Phase:
    if not name:
        raise InputError("a phase must be an alias or a formula, got an empty text; such as LGPS or Li3PS4")
    if len(name) > LONGEST_FORMULA:
        raise InputError(f"a formula must have at most {LONGEST_FORMULA} characters, got {len(name)}: {legible(name)}")
    material = find_material(name)
    if material is None:
        return Phase(label=name, formula=name, amounts=_amounts(name))
    return Phase(label=_label(name, material), formula=material.formula, amounts=_amounts(material.formula))


def _label(name: str, material: Material) -> str:
    return name if name == material.formula else material.alias


def _amounts(formula: str) -> tuple[tuple[str, float], ...]:
    if not _FORMULA.fullmatch(formula) or _LONE_POINT.search(formula):
        raise InputError(f"{formula!r} is not a formula; use element symbols, amounts and brackets, as in Li10Ge(PS6)2")
    numbers = [float(number) for number in _NUMBER.findall(formula)]
    if any(number < AMOUNT.low for number in numbers):
        raise InputError(f"amounts of a formula must be positive, got a zero in {formula!r}; leave the element out")
    amounts = plain_amounts(formula) or _parsed_amounts(formula)
    if not LEAST_ATOMS <= sum(amounts.values()) <= AMOUNT.high:
        raise InputError(
            f"a formula unit must have about 1 to 1000 atoms, got {sum(amounts.values()):.3g} in {formula!r}"
        )
    return tuple(sorted(amounts.items()))


def _parsed_amounts(formula: str) -> dict[str, float]:
    """Atoms by symbol of any formula."""
    from pymatgen.core import Composition, Element

    try:
        composition = Composition(formula)
        unknown = sorted(species.symbol for species in composition if not isinstance(species, Element))
    except ValueError:
        raise InputError(f"unknown phase {formula!r}{_suggestion(formula)}") from None
    if unknown:
        verb = "is not an element" if len(unknown) == 1 else "are not elements"
        raise InputError(f"{formula!r} is not a formula: {', '.join(unknown)} {verb}{_suggestion(formula)}")
    # Isotopes share a symbol: H and D of HDO are one element.
    return {symbol: float(amount) for symbol, amount in composition.get_el_amt_dict().items()}


def _suggestion(name: str) -> str:
    """Similar aliases and formulas, or examples."""
    known = {known.casefold(): known for m in materials() for known in (m.alias, *m.other_aliases, m.formula)}
    near = [known[match] for match in difflib.get_close_matches(name.casefold(), known, n=3, cutoff=0.6)]
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return "; try an alias such as LGPS, or a formula such as Li3PS4"
