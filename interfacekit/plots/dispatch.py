"""The usual figure of a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfacekit.errors import InputError
from interfacekit.presentation import is_for_one, plural_of, together
from interfacekit.results import has_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.results import Result


def plot(results: Result | Sequence[Result], ax: Axes | None = None) -> Axes:
    """Draw the usual figure of one result, or of several windows, reactions, transport coefficients or stacks.

    Classes of results declare it (see `interfacekit.presentation`). That of stacks is their profiles; of several
    thicknesses, the resistance; of several voltages besides, its map.

    Parameters
    ----------
    results
        A result, or a sequence of results of one kind.
    ax
        Axes to draw on; axes in a figure of their own by default, which a notebook displays.

    Returns
    -------
    Axes
        Those that were drawn on, for changes. `interfacekit.plots.save_figure(ax.figure, "figure.svg")` writes them.

    Raises
    ------
    InputError
        If there is no figure for this kind of result, or none for several of it.

    Examples
    --------
    >>> import interfacekit as ik
    >>> axes = ik.plot(ik.electrochemical_window("LNO"))
    >>> axes.get_xlabel()
    'Voltage vs Li/Li$^{+}$ (V)'
    """
    several: list[Any] = list(results) if isinstance(results, list | tuple) else [results]
    draw = together(several, lambda presentation: presentation.figure)
    if draw is not None:
        axes: Axes = draw(ax=ax)
        return axes
    kinds = " and ".join(dict.fromkeys(plural_of(type(result)) for result in several)) or "nothing"
    files = ".csv or .json" if all(map(has_rows, several)) else ".json"
    if len(several) > 1 and all(_has_own_figure(result) for result in several):
        raise InputError(f"there is no one figure of several {kinds}; draw them one by one, or write {files}")
    raise InputError(f"there is no figure of {kinds}; write {files}")


def _has_own_figure(result: Result) -> bool:
    """Whether there is a figure of this result alone."""
    figure = type(result).presentation.figure
    return figure is not None and is_for_one(figure)
