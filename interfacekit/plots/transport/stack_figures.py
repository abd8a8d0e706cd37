"""The usual figure of stacks, by what differs between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.plots.transport.shell_map import plot_shell_map
from interfacekit.plots.transport.shell_resistance import plot_shell_resistance
from interfacekit.plots.transport.stack_profiles import plot_stack_profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from interfacekit.transport import StackTransport


def plot_stacks(results: Sequence[StackTransport], ax: Axes | None = None) -> Axes:
    """Draw the profiles of stacks of one thickness; of several, the resistance, or its map where voltages differ."""
    if len({round(result.thickness_nm, 6) for result in results}) == 1:
        return plot_stack_profiles(results, ax)
    if len({result.voltage_V for result in results}) == 1:
        return plot_shell_resistance(results, ax)
    return plot_shell_map(results, ax=ax)
