"""Barriers from the literature, as configurations and the command line name them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from interfacekit.config.fields import listed
from interfacekit.errors import InputError
from interfacekit.quantities import BARRIER, PART
from interfacekit.wording import shown

if TYPE_CHECKING:
    from interfacekit.structure.barriers.published import PublishedBarrier

Mechanism = Literal["vacancy", "divacancy", "Frenkel pair", "interstitial"]
#: Names of hops hold spaces: a list, or one of them.
HopNames = Annotated[list[str], BeforeValidator(listed), Field(min_length=1)]


class PublishedHop(BaseModel):
    """A barrier from the literature: of the table of transport numbers, or one with its own source.

    `part` says which of the numbers of a row; `hops` (names) or `along` (a cell vector) for which hops it stands.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str | None = None
    quantity: str | None = None
    part: Annotated[int, PART] = 0
    barrier: Annotated[float, BARRIER] | None = None
    source: str | None = None
    certainty: str | None = None
    mechanism: Mechanism = "vacancy"
    hops: HopNames | None = None
    along: Literal["a", "b", "c"] | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        of_table = None not in (self.system, self.quantity) and self.barrier is None
        own = None not in (self.barrier, self.source, self.certainty) and self.quantity is None
        if not (of_table or own):
            raise InputError(
                "a published barrier is a row of transport.csv (system, quantity), or a barrier (eV) with its source "
                "and certainty"
            )
        return self

    @property
    def of_literature(self) -> PublishedBarrier:
        """The barrier with its source.

        Raises
        ------
        InputError
            If the table has no such row, or the row no such number.
        """
        from interfacekit.structure.barriers.published import PublishedBarrier, published_barrier

        stands_for: dict[str, Any] = {"mechanism": self.mechanism, "hops": self.hops, "along": self.along}
        if self.barrier is None:
            return published_barrier(str(self.system), str(self.quantity), part=self.part, **stands_for)
        return PublishedBarrier(
            barrier_eV=self.barrier,
            system=self.system or "",
            quantity="barrier",
            conditions="",
            source=str(self.source),
            certainty=str(self.certainty),
            **stands_for,
        )


def _row(value: Any) -> Any:
    """The row of the table that `SYSTEM:QUANTITY` names."""
    if not isinstance(value, str):
        return value
    system, colon, quantity = (part.strip() for part in value.partition(":"))
    if not (system and colon and quantity):
        raise InputError(
            f"a published barrier must be SYSTEM:QUANTITY of transport.csv, got {shown(value)}; give one such as "
            "'LiNbO3 crystalline:Li tracer activation energy'"
        )
    return {"system": system, "quantity": quantity}


PublishedHops = Annotated[
    list[Annotated[PublishedHop, BeforeValidator(_row)]], BeforeValidator(listed), Field(min_length=1)
]
