"""Sets of elements: as sorted symbols, and as bits of words, of which thousands are compared at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.elements import is_symbol
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def element_words(amounts: NDArray[Any]) -> NDArray[np.uint64]:
    """Elements of compositions as bits.

    Parameters
    ----------
    amounts
        Positive where an element is present, shape (n, m); at most 128 elements.

    Returns
    -------
    ndarray of uint64, shape (n, 2)
        Bit i % 64 of word i // 64 is set where the i-th element is present.
    """
    words = np.zeros((len(amounts), 2), dtype=np.uint64)
    for i in range(amounts.shape[1]):
        words[amounts[:, i] > 0, i // 64] |= np.uint64(1) << np.uint64(i % 64)
    return words


def chemical_system(elements: str | Iterable[str]) -> tuple[str, ...]:
    """Return sorted, distinct symbols from `"Li-Co-O"` or any iterable of symbols.

    Raises
    ------
    InputError
        If there are none, or one is not an element.
    """
    given = elements.split("-") if isinstance(elements, str) else elements
    symbols = sorted({str(symbol).strip() for symbol in given} - {""})
    if not symbols:
        raise InputError("no elements given; name a chemical system such as Li-Co-O")
    bad = [repr(symbol) for symbol in symbols if not is_symbol(symbol)]
    if bad:
        raise InputError(f"{', '.join(bad)}: not an element symbol; name a chemical system such as Li-Co-O")
    return tuple(symbols)
