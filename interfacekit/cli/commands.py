"""The application: its commands in the order of the help, and what becomes of their failures."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from typing import Annotated, Any

import typer

from interfacekit.cli import kinetics, thermodynamics
from interfacekit.cli.messages import (
    EXIT_STATUS,
    Quiet,
    Verbose,
    alert,
    choose_messages,
    start_messages,
    with_message_options,
)
from interfacekit.cli.options import Command, SeveralWords
from interfacekit.cli.running import Interrupted, comma_hint
from interfacekit.cli.scl import scl
from interfacekit.cli.screen import screen
from interfacekit.cli.shell import shell
from interfacekit.cli.streams import discard_answer, failure, open_streams
from interfacekit.cli.structure import structure
from interfacekit.cli.warm import warm
from interfacekit.errors import ComputationError, InputError, one_line_warnings
from interfacekit.frames import roomy
from interfacekit.text import print_any_text

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

app.command(cls=Command)(thermodynamics.window)
app.command(cls=Command)(thermodynamics.react)
app.command("map", cls=Command)(thermodynamics.map_)
app.command(cls=SeveralWords)(screen)
app.command(cls=Command)(thermodynamics.entries)
app.command(cls=SeveralWords)(structure)
app.command(cls=Command)(kinetics.kmc)
app.command(cls=Command)(scl)
app.command(cls=Command)(shell)
app.command(cls=Command)(warm)
app.add_typer(benchmarks, name="bench")
benchmarks.command("kmc", cls=Command)(kinetics.bench_kmc)
for _command in (*app.registered_commands, *benchmarks.registered_commands):
    _command.epilog = EXIT_STATUS
    _command.callback = with_message_options(_command.callback)  # type: ignore[arg-type]  # each has one

_INTERRUPTED = "interrupted; no file was left half-written"


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
    """Run the command line, and turn every failure into one line and an exit status."""
    open_streams()
    print_any_text()
    start_messages()
    os.environ["MPLBACKEND"] = "agg"  # commands write files alone, and matplotlib refuses to start with some values
    # typer has its own copy of click since 0.24: this is the base of its usage errors in either.
    usage_error: Any = typer.BadParameter.__mro__[2]
    try:
        with one_line_warnings("interfacekit"):
            status = roomy(app)(standalone_mode=False)
        sys.stdout.flush()
    except InputError as error:
        _fail(f"{error}{comma_hint()}", 2)
    except usage_error as error:
        _fail(_usage(error), 2)
    except ComputationError as error:
        _fail(str(error), 1)
    except Interrupted as interrupted:
        _fail(str(interrupted), 130)
    except (KeyboardInterrupt, typer.Abort):
        _fail(_INTERRUPTED, 130)
    except MemoryError as error:
        _fail(f"there is not enough memory for this; take less at a time ({error})", 1)
    except BrokenPipeError:  # the reader of a pipe (head, less) had enough
        discard_answer()
        sys.exit(1)
    except OSError as error:
        _fail(failure(error), 1)
    if status == 130:  # typer has taken the interrupt
        _fail(_INTERRUPTED, 130)
    sys.exit(status or 0)


def _usage(error: Any) -> str:
    """An error of usage with what would be right."""
    message: str = error.format_message()
    option = getattr(error, "option_name", None)
    if option and hasattr(error, "possibilities"):  # no such option
        homes = _homes(option, error.ctx)
        return f"No such option: {option}{homes}" if homes else message
    if message.startswith("No such command 'help'"):
        return "No such command 'help'; give --help: interfacekit --help, or interfacekit COMMAND --help"
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
    """What a command without arguments takes, where it was given some."""
    parameters = error.ctx.command.params if error.ctx else []
    if "extra argument" not in error.format_message() or any(p.param_type_name == "argument" for p in parameters):
        return ""
    first = [p.opts[0] for p in parameters if p.opts[0].startswith("--")][:3]
    return f"; it takes options alone, such as {', '.join(first)} (see interfacekit {error.ctx.info_name} --help)"


def _fail(message: str, status: int) -> None:
    if message:  # a command without arguments has shown its help
        alert(f"interfacekit: {message}")
    sys.exit(status)
