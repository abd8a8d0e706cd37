"""Which school the numbers of a study of shells support, and how strongly that hangs on the inputs.

Nothing is concluded here: the verdicts are those of `transport.shells.evidence`, and every word follows from numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from interfacekit.report.studies.markdown import certainty_text, listed, number, percent, span
from interfacekit.transport.materials.parameters import reference_row
from interfacekit.transport.shells.evidence import DROP_COATING, DROP_THICKNESS_nm, school, verdict
from interfacekit.transport.shells.resistance_parts import contacts_ohm_cm2, interface_ohm_cm2

if TYPE_CHECKING:
    from collections.abc import Collection

    from interfacekit.transport.shells.study import ShellStudy

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
    share, all_of_it = percent(adds / measured.low), span((measured.low, measured.high))
    sentences = (
        f"The numbers support {_SCHOOLS[school(resistance)]}, and that hangs **{_strength(study)}** on inputs that are "
        f"second-hand, recalled or assumed. Space charge and the hops across add {number(adds)} Ohm cm2 to the bare "
        f"contact, {share} of the {all_of_it} Ohm cm2 that one resists ({certainty_text(measured.certainty)}): "
        f"{resistance.verdict}, where {enough} would be enough and {small} is not. The space charge {effect}: with a "
        f"neutral electrolyte the contact would add {number(without)} Ohm cm2."
    )
    paragraphs = (
        sentences,
        _interphase_sentence(study),
        _counts(study),
        *_fewest(study),
        _barrier(study),
        _check(study),
    )
    return "\n\n".join(paragraphs)


def summary(study: ShellStudy) -> list[str]:
    """Return what a terminal shows of it, a line for each of: space charge, interphase, inputs, barrier and check."""
    resistance, bare = study.evidence[0], study.bare
    measured = resistance.measured
    singles, everything = _turned(study)
    between = "no interphase was given"
    if resistance.interphase_low is not None and resistance.interphase_high is not None:
        adds = span((resistance.interphase_low, resistance.interphase_high))
        between = f"an interphase (fitted, not computed) adds {adds} Ohm cm2: {resistance.interphase_verdict}"
    space_charge = (
        f"{'|'.join(bare.layers)} at {study.voltage_V:g} V: space charge and hops across add "
        f"{number(contacts_ohm_cm2(bare))} of {span((measured.low, measured.high))} Ohm cm2 measured "
        f"({certainty_text(measured.certainty)}): {resistance.verdict}"
    )
    hangs = (
        f"that hangs {_strength(study)} on the inputs: {singles} of {resistance.singles} results with one of them "
        f"changed turn it, and {everything} of {resistance.all} with one or more"
    )
    supported = f"{between}; the numbers support {_SCHOOLS[school(resistance)].replace('*', '')}"
    return [space_charge, supported, hangs, _barrier_line(study), _check_line(study)]


def _barrier_line(study: ShellStudy) -> str:
    if study.shift_as_bare_eV is None:
        return "barrier of the hops across (assumed): no height of it explains what was measured"
    return f"barrier of the hops across (assumed): {_eV(study.shift_as_bare_eV)} more alone explain what was measured"


def _check_line(study: ShellStudy) -> str:
    contact, computed, row = _inert(study)
    return f"check on {contact}, which does not react: {number(computed)} Ohm cm2 computed, {row['value']} measured" + (
        f", {_fold(float(row['value']), computed)}" if computed > 0 else ""
    )


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
        f"({number(drop.measured.low)}-fold was measured: {certainty_text(drop.measured.certainty)}); beside the space "
        f"charge alone, they would {_changes(drop.space_charge)}."
    )


def _changes(fold: float) -> str:
    if fold >= 1:
        return f"lower it {number(fold)}-fold"
    return f"raise it {number(1 / fold)}-fold" if fold > 0 else "raise it"


def _strength(study: ShellStudy) -> str:
    """How strongly the verdict hangs on the inputs: a word that follows from how many changes turn it."""
    resistance = study.evidence[0]
    if resistance.singles_alike < resistance.singles or resistance.unchanged_alike < resistance.unchanged:
        return "strongly"
    return "weakly" if resistance.all_alike >= WEAKLY * resistance.all else "moderately"


def _turned(study: ShellStudy) -> tuple[int, int]:
    """How many results have another verdict, with one input changed and with one or more."""
    resistance = study.evidence[0]
    return resistance.singles - resistance.singles_alike, resistance.all - resistance.all_alike


def _counts(study: ShellStudy) -> str:
    """How many changes turn the verdict; counts of a grid, which are no probabilities."""
    resistance = study.evidence[0]
    singles, turned = _turned(study)
    voltages = f", each at {resistance.unchanged} voltages" if resistance.unchanged > 1 else ""
    one = f"{singles} of {resistance.singles} results with one input changed turn it"
    if not singles:
        one = f"none of {resistance.singles} results with one input changed turns it"
    counts = (
        f"Of the changes that were tried{voltages}, {one} (give another verdict than {resistance.verdict}), and "
        f"{turned} of {resistance.all} with one or more do. These are counts of chosen steps, not probabilities. "
        f"(Strongly: one change turns it, or the voltage alone; weakly: fewer than {percent(1 - WEAKLY)} of all "
        "combinations do.)"
    )
    sentences = [counts]
    if elsewhere := resistance.unchanged - resistance.unchanged_alike:
        sentences.append(f"With no input changed, it is another at {elsewhere} of {resistance.unchanged} voltages.")
    sentences.append(_second_hand(study))
    if turned:
        sentences.append(_most_often(study))
    others = (
        f"The verdict on the {other.measured.quantity} ({other.verdict}) is turned by {count} of {other.singles} "
        "results with one input changed."
        for other in study.evidence[1:]
        if (count := other.singles - other.singles_alike)
    )
    return " ".join([*sentences, *others])


def _fewest(study: ShellStudy) -> list[str]:
    fewest = study.evidence[0].fewest
    if not fewest:
        return []
    return ["The smallest combinations that turn it, and the verdict with them:", "\n".join(f"* {c}" for c in fewest)]


def _barrier(study: ShellStudy) -> str:
    """What barriers of the hops across would explain what was measured, beside those tried and one that was seen."""
    resistance = study.evidence[0]
    without, with_it = (
        reference_row("space_charge", "LixV2O5 | LAGP", f"Li exchange activation energy {which} SCL")
        for which in ("without", "with")
    )
    rise = float(with_it["value"]) - float(without["value"])
    needed = "The barrier of the hops across is assumed, but no height of it makes the bare contact add as much."
    if study.shift_as_bare_eV is not None:
        needed = (
            "**The barrier of the hops across is assumed, and how far it is raised decides.** Higher by "
            f"{_eV(study.shift_as_bare_eV)}, it alone makes the bare contact add the "
            f"{number(resistance.measured.low)} Ohm cm2 that were measured."
        )
    return (
        f"{needed}{_tried(study)} In {without['system']} the activation energy of the exchange of Li rose by "
        f"{rise:.2f} eV in the charged state, from {without['value']} to {with_it['value']} eV "
        f"({with_it['certainty']}: {with_it['source']})."
    )


def _tried(study: ShellStudy) -> str:
    """What the highest barrier that was tried does by itself."""
    raised: dict[str, list[float]] = {}
    for changes, result in study.varied_bare:
        if len(changes) == 1 and changes[0].kind == "hop barrier":
            raised.setdefault(changes[0].to, []).append(contacts_ohm_cm2(result))
    if not raised:
        return " It was not varied here."
    to = max(raised, key=lambda change: max(raised[change]))
    turning = sum(_turns(study, value) for value in raised[to])
    turns = f"turns the verdict at {turning} of {len(raised[to])} voltages" if turning else "does not turn the verdict"
    return f" The most that was tried here, {to}, makes it add {span(raised[to])} Ohm cm2, which {turns}."


def _check(study: ShellStudy) -> str:
    """The one contact without a reaction whose resistance was measured: whether the model meets it."""
    contact, computed, row = _inert(study)
    text = (
        f"**The one check on a contact that does not react:** {contact} adds {number(computed)} Ohm cm2 by the inputs "
        f"as they are, and {row['system']} has {row['value']} ({certainty_text(row['certainty'])}, {row['conditions']})"
    )
    text += f": {_fold(float(row['value']), computed)}." if computed > 0 else "."
    if study.bare_as_coated is None or study.shift_as_coated_eV is None:
        return text
    shift = study.shift_as_coated_eV
    return (
        f"{text} A barrier {'higher' if shift > 0 else 'lower'} by {_eV(abs(shift))} would make up for it; with that, "
        f"the bare contact adds {number(contacts_ohm_cm2(study.bare_as_coated))} Ohm cm2."
    )


def _inert(study: ShellStudy) -> tuple[str, float, dict[str, str]]:
    """The contact of the cathode that was measured, what it adds as computed, and the measurement."""
    contact = "|".join(study.coated.layers[:2])
    row = reference_row("transport", "LiCoO2 | amorphous Li3PO4", "interface resistance")
    return contact, study.coated.asr_layers[contact], row


def _fold(measured: float, computed: float) -> str:
    """How far a positive number computed is from one measured."""
    if _about(measured, computed):
        return "about the same"
    if computed < measured:
        return f"{number(measured / computed)}-fold too little"
    return f"{number(computed / measured)}-fold too much"


def _eV(shift: float) -> str:
    return f"{shift:.2f} eV"


def _second_hand(study: ShellStudy) -> str:
    """What site energies and permittivities do without the other inputs."""
    values, turned = combined(study, _SECOND_HAND)
    if not values:
        return "Site energies and permittivities were not varied."
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
    """What the bare contact adds with one change or more of some kinds, and how many of these turn the verdict."""
    values = [
        contacts_ohm_cm2(r)
        for changes, r in study.varied_bare
        if changes and all(change.kind in kinds for change in changes)
    ]
    return values, sum(_turns(study, value) for value in values)


def _turns(study: ShellStudy, value: float) -> bool:
    """Whether a resistance of the bare contact has another verdict than that by the inputs as they are."""
    resistance = study.evidence[0]
    return verdict(value, resistance.measured, study.thresholds) != resistance.verdict


def _about(first: float, second: float) -> bool:
    return math.isclose(first, second, rel_tol=ABOUT)
