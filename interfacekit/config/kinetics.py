"""Options of `kmc` and `bench kmc`, and of the workflow over bulk materials."""

from __future__ import annotations

from collections.abc import Mapping  # pydantic reads annotations at run time
from pathlib import Path  # pydantic reads annotations at run time
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from interfacekit.config.effects import Effect, excludes, needs
from interfacekit.config.fields import (
    Barriers,
    BarrierTable,
    BenchSites,
    Cells,
    FieldStrength,
    HopFrequencies,
    PairEnergies,
    Temperatures,
)
from interfacekit.config.materials import MaterialsConfig
from interfacekit.config.models import RunConfig
from interfacekit.config.options import MODEL, RUN, argument, option, switch
from interfacekit.errors import InputError
from interfacekit.export.suffixes import DATA_SUFFIXES
from interfacekit.quantities import (
    ATTEMPT_FREQUENCY,
    CONDUCTIVITY,
    FILLING,
    HOP_DISTANCE,
    HOPS,
    LAYER_BARRIER,
    LAYER_DISTANCE,
    REPLICAS,
    SECONDS,
    SEED,
    THREADS,
)
from interfacekit.transport.bulk.options import RunOptions

#: Options of `kmc`: of a known material, and of a model of one's own.
_KNOWN_KEYS = ("sample", "barrier", "attempt_frequency", "conductivity", "materials")
_BARRIER_KEYS = ("barriers_eV", "neighbour_barriers_eV", "environment_barriers_eV")
_OWN_KEYS = ("hop_distance_A", "layer_distance_A", *_BARRIER_KEYS, "attempt_frequencies_Hz", "pair_energies_eV")


class KmcConfig(MaterialsConfig):
    """`interfacekit kmc`: a known material, or (in a file) a model of one's own, and how to run it.

    Of a known material: `sample`, `barrier` (eV), `attempt_frequency` (1/s) and `conductivity` (S/cm, what to calibrate
    to). A model of one's own has a `lattice` (see `regular_lattice`), `hop_distance_A` and `layer_distance_A`, the
    `filling`, and `barriers_eV` (a number, or one for each hop class) or a table: `neighbour_barriers_eV` (for each hop
    class, the barrier with 0, 1, 2, ... occupied neighbours of both ends) or `environment_barriers_eV` (with 0, 1,
    2, ... occupied common neighbours). `material` is then just its name. Or
    `barrier_table`: a file that `interfacekit barriers` wrote, whose network, barriers and site energies
    are taken, with `attempt_frequency` (1e13).
    """

    effects: ClassVar[tuple[Effect, ...]] = (
        excludes(
            f"sample barrier conductivity materials lattice {' '.join(_OWN_KEYS)}",
            lambda options: options.barrier_table is None,
            "a table of barriers",
        ),
        needs(" ".join(_OWN_KEYS), lambda options: options.lattice is not None, "the lattice of a model of your own"),
        Effect(
            ("field",),
            lambda options: options.field.field_V_nm != 0,
            "{key} must not be 0, which drives no ion; leave {key} out, or give V/nm, such as 0.01",
        ),
        Effect(
            ("materials",),
            lambda options: not options.materials.changes,
            "numbers of layers have no effect on hops; describe the {key} with a block bulk, or leave {key} out",
        ),
        Effect(
            _KNOWN_KEYS,
            lambda options: options.lattice is None,
            f"{{key}} belongs to a known material; a model of your own takes {', '.join(_OWN_KEYS)}",
        ),
    )

    material: str = argument(
        "", "MATERIAL", "LCO, LNO or LGPS; a material of --materials; or the name of a model of your own in --config."
    )
    temperature: Temperatures = option([298.15], "K", "300, or a range 250:400:25; repeat for several.")

    sample: str | None = option(
        None, "NAME", "bulk or shell of LGPS: what to calibrate to.", panel=MODEL, otherwise="bulk"
    )
    conductivity: Annotated[float, CONDUCTIVITY] | None = option(
        None, "S/CM", "Calibrate to this, not to the literature's.", panel=MODEL
    )
    attempt_frequency: Annotated[float, ATTEMPT_FREQUENCY] | None = option(
        None, "1/S", "Take this, not a calibrated one (of LCO: to calibrate the barrier with).", panel=MODEL
    )
    barrier: Annotated[float, LAYER_BARRIER] | None = option(None, "EV", "Of a hop, not the literature's.", panel=MODEL)
    barrier_table: Path | None = option(
        None,
        "FILE",
        "Run the Li network of a crystal with the barriers of this file, which interfacekit barriers has written.",
        panel=MODEL,
    )
    filling: Annotated[float, FILLING] | None = option(None, "SHARE", "Of the Li sites that are occupied.", panel=MODEL)
    cells: Cells | None = option(None, "N", "Of the periodic box: 12, or 24,24,1.", panel=MODEL)
    field: FieldStrength | None = option(
        None,
        "V/NM",
        "Take the conductivity from the drift in a field: 0.01 (along the axis of fastest hops), or 0.01:z.",
        panel=MODEL,
    )

    hops: Annotated[float, HOPS] = option(
        RunOptions.hops, "N", "At each temperature, all replicas together.", panel=RUN
    )
    replicas: Annotated[int, REPLICAS] = option(8, "N", "Independent runs.", panel=RUN)
    seed: Annotated[int, SEED] = option(RunOptions.seed, "N", "The same seed gives the same result.", panel=RUN)
    kernel: Literal["auto", "lattice", "rejection", "class-lists"] = option(
        "auto", "NAME", "{choices}.", panel=RUN, otherwise="the fastest"
    )
    walkers: Literal["auto", "ions", "vacancies"] = option(
        "auto", "NAME", "Draw hops of {choices}.", panel=RUN, otherwise="the fewer"
    )
    threads: Annotated[int, THREADS] | None = option(
        None, "N", "Replicas at a time.", panel=RUN, otherwise="one on each core"
    )
    checkpoint: Path | None = option(None, "DIR", "Keep what was run; the same command goes on.", panel=RUN)
    check: bool = switch("Assert in every attempt that no rate is above its bound.", panel=RUN, hidden=True)

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
    def material_names(self) -> tuple[str, ...]:
        """The material."""
        return (self.material,)

    @property
    def chosen_kernel(self) -> Literal["lattice", "rejection", "class lists"] | None:
        """The kernel under the name that `interfacekit.transport` has for it; None for the best one."""
        if self.kernel == "auto":
            return None
        return "class lists" if self.kernel == "class-lists" else self.kernel

    @property
    def own_model(self) -> dict[str, Any]:
        """Keys of a model of one's own that were given."""
        return self.model_dump(include={"lattice", "cells", "filling", *_OWN_KEYS}, exclude_none=True)


class BenchConfig(RunConfig):
    """`interfacekit bench kmc`: how many sites, and how long."""

    OUTPUTS: ClassVar[Mapping[str, str]] = dict.fromkeys(DATA_SUFFIXES, "")

    sites: BenchSites = option([1e4, 1e5], "N[,N...]", "Sites of the simple cubic boxes.", once=True)
    seconds: Annotated[float, SECONDS] = option(1.0, "S", "To measure each workload, after its warm-up.")


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
    figure_formats: list[Literal["png", "svg", "pdf"]] = Field(["png", "pdf"])
    results: Path
