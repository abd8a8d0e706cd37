"""Modules of the package that one task loads: no more than it needs (see `benchmarks/journeys.py`)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "journeys.py"


@pytest.mark.parametrize(("task", "most"), [("simulate", 46), ("react", 71), ("shell --kmc", 131)])
def test_a_task_loads_few_modules(task, most, tmp_path):
    found = subprocess.run(  # noqa: S603
        [sys.executable, SCRIPT, "--here", task], check=True, capture_output=True, text=True, cwd=tmp_path
    )
    assert len(json.loads(found.stdout)["modules"]) <= most
