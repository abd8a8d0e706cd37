"""What a study of barriers and conductivities is asked to do: `workflows/barriers_to_conductivity.yaml`."""

from __future__ import annotations

from collections.abc import Mapping  # pydantic reads annotations at run time
from pathlib import Path  # pydantic reads annotations at run time
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from interfacekit.config.fields import (
    Cells,
    Copies,
    Temperatures,
    listed,
)
from interfacekit.config.models import CALCULATOR, SCHEDULER, RunConfig, Trusted
from interfacekit.config.published import Mechanism, PublishedHop  # pydantic reads annotations at run time
from interfacekit.errors import InputError
from interfacekit.quantities import (
    ATTEMPT_FREQUENCY,
    CUTOFF,
    FILLING,
    FMAX,
    HOPS,
    IMAGES,
    MAX_STEPS,
    RATTLE,
    REPLICAS,
    SEED,
    TEMPERATURE,
    WINDOW_HOPS,
    WORKERS,
)


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PublishedSet(_Part):
    """A run with barriers from the literature."""

    name: str = Field(min_length=1)
    barriers: list[PublishedHop] = Field(min_length=1)


class MeasuredNumber(_Part):
    """A row of the table of transport numbers to stand beside the runs; a conductivity with its temperature."""

    system: str
    quantity: str
    temperature: Annotated[float, TEMPERATURE] | None = None
    note: str = ""


class CrystalRuns(_Part):
    """One crystal.

    `crystal`, `mobile`, `cutoff` (A) and `vacant` are those of `lithium_network`; `mechanism`, `supercell` and `rattle`
    (A) of `migration_barriers`; `cells` and `filling` of the box of kinetic Monte Carlo, the latter with its `reason`;
    `temperature` (K) and `attempt_frequency` (1/s) instead of the usual ones. The report gives `remark`, on what
    is compared.
    """

    crystal: str = Field(min_length=1)
    mobile: str = "Li"
    cutoff: Annotated[float, CUTOFF] | None = None
    vacant: bool = False
    mechanism: Annotated[list[Mechanism], BeforeValidator(listed), Field(min_length=1)] | None = None
    supercell: Copies | None = None
    rattle: Annotated[float, RATTLE] = 0.0
    cells: Cells
    filling: Annotated[float, FILLING]
    reason: str = Field(min_length=1)
    temperature: Temperatures | None = None
    attempt_frequency: Annotated[float, ATTEMPT_FREQUENCY] | None = None
    published: list[PublishedSet] = Field(min_length=1)
    measured: list[MeasuredNumber] = []
    remark: str = ""

    @property
    def supercell_shape(self) -> tuple[int, int, int] | None:
        """Copies of the cell along its vectors, of bands."""
        return None if self.supercell is None else _three(self.supercell)

    @property
    def box_cells(self) -> tuple[int, int, int]:
        """Cells of the box of kinetic Monte Carlo."""
        return _three(self.cells)

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [one.name for one in self.published]
        if len(set(names)) < len(names):
            raise InputError(f"published: two sets of {self.crystal} have one name; give each its own")
        return self


class BarriersToConductivityConfig(RunConfig):
    """A workflow from crystals by barriers to conductivities.

    `calculator`, `calculator_options`, `images`, `fmax` (eV/A) and `max_steps` are those of `migration_barriers`,
    whose finished bands are in `store` (beside the results by default); `scheduler` and `workers` say where bands run,
    as of a sweep, and `workers` how many replicas at a time.
    """

    TRUSTED_FIELDS: ClassVar[Mapping[str, Trusted]] = {"calculator": CALCULATOR, "scheduler": SCHEDULER}

    calculator: str = "chgnet"
    calculator_options: dict[str, Any] = Field({})
    images: Annotated[int, IMAGES] = 5
    fmax: Annotated[float, FMAX] = 0.05
    max_steps: Annotated[int, MAX_STEPS] = 500
    store: Path | None = None
    scheduler: str = "processes"
    workers: Annotated[int, WORKERS] | None = None
    attempt_frequency: Annotated[float, ATTEMPT_FREQUENCY] = 1e13
    temperature: Temperatures
    hops: Annotated[float, HOPS] = 1e8
    hops_per_ion: Annotated[float, WINDOW_HOPS] = 400.0
    replicas: Annotated[int, REPLICAS] = 4
    seed: Annotated[int, SEED] = 0
    materials: list[CrystalRuns] = Field(min_length=1)
    figure_formats: list[Literal["png", "svg", "pdf"]] = Field(["png", "pdf"], min_length=1)
    results: Path


def _three(cells: int | list[int]) -> tuple[int, int, int]:
    a, b, c = (cells,) * 3 if isinstance(cells, int) else cells
    return a, b, c
