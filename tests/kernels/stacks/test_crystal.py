"""The kernel of linked slices against its slow twin, in chunks, and with its bounds checked in random stacks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfacekit.kernels.reference.crystal import network_stack_advance
from interfacekit.kernels.stacks import crystal as kernel
from interfacekit.kernels.stacks.state import BOUND_EXCEEDED, DONE, OCCUPIED
from tests.kernels.stacks.test_grid import CHUNKS, OWN, assert_equal_to_rounding, elapsed
from tests.kernels.twins import copied
from tests.transport.exact_links import linked_engine, linked_planes
from tests.transport.stack_kmc.test_crystal_engine import MODELS, planes_of

every_model = pytest.mark.parametrize("name", MODELS)


def replica(name, *, samples=1000, attempts=25, **options):
    """A stack of some cells with samples after about so many attempts."""
    run = linked_engine(planes_of(name), (3, 2), samples=samples, **options)
    run.interval_s = attempts / float(
        run.state.stack.in_plane_total + run.state.walk.factor @ run.state.walk.tree[:, 1]
    )
    return run


@every_model
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_attempts_are_the_twins(name, seed):
    run = replica(name, seed=seed)
    state, twin = copied(run.state.walk), copied(run.state.walk)
    record, twin_record = copied(run.record), copied(run.record)
    cursor, twin_cursor = np.zeros(1, np.int64), np.zeros(1, np.int64)
    names = set(state._fields) - OWN - {"first", "ready"}
    for budget in CHUNKS * (1 if seed == 1 else 3):
        arguments = run.interval_s, len(record.crossed), budget, True
        assert kernel.advance(run.state.stack, state, record, cursor, *arguments) == DONE
        assert network_stack_advance(run.state.stack, twin, twin_record, twin_cursor, *arguments) == DONE
        assert cursor == twin_cursor
        assert_equal_to_rounding(state, twin, names)
        assert_equal_to_rounding(record, twin_record, record._fields)
        assert elapsed(state) == pytest.approx(twin.clock[0], rel=1e-9, abs=1e-15 * run.interval_s)
    assert cursor > 2
    assert (state.upward + state.downward).min() > 0
    assert state.in_plane.sum() > 5


@every_model
def test_lists_and_counts_are_those_of_the_sites(name):
    run = replica(name, attempts=1e9)
    for _ in range(20):
        run.advance(3000)
        base = run.state.stack.base.astype(int)
        for p, (a, b) in enumerate(zip(base, base[1:], strict=False)):
            order, place, site = (
                array[a:b].astype(int) for array in (run.state.walk.order, run.state.walk.place, run.state.walk.site)
            )
            ions = run.ions[p]
            assert (order[place] == np.arange(b - a)).all()
            assert (site[order[:ions]] == OCCUPIED).all()
            assert (site[order[ions:]] == 0).all()
        assert (run.ions == run.start - np.diff(run.crossed)).all()
    assert run.hops > 1000


@every_model
def test_charges_and_fields_are_those_of_a_fresh_solution(name):
    """After many hops the shared field and all gaps' energies are Poisson's of the charges that are there."""
    run = replica(name, attempts=1e9)
    run.advance(100_000)
    planes = run.planes
    charge = run.ions / run.site_areas - planes.multiplicity * planes.filling
    fields = planes.fields_V_A(charge)
    own = run.state.stack.self * planes.kT_eV
    up, down = run.energy_changes_eV()
    per_site = planes.repulsion_eV * (run.ions / run.sites_of_planes - planes.filling)
    levels = [planes.left.site_energy_eV, *(planes.site_energy_eV + per_site), planes.right.site_energy_eV]
    expected = np.diff(levels) - planes.elastance_A * fields
    np.testing.assert_allclose(up - own, expected, atol=1e-12)
    np.testing.assert_allclose(down - own, -expected, atol=1e-12)


@every_model
def test_trajectories_do_not_depend_on_budgets(name):
    whole, pieces = replica(name), replica(name)
    whole.advance(4000)
    for budget in [1, 2, 3, 94, 900, 3000]:
        pieces.advance(budget)
    for key, array in whole.arrays.items():
        np.testing.assert_array_equal(array, pieces.arrays[key], err_msg=key)
    other = replica(name, seed=2)
    other.advance(4000)
    assert not np.array_equal(whole.state.walk.site, other.state.walk.site)


def test_a_rate_above_its_bound_is_found():
    run = replica("dielectrics", attempts=1e9)
    run.state.stack.frequency[:] *= 1.5
    status = kernel.advance(
        run.state.stack, run.state.walk, run.record, run.state.cursor, run.interval_s, 1000, 1000, True
    )
    assert status == BOUND_EXCEEDED


@st.composite
def random_stacks(draw):
    """Planes of one to three sites with some pairs, far from equilibrium, low barriers included."""
    sites = draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
    plane = np.repeat(range(len(sites)), sites).tolist()
    ends = [(a, b) for a in range(len(plane)) for b in range(len(plane)) if plane[b] - plane[a] in (0, 1)]
    image = st.tuples(st.integers(-1, 1), st.integers(-1, 1))
    pair = st.tuples(st.sampled_from(ends), image, st.floats(6, 8).map(lambda x: 10**x))
    pairs = [(*pair, image, f) for pair, image, f in draw(st.lists(pair, min_size=1, max_size=12))]
    P = len(sites)

    def of(count, low, high):
        return draw(st.lists(st.floats(low, high), min_size=count, max_size=count))

    changes = {
        "elastance_A": of(P + 1, 0.0, 0.4),
        "site_energy_kT": of(P, -6.0, 6.0),
        "repulsion_kT": of(P, 0.0, 20.0),
        "filling": of(P, 0.05, 0.95),
        "barrier_kT": of(P + 1, 0.0, 6.0),
        "in_plane_barrier_kT": of(P, 0.0, 3.0),
        "frequency_Hz": of(P + 1, 1e6, 1e8),
        "left": (0.3, *of(2, -5.0, 5.0)),
        "right": (0.6, *of(2, -30.0, 5.0)),
        "area_A2": draw(st.floats(30.0, 300.0)),
    }
    return linked_planes(sites, pairs, **changes), draw(st.integers(1, 4)), draw(st.integers(1, 4))


@given(random_stacks(), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_no_rate_is_above_its_bound(stack, seed):
    planes, nx, ny = stack
    run = linked_engine(planes, (nx, ny), interval_s=1e9, seed=seed, check=True)
    run.advance(20_000)
    assert run.attempts > 0
