import json
from itertools import combinations

import pytest
from monty.json import MontyDecoder

from interfacekit.errors import InputError
from interfacekit.transport import layer_material, shell_point, shell_stack
from interfacekit.transport.shells.resistance_parts import coating_ohm_cm2, contacts_ohm_cm2, interface_ohm_cm2
from interfacekit.transport.shells.variations import (
    Ranges,
    all_changes,
    changed_point,
    single_changes,
    varied_shell,
)

BARE = {
    "cathode": "LCO",
    "coating": "LNO",
    "electrolyte": "LGPS",
    "thickness_nm": 0,
    "voltage_V": 4.0,
    "temperature_K": 298.15,
}
SHELL = BARE | {"thickness_nm": 5}
RANGES = Ranges(hop_barriers_eV=(-0.1, 0.2), site_spacings_A=(2.8,))


def stack(point):
    return shell_stack(**{key: value for key, value in point.items() if key not in ("voltage_V", "temperature_K")})


def change(point, text):
    return next(one for one in single_changes(point, RANGES) if str(one) == text)


def test_every_uncertain_input_is_changed_with_its_certainty():
    assert {str(one): one.certainty for one in single_changes(BARE, RANGES)} == {
        "site energies LCO|LGPS -0.3 eV": "seen-secondary, of a stand-in",
        "site energies LCO|LGPS +0.3 eV": "seen-secondary, of a stand-in",
        "permittivity LGPS 7.5": "memory-approx",
        "permittivity LGPS 30": "memory-approx",
        "site energies plane by plane": "seen-secondary, of a stand-in",
        "hop barrier of contacts -0.1 eV": "assumed",
        "hop barrier of contacts +0.2 eV": "assumed",
        "site spacing 2.8 A": "assumed",
    }
    shell = {str(one): one.certainty for one in single_changes(SHELL, RANGES)}
    assert shell["permittivity LNO 92"] == "seen"
    assert {"site energies LCO|LNO -0.3 eV", "site energies LNO|LGPS -0.3 eV"} <= shell.keys()
    assert not any("permittivity LCO" in name for name in shell)


def test_site_energies_and_permittivities_move_by_what_was_asked():
    before, after = (
        stack(changed_point(SHELL, changes)).contact_numbers()
        for changes in ([], [change(SHELL, "site energies LNO|LGPS +0.3 eV")])
    )
    assert [a.offset_eV - b.offset_eV for b, a in zip(before, after, strict=True)] == pytest.approx([0, 0.3])
    halved = stack(changed_point(SHELL, [change(SHELL, "permittivity LNO 23")])).layer_materials[1]
    assert halved.permittivity == layer_material("LNO").permittivity / 2


def test_hop_barriers_of_all_contacts_are_shifted():
    def barriers(changes):
        planes = stack(changed_point(SHELL, changes)).planes(298.15, 4.0)
        return planes.barrier_eV[planes.interface_gaps]

    assert barriers([change(SHELL, "hop barrier of contacts +0.2 eV")]) - barriers([]) == pytest.approx(0.2)


def test_combinations_change_each_input_once_at_most():
    combined = all_changes(BARE, RANGES)
    assert len(combined) == 3 * 3 * 2 * 3 * 2
    assert combined[0] == ()
    assert len({tuple(map(str, changes)) for changes in combined}) == len(combined)
    assert max(len(changes) for changes in combined) == 5
    for changes in combined:
        assert all(first.kind != second.kind for first, second in combinations(changes, 2))
    assert [len(changes) for changes in combined] == sorted(len(changes) for changes in combined)


def test_changes_of_one_contact_are_joined():
    changes = [change(BARE, "site energies LCO|LGPS -0.3 eV"), change(BARE, "hop barrier of contacts +0.2 eV")]
    given = BARE | {"contacts": {"LCO|LGPS": {"attempt_frequency_Hz": 1e13}}}
    contact = changed_point(given, changes)["contacts"]["LCO|LGPS"]
    assert contact == {
        "attempt_frequency_Hz": 1e13,
        "offset_eV": pytest.approx(0.588, abs=1e-3),
        "barrier_eV": pytest.approx(layer_material("LCO").barrier_eV + 0.2),
    }
    assert "offset_eV" not in given["contacts"]["LCO|LGPS"]


def test_a_row_says_what_changed_and_what_the_contacts_add():
    changes = [change(SHELL, "site energies plane by plane"), change(SHELL, "permittivity LNO 92")]
    result = shell_point(**changed_point(SHELL, changes))
    row = varied_shell(changes, result)
    assert row.changes == ("site energies plane by plane", "permittivity LNO 92")
    assert row.certainty == ("seen-secondary, seen-secondary, of a stand-in", "seen")
    assert row.contacts_ohm_cm2 == pytest.approx(result.asr_layers["LCO|LNO"] + result.asr_layers["LNO|LGPS"])
    assert json.loads(row.to_json(), cls=MontyDecoder) == row
    frame = row.to_frame()
    assert frame["changes"][0] == "site energies plane by plane + permittivity LNO 92"
    assert frame["contacts_ohm_cm2"][0] == row.contacts_ohm_cm2


def test_parts_add_up_to_all_but_the_slices_of_the_ends():
    between = {"LNO|LGPS": {"thickness_nm": 10, "conductivity_S_cm": 1e-6}}
    result = shell_point(**SHELL, interphases=between)
    assert interface_ohm_cm2(result) == pytest.approx(contacts_ohm_cm2(result) + coating_ohm_cm2(result) + 1.0)
    slices = result.asr_layers["LCO"] + result.asr_layers["LGPS"]
    assert interface_ohm_cm2(result) + slices == pytest.approx(result.asr_ohm_cm2)


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"site_energies_eV": 0}, "site_energies_eV must be above 0"),
        ({"permittivity_factor": 1}, "permittivity_factor must be above 1"),
        ({"hop_barriers_eV": (0.1, float("nan"))}, "hop_barriers_eV must be a number"),
    ],
)
def test_impossible_ranges_are_refused(ranges, message):
    with pytest.raises(InputError, match=message):
        Ranges(**ranges)
