"""What a shell would be if its uncertain inputs were others: each changed by itself, and all combinations.

Varied are the site energies across each contact, the permittivity of each layer that holds a field, whether the site
energies of the interface cells count plane by plane or by their means, the barrier of the hops across contacts, and the
spacing of sites, which sets how far the planes stand apart and so how a space charge of one plane is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from interfacekit.quantities import BARRIER_CHANGE, ENERGY_CHANGE, FACTOR, SITE_SPACING, check_switch, keep_plain
from interfacekit.results import Result, provenance
from interfacekit.transport.shells.point import shell_stack
from interfacekit.transport.shells.resistance_parts import coating_ohm_cm2, contact_barriers_eV, contacts_ohm_cm2

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from interfacekit.transport.materials.contacts import Contact
    from interfacekit.transport.materials.layers import LayerMaterial
    from interfacekit.transport.stacks.result import StackTransport


@dataclass(frozen=True)
class Ranges:
    """How far inputs are varied.

    Attributes
    ----------
    site_energies_eV
        Up and down from what the interface cells give.
    permittivity_factor
        Divided by, and times it.
    hop_barriers_eV
        Added to the barrier of the hops across all contacts.
    site_spacings_A
        Instead of the usual one.
    ladder
        Also take the site energies plane by plane.
    """

    site_energies_eV: float = 0.3
    permittivity_factor: float = 2.0
    hop_barriers_eV: Sequence[float] = (-0.1, 0.1, 0.2)
    site_spacings_A: Sequence[float] = (2.8, 3.6)
    ladder: bool = True

    def __post_init__(self) -> None:
        keep_plain(
            self,
            site_energies_eV=ENERGY_CHANGE.check(self.site_energies_eV, "site_energies_eV"),
            permittivity_factor=FACTOR.check(self.permittivity_factor, "permittivity_factor"),
            hop_barriers_eV=tuple(BARRIER_CHANGE.check(one, "hop_barriers_eV") for one in self.hop_barriers_eV),
            site_spacings_A=tuple(SITE_SPACING.check(one, "site_spacings_A") for one in self.site_spacings_A),
            ladder=check_switch(self.ladder, "ladder"),
        )


@dataclass(frozen=True)
class Change:
    """One change to one input.

    Attributes
    ----------
    kind
        Of the input: `site energies`, `permittivity`, `plane by plane`, `hop barrier` or `site spacing`.
    input
        What was changed, such as `site energies LCO|LGPS`.
    to
        How, such as `+0.3 eV`.
    certainty
        Of the number that was changed.
    arguments
        Of `shell_stack`.
    """

    kind: str
    input: str
    to: str
    certainty: str
    arguments: dict[str, Any] = field(compare=False)

    def __str__(self) -> str:
        return f"{self.input} {self.to}"


def single_changes(point: Mapping[str, Any], ranges: Ranges) -> list[Change]:
    """Every change of one input.

    Parameters
    ----------
    point
        Arguments of `shell_point` that say the shell, its voltage and temperature.
    ranges
        How far to vary.
    """
    return [change for options in _options(point, ranges) for change in options]


def all_changes(point: Mapping[str, Any], ranges: Ranges) -> list[tuple[Change, ...]]:
    """Every combination of changes of different inputs, those of fewer inputs first; the first is none at all."""
    options = _options(point, ranges)
    return [
        combined
        for count in range(len(options) + 1)
        for inputs in combinations(options, count)
        for combined in product(*inputs)
    ]


def changed_point(point: Mapping[str, Any], changes: Sequence[Change]) -> dict[str, Any]:
    """Arguments of `shell_point` with several changes."""
    arguments: dict[str, Any] = dict(point)
    for change in changes:
        for key, value in change.arguments.items():
            arguments[key] = _joined(arguments.get(key, {}), value) if isinstance(value, dict) else value
    return arguments


def _joined(first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {name: {**first.get(name, {}), **second.get(name, {})} for name in {**first, **second}}


def _options(point: Mapping[str, Any], ranges: Ranges) -> list[list[Change]]:
    """The changes of each input."""
    stack = shell_stack(**{key: value for key, value in point.items() if key not in ("voltage_V", "temperature_K")})
    contacts = dict(zip(stack.contact_names, stack.contact_numbers(), strict=True))
    barriers = contact_barriers_eV(point)
    options = [
        *(_site_energies(name, contact, ranges.site_energies_eV) for name, contact in contacts.items()),
        *(_permittivities(m, ranges.permittivity_factor) for m in stack.layer_materials if not m.conductor),
        [_plane_by_plane(contacts)] if ranges.ladder else [],
        [_hop_barriers(barriers, shift) for shift in ranges.hop_barriers_eV],
        [
            Change("site spacing", "site spacing", f"{spacing:g} A", "assumed", {"site_spacing_A": spacing})
            for spacing in ranges.site_spacings_A
        ],
    ]
    return [changes for changes in options if changes]


def _site_energies(name: str, contact: Contact, by_eV: float) -> list[Change]:
    certainty = next(p.certainty for p in contact.parameters if p.name == "offset_eV")
    return [
        Change(
            "site energies",
            f"site energies {name}",
            f"{shift:+g} eV",
            certainty,
            {"contacts": {name: {"offset_eV": contact.offset_eV + shift}}},
        )
        for shift in (-by_eV, by_eV)
    ]


def _permittivities(material: LayerMaterial, factor: float) -> list[Change]:
    certainty = next(p.certainty for p in material.parameters if p.name == "permittivity")
    return [
        Change(
            "permittivity",
            f"permittivity {material.name}",
            f"{value:g}",
            certainty,
            {"materials": {material.name: {"permittivity": value}}},
        )
        for value in (material.permittivity / factor, material.permittivity * factor)
    ]


def _plane_by_plane(contacts: Mapping[str, Contact]) -> Change:
    certainties = dict.fromkeys(p.certainty for c in contacts.values() for p in c.parameters if p.name == "offset_eV")
    return Change("plane by plane", "site energies", "plane by plane", ", ".join(certainties), {"ladder": True})


def _hop_barriers(barriers_eV: Mapping[str, float], shift: float) -> Change:
    numbers = {name: {"barrier_eV": barrier + shift} for name, barrier in barriers_eV.items()}
    return Change("hop barrier", "hop barrier of contacts", f"{shift:+g} eV", "assumed", {"contacts": numbers})


@dataclass(frozen=True)
class VariedShell(Result):
    """A shell with changed inputs, as one row; `changes` is empty where all inputs are as they are.

    `contacts_ohm_cm2` is what the contacts add to neutral bulk, `coating_ohm_cm2` that of the coating. Another site
    spacing is another distance of planes, so that `thickness_nm`, a multiple of it, changes where the requested
    thickness does not.
    """

    changes: tuple[str, ...]
    certainty: tuple[str, ...]
    layers: tuple[str, ...]
    thickness_nm: float
    requested_thickness_nm: float | None = field(default=None, kw_only=True)
    voltage_V: float | None
    contacts_ohm_cm2: float
    coating_ohm_cm2: float
    scl_charge_uC_cm2: float
    scl_width_nm: float
    scl_capacity_mAh_g: float
    potential_drop_V: float
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        import pandas as pd

        row = {key: value for key, value in self.as_dict().items() if key[0] != "@" and key != "provenance"}
        joined = {"changes": " + ".join(self.changes), "certainty": "; ".join(self.certainty)}
        return pd.DataFrame([{**row, **joined, "layers": "|".join(self.layers)}])


def varied_shell(changes: Sequence[Change], result: StackTransport) -> VariedShell:
    """What matters of a result with changed inputs."""
    return VariedShell(
        changes=tuple(map(str, changes)),
        certainty=tuple(dict.fromkeys(change.certainty for change in changes)),
        layers=result.layers,
        thickness_nm=result.thickness_nm,
        requested_thickness_nm=result.requested_thickness_nm,
        voltage_V=result.voltage_V,
        contacts_ohm_cm2=contacts_ohm_cm2(result),
        coating_ohm_cm2=coating_ohm_cm2(result),
        scl_charge_uC_cm2=result.scl_charge_uC_cm2,
        scl_width_nm=result.scl_width_nm,
        scl_capacity_mAh_g=result.scl_capacity_mAh_g,
        potential_drop_V=result.potential_drop_V,
        provenance=provenance(
            changes=[change.arguments for change in changes],
            **{key: result.provenance["parameters"][key] for key in ("voltage_V", "temperature_K", "method")},
        ),
    )
