import csv
import io
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from monty.json import MontyDecoder
from pymatgen.core import Composition

from interfacekit.thermo import InterfaceReaction, StabilityMap, Window, electrochemical_window, interface_reaction
from tests import places

HEAVY = ("ase", "pymatgen", "numpy", "numba", "matplotlib", "mp_api", "torch", "xarray", "distributed")

COMMANDS = (
    "window", "react", "map", "screen", "entries", "crystal", "network", "barriers", "interface", "kmc", "scl", "shell",
    "warm", "bench kmc",
)  # fmt: skip
LIGHT = (
    "import interfacekit",
    "import interfacekit; interfacekit.__version__; dir(interfacekit)",
    *(
        f"from interfacekit.cli import main; sys.argv[1:] = {[*words.split(), '--help']}; main()"
        for words in ("", *COMMANDS)
    ),
)


@pytest.fixture(scope="module")
def heavy():
    """Heavy modules that one process has loaded after each of the light statements, in their order."""
    source = f"""import sys
for code in {LIGHT!r}:
    try:
        exec(code)
    except SystemExit:
        pass
    sys.stderr.write(" ".join(m for m in {HEAVY!r} if m in sys.modules) + "\\n")
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)  # noqa: S603
    return dict(zip(LIGHT, done.stderr.splitlines(), strict=True))


@pytest.mark.parametrize("code", LIGHT)
def test_import_and_help_load_nothing_heavy(heavy, code):
    assert heavy[code] == ""


def test_thermodynamics_and_its_figures_load_no_more_than_they_need(tmp_path):
    unneeded = ("pymatgen.analysis.phase_diagram", "interfacekit.kernels.hops.lattice", "interfacekit.transport")
    code = f"from interfacekit.cli import main; sys.argv[1:] = ['window', 'LGPS', '-o', {str(tmp_path / 'w.png')!r}]"
    ending = f"print('UNNEEDED', [m for m in {unneeded!r} if m in sys.modules])"
    source = f"import sys, atexit\natexit.register(lambda: {ending})\n{code}\nmain()"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)  # noqa: S603
    assert "UNNEEDED []" in done.stdout


def test_help_has_an_example_for_every_command(interfacekit):
    for command in COMMANDS:
        run = interfacekit(*command.split(), "--help")
        assert run.status == 0
        assert f"interfacekit {command} " in " ".join(run.out.split())


@pytest.mark.parametrize("arguments", [[], ["bench"]])
def test_no_command_shows_the_help_alone(interfacekit, arguments):
    run = interfacekit(*arguments)
    assert (run.status, run.err) == (2, "")
    assert "Usage: interfacekit" in run.out


def test_window_json_has_the_documented_keys(interfacekit):
    document = json.loads(interfacekit("window", "LGPS", "--json").out)
    assert {
        "phase", "formula", "energy_above_hull_eV_per_atom", "reduction_V", "oxidation_V", "steps", "provenance",
    } <= document.keys()  # fmt: skip
    assert document["phase"] == "LGPS"
    assert document["formula"] == "Li10GeP2S12"
    for step in document["steps"]:
        assert {"voltage_low_V", "voltage_high_V", "li_per_formula", "products"} <= step.keys()
    assert document["steps"][0]["li_per_formula"] > 0  # Li is taken up at 0 V
    assert document["provenance"]["energies"]["thermo_type"] == "GGA_GGA+U_legacy"
    assert len(document["provenance"]["energies"]["sha256"]) == 64


def test_window_json_is_a_list_for_several_phases(interfacekit):
    documents = json.loads(interfacekit("window", "LGPS", "LNO", "--json").out)
    assert [document["phase"] for document in documents] == ["LGPS", "LNO"]


def test_react_json_has_the_documented_keys(interfacekit):
    document = json.loads(interfacekit("react", "LCO", "LGPS", "--voltage", "3.9", "--json").out)
    assert {"phases", "voltage_V", "mutual", "total", "kinks", "provenance"} <= document.keys()
    for part in ("mutual", "total"):
        assert {"eV_per_atom", "eV_per_non_Li_atom", "x", "products"} <= document[part].keys()
    for kink in document["kinks"]:
        assert {"x", "mutual_eV_per_atom", "total_eV_per_atom", "products"} <= kink.keys()
    assert document["phases"] == ["LCO", "LGPS"]
    assert document["voltage_V"] == 3.9


def test_react_is_closed_without_a_voltage(interfacekit):
    assert json.loads(interfacekit("react", "LCO", "LGPS", "--json").out)["voltage_V"] is None


def test_react_takes_ranges_and_repeats(interfacekit):
    run = interfacekit("react", "LCO", "LNO", "--voltage", "2.0:2.5:0.1", "--voltage", "4", "--json")
    assert run.err == ""
    assert [document["voltage_V"] for document in json.loads(run.out)] == [2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 4.0]


def test_json_reads_back_as_equal_results(interfacekit):
    window = json.loads(interfacekit("window", "LGPS", "--json").out, cls=MontyDecoder)
    assert isinstance(window, Window)
    assert window == electrochemical_window("LGPS")
    reaction = json.loads(interfacekit("react", "LCO", "LGPS", "--voltage", "3.9", "--json").out, cls=MontyDecoder)
    assert isinstance(reaction, InterfaceReaction)
    assert reaction == interface_reaction("LCO", "LGPS", 3.9)


def test_three_phases_make_a_triangle(interfacekit):
    document = json.loads(interfacekit("react", "LCO", "LNO", "LGPS", "--json").out)
    assert document["phases"] == ["LCO", "LNO", "LGPS"]
    assert document["basis"] == "eV_per_atom"


def test_map_writes_every_format_at_once(interfacekit, tmp_path):
    paths = [tmp_path / f"map.{suffix}" for suffix in ("csv", "json", "png", "svg", "pdf")]
    outputs = [argument for path in paths for argument in ("-o", path)]
    run = interfacekit("map", "LCO", "LNO", "--voltage", "0:5", *outputs)
    assert run.status == 0
    rows = list(csv.DictReader(io.StringIO(paths[0].read_text())))
    assert {row["subject"] for row in rows} == {"LCO", "LNO", "LCO|LNO"}
    assert {row["thermo_type"] for row in rows} == {"GGA_GGA+U_legacy"}
    assert all(row["energies_sha256"] for row in rows)
    stability = json.loads(paths[1].read_text(), cls=MontyDecoder)
    assert isinstance(stability, StabilityMap)
    assert len(rows) == sum(len(row.segments) for row in stability.rows)
    assert paths[2].read_bytes().startswith(b"\x89PNG")
    assert "<svg" in paths[3].read_text()
    assert paths[4].read_bytes().startswith(b"%PDF")
    assert sorted(tmp_path.iterdir()) == sorted(paths)  # no temporary file is left


def test_map_rows_and_fields(interfacekit):
    pairs = json.loads(interfacekit("map", "LCO", "LNO", "LGPS", "--rows", "pairs", "--json").out)
    assert [row["subject"] for row in pairs["rows"]] == ["LCO|LNO", "LCO|LGPS", "LNO|LGPS"]
    fields = json.loads(interfacekit("map", "LCO", "LNO", "--fields", "--json").out)
    assert {"x_low", "x_high", "voltage_low_V", "voltage_high_V", "products"} <= fields["fields"][0].keys()


@pytest.mark.parametrize(
    ("command", "figure"), [(["window", "LGPS"], "staircase"), (["react", "LCO", "LGPS"], "amounts")]
)
def test_other_figures(interfacekit, tmp_path, command, figure):
    assert interfacekit(*command, "--figure", figure, "-o", tmp_path / "f.png").status == 0
    assert (tmp_path / "f.png").stat().st_size > 5000


def test_entries_lists_a_system_and_sums_up_the_source(interfacekit):
    system = json.loads(interfacekit("entries", "Li-Nb-O", "--json").out)
    above = {entry["formula"]: entry["energy_above_hull_eV_per_atom"] for entry in system["entries"]}
    assert above["LiNbO3"] == 0.0
    assert above["LiNb3O8"] > 0.0
    same = json.loads(interfacekit("entries", "LNO", "--json").out)
    assert same["entries"] == system["entries"]
    summary = json.loads(interfacekit("entries", "--json").out)
    assert summary["n_entries"] > 95_000
    assert "LGPS" in interfacekit("entries", "--aliases").out


def test_config_file_gives_options_and_the_command_line_wins(interfacekit, tmp_path):
    config = tmp_path / "run.yaml"
    config.write_text("phases: [LCO, LGPS]\nvoltage: [2.0, '3:4:0.5']\n")
    documents = json.loads(interfacekit("react", "--config", config, "--json").out)
    assert [document["voltage_V"] for document in documents] == [2.0, 3.0, 3.5, 4.0]
    document = json.loads(interfacekit("react", "--config", config, "--voltage", "4.3", "--json").out)
    assert document["voltage_V"] == 4.3


def test_the_users_entries_join_the_snapshot(interfacekit, tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_text("formula,formation_energy_eV_per_atom\nLi10GeP2S12,-1.32\n")
    arguments = ("window", "LGPS", "--entries", "mp2019", "--entries", mine, "--thermo-type", "GGA_GGA+U_legacy")
    window = json.loads(interfacekit(*arguments, "--json").out)
    assert window["energy_above_hull_eV_per_atom"] == 0.0
    assert (window["reduction_V"], window["oxidation_V"]) == (
        pytest.approx(1.669, abs=1e-3),
        pytest.approx(2.392, abs=1e-3),
    )
    assert window["provenance"]["energies"]["source"] == "mp2019 + mine.csv"


def test_energies_that_the_snapshot_beats_are_named(interfacekit, tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_text("formula,formation_energy_eV_per_atom\nLi10GeP2S12,-1.0\nLi2S,-1.7\n")
    run = interfacekit(
        "window", "LGPS", "--entries", "mp2019", "--entries", mine, "--thermo-type", "GGA_GGA+U_legacy", "--json"
    )
    assert run.status == 0
    assert run.err == "mine.csv: mp2019 has lower energies, which are used, for 1: Li10Ge(PS6)2\n"


NMC = "LiNi0.333Mn0.333Co0.333O2"


def test_a_rounded_formula_is_told_apart_and_snapped(interfacekit, tmp_path):
    plain = interfacekit("window", NMC, "LGPS", "-o", tmp_path / "w.csv")
    (line,) = [line for line in plain.out.splitlines() if "within 0.01" in line]
    assert "between 2.200 and 3.392 V; the nearest entry, Li3MnCoNiO6, differs in 0.019 % of the atoms" in line
    rows = {row["phase"]: row for row in csv.DictReader(io.StringIO((tmp_path / "w.csv").read_text()))}
    assert float(rows[NMC]["rounded_oxidation_V"]) == pytest.approx(3.392, abs=5e-4)
    assert rows[NMC]["nearest_entry"] == "Li3MnCoNiO6"
    snapped = json.loads(interfacekit("window", NMC, "--snap", "--json").out)
    assert (snapped["formula"], snapped["reduction_V"]) == ("Li3MnCoNiO6", pytest.approx(2.200, abs=5e-4))
    assert snapped["provenance"]["parameters"]["snapped_from"] == NMC
    average = json.loads(interfacekit("window", "Li0.99CoO2", "--snap", "--delithiated", "CoO2", "--json").out)
    assert average["delithiation"]["average_voltage_V"] == pytest.approx(3.745, abs=5e-4)


def test_snapped_phases_have_intervals(interfacekit):
    ensemble = json.loads(interfacekit("window", NMC, "--snap", "--ensemble", "20", "--json").out)
    assert ensemble["formula"] == "Li3MnCoNiO6"
    assert ensemble["hull_probability"] is not None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("U1_own_uncorrected_entry_among_mp2020.json", "entry 7 (my-own-run, LiFePO4) has no correction"),
        ("U2_hse_entries_among_gga.json", "entry 7 (x-LiFePO4, LiFePO4) is HSE06"),
        ("meV_by_mistake.csv", "it looks like meV/atom"),
        ("per_formula_by_mistake.csv", "it looks like eV per formula unit"),
    ],
)
def test_energies_of_another_kind_are_refused(interfacekit, name, message):
    run = interfacekit("window", "LiFePO4", "--entries", places.CASES / "thermo" / name)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err


def test_sources_far_apart_are_pointed_out_once(interfacekit, tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_text("formula,formation_energy_eV_per_atom\nLi2S,-0.8\nLi3PS4,-0.9\n")
    run = interfacekit(
        "window", "LGPS", "Li3PS4", "--entries", "mp2019", "--entries", mine, "--thermo-type", "GGA_GGA+U_legacy"
    )
    assert run.status == 0
    warnings = [line for line in run.err.splitlines() if "warning" in line]
    told = "entries of one composition differ by more than 0.5 eV/atom: Li2S (0.76 eV/atom)"
    assert warnings == [f"interfacekit: warning: mp2019 + mine.csv: {told}"]


def test_version(interfacekit):
    run = interfacekit("--version")
    assert (run.status, run.out) == (0, "interfacekit 0.1.0\n")


def test_ctrl_c_is_told_and_leaves_no_file(tmp_path):
    command = [sys.executable, "-m", "interfacekit", "react", "LCO", "LGPS", "--voltage", "0:5:0.001", "-o", "r.csv"]
    process = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)  # noqa: S603
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1.5)  # of 3 to 12 s, by the versions of what prints
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in err
    assert list(tmp_path.iterdir()) == []


def test_the_printed_reaction_balances(interfacekit):
    printed = interfacekit("react", "LCO", "LGPS", "--voltage", "3.9").out
    left, right = next(line for line in printed.splitlines() if line.strip().startswith("mutual")).split("->")
    terms = left.split("  ")[-1].strip(), right.strip()
    atoms = []
    for side in terms:
        total = Composition()
        for term in side.split(" + "):
            amount, _, formula = term.rpartition(" ")
            total += Composition(formula) * float(amount or 1)
        atoms.append(total)
    for element in set(atoms[0]) | set(atoms[1]):
        assert atoms[0][element] == pytest.approx(atoms[1][element], rel=2e-3)


BAD = [
    (["window", "LGSP"], "LGPS"),
    (["window", "LiXoO2"], "did you mean LiCoO2"),
    (["window", ""], "phases is empty"),
    (["window", "Li3P0"], "got a zero"),
    (["window", "XeF2"], "has no energies for Xe"),
    (["window"], "phases is missing"),
    (["window", "Li"], "got Li metal, which is the reference"),
    (["window", "LGPS", "Li10GeP2S12"], "phases must be distinct compositions"),
    (["window", "LGPS", "LNO", "--delithiated", "CoO2"], "one phase"),
    (["window", "LGPS", "--figure", "pie"], "figure"),
    (["react", "LCO", "LiCoO2"], "phases must be distinct compositions"),
    (["react", "LCO"], "takes two phases"),
    (["react", "LCO", "LGPS", "--voltage", "-3.9"], "is 3.9 V"),
    (["react", "LCO", "LGPS", "--voltage", "nan"], "must be a number from 0 to 10 V"),
    (["react", "LCO", "LGPS", "--voltage", "inf"], "must be a number from 0 to 10 V"),
    (["react", "LCO", "LGPS", "--voltage", "high"], "must be a number from 0 to 10 V"),
    (["react", "LCO", "LGPS", "--voltage", "4:2:0.1"], "must be increasing"),
    (["react", "LCO", "LGPS", "--voltage", "2:4:0"], "one positive step"),
    (["react", "LCO", "LGPS", "--voltage", "2:4:-0.1"], "one positive step"),
    (["react", "LCO", "LGPS", "--voltage", "2:4"], "needs a step"),
    (["react", "LCO", "LGPS", "--voltage", "0:5:1e-9"], "step that makes at most"),
    (["map", "LCO", "LNO", "--voltage", "5:0"], "must be increasing"),
    (["map", "LCO", "LNO", "--voltage=-1:4"], "below Li metal"),
    (["map", "LCO", "LNO", "--voltage", "nan:4"], "must be a number from 0 to 10 V"),
    (["map", "LCO", "LNO", "--voltage", "3"], "low:high"),
    (["map", "LCO", "LCO"], "phases must be distinct compositions"),
    (["map", "LCO", "--rows", "pairs"], "two phases"),
    (["map", "LCO", "LNO", "LGPS", "--fields"], "one pair"),
    (["map", "LCO", "--baseline", "own"], "baseline"),
    (["entries", "Li-Xx"], "not an element"),
    (["entries", "--source", "x"], "No such option"),
    (["window", "LGPS", "--entries", "nowhere.csv"], "cannot read nowhere.csv"),
    (["window", "LGPS", "--entries", "mp2020"], "unknown source"),
    (["window", "LGPS", "--config", "nowhere.yaml"], "cannot read nowhere.yaml"),
    (["boil", "LGPS"], "No such command"),
    (["react", "LCO", "LGPS", "--voltage", "3900"], "3.9 V where mV are meant"),
    (["window", "LGPS", "--thermo-type", "R2SCAN"], "holds GGA_GGA+U_legacy energies"),
    (["entries", "LNO", "-o", "e.png"], "choose one of .csv .json"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD)
def test_bad_input_is_one_line_and_status_2(interfacekit, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    run = interfacekit(*arguments)
    assert run.status == 2
    assert run.out == ""
    assert run.err.count("\n") == 1
    assert message in run.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("map.xls", "unknown suffix '.xls'"),
        ("map", "no suffix"),
        ("nowhere/map.csv", "no directory nowhere"),
        ("folder.csv", "is a directory"),
    ],
)
def test_bad_outputs_are_told_before_anything_is_written(interfacekit, tmp_path, monkeypatch, output, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    run = interfacekit("map", "LCO", "LNO", "-o", "good.csv", "-o", output)
    assert run.status == 2
    assert run.err.count("\n") == 1
    assert message in run.err
    assert [path.name for path in tmp_path.iterdir()] == ["folder.csv"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder that not even root can write to")
def test_an_unwritable_folder_is_told(interfacekit):
    run = interfacekit("map", "LCO", "LNO", "-o", "/proc/map.csv")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "cannot write /proc/map.csv" in run.err


def test_several_outputs_in_one_word_are_refused(interfacekit, tmp_path):
    run = interfacekit("window", "LGPS", "-o", f"{tmp_path}/w.pdf,w.csv")
    assert (run.status, run.err.count("\n"), list(tmp_path.iterdir())) == (2, 1, [])
    assert f"repeat the option for each: -o {tmp_path}/w.pdf -o w.csv" in run.err


@pytest.mark.parametrize("module", ["typer", "interfacekit.cli.commands"])
def test_an_interrupt_of_the_import_is_one_line(module, tmp_path):
    script = (
        "import sys\nclass Interrupt:\n    def find_spec(self, name, *rest):\n"
        f"        if name == {module!r}: raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\nfrom interfacekit.cli import main\nmain()\n"
    )
    command = [sys.executable, "-c", script]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert (run.returncode, run.stdout, run.stderr) == (130, "", "interfacekit: interrupted\n")


def test_an_output_named_twice_is_refused(interfacekit, tmp_path):
    run = interfacekit("window", "LCO", "-o", tmp_path / "a.csv", "-o", tmp_path / "a.csv")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "named twice" in run.err


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cut.json", '[{"composition": {"Li": 1.0}, "ener', "truncated or not JSON"),
        ("noref.json", '[{"composition": {"Li": 1, "S": 1}, "energy": -5.0}]', "no elemental reference for Li, S"),
        ("cut.csv", "formula,formation_energy_eV_per_atom\nLi2S,-1.4\nLi3P", "truncated"),
        ("header.csv", "formula,energy\nLi2S,-1.4\n", "lacks the column formation_energy_eV_per_atom"),
        ("nan.csv", "formula,formation_energy_eV_per_atom\nLi2S,nan\n", "formation energy must be a number"),
        ("run.yaml", "phases: [LCO\n", "not valid YAML"),
        ("key.yaml", "phase: LCO\n", "unknown key 'phase'"),
    ],
)
def test_bad_files_are_told_in_one_line(interfacekit, tmp_path, name, content, message):
    path = tmp_path / name
    path.write_text(content)
    source = ("--config", path) if name.endswith(".yaml") else ("--entries", path)
    run = interfacekit("window", "Li2S", *source, "-o", tmp_path / "out.csv")
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err
    assert not (tmp_path / "out.csv").exists()


def test_entries_of_another_thermo_type_do_not_join(interfacekit, tmp_path):
    mine = tmp_path / "r2scan.csv"
    mine.write_text("formula,formation_energy_eV_per_atom,thermo_type\nLi2S,-1.5,R2SCAN\n")
    run = interfacekit("window", "Li2S", "--entries", "mp2019", "--entries", mine)
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "GGA_GGA+U_legacy" in run.err
    assert "R2SCAN" in run.err


def test_a_closed_pipe_ends_quietly():
    command = f"{sys.executable} -m interfacekit entries --aliases | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
    assert done.stderr == ""
