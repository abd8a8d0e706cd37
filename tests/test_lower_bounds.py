"""Lower bounds of dependencies, which .ci/run installs."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / ".ci" / "lowest.py"


@pytest.mark.skipif(not SCRIPT.exists(), reason="only in a checkout")
def test_the_constraints_hold_every_dependency_at_its_lower_bound():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    listed = [*project["dependencies"], *extras["io"], *extras["cluster"]]
    bounds = [re.fullmatch(r"([A-Za-z0-9-]+)>=([0-9.]+)", line) for line in listed]
    assert all(bounds), listed
    command = [sys.executable, SCRIPT, "io", "cluster"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own script
    assert sorted(run.stdout.split()) == sorted(f"{bound[1]}=={bound[2]}" for bound in bounds)
