import pytest

from interfacekit.errors import InputError
from interfacekit.phases import phase
from interfacekit.thermo import decomposition, interface_reaction


@pytest.mark.parametrize("voltage", [None, 1.0, 3.9])
def test_kinks_run_from_the_second_phase_to_the_first(voltage):
    reaction = interface_reaction("LCO", "LGPS", voltage)
    x = [kink.x for kink in reaction.kinks]
    assert x[0] == 0.0
    assert x[-1] == 1.0
    assert x == sorted(x)
    assert reaction.kinks[0].mutual_eV_per_atom == reaction.kinks[-1].mutual_eV_per_atom == 0.0
    assert min(k.mutual_eV_per_atom for k in reaction.kinks) < -0.1


@pytest.mark.parametrize("voltage", [None, 0.5, 3.9])
def test_the_ends_of_the_total_energy_are_the_phases_decompositions(voltage):
    reaction = interface_reaction("LNO", "LGPS", voltage)
    for kink, name in ((reaction.kinks[0], "LGPS"), (reaction.kinks[-1], "LNO")):
        alone = decomposition(name, voltage)
        assert kink.total_eV_per_atom == pytest.approx(alone.eV_per_atom, abs=1e-9)
        assert kink.total_eV_per_non_Li_atom == pytest.approx(alone.eV_per_non_Li_atom, abs=1e-9)
        assert kink.products == pytest.approx(alone.products, abs=1e-8)
        assert kink.li_per_formula == pytest.approx(alone.li_per_formula, abs=1e-8)


@pytest.mark.parametrize("voltage", [None, 2.0, 4.3])
def test_products_balance_the_reactants_at_every_kink(voltage):
    reaction = interface_reaction("LCO", "LGPS", voltage)
    first, second = (dict(phase(formula).amounts) for formula in reaction.formulas)
    for kink in reaction.kinks:
        left = dict.fromkeys({*first, *second}, 0.0)
        for amounts, share in ((first, kink.x_molar), (second, 1 - kink.x_molar)):
            for element, n in amounts.items():
                left[element] += n * share
        left["Li"] += kink.li_per_formula
        right = dict.fromkeys(left, 0.0)
        for formula, amount in kink.products.items():
            for element, n in phase(formula).amounts:
                right[element] += n * amount
        assert right == pytest.approx(left, abs=1e-6)


@pytest.mark.parametrize("voltage", [None, 3.0])
def test_swapping_the_phases_mirrors_the_mixing_ratio(voltage):
    one, other = interface_reaction("LCO", "LGPS", voltage), interface_reaction("LGPS", "LCO", voltage)
    assert one.mutual.eV_per_atom == pytest.approx(other.mutual.eV_per_atom, abs=1e-12)
    assert [k.x for k in one.kinks] == pytest.approx([1 - k.x for k in reversed(other.kinks)], abs=1e-9)


def test_both_bases_are_of_one_reaction():
    reaction = interface_reaction("LCO", "LGPS", 3.9)
    for minimum in (reaction.mutual, reaction.total):
        first, second = phase("LCO"), phase("LGPS")
        atoms = minimum.x_molar * first.n_atoms + (1 - minimum.x_molar) * second.n_atoms
        lithium = minimum.x_molar * 1 + (1 - minimum.x_molar) * 10
        ratio = (atoms - lithium) / atoms
        assert minimum.eV_per_atom == pytest.approx(minimum.eV_per_non_Li_atom * ratio, abs=1e-12)
    assert reaction.mutual.basis == "eV_per_non_Li_atom"
    assert interface_reaction("LCO", "LGPS").mutual.basis == "eV_per_atom"


def test_the_worst_kink_minimises_the_named_basis():
    closed, opened = interface_reaction("LCO", "LGPS"), interface_reaction("LCO", "LGPS", 4.0)
    assert closed.mutual.eV_per_atom == min(kink.mutual_eV_per_atom for kink in closed.kinks)
    assert opened.mutual.eV_per_non_Li_atom == min(kink.mutual_eV_per_non_Li_atom for kink in opened.kinks)
    assert opened.total.eV_per_non_Li_atom == min(kink.total_eV_per_non_Li_atom for kink in opened.kinks)


def test_a_stable_contact_has_no_reaction():
    reaction = interface_reaction("LCO", "LNO")
    assert len(reaction.kinks) == 2
    assert reaction.mutual.eV_per_atom == 0.0
    assert reaction.mutual.x in (0.0, 1.0)


def test_lithium_metal_reacts_closed_alone():
    reaction = interface_reaction("Li", "LGPS")
    assert reaction.mutual.eV_per_atom < -0.5
    assert reaction.kinks[-1].mutual_eV_per_non_Li_atom is None  # pure Li has no other atoms
    with pytest.raises(InputError, match="Li metal must not react with its own reservoir"):
        interface_reaction("Li", "LGPS", 0.5)


def test_a_phase_without_an_entry_is_flagged():
    reaction = interface_reaction("Li0.37CoO2", "LGPS")
    assert reaction.own_energy == (False, True)


@pytest.mark.parametrize(
    ("voltage", "message"),
    [
        (-3.9, r"a chemical potential of -3.9 eV is 3.9 V"),
        (float("nan"), "must be a number from 0 to 10 V"),
        (float("inf"), "must be from 0 to 10 V, got inf"),
    ],
)
def test_bad_voltages_are_refused(voltage, message):
    with pytest.raises(InputError, match=message):
        interface_reaction("LCO", "LGPS", voltage)


def test_the_same_phase_twice_is_refused():
    with pytest.raises(InputError, match="phases must be distinct compositions"):
        interface_reaction("LCO", "LiCoO2")


def test_frame_has_a_row_per_kink():
    reaction = interface_reaction("LCO", "LGPS", 3.0)
    frame = reaction.to_frame()
    assert frame["x"].tolist() == [kink.x for kink in reaction.kinks]
    assert set(frame["voltage_V"]) == {3.0}
