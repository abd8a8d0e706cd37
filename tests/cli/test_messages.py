"""Help, messages, log and completion of the command line, and the encodings of what it prints."""

import io
import json
import logging
import os
import re
import subprocess
import sys

import pytest
from pymatgen.core import Lattice, Structure

import interfacekit as ik
from interfacekit import cli
from interfacekit.cli import messages
from interfacekit.cli.progress import progress_bar, tracked

COMMANDS = [
    "window", "react", "map", "screen", "entries", "crystal", "network", "barriers", "interface", "kmc", "scl",
    "shell", "warm", "bench kmc",
]  # fmt: skip
NAMES = ["[bold]Al[/]", "Al\x1b[31m", "é界±", "a" * 70, "[/]"]


@pytest.mark.parametrize("command", ["", "bench", *COMMANDS])
def test_help_is_short_too_and_says_the_exit_statuses(interfacekit, command):
    short, long = (interfacekit(*command.split(), option) for option in ("-h", "--help"))
    assert (short.status, short.err) == (0, "")
    assert short == long
    said = " ".join(short.out.split())
    assert "Exit status: 0 done, 1 a computation failed or was left incomplete, 2 invalid input, 130 int" in said
    assert "--verbose" in said
    assert max(map(len, short.out.splitlines())) <= 80


@pytest.mark.parametrize("arguments", [["-v", "window", "LGPS"], ["window", "LGPS", "--verbose"]])
def test_verbose_says_what_is_read_and_changes_no_answer(interfacekit, arguments):
    plain, verbose = interfacekit("window", "LGPS"), interfacekit(*arguments)
    assert verbose.out == plain.out
    assert plain.err == ""
    assert "options: {'phases': ['LGPS']}" in verbose.err
    assert "energies: mp2019, 47 compositions of Ge-Li-P-S" in verbose.err
    assert "read from the cache" in verbose.err
    assert interfacekit("window", "LGPS").err == ""  # the next command is quiet again


def test_verbose_says_which_crystal_is_read(interfacekit):
    assert "crystal: LNO, LiNbO3, from LiNbO3_R3c.cif" in interfacekit("crystal", "LNO", "-v").err


@pytest.mark.parametrize("before", [True, False])
def test_quiet_leaves_out_notes_but_no_errors(interfacekit, tmp_path, before):
    words = ["window", "LGPS", "-o", tmp_path / "w.csv"]
    assert interfacekit(*words).err == f"wrote {tmp_path / 'w.csv'}\n"
    quiet = interfacekit(*(["-q", *words] if before else [*words, "-q"]))
    assert (quiet.status, quiet.err) == (0, "")
    refused = interfacekit("-q", "window", "LGSP")
    assert refused.status == 2
    assert "LGPS" in refused.err


def test_quiet_shows_no_progress(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    items = [1, 2]
    messages.start_messages()
    assert messages.shows_progress()
    messages.choose_messages(verbose=False, quiet=True)
    assert list(tracked(items, "Counting")) == items
    assert not messages.shows_progress()
    messages.start_messages()


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("shares", "shown"), [((), "preparing"), ((0.25,), r"preparing .* 25%"), ((0.25, None, 0.5), r"working .* 50%")]
)
def test_preparations_show_their_share(monkeypatch, shares, shown):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    messages.start_messages()
    with progress_bar("preparing", "working") as progress:
        for share in shares:
            tell = progress if None in shares[: shares.index(share) + 1] else progress.prepare
            tell(share or 0.0)
    last = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", sys.stderr.getvalue()).replace("\r", "\n").split("\n")
    assert re.search(shown, [line for line in last if line.strip()][-1])
    messages.start_messages()


def test_no_terminal_shows_no_preparations(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    messages.start_messages()
    with progress_bar("preparing", "working") as progress:
        progress.prepare(0.5)
        progress(0.5)
    assert sys.stderr.getvalue() == ""


def test_python_users_have_the_log(caplog):
    log = logging.getLogger("interfacekit")
    assert any(isinstance(handler, logging.NullHandler) for handler in log.handlers)
    with caplog.at_level("INFO", "interfacekit"):
        ik.crystal("LNO")
    (record,) = caplog.records
    assert record.name == "interfacekit.structure.crystals.crystal"
    assert "LiNbO3_R3c.cif" in record.getMessage()


def completed(interfacekit, monkeypatch, words):
    monkeypatch.setenv("_INTERFACEKIT_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", f"interfacekit {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split(" "))))
    return interfacekit().out.split()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("w", ["window", "warm"]),
        ("window LGP", ["LGPS"]),
        ("window LGPS LN", ["LNMO", "LNO", "LNTO", "LNTaO"]),
        ("crystal LN", ["LNO"]),
        ("shell --coating LNT", ["LNTO", "LNTaO"]),
        ("window --figure ", ["bars", "staircase"]),
        ("shell --figure m", ["map"]),
        ("map --rows p", ["phases", "pairs"]),
        ("kmc LGPS --kernel c", ["class-lists"]),
        ("window -o fig", ["fig.csv", "fig.json", "fig.pdf", "fig.png", "fig.svg", "figures/"]),
        ("window -o fig.p", ["fig.pdf", "fig.png"]),
        ("window -o figures/o", ["figures/o.csv", "figures/o.json", "figures/o.pdf", "figures/o.png", "figures/o.svg"]),
        ("scl LCO LGPS -o a.n", ["a.nc"]),
    ],
)
def test_shells_complete_names_choices_and_suffixes(interfacekit, monkeypatch, tmp_path, words, found):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures.txt").touch()
    assert completed(interfacekit, monkeypatch, words) == found


def test_a_shell_is_told_how_to_complete(interfacekit, monkeypatch):
    monkeypatch.setenv("_INTERFACEKIT_COMPLETE", "source_bash")
    assert "_INTERFACEKIT_COMPLETE=complete_bash" in interfacekit().out


@pytest.mark.parametrize("name", NAMES)
def test_names_of_users_are_printed_as_given(interfacekit, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f"{name.replace('/', '')}.cif"
    Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.0), ["Al"], [[0, 0, 0]]).to(filename=str(path), fmt="cif")
    shown = path.stem.replace("\x1b", r"\x1b")
    monkeypatch.setenv("COLUMNS", "40")
    run = interfacekit("crystal", path.name)
    assert run.status == 0
    assert shown in run.out.replace("\n", "")
    refused = interfacekit("window", "LCO", "--entries", f"{path.stem}.csv", "--config", f"{path.stem}.yaml")
    assert refused.status == 2
    assert shown in refused.err
    assert "\x1b" not in run.out + refused.err
    failed = interfacekit("window", name)
    assert (failed.status, failed.err.count("\n")) == (2, 1)
    assert "\x1b" not in failed.err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("command", ["window LGPS", "kmc LGPS --hops 4e6", "window -h", "window LGSP"])
def test_any_encoding_can_print(monkeypatch, command, encoding):
    streams = {name: io.TextIOWrapper(io.BytesIO(), encoding) for name in ("stdout", "stderr")}
    for name, stream in streams.items():
        monkeypatch.setattr(sys, name, stream)
    monkeypatch.setattr(sys, "argv", ["interfacekit", *command.split()])
    with pytest.raises(SystemExit) as caught:
        cli.main()
    text = "".join(stream.buffer.getvalue().decode(encoding) for stream in streams.values() if not stream.flush())
    assert caught.value.code == (2 if "LGSP" in command else 0)
    assert text
    if "kmc" in command:
        assert ("+/-" if encoding == "ascii" else "±") in text


def test_json_in_ascii_keeps_names(tmp_path):
    mine = tmp_path / "é.csv"
    mine.write_text("formula,formation_energy_eV_per_atom\nLi2S,-1.5\nLi,0\nS,0\n")
    command = [sys.executable, "-m", "interfacekit", "entries", "Li-S", "--entries", str(mine), "--json"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, check=True, env=environment)  # noqa: S603
    assert "é.csv" in json.loads(done.stdout.decode("ascii"))["provenance"]["energies"]["source"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["kmc", "LGPS", "--voltage", "4"], "No such option: --voltage; react, map, screen, scl, shell have it"),
        (["window", "LGPS", "--hops", "4"], "No such option: --hops; barriers, kmc, scl, shell have it"),
        (["window", "LGPS", "--qqq"], "No such option: --qqq\n"),
        (["window", "LGPS", "--output"], "--output' requires an argument"),
        (["kmc", "LGPS", "--temprature", "300"], "No such option: --temprature (Possible options: --temperature)"),
        (["help"], "No such command 'help'; give --help: interfacekit --help, or interfacekit COMMAND --help"),
        (["scl", "LCO", "LGPS", "--voltage", "3,9"], "(2 voltages: 3, 9 V; write one number with a decimal point)"),
        (["scl", "LCO", "LGPS", "--temperature", "298,15"], "298,15 are two values: write 298.15 for one"),
    ],
)
def test_what_is_elsewhere_is_named(interfacekit, words, message):
    run = interfacekit(*words)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err


def test_an_empty_candidate_costs_its_row_alone(interfacekit):
    pair = ("screen", "--cathode", "LCO", "--electrolyte", "LGPS", "--json")
    run = interfacekit(*pair, "--candidates", "LNO", "Li3PO4", "")
    assert run.status == 1
    assert len(json.loads(run.out)["candidates"]) == 2
    assert "'' was not judged: a phase must be an alias or a formula, got an empty text" in run.err
    assert "candidates is empty" in interfacekit(*pair, "--candidates", "", " ").err
