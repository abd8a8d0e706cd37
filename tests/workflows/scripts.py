"""Workflows as a user runs them, and in this process or a copy of it where their start is not what is tested."""

import io
import runpy
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import yaml

from tests.children import start

FOLDER = Path(__file__).parents[2] / "workflows"


def run(script, config, folder):
    """Run a workflow in a process of its own."""
    command = [sys.executable, str(script), str(_written(config, folder))]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)  # noqa: S603


def run_here(script, config, folder):
    """Run a workflow in this process, with the same outcome."""
    command, out, err, status = [str(script), str(_written(config, folder))], io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, chdir(folder), redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", command)
        try:
            runpy.run_path(str(script), run_name="__main__")
        except SystemExit as end:
            status = end.code
    return subprocess.CompletedProcess(command, status, out.getvalue(), err.getvalue())


def started(script, config, folder):
    """Start a workflow in a copy of this process, which can be killed."""
    return start(run_here, script, config, folder)


def _written(config, folder):
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(config))
    return path
