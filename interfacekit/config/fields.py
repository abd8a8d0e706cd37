"""Kinds of values that configurations hold, each read by its parser."""

from __future__ import annotations

import re
from dataclasses import MISSING, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo

from interfacekit.config.parsing import (
    FieldAlong,
    parse_cells,
    parse_ends,
    parse_field,
    parse_layer,
    parse_plane,
    parse_seeds,
    parse_values,
)
from interfacekit.errors import InputError
from interfacekit.numerals import compact
from interfacekit.quantities import (
    BARRIER,
    BARRIER_CHANGE,
    BENCH_SITES,
    CELLS,
    CONTACT_NUMBERS,
    COPIES,
    FIELD,
    HOP_FREQUENCY,
    INTERPHASE_NUMBERS,
    PAIR_ENERGY,
    PLANE_CELLS,
    SEED,
    SITE_SPACING,
    TEMPERATURE,
    THICKNESS,
    VOLTAGE,
    Count,
    Quantity,
)
from interfacekit.wording import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: What a message shows as right where something else was given, or nothing.
EXAMPLES = {
    "phases": "LCO LGPS",
    "material": "LCO, LNO or LGPS",
    "crystal": "LCO, a file of a crystal, or mp-22526",
    "crystals": "LCO LNO",
    "calculator": "chgnet",
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
    "materials": "{LNO: {permittivity: 30}} or the file mine.yaml",
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


def words(value: Any) -> list[Any]:
    """A list, or words separated by spaces or commas; each of a list may be several, too."""
    parts = [re.split(r"[\s,]+", one.strip(" ,")) if isinstance(one, str) else [one] for one in listed(value)]
    return [word for part in parts for word in part if word != ""]


def _phases(value: Any) -> Any:
    """Words of a text, or a list in which commas, but no spaces, may separate several: a formula has none."""
    if isinstance(value, str):
        return words(value)
    parts = [one.split(",") if isinstance(one, str) else [one] for one in listed(value)]
    return [name for part in parts for name in part if name != ""]


@dataclass(frozen=True)
class Of:
    """Binds the several numbers of a field to a quantity; a field of one number is annotated with the quantity itself.

    Attributes
    ----------
    quantity
        Of each number.
    read
        Called with the quantity, the value of the field and its name.
    separator
        Between the numbers where a help text writes them.
    """

    quantity: Quantity
    read: Callable[[Quantity, Any, str], Any]
    separator: str = ","

    def write(self, values: Any) -> str:
        """The numbers as a command line takes them; one of equal ones."""
        several = values if isinstance(values, list | tuple) else [values]
        texts = [compact(one) for one in several]
        return texts[0] if len({*texts}) == 1 else self.separator.join(texts)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Let a field be read so."""
        return BeforeValidator(self._validated).__get_pydantic_core_schema__(source, handler)

    def _validated(self, value: Any, info: ValidationInfo) -> Any:
        try:
            found = self.read(self.quantity, value, info.field_name or "")
        except InputError as error:
            raise InputError(f"{error}{_comma_hint(value)}") from None
        if info.context is not None and not isinstance(self.quantity, Count) and any(map(_may_be_one, listed(value))):
            info.context.append(_echo(self.quantity, found))
        return found


def _may_be_one(value: Any) -> bool:
    """Whether two values may be one number with a decimal comma."""
    return isinstance(value, str) and re.fullmatch(r"\s*[0-9]+,[0-9]+\s*", value) is not None


def _comma_hint(value: Any) -> str:
    """Hint for a refused list of two values, which may be one number with a decimal comma."""
    one = next(filter(_may_be_one, listed(value)), None)
    return "" if one is None else f"; {one} are two values: write {one.strip().replace(',', '.')} for one"


def _echo(quantity: Quantity, values: Sequence[float]) -> str:
    """The values of a list in one line: the reader sees where a decimal comma has made two of one."""
    words = [f"{value:g}" for value in values]
    noun = quantity.plural if len(words) > 1 else quantity.noun
    return f"{len(words)} {noun}: {', '.join(words)} {quantity.unit}".rstrip()


def _several(quantity: Quantity, value: Any, _: str) -> list[float]:
    """Values and ranges of a list, or separated by commas, each value once."""
    specs = [part for one in listed(value) for part in (one.split(",") if isinstance(one, str) else [one])]
    return list(dict.fromkeys(found for spec in specs for found in parse_values(quantity, spec)))


def _range(quantity: Quantity, value: Any, _: str) -> tuple[float, float]:
    return parse_ends(quantity, ":".join(str(end) for end in value) if isinstance(value, list | tuple) else str(value))


def _one_or_more(quantity: Quantity, value: Any, name: str) -> float | list[float]:
    if isinstance(value, list | tuple):
        return [quantity.read(one, name) for one in value]
    return quantity.read(value, name)


def _separated(quantity: Quantity, value: Any, name: str) -> list[float]:
    """A list, or numbers separated by commas."""
    return [quantity.read(part, name) for part in (value.split(",") if isinstance(value, str) else listed(value))]


def _table(quantity: Quantity, value: Any, name: str) -> list[list[float]]:
    if not (isinstance(value, list | tuple) and all(isinstance(row, list | tuple) for row in value)):
        raise InputError(
            f"{name}: {shown(value)} is not a table; give a list of barriers for each hop class, such as "
            "[[0.3, 0.35, 0.4]]"
        )
    return [[quantity.read(one, name) for one in row] for row in value]


def _by(parse: Callable[[Any], Any]) -> Callable[[Quantity, Any, str], Any]:
    """A reader of fields from a parser that knows its quantity."""
    return lambda _, value, __: parse(value)


def _layers(value: Any) -> list[Any]:
    return [parse_layer(spec) for spec in _names(value)]


def _numbers_by_name(value: Any, info: ValidationInfo) -> dict[str, dict[str, Any]]:
    field = str(info.field_name)
    return numbers_by_name(field, _BY_NAME[field], value)


def numbers_by_name(
    field: str,
    known: Mapping[str, Quantity],
    value: Any,
    *,
    keep: Callable[[Mapping[str, Any]], bool] | None = None,
) -> dict[str, dict[str, Any]]:
    """Read mappings of numbers by name.

    Parameters
    ----------
    field
        Of the configuration, for messages.
    known
        Quantities by the keys of the numbers.
    value
        The mapping.
    keep
        Which mappings are left as they are; none by default.

    Raises
    ------
    InputError
        If it is something else, or a number is not possible.
    """
    if not (isinstance(value, dict) and all(isinstance(numbers, dict) for numbers in value.values())):
        raise InputError(f"{field}: {shown(value)} has no numbers by name; give some such as {EXAMPLES[field]}")
    return {
        str(name): numbers
        if keep is not None and keep(numbers)
        else {key: _given(known.get(key), one, f"{key} of {name}") for key, one in numbers.items()}
        for name, numbers in value.items()
    }


def _given(quantity: Quantity | None, value: Any, name: str) -> Any:
    """A number, or numbers, by name; what is no number of the table is left to what takes it."""
    if quantity is None or value is None or hasattr(value, "items"):
        return value
    return _one_or_more(quantity, value, name)


def _interphases(value: Any, info: ValidationInfo) -> dict[str, dict[str, Any]]:
    from interfacekit.transport import Interphase  # transport takes most of a second to import

    needed = [key for key, field in Interphase.__dataclass_fields__.items() if field.default is MISSING]
    found = _numbers_by_name(value, info)
    for name, numbers in found.items():
        for key in numbers:
            if key not in INTERPHASE_NUMBERS:
                there = ", ".join(INTERPHASE_NUMBERS)
                raise InputError(f"{key!r} is no number of the interphase of {name}; there is {there}")
        missing = [key for key in needed if key not in numbers]
        if missing:
            raise InputError(f"the interphase of {name} lacks {', '.join(missing)}")
        Interphase(**numbers)
    return found


_BY_NAME = {"contacts": CONTACT_NUMBERS, "interphases": INTERPHASE_NUMBERS}

Name = Annotated[str, Field(min_length=1)]
Words = Annotated[list[str], BeforeValidator(words)]
Phases = Annotated[list[str], BeforeValidator(_phases), Field(min_length=1)]
Names = Annotated[list[str], BeforeValidator(_names), Field(min_length=1)]
Paths = Annotated[list[Path], BeforeValidator(listed)]
Voltages = Annotated[list[float], Of(VOLTAGE, _several)]
VoltageRange = Annotated[tuple[float, float], Of(VOLTAGE, _range, ":")]
Temperatures = Annotated[list[float], Of(TEMPERATURE, _several), Field(min_length=1)]
Thicknesses = Annotated[list[float], Of(THICKNESS, _several), Field(min_length=1)]
Layers = Annotated[list[Any], BeforeValidator(_layers), Field(min_length=1)]
NumbersByName = Annotated[dict[str, dict[str, Any]], BeforeValidator(_numbers_by_name)]
Interphases = Annotated[dict[str, dict[str, Any]], BeforeValidator(_interphases)]
Barriers = Annotated[float | list[float], Of(BARRIER, _one_or_more)]
BarrierTable = Annotated[list[list[float]], Of(BARRIER, _table)]
HopFrequencies = Annotated[float | list[float], Of(HOP_FREQUENCY, _one_or_more)]
PairEnergies = Annotated[float | list[float], Of(PAIR_ENERGY, _one_or_more)]
BarrierChanges = Annotated[list[float], Of(BARRIER_CHANGE, _separated), Field(min_length=1)]
SiteSpacings = Annotated[list[float], Of(SITE_SPACING, _separated), Field(min_length=1)]
BenchSites = Annotated[list[float], Of(BENCH_SITES, _separated), Field(min_length=1)]
Cells = Annotated[int | list[int], Of(CELLS, _by(parse_cells))]
PlaneCells = Annotated[tuple[int, int], Of(PLANE_CELLS, _by(parse_plane))]
Copies = Annotated[int | list[int], Of(COPIES, lambda quantity, value, _: parse_cells(value, quantity))]
Seeds = Annotated[list[int], Of(SEED, _by(parse_seeds))]
FieldStrength = Annotated[FieldAlong, Of(FIELD, _by(parse_field))]
