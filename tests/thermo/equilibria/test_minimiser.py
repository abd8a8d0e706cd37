"""HiGHS as the referee of the kernels: compositions, Li sweeps and pairs over the whole snapshot.

HiGHS gets programmes written from the rows of the table, not from the arrays that the kernels get.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfacekit.entries import EntryTable, load_entries
from interfacekit.errors import ComputationError
from interfacekit.kernels.equilibria import simplex
from interfacekit.thermo import electrochemical_window, interface_reaction
from interfacekit.thermo.equilibria import minimiser as minimiser_module
from interfacekit.thermo.equilibria.minimiser import Minimiser
from tests.covering import some
from tests.programmes import hull_energies
from tests.thermo.draws import KINDS, random_composition, random_ends, random_table

#: eV per atom.
EXACT = 1e-9
VOLTAGES = (2.0, 3.5, 4.5)
TABLES, COMPOSITIONS_EACH = 80, 16


def energy_and_atoms(table, found, phases):
    """Energy (closed) and atoms of formula units of phases by row of the table."""
    units = 1 + np.array([formula.endswith("2") and formula[:-1] in table.elements for formula in found.formulas])
    made = sum((units[i] * n * table.compositions[i] for i, n in phases.items()), np.zeros(len(table.elements)))
    energies = table.formation_energies_eV_per_atom * table.compositions.sum(axis=1) * units
    return sum(energies[i] * n for i, n in phases.items()), made


def assert_supports_all_phases(table, mu, voltage_V=None):
    """No phase of the table is below the hyperplane of chemical potentials of the closed elements."""
    closed = [i for i, element in enumerate(table.elements) if voltage_V is None or element != "Li"]
    lithium = table.compositions[:, table.elements.index("Li")]
    energies = table.formation_energies_eV_per_atom * table.compositions.sum(axis=1) + (voltage_V or 0.0) * lithium
    others = table.compositions[:, closed]
    atoms = others.sum(axis=1)
    assert (others @ mu.T <= (energies + EXACT * atoms)[:, None]).all()


@pytest.mark.parametrize("seed", some(range(TABLES), fast=range(25)))
def test_compositions_are_highs(seed):
    rng = np.random.default_rng([2026, seed])
    table = random_table(rng)
    drawn = np.array([random_composition(table, rng) for _ in range(COMPOSITIONS_EACH)])
    atoms = drawn.sum(axis=1)
    closed = Minimiser(table)
    energies = closed.energies(drawn)
    assert np.abs((energies - hull_energies(table, drawn)) / atoms).max() < EXACT
    mu = closed.chemical_potentials(drawn)
    assert_supports_all_phases(table, mu)
    for composition, energy, n in zip(drawn, energies, atoms, strict=True):
        phases = closed.equilibrium(composition)
        formed, made = energy_and_atoms(table, closed, phases)
        assert min(phases.values()) > 0
        assert len(phases) <= len(table.elements)
        assert made / n == pytest.approx(composition / n, abs=1e-6)
        assert formed / n == pytest.approx(energy / n, abs=1e-6)


@pytest.mark.parametrize("seed", some(range(20), fast=range(10)))
def test_open_compositions_are_highs(seed):
    rng = np.random.default_rng([2027, seed])
    table, voltage = random_table(rng), rng.uniform(0, 5)
    drawn = np.array([random_composition(table, rng) for _ in range(COMPOSITIONS_EACH)])
    others = np.delete(drawn, table.elements.index("Li"), axis=1)
    atoms = others.sum(axis=1)
    reservoir = Minimiser(table, voltage)
    energies = reservoir.energies(others)
    assert np.abs((energies - hull_energies(table, drawn, voltage)) / atoms).max() < EXACT
    assert_supports_all_phases(table, reservoir.chemical_potentials(others), voltage)
    for composition, energy, n in zip(others, energies, atoms, strict=True):
        phases = reservoir.equilibrium(composition)
        formed, made = energy_and_atoms(table, reservoir, phases)
        lithium = made[table.elements.index("Li")]
        assert np.delete(made, table.elements.index("Li")) / n == pytest.approx(composition / n, abs=1e-6)
        assert (formed + voltage * lithium) / n == pytest.approx(energy / n, abs=1e-5)
        assert sum(reservoir.lithium[i] * amount for i, amount in phases.items()) == pytest.approx(lithium)


@pytest.mark.parametrize("seed", some(range(5), fast=range(2)))
def test_sweeps_are_highs(seed):
    for k in range(10):
        assert_sweep_is_highs(np.random.default_rng([3, seed, k]))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5, 50))
def test_many_sweeps_are_highs(seed):
    for k in range(10):
        assert_sweep_is_highs(np.random.default_rng([3, seed, k]))


def assert_sweep_is_highs(rng):
    """At both ends of each plateau, next to them and in its middle, energy and Li content are those of HiGHS."""
    table = random_table(rng)
    composition = random_composition(table, rng)
    li = table.elements.index("Li")
    others = np.delete(composition, li)
    closed = Minimiser(table)
    plateaus = closed.staircase(composition)
    assert plateaus[0].voltage_low_V == 0.0
    assert plateaus[-1].voltage_high_V == np.inf
    assert plateaus[-1].lithium == 0.0
    for k, plateau in enumerate(plateaus):
        assert plateaus.limits_V(k) == (plateau.voltage_low_V, plateau.voltage_high_V)
        assert plateaus.plateau_at(plateau.voltage_low_V) == k
        assert plateaus.plateau_at(min(plateau.voltage_high_V, 1e3) - 1e-9) == k
    for lower, upper in zip(plateaus[:-1], plateaus[1:], strict=True):
        assert lower.voltage_high_V == upper.voltage_low_V
        assert lower.lithium > upper.lithium
    per_atom = others.sum()
    voltages, energies = [], []
    for plateau in plateaus:
        formed, made = energy_and_atoms(table, closed, plateau.phases)
        assert made[li] == pytest.approx(plateau.lithium, abs=1e-6 * per_atom)
        assert np.delete(made, li) / per_atom == pytest.approx(others / per_atom, abs=1e-6)
        # Phases below a ten-millionth of the atoms are left out of a plateau's phases, not of its Li.
        energy = closed.energy(composition + (plateau.lithium - composition[li]) * (np.arange(len(composition)) == li))
        assert formed / per_atom == pytest.approx(energy / per_atom, abs=1e-5)
        width = min(plateau.voltage_high_V - plateau.voltage_low_V, 1.0)
        voltages.append(plateau.voltage_low_V + np.array([0.0, 1e-6, 0.5, 1 - 1e-6, 1.0]) * width)
        energies.append(energy + voltages[-1] * plateau.lithium)
    voltages, energies = np.concatenate(voltages), np.concatenate(energies)
    expected = hull_energies(table, np.tile(composition, (len(voltages), 1)), voltages)
    assert np.abs((energies - expected) / per_atom).max() < EXACT


@pytest.mark.parametrize("draw", some(range(4), fast=range(2)))
@pytest.mark.parametrize("kind", KINDS)
def test_pairs_are_highs(kind, draw):
    assert_pair_is_highs(kind, np.random.default_rng([4, draw]))


@pytest.mark.slow
@pytest.mark.parametrize("chunk", range(4))
@pytest.mark.parametrize("kind", KINDS)
def test_many_pairs_are_highs(kind, chunk):
    for k in range(12):
        assert_pair_is_highs(kind, np.random.default_rng([5, chunk, k]))


def assert_mixtures_are_highs(found, table, ends, voltage_V):
    """At each kink and between, energies are those of HiGHS; phases make the mixture; each kink is one."""
    axes = [i for i, element in enumerate(table.elements) if voltage_V is None or element != "Li"]
    li = table.elements.index("Li")
    ends = np.array([end / end[axes].sum() for end in ends])
    mixtures = found.mixtures(*(end[axes] for end in ends))
    t = mixtures.mixing
    assert (t[0], t[-1]) == (0.0, 1.0)
    assert (np.diff(t) > 0).all()
    # Convex functions that are equal at three points of a straight piece are equal on all of it.
    places = np.sort(np.concatenate([t, (t[1:] + t[:-1]) / 2]))
    mixed = (1 - places)[:, None] * ends[0] + places[:, None] * ends[1]
    ours = np.interp(places, t, mixtures.energies)
    assert np.abs(ours - hull_energies(table, mixed, voltage_V)).max() < 2 * EXACT
    slopes = np.diff(mixtures.energies) / np.diff(t)
    assert (np.diff(slopes) > 0).all()
    for k, (share, energy) in enumerate(zip(t, mixtures.energies, strict=True)):
        formed, made = energy_and_atoms(table, found, mixtures.phases_at(k))
        assert mixtures.lithium[k] == pytest.approx(0.0 if voltage_V is None else made[li], abs=1e-6)
        expected = (1 - share) * ends[0] + share * ends[1]
        assert made[axes] == pytest.approx(expected[axes], abs=1e-6)
        assert formed + (voltage_V or 0.0) * made[li] == pytest.approx(energy, abs=1e-5)


def assert_pair_is_highs(kind, rng):
    table, start, end = random_ends(kind, rng)
    closed = Minimiser(table)
    li = table.elements.index("Li")
    for voltage in (None, *VOLTAGES):
        if voltage is not None and not (np.delete(start, li).any() and np.delete(end, li).any()):
            continue
        found = closed if voltage is None else Minimiser(table, voltage)
        assert_mixtures_are_highs(found, table, (start, end), voltage)


SYSTEM = "Li-Co-Ge-O-P-S"
amounts = st.lists(st.one_of(st.just(0.0), st.floats(1e-3, 10)), min_size=6, max_size=6).map(np.array)
atoms_of_system = amounts.filter(lambda atoms: atoms[[0, 1, 3, 4, 5]].any())
shares = st.floats(0, 1)
voltages = st.floats(0, 10)


@pytest.fixture(scope="module")
def closed():
    return Minimiser(load_entries(elements=SYSTEM))


@settings(deadline=None)
@given(atoms_of_system, atoms_of_system, shares)
def test_the_energy_is_convex(closed, first, second, share):
    between = closed.energy((1 - share) * first + share * second)
    chord = (1 - share) * closed.energy(first) + share * closed.energy(second)
    assert between <= chord + EXACT * (first.sum() + second.sum())


@settings(deadline=None)
@given(atoms_of_system, atoms_of_system, st.floats(1e-6, 1e6))
def test_the_energy_is_extensive_and_of_two_together_no_more(closed, first, second, factor):
    assert closed.energy(factor * first) == pytest.approx(factor * closed.energy(first), rel=1e-12)
    together = closed.energy(first + second)
    assert together <= closed.energy(first) + closed.energy(second) + EXACT * (first.sum() + second.sum())


@settings(deadline=None, max_examples=50)
@given(atoms_of_system, voltages, voltages, shares)
def test_the_grand_potential_is_concave_in_the_voltage(closed, atoms, low, high, share):
    table, others = closed._table, np.delete(atoms, closed.elements.index("Li"))

    def potential(voltage):
        return Minimiser(table, voltage).energy(others)

    chord = (1 - share) * potential(low) + share * potential(high)
    assert potential((1 - share) * low + share * high) >= chord - EXACT * others.sum()


@settings(deadline=None)
@given(atoms_of_system)
def test_lithium_falls_as_the_voltage_rises(closed, atoms):
    plateaus = closed.staircase(atoms)
    assert (np.diff([plateau.lithium for plateau in plateaus]) < 0).all()
    assert (np.diff([plateau.voltage_low_V for plateau in plateaus]) > 0).all()


def test_a_table_of_elements_alone_has_no_energy():
    table = EntryTable.from_rows([({"Li": 1.0}, 0.0), ({"O": 1.0}, 0.0)], thermo_type="m", source="m", sha256="0" * 64)
    alone = Minimiser(table)
    mixtures = alone.mixtures(np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert mixtures.mixing.tolist() == [0.0, 1.0]
    assert mixtures.energies.tolist() == [0.0, 0.0]
    (plateau,) = alone.staircase(np.array([3.0, 2.0]))
    assert (plateau.voltage_low_V, plateau.voltage_high_V, plateau.lithium) == (0.0, np.inf, 0.0)
    assert alone.named(plateau.phases) == {"O2": 1.0}


@pytest.mark.parametrize("room", [2, 3, 5])
def test_little_room_is_doubled(monkeypatch, room):
    expected = interface_reaction("LCO", "LGPS", 3.0), electrochemical_window("LGPS")
    assert len(expected[0].kinks) > room
    assert len(expected[1].steps) > room
    minimiser_module.minimiser.cache_clear()
    monkeypatch.setattr(minimiser_module, "_ROOM", room)
    assert (interface_reaction("LCO", "LGPS", 3.0), electrochemical_window("LGPS")) == expected


def test_room_has_an_end(monkeypatch):
    monkeypatch.setattr(minimiser_module, "_ROOM", 2)
    monkeypatch.setattr(minimiser_module, "_MOST_ROOM", 4)
    for call in (lambda: interface_reaction("LCO", "LGPS", 3.0), lambda: electrochemical_window("LGPS")):
        with pytest.raises(ComputationError, match="has too many kinks; try engine='pymatgen'"):
            call()


@pytest.mark.parametrize(
    ("status", "message"), [(simplex.STALLED, "needs too many pivots"), (simplex.SINGULAR, "has a singular basis")]
)
def test_programmes_without_a_solution_are_refused(monkeypatch, closed, status, message):
    for kernel in ("minimise", "equilibria"):
        monkeypatch.setattr(simplex, kernel, lambda *_: status)
    for kernel in ("tie_line", "lithium_profile"):
        monkeypatch.setattr(simplex, kernel, lambda *_: (status, 0))
    atoms = np.ones(len(closed.elements))
    for call in (
        lambda: closed.energy(atoms),
        lambda: closed.equilibrium(atoms),
        lambda: closed.mixtures(atoms, atoms),
        lambda: closed.staircase(atoms),
        lambda: list(closed.facet_sections(np.eye(6)[:3])),
    ):
        with pytest.raises(ComputationError, match=f"linear programme of Co-Ge-(Li-)?O-P-S {message}") as caught:
            call()
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("scale", [0.1, 1e3, 1e6, 1e9])
def test_energies_of_any_size(closed, scale):
    """Voltages and energies follow the unit of energy: a user's J/mol are large, and still exact in their digits."""
    table = closed._table
    scaled = Minimiser(
        EntryTable(
            elements=table.elements,
            formulas=table.formulas,
            compositions=table.compositions,
            formation_energies_eV_per_atom=table.formation_energies_eV_per_atom * scale,
            thermo_type="scaled",
            source="scaled",
            sha256="0" * 64,
        )
    )
    rng = np.random.default_rng(11)
    for _ in range(20):
        first, second = random_composition(table, rng), random_composition(table, rng)
        assert scaled.energy(first) == pytest.approx(scale * closed.energy(first), rel=1e-9)
        ours, theirs = closed.staircase(first), scaled.staircase(first)
        assert [s.voltage_low_V * scale for s in ours] == pytest.approx([s.voltage_low_V for s in theirs], rel=1e-9)
        assert [s.lithium for s in ours] == pytest.approx([s.lithium for s in theirs], rel=1e-9)
        ends = first / first.sum(), second / second.sum()
        ours, theirs = closed.mixtures(*ends), scaled.mixtures(*ends)
        # Of kinks next to each other one scale may find one more.
        t = np.union1d(ours.mixing, theirs.mixing)
        expected = scale * np.interp(t, ours.mixing, ours.energies)
        assert np.interp(t, theirs.mixing, theirs.energies) == pytest.approx(expected, abs=EXACT * max(scale, 1.0))


def test_phases_that_are_nearly_alike():
    """Compositions a ten-millionth apart, the nearest that a table of whole atoms up to 10,000 can hold."""
    rows = [({"Li": 1.0}, 0.0), ({"Co": 1.0}, 0.0), ({"O": 1.0}, 0.0), ({"Li": 1.0, "Co": 1.0, "O": 2.0}, -2.0)]
    rows += [({"Li": 9990.0 + k, "Co": 10000.0, "O": 20000.0 - k}, -2.0 + 1e-7 * (k - 4) ** 2) for k in range(9)]
    table = EntryTable.from_rows(rows, thermo_type="model", source="model", sha256="0" * 64)
    model = Minimiser(table)
    rng = np.random.default_rng(12)
    drawn = np.array([random_composition(table, rng) for _ in range(100)])
    atoms = drawn.sum(axis=1)
    assert np.abs((model.energies(drawn) - hull_energies(table, drawn)) / atoms).max() < 1e-8
    assert_supports_all_phases(table, model.chemical_potentials(drawn))
