"""Layers of the catalogue by name, with changes to their numbers, and layers that are described by numbers alone."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from interfacekit.catalogue.catalogue import BUILT_IN, built_in_material
from interfacekit.catalogue.numbers import read_number
from interfacekit.catalogue.reading import read_material
from interfacekit.errors import InputError
from interfacekit.materials import built_in
from interfacekit.quantities import LAYER_NUMBERS
from interfacekit.transport.materials.derivations import as_parameter, layer_parameters, temperature_K
from interfacekit.transport.materials.layers import LayerMaterial
from interfacekit.transport.materials.parameters import Parameter, given
from interfacekit.wording import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interfacekit.catalogue.catalogue import Catalogue
    from interfacekit.catalogue.descriptions import Description


def layer_material(
    name: str, changes: Mapping[str, Any] | None = None, catalogue: Catalogue | None = None
) -> LayerMaterial:
    """Return a material of stacks, with `changes` to its numbers; or, where there is none, one made of them.

    Parameters
    ----------
    name
        Of the material.
    changes
        Numbers by their keys (see `LayerMaterial`); None takes one away.
    catalogue
        With materials of one's own (see `interfacekit.load_materials`).

    Raises
    ------
    InputError
        If the material is not known and `changes` do not make one, or a number is not possible.
    """
    known = catalogue or BUILT_IN
    description, wanted = known.find(name), dict(changes or {})
    if description is not None and description.layer is not None:
        alias = description.alias
        is_built_in = alias in built_in("materials") and description is built_in_material(alias)
        layer = _built_in_layer(alias) if is_built_in else _layer(description)
        return changed(changed(layer, known.changes(name)), wanted)
    if not wanted:
        raise _unknown(name, known, description)
    return _own(name, wanted)


def _unknown(name: str, known: Catalogue, description: Description | None) -> InputError:
    if description is not None and known.materials.get(description.alias) is not None:
        lacking = ", ".join(description.missing_of_layer())
        return InputError(f"{name} is described, but not as a layer; add {lacking or 'layer: {}'} to its description")
    there = ", ".join(dict.fromkeys([*known.names, *known_layers()]))
    return InputError(
        f"nothing is known of {name} as a layer; there is {there}, or give its numbers (materials: in a configuration, "
        "or a file of materials)"
    )


def changed(material: LayerMaterial, wanted: Mapping[str, Any]) -> LayerMaterial:
    """A material with other numbers, and their origin."""
    if not wanted:
        return material
    _check_numbers(material.name, wanted)
    left_out = {key for key, value in wanted.items() if value is None}
    kept = [p for p in material.parameters if p.name not in left_out]
    parameters = [_parameter(p.name, wanted[p.name], p) if p.name in wanted else p for p in kept]
    names = {p.name for p in kept}
    added = [_parameter(key, one) for key, one in wanted.items() if key not in names and one is not None]
    values: dict[str, Any] = {
        key: _parameter(key, one).value if _is_described(one) else one for key, one in wanted.items()
    }
    return replace(material, **values, parameters=(*parameters, *added))


def known_layers() -> tuple[str, ...]:
    """Built-in materials that `layer_material` knows."""
    return tuple(alias for alias, described in built_in("materials").items() if "layer" in described)


@cache
def _built_in_layer(alias: str) -> LayerMaterial:
    return _layer(built_in_material(alias))


def _layer(description: Description) -> LayerMaterial:
    """The layer of a description."""
    if missing := description.missing_of_layer():
        raise InputError(f"{description.alias} lacks {', '.join(missing)}")
    numbers = description.of_layer()
    parameters = layer_parameters(numbers)
    return LayerMaterial(
        name=description.alias,
        **{key: parameter.value for key, parameter in parameters.items()},
        temperature_K=temperature_K(numbers),
        conductor=description.conductor,
        parameters=tuple(parameters.values()),
    )


def _own(name: str, wanted: dict[str, Any]) -> LayerMaterial:
    """A layer of numbers alone."""
    _check_numbers(name, wanted)
    numbers = {key: value for key, value in wanted.items() if value is not None}
    layer = _layer(read_material(name, numbers, needs_formula=False))
    return replace(layer, parameters=tuple(_parameter(key, value) for key, value in numbers.items()))


def _is_described(value: Any) -> bool:
    return hasattr(value, "items")


def _parameter(key: str, value: Any, before: Parameter | None = None) -> Parameter:
    """A user's number with its origin, in the place of another one."""
    if _is_described(value):
        return as_parameter(read_number(key, LAYER_NUMBERS[key], value, "a material"))
    return given(before or Parameter(key, 0.0, "", "given", "given", "given"), value)


_CHANGEABLE = tuple(f for f in LayerMaterial.__dataclass_fields__ if f not in ("name", "parameters"))


def _check_numbers(name: str, wanted: Mapping[str, Any]) -> None:
    for key, value in wanted.items():
        if key not in _CHANGEABLE:
            raise InputError(f"{key!r} is no number of {name}; there is {', '.join(_CHANGEABLE)}")
        if key == "conductor":
            if not isinstance(value, bool):
                raise InputError(f"conductor of {name} must be true or false, got {shown(value)}")
        elif not (key == "level_eV" and value is None):
            read_number(key, LAYER_NUMBERS[key], value, name)
