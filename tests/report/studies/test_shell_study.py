"""The words of the report follow from the numbers: other numbers, other words."""

from dataclasses import replace

import pytest

from interfacekit.report.studies.markdown import listed, number, percent, span, table
from interfacekit.report.studies.shell_answer import summary
from interfacekit.report.studies.shell_study import shell_study_text
from interfacekit.transport import shell_point
from interfacekit.transport.shells.evidence import Thresholds, bare_resistance, drop_by_coating
from interfacekit.transport.shells.resistance_parts import contacts_ohm_cm2, interface_ohm_cm2, without_space_charge
from interfacekit.transport.shells.study import concluded
from interfacekit.transport.shells.variations import Ranges, all_changes, changed_point, single_changes

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


def turns(result):
    return result.asr_layers["LCO|LGPS"] > 0.1 * 2800 * 8.6


def test_how_strongly_it_hangs_on_inputs_follows_from_what_turns_it(results, text):
    assert "and that hangs **strongly** on inputs" in text
    bare = [(changes, r) for changes, r in results["varied_bare"] if changes]
    turning = [changes for changes, r in bare if turns(r)]
    assert 0.1 < len(turning) / len(bare) < 0.9
    singles = [changes for changes in turning if len(changes) == 1]
    assert {change.kind for (change,) in singles} == {"hop barrier"}
    assert "each at 2 voltages, 2 of 14 results with one input changed turn it" in text
    assert "* hop barrier of contacts +0.2 eV (enough)" in text
    assert f"and {len(turning)} of {len(bare)} with one or more do" in text
    planes, hops = (sum(kind in {c.kind for c in cs} for cs in turning) for kind in ("plane by plane", "hop barrier"))
    often = f"hop barrier of contacts +0.2 eV ({hops}) and site energies plane by plane ({planes})"
    assert f"Most often among those that do: {often}." in text


def test_without_single_changes_that_turn_it_it_hangs_moderately_or_weakly(results):
    bare = results["varied_bare"]
    few = [(changes, r) for changes, r in bare if len(changes) <= 1 and "hop barrier" not in {c.kind for c in changes}]
    weakly = shell_study_text(concluded(POINT, Thresholds(), **results | {"varied_bare": few}))
    assert "and that hangs **weakly** on inputs" in weakly
    assert "none of 12 results with one input changed turns it" in weakly
    assert "smallest combinations" not in weakly
    assert "It was not varied here." in weakly
    others = [(changes, r) for changes, r in bare if len(changes) != 1]
    moderately = shell_study_text(concluded(POINT, Thresholds(), **results | {"varied_bare": others}))
    assert "and that hangs **moderately** on inputs" in moderately


def test_a_verdict_that_the_voltage_alone_turns_hangs_strongly(results):
    unchanged = [r for changes, r in results["varied_bare"] if not changes]
    low, high = sorted(contacts_ohm_cm2(r) for r in unchanged)
    between = Thresholds(enough=0.5, negligible=(low + high) / 2 / bare_resistance().low)
    few = [((), r) for r in unchanged]
    found = shell_study_text(concluded(POINT, between, **results | {"varied_bare": few}))
    assert "and that hangs **strongly** on inputs" in found
    assert "With no input changed, it is another at 1 of 2 voltages." in found


def test_other_verdicts_that_one_change_turns_are_told(results, text):
    study = concluded(POINT, Thresholds(), **results)
    drop = study.evidence[1]
    turned = drop.singles - drop.singles_alike
    assert turned > 0
    assert f"10 nm Li3PO4 (not enough) is turned by {turned} of {drop.singles} results with one input changed" in text
    assert f"({turned} of {drop.singles} turn it)" in section(text, "What was measured, and what each gives of it")


def test_second_hand_inputs_are_told_by_themselves(text, results):
    kinds = {"site energies", "permittivity"}
    own = [r for changes, r in results["varied_bare"] if changes and {change.kind for change in changes} <= kinds]
    values = [r.asr_layers["LCO|LGPS"] for r in own]
    assert f"Site energies and permittivities alone turn 0 of {len(own)}" in text
    row = next(line for line in text.splitlines() if line.startswith("| site energies, permittivity |"))
    assert row == f"| site energies, permittivity | {span(values)} | 0 of {len(own)} |"


def test_every_change_of_the_bare_contact_has_a_row_with_its_certainty(text):
    found = section(text, "How strongly it hangs on the inputs")
    assert "| site energies LCO\\|LGPS +0.3 eV | second-hand, of a stand-in |" in found
    assert "| permittivity LGPS 30 | recalled |" in found
    assert "LCO|LNO|LGPS, 4.91 nm:" in found


def test_shells_say_the_requested_thickness_where_it_is_another(text):
    found = section(text, "Shells")
    assert "| LCO\\|LNO\\|LGPS | 1.03 (asked: 1) |" in found
    assert "| LCO\\|LNO\\|LGPS | 4.91 (asked: 5) |" in found


def test_the_verdict_says_what_its_barrier_decides_and_what_the_model_misses(results, text):
    study = concluded(POINT, Thresholds(), **results)
    found = section(text, "Which school the numbers support")
    assert f"Higher by {study.shift_as_bare_eV:.2f} eV, it alone makes the bare contact add the 2.4e4 Ohm" in found
    (raised,) = (
        [r for changes, r in results["varied_bare"] if [c.kind for c in changes] == [kind]] for kind in ("hop barrier",)
    )
    assert f"+0.2 eV, makes it add {span(map(contacts_ohm_cm2, raised))} Ohm cm2, which turns the verdict at 2" in found
    assert "rose by 0.20 eV in the charged state, from 0.315 to 0.515 eV (seen" in found
    computed = shell_point(**COATED).asr_layers["LCO|LPO"]
    assert f"LCO|LPO adds {number(computed)} Ohm cm2 by the inputs as they are" in found
    assert "LiCoO2 | amorphous Li3PO4 has 10 (seen, thin film" in found
    assert f": {number(10 / computed)}-fold too little." in found


def test_the_gist_is_five_lines_of_the_same_numbers(results):
    study = concluded(POINT, Thresholds(), **results)
    lines = summary(study)
    assert len(lines) == 5
    assert lines[0].endswith("Ohm cm2 measured (derived): not enough")
    assert lines[1].endswith(
        "adds 2.8e4 Ohm cm2: enough; the numbers support the interphase school (interphase-limited)"
    )
    assert lines[2].startswith("that hangs strongly on the inputs: 2 of 14 results with one of them changed turn it")
    assert f"{study.shift_as_bare_eV:.2f} eV more alone explain what was measured" in lines[3]
    assert lines[4].endswith("-fold too little")
    assert not any("*" in line for line in lines)
    assert "no height of it explains" in summary(replace(study, shift_as_bare_eV=None))[3]


def test_words_and_figures_are_explained_at_the_end(results):
    study = concluded(POINT, Thresholds(negligible=0.2), **results)
    found = shell_study_text(study, {f"figures/{name}.png": f"What {name} shows" for name in "abc"})
    *_, last = section(found, "Figures").splitlines()
    assert last == "* [What c shows](figures/c.png)"
    assert "What a shows:\n\n![What a shows](figures/a.png)" in found
    assert "* [What a shows](figures/a.pdf)" in shell_study_text(study, {"figures/a.pdf": "What a shows"})
    words = section(found, "Words")
    assert "at least 50 %, at most 20 %, or a share between them" in words
    assert all(f"**{word}**" in words for word in ("seen", "derived", "second-hand", "recalled", "assumed", "open"))
    assert not any(word in found.replace(words, "") for word in ("memory-approx", "seen-secondary"))


def test_measurements_that_share_a_source_are_one_piece_of_evidence(text):
    drop, resistance = drop_by_coating(), bare_resistance()
    assert resistance.source.startswith(drop.source)
    found = section(text, "What was measured, and what each gives of it")
    assert "The first two rest on the same measured drop" in found
    assert [line.split(" | ")[0] for line in found.splitlines()[2:4]] == [
        f"| {measured.quantity} ({measured.unit})" for measured in (resistance, drop)
    ]


def test_shells_are_compared_with_the_bare_contact(text, results):
    found = section(text, "Shells")
    assert found.count("| LCO\\|LNO\\|LGPS |") == 2
    between = results["interphases"][0]
    row = next(line for line in found.splitlines() if "bare, interphase of 280 nm (fitted)" in line)
    adds = number(interface_ohm_cm2(between) - contacts_ohm_cm2(between))
    assert [cell.strip() for cell in row.split(" | ")][2:7:4] == [number(between.asr_ohm_cm2), adds]
    ends = between.asr_layers["LCO"] + between.asr_layers["LGPS"]
    assert f"The rest of each ASR, {number(ends)} Ohm cm2, is that of the slices of LCO and LGPS." in found
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
