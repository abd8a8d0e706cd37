"""Names and versions of packages, as recorded in results."""

from __future__ import annotations

import re
from functools import cache

#: This package, under which its public names are.
PUBLIC = "interfacekit"
#: Modules of this package; not its `__main__`, which is a program.
_OWN_MODULE = re.compile(rf"{PUBLIC}(\.(?!__)\w+)*")


def public_module(module: str) -> str:
    """Module that saved files name for what a module defines: this package for its own ones."""
    return PUBLIC if _OWN_MODULE.fullmatch(module) else module


@cache
def version_of(package: str) -> str:
    """Version of an installed package, cached: the lookup takes longer than many results."""
    from importlib import metadata  # takes longer than the import of this package

    return metadata.version(package)


def package_version() -> str:
    """Version of this package."""
    return version_of(PUBLIC)
