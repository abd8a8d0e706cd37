"""Processes whose user has no home: no `HOME`, and no entry among the users of the machine, as in containers."""

from __future__ import annotations

import os
from pathlib import Path


def name_home() -> None:
    """Name a home in which nothing can be found or written, where there is none: ASE cannot be imported without."""
    try:
        Path.home()
    except RuntimeError:
        os.environ["HOME"] = os.devnull
