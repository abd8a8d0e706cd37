"""The framework around the mobile ion: formal charges, radii and bond-valence parameters of its atoms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.structure.crystals.oxidation import oxidation_states

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pymatgen.core import Structure

#: Bond valence falls by e over this length (Brown and Altermatt 1985, doi:10.1107/S0108768185002063).
SOFTNESS_A = 0.37
#: Neighbouring cations of rock salt, sqrt(2) (r+ + r-) apart, are farthest in the iodides: 4.24 A in LiI, 4.58 in NaI,
#: 5.00 in KI. No direct hop of Li+ between neighbouring sites is known to be longer; this is 6 % more.
LONGEST_PLAUSIBLE_Li_A = 4.5


@dataclass(frozen=True, eq=False)
class Framework:
    """Atoms that do not hop, n in all.

    Attributes
    ----------
    fractional
        Positions, shape (n, 3).
    symbols
        Elements, n of them.
    charges
        Formal charge of each; 0 where the composition has no charge-balanced states. Shape (n,).
    radii_A
        Of each: Shannon's crystal radius of its formal charge (1976, doi:10.1107/S0567739476001551, as pymatgen has
        them), or its atomic radius where it has no charge. Shape (n,).
    mobile_charge
        Formal charge of the mobile ion, 0 where unknown.
    bond_lengths_A
        Length of a bond of valence 1 between the mobile ion and each atom of opposite charge, from the parameters of
        O'Keeffe and Brese (1991, doi:10.1021/ja00009a002); NaN for all others. Shape (n,).
    """

    fractional: NDArray[np.float64]
    symbols: tuple[str, ...]
    charges: NDArray[np.float64]
    radii_A: NDArray[np.float64]
    mobile_charge: float
    bond_lengths_A: NDArray[np.float64]

    @cached_property
    def repels(self) -> NDArray[np.bool_]:
        """Whether an atom has a charge of the same sign as the mobile ion; shape (n,)."""
        return np.asarray(self.charges * self.mobile_charge > 0)

    @cached_property
    def binds(self) -> NDArray[np.bool_]:
        """Whether an atom has a charge of the opposite sign; shape (n,)."""
        return np.asarray(self.charges * self.mobile_charge < 0)

    @cached_property
    def has_bond_valences(self) -> bool:
        """Whether all atoms that bind the mobile ion have parameters."""
        return bool(self.binds.any() and np.all(np.isfinite(self.bond_lengths_A[self.binds])))


def framework(structure: Structure, mobile: str) -> Framework:
    """Take the atoms of a crystal that do not hop.

    Parameters
    ----------
    structure
        The crystal.
    mobile
        Element of the ions that hop.
    """
    atoms = [site for site in structure if site.specie.symbol != mobile]
    symbols = tuple(str(site.specie.symbol) for site in atoms)
    states = oxidation_states(structure) or {}
    charges = np.array([states.get(symbol, 0.0) for symbol in symbols])
    charge = states.get(mobile, 0.0)
    radii = {symbol: _radius_A(symbol, states.get(symbol, 0.0)) for symbol in set(symbols)}
    bonds = {symbol: _bond_length_A(mobile, symbol) for symbol in set(symbols)}
    return Framework(
        fractional=np.array([site.frac_coords for site in atoms], dtype=float).reshape(-1, 3),
        symbols=symbols,
        charges=charges,
        radii_A=np.array([radii[symbol] for symbol in symbols]),
        mobile_charge=charge,
        bond_lengths_A=np.where(charges * charge < 0, [bonds[symbol] for symbol in symbols], np.nan),
    )


def bond_valences(distances_A: NDArray[np.float64], bond_lengths_A: NDArray[np.float64]) -> NDArray[np.float64]:
    """Valence of bonds, exp((R - d) / 0.37 A); R is the length of a bond of valence 1. Any shape."""
    return np.asarray(np.exp((bond_lengths_A - distances_A) / SOFTNESS_A))


def tetrahedral_radius_A(symbol: str, charge: float) -> float | None:
    """Shannon's crystal radius of an ion among four others, or else in its lowest coordination; None where unknown."""
    from pymatgen.core import Element, Species

    coordinations = Element(symbol).data.get("Shannon radii", {}).get(str(round(charge)), {})
    if not coordinations:
        return None
    by_size = ("IV", "III", "II", "I", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII")
    lowest = next((number for number in by_size if number in coordinations), next(iter(coordinations)))
    spin: Any = "High Spin" if "High Spin" in coordinations[lowest] else next(iter(coordinations[lowest]))
    return float(Species(symbol, round(charge)).get_shannon_radius(lowest, spin, "crystal"))


def longest_plausible_hop_A(symbol: str, charge: float) -> float:
    """Distance beyond which ions rarely hop without a site in between; angstrom.

    Parameters
    ----------
    symbol, charge
        Of the ion; `LONGEST_PLAUSIBLE_Li_A` where the charge is 0, which means unknown.
    """
    if not round(charge):
        return LONGEST_PLAUSIBLE_Li_A
    larger = _radius_A(symbol, charge) - _radius_A("Li", 1.0)
    return LONGEST_PLAUSIBLE_Li_A + math.sqrt(2) * larger


def _radius_A(symbol: str, charge: float) -> float:
    from pymatgen.core import Element, Species

    ionic = Species(symbol, round(charge)).ionic_radius if round(charge) else None
    radius = Element(symbol).atomic_radius if ionic is None else ionic
    return 1.0 if radius is None else float(radius)


def _bond_length_A(mobile: str, symbol: str) -> float:
    """R = r1 + r2 - r1 r2 (sqrt c1 - sqrt c2)^2 / (c1 r1 + c2 r2), of sizes r and electronegativities c."""
    from pymatgen.analysis.bond_valence import BV_PARAMS
    from pymatgen.core import Element

    one, other = (BV_PARAMS.get(Element(name)) for name in (mobile, symbol))
    if one is None or other is None:
        return math.nan
    (r1, c1), (r2, c2) = ((row["r"], row["c"]) for row in (one, other))
    return float(r1 + r2 - r1 * r2 * (math.sqrt(c1) - math.sqrt(c2)) ** 2 / (c1 * r1 + c2 * r2))
