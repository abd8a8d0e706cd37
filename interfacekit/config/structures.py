"""Options of the commands on crystals: `crystal`, `network`, `barriers` and `interface`."""

from __future__ import annotations

import re
from collections.abc import Mapping  # pydantic reads annotations at run time
from pathlib import Path  # pydantic reads annotations at run time
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, field_validator, model_validator

from interfacekit.config.effects import Effect, excludes, needs, once
from interfacekit.config.fields import Copies, Name, Names, listed
from interfacekit.config.models import CALCULATOR, SCHEDULER, RunConfig, Trusted
from interfacekit.config.options import RUN, argument, option, switch
from interfacekit.config.published import PublishedHops  # pydantic reads annotations at run time
from interfacekit.errors import InputError
from interfacekit.export.suffixes import DATA_SUFFIXES, FIGURE_SUFFIXES
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

#: Panels of the help.
_NETWORK, _SEARCH, _BUILT = "The Li network", "The search", "The interface of a rank"
_CRYSTAL = "LCO, LNO or LGPS, a file (.cif, POSCAR, .extxyz), or an id of the Materials Project, mp-22526."
_CALCULATOR = "chgnet (extra mlip), emt, lj, or module:function, which makes a calculator of ASE."
_ATOMS = {".cif": "", ".vasp": "POSCAR", ".extxyz": ""}
_TABLES, _FIGURES = dict.fromkeys(DATA_SUFFIXES, ""), dict.fromkeys(FIGURE_SUFFIXES, "")


class CrystalConfig(RunConfig):
    """`interfacekit crystal`: one crystal."""

    OUTPUTS: ClassVar[Mapping[str, str]] = {**_ATOMS, **_TABLES}

    crystal: Name = argument(..., "CRYSTAL", _CRYSTAL, completes="crystals")


class NetworkConfig(RunConfig):
    """`interfacekit network`: the Li network of a crystal; `cutoff` is in angstrom."""

    OUTPUTS: ClassVar[Mapping[str, str]] = {".extxyz": "sites", **_TABLES, **_FIGURES}

    crystal: Name = argument(..., "CRYSTAL", _CRYSTAL, completes="crystals")
    vacant: bool = switch("Vacant sites too, such as tetrahedral ones.", panel=_NETWORK)
    cutoff: Annotated[float, CUTOFF] | None = option(
        None, "A", "Longest hop.", panel=_NETWORK, otherwise="the shortest that percolates"
    )
    mobile: str = option("Li", "ELEMENT", "What hops.", panel=_NETWORK)


class BarriersConfig(NetworkConfig):
    """`interfacekit barriers`: migration barriers in the Li network of a crystal, computed or published.

    `mechanism`, `supercell`, `images`, `fmax` (eV/A), `max_steps` and `store` are those of `migration_barriers`.
    """

    TRUSTED_FIELDS: ClassVar[Mapping[str, Trusted]] = {"calculator": CALCULATOR, "scheduler": SCHEDULER}
    OUTPUTS: ClassVar[Mapping[str, str]] = {".extxyz": "bands", **_TABLES, **_FIGURES}
    effects: ClassVar[tuple[Effect, ...]] = (
        excludes(
            "workers",
            lambda options: options.scheduler != "serial" and "://" not in options.scheduler,
            "the scheduler serial or a dask scheduler, which has its own",
        ),
        *once("hops", "mechanism"),
        needs(
            "hops mechanism supercell images fmax max_steps store scheduler workers",
            lambda options: options.calculator is not None,
            "--calculator chgnet",
        ),
        excludes("published", lambda options: options.calculator is None, "--calculator"),
    )

    crystal: Name = argument(..., "CRYSTAL", _CRYSTAL, completes="crystals")
    calculator: Name | None = option(None, "CALCULATOR", f"Of energies and forces: {_CALCULATOR}")
    published: PublishedHops | None = option(
        None,
        "SYSTEM:QUANTITY...",
        "Take barriers of the literature, by their rows of transport.csv, in place of a calculator; for some hops, see "
        "--config.",
    )
    hops: Names | None = option(None, "NAME...", "Of interfacekit network.", otherwise="all")
    mechanism: Names | None = option(
        None,
        "NAME...",
        "vacancy, divacancy, 'Frenkel pair' or interstitial.",
        otherwise="vacancy where all sites are occupied",
    )
    supercell: Copies | None = option(None, "A,B,C", "Copies of the cell.", otherwise="ions 8 A from theirs")
    images: Annotated[int, IMAGES] = option(5, "N", "Between the ends of a band.")
    fmax: Annotated[float, FMAX] = option(0.05, "EV/A", "Largest force left.")
    max_steps: Annotated[int, MAX_STEPS] = option(500, "N", "Of the optimiser, for each end and band.")
    store: Path | None = option(None, "DIR", "Keep what is finished; the same command goes on.", panel=RUN)
    scheduler: str = option(
        "serial",
        "NAME",
        "serial, processes, or tcp://host:port of a dask scheduler; a hop takes one core.",
        panel=RUN,
    )
    workers: Annotated[int, WORKERS] | None = option(None, "N", "Processes.", panel=RUN, otherwise="one on each core")

    @model_validator(mode="after")
    def _computed_or_published(self) -> Self:
        if self.calculator is None and self.published is None:
            raise InputError(
                "calculator is missing: give it on the command line or in the configuration, such as chgnet, or give "
                "published barriers"
            )
        return self

    @property
    def supercell_shape(self) -> tuple[int, int, int] | None:
        """Copies of the cell along its three vectors."""
        cells = self.supercell
        if cells is None:
            return None
        a, b, c = (cells,) * 3 if isinstance(cells, int) else cells
        return a, b, c


class InterfaceConfig(RunConfig):
    """`interfacekit interface`: coherent interfaces of two crystals, substrate and film.

    `max_area` (A2), `max_strain`, `max_miller`, `miller` and `stiffness` (GPa, of the film) are those of
    `coherent_interfaces`, of which `rank` is written to files and drawn with the faces of `termination`, one for each
    crystal, and `adhesion` the calculator of its work of adhesion, of relaxed atoms with `relax`.
    """

    TRUSTED_FIELDS: ClassVar[Mapping[str, Trusted]] = dict.fromkeys(("adhesion", "stiffness"), CALCULATOR)
    OUTPUTS: ClassVar[Mapping[str, str]] = {**_ATOMS, **_TABLES, **_FIGURES}
    effects: ClassVar[tuple[Effect, ...]] = (
        needs("relax", lambda options: options.adhesion is not None, "--adhesion chgnet"),
        excludes("max_miller", lambda options: options.miller is None, "miller, which names both planes"),
        needs(
            "rank",
            lambda options: options.is_built,
            "something to build: a file of atoms or a figure among the outputs, --termination or --adhesion",
        ),
    )

    crystals: Names = argument(..., "SUBSTRATE FILM", f"Each {_CRYSTAL}", completes="crystals")
    max_area: Annotated[float, MAX_AREA] = option(200.0, "A2", "Of the common cell.", panel=_SEARCH)
    max_strain: Annotated[float, MAX_STRAIN] = option(0.05, "SHARE", "Largest principal strain.", panel=_SEARCH)
    max_miller: Annotated[int, MAX_MILLER] = option(1, "N", "Largest Miller index searched.", panel=_SEARCH)
    miller: Annotated[list[Any], BeforeValidator(listed)] | None = option(
        None, "H,K,L", "One plane for each crystal: --miller 1,0,4 --miller 0,0,1.", panel=_SEARCH
    )
    stiffness: Annotated[list[Any], BeforeValidator(listed)] | None = option(
        None,
        "E,NU",
        "Rank by strain energy: Young's modulus (GPa) and Poisson's ratio of the film, or a calculator.",
        panel=_SEARCH,
        once=True,
    )
    rank: Annotated[int, RANK] = option(1, "N", "Which of the table is written and drawn.", panel=_BUILT)
    termination: Annotated[list[Any], BeforeValidator(listed)] | None = option(
        None,
        "FACE",
        "A face for each crystal, by number, label or best: --termination O/Co --termination best.",
        panel=_BUILT,
    )
    adhesion: str | None = option(None, "CALCULATOR", "Work of adhesion of that one, by chgnet, ...", panel=_BUILT)
    relax: bool = switch("Of relaxed interface and slabs, not as built.", panel=_BUILT)

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

    @field_validator("crystals")
    @classmethod
    def _two(cls, crystals: list[str]) -> list[str]:
        if len(crystals) != 2:
            raise InputError(f"an interface has two crystals, such as LCO LNO; there are {len(crystals)}")
        return crystals

    @field_validator("miller")
    @classmethod
    def _a_plane_each(cls, miller: list[Any] | None) -> list[Any] | None:
        return _one_each("miller", miller, "plane for each crystal, such as --miller 1,0,4 --miller 0,0,1")

    @field_validator("termination")
    @classmethod
    def _a_face_each(cls, faces: list[Any] | None) -> list[Any] | None:
        return _one_each("termination", faces, "face for each crystal, such as --termination O/Co --termination best")


def _one_each(key: str, values: list[Any] | None, what: str) -> list[Any] | None:
    if values is not None and len(values) != 2:
        raise InputError(f"{key} takes one {what}")
    return values


def _three(plane: Any) -> Any:
    """Indices of `1,0,4`; anything else is left to those who read planes."""
    parts = plane.replace(",", " ").split() if isinstance(plane, str) else plane
    return [MILLER.read(part) for part in parts] if isinstance(parts, list | tuple) else parts


def _face(given: Any) -> int | str | None:
    """Number or label of a face; None for `best`."""
    if given == "best":
        return None
    return int(given) if re.fullmatch(r"[0-9]{1,9}", str(given)) else str(given)
