"""Values, names and errors as messages write them."""

import errno
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.errors import InputError
from interfacekit.wording import as_written, legible, not_written, one_line, shown, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("LCO", "LCO"),
        ("é Ω 界 ±", "é Ω 界 ±"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\nb\tc\x7f\x9b", r"a\nb\tc\x7f\x9b"),
        ("LCO\u202eOPL", r"LCO\u202eOPL"),
        ("\udcff.cif", r"\xff.cif"),
        ("[bold]x[/]", "[bold]x[/]"),
    ],
)
def test_control_characters_are_escaped_and_others_kept(text, shown):
    assert visible(text) == shown


@given(st.text())
def test_what_is_visible_stays_so_on_one_line(text):
    shown = visible(text)
    assert visible(shown) == shown
    assert len(shown.splitlines()) <= 1


@given(st.text(max_size=300))
def test_what_is_shown_is_short_and_in_one_line(text):
    assert legible(text).isprintable()
    assert len(legible(text)) <= 83
    if text.isprintable() and len(text) <= 80:
        assert legible(text) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("LCO", "'LCO'"),
        (0.1 + 0.2, "0.3"),
        (2.0, "2"),
        ([1, 2], "[1, 2]"),
        ("a\nb", "'a\\nb'"),
        ("x" * 60, f"'{'x' * 39}..."),
        (10**60, "a whole number of more than 59 digits"),
    ],
)
def test_a_value_is_short_and_in_one_line(value, text):
    assert shown(value) == text


def test_a_whole_number_that_is_none_is_written_as_it_is():
    assert (as_written(2.0), as_written(2), as_written(2.5)) == ("2.0", "2", "2.5")


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InputError("there is\nno candidate"), "x.csv was not written: there is no candidate"),
        (InputError("cannot write x.csv: it is a directory"), "cannot write x.csv: it is a directory"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "x.csv was not written: No space left on device"),
        (ValueError("odd\nlines"), "x.csv was not written: ValueError: odd lines"),
    ],
)
def test_a_file_that_was_not_written_has_one_line(error, line):
    assert not_written("x.csv", error) == line


def test_an_error_without_a_message_is_its_type():
    assert one_line(KeyboardInterrupt()) == "KeyboardInterrupt"
