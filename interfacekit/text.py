"""Text as a terminal can show it: control characters as escapes, and ASCII where its encoding has no more."""

from __future__ import annotations

import codecs
import json
import re
import sys
import unicodedata

#: Name of the error handler of `asciified`.
ASCII_ERRORS = "interfacekit.ascii"
_WORDS = {
    "\N{PLUS-MINUS SIGN}": "+/-",
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{EM DASH}": "-",
    "\N{BULLET}": "*",
    "\N{HORIZONTAL ELLIPSIS}": "...",
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{MIDDLE DOT}": "*",
    "\N{DEGREE SIGN}": " deg",
    "\N{ANGSTROM SIGN}": "A",
    "\N{LATIN CAPITAL LETTER A WITH RING ABOVE}": "A",
    "\N{GREEK CAPITAL LETTER OMEGA}": "Ohm",
    "\N{OHM SIGN}": "Ohm",
    "\N{MICRO SIGN}": "u",
    "\N{GREEK SMALL LETTER MU}": "u",
    "\N{SUPERSCRIPT TWO}": "2",
    "\N{SUPERSCRIPT THREE}": "3",
    "\N{NO-BREAK SPACE}": " ",
    "\N{RIGHTWARDS ARROW}": "->",
    "\N{LESS-THAN OR EQUAL TO}": "<=",
    "\N{GREATER-THAN OR EQUAL TO}": ">=",
}
#: Categories of Unicode that move the cursor, change the direction of text or have no glyph.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
#: Marks a place in a word where it may be hyphenated.
SOFT_HYPHEN = "\N{SOFT HYPHEN}"


def visible(text: str) -> str:
    r"""Write control characters as escapes, so that no name moves the cursor or colours the screen.

    Parameters
    ----------
    text
        Text that a user may have written: names of phases, models and files.

    Returns
    -------
    str
        The same text, where ESC is `\x1b`, a line break `\n` and a reversal of direction `\u202e`.

    Examples
    --------
    >>> print(visible("LCO\x1b[31m"))
    LCO\x1b[31m
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _INVISIBLE and c != SOFT_HYPHEN else c for c in text)


def encodable(text: str, encoding: str) -> str:
    """Write the characters that an encoding lacks in ASCII.

    Parameters
    ----------
    text
        Text of any characters.
    encoding
        Encoding of the stream that prints it, such as `ascii`.

    Returns
    -------
    str
        The same text where the encoding has all of it.

    Examples
    --------
    >>> encodable("0.547 ± 0.010 Ω", "ascii")
    '0.547 +/- 0.010 Ohm'
    """
    if text.isascii():
        return text
    return text.encode(encoding, ASCII_ERRORS).decode(encoding)


def encodable_json(document: str, encoding: str | None) -> str:
    """Write the characters of a JSON document that an encoding lacks as its escapes.

    Parameters
    ----------
    document
        Valid JSON.
    encoding
        Encoding of the stream that prints it.

    Returns
    -------
    str
        The same document where the encoding has all of it, otherwise one of ASCII alone with the same content.
    """
    try:
        document.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return re.sub(r"[^\x00-\x7f]", lambda character: json.dumps(character[0])[1:-1], document)
    return document


def print_any_text() -> None:
    """Let stdout and stderr print every character, in ASCII where their encoding has no other."""
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors=ASCII_ERRORS)


def _escape(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte of a file's name that is no text
        return f"\\x{ord(character) - 0xDC00:02x}"
    return (
        character.encode("unicode_escape").decode("ascii")
        if not character.isascii() or character < " "
        else (f"\\x{ord(character):02x}")
    )


def _asciified(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace what cannot be encoded: box lines, Greek letters and signs by ASCII, the rest by escapes."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(character: str) -> str:
    if character in _WORDS:
        return _WORDS[character]
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        return "+" if " AND " in name else {"HORIZONTAL": "-", "VERTICAL": "|"}.get(name.split()[-1], "+")
    if name.startswith("GREEK") and "LETTER" in name:
        letter = name.split("LETTER ")[1].split()[0].lower()
        return letter.capitalize() if "CAPITAL" in name else letter
    return _escape(character)


codecs.register_error(ASCII_ERRORS, _asciified)
