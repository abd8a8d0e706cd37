"""What `interfacekit structure` takes."""

from __future__ import annotations

import re
from collections.abc import Mapping  # pydantic reads annotations at run time
from pathlib import Path  # pydantic reads annotations at run time
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from interfacekit.config.effects import Effect, excludes, needs, once
from interfacekit.config.fields import Copies, Names, listed
from interfacekit.config.models import CALCULATOR, SCHEDULER, RunConfig, Trusted
from interfacekit.errors import InputError
from interfacekit.export.files import DATA_SUFFIXES, FIGURE_SUFFIXES, STRUCTURE_SUFFIXES
from interfacekit.quantities import (
    CUTOFF,
    FMAX,
    IMAGES,
    MAX_AREA,
    MAX_MILLER,
    MAX_STEPS,
    MAX_STRAIN,
    MILLER,
    RANK,
    STIFFNESS,
    WORKERS,
)


class StructureConfig(RunConfig):
    """`interfacekit structure`: one crystal, its network or barriers; or the coherent interfaces of two.

    `cutoff` (A), `vacant` and `mobile` are those of `lithium_network`; `mechanism`, `supercell`, `images`, `fmax`
    (eV/A), `max_steps` and `store` those of `migration_barriers`; `max_area` (A2), `max_strain`, `max_miller`,
    `miller` and `stiffness` (GPa, of the film) those of `coherent_interfaces`, of which `rank` is written to files and
    drawn with the faces of `termination`, one for each crystal, and `adhesion` the calculator of its work of adhesion,
    of relaxed atoms with `relax`.
    """

    TRUSTED_FIELDS: ClassVar[Mapping[str, Trusted]] = {
        **dict.fromkeys(("barriers", "adhesion", "stiffness"), CALCULATOR),
        "scheduler": SCHEDULER,
    }
    effects: ClassVar[tuple[Effect, ...]] = (
        needs(
            "vacant cutoff mobile", lambda options: options.what in ("network", "barriers"), "--network or --barriers"
        ),
        needs(
            "hops mechanism supercell images fmax max_steps store scheduler workers",
            lambda options: options.what == "barriers",
            "--barriers chgnet",
        ),
        needs(
            "max_area max_strain max_miller miller stiffness rank termination adhesion relax",
            lambda options: options.what == "interface",
            "--interface",
        ),
        excludes(
            "network",
            lambda options: options.barriers is None and not options.interface,
            "--barriers (whose network it is) or --interface (of two crystals)",
        ),
        excludes("barriers", lambda options: not options.interface, "--interface"),
        excludes(
            "workers",
            lambda options: options.scheduler != "serial" and "://" not in options.scheduler,
            "the scheduler serial or a dask scheduler, which has its own",
        ),
        *once("hops", "mechanism"),
        needs("relax", lambda options: options.adhesion is not None, "--adhesion chgnet"),
        excludes("max_miller", lambda options: options.miller is None, "miller, which names both planes"),
        needs(
            "rank",
            lambda options: options.is_built,
            "something to build: a file of atoms or a figure among the outputs, --termination or --adhesion",
        ),
    )

    crystals: Names = Field(min_length=1)
    network: bool = False
    vacant: bool = False
    cutoff: Annotated[float, CUTOFF] | None = None
    mobile: str = "Li"

    barriers: str | None = None
    hops: Names | None = None
    mechanism: Names | None = None
    supercell: Copies | None = None
    images: Annotated[int, IMAGES] = 5
    fmax: Annotated[float, FMAX] = 0.05
    max_steps: Annotated[int, MAX_STEPS] = 500
    store: Path | None = None
    scheduler: str = "serial"
    workers: Annotated[int, WORKERS] | None = None

    interface: bool = False
    max_area: Annotated[float, MAX_AREA] = 200.0
    max_strain: Annotated[float, MAX_STRAIN] = 0.05
    max_miller: Annotated[int, MAX_MILLER] = 1
    miller: Annotated[list[Any], BeforeValidator(listed)] | None = None
    stiffness: Annotated[list[Any], BeforeValidator(listed)] | None = None
    rank: Annotated[int, RANK] = 1
    termination: Annotated[list[Any], BeforeValidator(listed)] | None = None
    adhesion: str | None = None
    relax: bool = False

    @property
    def supercell_shape(self) -> tuple[int, int, int] | None:
        """Copies of the cell along its three vectors."""
        cells = self.supercell
        if cells is None:
            return None
        a, b, c = (cells,) * 3 if isinstance(cells, int) else cells
        return a, b, c

    @property
    def miller_planes(self) -> tuple[Any, Any] | None:
        """Plane of the substrate and of the film."""
        return None if self.miller is None else (_three(self.miller[0]), _three(self.miller[1]))

    @property
    def terminations(self) -> tuple[int | str | None, int | str | None]:
        """Face of the substrate and of the film, by number or label; None for the best one."""
        return (None, None) if self.termination is None else (_face(self.termination[0]), _face(self.termination[1]))

    @property
    def film_stiffness_GPa(self) -> Any:
        """Stiffness of the film: numbers (GPa), or a calculator."""
        given = self.stiffness
        if given is None or len(given) != 1 or not isinstance(given[0], str):
            return given
        if not re.match(r"\s*[-+.\d]", given[0]):
            return given[0]  # a calculator
        return [STIFFNESS.read(part) for part in given[0].replace(",", " ").split()]

    @property
    def is_built(self) -> bool:
        """Whether an interface is to be built: to be written, drawn, named or torn apart."""
        named = self.adhesion is not None or self.termination is not None
        return named or any(path.suffix.lower() not in DATA_SUFFIXES for path in self.output)

    @property
    def what(self) -> Literal["crystal", "network", "barriers", "interface"]:
        """What is asked for."""
        if self.interface:
            return "interface"
        if self.barriers is not None:
            return "barriers"
        return "network" if self.network else "crystal"

    @model_validator(mode="after")
    def _can_be_written(self) -> Self:
        for path in self.output:
            if path.suffix.lower() not in _SUFFIXES[self.what]:
                raise InputError(
                    f"cannot write {path}: there is no {path.suffix} of {_NAMES[self.what]}; choose one of "
                    f"{' '.join(_SUFFIXES[self.what])}"
                )
        return self

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        if self.interface and len(self.crystals) != 2:
            raise InputError(f"an interface has two crystals, such as LCO LNO; there are {len(self.crystals)}")
        if not self.interface and len(self.crystals) > 1:
            raise InputError("structure takes one crystal; of two it makes an interface with --interface")
        for key, one in _ONE_EACH.items():
            if len(getattr(self, key) or (0, 0)) != 2:
                raise InputError(f"{key} takes one {one}")
        return self


def _three(plane: Any) -> Any:
    """Indices of `1,0,4`; anything else is left to those who read planes."""
    parts = plane.replace(",", " ").split() if isinstance(plane, str) else plane
    return [MILLER.read(part) for part in parts] if isinstance(parts, list | tuple) else parts


def _face(given: Any) -> int | str | None:
    """Number or label of a face; None for `best`."""
    if given == "best":
        return None
    return int(given) if re.fullmatch(r"[0-9]{1,9}", str(given)) else str(given)


#: Options that are given once for each crystal.
_ONE_EACH = {
    "miller": "plane for each crystal, such as --miller 1,0,4 --miller 0,0,1",
    "termination": "face for each crystal, such as --termination O/Co --termination best",
}
_NAMES = {"crystal": "a crystal", "network": "a network", "barriers": "barriers", "interface": "interfaces"}
_SUFFIXES = {
    "crystal": (*STRUCTURE_SUFFIXES, *DATA_SUFFIXES),
    "network": (".extxyz", *DATA_SUFFIXES, *FIGURE_SUFFIXES),
    "barriers": (".extxyz", *DATA_SUFFIXES, *FIGURE_SUFFIXES),
    "interface": (*STRUCTURE_SUFFIXES, *DATA_SUFFIXES, *FIGURE_SUFFIXES),
}
