"""Where compiled kernels are kept from run to run, and what happens where they cannot be.

numba looks for a folder that can be written: `NUMBA_CACHE_DIR`, the one beside the module, the user's cache. It refuses
to make a function where there is none, and ends a kernel that has been compiled where the disk is full.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from numba import config
from numba.core.caching import FunctionCache

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


class _Cache(FunctionCache):
    """numba's cache; a file that cannot be read or written costs compiling the kernel, not the kernel."""

    @contextmanager
    def _guard_against_spurious_io_errors(self):
        try:
            yield
        except (OSError, EOFError, UnpicklingError) as error:
            reason = getattr(error, "strerror", None) or "a file is damaged"
            _warn(f"compiled kernels cannot be kept in {self.cache_path}: {reason}")


def _cache_of(function):
    """The cache of a Python function; None where not even a temporary folder can be made."""
    try:
        kept = None if _is_homeless() else _Cache(function)
    except RuntimeError:  # numba has found no folder
        kept = None
    if kept is None:
        if not _use_temporary_folder():
            return None
        kept = _Cache(function)
    if config.CACHE_DIR and not Path(kept.cache_path).is_relative_to(Path(config.CACHE_DIR).absolute()):
        _warn(f"NUMBA_CACHE_DIR={config.CACHE_DIR} cannot be written: compiled kernels are kept elsewhere")
    return kept


@cache
def _is_homeless() -> bool:
    """Whether numba would make a folder named ~ in the current one and take it for the user's cache."""
    beside = Path(__file__).parent / "__pycache__"
    writable = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    if config.CACHE_DIR or os.environ.get("XDG_CACHE_HOME") or writable:
        return False
    try:
        Path.home()
    except RuntimeError:
        return True
    return False


def _use_temporary_folder() -> bool:
    """Let numba keep what it compiles in a folder that ends with this process, and serves those that it starts."""
    try:
        folder = tempfile.mkdtemp(prefix="interfacekit-")
    except OSError:
        _warn("no folder can be written: kernels are compiled in every run; name one in NUMBA_CACHE_DIR")
        return False
    _warn("compiled kernels are kept in a temporary folder, for this run alone; name one to stay in NUMBA_CACHE_DIR")
    config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"] = folder
    atexit.register(_remove, folder, os.getpid())
    return True


def _remove(folder, process):
    if os.getpid() == process:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def _warn(line):
    warnings.warn(line, InputWarning, stacklevel=2)
