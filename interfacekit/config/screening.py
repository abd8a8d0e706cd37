"""What a screening is asked to do: `interfacekit screen` and `workflows/screen_coatings.yaml`."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003  # pydantic reads annotations at run time
from pathlib import Path  # pydantic reads annotations at run time
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from interfacekit.config.effects import Effect, needs, of_figures, once
from interfacekit.config.fields import Name, Names, VoltageRange, Words, listed, words
from interfacekit.config.materials import MaterialsConfig
from interfacekit.config.models import EnergiesConfig
from interfacekit.config.options import RUN, option, renamed, switch
from interfacekit.errors import InputError
from interfacekit.quantities import ELEMENTS, GATES, LITHIUM_FRACTION, ROWS
from interfacekit.thermo.defaults import ABOVE_HULL_eV_per_atom, REACTION_eV_per_atom

#: Panels of the help.
_WHICH, _RANKING = "Which candidates", "The ranking"
_EXAMPLE = "{cathode_closed_eV_per_atom: 0.05, decomposition_eV_per_atom: none}"


def _candidates(value: Any) -> Any:
    """Words of a list, and those of its items that are empty: each is a row."""
    return [word for one in listed(value) for word in (words(one) or [""])]


def _gates(value: Any) -> dict[str, float | None]:
    """Thresholds by name, or a list of them and of `name=0.1`, of which the later ones win."""
    if not (isinstance(value, list | tuple) and all(isinstance(one, str | dict) for one in value)):
        return _by_name(value)
    texts = [one for one in value if isinstance(one, str)]
    gates = {name: limit for one in value if not isinstance(one, str) for name, limit in _by_name(one).items()}
    return gates | parse_gates(texts)


def _by_name(value: Any) -> dict[str, float | None]:
    if not isinstance(value, dict):
        raise InputError(f"gates: {value!r} has no thresholds by name; give some such as {_EXAMPLE}")
    return {str(name): gate_limit(str(name), limit) for name, limit in value.items()}


def gate_limit(name: str, limit: Any) -> float | None:
    """Read the threshold of a gate; None, or `none`, is no gate.

    Raises
    ------
    InputError
        If there is no such gate, or it is not a number within the range of the gate.
    """
    if name not in GATES:
        raise InputError(f"there is no gate {name!r}; the gates are {', '.join(GATES)}")
    if limit is None or str(limit).strip().lower() == "none":
        return None
    return GATES[name].read(limit, f"the gate {name}")


def parse_gates(specs: Sequence[str]) -> dict[str, float | None]:
    """Read `name=0.1` or `name=none`, each gate once.

    Raises
    ------
    InputError
        If one is something else, or given twice.
    """
    gates: dict[str, float | None] = {}
    for name, limit in map(_gate, specs):
        if name in gates:
            raise InputError(f"the gate {name} is given twice; give its threshold once")
        gates[name] = limit
    return gates


def _gate(spec: str) -> tuple[str, float | None]:
    name, separator, limit = spec.partition("=")
    if not (separator and limit.strip()):
        raise InputError(f"the gate {spec!r} has no threshold; give one such as cathode_closed_eV_per_atom=0.05")
    return name.strip(), gate_limit(name.strip(), limit)


Candidates = Annotated[list[str], BeforeValidator(_candidates)]
GateLimits = Annotated[dict[str, float | None], BeforeValidator(_gates)]
Objectives = Annotated[
    list[Literal["cathode", "electrolyte", "decomposition", "oxidation", "reduction"]],
    BeforeValidator(words),
    Field(min_length=1),
]


class ScreenConfig(EnergiesConfig, MaterialsConfig):
    """`interfacekit screen`: coatings between a cathode and an electrolyte over a range of voltages.

    `candidates` are names, or all compounds with Li when empty; `gates` are changes to those of `Gates`; `top` cuts
    what is printed, files hold all; `figure` says of which reactions; `highlight` names candidates to label there.
    Names are of built-in materials, of those in `materials`, or formulas.
    """

    ROW_LISTS: ClassVar[frozenset[str]] = frozenset({"candidates"})
    JOINED_FIELDS: ClassVar[frozenset[str]] = frozenset({"gates", "materials"})
    effects: ClassVar[tuple[Effect, ...]] = (
        needs("snap", lambda options: bool(options.candidates), "the candidates that it is about"),
        of_figures("figure highlight"),
        *once("objectives", "highlight"),
        Effect(
            ("materials",),
            lambda options: not options.materials.changes,
            "numbers of layers have no effect on energies; describe the {key} with a formula, or leave {key} out",
        ),
        Effect(
            ("entries",),
            lambda options: not any(source.split(":")[0] == "mp" for source in options.entries),
            "a screening needs all energies at once, and mp gives one chemical system; name a file of them ({key})",
        ),
    )

    cathode: Name = option(..., "NAME", "Lithiated, such as LCO.", completes="materials")
    electrolyte: Name = option(..., "NAME", "Such as LGPS.", completes="materials")
    voltage: VoltageRange = option((2.5, 4.3), "LOW:HIGH", "Range of voltages ({default}); it is exact, no grid.")
    candidates: Candidates = option(
        [],
        "NAME...",
        "These only.",
        panel=_WHICH,
        otherwise="all compounds with Li among the energies",
        completes="materials",
    )
    contains: Words = option([], "ELEMENT...", "That every one has.", panel=_WHICH)
    exclude: Words = option([], "ELEMENT...", "That none has: Tl Hg Pb Cd As Be Tc.", panel=_WHICH)
    max_elements: Annotated[int, ELEMENTS] | None = option(None, "N", "At most, Li included.", panel=_WHICH)
    snap: bool = switch(
        "Take the entries that are nearest in composition to the --candidates, as for rounded formulas.", panel=_WHICH
    )
    gates: GateLimits = renamed(
        ("--gate",),
        {},
        "GATE=VALUE|none...",
        f"A threshold: energy_above_hull_eV_per_atom ({ABOVE_HULL_eV_per_atom:g}), decomposition_eV_per_atom, "
        f"cathode_closed_eV_per_atom, electrolyte_closed_eV_per_atom ({REACTION_eV_per_atom:g} each), "
        "cathode_open_eV_per_atom, electrolyte_open_eV_per_atom, reduction_V, oxidation_V, lithium_fraction (none).",
        panel=_RANKING,
    )
    objectives: Objectives = option(
        ["cathode", "electrolyte", "decomposition"],
        "NAME...",
        "What Pareto fronts are of: {choices}.",
        panel=_RANKING,
    )
    top: Annotated[int, ROWS] = option(
        50, "N", "Candidates in the table and in --json ({default}); files hold all.", panel=RUN
    )
    figure: Literal["worst", "closed"] = option("worst", "", "Which reactions a figure shows.", panel=RUN)
    highlight: Words = option(
        [],
        "NAME...",
        "Candidates that a figure always labels, as those of a short list.",
        panel=RUN,
        completes="materials",
    )
    store: Path | None = option(None, "DIR", "Keep what is finished there; the same command goes on.", panel=RUN)

    @property
    def material_names(self) -> tuple[str, ...]:
        """Cathode, electrolyte, candidates and those to label."""
        return (self.cathode, self.electrolyte, *self.candidates, *self.highlight)


class CoatingsConfig(EnergiesConfig):
    """A workflow over all coatings of the energies: `workflows/screen_coatings.yaml`.

    `known` are coatings whose places are told; `exclude` elements that the second ranking is without;
    `lithium_fraction` the least share of atoms that are Li in the third.
    """

    cathode: str = Field(min_length=1)
    electrolyte: str = Field(min_length=1)
    voltage: VoltageRange = (2.5, 4.3)
    known: Names
    exclude: Annotated[Words, Field(min_length=1)]
    lithium_fraction: Annotated[float, LITHIUM_FRACTION] = 0.15
    contains: Words = Field([])
    max_elements: Annotated[int, ELEMENTS] | None = None
    gates: GateLimits = Field({})
    objectives: Objectives = Field(["cathode", "electrolyte", "decomposition"])
    best: Annotated[int, ROWS] = 15
    figure_formats: list[Literal["png", "svg", "pdf"]] = Field(["png", "pdf"], min_length=1)
    results: Path
