"""pymatgen's search of Zur and McGill (doi:10.1063/1.333084) for supercells of two lattices that nearly coincide."""

from __future__ import annotations

import sys
from functools import cache
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import pymatgen.analysis

if TYPE_CHECKING:
    from types import ModuleType

_ZSL, _ZSL_LOCK = "pymatgen.analysis.interfaces.zsl", Lock()


@cache
def zsl() -> ModuleType:
    """Return pymatgen's module of lattice matches, whose compiled functions are kept from run to run.

    pymatgen compiles them anew in every process, and its package of interfaces loads tables of local environments that
    the module does not need: both take seconds.
    """
    from interfacekit.kernels.keeping import keep  # numba, which few users of this module need

    with _ZSL_LOCK:
        module = sys.modules.get(_ZSL) or _module_apart(_ZSL) or import_module(_ZSL)
    for function in vars(module).values():
        keep(function)
    return module


def _module_apart(name: str) -> ModuleType | None:
    """Load a module of pymatgen.analysis without the package that it is in; None where its file is not found."""
    *_, package, file = name.split(".")
    paths = (Path(folder, package, f"{file}.py") for folder in pymatgen.analysis.__path__)
    spec = next((spec_from_file_location(name, path) for path in paths if path.is_file()), None)
    if spec is None or spec.loader is None:
        return None
    # numba looks a module up by its name where it loads what it has compiled.
    module = sys.modules[name] = module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
