"""Tie lines that a screening leaves out change nothing."""

import numpy as np
import pytest

from interfacekit.entries import load_entries
from interfacekit.kernels.equilibria import screening, simplex
from interfacekit.phases import phase
from interfacekit.thermo.screening.chunks import screened_chunk
from interfacekit.thermo.screening.kernel import empty_screened
from interfacekit.thermo.screening.prepared import prepared

ROOM = 256
PAIRS = [
    ("LiCoO2", "Li10GeP2S12", (2.5, 4.3)),
    ("LiNi0.8Mn0.1Co0.1O2", "Li6PS5Cl", (0.5, 5.0)),
    ("LiFePO4", "Li7La3Zr2O12", (0.0, 4.9)),
]


@pytest.fixture(scope="module")
def data():
    return prepared(load_entries("mp2019"))


def lithium_compounds(data, count, seed):
    table = data.table
    lithium = table.elements.index("Li")
    names = [table.formulas[row] for row in data.stable if table.compositions[row, lithium] > 0]
    return [name for name in np.random.default_rng(seed).permutation(names)[:count].tolist() if name != "Li"]


def open_reactions(data, name, partners, range_V, most):
    """Worst reactions with both partners, of the tie lines at all critical voltages in their order."""
    entries, elements = data.entries, data.table.elements
    atoms = [phase(one).vector(elements) for one in (name, *partners)]
    lithium = elements.index("Li")
    within = (np.array(atoms) > 0).any(axis=0)
    within[lithium] = True
    rows = np.flatnonzero(~(entries.atoms[:, ~within] > 0).any(axis=1))
    axes = np.array([axis for axis in np.flatnonzero(within) if axis != lithium])
    fractions, energy, held, order, n_free = screening._programme(entries, rows, axes, lithium)
    (candidate, n_candidate), *ends = (screening._on_axes(one, axes) for one in atoms)
    m = axes.size
    work = simplex.workspace(m, energy.size)
    out = empty_screened(1, most)
    out.energy[:], out.mixing[:], out.voltage[:], out.products[:], out.amounts[:] = 0, 0, np.nan, -1, 0

    def plateaus(composition):
        voltage, content, basis = np.empty(ROOM), np.empty(ROOM), np.empty((ROOM, m), dtype=np.int64)
        args = fractions, energy, held, n_free, composition, work, voltage, content, basis, np.empty((ROOM, m))
        status, count = simplex.lithium_profile(*args)
        assert status == simplex.SOLVED
        return [volt for volt in voltage[:count] if range_V[0] < volt < range_V[1]]

    for side, (partner, n_partner) in enumerate(ends):
        per_atom = atoms[1 + side].sum() / n_partner, atoms[0].sum() / n_candidate
        for volt in [*range_V, *plateaus(candidate), *plateaus(partner)]:
            mixing, value, basis = np.empty(ROOM), np.empty(ROOM), np.empty((ROOM, m), dtype=np.int64)
            amount, mu, lines = np.empty((ROOM, m)), np.empty((ROOM, m)), np.empty((ROOM, 2))
            grand = energy + volt * held
            args = fractions, grand, partner, candidate, work, mixing, value, basis, amount, mu, lines
            status, kinks = simplex.tie_line(*args)
            assert status == simplex.SOLVED
            kept = kinks, mixing, value, basis, amount, order, float(volt), per_atom, out
            screening._keep_worst(0, 3 + side, *kept)
    return out


@pytest.mark.parametrize(("cathode", "electrolyte", "range_V"), PAIRS)
@pytest.mark.parametrize("count", [60, pytest.param(500, marks=pytest.mark.slow)])
def test_worst_reactions_are_those_of_all_critical_voltages(data, cathode, electrolyte, range_V, count):
    # These reactions are worst well within the range, between voltages where there is none.
    names = ["Li10Si(PS6)2", "LiMnVO4", "Li3Cr10Fe5O24", "LiFeMoClO4", *lithium_compounds(data, count, seed=7)]
    found = screened_chunk(names, cathode, electrolyte, range_V, data)
    for k, name in enumerate(names):
        expected = open_reactions(data, name, (cathode, electrolyte), range_V, found.products.shape[2])
        for field in ("energy", "mixing", "voltage", "products", "amounts"):
            assert getattr(found, field)[k, 3:].tobytes() == getattr(expected, field)[0, 3:].tobytes(), (name, field)
