import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.text import encodable, encodable_json


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.547 ± 0.010", "0.547 +/- 0.010"),
        ("β\N{MINUS SIGN}Γ ──┼", "beta-Gamma --+"),
        ("90° Å µm …", "90 deg A um ..."),
        ("界", r"\u754c"),
    ],
)
def test_ascii_stands_for_what_an_encoding_lacks(text, shown):
    assert encodable(text, "ascii") == shown
    assert encodable(text, "utf-8") == text


def test_an_encoding_keeps_what_it_has():
    assert encodable("± Ω", "latin-1") == "± Ohm"


@given(st.text())
def test_json_in_ascii_has_the_same_content(text):
    document = json.dumps({"name": text}, ensure_ascii=False)
    assert json.loads(encodable_json(document, "ascii")) == {"name": text}
