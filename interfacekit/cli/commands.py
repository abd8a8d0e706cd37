"""The application: its commands in the order of the help, and its errors of usage."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from interfacekit.cli.messages import choose_messages, comma_hint, start_messages
from interfacekit.cli.options import Quiet, Verbose, made_when_used
from interfacekit.ending import EXIT_STATUS, INTERRUPTED, status_of
from interfacekit.errors import InputError
from interfacekit.frames import roomy

_HELP = {"help_option_names": ["--help", "-h"]}
#: Functions of commands by name, in the order of the help; a module is imported when one of its commands is used.
_COMMANDS = {
    "window": "thermodynamics:window",
    "react": "thermodynamics:react",
    "map": "thermodynamics:map_",
    "screen": "screen:screen",
    "entries": "thermodynamics:entries",
    "crystal": "structure:crystal",
    "network": "structure:network",
    "barriers": "structure:barriers",
    "interface": "structure:interface",
    "kmc": "kinetics:kmc",
    "scl": "scl:scl",
    "shell": "shell:shell",
    "warm": "warm:warm",
}
_SEVERAL_WORDS = {"screen", "barriers", "interface"}
app = typer.Typer(
    name="interfacekit",
    cls=made_when_used(_COMMANDS, several_words=_SEVERAL_WORDS),
    no_args_is_help=True,
    context_settings=_HELP,
    pretty_exceptions_enable=False,
    help="Thermodynamic stability and Li transport of interfaces in solid-state batteries.",
    epilog="Formation energies come from an embedded Materials Project snapshot (2019, PBE, legacy corrections) unless "
    "--entries says otherwise, hopping models from the literature or from you. Voltages are against Li/Li+.\n\n"
    + EXIT_STATUS,
)
benchmarks = typer.Typer(
    cls=made_when_used({"kmc": "kinetics:bench_kmc"}),
    no_args_is_help=True,
    help="How fast the kernels are on this machine.",
    epilog=EXIT_STATUS,
)
app.add_typer(benchmarks, name="bench")

_NO_COMMANDS = {
    "help": "give --help: interfacekit --help, or interfacekit COMMAND --help",
    "structure": "choose one of crystal, network, barriers and interface",
}
_INTERRUPTED = "interfacekit: interrupted; no file was left half-written"


def _print_version(asked: bool) -> None:  # noqa: FBT001  # typer calls it so
    if asked:
        from interfacekit.versions import package_version

        typer.echo(f"interfacekit {package_version()}")
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
        for name in group.list_commands(ctx)
        if name != here and any(option in parameter.opts for parameter in group.get_command(ctx, name).params)
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
