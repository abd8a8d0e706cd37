"""Versions of installed packages, as recorded in results."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def version_of(package: str) -> str:
    """Version of an installed package, cached: the lookup takes longer than many results."""
    return metadata.version(package)


def package_version() -> str:
    """Version of this package."""
    return version_of("interfacekit")
