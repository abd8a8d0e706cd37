"""Kernels of stacks against their slow twin, in chunks, and with their bounds checked in random stacks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfacekit.kernels.reference.grid import stack_advance
from interfacekit.kernels.stacks.state import BOUND_EXCEEDED, DONE, LEVELS, OCCUPIED
from interfacekit.transport.stack_kmc.grid_engine import _surroundings
from tests.kernels.twins import copied
from tests.transport.exact_stack import engine, stack_planes

#: What belongs to one side: draws in batches, and time as a product.
OWN = {"uniform", "drawn", "rng", "total", "clock", "integral", "since"}
CHUNKS = [*[1] * 60, 7, 60, 200, 700]

#: Barriers are 12 kT, an ion shifts potentials by some 0.1 kT, and all gaps and planes are about as fast.
STACKS = {
    "fixed ends": ((5, 4), {"site_energy_kT": [0.3, -0.5, 1.0, 0.6]}),
    "a bias": ((4, 4), {"right": (0.5, 0.0, -40.0), "filling": [0.3, 0.6, 0.5, 0.4]}),
    "open ends": ((5, 4), {"ends": "open", "right": (0.3, 0.5, 0.0), "elastance_A": [0.3, 0.2, 0.1, 0.2, 0.3]}),
    "closed ends": ((3, 5), {"ends": "closed", "site_energy_kT": [0.5, 0.0, -0.5, 0.0]}),
    "no fields": ((5, 4), {"elastance_A": 0.0, "site_energy_kT": [0.3, -0.5, 1.0, 0.6]}),
    "a conductor with repulsion": (
        (6, 4),
        {
            "conductor": [True, True, False, False],
            "elastance_A": [0.0, 0.0, 0.1, 0.3, 0.2],
            "repulsion_kT": [30.0, 30.0, 0.0, 4.0],
            "left": (0.7, 0.5, 0.0),
        },
    ),
    # A few ions move the field of all gaps by more than the slack, and many hops go downhill at once.
    "a steep drop": (
        (4, 4),
        {
            "area_A2": 100.0,
            "right": (0.5, 0.0, -60.0),
            "site_energy_kT": [0.0, 5.0, 0.0, -5.0],
            "barrier_kT": [3.0, 4.0, 0.0, 5.0, 3.0],
            "frequency_Hz": [1e7, 3e7, 1e6, 1e8, 1e7],
            "elastance_A": [0.1, 0.2, 0.2, 0.2, 0.1],
            "in_plane_barrier_kT": [0.0, 3.0, 0.0, 1.0],
            "in_plane_frequency_Hz": [1e6, 1e7, 1e6, 3e6],
        },
    ),
    "one plane": ((4, 4), {"count": 1, "repulsion_kT": 3.0}),
    "one site": ((1, 1), {"count": 1, "filling": 0.0}),
    "a row": ((7, 1), {"site_energy_kT": [0.3, -0.5, 1.0, 0.6]}),
    "a column": ((1, 7), {"site_energy_kT": [0.3, -0.5, 1.0, 0.6]}),
    "two by two": ((2, 2), {"site_energy_kT": [0.3, -0.5, 1.0, 0.6]}),
    "uneven planes": (
        (4, 3),
        {"in_plane_barrier_kT": [12.0, 14.0, 9.0, 11.0], "in_plane_frequency_Hz": [1, 0, 1, 2e12]},
    ),
}
PAIRS = {
    "repulsive pairs": (
        (5, 4),
        {"pair_energy_kT": [1.0, 0.5, 1.5, 1.0], "gap_pair_energy_kT": [0, 1.0, 0.5, 0.8, 0]},
    ),
    "attractive pairs": (
        (4, 5),
        {"pair_energy_kT": [-1.0, -0.5, 0.0, -0.7], "gap_pair_energy_kT": [0, -0.6, 0.4, -1.0, 0], "ends": "open"},
    ),
    "closed pairs": ((3, 4), {"pair_energy_kT": 1.0, "gap_pair_energy_kT": 1.0, "ends": "closed"}),
    "pairs across gaps alone": ((3, 3), {"gap_pair_energy_kT": 2.0, "elastance_A": 0.0, "repulsion_kT": 2.0}),
    # Hops within planes go downhill at once too.
    "pairs on a steep drop": (
        (4, 4),
        {
            **STACKS["a steep drop"][1],
            "pair_energy_kT": [1.0, 0.5, -0.5, 1.0],
            "gap_pair_energy_kT": [0, 1.0, -0.5, 0.5, 0],
        },
    ),
    "pairs in one plane": ((3, 3), {"count": 1, "pair_energy_kT": 1.5}),
    "pairs in a conductor": (
        (4, 3),
        {**STACKS["a conductor with repulsion"][1], "pair_energy_kT": 0.5, "gap_pair_energy_kT": 0.3},
    ),
}
every_stack = pytest.mark.parametrize("name", [*STACKS, *PAIRS])


def replica(name, *, samples=1000, attempts=25, **options):
    """A stack with samples after about so many attempts."""
    cells, changes = {**STACKS, **PAIRS}[name]
    count = changes.get("count", 4)
    planes = stack_planes(count, **{key: value for key, value in changes.items() if key != "count"})
    run = engine(planes, cells, samples=samples, **options)
    run.interval_s = attempts / float(
        run.state.stack.in_plane_total + run.state.walk.factor @ run.state.walk.tree[:, 1]
    )
    return run


def elapsed(state):
    """Time in the interval, with the attempts since the last hop that was timed."""
    return state.clock[0] - (np.log(state.clock[1]) / state.total[0] if state.total[0] > 0 else 0.0)


def assert_equal_to_rounding(state, twin, names):
    for name in names:
        array, expected = getattr(state, name), getattr(twin, name)
        if array.dtype.kind == "f":
            scale = 1.0 if name == "field" else np.abs(expected).max()
            np.testing.assert_allclose(array, expected, rtol=1e-9, atol=1e-12 * scale, err_msg=name)
        else:
            np.testing.assert_array_equal(array, expected, err_msg=name)


@every_stack
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_attempts_are_the_twins(name, seed):
    run = replica(name, seed=seed)
    state, twin = copied(run.state.walk), copied(run.state.walk)
    record, twin_record = copied(run.record), copied(run.record)
    cursor, twin_cursor = np.zeros(1, np.int64), np.zeros(1, np.int64)
    names = set(state._fields) - OWN - (set() if run.planes.has_pairs else {"first", "ready"})
    references = set()
    for budget in CHUNKS * (1 if seed == 1 else 4):
        arguments = run.interval_s, len(record.crossed), budget, True
        assert run.tables.kernel(run.state.stack, state, record, cursor, *arguments) == DONE
        assert stack_advance(run.state.stack, twin, twin_record, twin_cursor, *arguments) == DONE
        assert cursor == twin_cursor
        assert_equal_to_rounding(state, twin, names)
        assert_equal_to_rounding(record, twin_record, record._fields)
        assert elapsed(state) == pytest.approx(twin.clock[0], rel=1e-9, abs=1e-15 * run.interval_s)
        references.add(float(state.field[1]))
    crossings = state.upward + state.downward
    assert cursor > 2
    assert (crossings[1:-1] if run.planes.ends == "closed" else crossings).min() > 0
    assert state.in_plane.sum() > 5 or run.cells == (1, 1)
    if "steep" in name:
        assert len(references) > 1


@pytest.mark.parametrize("pair_energy_kT", [0.0, 0.5])
def test_intervals_of_thousands_of_attempts_keep_time(pair_energy_kT):
    """Without crossings, products of uniform numbers would underflow; nothing else turns them into time then."""
    planes = stack_planes(2, frequency_Hz=0.0, pair_energy_kT=pair_energy_kT)
    run = engine(planes, (3, 3), samples=3, check=False)
    bounds = float(run.state.stack.in_plane_total + run.state.walk.tree[-1, 1])
    run.interval_s = 1500 / bounds
    state, twin = copied(run.state.walk), copied(run.state.walk)
    cursor, twin_cursor = np.zeros(1, np.int64), np.zeros(1, np.int64)
    for _ in range(16):
        run.tables.kernel(run.state.stack, state, run.record, cursor, run.interval_s, 3, 250, False)
        stack_advance(run.state.stack, twin, copied(run.record), twin_cursor, run.interval_s, 3, 250, False)
        assert cursor == twin_cursor
        assert elapsed(state) == pytest.approx(twin.clock[0], rel=1e-9)
    assert 1 < cursor < 3
    samples = 200
    run = engine(planes, (3, 3), samples=samples, interval_s=5000 / bounds, check=False)
    assert run.advance(2 * samples * 5000)
    if pair_energy_kT == 0:
        assert abs(run.attempts - 5000 * samples) < 3 * np.sqrt(5000 * samples)


def sites_by_list(run):
    """In which list each site is: the number of neighbours of an ion, LEVELS at vacancies; shape (P, M)."""
    state, M = run.state.walk, run.site_areas
    found = np.full((run.planes.count, M), -1)
    for p, order in enumerate(state.order.reshape(-1, M).astype(int)):
        begins = [*state.first[p].tolist(), M] if run.planes.has_pairs else [*[0] * LEVELS, int(state.ions[p]), M]
        for level, (begin, end) in enumerate(zip(begins, begins[1:], strict=False)):
            found[p, order[begin:end]] = level
    return found


@every_stack
def test_lists_and_bytes_are_those_of_the_sites(name):
    """The lists are all that the twin takes over from the kernel."""
    run = replica(name, attempts=1e9)
    for _ in range(20):
        run.advance(3000)
        occupied = run.occupied()
        ions = occupied.reshape(run.planes.count, -1)
        state, M = run.state.walk, run.site_areas
        order, place = (array.reshape(-1, M).astype(int) for array in (state.order, state.place))
        assert (np.take_along_axis(order, place, axis=1) == np.arange(M)).all()
        assert state.ions.tolist() == ions.sum(axis=1).tolist() == (run.start - np.diff(state.crossed)).tolist()
        if run.planes.has_pairs:
            around = sum(np.roll(occupied, step, axis).astype(int) for step in (1, -1) for axis in (1, 2))
            around[1:] += occupied[:-1]
            around[:-1] += occupied[1:]
            expected = np.where(ions, around.reshape(ions.shape), LEVELS)
            words = _surroundings(occupied, run.cells) + OCCUPIED * ions.astype(np.uint8)
            assert (state.site.reshape(ions.shape) == words).all()
        else:
            expected = np.where(ions, LEVELS - 1, LEVELS)
            assert (state.site.reshape(ions.shape) == OCCUPIED * ions).all()
        assert (sites_by_list(run) == expected).all()
    assert run.hops > 1000


@every_stack
def test_trajectories_do_not_depend_on_budgets(name):
    whole, cut, stopped = (replica(name, samples=30, attempts=100) for _ in range(3))
    assert whole.advance(10_000_000)
    budgets = iter(np.random.default_rng(8).integers(1, 60, 100_000).tolist())
    while not cut.advance(next(budgets)):
        pass
    for stop in range(1, 31):
        while not stopped.advance(next(budgets) * 20, stop):
            pass
        assert stopped.sample == stop
    assert whole.hops > 50
    for key, array in whole.arrays.items():
        assert array.tobytes() == cut.arrays[key].tobytes() == stopped.arrays[key].tobytes(), key


@every_stack
def test_checks_change_no_trajectory(name):
    runs = [replica(name, samples=10, attempts=1000, check=check) for check in (True, False)]
    for run in runs:
        assert run.advance(10_000_000)
    for checked, unchecked in zip(runs[0].record, runs[1].record, strict=True):
        np.testing.assert_allclose(checked, unchecked, rtol=1e-9)


def test_a_stack_without_hops_waits_for_its_samples():
    planes = stack_planes(3, frequency_Hz=0.0, in_plane_frequency_Hz=0.0)
    run = engine(planes, (4, 4), samples=5, interval_s=1e-3)
    assert run.advance(5)
    assert run.hops == 0
    assert not run.record.mean_crossed.any()


@pytest.mark.parametrize(
    "changes",
    [
        {"site_energy_kT": [0.0, -1600.0]},
        {"site_energy_kT": [0.0, 1600.0], "frequency_Hz": [0.0, 1e12, 1e12]},
        {"site_energy_kT": [0.0, -1600.0], "barrier_kT": 800.0},
        {"site_energy_kT": [0.0, 3000.0], "pair_energy_kT": 5.0},
        {"area_A2": 0.5, "elastance_A": [3.0, 1.0, 2.0], "barrier_kT": 0.0},
    ],
    ids=["down", "up", "over a barrier", "pairs", "one charge"],
)
def test_energies_of_a_thousand_kT_neither_overflow_nor_divide_by_zero(changes):
    run = engine(stack_planes(2, **changes), (3, 3), samples=3, interval_s=1e-6)
    run.advance(20_000)
    state = run.state.walk
    assert np.isfinite([*state.up, *state.down, *state.tree.ravel(), *state.factor]).all()
    if "site_energy_kT" in changes:
        assert run.ions[1] == (9 if changes["site_energy_kT"][1] < 0 else 0)


def random_stacks(*, pairs):
    """Planes and cells: barriers from none, frequencies over eight decades, energies of many kT, any kind of ends."""

    @st.composite
    def chosen(draw):
        count = draw(st.integers(1, 5))

        def of_planes(values):
            return draw(st.lists(values, min_size=count, max_size=count))

        def of_gaps(values):
            return draw(st.lists(values, min_size=count + 1, max_size=count + 1))

        def reservoir():
            return draw(st.floats(0.01, 0.99)), draw(energy), draw(st.floats(-60.0, 60.0))

        energy = st.floats(-8.0, 8.0)
        barrier = st.one_of(st.just(0.0), st.floats(0.0, 20.0))
        frequency = st.one_of(st.just(0.0), st.floats(4.0, 12.0).map(lambda x: 10**x))
        pair = st.floats(-3.0, 4.0) if pairs else st.just(0.0)
        conductor = of_planes(st.booleans())
        flat = [a and b for a, b in zip([conductor[0], *conductor], [*conductor, conductor[-1]], strict=True)]
        elastance = of_gaps(st.sampled_from([0.0, 0.07, 0.2, 0.32, 0.5]))
        planes = stack_planes(
            count,
            ends=draw(st.sampled_from(["fixed", "open", "closed"])),
            area_A2=draw(st.sampled_from([10.0, 100.0, 1000.0])),
            left=reservoir(),
            right=reservoir(),
            conductor=conductor,
            elastance_A=np.where(flat, 0.0, elastance),
            site_energy_kT=of_planes(energy),
            filling=of_planes(st.floats(0.05, 0.95)),
            repulsion_kT=of_planes(st.sampled_from([0.0, 0.0, 5.0, 35.0])),
            pair_energy_kT=of_planes(pair),
            gap_pair_energy_kT=of_gaps(pair),
            barrier_kT=of_gaps(barrier),
            frequency_Hz=of_gaps(frequency),
            in_plane_barrier_kT=of_planes(barrier),
            in_plane_frequency_Hz=of_planes(frequency),
        )
        least = 3 if planes.has_pairs else 1
        return planes, (draw(st.integers(least, 5)), draw(st.integers(least, 5)))

    return chosen()


@pytest.mark.parametrize("pairs", [False, True], ids=["no pairs", "pairs"])
def test_bounds_hold_in_random_stacks(pairs):
    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(random_stacks(pairs=pairs), st.integers(0, 2**32), st.floats(0.0, 1.0))
    def hold(stack, seed, occupation):
        run = engine(*stack, seed=seed, occupation=occupation, interval_s=1e3)
        run.advance(10_000)  # raises where a bound is exceeded

    hold()


@pytest.mark.slow
@pytest.mark.parametrize("pairs", [False, True], ids=["no pairs", "pairs"])
def test_random_stacks_are_the_twins(pairs):
    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(random_stacks(pairs=pairs), st.integers(0, 2**32))
    def same(stack, seed):
        run = engine(*stack, seed=seed, interval_s=1e-6)
        state, twin = copied(run.state.walk), copied(run.state.walk)
        cursor, twin_cursor = np.zeros(1, np.int64), np.zeros(1, np.int64)
        arguments = run.interval_s, 1, 300, True
        assert run.tables.kernel(run.state.stack, state, copied(run.record), cursor, *arguments) == DONE
        assert stack_advance(run.state.stack, twin, copied(run.record), twin_cursor, *arguments) == DONE
        assert cursor == twin_cursor
        names = set(state._fields) - OWN - (set() if run.planes.has_pairs else {"first", "ready"})
        assert_equal_to_rounding(state, twin, names)

    same()


@pytest.mark.parametrize(
    ("name", "lowered", "by"),
    [
        ("fixed ends", "log_base", 0.99),
        ("a conductor with repulsion", "log_base", 0.99),
        ("a steep drop", "log_cap", 0.36),  # the shared field may have moved by the slack, but not more
        ("repulsive pairs", "log_base", 0.99),
        ("repulsive pairs", "most_leave", 0.99),
        ("repulsive pairs", "most_enter", 0.99),
        ("attractive pairs", "most_leave", 0.99),
        ("attractive pairs", "most_enter", 0.99),
        ("pairs on a steep drop", "log_cap", 0.36),
    ],
)
def test_a_bound_that_is_too_low_is_found(name, lowered, by):
    run = replica(name)
    stack, state = run.state.stack, run.state.walk
    assert run.tables.kernel(stack, copied(state), run.record, np.zeros(1, np.int64), 1.0, 1, 100_000, True) == DONE
    if lowered.startswith("log"):
        changes = {lowered: getattr(stack, lowered) + np.log(by)}
        if lowered == "log_cap":
            changes["cap"] = stack.cap * by
    else:
        changes = {lowered: getattr(stack, lowered) * by}
    stack = stack._replace(**changes)
    state.total[:] = -1.0
    hops = run.hops
    status = run.tables.kernel(stack, state, run.record, np.zeros(1, np.int64), 1.0, 1, 100_000, True)
    assert status == BOUND_EXCEEDED
    assert run.hops < hops + 50_000
    assert run.tables.kernel(stack, state, run.record, np.zeros(1, np.int64), 1.0, 1, 1000, False) == DONE
