"""How many cores there are to share work among."""

from __future__ import annotations

import os


def cores() -> int:
    """Cores that this process may use: in a job on a cluster, fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
