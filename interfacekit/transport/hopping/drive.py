"""A hopping model in an electric field along one of the axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from interfacekit.constants import A_PER_NM, BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.quantities import FIELD, TEMPERATURE
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.hopping.percolation import percolation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.hopping.rates import HoppingModel

Axis = Literal["x", "y", "z"]
_AXES: tuple[Axis, ...] = ("x", "y", "z")
#: A shorter displacement is a rounding error, A.
_ZERO_A = 1e-9


def in_field(model: HoppingModel, field_V_nm: float, axis: Axis | None, temperature_K: float) -> HoppingModel:
    """Return a model in a uniform electric field.

    Parameters
    ----------
    model
        The sites, energies and barriers.
    field_V_nm
        V/nm.
    axis
        That the field is along; where None, the one along which free ions would move fastest.
    temperature_K
        At which they would.

    Raises
    ------
    InputError
        If no hop leads along the axis, or the field is beyond any material.
    """
    FIELD.check(field_V_nm)
    mobility = free_mobilities_A2_s(model, temperature_K)
    chosen = _AXES[int(np.argmax(mobility >= mobility.max() * (1 - 1e-9)))] if axis is None else axis
    if not mobility[_AXES.index(chosen)] > 0:
        others = " or ".join(name for name, moves in zip(_AXES, mobility > 0, strict=True) if moves)
        raise InputError(f"no path of hops leads along {chosen}, so that a field drives nothing; choose {others}")
    return model.with_field([field_V_nm / A_PER_NM if name == chosen else 0.0 for name in _AXES])


def free_mobilities_A2_s(model: HoppingModel, temperature_K: float) -> NDArray[np.float64]:
    """Sum of rate times squared displacement along x, y and z over all hops at their lowest barriers.

    Displacements are those in the directions in which the hops percolate: bounded motion carries no current. Per site;
    shape (3,), A^2/s.
    """
    sites = model.sites.network() if isinstance(model.sites, Lattice) and not model.homogeneous else model.sites
    if isinstance(sites, Lattice):
        steps, classes = sites.displacements_A, np.broadcast_to(sites.hop_class, sites.neighbours.shape[:2])
        origins = len(sites.basis_A)
    else:
        steps, classes, origins = sites.displacements_A, sites.hop_classes, sites.n_sites
    kT = BOLTZMANN_eV_K * TEMPERATURE.check(temperature_K)
    rates = model.hop_frequencies_Hz(classes) * np.exp(-model.hop_barriers_eV(classes) / kT)
    inside = steps @ percolation(model, temperature_K).projector
    squares = np.where(np.abs(inside) < _ZERO_A, 0.0, inside) ** 2
    return np.asarray((rates[..., None] * squares).reshape(-1, 3).sum(axis=0) / origins)
