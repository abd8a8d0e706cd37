"""Results for a stack at one voltage and temperature, by kinetic Monte Carlo or by its continuum twin."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from interfacekit.results import Result

if TYPE_CHECKING:
    import pandas as pd

#: Diameter of the cathode particles whose capacity a space charge is compared with.
PARTICLE_SIZE_um = 10.0


@dataclass(frozen=True)
class StackProfile(Result):
    """Means over planes, from low z to high; `_err` is the standard error, 0 in the continuum.

    Attributes
    ----------
    position_nm
        Of each plane; 0 at the outer face of the first layer.
    layer
        Name of each plane's layer.
    occupation, occupation_err
        Fraction of the sites that are occupied.
    neutral_occupation
        At which the plane is neutral; of a conductor, where its site energy is given.
    charge_density_e_nm3
        Net charge; 0 in a conductor at an end, which electrons reach. One between other layers keeps the charge of its
        ions, and only its own electrons move it to its faces.
    potential_V, potential_err_V
        Electric, 0 in a cathode that conducts electrons.
    """

    position_nm: tuple[float, ...]
    layer: tuple[str, ...]
    occupation: tuple[float, ...]
    occupation_err: tuple[float, ...]
    neutral_occupation: tuple[float, ...]
    charge_density_e_nm3: tuple[float, ...]
    potential_V: tuple[float, ...]
    potential_err_V: tuple[float, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each plane."""
        import pandas as pd

        return pd.DataFrame({column.name: list(getattr(self, column.name)) for column in fields(self)})


@dataclass(frozen=True)
class SpaceCharge(Result):
    """The space charge on one side of a contact: the planes of a layer up to its middle, or to its far end.

    Attributes
    ----------
    layer, contact
        In which layer, at which contact.
    charge_uC_cm2, charge_err_uC_cm2
        Net charge, and its standard error.
    width_nm, width_err_nm
        Distance from the contact that holds 90 % of it, and its standard error. Where charges of both signs follow one
        another: beyond which the charge farther away, and with it the field, never exceeds 10 % of the most there is.
    capacity_mAh_g
        Of Li for each gram of LiCoO2 in spheres of the result's `particle_size_um`; positive where Li is missing.
    """

    layer: str
    contact: str
    charge_uC_cm2: float
    charge_err_uC_cm2: float
    width_nm: float
    width_err_nm: float = field(default=0.0, kw_only=True)
    capacity_mAh_g: float


#: Fields of `StackTransport` that are no single number.
_NO_COLUMNS = ("layers", "thicknesses_nm", "requested_thicknesses_nm", "space_charges", "profile", "provenance")


@dataclass(frozen=True)
class StackTransport(
    Result,
    tables="interfacekit.report.tables.stacks:stack_tables",
    figure="interfacekit.plots.transport.stack_figures:plot_stacks",
    writers={".nc": "interfacekit.export.netcdf:save_dataset"},
):
    """Space charge and resistance of a stack; `_err` is the standard error, 0 in the continuum.

    Attributes
    ----------
    layers, thicknesses_nm
        Names and thicknesses of the layers of sites, the cathode first; layers consist of whole planes.
    requested_thicknesses_nm
        Thicknesses that were given for them; None for a layer of a number of planes, or by default.
    thickness_nm
        Thickness of all layers between the outermost two: the shell; 0 for a bare contact.
    voltage_V
        Of the cathode against Li/Li+; None in a stack without one.
    asr_ohm_cm2, asr_err_ohm_cm2
        Area-specific resistance of the whole stack, the slices of its outermost layers included.
    asr_layers, asr_err_layers
        Its parts, Ohm cm2: each layer as neutral bulk (thickness over conductivity), each contact as the excess of what
        is measured over that (space charge in the layers on both sides, and the hop across), each interphase. The part
        of a layer without contacts is what is measured. By `kmc`, ions that repel or attract one another resist in bulk
        with another resistance than the conductivity says: there the bulk is measured, in the interior of the layer
        (provenance: `measured_bulk`), and what a layer too thin for that has beyond its conductivity is counted to its
        contacts (`bulk_in_excess`).
    space_charges
        By side of contact; none in a conductor, also where that is charged (see `StackProfile`).
    scl_width_nm, scl_width_err_nm, scl_charge_uC_cm2, scl_charge_err_uC_cm2, scl_capacity_mAh_g
        Of the space charge in the last layer, the electrolyte.
    potential_drop_V
        Potential of the last layer's end less that of the first's.
    potential_drops_V, potential_drops_err_V
        Across each layer (from its first plane to its last) and each contact; V.
    method
        `continuum` or `kmc`.
    hop_shares
        Share of the hops that each layer used; empty in the continuum.
    """

    layers: tuple[str, ...]
    thicknesses_nm: tuple[float, ...]
    thickness_nm: float
    requested_thicknesses_nm: tuple[float | None, ...] = field(default=(), kw_only=True)
    voltage_V: float | None
    temperature_K: float
    asr_ohm_cm2: float
    asr_err_ohm_cm2: float
    asr_layers: dict[str, float]
    asr_err_layers: dict[str, float]
    space_charges: tuple[SpaceCharge, ...]
    scl_width_nm: float
    scl_width_err_nm: float = field(default=0.0, kw_only=True)
    scl_charge_uC_cm2: float
    scl_charge_err_uC_cm2: float
    scl_capacity_mAh_g: float
    particle_size_um: float
    potential_drop_V: float
    potential_drops_V: dict[str, float]
    potential_drops_err_V: dict[str, float] = field(default_factory=dict, kw_only=True)
    profile: StackProfile = field(repr=False)
    method: str
    hop_shares: dict[str, float]
    provenance: dict[str, Any]

    @property
    def requested_thickness_nm(self) -> float | None:
        """Requested thickness of the shell; None where that of a layer of it was not given."""
        between = self.requested_thicknesses_nm[1:-1]
        if len(self.requested_thicknesses_nm) != len(self.layers) or None in between:
            return None
        return float(sum(thickness for thickness in between if thickness is not None))

    def to_frame(self) -> pd.DataFrame:
        """One row, with columns such as `asr_layers_ohm_cm2 LNO` for each part of the resistance."""
        import pandas as pd

        row: dict[str, Any] = {"layers": "|".join(self.layers), "requested_thickness_nm": self.requested_thickness_nm}
        for name, value in self.as_dict().items():
            if name.startswith("@") or name in _NO_COLUMNS:
                continue
            if isinstance(value, dict):
                unit = "_ohm_cm2" if name.startswith("asr") else ""
                row |= {f"{name}{unit} {part}": number for part, number in value.items()}
            else:
                row[name] = value
        return pd.DataFrame([row])
