"""Gaps between the planes of a stack, in the units of the kernels: energies in kT, whole numbers of crossings."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.stacks.planes import Planes


class GapArrays(NamedTuple):
    """What all kernels of stacks know of the gaps; see `kernels.stacks.state.StackArrays`."""

    frequency: NDArray[np.float64]
    barrier: NDArray[np.float64]
    offset: NDArray[np.float64]
    step: NDArray[np.float64]
    self: NDArray[np.float64]
    repulsion: NDArray[np.float64]
    filling: NDArray[np.float64]
    kind: NDArray[np.uint64]
    leaf: NDArray[np.uint64]
    gap: NDArray[np.uint64]
    q: NDArray[np.float64]
    shift: NDArray[np.float64]


def gap_arrays(
    planes: Planes,
    sites_of_planes: NDArray[np.int64],
    site_areas: int,
    frequency_Hz: NDArray[np.float64],
    *,
    leaves: int = 1,
) -> GapArrays:
    """The gaps in the kernel's units: energies in kT, D such that a crossing changes it by whole numbers.

    Parameters
    ----------
    planes, sites_of_planes, site_areas
        See `StackTables`.
    frequency_Hz
        Of the hops across each gap; shape (P + 1,).
    leaves
        Gaps of one kind that the trees have room for, at least.
    """
    s, total, kT = planes.elastance_A, float(planes.elastance_A.sum()), planes.kT_eV
    per_ion = planes.field_per_charge_V_A / site_areas
    held = planes.ends == "fixed" and total > 0
    repulsion = planes.repulsion_eV / (2 * sites_of_planes * kT)
    beyond = np.concatenate([[0.0], repulsion, [0.0]])
    own = s * per_ion * (1 - s / total if held else 1.0) / (2 * kT) + beyond[1:] + beyond[:-1]
    values, kind = np.unique(s if held else np.zeros(len(s)), return_inverse=True)
    places = 1 << int(max(np.bincount(kind).max(), leaves) - 1).bit_length()
    gap = np.zeros((len(values) + 1, places), np.uint64)
    leaf = np.zeros(len(s), np.uint64)
    for k in range(len(values)):
        members = np.flatnonzero(kind == k)
        leaf[members] = np.arange(len(members))
        gap[k, : len(members)] = members
    return GapArrays(
        frequency=frequency_Hz,
        barrier=planes.barrier_eV / kT,
        offset=offsets(planes, np.zeros(len(s))),
        step=s * per_ion / (2 * kT),
        self=own,
        repulsion=repulsion,
        filling=np.array([planes.left.filling, planes.right.filling]),
        kind=kind.astype(np.uint64),
        leaf=leaf,
        gap=gap,
        q=values / (2 * kT),
        shift=values * per_ion / total if held else np.zeros(len(values)),
    )


def offsets(planes: Planes, fields_V_A: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half of the energy that crossing each gap upwards releases at the start, kT; shape (P + 1,).

    The field of the first configuration is part of each gap's own energies; D is what crossings have added to it.
    """
    levels = np.concatenate(
        [
            [planes.left.site_energy_eV],
            planes.bare_site_energy_eV - planes.repulsion_eV * planes.filling,
            [planes.right.site_energy_eV],
        ]
    )
    return np.asarray((planes.elastance_A * fields_V_A - np.diff(levels)) / (2 * planes.kT_eV))


def log_frequency(frequency_Hz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of frequencies, of which some may be 0; of 1/s."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(frequency_Hz))
