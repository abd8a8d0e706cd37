"""One functional and one correction scheme per table, checked from what the entries say."""

import json

import pytest

from interfacekit.entries import EntryTable, load_entries
from interfacekit.entries.files import load_file
from interfacekit.errors import InputError, InputWarning
from interfacekit.phases import phase
from interfacekit.thermo import electrochemical_window
from tests import places

CASES = places.CASES / "thermo"
BASE = CASES / "base_mp2020.json"
MP2020 = "MaterialsProject2020Compatibility"


def changed(folder, **changes):
    """The correct file with changes of entries by their id, or without those that become None."""
    entries = []
    for entry in json.loads(BASE.read_text()):
        change = changes.get(entry["entry_id"].removeprefix("x-"), {})
        if change is not None:
            entries.append(entry | change)
    path = folder / "mine.json"
    path.write_text(json.dumps(entries))
    return path


def raw(functional="GGA", **parameters):
    return {"correction": 0.0, "energy_adjustments": [], "parameters": {"run_type": functional, **parameters}}


def refuse(path, what, **kwargs):
    with pytest.raises(InputError, match=what) as caught:
        load_file(path, **kwargs)
    assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).startswith(path.name)


def formulas(path):
    return [entry["entry_id"].removeprefix("x-") for entry in json.loads(path.read_text())]


@pytest.mark.parametrize(("name", "low", "high"), [("LiFePO4", 2.140, 3.294), ("Li3PO4", 0.689, 4.210)])
def test_entries_of_one_scheme_have_their_windows_without_a_warning(name, low, high):
    window = electrochemical_window(name, BASE)
    assert (window.reduction_V, window.oxidation_V) == pytest.approx((low, high), abs=5e-4)
    assert window.provenance["energies"]["thermo_type"] == "GGA_GGA+U"
    assert "warnings" not in window.provenance["energies"]


def test_an_uncorrected_entry_among_corrected_ones_is_refused_by_name():
    refuse(
        CASES / "U1_own_uncorrected_entry_among_mp2020.json",
        r"entry 7 \(my-own-run, LiFePO4\) has no correction \(oxide and GGA\+U run\), but entry 5 .* and 10 more have",
    )


def test_one_corrected_entry_does_not_label_raw_ones(tmp_path):
    others = {name: raw("GGA+U" if "Fe" in name else "GGA") for name in formulas(BASE) if "O" in name and len(name) > 1}
    others.pop("Li2O")
    refuse(changed(tmp_path, **others), r"entry 7 \(x-LiFePO4, LiFePO4\), .* and 8 more have no correction .*x-Li2O")


def test_what_a_scheme_does_not_correct_needs_no_correction(tmp_path):
    assert len(load_file(changed(tmp_path, Li3P=raw(), FeP=raw()))) == 21
    old = {"correction": -0.687, "energy_adjustments": None}
    assert len(load_file(changed(tmp_path, Li2O=old))) == 21


def scheme(name, value=-0.7):
    return {"correction": value, "energy_adjustments": [{"value": value, "cls": {"@class": name}}]}


@pytest.mark.parametrize(
    ("others", "is_refused"),
    [
        ([("Li2S", raw())], False),  # the legacy scheme corrects sulphides by their structure
        ([("Li2S", raw()), ("Li2O2", raw())], True),
        ([("FeS", raw("GGA+U"))], True),
    ],
)
def test_the_legacy_scheme_corrects_oxides_and_u(tmp_path, others, is_refused):
    elements = [{"composition": symbol, "energy": -3.0} for symbol in ("Li", "O", "S", "Fe")]
    corrected = {"composition": "Li2O", "energy": -14.0} | scheme("MaterialsProjectCompatibility")
    others = [{"composition": formula, "energy": -13.0} | kind for formula, kind in others]
    path = tmp_path / "mine.json"
    path.write_text(json.dumps([*elements, corrected, *others]))
    if is_refused:
        refuse(path, rf"\({others[-1]['composition']}\) has no correction .* GGA_GGA\+U_legacy")
    else:
        assert load_file(path).thermo_type == "GGA_GGA+U_legacy"


def test_the_mixing_scheme_takes_raw_r2scan_and_corrected_gga(tmp_path):
    elements = [{"composition": symbol, "energy": -3.0} for symbol in ("Li", "O", "S")]
    mixed = {"composition": "Li2O", "energy": -14.0} | scheme("MaterialsProjectDFTMixingScheme")
    r2scan = {"composition": "Li2O2", "energy": -16.0} | raw("R2SCAN")
    gga = {"composition": "Li2SO4", "energy": -28.0}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps([*elements, mixed, r2scan, gga | scheme(MP2020) | {"parameters": {"run_type": "GGA"}}]))
    assert load_file(path).thermo_type == "GGA_GGA+U_R2SCAN"
    path.write_text(json.dumps([*elements, mixed, r2scan, gga | raw()]))
    refuse(path, r"entry 6 \(Li2SO4\) has no correction \(oxide\), but entry 4 \(Li2O\) has those of GGA_GGA\+U;")
    path.write_text(json.dumps([*elements, mixed, r2scan, gga | raw("HSE06")]))
    refuse(path, r"mixes thermo types GGA_GGA\+U_R2SCAN, HSE06")


@pytest.mark.parametrize(("count", "end"), [(3, "entry 6 (Li2O)"), (4, "entry 5 (Li2O) and 1 more")])
def test_how_many_entries_a_warning_names(tmp_path, count, end):
    entries = [{"composition": symbol, "energy": -3.0} for symbol in ("Li", "O")]
    entries += [{"composition": "O2", "energy": -6.0}] * (count == 3) + [
        {"composition": "Li2O", "energy": -14.0} | raw()
    ] * count
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(entries))
    (warning,) = load_file(path).warnings
    assert f"{end} are oxides" in warning


@pytest.mark.parametrize(
    ("formula", "is_refused"),
    [("Li2S", True), ("LiCl", True), ("LiI", True), ("Li3N", False), ("LiSi", False), ("CO2", True)],
)
def test_compounds_that_mp2020_always_corrects(tmp_path, formula, is_refused):
    one = {"entry_id": "mine", "composition": formula, "energy": -6.0 if formula != "CO2" else -20.0}
    others = [{"composition": symbol, "energy": -2.0} for symbol in ("S", "Cl", "I", "N", "Si", "C")]
    path = changed(tmp_path)
    path.write_text(json.dumps([*json.loads(path.read_text()), *others, one]))
    if is_refused:
        refuse(path, rf"\(mine, {formula}\) has no correction")
    else:
        assert formula in load_file(path).formulas


@pytest.mark.parametrize(
    "run_type", ["HSE06", "SCAN", "PBEsol", "r2SCAN", "R2SCAN_U", "PBESol_U", "LDA", "GGA+vdW-D3", "PBE0", "hse06"]
)
@pytest.mark.parametrize("place", ["parameters", "data"])
def test_another_functional_is_refused(tmp_path, run_type, place):
    other = raw() | {"parameters": {}} | {place: {"run_type": run_type}}
    path = changed(tmp_path, LiFePO4=other, Li3PO4=other)
    refuse(path, r"mixes thermo types .*no common zero \(entry 7 \(x-LiFePO4, LiFePO4\) is")


@pytest.mark.parametrize("run_type", ["PBE", "PBE+U", "GGA_U"])
def test_names_of_one_functional(tmp_path, run_type):
    corrected = next(e for e in json.loads(BASE.read_text()) if e["entry_id"] == "x-LiFePO4")
    path = changed(tmp_path, LiFePO4={**corrected, "parameters": {"run_type": run_type}})
    assert load_file(path) == load_file(path, "GGA_GGA+U")


def test_hse_energies_among_gga_are_refused():
    refuse(CASES / "U2_hse_entries_among_gga.json", r"mixes thermo types GGA_GGA\+U, HSE06, .*x-LiFePO4")


def test_a_corrected_run_of_another_functional_is_refused(tmp_path):
    path = changed(tmp_path, LiFePO4={"parameters": {"run_type": "HSE06"}})
    refuse(path, r"entry 7 \(x-LiFePO4, LiFePO4\) was run with HSE06, which has no common zero with GGA_GGA\+U")


def test_the_declared_thermo_type_has_the_functional_of_the_runs(tmp_path):
    entries = [{"composition": s, "energy": -2.0, "parameters": {"run_type": "GGA"}} for s in ("Li", "P", "Li3P")]
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(entries))
    refuse(path, r"entry 1 \(Li\) was run with GGA, which has no common zero with R2SCAN", thermo_type="R2SCAN")
    assert load_file(path, "GGA_GGA+U_legacy").thermo_type == "GGA_GGA+U_legacy"


def test_a_table_of_one_other_functional_is_named_by_it(tmp_path):
    path = tmp_path / "mine.json"
    entries = [{"composition": s, "energy": e} | raw("HSE06") for s, e in (("Li", -2.0), ("O", -5.0), ("Li2O", -15.0))]
    path.write_text(json.dumps(entries))
    table = load_file(path)
    assert (table.thermo_type, table.warnings) == ("HSE06", ())


@pytest.mark.parametrize(
    ("total", "is_refused"), [(-5.004, False), (-5.0105, False), (-5.0115, True), (0.0, True), (-0.687, True)]
)
def test_a_total_that_contradicts_its_adjustments_is_refused(tmp_path, total, is_refused):
    path = changed(tmp_path, LiFePO4={"correction": total})
    if is_refused:
        refuse(path, r"entry 7 .* correction is .* eV, but its energy adjustments sum to -5\.004 eV")
    else:
        load_file(path)
    refuse(changed(tmp_path, Li3P={"correction": -1.0}), r"x-Li3P, Li3P\): its correction is -1 eV, .* sum to 0 eV")


@pytest.mark.parametrize(
    "adjustment",
    [
        {"value": -0.687},
        {"adj_per_atom": -0.687, "n_atoms": 1},
        {"adj_per_deg": -0.00229, "temp": 300, "n_atoms": 1},
    ],
)
def test_adjustments_of_all_classes_add_up(tmp_path, adjustment):
    one = {"energy_adjustments": [adjustment | {"cls": {"@class": MP2020}}]}
    assert load_file(changed(tmp_path, Li2O=one)) == load_file(changed(tmp_path, Li2O=one), "GGA_GGA+U")
    refuse(changed(tmp_path, Li2O=one | {"correction": -0.5}), "sum to -0.687 eV")


def test_corrections_of_two_schemes_in_one_entry_are_refused(tmp_path):
    entries = json.loads(BASE.read_text())
    both = [*entries[4]["energy_adjustments"], {"value": 0.0, "cls": {"@class": "MaterialsProjectCompatibility"}}]
    refuse(
        changed(tmp_path, Li2O={"energy_adjustments": both}),
        r"entry 5 \(x-Li2O, Li2O\) has corrections of GGA_GGA\+U_legacy among GGA_GGA\+U",
    )


def test_raw_oxides_are_pointed_out_on_stderr_and_in_the_provenance(tmp_path, interfacekit):
    changes = {name: raw("GGA+U" if {"Fe", "O"} <= phase(name).elements else "GGA") for name in formulas(BASE)}
    path = changed(tmp_path, **changes)
    with pytest.warns(InputWarning, match=r"mine.json: entry 5 \(x-Li2O, Li2O\), .* and 9 more are oxides or GGA\+U"):
        table = load_entries(path)
    assert EntryTable.from_dict(table.as_dict()).warnings == table.warnings == table.subset("Li-O").warnings
    run = interfacekit("window", "Li2O", "--entries", path, "--json")
    assert (run.status, run.err) == (0, f"interfacekit: warning: {table.warnings[0]}\n")
    assert json.loads(run.out)["provenance"]["energies"]["warnings"] == list(table.warnings)
