"""`interfacekit kmc` and `interfacekit bench kmc`: small boxes and short runs."""

import csv
import io
import json
import math
import subprocess
import sys

import pytest
from monty.json import MontyDecoder
from pymatgen.core import Lattice, Structure

from interfacekit.structure import BandOptions, migration_barriers
from interfacekit.transport import (
    HoppingModel,
    NeighbourBarriers,
    RunOptions,
    Transport,
    bulk_model,
    lattice_gas_conductivity_S_cm,
    regular_lattice,
    simulate_series,
)
from interfacekit.transport.bulk import replica

SHORT = ("--cells", "6", "--hops", "3e5", "--replicas", "2")
CONTRACT = {
    "material", "temperature_K", "conductivity_S_cm", "conductivity_err_S_cm", "D_tracer_cm2_s", "D_charge_cm2_s",
    "haven_ratio", "haven_ratio_err", "activation_energy_eV", "hops", "provenance",
}  # fmt: skip
OWN = """\
material: mine
lattice: layered_square
hop_distance_A: 3.0
layer_distance_A: 4.0
cells: [6, 6, 6]
filling: 0.5
neighbour_barriers_eV:
  - [0.25, 0.26, 0.27, 0.28, 0.29, 0.30, 0.31, 0.32, 0.33, 0.34, 0.35]
  - [0.30, 0.31, 0.32, 0.33, 0.34, 0.35, 0.36, 0.37, 0.38, 0.39, 0.40]
attempt_frequencies_Hz: 5e12
temperature: 300
hops: 3e5
replicas: 2
seed: 3
"""


def records(run):
    assert run.status == 0, run.err
    return json.loads(run.out)


@pytest.fixture(scope="module")
def model():
    return bulk_model("LGPS", cells=6)


def test_json_is_a_list_with_the_documented_keys(interfacekit):
    one = records(interfacekit("kmc", "lgps", *SHORT, "--json"))
    assert len(one) == 1
    assert CONTRACT <= one[0].keys()
    assert (one[0]["material"], one[0]["temperature_K"]) == ("LGPS", 298.15)
    assert one[0]["activation_energy_eV"] is None
    assert one[0]["hops"] == pytest.approx(3e5, rel=0.1)
    assert one[0]["provenance"]["parameters"]["calibration"].endswith("0.012 S/cm at 298.15 K")
    assert one[0]["provenance"]["parameters"]["cells"] == [6, 6, 6]


def test_json_reads_back_as_the_results_of_the_library(interfacekit, model):
    run = interfacekit("kmc", "LGPS", *SHORT, "--temperature", "250:400:75", "--temperature", "300", "--json")
    found = json.loads(run.out, cls=MontyDecoder)
    assert run.err == ""
    assert all(isinstance(result, Transport) for result in found)
    options = RunOptions(hops=3e5, replicas=2)
    expected = simulate_series(model.model, [250, 325, 400, 300], options=options, name="LGPS", notes=model.notes())
    for mine, theirs in zip(found, expected, strict=True):
        assert mine.temperature_K == theirs.temperature_K
        assert mine.conductivity_S_cm == theirs.conductivity_S_cm
        assert mine.haven_ratio == theirs.haven_ratio
        assert mine.activation_energy_eV == theirs.activation_energy_eV
    assert found[0].activation_energy_eV == pytest.approx(0.25, abs=0.05)


def test_results_depend_on_the_seed_and_not_on_threads(interfacekit):
    command = ("kmc", "LNO", *SHORT, "--json")
    first = records(interfacekit(*command, "--threads", "1"))
    assert records(interfacekit(*command, "--threads", "2")) == first
    assert records(interfacekit(*command, "--seed", "1")) != first


def test_csv_holds_the_same_numbers_and_where_they_come_from(interfacekit, tmp_path):
    path = tmp_path / "r.csv"
    run = interfacekit("kmc", "LCO", "--cells", "12", *SHORT[2:], "--temperature", "300:350:50", "-o", path, "--json")
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    for row, record in zip(rows, records(run), strict=True):
        for key in CONTRACT - {"material", "provenance"}:
            assert float(row[key]) == pytest.approx(record[key], rel=1e-11)
        assert float(row["conductivity_b_S_cm"]) == pytest.approx(record["conductivity_by_axis_S_cm"][1], rel=1e-11)
        assert float(row["conductivity_c_S_cm"]) == 0
        assert "calibrated to the film's" in row["calibration"]
        assert (row["sample"], row["seed"]) == ("film", "0")
        assert row["interfacekit_version"] == record["provenance"]["version"]


def test_every_format_is_written_at_once(interfacekit, tmp_path):
    paths = [tmp_path / f"r.{suffix}" for suffix in ("json", "png", "svg", "pdf")]
    outputs = [argument for path in paths for argument in ("-o", path)]
    run = interfacekit("kmc", "LGPS", *SHORT, "--sample", "shell", "--temperature", "300:350:50", *outputs)
    assert run.status == 0
    assert len(json.loads(paths[0].read_text(), cls=MontyDecoder)) == 2
    assert paths[1].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in paths[2].read_text()
    assert paths[3].read_bytes().startswith(b"%PDF")
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_the_table_says_what_was_fitted(interfacekit):
    out = " ".join(interfacekit("kmc", "LGPS", *SHORT, "--temperature", "250:400:50").out.split())
    assert "fitted, not predicted: attempt frequency calibrated to 0.012 S/cm at 298.15 K (Kamaya 2011" in out
    assert "recalled from memory, to be checked: lattice constant a 8.718 A" in out
    assert "assumed: occupation of Li sites 0.8333" in out
    assert "activation energy of conductivity x T: 0.2" in out
    given = " ".join(interfacekit("kmc", "LGPS", *SHORT, "--attempt-frequency", "1e13", "--barrier", "0.3").out.split())
    assert "nothing was calibrated" in given
    assert "given by you: barrier along c 0.3 eV, barrier in ab 0.36 eV, attempt frequency 1e+13 1/s" in given


def test_a_field_drives_ions_along_the_fastest_axis_or_the_one_named(interfacekit, tmp_path):
    (fastest,) = records(interfacekit("kmc", "LGPS", *SHORT, "--field", "0.02", "--json"))
    assert fastest["method"] == "drift in a field"
    assert fastest["provenance"]["parameters"]["field_V_A"] == [0.0, 0.0, 0.002]
    (named,) = records(interfacekit("kmc", "LGPS", *SHORT, "--field", "0.02:x", "--json"))
    assert named["provenance"]["parameters"]["field_V_A"] == [0.002, 0.0, 0.0]
    assert named["conductivity_S_cm"] < fastest["conductivity_S_cm"]
    assert "0.02 V/nm along x" in interfacekit("kmc", "LGPS", *SHORT, "--field", "0.02:x", "-o", tmp_path / "f.svg").out
    assert (tmp_path / "f.svg").is_file()
    none = interfacekit("kmc", "LGPS", *SHORT, "--field", "0")
    assert (none.status, none.err.count("\n")) == (2, 1)
    assert "field must not be 0, which drives no ion; leave field out" in none.err


def test_a_configuration_is_as_good_as_the_command_line(interfacekit, tmp_path):
    config = tmp_path / "run.yaml"
    config.write_text(
        "material: LGPS\ntemperature: 300:350:50\ncells: 6\nhops: 3e5\nreplicas: 2\nseed: 4\n"
        "kernel: rejection\nwalkers: ions\nconductivity: 0.01\nfield: 0.02:x\ncheck: true\n"
    )
    from_file = records(interfacekit("kmc", "--config", config, "--json"))
    from_line = records(
        interfacekit(
            "kmc", "LGPS", "--temperature", "300:350:50", *SHORT, "--seed", "4", "--kernel", "rejection",
            "--walkers", "ions", "--conductivity", "0.01", "--field", "0.02:x", "--check", "--json",
        )
    )  # fmt: skip
    assert from_file == from_line
    (other,) = records(interfacekit("kmc", "LNO", "--config", config, "--temperature", "400", "--json"))
    assert (other["material"], other["temperature_K"]) == ("LNO", 400.0)
    assert other["provenance"]["parameters"]["kernel"] == "rejection"


def test_a_model_of_ones_own(interfacekit, tmp_path):
    config = tmp_path / "mine.yaml"
    config.write_text(OWN)
    (found,) = records(interfacekit("kmc", "--config", config, "--json"))
    lattice = regular_lattice("layered_square", [6, 6, 6], 3.0, layer_distance_A=4.0)
    tables = [[0.25 + 0.01 * k for k in range(11)], [0.30 + 0.01 * k for k in range(11)]]
    mine = HoppingModel(lattice, 0.5, NeighbourBarriers(tables), attempt_frequencies_Hz=5e12)
    (expected,) = simulate_series(mine, [300], options=RunOptions(hops=3e5, replicas=2, seed=3), name="mine")
    assert found["material"] == "mine"
    assert found["conductivity_S_cm"] == pytest.approx(expected.conductivity_S_cm, rel=1e-12)
    assert found["provenance"]["parameters"]["own_model"]["hop_distance_A"] == 3.0
    assert "fitted" not in interfacekit("kmc", "--config", config).out


def test_an_interrupted_run_goes_on_to_the_same_result(interfacekit, tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    command = ("kmc", "LGPS", "--temperature", "300:350:50", "--cells", "6", "--hops", "2e6", "--replicas", "4")
    command = (*command, "--threads", "1", "--json")
    whole = records(interfacekit(*command))

    def interrupt(self):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(replica, "CHUNK", 1000)
        patch.setattr(replica.Replica, "progress", property(interrupt))
        run = interfacekit(*command, "--checkpoint", kept, "-o", tmp_path / "r.csv")
    assert (run.status, run.out, run.err.count("\n")) == (130, "", 1)
    assert f"the same command goes on from what is in {kept}" in run.err
    assert not (tmp_path / "r.csv").exists()
    files = sorted(path.name for path in (kept / "300K").iterdir())
    assert "run.json" in files
    assert "replica-0.npz" in files
    assert not (kept / "350K").exists()
    assert records(interfacekit(*command, "--checkpoint", kept)) == whole
    other = interfacekit(*command, "--checkpoint", kept, "--seed", "1")
    assert (other.status, other.err.count("\n")) == (2, 1)
    assert "checkpoints of another run" in other.err


def test_a_run_is_continued_to_more_hops_and_says_from_where(interfacekit, tmp_path):
    kept = tmp_path / "kept"
    command = ("kmc", "LGPS", "--cells", "6", "--replicas", "2", "--checkpoint", kept, "--json")
    first = interfacekit(*command, "--hops", "3e5")
    assert (first.status, first.err) == (0, "")
    again = interfacekit(*command, "--hops", "3e5")
    assert again.out == first.out
    folder = kept / "298.15K"
    resuming = f"interfacekit: resuming from {folder}: {{}} of 2 replicas finished, {{}} % of the hops\n"
    assert again.err == resuming.format(2, 100)
    more = interfacekit(*command, "--hops", "1.2e6")
    assert (more.status, more.err) == (0, resuming.format("extending 300000 to 1200000 hops, 0", 25))
    note = "continued from a first request of 300000 hops, which has planned the length of the windows"
    table = interfacekit(*command[:-1], "--hops", "1.2e6")
    assert note in table.out
    assert records(more)[0]["provenance"]["parameters"]["first_hops"] == 3e5
    assert records(more)[0]["hops"] == pytest.approx(1.2e6, rel=0.05)
    fewer = interfacekit(*command, "--hops", "3e5")
    assert (fewer.status, fewer.out, fewer.err.count("\n")) == (2, "", 1)
    assert "keeps a run of 1200000 hops, more than 300000" in fewer.err
    (folder / "replica-1.npz").write_text("")
    damaged = interfacekit(*command, "--hops", "1.2e6")
    assert damaged.out == more.out
    assert damaged.err == (
        f"interfacekit: warning: in {folder} 1 replica is damaged and is run anew (replica-1.npz: it is empty)\n"
        + resuming.format(1, 50)
    )


def test_an_interrupted_run_without_checkpoints_says_how_to_have_them(interfacekit, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("interfacekit.transport.simulate_series", interrupt)
    run = interfacekit("kmc", "LGPS", *SHORT)
    assert (run.status, run.out, run.err.count("\n")) == (130, "", 1)
    assert "--checkpoint DIR" in run.err


def test_no_memory_is_told_in_one_line(interfacekit, monkeypatch):
    def exhaust(*arguments, **options):
        raise MemoryError("cannot allocate 1 TiB")

    monkeypatch.setattr("interfacekit.transport.simulate_series", exhaust)
    run = interfacekit("kmc", "LGPS", *SHORT)
    assert (run.status, run.err.count("\n")) == (1, 1)
    assert "not enough memory" in run.err


BAD = [
    ([], "material is missing"),
    ([""], "material"),
    (["XYZ"], "XYZ"),
    (["LPS"], "there is one of LCO, LNO, LGPS"),
    (["LGPS", "LNO"], "unexpected extra argument"),
    (["LGPS", "--sample", "film"], "there is bulk, shell"),
    (["LNO", "--sample", "bulk"], "there is film"),
    (["LGPS", "--temperature", "0"], "from 100 to 3000 K"),
    (["LGPS", "--temperature", "-300"], "from 100 to 3000 K"),
    (["LGPS", "--temperature", "nan"], "from 100 to 3000 K"),
    (["LGPS", "--temperature", "warm"], "from 100 to 3000 K"),
    (["LGPS", "--temperature", "400:250:25"], "reversed"),
    (["LGPS", "--temperature", "300:300:25"], "reversed or empty"),
    (["LGPS", "--temperature", "250:400"], "needs a step"),
    (["LGPS", "--temperature", "250:400:-5"], "one positive step"),
    (["LGPS", "--temperature", "250:400:1e-6"], "at most"),
    (["LGPS", "--hops", "1e30"], "from 1 to 1e+15"),
    (["LGPS", "--hops", "0"], "from 1 to 1e+15"),
    (["LGPS", "--hops", "-1e8"], "from 1 to 1e+15"),
    (["LGPS", "--hops", "nan"], "from 1 to 1e+15"),
    (["LGPS", "--hops", "abc"], "from 1 to 1e+15"),
    (["LGPS", "--hops", "1e4", "--checkpoint", "kept"], "too few"),
    (["LGPS", "--filling", "1.2"], "between 0 and 1"),
    (["LGPS", "--filling", "nan"], "between 0 and 1"),
    (["LNO", "--filling", "-0.1"], "between 0 and 1"),
    (["LGPS", "--barrier", "-0.2"], "above 0"),
    (["LGPS", "--barrier", "nan"], "above 0"),
    (["LGPS", "--conductivity", "0"], "from 1e-30 to"),
    (["LGPS", "--attempt-frequency", "inf"], "a number from 1000000 to 1e+25 1/s"),
    (["LGPS", "--conductivity", "0.1", "--attempt-frequency", "1e12"], "one of them"),
    (["LGPS", "--cells", "2"], "at least 3"),
    (["LGPS", "--cells", "6,6"], "one for each axis"),
    (["LGPS", "--cells", "6.5"], "one for each axis"),
    (["LGPS", "--cells", "0"], "is not a box"),
    (["LGPS", "--field", "strong"], "give V/nm"),
    (["LGPS", "--field", "inf"], "give V/nm"),
    (["LGPS", "--field", "0.01:w"], "x, y or z"),
    (["LCO", "--field", "0.01:z"], "choose x or y"),
    (["LCO", "--field", "1e5"], "from -10 to 10 V/nm"),
    (["LGPS", "--kernel", "fastest"], "kernel"),
    (["LCO", "--kernel", "lattice", "--checkpoint", "kept"], "choose rejection"),
    (["LGPS", "--walkers", "electrons"], "walkers"),
    (["LGPS", "--replicas", "0"], "a whole number from 1 to 100000"),
    (["LGPS", "--replicas", "2.5"], "a whole number from 1 to 100000"),
    (["LGPS", "--seed", "-1"], "a whole number from 0 to"),
    (["LGPS", "--threads", "0", "--checkpoint", "kept"], "threads"),
    (["LGPS", "--entries", "mp"], "No such option"),
    (["LGPS", "-o", "r.xyz"], "unknown suffix"),
    (["LGPS", "-o", "nowhere/r.csv"], "no directory nowhere"),
    (["LGPS", "--config", "nowhere.yaml"], "cannot read"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_one_line_and_status_2(interfacekit, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    run = interfacekit("kmc", *arguments)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lattice": "cubic"}, "no lattice 'cubic'"),
        ({"material": "lgps"}, "lgps is a built-in material; a model of your own needs a name of its own"),
        ({"lattice": None}, "hop_distance_A has no effect without the lattice of a model of your own"),
        ({"hop_distance_A": -3}, "hop_distance_A must be from 0.2 to 50 A"),
        ({"hop_distance_A": None}, "hop_distance_A is missing"),
        ({"filling": None}, "filling is missing"),
        ({"cells": [6, 6, True]}, "one for each axis"),
        ({"neighbour_barriers_eV": [[0.3]]}, "rows; give one for each of 2"),
        ({"neighbour_barriers_eV": [[0.3], [0.3]]}, "0 to 10 occupied neighbours"),
        ({"neighbour_barriers_eV": 0.3}, "is not a table"),
        ({"neighbour_barriers_eV": [[0.3], ["high"]]}, "must be a number from 0 to 10 eV, got 'high'"),
        ({"neighbour_barriers_eV": None}, "needs one of barriers_eV"),
        ({"barriers_eV": 0.3}, "needs one of barriers_eV"),
        ({"neighbour_barriers_eV": None, "barriers_eV": [0.3, -0.1]}, "from 0 to 10 eV, got -0.1 eV"),
        ({"neighbour_barriers_eV": None, "barriers_eV": [0.3, 0.3, 0.3]}, "one for each of 2 classes"),
        ({"neighbour_barriers_eV": None, "environment_barriers_eV": [[0.3], []]}, "is empty"),
        ({"attempt_frequencies_Hz": math.nan}, "attempt_frequencies_Hz must be a number"),
        ({"pair_energies_eV": [0.1, 0.1, 0.1]}, "one for each of 2 classes"),
        ({"pair_energies_eV": True}, "must be a number from -10 to 10 eV, got True"),
        ({"barrier": 0.3}, "barrier belongs to a known material"),
        ({"replicas": 2.5}, "replicas"),
        ({"temperature": []}, "temperature"),
        ({"barriers": 0.3}, "unknown key 'barriers'"),
    ],
)
def test_bad_models_are_told_in_one_line(interfacekit, tmp_path, changes, message):
    import yaml

    config = tmp_path / "mine.yaml"
    document = {**yaml.safe_load(OWN), "attempt_frequencies_Hz": 5e12, "hops": 3e5, **changes}
    config.write_text(yaml.safe_dump({key: value for key, value in document.items() if value is not None}))
    run = interfacekit("kmc", "--config", config, "-o", tmp_path / "r.csv")
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err
    assert list(tmp_path.iterdir()) == [config]


def test_bench_measures_every_workload(interfacekit, tmp_path):
    run = interfacekit("bench", "kmc", "--sites", "200,500", "--seconds", "0.01", "-o", tmp_path / "b.csv", "--json")
    found = records(run)
    assert [record["sites"] for record in found] == [216, 512] * 5
    assert all(record["million_hops_per_s"] > 0 for record in found)
    assert len((tmp_path / "b.csv").read_text().splitlines()) == 11
    table = interfacekit("bench", "kmc", "--sites", "200", "--seconds", "0.01").out
    assert "no interactions" in table


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gpu"], "No such command 'gpu'"),
        (["kmc", "--sites", "8"], "27 to 1e+08"),
        (["kmc", "--sites", "1e3,1e12"], "27 to 1e+08"),
        (["kmc", "--sites", "nan"], "27 to 1e+08"),
        (["kmc", "--sites", "many"], "must be a number from 27 to 1e+08, got 'many'"),
        (["kmc", "--seconds", "0"], "above 0 and at most 86400 s"),
        (["kmc", "--seconds", "nan"], "above 0 and at most 86400 s"),
        (["kmc", "-o", "b.png"], "choose one of .csv .json"),
    ],
)
def test_bad_benchmarks_are_told_in_one_line(interfacekit, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    run = interfacekit("bench", *arguments)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err
    assert list(tmp_path.iterdir()) == []


def test_progress_is_for_terminals_only():
    command = [sys.executable, "-m", "interfacekit", "kmc", "LGPS", *SHORT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stderr == ""
    assert "LGPS (bulk)" in done.stdout


@pytest.fixture(scope="module")
def barriers(tmp_path_factory):
    """A table of barriers of copper by EMT, as a file."""
    cell = Structure.from_spacegroup("Fm-3m", Lattice.cubic(3.6), ["Cu"], [[0, 0, 0]])
    table = migration_barriers(
        cell, "emt", mobile="Cu", supercell_shape=(2, 2, 2), options=BandOptions(images=3, fmax_eV_A=0.1)
    )
    path = tmp_path_factory.mktemp("barriers") / "copper.json"
    path.write_text(table.to_json())
    return path, table


def test_a_table_of_barriers_is_taken_as_it_is(interfacekit, barriers):
    """Fcc with one hop class: the clock is that of the lattice with this barrier, and nothing was calibrated."""
    path, table = barriers
    words = ("kmc", "--barrier-table", path, "--filling", "0.95", "--cells", "4", "--temperature", "900")
    (found,) = records(interfacekit(*words, "--hops", "1e6", "--replicas", "2", "--json"))
    assert (found["material"], found["ions"], found["sites"]) == ("Cu", round(0.95 * 256), 256)
    fcc = regular_lattice("fcc", 4, hop_distance_A=3.6 / math.sqrt(2))
    free = HoppingModel(fcc, 0.95, table.barriers_eV()["Cu1-Cu1 2.55 A"])
    expected = lattice_gas_conductivity_S_cm(free, 900.0)
    error = found["conductivity_err_S_cm"]
    assert abs(found["conductivity_S_cm"] - expected) < 5 * error
    assert error < 0.1 * expected
    parameters = found["provenance"]["parameters"]
    assert parameters["barriers"]["parameters"]["calculator"]["name"] == "emt"
    shown = interfacekit(*words, "--hops", "1e6", "--replicas", "2").out
    assert "nothing was calibrated" in shown
    assert "assumed: attempt frequency 1e+13 1/s" in shown


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ((), "all Cu sites of Cu are occupied, so that no ion can hop; give a filling below 1"),
        (("--filling", "0.9", "--sample", "bulk"), "sample has no effect with a table of barriers"),
        (("--filling", "0.9", "--cells", "1"), "meet itself or a neighbour twice; give 2,2,2 or more"),
        (("--filling", "0.9", "--attempt-frequency", "0"), "attempt_frequency must be from 1000000 to 1e+25 1/s"),
        (("LGPS", "--filling", "0.9"), "copper.json has barriers of Cu, not of LGPS; leave one of them out"),
    ],
)
def test_a_table_of_barriers_that_cannot_be_run(interfacekit, barriers, words, what):
    run = interfacekit("kmc", "--barrier-table", barriers[0], *words)
    assert (run.status, run.out) == (2, "")
    assert what in run.err


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("not json", "holds no table of barriers"),
        ("[1]", "holds no table of barriers but list"),
        ("[" * 100_000, "holds no table of barriers"),
        ('{"@module": "os", "@class": "system", "command": "touch x"}', "names os.system, which is not a result"),
    ],
)
def test_a_file_that_is_no_table_of_barriers(interfacekit, tmp_path, text, what):
    (tmp_path / "x.json").write_text(text)
    run = interfacekit("kmc", "--barrier-table", tmp_path / "x.json")
    assert (run.status, run.out) == (2, "")
    assert what in run.err
    assert run.err.count("\n") == 1


@pytest.mark.parametrize(
    ("where", "value", "what"),
    [
        (("rows",), 3, "rows of a BarrierTable cannot be 3"),
        (("rows", 0, "energies_eV", 1), "0.5", "energies_eV of a HopBarrier cannot be"),
        (("rows", 0, "energies_eV", 1), 1e400, "Infinity is not JSON"),
        (("rows", 0, "energies_eV"), [], "is done and has no energies"),
        (("rows", 0, "end_energies_eV"), [0.0], "end_energies_eV of a HopBarrier cannot be (0.0,)"),
        (("rows", 0, "common_neighbours"), 2.5, "common_neighbours of a HopBarrier cannot be 2.5"),
        (("rows", 0, "status"), "fine", "status of a HopBarrier cannot be 'fine'"),
        (("provenance",), {"parameters": True}, "its provenance has no parameters"),
        (("network",), {"a": 1}, "network of a BarrierTable cannot be"),
        (("network", "hops", 0, 0), 4, "between sites that are not there"),
        (("network", "hops", 0, 5), -1, "of classes that are not there"),
        (("network", "sites", 1, "fractional"), [0.0, 0.5], "fractional of a NetworkSite cannot be (0.0, 0.5)"),
        (("network", "crystal", "structure", "lattice"), -1, "holds no table of barriers"),
    ],
)
def test_a_damaged_table_of_barriers_is_told_in_one_line(interfacekit, barriers, tmp_path, where, value, what):
    document = json.loads(barriers[0].read_text())
    part = document
    for key in where[:-1]:
        part = part[key]
    part[where[-1]] = value
    (tmp_path / "x.json").write_text(json.dumps(document))
    run = interfacekit("kmc", "--barrier-table", tmp_path / "x.json", "--filling", "0.9", "--cells", "4")
    assert (run.status, run.out) == (2, "")
    assert what in run.err
    assert run.err.count("\n") == 1
