"""Phase maps, stability maps and contact triangles against single reactions at points they were not made from."""

from itertools import product

import numpy as np
import pytest

from interfacekit.errors import ComputationError, InputError
from interfacekit.phases import phase
from interfacekit.thermo import (
    contact_triangle,
    decomposition,
    electrochemical_window,
    energies_at,
    interface_reaction,
    phase_map,
    stability_map,
)
from interfacekit.thermo.equilibria.minimiser import Minimiser
from interfacekit.thermo.equilibria.pymatgen import closed_hull, open_hull
from interfacekit.thermo.equilibria.system import load_system
from tests.covering import some
from tests.programmes import hull_energies
from tests.thermo.draws import KINDS, random_composition, random_ends, random_pairs

PAIRS = [("LCO", "LGPS"), ("LNO", "LGPS"), ("LCO", "LNO"), *random_pairs(12, seed=7)]
FEW = PAIRS[:7]
EACH = some(list(product(PAIRS, ["mutual", "total"])), fast=list(product(FEW, ["mutual", "total"])))


def area(corners):
    a, b = np.array(corners)[:, 0], np.array(corners)[:, 1]
    return abs(np.dot(a, np.roll(b, -1)) - np.dot(b, np.roll(a, -1)))


@pytest.mark.parametrize(("first", "second"), some(PAIRS, fast=FEW))
def test_fields_tile_the_map_and_hold_the_equilibrium_products(first, second):
    fields = phase_map(first, second, (0.0, 5.0)).fields
    covered = sum((f.x_high - f.x_low) * (f.voltage_high_V - f.voltage_low_V) for f in fields)
    assert covered == pytest.approx(5.0, abs=1e-6)
    pair = phase(first), phase(second)
    table = load_system(pair, "mp2019").table
    rng = np.random.default_rng(3)
    for x, voltage in zip(rng.uniform(size=25), rng.uniform(0, 5, 25), strict=True):
        (field,) = [f for f in fields if f.x_low < x < f.x_high and f.voltage_low_V < voltage < f.voltage_high_V]
        hull = open_hull(table, voltage)
        mixture = sum(
            share * member.vector(hull.elements) / member.n_atoms
            for share, member in zip((x, 1 - x), pair, strict=True)
        )
        assert {hull.formulas[i] for i in hull.equilibrium(mixture)} == set(field.products)


@pytest.mark.parametrize(("pair", "baseline"), EACH)
def test_pairs_are_exact_at_every_voltage(pair, baseline):
    (row,) = stability_map([pair], (0.0, 5.0), baseline).rows
    voltages = np.random.default_rng(5).uniform(0, 5, 20)
    reactions = [interface_reaction(*pair, voltage) for voltage in voltages]
    for basis in ("eV_per_non_Li_atom", "eV_per_atom"):
        expected = [getattr(getattr(reaction, baseline), basis) for reaction in reactions]
        assert energies_at(row, voltages, basis) == pytest.approx(np.array(expected), abs=1e-8)


@pytest.mark.parametrize(("pair", "baseline"), EACH)
def test_segments_hold_the_worst_reaction_itself(pair, baseline):
    (row,) = stability_map([pair], (0.0, 5.0), baseline).rows
    for segment in row.segments:
        if segment.voltage_high_V - segment.voltage_low_V < 1e-3:
            continue
        middle = (segment.voltage_low_V + segment.voltage_high_V) / 2
        reaction = interface_reaction(*pair, middle)
        worst = getattr(reaction, baseline)
        kink = next(kink for kink in reaction.kinks if kink.x == worst.x)
        assert segment.x == pytest.approx(worst.x, abs=1e-7)
        assert segment.products == pytest.approx(worst.products, abs=1e-7)
        assert segment.li_per_formula == pytest.approx(kink.li_per_formula, abs=1e-6)


def test_neighbouring_segments_differ():
    (row,) = stability_map([("LCO", "LGPS")], (0.0, 5.0)).rows
    for lower, upper in zip(row.segments[:-1], row.segments[1:], strict=True):
        slopes = [
            (s.energy_high_eV_per_non_Li_atom - s.energy_low_eV_per_non_Li_atom) / (s.voltage_high_V - s.voltage_low_V)
            for s in (lower, upper)
        ]
        changed = abs(slopes[0] - slopes[1]) > 1e-6 or lower.x != upper.x
        assert changed or lower.products.keys() != upper.products.keys()


def test_fields_are_cut_at_the_range():
    fields = phase_map("LCO", "LGPS", (1.3, 2.7)).fields
    assert min(field.voltage_low_V for field in fields) == 1.3
    assert max(field.voltage_high_V for field in fields) == 2.7
    covered = sum((f.x_high - f.x_low) * (f.voltage_high_V - f.voltage_low_V) for f in fields)
    assert covered == pytest.approx(1.4, abs=1e-6)


@pytest.mark.parametrize("half_width", [1.0, 0.1, 1e-3])
def test_a_transition_in_the_middle_of_the_range_is_found(half_width):
    limit = electrochemical_window("LNO").oxidation_V
    low, high = limit - half_width, limit + half_width
    fields = phase_map("LCO", "LNO", (low, high)).fields
    covered = sum((f.x_high - f.x_low) * (f.voltage_high_V - f.voltage_low_V) for f in fields)
    assert covered == pytest.approx(2 * half_width, abs=1e-6)
    assert any(abs(field.voltage_low_V - limit) < 1e-7 for field in fields)


def test_phases_are_their_decompositions_at_every_voltage():
    stability = stability_map(["LGPS", "LNO", "CoS2"], (0.0, 5.0), "total")
    for row, name in zip(stability.rows, ["LGPS", "LNO", "CoS2"], strict=True):
        for voltage in np.random.default_rng(6).uniform(0, 5, 10):
            alone = decomposition(name, voltage)
            assert energies_at(row, [voltage])[0] == pytest.approx(alone.eV_per_non_Li_atom, abs=1e-9)
            assert energies_at(row, [voltage], "eV_per_atom")[0] == pytest.approx(alone.eV_per_atom, abs=1e-9)
            (segment,) = [s for s in row.segments if s.voltage_low_V <= voltage < s.voltage_high_V]
            assert segment.li_per_formula == pytest.approx(alone.li_per_formula, abs=1e-8)
            assert segment.products == pytest.approx(alone.products, abs=1e-8)


def test_segments_are_contiguous_and_cover_the_range():
    stability = stability_map(["LGPS", ("LCO", "LGPS")], (1.0, 4.0))
    for row in stability.rows:
        assert row.segments[0].voltage_low_V == 1.0
        assert row.segments[-1].voltage_high_V == 4.0
        for lower, upper in zip(row.segments[:-1], row.segments[1:], strict=True):
            assert lower.voltage_high_V == pytest.approx(upper.voltage_low_V, abs=1e-6)
            assert lower.energy_high_eV_per_non_Li_atom == pytest.approx(upper.energy_low_eV_per_non_Li_atom, abs=1e-6)


def test_the_window_is_where_the_phase_gains_nothing():
    (row,) = stability_map(["LGPS"], (0.0, 5.0), "mutual").rows
    (stable,) = [s for s in row.segments if s.energy_low_eV_per_atom == s.energy_high_eV_per_atom == 0.0]
    assert (round(stable.voltage_low_V, 3), round(stable.voltage_high_V, 3)) == (1.721, 2.291)


@pytest.mark.parametrize("voltage", [None, 2.0, 4.0])
def test_triangle_energies_are_the_hulls(voltage):
    names = ("LCO", "LNO", "LGPS")
    triangle = contact_triangle(*names, voltage)
    assert sum(area(field.corners) for field in triangle.fields) == pytest.approx(1.0, abs=1e-6)
    members = [phase(name) for name in names]
    system = load_system(members, "mp2019")
    hull = closed_hull(system.table) if voltage is None else open_hull(system.table, voltage)
    ends = np.array([member.vector(hull.elements) for member in members])
    ends /= ends.sum(axis=1, keepdims=True)
    rng = np.random.default_rng(8)
    for field in triangle.fields:
        weights = rng.dirichlet(np.ones(len(field.corners)))
        point = weights @ np.array(field.corners)
        expected = hull.energy(point @ ends) - point @ hull.energies(ends)
        assert weights @ np.array(field.energies) == pytest.approx(expected, abs=2e-6)
        found = hull.equilibrium(point @ ends)
        assert {hull.formulas[i] for i in found} == set(field.products)


TRIOS = [
    (("LCO", "LNO", "Li3PO4"), None),
    (("LCO", "LNO", "Li3PO4"), 3.0),
    (("LCO", "LNO", "Li2O"), None),
    (("Li2S", "Li3PS4", "Li3PO4"), None),
    (("LLZO", "Li2O", "La2O3"), None),
    (("LPSCl", "Li2S", "Li3PS4"), None),
    (("TiGePt", "NpFe2", "Li3Pt"), 0.203),
    (("S", "NdY3", "Ta2N"), None),
    (("KPb", "InRh", "K1Pb1Li1.379"), None),
]


@pytest.mark.parametrize(("trio", "voltage"), TRIOS)
def test_fields_tile_the_triangle_where_few_phases_coexist(trio, voltage):
    fields = contact_triangle(*trio, voltage).fields
    assert sum(area(field.corners) for field in fields) == pytest.approx(1.0, abs=1e-6)
    assert len({frozenset(field.products) for field in fields}) == len(fields)


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[pytest.mark.slow] if seed >= 10 else []) for seed in range(80)]
)
def test_fields_of_random_triangles_tile_and_have_highs_energies(seed):
    """Also of up to 12 elements; traces near the tolerance of amounts are left to the test below."""
    rng = np.random.default_rng([7, seed])
    table, first, second = random_ends(KINDS[seed % len(KINDS)], rng)
    voltage = rng.uniform(0, 5)
    third = random_composition(table, rng)
    li = table.elements.index("Li")
    for at in (None, voltage):
        axes = [i for i in range(len(table.elements)) if at is None or i != li]
        ends = np.array([first, second, third])
        if not ends[:, axes].any(axis=1).all():
            continue
        ends /= ends[:, axes].sum(axis=1, keepdims=True)
        if np.linalg.matrix_rank(ends[:, axes], tol=1e-5) < 3 or ends[ends > 0].min() < 1e-4:
            continue
        sections = list(Minimiser(table, at).facet_sections(ends[:, axes]))
        assert sum(area(section.corners) for section in sections) == pytest.approx(1.0, abs=1e-5)
        points = rng.dirichlet(np.ones(3), 8)
        per_atom = table.formation_energies_eV_per_atom * table.compositions.sum(axis=1)
        energies = (per_atom + (at or 0.0) * table.compositions[:, li]) / np.maximum(
            table.compositions[:, axes].sum(axis=1), 1e-9
        )
        for point, expected in zip(points, hull_energies(table, points @ ends, at), strict=True):
            section = max(sections, key=lambda section: (section.shares @ point).min())
            assert (section.shares @ point).min() >= -1e-6
            assert (section.shares @ point) @ energies[section.phases] == pytest.approx(expected, abs=1e-6)


def test_traces_at_the_tolerance_of_amounts_end_the_search():
    """An end with traces of ten elements, a ten-millionth of each: fields are lost, which is told and takes no time."""
    rng = np.random.default_rng([7, 78])
    table, first, second = random_ends("many elements", rng)
    third = np.random.default_rng([8, 78])
    third.integers(4), third.integers(len(table))
    ends = np.array([first, second, random_composition(table, third)])
    with pytest.raises(ComputationError, match="do not fill the triangle; try engine='pymatgen'"):
        Minimiser(table).facet_sections(ends)


def test_a_stable_trio_is_one_field():
    triangle = contact_triangle("LCO", "LNO", "Li3PO4")
    assert [set(field.products) for field in triangle.fields] == [{"LiCoO2", "LiNbO3", "Li3PO4"}]
    assert len(triangle.stable_tie_lines) == 3


@pytest.mark.parametrize("voltage", [None, 4.0])
def test_the_triangles_sides_are_the_pairs(voltage):
    triangle = contact_triangle("LCO", "LNO", "LGPS", voltage)
    for absent, pair in ((1, ("LCO", "LGPS")), (0, ("LNO", "LGPS"))):
        on_side = [
            energy
            for field in triangle.fields
            for corner, energy in zip(field.corners, field.energies, strict=True)
            if corner[absent] < 1e-9
        ]
        reaction = interface_reaction(*pair, voltage)
        assert min(on_side) == pytest.approx(getattr(reaction.mutual, triangle.basis), abs=1e-6)


def test_the_cathode_and_its_coating_share_the_stable_tie_line():
    triangle = contact_triangle("LCO", "LNO", "LGPS")
    assert [sorted(line) for line in triangle.stable_tie_lines] == [[(0.0, 1.0, 0.0), (1.0, 0.0, 0.0)]]


def test_frames_have_units_in_their_columns():
    stability = stability_map(["LGPS", ("LCO", "LGPS")])
    frame = stability.to_frame()
    assert len(frame) == sum(len(row.segments) for row in stability.rows)
    assert {"subject", "voltage_low_V", "energy_low_eV_per_non_Li_atom", "li_per_formula"} <= set(frame.columns)
    fields = phase_map("LCO", "LNO")
    assert len(fields.to_frame()) == len(fields.fields)
    triangle = contact_triangle("LCO", "LNO", "LGPS")
    assert "mutual_eV_per_atom" in triangle.to_frame().columns


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stability_map([]), "subjects must be one or more"),
        (lambda: stability_map(["LCO", "LCO"]), "LCO twice"),
        (lambda: stability_map([("LCO", "LiCoO2")]), "phases must be distinct compositions"),
        (lambda: stability_map(["LCO"], (3.0, 2.0)), "must be increasing"),
        (lambda: stability_map(["LCO"], (-1.0, 2.0)), "below Li metal"),
        (lambda: stability_map(["LCO"], (2.0, 2.0 + 5e-8)), "must be increasing"),
        (lambda: stability_map(["LCO"], (float("nan"), 2.0)), "must be a number from 0 to 10 V"),
        (lambda: stability_map(["LCO"], baseline="own"), "choose from mutual, total"),
        (lambda: stability_map(["Li"]), "must not include Li metal"),
        (lambda: energies_at(stability_map(["LNO"], (1.0, 2.0)).rows[0], [2.5]), "must lie between 1 and 2 V"),
        (lambda: energies_at(stability_map(["LNO"], (1.0, 2.0)).rows[0], [1.5], "eV"), "unknown basis"),
        (lambda: phase_map("LCO", "LGPS", (2.0, 2.0)), "must be increasing"),
        (lambda: contact_triangle("LCO", "CoO2", "Li0.5CoO2"), "must not be collinear"),
        (lambda: contact_triangle("LCO", "CoO2", "LGPS", 3.0), "must not be collinear"),
    ],
)
def test_bad_input_is_told_in_one_line(call, message):
    with pytest.raises(InputError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
