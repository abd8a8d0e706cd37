"""Resuming: advice for a user who has interrupted a command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.ending import Interrupted

if TYPE_CHECKING:
    from pathlib import Path


def resumable(option: str, folder: Path | None, what: str = "a run") -> Interrupted:
    """Return the end of an interrupted command where an option keeps in a folder what was finished."""
    return Interrupted(f"interrupted; {how_to_resume(option, folder, what)}")


def how_to_resume(option: str, folder: Path | None, what: str) -> str:
    """Say how to go on from what was finished, or how it could have been kept."""
    if folder is None:
        return f"with {option} DIR {what} can go on where it stopped"
    return f"the same command goes on from what is in {folder}"


def computes_again(folder: Path | None) -> str:
    """Begin a sentence on the same command, which computes again what has failed."""
    return "the same command computes" if folder else "with --store DIR the same command would compute only"
