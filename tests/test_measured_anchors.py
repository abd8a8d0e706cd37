"""Numbers measured with pymatgen on the snapshot, reproduced to the last printed digit from the command line."""

import json

import pytest

WINDOWS_V = {
    "LGPS": (1.721, 2.291),
    "Li3PS4": (1.721, 2.363),
    "LiNbO3": (1.743, 3.758),
    "Li3PO4": (0.689, 4.210),
    "Li4Ti5O12": (1.751, 3.709),
    "LLZO": (0.049, 2.914),
}
CLOSED_MEV_PER_ATOM = {
    ("LCO", "LGPS"): (-337, -345),
    ("LNO", "LGPS"): (-112, -124),
    ("LCO", "LNO"): (0, 0),
    ("LCO", "Li3PS4"): (-402, None),
}
OPEN_V = ("2.0", "3.0", "3.5", "4.0", "4.3")
OPEN_MUTUAL_MEV_PER_NON_LI_ATOM = {
    ("LCO", "LGPS"): (-514, -570, -644, -707, -719),
    ("LNO", "LGPS"): (-181, -222, -298, -351, -351),
    ("LCO", "LNO"): (-125, 0, 0, 0, 0),
}


def test_windows(interfacekit):
    windows = json.loads(interfacekit("window", *WINDOWS_V, "--json").out)
    found = {w["phase"]: (round(w["reduction_V"], 3), round(w["oxidation_V"], 3)) for w in windows}
    assert found == WINDOWS_V


def test_windows_as_printed(interfacekit):
    printed = interfacekit("window", "LGPS", "LLZO").out
    rows = {line.split()[0]: line.split()[1:4] for line in printed.splitlines() if line.strip()}
    assert rows["LGPS"] == ["18.8", "1.721", "2.291"]
    assert rows["LLZO"] == ["6.7", "0.049", "2.914"]


@pytest.mark.parametrize("pair", CLOSED_MEV_PER_ATOM)
def test_closed_reactions(interfacekit, pair):
    mutual, total = CLOSED_MEV_PER_ATOM[pair]
    reaction = json.loads(interfacekit("react", *pair, "--json").out)
    assert round(1000 * reaction["mutual"]["eV_per_atom"]) == mutual
    if total is not None:
        assert round(1000 * reaction["total"]["eV_per_atom"]) == total


@pytest.mark.parametrize("pair", OPEN_MUTUAL_MEV_PER_NON_LI_ATOM)
def test_open_reactions(interfacekit, pair):
    voltages = [argument for voltage in OPEN_V for argument in ("--voltage", voltage)]
    reactions = json.loads(interfacekit("react", *pair, *voltages, "--json").out)
    assert [reaction["voltage_V"] for reaction in reactions] == [float(voltage) for voltage in OPEN_V]
    found = tuple(round(1000 * reaction["mutual"]["eV_per_non_Li_atom"]) for reaction in reactions)
    assert found == OPEN_MUTUAL_MEV_PER_NON_LI_ATOM[pair]


def test_average_voltage(interfacekit):
    window = json.loads(interfacekit("window", "LiCoO2", "--delithiated", "CoO2", "--json").out)
    assert round(window["delithiation"]["average_voltage_V"], 3) == 3.745
