"""Table of formation energies: dense arrays with a thermo type and a fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from monty.json import MSONable

from interfacekit.elements import chemical_system
from interfacekit.errors import InputError
from interfacekit.versions import public_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray


#: Thermo type of energies without a stated functional and correction scheme.
UNDECLARED = "undeclared"


class RowsOnHull(NamedTuple):
    """Hull energies of the n rows of a table, each in the chemical system of its own elements.

    Attributes
    ----------
    energies_eV_per_atom
        Hull energies, eV/atom, shape (n,).
    on_hull
        True for rows on the hull, shape (n,).
    """

    energies_eV_per_atom: NDArray[np.float64]
    on_hull: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class EntryTable(MSONable):
    """Formation energies of compounds and of their elements (at 0 by definition).

    Each composition has one row, with the lowest known energy. All energies of a table share one `thermo_type`, because
    energies of different functionals or corrections have no common zero.

    Attributes
    ----------
    elements
        Symbols of m elements, sorted; the axes of `compositions`. Each has a row of its own with energy 0.
    formulas
        Reduced formulas of n rows, sorted.
    compositions
        Atoms per formula unit, float64, shape (n, m).
    formation_energies_eV_per_atom
        Formation energies against the elements, eV/atom, float64, shape (n,).
    thermo_type
        Functional and correction scheme, such as `GGA_GGA+U_legacy` (before MP2020), `GGA_GGA+U` (MP2020) or `R2SCAN`.
    source
        Name of the snapshot, file or database.
    sha256
        SHA-256 fingerprint of the file.
    warnings
        Warnings of suspicious energies, one line each; empty by default.

    Raises
    ------
    InputError
        If the shapes of the arrays disagree, names are not sorted and distinct, an amount is negative, an energy is not
        finite, or an element lacks its reference at 0.

    Examples
    --------
    >>> import interfacekit as ik
    >>> table = ik.load_entries(elements="Li-Co-O")
    >>> table.elements, table.compositions.shape
    (('Co', 'Li', 'O'), (85, 3))
    >>> table.formation_energy_eV_per_atom([1, 1, 2])
    -1.78951
    """

    elements: tuple[str, ...]
    formulas: tuple[str, ...]
    compositions: NDArray[np.float64]
    formation_energies_eV_per_atom: NDArray[np.float64]
    thermo_type: str
    source: str
    sha256: str
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("elements", "formulas", "warnings"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        for name in ("compositions", "formation_energies_eV_per_atom"):
            array = np.array(getattr(self, name), dtype=np.float64, order="C")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        shapes = {
            "compositions": (len(self.formulas), len(self.elements)),
            "formation_energies_eV_per_atom": (len(self.formulas),),
        }
        for name, shape in shapes.items():
            if getattr(self, name).shape != shape:
                raise InputError(f"{name} must have the shape {shape}, got {getattr(self, name).shape}")
        if not np.isfinite(self.formation_energies_eV_per_atom).all():
            bad = self.formulas[int(np.argmin(np.isfinite(self.formation_energies_eV_per_atom)))]
            raise InputError(f"{self.source}: the energy of {bad} is not a finite number")
        for name in ("elements", "formulas"):
            if list(getattr(self, name)) != sorted(set(getattr(self, name))):
                raise InputError(f"{self.source}: {name} must be sorted and distinct")
        if not (np.isfinite(self.compositions).all() and (self.compositions >= 0).all()):
            raise InputError(f"{self.source}: an amount is negative or not finite")
        self._check_references()

    def _check_references(self) -> None:
        of_one_element = np.flatnonzero(np.count_nonzero(self.compositions, axis=1) == 1)
        energies = {self.formulas[i]: self.formation_energies_eV_per_atom[i] for i in of_one_element}
        if missing := sorted(set(self.elements) - set(energies)):
            raise InputError(f"{self.source}: no elemental reference for {', '.join(missing)}")
        if shifted := sorted(symbol for symbol, energy in energies.items() if energy != 0):
            raise InputError(f"{self.source}: the elemental reference of {', '.join(shifted)} is not at 0")

    @cached_property
    def hull(self) -> RowsOnHull | None:
        """Hull energies of the rows if the source has computed them, or None.

        Tables made by `dataclasses.replace`, `only` or `join` have another hull, and None here.
        """
        read: Callable[[], RowsOnHull] | None = vars(self).get("_read_hull")
        return None if read is None else read()

    def keep_hull(self, read: Callable[[], RowsOnHull]) -> None:
        """Register a function that reads the hull energies of the rows on demand."""
        object.__setattr__(self, "_read_hull", read)

    @cached_property
    def _words(self) -> NDArray[np.uint64]:
        """Elements of the rows as bits, shape (n, 2)."""
        return element_words(self.compositions)

    @cached_property
    def _rows_found(self) -> dict[tuple[bytes, float], int | None]:
        """Cached results of `row_of`, which is called for the same few phases at every voltage."""
        return {}

    @classmethod
    def from_rows(
        cls,
        rows: Iterable[tuple[Mapping[str, float], float]],
        *,
        thermo_type: str,
        source: str,
        sha256: str,
    ) -> Self:
        """Make a table from `(atoms per formula unit by symbol, formation energy in eV/atom)` pairs.

        The lowest energy per composition is kept. Elements get their reference at 0; an elemental row above 0 (an
        excited polymorph) is dropped.

        Parameters
        ----------
        rows
            Compositions and formation energies, eV/atom.
        thermo_type
            Functional and correction scheme of the energies.
        source
            Name of the source.
        sha256
            Fingerprint of the source.

        Returns
        -------
        EntryTable
            One row per composition.

        Raises
        ------
        InputError
            If an element has a formation energy below 0, or an amount is too small beside the others for a formula of
            integer amounts.
        """
        from pymatgen.core import Composition

        lowest: dict[str, tuple[Mapping[str, float], float]] = {}
        elements: set[str] = set()
        for amounts, energy in rows:
            elements.update(amounts)
            if len(amounts) == 1:
                if energy < -1e-8:
                    raise InputError(f"{source}: element {next(iter(amounts))} has a formation energy below 0")
                continue
            formula = Composition(amounts).get_integer_formula_and_factor(max_denominator=10_000)[0]
            reduced = Composition(formula).get_el_amt_dict()
            if lost := sorted(set(amounts) - set(reduced)):
                raise InputError(f"{source}: too little {', '.join(lost)} beside {formula} to count; leave it out")
            known = lowest.get(formula)
            if known is None or energy < known[1]:
                lowest[formula] = (reduced, energy)
        lowest.update({symbol: ({symbol: 1.0}, 0.0) for symbol in elements})
        column = {symbol: i for i, symbol in enumerate(sorted(elements))}
        formulas = sorted(lowest)
        compositions = np.zeros((len(formulas), len(elements)))
        for i, formula in enumerate(formulas):
            for symbol, amount in lowest[formula][0].items():
                compositions[i, column[symbol]] = amount
        return cls(
            elements=tuple(sorted(elements)),
            formulas=tuple(formulas),
            compositions=compositions,
            formation_energies_eV_per_atom=np.array([lowest[formula][1] for formula in formulas]),
            thermo_type=thermo_type,
            source=source,
            sha256=sha256,
        )

    def subset(self, elements: str | Iterable[str]) -> EntryTable:
        """Select the rows without other elements.

        Parameters
        ----------
        elements
            Chemical system, `"Li-Co-O"` or symbols.

        Returns
        -------
        EntryTable
            Rows of the chemical system, with its elements as axes.

        Raises
        ------
        InputError
            If the table has no energies for an element.
        """
        symbols = chemical_system(elements)
        self.require(symbols)
        columns = [self.elements.index(symbol) for symbol in symbols]
        others = np.delete(self.compositions, columns, axis=1)
        rows = np.flatnonzero(~others.any(axis=1))
        part = EntryTable(
            elements=symbols,
            formulas=tuple(self.formulas[i] for i in rows),
            compositions=self.compositions[rows][:, columns],
            formation_energies_eV_per_atom=self.formation_energies_eV_per_atom[rows],
            thermo_type=self.thermo_type,
            source=self.source,
            sha256=self.sha256,
            warnings=self.warnings,
        )
        if (hull := self.hull) is not None:
            part.keep_hull(lambda: RowsOnHull(hull.energies_eV_per_atom[rows], hull.on_hull[rows]))
        return part

    def only(self, compositions: NDArray[np.float64]) -> EntryTable:
        """Select the rows of some compositions, and the elements.

        Parameters
        ----------
        compositions
            Atoms on the axes `elements`, shape (n, m).

        Returns
        -------
        EntryTable
            Selected rows, with all elements as axes.
        """
        rows = {row for composition in compositions if (row := self.row_of(composition)) is not None}
        kept = sorted(rows | {self.formulas.index(symbol) for symbol in self.elements})
        return EntryTable(
            elements=self.elements,
            formulas=tuple(self.formulas[i] for i in kept),
            compositions=self.compositions[kept],
            formation_energies_eV_per_atom=self.formation_energies_eV_per_atom[kept],
            thermo_type=self.thermo_type,
            source=self.source,
            sha256=self.sha256,
            warnings=self.warnings,
        )

    def require(self, elements: Iterable[str]) -> None:
        """Raise `InputError` unless the table has energies for each of `elements`."""
        missing = sorted(set(elements) - set(self.elements))
        if missing:
            raise InputError(f"{self.source} has no energies for {', '.join(missing)}; it covers {self._coverage()}")

    def _coverage(self) -> str:
        return f"{len(self.elements)} elements" if len(self.elements) > 12 else "-".join(self.elements)

    def join(self, other: EntryTable) -> EntryTable:
        """Merge two tables; the lower energy of each composition is kept.

        Parameters
        ----------
        other
            Table of the same thermo type.

        Returns
        -------
        EntryTable
            Rows of both tables.

        Raises
        ------
        InputError
            If the thermo types differ, or one is not declared: such energies may have no common zero and must not share
            a convex hull.
        """
        if UNDECLARED in (self.thermo_type, other.thermo_type) or self.thermo_type != other.thermo_type:
            raise InputError(
                f"cannot join {self.source} ({self.thermo_type}) and {other.source} ({other.thermo_type}): energies of "
                "different thermo types have no common zero; recompute one set, or declare its true thermo type"
            )
        elements = sorted({*self.elements, *other.elements})
        formulas = np.array(self.formulas + other.formulas)
        compositions = np.zeros((len(formulas), len(elements)))
        compositions[: len(self), [elements.index(symbol) for symbol in self.elements]] = self.compositions
        compositions[len(self) :, [elements.index(symbol) for symbol in other.elements]] = other.compositions
        energies = np.concatenate([self.formation_energies_eV_per_atom, other.formation_energies_eV_per_atom])
        order = np.lexsort((energies, formulas))
        ranked = formulas[order]
        lowest = order[np.append([True], ranked[1:] != ranked[:-1])]
        return EntryTable(
            elements=tuple(elements),
            formulas=tuple(formulas[lowest].tolist()),
            compositions=compositions[lowest],
            formation_energies_eV_per_atom=energies[lowest],
            thermo_type=self.thermo_type,
            source=f"{self.source} + {other.source}",
            sha256=hashlib.sha256(f"{self.sha256}{other.sha256}".encode()).hexdigest(),
            warnings=tuple(dict.fromkeys((*self.warnings, *other.warnings, *self._gaps(other)))),
        )

    def _gaps(self, other: EntryTable) -> tuple[str, ...]:
        """Warn of compositions for which another table has very different energies."""
        from interfacekit.entries.gaps import gap_warning

        known = dict(zip(self.formulas, self.formation_energies_eV_per_atom.tolist(), strict=True))
        theirs = zip(other.formulas, other.formation_energies_eV_per_atom.tolist(), strict=True)
        gaps = {formula: abs(energy - known[formula]) for formula, energy in theirs if formula in known}
        return gap_warning(f"{self.source} + {other.source}", gaps)

    def row_of(self, composition: Sequence[float] | NDArray[np.float64], tolerance: float = 1e-7) -> int | None:
        """Return the index of the row of a composition, or None.

        Parameters
        ----------
        composition
            Atoms on the axes `elements`, shape (m,).
        tolerance
            Largest difference of an atom fraction, default 1e-7; the nearest of several rows is returned.

        Returns
        -------
        int or None
            Row index.
        """
        amounts = np.asarray(composition, dtype=np.float64)
        question = amounts.tobytes(), tolerance
        if question not in self._rows_found:
            self._rows_found[question] = self._nearest_row(amounts / amounts.sum(), tolerance)
        return self._rows_found[question]

    def _nearest_row(self, fractions: NDArray[np.float64], tolerance: float) -> int | None:
        # A row within the tolerance contains all elements above the tolerance.
        needed = element_words((fractions > tolerance)[None])
        rows = np.flatnonzero(((self._words & needed) == needed).all(axis=1))
        if not rows.size:
            return None
        atoms = self.compositions[rows]
        distances = np.abs(atoms / atoms.sum(axis=1, keepdims=True) - fractions).max(axis=1)
        nearest = int(np.argmin(distances))
        return int(rows[nearest]) if distances[nearest] < tolerance else None

    def formation_energy_eV_per_atom(self, composition: Sequence[float] | NDArray[np.float64]) -> float | None:
        """Return the formation energy of a composition, or None without a row.

        Parameters
        ----------
        composition
            Atoms on the axes `elements`, shape (m,).

        Returns
        -------
        float or None
            Formation energy, eV/atom.
        """
        row = self.row_of(composition)
        return None if row is None else float(self.formation_energies_eV_per_atom[row])

    def to_frame(self) -> pd.DataFrame:
        """Return a data frame with the columns of a user's CSV: `formula`, `formation_energy_eV_per_atom`."""
        import pandas as pd

        return pd.DataFrame(
            {"formula": self.formulas, "formation_energy_eV_per_atom": self.formation_energies_eV_per_atom}
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form, with arrays as nested lists."""
        return {
            "@module": public_module(type(self).__module__),
            "@class": type(self).__name__,
            "elements": list(self.elements),
            "formulas": list(self.formulas),
            "compositions": self.compositions.tolist(),
            "formation_energies_eV_per_atom": self.formation_energies_eV_per_atom.tolist(),
            "thermo_type": self.thermo_type,
            "source": self.source,
            "sha256": self.sha256,
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_dict(cls, d: dict[str, Any]) -> EntryTable:
        """Rebuild the table from `as_dict()`."""
        return cls(**{key: value for key, value in d.items() if not key.startswith("@")})

    def __reduce__(self) -> tuple[object, ...]:
        # Copies and pickles use the constructor: numpy would restore the arrays writeable.
        made = type(self), tuple(getattr(self, field.name) for field in fields(self))
        return made if self.hull is None else (*made, self.hull)

    def __setstate__(self, hull: RowsOnHull) -> None:
        for array in hull:
            array.flags.writeable = False
        self.keep_hull(lambda: hull)

    def __len__(self) -> int:
        return len(self.formulas)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, EntryTable):
            return NotImplemented
        return (
            self._identity() == other._identity()
            and np.array_equal(self.compositions, other.compositions)
            and np.array_equal(self.formation_energies_eV_per_atom, other.formation_energies_eV_per_atom)
        )

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[object, ...]:
        return (self.elements, self.formulas, self.thermo_type, self.source, self.sha256)

    def __repr__(self) -> str:
        return (
            f"EntryTable({self.source}, {self.thermo_type}: {len(self)} compositions of {self._coverage()}, "
            f"sha256 {self.sha256[:12]})"
        )


def element_words(amounts: NDArray[Any]) -> NDArray[np.uint64]:
    """Encode the elements of compositions as bits.

    Parameters
    ----------
    amounts
        Amounts, positive where an element is present, shape (n, m); at most 128 elements.

    Returns
    -------
    ndarray of uint64, shape (n, 2)
        Bit i % 64 of word i // 64 is set where the i-th element is present.
    """
    words = np.zeros((len(amounts), 2), dtype=np.uint64)
    for i in range(amounts.shape[1]):
        words[amounts[:, i] > 0, i // 64] |= np.uint64(1) << np.uint64(i % 64)
    return words
