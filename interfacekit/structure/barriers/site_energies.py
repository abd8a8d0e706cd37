"""Energies of an ion on the site classes of a crystal, fitted to the energy changes of its hops."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interfacekit.structure.barriers.hop_barrier import HopBarrier


def fitted_site_energies(barriers: Iterable[HopBarrier]) -> tuple[dict[str, float], dict[str, float]]:
    """Fit site energies to the energy changes of hops by least squares.

    Parameters
    ----------
    barriers
        One for each class of hops; those without relaxed ends are left out.

    Returns
    -------
    energies, residuals
        Energy (eV) by site class, the lowest of each connected part 0; and by class of hops, its energy change less
        the difference of the fitted energies (eV).
    """
    rows = [row for row in barriers if row.energy_change_eV is not None]
    classes = list(dict.fromkeys(name for row in rows for name in (row.origin, row.target)))
    if not rows:
        return {}, {}
    matrix = np.zeros((len(rows), len(classes)))
    for line, row in zip(matrix, rows, strict=True):
        line[classes.index(row.target)] += 1.0
        line[classes.index(row.origin)] -= 1.0
    changes = np.array([row.energy_change_eV for row in rows], dtype=float)
    energies, *_ = np.linalg.lstsq(matrix, changes, rcond=None)
    residuals = changes - matrix @ energies
    for part in _parts(classes, [(row.origin, row.target) for row in rows]):
        members = [classes.index(name) for name in part]
        energies[members] -= energies[members].min()
    return (
        {name: float(energy) for name, energy in zip(classes, energies, strict=True)},
        {row.hop: float(residual) for row, residual in zip(rows, residuals, strict=True)},
    )


def _parts(names: Sequence[str], joined: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Site classes that hops join, directly or by others."""
    part = {name: name for name in names}
    for a, b in joined:
        old, new = part[b], part[a]
        part = {name: new if of == old else of for name, of in part.items()}
    members = defaultdict(list)
    for name, of in part.items():
        members[of].append(name)
    return list(members.values())
