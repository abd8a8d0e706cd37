"""Results are values: frozen, comparable, and the same after a round trip through JSON."""

import copy
import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import distributions, version
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monty.json import MontyDecoder

from interfacekit.entries import load_entries
from interfacekit.results import Result, deferred, provenance, with_error


@dataclass(frozen=True)
class Step(Result):
    voltage_V: float | None
    products: tuple[str, ...]


@dataclass(frozen=True)
class Profile(Result):
    steps: tuple[Step, ...]
    first: Step
    parameters: dict[str, Any]


steps = st.builds(Step, st.none() | st.floats(allow_nan=False, allow_infinity=False), st.lists(st.text(max_size=4)))
plain = st.dictionaries(st.text(max_size=3).filter(lambda k: not k.startswith("@")), st.lists(st.integers()))
profiles = st.builds(Profile, st.lists(steps, max_size=3), steps, plain)


@given(profiles)
def test_round_trip_through_json(result):
    text = result.to_json()
    assert MontyDecoder().decode(text) == result
    assert Profile.from_dict(json.loads(text)) == result
    assert json.loads(text)["@class"] == "Profile"


def test_lists_become_tuples_at_any_depth():
    result = Profile([Step(1.0, ["LiCoO2"])], Step(None, ()), {"voltages_V": [1, [2, 3]]})
    assert result.steps == (Step(1.0, ("LiCoO2",)),)
    assert result.parameters == {"voltages_V": (1, (2, 3))}
    assert hash(result.first) == hash(Step(None, []))


def test_a_deferred_field_is_computed_once_and_when_it_is_read():
    calls = []

    def steps():
        calls.append(1)
        return [Step(np.float64(1.0), ["LiCoO2"])]

    result = Profile(steps=deferred(steps), first=Step(2.0, ()), parameters={})
    assert result.first.voltage_V == 2.0
    assert calls == []
    assert result.steps == (Step(1.0, ("LiCoO2",)),)
    assert result.steps is result.steps
    assert calls == [1]


@given(profiles)
def test_a_result_with_deferred_fields_is_the_same_as_one_without(result):
    def late():
        return Profile(
            steps=deferred(lambda: result.steps), first=result.first, parameters=deferred(lambda: result.parameters)
        )

    assert late() == result
    assert late().to_json() == result.to_json()
    assert dataclasses.asdict(late()) == dataclasses.asdict(result)
    assert dataclasses.replace(late(), first=Step(0.0, ())) == dataclasses.replace(result, first=Step(0.0, ()))
    assert copy.deepcopy(late()) == result
    assert copy.copy(late()).__reduce_ex__(4)[2].keys() == {"steps", "first", "parameters"}


def test_threads_that_read_a_deferred_field_at_once_read_the_same():
    results = [Profile(deferred(lambda: [Step(1.0, ())] * 50), Step(2.0, ()), {}) for _ in range(200)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda k: results[k // 8].steps, range(1600)))
    assert found == [(Step(1.0, ()),) * 50] * 1600


def test_an_attribute_that_a_result_lacks_is_named():
    result = Profile(deferred(list), Step(2.0, ()), {})
    with pytest.raises(AttributeError, match="'Profile' object has no attribute 'step'"):
        result.step  # noqa: B018


def test_a_mapping_of_the_caller_is_not_shared():
    products = {"LiCoO2": 1.0}
    result = Profile((), Step(2.0, ()), products)
    products["Co3O4"] = 2.0
    assert result.parameters == {"LiCoO2": 1.0}


def test_a_result_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Step(1.0, ()).voltage_V = 2.0


def test_nan_is_not_written():
    with pytest.raises(ValueError, match="JSON compliant"):
        Step(float("nan"), ()).to_json()


def distribution_of(file):
    """Name and version of the installed distribution that holds a file."""
    several = [d for name in ("pymatgen-core", "pymatgen") for d in distributions(name=name)]
    (found,) = {(d.name, d.version) for d in several if any(str(held) == file for held in d.files)}
    return found


def test_provenance_names_code_energies_and_parameters():
    table = load_entries("mp2019", "Li-O")
    record = provenance(table, voltage_V=3.5)
    assert record["version"] == version("interfacekit")
    assert record["engine"] == f"numba {version('numba')}"
    assert provenance(table, solver="pymatgen")["engine"] == " ".join(distribution_of("pymatgen/core/structure.py"))
    assert record["energies"] == {"source": "mp2019", "sha256": table.sha256, "thermo_type": "GGA_GGA+U_legacy"}
    assert record["parameters"] == {"voltage_V": 3.5}
    assert json.loads(json.dumps(record)) == record


@pytest.mark.parametrize(
    ("value", "error", "scientific", "text"),
    [
        (0.54708, 0.01001, False, "0.547 ± 0.010"),
        (0.54708, 0.0234, False, "0.55 ± 0.02"),
        (0.54708, 0.0196, False, "0.55 ± 0.02"),
        (123.4, 25.0, False, "123 ± 25"),
        (0.25, 0.0, False, "0.25"),
        (2.2645e-3, 3.1e-5, True, "(2.26 ± 0.03)e-03"),
        (6.39e-8, 1.2e-9, True, "(6.39 ± 0.12)e-08"),
        (1e-9, 5e-9, True, "(1 ± 5)e-09"),
        (-3.0, 0.5, True, "(-3.0 ± 0.5)e+00"),
        (2.2645e-3, 0.0, True, "2.265e-03"),
        (float("nan"), 0.1, False, "nan"),
    ],
)
def test_errors_decide_how_many_digits_are_written(value, error, scientific, text):
    assert with_error(value, error, scientific=scientific) == text


def test_an_attribute_error_within_a_property_or_a_deferred_field_keeps_its_cause():
    class WithProperty(Profile):
        @property
        def broken(self):
            return None.shape

    result = WithProperty(deferred(lambda: None.rows), Step(2.0, ()), {})
    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'shape'"):
        _ = result.broken
    with pytest.raises(AttributeError, match="no attribute 'missing'"):
        _ = result.missing
    with pytest.raises(RuntimeError, match=r"steps could not be computed: 'NoneType' object has no attribute 'rows'"):
        _ = result.steps
