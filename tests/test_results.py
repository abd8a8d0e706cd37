"""Results are values: frozen, comparable, and the same after a round trip through JSON."""

import dataclasses
import json
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from monty.json import MontyDecoder

from interfacekit.entries import load_entries
from interfacekit.results import Result, provenance, with_error


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


def test_a_result_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Step(1.0, ()).voltage_V = 2.0


def test_nan_is_not_written():
    with pytest.raises(ValueError, match="JSON compliant"):
        Step(float("nan"), ()).to_json()


def test_provenance_names_code_energies_and_parameters():
    table = load_entries("mp2019", "Li-O")
    record = provenance(table, voltage_V=3.5)
    assert record["version"] == version("interfacekit")
    assert record["engine"] == f"numba {version('numba')}"
    assert provenance(table, solver="pymatgen")["engine"] == f"pymatgen-core {version('pymatgen-core')}"
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
