import json

import pandas as pd
import pytest
from monty.json import MontyDecoder

from interfacekit import export
from interfacekit.errors import InputError
from interfacekit.thermo import (
    contact_triangle,
    electrochemical_windows,
    entries_above_hull,
    entry_summary,
    interface_reaction,
    phase_map,
    stability_map,
)


@pytest.fixture(scope="module")
def results():
    return {
        "windows": electrochemical_windows(["LNO", "CoS2"]),
        "reaction": interface_reaction("LCO", "LNO"),
        "reactions": [interface_reaction("LCO", "LNO", voltage) for voltage in (2.0, 2.5)],
        "map": stability_map(["LNO", ("LCO", "LNO")]),
        "fields": phase_map("LCO", "LNO", (1.5, 3.0)),
        "triangle": contact_triangle("LCO", "LNO", "Li3PO4", 2.0),
        "system": entries_above_hull("Li-Nb-O"),
        "summary": entry_summary("mp2019"),
    }


KINDS = ["windows", "reaction", "reactions", "map", "fields", "triangle", "system", "summary"]


@pytest.mark.parametrize("kind", KINDS)
def test_json_reads_back_as_equal_results(results, kind, tmp_path):
    path = export.save(results[kind], tmp_path / "r.json")
    back = json.loads(path.read_text(), cls=MontyDecoder)
    expected = results[kind]
    assert (tuple(back) if isinstance(expected, tuple) else back) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_csv_has_every_row_with_its_provenance(results, kind, tmp_path):
    result = results[kind]
    frame = pd.read_csv(export.save(result, tmp_path / "r.csv"))
    several = result if isinstance(result, list | tuple) else [result]
    assert len(frame) == sum(len(r.to_frame()) for r in several)
    provenance = several[0].provenance
    assert set(frame["energies_sha256"]) == {provenance["energies"]["sha256"]}
    assert set(frame["thermo_type"]) == {"GGA_GGA+U_legacy"}
    assert set(frame["interfacekit_version"].astype(str)) == {provenance["version"]}


@pytest.mark.parametrize("kind", KINDS)
def test_provenance_has_package_energies_and_parameters(results, kind):
    result = results[kind]
    for one in result if isinstance(result, list | tuple) else [result]:
        assert one.provenance["package"] == "interfacekit"
        assert one.provenance["energies"]["source"] == "mp2019"
        assert "pymatgen" in one.provenance["engine"]
        assert isinstance(one.provenance["parameters"], dict)


@pytest.mark.parametrize("kind", ["windows", "reaction", "reactions", "map", "fields", "triangle"])
def test_figures_of_every_kind(results, kind, tmp_path):
    path = export.save(results[kind], tmp_path / "r.png")
    assert path.read_bytes()[-8:-4] == b"IEND"


@pytest.mark.parametrize("kind", ["system", "summary"])
def test_kinds_without_a_figure_say_so(results, kind, tmp_path):
    with pytest.raises(InputError, match="there is no figure of"):
        export.save(results[kind], tmp_path / "r.png")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_figure_leaves_the_old_file(results, tmp_path):
    path = tmp_path / "r.png"
    path.write_bytes(b"old")

    def broken():
        raise InputError("no")

    with pytest.raises(InputError):
        export.save(results["map"], path, broken)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
