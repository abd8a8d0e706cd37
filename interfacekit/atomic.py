"""Writing a file as a whole or not at all."""

from __future__ import annotations

import os
import tempfile
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from interfacekit.errors import ComputationError, InputError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path` (same suffix) that replaces it when the block ends without an error.

    Raises
    ------
    InputError
        If the directory cannot be written to, or `path` is something other than a regular file.
    ComputationError
        If the file cannot be written to its end, as on a full disk.
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
    except OSError as error:
        kept = "; the file that was there is kept" if target.exists() else ""
        raise ComputationError(f"cannot write {path}: {error.strerror or one_line(error)}{kept}") from None
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
