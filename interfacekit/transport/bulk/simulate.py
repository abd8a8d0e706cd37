"""Kinetic Monte Carlo of a hopping model: replicas on threads, observables with errors, checkpoints."""

from __future__ import annotations

import dataclasses
import logging
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import ComputationError, InputError
from interfacekit.limits import MOST_s, cores, require_memory, require_time
from interfacekit.quantities import TEMPERATURE
from interfacekit.transport.bulk.choice import choose_kernel, choose_walkers, prepared
from interfacekit.transport.bulk.observables import observe
from interfacekit.transport.bulk.options import RunOptions
from interfacekit.transport.bulk.replica import Plan, Replica
from interfacekit.transport.bulk.series import with_activation_energy
from interfacekit.transport.hopping.percolation import percolation
from interfacekit.transport.hopping.rates import EnvironmentBarriers
from interfacekit.transport.runs.pool import run_replicas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from interfacekit.transport.bulk.engine import Engine, Tables
    from interfacekit.transport.bulk.result import Transport
    from interfacekit.transport.hopping.rates import HoppingModel
    from interfacekit.transport.runs.replica_files import ReplicaFile

#: Windows of a replica: enough for errors, few enough for measuring them to cost next to nothing.
FEWEST_WINDOWS, MOST_WINDOWS = 16, 1000
#: Samples of the net displacement in each window, at least.
SAMPLES = 32
#: Hops of an ion in a window, at least, by default.
HOPS_PER_ION = 20.0
#: Windows of a replica, and displacements of tracers in all of them, that are enough for small errors: beyond, windows
#: are longer instead, so that tracers forget their start.
ENOUGH_WINDOWS, ENOUGH_TRACERS = 32, 20_000
#: Share of a replica's hops that a pilot run makes, to learn how fast the clock goes; and hops that are always enough.
PILOT, MOST_PILOT = 0.02, 1e7
#: Share of a field along directions of motion below which it is perpendicular to them.
_SEEN_FIELD = 1e-6
#: Attempts of a pilot run between two looks at its hops.
PILOT_CHUNK = 20_000
#: Of the arrays of a replica: its occupation, its index of walkers, and the positions of ions, now and before.
BYTES_PER_SITE, BYTES_PER_ION = 5, 64
#: Of the tables of a network while they are made, for each hop of each site (measured, 6 hops within a layer).
BYTES_PER_LINK = 300
_LOG = logging.getLogger(__name__)
#: Attempts without a hop after which a system counts as frozen: some seconds.
STUCK = 200_000_000


def simulate(
    model: HoppingModel,
    temperature_K: float,
    *,
    options: RunOptions | None = None,
    name: str = "model",
    threads: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
    notes: dict[str, Any] | None = None,
) -> Transport:
    """Run a model at one temperature.

    Parameters
    ----------
    model
        The sites, energies and barriers.
    temperature_K
        Kelvin.
    options
        Hops, replicas, seed and kernel.
    name
        Written into the result.
    threads
        At most so many replicas at a time; all cores by default. Results do not depend on it.
    checkpoint
        Directory that keeps what was run; the same call with the same directory goes on from there, and its result is
        that of an uninterrupted run to the last bit. A call that differs in nothing but more hops continues the same
        trajectories, in windows of the length that the first call has planned: its result depends on the hops of the
        first call (`first_hops` of the provenance) and of this one alone, whatever came between. Fewer hops are
        refused.
    progress
        Called now and then with the share done.
    notes
        Added to the parameters of the result's provenance.

    Returns
    -------
    Transport

    Raises
    ------
    InputError
        If the temperature or the options are not possible, there are too few hops for an error, or the directory holds
        the checkpoints of another run, or is in use.
    ComputationError
        If the ions are stuck: no hop in many attempts.
    """
    setting = _Setting(name, threads, progress, notes or {})
    return _simulate(model, temperature_K, options or RunOptions(), setting, checkpoint, _Series())


@dataclasses.dataclass(frozen=True)
class _Setting:
    """What a caller wants besides the run itself; see `simulate`."""

    name: str
    threads: int | None
    progress: Callable[[float], None] | None
    notes: dict[str, Any]


class _Series:
    """Temperatures of a series that are still to be run, whose time is announced once.

    Attributes
    ----------
    left
        Number of temperatures, with the present one.
    announced
        Whether the time of all of them has been estimated.
    """

    def __init__(self, left: int = 1) -> None:
        self.left, self.announced = left, False

    def require_time(self, hops: float, temperature_K: float, seconds: float) -> None:
        """Announce, or refuse, the time of all that is left, from that of one temperature."""
        points = 1 if self.announced else self.left
        if self.announced and seconds <= MOST_s:
            return
        self.announced = True
        what = f"{hops:.3g} hops at {temperature_K:g} K" if points == 1 else f"{points} temperatures of {hops:.3g} hops"
        most = hops * MOST_s / (points * seconds)
        require_time(
            what,
            points * seconds,
            f"give at most {most:.1g} hops, which take a year" + ("" if points == 1 else ", or fewer temperatures"),
            "Ctrl-C and a checkpoint keep what is finished",
        )


def _simulate(
    model: HoppingModel,
    temperature_K: float,
    options: RunOptions,
    setting: _Setting,
    folder: str | Path | None,
    series: _Series,
) -> Transport:
    temperature = TEMPERATURE.check(temperature_K)
    if folder is not None:
        from interfacekit.transport.bulk.resume import require_same, resumed

        require_same(folder, model, temperature, options)
    # Before the choice of walkers, which looks at the surroundings of hops in a network.
    _require_memory(model, options, as_network=isinstance(model.barriers_eV, EnvironmentBarriers))
    _require_hops(model, options)
    _check_field(model, temperature)
    walkers = options.walkers or choose_walkers(model)
    kernel = options.kernel or choose_kernel(model, temperature, walkers)
    _require_memory(model, options, as_network=kernel != "lattice")
    engine, tables = prepared(model, temperature, kernel, walkers, check=options.check)
    at_a_time = min(setting.threads or cores(), cores(), options.replicas)

    def plan() -> Plan:
        return _plan(engine, tables, temperature, options, at_a_time, series)

    def run(plan: Plan, file: Callable[[int], ReplicaFile | None]) -> list[Replica]:
        def replica(number: int) -> Replica:
            return Replica(engine, tables, engine.start(tables, options.seed, number), plan, file(number))

        return run_replicas(replica, options.replicas, setting.threads, setting.progress)

    origin: dict[str, Any] = {}
    if folder is None:
        replicas = run(plan(), lambda _: None)
    else:
        replicas, origin = resumed(folder, (model, temperature, options), plan, run)
    _log_speed(replicas, setting.name, temperature)
    chosen = {**dataclasses.asdict(options), **origin, "kernel": kernel, "walkers": walkers}
    return observe(replicas, name=setting.name, temperature_K=temperature, parameters={**chosen, **setting.notes})


def _log_speed(replicas: Sequence[Replica], name: str, temperature_K: float) -> None:
    """Log the hops per second, which have no place in a result that is the same on every run."""
    hops, seconds = (
        sum(values) for values in zip(*((r.hops_in_this_process, r.seconds) for r in replicas), strict=True)
    )
    if hops:
        _LOG.debug("%s at %g K: %.3g million hops/s per core", name, temperature_K, hops / seconds / 1e6)


def simulate_series(
    model: HoppingModel,
    temperatures_K: Sequence[float],
    *,
    options: RunOptions | None = None,
    name: str = "model",
    threads: int | None = None,
    checkpoint: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
    notes: dict[str, Any] | None = None,
    failed: dict[float, str] | None = None,
) -> tuple[Transport, ...]:
    """Run a model at several temperatures; the activation energy of all goes into each result.

    Parameters are those of `simulate`. With a checkpoint, finished temperatures are not run again; where that of one
    temperature is of another run, nothing is run. Where a temperature
    fails, as one at which the ions are stuck, the others go on if `failed` is given: it gets the reason by temperature.
    Where all fail, the first failure is raised; an `InputError` before any result is raised at once.
    """
    temperatures = [TEMPERATURE.check(T) for T in temperatures_K]
    if not temperatures:
        raise InputError("no temperature is given; give kelvin, such as 300, or a range 250:400:25")
    chosen, series = options or RunOptions(), _Series()
    folders = _folders(checkpoint, model, temperatures, chosen)
    results: list[Transport] = []
    problems: dict[float, InputError | ComputationError] = {}
    for done, (temperature, folder) in enumerate(zip(temperatures, folders, strict=True)):

        def share(part: float, done: int = done) -> None:
            if progress is not None:
                progress((done + part) / len(temperatures))

        series.left = len(temperatures) - done
        try:
            setting = _Setting(name, threads, share, notes or {})
            result = _simulate(model, temperature, chosen, setting, folder, series)
        except (InputError, ComputationError) as problem:
            if failed is None or (isinstance(problem, InputError) and not results):
                raise
            problems[temperature] = problem
        else:
            results.append(result)
    if problems and not results:
        raise next(iter(problems.values()))
    if failed is not None:
        failed.update({temperature: str(problem) for temperature, problem in problems.items()})
    return with_activation_energy(results)


def _folders(
    checkpoint: str | Path | None, model: HoppingModel, temperatures_K: Sequence[float], options: RunOptions
) -> Sequence[Path | None]:
    """Folder of each temperature, none of which keeps another run."""
    if checkpoint is None:
        return [None] * len(temperatures_K)
    from interfacekit.transport.bulk.resume import folders_of_series

    return folders_of_series(checkpoint, model, temperatures_K, options)


def _check_field(model: HoppingModel, temperature_K: float) -> None:
    field = np.asarray(model.field_V_A, dtype=float)
    if not field.any():
        return
    paths = percolation(model, temperature_K).fast
    if np.linalg.norm(paths.projector @ field) < _SEEN_FIELD * np.linalg.norm(field):
        raise InputError(
            f"the field of {field.tolist()} V/A is perpendicular to all directions in which ions move ({paths.name}), "
            "if not by much slower hops, so that it drives nothing; turn it into one of these directions"
        )


def _require_hops(model: HoppingModel, options: RunOptions) -> int:
    """Windows of a replica, most of which can be had with the hops.

    Raises
    ------
    InputError
        If there are too few for an error.
    """
    per_ion = options.hops_per_ion or HOPS_PER_ION
    windows = min(round(options.hops / options.replicas / (model.n_ions * per_ion)), MOST_WINDOWS)
    if windows < FEWEST_WINDOWS:
        needed = FEWEST_WINDOWS * model.n_ions * per_ion * options.replicas
        raise InputError(
            f"{options.hops:g} hops are too few for {options.replicas} replicas of {model.n_ions} ions to have errors; "
            f"give {needed:.2g} or more, or fewer {'replicas' if options.replicas > 1 else 'cells'}"
        )
    return windows


def _plan(
    engine: Engine, tables: Tables, temperature_K: float, options: RunOptions, at_a_time: int, series: _Series
) -> Plan:
    """Windows from the hops that are wanted and the rate of hops, which a short run of its own measures."""
    model, hops = tables.model, options.hops / options.replicas
    per_ion, samples = options.hops_per_ion or HOPS_PER_ION, SAMPLES
    windows = _require_hops(model, options)
    if options.hops_per_ion is None:
        while windows >= 2 * ENOUGH_WINDOWS and windows * model.n_ions >= 2 * ENOUGH_TRACERS:
            windows, samples = windows // 2, samples * 2
    target = max(min(PILOT * hops, max(MOST_PILOT, per_ion * model.n_ions)), 200.0)
    pilot = engine.start(tables, options.seed, options.replicas)
    started: float | None = None
    half: tuple[float, int] | None = None
    last_made, last_attempts = 0, 0
    while (made := int(pilot.hop_counts.sum())) < target:
        if half is None and made > target / 2:
            half, started = (engine.elapsed_s(tables, pilot), made), time.perf_counter()
        if made > last_made:
            last_made, last_attempts = made, pilot.attempts
        elif pilot.attempts - last_attempts > STUCK:
            raise ComputationError(
                f"the ions are stuck at {temperature_K:g} K: no hop in {STUCK:.1g} attempts; give a higher "
                "temperature, weaker interactions or lower barriers"
            )
        engine.advance(tables, pilot, 1, PILOT_CHUNK)
    start, already = half or (0.0, 0)
    made -= already
    rate_Hz = made / (engine.elapsed_s(tables, pilot) - start)
    if started is not None:
        seconds = options.hops / at_a_time * (time.perf_counter() - started) / made
        series.require_time(options.hops, temperature_K, seconds)
    return Plan(windows, samples, hops / rate_Hz / (windows * samples))


def _require_memory(model: HoppingModel, options: RunOptions, *, as_network: bool) -> None:
    """Raise `InputError` unless the replicas, all of which are kept for their observables, fit into memory."""
    n_sites, n_ions = model.sites.n_sites, model.n_ions
    *bases, hops, _ = np.shape(model.sites.displacements_A)  # of each site of a lattice, or of all of a network
    links = hops * (n_sites if bases else 1) if as_network else 0
    require_memory(
        f"{options.replicas} replicas of {n_sites:.3g} sites",
        options.replicas * (BYTES_PER_SITE * n_sites + BYTES_PER_ION * n_ions) + BYTES_PER_LINK * links,
        "give fewer cells or replicas",
    )
