"""Named candidates of a screening: those that can be judged, and the reason for each that cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from interfacekit.entries import load_entries
from interfacekit.errors import InputError
from interfacekit.phases import Phase, phase, require_list
from interfacekit.thermo.equilibria.system import exact
from interfacekit.thermo.stability.nearest import snapped_in
from interfacekit.units import LITHIUM

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from interfacekit.entries import EntryTable, Source


class Judged(NamedTuple):
    """Candidates that can be judged, and the reason for each other name."""

    phases: tuple[Phase, ...]
    refused: dict[str, str]


def judged_candidates(
    names: Sequence[str | Phase],
    pair: Sequence[Phase],
    entries: Source,
    elements: Collection[str],
    *,
    snap: bool = False,
) -> tuple[EntryTable, Judged]:
    """Read the names of candidates, and load the formation energies of those that can be judged.

    Parameters
    ----------
    names
        Aliases or formulas.
    pair
        Cathode and electrolyte.
    entries
        Formation energies, see `load_entries`.
    elements
        Elements that the energies must include.
    snap
        Replace each composition by the nearest entry.

    Returns
    -------
    table, judged
        Formation energies of the elements of the pair and of the judged candidates, and these candidates.

    Raises
    ------
    InputError
        If the energies lack one of `elements`, or no candidate can be judged.
    """
    require_list(names, "candidates")
    names = list(names)
    refused: dict[str, InputError] = {}

    def kept(names: Sequence[str | Phase], read: Callable[[str | Phase], Phase]) -> dict[str, Phase]:
        members: dict[str, Phase] = {}
        for name in {_written(name): name for name in names}.values():  # a repeated name counts once
            try:
                member = read(name)
                _require_candidate(member, pair, members.values())
            except InputError as error:
                refused[_written(name)] = error
            else:
                members[_written(name)] = member
        return members

    members = kept(names, phase)
    table, lacking = _loaded(entries, elements, members)
    refused |= lacking
    read = snapped_in if snap else lambda table, member: exact(member, table)
    in_table = kept(
        [name for name in members if name not in lacking], lambda name: read(table, members[_written(name)])
    )
    in_order = {name: refused[name] for name in map(_written, names) if name in refused}
    if in_order and not in_table:
        raise _none_left(list(in_order.values()))
    return table, Judged(tuple(in_table.values()), {name: str(error) for name, error in in_order.items()})


def _written(name: str | Phase) -> str:
    return name.label if isinstance(name, Phase) else str(name) or "''"


def _require_candidate(member: Phase, pair: Sequence[Phase], others: Collection[Phase]) -> None:
    if member.elements == {LITHIUM}:
        raise InputError("candidates must not include Li metal, the reservoir of a screening; leave it out")
    for partner, side in zip(pair, ("cathode", "electrolyte"), strict=True):
        if member.same_composition(partner):
            raise InputError(f"candidates must not include the {side}, got {member.label}; leave it out")
    for other in others:
        if member.same_composition(other):
            both = f"{member.label} twice" if member.label == other.label else f"{other.label} and {member.label}"
            raise InputError(f"phases must be distinct compositions, got {both}; name each once")


def _loaded(
    entries: Source, elements: Collection[str], members: dict[str, Phase]
) -> tuple[EntryTable, dict[str, InputError]]:
    """Energies of the elements of all candidates, except those with an element without energies."""

    def loaded(*more: Phase) -> EntryTable:
        concerned = set(elements).union(*(member.elements for member in more))
        table = load_entries(entries, concerned)
        table.require(concerned)
        return table

    try:
        return loaded(*members.values()), {}
    except InputError:
        loaded()  # raises if the source or the pair is the reason
    lacking: dict[str, InputError] = {}
    for name, member in members.items():
        try:
            loaded(member)
        except InputError as error:  # the other candidates are still judged
            lacking[name] = error
    return loaded(*(member for name, member in members.items() if name not in lacking)), lacking


def _none_left(errors: Sequence[InputError]) -> InputError:
    """Error with the only reason, or the first of several."""
    if len(errors) == 1:
        return errors[0]
    return InputError(f"none of the {len(errors)} candidates can be judged; the first: {errors[0]}")
