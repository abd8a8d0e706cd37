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
from interfacekit.results import Result, provenance


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
    assert record["engine"].startswith("pymatgen")
    assert record["energies"] == {"source": "mp2019", "sha256": table.sha256, "thermo_type": "GGA_GGA+U_legacy"}
    assert record["parameters"] == {"voltage_V": 3.5}
    assert json.loads(json.dumps(record)) == record
