"""Options of the study of the founding case: `workflows/lco_lno_lgps.yaml`."""

from __future__ import annotations

from pathlib import Path  # pydantic reads annotations at run time
from typing import Annotated, Literal

from pydantic import Field

from interfacekit.config.fields import Phases, VoltageRange, Voltages
from interfacekit.config.models import EnergiesConfig
from interfacekit.quantities import VOLTAGE
from interfacekit.thermo.spectroscopy import Claim  # pydantic reads annotations at run time


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
