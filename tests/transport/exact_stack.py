"""Small stacks solved exactly: all configurations with their energies, and all hops between them, by brute force.

Energies are sums over ions, pairs of ions and pairs of planes (by the Green's function of grounded ends, or the energy
of the field); rates follow from the energies before and after. Configurations that translations, turns and mirrors of
the planes make of one another count as one.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from scipy.linalg import expm

from interfacekit.constants import CHARGE_V_A, BOLTZMANN_eV_K
from interfacekit.transport.stack_kmc import grid_engine
from interfacekit.transport.stack_kmc.planes_engine import Sampling, advance, energy_changes_eV
from interfacekit.transport.stack_kmc.slowdown import Slowdown
from interfacekit.transport.stacks.planes import Planes, Reservoir
from tests.transport.exact import diffusion_A2_s, stationary

TEMPERATURE_K = 300.0
kT = BOLTZMANN_eV_K * TEMPERATURE_K
#: Electrode charges of open ends that are told apart.
MOST_CHARGE = 4


def stack_planes(count, *, left=(0.5, 0.0, 0.0), right=(0.5, 0.0, 0.0), ends="fixed", area_A2=400.0, **changes):
    """A stack of planes; `changes` to what is the same everywhere, by plane or gap (what ends in `_kT` is in kT)."""
    values = {
        "site_energy_kT": 0.0,
        "filling": 0.5,
        "repulsion_kT": 0.0,
        "conductor": False,
        "pair_energy_kT": 0.0,
        "in_plane_barrier_kT": 12.0,
        "in_plane_frequency_Hz": 1e12,
        "elastance_A": 0.2,
        "barrier_kT": 12.0,
        "frequency_Hz": 1e12,
        "gap_pair_energy_kT": 0.0,
        **changes,
    }
    of_gaps = {"elastance_A", "barrier_kT", "frequency_Hz", "gap_pair_energy_kT"}
    arrays = {
        name.replace("_kT", "_eV"): np.broadcast_to(value, count + (name in of_gaps))
        * np.array(kT if name.endswith("_kT") else 1)
        for name, value in values.items()
    }
    arrays["conductor"] = arrays["conductor"].astype(bool)
    arrays["gap_pair_energy_eV"][[0, -1]] = 0.0
    if ends == "closed":
        arrays["frequency_Hz"][[0, -1]] = 0.0
    return Planes(
        site_area_A2=area_A2,
        layer_names=("A",),
        layer=np.zeros(count, int),
        position_A=3.0 * np.arange(count) + 1.5,
        spacing_A=np.full(count, 3.0),
        conductivity_S_cm=np.ones(count),
        length_A=np.full(count + 1, 3.0),
        left=Reservoir(left[0], left[1] * kT, left[2] * kT),
        right=Reservoir(right[0], right[1] * kT, right[2] * kT),
        ends=ends,
        temperature_K=TEMPERATURE_K,
        **arrays,
    )


def no_slowdown(planes):
    return Slowdown(np.ones(planes.count + 1), np.ones(planes.count))


class Driven:
    """A replica of a stack with its engine and tables at hand."""

    def __init__(self, engine, tables, occupation, sampling, seed, replica):
        self.engine, self.tables = engine, tables
        self.state = engine.start(tables, occupation, sampling, seed, replica)

    def advance(self, budget, stop=None):
        return advance(self.tables, self.state, budget, stop)

    def occupied(self):
        return self.engine.occupied(self.tables, self.state)

    def energy_changes_eV(self):
        return energy_changes_eV(self.tables, self.state)

    @property
    def interval_s(self):
        return self.state.interval_s

    @interval_s.setter
    def interval_s(self, value):
        self.state.interval_s = value

    planes = property(lambda self: self.tables.planes)
    cells = property(lambda self: self.tables.cells)
    site_areas = property(lambda self: self.tables.site_areas)
    sites_of_planes = property(lambda self: self.tables.sites_of_planes)
    start = property(lambda self: self.state.start)
    record = property(lambda self: self.state.record)
    arrays = property(lambda self: self.state.arrays)
    sample = property(lambda self: self.state.sample)
    hops = property(lambda self: self.state.hops)
    attempts = property(lambda self: self.state.attempts)
    ions = property(lambda self: self.state.walk.ions.copy())
    crossed = property(lambda self: self.state.walk.crossed.copy())


def engine(
    planes,
    cells,
    *,
    samples=1,
    interval_s=1.0,
    seed=1,
    replica=0,
    occupation=None,
    slowdown=None,
    by_ion=False,
    check=True,
):
    """A replica that asserts its bounds at every attempt."""
    tables = grid_engine.prepare(planes, cells, slowdown or no_slowdown(planes), by_ion=by_ion, check=check)
    filled = planes.filling if occupation is None else np.broadcast_to(occupation, planes.count)
    return Driven(grid_engine, tables, filled, Sampling(samples, interval_s), seed, replica)


def neighbours(cells):
    """The four neighbours of each site of a plane; shape (M, 4)."""
    nx, ny = cells
    y, x = np.divmod(np.arange(nx * ny), nx)
    moved = [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
    return np.stack([i % nx + nx * (j % ny) for i, j in moved], axis=1)


def potential_sources_V(planes):
    """Potential in the planes without charges, of fixed ends; and the elastance below each plane."""
    below = np.cumsum(planes.elastance_A)[:-1]
    drop = planes.right.potential_V - planes.left.potential_V
    return planes.left.potential_V + drop * below / planes.elastance_A.sum(), below


def green_A(planes):
    """Potential in plane p of a charge in plane q between grounded ends, over e / (eps0 A); shape (P, P)."""
    _, below = potential_sources_V(planes)
    low, high = np.minimum.outer(below, below), np.maximum.outer(below, below)
    return low * (1 - high / planes.elastance_A.sum())


def electrostatic_energy_eV(planes, charge, area_A2, electrode):
    """Energy of the field, less the work of the sources of fixed ends."""
    per_charge = CHARGE_V_A / area_A2
    if not planes.elastance_A.any():
        return np.zeros(charge.shape[:-1])
    if planes.ends == "fixed":
        sources, _ = potential_sources_V(planes)
        return charge @ sources + per_charge / 2 * np.einsum("...p,pq,...q", charge, green_A(planes), charge)
    before = np.asarray(electrode)[..., None] + np.cumsum(np.insert(charge, 0, 0, axis=-1), axis=-1)
    return per_charge / 2 * (before**2) @ planes.elastance_A


def energy_eV(planes, cells, occupied, electrode=0):
    """Energy of configurations; `occupied` has the shape (..., P, M)."""
    ions, M = occupied.sum(axis=-1), occupied.shape[-1]
    facing = np.pad(planes.filling, 1)
    # What the neighbours of a neutral stack add on average is part of the site energy.
    mean = [
        4 * planes.pair_energy_eV[p] * planes.filling[p]
        + planes.gap_pair_energy_eV[p] * facing[p]
        + planes.gap_pair_energy_eV[p + 1] * facing[p + 2]
        for p in range(planes.count)
    ]
    U = ions @ (planes.site_energy_eV - mean)
    U = U + ((ions - M * planes.filling) ** 2) @ planes.repulsion_eV / (2 * M)
    beside = (occupied[..., None] & occupied[..., neighbours(cells)]).sum(axis=(-1, -2)) / 2
    across = (occupied[..., 1:, :] & occupied[..., :-1, :]).sum(axis=-1)
    U = U + beside @ planes.pair_energy_eV + across @ planes.gap_pair_energy_eV[1:-1]
    return U + electrostatic_energy_eV(planes, ions - M * planes.filling, planes.site_area_A2 * M, electrode)


def reservoir_energies_eV(planes):
    """Energy of an ion in the left and in the right reservoir; the potential of open ends is in that of the field."""
    fixed = planes.ends == "fixed" and planes.elastance_A.any()
    return [end.site_energy_eV + (end.potential_V if fixed else 0.0) for end in (planes.left, planes.right)]


def images(cells):
    """Where each site of a plane goes in all symmetries of the planes; shape (symmetries, M)."""
    nx, ny = cells
    grid = np.arange(nx * ny).reshape(ny, nx)
    turned = [grid, grid[::-1], grid[:, ::-1], grid[::-1, ::-1]]
    if nx == ny:
        turned += [image.T for image in turned]
    moved = [np.roll(image, (j, i), (0, 1)).ravel() for image in turned for j, i in product(range(ny), range(nx))]
    return np.unique(moved, axis=0)


@dataclass(frozen=True)
class ExactStack:
    """All S configurations up to symmetry, and T hops, of a stack of planes.

    A configuration is a number with a bit for each occupied site; with open ends each comes with each charge that the
    left end may have kept.
    """

    planes: Planes
    cells: tuple[int, int]
    code: np.ndarray  # (S,)
    occupied: np.ndarray  # (S, P, M)
    electrode: np.ndarray  # (S,)
    images: np.ndarray  # (S,): configurations that count as this one
    energies_eV: np.ndarray  # (S,)
    origin: np.ndarray  # (T,)
    target: np.ndarray  # (T,)
    rate: np.ndarray  # (T,)
    gap: np.ndarray  # (T,): -1 within a plane
    plane: np.ndarray  # (T,): of a hop within one, -1 across a gap
    sign: np.ndarray  # (T,)
    slot: dict  # number of each code and electrode charge

    @cached_property
    def generator(self):
        Q = np.zeros((len(self.code),) * 2)
        np.add.at(Q, (self.origin, self.target), self.rate)
        return Q - np.diag(Q.sum(axis=1))

    @cached_property
    def end_potentials_eV(self):
        """Electrochemical potentials of the left and of the right reservoir, without the field of open ends."""
        ends = self.planes.left, self.planes.right
        odds = (kT * np.log(end.filling / (1 - end.filling)) for end in ends)
        return [energy + add for energy, add in zip(reservoir_energies_eV(self.planes), odds, strict=True)]

    @property
    def in_equilibrium(self):
        left, right = self.end_potentials_eV
        return self.planes.ends != "fixed" or abs(left - right) < 1e-12

    @cached_property
    def steady(self):
        """Shares of the configurations in the long run."""
        return self.boltzmann if self.in_equilibrium else stationary(self.generator)

    @cached_property
    def boltzmann(self):
        """Shares in equilibrium with both reservoirs, or at the number of ions of a closed stack."""
        ions, (left, right) = self.occupied.sum(axis=(1, 2)), self.end_potentials_eV
        energy = self.energies_eV.copy()
        if self.planes.ends == "open":  # What has not come from the left has come from the right.
            energy -= -self.electrode * left + (ions + self.electrode) * right
        elif self.planes.ends == "fixed":
            energy -= left * ions
        weights = self.images * np.exp(-(energy - energy.min()) / kT)
        return weights / weights.sum()

    @property
    def ions(self):
        """Ions of each plane; shape (S, P)."""
        return self.occupied.sum(axis=2)

    @property
    def moments(self):
        """Mean and variance of the ions of each plane."""
        mean = self.steady @ self.ions
        return mean, self.steady @ (self.ions - mean) ** 2

    @cached_property
    def flow_Hz(self):
        """Hops upwards and downwards across each gap, and within each plane, in the steady state."""
        flow = self.steady[self.origin] * self.rate
        G, P = self.planes.count + 1, self.planes.count
        up, down = (np.bincount(self.gap[of], flow[of], G) for of in (self.sign > 0, self.sign < 0))
        within = self.plane >= 0
        return up, down, np.bincount(self.plane[within], flow[within], P)

    @cached_property
    def noise_Hz(self):
        """Variance of the net crossings of each gap per time in equilibrium, over long times; shape (G,)."""
        crossings = self.sign[:, None] * (self.gap[:, None] == np.arange(self.planes.count + 1))
        crossings = np.pad(crossings, ((0, 0), (0, -crossings.shape[1] % 3)))
        found = [
            diffusion_A2_s(self.generator, self.origin, self.rate, crossings[:, g : g + 3])
            for g in range(0, crossings.shape[1], 3)
        ]
        return 2 * np.concatenate(found)[: self.planes.count + 1]

    @cached_property
    def least(self):
        """The configuration that each one counts as."""
        return canonical(np.arange(2 ** self.occupied[0].size), self.cells, self.planes.count)

    def transitions(self, time_s):
        return expm(self.generator * time_s)

    def state_of(self, occupied, electrode=0):
        """Number of a configuration."""
        code = occupied.ravel() @ 2 ** np.arange(occupied.size)
        return self.slot[int(self.least[code]), int(electrode)]


def canonical(codes, cells, count):
    """The least number among all images of each configuration."""
    M = cells[0] * cells[1]
    words = np.arange(2**M)
    least = None
    for image in images(cells):
        turned = (((words[:, None] >> np.arange(M)) & 1) << image).sum(axis=1)
        code = sum(turned[(codes >> (M * p)) & (2**M - 1)] << (M * p) for p in range(count))
        least = code if least is None else np.minimum(least, code)
    return least


def bits(codes, count, M):
    return ((codes[:, None] >> np.arange(count * M)) & 1).astype(bool).reshape(-1, count, M)


@dataclass(frozen=True)
class _Move:
    """An ion that hops: what must be occupied and vacant, by plane and site, and what else it takes and gives."""

    origin: tuple[int, int] | None
    target: tuple[int, int] | None
    gap: int = -1
    plane: int = -1
    sign: int = 0
    barrier_eV: float = 0.0
    frequency_Hz: float = 0.0
    reservoirs_eV: float = 0.0
    from_left: int = 0


def _moves_across(planes, M, slowdown):
    energies = reservoir_energies_eV(planes)
    fillings = planes.left.filling, planes.right.filling
    for g, a, sign in product(range(planes.count + 1), range(M), (1, -1)):
        share, change, ends = 1.0, 0.0, []
        for p, leaves in ((g - (sign > 0), True), (g - (sign < 0), False)):
            beyond = {-1: 0, planes.count: 1}.get(p)
            ends.append((p, a) if beyond is None else None)
            if beyond is not None:
                share *= fillings[beyond] if leaves else 1 - fillings[beyond]
                change += -energies[beyond] if leaves else energies[beyond]
        frequency = planes.frequency_Hz[g] * slowdown.gaps[g] * share
        yield _Move(*ends, g, -1, sign, planes.barrier_eV[g], frequency, change, sign * (g == 0))


def _moves_within(planes, cells, slowdown):
    for p, (a, around) in product(range(planes.count), enumerate(neighbours(cells).tolist())):
        for b in around:
            frequency = planes.in_plane_frequency_Hz[p] * slowdown.planes[p]
            yield _Move((p, a), (p, b), -1, p, 0, planes.in_plane_barrier_eV[p], frequency)


def solve_stack(planes, cells, *, ions=None, slowdown=None):
    """Enumerate a stack; `ions` is the number in a closed one."""
    M, P = cells[0] * cells[1], planes.count
    slowdown = slowdown or no_slowdown(planes)
    least = canonical(np.arange(2 ** (P * M)), cells, P)
    code, counted = np.unique(least, return_counts=True)
    if ions is not None:
        chosen = bits(code, P, M).sum(axis=(1, 2)) == ions
        code, counted = code[chosen], counted[chosen]
    charges = np.arange(-MOST_CHARGE, MOST_CHARGE + 1) if planes.ends == "open" else np.zeros(1, int)
    electrode = np.tile(charges, len(code))
    code, counted = np.repeat(code, len(charges)), np.repeat(counted, len(charges))
    occupied = bits(code, P, M)
    energies = energy_eV(planes, cells, occupied, electrode)
    slot = {key: i for i, key in enumerate(zip(code.tolist(), electrode.tolist(), strict=True))}
    hops, kept = [], planes.ends == "open"
    for move in (*_moves_across(planes, M, slowdown), *_moves_within(planes, cells, slowdown)):
        possible, flipped = np.ones(len(code), bool), 0
        for site, there in ((move.origin, True), (move.target, False)):
            if site is not None:
                possible &= occupied[:, site[0], site[1]] == there
                flipped |= 1 << (site[0] * M + site[1])
        before = np.flatnonzero(possible)
        keys = zip(
            least[code[before] ^ flipped].tolist(), (electrode[before] - kept * move.from_left).tolist(), strict=True
        )
        after = np.array([slot.get(key, -1) for key in keys], int)
        before, after = before[after >= 0], after[after >= 0]
        change = energies[after] - energies[before] + move.reservoirs_eV
        activation = np.maximum(np.maximum(move.barrier_eV + change / 2, change), 0)
        rate = move.frequency_Hz * np.exp(-activation / kT)
        hops += zip(
            before, after, rate, *([value] * len(rate) for value in (move.gap, move.plane, move.sign)), strict=True
        )
    columns = map(np.array, zip(*hops, strict=True))
    return ExactStack(planes, cells, code, occupied, electrode, counted, energies, *columns, slot)
