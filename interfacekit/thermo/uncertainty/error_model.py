r"""An assumed error model of formation energies: Gaussian, and correlated through shared elements and anions.

The error of a compound's formation energy, per atom, with atom fractions x, is

.. math:: e = \sum_i x_i \delta_i + \sum_a x_a \delta_a + \eta ,

with one error :math:`\delta_i` for every element, one more :math:`\delta_a` for every anion (that of its correction),
and one :math:`\eta` of the compound's own. Elements stay at 0. Both sums count atoms, so that they cancel in every
reaction that has compounds only on both sides; they stay where elements take part, such as the Li of a voltage.

How large they are: Hautier, Ong, Jain, Moore and Ceder, doi:10.1103/PhysRevB.85.155208, compared GGA(+U) with
experiments for 135 reactions of binary oxides to ternary ones; the errors were normal, with a mean close to zero and a
standard deviation of 24 meV/atom (seen in the abstract). In such a reaction only the own errors are left, and for two
binaries with as many atoms each its variance is 1.5 times that of one of them. With two thirds of the variance own, the
error of such a reaction is sigma, and with all three parts that of a typical compound's formation energy is sigma too.

Assumed: that this holds for sulfides, phosphates or intermetallics, and how the last third is split between elements
and anions. Against the elements energies may err more: 96 meV/atom on average in the OQMD, errors of experiments
included (Kirklin et al., doi:10.1038/npjcompumats.2015.10, seen in the abstract; another database, other corrections).
A larger sigma with larger shared parts says so. Compounds that are nearly one another (the orderings of LixCoO2) err
alike in truth, but have independent own errors here: limits between such phases get intervals that are too wide.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import InputError
from interfacekit.limits import require_memory
from interfacekit.quantities import SAMPLES, SEED, SHARE, SIGMA, keep_plain
from interfacekit.results import Result
from interfacekit.thermo.defaults import SIGMA_eV_per_atom

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.entries import EntryTable

#: The typical compound, half of whose atoms are of one anion and a quarter of each of two others: sum of squares of
#: its atom fractions, and the square of its anion's.
_ELEMENTS_SQUARED, _ANION_SQUARED = 0.375, 0.25


@dataclass(frozen=True)
class ErrorModel(Result):
    """Sizes of the errors of formation energies; see this module for what they are.

    Attributes
    ----------
    sigma_eV_per_atom
        Standard deviation of the formation energy of a typical compound, half of whose atoms are of an anion and a
        quarter of each of two others. 24 meV/atom: from the abstract of its source, for reactions of oxides.
    element_share, anion_share
        Shares of that compound's variance that are due to errors shared by all compounds of an element, and by those of
        an anion; the rest is the compound's own. A sixth each: assumed.
    anions
        Elements with an error of the second kind: those that the Materials Project corrects as anions (recalled; Sb and
        Si, which it corrects too, are cations in most battery materials). That oxides, peroxides and superoxides, or
        sulfides and polysulfides, share one error is assumed.

    Raises
    ------
    InputError
        If sigma is negative or not finite, or shares are negative or above 1 together.
    """

    sigma_eV_per_atom: float = SIGMA_eV_per_atom
    element_share: float = 1 / 6
    anion_share: float = 1 / 6
    anions: tuple[str, ...] = ("Br", "Cl", "F", "H", "I", "N", "O", "S", "Se", "Te")

    def __post_init__(self) -> None:
        super().__post_init__()
        shares = SHARE.check(self.element_share, "element_share"), SHARE.check(self.anion_share, "anion_share")
        keep_plain(
            self,
            sigma_eV_per_atom=SIGMA.check(self.sigma_eV_per_atom),
            element_share=shares[0],
            anion_share=shares[1],
        )
        if sum(shares) > 1 + 1e-12:
            raise InputError(f"shares of {shares[0]:g} and {shares[1]:g} of a variance; give two that sum to at most 1")

    @property
    def own_sigma_eV_per_atom(self) -> float:
        """Standard deviation of a compound's own error."""
        share = max(0.0, 1 - self.element_share - self.anion_share)
        return float(self.sigma_eV_per_atom * share**0.5)

    @property
    def element_sigma_eV(self) -> float:
        """Standard deviation of an element's error, per atom of it."""
        return float(self.sigma_eV_per_atom * (self.element_share / _ELEMENTS_SQUARED) ** 0.5)

    @property
    def anion_sigma_eV(self) -> float:
        """Standard deviation of an anion's correction, per atom of it."""
        return float(self.sigma_eV_per_atom * (self.anion_share / _ANION_SQUARED) ** 0.5)

    def covariance(self, table: EntryTable) -> NDArray[np.float64]:
        """Covariance of the errors of a table's rows, eV^2/atom^2, shape (n, n); 0 for elements."""
        shared = _shares(table)
        variance = np.full(len(table.elements), self.element_sigma_eV**2)
        variance[_anion_columns(table, self)] += self.anion_sigma_eV**2
        own = np.where(shared.any(axis=1), self.own_sigma_eV_per_atom**2, 0.0)
        covariance: NDArray[np.float64] = (shared * variance) @ shared.T + np.diag(own)
        return covariance

    def errors(self, table: EntryTable, n: int, seed: int = 0) -> NDArray[np.float64]:
        """Draw errors of a table's rows, eV per atom, shape (n, rows); 0 for elements.

        Every element, anion and compound has a stream of its own, from the seed and its name: sample k gives a compound
        the same error in every chemical system, and the first samples of many are those of few.

        Raises
        ------
        InputError
            If there is no sample, or the seed is negative.
        """
        check_samples(n, seed)
        require_memory(f"{n:.3g} samples of {len(table)} energies", 24.0 * n * len(table), "give fewer, such as 1000")
        shared = _shares(table)
        normal = np.array([_normal("element", symbol, n, seed) for symbol in table.elements])
        per_atom = self.element_sigma_eV * normal
        for column in _anion_columns(table, self):
            per_atom[column] += self.anion_sigma_eV * _normal("anion", table.elements[column], n, seed)
        # One element after the other: a matrix product may add up in another order on another machine.
        errors = np.zeros((n, len(table)))
        for column, of_element in enumerate(per_atom):
            rows = np.flatnonzero(shared[:, column])
            errors[:, rows] += of_element[:, None] * shared[rows, column]
        for row in np.flatnonzero(shared.any(axis=1)):
            errors[:, row] += self.own_sigma_eV_per_atom * _normal("compound", table.formulas[row], n, seed)
        return errors


def perturbed(table: EntryTable, errors: NDArray[np.float64]) -> EntryTable:
    """Return a table with errors added to its energies (eV per atom, one for each row), and its own name."""
    return replace(
        table,
        formation_energies_eV_per_atom=table.formation_energies_eV_per_atom + errors,
        source=f"{table.source} with errors",
        sha256=hashlib.sha256(table.sha256.encode() + np.ascontiguousarray(errors).tobytes()).hexdigest(),
    )


def as_error_model(given: ErrorModel | float | None) -> ErrorModel:
    """Return an error model as it is, that of a sigma (eV/atom), or the usual one where None is given."""
    if isinstance(given, ErrorModel):
        return given
    return ErrorModel() if given is None else ErrorModel(SIGMA.check(given))


def check_samples(n: int, seed: int) -> None:
    """Raise `InputError` unless so many samples can be drawn from a seed."""
    SAMPLES.check(n)
    SEED.check(seed)


def _shares(table: EntryTable) -> NDArray[np.float64]:
    """Atom fractions of compounds, shape (rows, elements); 0 for elements."""
    fractions: NDArray[np.float64] = table.compositions / table.compositions.sum(axis=1, keepdims=True)
    fractions[np.count_nonzero(fractions, axis=1) == 1] = 0.0
    return fractions


def _anion_columns(table: EntryTable, model: ErrorModel) -> Sequence[int]:
    return [i for i, symbol in enumerate(table.elements) if symbol in model.anions]


def _normal(kind: str, name: str, n: int, seed: int) -> NDArray[np.float64]:
    """Draw n numbers of the stream of a name."""
    key = np.frombuffer(hashlib.sha256(f"{kind} {name}".encode()).digest()[:16], dtype="<u4")
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(key.tolist()))
    normal: NDArray[np.float64] = np.random.Generator(np.random.PCG64(sequence)).standard_normal(n)
    return normal
