"""Migration barriers by class of hop, and what kinetic Monte Carlo needs of them.

With E_i and E_f the energies of the relaxed ends and E_s that of the saddle, the barriers are E_s - E_i forward and
E_s - E_f backward, and the barrier at equal end energies is E_b = E_s - (E_i + E_f) / 2, so that both follow from
Ea = max(E_b + dE/2, dE, 0) with dE = E_f - E_i (see `transport.hopping.rates`). dE is what the energies of an ion
on the two sites differ by, whatever the mechanism: with e the energy of an ion on a site, a vacancy on it has the
energy constant - e; in the initial end the vacancy is at the target and in the final one at the origin, so that
E_f - E_i = (constant - e_origin) - (constant - e_target) = e_target - e_origin.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interfacekit.documents import MOST_RECORD_MiB, read_text, shown
from interfacekit.errors import InputError
from interfacekit.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from ase import Atoms

    from interfacekit.structure.network.result import LithiumNetwork
    from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel
    from interfacekit.transport.materials.parameters import Parameter

#: Of hops where nothing else is known; per second.
ATTEMPT_FREQUENCY_Hz = 1e13
#: Of the box that kinetic Monte Carlo gets where none is given.
USUAL_EDGE_A, FEWEST_CELLS = 30.0, 3
_DIVACANCY = "divacancy"
#: More common neighbours than hops to any distance make.
_MOST_NEIGHBOURS = 10_000
#: What a file that somebody changed by hand may raise.
_DAMAGED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


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

    def _above(self, end: int) -> float | None:
        saddle, energy = self.saddle_energy_eV, self.end_energies_eV[end]
        return None if saddle is None or energy is None else saddle - energy


@dataclass(frozen=True)
class BarrierTable(
    Result,
    tables="interfacekit.report.tables.structures:barrier_tables",
    figure="interfacekit.plots.structure.barriers:plot_barriers",
    writers={".extxyz": "interfacekit.structure.crystals.files:write_bands"},
):
    """Barriers of the hops of a crystal.

    Attributes
    ----------
    crystal
        Its name.
    formula
        Reduced.
    mobile
        Element of the ion.
    supercell
        Copies of the cell along its vectors.
    image_distance_A
        Distance of the ion from its nearest copy.
    rows
        One for each class of hops and mechanism.
    provenance
        Calculator with its version, settings, and the fingerprint of the structure.
    network
        Sites and hops, with which kinetic Monte Carlo takes the table as it is; None of a table made by hand.
    """

    crystal: str
    formula: str
    mobile: str
    supercell: tuple[int, int, int]
    image_distance_A: float
    rows: tuple[HopBarrier, ...]
    provenance: dict[str, Any]
    network: LithiumNetwork | None = None

    def hopping_model(
        self,
        shape: Sequence[int] | None = None,
        *,
        filling: float | None = None,
        attempt_frequencies_Hz: float = ATTEMPT_FREQUENCY_Hz,
    ) -> HoppingModel:
        """Make the model that kinetic Monte Carlo runs, with these barriers and site energies.

        Parameters
        ----------
        shape
            Cells along each axis of the periodic box; by default so many that each edge has 30 angstrom or more.
        filling
            Fraction of the sites that are occupied; by default that of the crystal, if it leaves vacancies.
        attempt_frequencies_Hz
            Of all hops.

        Raises
        ------
        InputError
            If the table has no network or lacks a barrier, or the box or filling is not possible.
        """
        if self.network is None:
            raise InputError(f"the barriers of {self.crystal} have no network; compute them, or use its hopping_model")
        edges = np.linalg.norm(self.network.cell_A, axis=1)
        usual = np.maximum(np.ceil(USUAL_EDGE_A / edges).astype(int), FEWEST_CELLS).tolist()
        return self.network.hopping_model(
            usual if shape is None else shape,
            filling=filling,
            barriers_eV=self,
            attempt_frequencies_Hz=attempt_frequencies_Hz,
        )

    def parameters(self) -> tuple[Parameter, ...]:
        """Return all barriers with where they come from, as a transport model has its numbers."""
        calculator = str(self.provenance.get("parameters", {}).get("calculator", {}).get("version", "published"))
        return tuple(_parameter(row.hop, row, calculator) for row in self.rows if row.status == "done")

    def row(self, hop: str, mechanism: str | None = None) -> HopBarrier:
        """Return the row of a class of hops; the first mechanism by default.

        Raises
        ------
        InputError
            If there is none.
        """
        for row in self.rows:
            if row.hop == hop and mechanism in (None, row.mechanism):
                return row
        there = ", ".join(f"{row.hop!r} ({row.mechanism})" for row in self.rows)
        by = "" if mechanism is None else f" by the mechanism {mechanism}"
        raise InputError(f"the table of {self.crystal} has no hop {hop!r}{by}; it has {there}")

    def barriers_eV(self, hops: Iterable[str] | None = None) -> dict[str, float]:
        """Barrier at equal end energies by class of hops; of a divacancy only where there is no other.

        Raises
        ------
        InputError
            If a class has none.
        """
        return {hop: _barrier(row) for hop, row in self._chosen(hops).items()}

    def environment_barriers(self, hops: Sequence[str]) -> EnvironmentBarriers | None:
        """Barriers by the number of occupied sites beside the hop, where the table has divacancies; None elsewhere.

        Where all common neighbours of both ends are occupied, the barrier is that of a single vacancy; where one or
        more are empty, that of a divacancy. Of a network's `hopping_model`, sites that are vacant in the
        crystal are not among these.

        Parameters
        ----------
        hops
            Classes, in the order of the network.

        Raises
        ------
        InputError
            If a class has no barrier.
        """
        from interfacekit.transport.hopping.rates import EnvironmentBarriers

        single, pairs = self._chosen(hops), self._with_mechanism(_DIVACANCY)
        if not any(hop in pairs and single[hop].mechanism != _DIVACANCY for hop in hops):
            return None
        table = []
        for hop, row in single.items():
            beside = _barrier(pairs.get(hop, row))
            table.append((*[beside] * row.common_neighbours, _barrier(row)))
        return EnvironmentBarriers(tuple(table))

    @property
    def site_energies_eV(self) -> dict[str, float]:
        """Energy of an ion on the sites of each class, the lowest of each connected part 0.

        A least-squares fit to the energy changes of all hops; see `site_energy_residuals_eV` for how far these, which
        come from separate supercells, are from closing. Hops by a divacancy count only where there are no others.
        """
        return self._fitted()[0]

    @property
    def site_energy_residuals_eV(self) -> dict[str, float]:
        """Energy change of each class of hops less the difference of the fitted site energies."""
        return self._fitted()[1]

    def to_frame(self) -> pd.DataFrame:
        """One row for each class of hops and mechanism."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "crystal": self.crystal,
                    "hop_class": row.hop,
                    "mechanism": row.mechanism,
                    "origin": row.origin,
                    "target": row.target,
                    "distance_A": row.distance_A,
                    "status": row.status,
                    "forward_barrier_eV": row.forward_barrier_eV,
                    "backward_barrier_eV": row.backward_barrier_eV,
                    "barrier_eV": row.barrier_eV,
                    "energy_change_eV": row.energy_change_eV,
                    "initial_energy_eV": row.end_energies_eV[0],
                    "final_energy_eV": row.end_energies_eV[1],
                    "fmax_eV_A": row.fmax_eV_A,
                    "end_steps": row.end_steps,
                    "band_steps": row.band_steps,
                    "notes": "; ".join(row.notes),
                    "error": row.error,
                }
                for row in self.rows
            ]
        )

    def _with_mechanism(self, mechanism: str) -> dict[str, HopBarrier]:
        return {row.hop: row for row in self.rows if row.mechanism == mechanism}

    def _chosen(self, hops: Iterable[str] | None) -> dict[str, HopBarrier]:
        """One row for each class: of a single defect where there is one."""
        singles = {row.hop: row for row in reversed(self.rows) if row.mechanism != _DIVACANCY}
        rows = self._with_mechanism(_DIVACANCY) | singles
        names = dict.fromkeys(row.hop for row in self.rows) if hops is None else hops
        missing = next((hop for hop in names if hop not in rows), None)
        if missing is not None:
            raise InputError(f"the table of {self.crystal} has no barrier of the hop {missing!r}; compute it too")
        return {hop: rows[hop] for hop in names}

    def _fitted(self) -> tuple[dict[str, float], dict[str, float]]:
        rows = [row for row in self._chosen(None).values() if row.energy_change_eV is not None]
        classes = list(dict.fromkeys(name for row in rows for name in (row.origin, row.target)))
        if not rows:
            return {}, {}
        matrix = np.zeros((len(rows), len(classes)))
        for line, row in zip(matrix, rows, strict=True):
            line[classes.index(row.target)] += 1.0
            line[classes.index(row.origin)] -= 1.0
        changes = np.array([row.energy_change_eV for row in rows], dtype=float)
        energies, *_ = np.linalg.lstsq(matrix, changes, rcond=None)
        residuals = changes - matrix @ energies
        for part in _parts(classes, [(row.origin, row.target) for row in rows]):
            members = [classes.index(name) for name in part]
            energies[members] -= energies[members].min()
        return (
            {name: float(energy) for name, energy in zip(classes, energies, strict=True)},
            {row.hop: float(residual) for row, residual in zip(rows, residuals, strict=True)},
        )


def _parameter(hop: str, row: HopBarrier, calculator: str) -> Parameter:
    from interfacekit.transport.materials.parameters import Parameter

    beside = ", a vacancy beside" if row.mechanism == _DIVACANCY else ""
    return Parameter(f"barrier {hop}{beside}", _barrier(row), "eV", "computed", calculator, "computed")


def _barrier(row: HopBarrier) -> float:
    if row.barrier_eV is None:
        raise InputError(
            f"the hop {row.hop!r} has no barrier by the mechanism {row.mechanism}: {row.error or row.status}"
        )
    return row.barrier_eV


def _parts(names: Sequence[str], joined: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Site classes that hops join, directly or by others."""
    part = {name: name for name in names}
    for a, b in joined:
        old, new = part[b], part[a]
        part = {name: new if of == old else of for name, of in part.items()}
    members = defaultdict(list)
    for name, of in part.items():
        members[of].append(name)
    return list(members.values())


def read_barriers(path: str | Path) -> BarrierTable:
    """Read a table of barriers that was saved as JSON.

    Raises
    ------
    InputError
        If there is no such file, or it holds something else.
    """
    from interfacekit.store import decode

    path = Path(path)
    text = read_text(path, MOST_RECORD_MiB)
    try:
        table = decode(text)
        if isinstance(table, BarrierTable):
            _require_sound(table)
    except _DAMAGED as error:
        raise InputError(f"{shown(path)} holds no table of barriers: {' '.join(str(error).split())[:120]}") from None
    if not isinstance(table, BarrierTable):
        raise InputError(
            f"{shown(path)} holds no table of barriers but {type(table).__name__}; "
            "make one with: interfacekit barriers LCO --calculator chgnet -o lco.json"
        )
    return table


def _require_sound(table: BarrierTable) -> None:
    """Raise `ValueError` where a table does not hold what it has to, or names what is not there."""
    from pymatgen.core import Structure

    from interfacekit.declared import require_declared
    from interfacekit.structure.crystals.crystal import Crystal
    from interfacekit.structure.network.result import LithiumNetwork

    require_declared(table, {"LithiumNetwork": LithiumNetwork, "Crystal": Crystal, "Structure": Structure})
    parameters = table.provenance.get("parameters", {})
    if not (isinstance(parameters, dict) and isinstance(parameters.get("calculator", {}), dict)):
        raise ValueError("its provenance has no parameters")  # noqa: TRY004  # of the file, not of a caller
    for row in table.rows:
        if row.status == "done" and not (row.energies_eV and None not in row.end_energies_eV):
            raise ValueError(f"the hop {row.hop!r} is done and has no energies")
        if not 0 <= row.common_neighbours <= _MOST_NEIGHBOURS:
            raise ValueError(f"the hop {row.hop!r} has {row.common_neighbours} common neighbours")
    net = table.network
    if net is None:
        return
    sites = [n for hop in net.classes for n in (hop.origin, hop.target)] + [n for hop in net.hops for n in hop[:2]]
    if not all(0 <= n < len(net.sites) for n in sites):
        raise ValueError("its network has hops between sites that are not there")
    if not all(0 <= hop[5] < len(net.classes) for hop in net.hops):
        raise ValueError("its network has hops of classes that are not there")
