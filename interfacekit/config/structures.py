"""What `interfacekit structure` takes."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # pydantic reads annotations at run time
from typing import Literal, Self

from pydantic import Field, model_validator

from interfacekit.config.fields import Cells, Names, Number, Whole  # noqa: TC001  # pydantic reads annotations
from interfacekit.config.models import RunConfig
from interfacekit.errors import InputError


class StructureConfig(RunConfig):
    """`interfacekit structure`: one crystal, its network or barriers; or the coherent interfaces of two.

    `cutoff` (A), `vacant` and `mobile` are those of `lithium_network`; `mechanism`, `supercell`, `images`, `fmax`
    (eV/A), `max_steps` and `store` those of `migration_barriers`; `max_area` (A2), `max_strain`, `max_miller` and
    `miller` those of `coherent_interfaces`, of which `rank` is written to files and drawn.
    """

    crystals: Names = Field(min_length=1)
    network: bool = False
    vacant: bool = False
    cutoff: Number | None = None
    mobile: str = "Li"

    barriers: str | None = None
    hops: Names | None = None
    mechanism: Names | None = None
    supercell: Cells | None = None
    images: Whole = 5
    fmax: Number = 0.05
    max_steps: Whole = 500
    store: Path | None = None
    scheduler: str = "serial"
    workers: Whole | None = None

    interface: bool = False
    max_area: Number | None = None
    max_strain: Number | None = None
    max_miller: Whole | None = None
    miller: Names | None = None
    rank: Whole = 1
    adhesion: str | None = None

    @property
    def supercell_shape(self) -> tuple[int, int, int] | None:
        """Copies of the cell along its three vectors."""
        cells = self.supercell
        if cells is None:
            return None
        a, b, c = (cells,) * 3 if isinstance(cells, int) else cells
        return a, b, c

    @property
    def what(self) -> Literal["crystal", "network", "barriers", "interface"]:
        """What is asked for."""
        if self.interface:
            return "interface"
        if self.barriers is not None:
            return "barriers"
        return "network" if self.network else "crystal"

    @model_validator(mode="after")
    def _belongs(self) -> Self:
        if self.interface and len(self.crystals) != 2:
            raise InputError(f"an interface has two crystals, such as LCO LNO; there are {len(self.crystals)}")
        if not self.interface and len(self.crystals) > 1:
            raise InputError("structure takes one crystal; of two it makes an interface with --interface")
        if self.interface and (self.network or self.barriers is not None):
            raise InputError("networks and barriers are those of one crystal; leave --interface out, or them")
        for key in sorted(self.model_fields_set):
            if key in _BELONGS and self.what not in _BELONGS[key]:
                raise InputError(f"{key} belongs to {_ASKED_BY[_BELONGS[key][0]]}; ask for it too, or leave {key} out")
        return self


_ASKED_BY = {"network": "--network", "barriers": "--barriers chgnet", "interface": "--interface"}
_BELONGS = {
    **dict.fromkeys(("vacant", "cutoff", "mobile"), ("network", "barriers")),
    **dict.fromkeys(
        ("hops", "mechanism", "supercell", "images", "fmax", "max_steps", "store", "scheduler", "workers"),
        ("barriers",),
    ),
    **dict.fromkeys(("max_area", "max_strain", "max_miller", "miller", "rank", "adhesion"), ("interface",)),
}
