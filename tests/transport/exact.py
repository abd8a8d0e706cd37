"""Small systems solved exactly: all configurations, and all hops between them with their rates, by brute force.

Rates follow from the definition alone: the energies of the configurations before and after a hop, and the barrier that
the occupied sites around it give.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
from scipy.linalg import expm

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel, NeighbourBarriers, rate_Hz


def network_of(model):
    return model.sites.network() if isinstance(model.sites, Lattice) else model.sites


def hops_by_site(net):
    return [range(net.indptr[i], net.indptr[i + 1]) for i in range(net.n_sites)]


def energy_eV(model, net, occupied):
    """Energy of a configuration."""
    pairs = model.pair_energies_by_class_eV[net.hop_classes]
    bonds = occupied[net.origins] & occupied[net.targets]
    own = 0.0 if model.site_energies_eV is None else np.asarray(model.site_energies_eV)[occupied].sum()
    return own + pairs[bonds].sum() / 2


def per_hop(values, net):
    values = np.asarray(values, dtype=float)
    return values[net.hop_classes] if values.shape == (len(net.class_names),) else np.broadcast_to(values, net.n_hops)


def barrier_eV(model, net, hop, occupied):
    """Barrier at equal end energies of a hop in a configuration."""
    table = model.barriers_eV
    ends = net.origins[hop], net.targets[hop]
    if isinstance(table, NeighbourBarriers):
        around = [net.targets[h] for end in ends for h in hops_by_site(net)[end] if net.targets[h] not in ends]
    elif isinstance(table, EnvironmentBarriers):
        common = set.intersection(*({net.targets[h] for h in hops_by_site(net)[end]} for end in ends))
        around = common if table.sites is None else [site for site in np.asarray(table.sites)[hop] if site >= 0]
    else:
        return per_hop(table, net)[hop]
    return table.table_eV[net.hop_classes[hop]][sum(occupied[site] for site in around)]


@dataclass(frozen=True)
class Exact:
    """All S configurations and T hops of a model at a temperature."""

    model: HoppingModel
    kT: float
    states: np.ndarray  # (S, n)
    energies_eV: np.ndarray  # (S,)
    start: np.ndarray  # (T,)
    end: np.ndarray  # (T,)
    hop: np.ndarray  # (T,): number in the network
    rate: np.ndarray  # (T,)

    @cached_property
    def net(self):
        return network_of(self.model)

    @cached_property
    def generator(self):
        Q = np.zeros((len(self.states),) * 2)
        np.add.at(Q, (self.start, self.end), self.rate)
        return Q - np.diag(Q.sum(axis=1))

    @cached_property
    def boltzmann(self):
        weights = np.exp(-(self.energies_eV - self.energies_eV.min()) / self.kT)
        return weights / weights.sum()

    @cached_property
    def stationary(self):
        """Shares of the configurations in the long run, in a field too."""
        return stationary(self.generator)

    @cached_property
    def relaxation_s(self):
        return 1 / -np.sort(np.linalg.eigvals(self.generator).real)[-2]

    def transitions(self, time_s):
        return expm(self.generator * time_s)

    @property
    def hop_rate_Hz(self):
        """Hops of all ions."""
        return self.stationary[self.start] @ self.rate

    @property
    def drift_A_s(self):
        """Mean velocity of an ion."""
        return (self.stationary[self.start] * self.rate) @ self.net.displacements_A[self.hop] / self.model.n_ions

    @property
    def charge_diffusion_cm2_s(self):
        """Of all ions together, by axis."""
        moves = self.net.displacements_A[self.hop]
        return diffusion_A2_s(self.generator, self.start, self.rate, moves) / self.model.n_ions * 1e-16

    @property
    def tracer_diffusion_cm2_s(self):
        """Of one ion, by axis: the configurations are told apart by its place."""
        tags = [(state, site) for state, row in enumerate(self.states) for site in np.flatnonzero(row)]
        number = {tag: i for i, tag in enumerate(tags)}
        origin, target = self.net.origins[self.hop], self.net.targets[self.hop]
        entries = []
        for t, (a, b) in enumerate(zip(self.start, self.end, strict=True)):
            for site in np.flatnonzero(self.states[a]):
                moved = site == origin[t]
                entries.append((number[a, site], number[b, target[t] if moved else site], t, moved))
        start, end, hop, moved = np.array(entries).T
        Q = np.zeros((len(tags),) * 2)
        np.add.at(Q, (start, end), self.rate[hop])
        Q -= np.diag(Q.sum(axis=1))
        moves = self.net.displacements_A[self.hop[hop]] * moved[:, None]
        return diffusion_A2_s(Q, start, self.rate[hop], moves) * 1e-16

    def state_of(self, occupied):
        """Number of each configuration; `occupied` has the shape (..., n)."""
        places = 2 ** np.arange(occupied.shape[-1])
        codes = self.states @ places
        order = np.argsort(codes)
        return order[np.searchsorted(codes[order], occupied @ places)]


def stationary(Q):
    """Shares p with p Q = 0 that add up to 1: then p (Q + s J) = s 1, for a matrix J of ones and any scale s."""
    scale = np.abs(Q).max()
    return np.linalg.solve(Q.T / scale + 1.0, np.ones(len(Q)))


def diffusion_A2_s(Q, start, rate, moves):
    """Einstein diffusion by axis of what moves by `moves` at each hop, in equilibrium.

    The mean square of single hops, less what hops take back later: the autocorrelation of the mean velocity.
    """
    share = stationary(Q)
    velocity = np.zeros((len(Q), 3))
    np.add.at(velocity, start, rate[:, None] * moves)
    scale = np.abs(Q).max()
    later = np.linalg.solve(share - Q / scale, velocity / scale)  # the mean velocity is 0 in equilibrium
    direct = (share[start] * rate) @ moves**2 / 2
    return direct - share @ (velocity * later)


def solve(model, temperature_K):
    """Enumerate a model."""
    net = network_of(model)
    n = net.n_sites
    states = np.array([np.isin(np.arange(n), ions) for ions in combinations(range(n), model.n_ions)])
    number = {tuple(np.flatnonzero(row)): i for i, row in enumerate(states)}
    energies = np.array([energy_eV(model, net, row) for row in states])
    start, end, hop, barrier = [], [], [], []
    for i, row in enumerate(states):
        for h in np.flatnonzero(row[net.origins] & ~row[net.targets]):
            after = row.copy()
            after[net.origins[h]], after[net.targets[h]] = False, True
            start.append(i)
            end.append(number[tuple(np.flatnonzero(after))])
            hop.append(h)
            barrier.append(barrier_eV(model, net, h, row))
    change = energies[end] - energies[start] - net.displacements_A[hop] @ np.asarray(model.field_V_A)
    rate = rate_Hz(barrier, change, per_hop(model.attempt_frequencies_Hz, net)[hop], temperature_K)
    kT = BOLTZMANN_eV_K * temperature_K
    return Exact(model, kT, states, energies, np.array(start), np.array(end), np.array(hop), rate)
