import numpy as np
import pytest
from scipy.optimize import linprog

from interfacekit.entries import load_entries
from interfacekit.errors import ComputationError
from interfacekit.thermo.equilibria.hull import Hull
from interfacekit.thermo.equilibria.pymatgen import closed_hull, open_hull

SYSTEMS = ["Li-Co-O-Nb", "Li-Ge-P-S", "Li-Co-O-Ge-P-S", "Li-La-Zr-O", "Li-Ta-Mg-F-N"]


def highs_energy(table, composition, open_columns=(), mu=0.0):
    """Minimum energy over amounts of all entries (HiGHS): the primal of which the hull's maximum is the dual."""
    atoms = table.compositions.sum(axis=1)
    costs = table.formation_energies_eV_per_atom * atoms
    keep = [j for j in range(len(table.elements)) if j not in open_columns]
    for j in open_columns:
        costs = costs - mu * table.compositions[:, j]
    solution = linprog(costs, A_eq=table.compositions[:, keep].T, b_eq=composition[keep], method="highs")
    assert solution.status == 0
    return solution.fun


@pytest.mark.parametrize("name", SYSTEMS)
def test_hull_energy_is_the_linear_programmes(name):
    table = load_entries(elements=name)
    hull = closed_hull(table)
    rng = np.random.default_rng(0)
    for _ in range(60):
        composition = rng.dirichlet(np.full(len(table.elements), 0.4))
        assert hull.energy(composition) == pytest.approx(highs_energy(table, composition), abs=1e-8)


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("voltage", [0.0, 1.7, 3.0, 4.5])
def test_open_hull_energy_is_the_linear_programmes(name, voltage):
    table = load_entries(elements=name)
    hull, li = open_hull(table, voltage), table.elements.index("Li")
    rng = np.random.default_rng(1)
    for _ in range(15):
        composition = rng.dirichlet(np.full(len(table.elements), 0.4))
        expected = highs_energy(table, composition, (li,), mu=-voltage)
        assert hull.energy(np.delete(composition, li)) == pytest.approx(expected, abs=1e-8)


def test_equilibrium_balances_and_attains_the_energy():
    table = load_entries(elements="Li-Co-O-Ge-P-S")
    hull = closed_hull(table)
    rng = np.random.default_rng(2)
    energy_of = dict(zip(table.formulas, table.formation_energies_eV_per_atom, strict=True))
    for _ in range(100):
        composition = rng.integers(0, 4, len(table.elements)).astype(float)
        if not composition.any():
            continue
        amounts = hull.equilibrium(composition)
        made = sum(hull.compositions[i] * amount for i, amount in amounts.items())
        assert made == pytest.approx(composition, abs=1e-6)
        energy = sum(
            energy_of.get(hull.formulas[i], 0.0) * hull.compositions[i].sum() * amount for i, amount in amounts.items()
        )
        assert energy == pytest.approx(hull.energy(composition), abs=1e-6)


def test_a_hull_with_a_hole_is_refused_not_extrapolated():
    whole = closed_hull(load_entries(elements="Li-Co-O"))
    composition = np.array([1.0, 1.0, 2.0])
    touching = np.isclose(whole.chemical_potentials @ composition, whole.energy(composition), atol=1e-6)
    holed = Hull(
        elements=whole.elements,
        formulas=whole.formulas,
        compositions=whole.compositions,
        lithium=whole.lithium,
        facets=whole.facets[~touching],
        chemical_potentials=whole.chemical_potentials[~touching],
    )
    with pytest.raises(ComputationError, match="no facet of the Co-Li-O hull"):
        holed.equilibrium(composition)
