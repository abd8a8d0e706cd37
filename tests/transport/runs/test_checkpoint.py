"""Folders of checkpoints: what is refused, what is run anew, and how a run is continued to more hops."""

import json
import os
import shutil
import signal
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from interfacekit.checksums import PLACEHOLDER, with_checksum
from interfacekit.errors import InputError, InputWarning
from interfacekit.transport.bulk.options import RunOptions
from interfacekit.transport.bulk.simulate import simulate, simulate_series
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.rates import HoppingModel
from interfacekit.transport.runs.request import Request
from interfacekit.transport.runs.resuming import checkpoint
from interfacekit.transport.stack_kmc.options import StackRunOptions
from interfacekit.transport.stack_kmc.simulate import simulate_stack
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack
from tests.children import start

MODEL = HoppingModel(regular_lattice("simple_cubic", 5), 0.4, 0.3, pair_energies_eV=0.03)
SHORT = RunOptions(hops=3e4, replicas=3, seed=5, hops_per_ion=2.0)
STACK = Stack([Layer("LCO"), Layer("LNO", 1.0), Layer("LGPS", 1.2)])
STACK_SHORT = StackRunOptions(hops=3e5, replicas=3, seed=5, cells=(12, 12))

ANY = Request(("run",), 1.0, 1)


def run(folder, options=SHORT, **changes):
    return simulate(MODEL, 600.0, options=replace(options, **changes), checkpoint=folder)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A finished run and its folder, which is only copied."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    return folder, run(folder)


@pytest.fixture
def kept(finished, tmp_path):
    return shutil.copytree(finished[0], tmp_path / "run")


def test_replicas_without_their_run_are_refused_and_kept(kept):
    (kept / "run.json").unlink()
    before = contents(kept)
    for seed in (5, 6):
        with pytest.raises(InputError, match=r"^[^\n]* has replicas, but no run.json [^\n]*name another directory$"):
            run(kept, seed=seed)
    assert contents(kept) == before


DAMAGES = {
    "empty": (lambda whole: b"", "it is empty"),
    "text": (lambda whole: b"not a checkpoint", "it has no checksum"),
    "truncated": (lambda whole: whole[: len(whole) // 2], "it has no checksum"),
    "without its end": (lambda whole: whole[:-1], "does not match"),
    "with more": (lambda whole: whole + b"\n", "does not match"),
    "a flipped bit": (lambda whole: whole[:999] + bytes([whole[999] ^ 1]) + whole[1000:], "does not match"),
    "no replica": (lambda whole: with_checksum(PLACEHOLDER.encode()), "it is no replica"),
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_replica_is_reported_and_run_anew(damage, reason, finished, kept):
    path = kept / "replica-1.npz"
    path.write_bytes(damage(path.read_bytes()))
    line = rf"^in {kept} 1 replica is damaged and is run anew \(replica-1.npz: [^\n]*{reason}[^\n]*\)$"
    with pytest.warns(InputWarning, match=line) as caught:
        assert run(kept) == finished[1]
    assert len(caught) == 1
    assert contents(kept) == contents(finished[0])


def test_damaged_replicas_are_reported_in_one_line(finished, kept):
    for number in (0, 2):
        (kept / f"replica-{number}.npz").write_text("")
    with pytest.warns(InputWarning, match=r"2 replicas are damaged and are run anew \([^\n]* and 1 more\)$") as caught:
        assert run(kept) == finished[1]
    assert len(caught) == 1


def swap_in_another_run(kept, other):
    run(other, seed=6)
    shutil.copy(other / "replica-1.npz", kept)


def swap_in_another_replica(kept, other):
    shutil.copy(kept / "replica-2.npz", kept / "replica-1.npz")


@pytest.mark.parametrize(
    ("swap", "told"),
    [
        (swap_in_another_run, "is a checkpoint of another run; move it elsewhere, or name another directory"),
        (swap_in_another_replica, "is replica 2 of its run under another name; rename or remove it"),
    ],
)
@pytest.mark.parametrize("has_run", [True, False])
def test_an_intact_replica_of_another_run_or_number_is_refused_and_kept(swap, told, has_run, kept, tmp_path):
    swap(kept, tmp_path / "other")
    if not has_run:
        (kept / "run.json").write_bytes(b"damaged")
    before = contents(kept)
    with pytest.raises(InputError, match=rf"^{kept}/replica-1.npz {told}$"):
        run(kept)
    assert contents(kept) == before


@pytest.mark.parametrize("content", [None, b"damaged"], ids=["intact", "damaged"])
def test_a_replica_of_a_number_that_is_not_wanted_changes_nothing(content, finished, kept, resumed):
    (kept / "replica-7.npz").write_bytes(content or (kept / "replica-1.npz").read_bytes())
    before = contents(kept)
    assert run(kept) == finished[1]
    assert contents(kept) == before
    assert resumed.messages == [f"resuming from {kept}: 3 of 3 replicas finished, 100 % of the hops"]


STRANGE = {
    "a pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "a directory": Path.mkdir,
    "too large": lambda path: path.touch() or os.truncate(path, 1 << 38),
}


@pytest.mark.parametrize("make", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize("name", ["run.json", "run.lock", "replica-1.npz", "replica-9.npz"])
def test_what_is_no_file_of_a_checkpoint_is_refused_by_name(name, make, kept):
    (kept / name).unlink(missing_ok=True)
    make(kept / name)
    before = {path.name for path in kept.iterdir()}
    with pytest.raises(InputError, match=rf"^[^\n]*{name}[^\n]*; remove it, or name another folder$"):
        run(kept)
    assert {path.name for path in kept.iterdir()} == before


@pytest.mark.parametrize("folder", ["link", "link/below"])
def test_a_link_to_nothing_is_named(folder, tmp_path):
    (tmp_path / "link").symlink_to("gone")
    with pytest.raises(
        InputError, match=rf"{tmp_path}/link is a link to gone, which is not there; name another folder"
    ):
        run(tmp_path / folder)
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_what_is_refused_is_refused_before_anything_is_computed(kept, monkeypatch):
    """Neither percolation, tables of the kernel nor a pilot run."""
    for name in ("_check_field", "_plan", "prepared"):
        monkeypatch.setattr(f"interfacekit.transport.bulk.simulate.{name}", None)
    for changes, told in (({"seed": 6}, "of another run"), ({"hops": 2e4}, "keeps a run of 30000 hops")):
        with pytest.raises(InputError, match=told):
            run(kept, **changes)


@pytest.mark.parametrize("temperatures_K", [(600.0, 700.0), (700.0, 600.0)])
def test_a_series_is_refused_before_any_work_where_one_temperature_conflicts(temperatures_K, finished, tmp_path):
    shutil.copytree(finished[0], tmp_path / "600K")
    for changes, told in (({"hops": 2e4}, "600K keeps a run of 30000 hops"), ({"seed": 6}, "600K keeps [^\n]*another")):
        with pytest.raises(InputError, match=told):
            simulate_series(MODEL, temperatures_K, options=replace(SHORT, **changes), checkpoint=tmp_path, failed={})
        assert [path.name for path in tmp_path.iterdir()] == ["600K"]


def test_a_run_is_the_same_whatever_types_its_numbers_have(finished, kept):
    assert run(kept, replicas=np.int32(3), seed=np.uint8(5), hops=Fraction(30000), check=np.False_) == finished[1]
    same = HoppingModel(
        MODEL.sites,
        np.float64(0.4),
        Fraction(3, 10),
        attempt_frequencies_Hz=10**13,
        pair_energies_eV=np.array(0.03),
        field_V_A=[0, 0, 0],
    )
    assert simulate(same, np.longdouble(600), options=SHORT, checkpoint=kept) == finished[1]


@pytest.mark.parametrize("mark", [b"", b"{", b"[]", with_checksum(f'["{PLACEHOLDER}"]'.encode())])
def test_a_damaged_run_is_taken_from_its_replicas(mark, finished, kept, tmp_path):
    (kept / "run.json").write_bytes(mark)
    before = contents(kept)
    with pytest.raises(InputError, match="another run"):
        run(kept, seed=6)
    assert contents(kept) == before
    with pytest.warns(InputWarning, match=r"^[^\n]*run.json is damaged \([^\n]*\); it is written anew$"):
        assert run(kept) == finished[1]
    assert contents(kept) == contents(finished[0])
    for path in kept.glob("replica-*"):
        path.unlink()
    (kept / "run.json").write_bytes(mark)
    with pytest.warns(InputWarning, match="run.json is damaged"):
        assert run(kept) == finished[1]


def test_a_newer_format_or_another_version_is_refused_by_name(kept, monkeypatch):
    before = contents(kept)
    about = json.loads(before["run.json"]) | {"checksum": PLACEHOLDER.replace("/1 ", "/7 ")}
    (kept / "run.json").write_bytes(with_checksum(json.dumps(about).encode()))
    with pytest.raises(InputError, match=r"^[^\n]*run.json has format 7, but this version [^\n]* up to 1; [^\n]*$"):
        run(kept)
    (kept / "run.json").write_bytes(before["run.json"])
    monkeypatch.setattr("interfacekit.transport.runs.request.package_version", lambda: "99.0")
    with pytest.raises(InputError, match=r"^[^\n]* keeps checkpoints of interfacekit [^\n]*, not 99.0; [^\n]*$"):
        run(kept)
    assert contents(kept) == before


def test_it_says_from_where_a_run_goes_on(kept, resumed):
    run(kept)
    run(kept, hops=6e4)
    (kept / "replica-0.npz").unlink()
    run(kept, hops=6e4)
    assert resumed.messages == [
        f"resuming from {kept}: 3 of 3 replicas finished, 100 % of the hops",
        f"resuming from {kept}: extending 30000 to 60000 hops, 0 of 3 replicas finished, 50 % of the hops",
        f"resuming from {kept}: 2 of 3 replicas finished, 67 % of the hops",
    ]


def test_more_hops_continue_a_run(finished, kept, tmp_path):
    run(kept, hops=6e4)
    extended = run(kept, hops=1.2e5)
    assert extended.provenance["parameters"]["first_hops"] == SHORT.hops
    assert extended.hops == pytest.approx(1.2e5, rel=0.1)
    windows = [result.provenance["parameters"]["windows"] for result in (finished[1], extended)]
    assert windows[1] == 4 * windows[0]
    at_once = shutil.copytree(finished[0], tmp_path / "at once")
    (at_once / "replica-0.npz").unlink()
    assert run(at_once, hops=1.2e5) == extended == run(at_once, hops=1.2e5)
    assert contents(at_once) == contents(kept)
    other = simulate(MODEL, 600.0, options=replace(SHORT, hops=1.2e5, seed=6))
    for result in (finished[1], extended):
        difference = result.conductivity_S_cm - other.conductivity_S_cm
        assert abs(difference) < 4 * (result.conductivity_err_S_cm + other.conductivity_err_S_cm)
    assert extended.conductivity_err_S_cm < 0.8 * finished[1].conductivity_err_S_cm


@pytest.mark.parametrize(
    ("hops", "told"),
    [
        (2e4, "keeps a run of 30000 hops, more than 20000; give 30000 or more, or name another directory"),
        (4e6, "windows were planned for 30000 hops; give at most 3000000, or name another directory"),
    ],
)
def test_fewer_or_far_more_hops_are_refused(hops, told, kept):
    before = contents(kept)
    with pytest.raises(InputError, match=rf"^[^\n]* {told}$"):
        run(kept, hops=hops)
    assert contents(kept) == before


def test_more_hops_continue_a_stack(tmp_path):
    def stack(folder, hops):
        return simulate_stack(STACK, 4.0, 300.0, options=replace(STACK_SHORT, hops=hops), checkpoint=folder)

    first = stack(tmp_path / "a", 3e5)
    assert "first_hops" not in first.provenance["parameters"]
    stack(tmp_path / "a", 6e5)
    extended = stack(tmp_path / "a", 1.2e6)
    assert extended.provenance["parameters"]["first_hops"] == 3e5
    assert extended.provenance["parameters"]["hops_made"] == pytest.approx(1.2e6, rel=0.2)
    stack(tmp_path / "b", 3e5)
    (tmp_path / "b" / "replica-0.npz").unlink()
    assert stack(tmp_path / "b", 1.2e6) == extended
    error = first.asr_err_ohm_cm2 + extended.asr_err_ohm_cm2
    assert abs(extended.asr_ohm_cm2 - first.asr_ohm_cm2) < 4 * error
    with pytest.raises(InputError, match="keeps a run of 1200000 hops, more than 300000"):
        stack(tmp_path / "a", 3e5)


def hold(folder):
    with checkpoint(folder, ANY, plan=dict):
        (folder / "held").touch()
        Event().wait()


def test_a_folder_serves_one_run_at_a_time_and_is_free_when_that_is_killed(tmp_path):
    holder = start(hold, tmp_path)
    while not (tmp_path / "held").exists():
        time.sleep(0.01)
    for _ in range(2):
        opened = checkpoint(tmp_path, ANY, plan=dict)
        with (
            pytest.raises(InputError, match=r"^[^\n]* is in use by another run; [^\n]*name another directory$"),
            opened,
        ):
            pass
    holder.kill()
    holder.join(60)
    assert holder.exitcode == -signal.SIGKILL
    with checkpoint(tmp_path, ANY, plan=dict):
        opened = checkpoint(tmp_path, ANY, plan=dict)
        with pytest.raises(InputError, match="in use"), opened:
            pass
    with checkpoint(tmp_path, ANY, plan=dict):
        pass


def test_what_a_killed_run_was_writing_is_removed(finished, kept):
    (kept / ".interfacekit-0123.npz").write_bytes(b"PK half")
    assert run(kept) == finished[1]
    assert contents(kept).keys() == contents(finished[0]).keys()
