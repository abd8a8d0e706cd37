"""Shell completion: names of materials, choices of options and suffixes of output files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic.fields import FieldInfo

    from interfacekit.config import RunConfig
    from interfacekit.config.options import Flag


def completion(model: type[RunConfig], field: FieldInfo, flag: Flag) -> Callable[..., Any] | None:
    """Return the function that completes the values of an option or argument; None where nothing is known of them.

    Parameters
    ----------
    model, field, flag
        The configuration and its field, and how the command line has it.
    """
    from interfacekit.config.options import choices

    if flag.completes == "outputs":
        return _outputs([*model.OUTPUTS])
    if flag.completes:
        return _crystals if flag.completes == "crystals" else _materials
    known = choices(field.annotation)
    return _choices(known) if known else None


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


def _choices(known: list[str]) -> Callable[..., list[str]]:
    def complete(incomplete: str) -> list[str]:
        """Values that the configuration of a command allows."""
        return [choice for choice in known if choice.startswith(incomplete)]

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
