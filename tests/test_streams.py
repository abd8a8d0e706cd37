"""Streams, disks and environments that cannot be used: one line, the old file kept, no traceback."""

import io
import os
import subprocess
import sys

import pytest

from interfacekit import limits, streams
from interfacekit.cli import progress
from interfacekit.errors import ComputationError, InputError, InputWarning
from interfacekit.export import files as export
from interfacekit.thermo import electrochemical_window


def shell(command, **environment):
    """Status, stdout and stderr of the command line in a shell; `@` stands for interfacekit."""
    words = command.replace("@", f"{sys.executable} -m interfacekit")
    done = subprocess.run(  # noqa: S602
        words, shell=True, capture_output=True, text=True, env=os.environ | environment, check=False, timeout=100
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("command", "status", "message"),
    [
        ("@ --version > /dev/full", 1, "cannot write to standard output: No space left on device"),
        ("@ --help > /dev/full", 1, "cannot write to standard output: No space left on device"),
        ("@ entries --aliases --json > /dev/full", 1, "cannot write to standard output: No space left on device"),
        ("@ --version >&-", 1, "cannot write to standard output: Bad file descriptor"),
        ("@ --version <&-", 0, ""),
        ("@ --version 2>&-", 0, ""),
        ("@ window Xx 2>&-", 2, ""),
        ("@ window Xx 2> /dev/full", 2, ""),
        ("@ window Xx <&- >&- 2>&-", 2, ""),
        ("set -o pipefail; @ entries --aliases --json | true", 1, ""),
    ],
)
def test_streams_that_cannot_be_used(command, status, message):
    found, _, err = shell(f"bash -c '{command}'")
    assert found == status
    assert err == (f"interfacekit: {message}\n" if message else "")


@pytest.mark.parametrize("redirect", ["> /dev/full", ">&-", "2> /dev/full"])
def test_files_are_written_where_streams_cannot_be(tmp_path, redirect):
    path = tmp_path / "w.csv"
    status, _, _ = shell(f"@ window Li2O -o {path} {redirect}")
    assert status == (0 if redirect.startswith("2") else 1)
    assert "Li2O" in path.read_text()


@pytest.mark.parametrize("suffix", ["csv", "json", "png"])
def test_a_full_disk_keeps_the_old_file(tmp_path, suffix):
    path = tmp_path / f"w.{suffix}"
    path.write_text("old")
    status, _, err = shell(f"ulimit -f 1; @ map LCO LGPS -o {path}")  # kB
    assert (status, path.read_text()) == (1, "old")
    assert err == f"interfacekit: cannot write {path}: File too large; the file that was there is kept\n"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_disk_that_fills_while_a_file_is_written(tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(ComputationError, match=r"cannot write .*w.json: No space left on device$"):
        export.save(electrochemical_window("Li2O"), tmp_path / "w.json")
    assert list(tmp_path.iterdir()) == []


def test_failures_of_other_files_name_them():
    assert streams.failure(OSError(28, "No space left on device", "/x/y")) == (
        "cannot read or write a file: /x/y: No space left on device"
    )
    assert streams.failure(OSError("odd\nlines")) == "OSError: odd lines"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"NUMBA_NUM_THREADS": "abc"}, "numba cannot use NUMBA_NUM_THREADS=abc; correct or unset"),
        ({"NUMBA_NUM_THREADS": "0"}, "numba cannot be loaded (ValueError: Number of threads specified must be > 0.)"),
        ({"NUMBA_OPT": "zzz"}, "numba cannot use NUMBA_OPT=zzz; correct or unset"),
        ({"NUMBA_CPU_FEATURES": "zzz"}, "NUMBA_CPU_FEATURES must be such as +avx2,-avx512f, got zzz"),
        ({"NUMBA_CPU_NAME": "zzz"}, "NUMBA_CPU_NAME must be a processor that LLVM knows, such as generic, got zzz"),
        ({"SOURCE_DATE_EPOCH": "abc"}, "SOURCE_DATE_EPOCH must be whole seconds since 1970, got 'abc'"),
    ],
)
def test_settings_of_numba_that_cannot_be_used(environment, message):
    status, out, err = shell("@ window Li2O", **environment)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"interfacekit: {message}")


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"NUMBA_DISABLE_JIT": "1"}, "NUMBA_DISABLE_JIT is set: kernels run as Python"),
        ({"NUMBA_CACHE_DIR": "/dev/null"}, "NUMBA_CACHE_DIR=/dev/null cannot be written"),
        (
            {"MPLCONFIGDIR": "/dev/null/x", "SOURCE_DATE_EPOCH": "0"},
            "warning: matplotlib: mkdir -p failed for path /dev",
        ),
        ({"MPLBACKEND": "zzz", "TERM": "dumb", "COLUMNS": "abc", "TMPDIR": "/none", "OMP_NUM_THREADS": "abc"}, ""),
    ],
)
def test_settings_that_are_announced_or_of_no_effect(tmp_path, environment, message):
    path = tmp_path / "w.png"
    status, out, err = shell(f"@ window Li2O -o {path}", **environment)
    assert status == 0
    assert "Li2O" in out
    assert path.stat().st_size > 1000
    assert err.splitlines()[:-1] == [line for line in err.splitlines() if message and message in line]


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (b"foo: bar\n", 0, "warning: matplotlib: Bad key foo in file matplotlibrc, line 1"),
        (b"foo: b\xe4r\n", 2, "cannot draw w.png: matplotlib cannot be imported (Cannot decode configuration file"),
    ],
)
def test_settings_of_matplotlib_in_the_current_folder(tmp_path, content, status, message):
    (tmp_path / "matplotlibrc").write_bytes(content)
    found, _, err = shell(f"cd {tmp_path} && PYTHONPATH={os.getcwd()} @ window Li2O -o w.png")  # noqa: PTH109
    assert found == status
    assert err.startswith(f"interfacekit: {message}")
    assert err.splitlines()[1:] == (["wrote w.png"] if status == 0 else [])
    assert (tmp_path / "w.png").exists() == (status == 0)


def test_a_folder_that_is_gone(tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    status, _, err = shell(f"cd {gone} && rmdir {gone} && PYTHONPATH={os.getcwd()} @ window Li2O -o w.csv")  # noqa: PTH109
    assert (status, err) == (2, "interfacekit: cannot write 'w.csv': No such file or directory\n")


def test_systems_that_do_not_say_how_much_memory_there_is(monkeypatch):
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda kind: (3e9, resource.RLIM_INFINITY))
    assert limits.memory_bytes() == min(3e9, limits._machine_bytes())
    monkeypatch.setitem(sys.modules, "resource", None)
    assert 1e8 < limits.memory_bytes() < float("inf")
    monkeypatch.delattr(os, "sysconf")
    assert limits.memory_bytes() == float("inf")
    limits.require_memory("arrays", 1e30, "give less")


def test_work_that_does_not_fit_is_refused_and_long_work_announced(monkeypatch):
    monkeypatch.setattr(limits, "memory_bytes", lambda: 1e9)
    limits.require_memory("arrays", 0.79e9, "give less")
    with pytest.raises(InputError, match=r"^arrays need about 0.81 GB of memory, where 0.8 GB can be used; give less$"):
        limits.require_memory("arrays", 0.81e9, "give less")
    limits.require_time("hops", 599, "give fewer")
    with pytest.warns(InputWarning, match="^hops will take about 3 days; Ctrl-C keeps them$"):
        limits.require_time("hops", 3 * 86400, "give fewer", "Ctrl-C keeps them")
    with pytest.raises(InputError, match=r"^hops would take about 2.5 years; give fewer$"):
        limits.require_time("hops", 2.5 * limits.MOST_s, "give fewer")
    with pytest.raises(InputError, match=r"^hops would take thousands of years"):
        limits.require_time("hops", float("inf"), "give fewer")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("kmc LGPS --cells 1200 --hops 1e15", "GB of memory"),
        ("kmc LCO --cells 3000,3000,100", "GB of memory"),
        ("scl LCO LNO:1nm LGPS --voltage 4.0 --kmc --hops 1e15", "would take about"),
        ("shell --cathode LCO --coating LNO --electrolyte LGPS --thickness 1 --voltage 4 --kmc --hops 1e15", "take"),
        ("interface LCO LNO --max-area 1e5", "give a largest area"),
        ("react LCO LGPS --ensemble 1000000", "GB of memory"),
    ],
)
def test_products_of_numbers_that_are_too_much(interfacekit, monkeypatch, command, message):
    monkeypatch.setattr(limits, "memory_bytes", lambda: 2_000_000_000)
    run = interfacekit(*command.split())
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert message in run.err


def test_a_long_row_of_steps_is_announced(monkeypatch):
    clock = iter((0.0, 400.0))
    monkeypatch.setattr(progress.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with pytest.warns(InputWarning, match=r"^Samples \(3 steps\) will take about 13 minutes$"):
        assert list(progress.tracked([1, 2, 3], "Samples")) == [1, 2, 3]
