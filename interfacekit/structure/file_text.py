"""Text of a file in whatever encoding editors leave behind.

A byte-order mark names its encoding. Without one, zero bytes at every other place are UTF-16; text that is not UTF-8 is
Windows-1252, or Latin-1 where that has no such character: both agree with ASCII, in which numbers and symbols are
written. Typographic minus signs and spaces become those of ASCII, because readers of crystals drop the others, and a
coordinate would lose its sign.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from interfacekit.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

#: Longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"PK\x03\x04": "zip", b"\xfd7zXZ": "xz"}
#: Minus sign, hyphen, non-breaking hyphen, figure dash, en dash; spaces of other widths, and none.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        "\u200b": "",
        "\ufeff": "",
    }
)
#: Share of zero bytes among the odd or even ones above which text is UTF-16 of mostly ASCII characters.
_MOSTLY = 0.7


def text_of(path: Path) -> str:
    r"""Read a text file, with lines that end in `\n`.

    Parameters
    ----------
    path
        A file in UTF-8, UTF-16, UTF-32, Windows-1252 or Latin-1.

    Raises
    ------
    InputError
        If the file cannot be opened, is compressed, or holds no text.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path.name}: {error.strerror}; name a file that can be read") from None
    packed = next((kind for mark, kind in _PACKED.items() if content.startswith(mark)), None)
    if packed:
        raise InputError(f"{path.name} is compressed ({packed}); unpack it first")
    try:
        text = _decoded(content)
    except UnicodeDecodeError:
        raise InputError(f"{path.name} breaks off within a character of its encoding; is it damaged?") from None
    if "\0" in text:
        raise InputError(f"{path.name} is a binary file, no text; is it damaged?")
    if not text.strip():
        raise InputError(f"{path.name} is empty; give a file with a crystal")
    return text.translate(_PLAIN).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding)
    if content and content[1::2].count(0) > _MOSTLY * len(content) / 2:
        return content.decode("utf-16-le")
    if content and content[0::2].count(0) > _MOSTLY * len(content) / 2:
        return content.decode("utf-16-be")
    for encoding in ("utf-8", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


def unreadable(origin: str, cause: str) -> InputError:
    """Error of a file without a crystal that can be read, by its name and the cause."""
    return InputError(f"{origin} cannot be read as a crystal: {cause}")
