"""Text in the encoding of a terminal: in ASCII where that has no more."""

from __future__ import annotations

import codecs
import json
import re
import sys
import unicodedata

from interfacekit.wording import escaped

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
    return escaped(character)


codecs.register_error(ASCII_ERRORS, _asciified)
