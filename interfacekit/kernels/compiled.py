"""How kernels are compiled, and the functions that they are made of.

The first run of a kernel waits for its compiler. Functions that only kernels call are inlined by LLVM, after numba has
typed and lowered them once: numba would inline them before, and do both again in every caller, which makes the same
machine code in several times the time and memory. They are stored with the kernel that calls them. Entries for Python
are left out where nothing in Python calls: to try such a function, call its `py_func`, as the function would crash.
"""

from __future__ import annotations

import sys
from functools import wraps
from typing import Any

from numba import config, njit
from numba.extending import overload

from interfacekit.kernels.keeping import keep


def _load_arrays_without_scipy() -> None:
    """Load numba's array functions, but not scipy.linalg, which numba imports with them to see whether it has BLAS.

    It has: SciPy is a dependency. The import is a seventh of the time of a command whose kernels are stored, and numba
    repeats it where BLAS is used.
    """
    from numba.np import linalg

    asked = getattr(linalg, "ensure_blas", None)
    if asked is None or "numba.np.arraymath" in sys.modules or "scipy.linalg" in sys.modules:
        return
    linalg.ensure_blas = lambda: None
    try:
        from numba.np import arraymath
    finally:
        linalg.ensure_blas = asked
    vars(arraymath)["ensure_blas"] = asked


_load_arrays_without_scipy()


def _kept(**options):
    """Return a decorator that compiles a function and keeps what was compiled."""
    compiled = njit(**options)
    return lambda function: keep(compiled(function))


#: Decorator of functions that Python calls.
kernel = _kept(nogil=True, _nrt=False, no_cfunc_wrapper=True)
_INNER: Any = {
    "nogil": True,
    "_nrt": False,
    "forceinline": True,
    "no_cpython_wrapper": True,
    "no_cfunc_wrapper": True,
}
#: Decorator of functions that only kernels call.
inner = njit(**_INNER)
#: Decorator of functions of kernels that are too large to be inlined: each is stored too, for other kernels to come.
shared = _kept(nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
#: Decorator of functions that allocate their results.
allocating = _kept(nogil=True)


def by_arrays(function):
    """Make a function of kernels whose body depends on the type of its first argument, a named tuple of arrays.

    A kernel that calls such functions serves all these types, with machine code for each. Bodies are registered with
    the decorator `function.of(Arrays)`; like an `inner` function each is inlined.

    Parameters
    ----------
    function
        Its docstring says what all bodies do.
    """
    bodies: dict[Any, Any] = {}

    @wraps(function)
    def call(arrays, *others):
        return bodies[type(arrays)](arrays, *others)

    def of(kind):
        return lambda body: bodies.setdefault(kind, body)

    def body_of(arrays, *_):
        return bodies.get(getattr(arrays, "instance_class", None))

    if not config.DISABLE_JIT:
        overload(call, jit_options=_INNER, strict=False)(body_of)
    call.of = of
    return call
