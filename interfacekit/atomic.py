"""Writing a file as a whole or not at all, and locks that end with their process."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from interfacekit.errors import ComputationError, InputError
from interfacekit.wording import one_line

try:
    import fcntl

    HAS_LOCKS = True
except ImportError:  # not a POSIX system
    HAS_LOCKS = False

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Start of the names of temporary files.
PREFIX = ".interfacekit-"
#: With the random part; then comes the suffix of the file, or that of its guard.
_NAME_LENGTH = len(PREFIX) + 32
_GUARD = "-lock"
#: Age in seconds from which temporary files count as abandoned where files cannot be locked.
_ABANDONED_s = 86400.0


@contextmanager
def replacing(path: Path, *, sync_folder: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path` (same suffix) that replaces it when the block ends without an error.

    The content is on disk before it replaces the old file, so that a power failure leaves one or the other.

    Parameters
    ----------
    path
        The file.
    sync_folder
        Sync the folder, so that the new name is on disk at the end; takes about twice the time of the file.

    Raises
    ------
    InputError
        If the directory cannot be written to, or `path` is something other than a regular file.
    ComputationError
        If the file cannot be written to its end, as on a full disk.
    """
    target = _replaceable(path)
    with _temporary(target, path) as temporary:
        try:
            yield temporary
            _sync(temporary, os.O_RDWR)
            temporary.replace(target)
        except OSError as error:
            kept = "; the file that was there is kept" if target.exists() else ""
            raise ComputationError(f"cannot write {path}: {error.strerror or one_line(error)}{kept}") from None
    if sync_folder:
        with suppress(OSError):  # not every platform opens a folder
            _sync(target.parent, os.O_RDONLY)


def no_folder(path: Path) -> str | None:
    """Why a path is no folder and cannot become one, in a clause; None where nothing is in its way."""
    for place in (path, *path.parents):
        if place.is_dir():
            return None
        if place.exists():
            return f"{place} is a file"
        if place.is_symlink():
            return f"{place} is a link to {place.readlink()}, which is not there"
    return None


def make_folder(path: Path, purpose: str) -> None:
    """Make a folder where there is none.

    Parameters
    ----------
    path
        The folder; those above it are made too.
    purpose
        Purpose in messages, as in "cannot keep records".

    Raises
    ------
    InputError
        If it cannot be made.
    """
    why = no_folder(path)
    if why is None:
        try:
            path.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:  # ValueError: a null character
            why = error.strerror if isinstance(error, OSError) else str(error)
    if why is not None:
        raise InputError(f"cannot {purpose} in {str(path)!r}: {why}; name another folder")


def require_writable(path: Path) -> None:
    """Raise `InputError` if a file could not be written at `path`; remove temporary files that were left beside it."""
    target = _replaceable(path)
    if not target.parent.is_dir():
        raise InputError(f"cannot write {path}: there is no directory {path.parent}; make it first")
    remove_abandoned(target.parent)
    with _temporary(target, path):
        pass


def remove_abandoned(folder: Path) -> None:
    """Remove temporary files of processes that were killed while they wrote; those of live processes stay."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(PREFIX) and entry.is_file(follow_symlinks=False):
                path = Path(entry.path)
                with suppress(OSError):  # that of another user
                    if _is_abandoned(_guard_of(path)):
                        path.unlink(missing_ok=True)


def lock(descriptor: int) -> bool | None:
    """Lock an open file until it is closed or its process ends; return whether it was free.

    None where files cannot be locked: on some network file systems, and where there is no `flock`.
    """
    if not HAS_LOCKS:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def unlock(descriptor: int) -> None:
    """Release a lock, also from copies of the descriptor in child processes."""
    if HAS_LOCKS:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def _temporary(target: Path, path: Path) -> Iterator[Path]:
    """Make an empty file beside `target`, which is removed in the end, unless it has another name by then.

    A locked file beside it shows other processes that its writer lives. The file itself is not locked: HDF5 locks the
    files that it writes.
    """
    try:
        temporary, descriptor = _created(target)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)
        os.close(descriptor)
        _guard_of(temporary).unlink(missing_ok=True)


def _created(target: Path) -> tuple[Path, int]:
    """Return a new file beside `target`, and the descriptor of its guard."""
    while True:
        temporary = target.parent / f"{PREFIX}{uuid.uuid4().hex}{target.suffix}"
        descriptor = os.open(_guard_of(temporary), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        # Before it is locked, another process may take it for abandoned.
        if lock(descriptor) is not False and _guard_of(temporary).exists():
            break
        os.close(descriptor)
    try:
        # Unlike tempfile, whose files are private: results get the permissions that any new file would have.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError:
        os.close(descriptor)
        _guard_of(temporary).unlink(missing_ok=True)
        raise
    return temporary, descriptor


def _guard_of(temporary: Path) -> Path:
    """File that is locked as long as the writer of a temporary file lives."""
    return temporary.with_name(f"{temporary.name[:_NAME_LENGTH]}{_GUARD}")


def _is_abandoned(guard: Path) -> bool:
    """Return True if no live process holds a guard."""
    try:
        descriptor = os.open(guard, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        free = lock(descriptor)
        return time.time() - os.fstat(descriptor).st_mtime > _ABANDONED_s if free is None else free
    finally:
        os.close(descriptor)


def _sync(path: Path, flags: int) -> None:
    """Have the system write what it holds of a file or folder to the disk."""
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_same_file(one: Path, other: Path) -> bool:
    """Return True if two paths are one file: links and folders are followed, case counts where it does there.

    Hard links of a file are different files here: what replaces one leaves the other as it is.
    """
    try:
        first, second = one.resolve(), other.resolve()
        if first.name.casefold() != second.name.casefold() or not first.parent.samefile(second.parent):
            return False
        return first.name == second.name or _ignores_case(first.parent)
    except (OSError, RuntimeError, ValueError):  # there is no such folder, or nothing can be written to it
        return False


def _ignores_case(folder: Path) -> bool:
    """Return True if the file system of a folder ignores the case of names."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=PREFIX) as probe:
        path = Path(probe.name)
        return path.with_name(path.name.swapcase()).exists()


def _replaceable(path: Path) -> Path:
    """Return what a link points to (the link stays one), and refuse what a file must not take the place of."""
    try:
        target = path.resolve()
        exists, is_file, is_directory = target.exists(), target.is_file(), target.is_dir()
    except (OSError, RuntimeError, ValueError) as error:  # no permission, a name too long, a loop of links
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot write {str(path)!r}: {reason}") from None
    if target.is_symlink():  # Python 3.13 gives a loop of links back as it is
        raise InputError(f"cannot write {path}: it is a loop of links; name a file")
    if exists and not is_file:  # a device such as /dev/null must not become a file
        what = "a directory" if is_directory else "not a regular file"
        raise InputError(f"cannot write {path}: it is {what}; name a file")
    return target
