"""`shell`: space charge and resistance of a coating over thickness, voltage and temperature."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

from interfacekit.cli.delivery import Answer, deliver, fail_partly
from interfacekit.cli.messages import note
from interfacekit.cli.progress import progress_bar
from interfacekit.cli.resuming import computes_again, how_to_resume
from interfacekit.cli.stack_options import by_known_name, known_name, mirrored, run_options
from interfacekit.config.effects import is_drawn
from interfacekit.ending import Interrupted, alert
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import ShellConfig
    from interfacekit.sweep import Record
    from interfacekit.transport import StackTransport

#: More failed points than these are only counted.
_MOST_FAILURES = 3
#: More thicknesses of equal planes are only counted.
_MOST_EQUAL = 3
_METHODS = {"continuum": "continuum", "kmc": "kinetic Monte Carlo"}


def shell(options: ShellConfig, *, as_json: bool) -> None:
    """What a coating between cathode and electrolyte costs in Li+ transport.

    At every thickness, voltage and temperature. A file for --config may change
    the numbers of materials and contacts, and put interphases between layers.

    Example: interfacekit shell --cathode LCO --coating LNO --electrolyte LGPS
    --thickness 0,1,2,3,5,7.5,10,15,20 --voltage 3.9:4.3:0.1 -o shell.csv -o shell.png
    """
    _check_figure(options)
    with progress_bar("preparing", "preparing") as progress:
        points = _checked_points(options, progress.prepare)
    records = _computed(points, options)
    results = [record.result for record in records if record.status == "done"]
    failed = [record for record in records if record.status == "failed"]

    failures = _failures(failed, len(points), options)
    if not results:
        fail_partly(failures)
    answer = Answer(
        results[0] if len(points) == 1 else results, draw=partial(_draw, results, options), failures=failures
    )
    deliver(answer, options, as_json=as_json)


def _checked_points(options: ShellConfig, progress: Callable[[float], None]) -> list[dict[str, Any]]:
    """Arguments of `shell_point` for every point; tells before any work if one of them cannot be computed."""
    from interfacekit.transport import shell_stack
    from interfacekit.transport.shells.point import same_shells

    stack = _stack_arguments(options)
    points = []
    shells = same_shells({**stack, "thickness_nm": thickness} for thickness in options.thickness)
    equal = [[point["thickness_nm"] for point in group] for group in shells]
    _tell_equal(equal)
    for done, (thickness_nm, *_) in enumerate(equal):
        progress(done / len(equal))
        built = shell_stack(thickness_nm=thickness_nm, **stack)
        for voltage_V, kelvin in product(options.voltage, options.temperature):
            planes = built.planes(kelvin, voltage_V)
            point = {
                **stack,
                "thickness_nm": thickness_nm,
                "voltage_V": voltage_V,
                "temperature_K": kelvin,
                "particle_size_um": options.particle_size,
            }
            points.append({**point, "method": "continuum"})
            for seed in options.seed if options.kmc else ():
                run = run_options(options, seed, planes)
                how = {"seed": seed, "hops": run.hops, "replicas": run.replicas, "evenness": run.evenness}
                # One thread, since points run side by side.
                points.append({**point, "method": "kmc", **how, "cells": run.cells, "threads": 1})
    return points


def _tell_equal(thicknesses_nm: Sequence[Sequence[float]]) -> None:
    """Tell which thicknesses are equally many planes, in one line if there are any."""
    equal = [several for several in thicknesses_nm if len(several) > 1]
    if not equal:
        return
    names = [", ".join(f"{thickness_nm:g}" for thickness_nm in several) for several in equal]
    more = f" and {len(names) - _MOST_EQUAL} more" if len(names) > _MOST_EQUAL else ""
    shown = " | ".join(names[:_MOST_EQUAL])
    note(f"interfacekit: equally many planes, so computed once: {shown}{more} (nm)")


def _stack_arguments(options: ShellConfig) -> dict[str, Any]:
    """Arguments of `shell_stack` that all points share."""
    from interfacekit.transport.shells.point import ELECTROLYTE_THICKNESS_nm

    catalogue = options.materials.catalogue.of(options.material_names)
    ends = {name: known_name(getattr(options, name), catalogue) for name in ("cathode", "coating", "electrolyte")}
    names = list(ends.values())
    contacts = [f"{names[0]}|{names[1]}", f"{names[1]}|{names[2]}", f"{names[0]}|{names[2]}"]
    given = {"materials": options.materials.changes, "contacts": options.contacts, "interphases": options.interphases}
    numbers = {kind: by_known_name(of_it, catalogue) for kind, of_it in given.items()}
    for name in numbers["materials"]:
        if name not in names:
            raise InputError(f"materials: {name} is none of {', '.join(names)}")
    for kind in ("contacts", "interphases"):
        for name in numbers[kind]:
            if not {name, mirrored(name)} & {*contacts}:
                raise InputError(f"{kind}: {name} is none of {', '.join(contacts)}")
    numbers["interphases"] = {
        name if name in contacts else mirrored(name): of_it for name, of_it in numbers["interphases"].items()
    }
    electrolyte_nm = options.electrolyte_thickness_nm
    return {
        **ends,
        **numbers,
        "cathode_planes": options.cathode_planes,
        "electrolyte_thickness_nm": ELECTROLYTE_THICKNESS_nm if electrolyte_nm is None else electrolyte_nm,
        "ladder": options.ladder,
        "site_spacing_A": options.site_spacing_A,
        **({"catalogue": catalogue.plain()} if catalogue.names or catalogue.contacts else {}),
    }


def _computed(points: Sequence[dict[str, Any]], options: ShellConfig) -> list[Record]:
    """Records of all points, in their order; those of the continuum, which take no time, are computed first."""
    from interfacekit import sweep
    from interfacekit.limits import cores
    from interfacekit.transport import shell_point
    from interfacekit.transport.stack_kmc.options import require_hops_time

    found: dict[str, Iterator[Record]] = {}
    with _interruptible(), sweep.executor(options.scheduler, options.workers) as pool, _told_at_once(options):
        for method in dict.fromkeys(point["method"] for point in points):
            group = [point for point in points if point["method"] == method]
            if method == "kmc":
                hops = sum(point["hops"] for point in group)
                require_hops_time(hops, min(options.workers or cores(), len(group)))
            where = pool if method == "kmc" or "://" in options.scheduler else None
            with progress_bar("preparing", f"{len(group)} points, {_METHODS[method]}") as progress:
                found[method] = iter(sweep.run(shell_point, group, where, store=options.store, progress=progress))
    return [next(found[point["method"]]) for point in points]


@contextmanager
def _interruptible() -> Iterator[None]:
    """End with the status of an interrupt, of which the user has been told."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted from None
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _told_at_once(options: ShellConfig) -> Iterator[None]:
    """Tell of an interrupt before threads finish what they run, and let another one end them."""
    try:
        yield
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        waiting = "; the points that run are finished first, unless you press Ctrl-C again"
        later = how_to_resume("--store", options.store, "a sweep")
        in_threads = options.kmc and options.scheduler == "threads"
        alert(f"interfacekit: interrupted; {later}{waiting if in_threads else ''}")
        raise


def _failures(failed: Sequence[Record], points: int, options: ShellConfig) -> list[str]:
    """Lines on the first points that failed, and on how many did."""
    lines = []
    for record in failed[:_MOST_FAILURES]:
        at = record.point
        where = f"{at['thickness_nm']:g} nm, {at['voltage_V']:g} V, {at['temperature_K']:g} K, {_METHODS[at['method']]}"
        lines.append(f"failed: {where}: {(record.error or '').removeprefix('ComputationError: ')}")
    if failed:
        lines.append(f"{len(failed)} of {points} points failed; {computes_again(options.store)} them again")
    return lines


def _check_figure(options: ShellConfig) -> None:
    if is_drawn(options):
        from interfacekit.plots.transport.stacks import require_colours

        lines = len(options.voltage) * len(options.temperature)
        if (figure := _figure(options)) == "profiles":
            require_colours(lines * len(options.thickness), "profiles")
        elif figure == "resistance":
            require_colours(lines, "lines")


def _figure(options: ShellConfig) -> str:
    """The figure that was asked for, or the one that goes with the grid."""
    from interfacekit.plots.transport.stacks import MOST_LINES

    if options.figure != "auto":
        return options.figure
    lines = len(options.voltage) * len(options.temperature)
    if len(options.thickness) == 1 and lines <= MOST_LINES:
        return "profiles"
    return "map" if len(options.voltage) > 1 and len(options.temperature) == 1 else "resistance"


def _draw(results: Sequence[StackTransport], options: ShellConfig) -> Axes:
    """The figure that was asked for, of the first seed; or the one that goes with the grid."""
    from interfacekit import plots

    first = [r for r in results if r.provenance["parameters"].get("seed") in (None, options.seed[0])]
    figure = _figure(options)
    if figure == "profiles":
        return plots.plot_stack_profiles(first)
    if figure == "resistance":
        return plots.plot_shell_resistance(first)
    return plots.plot_shell_map(first, "scl_charge_uC_cm2" if figure == "charge-map" else "interface_ohm_cm2")
