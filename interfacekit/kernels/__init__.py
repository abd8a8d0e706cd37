"""Numerical kernels: plain functions over arrays, compiled by numba, which is imported nowhere else.

Contract. Arrays are C-contiguous and of the stated dtype; the caller owns and sizes them. A kernel allocates nothing in
its loop, raises nothing, and returns an integer status. It draws from the xoshiro256++ stream it is given, and what it
draws depends on the state alone: a run cut into any chunks has the same trajectory. Kernels do without numba's runtime
(`_nrt=False`), which counts references at every use of an array and would take most of the time; that also forbids them
to allocate. `kernels.reference` holds a slow twin of each, written for the reader; tests compare them event by event.
"""

from interfacekit.kernels.settings import load_numba

load_numba()
