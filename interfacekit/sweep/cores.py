"""Number of available cores."""

from __future__ import annotations

import os


def cores() -> int:
    """Number of cores available to this process; in a cluster job, fewer than those of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
