"""What a stack must know of each material and of each contact, with the origin of every number.

Site energies on the two sides of a contact need one electron reference: the vacancy energies of separate bulks each
remove the electron from their own valence band and must not be subtracted from one another. The offsets here come from
cells that hold both materials (Haruyama et al. 2014, doi:10.1021/cm5016959, as retyped by a third party), with Li3PS4
standing in for Li10GeP2S12.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import CM2_PER_A2, BOLTZMANN_eV_K, S_CM_PER_e_V_A_s
from interfacekit.errors import InputError
from interfacekit.materials import find_material
from interfacekit.numerals import shown
from interfacekit.quantities import CONTACT_NUMBERS, LAYER_NUMBERS, check_switch, keep_plain
from interfacekit.transport.materials.parameters import (
    Parameter,
    assumed,
    ends_of_range,
    given,
    known,
    number,
    recalled,
    reference_row,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ROOM_TEMPERATURE_K = 298.15
#: One hop in 1e200 attempts.
MOST_OF_A_BARRIER_kT = 460.0


@dataclass(frozen=True)
class LayerMaterial:
    """A material as a layer of a stack: a regular lattice of Li sites in a dielectric, or in an electronic conductor.

    Attributes
    ----------
    name
        Alias, or a name of your own.
    site_density_per_cm3
        Li sites, occupied or not.
    filling
        Fraction of the sites that are occupied where the material is neutral; of a conductor, whose electrons make it
        neutral at any, where its site energy is `level_eV`.
    conductivity_S_cm, temperature_K
        Ionic, of the neutral material, and where it was measured: what the frequency of hops is calibrated to.
    barrier_eV
        Of hops at equal end energies.
    permittivity
        Relative.
    conductor
        Whether electrons hold the layer at one potential.
    level_eV
        Of a conductor: what an ion and its electron gain from Li metal on a site, at `filling`.
    repulsion_eV
        What a full more than an empty layer adds to its site energy, in proportion to the occupation. The conductivity
        does not follow a change of it; the chemical diffusion coefficient does (see `thermodynamic_factor`).
    pair_energy_eV
        Of two ions on neighbouring sites (positive: they repel).
    parameters
        Where the numbers come from.
    """

    name: str
    site_density_per_cm3: float
    filling: float
    conductivity_S_cm: float
    barrier_eV: float
    permittivity: float
    temperature_K: float = ROOM_TEMPERATURE_K
    conductor: bool = False
    level_eV: float | None = None
    repulsion_eV: float = 0.0
    pair_energy_eV: float = 0.0
    parameters: tuple[Parameter, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name, quantity in LAYER_NUMBERS.items():
            value = getattr(self, name)
            if value is not None or name != "level_eV":
                keep_plain(self, **{name: quantity.check(value, f"{name} of {self.name}")})
        keep_plain(self, conductor=check_switch(self.conductor, f"conductor of {self.name}"))
        check_barrier(self.barrier_eV, self.temperature_K, self.name)
        if self.conductor and self.level_eV is None:
            raise InputError(f"{self.name} conducts electrons but has no level_eV; give its site energy below Li metal")

    def plane_distance_A(self, site_area_A2: float) -> float:
        """Distance of planes with which sites of this area have the right density."""
        return 1e24 / (self.site_density_per_cm3 * site_area_A2)

    def hop_frequency_Hz(self, distance_A: float, site_area_A2: float) -> float:
        """Attempt frequency of hops across planes at this distance, calibrated to the conductivity.

        sigma = e^2 Gamma d c (1 - c) / (a kT) for ions that only exclude one another (see
        `transport.materials.bulk_models.lattice_gas_conductivity_S_cm`), with an area a of a site and Gamma = nu
        exp(-Eb / kT).
        """
        kT = BOLTZMANN_eV_K * self.temperature_K
        exchange = self.filling * (1 - self.filling)
        rate = self.conductivity_S_cm / S_CM_PER_e_V_A_s * kT * site_area_A2 / (distance_A * exchange)
        return float(rate * math.exp(self.barrier_eV / kT))

    def bulk_conductivity_S_cm(self, temperature_K: float) -> float:
        """Of the neutral material at another temperature: that of a constant number of hops over the barrier."""
        return conductivity_at_S_cm(self.conductivity_S_cm, self.barrier_eV, self.temperature_K, temperature_K)


@dataclass(frozen=True)
class Contact:
    """What happens to Li across a contact of two layers.

    Attributes
    ----------
    offset_eV
        Site energy on the right less that on the left, both neutral and at one potential.
    left_ladder_eV, right_ladder_eV
        Site energies of the planes next to the contact, the nearest first, less those of their bulk; empty where the
        contact changes none.
    barrier_eV
        Of hops across, at equal end energies; that of the layer with the slower hops where None.
    attempt_frequency_Hz
        Of these hops; that of the same layer where None.
    parameters
        Where the numbers come from; of a ladder that was given, one for each plane.
    """

    offset_eV: float
    left_ladder_eV: tuple[float, ...] = ()
    right_ladder_eV: tuple[float, ...] = ()
    barrier_eV: float | None = None
    attempt_frequency_Hz: float | None = None
    parameters: tuple[Parameter, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name, quantity in CONTACT_NUMBERS.items():
            value = getattr(self, name)
            if name.endswith("ladder_eV"):
                keep_plain(self, **{name: tuple(quantity.check(one, f"{name} of a contact") for one in value)})
            elif value is not None or name == "offset_eV":
                keep_plain(self, **{name: quantity.check(value, f"{name} of a contact")})

    def reversed(self) -> Contact:
        """The same contact with left and right exchanged."""
        return replace(
            self,
            offset_eV=0.0 - self.offset_eV,
            left_ladder_eV=self.right_ladder_eV,
            right_ladder_eV=self.left_ladder_eV,
            parameters=tuple(map(_seen_from_the_other_side, self.parameters)),
        )


def conductivity_at_S_cm(conductivity_S_cm: float, barrier_eV: float, known_at_K: float, temperature_K: float) -> float:
    """A conductivity known at one temperature, at another: sigma T changes as hops over the barrier do."""
    ratio = known_at_K / temperature_K
    return conductivity_S_cm * ratio * math.exp(barrier_eV / (BOLTZMANN_eV_K * known_at_K) * (1 - ratio))


def check_barrier(barrier_eV: float, temperature_K: float, name: str) -> None:
    """Raise `InputError` if no conductivity over a barrier could have been measured at a temperature."""
    if barrier_eV > MOST_OF_A_BARRIER_kT * BOLTZMANN_eV_K * temperature_K:
        raise InputError(
            f"a barrier of {barrier_eV:g} eV lets nothing be measured of {name} at {temperature_K:g} K; give a lower "
            "one, or a higher temperature_K"
        )


def thermodynamic_factor(filling: float, repulsion_eV: float, temperature_K: float) -> float:
    """What the chemical diffusion coefficient is of that of free charges, kT sigma / (n e^2).

    1 / (1 - c) + r c / kT: ions that exclude one another from the fraction c of their sites that they fill, and whose
    site energy rises by r from the empty to the full layer.
    """
    return 1 / (1 - filling) + repulsion_eV * filling / (BOLTZMANN_eV_K * temperature_K)


def _seen_from_the_other_side(parameter: Parameter) -> Parameter:
    """A number of a contact with left and right exchanged."""
    if parameter.name == "offset_eV":
        return replace(parameter, value=0.0 - parameter.value)
    swapped = {"left_ladder_eV": "right_ladder_eV", "right_ladder_eV": "left_ladder_eV"}
    return replace(parameter, name=swapped.get(parameter.name, parameter.name))


def layer_material(name: str, changes: Mapping[str, Any] | None = None) -> LayerMaterial:
    """Return a material of stacks, with `changes` to its numbers; or, where there is none, one made of them.

    Raises
    ------
    InputError
        If the material is not known and `changes` do not make one, or a number is not possible.
    """
    alias = layer_alias(name)
    wanted = dict(changes or {})
    if alias in _MATERIALS:
        return changed(_known_layer(alias), wanted)
    if not wanted:
        raise InputError(
            f"nothing is known of {name} as a layer; there is {', '.join(_MATERIALS)}, or give its numbers "
            "(materials: in a configuration)"
        )
    return _own(name, wanted)


def layer_alias(name: str) -> str:
    """The name under which a material is known: LNO of LiNbO3."""
    record = find_material(name)
    return record.alias if record is not None else name


def changed(material: LayerMaterial, wanted: Mapping[str, Any]) -> LayerMaterial:
    """A material with other numbers, and their origin."""
    if not wanted:
        return material
    _check_numbers(material.name, wanted)
    left_out = {key for key, value in wanted.items() if value is None}
    parameters = tuple(given(p, wanted.get(p.name)) for p in material.parameters if p.name not in left_out)
    names = {p.name for p in parameters}
    added = tuple(_given(key, value) for key, value in wanted.items() if key not in names and value is not None)
    return replace(material, **wanted, parameters=parameters + added)


def contact(left: str, right: str, *, ladder: bool = False) -> Contact:
    """Return what is known of the contact of two materials, or assumed where nothing is.

    Parameters
    ----------
    left, right
        Names of materials.
    ladder
        Take the site energies of the interface cell as those of the planes next to the contact, one plane for each of
        its sites; otherwise only their means count, and the planes are those of the bulk.

    Raises
    ------
    InputError
        If neither the contact nor a stand-in for it is known.
    """
    if left == right:
        return Contact(0.0)
    for (a, b), stand_ins in _STAND_INS.items():
        if (left, right) == (a, b):
            return _from_cell(*stand_ins, ladder=ladder)
        if (left, right) == (b, a):
            return _from_cell(*stand_ins, ladder=ladder).reversed()
    known_pairs = ", ".join("|".join(pair) for pair in _STAND_INS)
    raise InputError(
        f"nothing is known of the site energies across {left}|{right}; there is {known_pairs}, or give its offset_eV "
        "(contacts: in a configuration)"
    )


def known_layers() -> tuple[str, ...]:
    """Materials that `layer_material` knows."""
    return tuple(_MATERIALS)


@cache
def _known_layer(alias: str) -> LayerMaterial:
    return _MATERIALS[alias]()


def _own(name: str, wanted: dict[str, Any]) -> LayerMaterial:
    _check_numbers(name, wanted)
    missing = [
        key
        for key in ("site_density_per_cm3", "filling", "conductivity_S_cm", "barrier_eV", "permittivity")
        if key not in wanted
    ]
    if missing:
        raise InputError(f"a material of your own, {name}, lacks {', '.join(missing)}")
    parameters = tuple(_given(key, value) for key, value in wanted.items() if value is not None)
    return LayerMaterial(name=name, **wanted, parameters=parameters)


def _given(name: str, value: float) -> Parameter:
    return Parameter(name, float(value), "", "given", "given", "given")


_CHANGEABLE = tuple(f for f in LayerMaterial.__dataclass_fields__ if f not in ("name", "parameters"))


def _check_numbers(name: str, wanted: Mapping[str, Any]) -> None:
    for key, value in wanted.items():
        if key not in _CHANGEABLE:
            raise InputError(f"{key!r} is no number of {name}; there is {', '.join(_CHANGEABLE)}")
        if key == "conductor":
            if not isinstance(value, bool):
                raise InputError(f"conductor of {name} must be true or false, got {shown(value)}")
        elif not (key == "level_eV" and value is None):
            LAYER_NUMBERS[key].check(value, f"{key} of {name}")


def _lco() -> LayerMaterial:
    density = number("LCO", "LiCoO2", "Li number density", "site_density_per_cm3", "1/cm3", role="computed")
    filling = assumed("filling", 0.7, "-", "x of Li_x CoO2, where the film's D is lowest")
    film = known("LCO", "LixCoO2 PLD film", "D from PITT")
    D_A2_s = ends_of_range(film.text)[0] / CM2_PER_A2
    slope = recalled("repulsion_eV", 0.9, "eV", "slope of the voltage of Li_x CoO2 from 4.0 V at x = 0.7")
    attempts = number("LCO", "LiCoO2", "attempt frequency", "attempt frequency", "1/s", role="assumed")
    kT = BOLTZMANN_eV_K * ROOM_TEMPERATURE_K
    factor = thermodynamic_factor(filling.value, slope.value, ROOM_TEMPERATURE_K)
    ions_A3 = density.value * 1e-24 * filling.value
    how = f"D of {D_A2_s * CM2_PER_A2:g} cm2/s at x = {filling.value:g}, thermodynamic factor of {factor:.1f}"
    conductivity = Parameter(
        "conductivity_S_cm",
        S_CM_PER_e_V_A_s * ions_A3 * D_A2_s / (kT * factor),
        "S/cm",
        "calibrated to a measured chemical diffusion coefficient with a recalled slope of the voltage",
        f"{film.source}: {how}",
        "derived",
    )
    # Of ions that hop by the distance of the sites: D = nu d^2 exp(-Eb / kT) (1 - c) times the factor.
    distance_A2 = (density.value * 1e-24) ** (-2 / 3)
    barrier = Parameter(
        "barrier_eV",
        kT * math.log(attempts.value * distance_A2 * (1 - filling.value) * factor / D_A2_s),
        "eV",
        f"calibrated to the same D with {attempts.value:g} 1/s",
        f"{film.source}: {how}",
        "derived",
    )
    row = reference_row("space_charge", "bulk LCO", _LADDER)
    permittivity = recalled("permittivity", 13.0, "-", "of LiCoO2; of no effect in a conductor")
    return LayerMaterial(
        name="LCO",
        site_density_per_cm3=density.value,
        filling=filling.value,
        conductivity_S_cm=conductivity.value,
        barrier_eV=barrier.value,
        permittivity=permittivity.value,
        conductor=True,
        level_eV=float(row["value"]),
        repulsion_eV=slope.value,
        parameters=(
            density,
            filling,
            conductivity,
            barrier,
            permittivity,
            Parameter("level_eV", float(row["value"]), "eV", "computed", row["source"], row["certainty"]),
            slope,
        ),
    )


def _lno() -> LayerMaterial:
    density = number("LNO", "LiNbO3", "Li number density", "Li density", "1/cm3", role="computed")
    return _film(
        "LNO",
        density,
        number("LNO", "LiNbO3 ALD film", "ionic conductivity", "conductivity_S_cm", "S/cm"),
        number("LNO", "LiNbO3 ALD film", "activation energy", "barrier_eV", "eV"),
        number("LNO", "LiNbO3 Pechini film", "relative permittivity", "permittivity", "-"),
        temperature_K=303.0,
    )


def _lnto() -> LayerMaterial:
    density = number("LNO", "LiNbO3", "Li number density", "Li density", "1/cm3", role="assumed as of LiNbO3")
    return _film(
        "LNTO",
        density,
        number("LNTO", "LiNb0.5Ta0.5O3", "ionic conductivity", "conductivity_S_cm", "S/cm"),
        assumed("barrier_eV", 0.45, "eV", "about what 1e-6 S/cm needs at 1e13 1/s"),
        assumed("permittivity", 46.0, "-", "as of LiNbO3"),
    )


def _lpo() -> LayerMaterial:
    density = recalled("Li density", 3.79e22, "1/cm3", "12 Li in 10.49 x 6.12 x 4.93 A of gamma-Li3PO4")
    tracer = known("LPO", "amorphous Li3PO4 film", "Li tracer diffusion coefficient")
    haven = 0.55  # of the same film, in the conditions of the same row
    D_A2_s = float(tracer.text) / CM2_PER_A2 / haven
    kT = BOLTZMANN_eV_K * ROOM_TEMPERATURE_K
    conductivity = Parameter(
        "conductivity_S_cm",
        S_CM_PER_e_V_A_s * density.value * 1e-24 * D_A2_s / kT,
        "S/cm",
        "measured",
        f"{tracer.source}: tracer D over the Haven ratio of 0.55",
        "derived",
    )
    return _film(
        "LPO",
        density,
        conductivity,
        number("LPO", "amorphous Li3PO4 film", "activation energy", "barrier_eV", "eV"),
        recalled("permittivity", 10.0, "-", "of amorphous Li3PO4"),
    )


def _film(
    name: str,
    ions: Parameter,
    conductivity: Parameter,
    barrier: Parameter,
    permittivity: Parameter,
    *,
    temperature_K: float = ROOM_TEMPERATURE_K,
) -> LayerMaterial:
    """An amorphous coating, of which half of the sites are assumed vacant."""
    filling = assumed("filling", 0.5, "-", "as many vacant sites as ions in an amorphous film")
    density = Parameter(
        "site_density_per_cm3", ions.value / filling.value, "1/cm3", ions.role, ions.source, ions.certainty
    )
    return LayerMaterial(
        name=name,
        site_density_per_cm3=density.value,
        filling=filling.value,
        conductivity_S_cm=conductivity.value,
        barrier_eV=barrier.value,
        permittivity=permittivity.value,
        temperature_K=temperature_K,
        parameters=(density, filling, conductivity, barrier, permittivity),
    )


def _lgps() -> LayerMaterial:
    ions = number("LGPS", "Li10GeP2S12", "Li number density", "Li density", "1/cm3", role="computed")
    filling = assumed("filling", 20 / 24, "-", "20 Li on 2 x 2 channels of 6 sites in a cell")
    density = Parameter("site_density_per_cm3", ions.value / filling.value, "1/cm3", ions.role, ions.source, "derived")
    conductivity = number("LGPS", "Li10GeP2S12", "ionic conductivity", "conductivity_S_cm", "S/cm", scale=1e-3)
    barrier = number("LGPS", "Li10GeP2S12", "activation energy (NMR/EIS)", "barrier_eV", "eV")
    row = reference_row("space_charge", "sulfide SE", "relative permittivity used in models")
    permittivity = Parameter(
        "permittivity", 15.0, "-", "assumed", f"middle of 10-20, {row['source']}", row["certainty"]
    )
    return LayerMaterial(
        name="LGPS",
        site_density_per_cm3=density.value,
        filling=filling.value,
        conductivity_S_cm=conductivity.value,
        barrier_eV=barrier.value,
        permittivity=permittivity.value,
        parameters=(density, filling, conductivity, barrier, permittivity),
    )


_MATERIALS: dict[str, Callable[[], LayerMaterial]] = {
    "LCO": _lco,
    "LNO": _lno,
    "LNTO": _lnto,
    "LPO": _lpo,
    "LGPS": _lgps,
}
_LADDER = "Li vacancy formation energy (site ladder)"
_LCO_LPS = ("LCO|LPS interface, LCO side (LC1-3)", "LCO|LPS interface, LPS side (LP1-6)")
_LNO_LPS = ("LNO|LPS interface, LNO side", "LNO|LPS interface, LPS side")
_LCO_LNO = ("LCO|LNO interface, LCO side", "LCO|LNO interface, LNO side")
_FOR_LGPS, _FOR_COATING = "Li3PS4 stands in for Li10GeP2S12", "LiNbO3 stands in for the coating"
#: Cells of contacts: left side, right side, and what stands in for what.
_STAND_INS: dict[tuple[str, str], tuple[str, str, str]] = {
    ("LCO", "LGPS"): (*_LCO_LPS, _FOR_LGPS),
    ("LNO", "LGPS"): (*_LNO_LPS, _FOR_LGPS),
    ("LCO", "LNO"): (*_LCO_LNO, ""),
    ("LNTO", "LGPS"): (*_LNO_LPS, f"{_FOR_LGPS}, {_FOR_COATING}"),
    ("LCO", "LNTO"): (*_LCO_LNO, _FOR_COATING),
    ("LPO", "LGPS"): (*_LNO_LPS, f"{_FOR_LGPS}, {_FOR_COATING}"),
    ("LCO", "LPO"): (*_LCO_LNO, _FOR_COATING),
}


@cache
def _from_cell(left_system: str, right_system: str, note: str, *, ladder: bool) -> Contact:
    """Offset of the mean vacancy energies of the two sides of one interface cell."""
    rows = [reference_row("space_charge", system, _LADDER) for system in (left_system, right_system)]
    left, right = (np.array([float(value) for value in row["value"].split("/")]) for row in rows)
    offset = float(left.mean() - right.mean())
    source = f"{rows[0]['source']}: means of {rows[0]['value']} and {rows[1]['value']} eV"
    return Contact(
        offset_eV=offset,
        left_ladder_eV=tuple((left.mean() - left).tolist()) if ladder else (),
        right_ladder_eV=tuple((right.mean() - right).tolist()) if ladder else (),
        parameters=(
            Parameter(
                "offset_eV",
                offset,
                "eV",
                "computed" + (f"; {note}" if note else ""),
                source,
                rows[0]["certainty"] if not note else f"{rows[0]['certainty']}, of a stand-in",
            ),
        ),
    )
