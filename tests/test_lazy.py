"""Lazy packages: every public name is there, is the object of its home, and is no submodule's."""

import subprocess
import sys
from importlib import import_module, util
from pathlib import Path

import pytest

import interfacekit

ROOT = Path(interfacekit.__file__).parents[1]
LAZY = [
    ".".join(face.relative_to(ROOT).parts[:-1])
    for face in sorted(ROOT.glob("interfacekit/**/__init__.py"))
    if "_HOMES = {" in face.read_text()
]


@pytest.mark.parametrize("name", ["thermo", "transport", "structure", "plots", "config", "entries", "sweep"])
def test_faces_of_packages_are_lazy(name):
    assert f"interfacekit.{name}" in LAZY


@pytest.mark.parametrize("name", LAZY)
def test_every_public_name_is_that_of_its_home(name):
    package = import_module(name)
    homes = {public: home for home, names in package._HOMES.items() for public in names}
    own = {name for name in package.__all__ if getattr(getattr(package, name), "__module__", "") == package.__name__}
    assert {*homes} | own == {*package.__all__}
    for public, home in homes.items():
        assert getattr(package, public) is getattr(import_module(home), public)
        assert util.find_spec(f"{name}.{public}") is None, "a submodule of this name would take its place"
    assert {*package.__all__} <= {*dir(package)}


@pytest.mark.parametrize("name", LAZY)
def test_a_name_that_there_is_not(name):
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nothing'"):
        import_module(name).nothing  # noqa: B018


def test_a_model_of_one_command_does_not_load_those_of_all():
    code = (
        "import sys; from interfacekit.config import WindowConfig; "
        "print([m for m in sys.modules if m in ('interfacekit.config.conductivities', 'interfacekit.structure')])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"[]\n"  # noqa: S603
