"""Two revisions of interfacekit by turns: processor time, peak memory, and whether their results are identical.

    python benchmarks/against_revision.py --python OTHER/bin/python [--repeats 3] [--only NAME ...] [--json FILE]

OTHER is an environment into which the other revision is installed; where modules have moved or changed since, give its
own copy of this script as `--script`. Each case runs there and here by turns. Times are
processor time, user and system, because others may use the machine; ratios are of medians, with the range over the
turns.

* *First calls* are commands, each in a process that finds no compiled kernel.
* *Later commands* find the kernels that an uncounted run has compiled.
* *Functions* are called in one process on each side, which has compiled its kernels. What the package keeps of the
  energies stays from call to call, or is *rebuilt* in each.
* *Kernels* go on with one trajectory from one seed, the same number of attempts in each turn.

Results are identical if every number in the JSON on standard output, and every other file that a command writes, is the
same to the last bit; for kernels, every array of the trajectory's end. Versions, and speeds that a result reports, are
left out.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from measuring import (
    CONSOLE,
    Usage,
    cached_functions,
    caching_in,
    compile_modules,
    machine,
    print_rows,
    run,
    wait,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from interfacekit.transport.stack_kmc.planes_engine import Sampling, StackTables

#: Of no meaning for the result: versions, where a class lives, and how fast it went.
LEFT_OUT = frozenset({"@module", "@version", "version", "engine", "hops_per_second"})
STACK = "scl LCO LNO:5nm LGPS --voltage 4.0 --kmc"
TWO_CANDIDATES = "screen --cathode LCO --electrolyte LGPS --candidates LNO LiTaO3"
CRYSTALS = "interface LCO LNO --max-area 200 -o lco_lno.cif"
#: Commands of revision e5e5e2b by those of this one, where their words differ.
RENAMED = {CRYSTALS: "structure LCO LNO --interface --max-area 200 -o lco_lno.cif"}


@dataclass(frozen=True)
class Case:
    """What is run on both sides.

    Attributes
    ----------
    name
        In the table, and for `--only`.
    kind
        `first call` or `command`, which are processes, or `function` or `kernel`, which are entries of `WORK`.
    command
        Arguments of `interfacekit`.
    goal
        Ratio that is asked for; None where none is. Kernels are to keep their speed.
    most_MB
        Peak memory that is asked for here.
    turns
        For each of `--repeats`; short ones need several, because others disturb them.
    """

    name: str
    kind: str
    command: str = ""
    goal: float | None = None
    most_MB: float | None = None
    turns: int = 1


CASES = (
    Case("scl --kmc", "first call", STACK, 3.0, 400.0),
    Case("kmc", "first call", "kmc LGPS", 1.6),
    Case("window", "first call", "window LGPS LNO", 1.3),
    Case("window --ensemble", "first call", "window LGPS --ensemble 1000", 2.0),
    Case("window, warm", "command", "window LGPS LNO", 1.6),
    Case("screen of two candidates", "command", TWO_CANDIDATES, 8.0),
    Case("screen of all", "command", "screen --cathode LCO --electrolyte LGPS -o coatings.csv", 2.0),
    Case("interface, second run", "command", CRYSTALS, 3.0),
    Case("map NMC811|LPSCl", "function", goal=8.0),
    Case("electrochemical_window", "function", goal=2.5, turns=5),
    Case("electrochemical_window, rebuilt", "function", turns=5),
    Case("interface_reaction", "function", goal=2.5, turns=5),
    Case("interface_reaction, rebuilt", "function", turns=5),
    Case("interface_reaction at 3.9 V", "function", goal=2.5, turns=5),
    Case("interface_reaction at 3.9 V, rebuilt", "function", turns=5),
    Case("space_charge of 2,500 planes", "function", goal=3.0, turns=5),
    Case("lattice, free", "kernel", turns=5),
    Case("lattice, repulsion", "kernel", turns=5),
    Case("lattice, repulsion and barriers", "kernel", turns=5),
    Case("network, rejection", "kernel", turns=5),
    Case("network, class lists", "kernel", turns=5),
    Case("stack, uniform", "kernel", turns=5),
    Case("stack, pairs", "kernel", turns=5),
    Case("stack, LCO|LNO|LGPS", "kernel", turns=5),
)


class Work(NamedTuple):
    """What a worker times.

    Attributes
    ----------
    call
        Timed.
    calls
        In each turn, of which the median counts.
    document
        Of the last call's result, as JSON takes it.
    prepare
        Run before each call, and not timed.
    warm_up
        Whether one call comes first that is not timed; what makes the work has compiled its kernels otherwise.
    per_call
        Attempts of a kernel.
    """

    call: Callable[[], Any]
    calls: int
    document: Callable[[Any], Any] = lambda result: json.loads(result.to_json())
    prepare: Callable[[], None] = lambda: None
    warm_up: bool = True
    per_call: int = 1


def rebuilt(names: tuple[str, ...], ask: Callable[[Any], Any], calls: int) -> Work:
    """A question to energies in memory, which are a new table in each call; nothing that was made of them is kept."""
    from dataclasses import replace

    from interfacekit import load_entries, phase

    table = load_entries(elements={element for name in names for element in phase(name).elements})
    tables: list[Any] = []

    def forget() -> None:
        for function in cached_functions("interfacekit.thermo"):
            function.cache_clear()
        tables[:] = [replace(table)]

    return Work(lambda: ask(tables[0]), calls, prepare=forget)


def window(*, kept: bool) -> Work:
    """Window of LGPS; `kept`: all that the package keeps of its energies from call to call."""
    from interfacekit import electrochemical_window

    if kept:
        return Work(lambda: electrochemical_window("LGPS"), 50)
    return rebuilt(("LGPS",), lambda table: electrochemical_window("LGPS", table), 50)


def reaction(voltage_V: float | None, *, kept: bool) -> Work:
    """Reaction of LCO with LGPS, closed or at a voltage; `kept`: see `window`."""
    from interfacekit import interface_reaction

    if kept:
        return Work(lambda: interface_reaction("LCO", "LGPS", voltage_V), 50)
    return rebuilt(("LCO", "LGPS"), lambda table: interface_reaction("LCO", "LGPS", voltage_V, table), 50)


def stability_map() -> Work:
    """Contact of two phases with eight elements over 2.5-4.3 V; the kernels are warm, and nothing else is kept."""
    import interfacekit as ik

    ik.stability_map([("LCO", "LGPS")], voltage_V=(2.5, 4.3))
    pair = ("NMC811", "LPSCl")
    return rebuilt(pair, lambda table: ik.stability_map([pair], (2.5, 4.3), entries=table), 1)._replace(warm_up=False)


def space_charge() -> Work:
    """LCO|LNO|LGPS of 2,500 planes at 4.0 V."""
    import interfacekit as ik

    layers = [ik.Layer("LCO", planes=3), ik.Layer("LNO", planes=17), ik.Layer("LGPS", planes=2480)]
    stack = ik.Stack(layers)
    return Work(lambda: ik.space_charge(stack, voltage_V=4.0), 3)


def hopping(workload: str, cells: int, attempts: int) -> Work:
    """Simple cubic box, half filled at 300 K, as `bench kmc` has it."""
    from interfacekit import regular_lattice
    from interfacekit.constants import BOLTZMANN_eV_K
    from interfacekit.transport import HoppingModel
    from interfacekit.transport.bulk.choice import prepared
    from interfacekit.transport.hopping.rates import gaussian_barriers_eV, gaussian_site_energies_eV

    temperature_K = 300.0
    kT = BOLTZMANN_eV_K * temperature_K
    lattice = regular_lattice("simple_cubic", cells, 3.0)
    kernel = "lattice"
    if workload == "free":
        model = HoppingModel(lattice, 0.5, 0.3)
    elif workload == "repulsion":
        model = HoppingModel(lattice, 0.5, 0.0, pair_energies_eV=kT / 2)
    elif workload == "barriers":
        model = HoppingModel(lattice, 0.5, 0.3, pair_energies_eV=kT / 2)
    elif workload == "network":
        kernel, sites = "rejection", lattice.network()
        energies = gaussian_site_energies_eV(sites, 0.025, seed=2)
        model = HoppingModel(sites, 0.5, gaussian_barriers_eV(sites, 0.35, 0.025, seed=1), site_energies_eV=energies)
    else:
        kernel = "class lists"
        model = HoppingModel(lattice.network(), 0.5, 0.3, pair_energies_eV=kT)
    engine, tables = prepared(model, temperature_K, kernel, "ions")
    state = engine.start(tables, 1, 0)

    def end(_: Any) -> dict[str, Any]:
        return trajectory(engine.occupied(tables, state), state)

    return Work(lambda: engine.advance(tables, state, 1, attempts), 1, end, per_call=attempts)


def uniform_stack(pair_energy_kT: float, attempts: int) -> Work:
    """50 x 50 x 40 sites of one material between reservoirs that drive a current, as in `stack_kernel.py`."""
    import math
    from dataclasses import replace

    import numpy as np

    from interfacekit import Layer, Stack
    from interfacekit.constants import BOLTZMANN_eV_K
    from interfacekit.transport.materials.layers import LayerMaterial
    from interfacekit.transport.stack_kmc import grid_engine
    from interfacekit.transport.stack_kmc.planes_engine import Sampling
    from interfacekit.transport.stack_kmc.slowdown import Slowdown
    from interfacekit.transport.stacks.planes import Reservoir

    temperature_K = 300.0
    material = LayerMaterial(
        "uniform",
        site_density_per_cm3=1e24 / 3.2**3,
        filling=0.5,
        conductivity_S_cm=1e-6,
        barrier_eV=0.3,
        permittivity=10.0,
        temperature_K=temperature_K,
        pair_energy_eV=pair_energy_kT * BOLTZMANN_eV_K * temperature_K,
    )
    planes = Stack([Layer(material, planes=40)], site_spacing_A=3.2).planes(temperature_K)
    planes = replace(planes, left=Reservoir(0.3, 0.0, 0.0), right=Reservoir(0.7, 0.0, 0.0))
    tables = grid_engine.prepare(planes, (50, 50), Slowdown(np.ones(planes.count + 1), np.ones(planes.count)))
    interval_s = math.exp(0.3 / planes.kT_eV) / float(planes.frequency_Hz[0])
    return stack_work(tables, planes.filling, Sampling(1000, interval_s), attempts)


def layered_stack(attempts: int) -> Work:
    """50 x 50 x 40 sites of LCO|LNO|LGPS at 4.0 V, hops made even within a factor of 3, as in `stack_kernel.py`."""
    from interfacekit import Layer, Stack
    from interfacekit.transport.continuum.equilibrium import equilibrium
    from interfacekit.transport.stack_kmc import grid_engine
    from interfacekit.transport.stack_kmc.planes_engine import Sampling
    from interfacekit.transport.stack_kmc.slowdown import even_slowdown

    stack = Stack([Layer("LCO", planes=3), Layer("LNO", planes=18), Layer("LGPS", planes=19)])
    planes = stack.planes(298.15, 4.0)
    found = equilibrium(planes)
    tables = grid_engine.prepare(planes, (50, 50), even_slowdown(planes, found, 3.0))
    return stack_work(tables, found.occupation, Sampling(1, 1e30), attempts)


def stack_work(tables: StackTables, occupation: NDArray[np.float64], sampling: Sampling, attempts: int) -> Work:
    """Attempts of one replica of a stack."""
    from interfacekit.transport.stack_kmc import grid_engine
    from interfacekit.transport.stack_kmc.planes_engine import advance

    state = grid_engine.start(tables, occupation, sampling, 1, 0)

    def end(_: Any) -> dict[str, Any]:
        return trajectory(grid_engine.occupied(tables, state), state)

    return Work(lambda: advance(tables, state, attempts), 1, end, per_call=attempts)


def trajectory(occupied: NDArray[np.bool_], state: Any) -> dict[str, Any]:
    """Fingerprints of a replica's occupied sites and of all that its kernel changes."""
    arrays = {"occupied": occupied, **state.arrays}
    prints = {name: hashlib.sha256(array.tobytes()).hexdigest() for name, array in arrays.items()}
    return {"attempts": int(state.attempts), "sha256": prints}


WORK: dict[str, Callable[[], Work]] = {
    "map NMC811|LPSCl": stability_map,
    "electrochemical_window": lambda: window(kept=True),
    "electrochemical_window, rebuilt": lambda: window(kept=False),
    "interface_reaction": lambda: reaction(None, kept=True),
    "interface_reaction, rebuilt": lambda: reaction(None, kept=False),
    "interface_reaction at 3.9 V": lambda: reaction(3.9, kept=True),
    "interface_reaction at 3.9 V, rebuilt": lambda: reaction(3.9, kept=False),
    "space_charge of 2,500 planes": space_charge,
    "lattice, free": lambda: hopping("free", 46, 30_000_000),
    "lattice, repulsion": lambda: hopping("repulsion", 46, 15_000_000),
    "lattice, repulsion and barriers": lambda: hopping("barriers", 46, 10_000_000),
    "network, rejection": lambda: hopping("network", 46, 10_000_000),
    "network, class lists": lambda: hopping("class-lists", 46, 5_000_000),
    "stack, uniform": lambda: uniform_stack(0.0, 5_000_000),
    "stack, pairs": lambda: uniform_stack(1.0, 3_000_000),
    "stack, LCO|LNO|LGPS": lambda: layered_stack(5_000_000),
}


def work(name: str) -> None:
    """Time a function or a kernel in this process: a turn for each line of standard input, and then the result."""
    task = WORK[name]()

    def timed() -> tuple[float, Any]:
        task.prepare()
        start = time.process_time()
        result = task.call()
        return (time.process_time() - start) / task.per_call, result

    result = timed()[1] if task.warm_up else None
    print("ready", flush=True)
    for _ in sys.stdin:
        calls = [timed() for _ in range(task.calls)]
        result = calls[-1][1]
        print(statistics.median(seconds for seconds, _ in calls), flush=True)
    print(json.dumps(task.document(result)))


@dataclass(frozen=True)
class Side:
    """An interpreter, its environment, the folder of its compiled kernels, and the script of its workers."""

    python: str
    environment: dict[str, str]
    cache: Path
    script: Path

    def package(self) -> str:
        """Folder of the interfacekit that it imports."""
        used, _ = self.run(["-c", "import interfacekit; print(interfacekit.__file__)"], self.cache)
        return str(Path(used.out.strip()).parent)

    def run(self, words: list[str], cache: Path) -> tuple[Usage, dict[str, str]]:
        """Run the interpreter in an empty folder; return what it took, and SHA-256 of the files that it left there."""
        with tempfile.TemporaryDirectory() as folder:
            used = run([self.python, *words], Path(folder), caching_in(cache, self.environment))
            if used.status != 0:
                raise SystemExit(f"{self.python} {' '.join(words)} failed:\n{used.err}")
            files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
            return used, {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


class Command:
    """A command on one side, which each turn runs in a process of its own."""

    def __init__(self, case: Case, side: Side) -> None:
        self.case, self.side = case, side
        self.peaks_MB: list[float] = []
        self.document: Any = None

    def turn(self) -> float:
        """Run it; return its processor time."""
        words = ["-m", "interfacekit", *self.case.command.split(), "--json"]
        with tempfile.TemporaryDirectory() as cache:
            used, files = self.side.run(words, Path(cache) if self.case.kind == "first call" else self.side.cache)
        self.peaks_MB.append(used.peak_MB)
        self.document = {"json": json.loads(used.out), "files": files}
        return used.cpu_s

    def finish(self) -> None:
        """Nothing runs on."""


class Worker:
    """A process that times a function or a kernel on one side, turn by turn."""

    def __init__(self, case: Case, side: Side) -> None:
        self.case = case
        command = [side.python, str(side.script.resolve()), "--worker", case.name]
        environment = caching_in(side.cache, side.environment)
        self.process = subprocess.Popen(  # noqa: S603
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.peaks_MB: list[float] = []
        self.document: Any = None
        self.answer()

    def answer(self) -> str:
        """Wait for a line."""
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.case.name} failed: {' '.join(self.process.args)}")
        return line

    def turn(self) -> float:
        """Let it work; return the seconds of a call or an attempt."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.answer())

    def finish(self) -> None:
        """Take the result and the peak memory, and end."""
        self.process.stdin.close()
        self.document = json.loads(self.answer())
        self.peaks_MB = [wait(self.process).peak_MB]


def difference(one: Any, other: Any, path: str = "") -> str | None:
    """Where two documents differ first; None if they do not."""
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(f"{path}.{key}", one.get(key), other.get(key)) for key in {**one, **other} if key not in LEFT_OUT]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(f"{path}[{i}]", *pair) for i, pair in enumerate(zip(one, other, strict=True))]
    else:
        return None if one == other and type(one) is type(other) else f"{path}: {one!r:.60} there, {other!r:.60} here"
    return next((found for name, a, b in pairs if (found := difference(a, b, name)) is not None), None)


@dataclass(frozen=True)
class Row:
    """A case on both sides: medians, ratio there / here with its range over the turns, and the first difference."""

    name: str
    kind: str
    there_s: float
    here_s: float
    ratio: float
    least_ratio: float
    largest_ratio: float
    there_MB: float
    here_MB: float
    goal: float | None
    most_MB: float | None
    difference: str | None

    @property
    def meets(self) -> str:
        """Whether the goals are met; nothing where there is none."""
        if self.goal is None:
            return ""
        return "yes" if self.ratio >= self.goal and self.here_MB < (self.most_MB or float("inf")) else "NO"


def measure(case: Case, there: Side, here: Side, repeats: int) -> Row:
    """Run a case by turns."""
    kind = Worker if case.name in WORK else Command
    sides = [kind(replace(case, command=RENAMED.get(case.command, case.command)), there), kind(case, here)]
    if case.kind == "command":
        for side in sides:
            side.turn()  # compiles
    turns = [[side.turn() for side in sides] for _ in range(case.turns * repeats)]
    for side in sides:
        side.finish()
    seconds = [statistics.median(times) for times in zip(*turns, strict=True)]
    peaks = [statistics.median(side.peaks_MB) for side in sides]
    ratios = [one / other for one, other in turns]
    return Row(
        name=case.name,
        kind=case.kind,
        there_s=seconds[0],
        here_s=seconds[1],
        ratio=seconds[0] / seconds[1],
        least_ratio=min(ratios),
        largest_ratio=max(ratios),
        there_MB=peaks[0],
        here_MB=peaks[1],
        goal=case.goal,
        most_MB=case.most_MB,
        difference=difference(*(side.document for side in sides)),
    )


def duration(seconds: float) -> str:
    """Seconds in a unit that fits."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "us")):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def show(rows: list[Row]) -> None:
    """Print the table, and under it the differences."""
    columns = dict.fromkeys(("case", "kind"), "left")
    columns |= dict.fromkeys(("there", "here", "ratio", "range", "goal", "met", "MB there", "MB here"), "right")
    cells = [
        [
            row.name,
            row.kind,
            duration(row.there_s),
            duration(row.here_s),
            f"{row.ratio:.2f}",
            f"{row.least_ratio:.2f}-{row.largest_ratio:.2f}",
            "same" if row.goal is None else f"{row.goal:g}" + (f", {row.most_MB:g} MB" if row.most_MB else ""),
            row.meets,
            f"{row.there_MB:.0f}",
            f"{row.here_MB:.0f}",
            "yes" if row.difference is None else "NO",
        ]
        for row in rows
    ]
    print_rows("Processor time and peak memory by turns, there and here", {**columns, "identical": "left"}, cells)
    for row in rows:
        if row.difference is not None:
            CONSOLE.print(f"{row.name} differs at {row.difference}", markup=False)


def main() -> None:
    """Compare, or do the work of one process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--python", help="interpreter of the environment with the other revision")
    parser.add_argument("--script", type=Path, default=Path(__file__), help="this script as the other revision has it")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="cases whose name or kind has one of these")
    parser.add_argument("--json", type=Path, help="write the rows there")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.worker)
        return
    if not options.python:
        parser.error("give --python, an interpreter of the environment with the other revision")
    chosen = [c for c in CASES if not options.only or any(word in f"{c.kind}: {c.name}" for word in options.only)]
    own = dict(os.environ)
    with tempfile.TemporaryDirectory() as caches:
        # A search path that leads to this revision would lead the other interpreter here as well.
        foreign = {name: value for name, value in own.items() if name != "PYTHONPATH"}
        there = Side(options.python, foreign, Path(caches, "there"), options.script)
        here = Side(sys.executable, own, Path(caches, "here"), Path(__file__))
        packages = there.package(), here.package()
        if packages[0] == packages[1]:
            parser.error(f"both interpreters import {packages[0]}")
        for side, package in zip((there, here), packages, strict=True):
            compile_modules(side.python, Path(package))
        CONSOLE.print(f"{machine()}\nthere: {packages[0]}\nhere: {packages[1]}", markup=False, highlight=False)
        rows = []
        for case in chosen:
            rows.append(measure(case, there, here, options.repeats))
            CONSOLE.print(f"{case.kind}: {case.name}: {rows[-1].ratio:.2f}", markup=False, highlight=False)
            if options.json:
                record = {"machine": machine(), "repeats": options.repeats, "rows": [asdict(row) for row in rows]}
                options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    show(rows)


if __name__ == "__main__":
    main()
