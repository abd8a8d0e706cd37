"""Resistances and potential drops of a stack, divided among its layers and contacts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.parts import contact_names, drop_ends, resistance_parts, unique_names
from interfacekit.transport.stacks.stack import Stack
from tests.transport.example_stacks import film, stacks

T = 298.15


def test_names_that_come_again_are_numbered():
    assert unique_names(["LCO", "LNO", "LCO", "LCO"]) == ("LCO", "LNO", "LCO (2)", "LCO (3)")
    assert contact_names(["LCO", "LNO", "LCO", "LNO"]) == ("LCO|LNO", "LNO|LCO", "LCO|LNO (2)")


@settings(max_examples=40, deadline=None)
@given(stack=stacks(), seed=st.integers(0, 2**32))
def test_parts_of_a_resistance_add_up(stack, seed):
    planes = stack.planes(T, 4.0)
    gaps = np.random.default_rng(seed).random(planes.count + 1)
    parts = resistance_parts(planes)
    values = parts.weights @ gaps - parts.baseline
    assert values.sum() == pytest.approx(gaps[1:-1].sum() + gaps[[0, -1]].sum() / 2)
    assert len(set(parts.names)) == len(parts.names)
    assert (
        set(parts.names) == {*unique_names(planes.layer_names), *contact_names(planes.layer_names)}
        or len(planes.layer_names) == 1
    )
    # Layers count as neutral bulk, whatever is measured.
    if len(planes.layer_names) > 1:
        bulk = [planes.bulk_resistance_ohm_cm2[planes.layer == m].sum() for m in range(len(planes.layer_names))]
        np.testing.assert_allclose(values[: len(bulk)], bulk)


def test_gaps_go_to_the_nearest_contact():
    stack = Stack(
        [Layer(film(name), planes=planes) for name, planes in (("a", 3), ("b", 4), ("c", 2))],
        contacts={"a|b": {"offset_eV": 0.0}, "b|c": {"offset_eV": 0.0}},
    )
    parts = resistance_parts(stack.planes(T))
    share = dict(zip(parts.names, parts.weights, strict=True))
    # Gaps 0 to 9, the contacts at 3 and 7; the one in the middle counts for both.
    np.testing.assert_allclose(share["a|b"], [0.5, 1, 1, 1, 1, 0.5, 0, 0, 0, 0])
    np.testing.assert_allclose(share["b|c"], [0, 0, 0, 0, 0, 0.5, 1, 1, 1, 0.5])


@settings(max_examples=40, deadline=None)
@given(stack=stacks())
def test_potentials_drop_across_each_part_in_turn(stack):
    """The drops of layers and contacts lead from the first plane to the last without a gap."""
    planes = stack.planes(T, 4.0)
    ends = list(drop_ends(planes).values())
    assert [first for first, _ in ends] == [0, *(last for _, last in ends[:-1])]
    assert ends[-1][1] == planes.count - 1
    across = [(first, last) for first, last in ends if planes.layer[first] != planes.layer[last]]
    np.testing.assert_array_equal([last for _, last in across], planes.interface_gaps)
