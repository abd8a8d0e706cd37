"""Phase equilibria by the kernels: one linear programme for each composition, without a hull.

See `kernels.equilibria.simplex` for the method and its tolerances. The cost hardly grows with the number of elements.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from interfacekit.errors import ComputationError
from interfacekit.thermo.equilibria.engine import AMOUNT_TOLERANCE, Equilibria, Mixtures, Staircase
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable
    from interfacekit.kernels.equilibria.simplex import Workspace
    from interfacekit.thermo.equilibria.engine import FacetSection

#: Initial and largest number of kinks and plateaus that scratch arrays hold.
_ROOM, _MOST_ROOM = 64, 65536
#: Elements written as molecules among products.
DIATOMIC = ("Cl", "F", "H", "N", "O")


class Programme(NamedTuple):
    """Linear programme of a chemical system; columns are phases: the elements, phases without Li, phases with Li.

    Attributes
    ----------
    fractions
        Atom fractions on the closed elements, shape (d, n).
    energies
        Energies, eV per closed-element atom, shape (n,).
    rows
        Rows of the table, shape (n,).
    lithium
        Li exchanged with the reservoir, per closed-element atom, shape (n,); zeros if closed.
    """

    fractions: NDArray[np.float64]
    energies: NDArray[np.float64]
    rows: NDArray[np.intp]
    lithium: NDArray[np.float64]


class Minimiser(Equilibria):
    """Phase equilibria of the entries of a table, closed or open to Li; phase indices are rows of the table.

    Parameters
    ----------
    table
        Formation energies.
    voltage_V
        Voltage of a Li reservoir, V vs Li/Li+; None for a closed system.
    """

    def __init__(self, table: EntryTable, voltage_V: float | None = None) -> None:
        columns = _columns(table, is_open=voltage_V is not None)
        self.elements, self.formulas, self.lithium = columns.elements, columns.formulas, columns.lithium
        self._table = table
        self._rows, self._n_atoms, self._fractions = columns.rows, columns.n_atoms, columns.fractions
        self._lithium_per_atom, self._n_free = columns.lithium_per_atom, columns.n_free
        energies = columns.formation_energies + (voltage_V or 0.0) * columns.lithium
        self._energies = energies[self._rows] / self._n_atoms

    @property
    def programme(self) -> Programme:
        """Linear programme that the kernels solve."""
        return Programme(self._fractions, self._energies, self._rows, self._lithium_per_atom)

    def energies(self, compositions: NDArray[np.float64]) -> NDArray[np.float64]:
        """See `Equilibria`."""
        energies: NDArray[np.float64] = (self.chemical_potentials(compositions) * compositions).sum(axis=1)
        return energies

    def chemical_potentials(self, compositions: NDArray[np.float64]) -> NDArray[np.float64]:
        """Chemical potentials of the elements at compositions (atoms, shape (n, d)), eV per atom, shape (n, d).

        They refer to the elements. Where fewer phases coexist than there are elements, they are one choice among many.

        Raises
        ------
        ComputationError
            If a linear programme has no solution.
        """
        return self._solved(compositions)[2]

    def equilibrium(self, composition: NDArray[np.float64]) -> dict[int, float]:
        """See `Equilibria`."""
        basis, amounts, _ = self._solved(composition[None])
        return self._phases(basis[0], amounts[0], float(composition.sum()))

    def mixtures(self, start: NDArray[np.float64], end: NDArray[np.float64]) -> Mixtures:
        """See `Equilibria`."""
        from interfacekit.kernels.equilibria import simplex

        m, n_atoms = len(self.elements), float(start.sum())
        status, kinks, room = simplex.FULL, 0, _ROOM // 2
        while status == simplex.FULL and room < _MOST_ROOM:
            room *= 2
            mixing, energies, lines = np.empty(room), np.empty(room), np.empty((room, 2))
            basis, amounts, mu = np.empty((room, m), dtype=np.int64), np.empty((room, m)), np.empty((room, m))
            status, kinks = simplex.tie_line(
                self._fractions,
                self._energies,
                np.ascontiguousarray(start / n_atoms),
                np.ascontiguousarray(end / n_atoms),
                self._workspace(),
                mixing,
                energies,
                basis,
                amounts,
                mu,
                lines,
            )
        self.check(status)
        basis, amounts = basis[:kinks].copy(), amounts[:kinks].copy()
        return Mixtures(
            mixing=mixing[:kinks].copy(),
            energies=energies[:kinks] * n_atoms,
            lithium=self._lithium_of(basis, amounts, n_atoms),
            phases_at=lambda kink: self._phases(basis[kink], amounts[kink], n_atoms),
        )

    def staircase(self, composition: NDArray[np.float64]) -> Staircase:
        """See `Equilibria`."""
        others = np.delete(self._others(composition), self.elements.index(LITHIUM))
        return minimiser(self._table, 0.0).plateaus(others)

    def plateaus(self, composition: NDArray[np.float64]) -> Staircase:
        """Plateaus of non-Li atoms of shape (d,), in a system open to Li at 0 V; see `Equilibria.staircase`."""
        from interfacekit.kernels.equilibria import simplex

        m, n_atoms = len(self.elements), float(composition.sum())
        status, plateaus, room = simplex.FULL, 0, _ROOM // 2
        while status == simplex.FULL and room < _MOST_ROOM:
            room *= 2
            voltages, contents = np.empty(room), np.empty(room)
            basis, amounts = np.empty((room, m), dtype=np.int64), np.empty((room, m))
            status, plateaus = simplex.lithium_profile(
                self._fractions,
                self._energies,
                self._lithium_per_atom,
                self._n_free,
                composition / n_atoms,
                self._workspace(),
                voltages,
                contents,
                basis,
                amounts,
            )
        self.check(status)
        # In order of increasing voltage; the kernel descends.
        rising = slice(plateaus - 1, None, -1) if plateaus else slice(0)
        basis, amounts = basis[rising], amounts[rising]
        return Staircase(
            voltages_V=voltages[rising].copy(),
            lithium=contents[rising] * n_atoms,
            phases_at=lambda plateau: self._phases(basis[plateau], amounts[plateau], n_atoms),
        )

    def facet_sections(self, ends: NDArray[np.float64]) -> Iterator[FacetSection]:
        """See `Equilibria`: facets are followed from one corner across the edges of their sections."""
        from interfacekit.thermo.equilibria.section import explore

        return iter(explore(self._facet, ends / ends.sum(axis=1, keepdims=True)))

    def _facet(
        self, composition: NDArray[np.float64], towards: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Phases (d,) at a composition for a small step towards another, and their atom fractions, shape (d, d)."""
        from interfacekit.kernels.equilibria import simplex

        work = self._workspace()
        self.check(simplex.minimise(self._fractions, self._energies, len(self._energies), composition, towards, work))
        return self._rows[work.basis], self._fractions[:, work.basis].T

    def _workspace(self) -> Workspace:
        from interfacekit.kernels.equilibria.simplex import workspace

        return workspace(*self._fractions.shape)

    def _solved(
        self, compositions: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Bases, amounts for one atom, and chemical potentials; each of shape (n, d)."""
        from interfacekit.kernels.equilibria import simplex

        n_atoms = compositions.sum(axis=1, keepdims=True)
        basis = np.empty(compositions.shape, dtype=np.int64)
        amounts, mu = np.empty(compositions.shape), np.empty(compositions.shape)
        per_atom = np.ascontiguousarray(compositions / n_atoms)
        energies, work = self._energies[None], self._workspace()
        self.check(simplex.equilibria(self._fractions, energies, per_atom, work, basis, amounts, mu))
        return basis, amounts, mu

    def _phases(self, basis: NDArray[np.int64], amounts: NDArray[np.float64], n_atoms: float) -> dict[int, float]:
        """Formula units by row of the table, from amounts for one atom."""
        present = amounts > AMOUNT_TOLERANCE
        rows = self._rows[basis[present]].tolist()
        return dict(zip(rows, (amounts[present] * n_atoms / self._n_atoms[basis[present]]).tolist(), strict=True))

    def _lithium_of(
        self, basis: NDArray[np.int64], amounts: NDArray[np.float64], n_atoms: float
    ) -> NDArray[np.float64]:
        """Li exchanged with the reservoir, from amounts for one atom, shape (k,)."""
        lithium = np.zeros(len(basis))
        for i in range(basis.shape[1]):
            held = self.lithium[self._rows[basis[:, i]]] * (amounts[:, i] * n_atoms / self._n_atoms[basis[:, i]])
            lithium += np.where(amounts[:, i] > AMOUNT_TOLERANCE, held, 0.0)
        return lithium

    def check(self, status: int) -> None:
        """Raise `ComputationError` unless the status of a kernel is `SOLVED`."""
        from interfacekit.kernels.equilibria import simplex

        if status != simplex.SOLVED:
            reasons = {simplex.STALLED: "needs too many pivots", simplex.FULL: "has too many kinks"}
            reason = reasons.get(status, "has a singular basis")
            raise ComputationError(f"a linear programme of {'-'.join(self.elements)} {reason}; try engine='pymatgen'")


class _Columns(NamedTuple):
    """Columns of a programme without their voltage dependence; see `Programme`."""

    elements: tuple[str, ...]
    formulas: tuple[str, ...]
    lithium: NDArray[np.float64]
    formation_energies: NDArray[np.float64]  # eV per formula unit, by rows of the table
    rows: NDArray[np.intp]
    n_atoms: NDArray[np.float64]
    fractions: NDArray[np.float64]
    lithium_per_atom: NDArray[np.float64]
    n_free: int


@lru_cache(maxsize=128)
def _columns(table: EntryTable, *, is_open: bool) -> _Columns:
    axes = [i for i, element in enumerate(table.elements) if not is_open or element != LITHIUM]
    molecules = np.array([2.0 if formula in DIATOMIC else 1.0 for formula in table.formulas])
    atoms = table.compositions * molecules[:, None]
    lithium = atoms[:, table.elements.index(LITHIUM)] if is_open else np.zeros(len(table))
    n_atoms = atoms[:, axes].sum(axis=1)
    with_axes = np.flatnonzero(n_atoms > 0)
    fractions = atoms[with_axes][:, axes] / n_atoms[with_axes, None]
    # The elements come first, as the kernels require, then phases without Li.
    pure = [int(np.flatnonzero((fractions[:, i] == 1) & (lithium[with_axes] == 0))[0]) for i in range(len(axes))]
    rank = np.where(lithium[with_axes] == 0, 1, 2)
    rank[pure] = 0
    position = np.arange(len(with_axes))
    position[pure] = range(len(pure))
    order = np.lexsort((position, rank))
    rows = with_axes[order]
    lithium_per_atom = lithium[rows] / n_atoms[rows]
    return _Columns(
        elements=tuple(table.elements[i] for i in axes),
        formulas=tuple(f"{f}2" if n == 2 else f for f, n in zip(table.formulas, molecules, strict=True)),
        lithium=lithium,
        formation_energies=table.formation_energies_eV_per_atom * atoms.sum(axis=1),
        rows=rows,
        n_atoms=n_atoms[rows],
        fractions=np.ascontiguousarray(fractions[order].T),
        lithium_per_atom=lithium_per_atom,
        n_free=int(np.count_nonzero(lithium_per_atom == 0)),
    )


@lru_cache(maxsize=1024)
def minimiser(table: EntryTable, voltage_V: float | None = None) -> Minimiser:
    """Return the cached `Minimiser` of a table and voltage."""
    return Minimiser(table, voltage_V)
