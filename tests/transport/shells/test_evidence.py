import json
import math

import pytest
from monty.json import MontyDecoder

from interfacekit.errors import InputError
from interfacekit.transport import shell_point
from interfacekit.transport.shells.evidence import (
    Measurement,
    Thresholds,
    bare_resistance,
    drop_by_coating,
    gather,
    irreversible_charge,
    school,
    verdict,
    weigh,
)
from interfacekit.transport.shells.resistance_parts import (
    barrier_shift_eV,
    contact_barriers_eV,
    contacts_ohm_cm2,
    interface_ohm_cm2,
    raised_barriers,
    without_space_charge,
)
from interfacekit.transport.shells.variations import Change, Ranges, all_changes, changed_point

BARE = {
    "cathode": "LCO",
    "coating": "LNO",
    "electrolyte": "LGPS",
    "thickness_nm": 0,
    "voltage_V": 4.0,
    "temperature_K": 298.15,
}
COATED = BARE | {"coating": "LPO", "thickness_nm": 10}
MEASURED = Measurement("resistance", "Ohm cm2", 100.0, 120.0, "a cell", "a paper", "seen")
WIDER, PLANES = (Change(kind, kind, "more", "assumed", {}) for kind in ("wider", "planes"))


def test_measurements_are_those_of_the_tables():
    resistance, drop, charge = bare_resistance(), drop_by_coating(), irreversible_charge()
    assert (resistance.low, resistance.high) == pytest.approx((2800 * 8.6, 2800 * 10))
    assert (resistance.certainty, drop.certainty, charge.certainty) == ("derived", "seen", "derived")
    assert (drop.low, charge.low) == (2800, 31.3)
    assert "Nishio" in resistance.source
    assert "Haruta 2015" in resistance.source


@pytest.mark.parametrize(
    ("value", "found"),
    [(50, "enough"), (1e9, "enough"), (49, "open"), (10, "not enough"), (-5, "not enough"), (11, "open")],
)
def test_a_value_is_enough_from_a_share_of_the_lower_end(value, found):
    assert verdict(value, MEASURED, Thresholds(enough=0.5, negligible=0.1)) == found


def test_thresholds_are_shares_in_their_order():
    for enough, negligible in ((0.1, 0.5), (0.5, 0)):
        with pytest.raises(InputError, match="0 < negligible < enough <= 1"):
            Thresholds(enough, negligible)
    for enough in (2, "half", float("nan"), True):
        with pytest.raises(InputError, match=r"^enough must be [^\n]*from 0 to 1, got"):
            Thresholds(enough)


def test_changes_that_turn_a_verdict_are_counted_and_the_smallest_named():
    varied = [((), 1.0), ((WIDER,), 2.0), ((PLANES,), 30.0), ((WIDER, PLANES), 60.0), ((), 3.0), ((PLANES,), 5.0)]
    found = weigh(MEASURED, 1.0, varied, (80.0, 90.0), Thresholds())
    assert (found.verdict, found.interphase_verdict) == ("not enough", "enough")
    assert (found.single_low, found.single_high, found.lowest, found.highest) == (1, 30, 1, 60)
    assert (found.unchanged, found.unchanged_alike) == (2, 2)
    assert (found.singles, found.singles_alike, found.all, found.all_alike) == (3, 2, 4, 2)
    assert found.fewest == ("planes more (open)",)
    assert (found.interphase_low, found.interphase_high) == (80, 90)
    assert json.loads(found.to_json(), cls=MontyDecoder) == found
    assert found.to_frame()["measured_low"][0] == 100


def test_the_smallest_combinations_hold_no_smaller_one():
    third = Change("third", "third", "more", "assumed", {})
    turning = [((WIDER, PLANES), 60.0), ((WIDER, PLANES, third), 60.0), ((third,), 1.0), ((WIDER, third), 30.0)]
    found = weigh(MEASURED, 1.0, [((), 1.0), *turning, ((third, PLANES), 1.0)], (), Thresholds())
    assert found.fewest == ("wider more + planes more (enough)", "wider more + third more (open)")


def test_a_voltage_that_turns_a_verdict_is_no_change_of_an_input():
    found = weigh(MEASURED, 1.0, [((), 1.0), ((), 20.0), ((WIDER,), 1.0)], (), Thresholds())
    assert (found.unchanged, found.unchanged_alike, found.singles, found.singles_alike) == (2, 1, 1, 1)
    assert (found.all, found.all_alike) == (1, 1)
    assert found.single_high == 20
    assert found.fewest == ("no change, at another voltage (open)",)


@pytest.mark.parametrize(
    ("space_charge", "interphase", "which"),
    [
        (1.0, (80.0,), "interphase-limited"),
        (60.0, (80.0,), "SCL-limited"),
        (1.0, (20.0,), "undecided"),
        (20.0, (80.0,), "undecided"),
        (1.0, (), "undecided"),
    ],
)
def test_the_school_follows_from_what_is_enough(space_charge, interphase, which):
    assert school(weigh(MEASURED, space_charge, [((), space_charge)], interphase, Thresholds())) == which


def test_the_bare_contact_is_weighed_against_three_measurements():
    ranges = Ranges(hop_barriers_eV=(0.2,), site_spacings_A=(3.6,), ladder=False)
    varied = [
        (changes, shell_point(**changed_point(point, changes)))
        for point in (BARE, BARE | {"voltage_V": 3.9})
        for changes in all_changes(point, ranges)
    ]
    between = {"LCO|LGPS": {"thickness_nm": 280, "conductivity_S_cm": 1e-9}}
    with_interphase, coated = shell_point(**BARE, interphases=between), shell_point(**COATED)
    resistance, drop, charge = gather(varied, 4.0, [with_interphase], coated, Thresholds())
    bare = shell_point(**BARE)
    assert resistance.space_charge == pytest.approx(contacts_ohm_cm2(bare))
    assert resistance.interphase_low == pytest.approx(2.8e4, rel=1e-3)
    assert drop.space_charge == pytest.approx(contacts_ohm_cm2(bare) / interface_ohm_cm2(coated))
    assert drop.interphase_low == pytest.approx(resistance.interphase_low / interface_ohm_cm2(coated))
    assert charge.space_charge == pytest.approx(bare.scl_capacity_mAh_g)
    assert charge.interphase_low is None
    assert len(varied) == 2 * 3 * 3 * 2 * 2
    assert (resistance.unchanged, resistance.all) == (2, len(varied) - 2)
    assert resistance.singles == 2 * (2 + 2 + 1 + 1)
    assert resistance.highest == max(contacts_ohm_cm2(result) for _, result in varied)


def test_a_contact_without_space_charge_has_a_neutral_electrolyte():
    bare = shell_point(**BARE)
    neutral = shell_point(**without_space_charge(BARE, bare))
    assert abs(bare.scl_charge_uC_cm2) > 10
    assert neutral.scl_charge_uC_cm2 == pytest.approx(0, abs=1e-9)
    assert neutral.potential_drop_V == pytest.approx(0, abs=1e-9)


def test_hops_over_a_higher_barrier_resist_as_was_asked():
    shift = barrier_shift_eV(COATED, "LCO|LPO", 10.0)
    raised = raised_barriers(COATED, shift)
    assert raised["contacts"]["LCO|LPO"]["barrier_eV"] == pytest.approx(contact_barriers_eV(COATED)["LCO|LPO"] + shift)
    assert shell_point(**raised).asr_layers["LCO|LPO"] == pytest.approx(10, rel=1e-4)
    assert barrier_shift_eV(COATED, "LCO|LPO", 1e40) is None


def test_a_rise_of_the_barrier_by_0_2_eV_is_that_of_its_rate():
    """Beyond the bulk that it replaces, a contact that limits resists in proportion to exp(Eb / kT)."""
    low, high = (shell_point(**raised_barriers(BARE, shift)).asr_layers["LCO|LGPS"] for shift in (0.3, 0.5))
    assert math.log(high / low) == pytest.approx(0.2 / (8.617333e-5 * 298.15), rel=1e-3)
