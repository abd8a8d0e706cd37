import dataclasses

import pytest

from interfacekit.errors import InputError
from interfacekit.thermo import entries_above_hull, interface_reaction
from interfacekit.thermo.spectroscopy import Claim, FormulaRule, Species, compare

SULFATE = FormulaRule(elements=["S", "O"], among=["Li", "Co"], ratio="O/S", least=4, most=4)


@pytest.fixture(scope="module")
def reactions():
    return {
        "|".join(pair): [interface_reaction(*pair, voltage) for voltage in (None, 3.0, 4.0)]
        for pair in (("LCO", "LGPS"), ("LNO", "LGPS"))
    }


@pytest.mark.parametrize(
    ("formula", "expected"),
    [("Li2SO4", True), ("CoSO4", True), ("Li2Co(SO4)2", True), ("Li2SO3", False), ("GeSO4", False), ("CoS2", False)],
)
def test_a_rule_reads_elements_and_ratios(formula, expected):
    assert SULFATE.matches(formula) is expected


def test_a_rule_without_a_ratio_is_its_elements():
    rule = FormulaRule(elements=["Co", "S"])
    assert rule.matches("Co9S8")
    assert not rule.matches("S")
    assert not rule.matches("Li2CoS2")


def claim(**changes):
    given = {"system": "bare LCO/LGPS", "quantity": "XPS S 2p after 100 cycles", "interfaces": ["LCO|LGPS"]}
    return Claim(**{**given, **changes})


def test_species_among_the_products_agree_and_others_do_not(reactions):
    present = Species(name="sulfate", phases=[SULFATE])
    unstable = Species(name="P2S6(2-)", phases=[FormulaRule(elements=["Li", "P", "S"], ratio="S/P", least=3, most=3)])
    agreed, refused = compare([claim(species=[present, unstable])], reactions).verdicts
    assert (agreed.verdict, refused.verdict) == ("agrees", "disagrees")
    assert "Li2SO4" in agreed.predicted
    assert agreed.certainty == "seen"
    assert agreed.where.startswith("worst mixing ratio (closed")


def test_a_species_that_is_not_predicted_names_the_nearest_phase_of_its_kind(reactions):
    unstable = Species(name="P2S6(2-)", phases=[FormulaRule(elements=["Li", "P", "S"], ratio="S/P", least=3, most=3)])
    (verdict,) = compare([claim(species=[unstable])], reactions).verdicts
    above = entries_above_hull("Li-P-S").to_frame().set_index("formula")["energy_above_hull_eV_per_atom"]
    assert verdict.predicted == f"none; nearest is Li2PS3, {1000 * above['Li2PS3']:.0f} meV/atom above the hull"


def test_a_species_of_which_the_energies_have_no_phase_is_not_predictable(reactions):
    never = Species(name="nickel sulfide", phases=[FormulaRule(elements=["Ni", "S"])])
    (verdict,) = compare([claim(species=[never])], reactions).verdicts
    assert (verdict.verdict, verdict.predicted) == ("not predictable", "no such phase among the energies")


def test_a_species_expected_absent_turns_the_verdict(reactions):
    absent = Species(name="sulfate", phases=[SULFATE], expected="absent")
    (verdict,) = compare([claim(species=[absent])], reactions).verdicts
    assert verdict.verdict == "disagrees"
    assert verdict.species == "sulfate absent"


def test_weaker_is_held_against_every_voltage(reactions):
    weaker = claim(interfaces=["LNO|LGPS"], weaker_than="LCO|LGPS")
    assert compare([weaker], reactions).verdicts[0].verdict == "agrees"
    turned = claim(interfaces=["LCO|LGPS"], weaker_than="LNO|LGPS")
    assert compare([turned], reactions).verdicts[0].verdict == "disagrees"


def test_weaker_names_the_shares_from_both_baselines(reactions):
    (verdict,) = compare([claim(interfaces=["LNO|LGPS"], weaker_than="LCO|LGPS")], reactions).verdicts
    for baseline in ("mutual", "total"):
        shares = [
            100 * getattr(weak, baseline).eV_per_atom / getattr(strong, baseline).eV_per_atom
            for weak, strong in zip(reactions["LNO|LGPS"], reactions["LCO|LGPS"], strict=True)
        ]
        assert f"{min(shares):.0f}-{max(shares):.0f} % ({baseline})" in verdict.predicted


def with_mutual(reaction, energy):
    return dataclasses.replace(reaction, mutual=dataclasses.replace(reaction.mutual, eV_per_atom=energy))


@pytest.mark.parametrize(
    ("weak", "strong"),
    [
        ([-0.1, -0.1, -0.1], [-0.3, -0.05, -0.3]),  # stronger at one voltage
        ([-0.1, 0.0, -0.1], [-0.3, -0.3, -0.3]),  # nil at one voltage
        ([-0.1, -0.1, -0.1], [-0.3, 0.0, -0.3]),  # the other nil at one voltage
    ],
)
def test_weaker_must_hold_at_every_voltage(reactions, weak, strong):
    changed = {
        "LNO|LGPS": [with_mutual(r, e) for r, e in zip(reactions["LNO|LGPS"], weak, strict=True)],
        "LCO|LGPS": [with_mutual(r, e) for r, e in zip(reactions["LCO|LGPS"], strong, strict=True)],
    }
    weaker = claim(interfaces=["LNO|LGPS"], weaker_than="LCO|LGPS")
    assert compare([weaker], changed).verdicts[0].verdict == "disagrees"


def test_weaker_needs_the_same_voltages(reactions):
    weaker = claim(interfaces=["LNO|LGPS"], weaker_than="LCO|LGPS")
    with pytest.raises(InputError, match="different voltages"):
        compare([weaker], {**reactions, "LCO|LGPS": reactions["LCO|LGPS"][:2]})


def test_products_of_one_phase_alone_are_told_apart_from_the_contacts(reactions):
    polysulfide = Species(name="polysulfide", phases=[FormulaRule(elements=["Li", "S"], ratio="S/Li", least=2)])
    (verdict,) = compare([claim(species=[polysulfide])], reactions).verdicts
    alone = [r.voltage_V for r in reactions["LCO|LGPS"] if "LiS4" in r.kinks[0].products]
    assert alone == [3.0]
    assert "LGPS alone (3 V)" in verdict.where


def test_a_row_that_says_two_things_can_be_split(reactions):
    split = claim(about="the shell", observed="nothing", species=[Species(name="sulfate", phases=[SULFATE])])
    (verdict,) = compare([split], reactions).verdicts
    assert (verdict.system, verdict.observed) == ("the shell", "nothing")
    assert verdict.note == "predicted (product species)"


def test_what_cannot_be_predicted_says_why(reactions):
    (verdict,) = compare([claim(interfaces=[], not_predictable="needs core levels")], reactions).verdicts
    assert (verdict.verdict, verdict.predicted) == ("not predictable", "needs core levels")


def test_comparison_round_trips_and_has_a_row_per_verdict(reactions):
    found = compare([claim(species=[Species(name="sulfate", phases=[SULFATE])])], reactions)
    assert type(found).from_dict(found.as_dict()) == found
    assert found.to_frame()["verdict"].tolist() == ["agrees"]
    assert dataclasses.is_dataclass(found.verdicts[0])


def test_an_unknown_claim_or_interface_is_refused(reactions):
    with pytest.raises(InputError, match="unknown claim"):
        compare([claim(quantity="XPS of gold")], reactions)
    with pytest.raises(InputError, match="was not computed"):
        compare([claim(interfaces=["LCO|LNO"], species=[Species(name="x", phases=[SULFATE])])], reactions)
