"""Results of stacks over a grid of points, as xarray datasets and netCDF files (extra `io`)."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.atomic import replacing
from interfacekit.errors import InputError
from interfacekit.optional import needed
from interfacekit.results import format_nm

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import xarray as xr

    from interfacekit.transport import SpaceCharge, StackTransport

#: Units and meaning of the coordinates.
_AXES = {
    "thickness_nm": ("nm", "thickness of the layers between the outermost two, which consist of whole planes"),
    "voltage_V": ("V", "voltage of the cathode against Li/Li+"),
    "temperature_K": ("K", "temperature"),
}
#: The same of what every result has.
_SCALARS = {
    "asr_ohm_cm2": ("ohm cm2", "area-specific resistance"),
    "asr_err_ohm_cm2": ("ohm cm2", "standard error of the area-specific resistance"),
    "scl_width_nm": ("nm", "distance from the last contact that holds 90 % of the space charge in the electrolyte"),
    "scl_width_err_nm": ("nm", "standard error of this distance"),
    "scl_charge_uC_cm2": ("uC cm-2", "net charge of the space charge in the electrolyte"),
    "scl_charge_err_uC_cm2": ("uC cm-2", "standard error of this charge"),
    "scl_capacity_mAh_g": ("mA h g-1", "Li that this charge lacks, for each gram of LiCoO2"),
    "potential_drop_V": ("V", "potential of the last layer's end less that of the first's"),
}
#: The same of what a result has for each of its layers, contacts and interphases; and its name in a result.
_PARTS = {
    "asr_layers_ohm_cm2": ("asr_layers", "ohm cm2", "parts of the area-specific resistance"),
    "asr_err_layers_ohm_cm2": ("asr_err_layers", "ohm cm2", "standard errors of these parts"),
    "potential_drops_V": ("potential_drops_V", "V", "potential drops of the layers and contacts"),
    "potential_drops_err_V": ("potential_drops_err_V", "V", "standard errors of these drops"),
    "hop_shares": ("hop_shares", "1", "share of the hops in each layer"),
}
#: The same of what a result has for each side of a contact.
_SIDES = {
    "side_charge_uC_cm2": ("charge_uC_cm2", "uC cm-2", "net charge on one side of a contact"),
    "side_charge_err_uC_cm2": ("charge_err_uC_cm2", "uC cm-2", "standard error of this charge"),
    "side_width_nm": ("width_nm", "nm", "distance from the contact that holds 90 % of this charge"),
    "side_width_err_nm": ("width_err_nm", "nm", "standard error of this distance"),
    "side_capacity_mAh_g": ("capacity_mAh_g", "mA h g-1", "Li that this charge lacks, for each gram of LiCoO2"),
}


def require_netcdf() -> None:
    """Raise `InputError` if what netCDF files need is not installed, or fails to import."""
    with needed("netCDF", "xarray", "netCDF4", extra="io"):
        import netCDF4  # noqa: F401
        import xarray as xr  # noqa: F401


def to_dataset(results: StackTransport | Sequence[StackTransport]) -> xr.Dataset:
    """Arrange results by method, thickness, voltage, temperature and, where there are several, seed.

    Choose a method with `dataset.sel({"method": "kmc"})`: as a keyword, `method` means something else to xarray.
    Points without a result are NaN. The parts of the resistance have a dimension `part` (layers, contacts and
    interphases by name), the space charges a dimension `side`; profiles of planes are left out. The continuum has no
    seed: it is the same at all of them. `requested_thickness_nm` stands beside the thickness of whole planes, along the
    same dimension. The attribute `provenance` is JSON: what all results share, and each material,
    contact and interphase once.

    Raises
    ------
    InputError
        If these are no results of stacks, two are of the same point, they have other numbers for the same material or
        contact, or xarray is not installed.
    """
    require_netcdf()
    import xarray as xr

    several = _stacks(results)
    seeds = sorted({seed for r in several if (seed := _seed(r)) is not None})
    axes: dict[str, list[Any]] = {
        "method": sorted({r.method for r in several}),
        "thickness_nm": sorted({r.thickness_nm for r in several}),
        "voltage_V": sorted({_voltage_V(r) for r in several}),
        "temperature_K": sorted({r.temperature_K for r in several}),
        **({"seed": seeds} if len(seeds) > 1 else {}),
    }
    places = [_place(r, axes) for r in several]
    _refuse_different(several, places)
    longest_first = sorted(several, key=lambda r: -len(r.layers))
    parts = _once(name for r in longest_first for name in {**r.asr_layers, **r.potential_drops_V})
    sides = _once(_side(s) for r in longest_first for s in r.space_charges)

    def filled(rows: Iterable[Any], *more: list[str]) -> np.ndarray[Any, Any]:
        values = np.full([len(axis) for axis in (*axes.values(), *more)], math.nan)
        for place, row in zip(places, rows, strict=True):
            values[place] = row
        return values

    def by_part(name: str) -> np.ndarray[Any, Any]:
        rows = [getattr(r, name) for r in several]
        return filled(([row.get(part, math.nan) for part in parts] for row in rows), parts)

    def by_side(name: str) -> np.ndarray[Any, Any]:
        rows = [{_side(s): getattr(s, name) for s in r.space_charges} for r in several]
        return filled(([row.get(side, math.nan) for side in sides] for row in rows), sides)

    over = tuple(axes)
    variables: dict[str, Any] = {
        name: (over, filled(getattr(r, name) for r in several), _described(*about)) for name, about in _SCALARS.items()
    }
    variables |= {name: ((*over, "part"), by_part(own), _described(*about)) for name, (own, *about) in _PARTS.items()}
    if sides:
        variables |= {
            name: ((*over, "side"), by_side(own), _described(*about)) for name, (own, *about) in _SIDES.items()
        }
    coordinates = {
        name: (name, values, _described(*_AXES[name]) if name in _AXES else {}) for name, values in axes.items()
    }
    requested = _requested_nm(several, axes["thickness_nm"])
    coordinates["requested_thickness_nm"] = ("thickness_nm", requested, _described("nm", "requested thickness of them"))
    return xr.Dataset(
        variables,
        {**coordinates, "part": parts, **({"side": sides} if sides else {})},
        {
            "title": f"Space charge and resistance of {'|'.join(longest_first[0].layers)}",
            "particle_size_um": several[0].particle_size_um,
            "provenance": json.dumps(_provenance(several)),
        },
    )


def save_dataset(results: StackTransport | Sequence[StackTransport], path: Path) -> None:
    """Write `to_dataset` to a netCDF file, which appears whole or not at all.

    Raises
    ------
    InputError
        As `to_dataset` does, or if the file cannot be written.
    """
    dataset = to_dataset(results)
    with replacing(path) as temporary:
        try:
            dataset.to_netcdf(temporary, engine="netcdf4")
        except (OSError, RuntimeError) as error:  # the disk is full
            raise InputError(f"cannot write {path}: {error}{_about_h5py(list(sys.modules))}") from None


def _about_h5py(loaded: Sequence[str]) -> str:
    """Say that h5py was loaded first: some builds of its HDF5 library and of netCDF4's fail in that order."""
    if "h5py" in loaded and loaded.index("h5py") < loaded.index("netCDF4"):
        return "; if the disk is not full, import netCDF4 before h5py, whose HDF5 library may clash with its own"
    return ""


def _stacks(results: Any) -> list[StackTransport]:
    from interfacekit.transport import StackTransport  # most of a second

    several = list(results) if isinstance(results, list | tuple) else [results]
    if not several or not all(isinstance(result, StackTransport) for result in several):
        raise InputError("a netCDF file holds space charges and resistances of stacks; write others to .csv or .json")
    return several


def _seed(result: StackTransport) -> int | None:
    seed: int | None = result.provenance["parameters"].get("seed")
    return seed


def _voltage_V(result: StackTransport) -> float:
    return math.nan if result.voltage_V is None else result.voltage_V


def _side(charge: SpaceCharge) -> str:
    return f"{charge.layer} at {charge.contact}"


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _described(units: str, long_name: str) -> dict[str, str]:
    return {"units": units, "long_name": long_name}


def _place(result: StackTransport, axes: dict[str, list[Any]]) -> tuple[int | slice, ...]:
    """Where a result belongs in the arrays: at all seeds, if it has none."""
    own = {
        "method": result.method,
        "thickness_nm": result.thickness_nm,
        "voltage_V": _voltage_V(result),
        "temperature_K": result.temperature_K,
        "seed": _seed(result),
    }
    return tuple(slice(None) if own[name] is None else values.index(own[name]) for name, values in axes.items())


def _refuse_different(results: Sequence[StackTransport], places: Sequence[tuple[int | slice, ...]]) -> None:
    """Refuse two results in one place, unless they differ in nothing but the thickness that was requested."""
    seen: dict[str, StackTransport] = {}
    for result, place in zip(results, places, strict=True):
        first = seen.setdefault(str(place), result)
        if first is not result and replace(first, requested_thicknesses_nm=result.requested_thicknesses_nm) != result:
            raise InputError(
                f"two results are of {result.method} at {format_nm(result.thickness_nm)} nm, {_voltage_V(result):g} V "
                f"and {result.temperature_K:g} K; a netCDF file holds one of each"
            )


def _requested_nm(results: Sequence[StackTransport], thicknesses_nm: Sequence[float]) -> list[float]:
    """Requested thickness, the first one where there are several, of each thickness of whole planes; NaN without."""
    requested: dict[float, float] = {}
    for result in results:
        if result.requested_thickness_nm is not None:
            requested.setdefault(result.thickness_nm, result.requested_thickness_nm)
    return [requested.get(thickness_nm, math.nan) for thickness_nm in thicknesses_nm]


def _provenance(results: Sequence[StackTransport]) -> dict[str, Any]:
    """What all results share, and each material, contact and interphase once."""
    first = results[0].provenance
    parameters = [dict(r.provenance["parameters"]) for r in results]
    by_name: dict[str, dict[str, Any]] = {"materials": {}, "contacts": {}, "interphases": {}}
    for one in parameters:
        layers = [dict(layer) for layer in one.pop("layers")]
        thinner = [{key: value for key, value in layer.items() if key != "thickness_nm"} for layer in layers]
        numbers = {
            "materials": {layer["name"]: layer for layer in thinner},
            "contacts": one.pop("contacts"),
            "interphases": one.pop("interphases"),
        }
        for kind, found in numbers.items():
            for name, of_it in found.items():
                if by_name[kind].setdefault(name, of_it) != of_it:
                    raise InputError(f"the results have different numbers of {name}; write each to a file of its own")
    # What only some have, such as the hops of kinetic Monte Carlo, is shared among those.
    keys = _once(key for one in parameters for key in one)
    values = {key: [one[key] for one in parameters if key in one] for key in keys}
    shared = {key: found[0] for key, found in values.items() if all(value == found[0] for value in found)}
    return {**first, "parameters": {**shared, **by_name}}
