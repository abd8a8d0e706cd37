"""Table of sites of a CIF: which sites have an element, coordinates and an occupancy.

Occupancies of elements that share a site and add up to 1 within `OCCUPANCY_TOLERANCE` are scaled to 1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
from pymatgen.core import Element, Structure

from interfacekit.crystal_documents import FARTHEST_CELLS, unreadable
from interfacekit.errors import InputError
from interfacekit.numerals import plain, read_measured
from interfacekit.structure.reading.cif_blocks import COORDINATES, SITE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.structure.reading.cif_blocks import Block

#: Three decimals of three elements leave 0.0015; refinements and two decimals up to this.
OCCUPANCY_TOLERANCE = 0.02
#: Sums that differ from 1 by less are exact.
_EXACT = 1e-6
_LABEL, _KIND = f"{SITE}label", f"{SITE}type_symbol"
_COLUMNS = (_LABEL, _KIND, *COORDINATES, f"{SITE}occupancy")


def occupied_sites(block: Block) -> tuple[dict[str, list[str]], list[str]]:
    """Find the sites that have an element and coordinates.

    Parameters
    ----------
    block
        With a table of sites.

    Returns
    -------
    columns : dict
        Values by name of the column, one for each site.
    notes : list of str
        Hydrogen atoms that were left out.

    Raises
    ------
    InputError
        If a column is missing, a value is no number, or a site is of no element.
    """
    columns = _columns(block)
    labels, kinds = columns[_LABEL], columns[_KIND]
    kept, hydrogen = [], 0
    for row, label in enumerate(labels):
        kind = kinds[row]
        place = [columns[name][row] for name in COORDINATES]
        if any(x in {"?", "."} for x in place) and re.match(r"[HD](?![a-z])", kind):
            hydrogen += 1
        elif _occupancy(columns, row, block.origin) > 0:
            _check_site(label, kind, place, block.origin)
            kept.append(row)
    notes = [f"{hydrogen} hydrogen sites without coordinates are left out"] if hydrogen else []
    attached = (_or_zero(text) for text in block.column(f"{SITE}attached_hydrogens"))
    if any(attached):
        notes.append("hydrogen atoms that the file attaches to other sites have no coordinates and are left out")
    if not kept:
        raise unreadable(block.origin, "none of its sites is occupied and has coordinates")
    numbers = (*COORDINATES, f"{SITE}occupancy")
    found = {name: [values[row] for row in kept] for name, values in columns.items()}
    return {name: [plain(text) for text in texts] if name in numbers else texts for name, texts in found.items()}, notes


def _columns(block: Block) -> dict[str, list[str]]:
    """Label, element, coordinates and, where the file has them, occupancies of all sites."""
    if any(name.startswith(("_cell_modulation", "_cell_wave_vector")) for name in block.items):
        raise unreadable(block.origin, "it is modulated; give a commensurate supercell or the average structure")
    columns = {name: block.column(name) for name in _COLUMNS if name in block.items}
    missing = [name for name in COORDINATES if name not in columns]
    if missing:
        cartesian = f"{SITE}cartn_x" in block.items
        hint = "; its coordinates are Cartesian: write fractional ones" if cartesian else ""
        raise unreadable(block.origin, f"its atoms have no {missing[0]}{hint}")
    labels = columns.get(_LABEL) or columns.get(_KIND)
    if not labels:
        raise unreadable(block.origin, f"its atoms have neither {_LABEL} nor {_KIND}")
    if any(len(values) != len(labels) for values in columns.values()):
        raise unreadable(block.origin, "the columns of its table of sites differ in length; is it damaged?")
    kinds = columns.get(_KIND) or labels
    known = [label if kind in {"?", "."} else kind for kind, label in zip(kinds, labels, strict=True)]
    return {**columns, _LABEL: labels, _KIND: known}


def _occupancy(columns: dict[str, list[str]], row: int, origin: str) -> float:
    """Occupancy of a site, 1 where the file does not say; written back as a plain number."""
    occupancies = columns.get(f"{SITE}occupancy")
    if occupancies is None:
        return 1.0
    text = occupancies[row]
    if text in {"?", "."}:
        occupancies[row] = "1"
        return 1.0
    try:
        value = read_measured(text)
    except ValueError:
        value = -1.0
    if not value >= 0:
        raise InputError(f"the occupancy of {columns[_LABEL][row]} in {origin} must be 0 to 1, got {text!r}")
    return value


def _check_site(label: str, kind: str, place: Sequence[str], origin: str) -> None:
    """Raise `InputError` where a site has no coordinates, or is of no element."""
    for x in place:
        try:
            number = read_measured(x) if x not in {"?", "."} else np.nan
        except ValueError:
            number = np.nan
        if not abs(number) <= FARTHEST_CELLS:
            raise unreadable(origin, f"atom {label} has no coordinates in the cell, but {' '.join(place)}")
    if re.match(r"(OH|NO3|Wat|wat)", kind):
        raise unreadable(origin, f"site {label} stands for a group of atoms ({kind}); list its atoms one by one")
    if " + " not in kind and not any(Element.is_valid_symbol(kind[:n].title()) for n in (1, 2)):
        raise unreadable(origin, f"site {label} is {kind!r}, which is no element")


def _or_zero(text: str) -> float:
    try:
        return read_measured(text)
    except ValueError:
        return 0.0


def normalised(structure: Structure, origin: str) -> tuple[Structure, list[str]]:
    """Scale occupancies that almost add up to 1 on a site.

    Parameters
    ----------
    structure
        With sums of occupancies as they are in the file.
    origin
        Name of the file, for messages.

    Returns
    -------
    structure : Structure
        No site has more than one atom.
    notes : list of str
        Occupancies that were scaled.

    Raises
    ------
    InputError
        If a sum exceeds 1 by more than the tolerance.
    """
    species: list[Any] = []
    scaled: dict[str, float] = {}
    for site in structure:
        total = float(sum(site.species.values()))
        shared = len(site.species) > 1
        if total > 1 + OCCUPANCY_TOLERANCE + _EXACT:
            raise InputError(
                f"the occupancies of a site in {origin} add up to {total:.4g} ({_occupancies(site)}); they must add up "
                f"to 1 at most: correct them, or the coordinates of atoms that meet there"
            )
        near = abs(total - 1) <= OCCUPANCY_TOLERANCE + _EXACT and (shared or total > 1)
        if near and abs(total - 1) > _EXACT:
            scaled[_occupancies(site)] = total
        species.append(site.species / total if near else site.species)
    notes = [
        f"occupancies {text} add up to {total:.4g} on a site and are scaled to 1" for text, total in scaled.items()
    ]
    return Structure(structure.lattice, species, structure.frac_coords, labels=structure.labels), notes


def _occupancies(site: Any) -> str:
    return " + ".join(f"{element.symbol} {amount:.4g}" for element, amount in site.species.items())
