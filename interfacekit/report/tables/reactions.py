"""Tables of interface reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.chemistry import reaction_text
from interfacekit.report.tables.common import meV, new_table, put, volts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.report.layout import Table
    from interfacekit.thermo import InterfaceReaction, ReactionMinimum

NO_REACTION = "no reaction"


def closed_reactions(reactions: Sequence[InterfaceReaction]) -> None:
    """Print the worst closed reaction of several pairs, one row each."""
    table = new_table(
        "Closed reactions",
        "interface",
        "mutual (meV/atom)",
        "total (meV/atom)",
        "x",
        "worst mutual reaction",
    )
    for r in reactions:
        table.add_row(
            "|".join(r.phases),
            meV(r.mutual.eV_per_atom),
            meV(r.total.eV_per_atom),
            f"{r.mutual.x:.3f}",
            _equation(r, r.mutual),
        )
    put(table)


def voltage_table(reactions: Sequence[InterfaceReaction]) -> Table:
    """Reactions of one pair at several voltages, one row each."""
    table = new_table(
        f"{'|'.join(reactions[0].phases)} open to Li",
        "voltage (V)",
        "mutual (meV/non-Li atom)",
        "mutual (meV/atom)",
        "x",
        "total (meV/non-Li atom)",
        "total (meV/atom)",
        "worst mutual reaction",
    )
    for r in reactions:
        table.add_row(
            volts(r.voltage_V),
            meV(r.mutual.eV_per_non_Li_atom),
            meV(r.mutual.eV_per_atom),
            f"{r.mutual.x:.3f}",
            meV(r.total.eV_per_non_Li_atom),
            meV(r.total.eV_per_atom),
            _equation(r, r.mutual),
        )
    return table


def reaction_tables(reactions: Sequence[InterfaceReaction]) -> list[Table | str]:
    """One reaction with all kinks; several reactions of a pair as one row per voltage."""
    return [voltage_table(reactions)] if len(reactions) > 1 else _one_reaction(reactions[0])


def _one_reaction(result: InterfaceReaction) -> list[Table | str]:
    is_open = result.voltage_V is not None
    state = f"open to Li at {result.voltage_V:g} V" if is_open else "closed"
    basis = "non-Li atom" if is_open else "atom"
    summary = new_table(
        f"{'|'.join(result.phases)}, {state}: mixing ratio of largest driving force (per {basis})",
        "baseline",
        "energy (meV/atom)",
        "energy (meV/non-Li atom)",
        "x",
        "reaction",
    )
    for name, minimum in (("mutual", result.mutual), ("total", result.total)):
        summary.add_row(
            name,
            meV(minimum.eV_per_atom),
            meV(minimum.eV_per_non_Li_atom),
            f"{minimum.x:.3f}",
            _equation(result, minimum),
        )
    notes = [
        f"{label} has no entry in the source: total uses its hull energy"
        for label, own in zip(result.phases, result.own_energy, strict=True)
        if not own
    ]
    return [summary, *notes, _kink_table(result, is_open=is_open)]


def _kink_table(result: InterfaceReaction, *, is_open: bool) -> Table:
    kinks = new_table(
        f"Kinks (x: fraction of atoms from {result.phases[0]})",
        "x",
        "mutual (meV/atom)",
        *(["mutual (meV/non-Li atom)"] if is_open else []),
        "total (meV/atom)",
        *(["Li taken up (per formula)"] if is_open else []),
        "reaction",
    )
    for kink in result.kinks:
        kinks.add_row(
            f"{kink.x:.3f}",
            meV(kink.mutual_eV_per_atom),
            *([meV(kink.mutual_eV_per_non_Li_atom)] if is_open else []),
            meV(kink.total_eV_per_atom),
            *([f"{kink.li_per_formula:.3f}"] if is_open else []),
            reaction_text(_reactants(result, kink.x_molar), kink.products, lithium=kink.li_per_formula),
        )
    return kinks


def _equation(result: InterfaceReaction, minimum: ReactionMinimum) -> str:
    """Balanced reaction of a minimum."""
    if not minimum.eV_per_atom:
        return NO_REACTION
    is_open = result.voltage_V is not None
    lithium = next(kink.li_per_formula for kink in result.kinks if kink.x == minimum.x) if is_open else 0.0
    return reaction_text(_reactants(result, minimum.x_molar), minimum.products, lithium=lithium)


def _reactants(result: InterfaceReaction, x_molar: float) -> dict[str, float]:
    return dict(zip(result.formulas, (x_molar, 1 - x_molar), strict=True))
