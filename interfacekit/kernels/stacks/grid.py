"""Stacks of planes of nx x ny sites, periodic within the plane, for `kernels.stacks.kernel`.

Within a gap the rarer of ions before it and vacancies behind it are drawn from lists. Hops within planes are drawn by
planes and then by bond. With pair energies `kernels.stacks.pairs` draws ions by their neighbours instead.
"""

from __future__ import annotations

from numba import int64, uint8, uint64

from interfacekit.kernels.stacks.kernel import (
    advance,
    choose_sites,
    in_plane_hop,
    plane_of,
    swap,
    weights_between,
)
from interfacekit.kernels.stacks.state import OCCUPIED, StackArrays, draw, index

__all__ = ["advance"]


@plane_of.of(StackArrays)
def _plane_of(stack, p):
    """Planes are alike."""
    M = stack.shape[0] * stack.shape[1]
    return p * M, int64(M)


@weights_between.of(StackArrays)
def _weights_between(stack, state, g):
    """The rarer of ions and vacancies."""
    M = int64(stack.shape[0] * stack.shape[1])
    below, above = state.ions[g - uint64(1)], state.ions[g]
    return float(min(below, M - above)), float(min(above, M - below))


@in_plane_hop.of(StackArrays)
def _in_plane_hop(stack, state, u):
    """Draw a bond within a plane."""
    n_planes = uint64(state.ions.size)
    y = u * float(n_planes)
    p = min(uint64(y), n_planes - uint64(1))
    if y - float(p) >= stack.threshold[p]:
        p = stack.alias[p]
    nx = stack.shape[0]
    M = nx * stack.shape[1]
    bond = index(draw(state), uint64(2) * M)
    a = bond >> uint64(1)
    if bond & uint64(1):
        b = a + nx if a + nx < M else a + nx - M
    else:
        b = a + uint64(1)
        if b % nx == uint64(0):
            b -= nx
    swap(state, p, p * M, a, b)


@choose_sites.of(StackArrays)
def _choose_sites(stack, state, g, upwards):
    """Draw an ion from the shorter list, of ions or of vacancies: both ends are the same site of their planes."""
    P = uint64(state.ions.size)
    M = stack.shape[0] * stack.shape[1]
    origin = g - uint64(1) if upwards else g
    target = g if upwards else g - uint64(1)
    outside_origin = (g == uint64(0)) if upwards else (g == P)
    outside_target = (g == P) if upwards else (g == uint64(0))
    u = draw(state)
    ions = uint64(0) if outside_origin else uint64(state.ions[origin])
    vacancies = uint64(0) if outside_target else M - uint64(state.ions[target])
    if outside_origin or (not outside_target and vacancies < ions):
        if vacancies == uint64(0):
            return uint64(0), uint64(0), False
        place = uint64(state.ions[target]) + index(u, vacancies)
        a = uint64(state.order[target * M + place])
        return a, a, outside_origin or state.site[origin * M + a] >= uint8(OCCUPIED)
    if ions == uint64(0):
        return uint64(0), uint64(0), False
    a = uint64(state.order[origin * M + index(u, ions)])
    return a, a, outside_target or state.site[target * M + a] < uint8(OCCUPIED)
