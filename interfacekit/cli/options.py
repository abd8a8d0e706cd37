"""Commands whose options are generated from the models of their configurations, when one of them is used.

A command is a function `f(options, *, as_json)`. The name of its model is in the annotation of `options`, so that the
list of commands needs no model.
"""

from __future__ import annotations

import inspect
from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from interfacekit.cli.completion import completion
from interfacekit.cli.messages import choose_messages, log_end
from interfacekit.cli.reading import read
from interfacekit.ending import EXIT_STATUS
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from pydantic.fields import FieldInfo

    from interfacekit.config import RunConfig
    from interfacekit.config.options import Flag

_TIMES = {2: "twice"}
#: Panel of the help, the last one.
_MESSAGES = "Messages"
Verbose = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="Show what is read, and how long it takes.", rich_help_panel=_MESSAGES),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Show warnings and errors alone, no progress.", rich_help_panel=_MESSAGES),
]
_ConfigFile = Annotated[
    str | None,
    typer.Option(
        "--config",
        metavar="YAML",
        help="Read the options from a file; what is given here wins.",
        show_default=False,
    ),
]
_TrustConfig = Annotated[
    bool,
    typer.Option(
        "--trust-config",
        help="Let the file of --config name code (module:function) and schedulers (tcp://host:port), which run code.",
        show_default=False,
    ),
]
_AsJson = Annotated[
    bool, typer.Option("--json", help="Print one JSON document (a list for several results) instead of a table.")
]


class Command(TyperCommand):
    """A command that refuses an option given twice where only one value counts."""

    run: ClassVar[Callable[..., None]]
    _params: list[Any] | None = None

    @property
    def params(self) -> list[Any]:  # made when the command is used: they take a model
        """Options and arguments."""
        if self._params is None:
            made = _with_options(type(self).run)
            self._params, self.callback = made.params, made.callback
        return self._params

    @params.setter
    def params(self, params: list[Any]) -> None:
        self._params = params or None

    def make_parser(self, ctx: Any) -> Any:
        """Return a parser that counts the values of each option before they are read."""
        parser = super().make_parser(ctx)
        parse = parser.parse_args

        def parse_and_count(args: list[str]) -> Any:
            parsed = parse(args)
            _require_once(parsed[2])
            return parsed

        parser.parse_args = parse_and_count  # type: ignore[method-assign]
        return parser


class SeveralWords(Command):
    """A command whose repeatable options take several words each, too: `--exclude Tl Hg Pb`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Repeat the option before each word that follows, up to the next option."""
        repeatable = {name for option in self.params if getattr(option, "multiple", False) for name in option.opts}
        parsed: list[str] = super().parse_args(ctx, _repeated(args, repeatable))
        return parsed


class _Commands(TyperGroup):
    """Commands whose modules are imported when they are used, in the order of the help."""

    homes: ClassVar[Mapping[str, str]] = {}
    several_words: ClassVar[Collection[str]] = ()

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # as the base has it
        """Names of the commands; those of groups last."""
        return [*self.homes, *(name for name in self.commands if name not in self.homes)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command of a name; None where there is none."""
        if cmd_name in self.homes and cmd_name not in self.commands:
            kind = SeveralWords if cmd_name in self.several_words else Command
            self.commands[cmd_name] = _command(cmd_name, self.homes[cmd_name], kind)
        return super().get_command(ctx, cmd_name)


def made_when_used(homes: Mapping[str, str], *, several_words: Collection[str] = ()) -> type[TyperGroup]:
    """Class of a group of commands that are made when they are used.

    Parameters
    ----------
    homes
        Functions of the commands by name, `module:function` within this package.
    several_words
        Commands whose options take several words (see `SeveralWords`).
    """
    return type("Commands", (_Commands,), {"homes": homes, "several_words": several_words, "__doc__": ""})


def _command(name: str, home: str, kind: type[Command]) -> Any:
    """The command that a function is, without its options yet."""
    module, _, function = home.partition(":")
    run = getattr(import_module(f"{__package__}.{module}"), function)
    own = type(kind.__name__, (kind,), {"run": staticmethod(run), "__doc__": kind.__doc__})
    alone = typer.Typer(add_completion=False)
    alone.command(name, cls=own, help=inspect.getdoc(run), epilog=EXIT_STATUS)(_nothing)
    return typer.main.get_command(alone)


def _nothing() -> None:
    """The callback of a command until it is used, see `Command`."""


def _require_once(parameters: Sequence[Any]) -> None:
    for parameter, times in Counter(parameters).items():
        single = not (parameter.multiple or parameter.is_flag) if hasattr(parameter, "is_flag") else False
        if single and times > 1:
            raise InputError(f"{parameter.opts[0]} is given {_TIMES.get(times, f'{times} times')}; give it once")


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


def _with_options(run: Callable[..., None]) -> Any:
    """The command of typer that runs a function with the configuration that its options make."""
    from interfacekit import config

    name = run.__annotations__.get("options")
    model: type[RunConfig] | None = None if name is None else getattr(config, name)

    def call(**words: Any) -> None:
        choose_messages(verbose=words["verbose"], quiet=words["quiet"])
        run(*(() if model is None else (read(model, words),)), as_json=words["as_json"])
        log_end()

    signature = inspect.Signature([*_parameters(model)])
    call.__signature__ = signature  # type: ignore[attr-defined]  # what typer reads
    call.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    alone = typer.Typer(add_completion=False)
    alone.command()(call)
    return typer.main.get_command(alone)


def _parameters(model: type[RunConfig] | None) -> Iterator[inspect.Parameter]:
    """The options of a model and those of every command."""
    if model is not None:
        from interfacekit.config.options import flags

        for name, field, flag in flags(model):
            yield _parameter(name, _annotation(model, name, field, flag), None)
        yield _parameter("config", _ConfigFile, None)
        if model.TRUSTED_FIELDS:
            yield _parameter("trust_config", _TrustConfig, False)
    for name, annotation in {"as_json": _AsJson, "verbose": Verbose, "quiet": Quiet}.items():
        yield _parameter(name, annotation, False)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _annotation(model: type[RunConfig], name: str, field: FieldInfo, flag: Flag) -> Any:
    """The parameter of typer that a field is; its value is checked by the model."""
    from interfacekit.config.options import choices, help_text, repeats

    names = flag.names or (f"--{name.replace('_', '-')}",)
    common: dict[str, Any] = {
        "metavar": flag.metavar or "|".join(choices(field.annotation)) or None,
        "help": help_text(field, flag, model.OUTPUTS),
        "show_default": False,
        "autocompletion": completion(model, field, flag),
    }
    value: Any = list[str] if repeats(field, flag) else bool if flag.kind == "switch" else str
    if flag.kind == "argument":
        return Annotated[value | None, typer.Argument(**common)]
    common |= {"rich_help_panel": flag.panel, "hidden": flag.hidden}
    return Annotated[value | None, typer.Option(*names, **common)]
