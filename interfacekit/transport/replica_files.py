"""Files of replicas: the state of each, with the run that it belongs to and a checksum."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO
from zipfile import BadZipFile, ZipFile

import numpy as np

from interfacekit.atomic import replacing
from interfacekit.checksums import PLACEHOLDER, Damaged, add_checksum, verify
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from numpy.typing import NDArray


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
class ReplicaFile:
    """The file of one replica.

    Attributes
    ----------
    path
        The file.
    run, number
        What it belongs to.
    kept
        Whether it has an intact state to go on from.
    """

    path: Path
    run: Run
    number: int
    kept: bool = False

    def load(self, arrays: Mapping[str, NDArray[Any]], growing: Collection[str]) -> None:
        """Fill arrays with the state that was kept, if there is one.

        Parameters
        ----------
        arrays
            By name.
        growing
            Names of those that are longer where more hops are wanted; they are filled from their beginning.

        Raises
        ------
        InputError
            If the file cannot be read any more.
        """
        if not self.kept:
            return
        try:
            with self.path.open("rb") as file, np.load(file, allow_pickle=False) as state:
                stored = {name: state[name] for name in state.files}
        except (OSError, ValueError, EOFError, BadZipFile) as error:
            raise InputError(f"cannot read the checkpoint {self.path}: {error}; remove it to start anew") from None
        for name, array in arrays.items():
            if name not in stored or not _fits(stored[name], array, grows=name in growing):
                raise InputError(
                    f"the checkpoint {self.path} belongs to another run; remove it, or name another directory"
                )
        for name, array in arrays.items():
            array[: len(stored[name])] = stored[name]

    def save(self, arrays: Mapping[str, NDArray[Any]], samples: int) -> None:
        """Keep the state after so many samples."""
        about = {**dataclasses.asdict(self.run), "replica": self.number, "samples": samples, "checksum": PLACEHOLDER}
        with replacing(self.path) as temporary, temporary.open("w+b") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # names of arrays, not options
            with ZipFile(file, "a") as archive:
                archive.comment = json.dumps(about).encode()
            add_checksum(file)


def read_replica(path: Path) -> tuple[Run, int, int] | str:
    """Run, number and samples of a replica's file; or why it cannot be used."""
    try:
        with path.open("rb") as file:
            verify(file, path)
            return _about(file)
    except Damaged as reason:
        return str(reason)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None


def _about(file: BinaryIO) -> tuple[Run, int, int]:
    try:
        with ZipFile(file) as archive:
            about = json.loads(archive.comment)
        about.pop("checksum")
        number, samples = about.pop("replica"), about.pop("samples")
        return Run(**about), int(number), int(samples)
    except (BadZipFile, ValueError, TypeError, AttributeError, KeyError):
        raise Damaged("it is no replica") from None


def _fits(stored: NDArray[Any], array: NDArray[Any], *, grows: bool) -> bool:
    """Whether an array can take what was stored, or its beginning can if it grows."""
    same = stored.dtype == array.dtype and stored.ndim == array.ndim and stored.shape[1:] == array.shape[1:]
    return same and (len(stored) == len(array) or (grows and len(stored) < len(array)))
