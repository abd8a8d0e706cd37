"""The text of a study of coatings: where known ones land, why they fail a gate, and which others beat them.

Every number and every list in the text is made from the screening; nothing is concluded beyond it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interfacekit.report.studies.markdown import listed, table
from interfacekit.report.tables.screening import (
    closed_cathode,
    front_sentence,
    gate_sentence,
    partial,
    whole_meV,
    window_text,
)
from interfacekit.thermo.screening.ranking import beating
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interfacekit.thermo import Candidate, Gates, InterfaceReaction, Screening

#: Error of a reaction energy between solids of like chemistry, eV/atom.
ERROR_eV_PER_ATOM = 0.024
_ERROR_SOURCE = "Hautier et al. 2012, doi:10.1103/PhysRevB.85.155208, second-hand"
_MOST_NAMED = 3
_MOST_ELEMENTS = 8
_COLUMNS = (
    "window (V)",
    "decomposes",
    "cathode closed",
    "cathode open",
    "electrolyte closed",
    "electrolyte open",
)


@dataclass(frozen=True, eq=False)
class CoatingStudy:
    """What the text is made from.

    Attributes
    ----------
    everything
        The screening of all candidates.
    without
        The same without unwanted elements.
    with_lithium
        The same, and with a gate on the share of atoms that are Li.
    excluded
        The unwanted elements.
    known
        Names of known coatings.
    bare
        Cathode and electrolyte without a coating: the lithiated and the half-lithiated cathode, closed.
    best
        Rows in the list of each ranking.
    """

    everything: Screening
    without: Screening
    with_lithium: Screening
    excluded: Sequence[str]
    known: Sequence[str]
    bare: Sequence[InterfaceReaction]
    best: int


def screening_study_text(study: CoatingStudy, figures: Mapping[str, str] | None = None) -> str:
    """Return the text, as Markdown.

    Parameters
    ----------
    study
        The screening, and its rankings.
    figures
        What each figure shows, by its path from where the text will lie.
    """
    everything = study.everything
    least = study.with_lithium.gates.lithium_fraction or 0.0
    elements = ", ".join(study.excluded)
    sections = (
        ("", _title(study)),
        ("Known coatings", _known(study)),
        ("What beats the known coatings", _beats(study)),
        ("The best of all candidates", _best(everything, study)),
        ("The best without the excluded elements", f"Excluded: {elements}.\n\n{_best(study.without, study)}"),
        (
            f"The best without these, with at least {least:.0%} of atoms Li",
            _best(study.with_lithium, study),
        ),
        ("How sure this is", _errors(study)),
        ("What this does not say", _limits(study)),
        ("Figures", "\n".join(f"![{what}]({path})\n\n{what}.\n" for path, what in (figures or {}).items()).strip()),
    )
    return "\n\n".join((f"## {title}\n\n" if title else "") + text for title, text in sections if text) + "\n"


def summary(study: CoatingStudy) -> list[str]:
    """The gist in a few lines."""
    passing = [name for name in study.known if not study.everything.candidate(name).failed]
    counts = (
        f"{study.everything.n_passed} of {study.everything.n_screened} candidates pass all gates, "
        f"{study.without.n_passed} without the excluded elements, {study.with_lithium.n_passed} of these with "
        f"at least {study.with_lithium.gates.lithium_fraction:.0%} of atoms Li"
    )
    known = f"known coatings that pass: {', '.join(passing) or 'none'}"
    first = [c.label for c in study.with_lithium.candidates[:_MOST_NAMED] if not c.failed]
    return [counts, known, f"the best of the last: {', '.join(first) or 'none'}"]


def _title(study: CoatingStudy) -> str:
    s = study.everything
    energies = s.provenance["energies"]
    worst = listed([f"{whole_meV(r.mutual.eV_per_atom)} ({'|'.join(r.phases)})" for r in study.bare])
    part = "" if s.complete else f"**Partial: {partial(s)}.** "
    return (
        f"# Coatings between {s.cathode} and {s.electrolyte}, {s.voltage_low_V:g}-{s.voltage_high_V:g} V vs Li/Li+\n\n"
        f"{part}{s.n_screened} compounds with Li were screened with formation energies of {energies['source']} "
        f"({energies['thermo_type']}); {s.n_passed} pass all gates. {gate_sentence(s)} {front_sentence(s)} A candidate "
        "that fails is never dropped: it is ranked behind those that fail less.\n\n"
        "Energies are in meV per atom and mutual, against both reactants as they are at equilibrium, at 0 K. "
        "**Cathode closed**: the worse of lithiated and half-lithiated. **Open**: the worst of all voltages of the "
        "range, exact, the cathode at the Li content of that voltage. **Decomposes**: by itself, the worse end of the "
        f"range. Without a coating the closed contact has {worst} meV/atom."
    )


def _cells(c: Candidate) -> list[str]:
    return [
        window_text(c),
        whole_meV(c.decomposition_eV_per_atom),
        whole_meV(closed_cathode(c)),
        whole_meV(c.reactions["cathode_open"].eV_per_atom),
        whole_meV(c.reactions["electrolyte_closed"].eV_per_atom),
        whole_meV(c.reactions["electrolyte_open"].eV_per_atom),
    ]


def _known(study: CoatingStudy) -> str:
    found = sorted((study.everything.candidate(name) for name in study.known), key=lambda c: c.rank)
    rows = [[c.formula, str(c.rank), *_cells(c), "; ".join(c.failed) or "nothing"] for c in found]
    passing = [c.formula for c in found if not c.failed]
    said = f"{listed(passing)} pass{'es' if len(passing) == 1 else ''} all gates." if passing else "None passes."
    closed = table(("coating", "rank", *_COLUMNS, "fails"), rows)
    return f"{closed}\n\n{said}"


def _beats(study: CoatingStudy) -> str:
    s = study.everything
    fits = {c.formula for c in study.with_lithium.candidates if not c.failed}
    wanted = {c.formula for c in study.without.candidates if not c.failed}
    known = {s.candidate(name).formula for name in study.known}
    rows = []
    for c in sorted((s.candidate(name) for name in study.known), key=lambda c: c.rank):
        better = [o for o in beating(c, s.candidates, s.objectives) if not o.failed]
        clean = [o for o in better if o.formula in wanted]
        rich = [o for o in better if o.formula in fits]
        # Known ones beat each other too.
        named = [f"{o.formula}{' (known)' if o.formula in known else ''}" for o in rich[:_MOST_NAMED]]
        rows.append([c.formula, str(len(better)), str(len(clean)), str(len(rich)), ", ".join(named) or "none"])
    least = study.with_lithium.gates.lithium_fraction or 0.0
    header = ("coating", "beaten by", "without those elements", f"and at least {least:.0%} Li", "the best of these")
    return (
        "Candidates that pass all gates and are nowhere worse and somewhere better than a known coating in "
        f"{listed(s.objectives)}:\n\n{table(header, rows)}"
    )


def _best(screening: Screening, study: CoatingStudy) -> str:
    known = {study.everything.candidate(name).formula for name in study.known}
    passing = [c for c in screening.candidates if not c.failed]
    rows = [
        [
            str(c.rank),
            f"**{c.formula}**" if c.formula in known else c.formula,
            str(c.front),
            f"{c.lithium_fraction:.0%}",
            *_cells(c),
        ]
        for c in passing[: study.best]
    ]
    said = f"{screening.n_passed} of {screening.n_screened} pass all gates."
    if not rows:
        return said
    elements = Counter(element for c in passing for element in c.elements if element != LITHIUM)
    often = ", ".join(f"{element} ({count})" for element, count in elements.most_common(_MOST_ELEMENTS))
    poorest = sum(c.lithium_fraction < 0.1 for c in passing[: study.best])  # fewer than one atom in ten
    poor = f" Of the {len(rows)} best, {poorest} have fewer than one atom in ten Li." if poorest else ""
    return (
        f"{said} Most frequent among these, besides Li: {often}.{poor}\n\n"
        f"{table(('rank', 'candidate', 'front', 'Li', *_COLUMNS), rows)}"
    )


def _errors(study: CoatingStudy) -> str:
    s = study.everything
    error = 1000 * ERROR_eV_PER_ATOM

    def passing(by: float) -> tuple[int, set[str]]:
        again = s.ranked_again(_moved(s.gates, by))
        return again.n_passed, {name for name in study.known if not again.candidate(name).failed}

    count, now = s.n_passed, {name for name in study.known if not s.candidate(name).failed}
    (more, wider), (fewer, tighter) = passing(ERROR_eV_PER_ATOM), passing(-ERROR_eV_PER_ATOM)
    gained = [name for name in study.known if name in wider - now]
    lost = [name for name in study.known if name in now - tighter]
    return (
        f"Reaction energies between solids of like chemistry are off by about {error:.0f} meV/atom ({_ERROR_SOURCE}), "
        f"more where chemistry differs. With every threshold in meV/atom {error:.0f} wider, {more} candidates would "
        f"pass instead of {count}, and of the known ones {listed(gained) if gained else 'none'} besides; with "
        f"{error:.0f} narrower, {fewer}, and of the known ones {listed(lost) if lost else 'none'} would fail besides. "
        "Ranks that differ by less than such errors are the same. A compound whose own energy, or that of a competing "
        "phase, is wrong by tenths of an eV/atom ranks high or low for that reason alone: look at its relatives "
        "(`interfacekit entries`) before believing a surprise."
    )


def _moved(gates: Gates, by: float) -> Gates:
    """Gates on energies moved by eV/atom, not below 0."""
    limits = {name: limit for name, limit in vars(gates).items() if name.endswith("eV_per_atom") and limit is not None}
    return replace(gates, **{name: max(0.0, limit + by) for name, limit in limits.items()})


def _limits(study: CoatingStudy) -> str:
    s = study.everything
    at = Counter(f"{s.candidate(name).reactions['electrolyte_open'].voltage_V or 0:g} V" for name in study.known)
    often, count = at.most_common(1)[0]
    return (
        "* Equilibrium at 0 K: no entropy, no kinetics, no strain; phases that are slow to form count as formed.\n"
        "* Mutual reactions only: what cathode or electrolyte do by themselves at a voltage is not counted, and open "
        f"reactions with {s.electrolyte} at high voltages are with what it has become there (worst at {often} for "
        f"{count} of {len(study.known)} known coatings).\n"
        "* Nothing on Li conductivity: a candidate with few Li, or with none that moves, may rank first. Nothing on "
        "electronic conductivity, on synthesis or deposition, on moisture, toxicity or price.\n"
        "* A thin film is often amorphous; energies here are of crystals that the source knows.\n"
        "* Gates are conventions. The one on closed reactions follows Xiao et al., doi:10.1016/j.joule.2019.02.006 "
        "(second-hand); the others are assumed."
    )
