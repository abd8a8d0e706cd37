"""Small stacks of linked planes solved exactly: all configurations of all sites, and all hops, by brute force.

Hops are found by the coordinates of the cells; energies are those of `exact_stack`, by ions and planes.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

import numpy as np

from interfacekit.transport.stack_kmc import crystal_engine
from interfacekit.transport.stack_kmc.planes_engine import Sampling
from interfacekit.transport.stacks.links import Links
from tests.transport.exact import stationary
from tests.transport.exact_stack import (
    Driven,
    electrostatic_energy_eV,
    kT,
    no_slowdown,
    reservoir_energies_eV,
    stack_planes,
)


def linked_planes(sites, pairs, *, cell_A=((10.0, 0.0), (0.0, 10.0)), **changes):
    """A stack of planes with so many sites each, and the pairs (origin, target, image, frequency) among them."""
    origins, targets, images, frequencies = zip(*pairs, strict=True)
    links = Links(
        np.array(cell_A), np.array(sites), np.array(origins), np.array(targets), np.array(images), np.array(frequencies)
    )
    planes = stack_planes(len(sites), **changes)
    return replace(planes, multiplicity=np.array(sites, float), links=links)


def linked_engine(
    planes,
    repeats,
    *,
    samples=1,
    interval_s=1.0,
    seed=1,
    replica=0,
    occupation=None,
    slowdown=None,
    check=True,
):
    """A replica that asserts its bounds at every attempt."""
    tables = crystal_engine.prepare(planes, repeats, slowdown or no_slowdown(planes), check=check)
    filled = planes.filling if occupation is None else np.broadcast_to(occupation, planes.count)
    return Driven(crystal_engine, tables, filled, Sampling(samples, interval_s), seed, replica)


def all_pairs(planes, repeats):
    """Every pair of sites of all cells: gap or -1, plane or -1, both sites in the whole stack, frequency."""
    links, (nx, ny) = planes.links, repeats
    plane_of = np.repeat(np.arange(planes.count), links.sites)
    for a, b, (i, j), frequency in zip(
        links.origins.tolist(), links.targets.tolist(), links.images.tolist(), links.frequency_Hz, strict=True
    ):
        p, q = plane_of[a], plane_of[b]
        for x, y in product(range(nx), range(ny)):
            there = (x + i) % nx + nx * ((y + j) % ny)
            yield (q if q > p else -1), (q if q == p else -1), a * nx * ny + x + nx * y, b * nx * ny + there, frequency


@dataclass(frozen=True)
class ExactLinks:
    """All S configurations, and T hops, of a stack of linked planes."""

    planes: object
    occupied: np.ndarray  # (S, sites)
    ions: np.ndarray  # (S, P)
    energies_eV: np.ndarray  # (S,)
    origin: np.ndarray  # (T,)
    target: np.ndarray  # (T,)
    rate: np.ndarray  # (T,)
    gap: np.ndarray  # (T,): -1 within a plane
    plane: np.ndarray  # (T,)
    sign: np.ndarray  # (T,)

    @cached_property
    def generator(self):
        Q = np.zeros((len(self.ions),) * 2)
        np.add.at(Q, (self.origin, self.target), self.rate)
        return Q - np.diag(Q.sum(axis=1))

    @cached_property
    def end_potentials_eV(self):
        ends = self.planes.left, self.planes.right
        odds = (kT * np.log(end.filling / (1 - end.filling)) for end in ends)
        return [energy + add for energy, add in zip(reservoir_energies_eV(self.planes), odds, strict=True)]

    @cached_property
    def boltzmann(self):
        energy = self.energies_eV - self.end_potentials_eV[0] * self.ions.sum(axis=1)
        weights = np.exp(-(energy - energy.min()) / kT)
        return weights / weights.sum()

    @cached_property
    def steady(self):
        left, right = self.end_potentials_eV
        return self.boltzmann if abs(left - right) < 1e-12 else stationary(self.generator)

    @property
    def moments(self):
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


def linked_energy_eV(planes, repeats, ions):
    """Energy of configurations with so many ions in each plane; shape (..., P)."""
    M = planes.links.sites * np.prod(repeats)
    U = ions @ planes.site_energy_eV + ((ions - M * planes.filling) ** 2) @ (planes.repulsion_eV / (2 * M))
    return U + electrostatic_energy_eV(planes, ions - M * planes.filling, planes.site_area_A2 * np.prod(repeats), 0)


def solve_links(planes, repeats, *, slowdown=None):
    """Enumerate a stack with fixed ends."""
    slowdown = slowdown or no_slowdown(planes)
    sites = planes.links.sites * np.prod(repeats)
    first = np.concatenate([[0], np.cumsum(sites)])
    n = int(first[-1])
    codes = np.arange(2**n)
    occupied = ((codes[:, None] >> np.arange(n)) & 1).astype(bool)
    ions = np.add.reduceat(occupied.astype(int), first[:-1], axis=1)
    energies = linked_energy_eV(planes, repeats, ions)
    beyond = reservoir_energies_eV(planes)
    fillings = planes.left.filling, planes.right.filling
    moves = []
    for gap, plane, a, b, frequency in all_pairs(planes, repeats):
        if a == b:
            continue
        barrier = planes.barrier_eV[gap] if gap >= 0 else planes.in_plane_barrier_eV[plane]
        factor = slowdown.gaps[gap] if gap >= 0 else slowdown.planes[plane]
        for origin, target, sign in ((a, b, 1), (b, a, -1)):
            moves.append((origin, target, gap, plane, sign * (gap >= 0), barrier, frequency * factor, 0.0))
    for end, (gap, p) in enumerate([(0, 0), (planes.count, planes.count - 1)]):
        frequency = planes.frequency_Hz[gap] / planes.links.sites[p] * slowdown.gaps[gap]
        inwards = 1 if end == 0 else -1
        for a in range(first[p], first[p + 1]):
            entering = (None, a, gap, -1, inwards, planes.barrier_eV[gap], frequency * fillings[end], -beyond[end])
            leaving = (a, None, gap, -1, -inwards, planes.barrier_eV[gap], frequency * (1 - fillings[end]), beyond[end])
            moves += [entering, leaving]
    hops = []
    for origin, target, gap, plane, sign, barrier, frequency, extra in moves:
        possible, after = np.ones(len(codes), bool), codes.copy()
        for site, there in ((origin, True), (target, False)):
            if site is not None:
                possible &= occupied[:, site] == there
                after ^= 1 << site
        before, after = codes[possible], after[possible]
        change = energies[after] - energies[before] + extra
        rate = frequency * np.exp(-np.maximum(np.maximum(barrier + change / 2, change), 0) / kT)
        hops.append((before, after, rate, *(np.full(len(before), value) for value in (gap, plane, sign))))
    return ExactLinks(planes, occupied, ions, energies, *(np.concatenate(column) for column in zip(*hops, strict=True)))
