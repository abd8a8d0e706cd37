"""Newton's method for equations that each bind a few neighbouring unknowns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from scipy.linalg import solve_banded

from interfacekit.errors import ComputationError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: Steps, and halvings of one of them.
MOST_STEPS, MOST_HALVINGS = 200, 40


class Bands:
    """A square matrix with as many diagonals above the main one as below, in the form of `scipy.linalg.solve_banded`.

    Parameters
    ----------
    size, width
        Rows, and diagonals on either side.
    """

    def __init__(self, size: int, width: int) -> None:
        self.width = width
        self.diagonals = np.zeros((2 * width + 1, size))

    def add(self, rows: NDArray[np.int64], columns: NDArray[np.int64], values: ArrayLike) -> None:
        """Add to elements, each named once; shape (m,)."""
        self.diagonals[self.width + rows - columns, columns] += values

    def copy(self) -> Bands:
        """The same elements, to change."""
        copied = Bands(0, self.width)
        copied.diagonals = self.diagonals.copy()
        return copied

    def solve(self, right: NDArray[np.float64]) -> NDArray[np.float64]:
        """The vector that the matrix turns into `right`; the matrix is lost."""
        width = (self.width, self.width)
        return np.asarray(solve_banded(width, self.diagonals, right, overwrite_ab=True, check_finite=False))


class Equations(Protocol):
    """What Newton's method needs."""

    def residual(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        """Zero at the solution; its rows should count alike."""

    def jacobian(self, state: NDArray[np.float64]) -> Bands:
        """Derivatives of the residual."""

    def moved(self, step: NDArray[np.float64]) -> float:
        """Size of a step; below 1 when converged."""


def solve(equations: Equations, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find where the residual is 0, by steps that are halved until it falls.

    Parameters
    ----------
    equations
        n of them.
    start
        A state; shape (n,).

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ComputationError
        If it does not converge.
    """
    state, rest = start, equations.residual(start)
    for _ in range(MOST_STEPS):
        step = equations.jacobian(state).solve(-rest)
        # The last step is lost in rounding, which no residual falls below.
        if equations.moved(step) < 1:
            return np.asarray(state + step)
        norm, share = float(np.linalg.norm(rest)), 1.0
        for _ in range(MOST_HALVINGS):
            rest = equations.residual(state + share * step)
            if float(np.linalg.norm(rest)) <= (1 - share / 4) * norm:
                break
            share /= 2
        else:
            break
        state = state + share * step
    raise ComputationError(
        "no mean-field profile was found; pair energies of many kT order the ions: give weaker ones, or a higher "
        "temperature"
    )
