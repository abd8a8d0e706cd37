"""Presentation of results: tables, default figure and writers of special files, each by name.

A class of results declares them as `module:function`, which is imported when first used:

    class Window(Result, tables="mine.report:window_tables", figure="mine.plots:plot_windows"): ...

* `tables` is called with the results and returns tables and lines of text (see `interfacekit.report.show`);
* `figure` is called with the results and the axes, `ax`, and returns axes (see `interfacekit.plots.plot`);
* each of `writers`, by the suffix of a file, is called with the results and the path (see `interfacekit.save`).

Each takes a sequence of results of the class, unless it is marked with `takes_one`. A subclass inherits everything that
it does not declare. `Result.plot` and the display in a
notebook are functions of packages above results, named likewise.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

F = TypeVar("F", bound="Callable[..., Any]")

#: Draws the usual figure of a result, and writes it as HTML for a notebook.
PLOT, HTML = "interfacekit.plots.dispatch:plot", "interfacekit.report.notebook:to_html"
_ONE, _LARGE = "takes_one", "draws_large"


@dataclass(frozen=True)
class Presentation:
    """Names of functions, `module:function`, that present one class of results.

    Attributes
    ----------
    tables
        Function that makes tables; None if there are none.
    figure
        Function that draws the default figure; None if there is none.
    writers
        Functions that write special files, by suffix.
    plural
        Plural in words, if it is not the name of the class.
    """

    tables: str | None = None
    figure: str | None = None
    writers: Mapping[str, str] = field(default_factory=dict)
    plural: str | None = None


def takes_one(function: F) -> F:
    """Mark a function that presents one result at a time instead of a sequence."""
    setattr(function, _ONE, True)
    return function


def draws_large(function: F) -> F:
    """Mark a figure that takes no longer for thousands of rows, so that a notebook shows it for these too."""
    setattr(function, _LARGE, True)
    return function


def resolved(name: str) -> Callable[..., Any]:
    """Return the function named `module:function`; its module is imported."""
    module, _, attribute = name.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), attribute)
    return function


def is_for_one(name: str) -> bool:
    """Return True if the function of this name takes one result at a time."""
    return getattr(resolved(name), _ONE, False) is True


def is_for_large(name: str) -> bool:
    """Return True if the function with this name draws thousands of rows as fast as a few."""
    return getattr(resolved(name), _LARGE, False) is True


def plural_of(kind: type[Any]) -> str:
    """Results of a class in words: `stability maps`, `entries`."""
    words = " ".join(re.findall("[A-Z][a-z]*", kind.__name__)).lower()
    return kind.presentation.plural or (words if words.endswith("s") else words + "s")


def together(results: Sequence[Any], declared: Callable[[Presentation], str | None]) -> Callable[..., Any] | None:
    """Return the function that presents all of these results together, with them as first argument; None without one.

    Parameters
    ----------
    results
        Results of one class or several.
    declared
        Function that selects a name from a presentation.

    Returns
    -------
    callable or None
        Function of the remaining arguments.
    """
    names = {declared(type(result).presentation) for result in results}
    name = names.pop() if len(names) == 1 else None
    if name is None or (is_for_one(name) and len(results) > 1):
        return None
    return partial(resolved(name), results[0] if is_for_one(name) else results)


def tables_of(results: Iterable[Any]) -> list[Any]:
    """Return the tables of results of one class or several, grouped by class in the order of first occurrence.

    Raises
    ------
    TypeError
        If a class has no tables.
    """
    kinds: dict[str, list[Any]] = {}
    for result in results:
        name = type(result).presentation.tables
        if name is None:
            raise TypeError(f"no table for {type(result).__name__}")
        kinds.setdefault(name, []).append(result)
    return [
        part
        for name, several in kinds.items()
        for of in (several if is_for_one(name) else [several])
        for part in resolved(name)(of)
    ]
