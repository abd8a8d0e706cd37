"""Upper envelopes of straight lines: energies along a line of compositions, or along the voltage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Envelope:
    """A convex piecewise-linear function of one variable.

    Attributes
    ----------
    kinks
        Where the slope changes, and the ends, ascending, shape (k,).
    lines
        Index of the line that holds between neighbouring kinks, shape (k - 1,).
    slopes
        Between neighbouring kinks, shape (k - 1,).
    """

    kinks: NDArray[np.float64]
    lines: NDArray[np.intp]
    slopes: NDArray[np.float64]


def upper_envelope(
    intercepts: NDArray[np.float64], slopes: NDArray[np.float64], start: float, end: float, tolerance: float
) -> Envelope:
    """Upper envelope of the lines `intercepts + slopes * t` on `start <= t <= end`.

    The lines that hold at the two ends bracket a kink; the line that is highest where they cross is either one of them,
    or splits the bracket (Eisner and Severance, doi:10.1145/321978.321982).

    Parameters
    ----------
    intercepts, slopes
        One line each, shape (n,).
    start, end
        The interval, `start < end`.
    tolerance
        Values closer than this are equal: the envelope is exact to this.
    """

    def highest(t: float, *, steepest: bool) -> int:
        values = intercepts + slopes * t
        ties = np.flatnonzero(values >= values.max() - tolerance)
        return int(ties[np.argmax(slopes[ties]) if steepest else np.argmin(slopes[ties])])

    def between(left: int, right: int) -> list[int]:
        """Lines of the envelope from `left` to `right`, both included."""
        if slopes[right] - slopes[left] <= tolerance:
            return [left]
        crossing = (intercepts[left] - intercepts[right]) / (slopes[right] - slopes[left])
        values = intercepts + slopes * crossing
        top = int(np.argmax(values))
        if values[top] <= intercepts[left] + slopes[left] * crossing + tolerance:
            return [left, right]
        return [*between(left, top)[:-1], *between(top, right)]

    lines = between(highest(start, steepest=True), highest(end, steepest=False))
    crossings = [
        (intercepts[a] - intercepts[b]) / (slopes[b] - slopes[a]) for a, b in zip(lines[:-1], lines[1:], strict=True)
    ]
    kinks = np.clip(np.array([start, *crossings, end]), start, end)
    return Envelope(kinks=kinks, lines=np.array(lines, dtype=np.intp), slopes=slopes[lines])
