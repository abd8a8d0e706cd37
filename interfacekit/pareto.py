"""Pareto fronts: which of several candidates no other one beats, where several numbers are to be small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pareto_fronts(losses: NDArray[np.float64]) -> NDArray[np.intp]:
    """Number the Pareto fronts of candidates.

    A candidate is beaten by one that is nowhere worse and somewhere better. The first front holds those that none
    beats; the front of any other follows the last front among those that beat it.

    Parameters
    ----------
    losses
        Objectives to minimise; shape (n, k), a row for each candidate.

    Returns
    -------
    array
        Front of each candidate, from 1; shape (n,).
    """
    # Sorted, a row can be beaten by an earlier one only, which is not worse in the first column.
    rows, which = np.unique(losses, axis=0, return_inverse=True)
    others = np.ascontiguousarray(rows[:, 1:].T)
    fronts = np.ones(len(rows), dtype=np.intp)
    for i in range(1, len(rows)):
        beats = np.ones(i, dtype=bool)
        for column in others:
            beats &= column[:i] <= column[i]
        fronts[i] = 1 + fronts[:i].max(where=beats, initial=0)
    return fronts[which.ravel()]
