"""Options that several commands have, and how all of them are written."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

#: Panels of the help.
MODEL, RUN = "The model", "The run"
_TIMES = {2: "twice"}


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
Materials = Annotated[
    list[str] | None,
    option(
        "--materials",
        metavar="FILE",
        text="Materials and contacts of your own, as docs/materials.md has them; repeat for several.",
        panel=MODEL,
    ),
]
ConfigFile = Annotated[
    str | None,
    option("--config", metavar="YAML", text="Read the options from a file; what is given here wins."),
]
TrustConfig = Annotated[
    bool,
    typer.Option(
        "--trust-config",
        help="Let the file of --config name code (module:function) and schedulers (tcp://host:port), which run code.",
        show_default=False,
    ),
]
Snap = Annotated[
    bool | None,
    typer.Option(
        "--snap", help="Take the entry that is nearest in composition, as for a rounded formula.", show_default=False
    ),
]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document (a list for several results) instead of a table.")
]


class Command(TyperCommand):
    """A command that refuses an option given twice where only one value counts."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Count the values of each option before they are read."""
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        for parameter, times in Counter(order).items():
            single = not (parameter.multiple or parameter.is_flag) if hasattr(parameter, "is_flag") else False
            if single and times > 1:
                raise InputError(f"{parameter.opts[0]} is given {_TIMES.get(times, f'{times} times')}; give it once")
        parsed: list[str] = super().parse_args(ctx, args)
        return parsed


class SeveralWords(Command):
    """A command whose repeatable options take several words each, too: `--exclude Tl Hg Pb`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the option before each word that follows, up to the next option."""
        repeatable = {name for option in self.params if getattr(option, "multiple", False) for name in option.opts}
        return super().parse_args(ctx, _repeated(args, repeatable))


def _repeated(words: Sequence[str], repeatable: Collection[str]) -> list[str]:
    repeated: list[str] = []
    option, has_value = "", False
    for i, word in enumerate(words):
        if word == "--":
            return [*repeated, *words[i:]]
        if word.startswith("-") and len(word) > 1:
            option, separator, _ = word.partition("=")
            has_value = bool(separator)
        elif has_value and option in repeatable:
            repeated.append(option)
        else:
            has_value = True
        repeated.append(word)
    return repeated
