"""Values of frozen dataclasses that are computed once and kept: shared arrays, and pickles without them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from numpy.typing import NDArray

ArrayT = TypeVar("ArrayT", bound="NDArray[Any]")


def read_only(array: ArrayT) -> ArrayT:
    """Return the same array, which can no longer be written to: for one that several users share."""
    array.flags.writeable = False
    return array


class PickledFields:
    """Base of dataclasses whose pickles and copies hold the fields alone, and compute the rest again where it is used.

    What cached properties keep may be many times larger than the fields that it follows from.
    """

    def __getstate__(self) -> dict[str, Any]:
        values = vars(self)
        return {field.name: values[field.name] for field in dataclasses.fields(self)}  # type: ignore[arg-type]
