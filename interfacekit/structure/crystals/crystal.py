"""Crystals from aliases, files, other libraries and the Materials Project: ordered, checked, and with their origin.

Space groups are those that spglib finds within `SYMMETRY_PRECISION_A`.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.crystal_documents import FARTHEST_CELLS, LONGEST_EDGE_A, MOST_ATOMS
from interfacekit.errors import InputError
from interfacekit.logs import timed
from interfacekit.materials import crystal_path, find_material, materials
from interfacekit.results import Result, provenance
from interfacekit.structure.reading.library_warnings import warnings_as_notes
from interfacekit.structure.reading.readers import POSCAR_NAME, SUFFIXES, from_ase, read_crystal
from interfacekit.wording import legible

if TYPE_CHECKING:
    import pandas as pd
    from ase import Atoms
    from pymatgen.core import Structure

#: Within which sites are equivalent.
SYMMETRY_PRECISION_A = 0.01
#: Atoms closer than this share of the sum of their atomic radii overlap: the shortest bonds known are at 0.8 of it.
OVERLAP = 0.5
_ONLY_LITHIUM = "all atoms are Li: unless this is Li metal, the file has the mobile ions alone and no framework"
#: Of the name of a file on any system.
MOST_LETTERS = 255
#: Of an element whose radius nobody has tabulated.
DEFAULT_RADIUS_A = 1.0
#: Least distance of the planes that bound a cell and least volume per atom, less than half of those of any crystal; and
#: the largest volume, by which searches for neighbours take memory.
FLATTEST_A, DENSEST_A3, LARGEST_A3 = 0.1, 1.0, 1e8
#: 1 / A^3 in 1/cm3.
PER_CM3 = 1e24

_MP_ID = re.compile(r"mp-\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Crystal(
    Result,
    tables="interfacekit.report.tables.structures:crystal_tables",
    writers=dict.fromkeys((".cif", ".vasp", ".extxyz"), "interfacekit.structure.crystals.files:write_crystal"),
):
    """A crystal: every site is occupied by one element, and no two atoms overlap.

    Attributes
    ----------
    name
        Alias, name of the file, or formula.
    structure
        Cell and atoms.
    source
        Where they come from.
    notes
        Choices that were made in reading the file, and atoms that it leaves out.
    provenance
        Package, versions and parameters.
    """

    name: str
    structure: Structure
    source: str
    notes: tuple[str, ...]
    provenance: dict[str, Any]

    @property
    def formula(self) -> str:
        """Reduced formula."""
        return str(self.structure.composition.reduced_formula)

    @property
    def elements(self) -> tuple[str, ...]:
        """Symbols, in the order of the file."""
        return tuple(dict.fromkeys(site.specie.symbol for site in self.structure))

    @property
    def space_group(self) -> str:
        """Symbol, such as `R-3m`."""
        return str(self._symmetry.get_space_group_symbol())

    @property
    def space_group_number(self) -> int:
        """Number, 1 to 230."""
        return int(self._symmetry.get_space_group_number())

    @property
    def n_lithium(self) -> int:
        """Li atoms in the cell."""
        return sum(site.specie.symbol == "Li" for site in self.structure)

    @property
    def lithium_density_per_cm3(self) -> float:
        """Li atoms per cubic centimetre."""
        return float(self.n_lithium / self.structure.volume * PER_CM3)

    @property
    def density_g_cm3(self) -> float:
        """Mass density."""
        return float(self.structure.density)

    @property
    def atoms(self) -> Atoms:
        """The same for ASE."""
        from pymatgen.io.ase import AseAtomsAdaptor

        return AseAtomsAdaptor.get_atoms(self.structure, msonable=False)

    def to_frame(self) -> pd.DataFrame:
        """Return one row: cell, space group and densities."""
        import pandas as pd

        lattice = self.structure.lattice
        return pd.DataFrame(
            {
                "crystal": [self.name],
                "formula": [self.formula],
                "space_group": [self.space_group],
                "space_group_number": [self.space_group_number],
                **{f"{name}_A": [length] for name, length in zip("abc", lattice.abc, strict=True)},
                **{
                    f"{name}_deg": [angle]
                    for name, angle in zip(("alpha", "beta", "gamma"), lattice.angles, strict=True)
                },
                "volume_A3": [lattice.volume],
                "atoms": [len(self.structure)],
                "lithium": [self.n_lithium],
                "lithium_per_cm3": [self.lithium_density_per_cm3],
                "density_g_cm3": [self.density_g_cm3],
            }
        )

    @cached_property
    def _symmetry(self) -> Any:
        from pymatgen.symmetry.analyzer import SpacegroupAnalyzer

        return SpacegroupAnalyzer(self.structure, symprec=SYMMETRY_PRECISION_A)


@timed(lambda found: f"crystal: {found.name}, {found.formula}, from {found.source}")
def crystal(source: str | Path | Atoms | Structure | Crystal, *, name: str | None = None) -> Crystal:
    """Read a crystal, and check it.

    Parameters
    ----------
    source
        An alias (`LCO`, `LNO`, `LGPS`); a file (CIF, POSCAR, extxyz, or JSON of this package or pymatgen); an id of the
        Materials Project such as `mp-22526` (extra `mp`, and a key); `Atoms` of ASE or a `Structure` of pymatgen.
    name
        What to call it; by default the alias, the name of the file, or the formula.

    Returns
    -------
    Crystal

    Raises
    ------
    InputError
        If there is no such crystal or file, the file holds none, its symmetry or its atoms contradict the setting or
        formula that it declares, it has no cell or atoms of no element, atoms overlap, or sites are partly occupied and
        pymatgen cannot order them.
    """
    if isinstance(source, Crystal):
        return source
    notes: list[str] = []
    with warnings_as_notes(notes):
        found, origin, usual, remarks = _found(source)
        notes += remarks
        _check_numbers(found, origin)
        structure = _plain(found)
        if not structure.is_ordered:
            from interfacekit.structure.crystals.ordering import ordered

            structure, note = ordered(structure, origin)
            notes.append(note)
        _check_distances(structure, origin)
    if {site.specie.symbol for site in structure} == {"Li"}:
        notes.append(_ONLY_LITHIUM)
    return Crystal(
        name=name or usual or str(structure.composition.reduced_formula),
        structure=structure,
        source=origin,
        notes=tuple(notes),
        provenance=provenance(crystal=name or usual, source=origin),
    )


def _found(source: Any) -> tuple[Structure, str, str | None, tuple[str, ...]]:
    """The structure, where it comes from, its usual name, and the notes of its reader."""
    from pymatgen.core import Structure

    if isinstance(source, Structure):
        return source, "a pymatgen Structure", None, ()
    if "ase" in sys.modules and isinstance(source, sys.modules["ase"].Atoms):
        return from_ase(source, "these Atoms"), "ASE Atoms", None, ()
    if not isinstance(source, str | Path):
        raise InputError(f"{type(source).__name__} is no crystal; give an alias, a file, ASE Atoms or a Structure")
    text = str(source)
    record = find_material(text)
    if record is not None and record.structure is not None:
        found, notes = read_crystal(crystal_path(record.alias))
        return found, f"{record.structure} of interfacekit (see SOURCES.md)", record.alias, tuple(notes)
    if _MP_ID.fullmatch(text):
        from interfacekit.entries.materials_project import load_structure

        found, origin = load_structure(text.lower())
        return found, origin, None, ()
    path = Path(text)
    named_as_file = path.suffix.lower() in SUFFIXES or path.parent != Path() or bool(POSCAR_NAME.match(path.name))
    # Unlike those of pathlib, these take a name that no file can have for that of none.
    if os.path.isfile(path) or (named_as_file and os.path.exists(path)):  # noqa: PTH110, PTH113
        found, notes = read_crystal(path)
        return found, legible(path.name, MOST_LETTERS), legible(path.stem, MOST_LETTERS), tuple(notes)
    if named_as_file:
        raise InputError(f"there is no file {legible(text)}; give the path of a CIF, POSCAR or extxyz")
    known = ", ".join(material.alias for material in materials() if material.structure)
    raise InputError(
        f"there is no crystal structure of {legible(repr(text))}; give {known}, a file (.cif, POSCAR, .extxyz) or mp-id"
    )


def _plain(structure: Structure) -> Structure:
    """A copy with elements only: no charges, no velocities, all atoms in the cell."""
    from pymatgen.core import Structure

    # By symbols: a species without its charge and spin is still a species, and equals no element.
    species = [site.species.element_composition for site in structure]
    return Structure(structure.lattice, species, structure.frac_coords, to_unit_cell=True)


def _check_numbers(structure: Structure, origin: str) -> None:
    """Raise `InputError` where there is no cell with atoms of elements at places in it."""
    from pymatgen.core import DummySpecies

    if not len(structure):
        raise InputError(f"{origin} has no atoms; give a crystal with some")
    if len(structure) > MOST_ATOMS:
        raise InputError(f"{origin} must have at most {MOST_ATOMS} atoms in its cell, got {len(structure)}")
    cell = np.array(structure.lattice.matrix)
    if np.abs(cell).max() > LONGEST_EDGE_A:
        raise InputError(
            f"the cell vectors of {origin} must be shorter than {LONGEST_EDGE_A:g} A, got {np.abs(cell).max():.3g} A; "
            "give lengths in angstrom"
        )
    if not (np.isfinite(cell).all() and abs(np.linalg.det(cell)) > 1e-6 * np.prod(np.linalg.norm(cell, axis=1))):
        raise InputError(f"the cell vectors of {origin} span no volume; correct the cell")
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    volume = abs(np.linalg.det(cell))
    if heights.min() < FLATTEST_A or volume < DENSEST_A3 * len(structure) or volume > LARGEST_A3:
        raise InputError(
            f"the cell of {origin} has {volume:.3g} A3 for {len(structure)} atoms and planes {heights.min():.3g} A "
            "apart, which no crystal has; give lengths in angstrom"
        )
    for number, site in enumerate(structure, 1):
        if not (np.abs(site.frac_coords) <= FARTHEST_CELLS).all():
            raise InputError(f"atom {number} of {origin} is nowhere: its coordinates are no numbers; correct them")
        if any(isinstance(species, DummySpecies) for species in site.species):
            raise InputError(f"atom {number} of {origin} is {site.species_string}, which is no element; remove it")


def _check_distances(structure: Structure, origin: str) -> None:
    """Raise `InputError` where two atoms overlap."""
    first, second, _, distances = structure.get_neighbor_list(2 * OVERLAP * _largest_radius_A(structure))
    radii = np.array([_radius_A(site) for site in structure])
    overlap = distances - OVERLAP * (radii[first] + radii[second])
    if not len(overlap) or overlap.min() >= 0:
        return
    worst = int(np.argmin(overlap))
    a, b = sorted((int(first[worst]), int(second[worst])))
    names = [f"{structure[n].specie.symbol}{n + 1}" for n in (a, b)]
    raise InputError(
        f"in {origin} the atoms {names[0]} and {names[1]} overlap: they are {distances[worst]:.2f} A apart; "
        "correct the cell or the coordinates"
    )


def _radius_A(site: Any) -> float:
    radius = site.specie.atomic_radius
    return DEFAULT_RADIUS_A if radius is None or not np.isfinite(float(radius)) else float(radius)


def _largest_radius_A(structure: Structure) -> float:
    return max(_radius_A(site) for site in structure)
