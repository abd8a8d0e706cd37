"""How kernels are compiled, and the functions that they are made of.

The first run of a kernel waits for its compiler. Functions that only kernels call are inlined by LLVM, after numba has
typed and lowered them once: numba would inline them before, and do both again in every caller, which makes the same
machine code in several times the time and memory. They are stored with the kernel that calls them. Entries for Python
are left out where nothing in Python calls: to try such a function, call its `py_func`, as the function would crash.
"""

from __future__ import annotations

import sys

from numba import njit

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
#: Decorator of functions that only kernels call.
inner = njit(nogil=True, _nrt=False, forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)
#: Decorator of functions of kernels that are too large to be inlined: each is stored too, for other kernels to come.
shared = _kept(nogil=True, _nrt=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)
#: Decorator of functions that allocate their results.
allocating = _kept(nogil=True)
