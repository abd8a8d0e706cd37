"""Runs and names of materials of both commands about stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interfacekit.catalogue.catalogue import Catalogue
    from interfacekit.config import StackConfig
    from interfacekit.transport import StackRunOptions
    from interfacekit.transport.stacks.planes import Planes


def run_options(options: StackConfig, seed: int, planes: Planes) -> StackRunOptions:
    """How kinetic Monte Carlo is run.

    Raises
    ------
    InputError
        If it cannot be run so on these planes.
    """
    from interfacekit.transport import StackRunOptions
    from interfacekit.transport.stack_kmc.grid_engine import check_cells

    run = StackRunOptions(options.hops, options.replicas, seed, options.cells, options.evenness)
    check_cells(planes, run.cells)
    return run


def known_name(name: str, catalogue: Catalogue) -> str:
    """A material, or the materials of a contact, under the names that they are known by: LCO|LNO of LiCoO2|LiNbO3."""
    return "|".join(catalogue.alias(part.strip()) for part in name.split("|"))


def by_known_name(numbers: Mapping[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    """Numbers of a configuration with the names of their materials or contacts replaced by the known ones.

    Raises
    ------
    InputError
        If two names are of one material, or of one contact seen from both sides.
    """
    found: dict[str, Any] = {}
    written: dict[str, str] = {}
    for name, of_it in numbers.items():
        known = known_name(name, catalogue)
        if (other := written.get(known) or written.get(mirrored(known))) is not None:
            what = "contact" if "|" in known else "material"
            raise InputError(f"{other} and {name} are one {what}; give its numbers once")
        found[known], written[known] = of_it, name
    return found


def mirrored(contact: str) -> str:
    """The contact seen from the other side."""
    return "|".join(reversed(contact.split("|")))
