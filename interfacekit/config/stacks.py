"""Options of the commands on stacks of layers."""

from __future__ import annotations

from collections.abc import Mapping  # pydantic reads annotations at run time
from pathlib import Path  # pydantic reads annotations at run time
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from interfacekit.config.effects import Effect, excludes, needs, of_figures, once
from interfacekit.config.fields import (
    Interphases,
    Layers,
    Names,
    NumbersByName,
    PlaneCells,
    Seeds,
    Temperatures,
    Thicknesses,
    Voltages,
)
from interfacekit.config.materials import MaterialsConfig
from interfacekit.config.models import SCHEDULER, Trusted
from interfacekit.quantities import (
    EVENNESS,
    HOP_DISTANCE,
    HOPS,
    LAYER_THICKNESS,
    PARTICLE_SIZE,
    PLANES,
    SEED,
    SITE_SPACING,
    STACK_REPLICAS,
    THREADS,
    WORKERS,
)


class StackConfig(MaterialsConfig):
    """Options of both commands about stacks.

    `materials`: see `MaterialsConfig`; `contacts`: changes to the numbers of contacts by name, as `Stack` takes them;
    `interphases`: those of contacts, as `Interphase` takes them; `ladder`, `site_spacing_A`: see `Stack`.
    `particle_size` is in um. `hops`, `replicas`, `cells`, `evenness` are those of kinetic Monte Carlo, see
    `StackRunOptions`.
    """

    effects: ClassVar[tuple[Effect, ...]] = (
        needs("hops replicas cells evenness", lambda options: options.kmc, "--kmc"),
        of_figures("figure"),
    )

    temperature: Temperatures = Field([298.15])
    kmc: bool = False
    contacts: NumbersByName = Field({})
    interphases: Interphases = Field({})
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
    voltage: Voltages = Field([])
    ends: Literal["fixed", "open"] = "fixed"
    no_field: bool = False
    seed: Annotated[int, SEED] = 0
    threads: Annotated[int, THREADS] | None = None
    checkpoint: Path | None = None
    figure: Literal["profiles", "resistance"] = "profiles"
    crystals: bool = False
    amorphous: Names = Field([])
    across: Annotated[float, HOP_DISTANCE] | None = None

    @property
    def material_names(self) -> tuple[str, ...]:
        """Materials of the layers."""
        return tuple(layer.name for layer in self.layers if hasattr(layer, "planes"))

    @property
    def has_contact(self) -> bool:
        """Whether two layers of sites meet, or face each other across an interphase: alone, a layer has no field."""
        return sum(hasattr(layer, "planes") for layer in self.layers) > 1


class ShellConfig(StackConfig):
    """`interfacekit shell`: a coating of several thicknesses between cathode and electrolyte, at every point of a grid.

    `cathode_planes` and `electrolyte_thickness_nm` are those of the slices that belong to the stack.
    """

    TRUSTED_FIELDS: ClassVar[Mapping[str, Trusted]] = {"scheduler": SCHEDULER}
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
    seed: Seeds = Field([0])
    store: Path | None = None
    scheduler: str = "threads"
    workers: Annotated[int, WORKERS] | None = None
    figure: Literal["auto", "profiles", "resistance", "map", "charge-map"] = "auto"

    @property
    def material_names(self) -> tuple[str, ...]:
        """Cathode, coating and electrolyte."""
        return self.cathode, self.coating, self.electrolyte
