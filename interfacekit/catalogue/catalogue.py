"""The catalogue: built-in materials and contacts, and those of a user, which go before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from interfacekit.catalogue.reading import DESCRIPTIVE, read_contact, read_material
from interfacekit.errors import InputError
from interfacekit.materials import built_in, find_material
from interfacekit.phases import Phase, phase
from interfacekit.reprs import ShortRepr

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from interfacekit.catalogue.descriptions import ContactDescription, Description


@dataclass(frozen=True)
class Catalogue(ShortRepr):
    """Materials and contacts beside the built-in ones; without any, the built-in ones alone.

    Attributes
    ----------
    materials, contacts
        Plain mappings that describe them, by name (see `docs/materials.md`). Numbers alone of a built-in layer change
        it; any other description stands on its own.
    paths
        Files that they come from.
    """

    materials: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    contacts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    paths: tuple[Path, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the materials that are not built in, or described anew."""
        return tuple(self.materials)

    def alias(self, name: str) -> str:
        """The name under which a material is known: LNO of LiNbO3."""
        for alias, described in self.materials.items():
            if name in (alias, described.get("formula"), *described.get("names", ())):
                return alias
        record = find_material(name)
        return record.alias if record is not None else name

    def find(self, name: str) -> Description | None:
        """The description of a material by any of its names; None where there is none."""
        alias = self.alias(name)
        described = self.materials.get(alias)
        if described is not None and not is_change(alias, described):
            return read_material(alias, described, needs_formula=False)
        return built_in_material(alias) if alias in built_in("materials") else None

    def changes(self, name: str) -> Mapping[str, Any]:
        """Numbers that replace those of a built-in layer, by key."""
        alias = self.alias(name)
        described = self.materials.get(alias, {})
        return described if is_change(alias, described) else {}

    def find_contact(self, left: str, right: str) -> tuple[ContactDescription, bool] | None:
        """The description of the contact of two materials, and whether it is that of `right|left`; None without one."""
        for name, is_mirrored in ((f"{left}|{right}", False), (f"{right}|{left}", True)):
            if name in self.contacts:
                return read_contact(name, self.contacts[name]), is_mirrored
        for name, is_mirrored in ((f"{left}|{right}", False), (f"{right}|{left}", True)):
            if name in built_in("contacts"):
                return _built_in_contact(name), is_mirrored
        return None

    def phase(self, name: str | Phase) -> Phase:
        """The composition of a material, or of what `interfacekit.phase` reads.

        Raises
        ------
        InputError
            If it has no formula, or the name is neither a material nor a formula.
        """
        if not isinstance(name, str):
            return phase(name)
        alias = self.alias(name.strip())
        described = self.materials.get(alias)
        if described is None or is_change(alias, described):
            return phase(name)
        if "formula" not in described:
            raise InputError(f"{alias} lacks formula (such as LiCoO2); add it to its description")
        found = phase(described["formula"])
        label = name if name == described["formula"] else alias
        return Phase(label=label, formula=found.formula, amounts=found.amounts)

    def plain(self) -> dict[str, Any]:
        """The descriptions as plain mappings, which JSON can hold."""
        return {"materials": dict(self.materials), "contacts": dict(self.contacts)}

    def of(self, names: Iterable[str]) -> Catalogue:
        """The part that is about some materials, and contacts of them alone."""
        known = {self.alias(name) for name in names}
        return Catalogue(
            {name: described for name, described in self.materials.items() if name in known},
            {name: described for name, described in self.contacts.items() if {*name.split("|")} <= known},
            self.paths,
        )


BUILT_IN = Catalogue()


def is_change(alias: str, described: Any) -> bool:
    """Whether a description is of numbers of a built-in layer alone."""
    is_layer = "layer" in built_in("materials").get(alias, ())
    return is_layer and isinstance(described, Mapping) and not any(key in DESCRIPTIVE for key in described)


@cache
def built_in_material(alias: str) -> Description:
    """The description of a built-in material."""
    return read_material(alias, built_in("materials")[alias])


@cache
def _built_in_contact(name: str) -> ContactDescription:
    return read_contact(name, built_in("contacts")[name])
