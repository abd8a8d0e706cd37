"""What a study of shells is asked to do: `workflows/shell_thickness.yaml`."""

from __future__ import annotations

from pathlib import Path  # pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from interfacekit.config.fields import (  # pydantic reads annotations at run time
    BarrierChanges,
    Names,
    PlaneCells,
    SiteSpacings,
    Thicknesses,
    Voltages,
)
from interfacekit.config.models import RunConfig
from interfacekit.errors import InputError
from interfacekit.quantities import (
    CONDUCTIVITY,
    ENERGY_CHANGE,
    FACTOR,
    HOPS,
    HOPS_PER_NM,
    LAYER_BARRIER,
    LAYER_THICKNESS,
    SEED,
    SHARE,
    STACK_REPLICAS,
    TEMPERATURE,
    THICKNESS,
    VOLTAGE,
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KmcShells(_Part):
    """Which shells are run by kinetic Monte Carlo, and how.

    `thickness` by coating; `voltage` is also that of the report. A shell gets `hops`, or `hops_per_nm` times its
    thickness where that is more: thick ones take longer to forget how they began.
    """

    voltage: Annotated[float, VOLTAGE] = 4.0
    thickness: dict[str, Thicknesses]
    hops: Annotated[float, HOPS] = 2e7
    hops_per_nm: Annotated[float, HOPS_PER_NM] = 4e6
    replicas: Annotated[int, STACK_REPLICAS] = 6
    seed: Annotated[int, SEED] = 0
    cells: PlaneCells = (50, 50)


class ChangedInputs(_Part):
    """How far uncertain inputs are varied (see `transport.shells.variations.Ranges`), in shells of which thickness."""

    site_energies_eV: Annotated[float, ENERGY_CHANGE] = 0.3
    permittivity_factor: Annotated[float, FACTOR] = 2.0
    hop_barriers_eV: BarrierChanges = [-0.1, 0.1, 0.2]
    site_spacings_A: SiteSpacings = [2.8, 3.6]
    ladder: bool = True
    thickness: Annotated[float, THICKNESS] = 5.0


class FittedInterphase(_Part):
    """A product layer of the bare contact (see `transport.Interphase`)."""

    thickness_nm: Annotated[float, LAYER_THICKNESS]
    conductivity_S_cm: Annotated[float, CONDUCTIVITY]
    barrier_eV: Annotated[float, LAYER_BARRIER] | None = None
    temperature_K: Annotated[float, TEMPERATURE] | None = None


class Shares(_Part):
    """Shares of a measurement from which something is enough for it, and up to which it is not."""

    enough: Annotated[float, SHARE] = 0.5
    negligible: Annotated[float, SHARE] = 0.1


class ShellThicknessConfig(RunConfig):
    """A workflow over coatings, thicknesses and voltages."""

    cathode: str = Field(min_length=1)
    electrolyte: str = Field(min_length=1)
    coatings: Names
    thickness: Thicknesses
    voltage: Annotated[Voltages, Field(min_length=1)]
    temperature: Annotated[float, TEMPERATURE] = 298.15
    kmc: KmcShells
    changes: ChangedInputs = ChangedInputs()
    interphases: Annotated[list[FittedInterphase], Field(min_length=1)]
    thresholds: Shares = Shares()
    figure_formats: list[Literal["png", "svg", "pdf"]] = Field(["png", "pdf"], min_length=1)
    results: Path

    @model_validator(mode="after")
    def _bare_and_there(self) -> ShellThicknessConfig:
        if 0 not in self.thickness or not any(self.thickness):
            raise InputError("thickness: give 0 (the bare contact) and one or more shells, such as [0, 1, 5, 20]")
        for coating in self.kmc.thickness:
            if coating not in self.coatings:
                raise InputError(f"kmc.thickness: {coating} is not among the coatings, {', '.join(self.coatings)}")
        if self.kmc.voltage not in self.voltage:
            raise InputError(f"kmc.voltage: {self.kmc.voltage:g} V is not among the voltages; give one of them")
        return self
