"""Layers whose sites are those of a crystal or of a glass."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.quantities import ATTEMPT_FREQUENCY, LAYER_BARRIER, check_switch, keep_plain, optional
from interfacekit.reprs import ShortRepr
from interfacekit.structure.barriers.table import BarrierTable
from interfacekit.transport.stacks.layers import Layer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from interfacekit.structure.stacks.layer_sites import PeriodicSites
    from interfacekit.transport.materials.layers import LayerMaterial


@dataclass(frozen=True)
class CrystalLayer(ShortRepr, Layer):
    """A layer whose sites are those of a crystal, or of a glass.

    Attributes
    ----------
    material, thickness_nm
        As of a `Layer`; 1 nm of a conductor and 3 nm of anything else where none is given.
    crystal
        What `interfacekit.structure.crystal` takes, or a `LithiumNetwork` of it (with vacant sites, another cutoff);
        the crystal of the material's name by default.
    miller
        Plane that faces the contacts; (1 0 4) of LCO and (0 0 1) of LNO, LGPS and any other by default.
    amorphous
        Put sites at random instead, with the density of the material: a surrogate of an amorphous film (see
        `interfacekit.structure.stacks.layer_sites`).
    barriers_eV
        Of each hop class by name, or a `BarrierTable`, of which the site energies are left out; that of the material by
        default, and for classes not named.
    attempt_frequency_Hz
        Of all hops; by default such that the bulk has the material's conductivity.
    """

    crystal: Any = None
    miller: Sequence[int] | None = None
    amorphous: bool = False
    barriers_eV: Mapping[str, float] | BarrierTable | None = None
    attempt_frequency_Hz: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.planes is not None:
            raise InputError(f"{self.name} of a crystal is cut to a thickness; give thickness_nm, not planes")
        if self.amorphous and (self.crystal is not None or self.miller is not None or self.barriers_eV):
            raise InputError(f"amorphous {self.name} has no crystal, plane or hop classes; leave them out")
        for name, value in self.barriers_by_class_eV.items():
            LAYER_BARRIER.check(value, f"barrier of {name}")
        keep_plain(
            self,
            amorphous=check_switch(self.amorphous, "amorphous"),
            attempt_frequency_Hz=optional(ATTEMPT_FREQUENCY, self.attempt_frequency_Hz),
        )

    @cached_property
    def barriers_by_class_eV(self) -> dict[str, float]:
        """Those that were given."""
        given = self.barriers_eV or {}
        return dict(given.barriers_eV() if isinstance(given, BarrierTable) else given)

    def barriers_eV_of(self, solid: PeriodicSites, material: LayerMaterial) -> NDArray[np.float64]:
        """Barrier of each hop class of a solid, that of the material where none is given; eV.

        Raises
        ------
        InputError
            If a class for which one is given is not there.
        """
        wanted = self.barriers_by_class_eV
        for name in wanted:
            if name not in solid.class_names:
                raise InputError(f"{material.name} has no hop class {name!r}; there is {', '.join(solid.class_names)}")
        return np.array([wanted.get(name, material.barrier_eV) for name in solid.class_names])
