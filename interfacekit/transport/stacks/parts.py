"""Division of a stack into layers and contacts: their names, their resistances and their potential drops."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.transport.stacks.planes import Planes

#: Gaps from a contact in which ions feel what is beyond it.
FROM_ENDS = 3


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names with a number where one comes again: LCO, LNO, LCO (2)."""
    out: list[str] = []
    for name in names:
        earlier = sum(other == name for other in names[: len(out)])
        out.append(f"{name} ({earlier + 1})" if earlier else name)
    return tuple(out)


def contact_names(layer_names: Sequence[str]) -> tuple[str, ...]:
    """Unique names of the contacts between layers."""
    return unique_names([f"{a}|{b}" for a, b in zip(layer_names, layer_names[1:], strict=False)])


@dataclass(frozen=True, eq=False)
class ResistanceParts:
    """How the resistances of gaps add up to those of layers and contacts.

    parts = weights @ gaps - baseline: a half of each outermost gap lies beyond the stack.
    """

    names: tuple[str, ...]
    weights: NDArray[np.float64]  # (parts, P + 1)
    baseline: NDArray[np.float64]  # (parts,), Ohm cm2


def resistance_parts(planes: Planes, bulk_of_plane: NDArray[np.float64] | None = None) -> ResistanceParts:
    """Divide the gaps of a stack among its layers and contacts.

    Each layer counts as neutral bulk; what the gaps have beyond that goes to the nearest contact (to both in equal
    parts from the gap in the middle of a layer), or to the layer itself where there is none.

    Parameters
    ----------
    planes
        Of the stack.
    bulk_of_plane
        Resistance of what each plane stands for as bulk, Ohm cm2; by the conductivities if None; shape (P,).
    """
    layers = len(planes.layer_names)
    owner = _nearest_contacts(planes)
    gaps = planes.count + 1
    if bulk_of_plane is None:
        bulk_of_plane = planes.bulk_resistance_ohm_cm2
    bulk = np.array([bulk_of_plane[planes.layer == m].sum() for m in range(layers)])
    # The bulk that a gap replaces: half of the plane before it and half of that after it.
    half = bulk_of_plane / 2
    replaced = np.zeros(gaps)
    replaced[:-1] += half
    replaced[1:] += half
    inside = np.ones(gaps)
    inside[[0, -1]] = 0.5
    if layers == 1:
        return ResistanceParts(planes.layer_names, inside[None, :], np.zeros(1))
    weights = owner * inside
    # An outermost gap is half outside, and the half inside replaces half a plane.
    excess = owner @ replaced
    names = (*unique_names(planes.layer_names), *contact_names(planes.layer_names))
    return ResistanceParts(
        names=names,
        weights=np.vstack([np.zeros((layers, gaps)), weights]),
        baseline=np.concatenate([-bulk, excess]),
    )


def interior_gaps(planes: Planes) -> dict[int, NDArray[np.int64]]:
    """Gaps of each layer with pair energies, by its number, that are `FROM_ENDS` gaps or more from both its ends."""
    out = {}
    for layer in range(len(planes.layer_names)):
        members = np.flatnonzero(planes.layer == layer)
        if planes.pair_energy_eV[members].any() or planes.gap_pair_energy_eV[members[1:]].any():
            out[layer] = np.arange(members[0] + FROM_ENDS, members[-1] + 2 - FROM_ENDS)
    return out


def _nearest_contacts(planes: Planes) -> NDArray[np.float64]:
    """Share that each contact has in each gap; shape (contacts, P + 1)."""
    contacts = planes.interface_gaps
    if not len(contacts):
        return np.zeros((0, planes.count + 1))
    distances = np.abs(contacts[:, None] - np.arange(planes.count + 1))
    nearest = distances == distances.min(axis=0)
    owner: NDArray[np.float64] = nearest / nearest.sum(axis=0)
    return owner


def drop_ends(planes: Planes) -> dict[str, tuple[int, int]]:
    """First and last plane of each layer, and the planes on both sides of each contact, in the order of the stack."""
    layers, contacts = unique_names(planes.layer_names), contact_names(planes.layer_names)
    out: dict[str, tuple[int, int]] = {}
    for number, layer in enumerate(layers):
        members = np.flatnonzero(planes.layer == number)
        first, last = int(members[0]), int(members[-1])
        out[layer] = first, last
        if number < len(contacts):
            out[contacts[number]] = last, last + 1
    return out


def drops_V(planes: Planes, potential_V: NDArray[np.float64]) -> dict[str, float]:
    """Potential drops across each layer and each contact, in the order of the stack; from those of planes, (P,)."""
    return {name: float(potential_V[last] - potential_V[first]) for name, (first, last) in drop_ends(planes).items()}
