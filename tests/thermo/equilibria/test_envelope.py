import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.thermo.equilibria.envelope import upper_envelope

finite = st.floats(-10, 10, allow_nan=False)


@given(st.lists(st.tuples(finite, finite), min_size=1, max_size=12))
def test_upper_envelope_is_the_maximum_of_its_lines(lines):
    intercepts, slopes = np.array(lines).T
    envelope = upper_envelope(intercepts, slopes, 0.0, 1.0, 1e-9)
    assert envelope.kinks[0] == 0.0
    assert envelope.kinks[-1] == 1.0
    assert (np.diff(envelope.kinks) >= 0).all()
    assert (np.diff(envelope.slopes) > 0).all()
    at = np.linspace(0, 1, 101)
    piece = np.clip(np.searchsorted(envelope.kinks, at, side="right") - 1, 0, len(envelope.lines) - 1)
    ours = intercepts[envelope.lines[piece]] + envelope.slopes[piece] * at
    highest = (intercepts[:, None] + slopes[:, None] * at).max(axis=0)
    assert np.abs(ours - highest).max() < 1e-7


def test_upper_envelope_of_a_triangle_of_lines():
    envelope = upper_envelope(np.array([0.0, -1.0, 0.1]), np.array([-1.0, 2.0, -0.5]), 0.0, 1.0, 1e-9)
    assert envelope.lines.tolist() == [2, 1]
    assert envelope.kinks == pytest.approx([0.0, 1.1 / 2.5, 1.0])
