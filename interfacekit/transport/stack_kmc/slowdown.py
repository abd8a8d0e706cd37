"""Slowdown of fast hops in a stack, in both directions alike, and what it leaves of the conductance of each gap.

Layers hop at rates that differ by many orders of magnitude, and a plain run would spend all its events in the fastest.
Hops across each gap are slowed down to at most `evenness` times the exchange of the slowest gap in the mean field. That
changes neither equilibrium nor detailed balance. Where ions on facing sites are independent, the electrochemical
potential drops in linear response by R_g I in gap g whatever the other gaps are, so that a gap whose hops are slower by
a factor s has the resistance s times the one that was measured. They are not where an ion that has crossed hops back
before it has gone elsewhere; what takes it elsewhere is therefore left fast enough to make them so, or as fast as it
really is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.transport.continuum import mean_field

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.continuum.equilibrium import Equilibrium
    from interfacekit.transport.stacks.planes import Planes

#: Ions that face each other across a gap separate so many times as fast as makes their hops differ from independent.
SEPARATION = 20.0
#: Of the resistance: gaps with less of it need not be those of the mean field.
LEAST_SHARE = 1e-3
#: Rates beyond it, in those of the slowest gap, are all alike.
LARGEST_LOG_RATE = 600.0
#: What an attempt costs that draws an ion, in those that draw a bond.
COST_BY_ION = 8.0


@dataclass(frozen=True, eq=False)
class Slowdown:
    """By what hops are slowed down, in both directions alike: equilibrium does not change, resistances grow.

    Attributes
    ----------
    gaps
        Factors of at most 1 of the hops across each gap; shape (P + 1,).
    planes
        Of the hops within each plane; shape (P,).
    """

    gaps: NDArray[np.float64]
    planes: NDArray[np.float64]


def even_slowdown(planes: Planes, rest: Equilibrium, evenness: float) -> Slowdown:
    """Slow down hops across gaps to `evenness` times the exchange of the slowest gap, and those within planes likewise.

    Hops within a plane mix its sites, and are slowed down by their rate, not by how many ions a plane holds: an almost
    empty plane would otherwise draw all attempts. Where an ion that has crossed a gap would soon come back, less is
    slowed down around it (see `_faster_where_ions_return`).
    """
    slowest = float(rest.log_exchange_Hz[np.isfinite(rest.log_exchange_Hz)].min())
    limit = slowest + math.log(evenness)
    with np.errstate(divide="ignore"):
        in_plane = np.log(planes.in_plane_frequency_Hz) - planes.in_plane_barrier_eV / planes.kT_eV
    quarter = math.log(4.0)  # the largest c (1 - c)
    even = Slowdown(
        gaps=np.exp(np.minimum(0.0, limit - np.where(np.isfinite(rest.log_exchange_Hz), rest.log_exchange_Hz, limit))),
        planes=np.exp(np.minimum(0.0, limit - (in_plane + np.log(planes.multiplicity) - quarter))),
    )
    if planes.links is not None:
        # Ways within planes are in series with those across gaps, and must not become the slowest.
        across, within = hops_Hz(planes, rest, even)
        beside = np.maximum(across[1:], across[:-1]) / np.where(within > 0, within, 1.0)
        even = Slowdown(even.gaps, np.minimum(1.0, even.planes * np.maximum(1.0, beside)))
    return _faster_where_ions_return(planes, rest, even, in_plane - slowest, slowest)


def conductance_factors(planes: Planes, rest: Equilibrium, slowdown: Slowdown) -> NDArray[np.float64]:
    """What hops that are slowed down leave of the conductance of each gap; shape (P + 1,).

    Between linked planes the ways within both planes count too, which may be slowed down by another factor.
    """
    links = planes.links
    if links is None:
        return slowdown.gaps
    # Exchanges of the links: those of the mean field, which are told for gaps as a whole.
    inner = slice(1, -1)
    log_gaps = np.zeros(planes.count + 1)
    log_gaps[inner] = rest.log_exchange_Hz[inner] - np.log(planes.frequency_Hz[inner])
    log_planes = np.log(rest.occupation * (1 - rest.occupation)) - planes.in_plane_barrier_eV / planes.kT_eV
    before = links.resistances(log_gaps, log_planes)
    after = links.resistances(log_gaps + np.log(slowdown.gaps), log_planes + np.log(slowdown.planes))
    return np.concatenate([slowdown.gaps[:1], np.exp(before - after), slowdown.gaps[-1:]])


def _faster_where_ions_return(
    planes: Planes, rest: Equilibrium, even: Slowdown, log_in_plane: NDArray[np.float64], log_unit_Hz: float
) -> Slowdown:
    """Slow down less wherever ions that have crossed a gap would come back before they have left their site otherwise.

    With the rates u and d of an ion that has a vacancy before it, the net current up a gap is

        u <n> - d <n'> + (d - u) <n n'>,

    which is that of the mean field if sites that face each other are independent. They become so by hops within either
    plane and across the gaps beyond; together these are left `SEPARATION` times as fast as abs(d - u), or as they are.
    The plane where such hops are rarest comes first, as they cost least there.
    """
    log_c, log_v = _log_ions_and_vacancies(planes, rest)
    log_exchange = rest.log_exchange_Hz - log_unit_Hz - _log_pairs(planes)
    log_up, log_down = log_exchange - log_c[:-1] - log_v[1:], log_exchange - log_c[1:] - log_v[:-1]
    up, down, within = (np.exp(np.minimum(r, LARGEST_LOG_RATE)) for r in (log_up, log_down, log_in_plane))
    rare = (log_c + log_v)[1:-1]
    share = np.exp(rest.log_resistance - rest.log_resistance.max())
    share /= share.sum()
    slow_gaps, slow_planes = even.gaps.copy(), even.planes.copy()
    for g in np.flatnonzero(share[1:-1] > LEAST_SHARE) + 1:
        wanted = SEPARATION * abs(up[g] - down[g]) * even.gaps[g]
        for p in (g - 1, g) if rare[g - 1] < rare[g] else (g, g - 1):
            if within[p] > 0:
                slow_planes[p] = max(slow_planes[p], min(1.0, wanted / within[p]))
            wanted = max(wanted - within[p] * slow_planes[p], 0.0)
        for beyond in (g - 1, g + 1):
            fastest = max(up[beyond], down[beyond])
            slow_gaps[beyond] = max(slow_gaps[beyond], min(1.0, wanted / fastest) if fastest > 0 else 1.0)
    return Slowdown(slow_gaps, slow_planes)


def small_bias_V(planes: Planes, rest: Equilibrium, slowdown: Slowdown, bias_kT: float) -> float:
    """Bias with which no gap drops by more than `bias_kT`, nor occupations change much where no field holds them.

    Where charges are screened by electrons, or there are none, a drop is one of the occupation alone: over all such
    gaps together it may change the logarithm of its odds by as much.
    """
    shares = np.exp(rest.log_resistance - rest.log_resistance.max()) / conductance_factors(planes, rest, slowdown)
    shares /= shares.sum()
    stiffness = 1 + planes.repulsion_eV * rest.occupation * (1 - rest.occupation) / planes.kT_eV
    stiffness = np.minimum(np.append(stiffness, stiffness[-1]), np.insert(stiffness, 0, stiffness[0]))
    unscreened = float((shares / stiffness)[planes.elastance_A == 0].sum())
    return planes.kT_eV * bias_kT / max(float(shares.max()), unscreened)


def hops_Hz(planes: Planes, rest: Equilibrium, slowdown: Slowdown) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hops across each gap, both ways (P + 1,), and within each plane (P,), on the site area."""
    across = 2 * np.exp(rest.log_exchange_Hz + np.log(slowdown.gaps))
    if planes.links is not None:
        # More ions cross a gap than it conducts where those that have crossed it must go on within a plane.
        across[1:-1] *= planes.links.sums_Hz()[0][1:-1] / planes.frequency_Hz[1:-1]
    return across, 4 * rest.in_plane_exchange_Hz * slowdown.planes * planes.multiplicity


def _log_pairs(planes: Planes) -> NDArray[np.float64]:
    """Logarithm of what the exchange of each gap is in that of one pair of sites; shape (P + 1,)."""
    links = planes.links
    if links is None:
        return np.zeros(planes.count + 1)
    pairs = np.concatenate([links.sites[:1], np.bincount(links.gap[links.gap > 0])[1:], links.sites[-1:]])
    log_pairs = np.log(pairs)
    log_pairs[1:-1] -= np.log(links.sums_Hz()[0][1:-1] / planes.frequency_Hz[1:-1])
    return np.asarray(log_pairs)


def saves_attempts_by_ion(planes: Planes, rest: Equilibrium, slowdown: Slowdown) -> bool:
    """Whether far fewer attempts are in vain if ions are drawn than if bonds are; see `grid_engine.prepare`."""
    log_c, log_v = _log_ions_and_vacancies(planes, rest)
    exchange = rest.log_exchange_Hz + np.log(slowdown.gaps)
    within = np.log(planes.in_plane_frequency_Hz * slowdown.planes) - planes.in_plane_barrier_eV / planes.kT_eV

    # Ions that may hop, or the rarer of them and of the vacancies that they may hop to.
    ions = np.logaddexp(exchange - log_v[1:], exchange - log_v[:-1])
    rarer = np.logaddexp(exchange - np.maximum(log_v[1:], log_c[:-1]), exchange - np.maximum(log_v[:-1], log_c[1:]))
    by_ion = np.logaddexp.reduce(np.append(ions, math.log(4) + within + log_c[1:-1]))
    by_bond = np.logaddexp.reduce(np.append(rarer, math.log(2) + within))
    return bool(by_bond > by_ion + math.log(COST_BY_ION))


def _log_ions_and_vacancies(planes: Planes, rest: Equilibrium) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of c and 1 - c of the left reservoir, the planes and the right one; shape (P + 2,)."""
    y = mean_field.log_odds_with_reservoirs(planes, rest.log_odds)
    return -np.logaddexp(0.0, -y), -np.logaddexp(0.0, y)
