"""Options of runs: plain numbers within their ranges."""

import json
from dataclasses import asdict
from fractions import Fraction

import numpy as np
import pytest

from interfacekit.errors import InputError
from interfacekit.transport.bulk.options import RunOptions
from interfacekit.transport.stack_kmc.options import StackRunOptions
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack


@pytest.mark.parametrize("kind", [RunOptions, StackRunOptions])
def test_options_hold_plain_numbers_whatever_types_they_are_given(kind):
    given = {"hops": Fraction(300000), "replicas": np.int32(4), "seed": np.uint8(7), "check": np.True_}
    more = {"cells": [np.int64(12), 12], "evenness": np.longdouble(3), "bias_kT": np.float32(0.25)}
    options = kind(**given, **(more if kind is StackRunOptions else {"hops_per_ion": np.longdouble(20)}))
    plain = {"hops": 3e5, "replicas": 4, "seed": 7, "check": True}
    same = {"cells": (12, 12), "evenness": 3.0, "bias_kT": 0.25} if kind is StackRunOptions else {"hops_per_ion": 20.0}
    assert options == kind(**plain, **same)
    assert json.dumps(asdict(options)) == json.dumps(asdict(kind(**plain, **same)))
    layer = Layer("LNO", Fraction(5))
    stack = Stack([layer], site_spacing_A=np.float32(3.5), ladder=np.True_)
    assert [type(one) for one in (layer.thickness_nm, stack.site_spacing_A, stack.ladder)] == [float, float, bool]
    with pytest.raises(InputError, match=r"^ladder must be True or False, got 1; give one of them$"):
        Stack([layer], ladder=1)
    for check in (0, "yes", None):
        with pytest.raises(InputError, match=r"^check must be True or False, got [^\n]*; give one of them$"):
            kind(check=check)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hops": 0}, "hops must be from 1 to"),
        ({"hops": float("nan")}, "hops must be a number"),
        ({"replicas": 2}, "replicas must be a whole number from 3"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"evenness": 0.5}, "evenness must be from 1"),
        ({"evenness": float("nan")}, "evenness must be a number"),
        ({"bias_kT": 0}, "bias_kT must be above 0 and at most 2 kT, got 0"),
        ({"bias_kT": 5}, "bias_kT must be above 0 and at most 2 kT, got 5"),
        ({"cells": (0, 5)}, "cells must be a whole number from 1"),
        ({"cells": (300, 300)}, "planes of 300 x 300 sites"),
    ],
)
def test_options_that_are_not_possible(options, message):
    with pytest.raises(InputError, match=rf"^[^\n]*{message}[^\n]*$"):
        StackRunOptions(**options)
