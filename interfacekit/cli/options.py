"""Options that several commands have, and how all of them are written."""

from __future__ import annotations

from pathlib import Path  # typer reads the annotations at run time
from typing import Annotated, Any

import typer

#: Panels of the help.
MODEL, RUN = "The model", "The run"


def option(*names: str, metavar: str, text: str, panel: str | None = None) -> Any:
    """An option without a default of its own: those are in the configuration's models."""
    return typer.Option(*names, metavar=metavar, help=text, show_default=False, rich_help_panel=panel)


Phases = Annotated[
    list[str] | None,
    typer.Argument(metavar="PHASE...", help="Aliases (LGPS) or formulas (Li0.5CoO2).", show_default=False),
]
Entries = Annotated[
    list[str] | None,
    option(
        "--entries",
        metavar="SOURCE",
        text="mp2019 (the default), mp (live Materials Project), or a .json, .json.gz or .csv file; repeat to join.",
    ),
]
ThermoType = Annotated[
    str | None,
    option("--thermo-type", metavar="TYPE", text="Of a file that does not say its own, such as GGA_GGA+U_legacy."),
]
Output = Annotated[
    list[str] | None,
    option("--output", "-o", metavar="FILE", text=".csv, .json, .png, .svg or .pdf; repeat for several."),
]
ConfigFile = Annotated[
    Path | None,
    option("--config", metavar="YAML", text="Read the options from a file; what is given here wins."),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document (a list for several results) instead of a table.")
]
