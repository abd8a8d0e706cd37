"""How programs end: one line and an exit status for each kind of failure."""

import warnings

import pytest

from interfacekit.ending import Interrupted, status_of
from interfacekit.errors import ComputationError, InputError, InputWarning


def failing(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (InputError("no such phase"), 2, "p: no such phase"),
        (InputError("p holds no keys"), 2, "p holds no keys"),
        (InputError("a\x1b[31m\nb"), 2, r"p: a\x1b[31m b"),
        (ComputationError("no solution"), 1, "p: no solution"),
        (Interrupted("stopped; go on with --store"), 130, "p: stopped; go on with --store"),
        (KeyboardInterrupt(), 130, "stopped"),
        (MemoryError("8 GiB"), 1, "p: there is not enough memory for this; take less at a time (8 GiB)"),
        (OSError(28, "No space left on device", "/x/y"), 1, "p: cannot read or write a file: /x/y: No space left on d"),
    ],
)
def test_a_failure_is_one_line(capsys, error, status, line):
    assert status_of(failing(error), "p", "stopped") == status
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(line)


def test_help_that_was_shown_needs_no_line(capsys):
    assert status_of(failing(InputError("")), "p", "stopped") == 2
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("own", "status"), [(None, 0), (0, 0), (1, 1)])
def test_work_has_a_status_of_its_own(own, status):
    assert status_of(lambda: own, "p", "stopped") == status


def test_what_is_not_foreseen_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        status_of(failing(ZeroDivisionError()), "p", "stopped")


def test_suspicious_input_is_one_line(capsys):
    def work():
        warnings.warn("an entry is suspicious", InputWarning, stacklevel=1)

    assert status_of(work, "p", "stopped") == 0
    assert capsys.readouterr().err == "p: warning: an entry is suspicious\n"
