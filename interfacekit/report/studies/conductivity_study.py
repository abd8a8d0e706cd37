"""The text of a study from barriers to conductivities: every word of comparison is made from numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.report.studies.conductivity_answer import (
    ALIKE_DECADES,
    SOFT,
    SOFTENING,
    ALIKE_eV,
    conductivity_text,
    energy_text,
    outcome,
    same_hop,
)
from interfacekit.report.studies.markdown import certainty_text, document, listed, number, table
from interfacekit.results import with_error
from interfacekit.transport.materials.bulk_models import ROOM_TEMPERATURE_K

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interfacekit.structure.barriers.hop_barrier import HopBarrier
    from interfacekit.structure.conductivity.comparison import Beside, CrystalConductivity
    from interfacekit.structure.conductivity.runs import BarrierRun

_CALCULATORS = {"chgnet": "CHGNet", "emt": "EMT", "lj": "Lennard-Jones"}
_MOST_SHOWN = 1


def calculator_name(name: str) -> str:
    """How a text writes the name of a calculator: `CHGNet`."""
    return _CALCULATORS.get(name, name)


def conductivity_study_text(results: Sequence[CrystalConductivity], figures: Mapping[str, str] | None = None) -> str:
    """Return the text, as Markdown.

    Parameters
    ----------
    results
        One for each crystal.
    figures
        What each figure shows, by its path from where the text will lie; the first is shown, the others linked.
    """
    sections = (
        ("", _title(results)),
        ("What comes out", outcome(results)),
        ("Barriers", _barriers(results)),
        ("Transport", _transport(results)),
        ("Beside what was measured", _measured(results)),
        ("What the numbers rest on", _rests(results)),
        ("What the model leaves out", _caveats(results)),
        ("Not computed", _failures(results)),
        ("Figures", _figures(figures or {})),
        ("Words", _words()),
    )
    return document(sections)


def _title(results: Sequence[CrystalConductivity]) -> str:
    name = results[0].computed.name
    return (
        f"# From {name} barriers to conductivities\n\n"
        f"{listed([r.material for r in results])}: barriers of all hops of the crystal by {name}, kinetic Monte Carlo "
        "of the crystal's own network with them and with published barriers of the same hops, beside what was "
        f"measured. Conductivities are at {ROOM_TEMPERATURE_K:g} K where nothing else is said, errors are standard "
        "errors of the sampling alone, and words in brackets say how sure a number is. [Words](#words), at the end, "
        "says what they mean."
    )


def _barriers(results: Sequence[CrystalConductivity]) -> str:
    name = results[0].computed.name
    rows, notes = [], []
    for result in results:
        for row in result.computed.table.rows:
            published = [
                f"{other.barrier_eV:.2f} ({_certainty(run, other)})"
                for run in result.published
                if (other := same_hop(run, row)) is not None and other.barrier_eV is not None
            ]
            rows.append(
                [
                    result.material,
                    row.hop,
                    row.mechanism,
                    _eV(row.forward_barrier_eV),
                    _eV(row.backward_barrier_eV),
                    _eV(row.barrier_eV),
                    "; ".join(dict.fromkeys(published)),
                    "" if row.status == "done" else row.status,
                ]
            )
            notes += [f"* {result.material}, {row.hop}, {row.mechanism}: {note}." for note in row.notes]
    header = ["", "hop", "mechanism", "there (eV)", "back (eV)", "at equal ends (eV)", "published (eV)", ""]
    energies = [_site_energies(result) for result in results]
    parts = [f"By {name}; published ones are taken alike both ways.", table(header, rows)]
    parts += ["\n".join(lines) for lines in ([e for e in energies if e], notes) if lines]
    return "\n\n".join(parts)


def _eV(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"


def _certainty(run: BarrierRun, row: HopBarrier) -> str:
    """How sure the published barrier of a row is."""
    of_it = [p for p in run.published if p.mechanism == row.mechanism and p.barrier_eV == row.barrier_eV]
    return certainty_text(of_it[0].certainty)


def _site_energies(result: CrystalConductivity) -> str:
    """Energies of an ion on the sites of a crystal, where they differ."""
    energies = result.computed.table.site_energies_eV
    if len({round(energy, 3) for energy in energies.values()}) < 2:
        return ""
    residual = max(map(abs, result.computed.table.site_energy_residuals_eV.values()))
    written = ", ".join(f"{site} {energy:.3f}" for site, energy in energies.items())
    return (
        f"* {result.material}: an ion on its sites has {written} eV, by the energies of the ends, which close to "
        f"{number(residual)} eV."
    )


def _transport(results: Sequence[CrystalConductivity]) -> str:
    rows = []
    for result in results:
        for run in result.runs:
            room = run.at(ROOM_TEMPERATURE_K)
            row = [result.material, run.name, conductivity_text(run), energy_text(run)]
            if room is None:
                rows.append([*row, *([""] * 4)])
                continue
            by_axis = zip(room.conductivity_by_axis_S_cm, room.conductivity_err_by_axis_S_cm, strict=True)
            along = ", ".join(with_error(*one, scientific=True) if one[0] else "0" for one in by_axis)
            rows.append(
                [
                    *row,
                    with_error(room.D_tracer_cm2_s, room.D_tracer_err_cm2_s, scientific=True),
                    with_error(room.D_charge_cm2_s, room.D_charge_err_cm2_s, scientific=True),
                    with_error(room.haven_ratio, room.haven_ratio_err),
                    along,
                ]
            )
    header = [
        "",
        "barriers",
        "conductivity (S/cm)",
        "activation energy (eV)",
        "D tracer (cm2/s)",
        "D charge (cm2/s)",
        "Haven ratio (-)",
        "along a, b, c (S/cm)",
    ]
    temperatures = sorted({r.temperature_K for result in results for run in result.runs for r in run.transports})
    if not temperatures:
        return table(header, rows)
    text = (
        f"Simulated between {temperatures[0]:g} and {temperatures[-1]:g} K; activation energies are those of "
        "conductivity times temperature."
    )
    return f"{text}\n\n{table(header, rows)}"


def _measured(results: Sequence[CrystalConductivity]) -> str:
    header = ["", "measured", "value", "certainty", "barriers", "gives", "above it by"]
    rows, sources, put_in = [], [], False
    for result in results:
        beside = result.beside_measured()
        for m in result.measured:
            sample = ", ".join(part for part in (m.sample, m.quantity, m.note) if part)
            value = f"{m.value} {m.unit}".removesuffix(" -")
            if m.low is not None and m.high is not None:
                at = f" at {m.temperature_K:g} K" if m.temperature_K is not None else ""
                ends = dict.fromkeys(f"{end:.3g}" for end in (m.low, m.high))
                value = f"{' to '.join(ends)} {m.unit}{at}"
            about = [result.material, sample, value, certainty_text(m.certainty)]
            found = [row for row in beside if row.measured == m]
            put_in = put_in or any(row.put_in for row in found)
            rows += [[*(about if k == 0 else [""] * 4), *_row(row)] for k, row in enumerate(found)]
            if not found:
                rows.append([*about, "", "", ""])
            sources.append(f"* {m.sample}, {m.quantity}: {m.source}")
    if not rows:
        return ""
    notes = "\n".join(dict.fromkeys(sources))
    put = "Numbers that were put in as barriers say nothing by coming out again.\n\n" if put_in else ""
    remarks = "".join(f"{result.material}: {result.remark}.\n\n" for result in results if result.remark)
    return f"{table(header, rows)}\n\n{put}{remarks}Sources:\n\n{notes}"


def _row(row: Beside) -> list[str]:
    unit = "decades" if row.measured.unit == "S/cm" else "eV"
    scientific = unit == "decades"
    how = "" if row.how == "simulated" else f" ({row.how})"
    predicted = with_error(row.predicted, row.predicted_err, scientific=scientific) + how
    # A rounded -0.00 is 0.
    ends = list(dict.fromkeys(f"{round(above, 2) + 0.0:+.2f}" for above in (row.above_high, row.above_low)))
    return [row.run, predicted, f"{' to '.join(ends)} {unit}{' (put in)' if row.put_in else ''}"]


def _rests(results: Sequence[CrystalConductivity]) -> str:
    first = results[0].computed
    version = first.table.provenance["parameters"]["calculator"]["version"]
    fillings = "; ".join(
        f"{r.material} {r.box.filling:g} of {r.n_sites} sites in a cell, of which the crystal has "
        f"{r.occupied_share:.0%} ({r.box.reason})"
        for r in results
    )
    frequencies = ", ".join(dict.fromkeys(f"{r.box.attempt_frequency_Hz:.0e} 1/s" for r in results))
    by_certainty: dict[str, list[str]] = {}
    for r in results:
        for run in r.published:
            for one in run.published:
                what = f"{r.material} {one.barrier_eV:g} eV ({one.mechanism}; {one.source})"
                by_certainty.setdefault(certainty_text(one.certainty), []).append(what)
    published = [f"* Published barriers, {word}: {'; '.join(dict.fromkeys(of))}." for word, of in by_certainty.items()]
    return "\n".join(
        [
            _PREDICTED.format(name=first.name, version=version),
            "* Calibrated: nothing.",
            _ASSUMED.format(frequencies=frequencies, fillings=fillings),
            *published,
            *([_DERIVED] if any(m.certainty == "derived" for r in results for m in r.measured) else []),
        ]
    )


_PREDICTED = """\
* Predicted: the barriers and site energies by {name} ({version}), and of every run what follows from its barriers:
  conductivities, diffusion coefficients, Haven ratios and activation energies."""
_ASSUMED = """\
* Assumed: an attempt frequency of {frequencies} for every hop; fillings: {fillings}; in published runs, that activation
  energies are barriers, and that an ion has one energy on all sites."""
_DERIVED = """\
* Conductivities that are *derived* are from diffusion coefficients, with the thermodynamic factor of a lattice gas."""


def _caveats(results: Sequence[CrystalConductivity]) -> str:
    name = results[0].computed.name
    lines = [_CAVEATS]
    if name in SOFT:
        lines.append(f"* {name} is not density-functional theory: {SOFTENING}.")
    full = [result.material for result in results if result.occupied_share == 1]
    if full:
        lines.append(
            f"* All of these sites are occupied in the crystal of {listed(full)}: how many are vacant in a sample is "
            "assumed, and the conductivity goes with it."
        )
    for result in results:
        if result.computed.left_out and result.computed.transports:
            left = ", ".join(result.computed.left_out)
            lines.append(f"* {result.material} by {name} goes without {left}, which has no barrier.")
    return "\n".join(lines)


_CAVEATS = """\
* Barriers are of one defect in a small, neutral cell of fixed size at 0 K: without zero-point energy, vibrational
  entropy and thermal expansion; what is charged in the crystal is an atom less there.
* Every hop has the same attempt frequency: the entropy of its saddle is in that assumption.
* Ions exclude one another, and feel each other only where a table has barriers of divacancies: no repulsion, no
  ordering, and no hops of several ions at once.
* Bulk of one crystal, without grain boundaries; films and pellets are measured with theirs."""


def _failures(results: Sequence[CrystalConductivity]) -> str:
    lines = [
        f"* {result.material}, {row.hop}, {row.mechanism}: {row.status}: {row.error}."
        for result in results
        for row in result.computed.table.rows
        if row.status != "done"
    ]
    lines += [
        f"* {result.material}, {run.name}: {failure}."
        for result in results
        for run in result.runs
        for failure in run.failures
    ]
    return "\n".join(lines)


def _figures(figures: Mapping[str, str]) -> str:
    lines = [f"* [{what}]({path})" for path, what in figures.items()]
    shown = [
        f"{what}:\n\n![{what}]({path})\n"
        for path, what in [*figures.items()][:_MOST_SHOWN]
        if not path.endswith(".pdf")  # which Markdown does not show
    ]
    return "\n".join([*shown, *lines[len(shown) :]])


def _words() -> str:
    return "\n".join(f"* {word}: {meaning}." for word, meaning in _WORDS.items())


_WORDS = {
    "**barrier**, **at equal ends**": "saddle above an end; above the mean of both ends",
    "**decades**": "powers of ten between two conductivities",
    "**about**": f"within {ALIKE_eV:g} eV, or {ALIKE_DECADES:g} decades",
    "**Haven ratio**": "D tracer over D charge; the former is of one ion, the latter of all together",
    "**seen**": "read in its source, or in its abstract where that is said",
    "**derived**": "reckoned from numbers that were seen",
    "**second-hand**": "as a third party retyped it (`seen-secondary` in tables)",
    "**recalled**": "from memory, to be checked (`memory-approx` in tables)",
}
