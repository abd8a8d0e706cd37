"""Which school the numbers of a study of shells support, and how strongly that hangs on the inputs.

Nothing is concluded here: the verdicts are those of `transport.shell_evidence`, and every word follows from numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from interfacekit.report.markdown import listed, number, percent, span
from interfacekit.transport.shell_evidence import DROP_COATING, DROP_THICKNESS_nm, school, verdict
from interfacekit.transport.shell_parts import contacts_ohm_cm2, interface_ohm_cm2

if TYPE_CHECKING:
    from collections.abc import Collection

    from interfacekit.transport.shell_study import ShellStudy

#: Share of all combinations of changes with the same verdict from which it hangs weakly on the inputs.
WEAKLY = 0.95
#: Two numbers that differ by less than this share are about the same.
ABOUT = 0.1
_MOST_NAMED = 2
_SECOND_HAND = ("site energies", "permittivity")
_SCHOOLS = {
    "interphase-limited": "the **interphase** school (interphase-limited)",
    "SCL-limited": "the **space-charge** school (SCL-limited)",
    "undecided": "**neither** school",
}


def answer(study: ShellStudy) -> str:
    """Return the school, the numbers that speak for it, and how strongly it hangs on the inputs; Markdown."""
    bare, resistance = study.bare, study.evidence[0]
    adds, measured = contacts_ohm_cm2(bare), resistance.measured
    without = contacts_ohm_cm2(study.neutral)
    effect = "changes that little" if _about(adds, without) else "lowers that" if adds < without else "raises that"
    small, enough = percent(study.thresholds.negligible), percent(study.thresholds.enough)
    how = f"{measured.certainty}: {measured.how}; {measured.source}"
    share, all_of_it = percent(adds / measured.low), span((measured.low, measured.high))
    sentences = (
        f"The numbers support {_SCHOOLS[school(resistance)]}. Space charge and the hops across add {number(adds)} Ohm "
        f"cm2 to the bare contact, {share} of the {all_of_it} Ohm cm2 that one resists ({how}): {resistance.verdict}, "
        f"where {enough} would be enough and {small} is not. The space charge {effect}: with a neutral electrolyte the "
        f"contact would add {number(without)} Ohm cm2. {_interphase_sentence(study)}"
    )
    return f"{sentences}\n\n{_strength(study)}"


def _interphase_sentence(study: ShellStudy) -> str:
    resistance, drop = study.evidence[0], study.evidence[1]
    if resistance.interphase_low is None or drop.interphase_low is None or drop.interphase_high is None:
        return "No interphase was given."
    adds = span(interface_ohm_cm2(r) for r in study.interphases)
    how = " or ".join(
        f"{p['thickness_nm']:g} nm at {p['conductivity_S_cm']:g} S/cm"
        for r in study.interphases
        for p in r.provenance["parameters"]["interphases"].values()
    )
    folds = span((drop.interphase_low, drop.interphase_high))
    fitted = "Its numbers were fitted to measured cells"
    if resistance.interphase_verdict == "enough":
        fitted += ", so that this confirms its size from another measurement, not its cause"
    return (
        f"An interphase of {how} adds {adds} Ohm cm2: {resistance.interphase_verdict}. {fitted}. Beside it, "
        f"{DROP_THICKNESS_nm:g} nm of {DROP_COATING} would lower the resistance {folds}-fold "
        f"({number(drop.measured.low)}-fold was measured: {drop.measured.certainty}); beside the space charge alone, "
        f"they would {_changes(drop.space_charge)}."
    )


def _changes(fold: float) -> str:
    if fold >= 1:
        return f"lower it {number(fold)}-fold"
    return f"raise it {number(1 / fold)}-fold" if fold > 0 else "raise it"


def _strength(study: ShellStudy) -> str:
    """How strongly the verdict hangs on the inputs, in words that follow from how many changes turn it."""
    resistance = study.evidence[0]
    singles_turned = resistance.singles - resistance.singles_alike
    turned = resistance.all - resistance.all_alike
    if singles_turned:
        word = "strongly"
    else:
        word = "weakly" if resistance.all_alike >= WEAKLY * resistance.all else "moderately"
    lines = [
        f"That hangs **{word}** on inputs that are second-hand, recalled or assumed: "
        + (
            f"{singles_turned} of {resistance.singles} results with one input changed turn it"
            if singles_turned
            else f"none of {resistance.singles} results with one input changed turns it"
        )
        + f", and {turned} of {resistance.all} with any combination of them do ({percent(turned / resistance.all)}; "
        f"strongly: a single change turns it; weakly: fewer than {percent(1 - WEAKLY)} of all combinations do). "
        + _second_hand(study)
    ]
    if turned:
        lines[0] += f" {_most_often(study)}"
    if resistance.fewest:
        lines += ["", "The smallest combinations that turn it, and how:", ""]
        lines += [f"* {changes}" for changes in resistance.fewest]
    return "\n".join(lines)


def _second_hand(study: ShellStudy) -> str:
    """What site energies and permittivities do without the other inputs."""
    values, turned = combined(study, _SECOND_HAND)
    return (
        f"Site energies and permittivities alone turn {turned} of {len(values)}, in which the contact adds "
        f"{span(values)} Ohm cm2."
    )


def _most_often(study: ShellStudy) -> str:
    """Which changes those that turn the verdict have in common."""
    turning = [changes for changes, result in study.varied_bare if _turns(study, contacts_ohm_cm2(result))]
    counts = Counter(str(change) for changes in turning for change in changes)
    often = [f"{change} ({count})" for change, count in counts.most_common(_MOST_NAMED)]
    return f"Most often among those that do: {listed(often)}."


def combined(study: ShellStudy, kinds: Collection[str]) -> tuple[list[float], int]:
    """What the bare contact adds with all combinations of changes of some kinds, and how many turn the verdict."""
    values = [
        contacts_ohm_cm2(r) for changes, r in study.varied_bare if all(change.kind in kinds for change in changes)
    ]
    return values, sum(_turns(study, value) for value in values)


def _turns(study: ShellStudy, value: float) -> bool:
    """Whether a resistance of the bare contact has another verdict than that by the inputs as they are."""
    resistance = study.evidence[0]
    return verdict(value, resistance.measured, study.thresholds) != resistance.verdict


def _about(first: float, second: float) -> bool:
    return math.isclose(first, second, rel_tol=ABOUT)
