"""Documents of users: bytes of a regular file, text and JSON, each within stated limits (CSV: `csv_documents`).

All files that come from outside pass through here: energies, configurations, crystals, tables of barriers, records of
stores and cached answers. A pipe or a device is refused before it is opened, since opening may block or act; no more
than the limit is read or unpacked; JSON is strict (RFC 8259 without duplicate names); and nothing is rebuilt by the
name of a class.
"""

from __future__ import annotations

import codecs
import errno
import gzip
import io
import json
import math
import os
import re
import stat
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO

from interfacekit.errors import InputError
from interfacekit.wording import legible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

#: Largest files, unpacked; MiB.
MOST_ENERGIES_MiB, MOST_CRYSTAL_MiB, MOST_CONFIGURATION_MiB, MOST_RECORD_MiB = 256, 8, 1, 256
#: Lists and mappings inside one another; results of this package have fewer than 20 levels.
MOST_LEVELS = 64
#: Of one number; seventeen digits determine a double.
MOST_DIGITS = 100

#: Longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: Share of zero bytes among the odd or even ones above which text is UTF-16 of mostly ASCII characters.
_MOSTLY = 0.7
#: Characters of the path of a file that has to be found and removed.
_LONGEST_PATH = 1000
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"PK\x03\x04": "zip", b"\xfd7zXZ": "xz"}
_KINDS = {
    stat.S_IFIFO: "a pipe (FIFO)",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}
#: The escape of half a character, in JSON.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_bytes(path: Path, most_MiB: int) -> bytes:
    """Read a regular file.

    Parameters
    ----------
    path
        Path of the file.
    most_MiB
        Largest size.

    Raises
    ------
    InputError
        If there is no such file, it is a directory, pipe, device or socket, cannot be read, or is larger.
    """
    try:
        with open_regular(path) as file:
            content = file.read((most_MiB << 20) + 1)
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        if isinstance(error, InputError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot read {legible(path)}: {reason}; name a file that can be read") from None
    if len(content) > most_MiB << 20:
        raise InputError(f"{legible(path.name)} must have at most {most_MiB} MiB; leave out what is not needed")
    return content


def open_regular(path: Path, right: str = "write its content to a file and name that") -> BinaryIO:
    """Open a regular file for reading, without waiting for what is none.

    Raises
    ------
    InputError
        If it is a pipe, device or socket; the message ends with what would be right.
    OSError
        If there is no such file, it is a directory, or it cannot be read.
    """
    _require_regular(path, os.stat(path), right)  # noqa: PTH116  # as of the descriptor below
    # Without waiting, should a pipe have taken its place in between.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    file = open(descriptor, "rb")  # noqa: PTH123, SIM115  # a descriptor, which the caller closes
    try:
        _require_regular(path, os.fstat(descriptor), right)
    except BaseException:
        file.close()
        raise
    return file


@contextmanager
def open_kept(path: Path, most_MiB: int) -> Iterator[BinaryIO]:
    """Open a file that an earlier run has kept, such as a record or a checkpoint.

    Parameters
    ----------
    path
        Path of the file.
    most_MiB
        Largest size.

    Raises
    ------
    InputError
        If it is no regular file, cannot be read, or is larger.
    FileNotFoundError
        If there is none.
    """
    right = "remove it, or name another folder"
    try:
        opened = open_regular(path, right)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise InputError(f"cannot read {legible(path, _LONGEST_PATH)}: {error.strerror}; {right}") from None
    with opened as file:
        size = os.fstat(file.fileno()).st_size
        if size > most_MiB << 20:
            raise InputError(
                f"{legible(path, _LONGEST_PATH)} must have at most {most_MiB} MiB, got {size >> 20}; {right}"
            )
        yield file


def read_kept(path: Path, most_MiB: int) -> bytes:
    """Read a file that an earlier run has kept; see `open_kept`."""
    with open_kept(path, most_MiB) as file:
        return file.read((most_MiB << 20) + 1)


def require_kept(paths: Iterable[Path], most_MiB: int) -> None:
    """Raise `InputError` at the first of several kept files that could not be opened; see `open_kept`."""
    for path in paths:
        with suppress(FileNotFoundError), open_kept(path, most_MiB):
            pass


def read_text(path: Path, most_MiB: int, *, legacy: bool = False) -> str:
    """Read a regular file of text; see `read_bytes` and `text_of_bytes`."""
    return text_of_bytes(read_bytes(path, most_MiB), legible(path.name), legacy=legacy)


def unpacked(content: bytes, name: str, most_MiB: int) -> bytes:
    """Unpack gzip, member by member and no further than the limit.

    Raises
    ------
    InputError
        If it is no gzip, breaks off, or unpacks to more than the limit.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
            plain = file.read((most_MiB << 20) + 1)
    except (OSError, EOFError, zlib.error):
        raise InputError(f"{name} is truncated or not a gzip file; write it again") from None
    if len(plain) > most_MiB << 20:
        raise InputError(f"{name} must unpack to at most {most_MiB} MiB; leave out what is not needed")
    return plain


def text_of_bytes(content: bytes, name: str, *, legacy: bool = False) -> str:
    """Decode text.

    A byte-order mark names its encoding. Without one, zero bytes at every other place are UTF-16, and all else is
    UTF-8.

    Parameters
    ----------
    content
        Content of the file.
    name
        For messages.
    legacy
        Take text that is not UTF-8 for Windows-1252, or Latin-1 where that has no such character: both agree with
        ASCII, in which numbers and symbols are written.

    Raises
    ------
    InputError
        If the content is compressed, empty, or no text.
    """
    packed = next((kind for mark, kind in _PACKED.items() if content.startswith(mark)), None)
    if packed:
        raise InputError(f"{name} is compressed ({packed}); unpack it first")
    try:
        text = _decoded(content, ("utf-8", "cp1252", "latin-1") if legacy else ("utf-8",))
    except UnicodeDecodeError as error:
        if error.encoding == "utf-8":
            raise InputError(f"{name} is damaged or not UTF-8 text; write it again") from None
        raise InputError(f"{name} breaks off within a character of its encoding; is it damaged?") from None
    if "\0" in text:
        raise InputError(f"{name} is a binary file, no text; is it damaged?")
    if not text.strip():
        raise InputError(f"{name} is empty; write it again")
    return text


def _decoded(content: bytes, encodings: Iterable[str]) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding)
    zeros, other_zeros = (content[first::2].count(0) > _MOSTLY * len(content) / 2 for first in (1, 0))
    if zeros != other_zeros:
        return content.decode("utf-16-le" if zeros else "utf-16-be")
    *tried, last = encodings
    for encoding in tried:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode(last)


def parse_json(text: str, name: str, *, constants: bool = False) -> Any:
    """Read strict JSON: plain lists, mappings, text and numbers.

    Parameters
    ----------
    text
        The document.
    name
        Name of its file, for messages.
    constants
        Read `NaN`, `Infinity` and `-Infinity`, which are not JSON, as such numbers: pymatgen writes unknown
        uncertainties so. Whoever uses a number has to make sure that it is finite.

    Raises
    ------
    InputError
        If it is no JSON, names something twice, has more than 100 digits in a number, one beyond double precision, or
        more than 64 levels.
    """
    try:
        document = json.loads(
            text,
            object_pairs_hook=_distinct,
            parse_int=_whole_number,
            parse_float=_number,
            parse_constant=float if constants else _refuse_constant,
        )
        if _SURROGATE.search(text):
            json.dumps(document, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise InputError(
            f"{name} is truncated or not JSON from line {error.lineno} on: {error.msg}; write it again"
        ) from None
    except RecursionError:
        raise InputError(f"{name} {_TOO_DEEP}") from None
    except UnicodeEncodeError:
        raise InputError(f"{name} has half a character (a lone surrogate) in its text; write it again") from None
    except ValueError as error:
        raise InputError(f"{name} is not strict JSON: {error}") from None
    require_shallow(document, name)
    return document


def require_shallow(document: Any, name: str) -> None:
    """Raise `InputError` where lists and mappings have more than 64 levels: what reads them goes down by recursion."""
    level = [document]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise InputError(f"{name} {_TOO_DEEP}")


_TOO_DEEP = f"must have at most {MOST_LEVELS} levels of lists and mappings inside one another"


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON; write a finite number or null")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = legible(repr(first_repeated(name for name, _ in pairs)))
        raise ValueError(f"{twice} is there twice in one mapping; keep one of them")
    return found


def first_repeated(names: Iterable[str]) -> str | None:
    """The first name that was there before; None where all differ."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def _whole_number(text: str) -> int:
    return int(_short(text))


def _number(text: str) -> float:
    number = float(_short(text))
    if math.isinf(number):
        raise ValueError(f"{text} is beyond double precision; write a finite number")
    return number


def _short(text: str) -> str:
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number has {len(text)} digits; write at most {MOST_DIGITS}")
    return text


def _require_regular(path: Path, status: os.stat_result, right: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        kind = _KINDS.get(stat.S_IFMT(status.st_mode), "no regular file")
        raise InputError(f"cannot read {legible(path, _LONGEST_PATH)}: it is {kind}; {right}")
