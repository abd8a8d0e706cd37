"""Estimates from the replicas of a stack, with errors: resistances, the profile at rest, shares of the hops.

The electrochemical potential of a plane follows from its own ions and its empty sites, by detailed balance between them
(Widom 1963, doi:10.1063/1.1734110): exp(eta / kT) = <n> / <(1 - n) exp(-E / kT)>.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.constants import OHM_CM2_PER_V_A2_s_e
from interfacekit.errors import ComputationError
from interfacekit.transport.runs.statistics import jackknife_of_joined
from interfacekit.transport.stack_kmc.replica import BLOCKS
from interfacekit.transport.stacks.assembly import PlaneMeans, Resistances
from interfacekit.transport.stacks.contact_charges import charge_and_width, net_charges, sides_of_contacts
from interfacekit.transport.stacks.parts import drop_ends, interior_gaps, resistance_parts, unique_names

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from interfacekit.transport.stack_kmc.replica import Blocks, StackReplica
    from interfacekit.transport.stacks.planes import Planes

#: Neighbouring blocks that are joined when errors are estimated.
JOINED_BLOCKS = (1, 2, 4)
#: The same of means without a bias, up to whole replicas, as long as this many degrees of freedom are left.
ALL_JOINED_BLOCKS = (1, 2, 4, 8, 16)
FEWEST_FREE = 3
#: Of a plane's ions, or its empty sites, at least such a share has to be seen outside of any one block.
FEWEST_SEEN = 1e-9
#: Minimum signal-to-noise ratio of the current.
RESOLVED = 3.0


class _Sums(NamedTuple):
    """Means over blocks of one direction of the bias, from which the resistances follow."""

    occupation: NDArray[np.float64]
    opening: NDArray[np.float64]
    crossings_Hz: NDArray[np.float64]


def resistances(
    planes: Planes,
    by_direction: Mapping[int, Sequence[StackReplica]],
    factors: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> Resistances:
    """Resistances of the layers and contacts, and of all, from the drops and currents under a bias to either side.

    The current is the mean over the gaps weighted by their share of the bias, which has the least noise (Ramo and
    Shockley).

    Parameters
    ----------
    planes
        Of the stack.
    by_direction
        Replicas by the direction of their bias.
    factors, weights
        What the slowdown leaves of the conductance of each gap, and each gap's share of the bias; shape (P + 1,).
    """
    forward, backward = by_direction[1], by_direction[-1]
    by_conductivity = resistance_parts(planes)
    interior = interior_gaps(planes)
    areas = forward[0].tables.site_areas
    ends = {
        direction: [
            end.electrochemical_potential_eV(planes.temperature_K)
            for end in (r.tables.planes.left, r.tables.planes.right)
        ]
        for direction, r in ((1, forward[0]), (-1, backward[0]))
    }

    def drops_eV(sums: _Sums, direction: int) -> NDArray[np.float64]:
        eta = ends[direction][0] + planes.kT_eV * (np.log(sums.occupation) - np.log(sums.opening))
        return -np.diff([ends[direction][0], *eta, ends[direction][1]])

    def current_Hz(sums: _Sums) -> float:
        return float(weights @ sums.crossings_Hz) / areas

    def of_parts(one: _Sums, other: _Sums) -> NDArray[np.float64]:
        drop = (drops_eV(one, 1) - drops_eV(other, -1)) / 2
        per_area = (current_Hz(one) - current_Hz(other)) / 2
        gaps = factors * drop / per_area * planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e
        parts = by_conductivity
        if interior:
            bulk = planes.bulk_resistance_ohm_cm2.copy()
            for layer, inside in interior.items():
                if len(inside):
                    bulk[planes.layer == layer] = gaps[inside].mean()
            parts = resistance_parts(planes, bulk)
        values = parts.weights @ gaps - parts.baseline
        return np.append(values, values.sum())

    groups = [_joined([r.blocks() for r in replicas]) for replicas in (forward, backward)]
    _check_resolved(planes, groups, weights)
    # A cathode's composition relaxes slowly.
    values = jackknife_of_joined(lambda one, other: of_parts(_Sums(*one), _Sums(*other)), groups, JOINED_BLOCKS)
    return Resistances(dict(zip(by_conductivity.names, values[:-1], strict=True)), values[-1])


def _joined(blocks: Sequence[Blocks]) -> tuple[NDArray[np.float64], ...]:
    return tuple(
        np.concatenate([getattr(b, name) for b in blocks]) for name in ("occupation", "opening", "crossings_Hz")
    )


def _check_resolved(
    planes: Planes, groups: Sequence[tuple[NDArray[np.float64], ...]], weights: NDArray[np.float64]
) -> None:
    for quantity, what in enumerate(("an ion", "an empty site")):
        seen = np.array([_least_without_a_block(group[quantity]) > FEWEST_SEEN for group in groups]).all(axis=0)
        if not seen.all():
            plane = int(np.argmin(seen))
            raise ComputationError(
                f"plane {plane + 1} of {planes.count} ({planes.layer_names[planes.layer[plane]]}) never had {what}, or "
                "hardly ever; give more hops, or take the continuum"
            )
    currents = [group[2] @ weights for group in groups]
    difference = float(currents[0].mean() - currents[1].mean())
    error = math.sqrt(sum(float(c.var(ddof=1)) / len(c) for c in currents))
    if not difference > RESOLVED * error:
        raise ComputationError("there were too few hops to tell the current from none; give more hops")


def _least_without_a_block(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Smallest share of a sum over blocks (B, P) that is left without one of the longest ones; 0 of nothing; (P,)."""
    longest = values.reshape(-1, max(JOINED_BLOCKS), values.shape[1]).sum(axis=1)
    total = longest.sum(axis=0)
    return np.where(total > 0, 1 - longest.max(axis=0) / np.where(total > 0, total, 1.0), 0.0)


def means_at_rest(planes: Planes, by_direction: Mapping[int, Sequence[StackReplica]]) -> PlaneMeans:
    """Means of the replicas without a bias, with errors from the fluctuations of all of them.

    A small bias moves means, but not what they fluctuate by; a few replicas alone would know little of what relaxes as
    slowly as a cathode's composition.
    """
    blocks = {direction: [r.blocks() for r in replicas] for direction, replicas in by_direction.items()}
    values = {
        direction: tuple(np.concatenate([getattr(b, name) for b in several]) for name in ("occupation", "potential_V"))
        for direction, several in blocks.items()
    }
    occupation, potential_V = (part.mean(axis=0) for part in values[0])
    around = tuple(
        np.concatenate([part - part.mean(axis=0) + mean for part in parts])
        for parts, mean in zip(zip(*values.values(), strict=True), (occupation, potential_V), strict=True)
    )
    sides, ends = sides_of_contacts(planes), drop_ends(planes)
    firsts, lasts = np.array(list(ends.values())).T

    def numbers(means: tuple[NDArray[np.float64], NDArray[np.float64]]) -> NDArray[np.float64]:
        occupation, potential_V = means
        charge, inner = net_charges(planes, occupation), potential_V[1:-1]
        of_sides = np.array([charge_and_width(planes, side, charge) for side in sides]).reshape(-1, 2)
        return np.concatenate([occupation, potential_V, *of_sides.T, inner[lasts] - inner[firsts]])

    lengths = np.cumsum([planes.count, planes.count + 2, len(sides), len(sides)])
    errors = np.zeros(lengths[-1] + len(ends))
    replicas = sum(map(len, by_direction.values()))
    for joined in ALL_JOINED_BLOCKS:
        count = replicas * BLOCKS // joined
        if (free := count - len(by_direction)) < FEWEST_FREE:
            break
        # Of each direction the mean was taken away, and only the blocks without a bias make up the result.
        more = (count - 1) / free * replicas / len(by_direction[0])
        found = jackknife_of_joined(numbers, [around], [joined])
        errors = np.maximum(errors, [one.error * math.sqrt(more) for one in found])
    of_planes, of_potentials, of_charges, of_widths, of_drops = np.split(errors, lengths)
    names = [(side.layer, side.contact) for side in sides]
    return PlaneMeans(
        occupation,
        potential_V,
        of_planes,
        of_potentials,
        charge_errors=dict(zip(names, of_charges.tolist(), strict=True)),
        width_errors=dict(zip(names, of_widths.tolist(), strict=True)),
        drop_errors_V=dict(zip(ends, of_drops.tolist(), strict=True)),
    )


def hop_shares(planes: Planes, replicas: Sequence[StackReplica]) -> dict[str, float]:
    """Share of the hops in each layer; those across a contact or an end count half on each side that is a layer."""
    across = np.sum([r.hops()[0] for r in replicas], axis=0)
    used = np.sum([r.hops()[1] for r in replicas], axis=0) + across[1:] / 2 + across[:-1] / 2
    used[0] += across[0] / 2
    used[-1] += across[-1] / 2
    by_layer = np.bincount(planes.layer, weights=used)
    return dict(zip(unique_names(planes.layer_names), (by_layer / by_layer.sum()).tolist(), strict=True))


def bulk_with_pairs(planes: Planes) -> dict[str, Any]:
    """Layers with pair energies whose bulk is measured, and those too thin for that."""
    names, interior = unique_names(planes.layer_names), interior_gaps(planes)
    if len(names) == 1 or not interior:
        return {}
    measured = [names[layer] for layer, gaps in interior.items() if len(gaps)]
    return {"measured_bulk": measured, "bulk_in_excess": [names[n] for n in interior if names[n] not in measured]}
