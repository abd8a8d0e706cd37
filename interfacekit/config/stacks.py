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
    Name,
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
from interfacekit.config.options import MODEL, RUN, argument, option, switch
from interfacekit.export.suffixes import FIGURE_SUFFIXES
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
from interfacekit.transport.stack_kmc.options import StackRunOptions

#: Panel of the help.
_CRYSTALS = "Stacks of crystals (--crystals)"
_VOLTAGE = "Of the cathode: 4.0, a list 3.9,4.1 or a range 3.9:4.3:0.1."


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

    temperature: Temperatures = option([298.15], "K", "300, a list 300,350 or a range 250:400:25.")
    kmc: bool = switch("Kinetic Monte Carlo besides the continuum.")
    contacts: NumbersByName = Field({})
    interphases: Interphases = Field({})
    ladder: bool = switch("Take site energies near contacts plane by plane, not their means.", panel=MODEL)
    site_spacing_A: Annotated[float, SITE_SPACING] = 3.2
    particle_size: Annotated[float, PARTICLE_SIZE] = option(
        10.0, "UM", "Of the cathode, to which capacities refer.", panel=MODEL
    )
    hops: Annotated[float, HOPS] = option(StackRunOptions.hops, "N", "At each point, all replicas together.", panel=RUN)
    replicas: Annotated[int, STACK_REPLICAS] = option(
        StackRunOptions.replicas, "N", "Without and with a bias both ways: 3 or more.", panel=RUN
    )
    cells: PlaneCells = option(StackRunOptions.cells, "N", "Sites of each plane: 50, or 50,40.", panel=RUN)
    evenness: Annotated[float, EVENNESS] = option(
        StackRunOptions.evenness, "N", "Slow down hops to so many times the slowest ones' rate.", panel=RUN
    )


class SclConfig(StackConfig):
    """`interfacekit scl`: a stack, and at which voltages and temperatures; by kinetic Monte Carlo too with `kmc`.

    With `crystals` its sites are those of crystals (see `interfacekit.structure.CrystalStack`), of `amorphous` layers
    at random; hops across contacts are `across` A long at most.
    """

    OUTPUTS: ClassVar[Mapping[str, str]] = {
        ".csv": "profiles, a row for each plane", ".json": "", ".nc": "all but profiles",
        **dict.fromkeys(FIGURE_SUFFIXES, ""),
    }  # fmt: skip
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

    layers: Layers = argument(
        ...,
        "LAYER...",
        "From the cathode on: LCO, LNO:5nm or LCO:4planes; between two, interphase:300nm:2e-9 (S/cm).",
    )
    voltage: Voltages = option([], "V", _VOLTAGE)
    figure: Literal["profiles", "resistance"] = option("profiles", "", "What a figure shows.")
    ends: Literal["fixed", "open"] = option("fixed", "", "Held at potentials, or where no electrons flow.", panel=MODEL)
    no_field: bool = switch("Leave out electric fields.", panel=MODEL)
    crystals: bool = switch(
        "Take sites and hops from the crystals of the layers, cut to a common cell.", panel=_CRYSTALS
    )
    amorphous: Names = option(
        [], "LAYER", "Put the sites of this one at random, as in a glass; repeat.", panel=_CRYSTALS
    )
    across: Annotated[float, HOP_DISTANCE] | None = option(
        None, "A", "Longest hop across a contact.", panel=_CRYSTALS, otherwise="4.5, assumed"
    )
    seed: Annotated[int, SEED] = option(StackRunOptions.seed, "N", "The same seed gives the same result.", panel=RUN)
    threads: Annotated[int, THREADS] | None = option(
        None, "N", "Replicas at a time.", panel=RUN, otherwise="one on each core"
    )
    checkpoint: Path | None = option(None, "DIR", "Keep what was run; the same command goes on.", panel=RUN)

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
    OUTPUTS: ClassVar[Mapping[str, str]] = {
        ".csv": "a row for each point", ".json": "profiles too", ".nc": "arrays over the grid",
        **dict.fromkeys(FIGURE_SUFFIXES, ""),
    }  # fmt: skip
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

    cathode: Name = option(..., "NAME", "Of the material: LCO.", completes="materials")
    coating: Name = option(..., "NAME", "LNO, LNTO or LPO.", completes="materials")
    electrolyte: Name = option(..., "NAME", "LGPS.", completes="materials")
    thickness: Thicknesses = option(..., "NM", "Of the coating: 5, a list 0,1,5 or a range 1:20:1; 0 is bare.")
    voltage: Annotated[Voltages, Field(min_length=1)] = option(..., "V", _VOLTAGE)
    figure: Literal["auto", "resistance", "map", "charge-map", "profiles"] = option(
        "auto", "NAME", "{choices}.", otherwise="a map where both thicknesses and voltages are several"
    )
    cathode_planes: Annotated[int, PLANES] | None = None
    electrolyte_thickness_nm: Annotated[float, LAYER_THICKNESS] | None = None
    seed: Seeds = option([StackRunOptions.seed], "N", "0, or several: 0,1,2 are as many points.", panel=RUN, once=True)
    store: Path | None = option(None, "DIR", "Keep each point as it is finished; the same command goes on.", panel=RUN)
    scheduler: str = option(
        "threads",
        "WHERE",
        "Where kinetic Monte Carlo runs, on one core for each point: threads, processes, serial, or tcp://host:port of "
        "a dask scheduler, which gets the continuum too.",
        panel=RUN,
    )
    workers: Annotated[int, WORKERS] | None = option(
        None, "N", "Points at a time.", panel=RUN, otherwise="one on each core"
    )

    @property
    def material_names(self) -> tuple[str, ...]:
        """Cathode, coating and electrolyte."""
        return self.cathode, self.coating, self.electrolyte
