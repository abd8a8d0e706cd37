"""What each command takes, and each workflow."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # pydantic reads annotations at run time
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from interfacekit.comparison import Claim  # noqa: TC001  # pydantic reads annotations at run time
from interfacekit.config.fields import (
    Barriers,
    BarrierTable,
    BenchSites,
    Cells,
    FieldStrength,
    HopFrequencies,
    Interphases,
    Layers,
    Names,
    NumbersByName,
    PairEnergies,
    Paths,
    PlaneCells,
    Seeds,
    Temperatures,
    Thicknesses,
    VoltageRange,
    Voltages,
    listed,
)
from interfacekit.errors import InputError
from interfacekit.quantities import (
    ATTEMPT_FREQUENCY,
    CONDUCTIVITY,
    EVENNESS,
    FILLING,
    HOP_DISTANCE,
    HOPS,
    LAYER_BARRIER,
    LAYER_DISTANCE,
    LAYER_THICKNESS,
    PARTICLE_SIZE,
    PLANES,
    REPLICAS,
    SAMPLES,
    SECONDS,
    SEED,
    SIGMA,
    SITE_SPACING,
    STACK_REPLICAS,
    THREADS,
    VOLTAGE,
    WORKERS,
)


class RunConfig(BaseModel):
    """What every command takes: where results go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: Paths = []


class EnergiesConfig(RunConfig):
    """What a thermodynamic command takes besides: where energies come from."""

    entries: Names = ["mp2019"]
    thermo_type: str | None = None


class UncertainConfig(EnergiesConfig):
    """How sure a result is: `ensemble` samples of an error model with `sigma` (eV/atom), or single phases left out."""

    ensemble: Annotated[int, SAMPLES] | None = None
    sigma: Annotated[float, SIGMA] = 0.024
    seed: Annotated[int, SEED] = 0
    leave_one_out: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.ensemble is not None and self.leave_one_out:
            raise InputError("an ensemble and leaving out single phases are two results; ask for one at a time")
        if "seed" in self.model_fields_set and self.ensemble is None:
            raise InputError("seed belongs to an ensemble; give the number of its samples too, such as --ensemble 1000")
        if "sigma" in self.model_fields_set and self.ensemble is None and not self.leave_one_out:
            raise InputError("sigma belongs to --ensemble or --leave-one-out; give one of them too")
        return self

    @property
    def is_uncertain(self) -> bool:
        """Whether any of it was asked for."""
        return self.ensemble is not None or self.leave_one_out


class WindowConfig(UncertainConfig):
    """`interfacekit window`: phases (`snap`: the entries nearest to them), and optionally the delithiated state."""

    phases: Names
    delithiated: str | None = None
    snap: bool = False
    figure: Literal["bars", "staircase"] = "bars"


class ReactConfig(UncertainConfig):
    """`interfacekit react`: two phases (or three for a contact triangle), closed or at voltages."""

    phases: Names
    voltage: Voltages = []
    figure: Literal["energy", "amounts"] = "energy"

    @field_validator("phases")
    @classmethod
    def _two_or_three(cls, phases: list[str]) -> list[str]:
        if len(phases) not in (2, 3):
            raise InputError(f"react takes two phases, or three for a contact triangle, not {len(phases)}")
        return phases


class MapConfig(EnergiesConfig):
    """`interfacekit map`: phases, the pairs among them, and a voltage range; or the phase fields of one pair."""

    phases: Names
    voltage: VoltageRange = (0.0, 5.0)
    rows: Literal["phases", "pairs", "both"] = "both"
    baseline: Literal["mutual", "total"] = "mutual"
    fields: bool = False


class EntriesConfig(EnergiesConfig):
    """`interfacekit entries`: phases or elements that make a chemical system; none for a summary of the source."""

    names: Annotated[list[str], BeforeValidator(listed)] = []


class KmcConfig(RunConfig):
    """`interfacekit kmc`: a known material, or (in a file) a model of one's own, and how to run it.

    Of a known material: `sample`, `barrier` (eV), `attempt_frequency` (1/s) and `conductivity` (S/cm, what to calibrate
    to). A model of one's own has a `lattice` (see `regular_lattice`), `hop_distance_A` and `layer_distance_A`, the
    `filling`, and `barriers_eV` (a number, or one for each hop class) or a table: `neighbour_barriers_eV` (for each hop
    class, the barrier with 0, 1, 2, ... occupied neighbours of both ends) or `environment_barriers_eV` (with 0, 1,
    2, ... occupied common neighbours). `material` is then just its name. Or
    `barrier_table`: a file that `interfacekit structure --barriers` wrote, whose network, barriers and site energies
    are taken, with `attempt_frequency` (1e13).
    """

    material: str = Field("", validate_default=False)
    temperature: Temperatures = [298.15]
    hops: Annotated[float, HOPS] = 1e7
    replicas: Annotated[int, REPLICAS] = 8
    seed: Annotated[int, SEED] = 0
    cells: Cells | None = None
    filling: Annotated[float, FILLING] | None = None
    field: FieldStrength | None = None
    kernel: Literal["auto", "lattice", "rejection", "class-lists"] = "auto"
    walkers: Literal["auto", "ions", "vacancies"] = "auto"
    threads: Annotated[int, THREADS] | None = None
    checkpoint: Path | None = None
    check: bool = False

    sample: str | None = None
    barrier: Annotated[float, LAYER_BARRIER] | None = None
    attempt_frequency: Annotated[float, ATTEMPT_FREQUENCY] | None = None
    conductivity: Annotated[float, CONDUCTIVITY] | None = None

    barrier_table: Path | None = None

    lattice: str | None = None
    hop_distance_A: Annotated[float, HOP_DISTANCE] | None = None
    layer_distance_A: Annotated[float, LAYER_DISTANCE] | None = None
    barriers_eV: Barriers | None = None
    neighbour_barriers_eV: BarrierTable | None = None
    environment_barriers_eV: BarrierTable | None = None
    attempt_frequencies_Hz: HopFrequencies = 1e13
    pair_energies_eV: PairEnergies = 0.0

    @model_validator(mode="after")
    def _table_or_material(self) -> Self:
        if self.barrier_table is None and not self.material:
            raise InputError("material is missing: give LCO, LNO or LGPS, or the name of a model of your own")
        for key in ("sample", "barrier", "conductivity", "lattice", *_OWN_KEYS):
            if self.barrier_table is not None and key in self.model_fields_set:
                raise InputError(f"{key} does not go with a table of barriers; leave one of them out")
        return self

    @model_validator(mode="after")
    def _known_or_own(self) -> Self:
        given = self.model_fields_set
        if self.lattice is None:
            for key in _OWN_KEYS:
                if key in given:
                    raise InputError(f"{key} belongs to a model of your own; give its lattice too, or leave {key} out")
            return self
        for key in _KNOWN_KEYS:
            if key in given:
                raise InputError(f"{key} belongs to a known material; a model of your own takes {', '.join(_OWN_KEYS)}")
        for key in ("cells", "filling", "hop_distance_A"):
            if getattr(self, key) is None:
                raise InputError(f"{key} is missing: a model of your own needs it")
        if sum(key in given for key in _BARRIER_KEYS) != 1:
            raise InputError(f"a model of your own needs one of {', '.join(_BARRIER_KEYS)}")
        return self

    @property
    def chosen_kernel(self) -> Literal["lattice", "rejection", "class lists"] | None:
        """The kernel under the name that `interfacekit.transport` has for it; None for the best one."""
        if self.kernel == "auto":
            return None
        return "class lists" if self.kernel == "class-lists" else self.kernel

    @property
    def own_model(self) -> dict[str, Any]:
        """What was given of a model of one's own."""
        return self.model_dump(include={"lattice", "cells", "filling", *_OWN_KEYS}, exclude_none=True)


_KNOWN_KEYS = ("sample", "barrier", "attempt_frequency", "conductivity")
_BARRIER_KEYS = ("barriers_eV", "neighbour_barriers_eV", "environment_barriers_eV")
_OWN_KEYS = ("hop_distance_A", "layer_distance_A", *_BARRIER_KEYS, "attempt_frequencies_Hz", "pair_energies_eV")


class BenchConfig(RunConfig):
    """`interfacekit bench kmc`: how many sites, and how long."""

    sites: BenchSites = [1e4, 1e5]
    seconds: Annotated[float, SECONDS] = 1.0


class StackConfig(RunConfig):
    """What both commands about stacks take.

    `materials`, `contacts`: changes to numbers by name, or all numbers of materials of your own, as `Stack` takes them;
    `interphases`: those of contacts, as `Interphase` takes them; `ladder`, `site_spacing_A`: see `Stack`.
    `particle_size` is in um. `hops`, `replicas`, `cells`, `evenness` are those of kinetic Monte Carlo, see
    `StackRunOptions`.
    """

    temperature: Temperatures = [298.15]
    kmc: bool = False
    materials: NumbersByName = {}
    contacts: NumbersByName = {}
    interphases: Interphases = {}
    ladder: bool = False
    site_spacing_A: Annotated[float, SITE_SPACING] = 3.2
    particle_size: Annotated[float, PARTICLE_SIZE] = 10.0
    hops: Annotated[float, HOPS] = 3e7
    replicas: Annotated[int, STACK_REPLICAS] = 6
    cells: PlaneCells = (50, 50)
    evenness: Annotated[float, EVENNESS] = 3.0


class SclConfig(StackConfig):
    """`interfacekit scl`: a stack, and at which voltages and temperatures; by kinetic Monte Carlo too with `kmc`.

    With `crystals` its sites are those of crystals (see `interfacekit.structure.CrystalStack`), of `amorphous` layers
    at random; hops across contacts are `across` A long at most.
    """

    layers: Layers
    voltage: Voltages = []
    ends: Literal["fixed", "open"] = "fixed"
    no_field: bool = False
    seed: Annotated[int, SEED] = 0
    threads: Annotated[int, THREADS] | None = None
    checkpoint: Path | None = None
    figure: Literal["profiles", "resistance"] = "profiles"
    crystals: bool = False
    amorphous: Names = []
    across: Annotated[float, HOP_DISTANCE] | None = None

    @model_validator(mode="after")
    def _of_crystals(self) -> Self:
        for key in ("amorphous", "across"):
            if key in self.model_fields_set and not self.crystals:
                raise InputError(f"{key} belongs to --crystals; ask for it too, or leave {key} out")
        if self.crystals and "site_spacing_A" in self.model_fields_set:
            raise InputError("site_spacing_A is of a stack without crystals; leave one of them out")
        return self


class ShellConfig(StackConfig):
    """`interfacekit shell`: a coating of several thicknesses between cathode and electrolyte, at every point of a grid.

    `cathode_planes` and `electrolyte_thickness_nm` are those of the slices that belong to the stack.
    """

    cathode: str = Field(min_length=1)
    coating: str = Field(min_length=1)
    electrolyte: str = Field(min_length=1)
    thickness: Thicknesses
    voltage: Annotated[Voltages, Field(min_length=1)]
    cathode_planes: Annotated[int, PLANES] | None = None
    electrolyte_thickness_nm: Annotated[float, LAYER_THICKNESS] | None = None
    seed: Seeds = [0]
    store: Path | None = None
    scheduler: str = "threads"
    workers: Annotated[int, WORKERS] | None = None
    figure: Literal["auto", "profiles", "resistance", "map", "charge-map"] = "auto"


class StudyConfig(EnergiesConfig):
    """A workflow over phases, interfaces, voltages and claims: `workflows/lco_lno_lgps.yaml`."""

    phases: Names
    interfaces: list[tuple[str, str]] = Field(min_length=1)
    voltage: Voltages
    map_voltage: VoltageRange = (0.0, 5.0)
    triangle: tuple[str, str, str] | None = None
    triangle_voltage: Annotated[float, VOLTAGE] = 4.0
    figure_formats: list[Literal["png", "svg", "pdf"]] = ["png", "pdf"]
    results: Path
    claims: list[Claim] = []


class BulkRun(BaseModel):
    """One material of `BulkTransportConfig`; `hops` and `cells` instead of the usual ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    material: str
    sample: str | None = None
    temperature: Temperatures
    hops: Annotated[float, HOPS] | None = None
    cells: Cells | None = None


class BulkTransportConfig(RunConfig):
    """A workflow over materials and temperatures: `workflows/bulk_transport.yaml`."""

    runs: list[BulkRun] = Field(min_length=1)
    hops: Annotated[float, HOPS] = 1e8
    replicas: Annotated[int, REPLICAS] = 8
    seed: Annotated[int, SEED] = 0
    figure_formats: list[Literal["png", "svg", "pdf"]] = ["png", "pdf"]
    results: Path


Config = TypeVar("Config", bound=RunConfig)
