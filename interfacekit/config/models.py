"""What each command takes, and each workflow."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # pydantic reads annotations at run time
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from interfacekit.comparison import Claim  # noqa: TC001  # pydantic reads annotations at run time
from interfacekit.config.effects import Effect, excludes, is_drawn, needs, of_figures, once, require_effects
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

#: Options of `kmc`: of a known material, and of a model of one's own.
_KNOWN_KEYS = ("sample", "barrier", "attempt_frequency", "conductivity")
_BARRIER_KEYS = ("barriers_eV", "neighbour_barriers_eV", "environment_barriers_eV")
_OWN_KEYS = ("hop_distance_A", "layer_distance_A", *_BARRIER_KEYS, "attempt_frequencies_Hz", "pair_energies_eV")


class RunConfig(BaseModel):
    """What every command takes: where results go.

    `effects` declares which options have an effect only beside others; those of the classes above apply too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    #: Fields that name a calculator.
    CALCULATORS: ClassVar[frozenset[str]] = frozenset()
    effects: ClassVar[tuple[Effect, ...]] = (
        excludes(
            "output",
            lambda options: "results" not in type(options).model_fields,
            "the folder results, where all files of a workflow go",
        ),
    )

    output: Paths = []

    @model_validator(mode="after")
    def _no_option_is_ignored(self) -> Self:
        require_effects(self)
        return self


class EnergiesConfig(RunConfig):
    """What a thermodynamic command takes besides: where energies come from."""

    effects: ClassVar[tuple[Effect, ...]] = (
        *once("entries"),
        needs(
            "thermo_type",
            lambda options: any(source != "mp2019" and not source.startswith("mp:") for source in options.entries),
            "a file or mp among the entries (mp2019 holds GGA_GGA+U_legacy energies, mp:TYPE those of its type)",
        ),
    )

    entries: Names = ["mp2019"]
    thermo_type: str | None = None


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

    phases: Names
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

    effects: ClassVar[tuple[Effect, ...]] = (
        excludes("rows baseline", lambda options: not options.fields, "--fields"),
        Effect(("fields",), lambda options: len(options.phases) == 2, "--{key} maps one pair; name two phases"),
        Effect(
            ("rows",),
            lambda options: options.rows != "pairs" or len(options.phases) > 1,
            "pairs need two phases; name one more, or choose --{key} phases",
        ),
    )

    phases: Names
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

    names: Annotated[list[str], BeforeValidator(listed)] = []
    aliases: bool = False


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

    effects: ClassVar[tuple[Effect, ...]] = (
        excludes(
            f"sample barrier conductivity lattice {' '.join(_OWN_KEYS)}",
            lambda options: options.barrier_table is None,
            "a table of barriers",
        ),
        needs(" ".join(_OWN_KEYS), lambda options: options.lattice is not None, "the lattice of a model of your own"),
        Effect(
            _KNOWN_KEYS,
            lambda options: options.lattice is None,
            f"{{key}} belongs to a known material; a model of your own takes {', '.join(_OWN_KEYS)}",
        ),
    )

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
        return self

    @model_validator(mode="after")
    def _known_or_own(self) -> Self:
        given = self.model_fields_set
        if self.lattice is None:
            return self
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

    effects: ClassVar[tuple[Effect, ...]] = (
        needs("hops replicas cells evenness", lambda options: options.kmc, "--kmc"),
        of_figures("figure"),
    )

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

    effects: ClassVar[tuple[Effect, ...]] = (
        needs("seed threads checkpoint", lambda options: options.kmc, "--kmc"),
        *once("amorphous"),
        needs("amorphous across", lambda options: options.crystals, "--crystals"),
        needs("across ladder no_field ends", lambda options: options.has_contact, "a second layer of sites"),
        excludes("ends", lambda options: not options.no_field, "--no-field"),
        excludes("site_spacing_A", lambda options: not options.crystals, "--crystals"),
        Effect(
            ("kmc",),
            lambda options: options.ends == "fixed",
            "no steady current passes open ends; leave out --{key}, or give --ends fixed",
        ),
    )

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

    @property
    def has_contact(self) -> bool:
        """Whether two layers of sites meet, or face each other across an interphase: alone, a layer has no field."""
        return sum(hasattr(layer, "planes") for layer in self.layers) > 1


class ShellConfig(StackConfig):
    """`interfacekit shell`: a coating of several thicknesses between cathode and electrolyte, at every point of a grid.

    `cathode_planes` and `electrolyte_thickness_nm` are those of the slices that belong to the stack.
    """

    effects: ClassVar[tuple[Effect, ...]] = (
        needs("seed", lambda options: options.kmc, "--kmc"),
        needs(
            "scheduler workers",
            lambda options: options.kmc or "://" in options.scheduler,
            "--kmc (the continuum is computed at once) or the address of a dask scheduler",
        ),
        excludes(
            "workers",
            lambda options: options.scheduler != "serial" and "://" not in options.scheduler,
            "the scheduler serial or a dask scheduler, which has its own",
        ),
        Effect(
            ("figure",),
            lambda options: not options.figure.endswith("map") or len(options.temperature) == 1,
            "a map shows one temperature; give one, or choose the figure resistance",
        ),
    )

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
