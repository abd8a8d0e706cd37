"""The simplex kernels on small model tables, most of them degenerate, against HiGHS and exact rational arithmetic."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfacekit.kernels.equilibria import simplex
from interfacekit.kernels.equilibria.simplex import FULL, SINGULAR, SOLVED, STALLED, workspace
from tests.programmes import exact_optimum, lowest_energies

EXACT = 1e-9
UNWRITTEN = -12345.0


def counts(rng, m, n):
    """Atoms of n compounds of up to m elements, in whole numbers."""
    atoms = rng.integers(0, 5, (n, m)) * (rng.random((n, m)) < 0.7)
    atoms[~atoms.any(axis=1), 0] = 1
    return atoms.astype(float)


def on_one_facet(rng, atoms):
    """Energies on one plane, exactly: atoms fill up to eighths and chemical potentials are eighths of an eV."""
    atoms[:, 0] += 8 - atoms.sum(axis=1) % 8
    return (atoms / atoms.sum(axis=1, keepdims=True)) @ (rng.integers(-8, 0, atoms.shape[1]) / 8)


def doubled(rng, atoms):
    """Each composition twice, at one energy or at two."""
    atoms[len(atoms) // 2 :] = atoms[: len(atoms) - len(atoms) // 2]
    energies = np.round(rng.normal(-1, 1, len(atoms)), 1)
    energies[: len(atoms) // 3] = energies[len(atoms) // 2 :][: len(atoms) // 3]
    return energies


ENERGIES = {
    "random": lambda rng, atoms: rng.normal(-1, 1, len(atoms)),
    "rounded": lambda rng, atoms: np.round(rng.normal(-1, 0.3, len(atoms)), 1),
    "of ideal mixtures": lambda rng, atoms: np.where(rng.random(len(atoms)) < 0.3, -0.125, 0.0),
    "on one facet": on_one_facet,
    "doubled": doubled,
    "positive": lambda rng, atoms: rng.uniform(0, 1, len(atoms)),
    "zero": lambda rng, atoms: np.zeros(len(atoms)),
    "large": lambda rng, atoms: 1e5 * rng.normal(-1, 1, len(atoms)),
}


def model(kind, rng, m=None, n=None):
    """Atom fractions, the elements first, and energies per atom."""
    m = m or int(rng.integers(1, 8))
    atoms = counts(rng, m, n or int(rng.choice([1, 2, 5, 20, 60])))
    energies = ENERGIES[kind](rng, atoms)
    A = np.vstack([np.eye(m), atoms / atoms.sum(axis=1, keepdims=True)]).T
    return np.ascontiguousarray(A), np.concatenate([np.zeros(m), energies])


def composition(A, rng):
    """A corner, a phase, the middle between phases, an edge, or anything."""
    m, n = A.shape
    kind = rng.integers(5)
    if kind == 0:
        b = np.eye(m)[rng.integers(m)]
    elif kind == 1:
        b = A[:, rng.integers(n)]
    elif kind == 2:
        b = A[:, rng.integers(n, size=2)].mean(axis=1)
    elif kind == 3:
        b = np.zeros(m)
        b[rng.integers(m, size=2)] = rng.random(2)
    else:
        b = rng.dirichlet(np.ones(m))
    return np.ascontiguousarray(b / b.sum())


def minimised(A, energy, b, towards=None):
    work = workspace(*A.shape)
    status = simplex.minimise(A, energy, energy.size, b, b if towards is None else towards, work)
    return status, work


@pytest.mark.parametrize("kind", ENERGIES)
def test_solutions_are_optimal_exactly(kind):
    """Amounts and reduced energies of the basis are not negative in rational numbers, and the energy is its energy."""
    for seed in range(40):
        rng = np.random.default_rng([1, seed])
        A, energy = model(kind, rng, m=int(rng.integers(1, 6)), n=int(rng.choice([1, 3, 12])))
        b = composition(A, rng)
        status, work = minimised(A, energy, b)
        assert status == SOLVED
        scale = max(1.0, np.abs(energy).max())
        amount, reduced, exact = exact_optimum(A, energy, work.basis, b)
        assert amount >= -1e-15
        assert reduced >= -1e-14 * scale
        assert simplex.dot.py_func(work.mu, b) == pytest.approx(exact, abs=1e-14 * scale)


@pytest.mark.parametrize("kind", ENERGIES)
def test_solutions_are_highs(kind):
    for seed in range(25):
        rng = np.random.default_rng([2, seed])
        A, energy = model(kind, rng)
        drawn = np.array([composition(A, rng) for _ in range(10)])
        scale = max(1.0, np.abs(energy).max())
        basis, amount, mu = np.empty(drawn.shape, dtype=np.int64), np.empty(drawn.shape), np.empty(drawn.shape)
        assert simplex.equilibria(A, energy[None], drawn, workspace(*A.shape), basis, amount, mu) == SOLVED
        expected = lowest_energies(A, energy / scale, drawn)
        assert np.abs((mu * drawn).sum(axis=1) / scale - expected).max() < EXACT
        assert np.abs((energy[basis] * amount).sum(axis=1) / scale - expected).max() < EXACT
        assert (mu @ A <= energy + EXACT * scale).all()
        assert amount.min() >= 0
        assert np.einsum("ikj,kj->ki", A[:, basis], amount) == pytest.approx(drawn, abs=1e-12)


@pytest.mark.parametrize("kind", ENERGIES)
def test_a_solution_holds_in_its_direction(kind):
    """The chemical potentials at b are those next to b too, on the side that was asked for."""
    for seed in range(60):
        rng = np.random.default_rng([3, seed])
        A, energy = model(kind, rng, m=int(rng.integers(2, 7)))
        b, towards = composition(A, rng), composition(A, rng)
        status, work = minimised(A, energy, b, towards)
        assert status == SOLVED
        step = 1e-5
        near = b + step * towards
        expected = minimised(A, energy, near)[1].mu @ near
        assert work.mu @ near == pytest.approx(expected, abs=1e-12 * max(1.0, np.abs(energy).max()))
        # So are the phases: their amounts next to b are not negative either.
        assert (work.amount + step * work.change).min() >= -1e-12


@pytest.mark.parametrize("m", [2, 5, 9, 12])
def test_no_corner_cycles(m):
    """At a corner all phases but one are absent, and any pivot may be degenerate."""
    for seed in range(30):
        rng = np.random.default_rng([4, m, seed])
        for kind in ENERGIES:
            A, energy = model(kind, rng, m, 200)
            for corner in np.eye(m):
                status, work = minimised(A, energy, corner, composition(A, rng))
                assert status == SOLVED
                assert simplex.dot.py_func(work.mu, corner) == pytest.approx(min(energy[A.T @ corner == 1]), abs=1e-9)


def room_for_mixtures(k, m):
    """Buffers with a margin behind each that no kernel may write to."""
    margin = 3
    whole = (
        np.full(k + margin, UNWRITTEN),
        np.full(k + margin, UNWRITTEN),
        np.full((k + margin, m), int(UNWRITTEN)),
        np.full((k + margin, m), UNWRITTEN),
        np.full((k + margin, m), UNWRITTEN),
        np.full((k + margin, 2), UNWRITTEN),
    )
    return whole, [array[:k] for array in whole]


def mixtures(A, energy, start, end, room=100):
    whole, (mixing, value, basis, amount, mu, stack) = room_for_mixtures(room, len(start))
    status, kinks = simplex.tie_line(
        A, energy, start, end, workspace(*A.shape), mixing, value, basis, amount, mu, stack
    )
    for array in whole:
        assert (array[room:] == UNWRITTEN).all()
    return status, mixing[:kinks], value[:kinks], basis[:kinks], amount[:kinks], mu[:kinks]


@pytest.mark.parametrize("kind", ENERGIES)
def test_tie_lines_are_highs(kind):
    for seed in range(25):
        rng = np.random.default_rng([5, seed])
        A, energy = model(kind, rng)
        start, end = composition(A, rng), composition(A, rng)
        scale = max(1.0, np.abs(energy).max())
        status, mixing, value, basis, amount, mu = mixtures(A, energy, start, end)
        assert status == SOLVED
        assert (mixing[0], mixing[-1]) == (0.0, 1.0)
        assert (np.diff(mixing) > 0).all()
        # Convex functions that are equal at three points of a straight piece are equal on all of it.
        places = np.sort(np.concatenate([mixing, (mixing[1:] + mixing[:-1]) / 2]))
        expected = lowest_energies(A, energy / scale, (1 - places)[:, None] * start + places[:, None] * end)
        assert np.abs(np.interp(places, mixing, value) / scale - expected).max() < 2 * EXACT
        slopes = np.diff(value) / np.diff(mixing)
        assert (np.diff(slopes) > 0).all()
        mixed = (1 - mixing)[:, None] * start + mixing[:, None] * end
        assert np.einsum("ikj,kj->ki", A[:, basis], amount) == pytest.approx(mixed, abs=1e-12)
        assert (mu * mixed).sum(axis=1) == pytest.approx(value, abs=1e-9 * scale)


def test_a_tie_line_of_one_composition_has_no_kink():
    A, energy = model("random", np.random.default_rng(6), 4, 20)
    b = composition(A, np.random.default_rng(7))
    status, mixing, value, *_ = mixtures(A, energy, b, b)
    assert status == SOLVED
    assert mixing.tolist() == [0.0, 1.0]
    assert value[0] == value[1]


def test_collinear_phases_are_no_kinks():
    """Phases on one straight line of energy between two others share its piece."""
    shares = np.array([0.25, 0.5, 0.75])
    A = np.array([[1.0, 0.0, *(1 - shares), 0.5], [0.0, 1.0, *shares, 0.5]])
    energy = np.array([0.0, 0.0, -0.5, -0.5, -0.5, -0.1])
    _, mixing, value, *_ = mixtures(A, energy, A[:, 0].copy(), A[:, 1].copy())
    assert mixing == pytest.approx([0.0, 0.25, 0.75, 1.0], abs=1e-12)
    assert value == pytest.approx([0.0, -0.5, -0.5, 0.0], abs=1e-12)


def bowl(n):
    """Two elements and n compounds between them, all of them stable."""
    shares = np.arange(1, n + 1) / (n + 1)
    A = np.array([[1.0, 0.0, *(1 - shares)], [0.0, 1.0, *shares]])
    return A, np.concatenate([[0.0, 0.0], shares * (shares - 1)]), shares


def test_each_stable_compound_is_a_kink():
    A, energy, shares = bowl(50)
    status, mixing, value, *_ = mixtures(A, energy, np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    assert status == SOLVED
    assert mixing == pytest.approx([0.0, *shares, 1.0], abs=1e-12)
    assert value == pytest.approx([0.0, *energy[2:], 0.0], abs=1e-12)


@pytest.mark.parametrize("room", [0, 1, 2, 3, 4, 7, 11, 12, 13])
def test_tie_lines_stay_in_their_room(room):
    A, energy, shares = bowl(10)
    status, mixing, *_ = mixtures(A, energy, np.array([1.0, 0.0]), np.array([0.0, 1.0]), room)
    if room >= len(shares) + 2:
        assert status == SOLVED
        assert mixing == pytest.approx([0.0, *shares, 1.0], abs=1e-12)
    else:
        assert status == FULL


def profile(A, energy, lithium, b, room=100):
    whole, (voltage, content, basis, amount, *_) = room_for_mixtures(room, len(b))
    n_free = int(np.count_nonzero(lithium == 0))
    status, plateaus = simplex.lithium_profile(
        A, energy, lithium, n_free, b, workspace(*A.shape), voltage, content, basis, amount
    )
    for array in whole:
        assert (array[room:] == UNWRITTEN).all()
    return status, voltage[:plateaus], content[:plateaus], basis[:plateaus], amount[:plateaus]


def with_lithium(A, energy, rng, *, rounded=False):
    """Give half of the compounds of a model Li, and put what has none first."""
    m = len(A)
    lithium = np.where(rng.random(A.shape[1]) < 0.5, rng.integers(1, 9, A.shape[1]) / 4, 0.0)
    lithium[:m] = 0.0
    energy = energy - np.where(lithium > 0, (1.0 if rounded else rng.random(A.shape[1])) * lithium, 0.0)
    order = np.concatenate([np.arange(m), m + np.argsort(lithium[m:] > 0, kind="stable")])
    return np.ascontiguousarray(A[:, order]), energy[order], lithium[order]


@pytest.mark.parametrize("rounded", [False, True])
@pytest.mark.parametrize("kind", [kind for kind in ENERGIES if kind != "large"])
def test_profiles_are_highs(kind, rounded):
    for seed in range(15):
        rng = np.random.default_rng([8, seed])
        A, energy, lithium = with_lithium(*model(kind, rng), rng, rounded=rounded)
        b = composition(A, rng)
        status, voltage, content, basis, amount = profile(A, energy, lithium, b)
        assert status == SOLVED
        assert content[0] == 0.0
        assert voltage[-1] == 0.0
        assert (np.diff(voltage) < 0).all()
        assert (np.diff(content) > 0).all()
        assert np.einsum("ikj,kj->ki", A[:, basis], amount) == pytest.approx(np.tile(b, (len(voltage), 1)), abs=1e-12)
        assert (lithium[basis] * amount).sum(axis=1) == pytest.approx(content, abs=1e-12)
        formed = (energy[basis] * amount).sum(axis=1)
        high = np.append(voltage[0] + 1.0, voltage[:-1])
        places = np.array([0.0, 1e-6, 0.5, 1 - 1e-6, 1.0])
        at = voltage[:, None] + places * (high - voltage)[:, None]
        ours = formed[:, None] + at * content[:, None]
        expected = lowest_energies(A, energy + at.reshape(-1, 1) * lithium, np.tile(b, (at.size, 1)))
        assert np.abs(ours.ravel() - expected).max() < EXACT * 10


def ladder(n):
    """One host that takes up n lithium, each at a voltage lower by a tenth of a volt."""
    lithium = np.arange(n + 1) / 1.0
    gained = np.cumsum(np.concatenate([[0.0], (n - np.arange(n)) * 0.1]))
    return np.ones((1, n + 1)), -gained, lithium, (n - np.arange(n)) * 0.1


@pytest.mark.parametrize("room", [0, 1, 2, 5, 10, 11, 12])
def test_profiles_stay_in_their_room(room):
    A, energy, lithium, steps = ladder(10)
    status, voltage, content, *_ = profile(A, energy, lithium, np.ones(1), room)
    if room >= 11:
        assert status == SOLVED
        assert voltage == pytest.approx([*steps, 0.0], abs=1e-12)
        assert content.tolist() == lithium.tolist()
    else:
        assert status == FULL


def test_phases_that_enter_at_one_voltage_are_one_stair():
    """From host to Li2host at 2 V straight away, with the phase in between on the line."""
    A, energy, lithium = np.ones((1, 3)), np.array([0.0, -2.0, -4.0]), np.array([0.0, 1.0, 2.0])
    status, voltage, content, *_ = profile(A, energy, lithium, np.ones(1))
    assert status == SOLVED
    assert voltage == pytest.approx([2.0, 0.0], abs=1e-12)
    assert content.tolist() == [0.0, 2.0]


def test_dilute_lithium_is_a_stair():
    """A host of two hundred, or of a hundred thousand, atoms with one Li that is worth 3 V."""
    for dilution in (1 / 200, 1e-5):
        A, energy, lithium = np.ones((1, 2)), np.array([0.0, -3 * dilution]), np.array([0.0, dilution])
        _, voltage, content, *_ = profile(A, energy, lithium, np.ones(1))
        assert voltage == pytest.approx([3.0, 0.0], abs=1e-9)
        assert content.tolist() == [0.0, dilution]


def test_many_phases():
    rng = np.random.default_rng(9)
    A, energy = model("random", rng, 12, 5000)
    drawn = np.array([composition(A, rng) for _ in range(10)])
    ours = [minimised(A, energy, b)[1].mu @ b for b in drawn]
    assert ours == pytest.approx(lowest_energies(A, energy, drawn), abs=EXACT)


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.integers(0, 4)] * 3, st.integers(-20, 5)), min_size=1, max_size=8),
    st.tuples(*[st.integers(0, 3)] * 3).filter(any),
)
def test_whole_numbers_are_solved_exactly(rows, atoms):
    rows = [row for row in rows if any(row[:3])] or [(1, 1, 1, -1)]
    compounds = np.array([row[:3] for row in rows], dtype=float)
    A = np.ascontiguousarray(np.vstack([np.eye(3), compounds / compounds.sum(axis=1, keepdims=True)]).T)
    energy = np.array([0.0, 0.0, 0.0, *(row[3] / 10 for row in rows)])
    b = np.array(atoms, dtype=float) / sum(atoms)
    status, work = minimised(A, energy, b)
    assert status == SOLVED
    amount, reduced, exact = exact_optimum(A, energy, work.basis, b)
    assert amount >= -1e-15
    assert reduced >= -1e-14
    assert work.mu @ b == pytest.approx(exact, abs=1e-14)


@pytest.mark.parametrize("depth", [1e-3, 1e-6, 1e-9, 1e-10])
def test_shallow_phases_count(depth):
    """A compound below the line of two others by a hundredth of the energy that is promised."""
    A = np.array([[1.0, 0.0, 0.75, 0.25, 0.5], [0.0, 1.0, 0.25, 0.75, 0.5]])
    energy = np.array([0.0, 0.0, -1.0, -1.0, -1.0 - depth])
    for share in (0.3, 0.5, 0.6):
        b = np.array([share, 1 - share])
        _, work = minimised(A, energy, b)
        assert work.mu @ b == pytest.approx(-1.0 - depth * (1 - abs(share - 0.5) / 0.25), abs=1e-15)


@pytest.mark.parametrize("apart", [1e-3, 1e-5, 1e-7])
def test_kinks_next_to_each_other_are_two(apart):
    shares = np.array([0.5, 0.5 + apart])
    A = np.array([[1.0, 0.0, *(1 - shares)], [0.0, 1.0, *shares]])
    energy = np.array([0.0, 0.0, -1.0, -1.0])
    _, mixing, value, *_ = mixtures(A, energy, A[:, 0].copy(), A[:, 1].copy())
    assert mixing == pytest.approx([0.0, *shares, 1.0], abs=1e-12)
    assert value == pytest.approx([0.0, -1.0, -1.0, 0.0], abs=1e-9)


def test_the_order_of_ratios_is_lexicographic():
    """Rows that tie in the amounts are told apart by their change, and these by the inverse."""
    work = workspace(2, 2)
    work.column[:] = 1.0, 2.0
    for amount, change, inverse, first in (
        ([1.0, 4.0], [9.0, 0.0], [[9.0, 9.0], [0.0, 0.0]], 0),
        ([1.0, 2.0], [1.0, 4.0], [[9.0, 9.0], [0.0, 0.0]], 0),
        ([1.0, 2.0], [3.0, 4.0], [[0.0, 0.0], [9.0, 9.0]], 1),
        ([1.0, 2.0], [1.0, 2.0], [[1.0, 0.0], [4.0, 0.0]], 0),
        ([1.0, 2.0], [1.0, 2.0], [[1.0, 1.0], [2.0, 1.0]], 1),
    ):
        work.amount[:], work.change[:], work.inverse[:] = amount, change, inverse
        assert simplex._leaves_before.py_func(work, first, 1 - first)
        assert not simplex._leaves_before.py_func(work, 1 - first, first)


def test_phases_that_are_nearly_alike_are_solved_or_given_up():
    """Compositions that differ by rounding make bases that are hardly one; what is called solved is solved."""
    solved = 0
    for seed in range(60):
        rng = np.random.default_rng([10, seed])
        A, energy = model("random", rng, m=int(rng.integers(2, 6)), n=5)
        near = np.repeat(A, 4, axis=1) * (1 + 10.0 ** rng.uniform(-13, -5, (len(A), 4 * A.shape[1])))
        A = np.ascontiguousarray(np.hstack([np.eye(len(A)), near / near.sum(axis=0)]))
        energy = np.concatenate([np.zeros(len(A)), np.repeat(energy, 4) + 1e-9 * rng.normal(size=near.shape[1])])
        b = composition(A, rng)
        status, work = minimised(A, energy, b)
        if status != SOLVED:
            assert status in {STALLED, SINGULAR}
            continue
        solved += 1
        amount, reduced, exact = exact_optimum(A, energy, work.basis, b)
        assert amount >= -1e-6
        assert reduced >= -1e-6
        assert simplex.dot.py_func(work.mu, b) == pytest.approx(exact, abs=1e-7)
    assert solved > 30


def test_too_many_pivots_stall(monkeypatch):
    A, energy = model("random", np.random.default_rng(13), 3, 20)
    lithium = np.where(np.arange(energy.size) > 10, 1.0, 0.0)
    b, work = np.full(3, 1 / 3), workspace(*A.shape)
    # Compiled functions keep the constants, and some of them have no entry for Python.
    for name, function in vars(simplex).copy().items():
        monkeypatch.setattr(simplex, name, getattr(function, "py_func", function))
    monkeypatch.setattr(simplex, "MOST_PIVOTS", 0)
    assert simplex.minimise(A, energy, energy.size, b, b, work) == STALLED
    _, (voltage, content, basis, amount, mu, stack) = room_for_mixtures(9, 3)
    status, _ = simplex.lithium_profile(A, energy, lithium, 11, b, work, voltage, content, basis, amount)
    assert status == STALLED
    assert simplex.tie_line(A, energy, b, b, work, voltage, content, basis, amount, mu, stack)[0] == STALLED
    assert simplex.equilibria(A, energy[None], b[None], work, basis, amount, mu) == STALLED


def test_a_basis_without_rank_is_told():
    A = np.array([[1.0, 0.0, 0.5, 0.5], [0.0, 1.0, 0.5, 0.5]])
    energy, b = np.array([0.0, 0.0, -1.0, -1.0]), np.array([0.5, 0.5])
    work = workspace(*A.shape)
    work.basis[:] = 2, 3
    assert not simplex.refactor.py_func(A, energy, b, b, work)
    work.basis[:] = 0, 2
    assert simplex.refactor.py_func(A, energy, b, b, work)
    assert work.amount.tolist() == [0.0, 1.0]


def test_a_basis_with_a_negative_amount_is_no_solution():
    A, b = np.array([[1.0, 0.9], [0.0, 0.1]]), np.array([0.0, 1.0])
    work = workspace(*A.shape)
    work.basis[:] = 0, 1
    assert simplex.refactor.py_func(A, np.zeros(2), b, b, work)
    assert work.amount == pytest.approx([-9.0, 10.0])
    assert not simplex._is_primal_feasible.py_func(work)
    assert not simplex._is_primal_feasible.py_func(work._replace(amount=np.array([np.nan, 1.0])))
    assert simplex._is_primal_feasible.py_func(work._replace(amount=np.array([0.0, -1e-12])))
