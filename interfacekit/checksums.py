"""Format version and checksum in every file that a later run reads back.

Both stand in one mark within the file itself, `interfacekit/1 sha256:...`, near its beginning or its end. The checksum
is the SHA-256 of all bytes of the file with zeros in its own place, and is verified before anything is parsed.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import warnings
from typing import TYPE_CHECKING, BinaryIO

from interfacekit.errors import InputError, InputWarning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: Of the files that this version writes.
FORMAT = 1
_ZEROS = "0" * 64
#: The mark before the checksum is known.
PLACEHOLDER = f"interfacekit/{FORMAT} sha256:{_ZEROS}"
_MARK = re.compile(rb"interfacekit/(\d{1,6}) sha256:([0-9a-f]{64})")
#: Bytes at the beginning and at the end of a file among which the mark is.
_SEARCHED = 4096
_CHUNK = 1 << 20


class Damaged(Exception):  # noqa: N818  # a finding, which its user turns into a warning
    """Content that is not what was written: the message says why, in one clause."""


def warn_of_damaged(
    folder: Path, kind: str, consequence: tuple[str, str], damaged: Sequence[str], *, stacklevel: int = 3
) -> None:
    """Report damaged files of a folder, if there are any, by one `InputWarning` for all of them.

    Parameters
    ----------
    folder
        That has kept them.
    kind
        Kind of the files, in the singular, such as `record`.
    consequence
        Predicates of one file and of several, such as `counts as missing` and `count as missing`.
    damaged
        Name and fault of each.
    stacklevel
        Stack level of the warning, see `warnings.warn`.
    """
    if not damaged:
        return
    count = len(damaged)
    which = f"1 {kind} is damaged and {consequence[0]}"
    if count > 1:
        which = f"{count} {kind}s are damaged and {consequence[1]}"
    more = f" and {count - 1} more" if count > 1 else ""
    warnings.warn(f"in {folder} {which} ({damaged[0]}{more})", InputWarning, stacklevel=stacklevel)


def with_checksum(content: bytes) -> bytes:
    """Return the content of a file with the checksum in its mark.

    Parameters
    ----------
    content
        Has `PLACEHOLDER` near the beginning or the end.
    """
    file = io.BytesIO(content)
    add_checksum(file)
    return file.getvalue()


def add_checksum(file: BinaryIO) -> None:
    """Put the checksum of a file that can be read and written in the place of `PLACEHOLDER`."""
    _, start, _ = _mark(file)
    digest = _digest(file, start)
    file.seek(start)
    file.write(digest)


def verify(file: BinaryIO, path: Path) -> None:
    """Make sure that a file is what was written.

    Parameters
    ----------
    file
        Open for reading; it is at the beginning afterwards.
    path
        Named in the message of an error.

    Raises
    ------
    Damaged
        If it has no checksum, or another one.
    InputError
        If it is intact, but of a newer format than this version knows.
    """
    version, start, kept = _mark(file)
    if _digest(file, start) != kept:
        raise Damaged("its checksum does not match its content")
    if version > FORMAT:
        raise InputError(
            f"{path} has format {version}, but this version of interfacekit reads formats up to {FORMAT}; "
            "use the newer version that wrote it, or name another directory"
        )
    file.seek(0)


def _mark(file: BinaryIO) -> tuple[int, int, bytes]:
    """Format, place of the checksum, and the checksum."""
    size = file.seek(0, os.SEEK_END)
    if size == 0:
        raise Damaged("it is empty")
    for start in (0, max(0, size - _SEARCHED)):
        file.seek(start)
        found = _MARK.search(file.read(_SEARCHED))
        if found:
            return int(found[1]), start + found.start(2), found[2]
    raise Damaged("it has no checksum")


def _digest(file: BinaryIO, start: int) -> bytes:
    """SHA-256 in hex, with zeros in the place of the checksum, which begins at `start`."""
    digest = hashlib.sha256()
    file.seek(0)
    left = start
    while left and (chunk := file.read(min(left, _CHUNK))):
        digest.update(chunk)
        left -= len(chunk)
    digest.update(_ZEROS.encode())
    file.seek(start + len(_ZEROS))
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest().encode()
