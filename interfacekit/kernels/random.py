"""The generator of the kernels: xoshiro256++ (Blackman & Vigna 2021, doi:10.1145/3460772), inlined.

Its 256 bits of state are an argument, so that every replica has its own stream and a checkpoint can keep it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import uint64

from interfacekit.kernels.compiled import inner, kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TO_UNIT = 2.0**-53


def stream(seed: int | Sequence[int], *key: int) -> NDArray[np.uint64]:
    """State of an independent stream, hashed from a seed (or several) and the replica's key by numpy's `SeedSequence`.

    Returns
    -------
    ndarray of uint64, shape (4,)
    """
    return np.random.SeedSequence(seed, spawn_key=key).generate_state(4, np.uint64).astype(np.uint64)


@inner
def _rotated(x, k):
    return (x << k) | (x >> (uint64(64) - k))


@kernel
def fill_uniform(state, out, n):
    """Fill out[:n] with uniform numbers in [0, 1), multiples of 2^-53.

    Parameters
    ----------
    state : uint64[4]
        The stream, advanced by n draws.
    out : float64[>= n]
    n : uint64
    """
    s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
    for j in range(n):
        r = _rotated(s0 + s3, uint64(23)) + s0
        t = s1 << uint64(17)
        s2 ^= s0
        s3 ^= s1
        s1 ^= s2
        s0 ^= s3
        s2 ^= t
        s3 = _rotated(s3, uint64(45))
        out[j] = float(r >> uint64(11)) * _TO_UNIT
    state[0], state[1], state[2], state[3] = s0, s1, s2, s3
