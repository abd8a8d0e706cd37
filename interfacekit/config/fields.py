"""Kinds of values that configurations hold, each read by its parser."""

from __future__ import annotations

from dataclasses import MISSING
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from interfacekit.errors import InputError
from interfacekit.parsing import (
    FieldAlong,
    parse_cells,
    parse_field,
    parse_layer,
    parse_number,
    parse_plane,
    parse_range,
    parse_seeds,
    parse_temperatures,
    parse_thicknesses,
    parse_voltages,
)

if TYPE_CHECKING:
    from collections.abc import Callable

#: What a message shows as right where something else was given, or nothing.
EXAMPLES = {
    "phases": "LCO LGPS",
    "material": "LCO, LNO or LGPS",
    "layers": "LCO LNO:5nm LGPS",
    "cathode": "LCO",
    "coating": "LNO",
    "electrolyte": "LGPS",
    "thickness": "0,5,10 (nm)",
    "voltage": "3.9:4.3:0.1",
    "particle_size": "10 (um)",
    "evenness": "3",
    "site_spacing_A": "3.2",
    "electrolyte_thickness_nm": "6",
    "materials": "{LNO: {permittivity: 30}}",
    "contacts": "{LCO|LNO: {offset_eV: 0.1}}",
    "interphases": "{LCO|LGPS: {thickness_nm: 300, conductivity_S_cm: 2e-9}}",
    "hops": "1e8",
    "conductivity": "0.012 (S/cm)",
    "attempt_frequency": "1e13 (1/s)",
    "attempt_frequencies_Hz": "1e13",
    "hop_distance_A": "3.0",
    "layer_distance_A": "3.0",
    "sites": "1e5",
    "seconds": "1",
    "sigma": "0.024 (eV/atom)",
}


def listed(value: Any) -> Any:
    """A list as it is, anything else as a list of one."""
    return value if isinstance(value, list | tuple) else [value]


def _names(value: Any) -> Any:
    """A list, or names separated by spaces."""
    return value.split() if isinstance(value, str) and value.strip() else listed(value)


def _several(value: Any, parse: Callable[[Any], list[float]]) -> list[float]:
    """Values and ranges of a list, or separated by commas, each value once."""
    specs = [part for one in listed(value) for part in (one.split(",") if isinstance(one, str) else [one])]
    return list(dict.fromkeys(found for spec in specs for found in parse(spec)))


def _voltages(value: Any) -> list[float]:
    return _several(value, parse_voltages)


def _temperatures(value: Any) -> list[float]:
    return _several(value, parse_temperatures)


def _thicknesses(value: Any) -> list[float]:
    return _several(value, parse_thicknesses)


def _range(value: Any) -> tuple[float, float]:
    return parse_range(":".join(str(end) for end in value) if isinstance(value, list | tuple) else str(value))


def _layers(value: Any) -> list[Any]:
    return [parse_layer(spec) for spec in _names(value)]


def _numbers_by_name(value: Any, info: ValidationInfo) -> dict[str, dict[str, Any]]:
    if not (isinstance(value, dict) and all(isinstance(numbers, dict) for numbers in value.values())):
        raise InputError(
            f"{info.field_name}: {value!r} has no numbers by name; give some such as {EXAMPLES[str(info.field_name)]}"
        )
    return {str(name): dict(numbers) for name, numbers in value.items()}


def _interphases(value: Any, info: ValidationInfo) -> dict[str, dict[str, Any]]:
    from interfacekit.transport import Interphase  # transport takes most of a second to import

    numbers_of_one = Interphase.__dataclass_fields__
    keys, needed = tuple(numbers_of_one), [k for k, f in numbers_of_one.items() if f.default is MISSING]
    found = _numbers_by_name(value, info)
    for name, numbers in found.items():
        for key in numbers:
            if key not in keys:
                raise InputError(f"{key!r} is no number of the interphase of {name}; there is {', '.join(keys)}")
        missing = [key for key in needed if key not in numbers]
        if missing:
            raise InputError(f"the interphase of {name} lacks {', '.join(missing)}")
        Interphase(**numbers)
    return found


def _number(value: Any, info: ValidationInfo) -> float:
    name = str(info.field_name)
    return parse_number(value, name, EXAMPLES.get(name, "0.3"))


def _numbers(value: Any, info: ValidationInfo) -> float | list[float]:
    return [_number(one, info) for one in value] if isinstance(value, list | tuple) else _number(value, info)


def _separated(value: Any, info: ValidationInfo) -> list[float]:
    """A list, or numbers separated by commas."""
    return [_number(part, info) for part in (value.split(",") if isinstance(value, str) else listed(value))]


def _table(value: Any, info: ValidationInfo) -> list[list[float]]:
    if not (isinstance(value, list | tuple) and all(isinstance(row, list | tuple) for row in value)):
        raise InputError(
            f"{info.field_name}: {value!r} is not a table; give a list of barriers for each hop class, such as "
            "[[0.3, 0.35, 0.4]]"
        )
    return [[_number(one, info) for one in row] for row in value]


Names = Annotated[list[str], BeforeValidator(_names), Field(min_length=1)]
Paths = Annotated[list[Path], BeforeValidator(listed)]
Voltages = Annotated[list[float], BeforeValidator(_voltages)]
VoltageRange = Annotated[tuple[float, float], BeforeValidator(_range)]
Temperatures = Annotated[list[float], BeforeValidator(_temperatures), Field(min_length=1)]
Thicknesses = Annotated[list[float], BeforeValidator(_thicknesses), Field(min_length=1)]
Layers = Annotated[list[Any], BeforeValidator(_layers), Field(min_length=1)]
NumbersByName = Annotated[dict[str, dict[str, Any]], BeforeValidator(_numbers_by_name)]
Interphases = Annotated[dict[str, dict[str, Any]], BeforeValidator(_interphases)]
Number = Annotated[float, BeforeValidator(_number)]
Numbers = Annotated[float | list[float], BeforeValidator(_numbers)]
Table = Annotated[list[list[float]], BeforeValidator(_table)]
SeveralNumbers = Annotated[list[float], BeforeValidator(_separated), Field(min_length=1)]
Whole = Annotated[int, Field(strict=True)]
Cells = Annotated[int | list[int], BeforeValidator(parse_cells)]
PlaneCells = Annotated[tuple[int, int], BeforeValidator(parse_plane)]
Seeds = Annotated[list[int], BeforeValidator(parse_seeds)]
FieldStrength = Annotated[FieldAlong, BeforeValidator(parse_field)]
