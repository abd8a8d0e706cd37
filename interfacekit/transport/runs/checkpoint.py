"""Checkpoints: replicas on disk, the run that they belong to, and its continuation to more hops.

A folder holds `run.json` and one file for each replica. Each of them names the run (a hash of all that determines the
trajectories), the sampling that its first request has fixed, and the hops that are wanted now. To ask for more hops
continues the trajectories with the same sampling.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import logging
import math
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.atomic import lock, make_folder, no_folder, remove_abandoned, replacing, unlock
from interfacekit.checksums import PLACEHOLDER, Damaged, verify, warn_of_damaged, with_checksum
from interfacekit.documents import parse_json, read_kept, require_kept
from interfacekit.errors import InputError, InputWarning
from interfacekit.numerals import number_of
from interfacekit.transport.runs.replica_files import ReplicaFile, Run, is_of_another_run, read_replica, run_of
from interfacekit.versions import package_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: A run may be continued to at most so many times the hops of its first request, which has fixed the sampling.
LARGEST_EXTENSION = 100.0
_RUN, _LOCK = "run.json", "run.lock"
MOST_RUN_MiB = 1
_PURPOSE = "keep checkpoints"
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
    extends
        Hops of the request before, where this one is for more; None otherwise.
    """

    folder: Path | None
    run: Run
    samples: Mapping[int, int]
    extends: float | None = None

    def file(self, number: int) -> ReplicaFile | None:
        """Return the file of a replica."""
        if self.folder is None:
            return None
        return ReplicaFile(_replica_path(self.folder, number), self.run, number, number in self.samples)

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
        return Run(package_version(), _fingerprint(self.course), float(self.hops), {}, float(self.hops))


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
    if folder is None:
        return
    folder = Path(folder)
    why = no_folder(folder)
    if why is not None:
        raise InputError(f"cannot {_PURPOSE} in {str(folder)!r}: {why}; name another folder")
    if not folder.is_dir():
        return
    before, _ = _kept_run(folder)
    if before is not None:
        _require_same(folder, before, request.run())
        for path in _replica_files(folder):
            if is_of_another_run(path, before):
                raise _of_another_run(path)


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
    fresh = request.run()
    if folder is None:
        yield Checkpoint(None, dataclasses.replace(fresh, sampling=dict(plan())), {})
        return
    folder = Path(folder)
    if _is_new(folder):
        # Before anything is made: it may not be possible.
        fresh = dataclasses.replace(fresh, sampling=dict(plan()))
    make_folder(folder, _PURPOSE)
    with _alone(folder):
        remove_abandoned(folder)
        before, damage = _kept_run(folder)
        if before is None:
            run = fresh if fresh.sampling else dataclasses.replace(fresh, sampling=dict(plan()))
        else:
            _require_same(folder, before, fresh)
            run = dataclasses.replace(before, hops=fresh.hops)
        samples = _intact(folder, run, request.replicas)
        if damage:
            warnings.warn(f"{folder / _RUN} is damaged ({damage}); it is written anew", InputWarning, stacklevel=3)
        _write_run(folder / _RUN, run)
        is_extended = before is not None and before.hops < run.hops
        yield Checkpoint(folder, run, samples, before.hops if before is not None and is_extended else None)


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
    require_kept([path], MOST_RUN_MiB)
    try:
        # A link to nothing would make a file elsewhere.
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o666)
    except OSError as error:
        raise InputError(f"cannot {_PURPOSE} in {str(folder)!r}: {error.strerror} ({_LOCK})") from None
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


def _kept_run(folder: Path) -> tuple[Run | None, str]:
    """Return the run that a folder belongs to, or None where it is empty; and why its file cannot be used, if so."""
    path = folder / _RUN
    try:
        content = read_kept(path, MOST_RUN_MiB)
    except FileNotFoundError:
        if _replica_files(folder):
            raise InputError(
                f"{folder} has replicas, but no {_RUN} that names their run; remove them, or name another directory"
            ) from None
        return None, ""
    try:
        verify(io.BytesIO(content), path)
        return _named_run(content), ""
    except Damaged as reason:
        damage = str(reason)
    # Replicas name their run as well.
    runs = [found.run for found in map(read_replica, _replica_files(folder)) if not isinstance(found, str)]
    return max(runs, key=lambda run: run.hops, default=None), damage


def _named_run(content: bytes) -> Run:
    """Return the run that an intact `run.json` names; raise `Damaged` if it names none."""
    try:
        about = parse_json(content.decode(), _RUN)
        about.pop("checksum")
    except (ValueError, TypeError, AttributeError, KeyError):
        raise Damaged("it is no run") from None
    return run_of(about)


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


def _intact(folder: Path, run: Run, replicas: int) -> dict[int, int]:
    """Samples of the intact replicas of a run, by their numbers; warn of those that are wanted and damaged.

    Raises
    ------
    InputError
        If a file is an intact replica of another run, or of another number: it would be lost.
    """
    samples: dict[int, int] = {}
    damaged: list[str] = []
    wanted = {_replica_path(folder, number) for number in range(replicas)}
    for path in _replica_files(folder):
        found = read_replica(path)
        if isinstance(found, str):
            damaged += [f"{path.name}: {found}"] if path in wanted else []
        elif not found.run.same_course(run):
            raise _of_another_run(path)
        elif path in wanted:
            if path != _replica_path(folder, found.number):
                raise InputError(f"{path} is replica {found.number} of its run under another name; rename or remove it")
            samples[found.number] = found.samples
    warn_of_damaged(folder, "replica", ("is run anew", "are run anew"), damaged, stacklevel=5)
    return samples


def _of_another_run(path: Path) -> InputError:
    return InputError(f"{path} is a checkpoint of another run; move it elsewhere, or name another directory")


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
