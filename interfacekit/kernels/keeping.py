"""Where compiled kernels are kept from run to run, and what happens where they cannot be.

numba looks for a folder that can be written: `NUMBA_CACHE_DIR`, the one beside the module, the user's cache. It refuses
to make a function where there is none, and ends a kernel that has been compiled where the disk is full. Here a folder
below the temporary one comes last.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import stat
import tempfile
import warnings
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from numba import config
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
from numba.misc.appdirs import AppDirs

from interfacekit.errors import InputWarning


def keep(function: Any) -> Any:
    """Keep what numba compiles of a function, where that is possible.

    Parameters
    ----------
    function
        Made by `numba.njit` without a cache; where compilation is turned off, a plain function.

    Returns
    -------
    function
        The same.

    Warns
    -----
    InputWarning
        Once, if it is kept in a temporary folder, or in another one than `NUMBA_CACHE_DIR`.
    """
    if hasattr(function, "enable_caching"):
        kept = _cache_of(function.py_func)
        if kept is not None:
            function._cache = kept  # noqa: SLF001  # as numba's enable_caching does
    return function


class _ArchivedSource(_CacheLocator):
    """Cache folder of a function whose source is in a zip or a wheel: `NUMBA_CACHE_DIR`, or the user's.

    numba's own locator overlooks archives that are not named .zip, and `NUMBA_CACHE_DIR` for those that are.
    """

    def __init__(self, function, source):
        self._function, self._py_file = function, source
        folder = config.CACHE_DIR or AppDirs(appname="numba", appauthor=False).user_cache_dir
        self._cache_path = str(Path(folder, self.get_suitable_cache_subpath(source)))

    @classmethod
    def from_function(cls, function, source):
        if Path(source).exists() or not hasattr(function.__globals__.get("__loader__"), "get_data"):
            return None
        locator = cls(function, source)
        try:
            locator.ensure_cache_path()
        except OSError:
            return None
        return locator

    def get_cache_path(self):
        return self._cache_path

    def get_source_stamp(self):
        return hashlib.sha256(self._function.__globals__["__loader__"].get_data(self._py_file)).digest()

    def get_disambiguator(self):
        return str(self._function.__code__.co_firstlineno)


class _CompiledKernel(CompileResultCacheImpl):
    _locator_classes = [  # noqa: RUF012  # a list in numba
        _ArchivedSource,
        *(locator for locator in CompileResultCacheImpl._locator_classes if locator.__name__ != "ZipCacheLocator"),  # noqa: SLF001
    ]


class _Cache(FunctionCache):
    """numba's cache; a file that cannot be read or written costs compiling the kernel, not the kernel."""

    _impl_class = _CompiledKernel

    def _index_key(self, sig, codegen):
        """Numba's key, and the sources around: it knows that of the kernel alone, not of what is inlined in it."""
        folder = Path(self._py_func.__code__.co_filename).parent
        return (*super()._index_key(sig, codegen), _hash_of_sources(folder))

    @contextmanager
    def _guard_against_spurious_io_errors(self):
        try:
            yield
        except (OSError, EOFError, UnpicklingError) as error:
            reason = getattr(error, "strerror", None) or "a file is damaged"
            _warn(f"compiled kernels cannot be kept in {self.cache_path}: {reason}")


@cache
def _hash_of_sources(folder: Path) -> bytes:
    """Hash of the modules in a folder and in the one above; that of none in an archive, which numba hashes itself."""
    modules = sorted([*folder.glob("*.py"), *folder.parent.glob("*.py")])
    return hashlib.sha256(b"".join(module.read_bytes() for module in modules)).digest()


def _cache_of(function):
    """The cache of a Python function; None where not even a temporary folder can be made."""
    _fix_folder()
    try:
        kept = None if _is_homeless(Path(function.__code__.co_filename).parent) else _Cache(function)
    except RuntimeError:  # numba has found no folder
        kept = None
    if kept is None:
        if not _use_temporary_folder():
            return None
        kept = _Cache(function)
    if config.CACHE_DIR and not Path(kept.cache_path).is_relative_to(config.CACHE_DIR):
        _warn(f"NUMBA_CACHE_DIR={config.CACHE_DIR} cannot be written: compiled kernels are kept elsewhere")
    return kept


def _fix_folder():
    """Make a relative `NUMBA_CACHE_DIR` absolute, for kernels that are made after a change of the current folder."""
    if config.CACHE_DIR and not Path(config.CACHE_DIR).is_absolute():
        config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"] = str(Path(config.CACHE_DIR).absolute())


@cache
def _is_homeless(package: Path) -> bool:
    """Whether numba would make a folder named ~ in the current one and take it for the user's cache."""
    beside = package / "__pycache__"
    writable = os.access(beside if beside.exists() else package, os.W_OK)
    if config.CACHE_DIR or os.environ.get("XDG_CACHE_HOME") or writable:
        return False
    try:
        Path.home()
    except RuntimeError:
        return True
    return False


def _use_temporary_folder() -> bool:
    """Let numba keep what it compiles, here and in processes that this one starts, below the temporary folder.

    The folder of the user, which later runs find again, or else one that ends with this process.
    """
    try:
        folder = _folder_of_user()
        stays = folder is not None
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="interfacekit-"))
    except OSError:
        _warn("no folder can be written: kernels are compiled in every run; name one in NUMBA_CACHE_DIR")
        return False
    where = folder if stays else "a temporary folder, for this run alone"
    _warn(f"compiled kernels are kept in {where}; name one to stay in NUMBA_CACHE_DIR")
    config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"] = str(folder)
    if not stays:
        atexit.register(_remove, folder, os.getpid())
    return True


def _folder_of_user() -> Path | None:
    """Make or find a folder below the temporary one that nobody else can write or replace; None where there is none.

    What is in it is run as code.
    """
    if not hasattr(os, "geteuid"):  # the temporary folder is the user's own on such systems, and so is its cache
        return None
    folder = Path(tempfile.gettempdir(), f"interfacekit-{os.geteuid()}")
    if not _is_kept_from_others(folder.parent):
        return None
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return None
    is_own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid()
    return folder if is_own and stat.S_IMODE(found.st_mode) == 0o700 else None


def _is_kept_from_others(parent: Path) -> bool:
    """Whether nobody but the administrator can replace folders of this user in a folder."""
    found = parent.stat()
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return found.st_uid in (0, os.geteuid()) and (not shared or bool(found.st_mode & stat.S_ISVTX))


def _remove(folder, process):
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _warn(line):
    warnings.warn(line, InputWarning, stacklevel=2)
