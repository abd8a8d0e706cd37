"""Tables of intervals under an assumed error model, and of sensitivities to single phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.chemistry import printed
from interfacekit.presentation import takes_one
from interfacekit.report.tables.common import meV, new_table, volts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interfacekit.report.layout import Table
    from interfacekit.thermo import Interval, LeaveOneOut, ReactionEnsemble, ScreeningEnsemble, Shift, WindowEnsemble

_MOST_PRODUCTS, _MOST_SHIFTS = 6, 20
#: Smallest fraction of samples of a product in tables.
_LEAST_SHARE = 0.05


def assumption(result: WindowEnsemble | ReactionEnsemble | ScreeningEnsemble) -> str:
    """Describe the intervals and their limits."""
    parameters = result.provenance["parameters"]
    sigma = 1000 * parameters["error_model"]["sigma_eV_per_atom"]
    return (
        f"Brackets: 5-95 % of {result.n} samples (seed {parameters['seed']}). They are error bars of an assumed "
        f"error model of the formation energies (Gaussian, {sigma:g} meV/atom), not a measured accuracy."
    )


def window_tables(results: Sequence[WindowEnsemble]) -> list[Table | str]:
    """Windows with intervals, one row per phase."""
    table = new_table(
        "Electrochemical windows with intervals (V vs Li/Li+)",
        "phase",
        "on the hull (% of samples)",
        "reduction (V)",
        "oxidation (V)",
        "reduction products (% of samples)",
        "oxidation products (% of samples)",
    )
    for result in results:
        on_hull = result.hull_probability
        table.add_row(
            result.phase,
            "-" if on_hull is None else f"{100 * on_hull:.0f}",
            bracketed(result.reduction_V, volts),
            bracketed(result.oxidation_V, volts),
            _shares(result.reduction_products),
            _shares(result.oxidation_products),
        )
    return [table, assumption(results[0])]


def reaction_tables(results: Sequence[ReactionEnsemble]) -> list[Table | str]:
    """Reactions with intervals, one row each."""
    table = new_table(
        f"Worst reactions of {'|'.join(results[0].phases)} with intervals",
        "voltage (V)",
        "mutual (meV/atom)",
        "mutual (meV/non-Li atom)",
        "total (meV/atom)",
        "total (meV/non-Li atom)",
        "x",
        "products of the mutual reaction (% of samples)",
    )
    for result in results:
        table.add_row(
            "closed" if result.voltage_V is None else volts(result.voltage_V),
            bracketed(result.mutual_eV_per_atom, meV),
            bracketed(result.mutual_eV_per_non_Li_atom, meV),
            bracketed(result.total_eV_per_atom, meV),
            bracketed(result.total_eV_per_non_Li_atom, meV),
            bracketed(result.x, lambda x: f"{x:.3f}"),
            _shares(result.products),
        )
    notes = [
        f"{'|'.join(r.phases)} {'closed' if r.voltage_V is None else f'at {r.voltage_V:g} V'}: no reaction in "
        f"{100 * (1 - r.reaction_probability):.0f} % of the samples"
        for r in results
        if r.reaction_probability < 1
    ]
    return [table, *notes, assumption(results[0])]


@takes_one
def screening_tables(result: ScreeningEnsemble) -> list[Table | str]:
    """Candidates with intervals, one row each."""
    table = new_table(
        f"Coatings between {result.cathode} and {result.electrolyte} with intervals, "
        f"{result.voltage_low_V:g}-{result.voltage_high_V:g} V",
        "candidate",
        "rank (among these)",
        "passes (% of samples)",
        "cathode (meV/atom)",
        "electrolyte (meV/atom)",
        "decomposition (meV/atom)",
        "reduction (V)",
        "oxidation (V)",
        "gates not always passed (% of samples)",
    )
    for c in result.candidates:
        table.add_row(
            c.label,
            bracketed(c.rank, lambda rank: f"{rank:.0f}"),
            f"{100 * c.pass_probability:.0f}",
            *(
                bracketed(getattr(c, f"{name}_eV_per_atom"), meV)
                for name in ("cathode", "electrolyte", "decomposition")
            ),
            bracketed(c.reduction_V, volts),
            bracketed(c.oxidation_V, volts),
            _uncertain_gates(c.gate_probabilities),
        )
    return [table, assumption(result)]


def _uncertain_gates(probabilities: dict[str, float]) -> str:
    """Gates that are not passed in every sample, the least passed first."""
    least_first = sorted(probabilities.items(), key=lambda item: item[1])
    names = [
        f"{name.removesuffix('_eV_per_atom').removesuffix('_V').replace('_', ' ')} {100 * share:.0f}"
        for name, share in least_first
        if share < 1
    ]
    return ", ".join(names) or "-"


@takes_one
def leave_one_out_tables(result: LeaveOneOut) -> list[Table | str]:
    """Largest shifts, one row each."""
    where = "" if len(result.phases) == 1 else ", closed"
    where = where if result.voltage_V is None else f", open to Li at {result.voltage_V:g} V"
    table = new_table(
        f"Sensitivity to single phases: {'|'.join(result.phases)}{where}",
        "quantity",
        "phase",
        "change",
        "before",
        "after",
        "shift",
    )
    for s in result.shifts[:_MOST_SHIFTS]:
        table.add_row(
            quantity_text(s.quantity), printed(s.phase).formula, _change(s), *_numbers(s, result.values[s.quantity])
        )
    n_omitted = len(result.shifts) - _MOST_SHIFTS
    notes = [f"{n_omitted} smaller shifts are in --json and .csv"] if n_omitted > 0 else []
    if not result.shifts:
        notes.append("no single phase changes it")
    return [table, *notes]


def quantity_text(quantity: str) -> str:
    """Name of a quantity with its unit: `oxidation (V)`, `mutual (meV/atom)`."""
    name, _, unit = quantity.partition("_")
    return f"{name} ({unit.replace('eV_per_', 'meV/').replace('non_Li_atom', 'non-Li atom')})"


def _change(shift: Shift) -> str:
    if shift.energy_change_eV_per_atom is None:
        return "removed"
    return f"stabilised ({1000 * shift.energy_change_eV_per_atom:+.0f} meV/atom)"


def _numbers(shift: Shift, before: float) -> list[str]:
    if shift.quantity.endswith("_V"):
        return [f"{before:.3f}", f"{shift.value:.3f}", f"{shift.shift:+.3f}"]
    return [meV(before), meV(shift.value), f"{1000 * shift.shift:+.1f}"]


def bracketed(interval: Interval | None, write: Callable[[float], str]) -> str:
    """A value with its interval: `2.291 [2.186, 2.386]`."""
    if interval is None:
        return "-"
    return f"{write(interval.value)} [{write(interval.low)}, {write(interval.high)}]"


def _shares(products: dict[str, float]) -> str:
    """Phases with the percentage of samples they occur in, in decreasing order."""
    named = [
        f"{printed(formula).formula} {100 * share:.0f}" for formula, share in products.items() if share >= _LEAST_SHARE
    ]
    return ", ".join(named[:_MOST_PRODUCTS]) + (", ..." if len(named) > _MOST_PRODUCTS else "") or "-"
