"""Materials with an alias and their literature values, each with source and certainty.

The records are in the catalogue, `data/catalogue/*.yaml` (see `docs/materials.md`), and the literature values in
`data/reference/transport.csv`.
`certainty` states the reliability of a number: `seen` (read in the source or its abstract), `derived` (arithmetic on
other rows), `seen-secondary` (quoted by a third party), `figure-read` (digitised) or `memory-approx` (recalled; never a
fact).
"""

from __future__ import annotations

import atexit
import csv
import io
import re
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from interfacekit.elements import is_symbol
from interfacekit.errors import ComputationError, InputError
from interfacekit.reprs import ShortRepr
from interfacekit.yaml_documents import load_own_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Order of materials in lists.
_ROLES = ("cathode", "coating", "solid electrolyte")
_PLAIN_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d*)+")
_SYMBOL = re.compile(r"[A-Z][a-z]?")


@dataclass(frozen=True)
class Property(ShortRepr):
    """Literature value of a material.

    Attributes
    ----------
    system
        Sample or model (a film, a crystal, a force field).
    quantity
        Measured or computed quantity.
    value
        Number, in `unit`; None for a range or words.
    text
        Value as in the source table.
    unit
        Unit of the value.
    conditions
        Conditions, such as the temperature.
    source
        Source of the value.
    certainty
        Certainty of the value, see `interfacekit.materials`.
    """

    system: str
    quantity: str
    value: float | None
    text: str
    unit: str
    conditions: str
    source: str
    certainty: str


@dataclass(frozen=True)
class Material(ShortRepr):
    """Material with an alias.

    Attributes
    ----------
    alias
        Alias, such as `LGPS`.
    other_aliases
        Other aliases.
    formula
        Formula.
    name
        Name in words.
    role
        Role in a cell: `cathode`, `coating` or `solid electrolyte`.
    structure
        Name of a CIF (see `crystal_path`), or None.
    properties
        Literature values with unit, source and certainty.

    Examples
    --------
    >>> import interfacekit as ik
    >>> lgps = ik.material("LGPS")
    >>> lgps.name, lgps.role
    ('lithium germanium thiophosphate', 'solid electrolyte')
    """

    alias: str
    other_aliases: tuple[str, ...]
    formula: str
    name: str
    role: str
    structure: str | None
    properties: tuple[Property, ...]


def material(alias: str) -> Material:
    """Return the record of a material.

    Parameters
    ----------
    alias
        Alias (case-insensitive) or formula of a built-in material.

    Returns
    -------
    Material
        Formula, role, crystal structure and literature values.

    Raises
    ------
    InputError
        If the material is unknown.

    Examples
    --------
    >>> import interfacekit as ik
    >>> value = ik.material("LGPS").properties[0]
    >>> value.quantity, value.text, value.unit, value.certainty
    ('D bulk (MACE)', '2.99e-07', 'cm2/s', 'seen-secondary')
    """
    record = find_material(alias)
    if record is None:
        raise InputError(f"unknown material {alias!r}; choose from {', '.join(aliases())}")
    return record


def crystal_path(alias: str) -> Path:
    """Path of the CIF of a material, in an installed package or in the repository.

    Raises
    ------
    InputError
        If the material is unknown, or has no structure.
    ComputationError
        If the file is missing from the installation.
    """
    record = material(alias)
    if record.structure is None:
        known = ", ".join(m.alias for m in materials() if m.structure)
        raise InputError(f"{record.alias} has no crystal structure; choose from {known}")
    package = files("interfacekit")
    # In an installed package, or beside the package in the repository.
    for folder in (package / "data" / "structures", Path(str(package)).parent / "structures"):
        path = folder / record.structure
        if path.is_file():
            return path if isinstance(path, Path) else _extracted(record.structure)
    raise ComputationError(
        f"the crystal structure of {record.alias} ({record.structure}) is missing from this installation; install "
        "interfacekit again, or give a file"
    )


@cache
def _extracted(name: str) -> Path:
    """Copy of a CIF of a zipped package, which is deleted at the end of the process."""
    copies = ExitStack()
    atexit.register(copies.close)
    return copies.enter_context(as_file(files("interfacekit") / "data" / "structures" / name))


def find_material(name: str) -> Material | None:
    """Return the record whose alias (case-insensitive) or formula (exactly) is `name`, or None.

    A name that spells elements is a formula unless an alias has exactly this spelling: `LaO` is lanthanum monoxide, not
    LAO.
    """
    exact = _by_name().get(name)
    return _by_alias().get(name.casefold()) if exact is None and not _spells_elements(name) else exact


def aliases() -> tuple[str, ...]:
    """All aliases, in the order of the records."""
    return tuple(alias for record in materials() for alias in (record.alias, *record.other_aliases))


@lru_cache(maxsize=1)
def materials() -> tuple[Material, ...]:
    """All material records."""
    numbers: dict[str, list[Property]] = {}
    for row in reference_table("transport"):
        numbers.setdefault(row["system"], []).append(_property(row))
    return tuple(
        Material(
            alias=alias,
            other_aliases=tuple(described.get("names", ())),
            formula=described["formula"],
            name=described["description"],
            role=described["role"],
            structure=described.get("structure"),
            properties=tuple(number for system in described.get("literature", ()) for number in numbers[system]),
        )
        for alias, described in built_in("materials").items()
    )


@cache
def built_in(kind: Literal["materials", "contacts"]) -> Mapping[str, Any]:
    """Descriptions of the built-in materials (cathodes first, electrolytes last) or contacts by name."""
    folder = files("interfacekit") / "data" / "catalogue"
    descriptions: dict[str, Any] = {}
    for name in sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml")):
        descriptions |= load_own_yaml((folder / name).read_text(encoding="utf-8")).get(kind, {})
    if kind == "contacts":
        return descriptions
    return dict(sorted(descriptions.items(), key=lambda item: _ROLES.index(item[1]["role"])))


def reference_table(name: str) -> list[dict[str, str]]:
    """Read a literature table of `data/reference`: `windows`, `interface_reactions`, `transport`, ...

    Each row carries `source` and `certainty`; show both with every value.

    Raises
    ------
    InputError
        If the table is unknown.
    """
    folder = files("interfacekit") / "data" / "reference"
    tables = sorted(entry.name.removesuffix(".csv") for entry in folder.iterdir() if entry.name.endswith(".csv"))
    if name not in tables:
        raise InputError(f"unknown reference table {name!r}; choose from {', '.join(tables)}")
    return _read_csv(f"reference/{name}.csv")


@lru_cache(maxsize=1)
def _by_alias() -> dict[str, Material]:
    return {alias.casefold(): record for record in materials() for alias in (record.alias, *record.other_aliases)}


@lru_cache(maxsize=1)
def _by_name() -> dict[str, Material]:
    by_formula = {record.formula: record for record in materials()}
    return by_formula | {alias: record for record in materials() for alias in (record.alias, *record.other_aliases)}


def _spells_elements(name: str) -> bool:
    plain = _PLAIN_FORMULA.fullmatch(name)
    return plain is not None and all(map(is_symbol, _SYMBOL.findall(name)))


def _read_csv(name: str) -> list[dict[str, str]]:
    text = (files("interfacekit") / "data" / name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def _property(row: dict[str, str]) -> Property:
    try:
        value = float(row["value"])
    except ValueError:  # a range such as "1e-13 - 1e-8", or words
        value = None
    return Property(
        system=row["system"],
        quantity=row["quantity"],
        value=value,
        text=row["value"],
        unit=row["unit"],
        conditions=row["conditions"],
        source=row["source"],
        certainty=row["certainty"],
    )
