"""Tables of every command on terminals of 40 to 120 columns: nothing of what a wide one shows is cut or lost."""

import re
from collections import Counter

import pytest
from pymatgen.core import Lattice, Structure
from rich.cells import cell_len

from interfacekit import report, thermo
from interfacekit.thermo import spectroscopy as comparison
from tests.plots.structure.test_barriers import hop, table

WIDTHS = (40, 60, 80, 120)
MATCH = ("--miller", "0,0,1", "--miller", "0,0,1")
COMMANDS = [
    "window LGPS LNO",
    "window LCO --delithiated CoO2",
    "window LiNi0.333Mn0.333Co0.333O2 LGPS",
    "window LGPS LNO --ensemble 20",
    "window LGPS --leave-one-out",
    "react LCO LGPS",
    "react LCO LGPS --voltage 3.9",
    "react LCO LGPS --voltage 2:4:0.5",
    "react LCO LGPS --ensemble 20",
    "react LCO LGPS --voltage 2:4:1 --ensemble 20",
    "react LCO LGPS --voltage 4 --leave-one-out",
    "react LCO LNO LGPS --voltage 4",
    "map LCO LNO LGPS",
    "map LCO LNO --fields",
    "screen --cathode LCO --electrolyte LGPS --candidates LNO LiTaO3 Al2O3 Li3B5(HO5)2",
    "entries",
    "entries Li-Nb-O",
    "crystal LGPS",
    "network LGPS",
    "interface LCO LNO --miller 0,0,1 --miller 0,0,1 --max-area 100",
    "kmc LGPS --hops 4e6 --temperature 250,300",
    "bench kmc --sites 1e3 --seconds 0.001",
    "scl LCO LNO:5nm LGPS --voltage 4",
    "scl LCO LNO:5nm LGPS --voltage 4 --kmc --hops 1e5 --cells 12,12",
    "shell --cathode LCO --coating LNO --electrolyte LGPS --thickness 0,1,5 --voltage 3.9,4",
    "shell --cathode LCO --coating LNO --electrolyte LGPS --thickness 5 --voltage 4",
]
#: Headers that a narrow column may hyphenate.
WHOLE = {"electro-": "electrolyte", "decom-": "decomposes"}
#: What stands together: amounts with their phases, values with their errors and intervals.
TOGETHER = re.compile(r"(?<![\w.])\d+\.?\d* [A-Z][A-Za-z0-9().]*|[\d.]+ ± [\d.]+|\[[-\d.]+, [-\d.]+\]")


@pytest.fixture
def shown(monkeypatch, capsys):
    """Return what a function prints on a terminal of so many columns."""

    def show(printed, width):
        monkeypatch.setenv("COLUMNS", str(width))
        printed()
        return capsys.readouterr().out

    return show


@pytest.fixture
def printed_by(interfacekit, monkeypatch):
    """Return a function that prints once more what a command has printed."""

    def run(*arguments):
        results = []
        monkeypatch.setattr(report, "show", results.append)
        assert interfacekit(*arguments).status == 0
        monkeypatch.undo()
        return lambda: [report.show(result) for result in results]

    return run


def words(text):
    return Counter(WHOLE.get(word, word) for word in text.split() if set(word) - set("─-"))


def check(printed, shown):
    wide = shown(printed, 1000)
    assert wide
    for width in WIDTHS:
        narrow = shown(printed, width)
        assert max(map(cell_len, narrow.splitlines())) <= width
        assert "…" not in narrow
        missing = words(wide) - words(narrow)
        joined = "".join(narrow.split())
        assert not {word for word in missing if len(word) <= width or word not in joined}
        assert not Counter(TOGETHER.findall(wide)) - Counter(
            match for line in narrow.splitlines() for match in TOGETHER.findall(line)
        )


@pytest.mark.parametrize("command", COMMANDS)
def test_commands(printed_by, shown, command):
    check(printed_by(*command.split()), shown)


def test_commands_that_print_otherwise(shown, interfacekit):
    check(lambda: report.aliases(as_json=False), shown)
    check(lambda: report.put("all kernels are compiled already; kept in /home/me/.cache/numba"), shown)


def test_barriers_and_adhesion(shown, printed_by, tmp_path):
    broken = hop("Li1-Li2 3.21 A", None, status="failed", error="the calculator did not converge in 500 steps")
    check(lambda: report.show(table(hop(), broken)), shown)
    path = str(tmp_path / "al.cif")
    Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.0), ["Al"], [[0, 0, 0]]).to(filename=path)
    check(printed_by("interface", path, path, *MATCH, "--max-area", "10", "--adhesion", "emt"), shown)


def test_what_workflows_print(shown):
    reactions = {"LCO|LGPS": [thermo.interface_reaction("LCO", "LGPS", voltage) for voltage in (None, 4.0)]}
    rule = comparison.FormulaRule(elements=["S", "O"], among=["Li", "Co"], ratio="O/S", least=4, most=4)
    claim = comparison.Claim(
        system="bare LCO/LGPS",
        quantity="XPS S 2p after 100 cycles",
        interfaces=["LCO|LGPS"],
        species=[comparison.Species(name="sulfate", phases=[rule])],
    )
    check(lambda: report.show(comparison.compare([claim], reactions)), shown)
    check(lambda: report.closed_reactions([reactions["LCO|LGPS"][0]]), shown)
    study = thermo.screen("LCO", "LGPS", ["LNO", "LPO", "LTO"])
    check(lambda: report.show(thermo.screening_ensemble(study, n=10)), shown)
