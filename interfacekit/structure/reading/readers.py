"""Crystals of files: CIF, POSCAR, extxyz and JSON. Nothing that a file names is imported or executed."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.crystal_documents import MOST_ATOMS, structure_of_document, unreadable
from interfacekit.documents import parse_json
from interfacekit.errors import InputError
from interfacekit.numerals import read_number
from interfacekit.structure.reading.extxyz import frames
from interfacekit.structure.reading.file_text import text_of
from interfacekit.structure.reading.library_warnings import warnings_as_notes
from interfacekit.wording import legible

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pymatgen.core import Structure

SUFFIXES = (".cif", ".vasp", ".poscar", ".extxyz", ".xyz", ".json")
POSCAR_NAME = re.compile(r"(POSCAR|CONTCAR)", re.IGNORECASE)
#: Said of a file with selective dynamics or constraints.
_FIXED = "the file fixes atoms; here all are free, and files written from it fix none"
#: Lines before the first coordinate of a POSCAR, at least: comment, scale, cell, elements, numbers, kind.
_POSCAR_HEAD = 8
_LONGEST_REASON = 160


def read_crystal(path: Path) -> tuple[Structure, list[str]]:
    """Read the crystal of a file.

    Parameters
    ----------
    path
        `.cif`, `.vasp`, `.poscar`, `.extxyz`, `.xyz`, `.json`, or a file called POSCAR or CONTCAR.

    Returns
    -------
    structure : Structure
        Cell and atoms, as they are in the file; sites may be partly occupied.
    notes : list of str
        Choices that were made, and what was left out.

    Raises
    ------
    InputError
        If the file is of no known kind, or no crystal can be read from it.
    """
    read, name = _reader(path), legible(path.name)
    text = text_of(path)
    notes: list[str] = []
    with warnings_as_notes(notes):
        try:
            structure, remarks = read(text, name)
        except InputError:
            raise
        except Exception as error:  # noqa: BLE001  # readers raise what they like on a damaged file
            reason = legible(" ".join(str(error).split()), _LONGEST_REASON)
            said = f" ({reason})" if " " in reason else ""
            raise InputError(
                f"{name} cannot be read as a crystal: its content does not follow the format{said}; is it damaged?"
            ) from None
    return structure, list(dict.fromkeys([*remarks, *notes]))


def _reader(path: Path) -> Callable[[str, str], tuple[Structure, list[str]]]:
    suffix = path.suffix.lower()
    if suffix == ".cif":
        from interfacekit.structure.reading.cif import read_cif

        return read_cif
    if suffix in {".vasp", ".poscar"} or POSCAR_NAME.match(path.name):
        return _read_poscar
    if suffix in {".extxyz", ".xyz"}:
        return _read_extxyz
    if suffix == ".json":
        return _read_json
    raise InputError(
        f"{legible(path.name)} is of no known kind; give a file that ends in {' '.join(SUFFIXES)}, or a POSCAR"
    )


def from_ase(atoms: Any, origin: str) -> Structure:
    """Convert atoms of ASE, which must have a cell."""
    from pymatgen.io.ase import AseAtomsAdaptor

    if atoms.cell.rank < 3:
        raise InputError(f"{origin} have no cell of three vectors; give a periodic crystal")
    return AseAtomsAdaptor.get_structure(atoms)


def _read_poscar(text: str, origin: str) -> tuple[Structure, list[str]]:
    import warnings

    from pymatgen.io.vasp.inputs import BadPoscarWarning, Poscar

    check_poscar(text.rstrip().split("\n"), origin)
    with warnings.catch_warnings():
        # Where a file names no elements, pymatgen takes H, He, Li and so on.
        warnings.filterwarnings("error", message="Elements in POSCAR cannot be determined")
        try:
            poscar = Poscar.from_str(text)
        except BadPoscarWarning:
            raise InputError(f"{origin} names no elements; write them into its sixth line") from None
    moves = poscar.selective_dynamics
    return poscar.structure, [] if moves is None or np.all(moves) else [_FIXED]


def check_poscar(lines: Sequence[str], origin: str) -> None:
    """Raise `InputError` where the head of a POSCAR is not what VASP reads, or coordinates are missing."""
    if len(lines) < _POSCAR_HEAD - 1:
        raise unreadable(
            origin,
            f"a POSCAR has a comment, a scale, three cell vectors, elements, their numbers and coordinates; this file "
            f"has {len(lines)} lines",
        )
    if len(_numbers(lines[1])) != len(lines[1].split()) or len(lines[1].split()) not in {1, 3}:
        raise unreadable(origin, f"line 2 must be the scale of the cell, got {lines[1].strip()!r}")
    for number in (3, 4, 5):
        if not len(_numbers(lines[number - 1])) == len(lines[number - 1].split()) == 3:
            raise unreadable(origin, f"line {number} must be a cell vector, got {lines[number - 1].strip()!r}")
    row = 6 if _numbers(lines[5]) else 7
    counts = _numbers(lines[row - 1])
    if not counts or not all(n.is_integer() and n >= 0 for n in counts):
        raise unreadable(
            origin, f"line {row} must be the number of atoms of each element, got {lines[row - 1].strip()!r}"
        )
    if not 0 < sum(counts) <= MOST_ATOMS:
        raise unreadable(origin, f"line {row} must be 1 to {MOST_ATOMS} atoms in all, got {sum(counts):g}")
    if row > 6 and len(counts) != len(lines[5].split()):
        raise unreadable(
            origin, f"line 6 names {len(lines[5].split())} elements, and line 7 has {len(counts)} numbers of atoms"
        )
    selective = len(lines) > row and lines[row].strip()[:1].lower() == "s"
    there = sum(len(_numbers(line)) >= 3 for line in lines[row + 1 + selective :][: int(sum(counts))])
    if there < sum(counts):
        raise unreadable(
            origin, f"it has coordinates of {there} atoms, and line {row} promises {sum(counts):.0f}; is it damaged?"
        )


def _numbers(line: str) -> list[float]:
    """The numbers at the beginning of a line."""
    numbers = []
    for word in line.split():
        number = read_number(word)
        if number is None:
            break
        numbers.append(float(number))
    return numbers


def _read_extxyz(text: str, origin: str) -> tuple[Structure, list[str]]:
    from ase.io import read

    several = frames(text, origin)
    if "lattice" not in several[-1].split("\n")[1].lower():
        raise InputError(
            f'the atoms of {origin} have no cell; give a crystal, with Lattice="ax ay az bx by bz cx cy cz" in line 2'
        )
    atoms: Any = read(io.StringIO(several[-1]), format="extxyz")
    notes = [f"the last of the {len(several)} frames in the file"] if len(several) > 1 else []
    notes += [_FIXED] if atoms.constraints else []
    return from_ase(atoms, origin), notes


def _read_json(text: str, origin: str) -> tuple[Structure, list[str]]:
    """Read a structure of pymatgen, or a result or entry that holds one, from plain numbers."""
    document = parse_json(text, origin)
    if isinstance(document, dict) and isinstance(document.get("structure"), dict):
        document = document["structure"]
    return structure_of_document(document, origin), []
