"""Checkpoints: replicas on disk, the run that they belong to, and its continuation to more hops.

A folder holds `run.json` and one file for each replica. Each of them names the run (a hash of all that determines the
trajectories), the sampling that its first request has fixed, and the hops that are wanted now. To ask for more hops
continues the trajectories with the same sampling.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING

from interfacekit.atomic import lock, make_folder, no_folder, remove_abandoned, replacing, unlock
from interfacekit.checksums import PLACEHOLDER, Damaged, verify, warn_of_damaged, with_checksum
from interfacekit.documents import parse_json, read_kept, require_kept
from interfacekit.errors import InputError, InputWarning
from interfacekit.transport.runs.replica_files import (
    is_of_another_run,
    read_replica,
    replica_file,
    replica_path,
    run_of,
)
from interfacekit.transport.runs.request import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from interfacekit.transport.runs.replica_files import ReplicaFile
    from interfacekit.transport.runs.request import Request, Run

#: A run may be continued to at most so many times the hops of its first request, which has fixed the sampling.
LARGEST_EXTENSION = 100.0
_RUN, _LOCK = "run.json", "run.lock"
MOST_RUN_MiB = 1
_PURPOSE = "keep checkpoints"


def require_fitting(folder: Path, request: Request) -> None:
    """Refuse a folder that a request could not go on from; see `transport.runs.resuming.require_same_run`."""
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
def opened(folder: Path, request: Request, plan: Callable[[], Mapping[str, float]]) -> Iterator[Checkpoint]:
    """Open a folder of checkpoints, for one process at a time; see `transport.runs.resuming.checkpoint`."""
    fresh = request.run()
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
            warnings.warn(f"{folder / _RUN} is damaged ({damage}); it is written anew", InputWarning, stacklevel=5)
        _write_run(folder / _RUN, run)
        is_extended = before is not None and before.hops < run.hops
        extends = before.hops if before is not None and is_extended else None

        def file(number: int) -> ReplicaFile:
            return replica_file(folder, run, number, kept=number in samples)

        yield Checkpoint(folder, run, samples, extends, file)


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
    wanted = {replica_path(folder, number) for number in range(replicas)}
    for path in _replica_files(folder):
        found = read_replica(path)
        if isinstance(found, str):
            damaged += [f"{path.name}: {found}"] if path in wanted else []
        elif not found.run.same_course(run):
            raise _of_another_run(path)
        elif path in wanted:
            if path != replica_path(folder, found.number):
                raise InputError(f"{path} is replica {found.number} of its run under another name; rename or remove it")
            samples[found.number] = found.samples
    warn_of_damaged(folder, "replica", ("is run anew", "are run anew"), damaged, stacklevel=7)
    return samples


def _of_another_run(path: Path) -> InputError:
    return InputError(f"{path} is a checkpoint of another run; move it elsewhere, or name another directory")


def _write_run(path: Path, run: Run) -> None:
    content = json.dumps({**dataclasses.asdict(run), "checksum": PLACEHOLDER}) + "\n"
    with replacing(path) as temporary:
        temporary.write_bytes(with_checksum(content.encode()))


def _replica_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("replica-*.npz"))
