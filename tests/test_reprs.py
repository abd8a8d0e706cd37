"""The repr of every object that a user holds is a few short lines, computes nothing, and is that of equal objects."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import interfacekit as ik
from interfacekit.reprs import MOST_COLUMNS, MOST_LINES, ShortRepr
from interfacekit.results import Result, deferred, provenance
from interfacekit.saved import RESULT_HOMES
from interfacekit.transport import (
    EnvironmentBarriers,
    HoppingModel,
    NeighbourBarriers,
    RunOptions,
    StackRunOptions,
    contact,
    layer_material,
    measured_points,
)
from tests.examples import EXAMPLES


def inputs():
    lattice = ik.regular_lattice("simple_cubic", 20, 3.0)
    network = lattice.network()
    barriers = np.full(network.n_hops, 0.3)
    yield from (lattice, network, NeighbourBarriers([[0.3] * 7]), EnvironmentBarriers([[0.3]], np.arange(48_000)))
    yield HoppingModel(network, 0.5, barriers, barriers * 1e13, np.zeros(network.n_sites))
    yield from (ik.bulk_model("LGPS"), contact("LCO", "LNO"), layer_material("LNO"), ik.material("LGPS"))
    yield from (*measured_points("LGPS"), ik.phase("Li10GeP2S12"), RunOptions(), StackRunOptions(), ik.ErrorModel())
    layers = [ik.Layer("LCO", 5), ik.Layer(layer_material("LNO"), 2), ik.Interphase(1, 1e-8), ik.Layer("LGPS", 8)]
    yield from (*layers, ik.Stack(layers * 20), ik.Stack(layers, contacts={"LCO|LNO": {"offset_eV": 0.1}}))
    crystals = [ik.CrystalLayer(ik.crystal("LCO"), 3), ik.CrystalLayer("LNO", 3)]
    yield from (*crystals, ik.CrystalStack(crystals), ik.crystal("LGPS"), ik.load_entries("mp2019"))
    yield ik.Catalogue({"MINE": {"layer": {"filling": 0.5}, "formula": "Li2S" * 500}})


def assert_short(thing):
    lines = repr(thing).splitlines()
    assert len(lines) <= MOST_LINES == 10, repr(thing)
    assert max(map(len, lines)) <= MOST_COLUMNS == 100, repr(thing)
    assert lines[0].startswith(f"{type(thing).__name__}(")


def test_there_is_an_example_of_every_class():
    assert {name for names in RESULT_HOMES.values() for name in names} == EXAMPLES.keys()


@pytest.mark.parametrize("name", EXAMPLES)
def test_results_have_a_short_repr(name):
    result = EXAMPLES[name]
    assert_short(result)
    first = dataclasses.fields(result)[0]
    assert f"({first.name}=" in repr(result).replace("(\n    ", "(")


@pytest.mark.parametrize("thing", inputs(), ids=lambda thing: type(thing).__name__)
def test_inputs_have_a_short_repr(thing):
    if isinstance(thing, ShortRepr):
        assert_short(thing)
    else:
        assert len(repr(thing).splitlines()) <= MOST_LINES
        assert len(repr(thing)) <= 5 * MOST_COLUMNS


@pytest.fixture(scope="module")
def fresh():
    return [
        ik.electrochemical_window("LGPS"),
        ik.interface_reaction("LCO", "LGPS", 3.0),
        ik.screen("LCO", "LGPS", ["LNO", "Li3PO4"]),
        ik.space_charge(ik.Stack([ik.Layer("LCO", 3), ik.Layer("LNO", 2), ik.Layer("LGPS", 3)]), 4.0),
    ]


def test_what_waits_to_be_computed_still_waits_and_is_in_no_repr(fresh):
    for result in fresh:
        waiting = dict(vars(result)["_deferred"])
        assert waiting
        before = repr(result)
        assert vars(result)["_deferred"] == waiting
        assert {name for name in waiting if f"{name}=..." in before} == {*waiting}
        for name in waiting:
            getattr(result, name)
        assert repr(result) == before
        assert repr(type(result).from_dict(result.as_dict())) == before


def test_the_repr_has_the_numbers_that_matter(fresh):
    window, reaction, screening, stack = map(repr, fresh)
    assert f"reduction_V={fresh[0].reduction_V:.6g}, oxidation_V={fresh[0].oxidation_V:.6g}" in window
    assert "mutual=ReactionMinimum(eV_per_atom=-0.3" in reaction
    assert "n_screened=2" in screening
    assert "layers=('LCO', 'LNO', 'LGPS')" in stack
    assert "provenance=..." in stack


@dataclass(frozen=True)
class Run(Result):
    name: str
    rate_Hz: float | None
    rate_err_Hz: float | None
    counts: tuple[int, ...]
    counts_err: tuple[float, ...]
    parts: tuple["Run", ...] = ()
    late: Any = field(default=None, repr=False)


def test_values_counts_and_errors_are_written_as_such():
    inner = Run("inner", 2.0, 0.0, (1, 2), ())
    assert repr(inner) == ("Run(name='inner', rate_Hz=2, counts=(1, 2), parts=(), counts_err=..., late=...)")
    several = Run("outer", 1234567.8, 0.123, tuple(range(30)), (0.1,), (inner, inner), late=provenance())
    assert repr(several) == (
        "Run(name='outer', rate_Hz=1.23457e+06 ± 0.12, counts=<30 int>, parts=<2 Run: inner, inner>,\n"
        "    counts_err=..., late=...)"
    )
    assert "rate_Hz=None, rate_err_Hz=None" in repr(Run("a", None, None, (), ()))
    matrix = Run("matrix", 1.0, None, ((1.5, 2.0, 30.25),) * 9, ())
    assert "counts=<9 x 3 float>" in repr(matrix)
    assert "counts=((1, 2), (3,))" in repr(Run("ragged", 1.0, None, ((1, 2), (3,)), ()))
    assert "counts=<2 items>" in repr(Run("mixed", 1.0, None, ("a" * 60, 1.0), ()))


def test_a_field_that_waits_is_not_computed():
    result = Run(deferred(lambda: 1 / 0), 1.0, 0.5, (), ())
    assert repr(result) == "Run(rate_Hz=1 ± 0.5, counts=(), parts=(), name=..., counts_err=..., late=...)"


def test_what_does_not_fit_is_left_out_from_the_least_telling():
    names = [f"field_{number:03d}_with_a_long_name" for number in range(60)]
    Wide = dataclasses.make_dataclass("Wide", [*names, ("late", Any, field(repr=False))], bases=(ShortRepr,))
    text = repr(Wide(*[(1.0, 2.0), *range(59)], 0))
    assert_short(Wide(*[(1.0, 2.0), *range(59)], 0))
    assert text.endswith(", ...)")
    assert names[1] + "=0" in text
    assert names[0] not in text
    assert "late" not in text


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.builds(np.float64, st.floats()),
    lambda values: st.lists(values) | st.tuples(values, values) | st.dictionaries(st.text(), values),
    max_leaves=30,
)


@given(st.lists(anything, min_size=1, max_size=30), st.text("abcdefghij", min_size=1, max_size=90))
def test_the_repr_is_short_whatever_the_fields_hold(values, name):
    kind = dataclasses.make_dataclass("Kind", [f"{name}{number}_" for number in range(len(values))], bases=(ShortRepr,))
    assert_short(kind(*values))
    assert_short(Run(str(values[0]), 1.0, 2.0, (), (), (Run(name, 1.0, 2.0, (), ()),), late=values))


def test_arrays_are_written_out_or_have_a_shape():
    kind = dataclasses.make_dataclass("Kind", ["small", "large", "number", "other"], bases=(ShortRepr,))
    text = repr(kind(np.eye(2), np.zeros((40, 3)), np.array(2.5), object()))
    assert text == "Kind(small=((1, 0), (0, 1)), large=<40 x 3 float64>, number=2.5, other=<object>)"


def test_a_class_may_have_a_repr_of_its_own():
    @dataclass(frozen=True)
    class Own(Result):
        name: str

        def __repr__(self):
            return f"Own {self.name}"

    @dataclass(frozen=True)
    class Below(Own):
        more: int = 1

    assert repr(Own("a")) == "Own a"
    assert repr(Below("b")) == "Own b"
