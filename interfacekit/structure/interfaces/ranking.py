"""Ranks of candidates for an interface: whole polyanions first, then small cells with little strain.

A small cell and a small strain are both wanted, and no one number says how much of the one is worth how much of the
other. Candidates are ranked by fronts: the first front holds those that no other beats in both area and strain, the
second those that only the first front beats, and so on; within a front the smaller area comes first. The strain energy
stands in for the strain where it is known. Candidates that sever polyanions form fronts of their own, after all others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.pareto import pareto_fronts

if TYPE_CHECKING:
    from collections.abc import Sequence


def fronts(points: Sequence[tuple[float, float]], cut_polyanions: Sequence[int]) -> list[int]:
    """Front of each candidate, from 1.

    Parameters
    ----------
    points
        Area (A2) and strain, or strain energy, of each; one no larger in both, and smaller in one, beats another.
    cut_polyanions
        Polyanions that each severs; those that sever none come first.
    """
    numbers = np.zeros(len(points), dtype=int)
    rounded = np.array([(round(area, 4), round(strain, 7)) for area, strain in points])
    cuts = np.asarray(cut_polyanions) > 0
    for members in (np.flatnonzero(~cuts), np.flatnonzero(cuts)):
        if members.size:
            numbers[members] = numbers.max(initial=0) + pareto_fronts(rounded[members])
    return [int(number) for number in numbers]
