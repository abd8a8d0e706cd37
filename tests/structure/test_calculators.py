"""Calculators by name, by function and as they are; what results are kept under; and CHGNet where it is installed."""

import sys
from importlib import metadata
from importlib.util import find_spec

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones

from interfacekit.errors import ComputationError, InputError
from interfacekit.structure import calculators
from interfacekit.structure.calculators import (
    Checked,
    ConfiguredCalculator,
    calculator_spec,
    calculator_text,
    make_calculator,
)
from tests.structure.barriers import barrier_calculators

LICOO2_eV_PER_ATOM = -6.3639
TESTS = "tests.structure.barriers.barrier_calculators"


@pytest.fixture
def copper():
    atoms = bulk("Cu", cubic=True) * 2
    atoms.rattle(0.05, seed=1)
    return atoms


@pytest.mark.parametrize(
    ("given", "options", "direct"),
    [
        ("emt", None, EMT()),
        ("EMT", None, EMT()),
        ("lj", {"sigma": 2.3, "epsilon": 0.4, "rc": 6.0}, LennardJones(sigma=2.3, epsilon=0.4, rc=6.0)),
        ("ase.calculators.emt:EMT", None, EMT()),
        (EMT, None, EMT()),
        (LennardJones, {"sigma": 2.3, "rc": 6.0}, LennardJones(sigma=2.3, rc=6.0)),
        (EMT(), None, EMT()),
    ],
)
def test_a_calculator_is_the_one_that_it_stands_for(copper, given, options, direct):
    spec = calculator_spec(given, options)
    assert spec["version"] == f"ase {metadata.version('ase')}"
    energies = []
    for calculator in (make_calculator(spec), direct):
        atoms = copper.copy()
        atoms.calc = calculator
        energies.append(atoms.get_potential_energy())
    assert energies[0] == energies[1]


def test_results_are_kept_under_name_version_and_parameters():
    spec = calculator_spec("lj", {"sigma": 2.3})
    assert calculator_spec(ConfiguredCalculator("lj", {"sigma": 2.3})) == spec
    assert spec == {"name": "lj", "version": f"ase {metadata.version('ase')}", "parameters": {"sigma": 2.3}}
    assert calculator_spec(f"{TESTS}:nan", label="new") == {
        "name": f"{TESTS}:nan",
        "version": "tests",
        "parameters": {},
        "label": "new",
    }
    assert calculator_spec(barrier_calculators.nan) == calculator_spec(f"{TESTS}:nan")


def test_a_calculator_is_named_beside_its_version():
    assert calculator_text(calculator_spec("emt")) == f"emt, ase {metadata.version('ase')}"
    version = "chgnet 0.4.2, weights 0.3.0"
    assert calculator_text({"name": "chgnet", "version": version}) == version


def test_a_worker_with_another_version_is_refused():
    spec = {**calculator_spec("emt"), "version": "ase 1.0"}
    with pytest.raises(InputError, match=r"the worker has ase .*, not ase 1\.0; install the same there"):
        make_calculator(spec)


def test_a_calculator_of_another_process_is_refused():
    with pytest.raises(InputError, match="exists in another process"):
        make_calculator({**calculator_spec(EMT()), "given": "elsewhere"})


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ("vasp", None, "no calculator 'vasp'; there is chgnet, emt, lj, and module:function"),
        ("no_such_module:make", None, "cannot be imported: No module named 'no_such_module'"),
        ("ase:no_such_function", None, "cannot be imported"),
        ("ase.units:fs", None, "is no function or class that makes a calculator"),
        ("ase:Atoms", None, "is no function or class that makes a calculator"),
        (f"{TESTS}:Wells.spacing_A", None, "is no function or class"),
        ("builtins:exit", None, r"nothing of Python's standard library \(builtins\) does"),
        ("os:abort", None, "nothing of Python's standard library"),
        ("subprocess:check_output", {"args": ["true"]}, "nothing of Python's standard library"),
        ("ase.io.formats:os.abort", None, r"nothing of Python's standard library \(posix\)"),
        ("antigravity:x", None, "nothing of Python's standard library"),
        ("interfacekit.__main__:main", None, "is a program"),
        ("interfacekit.cli:main", None, "nothing of interfacekit does"),
        ("__main__:make", None, "is a program"),
        (bulk("Cu"), None, "is no calculator"),
        (42, None, "42 is no calculator"),
        (lambda: None, None, "is known to this script alone"),
        ("emt", {"sigma": 1.0}, "cannot be made with the options"),
        ("lj", {"sigma": object()}, "JSON must hold them"),
        (EMT(), {"sigma": 1.0}, "make yours with them"),
    ],
)
def test_what_is_no_calculator_is_refused(given, options, message):
    with pytest.raises(InputError, match=message) as caught:
        make_calculator(calculator_spec(given, options))
    assert "\n" not in str(caught.value)


def test_a_function_that_makes_something_else_is_refused():
    with pytest.raises(InputError, match="makes int, which is no calculator of ASE"):
        make_calculator(calculator_spec(f"{TESTS}:not_a_calculator"))


@pytest.mark.parametrize("name", ["torch", "chgnet"])
def test_without_torch_or_chgnet_there_is_one_line(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "chgnet.model", raising=False)
    monkeypatch.setitem(calculators._KNOWN, "chgnet", (calculators._chgnet, lambda: "chgnet"))
    spec = {"name": "chgnet", "version": "chgnet", "parameters": {}}
    with pytest.raises(InputError, match=r"install with: pip install 'interfacekit\[mlip\]'"):
        make_calculator(spec)


def test_what_is_not_installed_is_told_before_any_work(monkeypatch):
    def none(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(calculators.metadata, "version", none)
    with pytest.raises(InputError, match=r"^CHGNet needs chgnet and torch; install with: pip install"):
        calculator_spec("chgnet")


def test_what_was_computed_is_kept_for_each_image(copper):
    """Two sets of atoms with one calculator, in turn: each is computed once."""
    calls = []

    class Spy(EMT):
        def calculate(self, atoms=None, *arguments, **options):
            calls.append(atoms.positions.copy())
            super().calculate(atoms, *arguments, **options)

    inner, images = Spy(), [copper, copper.copy()]
    images[1].rattle(0.05, seed=2)
    for image in images:
        image.calc = Checked(inner)
    forces = [[image.get_forces() for image in images] for _ in range(3)]
    energies = [image.get_potential_energy() for image in images]
    assert len(calls) == 2
    for image, energy, force in zip(images, energies, forces[-1], strict=True):
        alone = image.copy()
        alone.calc = EMT()
        assert alone.get_potential_energy() == pytest.approx(energy, abs=1e-10)
        np.testing.assert_allclose(alone.get_forces(), force, atol=1e-10)


@pytest.mark.parametrize("what", ["energy", "forces"])
def test_numbers_that_are_not_finite_are_an_error(copper, what):
    class Broken(EMT):
        def calculate(self, *arguments, **options):
            super().calculate(*arguments, **options)
            self.results[what] = self.results[what] * np.nan

    copper.calc = Checked(Broken())
    with pytest.raises(ComputationError, match="not finite"):
        copper.get_potential_energy()


def test_a_calculator_that_ends_python_is_an_error(copper):
    class Leaving(EMT):
        def calculate(self, *arguments, **options):
            sys.exit(0)

    copper.calc = Checked(Leaving())
    with pytest.raises(ComputationError, match="the calculator ends Python: SystemExit: 0"):
        copper.get_potential_energy()


def test_what_makes_no_calculator_is_not_called(tmp_path, monkeypatch):
    sentinel = tmp_path / "called"
    (tmp_path / "of_a_user.py").write_text(
        f"class Thing:\n    def __init__(self):\n        open({str(sentinel)!r}, 'w')"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "of_a_user", raising=False)
    for name, options in [("of_a_user:Thing", {}), ("os:mkdir", {"path": str(sentinel)})]:
        with pytest.raises(InputError):
            make_calculator(calculator_spec(name, options))
    assert not sentinel.exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"forces": np.zeros((1, 3))}, r"forces of the shape \(1, 3\) for 32 atoms"),
        ({"forces": np.zeros(96)}, r"forces of the shape \(96,\) for 32 atoms"),
        ({"energy": None}, "gives no numbers"),
        ({"energy": np.ones(2)}, "gives no numbers"),
    ],
)
def test_numbers_of_another_shape_are_an_error(copper, changed, message):
    class Broken(EMT):
        def calculate(self, *arguments, **options):
            super().calculate(*arguments, **options)
            self.results |= changed

    copper.calc = Checked(Broken())
    with pytest.raises(ComputationError, match=message):
        copper.get_potential_energy()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("def make():\n    raise RuntimeError('no licence\\nhere')", "cannot be made: RuntimeError: no licence here"),
        ("raise RuntimeError('at import')", "cannot be imported: RuntimeError: at import"),
        ("raise SystemExit(3)", "cannot be imported: SystemExit: 3"),
        ("def make():\n    raise SystemExit('bye')", "cannot be made: SystemExit: bye"),
        ("import os\nmake = os.abort", "nothing of Python's standard library (posix) does"),
        ("from ase import Atoms\ndef make():\n    return Atoms()", "makes Atoms, which is no calculator of ASE"),
        ("def make(:", "cannot be imported: SyntaxError"),
        ("", "cannot be imported: AttributeError: module 'of_a_user' has no attribute 'make'"),
        (None, "No module named 'of_a_user'; is its folder on PYTHONPATH?"),
    ],
)
def test_a_users_module_that_fails_is_told_in_one_line(tmp_path, monkeypatch, code, message):
    if code is not None:
        (tmp_path / "of_a_user.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "of_a_user", raising=False)
    with pytest.raises(InputError) as caught:
        make_calculator(calculator_spec("of_a_user:make"))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


needs_chgnet = pytest.mark.skipif(
    find_spec("chgnet") is None or find_spec("torch") is None, reason="torch and chgnet (extra mlip) are not installed"
)


@needs_chgnet
def test_chgnet_is_silent_and_says_which_weights_it_has(capsys):
    import torch

    from interfacekit.structure.crystals.crystal import crystal

    spec = calculator_spec("chgnet")
    assert spec["version"] == f"chgnet {metadata.version('chgnet')}, weights 0.3.0, torch {metadata.version('torch')}"
    atoms = crystal("LCO").atoms
    atoms.calc = make_calculator(spec)
    first = atoms.get_potential_energy(), atoms.get_forces()
    again = crystal("LCO").atoms
    again.calc = make_calculator(spec)
    assert first[0] == again.get_potential_energy()
    np.testing.assert_array_equal(first[1], again.get_forces())
    # Of these weights; with the other sets of the wheel it is another.
    assert first[0] / len(atoms) == pytest.approx(LICOO2_eV_PER_ATOM, abs=5e-4)
    assert torch.get_num_threads() == 1
    assert capsys.readouterr() == ("", "")


@needs_chgnet
def test_chgnet_has_the_weights_of_its_wheel():
    with pytest.raises(InputError, match=r"no weights '9\.9'"):
        make_calculator(calculator_spec("chgnet", {"model": "9.9"}))
    assert "weights r2scan" in calculator_spec("chgnet", {"model": "r2scan"})["version"]


@needs_chgnet
@pytest.mark.slow
def test_a_vacancy_in_licoo2():
    """By symmetry the same both ways; 0.40 eV in a cell so small (0.50 eV in 3 x 3 x 1). It takes a minute or two."""
    from interfacekit.structure.barriers.migration import migration_barriers
    from interfacekit.structure.barriers.options import BandOptions

    table = migration_barriers("LCO", "chgnet", supercell_shape=(2, 2, 1), options=BandOptions(images=3))
    (row,) = table.rows
    assert row.status == "done"
    assert row.fmax_eV_A <= 0.05
    assert row.forward_barrier_eV == pytest.approx(row.backward_barrier_eV, abs=2e-3)
    assert row.barrier_eV == pytest.approx(0.40, abs=0.02)
    assert "weights 0.3.0" in table.provenance["parameters"]["calculator"]["version"]
