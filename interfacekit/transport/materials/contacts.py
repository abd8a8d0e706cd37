"""Contacts of two layers: site energies on both sides, and hops across, with the origin of every number.

Site energies on the two sides of a contact need one electron reference: the vacancy energies of separate bulks each
remove the electron from their own valence band and must not be subtracted from one another. The offsets of the built-in
contacts come from cells that hold both materials (Haruyama et al. 2014, doi:10.1021/cm5016959, as retyped by a third
party), with Li3PS4 standing in for Li10GeP2S12.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.catalogue.catalogue import BUILT_IN
from interfacekit.errors import InputError
from interfacekit.materials import built_in
from interfacekit.quantities import CONTACT_NUMBERS, keep_plain
from interfacekit.reprs import ShortRepr
from interfacekit.transport.materials.derivations import as_parameter
from interfacekit.transport.materials.parameters import Parameter

if TYPE_CHECKING:
    from interfacekit.catalogue.catalogue import Catalogue
    from interfacekit.catalogue.descriptions import ContactDescription


@dataclass(frozen=True)
class Contact(ShortRepr):
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


def contact(left: str, right: str, *, ladder: bool = False, catalogue: Catalogue | None = None) -> Contact:
    """Return what is known of the contact of two materials, or assumed where nothing is.

    Parameters
    ----------
    left, right
        Names of materials.
    ladder
        Take the site energies of the interface cell as those of the planes next to the contact, one plane for each of
        its sites; otherwise only their means count, and the planes are those of the bulk.
    catalogue
        With contacts of one's own (see `interfacekit.load_materials`).

    Raises
    ------
    InputError
        If neither the contact nor a stand-in for it is known.
    """
    if left == right:
        return Contact(0.0)
    known = catalogue or BUILT_IN
    found = known.find_contact(left, right)
    if found is None:
        known_pairs = ", ".join(dict.fromkeys([*known.contacts, *built_in("contacts")]))
        raise InputError(
            f"nothing is known of the site energies across {left}|{right}; there is {known_pairs}, or give its "
            "offset_eV (contacts: in a configuration, or in a file of materials)"
        )
    description, is_mirrored = found
    made = _described(description, ladder=ladder)
    return made.reversed() if is_mirrored else made


def _described(description: ContactDescription, *, ladder: bool) -> Contact:
    """The contact of a description: its offset, or that of the mean vacancy energies of the sides of a cell."""
    numbers = description.numbers
    if numbers["offset_eV"].derive is None:
        ladders = {key: number.values for key, number in numbers.items() if key.endswith("ladder_eV")}
        hops = {key: numbers[key].value for key in ("barrier_eV", "attempt_frequency_Hz") if key in numbers}
        parameters = [
            replace(as_parameter(number), value=value)
            for key, number in numbers.items()
            if key in CONTACT_NUMBERS
            for value in number.values
        ]
        return Contact(numbers["offset_eV"].value, **ladders, **hops, parameters=tuple(parameters))  # type: ignore[arg-type]  # of two kinds of number
    return _of_cell(description, ladder=ladder)


def _of_cell(description: ContactDescription, *, ladder: bool) -> Contact:
    sides = [description.numbers[f"{side}_site_energies_eV"] for side in ("left", "right")]
    left, right = (np.array(side.values) for side in sides)
    offset = float(left.mean() - right.mean())
    note = ", ".join(description.stand_ins)
    own = {key: number for key, number in description.numbers.items() if key in ("barrier_eV", "attempt_frequency_Hz")}
    certainty = sides[0].certainty
    return Contact(
        offset_eV=offset,
        left_ladder_eV=tuple((left.mean() - left).tolist()) if ladder else (),
        right_ladder_eV=tuple((right.mean() - right).tolist()) if ladder else (),
        **{key: number.value for key, number in own.items()},
        parameters=(
            Parameter(
                "offset_eV",
                offset,
                "eV",
                sides[0].role + (f"; {note}" if note else ""),
                f"{sides[0].source}: means of {sides[0].text} and {sides[1].text} eV",
                f"{certainty}, of a stand-in" if note else certainty,
            ),
            *map(as_parameter, own.values()),
        ),
    )


def _seen_from_the_other_side(parameter: Parameter) -> Parameter:
    """A number of a contact with left and right exchanged."""
    if parameter.name == "offset_eV":
        return replace(parameter, value=0.0 - parameter.value)
    swapped = {"left_ladder_eV": "right_ladder_eV", "right_ladder_eV": "left_ladder_eV"}
    return replace(parameter, name=swapped.get(parameter.name, parameter.name))
