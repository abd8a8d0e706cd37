"""Tables of space charges and resistances, as a terminal shows them."""

import re
from dataclasses import replace

import pytest

from interfacekit import report
from interfacekit.transport import Interphase, Layer, Stack, layer_material, shell_point, space_charge
from tests.transport.example_stacks import whole_planes_nm

SHELL = ("LCO", "LNO", "LGPS")
KMC = {"method": "kmc", "hops": 2e5, "cells": (12, 12), "threads": 2}


@pytest.fixture(scope="module")
def continuum():
    return shell_point(*SHELL, 5.0, 4.0, 298.15)


@pytest.fixture(scope="module")
def kmc():
    """Kinetic Monte Carlo with round numbers."""
    result = shell_point(*SHELL, 5.0, 4.0, 298.15, **KMC)
    return replace(
        result,
        asr_ohm_cm2=14.0164,
        asr_err_ohm_cm2=0.0463,
        asr_layers={**result.asr_layers, "LNO|LGPS": 0.41234},
        asr_err_layers={**result.asr_err_layers, "LNO|LGPS": 0.02345},
    )


@pytest.fixture
def shown(capsys):
    def show(results):
        report.show(results)
        return capsys.readouterr().out

    return show


def cells(text, start):
    """Cells of the row that begins with these words."""
    row = next(line for line in text.splitlines() if line.strip().startswith(start))
    return re.split(r"\s{2,}", row.strip())


def words(text):
    return " ".join(text.split())


def test_one_stack_is_told_in_full(shown, continuum):
    text = shown([continuum])
    about, planes, *_ = text.splitlines()
    assert about == "LCO 0.942 nm | LNO 4.91 nm | LGPS 10.2 nm at 4 V and 298.15 K: continuum"
    assert planes == "layers consist of whole planes; asked for: LNO 5 nm, LGPS 10 nm"
    assert "ASR     step" in text
    assert "(Ohm cm2)" in text
    for start, name, drop in (
        ("LCO, bulk", "LCO", "0.000"),
        ("LCO|LNO, excess", "LCO|LNO", "0.059"),
        ("LNO, bulk", "LNO", "0.001"),
        ("LNO|LGPS, excess", "LNO|LGPS", "-0.302"),
    ):
        assert cells(text, start) == [start, f"{continuum.asr_layers[name]:.4g}", drop]
    between = continuum.asr_ohm_cm2 - continuum.asr_layers["LCO"] - continuum.asr_layers["LGPS"]
    assert cells(text, "between the ends") == ["between the ends", f"{between:.4g}"]
    assert cells(text, "whole stack") == ["whole stack", f"{continuum.asr_ohm_cm2:.4g}", "-0.258"]
    charge = continuum.space_charges[-1]
    expected = ["LGPS", "LNO|LGPS", f"{charge.charge_uC_cm2:.4g}", f"{charge.width_nm:.2f}"]
    assert cells(text, "LGPS   LNO|LGPS") == [*expected, f"{charge.capacity_mAh_g:.4f}"]
    assert "between the ends: all but LCO and LGPS as bulk\n" in text
    assert "step: electric potential behind a part less that before it" in text
    electrons = -sum(side.charge_uC_cm2 for side in continuum.space_charges)
    assert f"no row for LCO, where electrons screen all fields: their charge at the surface ({electrons:.4g} uC" in text
    assert "±" not in text
    assert "hops" not in text.split("whole stack")[0]


def test_parts_stand_in_the_order_of_the_stack(shown):
    layers = [Layer("LCO"), Interphase(300.0, 2e-9), Layer("LNO", 2.0), Layer("LGPS", 4.0)]
    text = shown([space_charge(Stack(layers), 4.0)])
    starts = ("LCO, bulk", "LCO|LNO, excess", "LCO|LNO, interphase", "LNO, bulk", "LNO|LGPS, excess", "LGPS, bulk")
    places = [text.index(f"{start} ") for start in starts]
    assert places == sorted(places)
    assert cells(text, "LCO|LNO, interphase") == ["LCO|LNO, interphase", "15000"]


def test_methods_stand_beside_each_other_with_errors(shown, continuum, kmc):
    text = shown([continuum, kmc])
    assert "at 4 V and 298.15 K: continuum and kMC" in text
    assert "ASR, kMC" in text
    row = cells(text, "LNO|LGPS, excess")
    assert row[:3] == ["LNO|LGPS, excess", f"{continuum.asr_layers['LNO|LGPS']:.4g}", "0.41 ± 0.02"]
    assert cells(text, "whole stack")[:3] == ["whole stack", f"{continuum.asr_ohm_cm2:.4g}", "14.02 ± 0.05"]
    assert cells(text, "between the ends")[2].startswith(f"{kmc.asr_ohm_cm2 - kmc.asr_layers['LCO']:.2f} ± 0.05")
    # Bulk follows from the conductivity: what rounding leaves is no error.
    bulk = f"{whole_planes_nm('LNO', 5.0) * 1e-7 / layer_material('LNO').bulk_conductivity_S_cm(298.15):.4g}"
    assert cells(text, "LNO, bulk")[:3] == ["LNO, bulk", bulk, bulk]
    shares = [cells(text, f"{name}, bulk")[-1] for name in SHELL]
    assert shares == [f"{100 * kmc.hop_shares[name]:.0f}" for name in SHELL]
    made = kmc.provenance["parameters"]["hops_made"]
    assert f"kMC: kinetic Monte Carlo, {made:.2g} hops in 6 replicas on planes of 12 x 12 sites" in words(text)


def test_tables_fit_a_terminal_of_80_columns(monkeypatch, shown, continuum, kmc):
    monkeypatch.setenv("COLUMNS", "80")
    thick = [replace(continuum, thickness_nm=t) for t in (7.5, 20.0)]
    voltages = [replace(r, voltage_V=v) for r in thick for v in (3.9, 4.0, 4.1)]
    for results in ([continuum, kmc], voltages):
        tables = shown(results).split("ASR: ")[0]
        assert max(len(line.rstrip()) for line in tables.splitlines()) <= 80
        assert tables.count("Resistance") + tables.count("shell ") == 1  # the columns are in one table


def test_a_sweep_has_a_row_for_each_point(shown, continuum):
    bare = [shell_point(*SHELL, 0.0, v, 298.15) for v in (4.0, 4.1)]
    text = shown([*bare, continuum])
    assert "LCO|LNO|LGPS at 298.15 K: continuum" in text
    row = cells(text, "4.91")
    contacts = continuum.asr_layers["LCO|LNO"] + continuum.asr_layers["LNO|LGPS"]
    sums = [f"{value:.4g}" for value in (continuum.asr_ohm_cm2, continuum.asr_layers["LNO"], contacts)]
    assert row[:6] == ["4.91", "5", "4", *sums]
    assert cells(text, "bare")[:5] == ["bare", "-", "4", f"{bare[0].asr_ohm_cm2:.4g}", "-"]
    assert "interphase" not in text.split("ASR: ")[0]
    between = {"LCO|LGPS": {"thickness_nm": 300, "conductivity_S_cm": 2e-9}}
    coated = shown([shell_point(*SHELL, 0.0, 4.0, 298.15, interphases=between), continuum])
    assert cells(coated, "bare")[5:6] == ["15000"]
    assert cells(coated, "4.91")[5:6] == ["-"]
    assert "the slices of LCO (0.94 nm) and LGPS (10 nm) that belong to the stack" in words(text)
    assert "charge and width: of the space charge in LGPS alone" in words(text)
    assert "between the ends" not in text
    assert "step: electric potential at the end of the whole stack less that at its beginning" in words(text)


def test_a_column_says_what_was_asked_for_where_it_is_another(shown, continuum):
    whole_nm = whole_planes_nm("LNO", 5.0)
    text = shown([replace(continuum, voltage_V=v) for v in (3.9, 4.0, 4.1, 4.2, 4.3)])
    assert cells(text, "shell")[:2] == ["shell", "asked"]
    asked = [shell_point(*SHELL, whole_nm, v, 298.15) for v in (3.9, 4.0, 4.1, 4.2, 4.3)]
    text = shown(asked)
    assert "asked" not in text
    assert [cells(text, "4.91")[1]] == ["3.9"]


def test_contacts_of_a_sweep_have_the_error_of_the_stack(shown, kmc):
    """All noise is in the contacts, since bulk follows from conductivities."""
    thin = replace(kmc, thickness_nm=2.0, asr_err_layers=dict.fromkeys(kmc.asr_err_layers, 0.0), asr_err_ohm_cm2=0.3)
    contacts = kmc.asr_layers["LCO|LNO"] + kmc.asr_layers["LNO|LGPS"]
    assert cells(shown([thin, replace(thin, thickness_nm=3.0)]), "2")[4] == f"{contacts:.1f} ± 0.3"


def test_without_fields_nothing_balances(shown):
    text = shown([space_charge(Stack([Layer("LCO"), Layer("LNO", 2.0)], electrostatics=False), 4.0)])
    assert "electrons screen" not in text
    assert "between the ends" not in text


def test_a_sweep_has_a_table_for_each_method_and_temperature(shown, continuum, kmc):
    warm = replace(continuum, temperature_K=320.0)
    thin = replace(kmc, thickness_nm=2.0, layers=("LCO", "LNO", "LGPS"), thicknesses_nm=(0.94, 2.0, 6.0))
    text = shown([continuum, kmc, warm, thin])
    for title in ("at 4 V, 298.15 K: continuum", "at 4 V, 320 K: continuum", "at 4 V, 298.15 K: kMC"):
        assert f"LCO|LNO|LGPS {title}" in text
    rows = [line for line in text.splitlines() if "14.02 ± 0.05" in line]
    assert [line.split()[:2] for line in rows] == [["4.91", "5"], ["2", "5"]]


def test_seeds_are_told_apart(shown, kmc):
    parameters = {**kmc.provenance["parameters"], "seed": 7}
    other = replace(kmc, provenance={**kmc.provenance, "parameters": parameters})
    text = shown([kmc, other])
    assert "seed" in text
    rows = [line.split() for line in text.splitlines() if "14.02 ± 0.05" in line]
    assert [row[:3] for row in rows] == [["4.91", "5", "0"], ["4.91", "5", "7"]]


def test_coatings_are_told_apart(shown, continuum):
    text = shown([continuum, shell_point("LCO", "LPO", "LGPS", 5.0, 4.0, 298.15)])
    assert cells(text, "LCO|LPO|LGPS")[:3] == ["LCO|LPO|LGPS", "5.02", "5"]


def test_the_foot_tells_what_is_calibrated_second_hand_recalled_and_assumed(shown, continuum):
    text = words(shown([continuum]))
    assert (
        "calibrated, not predicted: to a measured chemical diffusion coefficient with a recalled slope of the voltage: "
        "bulk of LCO; to measured conductivities: bulk of LNO, LGPS; predicted"
    ) in text
    assert (
        "second-hand: site energy below Li metal of LCO 4 eV; offset across LCO|LNO -0.07 eV, LNO|LGPS 0.287 eV" in text
    )
    assert "Haruyama et al., Chem. Mater. 2014" in text
    assert "Li3PS4 stands in for Li10GeP2S12)" in text
    assert "recalled from memory, to be checked: slope of the voltage of LCO 0.9 eV; permittivity of LGPS 15" in text
    assert "assumed: filled share of sites of LCO 0.7, LNO 0.5, LGPS 0.833" in text
    assert "assumed: hops across a contact are as in the layer" in text
    for absent in ("given by you", "interphase", "permittivity of LCO"):
        assert absent not in text


def test_what_stands_in_for_what_is_told_once(shown):
    text = words(shown([shell_point("LCO", coating, "LGPS", 5.0, 4.0, 298.15) for coating in ("LNO", "LPO")]))
    assert text.count("Li3PS4 stands in for Li10GeP2S12") == 1
    assert text.count("LiNbO3 stands in for the coating") == 1


def test_the_foot_tells_what_was_given(shown):
    changes = {"materials": {"LNO": {"permittivity": 30, "conductivity_S_cm": 1e-6}}}
    changes["contacts"] = {"LCO|LNO": {"offset_eV": 0.1}, "LNO|LGPS": {"barrier_eV": 0.4}}
    text = words(shown([shell_point(*SHELL, 5.0, 4.0, 298.15, **changes)]))
    assert "slope of the voltage: bulk of LCO; to measured conductivities: bulk of LGPS; predicted" in text
    assert "conductivity of LNO 1e-06 S/cm" in text
    assert "permittivity of LNO 30" in text
    assert "offset across LCO|LNO 0.1 eV; barrier across LNO|LGPS 0.4 eV" in text
    assert "offset across LNO|LGPS 0.287 eV (Haruyama" in text


def test_the_foot_tells_offsets_from_left_to_right(shown):
    layers = [Layer("LGPS"), Layer("LNO", 2.0), Layer("LCO")]
    text = words(shown([space_charge(Stack(layers, contacts={"LCO|LNO": {"offset_eV": 0.5}}), 4.0)]))
    assert "offset across LGPS|LNO -0.287 eV (Haruyama" in text
    assert "given by you: offset across LNO|LCO -0.5 eV" in text


def test_the_foot_tells_site_energies_that_were_given(shown):
    ladder = {"LNO|LCO": {"left_ladder_eV": [0.1, -0.05]}}
    text = words(shown([shell_point(*SHELL, 5.0, 4.0, 298.15, contacts=ladder)]))
    assert "given by you: site energies of planes right of LCO|LNO 0.1, -0.05 eV" in text
    assert "offset across LCO|LNO -0.07 eV" in text
    assert "given by you" not in words(shown([shell_point(*SHELL, 5.0, 4.0, 298.15, ladder=True)]))


def test_the_foot_tells_that_pair_energies_come_after_the_calibration(shown):
    told = shell_point(*SHELL, 5.0, 4.0, 298.15)
    parameters = {**told.provenance["parameters"], "measured_bulk": ("LNO",)}
    measured = replace(told, provenance={**told.provenance, "parameters": parameters})
    assert "bulk of LNO (before its pair energies), LGPS" in words(shown([measured]))
    assert "before its pair energies" not in words(shown([told]))


def test_what_is_known_of_interphases_is_called_fitted(shown):
    between = {"LCO|LGPS": {"thickness_nm": 300, "conductivity_S_cm": 2e-9}}
    bare, with_one = (shell_point(*SHELL, 0.0, 4.0, 298.15, interphases=i) for i in (None, between))
    text = words(shown([bare]))
    assert "not counted: what a reaction leaves at the bare contact LCO|LGPS" in text
    assert "280-710 nm at 1-3e-9 S/cm are fitted to measured cells" in text
    text = words(shown([with_one]))
    assert "put in, not computed: interphase of LCO|LGPS 300 nm at 2e-09 S/cm" in text
    thicker = {"LCO|LGPS": {"thickness_nm": 500, "conductivity_S_cm": 2e-9}}
    with_thicker = shell_point(*SHELL, 0.0, 4.0, 310.0, interphases=thicker)
    both = "interphase of LCO|LGPS 300 nm at 2e-09 S/cm, LCO|LGPS 500 nm at 2e-09 S/cm"
    assert "temperatures" not in words(shown([with_one, with_one]))
    found = words(shown([with_one, with_one, with_thicker]))
    assert both in found
    assert "assumed: interphases without a barrier_eV resist alike at all temperatures: LCO|LGPS" in found
    activated = {"LCO|LGPS": {**thicker["LCO|LGPS"], "barrier_eV": 0.4, "temperature_K": 300}}
    found = words(shown([with_one, shell_point(*SHELL, 0.0, 4.0, 310.0, interphases=activated)]))
    assert "LCO|LGPS 500 nm at 2e-09 S/cm and 300 K, over 0.4 eV" in found
    assert "all temperatures" not in found
    assert "280-710 nm at 1-3e-9 S/cm are fitted to measured cells" in text
    assert "not counted" not in text


def test_nothing_reacts_between_two_pieces_of_one_material(shown):
    text = words(shown([space_charge(Stack([Layer("LCO"), Layer("LCO")]), 4.0)]))
    assert "LCO|LCO, excess" in text
    assert "not counted" not in text


def test_a_layer_alone_has_no_contacts_to_tell_of(shown):
    text = shown([space_charge(Stack([Layer("LNO", 2.0)]))])
    assert text.startswith("LNO 2.07 nm at 298.15 K: continuum\nlayers consist of whole planes; asked for: LNO 2 nm\n")
    assert cells(text, "LNO  ")[0] == "LNO"
    for absent in ("excess", "Space charge", "hop across"):
        assert absent not in text
