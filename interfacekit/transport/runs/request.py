"""Runs that are asked for, the hash of all that determines them, and what is kept of them on disk."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.numerals import number_of
from interfacekit.versions import package_version

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_RESUME = logging.getLogger("interfacekit.resume")


@dataclass(frozen=True)
class Run:
    """A run, as all its files name it.

    Attributes
    ----------
    version
        Of the package.
    fingerprint
        Hash of all that determines the trajectories: not of the hops that are wanted.
    first_hops
        Of the first request.
    sampling
        What that request has fixed, by name.
    hops
        Wanted now, or when the file was written.
    """

    version: str
    fingerprint: str
    first_hops: float
    sampling: dict[str, float]
    hops: float

    @property
    def extension(self) -> float:
        """Hops that are wanted over those of the first request."""
        return self.hops / self.first_hops

    @property
    def origin(self) -> dict[str, Any]:
        """Hops of the first request for the provenance of a result, where they are not those of this one."""
        return {} if self.first_hops == self.hops else {"first_hops": self.first_hops}

    def same_course(self, other: Run) -> bool:
        """Whether trajectories and sampling are the same, however many hops are wanted."""
        return dataclasses.replace(self, hops=other.hops) == other


@dataclass(frozen=True)
class Request:
    """A run that is asked for.

    Attributes
    ----------
    course
        All that determines the trajectories: dataclasses, arrays, lists, dicts and plain values.
    hops
        That are wanted: as many as in an earlier request, or more.
    replicas
        Independent runs.
    """

    course: tuple[Any, ...]
    hops: float
    replicas: int

    def run(self) -> Run:
        """Return the run, whose sampling is still open."""
        return Run(package_version(), fingerprint(self.course), float(self.hops), {}, float(self.hops))


@dataclass(frozen=True)
class Checkpoint:
    """A folder of checkpoints while it is used, or none.

    Attributes
    ----------
    folder
        None where nothing is kept.
    run
        With the sampling of its first request.
    samples
        Taken by each replica that has an intact file, by its number.
    extends
        Hops of the request before, where this one is for more; None otherwise.
    file
        Returns the file of a replica (a `ReplicaFile`) by its number; None where nothing is kept.
    """

    folder: Path | None
    run: Run
    samples: Mapping[int, int]
    extends: float | None = None
    file: Callable[[int], Any] = lambda number: None  # noqa: ARG005

    def announce(self, replicas: int, samples: int) -> None:
        """Log from where a run of so many replicas with so many samples each goes on."""
        if self.samples or self.extends:
            extending = "" if self.extends is None else f"extending {self.extends:.10g} to {self.run.hops:.10g} hops, "
            finished = sum(taken >= samples for taken in self.samples.values())
            share = sum(self.samples.values()) / (replicas * samples)
            _RESUME.info(
                "resuming from %s: %s%d of %d replicas finished, %.0f %% of the hops",
                self.folder,
                extending,
                finished,
                replicas,
                100 * share,
            )


def fingerprint(run: tuple[Any, ...]) -> str:
    """Hash of all that determines a run."""
    digest = hashlib.sha256()

    def add(value: Any) -> None:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            for field in dataclasses.fields(value):
                digest.update(field.name.encode())
                add(getattr(value, field.name))
        elif isinstance(value, np.ndarray) and value.shape:
            digest.update(f"{value.dtype}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
        elif isinstance(value, dict):
            add(sorted(value.items()))
        elif isinstance(value, list | tuple):
            digest.update(f"[{len(value)}".encode())
            for item in value:
                add(item)
        else:
            digest.update(_plain(value).encode())

    for part in run:
        add(part)
    return digest.hexdigest()


def _plain(value: Any) -> str:
    """Text of a plain value; numbers that are equal have the same one, whichever type of Python or numpy they have."""
    number = number_of(value)
    if number is None:
        plain = value.item() if getattr(value, "shape", None) == () else value
        return f"{type(plain).__name__}{plain!r}"
    return (
        repr(int(number) if number == int(number) else float(number)) if math.isfinite(number) else repr(float(number))
    )
