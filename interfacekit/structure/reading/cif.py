"""Crystals of CIF files: cell and sites by pymatgen, operators by the setting that the file names.

Operators that are written out come first; without them, the setting of the space group's symbol or number gives them
(`interfacekit.structure.reading.space_group_settings`). Where a file leaves two origins open, its own formula or its
site multiplicities decide, and where these do not, the file is refused.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from pymatgen.core.operations import SymmOp
from pymatgen.io.cif import CifBlock, CifParser

from interfacekit.crystal_documents import LONGEST_EDGE_A, unreadable
from interfacekit.errors import InputError
from interfacekit.numerals import plain, read_measured
from interfacekit.structure.reading.cif_blocks import COORDINATES, SITE, data_blocks
from interfacekit.structure.reading.cif_sites import normalised, occupied_sites
from interfacekit.structure.reading.declared_formulas import DeclaredFormula, compare_with_formula
from interfacekit.structure.reading.space_group_settings import SpaceGroupNames, operators, settings_of
from interfacekit.wording import legible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pymatgen.core import Structure

    from interfacekit.structure.reading.cif_blocks import Block
    from interfacekit.structure.reading.space_group_settings import Setting

#: Symmetry copies of an atom that differ in the last digits are one: within this fraction of the cell edges, as
#: coordinates of two or three digits need, and within this distance, as it would join neighbours in large cells.
_SITE_TOLERANCE, _SITE_TOLERANCE_A = 0.01, 0.1

#: Of one file; groups of conventional cells have 192 at most. Symmetry images that the parser compares in a while.
MOST_OPERATORS, MOST_IMAGES = 1000, 20_000
_SYSTEM_ITEMS = ("_symmetry_cell_setting", "_space_group_crystal_system")
#: By what they say of edges and angles, pymatgen completes a cell.
_SYSTEMS = ("cubic", "tetragonal", "orthorhombic", "monoclinic", "hexagonal", "rhombohedral")
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

_LONGEST_OPERATOR = 100


class _Parser(CifParser):
    """pymatgen's parser with operators from outside."""

    operators: Sequence[SymmOp] = ()
    n_sites = 1

    def get_symops(self, data: CifBlock) -> list[SymmOp]:  # noqa: ARG002  # the signature of pymatgen
        return list(self.operators)


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
    several = data_blocks(text, origin)
    block = several[0]
    notes = [f"the first of the {len(several)} crystals in the file"] if len(several) > 1 else []
    sites, remarks = occupied_sites(block)
    structure, chosen = _built(block, sites)
    structure, scaled = normalised(structure, origin)
    return structure.get_sorted_structure(), [*notes, *remarks, *chosen, *scaled]


def _built(block: Block, sites: dict[str, list[str]]) -> tuple[Structure, list[str]]:
    """All atoms of the cell, in the one setting that the file allows."""
    cell = _cell(block)
    reduced = str(CifBlock({**cell, **sites}, [list(sites)], "crystal"))
    longest_A = max(block.number(name) or 0.0 for name in _LENGTHS)
    parser = _Parser.from_str(reduced, site_tolerance=min(_SITE_TOLERANCE, _SITE_TOLERANCE_A / longest_A))
    parser.n_sites = len(sites[f"{SITE}label"])
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
        raise unreadable(block.origin, "its cell is incomplete")
    settings = settings_of(names, np.array(lattice.matrix), block.origin)
    built = {setting: _parsed(parser, operators(setting), block.origin) for setting in settings}
    setting = _consistent(built, block, sites, names)
    note = f"the file writes out no symmetry operators; those of {setting} are taken for its space group {names}"
    return built[setting], [note, *_compared(built[setting], block)]


def _cell(block: Block) -> dict[str, str]:
    """Edges and angles; the crystal system completes them where some are left out."""
    system = (block.first(*_SYSTEM_ITEMS) or "").lower()
    needed = _LENGTHS[:1] if system in _SYSTEMS else (*_LENGTHS, *_ANGLES)
    for name in needed:
        if not (block.number(name) or 0) > 0:
            raise unreadable(
                block.origin, f"{name} must be a number above 0, got {legible(block.first(name) or 'none')}"
            )
        if (block.number(name) or 0) > LONGEST_EDGE_A:
            raise unreadable(block.origin, f"{name} must be at most {LONGEST_EDGE_A:g}, got {block.first(name)}")
    known = {name: plain(text) for name in (*_LENGTHS, *_ANGLES) if (text := block.first(name))}
    return {**known, _SYSTEM_ITEMS[0]: system} if system in _SYSTEMS else known


def _parsed(parser: _Parser, symmetry: Sequence[SymmOp], origin: str) -> Structure:
    """All atoms of the cell by these operators; sums of occupancies as they are."""
    parser.operators = symmetry
    if parser.n_sites * len(symmetry) > MOST_IMAGES:
        raise unreadable(
            origin,
            f"its {parser.n_sites} sites times {len(symmetry)} symmetry operators must be at most {MOST_IMAGES}",
        )
    try:
        return parser.parse_structures(primitive=False, check_occu=False, on_error="raise")[0]
    except ValueError as error:
        reason = str(error).removeprefix("No structure parsed for section 1 in CIF.\n")
        raise unreadable(origin, " ".join(reason.split())) from None


def _given_operators(block: Block) -> list[SymmOp] | None:
    """The operators that a file writes out; those of a magnetic group without their time reversal."""
    names = [name for name in _OPERATORS if block.first(name)]
    if names:
        if (count := len(block.column(names[0]))) > MOST_OPERATORS:
            raise unreadable(block.origin, f"it must have at most {MOST_OPERATORS} symmetry operators, got {count}")
        return [_operator(text, block.origin) for text in block.column(names[0])]
    magnetic = {name.replace(".", "_"): name for name in block.items if "magn" in name}
    if "_space_group_symop_magn_operation_xyz" not in magnetic:
        return None
    both = (
        [_operator(text.rpartition(",")[0], block.origin) for text in block.column(magnetic[name])]
        for name in ("_space_group_symop_magn_operation_xyz", "_space_group_symop_magn_centering_xyz")
        if name in magnetic
    )
    first, *centring = both
    return [shift * operator for shift in (centring[0] if centring else first[:0]) for operator in first] or first


def _operator(text: str, origin: str) -> SymmOp:
    if len(text) <= _LONGEST_OPERATOR and _OPERATOR.fullmatch(text.strip()):
        with suppress(ValueError, ZeroDivisionError):
            operator = SymmOp.from_xyz_str(text)
            if np.isclose(abs(np.linalg.det(operator.rotation_matrix)), 1):
                return operator
    raise unreadable(origin, f"{text!r} is no symmetry operator, such as 'x, y+1/2, -z'")


def _names(block: Block) -> SpaceGroupNames | None:
    """The space group as the file names it."""
    number = block.number(*_NUMBERS)
    names = SpaceGroupNames(
        symbol=block.first(*_SYMBOLS),
        hall=block.first(*_HALLS),
        code=block.first(_CODE),
        number=None if number is None else round(number),
    )
    return names if replace(names, code=None) != SpaceGroupNames() else None


def _declared(block: Block) -> DeclaredFormula | None:
    """The formula that the file declares."""
    for item in ("_chemical_formula_sum", "_chemical_formula_structural"):
        if text := block.first(item):
            units = block.number("_cell_formula_units_z") if item.endswith("sum") else None
            return DeclaredFormula(" ".join(text.split()), item, units or None)
    return None


def _compared(structure: Structure, block: Block) -> list[str]:
    """Remarks of the comparison with the formula that the file declares."""
    declared = _declared(block)
    note = declared and compare_with_formula(structure, declared, block.origin)
    return [note] if note else []


def _consistent(
    built: dict[Setting, Structure], block: Block, sites: dict[str, list[str]], names: SpaceGroupNames
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


def _multiplicities(block: Block, sites: dict[str, list[str]]) -> dict[str, int]:
    """Multiplicities by label, where the file gives them for all sites and every label is of one site."""
    texts = block.column(f"{SITE}symmetry_multiplicity") or block.column(f"{SITE}site_symmetry_multiplicity")
    labels = sites[f"{SITE}label"]
    whole = len(texts) == len(labels) == len(set(labels)) and all(text.isdigit() for text in texts)
    # Of sites that coincide the parser keeps one label.
    return dict(zip(labels, map(int, texts), strict=True)) if whole and _apart(sites) else {}


def _apart(sites: dict[str, list[str]]) -> bool:
    places = [
        tuple(read_measured(sites[name][row]) for name in COORDINATES) for row in range(len(sites[COORDINATES[0]]))
    ]
    return len(set(places)) == len(places)
