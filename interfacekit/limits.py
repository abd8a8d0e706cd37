"""Limits of a machine: cores, and memory and time of work that is about to begin.

Work beyond the memory of the machine is refused, long work is announced. Single numbers have ranges of their own; here
their product is checked.
"""

from __future__ import annotations

import math
import os
import warnings

from interfacekit.errors import InputError, InputWarning

#: Work that lasts longer is announced.
ANNOUNCED_s = 600.0
#: Work that lasts longer is refused: no machine runs for so long.
MOST_s = 365.25 * 86400
#: Share of the memory that arrays may fill; the rest is for copies of them.
_SHARE = 0.8
_UNITS_s = (("years", 365.25 * 86400), ("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0))


def cores() -> int:
    """Cores that this process may use: in a job on a cluster, fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes() -> float:
    """Memory that this process may fill: that of the machine, or a smaller limit of the process.

    Infinite where the system does not say.
    """
    return min(_machine_bytes(), _process_bytes())


def _machine_bytes() -> float:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError):  # not every system has these
        return math.inf


def _process_bytes() -> float:
    try:
        import resource
    except ImportError:  # systems other than Unix
        return math.inf
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return math.inf if limit == resource.RLIM_INFINITY else limit


def require_memory(what: str, needed_bytes: float, advice: str) -> None:
    """Raise `InputError` unless arrays fit into memory.

    Parameters
    ----------
    what
        Owner of the arrays, in the plural, such as `8 replicas of 1e+09 sites`.
    needed_bytes
        Size of all arrays.
    advice
        Possible alternative.
    """
    there = _SHARE * memory_bytes()
    if needed_bytes > there:
        raise InputError(
            f"{what} need about {needed_bytes / 1e9:.3g} GB of memory, where {there / 1e9:.3g} GB can be used; {advice}"
        )


def require_time(what: str, seconds: float, advice: str, comfort: str = "") -> None:
    """Announce work that lasts for more than minutes.

    Parameters
    ----------
    what
        Slow part, in the plural, such as `1e+12 hops at 300 K`.
    seconds
        Estimate of its time.
    advice
        Possible alternative, for the refusal.
    comfort
        Addition to the announcement.

    Raises
    ------
    InputError
        If it would last longer than a year.

    Warns
    -----
    InputWarning
        If it lasts longer than `ANNOUNCED_s`.
    """
    if seconds > MOST_s:
        raise InputError(f"{what} would take {_about(seconds)}; {advice}")
    announce_time(what, seconds, comfort, stacklevel=4)


def announce_time(what: str, seconds: float, comfort: str = "", *, stacklevel: int = 3) -> None:
    """Warn of work that lasts longer than `ANNOUNCED_s`, by an `InputWarning`; see `require_time`."""
    if seconds > ANNOUNCED_s:
        then = f"; {comfort}" if comfort else ""
        warnings.warn(f"{what} will take {_about(seconds)}{then}", InputWarning, stacklevel=stacklevel)


def _about(seconds: float) -> str:
    """A time in the largest unit of which there are two or more, such as `about 3 days`."""
    if seconds > 1000 * MOST_s:
        return "thousands of years"
    unit, size = next(((unit, size) for unit, size in _UNITS_s if seconds >= 2 * size), _UNITS_s[-1])
    return f"about {seconds / size:.2g} {unit}" if seconds < 10 * size else f"about {seconds / size:.0f} {unit}"
