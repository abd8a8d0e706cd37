"""Tables of barriers from the literature, for hops of a crystal's network, beside those that a calculator gives.

Literature values are activation energies or barriers of a kind of hop; which hops of the network they stand for is
said with each, by name, by direction or for all. The energies of an ion on all sites are taken as equal.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from interfacekit.errors import InputError
from interfacekit.materials import reference_table
from interfacekit.quantities import BARRIER
from interfacekit.results import Result, provenance
from interfacekit.structure.barriers.hop_barrier import HopBarrier
from interfacekit.structure.barriers.hop_plans import MECHANISMS, common_neighbours
from interfacekit.structure.barriers.table import BarrierTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.structure.network.result import HopClass, LithiumNetwork

_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_AXES = "abc"


@dataclass(frozen=True)
class PublishedBarrier(Result):
    """A barrier from the literature, and the hops that it stands for.

    Attributes
    ----------
    barrier_eV
        At equal end energies.
    system, quantity, conditions, source, certainty
        What it was measured or computed of, and how sure that is: see `interfacekit.materials`.
    mechanism
        As of `migration_barriers`.
    hops
        Names of the hop classes; None for all.
    along
        Hops less than 45 degrees off this cell vector (`a`, `b` or `c`); None for all.
    """

    barrier_eV: float
    system: str
    quantity: str
    conditions: str
    source: str
    certainty: str
    mechanism: str = "vacancy"
    hops: tuple[str, ...] | None = None
    along: str | None = None

    def stands_for(self, hop: HopClass, network: LithiumNetwork) -> bool:
        """Whether a class of hops is one of those."""
        if self.hops is not None and hop.name not in self.hops:
            return False
        if self.along is None:
            return True
        sites = network.fractional
        step = (sites[hop.target] + hop.image - sites[hop.origin]) @ network.cell_A
        axis = network.cell_A[_AXES.index(self.along)]
        return bool(abs(step @ axis) > np.linalg.norm(step) * np.linalg.norm(axis) * np.sqrt(0.5))


def literature(system: str, quantity: str) -> dict[str, str]:
    """One row of the table of transport numbers.

    Raises
    ------
    InputError
        If there is none.
    """
    rows = reference_table("transport")
    for row in rows:
        if (row["system"], row["quantity"]) == (system, quantity):
            return row
    known = [row["quantity"] for row in rows if row["system"] == system]
    of_it = f"of {system} there is {', '.join(known)}" if known else f"there is none of {system}"
    raise InputError(f"no {quantity!r} of {system!r} in transport.csv; {of_it}")


def numbers_in(text: str) -> list[float]:
    """The numbers of `0.2-0.6`, `0.17/0.28` or `6e-13 - 8e-12`; words in brackets are left out."""
    return [float(found) for found in _NUMBER.findall(text.partition("(")[0])]


def published_barrier(
    system: str,
    quantity: str,
    *,
    part: int = 0,
    mechanism: str = "vacancy",
    hops: Sequence[str] | None = None,
    along: str | None = None,
) -> PublishedBarrier:
    """Take a barrier from the table of transport numbers.

    Parameters
    ----------
    system, quantity
        Of the row.
    part
        Which of the numbers, where the row has several.
    mechanism, hops, along
        See `PublishedBarrier`.

    Raises
    ------
    InputError
        If there is no such number, or it is no energy.
    """
    row = literature(system, quantity)
    numbers = numbers_in(row["value"])
    if row["unit"] != "eV":
        raise InputError(f"{quantity!r} of {system!r} is in {row['unit']}, not in eV; name a barrier")
    if not 0 <= part < len(numbers):
        raise InputError(f"{quantity!r} of {system!r} has {len(numbers)} numbers, {row['value']}; there is no {part}")
    return PublishedBarrier(
        barrier_eV=numbers[part],
        system=system,
        quantity=quantity,
        conditions=row["conditions"],
        source=row["source"],
        certainty=row["certainty"],
        mechanism=mechanism,
        hops=None if hops is None else tuple(hops),
        along=along,
    )


def published_table(network: LithiumNetwork, published: Sequence[PublishedBarrier]) -> BarrierTable:
    """Give the hops of a network barriers from the literature.

    Parameters
    ----------
    network
        Of the crystal.
    published
        For each class of hops and mechanism, the first that stands for it is taken.

    Raises
    ------
    InputError
        If a class of hops has none, or one stands for no hop.
    """
    for one in published:
        _check(one, network)
    rows, used = [], set()
    mechanisms = dict.fromkeys(one.mechanism for one in published)
    for hop in network.classes:
        common = len(common_neighbours(network, hop))
        for mechanism in mechanisms:
            of_it = [one for one in published if one.mechanism == mechanism and one.stands_for(hop, network)]
            # Without a site beside the hop that could be empty there is no divacancy.
            if of_it and not (mechanism == "divacancy" and common == 0):
                used.add(published.index(of_it[0]))
                rows.append(_row(network, hop, of_it[0], common))
        if not any(row.hop == hop.name and row.mechanism != "divacancy" for row in rows):
            raise InputError(
                f"the hop {hop.name!r} of {network.crystal.name} has no published barrier; give one for it, or for all "
                "hops"
            )
    unused = [one for number, one in enumerate(published) if number not in used]
    if unused:
        raise InputError(
            f"{unused[0].quantity!r} ({unused[0].barrier_eV:g} eV) stands for no hop of {network.crystal.name}, or all "
            "of them have one before; put barriers of some hops before those of all"
        )
    return BarrierTable(
        crystal=network.crystal.name,
        formula=network.crystal.formula,
        mobile=network.mobile,
        supercell=(1, 1, 1),
        image_distance_A=0.0,
        rows=tuple(rows),
        provenance=provenance(crystal=network.crystal.name, published=[asdict(one) for one in published]),
        network=network,
    )


def _row(network: LithiumNetwork, hop: HopClass, published: PublishedBarrier, common: int) -> HopBarrier:
    return HopBarrier(
        hop=hop.name,
        origin=network.sites[hop.origin].site_class,
        target=network.sites[hop.target].site_class,
        mechanism=published.mechanism,
        distance_A=hop.distance_A,
        common_neighbours=common,
        status="done",
        notes=(f"published: {published.source} ({published.certainty})",),
        end_energies_eV=(0.0, 0.0),
        energies_eV=(0.0, published.barrier_eV, 0.0),
    )


def _check(published: PublishedBarrier, network: LithiumNetwork) -> None:
    BARRIER.check(published.barrier_eV)
    if published.mechanism not in MECHANISMS:
        raise InputError(f"no mechanism {published.mechanism!r}; there is {', '.join(MECHANISMS)}")
    for name in published.hops or ():
        if name not in network.class_names:
            raise InputError(
                f"no hop class {name!r} in {network.crystal.name}; there is {', '.join(network.class_names)}"
            )
    if published.along is not None and published.along not in tuple(_AXES):
        raise InputError(f"no cell vector {published.along!r}; there is {', '.join(_AXES)}")
