"""Optional packages: those that are not installed, and those that are and fail to import."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from interfacekit.errors import InputError
from interfacekit.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def needed(what: str, *modules: str, extra: str) -> Iterator[None]:
    """Import optional packages within this context; what they warn of as they are imported is theirs.

    Parameters
    ----------
    what
        Purpose of the packages, such as `netCDF files`.
    modules
        Names under which the packages are imported.
    extra
        Extra of interfacekit that installs them.

    Raises
    ------
    InputError
        If a package is not installed (the message says how to install it), or fails to import (it says why).
    """
    packages = " and ".join(modules)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:  # noqa: BLE001  # packages with libraries of their own raise many types
        if isinstance(error, ModuleNotFoundError) and _is_absent(error.name or "", modules):
            raise InputError(f"{what} needs {packages}; install with: pip install 'interfacekit[{extra}]'") from None
        raise InputError(
            f"{what} needs {packages}, installed but failing to import ({one_line(error)}); repair with: "
            f"pip install --force-reinstall 'interfacekit[{extra}]'"
        ) from None


def _is_absent(name: str, modules: tuple[str, ...]) -> bool:
    """Return True if a missing module is a package itself, or in a missing package."""
    package = name.partition(".")[0]
    return name in modules or (package in modules and find_spec(package) is None)
