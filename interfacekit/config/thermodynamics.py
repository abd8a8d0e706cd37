"""Options of the commands that answer from formation energies, and of the study of the founding case."""

from __future__ import annotations

from pathlib import Path  # pydantic reads annotations at run time
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator

from interfacekit.config.effects import Effect, excludes, is_drawn, needs, of_figures
from interfacekit.config.fields import (
    Phases,
    VoltageRange,
    Voltages,
    listed,
)
from interfacekit.config.models import EnergiesConfig
from interfacekit.errors import InputError
from interfacekit.quantities import (
    SAMPLES,
    SEED,
    SIGMA,
    VOLTAGE,
)
from interfacekit.thermo.spectroscopy import Claim  # pydantic reads annotations at run time


class UncertainConfig(EnergiesConfig):
    """How sure a result is: `ensemble` samples of an error model with `sigma` (eV/atom), or single phases left out."""

    effects: ClassVar[tuple[Effect, ...]] = (
        excludes("ensemble", lambda options: not options.leave_one_out, "leave_one_out, which is another result"),
        needs("seed", lambda options: options.ensemble is not None, "an ensemble, such as --ensemble 1000"),
        needs("sigma", lambda options: options.is_uncertain, "--ensemble or --leave-one-out"),
        of_figures("figure"),
    )

    ensemble: Annotated[int, SAMPLES] | None = None
    sigma: Annotated[float, SIGMA] = 0.024
    seed: Annotated[int, SEED] = 0
    leave_one_out: bool = False

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

    phases: Phases
    delithiated: str | None = None
    snap: bool = False
    figure: Literal["bars", "staircase"] = "bars"


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

    phases: Phases
    voltage: Voltages = Field([])
    figure: Literal["energy", "amounts"] = "energy"

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

    phases: Phases
    voltage: VoltageRange = (0.0, 5.0)
    rows: Literal["phases", "pairs", "both"] = "both"
    baseline: Literal["mutual", "total"] = "mutual"
    fields: bool = False


class EntriesConfig(EnergiesConfig):
    """`interfacekit entries`: phases or elements that make a chemical system; none for a summary of the source.

    Or the `aliases` of materials, which need no energies.
    """

    effects: ClassVar[tuple[Effect, ...]] = (
        excludes("names entries thermo_type output", lambda options: not options.aliases, "--aliases"),
    )

    names: Annotated[list[str], BeforeValidator(listed)] = Field([])
    aliases: bool = False


class StudyConfig(EnergiesConfig):
    """A workflow over phases, interfaces, voltages and claims: `workflows/lco_lno_lgps.yaml`."""

    phases: Phases
    interfaces: list[tuple[str, str]] = Field(min_length=1)
    voltage: Voltages
    map_voltage: VoltageRange = (0.0, 5.0)
    triangle: tuple[str, str, str] | None = None
    triangle_voltage: Annotated[float, VOLTAGE] = 4.0
    figure_formats: list[Literal["png", "svg", "pdf"]] = Field(["png", "pdf"])
    results: Path
    claims: list[Claim] = Field([])
