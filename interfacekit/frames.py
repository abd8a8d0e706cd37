"""Room for deep calls.

CPython keeps the frames of calls in chunks of 16 kB, and gives a chunk back to the system as soon as its first frame
ends. Where a deep recursion, such as that of numba's compiler, calls a function at the edge of a chunk again and again,
each call maps and unmaps memory: a second or more of a first call.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")

#: Depth of the stack of a frame, in pointers: its chunk has half a megabyte or more left for the calls below.
_DEPTH = 60_000


def roomy(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function that is called with one large chunk for the frames of all calls below.

    Parameters
    ----------
    function
        Called with the arguments that are given.

    Returns
    -------
    function
        Its frame declares a deep stack, which costs nothing but address space.
    """

    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return function(*args, **kwargs)

    call.__code__ = call.__code__.replace(co_stacksize=_DEPTH)
    return wraps(function)(call)
