"""A network of sites in a crystal as a result: how far it leads, its supercells, and its hopping models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.results import Result
from interfacekit.structure.crystals.supercells import check_shape, repeated_hops, repeated_sites
from interfacekit.structure.network.percolation import Percolation, percolation_of
from interfacekit.transport.hopping.network import Network, network

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from ase import Atoms
    from numpy.typing import NDArray

    from interfacekit.structure.crystals.crystal import Crystal
    from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel


@dataclass(frozen=True)
class NetworkSite(Result):
    """A site of the mobile ion in the unit cell.

    Attributes
    ----------
    fractional
        Position, in units of the cell vectors.
    occupied
        Whether an ion of the crystal is there.
    site_class
        Symmetry-equivalent sites share one: `Li1`, `Li2`, `vacant1`, in the order of the structure's atoms.
    atom
        Number of the atom in the crystal's structure; None where vacant.
    """

    fractional: tuple[float, float, float]
    occupied: bool
    site_class: str
    atom: int | None = None


@dataclass(frozen=True)
class HopClass(Result):
    """Symmetry-equivalent hops, each with its reverse.

    Attributes
    ----------
    name
        Site classes of the ends and the distance: `Li1-Li2 3.10 A`.
    origin, target, image
        Sites of one of them, and the cell of its target in numbers of cell vectors.
    distance_A
        Of the straight path.
    multiplicity
        Hops in the unit cell, a hop and its reverse counted once.
    bottleneck_A
        Radius of the largest sphere that passes between the ions of the framework, by their crystal radii (Li+ has
        0.73 A in a tetrahedron of anions, 0.90 A in an octahedron). An estimate of how easily an ion passes, no
        barrier; None if there is no way past framework cations, or it was not asked for.
    bond_valence_mismatch
        Largest deviation of the bond-valence sum from the ion's charge on the best way between the sites, in valence
        units. An estimate, too; None also without parameters.
    """

    name: str
    origin: int
    target: int
    image: tuple[int, int, int]
    distance_A: float
    multiplicity: int
    bottleneck_A: float | None = None
    bond_valence_mismatch: float | None = None


@dataclass(frozen=True)
class LithiumNetwork(
    Result,
    tables="interfacekit.report.tables.structures:network_tables",
    figure="interfacekit.plots.structure.lithium_network:plot_lithium_network",
    writers={".extxyz": "interfacekit.structure.network.files:write_sites"},
):
    """Sites of the mobile ion in a crystal, and the hops between them.

    Attributes
    ----------
    crystal
        Where they are.
    mobile
        Element of the ion.
    cutoff_A
        Longest hop.
    sites
        Of the unit cell, the occupied ones first.
    classes
        Of hops, by rising distance.
    hops
        Every hop of the unit cell in both directions: origin, target, the three numbers of the target's cell, and
        class.
    provenance
        How the network was made.
    notes
        Remarks, such as on a site that may be missing.
    """

    crystal: Crystal
    mobile: str
    cutoff_A: float
    sites: tuple[NetworkSite, ...]
    classes: tuple[HopClass, ...]
    hops: tuple[tuple[int, int, int, int, int, int], ...]
    provenance: dict[str, Any]
    notes: tuple[str, ...] = ()

    @cached_property
    def site_class_names(self) -> tuple[str, ...]:
        """Names of the site classes, in the order of the sites."""
        return tuple(dict.fromkeys(site.site_class for site in self.sites))

    @cached_property
    def class_names(self) -> tuple[str, ...]:
        """Names of the hop classes."""
        return tuple(hop.name for hop in self.classes)

    @cached_property
    def occupied_share(self) -> float:
        """Share of the sites that the crystal's own ions occupy."""
        return sum(site.occupied for site in self.sites) / len(self.sites)

    @cached_property
    def hop_table(self) -> NDArray[np.int64]:
        """The hops as an array; shape (m, 6)."""
        return np.array(self.hops, np.int64).reshape(-1, 6)

    @cached_property
    def fractional(self) -> NDArray[np.float64]:
        """Positions of the sites in units of the cell vectors; shape (n, 3)."""
        return np.array([site.fractional for site in self.sites], dtype=np.float64)

    @cached_property
    def cell_A(self) -> NDArray[np.float64]:
        """Cell vectors, rows; shape (3, 3), angstrom."""
        # Cells made from lengths and angles have 1e-16 where there should be nothing; layers are to be flat exactly.
        return np.asarray(np.round(self.crystal.structure.lattice.matrix, 10) + 0.0, dtype=np.float64)

    def percolation(self, classes: Iterable[str] | None = None) -> Percolation:
        """Find in how many dimensions ions get away, and where to.

        Parameters
        ----------
        classes
            Names of the hop classes to follow; all by default.

        Raises
        ------
        InputError
            If a class does not exist.
        """
        names = self.class_names if classes is None else tuple(classes)
        numbers = [self._class_number(name) for name in names]
        table = self.hop_table
        chosen = table[np.isin(table[:, 5], numbers)]
        found = percolation_of(len(self.sites), chosen, names)
        return replace(found, provenance=self.provenance)

    def supercell(self, shape: Sequence[int]) -> Network:
        """Repeat the network in a periodic box.

        Parameters
        ----------
        shape
            Cells along each axis, such as (20, 20, 4).

        Returns
        -------
        Network
            Its sites are numbered with those of a cell fastest, then along the first, second and third axis.

        Raises
        ------
        InputError
            If a site would meet itself or a neighbour twice.
        """
        table, n = self.hop_table, len(self.sites)
        cells = check_shape(shape, table, n)
        where, basis = repeated_sites(n, cells)
        origins, targets, images, number = repeated_hops(table[:, :5], n, cells)
        names = self.site_class_names
        kinds = np.array([names.index(site.site_class) for site in self.sites])
        return network(
            cell_A=self.cell_A * np.array(cells)[:, None],
            positions_A=where @ self.cell_A + (self.fractional @ self.cell_A)[basis],
            origins=origins,
            targets=targets,
            images=images,
            hop_classes=table[number, 5],
            class_names=self.class_names,
            site_classes=kinds[basis],
            site_class_names=names,
            repeats=cells,
        )

    def hopping_model(
        self,
        shape: Sequence[int],
        *,
        filling: float | None = None,
        barriers_eV: float | Mapping[str, float] | EnvironmentBarriers,
        attempt_frequencies_Hz: float | Mapping[str, float] = 1e13,
        site_energies_eV: Mapping[str, float] | None = None,
        pair_energies_eV: float | Mapping[str, float] = 0.0,
    ) -> HoppingModel:
        """Make a model of hopping ions for kinetic Monte Carlo.

        Parameters
        ----------
        shape
            Cells along each axis.
        filling
            Fraction of the sites that are occupied; by default that of the crystal, if it leaves vacancies.
        barriers_eV
            Barrier at equal end energies, of each hop class or of all; or by class and occupation of the sites around a
            hop. `BarrierTable.hopping_model` takes those of a table.
        attempt_frequencies_Hz
            Of each hop class or of all.
        site_energies_eV
            Energy of an ion on the sites of each class; 0 for those not named.
        pair_energies_eV
            Energy of two ions on sites that a hop joins (positive: they repel), of each hop class or of all.

        Raises
        ------
        InputError
            If all sites are occupied and no filling is given, a class has no barrier, or a class does not exist.
        """
        from interfacekit.transport.hopping.rates import HoppingModel

        if filling is None:
            filling = self.occupied_share
            if filling == 1:
                raise InputError(
                    f"all {self.mobile} sites of {self.crystal.name} are occupied, so that no ion can hop; give a "
                    "filling below 1, such as 0.98, or take in vacant sites"
                )
        sites = self.supercell(shape)
        energies = None
        if site_energies_eV is not None:
            known = {**dict.fromkeys(self.site_class_names, 0.0), **site_energies_eV}
            values = self._by_class("site energy", "eV", known, self.site_class_names, "site class")
            energies = np.asarray(values)[sites.site_classes]
        return HoppingModel(
            sites,
            filling,
            self._of_hops("barrier", "eV", barriers_eV),
            self._of_hops("attempt frequency", "1/s", attempt_frequencies_Hz),
            energies,
            self._of_hops("pair energy", "eV", pair_energies_eV),
        )

    def atoms(self, shape: Sequence[int] = (1, 1, 1), *, with_framework: bool = False) -> Atoms:
        """Return the sites for ASE, which writes them as extxyz or CIF.

        Parameters
        ----------
        shape
            Cells along each axis.
        with_framework
            Append the atoms that do not hop.

        Returns
        -------
        Atoms
            Vacant sites are of the element `X`. Tags: 1 of occupied sites, 2 of vacant ones, 0 of the framework; the
            array `site_class` names the class of each site, and is `-` elsewhere. Sites are numbered as in
            `supercell`.
        """
        from ase import Atoms

        cells = check_shape(shape, self.hop_table[:0], len(self.sites))
        rest = [site for site in self.crystal.structure if with_framework and site.specie.symbol != self.mobile]
        symbols, fractional = [site.specie.symbol for site in rest], [site.frac_coords for site in rest]
        parts = (
            (
                self.fractional,
                [self.mobile if site.occupied else "X" for site in self.sites],
                [1 if site.occupied else 2 for site in self.sites],
                [site.site_class for site in self.sites],
            ),
            (np.array(fractional).reshape(-1, 3), symbols, [0] * len(rest), ["-"] * len(rest)),
        )
        joined = Atoms(cell=self.cell_A * np.array(cells)[:, None], pbc=True)
        classes: list[str] = []
        for positions, elements, tags, names in parts:
            where, basis = (
                repeated_sites(len(positions), cells) if len(positions) else (np.zeros((0, 3)), np.zeros(0, int))
            )
            joined += Atoms(
                [elements[k] for k in basis],
                positions=where @ self.cell_A + (positions @ self.cell_A)[basis],
                tags=[tags[k] for k in basis],
            )
            classes += [names[k] for k in basis]
        joined.set_array("site_class", np.array(classes))
        return joined

    def to_frame(self) -> pd.DataFrame:
        """Return one row per hop class."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "crystal": self.crystal.name,
                    "hop_class": hop.name,
                    "origin": self.sites[hop.origin].site_class,
                    "target": self.sites[hop.target].site_class,
                    "distance_A": hop.distance_A,
                    "hops_per_cell": hop.multiplicity,
                    "bottleneck_A": hop.bottleneck_A,
                    "bond_valence_mismatch": hop.bond_valence_mismatch,
                }
                for hop in self.classes
            ]
        )

    def _class_number(self, name: str) -> int:
        if name not in self.class_names:
            raise InputError(f"no hop class {name!r} in {self.crystal.name}; there is {', '.join(self.class_names)}")
        return self.class_names.index(name)

    def _of_hops(self, what: str, unit: str, values: Any) -> Any:
        """Numbers by the name of a class as one for each hop class; anything else as a hopping model takes it."""
        if isinstance(values, Mapping):
            return self._by_class(what, unit, values, self.class_names, "hop class")
        if isinstance(values, Result):
            raise InputError(
                f"a {what} must be a number in {unit}, or one by class of hops, got a {type(values).__name__}; use "
                "hopping_model of a table of barriers"
            )
        return values

    def _by_class(
        self, what: str, unit: str, values: Mapping[str, float], names: Sequence[str], kind: str
    ) -> tuple[float, ...]:
        for name in values:
            if name not in names:
                raise InputError(f"no {kind} {name!r} in {self.crystal.name}; there is {', '.join(names)}")
        missing = [name for name in names if name not in values]
        if missing:
            raise InputError(f"the {kind} {missing[0]!r} has no {what}; give one in {unit} for {', '.join(names)}")
        return tuple(float(values[name]) for name in names)
