"""Own materials and contacts from files, in the format of the built-in ones (see `docs/materials.md`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacekit.catalogue.catalogue import BUILT_IN, Catalogue, is_change
from interfacekit.catalogue.checks import collected
from interfacekit.catalogue.reading import IDENTITY, read_changes, read_contact, read_material
from interfacekit.errors import InputError
from interfacekit.materials import built_in, find_material
from interfacekit.wording import legible
from interfacekit.yaml_documents import load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

_BLOCKS = ("materials", "contacts")
#: Characters of the syntax of layers and contacts.
_MARKS = "|:, "
#: Names of layers that are not materials.
_RESERVED = ("interphase",)


def load_materials(*paths: str | Path) -> Catalogue:
    """Read own materials and contacts.

    Parameters
    ----------
    paths
        YAML files in the format of `docs/materials.md`.

    Returns
    -------
    Catalogue
        For the argument `catalogue` of `bulk_model`, `layer_material`, `Stack` and `shell_stack`. `Catalogue.phase`
        makes phases of its materials for `screen` and other functions of phases.

    Raises
    ------
    InputError
        If a file cannot be read, or with all missing and invalid entries in one line.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.yaml")
    ...     _ = path.write_text("materials: {LBO: {formula: Li3BO3}}")
    ...     catalogue = ik.load_materials(path)
    >>> catalogue.names
    ('LBO',)
    """
    return joined(map(_load, map(Path, paths)))


def _load(path: Path) -> Catalogue:
    document = load_yaml(path)
    try:
        return read_catalogue(document, path)
    except InputError as error:
        raise InputError(f"{legible(path.name)}: {error}") from None


def as_catalogue(given: Any) -> Catalogue:
    """Convert a catalogue, the plain mappings of one, or None (the built-in one) to a catalogue.

    Raises
    ------
    InputError
        If it is anything else, or has an invalid description.
    """
    if given is None:
        return BUILT_IN
    if isinstance(given, Catalogue):
        return given
    if isinstance(given, Mapping):
        return read_catalogue(given, needs_formula=False)
    raise InputError(
        f"catalogue must be a Catalogue, got {legible(repr(given))}; give one such as load_materials('mine.yaml')"
    )


def joined(parts: Iterable[Catalogue]) -> Catalogue:
    """Merge several catalogues.

    Raises
    ------
    InputError
        If two of them describe the same material or contact.
    """
    materials: dict[str, Any] = {}
    contacts: dict[str, Any] = {}
    paths: tuple[Path, ...] = ()
    for part in parts:
        _require_new(part.materials, materials)
        _require_new(part.contacts, contacts)
        materials, contacts, paths = (
            materials | dict(part.materials),
            contacts | dict(part.contacts),
            paths + part.paths,
        )
    return Catalogue(materials, _by_alias(contacts, Catalogue(materials)), paths)


def _require_new(names: Iterable[str], known: Mapping[str, Any]) -> None:
    for name in names:
        if name in known or "|".join(reversed(name.split("|"))) in known:
            raise InputError(f"{name} is described twice; describe it once")


def read_catalogue(document: Mapping[str, Any], path: Path | None = None, *, needs_formula: bool = True) -> Catalogue:
    """Read the plain mapping of a file.

    Parameters
    ----------
    document
        Mapping with `materials` and `contacts`.
    path
        File, relative to which structures are named.
    needs_formula
        Require a formula of each material.

    Returns
    -------
    Catalogue
        Materials and contacts of the mapping.

    Raises
    ------
    InputError
        With all missing and invalid entries in one line.
    """
    problems = [f"unknown key {key!r}; choose from {', '.join(_BLOCKS)}" for key in document if key not in _BLOCKS]
    if not problems and not any(document.get(block) for block in _BLOCKS):
        problems.append("it has no materials; describe some under materials:")
    materials: dict[str, Mapping[str, Any]] = {}
    for name, described in _block(document, "materials", problems).items():
        if not _is_word(name):
            problems.append(f"the name of a material must be one word without | and :, got {legible(repr(name))}")
            continue
        alias = _alias(name)
        completed = _completed(alias, described)
        read = read_changes if is_change(alias, completed) else partial(read_material, needs_formula=needs_formula)
        collected(problems, partial(read, alias, completed))
        if alias in materials:
            problems.append(f"{name} is described twice; describe it once")
        problems += _taken(alias, completed)
        materials[alias] = _with_path(completed, path)
    contacts = {name: _of_pair(name, one) for name, one in _block(document, "contacts", problems).items()}
    for name, described in contacts.items():
        if len(parts := name.split("|")) == 2 and all(_is_word(part.strip()) for part in parts):
            collected(problems, partial(read_contact, name, described))
        else:
            problems.append(
                f"the name of a contact must be two materials with | between them, got {legible(repr(name))}"
            )
    if problems:
        raise InputError("; ".join(problems))
    paths = () if path is None else (path,)
    return Catalogue(materials, _by_alias(contacts, Catalogue(materials)), paths)


def _block(document: Mapping[str, Any], block: str, problems: list[str]) -> dict[str, Any]:
    described = document.get(block) or {}
    if isinstance(described, Mapping):
        return {str(name): one for name, one in described.items()}
    problems.append(f"{block} must be a mapping of names to descriptions, got {legible(repr(described))}")
    return {}


def _alias(name: str) -> str:
    record = find_material(name)
    return name if record is None else record.alias


def _taken(alias: str, described: Any) -> list[str]:
    """Messages for other names that are names of built-in materials."""
    names = described.get("names") if isinstance(described, Mapping) else None
    known = {name: _alias(name) for name in names if isinstance(name, str)} if isinstance(names, list | tuple) else {}
    return [
        f"names of {alias} must be its own, got {name}, which is the built-in {other}"
        for name, other in known.items()
        if other in built_in("materials") and other != alias
    ]


def _is_word(name: str) -> bool:
    """Return True if a name is valid in the syntax of layers and contacts."""
    return name.isprintable() and bool(name) and not any(mark in name for mark in _MARKS) and name not in _RESERVED


def _completed(alias: str, described: Any) -> Any:
    """Complete a description with the composition and names of the built-in material of its name."""
    known = built_in("materials").get(alias)
    if known is None or not isinstance(described, Mapping) or is_change(alias, described):
        return described
    return {**{key: value for key, value in known.items() if key in IDENTITY}, **described}


def _of_pair(name: str, described: Any) -> Any:
    """Complete the description of a contact with the offset of the built-in contact of its name."""
    known = built_in("contacts").get(name)
    if known is None or not isinstance(described, Mapping) or "offset_eV" in described:
        return described
    return {**known, **described}


def _with_path(described: Any, path: Path | None) -> Any:
    """Replace the structure of a description by its path, if it is a file in the folder of the description."""
    structure = described.get("structure") if isinstance(described, Mapping) else None
    if path is None or not isinstance(structure, str) or not (file := path.parent / structure).is_file():
        return described
    return {**described, "structure": str(file)}


def _by_alias(contacts: Mapping[str, Any], known: Catalogue) -> dict[str, Any]:
    """Name contacts by the aliases of their materials."""
    by_alias: dict[str, Any] = {}
    for name, described in contacts.items():
        alias = "|".join(known.alias(part.strip()) for part in name.split("|"))
        _require_new([alias], by_alias)
        by_alias[alias] = described
    return by_alias
