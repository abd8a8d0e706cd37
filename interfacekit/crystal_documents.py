"""Crystals of JSON documents in the form of pymatgen, from plain numbers and text alone.

`Structure.from_dict` and `MontyDecoder` import the module that a class mark (`@module`, `@class`, `@callable`) in a
site property names, whosever file it is. Here lattice, species, coordinates and plain properties are taken, and a class
mark below the crystal itself is refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from interfacekit.class_marks import marked_name, replaced
from interfacekit.errors import InputError
from interfacekit.wording import legible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymatgen.core import Structure
    from pymatgen.core.periodic_table import Element, Species

#: Of one cell: symmetry and neighbours of more take minutes.
MOST_ATOMS = 50_000
#: Vectors of a cell are shorter, in angstrom, and atoms lie within as many cells of it.
LONGEST_EDGE_A, FARTHEST_CELLS = 1e5, 1e6
_LONGEST_CAUSE = 300


def structure_of_document(document: Any, name: str) -> Structure:
    """Build a crystal from a document as `Structure.as_dict` of pymatgen makes it.

    Parameters
    ----------
    document
        `lattice` with a `matrix` (angstrom), and `sites`, each with `species` (`element`, `occu`, and optionally
        `oxidation_state` and `spin`), `abc` (fractional), and optionally `properties` and `label`.
    name
        Name of its file, for messages.

    Raises
    ------
    InputError
        If it is no such document, a class is named in it, or a number in it is none that a crystal has.
    """
    from pymatgen.core import Lattice, Structure

    if not (isinstance(document, dict) and isinstance(document.get("lattice"), dict) and "sites" in document):
        raise unreadable(
            name, "it is no structure of pymatgen or crystal of interfacekit, which have a lattice and sites"
        )
    content = _without_classes(document, name)
    sites = content["sites"]
    if not (isinstance(sites, list) and 0 < len(sites) <= MOST_ATOMS):
        raise unreadable(name, f"sites must be a list of 1 to {MOST_ATOMS} atoms")
    matrix = _matrix(content["lattice"].get("matrix"), name)
    lattice = Lattice(matrix, pbc=_periodic(content["lattice"].get("pbc"), name))
    numbered = list(_numbered(sites, name))
    properties = [_mapping(site.get("properties"), f"{where}: properties") for site, where in numbered]
    return Structure(
        lattice,
        [_species(site, where) for site, where in numbered],
        [_three(site.get("abc"), FARTHEST_CELLS, f"{where}: abc") for site, where in numbered],
        charge=None if content.get("charge") is None else _number(content["charge"], 1e6, f"{name}: charge"),
        site_properties={
            key: [one.get(key) for one in properties] for key in dict.fromkeys(key for one in properties for key in one)
        },
        labels=[_text(site.get("label"), f"{where}: label") for site, where in numbered],
        properties=_mapping(content.get("properties"), f"{name}: properties"),
    )


def _without_classes(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Content of a document; raise `InputError` where it names a class, a function or a module for a decoder."""

    def refuse(marked: dict[str, Any], where: str) -> None:
        raise InputError(
            f"{name}: {legible(where) or 'it'} names the class {marked_name(marked)}; crystals are read from numbers "
            "and text alone, write these instead"
        )

    content = {key: value for key, value in document.items() if not key.startswith("@")}
    plain: dict[str, Any] = replaced(content, refuse)
    return plain


def unreadable(name: str, cause: str) -> InputError:
    """Error of a file without a crystal that can be read, by its name and the cause."""
    return InputError(f"{name} cannot be read as a crystal: {legible(cause, _LONGEST_CAUSE)}")


def _numbered(sites: list[Any], name: str) -> Iterator[tuple[dict[str, Any], str]]:
    for number, site in enumerate(sites, 1):
        where = f"{name}: site {number}"
        if not (isinstance(site, dict) and isinstance(site.get("species"), list)):
            raise InputError(f"{where} must have species and abc; write it as pymatgen's Structure.as_dict() does")
        yield site, where


def _species(site: dict[str, Any], where: str) -> dict[Element | Species, float]:
    """Occupancies of the site; those of one species are added up."""
    occupancies: dict[Element | Species, float] = {}
    for one in site["species"]:
        species = _one_species(one, where)
        occupancies[species] = occupancies.get(species, 0.0) + _number(one.get("occu"), 1.0 + 1e-6, f"{where}: occu")
    if not occupancies or min(occupancies.values()) < 0:
        raise InputError(f"{where} must have species with occupancies from 0 to 1")
    return occupancies


def _one_species(one: Any, where: str) -> Element | Species:
    from pymatgen.core.periodic_table import Element, Species

    symbol = one.get("element") if isinstance(one, dict) else None
    if not (isinstance(symbol, str) and Element.is_valid_symbol(symbol)):
        raise InputError(
            f"{where}: species must name an element, got {legible(repr(symbol))}; write its symbol, such as Li"
        )
    if one.get("oxidation_state") is None:
        return Element(symbol)
    spin = None if one.get("spin") is None else _number(one["spin"], 100, f"{where}: spin")
    return Species(symbol, _number(one["oxidation_state"], 100, f"{where}: oxidation_state"), spin=spin)


def _matrix(rows: Any, name: str) -> list[list[float]]:
    if not (isinstance(rows, list) and len(rows) == 3):
        raise unreadable(name, "its lattice must have a matrix of three vectors")
    return [_three(row, LONGEST_EDGE_A, f"{name}: lattice vector") for row in rows]


def _three(row: Any, most: float, where: str) -> list[float]:
    if not (isinstance(row, list) and len(row) == 3):
        raise InputError(f"{where} must be three numbers, got {legible(repr(row))}")
    return [_number(value, most, where) for value in row]


def _number(value: Any, most: float, where: str) -> float:
    """A number as it is, within a size."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and abs(value) <= most:
        return value
    raise InputError(f"{where} must be a number of at most {most:g}, got {legible(repr(value))}")


def _periodic(pbc: Any, name: str) -> tuple[bool, bool, bool]:
    if pbc is None:
        return True, True, True
    if isinstance(pbc, list) and len(pbc) == 3 and all(isinstance(one, bool) for one in pbc):
        return pbc[0], pbc[1], pbc[2]
    raise InputError(f"{name}: pbc must be three of true or false, got {legible(repr(pbc))}")


def _mapping(properties: Any, where: str) -> dict[str, Any]:
    if properties is None or isinstance(properties, dict):
        return properties or {}
    raise InputError(f"{where} must be a mapping, got {legible(repr(properties))}")


def _text(label: Any, where: str) -> str | None:
    if label is None or isinstance(label, str):
        return label
    raise InputError(f"{where} must be text, got {legible(repr(label))}")
