"""The frame of workflows: which configuration is read, what is printed, and how failures end."""

import sys
import warnings
from typing import ClassVar

import pytest
from matplotlib.figure import Figure

from interfacekit.config import RunConfig
from interfacekit.config.models import CALCULATOR
from interfacekit.errors import ComputationError, InputError, InputWarning
from interfacekit.thermo import electrochemical_window
from interfacekit.workflow import Outputs, run_workflow


class Config(RunConfig):
    answer: int


class Calculating(Config):
    TRUSTED_FIELDS: ClassVar = {"calculator": CALCULATOR}

    calculator: str


@pytest.fixture
def script(tmp_path, monkeypatch):
    """A script with a configuration beside it."""
    (tmp_path / "study.yaml").write_text("answer: 42\n")
    monkeypatch.setattr(sys, "argv", ["study.py"])
    return str(tmp_path / "study.py")


def answered(config):
    return [f"the answer is {config.answer}"]


def test_the_configuration_beside_the_script_is_read(script, capsys):
    run_workflow(script, Config, answered)
    assert capsys.readouterr() == ("the answer is 42\n", "")


def test_a_configuration_that_is_named_wins(script, tmp_path, monkeypatch, capsys):
    (tmp_path / "mine.yaml").write_text("answer: 7\n")
    monkeypatch.setattr(sys, "argv", ["study.py", str(tmp_path / "mine.yaml")])
    run_workflow(script, Config, answered)
    assert capsys.readouterr().out == "the answer is 7\n"


def refuse(config):
    raise InputError("no such phase")


def interrupt(config):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("study", "status", "message"),
    [
        (refuse, 2, "study.yaml: no such phase\n"),
        (interrupt, 130, "interrupted; run it again to go on from here\n"),
    ],
)
def test_failures_end_with_one_line(script, capsys, study, status, message):
    with pytest.raises(SystemExit) as caught:
        run_workflow(script, Config, study)
    assert (caught.value.code, *capsys.readouterr()) == (status, "", message)


def warn(config):
    for _ in range(2):
        warnings.warn("an entry is suspicious", InputWarning, stacklevel=1)
    return answered(config)


def test_suspicious_input_is_pointed_out_once_in_one_line(script, capsys):
    run_workflow(script, Config, warn)
    assert capsys.readouterr() == ("the answer is 42\n", "study.yaml: warning: an entry is suspicious\n")


def test_other_warnings_stay_what_they_are(script, capsys):
    with pytest.raises(RuntimeWarning, match="other"):
        run_workflow(script, Config, lambda _: warnings.warn("other", RuntimeWarning, stacklevel=1))


def test_a_slip_in_the_configuration(script, tmp_path, capsys):
    (tmp_path / "study.yaml").write_text("anwser: 42\n")
    with pytest.raises(SystemExit) as caught:
        run_workflow(script, Config, answered)
    assert caught.value.code == 2
    assert "anwser" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "model", "message"),
    [
        (["a.yaml", "b.yaml"], Config, "the arguments must be one configuration file, got a.yaml b.yaml"),
        (["--help"], Calculating, "the arguments must be one configuration file and --trust-config, got --help"),
        (["--trust-config"], Config, "--trust-config has no effect: this workflow has no calculator"),
        ([], Calculating, "study.yaml: calculator must be a built-in calculator, got os:abort"),
    ],
)
def test_other_arguments_and_code_of_a_configuration_are_refused(
    script, tmp_path, monkeypatch, capsys, arguments, model, message
):
    monkeypatch.setattr(sys, "argv", ["study.py", *arguments])
    (tmp_path / "study.yaml").write_text("answer: 42\ncalculator: os:abort\n")
    with pytest.raises(SystemExit) as caught:
        run_workflow(script, model, answered)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err


def test_a_trusted_configuration_may_name_code(script, tmp_path, monkeypatch, capsys):
    (tmp_path / "mine.yaml").write_text("answer: 42\ncalculator: mine:make\n")
    monkeypatch.setattr(sys, "argv", ["study.py", "--trust-config", str(tmp_path / "mine.yaml")])
    run_workflow(script, Calculating, answered)
    assert capsys.readouterr().out == "the answer is 42\n"


def test_nothing_is_made_before_it_is_written_to(tmp_path):
    outputs = Outputs(tmp_path / "results", ["svg", "png"])
    outputs.save("nothing", [])
    assert not list(tmp_path.iterdir())
    assert [line.split(":")[0] for line in outputs.where()] == ["tables", "figures"]


def test_tables_figures_and_the_report(tmp_path):
    outputs = Outputs(tmp_path / "results", ["svg", "png"])
    outputs.save("window", [electrochemical_window("LGPS")])
    outputs.draw("line", lambda: Figure().add_subplot())
    outputs.write_report("# Words\n")
    found = sorted(str(path.relative_to(tmp_path / "results")) for path in tmp_path.rglob("*.*"))
    assert found == ["figures/line.png", "figures/line.svg", "report.md", "tables/window.csv", "tables/window.json"]
    assert outputs.report.read_text() == "# Words\n"
    assert outputs.where()[0] == f"report:  {outputs.report}"
    assert outputs.captions({"line": "A line"}) == {"figures/line.svg": "A line"}


def test_a_file_that_fails_costs_no_other(script, tmp_path, monkeypatch, capsys):
    def fail(*arguments):
        raise ValueError("too wide")

    def study(config):
        outputs = Outputs(tmp_path / "results", ["svg", "png"])
        outputs.save("window", [electrochemical_window("LGPS")], ["csv", "xls"])
        outputs.draw("bad", fail)
        outputs.draw("line", lambda: Figure().add_subplot())
        return outputs.finished(["the answer is 42"], ["one point was not computed"])

    with pytest.raises(SystemExit) as caught:
        run_workflow(script, Config, study)
    out, err = capsys.readouterr()
    assert (caught.value.code, out.splitlines()[0]) == (1, "the answer is 42")
    assert [line.split(":")[1].strip() for line in err.splitlines()] == [
        "one point was not computed",
        f"cannot write {tmp_path / 'results/tables/window.xls'}",
        f"{tmp_path / 'results/figures/bad.svg'} was not written",
    ]
    found = sorted(path.name for path in tmp_path.rglob("*.*"))
    assert found == ["line.png", "line.svg", "study.yaml", "window.csv"]


def test_a_computation_that_fails_ends_with_one_line(script, capsys):
    def study(config):
        raise ComputationError("the stack has no solution")

    with pytest.raises(SystemExit) as caught:
        run_workflow(script, Config, study)
    assert (caught.value.code, *capsys.readouterr()) == (1, "", "study.yaml: the stack has no solution\n")
