"""Levels: the combinations of occupied neighbours that the rates of an interacting model tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import InputError
from interfacekit.transport.hopping.lattice import Lattice
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel, NeighbourBarriers

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Levels:
    """Numbers of neighbours, by groups of hop classes with one pair energy, as one number (a level) for each site.

    Attributes
    ----------
    group
        Group of each class, -1 where its neighbours make no difference; shape (classes,).
    most
        Largest number of neighbours of each group; shape (groups,).
    stride
        What a neighbour of each class adds to the level; shape (classes,).
    counts
        Neighbours of each group at each level; shape (L, groups).
    energies_eV
        Pair energy of an ion with its neighbours at each level; shape (L,), eV.
    """

    group: NDArray[np.int64]
    most: NDArray[np.int64]
    stride: NDArray[np.int64]
    counts: NDArray[np.int64]
    energies_eV: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def neighbours(self) -> NDArray[np.int64]:
        """Number of all neighbours at each level; shape (L,)."""
        return np.asarray(self.counts.sum(axis=1))

    def possible(self, hop_class: int) -> NDArray[np.bool_]:
        """Levels that an end of a hop of a class can have: the other end does not count there. Shape (L,)."""
        group = self.group[hop_class]
        return np.ones(len(self), bool) if group < 0 else self.counts[:, group] < self.most[group]


def model_levels(model: HoppingModel) -> Levels:
    """Find the levels of a model."""
    neighbours = model.sites.neighbours_by_class
    pair = model.pair_energies_by_class_eV
    counted = np.ones(len(pair), bool) if isinstance(model.barriers_eV, NeighbourBarriers) else pair != 0
    values = sorted(set(pair[counted]))
    group = np.array([values.index(J) if use else -1 for J, use in zip(pair, counted, strict=True)])
    most = np.array([neighbours[:, group == g].sum(axis=1).max() for g in range(len(values))], dtype=np.int64)
    strides = np.concatenate([[1], np.cumprod(most + 1)]).astype(np.int64)
    numbers = np.arange(strides[-1])
    counts = (
        np.stack([numbers // stride % (size + 1) for stride, size in zip(strides, most, strict=False)], axis=1)
        if values
        else np.zeros((1, 0), np.int64)
    )
    return Levels(
        group=group,
        most=most,
        stride=np.where(group < 0, 0, strides[np.maximum(group, 0)]),
        counts=counts,
        energies_eV=counts @ np.array(values, dtype=float),
    )


def energy_changes_eV(levels: Levels) -> NDArray[np.float64]:
    """Change of pair energy of a hop from level p to level q; shape (L, L).

    It is the same for a vacancy, with levels that count vacancies, where all sites have as many neighbours.
    """
    return np.asarray(levels.energies_eV[None, :] - levels.energies_eV[:, None])


def level_barriers_eV(model: HoppingModel, levels: Levels, hop_class: int, *, vacancies: bool) -> NDArray[np.float64]:
    """Barrier above the lowest of its class, by level of origin and target; shape (L, L), eV.

    Raises
    ------
    InputError
        If a table of barriers is too short.
    """
    table = model.barriers_eV
    if not isinstance(table, NeighbourBarriers):
        return np.zeros((len(levels), len(levels)))
    row = np.asarray(table.table_eV[hop_class], dtype=float)
    most = _most_neighbours(model, hop_class)
    if len(row) <= most:
        raise InputError(
            f"the table of barriers of hop class {model.sites.class_names[hop_class]} has {len(row)} entries; a hop "
            f"can have 0 to {most} occupied neighbours, give {most + 1}"
        )
    around = levels.neighbours[:, None] + levels.neighbours[None, :]
    occupied = most - around if vacancies else around
    return np.asarray(row[np.clip(occupied, 0, most)] - row.min())


def _most_neighbours(model: HoppingModel, hop_class: int) -> int:
    """Largest number of neighbours that both ends of a hop of a class can have together, the ends left out."""
    sites = model.sites
    if isinstance(sites, Lattice):
        return 2 * sites.coordination - 2
    of_class = sites.hop_classes == hop_class
    around = sites.degrees[sites.origins[of_class]] + sites.degrees[sites.targets[of_class]] - 2
    return int(around.max(initial=0))


def environment_barriers_eV(
    model: HoppingModel, sizes: NDArray[np.int64], hop_classes: NDArray[np.int64], *, vacancies: bool
) -> NDArray[np.float64]:
    """Barrier above the lowest of its class, by the number of walkers around; shape (classes, largest size + 1), eV.

    Parameters
    ----------
    model
        With `EnvironmentBarriers`.
    sizes
        Number of sites around each hop; shape (m,).
    hop_classes
        Shape (m,).
    vacancies
        Whether the walkers are vacancies; all hops of a class must then have as many sites around.
    """
    assert isinstance(model.barriers_eV, EnvironmentBarriers)  # noqa: S101  # for the type checker
    extra = np.zeros((len(model.sites.class_names), int(sizes.max()) + 1))
    for hop_class, given in enumerate(model.barriers_eV.table_eV):
        of_class = sizes[hop_classes == hop_class]
        if not of_class.size:
            continue
        row = np.asarray(given, dtype=float)
        size = int(of_class.max())
        if len(row) <= size:
            raise InputError(
                f"the table of barriers of hop class {model.sites.class_names[hop_class]} has {len(row)} entries; its "
                f"hops have {size} sites around them, give {size + 1}"
            )
        occupied = size - np.arange(size + 1) if vacancies else np.arange(size + 1)
        extra[hop_class, : size + 1] = row[occupied] - row.min()
    return extra
