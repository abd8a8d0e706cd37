"""Shell completion: names of materials, choices of options and suffixes of output files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import typer

if TYPE_CHECKING:
    import inspect
    from collections.abc import Callable, Iterator

#: Parameters that are named materials.
_MATERIALS = {"phases", "names", "layers", "material", "cathode", "coating", "electrolyte", "candidates", "highlight"}
_MATERIALS_OF_CRYSTALS = {"crystals"}


def completed(parameter: inspect.Parameter) -> inspect.Parameter:
    """Return a parameter of a command with a function that completes its values.

    Parameters
    ----------
    parameter
        Annotated with a typer option or argument.

    Returns
    -------
    parameter
        The same where nothing is known of its values.
    """
    for info in getattr(parameter.annotation, "__metadata__", ()):
        if isinstance(info, typer.models.ParameterInfo) and info.autocompletion is None:
            info.autocompletion = _completion(parameter.name, info)
    return parameter


def _completion(name: str, info: Any) -> Callable[..., Any] | None:
    if name in _MATERIALS | _MATERIALS_OF_CRYSTALS:
        return _crystals if name in _MATERIALS_OF_CRYSTALS else _materials
    if name == "output":
        return _outputs(re.findall(r"\.\w+", info.help))
    is_flag = info.metavar is None
    return None if is_flag else _choices(name)


def _materials(incomplete: str) -> list[tuple[str, str]]:
    """Aliases of materials, each with the name."""
    from interfacekit.materials import materials

    records = [(alias, m.name) for m in materials() for alias in (m.alias, *m.other_aliases)]
    return [record for record in records if record[0].startswith(incomplete)]


def _crystals(incomplete: str) -> list[tuple[str, str]]:
    """Aliases of materials whose crystal is known."""
    from interfacekit.materials import materials

    known = {m.alias for m in materials() if m.structure}
    return [record for record in _materials(incomplete) if record[0] in known]


def _choices(name: str) -> Callable[..., list[str]]:
    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        """Values that the configuration of a command allows."""
        from interfacekit import config

        model = getattr(config, f"{(ctx.command.name or '').title()}Config", config.RunConfig)
        field = model.model_fields.get(name)
        choices = [c for c in get_args(field.annotation) if isinstance(c, str)] if field else []
        return [choice for choice in choices if choice != "auto" and choice.startswith(incomplete)]

    return complete


def _outputs(suffixes: list[str]) -> Callable[..., list[str]]:
    def complete(incomplete: str) -> list[str]:
        """Files and folders that are there, and the name with each suffix."""
        if not incomplete:
            return []
        return sorted({*_there(incomplete, suffixes), *_suffixed(incomplete, suffixes)})

    return complete


def _there(incomplete: str, suffixes: list[str]) -> Iterator[str]:
    folder, _, start = incomplete.rpartition("/")
    where = Path(folder or ("/" if incomplete.startswith("/") else "."))
    for path in where.iterdir() if where.is_dir() else ():
        if path.name.startswith(start) and (path.is_dir() or path.suffix in suffixes):
            yield incomplete + path.name[len(start) :] + ("/" if path.is_dir() else "")


def _suffixed(incomplete: str, suffixes: list[str]) -> Iterator[str]:
    """The name with each suffix, or with those that go on from its own."""
    path = Path(incomplete)
    begun = [suffix for suffix in suffixes if path.suffix and suffix.startswith(path.suffix)]
    if begun:
        yield from (str(path.with_suffix(suffix)) for suffix in begun)
    elif not incomplete.endswith("/"):
        yield from (f"{incomplete.removesuffix('.')}{suffix}" for suffix in suffixes)
