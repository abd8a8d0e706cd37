"""Fingerprints of runs."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.transport.runs.request import fingerprint


@given(
    st.one_of(st.integers(-(2**60), 2**60), st.floats(allow_nan=False), st.booleans(), st.text(), st.none()),
    st.one_of(st.integers(-9, 9), st.floats(-9, 9), st.booleans()),
)
def test_a_fingerprint_tells_values_apart_and_not_their_types(one, other):
    same = one == other and isinstance(one, bool) == isinstance(other, bool)
    assert (fingerprint((one,)) == fingerprint((other,))) == same
    assert fingerprint((np.asarray(other),)) == fingerprint((other,))
