"""Text of a crystal's file in whatever encoding editors leave behind.

Typographic minus signs and spaces become those of ASCII, because readers of crystals drop the others, and a coordinate
would lose its sign.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.documents import MOST_CRYSTAL_MiB, read_text

if TYPE_CHECKING:
    from pathlib import Path

#: Minus sign, hyphen, non-breaking hyphen, figure dash, en dash; spaces of other widths, and none.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2010\u2011\u2012\u2013", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f", " "),
        "\u200b": "",
        "\ufeff": "",
    }
)


def text_of(path: Path) -> str:
    r"""Read a text file, with lines that end in `\n`.

    Parameters
    ----------
    path
        A file in UTF-8, UTF-16, UTF-32, Windows-1252 or Latin-1.

    Raises
    ------
    InputError
        If the file cannot be opened, is too large, is compressed, or holds no text.
    """
    text = read_text(path, MOST_CRYSTAL_MiB, legacy=True)
    return text.translate(_PLAIN).replace("\r\n", "\n").replace("\r", "\n")
