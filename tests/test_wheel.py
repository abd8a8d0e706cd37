"""A wheel outside the checkout, read-only or as a zip, run by a user without a home: every command works."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from pymatgen.core import Lattice, Structure

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
#: Of nobody: no entry among the users of a machine, so that there is no home.
STRANGER = 54321
NOTE = "interfacekit: warning: compiled kernels are kept in "
SCREEN = "screen --cathode LCO --electrolyte LGPS --candidates"
SHELL = "shell --cathode LCO --coating LNO --electrolyte LGPS"
#: All but `warm`, which is run before them.
COMMANDS = (
    "window LGPS -o w.png",
    "react LCO LGPS --voltage 3.9",
    "map LCO LGPS --fields -o map.svg",
    f"{SCREEN} LNO Li3PO4 --store store",
    "entries Li-Co-O -o entries.csv",
    "crystal LGPS",
    "network LCO -o net.json",
    "interface LCO LNO --max-area 80 -o interface.cif",
    "barriers al.cif --mobile Al --calculator emt --supercell 2 --images 3",
    "kmc LGPS --hops 4e6 --checkpoint kmc",
    "scl LCO LNO:5nm LGPS --voltage 4.0",
    "scl LCO LNO:5nm LGPS --voltage 4.0 --kmc --hops 3e5 --cells 10",
    f"{SHELL} --thickness 1,5 --voltage 4 -o shell.nc",
    "bench kmc --sites 1e3 --seconds 0.05",
)
#: Of a zip, whose kernels are compiled anew.
FROM_ZIP = ("window LGPS", "entries --aliases", f"{SCREEN} LNO", "interface LCO LNO --max-area 80")


@pytest.fixture(scope="module")
def place():
    """A folder that everybody can enter, with a temporary folder as systems have it, and a folder to work in."""
    folder = Path(tempfile.mkdtemp(prefix="wheel-"))
    folder.chmod(0o755)
    for name in ("tmp", "work"):
        (folder / name).mkdir()
        (folder / name).chmod(0o1777)
    Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.0), ["Al"], [[0, 0, 0]]).to(filename=folder / "work" / "al.cif")
    yield folder
    for path in folder.rglob("*"):
        if path.is_dir() and os.access(path, os.R_OK):
            path.chmod(0o755)
    shutil.rmtree(folder)


def pip(*arguments):
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


@pytest.fixture(scope="module")
def wheel(place):
    built = pip("wheel", "--no-deps", "--wheel-dir", place, ROOT)
    if "No matching distribution found" in built.stderr:
        pytest.skip("what builds the wheel (hatchling) cannot be downloaded here")
    assert built.returncode == 0, built.stderr
    (found,) = place.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(place, wheel):
    """The folder of a read-only installation."""
    site = place / "site"
    done = pip("install", "--no-deps", "--no-compile", "--target", site, wheel)
    assert done.returncode == 0, done.stderr
    for path in (site, *site.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    return site


@pytest.fixture(scope="module")
def run(place):
    """Run Python on a package, as a user who can write nothing but results and temporary files."""
    someone = {}
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        someone = {"user": STRANGER, "group": STRANGER, "extra_groups": []}
    hidden = ("PYTHON", "NUMBA", "XDG", "HOME", "MPL", "TMPDIR", "COLUMNS")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    environment["TMPDIR"] = str(place / "tmp")
    if not someone:  # the machine knows the home of whoever runs this
        environment["HOME"] = os.devnull

    def start(python, package, *arguments):
        return subprocess.run(  # noqa: S603
            [python, *arguments],
            cwd=place / "work",
            env=environment | {"PYTHONPATH": os.pathsep.join([str(package), sysconfig.get_path("purelib")])},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
            **someone,
        )

    for python in (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}"):
        with suppress(OSError):  # this Python may be in the home of the user who runs the tests
            if start(python, place, "-c", "import numba, pymatgen.core").returncode == 0:
                return partial(start, python)
    pytest.skip("other users of this machine cannot run this Python or read its packages")


def works(done):
    """What a command says on stderr, once it has been seen to work."""
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout
    return done.stderr


def test_a_read_only_installation(run, installed, place):
    where = run(installed, "-c", "import interfacekit; print(interfacekit.__file__)").stdout
    assert Path(where.strip()).is_relative_to(installed)
    listed = set(installed.rglob("*"))
    said = works(run(installed, "-m", "interfacekit", "warm"))
    assert said.startswith(NOTE)
    assert said.count("\n") == 1
    for command in COMMANDS:
        said = works(run(installed, "-m", "interfacekit", "--verbose", *command.split()))
        assert "kernels: 0 compiled" in said or "kernels: none" in said, (command, said)
        assert said.count(NOTE) == ("kernels: 0 compiled" in said), (command, said)
    assert set(installed.rglob("*")) == listed
    results = {"al.cif", "w.png", "map.svg", "store", "entries.csv", "net.json", "interface.cif", "kmc", "shell.nc"}
    assert {path.name for path in (place / "work").iterdir()} == results


def test_a_zip(run, wheel):
    for command in FROM_ZIP:
        said = works(run(wheel, "-m", "interfacekit", *command.split()))
        assert said.count(NOTE) == (command != "entries --aliases"), (command, said)
    assert "kernels: 0 compiled" in works(run(wheel, "-m", "interfacekit", "--verbose", "window", "LGPS"))
    version = run(wheel, "-m", "interfacekit", "--version").stdout
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
    assert version == f"{metadata.partition('.dist-info')[0].replace('-', ' ')}\n"
