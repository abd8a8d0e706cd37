"""Kept values: computed once, shared but not written to, and in no copy or pickle."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack

PLANES = Stack([Layer("LCO"), Layer("LNO", 2.0), Layer("LGPS", 3.0)]).planes(300.0, 4.0)


def objects():
    lattice = regular_lattice("fcc", 3, 2.0)
    return [
        (lattice, ("displacements_A",)),
        (lattice.network(), ("origins", "degrees", "displacements_A", "neighbours_by_class")),
        (PLANES, ("interface_gaps", "bare_site_energy_eV", "neutral_pair_energy_eV", "bulk_resistance_ohm_cm2")),
    ]


@pytest.mark.parametrize(("kept", "names"), objects(), ids=lambda value: type(value).__name__)
def test_kept_arrays_are_shared_and_follow_from_the_fields(kept, names):
    for name in names:
        assert getattr(kept, name) is getattr(kept, name)
        with pytest.raises(ValueError, match="read-only"):
            getattr(kept, name)[...] = 0
        np.testing.assert_array_equal(getattr(replace(kept), name), getattr(kept, name))


@pytest.mark.parametrize("copied", [copy.copy, lambda value: pickle.loads(pickle.dumps(value))])  # noqa: S301
@pytest.mark.parametrize(("kept", "names"), objects(), ids=lambda value: type(value).__name__)
def test_copies_and_pickles_hold_the_fields_alone(kept, names, copied):
    before = {name: getattr(kept, name) for name in names}
    other = copied(kept)
    assert set(vars(other)) == set(kept.__dataclass_fields__)
    for name, values in before.items():
        np.testing.assert_array_equal(getattr(other, name), values)


def test_a_lattice_makes_one_network():
    lattice = regular_lattice("fcc", 3, 2.0)
    assert lattice.network() is lattice.network()
    assert lattice.with_shape((4, 4, 4)).network() is not lattice.network()


def test_a_stack_knows_its_materials_once():
    stack = Stack([Layer("LCO"), Layer("LNO", 2.0)], materials={"LNO": {"permittivity": 30.0}})
    assert stack.layer_materials is stack.layer_materials
    assert stack.contact_numbers() is stack.contact_numbers()
    changed = replace(stack, materials={"LNO": {"permittivity": 40.0}})
    assert [one.layer_materials[1].permittivity for one in (stack, changed)] == [30.0, 40.0]
    assert pickle.loads(pickle.dumps(stack)) == stack == replace(stack)  # noqa: S301
