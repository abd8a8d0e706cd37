"""Options of the commands that answer from formation energies."""

from __future__ import annotations

from collections.abc import Mapping  # pydantic reads annotations at run time
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, field_validator

from interfacekit.config.effects import Effect, excludes, is_drawn, needs, of_figures
from interfacekit.config.fields import Phases, VoltageRange, Voltages, listed
from interfacekit.config.models import EnergiesConfig
from interfacekit.config.options import argument, option, switch
from interfacekit.errors import InputError
from interfacekit.export.suffixes import DATA_SUFFIXES
from interfacekit.quantities import (
    SAMPLES,
    SEED,
    SIGMA,
)
from interfacekit.thermo.defaults import SIGMA_eV_per_atom

_SURE = "How sure the numbers are"


def _phases() -> Any:
    return argument(..., "PHASE...", "Aliases (LGPS) or formulas (Li0.5CoO2).")


class UncertainConfig(EnergiesConfig):
    """How sure a result is: `ensemble` samples of an error model with `sigma` (eV/atom), or single phases left out."""

    effects: ClassVar[tuple[Effect, ...]] = (
        excludes("ensemble", lambda options: not options.leave_one_out, "leave_one_out, which is another result"),
        needs("seed", lambda options: options.ensemble is not None, "an ensemble, such as --ensemble 1000"),
        needs("sigma", lambda options: options.is_uncertain, "--ensemble or --leave-one-out"),
        of_figures("figure"),
    )

    ensemble: Annotated[int, SAMPLES] | None = option(
        None,
        "N",
        "Intervals from N samples of an assumed error model of the energies, such as 1000.",
        panel=_SURE,
    )
    sigma: Annotated[float, SIGMA] = option(SIGMA_eV_per_atom, "EV", "Size of the errors, eV per atom.", panel=_SURE)
    seed: Annotated[int, SEED] = option(0, "SEED", "Of the samples.", panel=_SURE)
    leave_one_out: bool = switch(
        "The single phases that move the numbers: each taken away, or put below the hull by --sigma.", panel=_SURE
    )

    @property
    def is_uncertain(self) -> bool:
        """Whether any of it was asked for."""
        return self.ensemble is not None or self.leave_one_out


class WindowConfig(UncertainConfig):
    """`interfacekit window`: phases (`snap`: the entries nearest to them), and optionally the delithiated state."""

    effects: ClassVar[tuple[Effect, ...]] = (
        Effect(
            ("delithiated",),
            lambda options: len(options.phases) == 1,
            "{key} goes with one phase; name that phase alone",
        ),
        Effect(
            ("figure",),
            lambda options: options.figure != "staircase" or len(options.phases) == 1,
            "a staircase shows one phase; name that phase alone, or choose the figure bars",
        ),
        excludes("delithiated figure", lambda options: not options.is_uncertain, "--ensemble or --leave-one-out"),
        Effect(
            ("leave_one_out",),
            lambda options: len(options.phases) == 1 or not is_drawn(options),
            "a figure of {key} shows one phase; name that phase alone, or write .csv or .json",
        ),
    )

    phases: Phases = _phases()
    delithiated: str | None = option(None, "FORMULA", "Add the average voltage to this state of the one phase.")
    figure: Literal["bars", "staircase"] = option("bars", "", "What a figure shows.")
    snap: bool = switch("Take the entry that is nearest in composition, as for a rounded formula.")


class ReactConfig(UncertainConfig):
    """`interfacekit react`: two phases (or three for a contact triangle), closed or at voltages."""

    effects: ClassVar[tuple[Effect, ...]] = (
        excludes("figure", lambda options: not options.is_uncertain, "--ensemble or --leave-one-out"),
        Effect(
            ("figure",),
            lambda options: options.figure != "amounts" or (len(options.phases) == 2 and len(options.voltage) < 2),
            "the figure amounts shows one pair, closed or at one voltage; give one voltage",
        ),
        Effect(
            ("ensemble", "leave_one_out"),
            lambda options: len(options.phases) == 2,
            "intervals and single phases are of a pair ({key}); name two phases",
        ),
        Effect(
            ("voltage",),
            lambda options: (
                len(options.voltage) == 1
                or not is_drawn(options)
                or (len(options.phases) == 2 and not options.leave_one_out)
            ),
            "a figure of a triangle, or of single phases left out, shows one {key}; give one, or write .csv or .json",
        ),
    )

    phases: Phases = _phases()
    voltage: Voltages = option([], "V", "Open to Li: 3.9, or a range 2.0:4.5:0.1; repeat for several.")
    figure: Literal["energy", "amounts"] = option("energy", "", "What a figure shows.")

    @field_validator("phases")
    @classmethod
    def _two_or_three(cls, phases: list[str]) -> list[str]:
        if len(phases) not in (2, 3):
            raise InputError(f"react takes two phases, or three for a contact triangle, not {len(phases)}")
        return phases


class MapConfig(EnergiesConfig):
    """`interfacekit map`: phases, the pairs among them, and a voltage range; or the phase fields of one pair."""

    effects: ClassVar[tuple[Effect, ...]] = (
        excludes("rows baseline", lambda options: not options.fields, "--fields"),
        Effect(("fields",), lambda options: len(options.phases) == 2, "--{key} maps one pair; name two phases"),
        Effect(
            ("rows",),
            lambda options: options.rows != "pairs" or len(options.phases) > 1,
            "pairs need two phases; name one more, or choose --{key} phases",
        ),
    )

    phases: Phases = _phases()
    voltage: VoltageRange = option((0.0, 5.0), "LOW:HIGH", "Voltage range.")
    rows: Literal["phases", "pairs", "both"] = option("both", "", "The phases, their pairs, or both.")
    baseline: Literal["mutual", "total"] = option("mutual", "", "Against hull energies or the phases' own.")
    fields: bool = switch("The phase fields of one pair: voltage x mixing ratio -> products.")


class EntriesConfig(EnergiesConfig):
    """`interfacekit entries`: phases or elements that make a chemical system; none for a summary of the source.

    Or the `aliases` of materials, which need no energies.
    """

    effects: ClassVar[tuple[Effect, ...]] = (
        excludes("names entries thermo_type output", lambda options: not options.aliases, "--aliases"),
    )

    OUTPUTS: ClassVar[Mapping[str, str]] = dict.fromkeys(DATA_SUFFIXES, "")

    names: Annotated[list[str], BeforeValidator(listed)] = argument(
        [], "[SYSTEM|PHASE...]", "A chemical system (Li-Co-O), or phases."
    )
    aliases: bool = switch("List the aliases of materials.")
