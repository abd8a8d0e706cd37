"""Which hops of a network are computed, and by which mechanisms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

import numpy as np

from interfacekit.errors import InputError
from interfacekit.structure.barriers.hop_cells import Mechanism, Place, hop_cell, place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interfacekit.structure.barriers.hop_cells import HopCell, Supercell
    from interfacekit.structure.network.result import HopClass, LithiumNetwork

MECHANISMS: tuple[str, ...] = get_args(Mechanism)


@dataclass(frozen=True, eq=False)
class Plan:
    """A hop to compute.

    Attributes
    ----------
    hop
        Its class.
    origin, target
        Site classes of its ends.
    mechanism
        By which it goes.
    common_neighbours
        Sites that hops join to both ends.
    cell
        Its supercell.
    """

    hop: HopClass
    origin: str
    target: str
    mechanism: Mechanism
    common_neighbours: int
    cell: HopCell


def check_mechanisms(mechanism: str | Sequence[str] | None) -> tuple[Mechanism, ...] | None:
    """Return mechanisms, or None where none was asked for.

    Raises
    ------
    InputError
        If there is no such mechanism.
    """
    if mechanism is None:
        return None
    names = (mechanism,) if isinstance(mechanism, str) else tuple(mechanism)
    for name in names or ("",):
        if name not in MECHANISMS:
            raise InputError(f"no mechanism {name!r}; there is {', '.join(MECHANISMS)}")
    return cast("tuple[Mechanism, ...]", tuple(dict.fromkeys(names)))


def planned(
    net: LithiumNetwork, cells: Supercell, hops: Iterable[str] | None, mechanisms: Sequence[Mechanism] | None
) -> list[Plan]:
    """Return the hops that were asked for, by all mechanisms that apply (None: of a single defect).

    Raises
    ------
    InputError
        If there is no such hop, or none goes by these mechanisms.
    """
    chosen = list(net.class_names) if hops is None else [hops] if isinstance(hops, str) else list(hops)
    if not chosen:
        raise InputError(f"no hop class was asked for; there is {', '.join(net.class_names)}")
    for name in chosen:
        if name not in net.class_names:
            raise InputError(f"no hop class {name!r} in {net.crystal.name}; there is {', '.join(net.class_names)}")
    plans = []
    for hop in net.classes:
        if hop.name not in chosen:
            continue
        origin, target = place(net.sites[hop.origin]), place(net.sites[hop.target], hop.image)
        common = common_neighbours(net, hop)
        usual = _usual(origin, target)
        for mechanism in mechanisms or (usual,):
            third = _nearest_occupied(net, cells, origin, target, common)
            if mechanism == usual or (mechanism == "divacancy" and usual == "vacancy" and third is not None):
                cell = hop_cell(cells, origin, target, mechanism, third)
                names = net.sites[hop.origin].site_class, net.sites[hop.target].site_class
                plans.append(Plan(hop, *names, mechanism, len(common), cell))
    if not plans:
        raise InputError(
            f"no hop of {net.crystal.name} goes by the mechanism {' or '.join(mechanisms or ())}; leave it out, or "
            "take another network"
        )
    return plans


def _usual(origin: Place, target: Place) -> Mechanism:
    """The mechanism of a single defect that two sites allow."""
    vacant = [place.atom is None for place in (origin, target)]
    return "interstitial" if all(vacant) else "Frenkel pair" if any(vacant) else "vacancy"


def common_neighbours(net: LithiumNetwork, hop: HopClass) -> list[tuple[int, tuple[int, int, int]]]:
    """Sites, and their cells, that hops join to both ends of a hop."""

    def around(site: int, cell: Sequence[int]) -> set[tuple[int, ...]]:
        table = net.hop_table[net.hop_table[:, 0] == site]
        return {(int(row[1]), *(int(n) for n in row[2:5] + np.asarray(cell))) for row in table}

    shared = around(hop.origin, (0, 0, 0)) & around(hop.target, hop.image)
    return [(site, (x, y, z)) for site, x, y, z in sorted(shared)]


def _nearest_occupied(
    net: LithiumNetwork,
    cells: Supercell,
    origin: Place,
    target: Place,
    common: Sequence[tuple[int, tuple[int, int, int]]],
) -> Place | None:
    """The occupied common neighbour next to the middle of a hop; the first of several as near."""
    places = [place(net.sites[site], cell) for site, cell in common if net.sites[site].occupied]
    middle = (cells.position_A(origin) + cells.position_A(target)) / 2
    return min(places, key=lambda p: round(float(np.linalg.norm(cells.position_A(p) - middle)), 4), default=None)
