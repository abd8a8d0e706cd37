"""Tables of space charges and resistances of stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfacekit.report.tables.common import continued, new_table
from interfacekit.report.tables.origins import origins
from interfacekit.results import format_nm, with_error
from interfacekit.transport.shells.resistance_parts import contacts_err_ohm_cm2, contacts_ohm_cm2, interface_ohm_cm2
from interfacekit.transport.stacks.parts import contact_names, unique_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.report.layout import Table
    from interfacekit.transport import StackTransport

#: At so many points (voltage, temperature) one stack is reported in full, at more of them in one row each.
_MOST_REPORTS = 4
#: A smaller error, relative to its value, is one of rounding.
_ROUNDING = 1e-9
#: Of the part of a table that leaves out the outermost layers, where more than one contact lies between these.
_BETWEEN = "between the ends"
_FEWEST_BETWEEN = 3
_METHODS = {"continuum": "continuum", "kmc": "kMC"}


def stack_tables(stacks: Sequence[StackTransport]) -> list[Table | str]:
    """One stack at a few points in full, otherwise a row for each result."""
    points: dict[Any, list[StackTransport]] = {}
    for r in stacks:
        points.setdefault((r.layers, r.thicknesses_nm, r.voltage_V, r.temperature_K), []).append(r)
    one_stack = len({key[:2] for key in points}) == 1
    alone = all(len({r.method for r in group}) == len(group) for group in points.values())
    if one_stack and alone and len(points) <= _MOST_REPORTS:
        parts = [table for group in points.values() for table in _report(group)]
        words = _resistances(stacks), _between(stacks[0]), _steps(stacks), _charges(stacks), _electrons(stacks)
        return [
            *parts,
            *filter(None, (*words, _runs(stacks))),
            *continued(stacks),
            *_crystals(stacks[0]),
            *origins(stacks),
        ]
    notes = _resistances(stacks), _rest(stacks), _runs(stacks)
    return [*_sweep_tables(stacks), *filter(None, notes), *continued(stacks), *origins(stacks)]


def _report(group: Sequence[StackTransport]) -> list[Table | str]:
    """Everything about one stack at one point, the methods beside each other."""
    first = group[0]
    layers = [f"{name} {format_nm(size)} nm" for name, size in zip(first.layers, first.thicknesses_nm, strict=True)]
    voltage = "" if first.voltage_V is None else f"{first.voltage_V:g} V and "
    methods = " and ".join(_METHODS[r.method] for r in group)
    about = f"{' | '.join(layers)} at {voltage}{first.temperature_K:g} K: {methods}"
    return [about, *_requested(first), "", _part_table(group), *([_charge_table(group)] if first.space_charges else [])]


def _requested(result: StackTransport) -> list[str]:
    """Requested thicknesses of the layers whose whole planes have another one, a line if there are any."""
    sizes = zip(result.layers, result.thicknesses_nm, result.requested_thicknesses_nm, strict=False)
    others = [
        f"{name} {format_nm(requested)} nm"
        for name, size, requested in sizes
        if requested is not None and format_nm(requested) != format_nm(size)
    ]
    return [f"layers consist of whole planes; asked for: {', '.join(others)}"] if others else []


def _part_table(group: Sequence[StackTransport]) -> Table:
    first, hops = group[0], [r for r in group if r.hop_shares]
    table = new_table(
        "Resistance",
        "part",
        *_columns("ASR", "Ohm cm2", group),
        *_columns("step", "V", group),
        *_columns("hops", "%", hops),
    )
    for name, what in _parts_in_order(first):
        table.add_row(
            what,
            *(_number(r.asr_layers[name], r.asr_err_layers[name]) for r in group),
            *(_step(r.potential_drops_V.get(name)) for r in group),
            *(f"{100 * r.hop_shares[name]:.0f}" if name in r.hop_shares else "" for r in hops),
        )
    table.add_section()
    if len(_parts_in_order(first)) > _FEWEST_BETWEEN:
        table.add_row(_BETWEEN, *(_number(interface_ohm_cm2(r), contacts_err_ohm_cm2(r)) for r in group))
    table.add_row(
        "whole stack",
        *(_number(r.asr_ohm_cm2, r.asr_err_ohm_cm2) for r in group),
        *(_step(r.potential_drop_V) for r in group),
    )
    return table


def _columns(what: str, unit: str, group: Sequence[StackTransport]) -> list[str]:
    """Headers of one quantity by all methods; where there are several, the plain one is the continuum's."""
    plain = len(group) == 1 and what != "hops"
    return [f"{what} ({unit})" if plain or r.method == "continuum" else f"{what}, kMC ({unit})" for r in group]


def _parts_in_order(result: StackTransport) -> list[tuple[str, str]]:
    """Names of the parts from the first layer to the last, and what each is."""
    layers, contacts = unique_names(result.layers), contact_names(result.layers)
    if not contacts:
        return [(layers[0], layers[0])]
    parts = [(layers[0], f"{layers[0]}, bulk")]
    for contact, layer in zip(contacts, layers[1:], strict=True):
        parts.append((contact, f"{contact}, excess"))
        if (between := f"{contact} interphase") in result.asr_layers:
            parts.append((between, f"{contact}, interphase"))
        parts.append((layer, f"{layer}, bulk"))
    return parts


def _charge_table(group: Sequence[StackTransport]) -> Table:
    table = new_table(
        "Space charge",
        "in",
        "at",
        *_columns("charge", "uC/cm2", group),
        *_columns("width", "nm", group),
        *(["Li lacking (mAh/g)"] if _has_lco(group) else []),
    )
    for sides in zip(*(r.space_charges for r in group), strict=True):
        table.add_row(
            sides[0].layer,
            sides[0].contact,
            *(_number(s.charge_uC_cm2, s.charge_err_uC_cm2) for s in sides),
            *(_width(s.width_nm, s.width_err_nm) for s in sides),
            *([f"{sides[-1].capacity_mAh_g:.4f}"] if _has_lco(group) else []),
        )
    return table


def _has_lco(results: Sequence[StackTransport]) -> bool:
    """Whether the capacity of the space charges, which is per gram of LiCoO2, means anything."""
    return any("LCO" in r.layers for r in results)


def _sweep_tables(results: Sequence[StackTransport]) -> list[Table | str]:
    """A row for each result, in a table for each method and temperature."""
    tables: dict[tuple[str, float], list[StackTransport]] = {}
    for r in results:
        tables.setdefault((r.method, r.temperature_K), []).append(r)
    return [_sweep_table(members) for members in tables.values()]


def _sweep_table(results: Sequence[StackTransport]) -> Table:
    first, voltages = results[0], list(dict.fromkeys(r.voltage_V for r in results))
    longest = max((r.layers for r in results), key=len)
    at = f"{_volts(voltages[0])} V, " if len(voltages) == 1 and voltages[0] is not None else ""
    several = {
        "asked": any(_asked(r) not in (_shell(r), "-") for r in results if r.thickness_nm),
        "layers": len({r.layers for r in results if len(r.layers) > 2}) > 1,
        "voltage": len(voltages) > 1,
        "seed": len({_seed(r) for r in results}) > 1,
        "interphase": any(_interphases(r) for r in results),
    }
    table = new_table(
        f"{'|'.join(longest)} at {at}{first.temperature_K:g} K: {_METHODS[first.method]}",
        *(["layers"] if several["layers"] else []),
        "shell (nm)",
        *(["asked (nm)"] if several["asked"] else []),
        *(["voltage (V)"] if several["voltage"] else []),
        *(["seed (-)"] if several["seed"] else []),
        "ASR (Ohm cm2)",
        "coating (Ohm cm2)",
        "contacts (Ohm cm2)",
        *(["interphase (Ohm cm2)"] if several["interphase"] else []),
        "width (nm)",
        "charge (uC/cm2)",
        "step (V)",
    )
    for r in results:
        table.add_row(
            *(["|".join(r.layers)] if several["layers"] else []),
            _shell(r),
            *([_asked(r)] if several["asked"] else []),
            *([_volts(r.voltage_V)] if several["voltage"] else []),
            *([str(_seed(r))] if several["seed"] else []),
            _number(r.asr_ohm_cm2, r.asr_err_ohm_cm2),
            _sum(r, unique_names(r.layers)[1:-1]),
            _number(contacts_ohm_cm2(r), contacts_err_ohm_cm2(r)) if contact_names(r.layers) else "-",
            *([_sum(r, _interphases(r))] if several["interphase"] else []),
            _width(r.scl_width_nm, r.scl_width_err_nm),
            _number(r.scl_charge_uC_cm2, r.scl_charge_err_uC_cm2),
            _step(r.potential_drop_V),
        )
    return table


def _shell(result: StackTransport) -> str:
    return format_nm(result.thickness_nm) if result.thickness_nm else "bare"


def _asked(result: StackTransport) -> str:
    """The requested thickness of a shell."""
    requested = result.requested_thickness_nm
    return format_nm(requested) if requested and result.thickness_nm else "-"


def _interphases(result: StackTransport) -> list[str]:
    return [name for name in result.asr_layers if name.endswith(" interphase")]


def _sum(result: StackTransport, parts: Sequence[str]) -> str:
    return _number(sum(result.asr_layers[name] for name in parts), 0.0) if parts else "-"


def _volts(voltage_V: float | None) -> str:
    return "-" if voltage_V is None else f"{voltage_V:g}"


def _seed(result: StackTransport) -> int | None:
    seed: int | None = result.provenance["parameters"].get("seed")
    return seed


def _number(value: float, error: float) -> str:
    if error > _ROUNDING * abs(value):
        return with_error(value, error)
    return f"{value:.0f}" if 1e4 <= abs(value) < 1e7 else f"{value:.4g}"


def _width(width_nm: float, error_nm: float) -> str:
    return with_error(width_nm, error_nm) if error_nm > _ROUNDING * width_nm else f"{width_nm:.2f}"


def _step(step_V: float | None) -> str:
    return "" if step_V is None else f"{round(step_V, 3) + 0.0:.3f}"


def _resistances(results: Sequence[StackTransport]) -> str:
    """What the parts of the resistance mean."""
    if all(len(r.layers) == 1 for r in results):
        return "ASR: area-specific resistance"
    return (
        "ASR: area-specific resistance; layers count as neutral bulk, a contact is what its space charge and the hop "
        "across it add to that"
    )


def _between(result: StackTransport) -> str:
    """What the part between the outermost layers is, where it has a row."""
    if len(_parts_in_order(result)) <= _FEWEST_BETWEEN:
        return ""
    return f"{_BETWEEN}: all but {result.layers[0]} and {result.layers[-1]} as bulk"


def _steps(results: Sequence[StackTransport]) -> str:
    """What the sign of a potential step means, and where space charges reach into layers."""
    text = "step: electric potential behind a part less that before it, so that below zero the potential falls"
    if all(len(r.layers) == 1 for r in results):
        return text
    return f"{text}; that of a layer is the tail of the space charges in it, whose resistance counts with the contacts"


def _charges(results: Sequence[StackTransport]) -> str:
    """What the columns of space charges mean."""
    if not any(r.space_charges for r in results):
        return ""
    lacking = f"; Li lacking: for each gram of LiCoO2 in spheres of {results[0].particle_size_um:g} um"
    return (
        "charge: net charge on one side of a contact; width: distance from the contact that holds 90 % of it "
        f"(where signs alternate: beyond which less than 10 % of the most of its field is left)"
        f"{lacking if _has_lco(results) else ''}"
    )


def _electrons(results: Sequence[StackTransport]) -> str:
    """Why the charges of the table do not sum up to zero where an end conducts electrons."""
    first = results[0].provenance["parameters"]
    conductors = [first["layers"][end]["name"] for end in (0, -1) if first["layers"][end]["conductor"]]
    if not (first["electrostatics"] and conductors and results[0].space_charges):
        return ""
    name = " and ".join(dict.fromkeys(conductors))
    sums = dict.fromkeys(f"{-sum(s.charge_uC_cm2 for s in r.space_charges):.4g}" for r in results)
    charge = f" ({next(iter(sums))} uC/cm2)" if len(sums) == 1 else ""
    return (
        f"no row for {name}, where electrons screen all fields: their charge at the surface{charge} balances the rest"
    )


def _rest(results: Sequence[StackTransport]) -> str:
    """What the columns of a sweep mean, and what they leave out of the resistance."""
    r = max(results, key=lambda result: len(result.layers))
    if len(r.layers) == 1:
        return ""
    ends = " and ".join(f"{r.layers[end]} ({r.thicknesses_nm[end]:.2g} nm)" for end in (0, -1))
    return (
        f"the rest of the ASR is that of the slices of {ends} that belong to the stack; charge and width: of the "
        f"space charge in {r.layers[-1]} alone, width being the distance from the contact that holds 90 % of it; step: "
        "electric potential at the end of the whole stack less that at its beginning"
    )


def _crystals(result: StackTransport) -> list[str]:
    """How layers of crystals were cut and joined."""
    return list(result.provenance["parameters"].get("notes", ()))


def _runs(results: Sequence[StackTransport]) -> str:
    """How kinetic Monte Carlo was run."""
    runs = [r.provenance["parameters"] for r in results if r.method == "kmc"]
    if not runs:
        return ""
    least, most = (f"{of(p['hops_made'] for p in runs):.2g}" for of in (min, max))
    nx, ny = runs[0]["cells"]
    return (
        f"kMC: kinetic Monte Carlo, {least if least == most else f'{least} to {most}'} hops in {runs[0]['replicas']} "
        f"replicas on planes of {nx} x {ny} sites; ± is a standard error{_bulk_with_pairs(runs)}"
    )


def _bulk_with_pairs(runs: Sequence[dict[str, Any]]) -> str:
    """Where the bulk of layers with pair energies is counted."""
    measured, in_excess = (
        ", ".join(dict.fromkeys(layer for p in runs for layer in p.get(key, ())))
        for key in ("measured_bulk", "bulk_in_excess")
    )
    told = f"; bulk of {measured}: with its pair energies, from the interior of the layer" if measured else ""
    if in_excess:
        told += f"; {in_excess}: too thin for that, contacts hold what pair energies add to the bulk"
    return told
