"""`scl`: space charge and resistance of one stack of layers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from interfacekit.cli.delivery import Answer, deliver, each
from interfacekit.cli.progress import progress_bar
from interfacekit.cli.resuming import resumable
from interfacekit.cli.stack_options import by_known_name, known_name, mirrored, run_options
from interfacekit.config.effects import is_drawn
from interfacekit.errors import ComputationError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from interfacekit.config import SclConfig
    from interfacekit.structure import CrystalStack
    from interfacekit.transport import StackRunOptions, StackTransport
    from interfacekit.transport.stacks.layered import LayeredStack

#: By which hops across contacts are made shorter and longer, in angstrom.
_ACROSS_STEP_A = 0.5


def scl(options: SclConfig, *, as_json: bool) -> None:
    """Space charge, potential drops and resistance of a stack of layers.

    Known are LCO, LNO, LNTO, LPO and LGPS, and what --materials describes. A
    file for --config may change numbers of materials and contacts, too.

    Example: interfacekit scl LCO LNO:5nm LGPS --voltage 4.0 --kmc -o scl.png
    """
    from interfacekit.structure import CrystalStack

    stack = _stack(options)
    voltages: list[float] | list[None] = options.voltage or [None]
    points = [(voltage_V, kelvin) for voltage_V in voltages for kelvin in options.temperature]
    run = _checked_run(stack, points, options)
    _check_figure(options, len(points))
    without_kmc: list[str] = []
    try:
        with progress_bar("preparing (the very first run compiles the kernels)", "computing") as progress:

            def computed(done: int) -> list[StackTransport]:
                return _at(*points[done], stack, run, options, without_kmc, partial(_tell, progress, done, len(points)))

            by_point, failures = each(
                range(len(points)), computed, lambda done: _named(*points[done]), at_once=(InputError,)
            )
            results = [result for of_point in by_point for result in of_point]
    except KeyboardInterrupt:
        raise resumable("--checkpoint", options.checkpoint) from None
    answer = Answer(
        results[0] if len(points) == 1 and run is None else results,
        draw=partial(_draw, results, options),
        rows="planes",
        failures=[*failures, *without_kmc],
        remark=partial(_other_contacts, stack, *points[0]) if isinstance(stack, CrystalStack) else None,
    )
    deliver(answer, options, as_json=as_json)


def _check_figure(options: SclConfig, points: int) -> None:
    """Raise `InputError` where a figure would have more lines than colours."""
    if is_drawn(options):
        from interfacekit.plots.transport.stacks import require_colours

        require_colours(points, "profiles" if options.figure == "profiles" else "lines")


def _draw(results: Sequence[StackTransport], options: SclConfig) -> Axes:
    from interfacekit import plots

    return (plots.plot_stack_profiles if options.figure == "profiles" else plots.plot_shell_resistance)(results)


def _named(voltage_V: float | None, kelvin: float) -> str:
    """Name of a point, for what is said of its failure."""
    return f"{'' if voltage_V is None else f'{voltage_V:g} V, '}{kelvin:g} K"


def _folder(options: SclConfig, voltage_V: float | None, kelvin: float) -> Path | None:
    """Checkpoints of a point."""
    if options.checkpoint is None:
        return None
    return options.checkpoint / f"{'' if voltage_V is None else f'{voltage_V:.10g}V-'}{kelvin:.10g}K"


def _tell(progress: Callable[[float], None], done: int, points: int, share: float) -> None:
    """Tell the share of all points from that of one."""
    progress((done + share) / points)


def _other_contacts(stack: CrystalStack, voltage_V: float | None, kelvin: float) -> str:
    """What shorter and longer hops across contacts would do, since how long they may be is assumed."""
    from interfacekit.structure.stacks.assembly import ACROSS_A
    from interfacekit.transport import space_charge

    usual = stack.across_A or ACROSS_A
    told = []
    for across_A in (usual - _ACROSS_STEP_A, usual + _ACROSS_STEP_A):
        try:
            found = space_charge(replace(stack, across_A=across_A), voltage_V, kelvin).asr_ohm_cm2
            told.append(f"{found:.4g} up to {across_A:g} A")
        except (InputError, ComputationError) as error:
            told.append(f"none up to {across_A:g} A ({error})")
    return f"how far ions hop across contacts is assumed ({usual:g} A): ASR (Ohm cm2, continuum) {', '.join(told)}"


def _stack(options: SclConfig) -> LayeredStack:
    """The stack, with the interphases that a configuration names between its layers."""
    from interfacekit.structure import CrystalLayer, CrystalStack
    from interfacekit.transport import Interphase, Layer, Stack

    catalogue = options.materials.catalogue
    wanted = by_known_name(options.interphases, catalogue)
    layers: list[Layer | Interphase] = []
    contacts = []
    for layer in options.layers:
        if layers and isinstance(layers[-1], Layer) and isinstance(layer, Layer):
            name = known_name(f"{layers[-1].name}|{layer.name}", catalogue)
            contacts.append(name)
            layers += [Interphase(**numbers) for n, numbers in wanted.items() if n in (name, mirrored(name))]
        layers.append(layer)
    for name in wanted:
        if not {name, mirrored(name)} & {*contacts}:
            there = f"; there is {', '.join(contacts)}" if contacts else ""
            raise InputError(f"the stack has no contact {name} that an interphase could come between{there}")
    common: dict[str, Any] = {
        "materials": by_known_name(options.materials.changes, catalogue),
        "contacts": by_known_name(options.contacts, catalogue),
        "catalogue": catalogue,
        "ladder": options.ladder,
        "electrostatics": not options.no_field,
    }
    if not options.crystals:
        return Stack(layers, **common, site_spacing_A=options.site_spacing_A)
    glasses = {known_name(name, catalogue) for name in options.amorphous}
    if missing := glasses - {known_name(layer.name, catalogue) for layer in layers if isinstance(layer, Layer)}:
        raise InputError(f"the stack has no layer of {', '.join(sorted(missing))} that could be amorphous")
    of_crystals = [
        CrystalLayer(
            layer.material,
            layer.thickness_nm,
            layer.planes,
            amorphous=known_name(layer.name, catalogue) in glasses,
        )
        if isinstance(layer, Layer)
        else layer
        for layer in layers
    ]
    return CrystalStack(of_crystals, **common, across_A=options.across)


def _checked_run(
    stack: LayeredStack, points: Sequence[tuple[float | None, float]], options: SclConfig
) -> StackRunOptions | None:
    """How kinetic Monte Carlo is run, if it is; tells before any work if a point cannot be computed."""
    if options.voltage and not any(stack.layer_materials[end].conductor for end in (0, -1)):
        raise InputError("a voltage is of no effect where no outermost layer conducts electrons; leave it out")
    planes = [stack.planes(kelvin, voltage_V, ends=options.ends) for voltage_V, kelvin in points]
    if not options.kmc:
        return None
    run = run_options(options, options.seed, planes[0])
    if options.checkpoint is not None:
        from interfacekit.transport.stack_kmc.simulate import require_same_stack

        for point in points:
            require_same_stack(_folder(options, *point), stack, *point, run)
    return run


def _at(
    voltage_V: float | None,
    kelvin: float,
    stack: LayeredStack,
    run: StackRunOptions | None,
    options: SclConfig,
    failed: list[str],
    progress: Callable[[float], None],
) -> list[StackTransport]:
    """The continuum at one point and, where asked for, kinetic Monte Carlo; `failed` gets a line if that fails."""
    from interfacekit import transport

    size = options.particle_size
    results = [transport.space_charge(stack, voltage_V, kelvin, ends=options.ends, particle_size_um=size)]
    if run is not None:
        try:
            kmc = transport.simulate_stack(
                stack,
                voltage_V,
                kelvin,
                options=run,
                particle_size_um=size,
                threads=options.threads,
                checkpoint=_folder(options, voltage_V, kelvin),
                progress=progress,
            )
        except ComputationError as error:
            failed.append(f"{_named(voltage_V, kelvin)}, kinetic Monte Carlo: {error}")
        else:
            results.append(kmc)
    progress(1.0)
    return results
