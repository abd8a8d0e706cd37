"""Values, ranges and lists as a command line or a YAML file writes them."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from interfacekit.errors import InputError
from interfacekit.numerals import read_number
from interfacekit.quantities import (
    CELLS,
    CONDUCTIVITY,
    FIELD,
    LAYER_THICKNESS,
    PLANE_CELLS,
    PLANES,
    SEED,
    TEMPERATURE,
    THICKNESS,
    VOLTAGE,
    Count,
    Quantity,
)
from interfacekit.units import check_voltage_range
from interfacekit.wording import as_written, shown

if TYPE_CHECKING:
    from interfacekit.transport import Interphase, Layer

#: A list of values longer than this is a slip of the step.
MOST_VALUES = 10_001
#: Before the thickness and conductivity of a layer without sites.
INTERPHASE = "interphase"
#: A length in a unit other than nm.
_OTHER_LENGTH = re.compile(r"[0-9.eE+-]+ *([\u00b5\u03bcumpf]?m|A|\u00c5|angstrom)")
_DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]+ *(nm)?")
#: What a layer `LNO:5 nm` leaves of its thickness.
_UNITS = ("nm", "plane", "planes", "um", "A")
_PLANES = re.compile(r"([0-9]+) ?planes?")


class FieldAlong(NamedTuple):
    """An electric field, V/nm, and the axis that it is along (None: where ions move fastest)."""

    field_V_nm: float
    axis: Literal["x", "y", "z"] | None


def parse_values(quantity: Quantity, spec: Any) -> list[float]:
    """Read a value or a range `low:high:step`, both ends included.

    Raises
    ------
    InputError
        If a number is missing or outside the quantity's range, the range is reversed, or the step is not positive.
    """
    parts = spec.split(":") if isinstance(spec, str) else [spec]
    if len(parts) == 1:
        return [quantity.read(spec)]
    spec = shown(spec).strip("'")
    wanted = f"give low:high:step, such as {_STEPS[quantity]}"
    if len(parts) == 2:
        raise InputError(f"the {quantity.noun} range {spec} needs a step; {wanted}")
    low, high = parse_ends(quantity, ":".join(parts[:2]))
    step = read_number(parts[2]) if len(parts) == 3 else None
    if step is None or not 0 < step < math.inf:
        raise InputError(f"the {quantity.noun} range {spec} needs one positive step; {wanted}")
    steps = (high - low) / step + 1e-9
    if steps >= MOST_VALUES:
        raise InputError(
            f"the {quantity.noun} range {spec} has {steps:.5g} values; take a step that makes at most {MOST_VALUES}"
        )
    return [round(low + i * step, 10) for i in range(math.floor(steps) + 1)]


def parse_ends(quantity: Quantity, spec: str) -> tuple[float, float]:
    """Read a range `low:high`.

    Raises
    ------
    InputError
        If it is not two values within the quantity's range, the lower first.
    """
    parts = spec.split(":")
    if len(parts) != 2:
        raise InputError(f"{shown(spec)} is not a {quantity.noun} range; give low:high, such as {_ENDS[quantity]}")
    low, high = (quantity.read(part) for part in parts)
    if quantity is VOLTAGE:
        return check_voltage_range((low, high))
    if high <= low:
        raise InputError(
            f"the {quantity.noun} range {low:g}:{high:g} is reversed or empty; give low:high:step, such as "
            f"{_STEPS[quantity]}"
        )
    return low, high


def parse_cells(value: Any, quantity: Count = CELLS) -> int | list[int]:
    """Read `20`, `20,20,10`, or a list of three: cells along each axis of a box.

    Raises
    ------
    InputError
        If these are not one or three whole numbers above 0, or too many cells in all.
    """
    cells = _whole_numbers(value, quantity)
    noun = quantity.noun
    if len(cells) not in (1, 3):
        right = f"give {quantity.condition}, such as {quantity.example}, or one for each axis: 20,20,10"
        raise InputError(f"{noun}: {as_written(value)} is not a box; {right}")
    if math.prod(cells) > CELLS.high:
        raise InputError(f"{noun} must be at most {CELLS.high} in all, got {math.prod(cells):.3g}; give fewer")
    return cells[0] if len(cells) == 1 else cells


def parse_plane(value: Any) -> tuple[int, int]:
    """Read `50`, `50,40`, or a list of two: sites along both sides of a plane.

    Raises
    ------
    InputError
        If these are not one or two whole numbers above 0.
    """
    cells = _whole_numbers(value, PLANE_CELLS)
    if len(cells) not in (1, 2):
        raise InputError(
            f"cells: {as_written(value)} is not a plane; give a number such as 50, or one for each side: 50,40"
        )
    return cells[0], cells[-1]


def parse_seeds(value: Any) -> list[int]:
    """Read `0`, `0,1,2`, or a list of whole numbers.

    Raises
    ------
    InputError
        If there is something else among them, a negative number, or nothing.
    """
    seeds = _whole_numbers(value, SEED)
    if not seeds:
        raise InputError(
            f"seed: {as_written(value)} is not possible; give a whole number, 0 or more, or several: 0,1,2"
        )
    return list(dict.fromkeys(seeds))


def parse_layer(spec: Any) -> Layer | Interphase:
    """Read a layer of a stack: `LCO`, `LNO:5nm`, `LNO:5` (nm), `LCO:4planes`, or `interphase:300nm:2e-9` (S/cm).

    Raises
    ------
    InputError
        If it is something else, or no layer can be so thick or so conductive.
    """
    if not isinstance(spec, str):
        raise InputError(f"a layer must be text, got {shown(spec)}; write a material such as LNO:5nm")
    if spec.strip() in _UNITS:
        raise InputError(f"{spec} is a unit, not a layer; write the thickness without a space, such as LNO:5nm")
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
    if with_comma := next((size for size in sizes if _DECIMAL_COMMA.fullmatch(size)), None):
        return f"; write {with_comma.replace(',', '.')}, with a decimal point"
    if any(_OTHER_LENGTH.fullmatch(size) for size in sizes):
        return "; thicknesses are in nm alone"
    return "; the S/cm are missing" if name == INTERPHASE and len(sizes) == 1 else ""


def _layer(name: str, *size: str) -> Layer | Interphase:
    from interfacekit.transport import Interphase, Layer  # transport takes most of a second to import

    if name == INTERPHASE:
        thickness, conductivity = size
        return Interphase(_number(LAYER_THICKNESS, thickness.removesuffix("nm")), _number(CONDUCTIVITY, conductivity))
    if not name or "|" in name:
        raise ValueError(name)
    if not size:
        return Layer(name)
    (thickness,) = size
    planes = _PLANES.fullmatch(thickness)
    if planes:
        return Layer(name, planes=PLANES.read(planes[1]))
    return Layer(name, _number(LAYER_THICKNESS, thickness.removesuffix("nm")))


def _number(quantity: Quantity, text: str) -> float:
    if read_number(text) is None:
        raise ValueError(text)
    return quantity.read(text)


def _whole_numbers(value: Any, quantity: Count) -> list[int]:
    """One number, several separated by commas, or a list; empty where one is not possible."""
    parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    try:
        return [quantity.read(part) for part in parts]
    except InputError:
        return []


def parse_field(value: Any) -> FieldAlong:
    """Read `0.01`, or `0.01:z` with the axis: an electric field, V/nm.

    Raises
    ------
    InputError
        If the field is not a number within the range of fields, or the axis not x, y or z.
    """
    strength, colon, axis = value.partition(":") if isinstance(value, str) else (value, "", "")
    wanted: dict[str, Literal["x", "y", "z"]] = {"x": "x", "y": "y", "z": "z"}
    if colon and axis not in wanted:
        raise InputError(
            f"field: {value!r} is not a field; give V/nm, such as 0.01, or with the axis (x, y or z) that it is along, "
            "such as 0.01:z"
        )
    return FieldAlong(FIELD.read(strength), wanted.get(axis))


#: Examples of ranges.
_STEPS = {VOLTAGE: "2.0:4.5:0.1", TEMPERATURE: "250:400:25", THICKNESS: "1:20:1"}
_ENDS = {VOLTAGE: "0:5", TEMPERATURE: "250:400", THICKNESS: "1:20"}
