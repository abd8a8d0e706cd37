"""Points of a sweep and their keys."""

from __future__ import annotations

import sys
from importlib import import_module
from inspect import signature
from itertools import product
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.store import RECORD_COLUMNS, record_key
from interfacekit.versions import public_module

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def grid(**axes: Iterable[Any]) -> list[dict[str, Any]]:
    """Points of a rectangular grid: every combination of the values of its axes; the last axis varies fastest.

    Parameters
    ----------
    **axes
        Values of each argument of the task.

    Returns
    -------
    list of dict
        Arguments of each point.

    Raises
    ------
    InputError
        If an axis has no values, a repeated value, or one that cannot be represented in JSON.

    Examples
    --------
    >>> from interfacekit import sweep
    >>> points = sweep.grid(thickness_nm=[5, 10], temperature_K=[300, 350])
    >>> len(points), points[1]
    (4, {'thickness_nm': 5, 'temperature_K': 350})
    """
    values = {name: _axis(name, axis) for name, axis in axes.items()}
    if not values:
        raise InputError("a grid must have one or more axes, got none; such as temperature_K=[300, 350]")
    return [dict(zip(values, point, strict=True)) for point in product(*values.values())]


def task_name(task: Callable[..., Any]) -> str:
    """Name of a task in its records: module and function, with the public module for functions of this package.

    Parameters
    ----------
    task
        Function of a module.

    Returns
    -------
    str
        Qualified name.

    Raises
    ------
    InputError
        If it is not a function of a module.

    Examples
    --------
    >>> import interfacekit as ik
    >>> ik.sweep.task_name(ik.decomposition)
    'interfacekit.decomposition'
    """
    module, name = getattr(task, "__module__", None), getattr(task, "__qualname__", None)
    if not callable(task) or not module or not name:
        raise InputError(
            f"task must be a function of a module, got {task!r}; define it with def at the top of a module"
        )
    try:
        imported = attrgetter(name)(import_module(module))
    except (ImportError, AttributeError):
        imported = None
    if imported is not task:
        raise InputError(f"the task {name} cannot be imported from {module}; define it with def at the top of a module")
    if module == "__main__":  # the name of every script
        main = sys.modules[module]
        spec, file = main.__spec__, getattr(main, "__file__", None)
        module = spec.name if spec else Path(file).stem if file else module
    return f"{public_module(module)}.{name}"


def keyed_points(
    task: Callable[..., Any], grid: Iterable[Mapping[str, Any]], aside: Mapping[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    """Points by key, in their order, after a check that the task accepts each of them.

    Arguments `aside` are passed with every point, and are not part of it.

    Raises
    ------
    InputError
        If the task does not accept a point, a point is repeated, or it cannot be represented in JSON.
    """
    name, parameters = task_name(task), signature(task)
    points: dict[str, dict[str, Any]] = {}
    for given in grid:
        point = {argument: _plain(value) for argument, value in given.items()}
        taken = next((argument for argument in point if argument in RECORD_COLUMNS), None)
        if taken:
            raise InputError(f"arguments of a task must not have the names of record columns, got {taken}; rename it")
        try:
            parameters.bind(**point, **(aside or {}))
        except TypeError as error:
            raise InputError(f"{name} cannot be called with the point {point}: {error}") from None
        key = record_key(name, point)
        if key in points:
            raise InputError(f"points of a grid must be distinct, got {point} twice; give each once")
        points[key] = point
    return points


def _axis(name: str, axis: Iterable[Any]) -> list[Any]:
    if isinstance(axis, str | bytes | dict) or not hasattr(axis, "__iter__"):
        raise InputError(f"the axis {name} must be a list of values, got {axis!r}; such as [300, 350]")
    values = [_plain(value) for value in axis]
    if not values:
        raise InputError(f"the axis {name} must have one or more values, got none")
    seen = set()
    for value in values:
        key = record_key("", {name: value})
        if key in seen:
            raise InputError(f"values of the axis {name} must be distinct, got {value!r} twice; give each once")
        seen.add(key)
    return values


def _plain(value: Any) -> Any:
    """Convert numpy numbers to plain ones and lists to tuples, their form in a record."""
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.item() if isinstance(value, np.generic) else value
