"""Compiled kernels are kept where that is possible, and compiled where it is not."""

import importlib
import os
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from numba import config, njit
from numba.core.caching import CompileResultCacheImpl, IndexDataCacheFile

from interfacekit.errors import InputWarning
from interfacekit.kernels import keeping

SOURCE = "def twice(x):\n    return 2 * x\n"
TEMPORARY = "compiled kernels are kept in "


@pytest.fixture(autouse=True)
def _new(monkeypatch, tmp_path):
    """Nothing has been said, no folder is named, and the temporary one is empty."""
    remembered = keeping._warn, keeping._is_homeless, keeping._hash_of_sources
    for cached in remembered:
        cached.cache_clear()
    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    (tmp_path / "tmp").mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    yield
    for cached in remembered:
        cached.cache_clear()


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """A folder that the user names."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(config, "CACHE_DIR", str(folder))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def imported(monkeypatch, tmp_path):
    """Import the module of a function, from a folder or a zip, anew each time."""
    loaded = []

    def load(archive=None):
        name = "kept_kernel"
        if archive is None:
            (tmp_path / f"{name}.py").write_text(SOURCE)
            where = tmp_path
        else:
            where = tmp_path / archive
            with zipfile.ZipFile(where, "w") as file:
                file.writestr(f"{name}.py", SOURCE)
        monkeypatch.syspath_prepend(str(where))
        sys.modules.pop(name, None)
        loaded.append(importlib.import_module(name))
        return keeping.keep(njit(loaded[-1].twice))

    yield load
    sys.modules.pop("kept_kernel", None)


def compiled(function):
    """Whether a call compiles; its answer is right in any case."""
    assert function(21) == 42
    return bool(function.stats.cache_misses)


def no_home():
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.parametrize("archive", [None, "package.zip", "package.whl"])
def test_a_kernel_is_read_again(cache, imported, archive):
    function = imported(archive)
    assert compiled(function)
    assert Path(function.stats.cache_path).parent == cache
    assert not compiled(imported(archive))


def test_a_kernel_of_another_source_is_compiled(cache, imported, monkeypatch):
    assert compiled(imported("package.zip"))
    monkeypatch.setitem(globals(), "SOURCE", SOURCE.replace("2 * x", "x + x"))
    assert compiled(imported("package.zip"))


def test_a_kernel_is_compiled_where_a_module_beside_it_has_changed(cache, imported, tmp_path):
    """What it inlines may come from there."""
    beside = tmp_path / "inlined.py"
    beside.write_text("FACTOR = 2\n")
    assert compiled(imported())
    assert not compiled(imported())
    beside.write_text("FACTOR = 3\n")
    keeping._hash_of_sources.cache_clear()
    assert compiled(imported())


def test_a_plain_function_is_left_alone():
    assert keeping.keep(no_home) is no_home


def test_a_damaged_file_costs_compiling(cache, imported):
    imported()(21)
    (index,) = cache.rglob("*.nbi")
    index.write_bytes(b"\x80")
    with pytest.warns(InputWarning, match="cannot be kept in .*: a file is damaged$"):
        assert compiled(imported())


def test_a_full_disk_costs_no_result(cache, imported, monkeypatch):
    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(IndexDataCacheFile, "_save_data", full)
    function = imported()
    with pytest.warns(InputWarning, match=f"^compiled kernels cannot be kept in {cache}.*: No space left on device$"):
        assert compiled(function)


def test_a_named_folder_that_cannot_be_written(imported, monkeypatch):
    monkeypatch.setattr(config, "CACHE_DIR", os.devnull)
    with pytest.warns(InputWarning, match=f"^NUMBA_CACHE_DIR={os.devnull} cannot be written"):
        imported()


def test_a_relative_folder_stays_where_it_was(imported, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "CACHE_DIR", "kernels")
    monkeypatch.setenv("NUMBA_CACHE_DIR", "kernels")
    assert compiled(imported())
    monkeypatch.chdir(tmp_path / "tmp")
    function = imported()
    assert Path(function.stats.cache_path).is_relative_to(tmp_path / "kernels")
    assert not compiled(function)


def test_where_nothing_else_can_be_written(imported, monkeypatch, tmp_path):
    def nowhere(locator):
        if not config.CACHE_DIR:
            raise PermissionError

    for locator in CompileResultCacheImpl._locator_classes:
        monkeypatch.setattr(locator, "ensure_cache_path", nowhere, raising=False)
    with pytest.warns(InputWarning, match=f"^{TEMPORARY}{tmp_path / 'tmp'}/interfacekit-{os.geteuid()}; name one"):
        function = imported()
    assert os.environ["NUMBA_CACHE_DIR"] == config.CACHE_DIR
    monkeypatch.undo()
    assert Path(function.stats.cache_path).is_relative_to(tmp_path / "tmp")


def test_no_folder_at_all(imported, monkeypatch):
    def refused(**options):
        raise PermissionError

    monkeypatch.setattr(keeping, "_is_homeless", lambda package: True)
    monkeypatch.setattr(keeping, "_folder_of_user", lambda: None)
    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.warns(InputWarning, match="^no folder can be written: kernels are compiled in every run"):
        assert imported()(21) == 42


def test_a_folder_for_one_run_ends_with_it(monkeypatch):
    ends = []
    monkeypatch.setattr(keeping, "_folder_of_user", lambda: None)
    monkeypatch.setattr(keeping.atexit, "register", lambda function, *arguments: ends.append((function, arguments)))
    with pytest.warns(InputWarning, match=f"^{TEMPORARY}a temporary folder, for this run alone"):
        assert keeping._use_temporary_folder()
    folder = Path(config.CACHE_DIR)
    ((remove, (path, process)),) = ends
    remove(path, process + 1)
    assert folder.is_dir()
    remove(path, process)
    assert not folder.exists()


def test_users_without_a_home(monkeypatch, tmp_path):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert not keeping._is_homeless(tmp_path)
    monkeypatch.setattr(Path, "home", no_home)
    assert keeping._is_homeless(tmp_path / "package")
    monkeypatch.setattr(os, "access", lambda path, mode: True)
    assert not keeping._is_homeless(tmp_path / "other")


def test_the_folder_of_a_user_is_found_again(tmp_path):
    folder = keeping._folder_of_user()
    assert folder == tmp_path / "tmp" / f"interfacekit-{os.geteuid()}"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert keeping._folder_of_user() == folder


def readable(folder):
    folder.mkdir()
    folder.chmod(0o755)


def linked(folder):
    folder.with_name("elsewhere").mkdir(mode=0o700)
    folder.symlink_to(folder.with_name("elsewhere"))


def below_a_folder_of_all(folder):
    folder.parent.chmod(0o777)


@pytest.mark.parametrize("make", [readable, linked, Path.touch, below_a_folder_of_all])
def test_a_folder_that_others_could_have_made(tmp_path, make):
    make(tmp_path / "tmp" / f"interfacekit-{os.geteuid()}")
    assert keeping._folder_of_user() is None


def test_a_folder_of_another_user(monkeypatch):
    folder = keeping._folder_of_user()
    real = Path.lstat(folder)
    monkeypatch.setattr(Path, "lstat", lambda path: os.stat_result((*real[:4], real.st_uid + 1, *real[5:])))
    assert keeping._folder_of_user() is None


def test_the_folder_of_all_may_be_sticky(tmp_path):
    (tmp_path / "tmp").chmod(0o1777)
    assert keeping._folder_of_user() is not None
