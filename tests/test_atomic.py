"""A file is written as a whole or not at all."""

import os
import stat
import time

import pytest

from interfacekit import atomic
from interfacekit.atomic import remove_abandoned, replacing, require_writable
from interfacekit.errors import InputError
from tests.children import start


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_only_at_the_end(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("old")
    with replacing(path) as temporary:
        assert temporary.suffix == ".json"
        assert temporary.parent == tmp_path
        temporary.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["result.json"]


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, failure):
    path = tmp_path / "result.csv"
    path.write_text("old")

    with pytest.raises(failure), replacing(path) as temporary:  # noqa: PT012  # it writes, then fails
        temporary.write_text("half")
        raise failure
    assert path.read_text() == "old"
    assert names(tmp_path) == ["result.csv"]


def test_a_failure_makes_no_file(tmp_path):
    with pytest.raises(RuntimeError), replacing(tmp_path / "result.csv"):
        raise RuntimeError
    assert names(tmp_path) == []


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_permissions_are_those_of_any_new_file(tmp_path, mask):
    before = os.umask(mask)
    try:
        with replacing(tmp_path / "replaced") as temporary:
            temporary.write_text("x")
        (tmp_path / "plain").write_text("x")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("replaced", "plain")}
    assert modes == {0o666 & ~mask}


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "result.json", tmp_path / "link.json"
    link.symlink_to(target)
    require_writable(link)
    with replacing(link) as temporary:
        temporary.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def write(path):
    with replacing(path) as temporary:
        temporary.write_text("x")


@pytest.mark.parametrize("check", [write, require_writable])
@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("absent/result.json", "cannot write .*(No such file|there is no directory)"),
        ("file/result.json", "cannot write .*(Not a directory|there is no directory)"),
        ("directory", "it is a directory; name a file"),
        ("pipe", "it is not a regular file; name a file"),
        ("loop", "cannot write"),
        ("n" * 400, "cannot write"),
        ("nul\0", "cannot write"),
    ],
)
def test_a_path_that_cannot_be_written_is_one_line(tmp_path, check, name, what):
    (tmp_path / "file").write_text("")
    (tmp_path / "directory").mkdir()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    before = names(tmp_path)
    with pytest.raises(InputError, match=what) as caught:
        check(tmp_path / name)
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == before


def test_require_writable_leaves_nothing_and_touches_nothing(tmp_path):
    path = tmp_path / "result.json"
    require_writable(path)
    assert names(tmp_path) == []
    path.write_text("old")
    require_writable(path)
    assert path.read_text() == "old"
    assert names(tmp_path) == ["result.json"]


@pytest.mark.parametrize("sync_folder", [True, False])
def test_the_content_is_on_disk_before_it_replaces_the_old_file(tmp_path, monkeypatch, sync_folder):
    path = tmp_path / "result.json"
    path.write_text("old")
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append((os.fstat(descriptor), path.read_text())))
    with replacing(path, sync_folder=sync_folder) as temporary:
        temporary.write_text("newer")
    assert [(state.st_size, text) for state, text in synced[:1]] == [(5, "old")]
    assert [(stat.S_ISDIR(state.st_mode), text) for state, text in synced[1:]] == [(True, "newer")] * sync_folder


def write_for_ever(path):
    with replacing(path) as temporary:
        temporary.write_text("half")
        time.sleep(600)


def test_temporary_files_of_killed_processes_alone_are_removed(tmp_path):
    writer = start(write_for_ever, tmp_path / "result.csv")
    while not [path for path in tmp_path.iterdir() if path.read_text()]:
        time.sleep(0.01)
    half = names(tmp_path)
    assert len(half) == 2
    (tmp_path / ".mine.csv").write_text("mine")
    with replacing(tmp_path / "other.csv") as temporary:
        require_writable(tmp_path / "result.csv")
        assert {*half, temporary.name, ".mine.csv"} < set(names(tmp_path))
    writer.kill()
    writer.join(60)
    assert {*half} < {*names(tmp_path)}
    require_writable(tmp_path / "result.csv")
    assert names(tmp_path) == [".mine.csv", "other.csv"]


def test_where_files_cannot_be_locked_only_old_ones_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic, "HAS_LOCKS", False)
    for number in "12":
        for end in (".json", "-lock"):
            path = tmp_path / f".interfacekit-{number * 32}{end}"
            path.write_text("half")
            os.utime(path, (0, 0) if number == "1" else None)
    with replacing(tmp_path / "result.json") as temporary:
        remove_abandoned(tmp_path)
        assert [name for name in names(tmp_path) if "1" * 32 in name] == []
        assert len([name for name in names(tmp_path) if "2" * 32 in name]) == 2
        assert temporary.exists()
        temporary.write_text("whole")
    assert (tmp_path / "result.json").read_text() == "whole"


def test_a_file_that_another_process_takes_for_abandoned_at_once_is_made_again(tmp_path, monkeypatch):
    lock, taken = atomic.lock, []

    def late(descriptor):
        if not taken:
            taken.extend(tmp_path.iterdir())
            taken[0].unlink()
        return lock(descriptor)

    monkeypatch.setattr(atomic, "lock", late)
    with replacing(tmp_path / "result.json") as temporary:
        assert taken[0].name[:-5] != temporary.name[:-5]
        temporary.write_text("whole")
    assert names(tmp_path) == ["result.json"]
