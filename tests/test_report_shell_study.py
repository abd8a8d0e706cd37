"""The words of the report follow from the numbers: other numbers, other words."""

from dataclasses import replace

import pytest

from interfacekit.report.markdown import listed, number, percent, span, table
from interfacekit.report.shell_study import shell_study_text
from interfacekit.transport import shell_point
from interfacekit.transport.shell_evidence import Thresholds, bare_resistance, drop_by_coating
from interfacekit.transport.shell_parts import contacts_ohm_cm2, interface_ohm_cm2, without_space_charge
from interfacekit.transport.shell_study import concluded
from interfacekit.transport.shell_variations import Ranges, all_changes, changed_point, single_changes

POINT = {
    "cathode": "LCO",
    "coating": "LNO",
    "electrolyte": "LGPS",
    "thickness_nm": 0,
    "voltage_V": 4.0,
    "temperature_K": 298.15,
}
COATED = POINT | {"coating": "LPO", "thickness_nm": 10}
RANGES = Ranges(hop_barriers_eV=(0.2,), site_spacings_A=(3.6,))


def computed(changes, point):
    return changes, shell_point(**changed_point(point, changes))


@pytest.fixture(scope="module")
def results():
    shell = POINT | {"thickness_nm": 5}
    points = [POINT | {"thickness_nm": t, "voltage_V": v} for t in (0, 1, 5) for v in (3.9, 4.0)]
    between = {"LCO|LGPS": {"thickness_nm": 280, "conductivity_S_cm": 1e-9}}
    at = [POINT | {"voltage_V": voltage} for voltage in (3.9, 4.0)]
    return {
        "shells": [shell_point(**point) for point in points],
        "kmc": [as_kmc(shell_point(**shell), 0.4, 0.2)],
        "varied_bare": [computed(changes, point) for point in at for changes in all_changes(point, RANGES)],
        "varied_shells": [
            [computed(changes, shell) for changes in [(), *((c,) for c in single_changes(shell, RANGES))]]
        ],
        "interphases": [shell_point(**POINT, interphases=between)],
        "failed": [],
    }


def neutral():
    return without_space_charge(POINT, shell_point(**POINT))


def as_kmc(result, above, error):
    parameters = {**result.provenance["parameters"], "hops_made": 1e6}
    return replace(
        result,
        method="kmc",
        asr_ohm_cm2=result.asr_ohm_cm2 + above,
        asr_err_ohm_cm2=error,
        provenance={**result.provenance, "parameters": parameters},
    )


@pytest.fixture(scope="module")
def text(results):
    return shell_study_text(concluded(POINT, Thresholds(), **results))


def section(text, title):
    return text.split(f"## {title}\n\n")[1].split("\n\n## ")[0]


def test_it_says_which_school_the_numbers_support(text):
    found = section(text, "Which school the numbers support")
    adds, without = (contacts_ohm_cm2(shell_point(**point)) for point in (POINT, neutral()))
    assert "**interphase** school (interphase-limited)" in found
    assert f"{percent(adds / 24080)} of the 2.4e4 to 2.8e4 Ohm cm2 that one resists (derived" in found
    assert "280 nm at 1e-09 S/cm adds 2.8e4 Ohm cm2: enough" in found
    assert adds < 0.9 * without
    assert f"The space charge lowers that: with a neutral electrolyte the contact would add {number(without)}" in found
    assert f"would raise it {number(interface_ohm_cm2(shell_point(**COATED)) / adds)}-fold" in found


@pytest.mark.parametrize(
    ("thresholds", "school"),
    [
        (Thresholds(enough=1e-5, negligible=1e-6), "the **space-charge** school"),
        (Thresholds(enough=0.5, negligible=1e-6), "**neither** school"),
    ],
)
def test_other_thresholds_give_another_school(results, thresholds, school):
    found = shell_study_text(concluded(POINT, thresholds, **results))
    assert f"The numbers support {school}" in found


def test_how_strongly_it_hangs_on_inputs_follows_from_what_turns_it(results, text):
    assert "That hangs **strongly** on inputs" in text
    values = [r.asr_layers["LCO|LGPS"] for _, r in results["varied_bare"]]
    turned = sum(value > 0.1 * 2800 * 8.6 for value in values)
    assert 0.1 < turned / len(values) < 0.9
    assert "2 of 16 results with one input changed turn it" in text
    assert "* hop barrier of contacts +0.2 eV (enough)" in text
    assert f"and {turned} of {len(values)} with any combination of them do ({percent(turned / len(values))}" in text
    planes = sum(
        value > 2408 and any(change.kind == "plane by plane" for change in changes)
        for value, (changes, _) in zip(values, results["varied_bare"], strict=True)
    )
    hops = sum(
        value > 2408 and any(change.kind == "hop barrier" for change in changes)
        for value, (changes, _) in zip(values, results["varied_bare"], strict=True)
    )
    often = f"hop barrier of contacts +0.2 eV ({hops}) and site energies plane by plane ({planes})"
    assert f"Most often among those that do: {often}." in text
    bare = results["varied_bare"]
    few = [(changes, r) for changes, r in bare if len(changes) <= 1 and "hop barrier" not in {c.kind for c in changes}]
    weakly = shell_study_text(concluded(POINT, Thresholds(), **results | {"varied_bare": few}))
    assert "That hangs **weakly** on inputs" in weakly
    assert "smallest combinations" not in weakly
    # Without single changes that turn it, those of several inputs still do.
    few = [(changes, r) for changes, r in bare if len(changes) != 1]
    moderately = shell_study_text(concluded(POINT, Thresholds(), **results | {"varied_bare": few}))
    assert "That hangs **moderately** on inputs" in moderately
    assert "none of 2 results with one input changed turns it" in moderately


def test_second_hand_inputs_are_told_by_themselves(text, results):
    kinds = {"site energies", "permittivity"}
    own = [r for changes, r in results["varied_bare"] if {change.kind for change in changes} <= kinds]
    values = [r.asr_layers["LCO|LGPS"] for r in own]
    assert f"Site energies and permittivities alone turn 0 of {len(own)}" in text
    row = next(line for line in text.splitlines() if line.startswith("| site energies, permittivity |"))
    assert row == f"| site energies, permittivity | {span(values)} | 0 of {len(own)} |"


def test_every_change_of_the_bare_contact_has_a_row_with_its_certainty(text):
    found = section(text, "How strongly it hangs on the inputs")
    assert "| site energies LCO\\|LGPS +0.3 eV | seen-secondary, of a stand-in |" in found
    assert "| permittivity LGPS 30 | memory-approx |" in found
    assert "LCO|LNO|LGPS, 5 nm:" in found
    assert "would have to meet one higher by 0.21 eV" in found
    assert "rose by 0.20 eV in the charged state, from 0.315 to 0.515 eV (seen" in found
    assert "LCO|LPO adds 2.7 Ohm cm2, and LiCoO2 | amorphous Li3PO4 has 10 (seen" in found


def test_measurements_that_share_a_source_are_one_piece_of_evidence(text):
    drop, resistance = drop_by_coating(), bare_resistance()
    assert resistance.source.startswith(drop.source)
    found = section(text, "What was measured, and what each gives of it")
    assert "The first two rest on the same measured drop" in found
    assert [line.split(" | ")[0] for line in found.splitlines()[2:4]] == [
        f"| {measured.quantity} ({measured.unit})" for measured in (resistance, drop)
    ]


def test_shells_are_compared_with_the_bare_contact(text):
    found = section(text, "Shells")
    assert found.count("| LCO\\|LNO\\|LGPS |") == 2
    assert "LNO: the thinnest resists least, and more than the bare contact" in found
    assert "It weakens the space charge in LGPS" in found


def test_kinetic_monte_carlo_is_held_against_the_continuum(text, results):
    assert "by up to 2.0 standard errors (the mean square is 4.0" in section(
        text, "Kinetic Monte Carlo and the continuum"
    )
    alone = shell_study_text(concluded(POINT, Thresholds(), **results | {"kmc": []}))
    assert "Kinetic Monte Carlo and the continuum" not in alone


def test_what_failed_is_told(results):
    found = shell_study_text(concluded(POINT, Thresholds(), **results | {"failed": ["shells: it broke"]}))
    assert section(found, "Not computed").strip() == "* shells: it broke"


def test_numbers_have_two_digits_and_tables_hold_bars():
    assert [number(v) for v in (0, 0.3237, -21.4, 2399, 24080, 1.6e11, 3e-5)] == [
        "0",
        "0.32",
        "-21",
        "2400",
        "2.4e4",
        "1.6e11",
        "3.0e-5",
    ]
    assert [percent(v) for v in (0.5, 1.34e-5, 0.255)] == ["50 %", "0.0013 %", "26 %"]
    assert (span([2, 1, 3]), span([0.3201, 0.3202])) == ("1.0 to 3.0", "0.32")
    assert listed(["LNO", "LPO", "LNTO"]) == "LNO, LPO and LNTO"
    assert table(["a|b"], [["c"]]) == "| a\\|b |\n| --- |\n| c |"
