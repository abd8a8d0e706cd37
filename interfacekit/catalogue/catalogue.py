"""Catalogue of built-in materials and contacts and of own ones, which take precedence."""

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
    """Own materials and contacts in addition to the built-in ones; by default the built-in ones only.

    Attributes
    ----------
    materials
        Descriptions by name, plain mappings in the format of `docs/materials.md`; empty by default. Numbers of a
        built-in layer without further keys modify that layer; any other description stands alone.
    contacts
        Descriptions of contacts by name, such as `LCO|LNO`; empty by default.
    paths
        Files of the descriptions; empty by default.

    Examples
    --------
    >>> import interfacekit as ik
    >>> catalogue = ik.Catalogue({"LBO": {"formula": "Li3BO3"}})
    >>> catalogue.phase("LBO").formula
    'Li3BO3'
    """

    materials: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    contacts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    paths: tuple[Path, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of own materials, and of built-in materials with a new description."""
        return tuple(self.materials)

    def alias(self, name: str) -> str:
        """Alias of a material: LNO for LiNbO3.

        Parameters
        ----------
        name
            Alias, formula or other name of a material.

        Returns
        -------
        str
            Alias; the name itself if it is unknown.
        """
        for alias, described in self.materials.items():
            if name in (alias, described.get("formula"), *described.get("names", ())):
                return alias
        record = find_material(name)
        return record.alias if record is not None else name

    def find(self, name: str) -> Description | None:
        """Description of a material by any of its names.

        Parameters
        ----------
        name
            Alias, formula or other name of a material.

        Returns
        -------
        Description or None
            None if there is none.
        """
        alias = self.alias(name)
        described = self.materials.get(alias)
        if described is not None and not is_change(alias, described):
            return read_material(alias, described, needs_formula=False)
        return built_in_material(alias) if alias in built_in("materials") else None

    def changes(self, name: str) -> Mapping[str, Any]:
        """Numbers that replace those of a built-in layer, by key.

        Parameters
        ----------
        name
            Alias, formula or other name of a material.

        Returns
        -------
        mapping
            Numbers; empty without changes.
        """
        alias = self.alias(name)
        described = self.materials.get(alias, {})
        return described if is_change(alias, described) else {}

    def find_contact(self, left: str, right: str) -> tuple[ContactDescription, bool] | None:
        """Description of the contact of two materials.

        Parameters
        ----------
        left, right
            Aliases of the materials.

        Returns
        -------
        tuple or None
            Description, and True if it is that of `right|left`; None without a description.
        """
        for name, is_mirrored in ((f"{left}|{right}", False), (f"{right}|{left}", True)):
            if name in self.contacts:
                return read_contact(name, self.contacts[name]), is_mirrored
        for name, is_mirrored in ((f"{left}|{right}", False), (f"{right}|{left}", True)):
            if name in built_in("contacts"):
                return _built_in_contact(name), is_mirrored
        return None

    def phase(self, name: str | Phase) -> Phase:
        """Composition of a material, or of anything that `interfacekit.phase` reads.

        Parameters
        ----------
        name
            Alias, formula or other name of a material.

        Returns
        -------
        Phase
            Atoms per formula unit.

        Raises
        ------
        InputError
            If the material has no formula, or the name is neither a material nor a formula.
        """
        if not isinstance(name, str):
            return phase(name)
        alias = self.alias(name.strip())
        described = self.materials.get(alias)
        if described is None or is_change(alias, described):
            return phase(name)
        if "formula" not in described:
            raise InputError(f"{alias} lacks formula (such as LiCoO2); add it to the description")
        composition = phase(described["formula"])
        label = name if name == described["formula"] else alias
        return Phase(label=label, formula=composition.formula, amounts=composition.amounts)

    def plain(self) -> dict[str, Any]:
        """Return the descriptions as plain mappings for JSON."""
        return {"materials": dict(self.materials), "contacts": dict(self.contacts)}

    def of(self, names: Iterable[str]) -> Catalogue:
        """Select some materials, and the contacts between them.

        Parameters
        ----------
        names
            Aliases, formulas or other names.

        Returns
        -------
        Catalogue
            Selected materials and contacts.
        """
        known = {self.alias(name) for name in names}
        return Catalogue(
            {name: described for name, described in self.materials.items() if name in known},
            {name: described for name, described in self.contacts.items() if {*name.split("|")} <= known},
            self.paths,
        )


BUILT_IN = Catalogue()


def is_change(alias: str, described: Any) -> bool:
    """Return True if a description holds only numbers of a built-in layer."""
    is_layer = "layer" in built_in("materials").get(alias, ())
    return is_layer and isinstance(described, Mapping) and not any(key in DESCRIPTIVE for key in described)


@cache
def built_in_material(alias: str) -> Description:
    """Description of a built-in material."""
    return read_material(alias, built_in("materials")[alias])


@cache
def _built_in_contact(name: str) -> ContactDescription:
    return read_contact(name, built_in("contacts")[name])
