import pytest

from interfacekit.entries import EntryTable
from interfacekit.errors import InputError
from interfacekit.phases import phase
from interfacekit.results import written
from interfacekit.thermo import average_voltage, decomposition, electrochemical_window, electrochemical_windows


def integral(window, low_V, high_V):
    """Integral of the Li taken up over voltage, Li V per formula unit."""
    total = 0.0
    for step in window.steps:
        end = high_V if step.voltage_high_V is None else min(step.voltage_high_V, high_V)
        total += step.li_per_formula * max(0.0, end - max(step.voltage_low_V, low_V))
    return total


@pytest.mark.parametrize("name", ["LGPS", "Li3PS4", "LPSCl", "LLZO", "LNO", "LCO"])
def test_the_integral_of_the_staircase_is_the_decomposition_energy(name):
    window = electrochemical_window(name)
    n_atoms = phase(name).n_atoms
    oxidised = integral(window, window.oxidation_V, 5.0) / n_atoms - window.energy_above_hull_eV_per_atom
    assert oxidised == pytest.approx(decomposition(name, 5.0).eV_per_atom, abs=1e-6)
    reduced = -integral(window, 0.0, window.reduction_V) / n_atoms - window.energy_above_hull_eV_per_atom
    assert reduced == pytest.approx(decomposition(name, 0.0).eV_per_atom, abs=1e-6)


@pytest.mark.parametrize("name", ["LGPS", "LNO", "Li0.5CoO2", "CoS2", "Li2S", "S", "LATP"])
def test_the_staircase_is_contiguous_and_falling(name):
    window = electrochemical_window(name)
    assert window.steps[0].voltage_low_V == 0.0
    assert window.steps[-1].voltage_high_V is None
    for lower, upper in zip(window.steps[:-1], window.steps[1:], strict=True):
        assert lower.voltage_high_V == upper.voltage_low_V
        assert lower.li_per_formula > upper.li_per_formula
    assert not any("Li" in phase(formula).elements for formula in window.steps[-1].products)


@pytest.mark.parametrize("name", ["LGPS", "LPSCl", "LNO"])
def test_products_hold_the_phase_and_its_lithium(name):
    subject = phase(name)
    for step in electrochemical_window(name).steps:
        made = {}
        for formula, amount in step.products.items():
            for element, n in phase(formula).amounts:
                made[element] = made.get(element, 0.0) + n * amount
        expected = dict(subject.amounts)
        expected["Li"] += step.li_per_formula
        assert made == pytest.approx({e: n for e, n in expected.items() if abs(n) > 1e-9}, abs=1e-6)


def test_a_phase_above_the_hull_has_the_window_of_its_composition():
    window = electrochemical_window("LGPS")
    assert window.energy_above_hull_eV_per_atom > 0.01
    assert window.reduction_V < window.oxidation_V
    assert window.reduction_products == next(
        step.products for step in window.steps if step.voltage_high_V == window.reduction_V
    )
    assert window.oxidation_products == next(
        step.products for step in window.steps if step.voltage_low_V == window.oxidation_V
    )


def test_a_composition_without_an_entry_says_so():
    window = electrochemical_window("Li0.37CoO2")
    assert window.energy_above_hull_eV_per_atom is None
    assert window.reduction_V == window.oxidation_V  # a mixture of two states changes at every other voltage


def test_without_lithium_there_is_no_oxidation_limit():
    window = electrochemical_window("CoS2")
    assert window.oxidation_V is None
    assert window.oxidation_products == {}
    assert window.reduction_V > 1.5


def test_lithium_sulfide_is_stable_down_to_lithium_metal():
    window = electrochemical_window("Li2S")
    assert window.reduction_V == 0.0
    assert window.reduction_products == {}


def test_amounts_scale_with_the_formula_unit():
    one, two = electrochemical_window("LiCoO2"), electrochemical_window("Li2Co2O4")
    assert one.reduction_V == pytest.approx(two.reduction_V, abs=1e-12)
    assert [2 * step.li_per_formula for step in one.steps] == pytest.approx([s.li_per_formula for s in two.steps])


@pytest.mark.parametrize(
    ("rounded", "formula"),
    [
        ("Li2.333333LaZr0.666667O4", "Li7La3Zr2O12"),
        ("Li33.333333Nb33.333333O100", "LiNbO3"),
        ("Li33.33333Nb33.33334O100", "LiNbO3"),
        ("Li0.333333Nb0.333333O", "LiNbO3"),
    ],
)
def test_rounded_amounts_mean_the_phase(rounded, formula):
    exact, near = electrochemical_window(formula), electrochemical_window(rounded)
    assert near.formula == rounded
    assert near.energy_above_hull_eV_per_atom == pytest.approx(exact.energy_above_hull_eV_per_atom, abs=1e-12)
    assert (near.reduction_V, near.oxidation_V) == pytest.approx((exact.reduction_V, exact.oxidation_V), abs=1e-9)


@pytest.mark.parametrize("factor", [0.003, 1000.0])
def test_the_window_does_not_depend_on_the_formula_unit(factor):
    one = electrochemical_window("LGPS")
    scaled = electrochemical_window("".join(f"{e}{n * factor:g}" for e, n in phase("LGPS").amounts))
    assert (scaled.reduction_V, scaled.oxidation_V) == pytest.approx((one.reduction_V, one.oxidation_V), abs=1e-9)
    assert [s.li_per_formula for s in scaled.steps] == pytest.approx([s.li_per_formula * factor for s in one.steps])


def test_average_voltage_of_the_cathode():
    average = average_voltage("LCO", "CoO2")
    assert average.li_per_formula == 1.0
    halves = average_voltage("LiCoO2", "Li0.5CoO2"), average_voltage("Li0.5CoO2", "CoO2")
    mean = sum(half.average_voltage_V for half in halves) / 2
    assert average.average_voltage_V == pytest.approx(mean, abs=1e-9)


@pytest.mark.parametrize(
    ("lithiated", "delithiated", "message"),
    [
        ("LiCoO2", "LiNiO2", "must be LiCoO2 with less Li"),
        ("CoO2", "LiCoO2", "must be CoO2 with less Li"),
        ("LiCoO2", "Li0.123CoO2", "has no entry of Li0.123CoO2"),
        ("Li2", "Li", "must contain a host"),
    ],
)
def test_average_voltage_refuses_other_hosts(lithiated, delithiated, message):
    with pytest.raises(InputError, match=message):
        average_voltage(lithiated, delithiated)


def test_lithium_metal_has_no_window():
    with pytest.raises(InputError, match="got Li metal, which is the reference"):
        electrochemical_window("Li")


def test_the_same_phase_twice_is_refused():
    with pytest.raises(InputError, match="phases must be distinct compositions, got LCO and Li2Co2O4"):
        electrochemical_windows(["LCO", "LNO", "Li2Co2O4"])


def test_frame_has_a_row_per_step_and_units_in_its_columns():
    window = electrochemical_window("LGPS")
    frame = window.to_frame()
    assert len(frame) == len(window.steps)
    assert frame["voltage_low_V"].tolist() == [step.voltage_low_V for step in window.steps]
    assert frame["products"].iloc[0] == "12 Li2S + 2 Li3P + 0.25 Li15Ge4"


def test_a_decomposition_and_an_average_voltage_have_one_row():
    row = decomposition("LGPS", 3.0).to_frame().to_dict("records")
    found = decomposition("LGPS", 3.0)
    assert row == [
        {
            "phase": "LGPS",
            "formula": found.formula,
            "voltage_V": 3.0,
            "eV_per_atom": found.eV_per_atom,
            "eV_per_non_Li_atom": found.eV_per_non_Li_atom,
            "own_energy": True,
            "li_per_formula": found.li_per_formula,
            "products": written(found.products),
        }
    ]
    voltage = average_voltage("LiCoO2", "CoO2")
    (row,) = voltage.to_frame().to_dict("records")
    assert row == {name: value for name, value in vars(voltage).items() if name != "provenance"}


def test_closed_decomposition_is_the_energy_above_the_hull():
    closed = decomposition("LGPS")
    window = electrochemical_window("LGPS")
    assert closed.eV_per_atom == pytest.approx(-window.energy_above_hull_eV_per_atom, abs=1e-12)
    assert closed.products == {"Li3PS4": 2.0, "Li4GeS4": 1.0}
    assert closed.li_per_formula == 0.0
    with pytest.raises(InputError, match="Li metal must not react with its own reservoir"):
        decomposition("Li", 1.0)


def test_a_dilute_phase_has_the_window_of_its_energy():
    # Two hundred atoms share 2 eV: taking the one Li out costs 2 V, and nothing takes more Li up.
    rows = [({"Li": 1.0, "Co": 199.0}, -0.01), ({"Li": 1.0}, 0.0), ({"Co": 1.0}, 0.0)]
    table = EntryTable.from_rows(rows, thermo_type="model", source="model", sha256="0" * 64)
    window = electrochemical_window("LiCo199", table)
    assert window.oxidation_V == pytest.approx(2.0, abs=1e-9)
    assert window.reduction_V == 0.0
    assert [step.li_per_formula for step in window.steps] == pytest.approx([0.0, -1.0])
