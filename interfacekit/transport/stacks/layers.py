"""Layers of a stack: those of sites, and product layers between them."""

from __future__ import annotations

from dataclasses import dataclass

from interfacekit.errors import ComputationError, InputError
from interfacekit.quantities import INTERPHASE_NUMBERS, LAYER_THICKNESS, PLANES, keep_plain, optional
from interfacekit.transport.materials.layers import (
    ROOM_TEMPERATURE_K,
    LayerMaterial,
    check_barrier,
    conductivity_at_S_cm,
)

#: No larger resistance can be added up.
LARGEST_ASR_ohm_cm2 = 1e299


@dataclass(frozen=True)
class Layer:
    """A layer of sites.

    Attributes
    ----------
    material
        Alias of a known material, or a `LayerMaterial`.
    thickness_nm, planes
        One of them; 3 planes of a conductor and 10 nm of anything else where neither is given.
    """

    material: str | LayerMaterial
    thickness_nm: float | None = None
    planes: int | None = None

    def __post_init__(self) -> None:
        if self.thickness_nm is not None and self.planes is not None:
            raise InputError(f"{self.name} has a thickness and a number of planes; give one of them")
        thickness_nm = optional(LAYER_THICKNESS, self.thickness_nm, f"thickness of {self.name}")
        keep_plain(self, thickness_nm=thickness_nm, planes=optional(PLANES, self.planes, f"planes of {self.name}"))

    @property
    def name(self) -> str:
        """Of the material."""
        return self.material if isinstance(self.material, str) else self.material.name


@dataclass(frozen=True)
class Interphase:
    """A product layer of a contact: an ohmic resistance in series, without charge of its own.

    Attributes
    ----------
    thickness_nm, conductivity_S_cm
        Of the bare LCO|LGPS contact 280-710 nm at 1-3e-9 S/cm have been *fitted* to measured cells.
    barrier_eV
        With which the conductivity changes with temperature, as that of a layer does; without one it does not change.
    temperature_K
        At which the conductivity is known.
    """

    thickness_nm: float
    conductivity_S_cm: float
    barrier_eV: float | None = None
    temperature_K: float = ROOM_TEMPERATURE_K

    def __post_init__(self) -> None:
        for name, quantity in INTERPHASE_NUMBERS.items():
            value = getattr(self, name)
            if value is not None or name != "barrier_eV":
                keep_plain(self, **{name: quantity.check(value, f"{name} of an interphase")})
        if self.barrier_eV is not None:
            check_barrier(self.barrier_eV, self.temperature_K, "an interphase")

    def asr_ohm_cm2(self, temperature_K: float) -> float:
        """Area-specific resistance at a temperature.

        Raises
        ------
        ComputationError
            If it is beyond all numbers.
        """
        conductivity = self.conductivity_S_cm
        if self.barrier_eV is not None:
            conductivity = conductivity_at_S_cm(conductivity, self.barrier_eV, self.temperature_K, temperature_K)
        if conductivity * LARGEST_ASR_ohm_cm2 < self.thickness_nm * 1e-7:
            raise ComputationError(
                f"at {temperature_K:g} K an interphase resists with more than {LARGEST_ASR_ohm_cm2:g} Ohm cm2; give a "
                "higher temperature"
            )
        return self.thickness_nm * 1e-7 / conductivity
