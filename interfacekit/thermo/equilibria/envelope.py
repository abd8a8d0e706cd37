"""Upper envelopes of straight lines: hull energies along a line of compositions, or along the voltage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Envelope:
    """Convex piecewise-linear function of one variable.

    Attributes
    ----------
    kinks
        Both ends and the points where the slope changes, ascending, shape (k,).
    lines
        Index of the highest line between neighbouring kinks, shape (k - 1,).
    slopes
        Slope between neighbouring kinks, shape (k - 1,).
    """

    kinks: NDArray[np.float64]
    lines: NDArray[np.intp]
    slopes: NDArray[np.float64]


def upper_envelope(
    intercepts: NDArray[np.float64], slopes: NDArray[np.float64], start: float, end: float, tolerance: float
) -> Envelope:
    """Upper envelope of the lines `intercepts + slopes * t` on `start <= t <= end`.

    The highest lines at the two ends bracket a kink; the line that is highest at their crossing is either one of them
    or splits the bracket (Eisner and Severance, doi:10.1145/321978.321982).

    Parameters
    ----------
    intercepts, slopes
        Coefficients of the lines, shape (n,).
    start, end
        Interval, `start < end`.
    tolerance
        Largest difference of equal values, and the precision of the envelope.

    Returns
    -------
    Envelope
        Kinks, and the line and slope between them.
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
