"""What a command or a workflow is asked to do, as one validated document: from YAML, from the command line, or both."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from interfacekit.comparison import Claim  # noqa: TC001  # pydantic reads annotations at run time
from interfacekit.errors import InputError
from interfacekit.units import check_voltage, check_voltage_range

_NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")

#: A list of voltages longer than this is a slip of the step.
MOST_VOLTAGES = 10_001


def parse_voltage(text: str) -> float:
    """Read one voltage (V against Li/Li+).

    Raises
    ------
    InputError
        If it is not a number, not finite, or negative.
    """
    try:
        voltage = float(text)
    except ValueError:
        raise InputError(f"{text!r} is not a voltage; give volts against Li/Li+, such as 3.9") from None
    return check_voltage(voltage)


def parse_voltages(spec: str | float) -> list[float]:
    """Read a voltage or a range `low:high:step`, both ends included.

    Raises
    ------
    InputError
        If a number is missing, negative or not finite, the range is reversed, or the step is not positive.
    """
    parts = str(spec).split(":")
    if len(parts) == 1:
        return [parse_voltage(parts[0])]
    if len(parts) == 2:
        raise InputError(f"the voltage range {spec} needs a step; give low:high:step, such as 2.0:4.5:0.1")
    low, high = parse_range(":".join(parts[:2]))
    try:
        step = float(parts[2]) if len(parts) == 3 else math.nan
    except ValueError:
        step = math.nan
    if not (math.isfinite(step) and step > 0):
        raise InputError(f"the voltage range {spec} needs one positive step; give low:high:step, such as 2.0:4.5:0.1")
    count = math.floor((high - low) / step + 1e-9) + 1
    if count > MOST_VOLTAGES:
        raise InputError(
            f"the voltage range {spec} has {count} voltages; take a step that makes at most {MOST_VOLTAGES}"
        )
    return [round(low + i * step, 10) for i in range(count)]


def parse_range(spec: str) -> tuple[float, float]:
    """Read a range `low:high` of voltages.

    Raises
    ------
    InputError
        If it is not two voltages, the lower first.
    """
    parts = spec.split(":")
    if len(parts) != 2:
        raise InputError(f"{spec!r} is not a voltage range; give low:high, such as 0:5")
    low, high = (parse_voltage(part) for part in parts)
    return check_voltage_range(low, high)


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


def _names(value: Any) -> Any:
    """A list, or names separated by spaces."""
    return value.split() if isinstance(value, str) and value.strip() else _listed(value)


def _voltages(value: Any) -> list[float]:
    return list(dict.fromkeys(voltage for spec in _listed(value) for voltage in parse_voltages(spec)))


def _range(value: Any) -> tuple[float, float]:
    return parse_range(":".join(str(end) for end in value) if isinstance(value, list | tuple) else str(value))


Names = Annotated[list[str], BeforeValidator(_names), Field(min_length=1)]
Paths = Annotated[list[Path], BeforeValidator(_listed)]
Voltages = Annotated[list[float], BeforeValidator(_voltages)]
VoltageRange = Annotated[tuple[float, float], BeforeValidator(_range)]


class RunConfig(BaseModel):
    """What every command takes: where energies come from, and where results go."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    entries: Names = ["mp2019"]
    thermo_type: str | None = None
    output: Paths = []


class WindowConfig(RunConfig):
    """`interfacekit window`: phases, and optionally the delithiated state for an average voltage."""

    phases: Names
    delithiated: str | None = None
    figure: Literal["bars", "staircase"] = "bars"


class ReactConfig(RunConfig):
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


class MapConfig(RunConfig):
    """`interfacekit map`: phases, the pairs among them, and a voltage range; or the phase fields of one pair."""

    phases: Names
    voltage: VoltageRange = (0.0, 5.0)
    rows: Literal["phases", "pairs", "both"] = "both"
    baseline: Literal["mutual", "total"] = "mutual"
    fields: bool = False


class EntriesConfig(RunConfig):
    """`interfacekit entries`: phases or elements that make a chemical system; none for a summary of the source."""

    names: Annotated[list[str], BeforeValidator(_listed)] = []


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
        example = "; name phases such as LCO LGPS" if where == "phases" else ""
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


class StudyConfig(RunConfig):
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
