"""The workflow is run as a user runs it, on fewer candidates."""

import csv
import json
import re
import time

import pytest
import yaml
from monty.json import MontyDecoder

from tests.workflows.scripts import FOLDER, run, run_here, started

SCRIPT = FOLDER / "screen_coatings.py"


def kept(folder):
    return {path.name: path.read_bytes() for path in (folder / "out" / "records").glob("[0-9a-f]*.json")}


def run_until_killed(config, folder):
    """Start the workflow, kill it while it screens, and return the records that it leaves."""
    process = started(SCRIPT, config, folder)
    while len(kept(folder)) < 2:
        assert process.is_alive()
        time.sleep(0.005)
    process.kill()
    process.join()
    return kept(folder)


@pytest.fixture(scope="module")
def config():
    whole = yaml.safe_load(SCRIPT.with_suffix(".yaml").read_text())
    return whole | {
        "known": ["LiNbO3", "Li3PO4", "LiAlO2"],
        "contains": ["O"],
        "max_elements": 3,
        "best": 5,
        "figure_formats": ["png"],
        "results": "out",
    }


@pytest.fixture(scope="module")
def study(config, tmp_path_factory):
    """What the workflow leaves when it was killed on the way and run again."""
    folder = tmp_path_factory.mktemp("study")
    before = run_until_killed(config, folder)
    done = run(SCRIPT, config, folder)
    assert done.returncode == 0, done.stderr
    return done, folder, before


def rows(folder, name):
    with (folder / "out" / "tables" / f"{name}.csv").open() as stream:
        return list(csv.DictReader(stream))


def test_it_says_the_gist_and_where_the_results_are(study):
    done, *_ = study
    *gist, report, tables, figures = done.stdout.splitlines()
    assert (report, tables, figures) == ("report:  out/report.md", "tables:  out/tables", "figures: out/figures")
    assert len(gist) == 3
    assert gist[1] == "known coatings that pass: Li3PO4"


def test_a_study_that_was_killed_goes_on(study):
    _, folder, before = study
    after = kept(folder)
    assert 2 <= len(before) < len(after)
    assert all(after[name] == content for name, content in before.items())


def test_tables_hold_every_candidate(study, config):
    _, folder, _ = study
    everything = rows(folder, "all_candidates")
    excluded = {element for words in config["exclude"] for element in words.split()}
    without = rows(folder, "without_excluded_elements")
    with_lithium = rows(folder, "with_lithium")
    assert len(everything) > len(without) == len(with_lithium) > 50
    formulas = [re.findall("[A-Z][a-z]?", row["formula"]) for row in without]
    assert not any(excluded & set(elements) for elements in formulas)
    poor = [row for row in with_lithium if float(row["lithium_fraction"]) < 0.15]
    assert poor
    assert all("of its atoms are Li (at least 15%)" in row["failed"] for row in poor)
    screening = json.loads((folder / "out" / "tables" / "all_candidates.json").read_text(), cls=MontyDecoder)
    assert [c.formula for c in screening.candidates] == [row["formula"] for row in everything]
    assert screening.complete


def test_figures_are_there_and_in_the_report(study):
    _, folder, _ = study
    drawn = sorted(path.name for path in (folder / "out" / "figures").iterdir())
    assert drawn == sorted(
        f"{name}_{reactions}.png"
        for name in ("all_candidates", "without_excluded_elements", "with_lithium")
        for reactions in ("worst", "closed")
    )
    text = (folder / "out" / "report.md").read_text()
    assert sorted(re.findall(r"\]\(figures/(.*?)\)", text)) == drawn


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"known": ["LiNbO3", "Li3P2O4"]}, "the energies have no Li3P2O4"),
        ({"known": ["LiNbO3", "LiF"]}, "LiF is not among the screened candidates"),
        ({"gates": {"width": 1}}, "there is no gate 'width'"),
        ({"exclude": ["Xx"]}, "not an element symbol"),
        ({"lithium_fraction": 2}, "study.yaml: lithium_fraction must be between 0 and 1, got 2"),
        ({"cathode": "CoO2"}, "must contain Li"),
    ],
)
def test_slips_are_one_line_and_nothing_is_written(change, message, config, tmp_path):
    done = run_here(SCRIPT, config | change, tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
