"""Both engines of phase equilibria give the same results, for phases, pairs and triangles over the whole snapshot."""

import numpy as np
import pytest

from interfacekit.entries import load_entries
from interfacekit.errors import InputError
from interfacekit.phases import phase
from interfacekit.thermo import (
    contact_triangle,
    decomposition,
    electrochemical_window,
    electrochemical_windows,
    entries_above_hull,
    interface_reaction,
    phase_map,
    stability_map,
)
from interfacekit.thermo.equilibria.engine import clean, named_amounts

#: eV per atom; V and mixing ratios.
ENERGY, KINK = 1e-9, 1e-7
VOLTAGES = (None, 0.0, 2.0, 3.5, 4.5)
#: pymatgen's hulls of more take long.
MOST_ELEMENTS = 5
PHASES = ["LGPS", "LNO", "LCO", "LPSCl", "CoS2", "Li0.37CoO2", "S"]
PAIRS = [("LCO", "LGPS"), ("LNO", "Li3PO4"), ("Li2S", "Li3PS4"), ("LiCoO2", "O"), ("LGPS", "Li4GeS4"), ("CoS2", "S")]


def draw(members, count, seed):
    """Tuples of distinct formulas with few elements together."""
    table = load_entries("mp2019")
    present = table.compositions > 0
    present[:, table.elements.index("Li")] = True
    compounds = np.flatnonzero([formula not in table.elements for formula in table.formulas])
    rng = np.random.default_rng(seed)
    drawn = []
    while len(drawn) < count:  # of many at once, since few have so few elements
        rows = compounds[rng.integers(len(compounds), size=(10_000, members))]
        distinct = (np.diff(np.sort(rows, axis=1), axis=1) > 0).all(axis=1)
        few = present[rows].any(axis=1).sum(axis=1) <= MOST_ELEMENTS
        drawn.extend(tuple(table.formulas[i] for i in names) for names in rows[distinct & few])
    return drawn[:count]


def some(members, count, seed, fast=8):
    """Parameters of tests: a few of the draws in every run, the others with those that take minutes."""
    drawn = draw(members, count, seed)
    drawn = [names[0] for names in drawn] if members == 1 else drawn
    return [pytest.param(names, marks=[] if i < fast else pytest.mark.slow) for i, names in enumerate(drawn)]


def both(function, *arguments, **options):
    return [function(*arguments, engine=engine, **options) for engine in ("kernels", "pymatgen")]


def assert_same_products(ours, theirs):
    assert ours == pytest.approx(theirs, abs=1e-6)


@pytest.mark.parametrize("name", PHASES + some(1, 40, seed=51))
def test_decompositions_are_equal(name):
    for voltage in VOLTAGES:
        ours, theirs = both(decomposition, name, voltage)
        assert ours.eV_per_atom == pytest.approx(theirs.eV_per_atom, abs=ENERGY)
        assert ours.eV_per_non_Li_atom == pytest.approx(theirs.eV_per_non_Li_atom, abs=ENERGY * 10)
        assert ours.li_per_formula == pytest.approx(theirs.li_per_formula, abs=KINK * phase(name).n_atoms)
        assert ours.own_energy == theirs.own_energy
        assert_same_products(ours.products, theirs.products)


@pytest.mark.parametrize("name", PHASES + some(1, 40, seed=52))
def test_windows_are_equal(name):
    ours, theirs = both(electrochemical_window, name)
    n_atoms = phase(name).n_atoms
    assert ours.energy_above_hull_eV_per_atom == pytest.approx(theirs.energy_above_hull_eV_per_atom, abs=ENERGY)
    assert (ours.reduction_V, ours.oxidation_V) == pytest.approx((theirs.reduction_V, theirs.oxidation_V), abs=KINK)
    assert_same_products(ours.reduction_products, theirs.reduction_products)
    assert_same_products(ours.oxidation_products, theirs.oxidation_products)
    assert len(ours.steps) == len(theirs.steps)
    for one, other in zip(ours.steps, theirs.steps, strict=True):
        assert one.voltage_low_V == pytest.approx(other.voltage_low_V, abs=KINK)
        assert one.li_per_formula == pytest.approx(other.li_per_formula, abs=KINK * n_atoms)
        assert_same_products(one.products, other.products)


@pytest.mark.parametrize("pair", PAIRS + some(2, 40, seed=53))
def test_interface_reactions_are_equal(pair):
    for voltage in VOLTAGES:
        ours, theirs = both(interface_reaction, *pair, voltage)
        assert ours.own_energy == theirs.own_energy
        for baseline in ("mutual", "total"):
            one, other = getattr(ours, baseline), getattr(theirs, baseline)
            assert one.eV_per_atom == pytest.approx(other.eV_per_atom, abs=ENERGY)
            assert (one.x, one.x_molar) == pytest.approx((other.x, other.x_molar), abs=KINK)
            assert_same_products(one.products, other.products)
        assert [kink.x for kink in ours.kinks] == pytest.approx([kink.x for kink in theirs.kinks], abs=KINK)
        for one, other in zip(ours.kinks, theirs.kinks, strict=True):
            assert one.mutual_eV_per_atom == pytest.approx(other.mutual_eV_per_atom, abs=ENERGY)
            assert one.total_eV_per_atom == pytest.approx(other.total_eV_per_atom, abs=ENERGY)
            assert one.li_per_formula == pytest.approx(other.li_per_formula, abs=1e-6)
            assert_same_products(one.products, other.products)


@pytest.mark.parametrize("baseline", ["mutual", "total"])
@pytest.mark.parametrize("subject", ["LNO", ("LCO", "LNO"), *some(2, 4, seed=54, fast=1)])
def test_stability_maps_are_equal(subject, baseline):
    (ours,), (theirs,) = (found.rows for found in both(stability_map, [subject], (0.0, 5.0), baseline))
    assert len(ours.segments) == len(theirs.segments)
    for one, other in zip(ours.segments, theirs.segments, strict=True):
        assert one.voltage_low_V == pytest.approx(other.voltage_low_V, abs=KINK)
        assert one.voltage_high_V == pytest.approx(other.voltage_high_V, abs=KINK)
        assert one.energy_low_eV_per_non_Li_atom == pytest.approx(other.energy_low_eV_per_non_Li_atom, abs=1e-7)
        assert one.energy_high_eV_per_atom == pytest.approx(other.energy_high_eV_per_atom, abs=1e-7)
        assert one.x == pytest.approx(other.x, abs=1e-6)
        assert one.li_per_formula == pytest.approx(other.li_per_formula, abs=1e-6)
        assert_same_products(one.products, other.products)


@pytest.mark.parametrize("pair", [("LCO", "LNO"), *some(2, 4, seed=55, fast=1)])
def test_phase_maps_are_equal(pair):
    ours, theirs = (found.fields for found in both(phase_map, *pair))
    assert len(ours) == len(theirs)
    for field in ours:
        same = [other for other in theirs if set(other.products) == set(field.products)]
        assert min(np.abs(np.subtract(extent(field), extent(other))).max() for other in same) < 1e-6


def extent(field):
    return field.x_low, field.x_high, field.voltage_low_V, field.voltage_high_V


TRIANGLES = [
    ("LCO", "LNO", "Li3PO4"),
    ("LCO", "LNO", "Li2O"),
    ("Li2S", "Li3PS4", "Li3PO4"),
    ("LLZO", "Li2O", "La2O3"),
    *some(3, 30, seed=56, fast=3),
]


@pytest.mark.parametrize("trio", TRIANGLES)
def test_contact_triangles_are_equal(trio):
    for voltage in (None, 2.0, 4.0):
        if not are_a_triangle(trio, voltage):
            continue
        ours, theirs = both(contact_triangle, *trio, voltage)
        ours, theirs = ({frozenset(f.products): f for f in found.fields} for found in (ours, theirs))
        assert ours.keys() == theirs.keys()
        for products, field in ours.items():
            assert sorted_corners(field) == pytest.approx(sorted_corners(theirs[products]), abs=1e-6)


def are_a_triangle(trio, voltage_V):
    """Whether three phases do not must not be collinear of compositions, of all elements or of those but Li."""
    elements = set().union(*(phase(name).elements for name in trio)) - (set() if voltage_V is None else {"Li"})
    return np.linalg.matrix_rank(np.array([phase(name).vector(sorted(elements)) for name in trio]), tol=1e-9) == 3


def sorted_corners(field):
    """Corners and their energies, in an order that rounding does not change."""
    rows = [(*corner, energy) for corner, energy in zip(field.corners, field.energies, strict=True)]
    return np.array(sorted(rows, key=lambda row: [round(value, 4) for value in row]))


@pytest.mark.parametrize("system", ["Li-Co-O", "Li-Ge-P-S", "Li-La-Zr-O", "Li-Ta-Mg-F-N"])
def test_energies_above_the_hull_are_equal(system):
    ours, theirs = both(entries_above_hull, system)
    above = [{e.formula: e.energy_above_hull_eV_per_atom for e in found.entries} for found in (ours, theirs)]
    assert len(above[0]) == len(load_entries(elements=system))
    assert above[0] == pytest.approx(above[1], abs=ENERGY)
    assert sum(energy == 0.0 for energy in above[0].values()) == sum(energy == 0.0 for energy in above[1].values())


@pytest.mark.parametrize(
    "call",
    [
        lambda engine: decomposition("LGPS", engine=engine),
        lambda engine: electrochemical_window("LGPS", engine=engine),
        lambda engine: electrochemical_windows(["LGPS"], engine=engine),
        lambda engine: interface_reaction("LCO", "LGPS", engine=engine),
        lambda engine: stability_map(["LGPS"], engine=engine),
        lambda engine: phase_map("LCO", "LGPS", engine=engine),
        lambda engine: contact_triangle("LCO", "LNO", "LGPS", engine=engine),
        lambda engine: entries_above_hull("Li-Co-O", engine=engine),
    ],
)
def test_an_unknown_engine_is_refused(call):
    with pytest.raises(InputError, match=r"^unknown engine 'cplex'; choose from kernels, pymatgen$"):
        call("cplex")


def test_named_amounts_are_sorted_and_scaled():
    assert named_amounts({"GeS2": 1.0, "Li3PS4": 2.0}, 0.5) == {"Li3PS4": 1.0, "GeS2": 0.5}
    assert list(named_amounts({"GeS2": 1.0, "Li3PS4": 2.0})) == ["Li3PS4", "GeS2"]


def test_clean_drops_rounding_noise_alone():
    assert str(clean(-1e-12)) == "0.0"
    assert clean(-1e-6) == -1e-6
