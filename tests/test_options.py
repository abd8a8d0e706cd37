"""No option is ignored: each of every command changes what comes of a call, and is refused where it could not."""

import json
import pickle
import re
import shutil
import tempfile
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

import pytest
import typer.main
from pymatgen.core import Lattice, Structure

from interfacekit import structure, sweep, transport, warm
from interfacekit.cli import app
from interfacekit.config import BulkTransportConfig, SclConfig, ScreenConfig, read_config
from interfacekit.entries import load_entries
from interfacekit.errors import ComputationError, InputError
from interfacekit.transport import RunOptions
from interfacekit.transport.bulk import bench
from interfacekit.transport.stack_kmc import simulate as stack_kmc

BASES = {
    "window": "LGPS --json",
    "react": "LCO LGPS --json",
    "map": "LCO LGPS --json",
    "screen": "--cathode LCO --electrolyte LGPS --candidates LNO Li3PO4 --json",
    "entries": "Li-Nb-O --json",
    "crystal": "al.cif --json",
    "network": "al.cif --mobile Al --json",
    "barriers": "al.cif --calculator emt --mobile Al",
    "interface": "LCO LCO --max-area 10 --max-strain 0.01",
    "kmc": "LGPS --json",
    "scl": "LCO LNO:2nm LGPS:4nm --voltage 4 --json",
    "shell": "--cathode LCO --coating LNO --electrolyte LGPS --thickness 2 --voltage 4 --json",
    "warm": "",
    "bench kmc": "--sites 1e3 --seconds 0.001",
}
SCREEN = BASES["screen"].removesuffix(" --candidates LNO Li3PO4 --json")
KMC, SHELL_KMC = f"{BASES['scl']} --kmc", f"{BASES['shell']} --kmc"
BARRIERS, INTERFACE = BASES["barriers"], BASES["interface"]
PUBLISHED = "LNO --config lno.yaml --json"


#: A coating for all commands that take materials; YAML reads JSON.
MINE = {
    "materials": {
        "mine": {
            "formula": "Li3NbO4",
            "site_density_per_cm3": 6e22,
            "filling": 0.5,
            "conductivity_S_cm": 1e-7,
            "barrier_eV": 0.5,
            "layer": {"permittivity": 20},
            "bulk": {"lattice": "simple_cubic"},
        }
    },
    "contacts": {"LCO|mine": {"offset_eV": 0.1}, "mine|LGPS": {"offset_eV": 0.1}},
}


class Row(NamedTuple):
    """Words that an option stands in, the call that they change (that of the command where None), and an idle call."""

    words: str
    base: str | None = None
    idle: str | None = None


def figure(words, base, idle):
    return Row(words, f"{base} -o f.svg", f"{base} {idle or words}")


ENERGIES = {
    "--entries": Row("--entries own.csv", idle="LCO LGPS --entries mp2019 --entries mp2019"),
    "--thermo-type": Row(
        "--thermo-type R2SCAN", "LCO LGPS --entries own.csv --json", "LCO LGPS --thermo-type GGA_GGA+U_legacy"
    ),
}
UNCERTAIN = {
    "--ensemble": Row("--ensemble 4", idle="LCO LGPS --ensemble 4 --leave-one-out"),
    "--sigma": Row("--sigma 0.05", "LCO LGPS --ensemble 4 --json", "LCO LGPS --sigma 0.05"),
    "--seed": Row("--seed 1", "LCO LGPS --ensemble 4 --json", "LCO LGPS --leave-one-out --seed 1"),
    "--leave-one-out": Row("--leave-one-out", idle="LCO LGPS LNO --leave-one-out -o f.svg"),
}
#: Materials of the file make a name known, and are refused where none of them is named.
OWN = "--materials mine.yaml"
#: Of what goes to stderr: see test_cli_messages.py.
MESSAGES = ("--help", "--verbose", "--quiet")
COMMON = {
    "--output": Row("-o f.json", idle="-o f.json -o ./f.json"),
    "--config": Row("--config run.yaml", idle="--config run.yaml --config run.yaml"),
    "--json": Row("--json"),
}
EFFECTS = {
    "window": {
        "--delithiated": Row("--delithiated CoO2", "LCO --json", "LCO LNO --delithiated CoO2"),
        "--figure": figure("--figure staircase", "LGPS", "--figure bars"),
        "--snap": Row("--snap", "Li0.33La0.557TiO3 --json"),
        **UNCERTAIN,
        **ENERGIES,
    },
    "react": {
        "--voltage": Row("--voltage 3", idle="LCO LGPS LNO --voltage 2,3 -o f.svg"),
        "--figure": figure("--figure amounts", "LCO LGPS", "--figure energy"),
        **UNCERTAIN,
        **ENERGIES,
    },
    "map": {
        "--voltage": Row("--voltage 2:4", idle="LCO LGPS --voltage 2:4 --voltage 3:5"),
        "--rows": Row("--rows pairs", idle="LCO LGPS --fields --rows both"),
        "--baseline": Row("--baseline total", idle="LCO LGPS --fields --baseline mutual"),
        "--fields": Row("--fields", idle="LCO LNO LGPS --fields"),
        **ENERGIES,
    },
    "screen": {
        "--cathode": Row("--cathode LiNiO2", BASES["screen"].removeprefix("--cathode LCO ")),
        "--electrolyte": Row("--electrolyte Li3PS4", BASES["screen"].replace("--electrolyte LGPS ", "")),
        "--voltage": Row("--voltage 3:4"),
        "--candidates": Row("--candidates LiTaO3"),
        "--contains": Row("--contains Nb"),
        "--exclude": Row("--exclude Nb"),
        "--max-elements": Row("--max-elements 2", f"{SCREEN} --candidates LNO Li3N --json"),
        "--snap": Row("--snap", f"{SCREEN} --candidates Li0.33La0.557TiO3 --json", f"{SCREEN} --snap"),
        "--gate": Row("--gate oxidation_V=4", idle=f"{SCREEN} --gate oxidation_V=4 --gate oxidation_V=4"),
        "--objectives": Row("--objectives oxidation", idle=f"{SCREEN} --objectives oxidation oxidation"),
        "--top": Row("--top 1"),
        "--figure": figure("--figure closed", BASES["screen"], None),
        "--materials": Row(OWN, f"{SCREEN} --candidates LNO mine --json", f"{SCREEN} --candidates LNO {OWN}"),
        "--highlight": figure("--highlight LNO", f"{SCREEN} --contains Nb --max-elements 3", None),
        "--store": Row("--store kept", idle=f"{SCREEN} --store own.csv"),
        "--entries": Row("--entries own.csv", idle=f"{SCREEN} --entries mp2019 mp2019"),
        "--thermo-type": Row(
            "--thermo-type R2SCAN", f"{BASES['screen']} --entries own.csv", f"{SCREEN} --thermo-type GGA_GGA+U_legacy"
        ),
    },
    "entries": {**ENERGIES, "--aliases": Row("--aliases", "", "Li-Nb-O --aliases")},
    "crystal": {},
    "network": {
        "--vacant": Row("--vacant"),
        "--cutoff": Row("--cutoff 4.2"),
        "--mobile": Row("--mobile O", "LCO --json"),
    },
    "barriers": {
        "--trust-config": Row("--trust-config", "--config emt.yaml", f"{BARRIERS} --trust-config"),
        "--vacant": Row("--vacant"),
        "--cutoff": Row("--cutoff 4.2"),
        "--mobile": Row("--mobile O", "LCO --calculator emt"),
        "--calculator": Row(
            "--calculator lj", BARRIERS.replace("--calculator emt ", ""), f"{PUBLISHED} --calculator lj"
        ),
        "--published": Row("--published LiCoO2:barrier", "LCO", f"{BARRIERS} --published LiCoO2:barrier"),
        "--hops": Row("--hops Al1", idle=f"{BARRIERS} --hops Al1 Al1"),
        "--mechanism": Row("--mechanism divacancy", idle=f"{BARRIERS} --mechanism vacancy vacancy"),
        "--supercell": Row("--supercell 2", idle=f"{PUBLISHED} --supercell 2"),
        "--images": Row("--images 3", idle=f"{PUBLISHED} --images 3"),
        "--fmax": Row("--fmax 0.1", idle=f"{PUBLISHED} --fmax 0.1"),
        "--max-steps": Row("--max-steps 9", idle=f"{PUBLISHED} --max-steps 9"),
        "--store": Row("--store kept", idle=f"{BARRIERS} --store own.csv"),
        "--scheduler": Row("--scheduler processes", idle=f"{PUBLISHED} --scheduler processes"),
        "--workers": Row("--workers 1", f"{BARRIERS} --scheduler processes", f"{BARRIERS} --workers 1"),
    },
    "interface": {
        "--trust-config": Row("--trust-config", "--config lj.yaml", f"{INTERFACE} --trust-config"),
        "--max-area": Row("--max-area 10", "LCO LCO"),
        "--max-strain": Row("--max-strain 0.01", "LCO LCO"),
        "--max-miller": Row("--max-miller 2", idle=f"{INTERFACE} --miller 1,0,4 1,0,4 --max-miller 2"),
        "--miller": Row("--miller 1,0,4 --miller 1,0,4"),
        "--stiffness": Row("--stiffness 100,0.3"),
        "--rank": Row("--rank 2", f"{INTERFACE} -o f.cif", f"{INTERFACE} --rank 2"),
        "--termination": Row("--termination 1 --termination 1"),
        "--adhesion": Row("--adhesion lj"),
        "--relax": Row("--relax", f"{INTERFACE} --adhesion lj", f"{INTERFACE} --relax"),
    },
    "kmc": {
        "--temperature": Row("--temperature 320"),
        "--sample": Row("--sample shell", idle="--barrier-table b.json --sample shell"),
        "--conductivity": Row("--conductivity 0.02", idle="LGPS --attempt-frequency 1e12 --conductivity 0.02"),
        "--attempt-frequency": Row("--attempt-frequency 1e12"),
        "--barrier": Row("--barrier 0.3", idle="--barrier-table b.json --barrier 0.3"),
        "--barrier-table": Row("--barrier-table b.json", "mine", "--barrier-table b.json --barrier-table b.json"),
        "--filling": Row("--filling 0.7"),
        "--materials": Row(OWN, "mine --json", f"LGPS {OWN}"),
        "--cells": Row("--cells 6"),
        "--field": Row("--field 0.01"),
        "--hops": Row("--hops 1e6"),
        "--replicas": Row("--replicas 4"),
        "--seed": Row("--seed 1"),
        "--kernel": Row("--kernel rejection"),
        "--walkers": Row("--walkers ions"),
        "--threads": Row("--threads 1"),
        "--checkpoint": Row("--checkpoint kept", idle="LGPS --checkpoint own.csv"),
    },
    "scl": {
        "--voltage": Row("--voltage 4.1", idle="LNO:2nm --voltage 4"),
        "--temperature": Row("--temperature 320"),
        "--figure": figure("--figure resistance", BASES["scl"], None),
        "--ends": Row("--ends open", idle=f"{BASES['scl']} --no-field --ends open"),
        "--ladder": Row("--ladder", idle="LNO:2nm --ladder"),
        "--materials": Row(OWN, "LCO mine:2nm LGPS:4nm --voltage 4 --json", f"{BASES['scl']} {OWN}"),
        "--no-field": Row("--no-field", idle="LNO:2nm --no-field"),
        "--particle-size": Row("--particle-size 5"),
        "--crystals": Row("--crystals", "LNO:1.5nm --json"),
        "--amorphous": Row("--amorphous LNO", "LNO:1.5nm --crystals --json", f"{BASES['scl']} --amorphous LNO"),
        "--across": Row("--across 3", "LCO LNO:1.5nm --voltage 4 --crystals --json", f"{BASES['scl']} --across 4"),
        "--kmc": Row("--kmc"),
        **{
            option: Row(f"{option} {value}", KMC, f"{BASES['scl']} {option} {value}")
            for option, value in {
                "--hops": "2e6", "--replicas": "3", "--seed": "1", "--cells": "40", "--evenness": "4",
                "--threads": "1", "--checkpoint": "kept",
            }.items()
        },
    },
    "shell": {
        "--cathode": Row("--cathode LCO", BASES["shell"].removeprefix("--cathode LCO ")),
        "--coating": Row("--coating LNTO", BASES["shell"].replace("--coating LNO ", "")),
        "--electrolyte": Row("--electrolyte LGPS", BASES["shell"].replace("--electrolyte LGPS ", "")),
        "--thickness": Row("--thickness 3"),
        "--materials": Row(OWN, BASES["shell"].replace("LNO", "mine"), f"{BASES['shell']} {OWN}"),
        "--voltage": Row("--voltage 4.1"),
        "--temperature": Row("--temperature 320", idle=f"{BASES['shell']} --temperature 300,310 --figure map -o f.svg"),
        "--figure": figure("--figure resistance", BASES["shell"], None),
        "--ladder": Row("--ladder"),
        "--particle-size": Row("--particle-size 5"),
        "--store": Row("--store kept", idle=f"{BASES['shell']} --store own.csv"),
        "--trust-config": Row("--trust-config", "--config far.yaml", f"{BASES['shell']} --trust-config"),
        "--workers": Row("--workers 1", SHELL_KMC, f"{SHELL_KMC} --scheduler serial --workers 1"),
        "--kmc": Row("--kmc"),
        **{
            option: Row(f"{option} {value}", SHELL_KMC, f"{BASES['shell']} {option} {value}")
            for option, value in {
                "--hops": "2e6", "--replicas": "3", "--seed": "1", "--cells": "40", "--evenness": "4",
                "--scheduler": "serial",
            }.items()
        },
    },
    "warm": {},
    "bench kmc": {"--sites": Row("--sites 2e3", ""), "--seconds": Row("--seconds 0.002", "--sites 1e3")},
}  # fmt: skip


def commands(group=None, before=()):
    """Commands of the application by their names."""
    group = group or typer.main.get_command(app)
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        if hasattr(command, "commands"):
            yield from commands(command, (*before, name))
        else:
            yield " ".join((*before, name)), command


OPTIONS = [
    (name, parameter.opts[0])
    for name, command in commands()
    for parameter in command.params
    if parameter.param_type_name == "option" and not parameter.hidden and parameter.opts[0] not in MESSAGES
]


def row(command, option):
    """The row of an option; those that all commands have are about the outputs and files of each."""
    return EFFECTS[command].get(option) or COMMON[option]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files that calls read."""
    path = tmp_path_factory.mktemp("inputs")
    table = load_entries("mp2019", "Li-Co-O-Ge-P-S-Nb")
    energies = zip(table.formulas, table.formation_energies_eV_per_atom, strict=True)
    rows = [f"{formula},{energy - 0.001}" for formula, energy in energies if energy]
    (path / "own.csv").write_text("\n".join(["formula,formation_energy_eV_per_atom", *rows, ""]))
    (path / "run.yaml").write_text("output: g.json\n")
    (path / "mine.yaml").write_text(json.dumps(MINE))
    (path / "emt.yaml").write_text("{crystal: al.cif, mobile: Al, calculator: 'ase.calculators.emt:EMT'}\n")
    row = "{system: LiNbO3 crystalline, quantity: Li tracer activation energy}"
    (path / "lno.yaml").write_text(f"published: {row}\n")
    (path / "lj.yaml").write_text("{crystals: [LCO, LCO], adhesion: 'ase.calculators.lj:LennardJones'}\n")
    layers = "cathode: LCO, coating: LNO, electrolyte: LGPS, thickness: 2, voltage: 4"
    (path / "far.yaml").write_text(f"{{{layers}, scheduler: 'tcp://no.port'}}\n")
    crystal = str(path / "al.cif")
    Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.0), ["Al"], [[0, 0, 0]]).to(filename=crystal)
    net = structure.lithium_network(crystal, mobile="Al")
    barriers = structure.migration_barriers(
        crystal, "emt", network=net, supercell_shape=(2, 2, 2), options=structure.BandOptions(images=1)
    )
    (path / "b.json").write_text(barriers.to_json())
    return path


@pytest.fixture(scope="module")
def finished(folder):
    """Results that stand for those of long runs."""
    lattice = transport.HoppingModel(transport.regular_lattice("simple_cubic", 6, hop_distance_A=3.0), 0.5, 0.3)
    series = transport.simulate_series(lattice, [300.0], options=RunOptions(hops=2e5, replicas=2))
    return {
        "series": series,
        "timing": bench.kernel_benchmark(bench.WORKLOADS[0], 10, 0.001),
        "barriers": structure.read_barriers(folder / "b.json"),
        "matches": structure.coherent_interfaces("LCO", "LCO", max_area_A2=10, max_strain=0.01),
    }


@pytest.fixture
def called(monkeypatch, finished):
    """Arguments of long computations, which are not run."""
    calls = []

    def recorded(result):
        def record(*arguments, **options):
            kept = {key: value for key, value in options.items() if key not in ("progress", "executor", "failed")}
            calls.append(pickle.dumps((arguments, kept)))
            return result(*arguments)

        return record

    def stops(*arguments):
        raise ComputationError("recorded")

    def pool(kind="processes", workers=None):
        calls.append((kind, workers))
        return executor(kind, workers)

    executor = sweep.executor
    monkeypatch.setattr(sweep, "executor", pool)
    monkeypatch.setattr(transport, "simulate_series", recorded(lambda *arguments: finished["series"]))
    for module in (transport, stack_kmc):
        monkeypatch.setattr(module, "simulate_stack", recorded(transport.space_charge))
    monkeypatch.setattr(structure, "coherent_interfaces", recorded(lambda *arguments: finished["matches"]))
    monkeypatch.setattr(structure, "migration_barriers", recorded(lambda *arguments: finished["barriers"]))
    monkeypatch.setattr(structure, "work_of_adhesion", recorded(stops))
    monkeypatch.setattr(bench, "kernel_benchmark", recorded(lambda *arguments: finished["timing"]))
    monkeypatch.setattr(warm, "WORKLOADS", {"nothing": lambda: None})
    return calls


@pytest.fixture
def outcome(interfacekit, called, folder, tmp_path):
    """What comes of a call in a folder of its own: status, both streams, files and long computations."""

    def run(command, words):
        place = Path(tempfile.mkdtemp(dir=tmp_path))
        for file in folder.iterdir():
            shutil.copy(file, place)
        called.clear()
        with chdir(place):
            done = interfacekit(*command.split(), *words.split())
        made = {str(p.relative_to(place)): p.read_bytes() for p in place.rglob("*") if p.is_file()}
        others = {name: content for name, content in made.items() if not (folder / name).exists()}
        return done.status, _computed(done.out), done.err, others, tuple(called)

    return run


def _computed(out):
    """What is on stdout, of JSON without the parameters that a result records of its call."""
    try:
        return _without_parameters(json.loads(out))
    except ValueError:
        return out


def _without_parameters(document):
    if isinstance(document, list):
        return [_without_parameters(item) for item in document]
    if not isinstance(document, dict):
        return document
    return {key: _without_parameters(value) for key, value in document.items() if key != "parameters"}


@pytest.fixture(scope="module")
def unchanged():
    """Outcomes of calls without the option, by command and words."""
    return {}


def test_every_option_has_a_row():
    assert set(EFFECTS) == {name for name, _ in commands()}
    for command, option in OPTIONS:
        assert option in EFFECTS[command] or option in COMMON, f"in which calls does {command} {option} have an effect?"
    for command, rows in EFFECTS.items():
        assert {option for option in rows if (command, option) not in OPTIONS} == set()


@pytest.mark.parametrize("command", BASES)
def test_calls_are_repeatable(outcome, command):
    assert outcome(command, BASES[command]) == outcome(command, BASES[command])


#: Whose effect takes a second or more: that on figures, and of longer hops between crystals.
SLOW = {"--figure", "--highlight", "--across"}
CHANGED = [pytest.param(*one, id=" ".join(one), marks=[pytest.mark.slow] if one[1] in SLOW else []) for one in OPTIONS]


@pytest.mark.parametrize(("command", "option"), CHANGED)
def test_every_option_changes_what_comes_of_a_call(outcome, unchanged, command, option):
    entry = row(command, option)
    base = BASES[command] if entry.base is None else entry.base
    base = base.removesuffix(" --json") if option == "--json" else base
    if (command, base) not in unchanged:
        unchanged[command, base] = outcome(command, base)
    assert outcome(command, f"{base} {entry.words}") != unchanged[command, base]


IDLE = [(command, option) for command, option in OPTIONS if row(command, option).idle is not None]


@pytest.mark.parametrize(("command", "option"), IDLE, ids=map(" ".join, IDLE))
def test_an_option_without_effect_is_refused(outcome, command, option):
    idle = row(command, option).idle
    words = f"{BASES[command]} {idle}" if option in COMMON and option not in EFFECTS[command] else idle
    status, out, err, made, calls = outcome(command, words)
    assert (status, out, err.count("\n"), made, calls) == (2, "", 1, {}, ())
    named = option.removeprefix("--").replace("-", "[-_ ]")
    assert re.search(named, err) or "twice" in err


@pytest.mark.parametrize(
    ("command", "words", "key"),
    [
        ("screen", ["--cathode", "LCO", "--electrolyte", "LGPS", "--candidates", ""], "candidates"),
        ("screen", ["--cathode", "LCO", "--electrolyte", "LGPS", "--exclude", " , "], "exclude"),
        ("screen", ["--cathode", " ", "--electrolyte", "LGPS"], "cathode"),
        ("window", ["LGPS", "-o", ""], "output"),
        ("window", ["LGPS", ""], "phases"),
        ("window", ["LGPS", "--entries", ""], "entries"),
        ("window", ["LGPS", "--config", ""], "config"),
        ("kmc", ["LGPS", "--checkpoint", ""], "checkpoint"),
        ("kmc", ["--barrier-table", ""], "barrier_table"),
        ("barriers", ["LCO", "--calculator", ""], "calculator"),
        ("shell", ["--store", ""], "store"),
    ],
)
def test_empty_words_are_refused(interfacekit, command, words, key):
    run = interfacekit(command, *words)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert f"{key} is empty; give a value, or leave " in run.err


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("candidates: []", "candidates"),
        ("candidates: ''", "candidates"),
        ("candidates: ['', ' ']", "candidates"),
        ("max_elements:", "max_elements"),
        ("gates:", "gates"),
        ("gates: {oxidation_V: }", "gates.oxidation_V"),
        ("gates: {oxidation_V: null}", "gates.oxidation_V"),
        ("output: [a.csv, null]", "output"),
        ("output: []", "output"),
        ("objectives: [ ]", "objectives"),
        ("contains: [',', ' ,']", "contains"),
        ("gates: {oxidation_V: ''}", "gates.oxidation_V"),
    ],
)
def test_empty_keys_are_refused(text, key, tmp_path):
    (tmp_path / "run.yaml").write_text(f"cathode: LCO\nelectrolyte: LGPS\n{text}\n")
    with pytest.raises(InputError, match=f"^run.yaml: {key} is empty; give a value"):
        read_config(ScreenConfig, tmp_path / "run.yaml", {})


def test_a_choice_that_is_turned_off_is_no_option(tmp_path):
    (tmp_path / "run.yaml").write_text("layers: LNO:2nm\ncrystals: false\nkmc: false\n")
    assert not read_config(SclConfig, tmp_path / "run.yaml", {}).kmc


def test_what_a_file_says_is_overridden_but_not_said_twice(interfacekit, tmp_path):
    (tmp_path / "run.yaml").write_text("voltage: 2:4\ngates: {oxidation_V: 4}\n")
    screen = ("screen", *SCREEN.split(), "--candidates", "LNO", "--config", tmp_path / "run.yaml", "--json")
    run = interfacekit(*screen, "--voltage", "2:3", "--gate", "oxidation_V=3")
    assert run.status == 0, run.err
    assert (json.loads(run.out)["voltage_high_V"], json.loads(run.out)["gates"]["oxidation_V"]) == (3.0, 3.0)


def test_a_workflow_writes_to_its_own_folder():
    with pytest.raises(InputError, match="output has no effect with the folder results"):
        read_config(
            BulkTransportConfig,
            None,
            {"runs": [{"material": "LNO", "temperature": 300}], "results": "r", "output": "x.csv"},
        )
