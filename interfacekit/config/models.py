"""Options of every command, and of every command that uses formation energies."""

from __future__ import annotations

from collections.abc import Mapping  # pydantic reads annotations at run time
from typing import ClassVar, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

from interfacekit.config.effects import Effect, excludes, needs, once, require_effects
from interfacekit.config.fields import Names, Paths
from interfacekit.config.options import option, renamed
from interfacekit.export.suffixes import DATA_SUFFIXES, FIGURE_SUFFIXES


class Trusted(NamedTuple):
    """Values of a field by which a file would run code, or reach another machine: only a trusted file may have them.

    Attributes
    ----------
    mark
        Text that such a value has in it.
    right
        What any file may name.
    danger
        What would come of the value, in a clause that begins with `whose` or `which`.
    """

    mark: str
    right: str
    danger: str


CALCULATOR = Trusted(":", "a built-in calculator", "whose code would be imported and run")
SCHEDULER = Trusted("://", "of this machine", "which would be connected to and could run code here")


class RunConfig(BaseModel):
    """Options of every command: where results go.

    `effects` declares which options have an effect only beside others; those of the classes above apply too.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    #: Fields by which a file could run code or connect, by name.
    TRUSTED_FIELDS: ClassVar[Mapping[str, Trusted]] = {}
    #: What a file of each suffix holds, where that is to be said: the outputs that the command writes.
    OUTPUTS: ClassVar[Mapping[str, str]] = dict.fromkeys((*DATA_SUFFIXES, *FIGURE_SUFFIXES), "")
    #: Fields that the command line adds to those of a file, in place of replacing them.
    JOINED_FIELDS: ClassVar[frozenset[str]] = frozenset()
    #: Lists of which an empty item costs its own row alone.
    ROW_LISTS: ClassVar[frozenset[str]] = frozenset()
    effects: ClassVar[tuple[Effect, ...]] = (
        excludes(
            "output",
            lambda options: "results" not in type(options).model_fields,
            "the folder results, where all files of a workflow go",
        ),
    )

    output: Paths = renamed(("--output", "-o"), [], "FILE", "{outputs}; repeat for several.")

    @model_validator(mode="after")
    def _no_option_is_ignored(self) -> Self:
        require_effects(self)
        return self


class EnergiesConfig(RunConfig):
    """Options of thermodynamic commands: where energies come from."""

    effects: ClassVar[tuple[Effect, ...]] = (
        *once("entries"),
        needs(
            "thermo_type",
            lambda options: any(source != "mp2019" and not source.startswith("mp:") for source in options.entries),
            "a file or mp among the entries (mp2019 holds GGA_GGA+U_legacy energies, mp:TYPE those of its type)",
        ),
    )

    entries: Names = option(
        ["mp2019"],
        "SOURCE",
        "{default} (the default), mp (live Materials Project), or a .json, .json.gz or .csv file; repeat to join.",
    )
    thermo_type: str | None = option(None, "TYPE", "Of a file that does not say its own, such as GGA_GGA+U_legacy.")


Config = TypeVar("Config", bound=RunConfig)
