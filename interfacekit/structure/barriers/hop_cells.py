"""The supercells of a hop: what is taken out, what is put in, and where the hopping ion starts and ends.

An end of a hop is a supercell with defects: sites that are emptied and ions on sites that are vacant in the crystal.
Ends that differ by a translation are one, so that each is relaxed once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interfacekit.crystal_documents import MOST_ATOMS
from interfacekit.errors import InputError
from interfacekit.numerals import whole_of
from interfacekit.quantities import COPIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from pymatgen.core import Structure

    from interfacekit.structure.network.result import NetworkSite

Mechanism = Literal["vacancy", "divacancy", "Frenkel pair", "interstitial"]
#: Copies of the hopping ion are at least so far apart, unless a supercell is given.
LEAST_IMAGE_DISTANCE_A = 8.0
#: Decimals of positions in angstrom: the same cell has the same numbers on any machine.
_DECIMALS = 8
_MOST_COPIES = 12

Shift = tuple[int, int, int]
Shape = tuple[int, int, int]
#: Of an atom in a supercell: its index in the crystal, or the site where it is put in; and its cell.
Label = tuple[int | None, tuple[float, float, float] | None, Shift]


@dataclass(frozen=True)
class Place:
    """A site of the crystal in one of its cells.

    Attributes
    ----------
    fractional
        Position in the cell `cell`, in its vectors.
    cell
        Which cell.
    atom
        Number of the atom there in the crystal; None where the site is vacant.
    """

    fractional: tuple[float, float, float]
    cell: Shift
    atom: int | None


@dataclass(frozen=True)
class Defect:
    """An emptied site (`atom`), or an ion on a vacant one (`fractional`), in the cell `cell`."""

    atom: int | None
    fractional: tuple[float, float, float] | None
    cell: Shift

    def moved(self, by: Shift, shape: Shape) -> Defect:
        """The same in another cell of the supercell."""
        cell = tuple((c + b) % n for c, b, n in zip(self.cell, by, shape, strict=True))
        return Defect(self.atom, self.fractional, (cell[0], cell[1], cell[2]))

    def order(self) -> tuple[Any, ...]:
        """What defects are sorted by."""
        return self.atom is None, -1 if self.atom is None else self.atom, self.fractional or (), self.cell


@dataclass(frozen=True, eq=False)
class Supercell:
    """Copies of a crystal.

    Attributes
    ----------
    structure
        The crystal.
    shape
        Copies along its vectors.
    mobile
        Element that hops.
    """

    structure: Structure
    shape: Shape
    mobile: str

    @cached_property
    def cells(self) -> list[Shift]:
        """All cells, in the order of their atoms."""
        a, b, c = self.shape
        return list(product(range(a), range(b), range(c)))

    @cached_property
    def cell_A(self) -> NDArray[np.float64]:
        """Vectors, shape (3, 3)."""
        return np.asarray(self.structure.lattice.matrix * np.array(self.shape)[:, None])

    def position_A(self, of: Place) -> NDArray[np.float64]:
        """Position of a site; shape (3,)."""
        return self.ideal_A((of.atom, of.fractional if of.atom is None else None, of.cell))

    def ideal_A(self, label: Label) -> NDArray[np.float64]:
        """Position of an atom, or of an ion that is put in, before relaxation; shape (3,)."""
        atom, fractional, cell = label
        within = self.structure.frac_coords[atom] if fractional is None else fractional
        return np.asarray((np.asarray(within) + np.array(cell)) @ self.structure.lattice.matrix)

    def end(self, defects: Sequence[Defect]) -> End:
        """Return an end with these defects, moved to where all that differ by a translation meet."""
        moves = [tuple(-c for c in defect.cell) for defect in defects] or [(0, 0, 0)]
        candidates = []
        for move in dict.fromkeys(moves):
            by = (move[0], move[1], move[2])
            moved = sorted((defect.moved(by, self.shape) for defect in defects), key=Defect.order)
            candidates.append(([defect.order() for defect in moved], tuple(moved), by))
        _, chosen, by = min(candidates, key=lambda candidate: candidate[0])
        return End(self, chosen, by)


@dataclass(frozen=True, eq=False)
class End:
    """An end of a hop before relaxation.

    Attributes
    ----------
    supercell
        Of the crystal.
    defects
        In the order of `Defect.order`, after the translation `moved`.
    moved
        Cells by which the end of the hop was translated.
    """

    supercell: Supercell
    defects: tuple[Defect, ...]
    moved: Shift

    @cached_property
    def key(self) -> str:
        """Text that ends have in common where their atoms are the same."""
        return json.dumps(self.atoms())

    def atoms(self) -> dict[str, Any]:
        """Symbols, cell and positions (angstrom) as plain data; put in ions are last."""
        labels = self._labels
        species = [site.specie.symbol for site in self.supercell.structure]
        symbols = [self.supercell.mobile if atom is None else species[atom] for atom, _, _ in labels]
        return {
            "symbols": symbols,
            "cell_A": _rounded(self.supercell.cell_A),
            "positions_A": _rounded([self.supercell.ideal_A(label) for label in labels]),
        }

    def displaced(self, positions_A: Any) -> dict[Label, NDArray[np.float64]]:
        """Displacements (angstrom) of a relaxed end by atom, as atoms are called before the translation."""
        labels = self._labels
        moves = np.asarray(positions_A, dtype=float) - np.asarray(self.atoms()["positions_A"])
        moves -= _periodic(moves, self.supercell.cell_A)
        back = tuple(-m for m in self.moved)
        found = {}
        for (atom, fractional, cell), move in zip(labels, moves, strict=True):
            found[_label(Defect(atom, fractional, cell).moved((back[0], back[1], back[2]), self.supercell.shape))] = (
                move
            )
        return found

    @cached_property
    def _labels(self) -> list[Label]:
        empty = {(defect.atom, defect.cell) for defect in self.defects if defect.atom is not None}
        host: list[Label] = [
            (atom, None, cell)
            for atom in range(len(self.supercell.structure))
            for cell in self.supercell.cells
            if (atom, cell) not in empty
        ]
        return [*host, *((None, d.fractional, d.cell) for d in self.defects if d.atom is None)]


@dataclass(frozen=True, eq=False)
class HopCell:
    """A hop in its supercell.

    Attributes
    ----------
    initial, final
        Ends before relaxation.
    origin, target
        Sites that the ion leaves and reaches; `target` may lie in another cell of the supercell, or beyond it.
    towards_A
        Displacement of the ion half way from the straight path, where one is known to start from; shape (3,).
    """

    initial: End
    final: End
    origin: Place
    target: Place
    towards_A: NDArray[np.float64]

    @cached_property
    def vector_A(self) -> NDArray[np.float64]:
        """From the origin to the target before relaxation; shape (3,)."""
        return self.initial.supercell.position_A(self.target) - self.initial.supercell.position_A(self.origin)

    def band_ends(self, initial_A: Any, final_A: Any) -> dict[str, Any]:
        """Return the atoms of a band from its relaxed ends, the hopping ion last.

        Parameters
        ----------
        initial_A, final_A
            Relaxed positions of the ends, in the order of their atoms.

        Returns
        -------
        dict
            `symbols`, `cell_A`, and the positions `initial_A` and `final_A`; no atom passes a periodic boundary between
            these, so that the path between them is straight.
        """
        supercell = self.initial.supercell
        before, after = self.initial.displaced(initial_A), self.final.displaced(final_A)
        leaves, reaches = self._leaves, _label(_defect(self.target, supercell.shape))
        others = [label for label in before if label != leaves]
        if {*others, reaches} != {*after}:
            raise AssertionError("the ends of a hop have other atoms")
        ideal = {label: supercell.ideal_A(label) for label in (*others, leaves)}
        species = [site.specie.symbol for site in supercell.structure]
        symbols = [supercell.mobile if label[0] is None else species[label[0]] for label in (*others, leaves)]
        start = [ideal[label] + before[label] for label in (*others, leaves)]
        end = [ideal[label] + after[label] for label in others] + [ideal[leaves] + self.vector_A + after[reaches]]
        return {
            "symbols": symbols,
            "cell_A": _rounded(supercell.cell_A),
            "initial_A": _rounded(start),
            "final_A": _rounded(end),
        }

    def strayed_A(self, atoms: Mapping[str, Any]) -> tuple[float, float]:
        """How far the ion relaxed from its origin and from its target, of what `band_ends` returned."""
        start = np.asarray(atoms["initial_A"][-1]) - self.initial.supercell.ideal_A(self._leaves)
        end = np.asarray(atoms["final_A"][-1]) - self.initial.supercell.ideal_A(self._leaves) - self.vector_A
        return float(np.linalg.norm(start)), float(np.linalg.norm(end))

    @cached_property
    def _leaves(self) -> Label:
        return _label(_defect(self.origin, self.initial.supercell.shape))


def supercell(structure: Structure, mobile: str, shape: Sequence[int] | None = None) -> Supercell:
    """Return a supercell in which a hop does not feel its copies.

    Parameters
    ----------
    structure
        The crystal.
    mobile
        Element that hops.
    shape
        Copies along the vectors of the cell; by default the fewest for which copies of an ion are at least
        `LEAST_IMAGE_DISTANCE_A` apart.

    Raises
    ------
    InputError
        If these are not three whole numbers of 1 or more, or there are too many atoms.
    """
    if shape is None:
        shape = _least_shape(np.asarray(structure.lattice.matrix))
    given = tuple(shape)
    if len(given) != 3 or any(whole_of(n) is None or not COPIES.holds(n) for n in given):
        raise InputError(f"a supercell must be three whole numbers from 1 to 100, got {shape!r}; such as (3, 3, 1)")
    a, b, c = (int(n) for n in given)
    if (atoms := a * b * c * len(structure)) > MOST_ATOMS:
        raise InputError(
            f"a supercell must have at most {MOST_ATOMS} atoms, got {atoms} in {a} x {b} x {c} cells; give fewer copies"
        )
    return Supercell(structure, (a, b, c), mobile)


def image_distance_A(cell_A: Any) -> float:
    """Distance between nearest copies of an atom."""
    from ase.geometry import minkowski_reduce

    reduced, _ = minkowski_reduce(np.asarray(cell_A, dtype=float))
    return float(np.linalg.norm(reduced, axis=1).min())


def hop_cell(
    cells: Supercell, origin: Place, target: Place, mechanism: Mechanism, third: Place | None = None
) -> HopCell:
    """Return the ends of a hop.

    Parameters
    ----------
    cells
        The supercell.
    origin, target
        Sites that the ion leaves and reaches.
    mechanism
        `vacancy`: both are occupied in the crystal, and the target is emptied; `divacancy`: so is `third`; `Frenkel
        pair`: one of them is vacant in the crystal, and nothing is taken out; `interstitial`: both are, and the ion is
        put in.
    third
        Of a divacancy: the site that is empty beside the hop. The ion passes between the three.

    Raises
    ------
    InputError
        If the sites do not fit the mechanism.
    """
    occupied = [place.atom is not None for place in (origin, target)]
    here, there = (_defect(place, cells.shape) for place in (origin, target))
    if here == there:
        raise InputError(
            f"in a supercell of {' x '.join(map(str, cells.shape))} an ion hops to its own copy; give a larger one"
        )
    fits = {"vacancy": occupied == [True, True], "divacancy": occupied == [True, True] and third is not None}
    fits |= {"Frenkel pair": occupied[0] != occupied[1], "interstitial": not any(occupied)}
    if not fits[mechanism]:
        states = " and ".join("occupied" if state else "vacant" for state in occupied)
        raise InputError(
            f"a hop between sites that are {states} in the crystal does not go by the mechanism {mechanism}"
        )
    more = [_defect(third, cells.shape)] if mechanism == "divacancy" and third is not None else []
    if more and more[0] in (here, there):
        raise InputError(
            f"a supercell of {' x '.join(map(str, cells.shape))} has no room for two vacancies; give a larger one"
        )
    # With the ion at its origin, the target is without one: emptied, or vacant anyway.
    initial = [*([here] if here.atom is None else []), *([there] if there.atom is not None else []), *more]
    final = [*([there] if there.atom is None else []), *([here] if here.atom is not None else []), *more]
    towards = np.zeros(3)
    if more and third is not None:
        middle = (cells.position_A(origin) + cells.position_A(target)) / 2
        towards = (cells.position_A(third) - middle) / 3
    return HopCell(cells.end(initial), cells.end(final), origin, target, towards)


def place(site: NetworkSite, cell: Sequence[int] = (0, 0, 0)) -> Place:
    """Return a site of a network, in one of its cells, as a place in a supercell."""
    if site.atom is not None:
        return Place(site.fractional, _shift(cell), site.atom)
    home = np.floor(site.fractional).astype(int)
    x, y, z = (float(value) for value in np.asarray(site.fractional) - home)
    return Place((x, y, z), _shift(np.asarray(cell, dtype=int) + home), None)


def _least_shape(matrix: NDArray[np.float64]) -> Shape:
    """The fewest copies along each vector for which copies of an atom are far enough apart."""
    shapes = sorted(product(range(1, _MOST_COPIES + 1), repeat=3), key=lambda shape: (np.prod(shape), shape[::-1]))
    for shape in shapes:
        rows = matrix * np.array(shape)[:, None]
        if np.linalg.norm(rows, axis=1).min() < LEAST_IMAGE_DISTANCE_A:
            continue
        if image_distance_A(rows) >= LEAST_IMAGE_DISTANCE_A:
            return shape[0], shape[1], shape[2]
    raise InputError(f"no supercell keeps copies of an ion {LEAST_IMAGE_DISTANCE_A:g} A apart; give its shape")


def _defect(of: Place, shape: Shape) -> Defect:
    fractional = of.fractional if of.atom is None else None
    return Defect(of.atom, fractional, of.cell).moved((0, 0, 0), shape)


def _label(defect: Defect) -> Label:
    return defect.atom, defect.fractional, defect.cell


def _periodic(vectors: NDArray[np.float64], cell_A: NDArray[np.float64]) -> NDArray[np.float64]:
    """The part of vectors that is whole vectors of the cell."""
    return np.asarray(np.rint(vectors @ np.linalg.inv(cell_A)) @ cell_A)


def _shift(values: Any) -> Shift:
    x, y, z = (int(value) for value in values)
    return x, y, z


def _rounded(values: Any) -> list[list[float]]:
    return [[float(x) + 0.0 for x in row] for row in np.round(np.asarray(values, dtype=float), _DECIMALS)]
