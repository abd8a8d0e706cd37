"""Checkpoints: replicas on disk, the run that they belong to, and its continuation to more hops.

A folder holds `run.json` and one file for each replica. Each of them names the run (a hash of all that determines the
trajectories), the sampling that its first request has fixed, and the hops that are wanted now. To ask for more hops
continues the trajectories with the same sampling.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import logging
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.atomic import lock, remove_abandoned, replacing, unlock
from interfacekit.checksums import PLACEHOLDER, Damaged, verify, with_checksum
from interfacekit.errors import InputError, InputWarning
from interfacekit.store import package_version
from interfacekit.transport.replica_files import ReplicaFile, Run, read_replica

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: A run may be continued to at most so many times the hops of its first request, which has fixed the sampling.
LARGEST_EXTENSION = 100.0
_RUN, _LOCK = "run.json", "run.lock"
_RESUME = logging.getLogger("interfacekit.resume")


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
    """

    folder: Path | None
    run: Run
    samples: Mapping[int, int]

    def file(self, number: int) -> ReplicaFile | None:
        """Return the file of a replica."""
        if self.folder is None:
            return None
        return ReplicaFile(_replica_path(self.folder, number), self.run, number, number in self.samples)

    def announce(self, replicas: int, samples: int) -> None:
        """Log from where a run of so many replicas with so many samples each goes on."""
        if self.samples:
            finished = sum(taken >= samples for taken in self.samples.values())
            share = sum(self.samples.values()) / (replicas * samples)
            _RESUME.info(
                "resuming from %s: %d of %d replicas finished, %.0f %% of the hops",
                self.folder,
                finished,
                replicas,
                100 * share,
            )


@contextmanager
def checkpoint(
    folder: str | Path | None, *course: Any, hops: float, plan: Callable[[], Mapping[str, float]]
) -> Iterator[Checkpoint]:
    """Open a folder of checkpoints, for one process at a time.

    Parameters
    ----------
    folder
        Made where there is none. None keeps nothing.
    *course
        All that determines the trajectories: dataclasses, arrays, lists, dicts and plain values.
    hops
        That are wanted: as many as in an earlier request, or more.
    plan
        Returns the sampling of a first request, by name.

    Raises
    ------
    InputError
        If the folder cannot be made, is in use, or keeps checkpoints of another run, of more hops, of another version
        of the package, or of none that can be told.
    """
    fresh = Run(package_version(), _fingerprint(course), float(hops), {}, float(hops))
    if folder is None:
        yield Checkpoint(None, dataclasses.replace(fresh, sampling=dict(plan())), {})
        return
    folder = Path(folder)
    if _is_new(folder):
        # Before anything is made: it may not be possible.
        fresh = dataclasses.replace(fresh, sampling=dict(plan()))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:  # ValueError: a null character
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot keep checkpoints in {str(folder)!r}: {reason}") from None
    with _alone(folder):
        remove_abandoned(folder)
        before = _kept_run(folder)
        if before is None:
            run = fresh if fresh.sampling else dataclasses.replace(fresh, sampling=dict(plan()))
        else:
            _require_same(folder, before, fresh)
            run = dataclasses.replace(before, hops=fresh.hops)
        samples = _intact(folder, run)
        _write_run(folder / _RUN, run)
        yield Checkpoint(folder, run, samples)


def _is_new(folder: Path) -> bool:
    """Whether a folder has no checkpoints, or cannot be read, which shows when it is opened."""
    try:
        return not ((folder / _RUN).exists() or _replica_files(folder))
    except (OSError, ValueError):
        return True


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Refuse a folder that another run uses; its lock ends with its process. A refused folder is left as it was."""
    path = folder / _LOCK
    is_new = not path.exists()
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o666)
    except OSError as error:
        raise InputError(f"cannot keep checkpoints in {folder}: {error.strerror}") from None
    try:
        # A file that is no longer there was that of a refused run, which has just removed it.
        if lock(descriptor) is False or not path.exists() or not os.path.samestat(os.fstat(descriptor), path.stat()):
            raise InputError(f"{folder} is in use by another run; wait until it ends, or name another directory")
        try:
            yield
        except InputError:
            if is_new:
                path.unlink(missing_ok=True)
            raise
    finally:
        unlock(descriptor)
        os.close(descriptor)


def _kept_run(folder: Path) -> Run | None:
    """Return the run that a folder belongs to, or None where it is empty."""
    path = folder / _RUN
    try:
        with path.open("rb") as file:
            verify(file, path)
            about = json.load(file)
            about.pop("checksum")
            return Run(**about)
    except FileNotFoundError:
        if _replica_files(folder):
            raise InputError(
                f"{folder} has replicas, but no {_RUN} that names their run; remove them, or name another directory"
            ) from None
        return None
    except (Damaged, ValueError, TypeError, AttributeError, KeyError) as reason:
        if isinstance(reason, InputError):
            raise
        told = str(reason) if isinstance(reason, Damaged) else "it is no run"
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    warnings.warn(f"{path} is damaged ({told}); it is written anew", InputWarning, stacklevel=2)
    # Replicas name their run as well.
    runs = [found[0] for found in map(read_replica, _replica_files(folder)) if isinstance(found, tuple)]
    return max(runs, key=lambda run: run.hops, default=None)


def _require_same(folder: Path, before: Run, asked: Run) -> None:
    """Refuse to go on from another run, or from more hops than are asked for."""
    if before.version != asked.version:
        raise InputError(
            f"{folder} keeps checkpoints of interfacekit {before.version}, not {asked.version}; "
            "name another directory, or remove it"
        )
    if before.fingerprint != asked.fingerprint:
        raise InputError(f"{folder} keeps checkpoints of another run; name another directory, or remove it")
    if before.hops > asked.hops:
        raise InputError(
            f"{folder} keeps a run of {before.hops:.10g} hops, more than {asked.hops:.10g}; give {before.hops:.10g} or "
            "more, or name another directory"
        )
    if asked.hops > LARGEST_EXTENSION * before.first_hops:
        raise InputError(
            f"{folder} keeps a run whose windows were planned for {before.first_hops:.10g} hops; give at most "
            f"{LARGEST_EXTENSION * before.first_hops:.10g}, or name another directory"
        )


def _intact(folder: Path, run: Run) -> dict[int, int]:
    """Samples of the intact replicas of a run, by their numbers; warn of the others."""
    samples: dict[int, int] = {}
    damaged: list[str] = []
    for path in _replica_files(folder):
        found = read_replica(path)
        if isinstance(found, str):
            damaged.append(f"{path.name}: {found}")
        elif not found[0].same_course(run) or path != _replica_path(folder, found[1]):
            damaged.append(f"{path.name}: it is of another run or replica")
        else:
            samples[found[1]] = found[2]
    if damaged:
        count = len(damaged)
        which = "1 replica is damaged and is" if count == 1 else f"{count} replicas are damaged and are"
        more = f" and {count - 1} more" if count > 1 else ""
        warnings.warn(f"in {folder} {which} run anew ({damaged[0]}{more})", InputWarning, stacklevel=4)
    return samples


def _write_run(path: Path, run: Run) -> None:
    content = json.dumps({**dataclasses.asdict(run), "checksum": PLACEHOLDER}) + "\n"
    with replacing(path) as temporary:
        temporary.write_bytes(with_checksum(content.encode()))


def _replica_path(folder: Path, number: int) -> Path:
    return folder / f"replica-{number}.npz"


def _replica_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("replica-*.npz"))


def _fingerprint(run: tuple[Any, ...]) -> str:
    """Hash of all that determines a run."""
    digest = hashlib.sha256()

    def add(value: Any) -> None:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            for field in dataclasses.fields(value):
                digest.update(field.name.encode())
                add(getattr(value, field.name))
        elif isinstance(value, np.ndarray):
            digest.update(f"{value.dtype}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
        elif isinstance(value, dict):
            add(sorted(value.items()))
        elif isinstance(value, list | tuple):
            digest.update(f"[{len(value)}".encode())
            for item in value:
                add(item)
        else:
            digest.update(f"{type(value).__name__}{value!r}".encode())

    for part in run:
        add(part)
    return digest.hexdigest()
