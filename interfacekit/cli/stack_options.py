"""Options of both commands about stacks, and what is made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from interfacekit.cli.options import MODEL, RUN, option
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from interfacekit.catalogue.catalogue import Catalogue
    from interfacekit.config import StackConfig
    from interfacekit.transport import StackRunOptions
    from interfacekit.transport.stacks.planes import Planes

Voltage = Annotated[
    list[str] | None,
    option("--voltage", metavar="V", text="Of the cathode: 4.0, a list 3.9,4.1 or a range 3.9:4.3:0.1."),
]
Temperature = Annotated[
    list[str] | None,
    option("--temperature", metavar="K", text="300, a list 300,350 or a range 250:400:25 (298.15)."),
]
Kmc = Annotated[bool | None, typer.Option("--kmc", help="Kinetic Monte Carlo besides the continuum.")]
Ladder = Annotated[
    bool | None,
    typer.Option(
        "--ladder",
        help="Take site energies near contacts plane by plane, not their means.",
        rich_help_panel=MODEL,
    ),
]
ParticleSize = Annotated[
    str | None,
    option("--particle-size", metavar="UM", text="Of the cathode, to which capacities refer (10).", panel=MODEL),
]
Hops = Annotated[
    str | None, option("--hops", metavar="N", text="At each point, all replicas together (3e7).", panel=RUN)
]
Replicas = Annotated[
    str | None, option("--replicas", metavar="N", text="Without and with a bias both ways: 3 or more (6).", panel=RUN)
]
Cells = Annotated[str | None, option("--cells", metavar="N", text="Sites of each plane: 50, or 50,40 (50).", panel=RUN)]
Evenness = Annotated[
    str | None,
    option("--evenness", metavar="N", text="Slow down hops to so many times the slowest ones' rate (3).", panel=RUN),
]


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
