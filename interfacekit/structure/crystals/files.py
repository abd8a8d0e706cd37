"""Crystals as CIF, POSCAR and extxyz, read back before they take their name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.atomic import replacing, require_writable
from interfacekit.errors import ComputationError, InputError
from interfacekit.presentation import takes_one
from interfacekit.structure.crystals.crystal import SYMMETRY_PRECISION_A, crystal

if TYPE_CHECKING:
    from pathlib import Path

    from interfacekit.structure.crystals.crystal import Crystal

#: By which a crystal and its file may differ: shares of lengths, and degrees.
TOLERANCE, ANGLE_TOLERANCE_deg = 1e-3, 0.01


@takes_one
def write_crystal(of: Crystal, path: Path) -> Path:
    """Write a crystal to a file, and make sure that it reads back as the same.

    Parameters
    ----------
    of
        What to write.
    path
        `.cif` (with its space group, in the standard setting), `.vasp` (POSCAR) or `.extxyz`.

    Raises
    ------
    InputError
        If the suffix is unknown, or the file cannot be written.
    ComputationError
        If what was written is another crystal; what was there before then stays.
    """
    write = {".cif": _write_cif, ".vasp": _write_poscar, ".extxyz": _write_extxyz}.get(path.suffix.lower())
    if write is None:
        raise InputError(f"cannot write {path}: crystals are .cif, .vasp or .extxyz")
    require_writable(path)
    with replacing(path) as temporary:
        write(of, temporary)
        if not _same(of, crystal(temporary)):
            raise ComputationError(f"{path.name} does not read back as {of.name}")
    return path


def _write_cif(of: Crystal, path: Path) -> None:
    from pymatgen.io.cif import CifWriter

    # Digits beyond those of the source would make atoms on special positions two.
    writer = CifWriter(of.structure, symprec=SYMMETRY_PRECISION_A, significant_figures=8, refine_struct=False)
    path.write_text(f"# {of.name}, from {' '.join(of.source.split())}\n{writer}", encoding="utf-8")


def _write_poscar(of: Crystal, path: Path) -> None:
    from pymatgen.io.vasp import Poscar

    path.write_text(Poscar(of.structure, comment=of.name).get_str(significant_figures=12), encoding="utf-8")


def _write_extxyz(of: Crystal, path: Path) -> None:
    from ase.io import write

    atoms = of.atoms
    atoms.info["name"] = of.name
    write(path, atoms, format="extxyz")


def _same(one: Crystal, other: Crystal) -> bool:
    """Whether two crystals are one, whatever their cells and settings."""
    from pymatgen.analysis.structure_matcher import StructureMatcher

    matcher = StructureMatcher(ltol=TOLERANCE, stol=TOLERANCE, angle_tol=ANGLE_TOLERANCE_deg, scale=False)
    same_group = one.space_group_number == other.space_group_number
    return same_group and bool(matcher.fit(one.structure, other.structure))
