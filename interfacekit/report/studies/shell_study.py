"""The text of a study of shells: which school its numbers support, and how strongly that hangs on uncertain inputs.

Nothing is concluded here: the verdicts are those of `transport.shells.evidence`, whose thresholds the text names, and
every comparison in words is made from numbers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interfacekit.report.studies.markdown import certainty_text, document, listed, number, percent, span, table
from interfacekit.report.studies.shell_answer import answer, combined
from interfacekit.report.tables.origins import origins
from interfacekit.results import format_nm, with_error
from interfacekit.transport.materials.parameters import reference_row
from interfacekit.transport.shells.resistance_parts import coating_ohm_cm2, contacts_ohm_cm2, interface_ohm_cm2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interfacekit.transport import StackTransport
    from interfacekit.transport.shells.study import ShellStudy
    from interfacekit.transport.shells.variations import Change


#: Figures that the text shows.
_MOST_SHOWN = 2


def shell_study_text(study: ShellStudy, figures: Mapping[str, str] | None = None) -> str:
    """Return the text, as Markdown.

    Parameters
    ----------
    study
        From `concluded`.
    figures
        What each figure shows, by its path from where the text will lie; the first ones are shown, the others linked.
    """
    sections = (
        ("", _title(study)),
        ("Which school the numbers support", answer(study)),
        ("The bare contact", _bare(study)),
        ("Shells", _shells(study)),
        ("What was measured, and what each gives of it", _evidence(study)),
        ("How strongly it hangs on the inputs", _hangs(study)),
        ("Published beside computed", _published(study)),
        ("Kinetic Monte Carlo and the continuum", _methods(study)),
        ("What the numbers rest on", _rests(study)),
        ("Not computed", _failures(study)),
        ("Figures", _figures(figures or {})),
        ("Words", _words(study)),
    )
    return document(sections)


def _title(study: ShellStudy) -> str:
    cathode, electrolyte = study.bare.layers
    voltages = sorted({r.voltage_V for r in study.shells if r.voltage_V is not None})
    return (
        f"# Space charge or interphase between {cathode} and {electrolyte}\n\n"
        f"{cathode}|{electrolyte} bare and with {listed(_coatings(study))} between them, at {voltages[0]:g} to "
        f"{voltages[-1]:g} V against Li/Li+ and {study.bare.temperature_K:g} K. Numbers are at {study.voltage_V:g} V "
        "and in the continuum where nothing else is said; words in brackets say how sure a number is. [Words](#words), "
        "at the end, says what they mean."
    )


def _bare(study: ShellStudy) -> str:
    rows = [
        [
            f"{r.voltage_V:g}",
            f"{r.potential_drop_V:.2f}",
            number(r.scl_charge_uC_cm2),
            f"{r.scl_width_nm:.2f}",
            f"{_first_occupation(r):.2f}",
            number(contacts_ohm_cm2(r)),
        ]
        for r in study.shells
        if r.thickness_nm == 0
    ]
    header = ["V", "step (V)", "charge (uC/cm2)", "width (nm)", "first plane filled (-)", "contact adds (Ohm cm2)"]
    electrolyte = study.bare.layers[-1]
    neutral = study.bare.profile.neutral_occupation[-1]
    depleted = _first_occupation(study.bare) < neutral
    text = (
        f"The first plane of {electrolyte} is {'depleted' if depleted else 'enriched'} (neutral: {neutral:.2f}). "
        f"What its space charge lacks of Li is {number(study.bare.scl_capacity_mAh_g)} mAh for each gram of cathode in "
        f"particles of {study.bare.particle_size_um:g} um."
    )
    return f"{table(header, rows)}\n\n{text}"


def _first_occupation(result: StackTransport) -> float:
    """Of the electrolyte's plane next to its contact."""
    return result.profile.occupation[result.profile.layer.index(result.layers[-1])]


def _shells(study: ShellStudy) -> str:
    simulated = {(r.layers, round(r.thickness_nm, 6)): r for r in study.kmc if r.voltage_V == study.voltage_V}
    rows = [_interphase_row(r) for r in study.interphases]
    for r in study.at_voltage:
        kmc = simulated.get((r.layers, round(r.thickness_nm, 6)))
        bare = "bare, space charge alone" if study.interphases else "bare"
        rows.append(
            [
                "|".join(r.layers),
                _shell_text(r) if r.thickness_nm else bare,
                number(r.asr_ohm_cm2),
                with_error(kmc.asr_ohm_cm2, kmc.asr_err_ohm_cm2) if kmc else "",
                number(coating_ohm_cm2(r)) if r.thickness_nm else "",
                number(contacts_ohm_cm2(r)),
                *([""] if study.interphases else []),
                number(r.scl_charge_uC_cm2),
            ]
        )
    header = [
        "stack",
        "shell (nm)",
        "ASR (Ohm cm2)",
        "ASR, kMC (Ohm cm2)",
        "coating (Ohm cm2)",
        "contacts (Ohm cm2)",
        *(["interphase (Ohm cm2)"] if study.interphases else []),
        f"charge in {study.bare.layers[-1]} (uC/cm2)",
    ]
    first, last = (name for name in (study.bare.layers[0], study.bare.layers[-1]))
    ends = study.bare.asr_layers[first] + study.bare.asr_layers[last]
    slices = f"The rest of each ASR, {number(ends)} Ohm cm2, is that of the slices of {first} and {last}."
    texts = (_coating_text(study, name) for name in _coatings(study))
    return "\n\n".join([table(header, rows), slices, *texts])


def _shell_text(result: StackTransport) -> str:
    """Thickness of a shell of whole planes, and the requested one where it is another; nm."""
    size, requested = format_nm(result.thickness_nm), result.requested_thickness_nm
    if requested is None or format_nm(requested) == size:
        return size
    return f"{size} (asked: {format_nm(requested)})"


def _interphase_row(result: StackTransport) -> list[str]:
    """The bare contact with an interphase, as a row of the table of shells."""
    (numbers,) = result.provenance["parameters"]["interphases"].values()
    contacts = contacts_ohm_cm2(result)
    return [
        "|".join(result.layers),
        f"bare, interphase of {numbers['thickness_nm']:g} nm (fitted)",
        number(result.asr_ohm_cm2),
        "",
        "",
        number(contacts),
        number(interface_ohm_cm2(result) - contacts),
        number(result.scl_charge_uC_cm2),
    ]


def _coating_text(study: ShellStudy, coating: str) -> str:
    shells = sorted(
        (r for r in study.at_voltage if r.thickness_nm and r.layers[1] == coating), key=lambda r: r.thickness_nm
    )
    asr = [r.asr_ohm_cm2 for r in shells]
    best = shells[asr.index(min(asr))]
    shares = [contacts_ohm_cm2(r) / interface_ohm_cm2(r) for r in shells]
    bare, charge = study.bare, best.scl_charge_uC_cm2
    last = bare.layers[-1]
    weaker = "weakens" if abs(charge) < abs(bare.scl_charge_uC_cm2) else "does not weaken"
    least = "the thinnest" if best is shells[0] else f"{format_nm(best.thickness_nm)} nm"
    against = "less" if best.asr_ohm_cm2 < bare.asr_ohm_cm2 else "more"
    with_one = [r.asr_ohm_cm2 / best.asr_ohm_cm2 for r in study.interphases]
    beside = f" ({span(with_one)}-fold less than one with an interphase)" if with_one and min(with_one) > 1 else ""
    return (
        f"{coating}: {least} resists least, and {against} than the bare contact with its space charge alone{beside}; "
        f"contacts are {percent(min(shares))} to {percent(max(shares))} of what lies between the slices of both ends. "
        f"It {weaker} the space charge in {last} ({number(bare.scl_charge_uC_cm2)} to {number(charge)} uC/cm2)."
    )


def _evidence(study: ShellStudy) -> str:
    header = ["", "measured", "space charge", "one input changed", "one or more", "interphase", "verdict"]
    rows = []
    for e in study.evidence:
        measured = span((e.measured.low, e.measured.high))
        between = "fitted to it"
        if e.interphase_low is not None and e.interphase_high is not None:
            between = span((e.interphase_low, e.interphase_high))
        rows.append(
            [
                f"{e.measured.quantity} ({e.measured.unit})",
                f"{measured} ({certainty_text(e.measured.certainty)})",
                number(e.space_charge),
                f"{span((e.single_low, e.single_high))} ({e.singles - e.singles_alike} of {e.singles} turn it)",
                f"{span((e.lowest, e.highest))} ({e.all - e.all_alike} of {e.all})",
                between,
                f"space charge {e.verdict}" + (f"; interphase {e.interphase_verdict}" if e.interphase_verdict else ""),
            ]
        )
    sources = "\n".join(f"* {e.measured.quantity}: {e.measured.how}; {e.measured.source}" for e in study.evidence)
    same = "The first two rest on the same measured drop, and are one piece of evidence. What was measured, and where:"
    return f"{table(header, rows)}\n\n{same}\n\n{sources}"


def _hangs(study: ShellStudy) -> str:
    parts = [
        "What the contacts add (Ohm cm2), with one input changed; ranges are over all voltages.",
        _bare_changes(study),
    ]
    for varied in study.varied_shells:
        values = {" + ".join(map(str, changes)) or "as it is": contacts_ohm_cm2(r) for changes, r in varied}
        result = varied[0][1]
        highest = max(values, key=lambda change: values[change])
        parts.append(
            f"{'|'.join(result.layers)}, {format_nm(result.thickness_nm)} nm: {number(min(values.values()))} to "
            f"{number(values[highest])} (with {highest}), beside {number(coating_ohm_cm2(result))} of the coating."
        )
    together = "The bare contact with one change or more of some kinds, at all voltages:"
    return "\n\n".join([*parts, together, _kinds(study)])


def _bare_changes(study: ShellStudy) -> str:
    singles: dict[str, list[tuple[Sequence[Change], StackTransport]]] = {}
    for changes, result in study.varied_bare:
        if len(changes) <= 1:
            singles.setdefault("".join(map(str, changes)), []).append((changes, result))
    rows = []
    for name, members in singles.items():
        values = [contacts_ohm_cm2(r) for _, r in members]
        here = next((contacts_ohm_cm2(r) for _, r in members if r.voltage_V == study.voltage_V), None)
        certainty = ", ".join(certainty_text(change.certainty) for change in members[0][0])
        rows.append(
            [
                name or "as they are",
                certainty,
                "-" if here is None else number(here),
                span(values),
            ]
        )
    return table(["input of the bare contact", "certainty", f"{study.voltage_V:g} V", "all voltages"], rows)


def _kinds(study: ShellStudy) -> str:
    """What combinations of ever more kinds of changes do."""
    kinds = list(dict.fromkeys(change.kind for changes, _ in study.varied_bare for change in changes))
    rows = []
    for count in range(2, len(kinds) + 1):
        values, turned = combined(study, kinds[:count])
        if not values:
            continue
        rows.append([", ".join(kinds[:count]), span(values), f"{turned} of {len(values)}"])
    return table(["changed", "Ohm cm2", "turn the verdict"], rows)


def _published(study: ShellStudy) -> str:
    rows = [["this work", f"{study.bare.scl_width_nm:.2f}", "nm", "width of 90 % of the charge", "computed"]]
    for system, quantity in (
        ("LCO/graphite | LLZO/LATP", "SCL thickness"),
        ("Cu | Li-ion solid electrolyte", "potential drop and width"),
        ("LATP/LAGP-like ceramic", "SCL width by EIS/ellipsometry"),
        ("LCO | Ohara glass-ceramic", "potential gradient width"),
    ):
        row = reference_row("space_charge", system, quantity)
        about = "; ".join(part for part in (system, row["conditions"]) if part and part != "-")
        rows.append(
            [row["source"], row["value"], row["unit"].removesuffix("-"), about, certainty_text(row["certainty"])]
        )
    return table(["source", "width", "", "of", "certainty"], rows)


def _methods(study: ShellStudy) -> str:
    pairs = [
        (kmc, twin)
        for kmc in study.kmc
        for twin in study.shells
        if (kmc.layers, kmc.voltage_V) == (twin.layers, twin.voltage_V)
        and math.isclose(kmc.thickness_nm, twin.thickness_nm, abs_tol=1e-6)
    ]
    if not pairs:
        return ""
    errors = [(kmc.asr_ohm_cm2 - twin.asr_ohm_cm2) / kmc.asr_err_ohm_cm2 for kmc, twin in pairs]
    worst = max(abs(kmc.asr_ohm_cm2 / twin.asr_ohm_cm2 - 1) for kmc, twin in pairs)
    hops = [kmc.provenance["parameters"]["hops_made"] for kmc, _ in pairs]
    return (
        f"{len(pairs)} stacks by both, {min(hops):.1e} to {max(hops):.1e} hops each: resistances differ by up to "
        f"{percent(worst)}, and by up to {max(map(abs, errors)):.1f} standard errors (the mean square is "
        f"{sum(e * e for e in errors) / len(errors):.1f}, where 1 is chance)."
    )


def _rests(study: ShellStudy) -> str:
    notes = [f"* {note}" for note in origins([*study.at_voltage, *study.interphases])]
    return "\n".join([*notes, _MODEL])


_MODEL = """\
* Charges are means over planes: a space charge of one plane depends on where its charge is counted, which the change of
  the site spacing shows.
* Site energies plane by plane put all sites of a plane at the energy of one site of the interface cell: the extreme
  reading, since Li could pass beside a site that is not occupied.
* Coatings are whole, planar and without grain boundaries; how real ones cover particles and age, from which an optimum
  thickness may follow, is not in the model. Areas are those of true contact."""


def _figures(figures: Mapping[str, str]) -> str:
    lines = [f"* [{what}]({path})" for path, what in figures.items()]
    shown = [
        f"{what}:\n\n![{what}]({path})\n"
        for path, what in [*figures.items()][:_MOST_SHOWN]
        if not path.endswith(".pdf")  # which Markdown does not show
    ]
    return "\n".join([*shown, *lines[len(shown) :]])


def _words(study: ShellStudy) -> str:
    """What the words of the text mean, those of its thresholds among them."""
    enough, negligible = percent(study.thresholds.enough), percent(study.thresholds.negligible)
    last = study.bare.layers[-1]
    lines = {
        "**enough**, **not enough**, **open**": (
            f"at least {enough}, at most {negligible}, or a share between them of the lower end of what was measured"
        ),
        "**turn** a verdict": "give another one than the inputs as they are",
        "**charge**, **width**": f"net charge in {last} next to its contact; the distance that holds 90 % of it",
        **_WORDS,
    }
    return "\n".join(f"* {word}: {meaning}." for word, meaning in lines.items())


_WORDS = {
    "**step**": "electric potential at the end of a stack less that at its beginning",
    "**ASR**, **kMC**": "area-specific resistance; kinetic Monte Carlo, with a standard error",
    "**contacts**": (
        "what space charge and the hops across add to the resistance of neutral bulk; below zero where they resist "
        "less than the bulk that they replace"
    ),
    "**plane by plane**": "site energies of the interface cells for each plane of ions, not as means of a layer",
    "**seen**": "read in its source, or in its abstract where that is said",
    "**derived**": "reckoned from numbers that were seen",
    "**second-hand**": "as a third party retyped it (`seen-secondary` in tables)",
    "**recalled**": "from memory, to be checked (`memory-approx` in tables)",
    "**assumed**": "chosen, for want of a number",
    "**fitted**": "to cells that were measured",
    "**of a stand-in**": "for another material than the one computed",
}


def _failures(study: ShellStudy) -> str:
    return "\n".join(f"* {line}" for line in study.failed)


def _coatings(study: ShellStudy) -> list[str]:
    return list(dict.fromkeys(r.layers[1] for r in study.shells if r.thickness_nm))
