"""Reading of descriptions from plain mappings; all errors of a description are reported together."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from interfacekit.catalogue.checks import collected
from interfacekit.catalogue.descriptions import (
    CONTACT_KEYS,
    LATTICES,
    MATERIAL_NUMBERS,
    Bulk,
    ContactDescription,
    Description,
    Measurement,
)
from interfacekit.catalogue.numbers import Number, read_number
from interfacekit.errors import InputError
from interfacekit.phases import phase
from interfacekit.quantities import (
    BULK_NUMBERS,
    CELLS,
    DIVISIONS,
    LAYER_NUMBERS,
    SHARED_NUMBERS,
    SITE_ENERGIES,
    TEMPERATURE,
    Quantity,
)
from interfacekit.wording import legible, shown

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

ROLES = ("cathode", "coating", "solid electrolyte", "anode", "interphase")
#: Calibrations of the free number of a hopping model.
CALIBRATIONS = ("attempt_frequency", "divacancy_barrier", "none")
#: Keys of a description other than numbers.
_WORDS = ("formula", "description", "role", "structure")
_LISTS = ("names", "literature")
_BLOCKS = ("layer", "bulk", "samples", "measured")
#: Keys that identify a material, and keys of a description beyond the numbers of a layer.
IDENTITY = (*_WORDS, *_LISTS)
DESCRIPTIVE = (*IDENTITY, *_BLOCKS)
_LAYER_NUMBERS = {**SHARED_NUMBERS, **LAYER_NUMBERS}
_BULK_NUMBERS = {**SHARED_NUMBERS, **BULK_NUMBERS}
_MEASURED_NUMBERS = {key: SHARED_NUMBERS[key] for key in ("conductivity_S_cm", "chemical_diffusion_cm2_s")}
_BULK_COUNTS = {"cells": CELLS, "sites_along_a": DIVISIONS, "layers_along_c": DIVISIONS}
#: Keys of a contact with several numbers.
_SEVERAL = (*SITE_ENERGIES, "left_ladder_eV", "right_ladder_eV")


def read_material(alias: str, described: Any, *, needs_formula: bool = True) -> Description:
    """Read a material from its plain mapping.

    Parameters
    ----------
    alias
        Name of the material.
    described
        Mapping; see `docs/materials.md`.
    needs_formula
        Require a formula.

    Returns
    -------
    Description
        Material with all numbers.

    Raises
    ------
    InputError
        With all missing and invalid entries in one line.
    """
    _require_mapping(described, alias)
    problems: list[str] = []
    known = (*_WORDS, *_LISTS, *_BLOCKS, "conductor", *MATERIAL_NUMBERS)
    problems += _odd_keys(described, known, alias)
    numbers = _numbers({k: v for k, v in described.items() if k in MATERIAL_NUMBERS}, MATERIAL_NUMBERS, alias, problems)
    of_layer = _block(described.get("layer", {}), _LAYER_NUMBERS, ("conductor",), f"layer of {alias}", problems)
    words = {key: _text(described, key, alias, problems) for key in _WORDS}
    if words["role"] and words["role"] not in ROLES:
        problems.append(f"unknown role of {alias} {shown(words['role'])}; choose from {', '.join(ROLES)}")
    if words["formula"]:
        collected(problems, lambda: phase(words["formula"]))
    is_layer = "layer" in described or (bool(numbers) and "bulk" not in described)
    material = Description(
        alias=alias,
        formula=words["formula"],
        names=_texts(described, "names", alias, problems),
        description=words["description"],
        role=words["role"],
        structure=words["structure"] or None,
        literature=_texts(described, "literature", alias, problems),
        conductor=_conductor(described, alias, problems),
        numbers=numbers,
        layer=of_layer if is_layer else None,
        bulk=_bulk(described["bulk"], alias, problems) if "bulk" in described else None,
        samples=_samples(described.get("samples", {}), alias, problems),
        measured=_measured(described.get("measured", ()), alias, problems),
    )
    given = {*_given_keys(described)}  # an invalid number is not also reported as missing
    missing = [key for key in material.missing() if key.partition(" ")[0] not in given]
    if needs_formula and "formula" not in described:
        missing.insert(0, "formula (such as LiCoO2)")
    _raise(alias, missing, problems)
    return material


def read_changes(alias: str, described: Mapping[str, Any]) -> dict[str, Number | None]:
    """Read numbers that replace those of a built-in layer; None removes a number.

    Raises
    ------
    InputError
        With all invalid entries in one line.
    """
    problems = _odd_keys(described, ("conductor", *LAYER_NUMBERS), alias)
    changes = {key: value for key, value in described.items() if key in LAYER_NUMBERS}
    numbers = _numbers({k: v for k, v in changes.items() if v is not None}, LAYER_NUMBERS, alias, problems)
    if not isinstance(described.get("conductor", True), bool):
        problems.append(f"conductor of {alias} must be true or false, got {shown(described['conductor'])}")
    _raise(alias, (), problems)
    return {**dict.fromkeys(changes), **numbers}


def read_contact(name: str, described: Any) -> ContactDescription:
    """Read a contact from its plain mapping.

    Raises
    ------
    InputError
        With all missing and invalid entries in one line.
    """
    _require_mapping(described, name)
    problems = _odd_keys(described, (*CONTACT_KEYS, "stand_ins"), name)
    given = {key: value for key, value in described.items() if key in CONTACT_KEYS}
    numbers = _numbers(given, CONTACT_KEYS, name, problems)
    contact = ContactDescription(numbers, _texts(described, "stand_ins", name, problems))
    _raise(name, [key for key in contact.missing() if key.partition(" ")[0] not in described], problems)
    return contact


def _conductor(described: Mapping[str, Any], alias: str, problems: list[str]) -> bool:
    """Value of `conductor` in the layer block or at the top level."""
    blocks: tuple[Any, ...] = (described, described.get("layer"))
    choices = [block["conductor"] for block in blocks if hasattr(block, "items") and "conductor" in block]
    if all(isinstance(one, bool) for one in choices):
        return bool(choices and choices[-1])
    problems.append(f"conductor of {alias} must be true or false, got {shown(choices[-1])}")
    return False


def _given_keys(described: Mapping[str, Any]) -> Iterator[str]:
    """Keys of a description and of its blocks."""
    samples = described.get("samples", {})
    of_samples = samples.values() if hasattr(samples, "values") else ()
    for block in (described, described.get("layer"), described.get("bulk"), *of_samples):
        yield from map(str, block if hasattr(block, "items") else ())


def _raise(owner: str, missing: Collection[str], problems: Collection[str]) -> None:
    lacks = [f"{owner} lacks {', '.join(missing)}"] if missing else []
    if parts := [*lacks, *problems]:
        raise InputError("; ".join(parts))


def _numbers(
    described: Mapping[str, Any], known: Mapping[str, Quantity], owner: str, problems: list[str]
) -> dict[str, Number]:
    """Valid numbers by key."""
    numbers = {}
    for key, value in described.items():
        number = collected(problems, partial(read_number, key, known[key], value, owner, several=key in _SEVERAL))
        if number is not None:
            numbers[key] = number
    return numbers


def _block(
    block: Any, known: Mapping[str, Quantity], others: Collection[str], owner: str, problems: list[str]
) -> dict[str, Number]:
    """Numbers of a block whose other keys are `others`."""
    if not hasattr(block, "items"):
        problems.append(f"{owner} must be a mapping of keys to values, got {shown(block)}")
        return {}
    problems += _odd_keys(block, (*others, *known), owner)
    return _numbers({key: value for key, value in block.items() if key in known}, known, owner, problems)


def _bulk(block: Any, alias: str, problems: list[str]) -> Bulk:
    owner = f"bulk of {alias}"
    words = ("lattice", "calibrate", "interlayer_hops", *_BULK_COUNTS)
    numbers = _block(block, _BULK_NUMBERS, words, owner, problems)
    if not hasattr(block, "items"):
        return Bulk("")
    counts = {
        key: collected(problems, partial(quantity.check, block[key], f"{key} of {owner}"))
        for key, quantity in _BULK_COUNTS.items()
        if key in block
    }
    calibrate = block.get("calibrate", "attempt_frequency")
    if calibrate not in CALIBRATIONS:
        problems.append(f"unknown calibrate of {owner} {shown(calibrate)}; choose from {', '.join(CALIBRATIONS)}")
        calibrate = "none"
    hops = block.get("interlayer_hops", True)
    if not isinstance(hops, bool):
        problems.append(f"interlayer_hops of {owner} must be true or false, got {shown(hops)}")
    counts = {key: value for key, value in counts.items() if value is not None}
    lattice = _text(block, "lattice", owner, problems)
    if lattice and lattice not in LATTICES:
        problems.append(f"unknown lattice of {owner} {shown(lattice)}; choose from {', '.join(LATTICES)}")
    if calibrate == "divacancy_barrier" and lattice not in ("layered_triangular", ""):
        problems.append(f"lattice of {owner} must be layered_triangular for a divacancy_barrier, got {lattice}")
    return Bulk(lattice, numbers, calibrate, hops is not False, **counts)


def _samples(samples: Any, alias: str, problems: list[str]) -> dict[str, dict[str, Number]]:
    if not hasattr(samples, "items"):
        problems.append(f"samples of {alias} must be a mapping of names to numbers, got {shown(samples)}")
        return {}
    return {
        str(name): _block(numbers, SHARED_NUMBERS, (), f"{legible(str(name))} of {alias}", problems)
        for name, numbers in samples.items()
    }


def _measured(items: Any, alias: str, problems: list[str]) -> tuple[Measurement, ...]:
    if not isinstance(items, list | tuple):
        problems.append(f"measured of {alias} must be a list of measurements, got {shown(items)}")
        return ()
    measurements = []
    for place, item in enumerate(items, 1):
        owner = f"measurement {place} of {alias}"
        numbers = _block(item, _MEASURED_NUMBERS, ("temperature_K", "sample", "note"), owner, problems)
        if not hasattr(item, "items"):
            continue
        kelvin = collected(problems, partial(TEMPERATURE.read, item.get("temperature_K"), f"temperature_K of {owner}"))
        if len(numbers) != 1:
            problems.append(f"{owner} must have one of {', '.join(_MEASURED_NUMBERS)}, got {len(numbers)}")
        elif kelvin is not None:
            (number,) = numbers.values()
            words = {key: _text(item, key, owner, problems) for key in ("sample", "note")}
            measurements.append(Measurement(number, kelvin, words["sample"] or number.system or alias, words["note"]))
    return tuple(measurements)


def _odd_keys(described: Mapping[Any, Any], known: Collection[str], owner: str) -> list[str]:
    from difflib import get_close_matches

    unknown = [str(key) for key in described if key not in known]
    near = {key: get_close_matches(key, known, n=1) for key in unknown}
    return [
        f"unknown key {shown(key)} of {owner}" + (f", did you mean {near[key][0]}?" if near[key] else "")
        for key in unknown
    ]


def _require_mapping(described: Any, owner: str) -> None:
    if not hasattr(described, "items"):
        raise InputError(f"{owner} must be a mapping of keys to values, got {shown(described)}")


def _text(described: Mapping[str, Any], key: str, owner: str, problems: list[str]) -> str:
    value = described.get(key, "")
    if isinstance(value, str) and (value.strip() or key not in described):
        return value
    problems.append(f"{key} of {owner} must be text, got {shown(value)}")
    return ""


def _texts(described: Mapping[str, Any], key: str, owner: str, problems: list[str]) -> tuple[str, ...]:
    values = described.get(key, ())
    if isinstance(values, list | tuple) and all(isinstance(one, str) and one.strip() for one in values):
        return tuple(values)
    problems.append(f"{key} of {owner} must be a list of texts, got {shown(values)}")
    return ()
