"""Arguments of the Python functions that cannot be: one `InputError` each, in one line that says what is right."""

import re
from pathlib import Path

import pytest
from pymatgen.core import Composition

import interfacekit as ik
from interfacekit.errors import InputError
from interfacekit.structure import CrystalLayer, CrystalStack

LAYERS = [ik.Layer("LCO", planes=3), ik.Layer("LNO", 3.0), ik.Layer("LGPS", planes=3)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: ik.stability_map(["LGPS"], voltage_V="2:4.5"),
            "voltage_V must be .*, got '2:4.5'; such as (2.5, 4.3)",
        ),
        (lambda: ik.stability_map(["LGPS"], voltage_V=(2, 3, 4)), "voltage_V must be .*, got (2, 3, 4)"),
        (lambda: ik.screen("LCO", "LGPS", ["LNO"], "2.5:4.3"), "voltage_V must be .*, got '2.5:4.3'"),
        (lambda: ik.screen("LCO", "LGPS", ["LNO"], 3), "voltage_V must be .*, got 3"),
        (lambda: ik.phase_map("LCO", "LGPS", "0:5"), "voltage_V must be .*, got '0:5'"),
        (lambda: ik.stability_map([("LCO", "LGPS", "LNO", "LTO")]), "a phase or a pair of phases, got 4"),
        (lambda: ik.stability_map("LGPS"), "subjects must be a list of phases, got 'LGPS'; give one such as ['LGPS']"),
        (lambda: ik.stability_map([None]), "a phase must be an alias or a formula, got None"),
        (lambda: ik.screen("LCO", "LGPS", "LNO"), "candidates must be a list of phases, got 'LNO'"),
        (lambda: ik.window_ensemble("LGPS", 20, "small"), "sigma must be a number from 0 .*, got 'small'"),
        (lambda: ik.phase(3), "a phase must be an alias or a formula, got 3"),
        (lambda: ik.Stack("LNO"), "layers must be a list of layers, got 'LNO'"),
        (lambda: ik.Stack(3), "layers must be a list of layers, got 3"),
        (lambda: ik.Stack(["LNO:5nm"]), "got 'LNO:5nm'; give Layer('LNO', 5)"),
        (lambda: ik.Stack([3]), "a layer must be a Layer, got 3; give one such as Layer('LNO', 5)"),
        (lambda: CrystalStack([ik.Layer("LNO")]), "LNO has no crystal; give a CrystalLayer"),
        (lambda: ik.save([], "e.csv"), "results must be .* got an empty list"),
        (lambda: ik.save({}, "e.csv"), "results must be .* got {}"),
        (lambda: ik.save([1], "e.json"), "results must be .* got 1"),
    ],
)
def test_arguments_that_cannot_be_are_refused(tmp_path, monkeypatch, call, message):
    monkeypatch.chdir(tmp_path)
    parts = [re.escape(part) for part in message.split(".*")]
    with pytest.raises(InputError, match=".*".join(parts)):
        call()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", [None, 3, b"x.csv"])
def test_a_path_is_text(path):
    with pytest.raises(InputError, match=re.escape(f"path must be the name of a file, got {path}")):
        ik.save(ik.electrochemical_window("LNO"), path)


def test_a_candidate_that_is_no_name_costs_its_row_alone():
    screening = ik.screen("LCO", "LGPS", candidates=iter(["LNO", None, 3]))
    assert [candidate.label for candidate in screening.candidates] == ["LNO"]
    assert {name: reason.partition(";")[0] for name, reason in screening.not_judged.items()} == {
        name: f"a phase must be an alias or a formula, got {name}" for name in ("None", "3")
    }


def test_a_number_is_the_sigma_of_an_error_model():
    assert ik.window_ensemble("LNO", 20, 0.05) == ik.window_ensemble("LNO", 20, ik.ErrorModel(0.05))


def test_layers_come_from_any_iterable_and_may_be_names():
    stack = ik.Stack(LAYERS)
    assert ik.Stack(layer for layer in LAYERS) == ik.Stack(tuple(LAYERS)) == stack
    assert ik.Stack(["LCO", "LNO", "LGPS"]).layers == tuple(map(ik.Layer, ("LCO", "LNO", "LGPS")))
    assert CrystalStack(["LCO", "LNO"]).layers == (CrystalLayer("LCO"), CrystalLayer("LNO"))


def test_a_pair_may_be_a_list():
    assert ik.stability_map([["LCO", "LGPS"]]).rows == ik.stability_map([("LCO", "LGPS")]).rows


def test_a_composition_of_pymatgen_is_a_phase():
    of_pymatgen = ik.phase(Composition("Li10Ge(PS6)2"))
    assert of_pymatgen.same_composition(ik.phase("LGPS"))
    assert ik.phase(Composition("Li0.5CoO2")).amounts == ik.phase("Li0.5CoO2").amounts
    assert ik.electrochemical_window(Composition("LiNbO3")).reduction_V == ik.electrochemical_window("LNO").reduction_V


def test_a_path_may_be_of_pathlib(tmp_path):
    assert ik.save(ik.electrochemical_window("LNO"), Path(tmp_path) / "w.csv").is_file()
