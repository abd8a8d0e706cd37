"""What a command or a workflow is asked to do, as one validated document: from YAML, from the command line, or both."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from interfacekit.comparison import Claim  # noqa: TC001  # pydantic reads annotations at run time
from interfacekit.errors import InputError
from interfacekit.parsing import (
    FieldAlong,
    parse_cells,
    parse_field,
    parse_number,
    parse_range,
    parse_temperatures,
    parse_voltages,
)

_NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
#: What a message shows as right where something else was given, or nothing.
_EXAMPLES = {
    "phases": "phases such as LCO LGPS",
    "material": "LCO, LNO or LGPS",
    "hops": "1e8",
    "conductivity": "0.012 (S/cm)",
    "attempt_frequency": "1e13 (1/s)",
    "attempt_frequencies_Hz": "1e13",
    "hop_distance_A": "3.0",
    "layer_distance_A": "3.0",
    "sites": "1e5",
    "seconds": "1",
}


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _names(value: Any) -> Any:
    """A list, or names separated by spaces."""
    return value.split() if isinstance(value, str) and value.strip() else _listed(value)


def _voltages(value: Any) -> list[float]:
    return list(dict.fromkeys(voltage for spec in _listed(value) for voltage in parse_voltages(spec)))


def _range(value: Any) -> tuple[float, float]:
    return parse_range(":".join(str(end) for end in value) if isinstance(value, list | tuple) else str(value))


def _temperatures(value: Any) -> list[float]:
    return list(dict.fromkeys(temperature for spec in _listed(value) for temperature in parse_temperatures(spec)))


def _number(value: Any, info: ValidationInfo) -> float:
    name = str(info.field_name)
    return parse_number(value, name, _EXAMPLES.get(name, "0.3"))


def _numbers(value: Any, info: ValidationInfo) -> float | list[float]:
    return [_number(one, info) for one in value] if isinstance(value, list | tuple) else _number(value, info)


def _separated(value: Any, info: ValidationInfo) -> list[float]:
    """A list, or numbers separated by commas."""
    return [_number(part, info) for part in (value.split(",") if isinstance(value, str) else _listed(value))]


def _table(value: Any, info: ValidationInfo) -> list[list[float]]:
    if not (isinstance(value, list | tuple) and all(isinstance(row, list | tuple) for row in value)):
        raise InputError(
            f"{info.field_name}: {value!r} is not a table; give a list of barriers for each hop class, such as "
            "[[0.3, 0.35, 0.4]]"
        )
    return [[_number(one, info) for one in row] for row in value]


Names = Annotated[list[str], BeforeValidator(_names), Field(min_length=1)]
Paths = Annotated[list[Path], BeforeValidator(_listed)]
Voltages = Annotated[list[float], BeforeValidator(_voltages)]
VoltageRange = Annotated[tuple[float, float], BeforeValidator(_range)]
Temperatures = Annotated[list[float], BeforeValidator(_temperatures), Field(min_length=1)]
Number = Annotated[float, BeforeValidator(_number)]
Numbers = Annotated[float | list[float], BeforeValidator(_numbers)]
Table = Annotated[list[list[float]], BeforeValidator(_table)]
SeveralNumbers = Annotated[list[float], BeforeValidator(_separated), Field(min_length=1)]
Whole = Annotated[int, Field(strict=True)]
Cells = Annotated[int | list[int], BeforeValidator(parse_cells)]
FieldStrength = Annotated[FieldAlong, BeforeValidator(parse_field)]


class RunConfig(BaseModel):
    """What every command takes: where results go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: Paths = []


class EnergiesConfig(RunConfig):
    """What a thermodynamic command takes besides: where energies come from."""

    entries: Names = ["mp2019"]
    thermo_type: str | None = None


class WindowConfig(EnergiesConfig):
    """`interfacekit window`: phases, and optionally the delithiated state for an average voltage."""

    phases: Names
    delithiated: str | None = None
    figure: Literal["bars", "staircase"] = "bars"


class ReactConfig(EnergiesConfig):
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

    names: Annotated[list[str], BeforeValidator(_listed)] = []


class KmcConfig(RunConfig):
    """`interfacekit kmc`: a known material, or (in a file) a model of one's own, and how to run it.

    Of a known material: `sample`, `barrier` (eV), `attempt_frequency` (1/s) and `conductivity` (S/cm, what to calibrate
    to). A model of one's own has a `lattice` (see `regular_lattice`), `hop_distance_A` and `layer_distance_A`, the
    `filling`, and `barriers_eV` (a number, or one for each hop class) or a table: `neighbour_barriers_eV` (for each hop
    class, the barrier with 0, 1, 2, ... occupied neighbours of both ends) or `environment_barriers_eV` (with 0, 1,
    2, ... occupied common neighbours). `material` is then just its name.
    """

    material: str = Field(min_length=1)
    temperature: Temperatures = [298.15]
    hops: Number = 1e7
    replicas: Whole = 8
    seed: Whole = 0
    cells: Cells | None = None
    filling: Number | None = None
    field: FieldStrength | None = None
    kernel: Literal["auto", "lattice", "rejection", "class-lists"] = "auto"
    walkers: Literal["auto", "ions", "vacancies"] = "auto"
    threads: Annotated[int, Field(strict=True, ge=1)] | None = None
    checkpoint: Path | None = None
    check: bool = False

    sample: str | None = None
    barrier: Number | None = None
    attempt_frequency: Number | None = None
    conductivity: Number | None = None

    lattice: str | None = None
    hop_distance_A: Number | None = None
    layer_distance_A: Number | None = None
    barriers_eV: Numbers | None = None
    neighbour_barriers_eV: Table | None = None
    environment_barriers_eV: Table | None = None
    attempt_frequencies_Hz: Numbers = 1e13
    pair_energies_eV: Numbers = 0.0

    @field_validator("filling")
    @classmethod
    def _between_0_and_1(cls, filling: float | None) -> float | None:
        if filling is not None and not 0 < filling < 1:
            raise InputError(f"an occupation of {filling:g} leaves no ion or no vacancy; give one between 0 and 1")
        return filling

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

    sites: SeveralNumbers = [1e4, 1e5]
    seconds: Number = 1.0


Config = TypeVar("Config", bound=RunConfig)


def read_config(model: type[Config], path: Path | None, given: dict[str, Any]) -> Config:
    """Validate a YAML file (if any), overridden by what was given on the command line.

    Raises
    ------
    InputError
        If the file cannot be read, is not a YAML mapping, or a key or value is wrong.
    """
    document = {} if path is None else load_yaml(path)
    try:
        return model.model_validate({**document, **given})
    except ValidationError as error:
        first = error.errors()[0]
        known = ", ".join(model.model_fields)
        where = ".".join(str(part) for part in first["loc"])
        source = f"{path.name}: " if path is not None and where.split(".")[0] in document else ""
        raise InputError(f"{source}{_message(where, first['type'], first['msg'], known)}") from None


def _message(where: str, kind: str, message: str, known: str) -> str:
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    if kind == "missing":
        example = f"; name {_EXAMPLES[where]}" if where in _EXAMPLES else ""
        return f"{where} is missing: give it on the command line or in the configuration{example}"
    if kind == "extra_forbidden":
        return f"unknown key {where!r}; the keys are {known}"
    return f"{where}: {message[0].lower()}{message[1:]}"


class _Loader(yaml.SafeLoader):
    """Plain data only, and numbers as YAML 1.2 has them.

    YAML 1.1 reads `2:4:0.5` as a number to the base 60, and a range of voltages would silently become one of 7440.5 V.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012  # the form that PyYAML asks for
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NUMBER_TAGS]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?\d+$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?$|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$"),
    list("-+.0123456789"),
)


def load_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping (plain data only; no YAML tag is honoured).

    Raises
    ------
    InputError
        If the file cannot be read or holds something else.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  # a safe loader
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path.name} is not valid YAML: {reason}") from None
    if not isinstance(document, dict):
        raise InputError(f"{path.name} holds no keys; write a YAML mapping such as `phases: [LCO, LGPS]`")
    return document


class StudyConfig(EnergiesConfig):
    """A workflow over phases, interfaces, voltages and claims: `workflows/lco_lno_lgps.yaml`."""

    phases: Names
    interfaces: list[tuple[str, str]] = Field(min_length=1)
    voltage: Voltages
    map_voltage: VoltageRange = (0.0, 5.0)
    triangle: tuple[str, str, str] | None = None
    triangle_voltage: float = 4.0
    figure_formats: list[Literal["png", "svg", "pdf"]] = ["png", "pdf"]
    results: Path
    claims: list[Claim] = []


class BulkRun(BaseModel):
    """One material of `BulkTransportConfig`; `hops` and `cells` instead of the usual ones."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    material: str
    sample: str | None = None
    temperature: Temperatures
    hops: Number | None = None
    cells: Cells | None = None


class BulkTransportConfig(RunConfig):
    """A workflow over materials and temperatures: `workflows/bulk_transport.yaml`."""

    runs: list[BulkRun] = Field(min_length=1)
    hops: Number = 1e8
    replicas: Whole = 8
    seed: Whole = 0
    figure_formats: list[Literal["png", "svg", "pdf"]] = ["png", "pdf"]
    results: Path
