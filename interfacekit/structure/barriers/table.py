"""Migration barriers of the hops of a crystal, and what kinetic Monte Carlo needs of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.results import Result
from interfacekit.structure.barriers.hop_barrier import DIVACANCY, HopBarrier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from interfacekit.structure.network.result import LithiumNetwork
    from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel
    from interfacekit.transport.materials.parameters import Parameter

#: Of hops where nothing else is known; per second.
ATTEMPT_FREQUENCY_Hz = 1e13
#: Of the box that kinetic Monte Carlo gets where none is given.
USUAL_EDGE_A, FEWEST_CELLS = 30.0, 3


@dataclass(frozen=True)
class BarrierTable(
    Result,
    tables="interfacekit.report.tables.structures:barrier_tables",
    figure="interfacekit.plots.structure.barriers:plot_barriers",
    writers={".extxyz": "interfacekit.structure.barriers.files:write_bands"},
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
        network: LithiumNetwork | None = None,
        filling: float | None = None,
        attempt_frequencies_Hz: float | Mapping[str, float] = ATTEMPT_FREQUENCY_Hz,
        site_energies_eV: Mapping[str, float] | None = None,
        pair_energies_eV: float | Mapping[str, float] = 0.0,
    ) -> HoppingModel:
        """Make the model that kinetic Monte Carlo runs, with these barriers and site energies.

        Parameters
        ----------
        shape
            Cells along each axis of the periodic box; by default so many that each edge has 30 angstrom or more.
        network
            Sites and hops, in place of those of the table; each class of hops needs a barrier.
        filling
            Fraction of the sites that are occupied; by default that of the crystal, if it leaves vacancies.
        attempt_frequencies_Hz
            Of each hop class or of all; 1/s.
        site_energies_eV
            Energy of an ion on the sites of each class, 0 for those not named; by default those of the table.
        pair_energies_eV
            Energy of two ions on sites that a hop joins (positive: they repel), of each hop class or of all.

        Raises
        ------
        InputError
            If there is no network, the table lacks a barrier, or the box or filling is not possible.
        """
        sites = self.network if network is None else network
        if sites is None:
            raise InputError(f"the barriers of {self.crystal} have no network; give one, as lithium_network finds it")
        if shape is None:
            edges = np.linalg.norm(sites.cell_A, axis=1)
            shape = np.maximum(np.ceil(USUAL_EDGE_A / edges).astype(int), FEWEST_CELLS).tolist()
        return sites.hopping_model(
            shape,
            filling=filling,
            barriers_eV=self._of_hops(sites, shape),
            attempt_frequencies_Hz=attempt_frequencies_Hz,
            site_energies_eV=self.site_energies_eV if site_energies_eV is None else site_energies_eV,
            pair_energies_eV=pair_energies_eV,
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
        return {hop: row.required_barrier_eV() for hop, row in self._chosen(hops).items()}

    def environment_barriers(self, hops: Sequence[str]) -> EnvironmentBarriers | None:
        """Barriers by the number of occupied sites beside the hop, where the table has divacancies; None elsewhere.

        Where all common neighbours of both ends are occupied, the barrier is that of a single vacancy; where one or
        more are empty, that of a divacancy. In `hopping_model`, sites that are vacant in the crystal are not among
        these.

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

        single, pairs = self._chosen(hops), self._with_mechanism(DIVACANCY)
        if not any(hop in pairs and single[hop].mechanism != DIVACANCY for hop in hops):
            return None
        table = []
        for hop, row in single.items():
            beside = pairs.get(hop, row).required_barrier_eV()
            table.append((*[beside] * row.common_neighbours, row.required_barrier_eV()))
        return EnvironmentBarriers(tuple(table))

    @cached_property
    def _fitted(self) -> tuple[dict[str, float], dict[str, float]]:
        from interfacekit.structure.barriers.site_energies import fitted_site_energies

        return fitted_site_energies(self._chosen(None).values())

    @property
    def site_energies_eV(self) -> dict[str, float]:
        """Energy of an ion on the sites of each class, the lowest of each connected part 0.

        A least-squares fit to the energy changes of all hops; see `site_energy_residuals_eV` for how far these, which
        come from separate supercells, are from closing. Hops by a divacancy count only where there are no others.
        """
        return dict(self._fitted[0])

    @property
    def site_energy_residuals_eV(self) -> dict[str, float]:
        """Energy change of each class of hops less the difference of the fitted site energies."""
        return dict(self._fitted[1])

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

    def _of_hops(self, network: LithiumNetwork, shape: Sequence[int]) -> dict[str, float] | EnvironmentBarriers:
        """Barriers of the hops of a network, by the occupation beside a hop where the table has divacancies."""
        from interfacekit.structure.network.environments import beside_in_supercell, sites_beside_hops

        by_environment = self.environment_barriers(network.class_names)
        if by_environment is None:
            return self.barriers_eV(network.class_names)
        # Sites that are vacant in the crystal are no vacancies beside a hop, and in a box of few cells sites have
        # common neighbours that they do not have in the crystal.
        beside = sites_beside_hops(network)
        counts = {hop[5]: len(sites) for hop, sites in zip(network.hops, beside, strict=True)}
        rows = [(row[0],) * counts[number] + (row[-1],) for number, row in enumerate(by_environment.table_eV)]
        return type(by_environment)(tuple(rows), beside_in_supercell(network, beside, shape))

    def _with_mechanism(self, mechanism: str) -> dict[str, HopBarrier]:
        return {row.hop: row for row in self.rows if row.mechanism == mechanism}

    def _chosen(self, hops: Iterable[str] | None) -> dict[str, HopBarrier]:
        """One row for each class: of a single defect where there is one."""
        singles = {row.hop: row for row in reversed(self.rows) if row.mechanism != DIVACANCY}
        rows = self._with_mechanism(DIVACANCY) | singles
        names = dict.fromkeys(row.hop for row in self.rows) if hops is None else hops
        missing = next((hop for hop in names if hop not in rows), None)
        if missing is not None:
            raise InputError(f"the table of {self.crystal} has no barrier of the hop {missing!r}; compute it too")
        return {hop: rows[hop] for hop in names}


def _parameter(hop: str, row: HopBarrier, calculator: str) -> Parameter:
    from interfacekit.transport.materials.parameters import Parameter

    beside = ", a vacancy beside" if row.mechanism == DIVACANCY else ""
    return Parameter(f"barrier {hop}{beside}", row.required_barrier_eV(), "eV", "computed", calculator, "computed")
