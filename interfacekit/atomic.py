"""Writing a file as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` (same suffix) that replaces it when the block ends without an error.

    Raises
    ------
    InputError
        If the directory cannot be written to, or `path` is something other than a regular file.
    """
    target = _replaceable(path)
    temporary = target.parent / f".{uuid.uuid4().hex}{target.suffix}"
    try:
        # Unlike tempfile, whose files are private: results get the permissions that any new file would have.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None
    try:
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def require_writable(path: Path) -> None:
    """Raise `InputError` if a file could not be written at `path`."""
    target = _replaceable(path)
    if not target.parent.is_dir():
        raise InputError(f"cannot write {path}: there is no directory {path.parent}; make it first")
    try:
        tempfile.NamedTemporaryFile(dir=target.parent).close()
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None


def is_same_file(one: Path, other: Path) -> bool:
    """Whether writing to two paths writes to one file: links and folders are followed, case counts where it does there.

    Hard links of a file are different files here: what replaces one leaves the other as it is.
    """
    try:
        first, second = one.resolve(), other.resolve()
        if first.name.casefold() != second.name.casefold() or not first.parent.samefile(second.parent):
            return False
    except (OSError, RuntimeError, ValueError):  # there is no such folder
        return False
    return first.name == second.name or _ignores_case(first.parent)


def _ignores_case(folder: Path) -> bool:
    """Whether the file system of a folder takes names that differ in case for one."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix="case") as probe:
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
