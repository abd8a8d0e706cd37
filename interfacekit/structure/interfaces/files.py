"""Interfaces as CIF, POSCAR and extxyz, with the writers of pymatgen and ASE, read back before they take their name.

What marks the fixed atoms: selective dynamics in a POSCAR (`F F F`), `move_mask` in extxyz (`F` where fixed; ASE takes
it for a constraint), and the column `_atom_site_fixed` (1 where fixed) in a CIF, which has no standard for it. The side
that an atom is of stands in the tags of extxyz and in the column `_atom_site_tag` of a CIF: 1 substrate, 2 film.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.atomic import replacing, require_writable
from interfacekit.errors import ComputationError, InputError
from interfacekit.presentation import takes_one
from interfacekit.structure.interfaces.interface import TAGS, Interface, to_ase
from interfacekit.structure.reading.extxyz import frames
from interfacekit.structure.reading.file_text import text_of
from interfacekit.structure.reading.library_warnings import without_warnings
from interfacekit.structure.reading.readers import check_poscar
from interfacekit.wording import legible, one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymatgen.core import Structure

INTERFACE_SUFFIXES = (".cif", ".vasp", ".poscar", ".extxyz", ".xyz")
#: To which coordinates are written, in angstrom.
FILE_PRECISION_A = 1e-6
_SIDES = {tag: side for side, tag in TAGS.items()}
_POSCAR = re.compile(r"POSCAR|CONTCAR", re.IGNORECASE)


@takes_one
def write_interface(interface: Interface, path: str | Path) -> Path:
    """Write an interface to a file, and make sure that it reads back as it was built.

    Parameters
    ----------
    interface
        What to write.
    path
        `.cif`, `.vasp` or `.poscar` (or a name that begins with POSCAR), `.extxyz` or `.xyz`.

    Raises
    ------
    InputError
        If the suffix is unknown, or the file cannot be written.
    ComputationError
        If what was written does not read back as it was built; what was there before then stays.
    """
    path = Path(path)
    write, read = _format(path)
    require_writable(path)
    with replacing(path) as temporary:
        write(interface, temporary)
        if reason := difference(interface.structure, read(text_of(temporary), path.name)):
            raise ComputationError(f"{path.name} does not read back as it was built: {reason}")
    return path


def read_interface(path: str | Path) -> Structure:
    """Read a file that `write_interface` wrote.

    Returns
    -------
    Structure
        With the site property `fixed`, and `side` where the format has room for it (not a POSCAR).

    Raises
    ------
    InputError
        If there is no such file, its suffix is unknown, or it holds something else.
    """
    path = Path(path)
    _, read = _format(path)
    text = text_of(path)
    try:
        with without_warnings():
            return read(text, legible(path.name))
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001  # readers raise what they like on a damaged file
        raise InputError(
            f"{legible(path.name)} is no file of write_interface: {legible(one_line(error), 160)}"
        ) from None


def difference(built: Structure, found: Structure) -> str | None:
    """Say in what two structures differ by more than the precision of files; None where they do not."""
    if [str(s) for s in built.species] != [str(s) for s in found.species]:
        return "other elements, or another order of them"
    if not np.allclose(built.lattice.matrix, found.lattice.matrix, rtol=0, atol=FILE_PRECISION_A):
        return "another cell"
    apart = built.frac_coords - found.frac_coords
    apart = (apart - np.rint(apart)) @ built.lattice.matrix
    if np.abs(apart).max() > FILE_PRECISION_A:
        return f"coordinates that differ by {np.abs(apart).max():.1e} A"
    for name in ("fixed", "side"):
        if name in found.site_properties and tuple(found.site_properties[name]) != tuple(built.site_properties[name]):
            return f"another column {name!r}"
    return None


def _format(path: Path) -> tuple[Callable[[Interface, Path], None], Callable[[str, str], Structure]]:
    suffix = path.suffix.lower()
    if suffix == ".cif":
        return _write_cif, _read_cif
    if suffix in {".vasp", ".poscar"} or _POSCAR.match(path.name):
        return _write_poscar, _read_poscar
    if suffix in {".extxyz", ".xyz"}:
        return _write_extxyz, _read_extxyz
    raise InputError(f"cannot write {path}: interfaces are {' '.join(INTERFACE_SUFFIXES)}, or POSCAR")


def _write_cif(interface: Interface, path: Path) -> None:
    from pymatgen.io.cif import CifWriter

    # pymatgen writes such columns as numbers.
    columns = {"fixed": [int(fixed) for fixed in interface.fixed], "tag": [TAGS[side] for side in interface.sides]}
    writer = CifWriter(_with(interface.structure, columns), significant_figures=10, write_site_properties=True)
    path.write_text(f"# {interface.name}\n{writer}", encoding="utf-8")


def _read_cif(text: str, origin: str) -> Structure:  # noqa: ARG001  # as the other readers
    from pymatgen.io.cif import CifParser

    # By default coordinates near thirds become thirds, which moves atoms by up to 0.004 A here.
    parser = CifParser.from_str(text, site_tolerance=1e-8, frac_tolerance=0)
    structure = parser.parse_structures(primitive=False)[0]
    block: Any = next(iter(CifParser.from_str(text).as_dict().values()))
    columns = {
        "fixed": [float(cell) == 1 for cell in block["_atom_site_fixed"]],
        "side": [_SIDES[round(float(cell))] for cell in block["_atom_site_tag"]],
    }
    return _with(structure, columns)


def _write_poscar(interface: Interface, path: Path) -> None:
    from pymatgen.io.vasp import Poscar

    moves = [[not fixed] * 3 for fixed in interface.fixed]
    poscar = Poscar(_with(interface.structure, {}), comment=interface.name, selective_dynamics=moves)
    path.write_text(poscar.get_str(significant_figures=12), encoding="utf-8")


def _read_poscar(text: str, origin: str) -> Structure:
    from pymatgen.io.vasp import Poscar

    check_poscar(text.rstrip().split("\n"), origin)
    poscar = Poscar.from_str(text)
    moves = poscar.selective_dynamics
    return _with(poscar.structure, {"fixed": [not any(row) for row in np.array(moves).tolist()]})


def _write_extxyz(interface: Interface, path: Path) -> None:
    from ase.io import write

    atoms = to_ase(interface.structure)
    atoms.info["name"] = interface.name
    write(path, atoms, format="extxyz")


def _read_extxyz(text: str, origin: str) -> Structure:
    from ase.io import read
    from pymatgen.core import Structure

    atoms: Any = read(io.StringIO(frames(text, origin)[-1]), format="extxyz")
    fixed = {int(k) for constraint in atoms.constraints for k in constraint.get_indices()}
    return Structure(
        atoms.cell.array,
        atoms.get_chemical_symbols(),
        atoms.get_positions(),
        coords_are_cartesian=True,
        site_properties={
            "fixed": [k in fixed for k in range(len(atoms))],
            "side": [_SIDES[tag] for tag in atoms.get_tags()],
        },
    )


def _with(structure: Structure, columns: dict[str, Any]) -> Structure:
    """Cell and atoms with these site properties alone."""
    from pymatgen.core import Structure

    return Structure(structure.lattice, structure.species, structure.frac_coords, site_properties=columns)
