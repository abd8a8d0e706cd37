"""Migration barrier of one class of hops.

With E_i and E_f the energies of the relaxed ends and E_s that of the saddle, the barriers are E_s - E_i forward and
E_s - E_f backward, and the barrier at equal end energies is E_b = E_s - (E_i + E_f) / 2, so that both follow from
Ea = max(E_b + dE/2, dE, 0) with dE = E_f - E_i (see `transport.hopping.rates`). dE is what the energies of an ion
on the two sites differ by, whatever the mechanism: with e the energy of an ion on a site, a vacancy on it has the
energy constant - e; in the initial end the vacancy is at the target and in the final one at the origin, so that
E_f - E_i = (constant - e_origin) - (constant - e_target) = e_target - e_origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from interfacekit.errors import InputError
from interfacekit.results import Result

if TYPE_CHECKING:
    from ase import Atoms

#: Mechanism by which an ion passes a second vacancy beside the hop.
DIVACANCY = "divacancy"


@dataclass(frozen=True)
class HopBarrier(Result):
    """The barrier of one class of hops by one mechanism, or why there is none.

    Attributes
    ----------
    hop
        Name of the class.
    origin, target
        Site classes of its ends.
    mechanism
        `vacancy`, `divacancy`, `Frenkel pair` or `interstitial`.
    distance_A
        Between the sites in the crystal.
    common_neighbours
        Sites that hops join to both ends.
    status
        `done`; `unconverged`: the forces are still too large, and there is no barrier; or `failed`.
    error
        What went wrong, in one line; None where it is done.
    notes
        What to know about the path.
    end_energies_eV
        Of the relaxed supercell with the ion at its origin and at its target; None where it was not found.
    energies_eV
        Of all images with the ends, also where the band is not converged; empty where there is no band. Of a barrier
        from elsewhere: of both ends, and of the saddle between them.
    path_A
        Length along the path of all atoms up to each image; empty where there is no band.
    symbols, cell_A, positions_A
        The atoms of the band, the hopping ion last: elements, vectors of the cell, and positions in each image.
    fmax_eV_A
        Largest force left on an image, and at the ends where there is no band; None where there is none.
    end_steps, band_steps
        Steps of the optimisers.
    """

    hop: str
    origin: str
    target: str
    mechanism: str
    distance_A: float
    common_neighbours: int
    status: Literal["done", "unconverged", "failed"]
    error: str | None = None
    notes: tuple[str, ...] = ()
    end_energies_eV: tuple[float | None, float | None] = (None, None)
    energies_eV: tuple[float, ...] = ()
    path_A: tuple[float, ...] = ()
    symbols: tuple[str, ...] = ()
    cell_A: tuple[tuple[float, float, float], ...] = ()
    positions_A: tuple[tuple[tuple[float, float, float], ...], ...] = ()
    fmax_eV_A: float | None = None
    end_steps: int | None = None
    band_steps: int | None = None

    @property
    def energy_change_eV(self) -> float | None:
        """Energy of the final end less that of the initial one; the difference of the ion's site energies.

        None also where there is no band: an end may not be relaxed then, or the ion may have left it.
        """
        initial, final = self.end_energies_eV
        if initial is None or final is None or not self.energies_eV or self.status == "failed":
            return None
        return final - initial

    @property
    def saddle_energy_eV(self) -> float | None:
        """Energy of the highest image; None unless the band is converged."""
        return max(self.energies_eV) if self.status == "done" else None

    @property
    def forward_barrier_eV(self) -> float | None:
        """Saddle above the initial end."""
        return self._above(0)

    @property
    def backward_barrier_eV(self) -> float | None:
        """Saddle above the final end."""
        return self._above(1)

    @property
    def barrier_eV(self) -> float | None:
        """Barrier at equal end energies, the same both ways: saddle above the mean of the ends."""
        forward, backward = self.forward_barrier_eV, self.backward_barrier_eV
        return None if forward is None or backward is None else (forward + backward) / 2

    @property
    def images(self) -> list[Atoms]:
        """The band for ASE, with its energies; none where there is no band."""
        from ase import Atoms
        from ase.calculators.singlepoint import SinglePointCalculator

        band = []
        for positions, energy in zip(self.positions_A, self.energies_eV, strict=False):
            image = Atoms(list(self.symbols), positions=positions, cell=self.cell_A, pbc=True)
            image.calc = SinglePointCalculator(image, energy=energy)
            band.append(image)
        return band

    def required_barrier_eV(self) -> float:
        """Barrier at equal end energies.

        Raises
        ------
        InputError
            If there is none.
        """
        if self.barrier_eV is None:
            raise InputError(
                f"the hop {self.hop!r} has no barrier by the mechanism {self.mechanism}: {self.error or self.status}"
            )
        return self.barrier_eV

    def _above(self, end: int) -> float | None:
        saddle, energy = self.saddle_energy_eV, self.end_energies_eV[end]
        return None if saddle is None or energy is None else saddle - energy
