r"""Assumed error model of formation energies: Gaussian, correlated through shared elements and anions.

The error of the formation energy of a compound, per atom, with atom fractions x, is

.. math:: e = \sum_i x_i \delta_i + \sum_a x_a \delta_a + \eta ,

with an error :math:`\delta_i` of every element, an additional error :math:`\delta_a` of every anion (that of its
correction), and an independent error :math:`\eta` of the compound. Elements stay at 0. Both sums count atoms, so that
they cancel in every reaction between compounds; they remain where elements take part, such as the Li of a voltage.

Size of the errors: Hautier, Ong, Jain, Moore and Ceder, doi:10.1103/PhysRevB.85.155208, compared GGA(+U) with
experiments for 135 reactions of binary to ternary oxides; the errors were normal, with a mean close to zero and a
standard deviation of 24 meV/atom (seen in the abstract). In such a reaction only the independent errors remain; for two
binaries with equal numbers of atoms, its variance is 1.5 times that of one independent error. If two thirds of the
variance are independent, sigma is the error of such a reaction, and with all three terms also that of the formation
energy of a typical compound.

Assumptions: the same errors hold for sulfides, phosphates and intermetallics, and the remaining third of the variance
is shared equally between elements and anions. Errors against the elements can be larger: 96 meV/atom on average in the
OQMD, experimental errors included (Kirklin et al., doi:10.1038/npjcompumats.2015.10, seen in the abstract; another
database with other corrections). A larger sigma with larger shared parts represents them. Nearly identical compounds
(the orderings of LixCoO2) have nearly equal errors in reality, but independent errors here: intervals of limits between
such phases are too wide.
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

#: Typical compound (1/2 anion, 1/4 each of two other elements): sum of the squared atom fractions, and squared atom
#: fraction of the anion.
_ELEMENTS_SQUARED, _ANION_SQUARED = 0.375, 0.25


@dataclass(frozen=True)
class ErrorModel(Result):
    """Gaussian error model of formation energies (doi:10.1103/PhysRevB.85.155208 for its size).

    The error of a compound with atom fractions x is e = sum_i x_i d_i + sum_a x_a d_a + eta: an error of each element,
    an additional error of each anion, and an independent error; elements stay at 0.

    Attributes
    ----------
    sigma_eV_per_atom
        Standard deviation of the formation energy of a typical compound, with half of its atoms from an anion and a
        quarter from each of two other elements, eV/atom; default 0.024 (abstract of the source, for reactions of
        oxides).
    element_share
        Fraction of that variance from errors shared by all compounds of an element; default 1/6 (assumed).
    anion_share
        Fraction of that variance from errors shared by all compounds of an anion; default 1/6 (assumed). The rest is
        independent.
    anions
        Symbols of the elements with anion errors; by default those corrected as anions by the Materials Project
        (recalled), without Sb and Si, which are cations in most battery materials. A common error of oxides, peroxides
        and superoxides, or of sulfides and polysulfides, is assumed.

    Raises
    ------
    InputError
        If sigma is negative or not finite, or the shares are negative or sum to more than 1.

    Examples
    --------
    >>> import interfacekit as ik
    >>> model = ik.ErrorModel(sigma_eV_per_atom=0.03)
    >>> print(f"{1000 * model.own_sigma_eV_per_atom:.1f} meV/atom")
    24.5 meV/atom
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
            raise InputError(
                f"element_share + anion_share must be at most 1, got {shares[0]:g} + {shares[1]:g}; such as 1/6 each"
            )

    @property
    def own_sigma_eV_per_atom(self) -> float:
        """Standard deviation of the independent error of a compound, eV/atom."""
        share = max(0.0, 1 - self.element_share - self.anion_share)
        return float(self.sigma_eV_per_atom * share**0.5)

    @property
    def element_sigma_eV(self) -> float:
        """Standard deviation of the error of an element, eV per atom of it."""
        return float(self.sigma_eV_per_atom * (self.element_share / _ELEMENTS_SQUARED) ** 0.5)

    @property
    def anion_sigma_eV(self) -> float:
        """Standard deviation of the error of an anion correction, eV per atom of it."""
        return float(self.sigma_eV_per_atom * (self.anion_share / _ANION_SQUARED) ** 0.5)

    def covariance(self, table: EntryTable) -> NDArray[np.float64]:
        """Covariance of the errors of the rows of a table.

        Parameters
        ----------
        table
            Formation energies of n compositions.

        Returns
        -------
        ndarray of float64, shape (n, n)
            Covariance, eV^2/atom^2; 0 for elements.
        """
        shared = _shares(table)
        variance = np.full(len(table.elements), self.element_sigma_eV**2)
        variance[_anion_columns(table, self)] += self.anion_sigma_eV**2
        own = np.where(shared.any(axis=1), self.own_sigma_eV_per_atom**2, 0.0)
        covariance: NDArray[np.float64] = (shared * variance) @ shared.T + np.diag(own)
        return covariance

    def errors(self, table: EntryTable, n: int, seed: int = 0) -> NDArray[np.float64]:
        """Draw errors of the rows of a table.

        Every element, anion and compound has a random stream of its own, from the seed and its name: a compound has the
        same error in sample k of every chemical system, and the samples of a small ensemble are the first of a large
        one.

        Parameters
        ----------
        table
            Formation energies of m compositions.
        n
            Number of samples.
        seed
            Seed of the samples; default 0.

        Returns
        -------
        ndarray of float64, shape (n, m)
            Errors, eV/atom; 0 for elements.

        Raises
        ------
        InputError
            If n is below 1, or the seed is negative.
        """
        check_samples(n, seed)
        require_memory(f"{n:.3g} samples of {len(table)} energies", 24.0 * n * len(table), "give fewer, such as 1000")
        shared = _shares(table)
        normal = np.array([_normal("element", symbol, n, seed) for symbol in table.elements])
        per_atom = self.element_sigma_eV * normal
        for column in _anion_columns(table, self):
            per_atom[column] += self.anion_sigma_eV * _normal("anion", table.elements[column], n, seed)
        # Element by element: the order of summation of a matrix product depends on the machine.
        errors = np.zeros((n, len(table)))
        for column, of_element in enumerate(per_atom):
            rows = np.flatnonzero(shared[:, column])
            errors[:, rows] += of_element[:, None] * shared[rows, column]
        for row in np.flatnonzero(shared.any(axis=1)):
            errors[:, row] += self.own_sigma_eV_per_atom * _normal("compound", table.formulas[row], n, seed)
        return errors


def perturbed(table: EntryTable, errors: NDArray[np.float64]) -> EntryTable:
    """Add errors to the formation energies of a table.

    Parameters
    ----------
    table
        Formation energies of n compositions.
    errors
        Errors, eV/atom, shape (n,).

    Returns
    -------
    EntryTable
        Perturbed formation energies (eV/atom) with a source name and fingerprint of their own.

    Examples
    --------
    >>> import interfacekit as ik
    >>> table = ik.load_entries(elements="Li-Co-O")
    >>> errors = ik.ErrorModel().errors(table, n=1)[0]
    >>> ik.thermo.perturbed(table, errors).source
    'mp2019 with errors'
    """
    return replace(
        table,
        formation_energies_eV_per_atom=table.formation_energies_eV_per_atom + errors,
        source=f"{table.source} with errors",
        sha256=hashlib.sha256(table.sha256.encode() + np.ascontiguousarray(errors).tobytes()).hexdigest(),
    )


def as_error_model(given: ErrorModel | float | None) -> ErrorModel:
    """Return an error model, that of a sigma (eV/atom), or the default model for None."""
    if isinstance(given, ErrorModel):
        return given
    return ErrorModel() if given is None else ErrorModel(SIGMA.check(given))


def check_samples(n: int, seed: int) -> None:
    """Raise `InputError` unless the number of samples and the seed are valid."""
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
    """Draw n standard normal numbers from the random stream of a name."""
    key = np.frombuffer(hashlib.sha256(f"{kind} {name}".encode()).digest()[:16], dtype="<u4")
    sequence = np.random.SeedSequence(seed, spawn_key=tuple(key.tolist()))
    normal: NDArray[np.float64] = np.random.Generator(np.random.PCG64(sequence)).standard_normal(n)
    return normal
