import gc
import logging
import sys
from typing import NamedTuple

import pytest

from interfacekit import cli


def pytest_configure():
    # Workers hold hundreds of thousands of objects that stay: looking through all of them often takes a twentieth of
    # the time of the suite.
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    """Tables are as wide as in a pipe, whatever the terminal of those who run the tests."""
    monkeypatch.delenv("COLUMNS", raising=False)


class Run(NamedTuple):
    status: int
    out: str
    err: str


@pytest.fixture
def interfacekit(monkeypatch, capsys):
    """The command line, run in this process: `interfacekit("window", "LGPS")` -> status, stdout, stderr."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["interfacekit", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        return Run(caught.value.code, *capsys.readouterr())

    return run


@pytest.fixture
def resumed(caplog, monkeypatch):
    """The log of what says from where a run goes on, also after the command line has taken it."""
    monkeypatch.setattr(logging.getLogger("interfacekit.resume"), "propagate", True)
    caplog.set_level("INFO", logger="interfacekit.resume")
    return caplog
