"""Materials of one's own, and changes to built-in ones: files, or inline in a configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BeforeValidator

from interfacekit.config.effects import Effect
from interfacekit.config.fields import listed, numbers_by_name
from interfacekit.config.models import RunConfig
from interfacekit.config.options import MODEL, option
from interfacekit.quantities import LAYER_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from interfacekit.catalogue.catalogue import Catalogue


@dataclass(frozen=True)
class Materials:
    """Materials of a configuration: changes to built-in layers, and descriptions.

    Attributes
    ----------
    changes
        Numbers of layers by the name of their material, inline: changes to built-in ones, or all of one's own.
    described
        Materials and contacts that are described, in files or inline; None where nothing is.
    """

    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    described: Catalogue | None = None

    @property
    def catalogue(self) -> Catalogue:
        """Catalogue of the described materials, with the built-in ones."""
        from interfacekit.catalogue.catalogue import Catalogue  # loads numpy, which no help needs

        return self.described or Catalogue()

    @property
    def paths(self) -> tuple[Path, ...]:
        """Files that were read."""
        return () if self.described is None else self.described.paths

    def serve(self, names: Iterable[str]) -> bool:
        """Return True unless materials or contacts are described and none of them is among the names."""
        own = self.described
        if own is None or not (own.materials or own.contacts):
            return True
        used = own.of(names)
        return bool(used.materials or used.contacts)


def _materials(value: Any) -> Materials:
    """Files, inline numbers and descriptions, or a list of them."""
    if isinstance(value, Materials):
        return value
    from interfacekit.catalogue.files import joined, load_materials, read_catalogue

    changes: dict[str, Any] = {}
    parts = []
    for one in listed(value):
        if isinstance(one, str | Path):
            parts.append(load_materials(one))
            continue
        numbers = numbers_by_name("materials", LAYER_NUMBERS, one, keep=_is_description)
        described = {name: numbers.pop(name) for name in list(numbers) if _is_description(numbers[name])}
        parts += [read_catalogue({"materials": described}, needs_formula=False)] if described else []
        changes |= numbers
    return Materials(changes, joined(parts))


def _is_description(described: Mapping[str, Any]) -> bool:
    """Return True if a mapping holds more than numbers of a layer."""
    from interfacekit.catalogue.reading import DESCRIPTIVE

    return any(key in DESCRIPTIVE for key in described)


MaterialsField = Annotated[Any, BeforeValidator(_materials)]


class MaterialsConfig(RunConfig):
    """Options of commands that name materials.

    `materials` are files of materials of one's own, or what such a file says, inline; a command takes those that it
    names. Numbers of layers alone, inline, are changes (see `LayerMaterial`).
    """

    JOINED_FIELDS: ClassVar[frozenset[str]] = frozenset({"materials"})
    effects: ClassVar[tuple[Effect, ...]] = (
        Effect(
            ("materials",),
            lambda options: options.materials.serve(options.material_names),
            "{key} have no effect: none of those described is named here; name one, or leave {key} out",
        ),
    )

    materials: MaterialsField = option(
        Materials(),
        "FILE",
        "Materials and contacts of your own, as docs/materials.md has them; repeat for several.",
        panel=MODEL,
        repeated=True,
    )

    @property
    def material_names(self) -> tuple[str, ...]:
        """Materials that the command is about."""
        raise NotImplementedError
