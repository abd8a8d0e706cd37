"""`interfacekit screen` as a user runs it."""

import csv
import json
import signal
import subprocess
import sys
import threading
import time

import pytest
from monty.json import MontyDecoder

from interfacekit.cli.options import _repeated
from interfacekit.config import ScreenConfig, read_config
from interfacekit.errors import InputError
from interfacekit.thermo import Gates, Screening, screen
from interfacekit.thermo.screening import chunks as screening_run
from interfacekit.thermo.screening import screen as screening

SCREEN = ("screen", "--cathode", "LCO", "--electrolyte", "LGPS")
NAMES = ("LNO", "LiTaO3", "Li3PO4", "Li2ZrO3", "LiTi2(PO4)3", "LiPO3")
FEW = (*SCREEN, "--candidates", *NAMES)


def rows(path):
    with path.open() as stream:
        return list(csv.DictReader(stream))


def test_json_is_the_screening(interfacekit):
    run = interfacekit(*FEW, "--voltage", "2.5:4.3", "--json")
    assert (run.status, run.err) == (0, "")
    found = json.loads(run.out, cls=MontyDecoder)
    assert isinstance(found, Screening)
    assert found == screen("LCO", "LGPS", NAMES)


def test_top_cuts_what_is_printed_and_files_hold_all(interfacekit, tmp_path):
    files = [tmp_path / name for name in ("s.csv", "s.json", "s.png")]
    run = interfacekit(*FEW, "--top", "2", "-o", *files, "--highlight", "LNO", "--json")
    assert run.status == 0
    assert run.err.count("wrote") == 3
    printed = json.loads(run.out)
    assert len(printed["candidates"]) == 2
    assert (printed["n_candidates"], printed["n_screened"], printed["complete"]) == (6, 6, True)
    table = rows(files[0])
    assert [int(row["rank"]) for row in table] == [1, 2, 3, 4, 5, 6]
    (niobate,) = (row for row in table if row["label"] == "LNO")
    assert niobate["passes"] == "False"
    assert "reacts with the electrolyte by 112 meV/atom (at most 100)" in niobate["failed"]
    assert {row["complete"] for row in table} == {"True"}
    assert {row["thermo_type"] for row in table} == {"GGA_GGA+U_legacy"}
    assert len(json.loads(files[1].read_text())["candidates"]) == 6
    assert files[2].read_bytes()[-8:-4] == b"IEND"


def test_the_table_has_the_rule_under_it(interfacekit):
    run = interfacekit(*FEW)
    assert run.status == 0
    assert "Coatings between LiCoO2 and Li10GeP2S12, 2.5-4.3 V" in run.out
    assert "decomposes, electrolyte" in run.out
    assert "Gates: energy above the hull at most 25 meV/atom" in run.out


def test_rounded_candidates_are_explained_and_snapped(interfacekit, tmp_path):
    rounded = (*SCREEN, "--candidates", "LNO", "Li0.33La0.557TiO3")
    run = interfacekit(*rounded, "-o", tmp_path / "s.csv")
    (line,) = [line for line in run.out.splitlines() if "within 0.01" in line]
    assert line.startswith(
        "Li0.33La0.557TiO3: its Li content stays within 0.01 per formula unit between 1.754 and 3.709"
    )
    (row,) = [row for row in rows(tmp_path / "s.csv") if row["label"] != "LNO"]
    assert float(row["rounded_oxidation_V"]) == pytest.approx(3.709, abs=5e-4)
    assert row["nearest_entry"] == "Li3La5Ti8O24"
    snapped = json.loads(interfacekit(*rounded, "--snap", "--json").out)
    assert {candidate["formula"] for candidate in snapped["candidates"]} == {"LiNbO3", "Li3La5Ti8O24"}


@pytest.mark.parametrize(
    "exclude",
    [
        ("--exclude", "Nb", "Zr", "P"),
        ("--exclude", "Nb,Zr,P"),
        ("--exclude", "Nb", "--exclude", "Zr P"),
        ("--exclude=Nb", "Zr,", "P"),
    ],
)
def test_several_words_may_follow_an_option(interfacekit, exclude):
    for command in ((*FEW, *exclude, "--json"), (*SCREEN, *exclude, "--json", "--candidates", *NAMES)):
        found = json.loads(interfacekit(*command).out)
        assert [candidate["label"] for candidate in found["candidates"]] == ["LiTaO3"]
        assert found["provenance"]["parameters"]["exclude"] == ["Nb", "P", "Zr"]


def test_words_belong_to_the_option_before_them():
    words = ["--top", "3", "-o", "a.csv", "b.png", "--json", "--exclude=Tl", "Hg", "--", "-o", "x"]
    expected = [
        "--top",
        "3",
        "-o",
        "a.csv",
        "-o",
        "b.png",
        "--json",
        "--exclude=Tl",
        "--exclude",
        "Hg",
        "--",
        "-o",
        "x",
    ]
    assert _repeated(words, {"-o", "--exclude"}) == expected
    assert _repeated(["--top", "3", "4"], {"-o"}) == ["--top", "3", "4"]
    assert _repeated([], {"-o"}) == []


def test_candidates_are_chosen_by_elements(interfacekit):
    run = interfacekit(*SCREEN, "--contains", "Zr", "O", "--max-elements", "3", "--exclude", "F", "Cl", "--json")
    found = json.loads(run.out)
    assert found["n_candidates"] > 3
    assert all(set(c["elements"]) == {"Li", "Zr", "O"} for c in found["candidates"])


def test_gates_come_from_the_file_and_the_command_line(interfacekit, tmp_path):
    path = tmp_path / "screen.yaml"
    path.write_text(
        "cathode: LCO\nelectrolyte: LGPS\ncandidates: LNO LiTaO3, Li3PO4\nvoltage: 2.5:4.3\n"
        "objectives: [oxidation, cathode]\n"
        "gates: {oxidation_V: 4, decomposition_eV_per_atom: none, electrolyte_closed_eV_per_atom: 0.2}\n"
    )
    run = interfacekit("screen", "--config", path, "--gate", "electrolyte_closed_eV_per_atom=none", "--json")
    found = json.loads(run.out, cls=MontyDecoder)
    gates = Gates(oxidation_V=4.0, decomposition_eV_per_atom=None, electrolyte_closed_eV_per_atom=None)
    assert found.gates == gates
    assert found == screen("LCO", "LGPS", ["LNO", "LiTaO3", "Li3PO4"], gates=gates, objectives=["oxidation", "cathode"])
    assert [c.label for c in found.candidates if not c.failed] == ["Li3PO4"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--gate", "oxidation=4"), "there is no gate 'oxidation'; the gates are energy_above_hull_eV_per_atom"),
        (("--gate", "oxidation_V"), "the gate 'oxidation_V' has no threshold"),
        (("--gate", "oxidation_V=x"), "the gate oxidation_V must be a number from 0 to 10 V, got 'x'"),
        (("--gate", "oxidation_V=-1"), "the gate oxidation_V must be from 0 to 10 V, got -1 V"),
        (("--gate", "oxidation_V=nan"), "the gate oxidation_V must be a number"),
        (("--objectives", "price"), "objectives must be 'cathode', "),
        (("--exclude", "Xx"), "not an element symbol"),
        (("--voltage", "4.3:2.5"), "must be increasing"),
        (("--voltage", "2.5"), "2.5"),
        (("--top", "0"), "top must be a whole number from 1"),
        (("--highlight", "Qq", "-o", "s.png"), "Qq"),
        (("--candidates", "LCO"), "must not include the cathode"),
        (("--entries", "nowhere.csv"), "nowhere.csv"),
        (("--entries", "mp2019", "mp"), "mp gives one chemical system"),
        (("-o", "a.txt"), "unknown suffix"),
        (("--figure", "open"), "figure must be 'worst' or 'closed', got 'open'"),
        (("stray",), "unexpected extra argument"),
    ],
)
def test_bad_input_is_told_in_one_line_and_nothing_is_written(interfacekit, tmp_path, options, message):
    out = tmp_path / "out.csv"
    run = interfacekit(*SCREEN, "-o", out, "--json", *options)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err
    assert not out.exists()


def test_a_missing_end_is_told_with_an_example(interfacekit):
    run = interfacekit("screen", "--cathode", "LCO")
    assert (run.status, run.err.count("\n")) == (2, 1)
    assert "electrolyte is missing: give it on the command line or in the configuration, such as" in run.err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("gates: [1]", "gates: \\[1\\] has no thresholds by name"),
        ("gates: {width: 1}", "there is no gate 'width'"),
        ("exclude: [1]", "exclude must be text, got 1"),
        ("objectives: []", "objectives is empty; give a value"),
    ],
)
def test_bad_files_are_told(tmp_path, content, message):
    path = tmp_path / "screen.yaml"
    path.write_text(f"cathode: LCO\nelectrolyte: LGPS\n{content}\n")
    with pytest.raises(InputError, match=message):
        read_config(ScreenConfig, path, {})


@pytest.fixture
def interrupted(monkeypatch):
    """Interrupt a screening of chunks of two after some of them; 0 is before the first."""
    monkeypatch.setattr(screening_run, "CHUNK", 2)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    compute = screening_run.screen_chunk

    def after(count):
        calls = []

        def task(*arguments, **options):
            if len(calls) == count:
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                time.sleep(0.2)
            calls.append(arguments)
            return compute(*arguments, **options)

        task.__module__, task.__qualname__ = compute.__module__, compute.__qualname__
        monkeypatch.setattr(screening_run, "screen_chunk", task)

    yield after
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_delivers_what_is_finished_and_the_same_command_goes_on(
    interfacekit, tmp_path, interrupted, monkeypatch
):
    table, store = tmp_path / "s.csv", tmp_path / "kept"
    command = (*FEW, "--store", store, "-o", table, tmp_path / "s.png", "--json")
    with monkeypatch.context() as patch:
        patch.setattr(screening_run, "cores", lambda: 1)
        interrupted(1)
        run = interfacekit(*command)
    assert run.status == 130
    part = json.loads(run.out)
    assert part["complete"] is False
    assert 2 <= part["n_screened"] < part["n_candidates"] == 6
    assert {row["complete"] for row in rows(table)} == {"False"}
    assert len(rows(table)) == part["n_screened"]
    last = run.err.splitlines()[-1]
    assert last == (
        f"interfacekit: interrupted: {part['n_screened']} of 6 candidates were screened and are marked as partial; "
        f"the same command goes on from what is in {store}"
    )
    kept = {path.name: path.read_bytes() for path in store.iterdir()}
    whole = interfacekit(*command)
    assert whole.status == 0
    assert whole.out == interfacekit(*FEW, "--json").out
    assert {path.name: path.read_bytes() for path in store.iterdir()}.items() >= kept.items()
    assert len(rows(table)) == 6


def test_a_damaged_record_is_reported_and_computed_anew(interfacekit, tmp_path):
    command = (*FEW, "--store", tmp_path, "--json")
    whole = interfacekit(*command)
    assert (whole.status, whole.err) == (0, "")
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes().replace(b"1", b"2", 1))
    again = interfacekit(*command)
    assert again.out == whole.out
    told = f"1 record is damaged and counts as missing ({path.name}: its checksum does not match its content)"
    assert again.err == f"interfacekit: warning: in {tmp_path} {told}\n"
    assert interfacekit(*command).err == f"interfacekit: 1 of 1 parts, of 64 candidates each, are in {tmp_path}\n"


def test_an_interrupt_before_the_first_candidate_delivers_nothing(interfacekit, tmp_path, monkeypatch):
    def interrupt(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(screening, "prepared", interrupt)
    run = interfacekit(*FEW, "-o", tmp_path / "s.csv", "--json")
    assert (run.status, run.out) == (130, "")
    assert run.err == (
        "interfacekit: interrupted before any candidate was screened; "
        "with --store DIR a screening can go on where it stopped\n"
    )
    assert not (tmp_path / "s.csv").exists()


@pytest.mark.slow
def test_a_killed_screening_goes_on_to_the_same_bytes(tmp_path):
    command = [sys.executable, "-m", "interfacekit", *SCREEN, "--contains", "O", "--max-elements", "3"]
    whole, again = tmp_path / "whole.csv", tmp_path / "again.csv"
    subprocess.run([*command, "-o", str(whole)], check=True, capture_output=True)  # noqa: S603
    store = tmp_path / "kept"
    command += ["--store", str(store), "-o", str(again)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    while len(list(store.glob("[0-9a-f]*.json"))) < 3:
        assert process.poll() is None
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert not again.exists()
    before = {path: path.stat().st_mtime_ns for path in store.glob("[0-9a-f]*.json")}
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    assert again.read_bytes() == whole.read_bytes()
    after = {path: path.stat().st_mtime_ns for path in store.glob("[0-9a-f]*.json")}
    assert before.items() <= after.items()
    assert len(after) > len(before)
