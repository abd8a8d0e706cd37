"""Kinetic Monte Carlo of a hopping model: replicas on threads, observables with errors, checkpoints."""

from __future__ import annotations

import dataclasses
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from interfacekit.errors import ComputationError, InputError
from interfacekit.limits import MOST_s, require_memory, require_time
from interfacekit.quantities import HOPS, REPLICAS, SEED, TEMPERATURE, WINDOW_HOPS, check_switch, keep_plain, optional
from interfacekit.sweep.cores import cores
from interfacekit.transport.bulk.choice import Kernel, choose_kernel, choose_walkers, engine_maker
from interfacekit.transport.bulk.observables import Transport, observe, with_activation_energy
from interfacekit.transport.bulk.replica import Plan, Replica
from interfacekit.transport.hopping.percolation import percolation
from interfacekit.transport.hopping.rates import EnvironmentBarriers
from interfacekit.transport.runs.checkpoint import Request, require_same_run
from interfacekit.transport.runs.checkpoint import checkpoint as open_checkpoint
from interfacekit.transport.runs.pool import run_replicas

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from interfacekit.transport.bulk.engine import Engine, Walkers
    from interfacekit.transport.hopping.rates import HoppingModel

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
WALKERS = ("ions", "vacancies")
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


@dataclasses.dataclass(frozen=True)
class RunOptions:
    """How a model is run.

    Attributes
    ----------
    hops
        Accepted hops at each temperature, all replicas together (about: windows are of equal time).
    replicas
        Independent runs.
    seed
        Determines all random numbers; results do not depend on threads, chunks or restarts.
    kernel, walkers
        Chosen by themselves where None.
    hops_per_ion
        Hops of an ion in each window over which tracers are followed; by default 20, or more where that leaves enough
        windows.
    check
        Assert in every attempt that no rate is above its bound.
    """

    hops: float = 1e7
    replicas: int = 4
    seed: int = 0
    kernel: Kernel | None = None
    walkers: Walkers | None = None
    hops_per_ion: float | None = None
    check: bool = False

    def __post_init__(self) -> None:
        keep_plain(
            self,
            hops=HOPS.check(self.hops),
            replicas=REPLICAS.check(self.replicas),
            seed=SEED.check(self.seed),
            hops_per_ion=optional(WINDOW_HOPS, self.hops_per_ion),
            check=check_switch(self.check, "check"),
        )
        for name, value, known in (("kernel", self.kernel, get_args(Kernel)), ("walkers", self.walkers, WALKERS)):
            if value is not None and value not in known:
                raise InputError(f"no {name} {value!r}; there is {', '.join(known)}")


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
    return _simulate(
        model, temperature_K, options or RunOptions(), name, threads, checkpoint, progress, notes, _Series()
    )


class _Series:
    """Temperatures of a series that are still to be run, whose time is told once.

    Attributes
    ----------
    left
        How many there are, with the present one.
    told
        Whether the time of all of them has been estimated.
    """

    def __init__(self, left: int = 1) -> None:
        self.left, self.told = left, False

    def require_time(self, hops: float, temperature_K: float, seconds: float) -> None:
        """Announce, or refuse, the time of all that is left, from that of one temperature."""
        points = 1 if self.told else self.left
        if self.told and seconds <= MOST_s:
            return
        self.told = True
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
    chosen: RunOptions,
    name: str,
    threads: int | None,
    checkpoint: str | Path | None,
    progress: Callable[[float], None] | None,
    notes: dict[str, Any] | None,
    series: _Series,
) -> Transport:
    temperature = TEMPERATURE.check(temperature_K)
    request = _request(model, temperature, chosen)
    require_same_run(checkpoint, request)
    # Before the choice of walkers, which looks at the surroundings of hops in a network.
    _require_memory(model, chosen, as_network=isinstance(model.barriers_eV, EnvironmentBarriers))
    _require_hops(model, chosen)
    _check_field(model, temperature)
    walkers = chosen.walkers or choose_walkers(model)
    kernel = chosen.kernel or choose_kernel(model, temperature, walkers)
    _require_memory(model, chosen, as_network=kernel != "lattice")
    make = engine_maker(model, temperature, kernel, walkers, seed=chosen.seed, check=chosen.check)
    at_a_time = min(threads or cores(), cores(), chosen.replicas)
    parameters = dataclasses.asdict(chosen)

    def first_plan() -> dict[str, Any]:
        return dataclasses.asdict(_plan(model, temperature, make, chosen, at_a_time, series))

    with open_checkpoint(checkpoint, request, plan=first_plan) as kept:
        plan = Plan(**kept.run.sampling).extended(kept.run.extension)  # type: ignore[arg-type]  # whole ones are whole
        kept.announce(chosen.replicas, plan.total_samples)
        replicas = run_replicas(lambda n: Replica(make(n), plan, kept.file(n)), chosen.replicas, threads, progress)
    _log_speed(replicas, name, temperature)
    return observe(
        replicas,
        name=name,
        temperature_K=temperature,
        parameters={**parameters, **kept.run.origin, "kernel": kernel, "walkers": walkers, **(notes or {})},
    )


def _request(model: HoppingModel, temperature_K: float, options: RunOptions) -> Request:
    """Run that a checkpoint belongs to: all but the hops determines the trajectories."""
    course = {key: value for key, value in dataclasses.asdict(options).items() if key != "hops"}
    return Request((model, temperature_K, course), options.hops, options.replicas)


def _folder(checkpoint: str | Path | None, temperature_K: float) -> Path | None:
    """Folder of one temperature of a series."""
    return None if checkpoint is None else Path(checkpoint) / f"{temperature_K:.10g}K"


def require_same_series(
    checkpoint: str | Path | None, model: HoppingModel, temperatures_K: Sequence[float], options: RunOptions
) -> None:
    """Refuse the checkpoints of a series before any work, if those of one temperature are of another run.

    Raises
    ------
    InputError
        If a folder keeps another run, or more hops.
    """
    for temperature in temperatures_K:
        require_same_run(_folder(checkpoint, temperature), _request(model, temperature, options))


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
    require_same_series(checkpoint, model, temperatures, chosen)
    results: list[Transport] = []
    problems: dict[float, InputError | ComputationError] = {}
    for done, temperature in enumerate(temperatures):

        def share(part: float, done: int = done) -> None:
            if progress is not None:
                progress((done + part) / len(temperatures))

        folder = _folder(checkpoint, temperature)
        series.left = len(temperatures) - done
        try:
            result = _simulate(model, temperature, chosen, name, threads, folder, share, notes, series)
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
    model: HoppingModel,
    temperature_K: float,
    make: Callable[[int], Engine],
    options: RunOptions,
    at_a_time: int,
    series: _Series,
) -> Plan:
    """Windows from the hops that are wanted and the rate of hops, which a short run of its own measures."""
    hops, per_ion, samples = options.hops / options.replicas, options.hops_per_ion or HOPS_PER_ION, SAMPLES
    windows = _require_hops(model, options)
    if options.hops_per_ion is None:
        while windows >= 2 * ENOUGH_WINDOWS and windows * model.n_ions >= 2 * ENOUGH_TRACERS:
            windows, samples = windows // 2, samples * 2
    pilot = make(options.replicas)
    target = max(min(PILOT * hops, max(MOST_PILOT, per_ion * model.n_ions)), 200.0)
    started: float | None = None
    half: tuple[float, int] | None = None
    last_made, last_attempts = 0, 0
    while (made := int(pilot.hop_counts().sum())) < target:
        if half is None and made > target / 2:
            half, started = (pilot.elapsed_s, made), time.perf_counter()
        if made > last_made:
            last_made, last_attempts = made, pilot.attempts
        elif pilot.attempts - last_attempts > STUCK:
            raise ComputationError(
                f"the ions are stuck at {temperature_K:g} K: no hop in {STUCK:.1g} attempts; give a higher "
                "temperature, weaker interactions or lower barriers"
            )
        pilot.advance(1, PILOT_CHUNK)
    start, already = half or (0.0, 0)
    made = int(pilot.hop_counts().sum()) - already
    rate_Hz = made / (pilot.elapsed_s - start)
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
