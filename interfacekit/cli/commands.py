"""The application: its commands in the order of the help, and its errors of usage."""

from __future__ import annotations

import inspect
import sys
from importlib import metadata
from typing import Annotated, Any

import typer

from interfacekit.cli import kinetics, structure, thermodynamics
from interfacekit.cli.messages import choose_messages, comma_hint, start_messages
from interfacekit.cli.options import Command, Quiet, SeveralWords, Verbose, class_of
from interfacekit.cli.scl import scl
from interfacekit.cli.screen import screen
from interfacekit.cli.shell import shell
from interfacekit.cli.warm import warm
from interfacekit.ending import EXIT_STATUS, INTERRUPTED, status_of
from interfacekit.errors import InputError
from interfacekit.frames import roomy

_HELP = {"help_option_names": ["--help", "-h"]}
app = typer.Typer(
    name="interfacekit",
    no_args_is_help=True,
    context_settings=_HELP,
    pretty_exceptions_enable=False,
    help="Thermodynamic stability and Li transport of interfaces in solid-state batteries.",
    epilog="Formation energies come from an embedded Materials Project snapshot (2019, PBE, legacy corrections) unless "
    "--entries says otherwise, hopping models from the literature or from you. Voltages are against Li/Li+.\n\n"
    + EXIT_STATUS,
)
benchmarks = typer.Typer(no_args_is_help=True, help="How fast the kernels are on this machine.", epilog=EXIT_STATUS)


def _nothing() -> None:
    """The callback of a command until it is used, see `Command`."""


for _group, _name, _run, _kind in (
    (app, "window", thermodynamics.window, Command),
    (app, "react", thermodynamics.react, Command),
    (app, "map", thermodynamics.map_, Command),
    (app, "screen", screen, SeveralWords),
    (app, "entries", thermodynamics.entries, Command),
    (app, "crystal", structure.crystal, Command),
    (app, "network", structure.network, Command),
    (app, "barriers", structure.barriers, SeveralWords),
    (app, "interface", structure.interface, SeveralWords),
    (app, "kmc", kinetics.kmc, Command),
    (app, "scl", scl, Command),
    (app, "shell", shell, Command),
    (app, "warm", warm, Command),
    (benchmarks, "kmc", kinetics.bench_kmc, Command),
):
    _group.command(_name, cls=class_of(_run, _kind), help=inspect.getdoc(_run), epilog=EXIT_STATUS)(_nothing)
app.add_typer(benchmarks, name="bench")

_NO_COMMANDS = {
    "help": "give --help: interfacekit --help, or interfacekit COMMAND --help",
    "structure": "choose one of crystal, network, barriers and interface",
}
_INTERRUPTED = "interfacekit: interrupted; no file was left half-written"


def _print_version(asked: bool) -> None:  # noqa: FBT001  # typer calls it so
    if asked:
        typer.echo(f"interfacekit {metadata.version('interfacekit')}")
        raise typer.Exit


@app.callback()
def _main(
    *,
    version: Annotated[  # acts before any command
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    verbose: Verbose = False,
    quiet: Quiet = False,
) -> None:
    """Thermodynamic stability and Li transport of interfaces in solid-state batteries."""
    choose_messages(verbose=verbose, quiet=quiet)


@benchmarks.callback()
def _benchmarks(*, verbose: Verbose = False, quiet: Quiet = False) -> None:
    """How fast the kernels are on this machine."""
    choose_messages(verbose=verbose, quiet=quiet)


def main() -> None:
    """Run the command line, and end with its exit status."""
    sys.exit(status_of(_command, "interfacekit", _INTERRUPTED))


def _command() -> int | None:
    """Run the command that the words of the command line name, and return its exit status.

    Raises
    ------
    InputError
        If its options are wrong.
    """
    start_messages()
    # typer has its own copy of click since 0.24: this is the base of its usage errors in either.
    usage_error: Any = typer.BadParameter.__mro__[2]
    try:
        status: int | None = roomy(app)(standalone_mode=False)
    except InputError as error:
        raise InputError(f"{error}{comma_hint()}") from None
    except usage_error as error:
        raise InputError(_usage(error)) from None
    except typer.Abort:
        raise KeyboardInterrupt from None
    if status == INTERRUPTED:  # typer has taken the interrupt
        raise KeyboardInterrupt
    return status


def _usage(error: Any) -> str:
    """An error of usage with what would be right."""
    message: str = error.format_message()
    option = getattr(error, "option_name", None)
    if option and hasattr(error, "possibilities"):  # no such option
        homes = _homes(option, error.ctx)
        return f"No such option: {option}{homes}" if homes else message
    for word, right in _NO_COMMANDS.items():
        if message.startswith(f"No such command {word!r}"):
            return f"No such command {word!r}; {right}"
    return f"{message}{_hint(error)}"


def _homes(option: str, ctx: Any) -> str:
    """Commands that have an option, where another one was given it; empty where none has."""
    group: Any = typer.main.get_command(app)
    here = ctx.info_name if ctx else None
    homes = [
        name
        for name, command in group.commands.items()
        if any(option in parameter.opts for parameter in command.params) and name != here
    ]
    return f"; {', '.join(homes)} {'has' if len(homes) == 1 else 'have'} it" if homes else ""


def _hint(error: Any) -> str:
    """The arguments of a command, where it was given more than it takes."""
    if error.ctx is None or "extra argument" not in error.format_message():
        return ""
    parameters = error.ctx.command.params
    arguments = [parameter.metavar for parameter in parameters if parameter.param_type_name == "argument"]
    if arguments:
        return f"; it takes one {' and one '.join(arguments)}"
    first = [p.opts[0] for p in parameters if p.opts[0].startswith("--")][:3]
    return f"; it takes options alone, such as {', '.join(first)} (see interfacekit {error.ctx.info_name} --help)"
