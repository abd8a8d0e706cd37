"""Directions in which the ions of a hopping model move without bound, and how much slower hops open further ones.

The directions are those of the closed walks of the hops (see `transport.hopping.directions`). Motion perpendicular
to them is bounded and contributes nothing to diffusion at long times.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.transport.hopping.directions import Directions, Percolation, PeriodicGraph
from interfacekit.transport.hopping.lattice import Lattice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.hopping.directions import Vector
    from interfacekit.transport.hopping.rates import HoppingModel

#: Directions that need hops slower than the others by more than exp(this) are reported apart.
SLOW_kT = 10.0


def percolation(model: HoppingModel, temperature_K: float) -> Percolation:
    """Find the directions in which ions move without bound.

    A hop counts by its equilibrium rate: nu exp(-E / kT) (1 - c_i) (1 - c_j), with the energy E of its saddle point
    above a common zero and the occupations c of both ends by Fermi-Dirac statistics, so that both directions count the
    same. Barriers of a table are averaged over random surroundings.

    Parameters
    ----------
    model
        Sites, barriers and frequencies.
    temperature_K
        Temperature in kelvin.

    Returns
    -------
    Percolation
    """
    graph = _graph(model)
    slowness = _slowness(model, graph, temperature_K)
    levels = np.unique(slowness[np.isfinite(slowness)])
    spans: dict[int, tuple[Vector, ...]] = {}

    def span(level: int) -> tuple[Vector, ...]:
        if level not in spans:
            spans[level] = graph.walks(slowness <= levels[level])
        return spans[level]

    def first(dimension: int) -> int:
        """The lowest level at which the network percolates in a dimension."""
        low, high = 0, len(levels) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if len(span(middle)) >= dimension else (middle + 1, high)
        return low

    everywhere = len(span(len(levels) - 1)) if len(levels) else 0
    if everywhere == 0:
        return Percolation(Directions(np.zeros((0, 3)), "0D"), (), np.full(model.sites.n_sites, -1))
    start = levels[first(1)]
    reached = int(np.searchsorted(levels, start + SLOW_kT, side="right")) - 1
    vectors = span(reached)
    basis = _basis(vectors, graph.cell_A)
    fast = Directions(basis, graph.direction_along(basis, graph.in_unit_cells(vectors)))
    slow: list[Directions] = []
    known = fast.basis
    while len(known) < everywhere:
        level = first(len(known) + 1)
        added = _added(known, _basis(span(level), graph.cell_A))
        name = graph.direction_along(added)
        slow.append(Directions(added, name, float(levels[level] - start)))
        known = np.vstack([known, added])
    return Percolation(fast, tuple(slow), _channels(model, graph, slowness <= levels[reached]))


def _graph(model: HoppingModel) -> PeriodicGraph:
    """The primitive cell of a regular lattice whose hops differ by class only, else the whole box."""
    sites = model.sites
    if isinstance(sites, Lattice) and model.homogeneous:
        n_basis, z = sites.neighbours.shape[:2]
        neighbours = sites.neighbours.reshape(-1, 4)
        return PeriodicGraph(
            n_sites=n_basis,
            origins=np.repeat(np.arange(n_basis), z),
            targets=neighbours[:, 3],
            images=neighbours[:, :3],
            cell_A=sites.cell_A,
            axes=sites.axes,
        )
    net = sites.network() if isinstance(sites, Lattice) else sites
    return PeriodicGraph(net.n_sites, net.origins, net.targets, net.images, net.box_A, net.repeats, sites.axes)


def _channels(model: HoppingModel, graph: PeriodicGraph, hops: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Single-file channels of the whole box over some of the hops of the model's graph."""
    if graph.n_sites == model.sites.n_sites:
        return graph.single_file_channels(hops)
    # The primitive cell shows whether there are such channels, and the box how many.
    if np.bincount(graph.origins[hops], minlength=graph.n_sites).max() > 2:
        return np.broadcast_to(np.int64(-1), model.sites.n_sites)  # of a box that may not fit into memory
    sites: Any = model.sites
    net = sites.network()
    box = PeriodicGraph(net.n_sites, net.origins, net.targets, net.images, net.box_A)
    return box.single_file_channels(np.tile(hops, net.n_hops // len(hops)))


def _slowness(model: HoppingModel, graph: PeriodicGraph, temperature_K: float) -> NDArray[np.float64]:
    """Negative logarithm of the equilibrium rate of each hop of a graph, up to a constant; shape (m,)."""
    sites: Any = model.sites
    kT = BOLTZMANN_eV_K * temperature_K
    regular = isinstance(sites, Lattice)
    if regular and model.homogeneous:
        classes = np.tile(sites.hop_class, graph.n_sites)
    else:
        classes = (sites.network() if regular else sites).hop_classes
    saddle = np.array(_mean_barriers_eV(model, classes, kT))
    blocking = np.zeros(len(saddle))
    if model.site_energies_eV is not None:
        energies = np.asarray(model.site_energies_eV, dtype=float)
        ends = energies[graph.origins], energies[graph.targets]
        saddle = np.maximum(saddle + (ends[0] + ends[1]) / 2, np.maximum(*ends))
        log_vacant = -np.logaddexp(0.0, (_chemical_potential_eV(energies, model.n_ions, kT) - energies) / kT)
        blocking = -log_vacant[graph.origins] - log_vacant[graph.targets]
    with np.errstate(divide="ignore"):
        # Rounded, so that rates which differ by the last digits make one level.
        return np.round(saddle / kT + blocking - np.log(model.hop_frequencies_Hz(classes)), 6)


def _chemical_potential_eV(energies_eV: NDArray[np.float64], ions: int, kT: float) -> float:
    """Chemical potential at which a number of ions occupies sites of given energies, by Fermi-Dirac statistics."""
    from scipy.optimize import brentq
    from scipy.special import expit

    def excess(mu: float) -> float:
        return float(expit((mu - energies_eV) / kT).sum()) - ions

    margin = kT * (np.log(len(energies_eV)) + 5)
    return float(brentq(excess, energies_eV.min() - margin, energies_eV.max() + margin, xtol=1e-9))


def _mean_barriers_eV(model: HoppingModel, classes: NDArray[np.int64], kT: float) -> NDArray[np.float64]:
    """Barrier of each hop; of a table, that of the mean rate over random occupations of the sites around."""
    table = getattr(model.barriers_eV, "table_eV", None)
    if table is None:
        return model.hop_barriers_eV(classes)
    c = model.n_ions / model.sites.n_sites
    means = []
    for row in table:
        around = len(row) - 1
        shares = [math.comb(around, k) * c**k * (1 - c) ** (around - k) for k in range(around + 1)]
        lowest = min(row)
        means.append(
            lowest - kT * math.log(sum(p * math.exp((lowest - b) / kT) for p, b in zip(shares, row, strict=True)))
        )
    return np.array(means)[classes]


def _basis(vectors: tuple[Vector, ...], cell_A: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orthonormal basis of the space that lattice vectors span; shape (d, 3)."""
    if not vectors:
        return np.zeros((0, 3))
    if len(vectors) == 3:
        return np.eye(3)
    along = np.array(vectors, dtype=float) @ cell_A
    return np.asarray(np.linalg.qr(along.T)[0].T)


def _added(known: NDArray[np.float64], space: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orthonormal basis of what a space adds to a smaller one that it contains."""
    rest = space - space @ known.T @ known
    _, sizes, rows = np.linalg.svd(rest)
    return np.asarray(rows[: len(space) - len(known)] if sizes.size else np.zeros((0, 3)))
