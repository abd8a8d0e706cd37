"""Files of replicas: the state of each, with the run that it belongs to and a checksum."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import numpy as np

from interfacekit.atomic import replacing
from interfacekit.checksums import PLACEHOLDER, Damaged, add_checksum, verify
from interfacekit.documents import open_kept, parse_json
from interfacekit.errors import InputError
from interfacekit.numerals import number_of, whole_of
from interfacekit.quantities import HOPS
from interfacekit.transport.runs.request import Run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from numpy.typing import NDArray


#: Largest file; far above the memory of a replica.
MOST_REPLICA_MiB = 1 << 17


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
            with open_kept(self.path, MOST_REPLICA_MiB) as file, np.load(file, allow_pickle=False) as state:
                stored = {name: state[name] for name in state.files}
        except (OSError, ValueError, EOFError, MemoryError, BadZipFile) as error:
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


def replica_path(folder: Path, number: int) -> Path:
    """Path of the file of a replica."""
    return folder / f"replica-{number}.npz"


def replica_file(folder: Path, run: Run, number: int, *, kept: bool) -> ReplicaFile:
    """File of a replica in a folder of checkpoints."""
    return ReplicaFile(replica_path(folder, number), run, number, kept)


class About(NamedTuple):
    """Description of a replica in its own file."""

    run: Run
    number: int
    samples: int


def read_replica(path: Path) -> About | str:
    """Return the description in an intact file of a replica, or why it cannot be used."""
    try:
        with open_kept(path, MOST_REPLICA_MiB) as file:
            verify(file, path)
            return _about(file)
    except (Damaged, FileNotFoundError) as reason:
        return str(reason)


def is_of_another_run(path: Path, run: Run) -> bool:
    """Whether a file is an intact replica of another run; only one that says so is read as a whole."""
    try:
        with open_kept(path, MOST_REPLICA_MiB) as file:
            if _about(file).run.same_course(run):
                return False
            verify(file, path)
    except (Damaged, FileNotFoundError):
        return False
    return True


def run_of(about: Mapping[str, Any]) -> Run:
    """Return the run that a file names.

    Raises
    ------
    Damaged
        If it names none.
    """
    try:
        run = Run(**about)
        HOPS.check(run.hops)
        HOPS.check(run.first_hops)
        numbers = [number_of(value) for value in run.sampling.values()]
    except (TypeError, ValueError, AttributeError):
        raise Damaged("it is no run") from None
    if not (isinstance(run.version, str) and isinstance(run.fingerprint, str)) or None in numbers:
        raise Damaged("it is no run")
    return run


def _about(file: BinaryIO) -> About:
    try:
        with ZipFile(file) as archive:
            about = parse_json(archive.comment.decode(), "its comment")
            # As they are written: what is packed could be larger than memory.
            plain = all(member.compress_type == ZIP_STORED for member in archive.infolist())
        about.pop("checksum")
        number, samples = whole_of(about.pop("replica")), whole_of(about.pop("samples"))
    except (BadZipFile, ValueError, TypeError, AttributeError, KeyError):
        raise Damaged("it is no replica") from None
    if number is None or samples is None or not plain:
        raise Damaged("it is no replica")
    return About(run_of(about), number, samples)


def _fits(stored: NDArray[Any], array: NDArray[Any], *, grows: bool) -> bool:
    """Whether an array can take what was stored, or its beginning can if it grows."""
    same = stored.dtype == array.dtype and stored.ndim == array.ndim and stored.shape[1:] == array.shape[1:]
    return same and (len(stored) == len(array) or (grows and len(stored) < len(array)))
