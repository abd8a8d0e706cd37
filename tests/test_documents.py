"""Documents of users: regular files within limits, strict JSON, and one line for everything else."""

import gzip
import io
import json
import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.documents import (
    MOST_LEVELS,
    parse_json,
    read_bytes,
    require_shallow,
    text_of_bytes,
    unpacked,
)
from interfacekit.entries import load_entries
from interfacekit.errors import InputError
from interfacekit.structure import crystal, read_barriers


def refuse(message, function, *arguments, **options):
    with pytest.raises(InputError, match=message) as caught:
        function(*arguments, **options)
    text = str(caught.value)
    assert text.isprintable()
    assert len(text) < 400


@pytest.fixture
def odd(tmp_path):
    """Paths that are no regular files, by what they are."""
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "loop.json").symlink_to(tmp_path / "loop.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "null.json").symlink_to("/dev/null")
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(tmp_path / "socket.json"))
        yield tmp_path


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("pipe.json", r"it is a pipe \(FIFO\); write its content to a file"),
        ("socket.json", "it is a socket"),
        ("null.json", "it is a device"),
        ("zero.json", "it is a device"),
        ("folder.json", "Is a directory"),
        ("loop.json", "symbolic links"),
        ("absent.json", "No such file"),
        ("absent.json/x.json", "No such file"),
        (f"{'long' * 100}.json", "File name too long"),
        ("nu\0ll.json", "null"),
        ("half\udc80.json", "No such file"),
    ],
)
def test_what_is_no_regular_file_is_refused_without_waiting(odd, name, reason):
    path = odd / name
    refuse(reason, read_bytes, path, 1)
    refuse(reason, load_entries, path)
    refuse(reason, read_barriers, path)
    refuse("cannot read|there is no file", crystal, path)


def test_a_file_is_as_large_as_the_limit_and_no_larger(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(bytes(1 << 20))
    assert len(read_bytes(path, 1)) == 1 << 20
    path.write_bytes(bytes((1 << 20) + 1))
    refuse("large must have at most 1 MiB", read_bytes, path, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(tmp_path):
    path = tmp_path / "mine"
    path.touch(mode=0)
    refuse("Permission denied", read_bytes, path, 1)


def test_gzip_unpacks_to_the_limit_and_no_further():
    limit = bytes(1 << 20)
    assert unpacked(gzip.compress(limit), "x", 1) == limit
    assert unpacked(gzip.compress(b"a") + gzip.compress(b"b"), "x", 1) == b"ab"
    for bomb in (gzip.compress(limit + b"1"), gzip.compress(limit) * 1000):
        refuse("x must unpack to at most 1 MiB", unpacked, bomb, "x", 1)


@given(st.binary(max_size=20), st.booleans())
def test_any_bytes_are_text_or_refused(content, legacy):
    try:
        text = text_of_bytes(content, "x", legacy=legacy)
    except InputError as error:
        assert str(error).startswith("x ")  # noqa: PT017
    else:
        assert text.strip()
        assert "\0" not in text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "x is not strict JSON: 'c' is there twice"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "1e999 is beyond double precision"),
        ("9" * 5000, "a number has 5000 digits; write at most 100"),
        ("0." + "9" * 5000, "a number has 5002 digits"),
        ("[" * 100_000, "x must have at most 64 levels"),
        ('{"a":' * 200 + "1" + "}" * 200, "x must have at most 64 levels"),
        ('["\\ud800"]', "half a character"),
        ('{"a\\udfff": 1}', "half a character"),
        ('{"a": 1', "truncated or not JSON from line 1 on"),
        ("[1]\n[2]", "truncated or not JSON from line 2 on"),
        ("{'a': 1}", "truncated or not JSON"),
        (f'{{"{"k" * 9999}": 1, "{"k" * 9999}": 1}}', "k is there twice|k' is there twice"),
    ],
)
def test_json_is_strict(text, message):
    refuse(message, parse_json, text, "x")


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(10**90), 10**90)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=9,
    )
)
def test_what_json_writes_is_read(value):
    assert parse_json(json.dumps(value), "x") == value
    assert parse_json(json.dumps(value, ensure_ascii=False), "x") == value


def test_unknown_uncertainties_of_pymatgen_are_read_where_asked():
    assert str(parse_json("[NaN, -Infinity]", "x", constants=True)) == "[nan, -inf]"


def test_levels_are_counted_exactly():
    for levels in (MOST_LEVELS, MOST_LEVELS + 1):
        document = 1
        for level in range(levels):
            document = [document, 2] if level % 2 else {"a": document}
        if levels > MOST_LEVELS:
            refuse("x must have at most 64 levels", require_shallow, document, "x")
        else:
            require_shallow(document, "x")


def test_entries_within_a_gzip_bomb(tmp_path):
    path = tmp_path / "bomb.json.gz"
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        for _ in range(260):
            file.write(b" " * (1 << 20))
    path.write_bytes(packed.getvalue())
    assert path.stat().st_size < 3 << 20
    refuse("bomb.json.gz must unpack to at most 256 MiB", load_entries, path)
