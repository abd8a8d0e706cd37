"""Small models of every kind, whose configurations can all be enumerated, at a temperature at which they matter."""

import numpy as np

from interfacekit.transport.bulk.choice import prepared
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.network import network
from interfacekit.transport.hopping.rates import (
    EnvironmentBarriers,
    HoppingModel,
    NeighbourBarriers,
    gaussian_barriers_eV,
    gaussian_site_energies_eV,
    lognormal_attempt_frequencies_Hz,
)

TEMPERATURE_K = 600.0  # kT = 0.052 eV
KERNELS = ["lattice", "rejection", "class lists"]
WALKERS = ["ions", "vacancies"]


def joined(n, edges, classes=None, crossing=()):
    """Network of n sites at random positions from pairs of sites, hopped both ways; some edges cross the box."""
    a, b = np.array(edges).T
    images = np.array([dict(crossing).get(edge, (0, 0, 0)) for edge in edges])
    return network(
        cell_A=np.diag([30.0, 20.0, 25.0]),
        positions_A=np.random.default_rng(n).uniform(0.0, 15.0, (n, 3)),
        origins=np.append(a, b),
        targets=np.append(b, a),
        images=np.append(images, -images, axis=0),
        hop_classes=None if classes is None else np.tile(classes, 2),
    )


def ring(n):
    """A ring in space, around the box once."""
    at = np.arange(n)
    last = at == n - 1
    crossing = np.column_stack([last, 0 * at, 0 * at])
    return network(
        cell_A=np.diag([2.0 * n, 9.0, 9.0]),
        positions_A=np.column_stack([2.0 * at, np.cos(at), np.sin(at)]),
        origins=np.append(at, (at + 1) % n),
        targets=np.append((at + 1) % n, at),
        images=np.append(crossing, -crossing, axis=0),
    )


def irregular():
    """Seven sites with one to five neighbours, and hops of two classes."""
    edges = [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (0, 2), (0, 5), (5, 2), (0, 3), (5, 6)]
    return joined(7, edges, [0, 1, 0, 0, 1, 1, 0, 1, 0, 1], {(4, 0): (1, 0, 0), (0, 2): (0, -1, 0), (5, 2): (0, 1, 1)})


def uneven_classes():
    """Four sites with three neighbours each, one of six hops of another class."""
    return joined(4, [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)], [0, 1, 1, 1, 1, 1])


def disordered(sites, filling, **options):
    return HoppingModel(
        sites,
        filling,
        gaussian_barriers_eV(sites, 0.3, 0.05, seed=1),
        lognormal_attempt_frequencies_Hz(sites, 1e13, 0.2, seed=2),
        gaussian_site_energies_eV(sites, 0.05, seed=3),
        **options,
    )


def outer_sites(net):
    """The next site beyond each end of a hop on a ring, but none around its first hop."""
    n, a, b = net.n_sites, net.origins, net.targets
    step = np.where((a + 1) % n == b, 1, -1)
    sites = np.column_stack([(a - step) % n, (b + step) % n])
    sites[np.minimum(a, b) + np.maximum(a, b) == 1] = -1
    return sites


CHAIN, TRIANGLES, HEXAGONS = (
    regular_lattice("chain", 8),
    regular_lattice("triangular", 3),
    regular_lattice("honeycomb", 3),
)
LAYERS, NARROW = regular_lattice("layered_square", 3), regular_lattice("triangular", (3, 4, 1))
RING = ring(8)

MODELS = {
    "free chain": HoppingModel(CHAIN, 0.5, 0.3),
    "repulsion on a chain": HoppingModel(CHAIN, 0.5, 0.3, pair_energies_eV=0.05),
    "repulsion in a field": HoppingModel(CHAIN, 0.5, 0.3, pair_energies_eV=0.05, field_V_A=(0.04, 0.0, 0.0)),
    "barrierless repulsion": HoppingModel(CHAIN, 0.5, 0.02, pair_energies_eV=0.08),
    "barrierless repulsion in a field": HoppingModel(
        CHAIN, 0.5, 0.02, pair_energies_eV=0.08, field_V_A=(0.1, 0.0, 0.0)
    ),
    "attraction on triangles": HoppingModel(TRIANGLES, 4 / 9, 0.3, pair_energies_eV=-0.02),
    "honeycomb in a field": HoppingModel(HEXAGONS, 1 / 9, 0.3, pair_energies_eV=0.06, field_V_A=(0.02, 0.01, 0.0)),
    "barriers of neighbours": HoppingModel(CHAIN, 0.5, NeighbourBarriers([[0.30, 0.22, 0.36]])),
    "barriers of neighbours and repulsion": HoppingModel(
        CHAIN, 0.5, NeighbourBarriers([[0.30, 0.25, 0.36]]), pair_energies_eV=0.05
    ),
    "barriers of common neighbours": HoppingModel(
        TRIANGLES, 4 / 9, EnvironmentBarriers([[0.30, 0.25, 0.35, 0.28]]), pair_energies_eV=0.02
    ),
    "barriers of common neighbours in a narrow box": HoppingModel(
        NARROW, 1 / 6, EnvironmentBarriers([[0.30, 0.22, 0.35, 0.25]])
    ),
    "barriers of no common neighbours": HoppingModel(CHAIN, 0.5, EnvironmentBarriers([[0.30, 0.25, 0.22]])),
    "barriers of given sites": HoppingModel(
        RING, 0.5, EnvironmentBarriers([[0.30, 0.25, 0.36]], sites=outer_sites(RING)), pair_energies_eV=0.03
    ),
    "disorder on a ring": disordered(RING, 0.5),
    "disorder": disordered(irregular(), 3 / 7),
    "disorder in a field": disordered(irregular(), 3 / 7, field_V_A=(0.003, -0.002, 0.001)),
    "disorder and repulsion": disordered(irregular(), 3 / 7, pair_energies_eV=(0.05, -0.04)),
    "barrierless disorder and repulsion": HoppingModel(
        irregular(),
        4 / 7,
        (0.0, 0.03),
        site_energies_eV=gaussian_site_energies_eV(irregular(), 0.08, seed=4),
        pair_energies_eV=(0.05, -0.04),
    ),
    "everything": HoppingModel(
        irregular(),
        3 / 7,
        NeighbourBarriers([np.linspace(0.25, 0.35, 11), np.linspace(0.35, 0.2, 11)]),
        (1e13, 4e12),
        gaussian_site_energies_eV(irregular(), 0.05, seed=5),
        (0.04, 0.07),
        (0.002, 0.0, 0.001),
    ),
    "barriers of neighbours of uneven classes": HoppingModel(
        uneven_classes(),
        0.5,
        NeighbourBarriers([[0.3, 0.25, 0.2, 0.28, 0.35, 0.3, 0.3], [0.25, 0.3, 0.35, 0.2, 0.26, 0.3, 0.3]]),
        pair_energies_eV=(0.05, -0.02),
    ),
}


class Driven:
    """A replica with its engine and tables at hand."""

    def __init__(self, engine, tables, seed, replica):
        self.engine, self.tables, self.state = engine, tables, engine.start(tables, seed, replica)

    @property
    def parts(self):
        return self.engine, self.tables, self.state

    def schedule(self, samples, interval_s):
        self.engine.schedule(self.tables, self.state, samples, interval_s)

    def advance(self, stop, budget):
        return self.engine.advance(self.tables, self.state, stop, budget)

    @property
    def elapsed_s(self):
        return self.engine.elapsed_s(self.tables, self.state)

    def occupied(self):
        return self.engine.occupied(self.tables, self.state)

    def positions(self):
        return self.engine.positions(self.tables, self.state)

    def energy_eV(self):
        return self.engine.energy_eV(self.tables, self.state)

    def net_displacements(self):
        return self.engine.net_displacements(self.tables, self.state)


def engine(model, kernel, walkers, *, temperature_K=TEMPERATURE_K, seed=1, replica=0):
    """A replica that asserts its bounds at every attempt."""
    return Driven(*prepared(model, temperature_K, kernel, walkers, check=True), seed, replica)


def sampled(engine, interval_s, samples):
    """Occupations at equal intervals, the first after one; shape (samples, n)."""
    engine.schedule(samples, interval_s)
    occupied = []
    for sample in range(1, samples + 1):
        while not engine.advance(sample, 10_000_000):
            pass
        occupied.append(engine.occupied())
    return np.array(occupied)
