"""Versions of installed packages, as results and records name them."""

from __future__ import annotations

from functools import cache
from importlib import metadata


@cache
def version_of(package: str) -> str:
    """Version of an installed package; to look it up takes longer than many results."""
    return metadata.version(package)


def package_version() -> str:
    """Version of this package."""
    return version_of("interfacekit")
