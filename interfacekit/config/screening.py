"""What a screening is asked to do: `interfacekit screen` and `workflows/screen_coatings.yaml`."""

from __future__ import annotations

from collections.abc import Sequence  # noqa: TC003  # pydantic reads annotations at run time
from pathlib import Path  # pydantic reads annotations at run time
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field

from interfacekit.config.effects import Effect, needs, of_figures, once
from interfacekit.config.fields import Names, VoltageRange, Words, listed, words
from interfacekit.config.materials import MaterialsConfig
from interfacekit.config.models import EnergiesConfig
from interfacekit.errors import InputError
from interfacekit.quantities import ELEMENTS, GATES, LITHIUM_FRACTION, ROWS

_EXAMPLE = "{cathode_closed_eV_per_atom: 0.05, decomposition_eV_per_atom: none}"


def _candidates(value: Any) -> Any:
    """Words of a list, and those of its items that are empty: each is a row."""
    return [word for one in listed(value) for word in (words(one) or [""])]


def _gates(value: Any) -> dict[str, float | None]:
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

    cathode: str = Field(min_length=1)
    electrolyte: str = Field(min_length=1)
    voltage: VoltageRange = (2.5, 4.3)
    candidates: Candidates = Field([])
    contains: Words = Field([])
    exclude: Words = Field([])
    max_elements: Annotated[int, ELEMENTS] | None = None
    snap: bool = False
    gates: GateLimits = Field({})
    objectives: Objectives = Field(["cathode", "electrolyte", "decomposition"])
    top: Annotated[int, ROWS] = 50
    figure: Literal["worst", "closed"] = "worst"
    highlight: Words = Field([])
    store: Path | None = None

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
