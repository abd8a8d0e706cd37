"""Oxidation states of the elements of a crystal, by charge balance."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymatgen.core import Composition, Element, Structure

#: Electronegativities (Pauling) that differ by less make no ions.
_ALIKE = 1.0
#: Combinations of oxidation states beyond which the usual ones come first, and most that are tried: about a second.
_FEW_TRIES, _MOST_TRIES = 1_000, 10_000


def oxidation_states(structure: Structure) -> dict[str, float] | None:
    """Oxidation states that pymatgen guesses from the composition; None where it finds none.

    Of a large formula, such as that of a supercell that lacks an ion, it would try millions: there the usual ones are
    taken where they are balanced.
    """
    composition = structure.composition.reduced_composition
    tries = sum(
        math.comb(round(amount) + len(element.icsd_oxidation_states) - 1, round(amount))
        for element, amount in composition.items()
        if element.icsd_oxidation_states
    )
    if tries > _FEW_TRIES:
        usual = usual_states(structure)
        if usual and math.isclose(_charge(usual, composition), 0.0, abs_tol=1e-6):
            return usual
    if tries > _MOST_TRIES:
        return None
    guesses = composition.oxi_state_guesses()
    states = dict(guesses[0]) if guesses else {}
    return {str(symbol): float(state) for symbol, state in states.items()} if any(states.values()) else None


def usual_states(structure: Structure) -> dict[str, float] | None:
    """Usual state of each element, the most electronegative at its lowest, that add up to the least charge.

    Of several such sets, that of the more electronegative anions; None of elements alike in electronegativity.
    """
    from pymatgen.core import Element

    elements = [Element(str(element)) for element in structure.composition.elements]
    electronegativity = [float(element.X) for element in elements]
    if max(electronegativity) - min(electronegativity) < _ALIKE:
        return None
    anion = max(elements, key=lambda element: float(element.X))
    several = [_choices(element, is_anion=element == anion) for element in elements]
    sets = [dict(zip(map(str, elements), states, strict=True)) for states in itertools.product(*several)]
    weights = dict(zip(map(str, elements), electronegativity, strict=True))

    def cost(states: Mapping[str, float]) -> tuple[float, float]:
        polarity = sum(state * weights[symbol] for symbol, state in states.items())
        return round(abs(_charge(states, structure.composition)), 6), polarity

    return min(sets, key=cost)


def _choices(element: Element, *, is_anion: bool) -> tuple[float, ...]:
    """Usual states of an element: of a nonmetal the lowest and the highest."""
    states = sorted(map(float, element.common_oxidation_states or (0,)))
    if is_anion:
        return (states[0],)
    return tuple(states if element.is_metal else dict.fromkeys((states[0], states[-1])))


def _charge(states: Mapping[str, float], composition: Composition) -> float:
    return sum(states[str(element)] * amount for element, amount in composition.items())
