import sys
from typing import NamedTuple

import pytest

from interfacekit import cli


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
