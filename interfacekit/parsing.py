"""Values, ranges and lists as a command line or a YAML file writes them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from interfacekit.errors import InputError
from interfacekit.units import check_voltage, check_voltage_range

if TYPE_CHECKING:
    from collections.abc import Callable

    from interfacekit.transport import Interphase, Layer

#: A list of values longer than this is a slip of the step.
MOST_VALUES = 10_001
#: Before the thickness and conductivity of a layer without sites.
INTERPHASE = "interphase"
#: A length in a unit other than nm.
_OTHER_LENGTH = re.compile(r"[0-9.eE+-]+ *([\u00b5\u03bcumpf]?m|A|\u00c5|angstrom)")
_PLANES = re.compile(r"(\d+) ?planes?")


@dataclass(frozen=True)
class _Quantity:
    """What values and ranges are of: its name, examples of both, and what checks a value and the ends of a range."""

    name: str
    value: str
    steps: str
    ends: str
    check: Callable[[float], float]
    check_ends: Callable[[float, float], tuple[float, float]]


class FieldAlong(NamedTuple):
    """An electric field, V/nm, and the axis that it is along (None: where ions move fastest)."""

    field_V_nm: float
    axis: Literal["x", "y", "z"] | None


def parse_voltages(spec: str | float) -> list[float]:
    """Read a voltage (V against Li/Li+) or a range `low:high:step`, both ends included.

    Raises
    ------
    InputError
        If a number is missing, negative or not finite, the range is reversed, or the step is not positive.
    """
    return _parse_values(_VOLTAGE, spec)


def parse_temperatures(spec: str | float) -> list[float]:
    """Read a temperature (K) or a range `low:high:step`, both ends included.

    Raises
    ------
    InputError
        If a number is missing, not positive or not finite, the range is reversed, or the step is not positive.
    """
    return _parse_values(_TEMPERATURE, spec)


def parse_thicknesses(spec: str | float) -> list[float]:
    """Read a thickness (nm) or a range `low:high:step`, both ends included; 0 is a bare contact.

    Raises
    ------
    InputError
        If a number is missing, negative or not finite, the range is reversed, or the step is not positive.
    """
    return _parse_values(_THICKNESS, spec)


def parse_range(spec: str) -> tuple[float, float]:
    """Read a range `low:high` of voltages.

    Raises
    ------
    InputError
        If it is not two voltages, the lower first.
    """
    return _parse_ends(_VOLTAGE, spec)


def parse_number(value: Any, name: str, example: str) -> float:
    """Read a number; whether it is possible is for its user to say.

    Raises
    ------
    InputError
        If it is something else; names the option and an example of what would be right.
    """
    try:
        return float(str(value) if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        raise InputError(f"{name}: {value!r} is not a number; give one such as {example}") from None


def parse_cells(value: Any) -> int | list[int]:
    """Read `20`, `20,20,10`, or a list of three: cells along each axis of a box.

    Raises
    ------
    InputError
        If these are not one or three whole numbers above 0.
    """
    cells = _whole_numbers(value)
    if len(cells) not in (1, 3) or min(cells) < 1:
        raise InputError(f"cells: {value!r} is not a box; give a number such as 20, or one for each axis: 20,20,10")
    return cells[0] if len(cells) == 1 else cells


def parse_plane(value: Any) -> tuple[int, int]:
    """Read `50`, `50,40`, or a list of two: sites along both sides of a plane.

    Raises
    ------
    InputError
        If these are not one or two whole numbers above 0.
    """
    cells = _whole_numbers(value)
    if len(cells) not in (1, 2) or min(cells) < 1:
        raise InputError(f"cells: {value!r} is not a plane; give a number such as 50, or one for each side: 50,40")
    return cells[0], cells[-1]


def parse_seeds(value: Any) -> list[int]:
    """Read `0`, `0,1,2`, or a list of whole numbers.

    Raises
    ------
    InputError
        If there is something else among them, a negative number, or nothing.
    """
    seeds = _whole_numbers(value)
    if not seeds or min(seeds) < 0:
        raise InputError(f"seed: {value!r} is not possible; give a whole number, 0 or more, or several: 0,1,2")
    return list(dict.fromkeys(seeds))


def parse_layer(spec: Any) -> Layer | Interphase:
    """Read a layer of a stack: `LCO`, `LNO:5nm`, `LNO:5` (nm), `LCO:4planes`, or `interphase:300nm:2e-9` (S/cm).

    Raises
    ------
    InputError
        If it is something else, or no layer can be so thick or so conductive.
    """
    try:
        return _layer(*(part.strip() for part in str(spec).split(":")))
    except InputError:
        raise
    except ValueError:
        raise InputError(
            f"{spec!r} is not a layer; give a material, with its thickness or planes (LCO, LNO:5nm, LCO:4planes), or "
            f"an interphase with its thickness and S/cm (interphase:300nm:2e-9){_fault(str(spec))}"
        ) from None


def _fault(spec: str) -> str:
    """What is wrong with the size of a layer, where that can be told."""
    name, *sizes = (part.strip() for part in spec.split(":"))
    if any(_OTHER_LENGTH.fullmatch(size) for size in sizes):
        return "; thicknesses are in nm alone"
    return "; the S/cm are missing" if name == INTERPHASE and len(sizes) == 1 else ""


def _layer(name: str, *size: str) -> Layer | Interphase:
    from interfacekit.transport import Interphase, Layer  # transport takes most of a second to import

    if name == INTERPHASE:
        thickness, conductivity = size
        return Interphase(_nanometres(thickness), float(conductivity))
    if not name or "|" in name:
        raise ValueError(name)
    if not size:
        return Layer(name)
    (thickness,) = size
    planes = _PLANES.fullmatch(thickness)
    return Layer(name, planes=int(planes[1])) if planes else Layer(name, _nanometres(thickness))


def _nanometres(text: str) -> float:
    return float(text.removesuffix("nm"))


def _whole_numbers(value: Any) -> list[int]:
    """One number, several separated by commas, or a list; empty where one is not whole."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    try:
        numbers = [int(part) if isinstance(part, str) else part for part in parts]
    except ValueError:
        return []
    return numbers if all(type(number) is int for number in numbers) else []


def parse_field(value: Any) -> FieldAlong:
    """Read `0.01`, or `0.01:z` with the axis: an electric field, V/nm.

    Raises
    ------
    InputError
        If the field is not a finite number, or the axis not x, y or z.
    """
    strength, colon, axis = str(value).partition(":")
    try:
        field_V_nm = float(strength)
    except ValueError:
        field_V_nm = math.nan
    wanted: dict[str, Literal["x", "y", "z"]] = {"x": "x", "y": "y", "z": "z"}
    if not math.isfinite(field_V_nm) or (colon and axis not in wanted):
        raise InputError(
            f"field: {value!r} is not a field; give V/nm, such as 0.01, or with the axis (x, y or z) that it is along, "
            "such as 0.01:z"
        )
    return FieldAlong(field_V_nm, wanted.get(axis))


def _parse_value(quantity: _Quantity, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{text!r} is not a {quantity.name}; give {quantity.value}") from None
    return quantity.check(value)


def _parse_values(quantity: _Quantity, spec: str | float) -> list[float]:
    parts = str(spec).split(":")
    if len(parts) == 1:
        return [_parse_value(quantity, parts[0])]
    wanted = f"give low:high:step, such as {quantity.steps}"
    if len(parts) == 2:
        raise InputError(f"the {quantity.name} range {spec} needs a step; {wanted}")
    low, high = _parse_ends(quantity, ":".join(parts[:2]))
    try:
        step = float(parts[2]) if len(parts) == 3 else math.nan
    except ValueError:
        step = math.nan
    if not (math.isfinite(step) and step > 0):
        raise InputError(f"the {quantity.name} range {spec} needs one positive step; {wanted}")
    count = math.floor((high - low) / step + 1e-9) + 1
    if count > MOST_VALUES:
        raise InputError(
            f"the {quantity.name} range {spec} has {count} values; take a step that makes at most {MOST_VALUES}"
        )
    return [round(low + i * step, 10) for i in range(count)]


def _parse_ends(quantity: _Quantity, spec: str) -> tuple[float, float]:
    parts = spec.split(":")
    if len(parts) != 2:
        raise InputError(f"{spec!r} is not a {quantity.name} range; give low:high, such as {quantity.ends}")
    low, high = (_parse_value(quantity, part) for part in parts)
    return quantity.check_ends(low, high)


def _check_temperature(temperature_K: float) -> float:
    from interfacekit.transport.rates import check_temperature  # transport takes most of a second to import

    return check_temperature(temperature_K)


def _check_temperature_range(low_K: float, high_K: float) -> tuple[float, float]:
    if high_K <= low_K:
        raise InputError(
            f"the temperature range {low_K:g}:{high_K:g} is reversed or empty; give low:high:step, such as 250:400:25"
        )
    return low_K, high_K


def _check_thickness(thickness_nm: float) -> float:
    if not (math.isfinite(thickness_nm) and thickness_nm >= 0):
        raise InputError(f"a shell of {thickness_nm:g} nm is not possible; give 0 (bare) or more")
    return thickness_nm + 0.0


def _check_thickness_range(low_nm: float, high_nm: float) -> tuple[float, float]:
    if high_nm <= low_nm:
        raise InputError(
            f"the thickness range {low_nm:g}:{high_nm:g} is reversed or empty; give low:high:step, such as 1:20:1"
        )
    return low_nm, high_nm


_VOLTAGE = _Quantity(
    "voltage", "volts against Li/Li+, such as 3.9", "2.0:4.5:0.1", "0:5", check_voltage, check_voltage_range
)
_TEMPERATURE = _Quantity(
    "temperature", "kelvin, such as 300", "250:400:25", "250:400", _check_temperature, _check_temperature_range
)
_THICKNESS = _Quantity("thickness", "nanometres, such as 5", "1:20:1", "1:20", _check_thickness, _check_thickness_range)
