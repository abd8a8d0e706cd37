"""Newton's method for equations that each bind a few neighbouring unknowns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from interfacekit.errors import ComputationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

#: Steps, and halvings of one of them.
MOST_STEPS, MOST_HALVINGS = 200, 40


class Bands:
    """A square matrix with as many diagonals above the main one as below.

    Parameters
    ----------
    size, width
        Rows, and diagonals on either side.
    """

    def __init__(self, size: int, width: int) -> None:
        self.width = width
        # LAPACK's form: row - column + 2 width, column; the first rows are for what factorising adds.
        self.diagonals = np.zeros((3 * width + 1, size), order="F")

    def add(self, rows: NDArray[np.int64], columns: NDArray[np.int64], values: ArrayLike) -> None:
        """Add to elements, each named once; shape (m,)."""
        self.diagonals[2 * self.width + rows - columns, columns] += values

    def copy(self) -> Bands:
        """The same elements, to change."""
        copied = Bands(0, self.width)
        copied.diagonals = self.diagonals.copy(order="F")
        return copied

    def solver(self) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
        """A function that finds the vector which the matrix turns into its argument; the elements are lost."""
        from scipy.linalg.lapack import dgbtrf, dgbtrs

        factors, pivots, _ = dgbtrf(self.diagonals, self.width, self.width, overwrite_ab=True)

        def solve(right: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.asarray(dgbtrs(factors, self.width, self.width, right, pivots)[0])

        return solve


class Equations(Protocol):
    """What Newton's method needs."""

    def residual(self, state: NDArray[np.float64]) -> NDArray[np.float64]:
        """Zero at the solution."""

    def jacobian(self, state: NDArray[np.float64]) -> Bands:
        """Derivatives of the residual."""

    def size(self, step: NDArray[np.float64], state: NDArray[np.float64]) -> float:
        """Of a step from a state, in units of one that is too small to be worth another."""


def solve(equations: Equations, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Find where the residual is 0.

    A step is halved until the next one with the same derivatives would be smaller: the natural monotonicity test, which
    does not depend on the units of the equations (Deuflhard 2011, doi:10.1007/978-3-642-23899-4, chapter 3).

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
        solver = equations.jacobian(state).solver()
        step, share = solver(-rest), 1.0
        size = equations.size(step, state)
        if size < 1:
            return np.asarray(state + step)
        for _ in range(MOST_HALVINGS):
            rest = equations.residual(state + share * step)
            if equations.size(solver(-rest), state) <= (1 - share / 4) * size:
                break
            share /= 2
        else:
            break
        state = state + share * step
    raise ComputationError(
        "no mean-field profile was found; strong pair energies order ions, or separate them: give weaker ones, or a "
        "higher temperature"
    )
