"""Checkpoints of a run where a folder is given for them; what reads and writes files is loaded there alone."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from interfacekit.transport.runs.request import Checkpoint, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def require_same_run(folder: str | Path | None, request: Request) -> None:
    """Refuse a folder that a request could not go on from, before any work; nothing is changed.

    Parameters
    ----------
    folder
        Of checkpoints; there may be none.
    request
        The run that is asked for.

    Raises
    ------
    InputError
        As by `checkpoint`, but for a folder that is in use or cannot be written to.
    """
    if folder is not None:
        from interfacekit.transport.runs.checkpoint import require_fitting

        require_fitting(Path(folder), request)


@contextmanager
def checkpoint(
    folder: str | Path | None, request: Request, *, plan: Callable[[], Mapping[str, float]]
) -> Iterator[Checkpoint]:
    """Open a folder of checkpoints, for one process at a time.

    Parameters
    ----------
    folder
        Made where there is none. None keeps nothing.
    request
        The run that is asked for.
    plan
        Returns the sampling of a first request, by name.

    Raises
    ------
    InputError
        If the folder cannot be made, is in use, or keeps checkpoints of another run, of more hops, of another version
        of the package, or of none that can be told; or one of its files is of another run, or no regular file.
    """
    if folder is None:
        yield Checkpoint(None, dataclasses.replace(request.run(), sampling=dict(plan())), {})
        return
    from interfacekit.transport.runs.checkpoint import opened

    with opened(Path(folder), request, plan) as kept:
        yield kept
