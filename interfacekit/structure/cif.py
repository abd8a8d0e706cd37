"""Crystals of CIF files: cell and sites by pymatgen, operators by the setting that the file names.

Operators that are written out come first; without them, the setting of the space group's symbol or number gives them
(`interfacekit.structure.space_group_settings`). Where a file leaves two origins open, its own formula or its site
multiplicities decide, and where these do not, the file is refused. Occupancies of elements that share a site and add up
to 1 within `OCCUPANCY_TOLERANCE` are scaled to 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from pymatgen.core import Element, Structure
from pymatgen.core.operations import SymmOp
from pymatgen.io.cif import CifBlock, CifParser, str2float

from interfacekit.errors import InputError
from interfacekit.structure.declared_formulas import DeclaredFormula, compare_with_formula
from interfacekit.structure.space_group_settings import SpaceGroupNames, operators, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.structure.space_group_settings import Setting

#: Three decimals of three elements leave 0.0015; refinements and two decimals up to this.
OCCUPANCY_TOLERANCE = 0.02
#: Sums that differ from 1 by less are exact.
_EXACT = 1e-6
#: Symmetry copies of an atom that differ in the last digits are one: within this fraction of the cell edges, as
#: coordinates of two or three digits need, and within this distance, as it would join neighbours in large cells.
_SITE_TOLERANCE, _SITE_TOLERANCE_A = 0.01, 0.1

_CELL_SETTINGS = ("_symmetry_cell_setting", "_space_group_crystal_system")
_SITE = "_atom_site_"
_COORDINATES = tuple(f"{_SITE}fract_{axis}" for axis in "xyz")
_COLUMNS = (f"{_SITE}label", f"{_SITE}type_symbol", *_COORDINATES, f"{_SITE}occupancy")
_LENGTHS = tuple(f"_cell_length_{axis}" for axis in "abc")
_ANGLES = tuple(f"_cell_angle_{angle}" for angle in ("alpha", "beta", "gamma"))
_OPERATORS = (
    "_symmetry_equiv_pos_as_xyz",
    "_space_group_symop_operation_xyz",
    "_symmetry_equiv_pos_as_xyz_",
    "_space_group_symop_operation_xyz_",
)
_SYMBOLS = (
    "_symmetry_space_group_name_h-m",
    "_space_group_name_h-m_alt",
    "_space_group_name_h-m_full",
    "_symmetry_space_group_name_h_m",
    "_space_group_name_h-m",
)
_HALLS = ("_symmetry_space_group_name_hall", "_space_group_name_hall")
_NUMBERS = ("_symmetry_int_tables_number", "_space_group_it_number")
_CODE = "_space_group_it_coordinate_system_code"
_OPERATOR = re.compile(r"[xyz0-9+\-*/. ]+(,[xyz0-9+\-*/. ]+){2}", re.IGNORECASE)


class _Parser(CifParser):
    """pymatgen's parser with operators from outside."""

    operators: Sequence[SymmOp] = ()

    def get_symops(self, data: CifBlock) -> list[SymmOp]:  # noqa: ARG002  # the signature of pymatgen
        return list(self.operators)


@dataclass(frozen=True)
class _Block:
    """A data block: its items by name in lower case, without those that are unknown (`?`, `.`)."""

    items: dict[str, Any]
    origin: str

    def first(self, *names: str) -> str | None:
        """The first of these items that has a value."""
        values = (self.items.get(name) for name in names)
        texts = ("".join(value[:1]) if isinstance(value, list) else value for value in values)
        return next((text for text in texts if text and text.strip() not in {"?", "."}), None)

    def number(self, *names: str) -> float | None:
        """The first of these items as a number; None where it is none."""
        text = self.first(*names)
        try:
            return None if text is None else str2float(text)
        except ValueError:
            return None


def read_cif(text: str, origin: str) -> tuple[Structure, list[str]]:
    """Read the first crystal of a CIF.

    Parameters
    ----------
    text
        Content of the file.
    origin
        Its name, for messages.

    Returns
    -------
    structure : Structure
        All atoms of the cell; sites may be partly occupied.
    notes : list of str
        Choices that were made.

    Raises
    ------
    InputError
        If there is no crystal in the file, the file is damaged, or its symmetry, sites and formula contradict each
        other.
    """
    several = _blocks(text, origin)
    block = several[0]
    notes = [f"the first of the {len(several)} crystals in the file"] if len(several) > 1 else []
    sites, remarks = _sites(block)
    structure, chosen = _built(block, sites)
    structure, scaled = _normalised(structure, origin)
    return structure.get_sorted_structure(), [*notes, *remarks, *chosen, *scaled]


def _blocks(text: str, origin: str) -> list[_Block]:
    """Data blocks that hold atoms."""
    # Names of items are the same in any case, and with a point in CIF 2. Magnetic ones are read as pymatgen has them.
    plain = re.sub(r"(?<!\S)_(?!\S*magn)\S+", lambda name: name[0].lower().replace(".", "_"), text)
    parts = re.split(r"^[ \t]*data_", f"\n{plain}", flags=re.MULTILINE | re.IGNORECASE)[1:]
    if not parts:
        raise _unreadable(origin, "it has no data block (a line such as data_LiCoO2), so it is no CIF")
    blocks = []
    for part in parts:
        try:
            items = CifBlock.from_str(f"data_{part}").data
        except (ValueError, ZeroDivisionError, IndexError):
            raise _unreadable(
                origin, "a table (loop_) has no values, or a number of values that does not fill its columns"
            ) from None
        blocks.append(_Block(items, origin))
    atoms = [block for block in blocks if any(name.startswith(_SITE) for name in block.items)]
    if not atoms:
        raise _unreadable(origin, f"it lists no atoms ({_COORDINATES[0]}, ...)")
    return [block for block in atoms if block.first(_COORDINATES[0])] or atoms


def _unreadable(origin: str, cause: str) -> InputError:
    return InputError(f"{origin} cannot be read as a crystal: {cause}")


def _sites(block: _Block) -> tuple[dict[str, list[str]], list[str]]:
    """Columns of the table of sites that have an element and coordinates, and what was left out."""
    columns = {name: _column(block, name) for name in _COLUMNS if name in block.items}
    missing = [name for name in _COORDINATES if name not in columns]
    if missing:
        cartesian = f"{_SITE}cartn_x" in block.items
        hint = "; its coordinates are Cartesian: write fractional ones" if cartesian else ""
        raise _unreadable(block.origin, f"its atoms have no {missing[0]}{hint}")
    labels = columns.get(f"{_SITE}label") or columns.get(f"{_SITE}type_symbol")
    if any(name.startswith(("_cell_modulation", "_cell_wave_vector")) for name in block.items):
        raise _unreadable(block.origin, "it is modulated; give a commensurate supercell or the average structure")
    if not labels:
        raise _unreadable(block.origin, f"its atoms have neither {_COLUMNS[0]} nor {_COLUMNS[1]}")
    columns[f"{_SITE}label"] = labels
    kinds = columns.get(f"{_SITE}type_symbol", labels)
    columns[f"{_SITE}type_symbol"] = [
        label if kind in {"?", "."} else kind for kind, label in zip(kinds, labels, strict=True)
    ]
    kept, hydrogen = [], 0
    for row, label in enumerate(labels):
        kind = columns[f"{_SITE}type_symbol"][row]
        place = [columns[name][row] for name in _COORDINATES]
        if any(x in {"?", "."} for x in place) and re.match(r"[HD](?![a-z])", kind):
            hydrogen += 1
        elif _occupancy(columns, row, block.origin) > 0:
            _check_site(label, kind, place, block.origin)
            kept.append(row)
    notes = [f"{hydrogen} hydrogen sites without coordinates are left out"] if hydrogen else []
    attached = (_or_zero(text) for text in _column(block, f"{_SITE}attached_hydrogens"))
    if any(attached):
        notes.append("hydrogen atoms that the file attaches to other sites have no coordinates and are left out")
    if not kept:
        raise _unreadable(block.origin, "none of its sites is occupied and has coordinates")
    return {name: [values[row] for row in kept] for name, values in columns.items()}, notes


def _column(block: _Block, name: str) -> list[str]:
    """A column of a table, or the one value of an item; empty where the file has no such item."""
    values = block.items.get(name, [])
    return list(values) if isinstance(values, list) else [values]


def _occupancy(columns: dict[str, list[str]], row: int, origin: str) -> float:
    """Occupancy of a site, 1 where the file does not say; written back as a plain number."""
    occupancies = columns.get(f"{_SITE}occupancy")
    if occupancies is None:
        return 1.0
    text = occupancies[row]
    if text in {"?", "."}:
        occupancies[row] = "1"
        return 1.0
    try:
        value = str2float(text)
    except ValueError:
        value = -1.0
    if not value >= 0:
        raise InputError(f"the occupancy of {columns[_COLUMNS[0]][row]} in {origin} must be 0 to 1, got {text!r}")
    return value


def _check_site(label: str, kind: str, place: Sequence[str], origin: str) -> None:
    """Raise `InputError` where a site has no coordinates, or is of no element."""
    for x in place:
        try:
            number = str2float(x) if x not in {"?", "."} else np.nan
        except ValueError:
            number = np.nan
        if not np.isfinite(number):
            raise _unreadable(origin, f"atom {label} has no coordinates in the cell, but {' '.join(place)}")
    if re.match(r"(OH|NO3|Wat|wat)", kind):
        raise _unreadable(origin, f"site {label} stands for a group of atoms ({kind}); list its atoms one by one")
    if " + " not in kind and not any(Element.is_valid_symbol(kind[:n].title()) for n in (1, 2)):
        raise _unreadable(origin, f"site {label} is {kind!r}, which is no element")


def _or_zero(text: str) -> float:
    try:
        return str2float(text)
    except ValueError:
        return 0.0


def _built(block: _Block, sites: dict[str, list[str]]) -> tuple[Structure, list[str]]:
    """All atoms of the cell, in the one setting that the file allows."""
    _check_cell(block)
    cell = {name: block.items[name] for name in (*_LENGTHS, *_ANGLES) if name in block.items}
    cell |= {_CELL_SETTINGS[0]: system} if (system := block.first(*_CELL_SETTINGS)) else {}
    reduced = str(CifBlock({**cell, **sites}, [list(sites)], "crystal"))
    longest_A = max(block.number(name) or 0.0 for name in _LENGTHS)
    parser = _Parser.from_str(reduced, site_tolerance=min(_SITE_TOLERANCE, _SITE_TOLERANCE_A / longest_A))
    given = _given_operators(block)
    if given is not None:
        structure = _parsed(parser, given, block.origin)
        return structure, _compared(structure, block)
    names = _names(block)
    if names is None:
        note = "the file names no space group: its sites are taken for all atoms of the cell (P1)"
        structure = _parsed(parser, [SymmOp.from_xyz_str("x,y,z")], block.origin)
        return structure, [note, *_compared(structure, block)]
    lattice = parser.get_lattice(CifBlock(cell, [], "crystal"))
    if lattice is None:
        raise _unreadable(block.origin, "its cell is incomplete")
    settings = settings_of(names, np.array(lattice.matrix), block.origin)
    built = {setting: _parsed(parser, operators(setting), block.origin) for setting in settings}
    setting = _consistent(built, block, sites, names)
    note = f"the file writes out no symmetry operators; those of {setting} are taken for its space group {names}"
    return built[setting], [note, *_compared(built[setting], block)]


def _check_cell(block: _Block) -> None:
    """Raise `InputError` where the cell is not complete."""
    angles = () if block.first(*_CELL_SETTINGS) else _ANGLES
    for name in (*_LENGTHS[: 3 if angles else 1], *angles):
        if not (block.number(name) or 0) > 0:
            raise _unreadable(block.origin, f"{name} must be a number above 0, got {block.first(name) or 'none'}")


def _parsed(parser: _Parser, symmetry: Sequence[SymmOp], origin: str) -> Structure:
    """All atoms of the cell by these operators; sums of occupancies as they are."""
    parser.operators = symmetry
    try:
        return parser.parse_structures(primitive=False, check_occu=False, on_error="raise")[0]
    except ValueError as error:
        reason = str(error).removeprefix("No structure parsed for section 1 in CIF.\n")
        raise _unreadable(origin, " ".join(reason.split())) from None


def _given_operators(block: _Block) -> list[SymmOp] | None:
    """The operators that a file writes out; those of a magnetic group without their time reversal."""
    names = [name for name in _OPERATORS if block.first(name)]
    if names:
        return [_operator(text, block.origin) for text in _column(block, names[0])]
    magnetic = {name.replace(".", "_"): name for name in block.items if "magn" in name}
    if "_space_group_symop_magn_operation_xyz" not in magnetic:
        return None
    both = (
        [_operator(text.rpartition(",")[0], block.origin) for text in _column(block, magnetic[name])]
        for name in ("_space_group_symop_magn_operation_xyz", "_space_group_symop_magn_centering_xyz")
        if name in magnetic
    )
    first, *centring = both
    return [shift * operator for shift in (centring[0] if centring else first[:0]) for operator in first] or first


def _operator(text: str, origin: str) -> SymmOp:
    if _OPERATOR.fullmatch(text.strip()):
        operator = SymmOp.from_xyz_str(text)
        if np.isclose(abs(np.linalg.det(operator.rotation_matrix)), 1):
            return operator
    raise _unreadable(origin, f"{text!r} is no symmetry operator, such as 'x, y+1/2, -z'")


def _names(block: _Block) -> SpaceGroupNames | None:
    """The space group as the file names it."""
    number = block.number(*_NUMBERS)
    names = SpaceGroupNames(
        symbol=block.first(*_SYMBOLS),
        hall=block.first(*_HALLS),
        code=block.first(_CODE),
        number=None if number is None else round(number),
    )
    return names if replace(names, code=None) != SpaceGroupNames() else None


def _declared(block: _Block) -> DeclaredFormula | None:
    """The formula that the file declares."""
    for item in ("_chemical_formula_sum", "_chemical_formula_structural"):
        if text := block.first(item):
            units = block.number("_cell_formula_units_z") if item.endswith("sum") else None
            return DeclaredFormula(" ".join(text.split()), item, units or None)
    return None


def _compared(structure: Structure, block: _Block) -> list[str]:
    """Remarks of the comparison with the formula that the file declares."""
    declared = _declared(block)
    note = declared and compare_with_formula(structure, declared, block.origin)
    return [note] if note else []


def _consistent(
    built: dict[Setting, Structure], block: _Block, sites: dict[str, list[str]], names: SpaceGroupNames
) -> Setting:
    """The one setting in which the crystal has the formula and the multiplicities that the file declares."""
    if len(built) == 1:
        return next(iter(built))
    refused: list[InputError] = []
    multiplicities = _multiplicities(block, sites)
    kept = []
    for setting, structure in built.items():
        try:
            _compared(structure, block)
        except InputError as error:
            refused.append(error)
            continue
        counts = {label: structure.labels.count(label) for label in multiplicities}
        if counts == multiplicities:
            kept.append(setting)
    if not kept and refused:
        raise refused[0]
    if len(kept) != 1:
        choices = " or ".join(f"'{setting}'" for setting in built)
        raise InputError(
            f"the space group {names} of {block.origin} has settings with different atoms, and neither operators, "
            f"formula nor multiplicities in the file decide; write {choices}"
        )
    return kept[0]


def _multiplicities(block: _Block, sites: dict[str, list[str]]) -> dict[str, int]:
    """Multiplicities by label, where the file gives them for all sites and every label is of one site."""
    texts = _column(block, f"{_SITE}symmetry_multiplicity") or _column(block, f"{_SITE}site_symmetry_multiplicity")
    labels = sites[f"{_SITE}label"]
    whole = len(texts) == len(labels) == len(set(labels)) and all(text.isdigit() for text in texts)
    # Of sites that coincide the parser keeps one label.
    return dict(zip(labels, map(int, texts), strict=True)) if whole and _apart(sites) else {}


def _apart(sites: dict[str, list[str]]) -> bool:
    places = [tuple(str2float(sites[name][row]) for name in _COORDINATES) for row in range(len(sites[_COORDINATES[0]]))]
    return len(set(places)) == len(places)


def _normalised(structure: Structure, origin: str) -> tuple[Structure, list[str]]:
    """Scale occupancies that almost add up to 1 on a site, and refuse those that exceed it by more."""
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
