"""Results as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.lazy import lazy_names
from interfacekit.presentation import tables_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.report.tables.common import put
    from interfacekit.report.tables.lists import aliases
    from interfacekit.report.tables.reactions import closed_reactions
    from interfacekit.results import Result

_HOMES = {
    "interfacekit.report.tables.common": ("put",),
    "interfacekit.report.tables.lists": ("aliases",),
    "interfacekit.report.tables.reactions": ("closed_reactions",),
}
__all__ = ["aliases", "closed_reactions", "put", "show"]


def show(results: Result | Sequence[Result]) -> None:
    """Print a result, or several, to stdout: the tables that the classes declare (see `interfacekit.presentation`)."""
    from interfacekit.report.tables.common import put

    put(*tables_of(results if isinstance(results, list | tuple) else (results,)))


__getattr__, __dir__ = lazy_names(__name__, _HOMES)
