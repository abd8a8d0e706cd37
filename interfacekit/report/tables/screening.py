"""Tables of screenings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.presentation import takes_one
from interfacekit.report.tables.common import new_table
from interfacekit.report.tables.rounding import rounding_note
from interfacekit.thermo.stability.window import ROUNDED_LITHIUM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.report.layout import Table
    from interfacekit.thermo import Candidate, Screening

#: Gates: short name (column), name in words, factor, unit, and sense.
GATE_WORDS = {
    "energy_above_hull_eV_per_atom": ("above hull", "energy above the hull", 1000, " meV/atom", "at most"),
    "decomposition_eV_per_atom": ("decomposes", "decomposition over the voltage range", 1000, " meV/atom", "at most"),
    "cathode_closed_eV_per_atom": ("cathode", "reaction with the cathode, closed", 1000, " meV/atom", "at most"),
    "electrolyte_closed_eV_per_atom": ("electrolyte", "with the electrolyte, closed", 1000, " meV/atom", "at most"),
    "cathode_open_eV_per_atom": ("cathode open", "with the cathode, open", 1000, " meV/atom", "at most"),
    "electrolyte_open_eV_per_atom": ("electrolyte open", "with the electrolyte, open", 1000, " meV/atom", "at most"),
    "reduction_V": ("reduced", "reduction limit", 1, " V", "at most"),
    "oxidation_V": ("oxidised", "oxidation limit", 1, " V", "at least"),
    "lithium_fraction": ("Li-poor", "atom fraction of Li", 100, " %", "at least"),
}
_BASIS = (
    "Reaction energies are mutual, in meV per atom at 0 K: against both reactants in equilibrium. Closed: the worse of "
    "the lithiated and the half-lithiated cathode. Open: the worst of all voltages, with the cathode at the Li content "
    "of each voltage. Li conductivity, kinetics and synthesis are not considered."
)
OBJECTIVE_WORDS = {
    "cathode": "worst reaction with the cathode",
    "electrolyte": "worst reaction with the electrolyte",
    "decomposition": "decomposition over the voltage range",
    "oxidation": "oxidation limit",
    "reduction": "reduction limit",
}


@takes_one
def screening_tables(result: Screening) -> list[Table | str]:
    """Candidates by rank, gates and fronts in words, and the source of the energies."""
    rounded = (rounding_note(c, c.label, ROUNDED_LITHIUM) for c in result.candidates)
    return [_candidate_table(result), *filter(None, rounded), *notes(result)]


def _candidate_table(result: Screening) -> Table:
    passed = f"{result.n_passed} of {result.n_screened} pass all gates"
    table = new_table(
        f"Coatings between {result.cathode} and {result.electrolyte}, "
        f"{result.voltage_low_V:g}-{result.voltage_high_V:g} V vs Li/Li+: {passed}",
        "rank",
        "coating",
        "window (V)",
        "above hull (meV)",
        "decom\N{SOFT HYPHEN}poses (meV)",
        "cathode closed (meV)",
        "cathode open (meV)",
        "electro\N{SOFT HYPHEN}lyte closed (meV)",
        "electro\N{SOFT HYPHEN}lyte open (meV)",
        "fails",
        keys=2,
    )
    for c in result.candidates:
        table.add_row(
            str(c.rank),
            c.label,
            window_text(c),
            "-" if c.energy_above_hull_eV_per_atom is None else whole_meV(c.energy_above_hull_eV_per_atom),
            whole_meV(c.decomposition_eV_per_atom),
            whole_meV(closed_cathode(c)),
            whole_meV(c.reactions["cathode_open"].eV_per_atom),
            whole_meV(c.reactions["electrolyte_closed"].eV_per_atom),
            whole_meV(c.reactions["electrolyte_open"].eV_per_atom),
            failed_gates(result, c),
        )
    return table


def whole_meV(energy_eV: float) -> str:
    """An energy in integer meV, without the sign of a zero."""
    return f"{round(1000 * energy_eV) + 0:d}"


def window_text(candidate: Candidate) -> str:
    """Limits of a window, V: `0.69-4.21`."""
    highest = candidate.oxidation_V
    return f"{candidate.reduction_V:.2f}-{'' if highest is None else f'{highest:.2f}'}"


def closed_cathode(candidate: Candidate) -> float:
    """Worse of both closed reactions with the cathode, eV/atom."""
    return min(candidate.reactions[name].eV_per_atom for name in ("cathode_closed", "half_lithiated_cathode_closed"))


def failed_gates(result: Screening, candidate: Candidate) -> str:
    """Short names of the gates that a candidate fails, or a dash."""
    names = dict.fromkeys(GATE_WORDS[name][0] for name, _ in result.gates.failures(candidate))
    return ", ".join(names) or "-"


def notes(result: Screening) -> list[str]:
    """Gates and ranking in words, with the number of failures and the source of the energies."""
    more = result.n_screened - len(result.candidates)
    counted = f"{result.n_screened} candidates were screened, {result.n_passed} pass all gates"
    if more:
        counted += f"; the {len(result.candidates)} best are shown; files contain all"
    lines = [] if result.complete else [f"PARTIAL: {partial(result)}; ranks are among these"]
    energies = result.provenance["energies"]
    return [
        *lines,
        f"{counted}.",
        *(f"not judged: {name}: {reason}" for name, reason in result.not_judged.items()),
        gate_sentence(result),
        front_sentence(result),
        _BASIS,
        f"Formation energies: {energies['source']} ({energies['thermo_type']}).",
    ]


def partial(result: Screening) -> str:
    """Number of screened candidates out of all."""
    return f"{result.n_screened} of {result.n_candidates} candidates"


def gate_sentence(result: Screening) -> str:
    """Gates in words, with the number of candidates that fail each."""
    parts = []
    for name, count in result.failed_by_gate.items():
        _, words, factor, unit, sense = GATE_WORDS[name]
        parts.append(f"{words} {sense} {factor * getattr(result.gates, name):g}{unit} ({count} fail)")
    if not parts:
        return "No gates."
    return f"Gates: {'; '.join(parts)}."


def front_sentence(result: Screening) -> str:
    """Order of the ranks, in words."""
    words: Sequence[str] = [OBJECTIVE_WORDS[name] for name in result.objectives]
    return (
        "Ranked by the number of failed gates, then by Pareto fronts "
        f"of {', '.join(words)}, then by the sum of worst reactions and decomposition."
    )
