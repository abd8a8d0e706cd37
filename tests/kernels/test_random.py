import numpy as np
import pytest
from scipy.stats import chi2

from interfacekit.kernels.random import fill_uniform, stream
from interfacekit.kernels.reference import hops as _reference

#: The first outputs of the authors' public code for the state 1, 2, 3, 4.
PUBLISHED = [
    41943041,
    58720359,
    3588806011781223,
    3591011842654386,
    9228616714210784205,
    9973669472204895162,
    14011001112246962877,
    12406186145184390807,
    15849039046786891736,
    10450023813501588000,
]
FILL = {"kernel": fill_uniform, "twin": _reference.fill_uniform}


def filled(fill, state, n):
    out = np.full(n, -1.0)
    fill(state, out, np.uint64(n))
    return out


@pytest.mark.parametrize("name", FILL)
def test_uniforms_are_the_published_outputs(name):
    state = np.arange(1, 5, dtype=np.uint64)
    expected = [(word >> 11) * 2.0**-53 for word in PUBLISHED]
    assert filled(FILL[name], state, len(PUBLISHED)).tolist() == expected


@pytest.mark.parametrize("seed", range(5))
def test_uniforms_and_states_are_the_twins_in_any_chunks(seed):
    state = stream(seed)
    twin, whole = state.copy(), state.copy()
    chunks = [1, 0, 2, 7, 63, 64, 65, 255, 256, 257]
    drawn = []
    for n in chunks:
        drawn.append(filled(fill_uniform, state, n))
        assert drawn[-1].tolist() == filled(_reference.fill_uniform, twin, n).tolist()
        assert state.tolist() == twin.tolist()
    assert np.concatenate(drawn).tolist() == filled(fill_uniform, whole, sum(chunks)).tolist()


def test_only_what_was_asked_for_is_filled():
    out = np.full(8, -1.0)
    fill_uniform(stream(0), out, np.uint64(5))
    assert (out[:5] >= 0.0).all()
    assert (out[5:] == -1.0).all()


def chi_squared_is_plausible(counts):
    """Whether counts of equally probable cells lie between the quantiles 10^-4 and 1 - 10^-4."""
    mean = counts.sum() / counts.size
    statistic = ((counts - mean) ** 2).sum() / mean
    low, high = chi2.ppf([1e-4, 1 - 1e-4], counts.size - 1)
    return low < statistic < high


@pytest.mark.parametrize("seed", range(4))
def test_uniforms_are_spread_evenly_alone_and_in_pairs(seed):
    drawn = filled(fill_uniform, stream(seed, 3), 2**20)
    assert drawn.min() >= 0.0
    assert drawn.max() < 1.0
    assert chi_squared_is_plausible(np.bincount((drawn * 1024).astype(int), minlength=1024))
    cells = (drawn * 64).astype(int)
    for lag in (1, 2, 3):
        assert chi_squared_is_plausible(np.bincount(cells[::4] * 64 + cells[lag::4], minlength=4096))
    # What is left below 2^-20 serves a second time in the kernels.
    assert chi_squared_is_plausible(np.bincount((drawn * 2**20 % 1.0 * 1024).astype(int), minlength=1024))


def test_streams_are_their_seeds_and_keys_own():
    keys = [(), (0,), (1,), (0, 0), (0, 1), (1, 0), (2**40,)]
    states = {(seed, key): tuple(stream(seed, *key).tolist()) for seed in (0, 1, 2, 2**63) for key in keys}
    assert len(set(states.values())) == len(states)
    assert all(any(state) for state in states.values())
    for (seed, key), state in states.items():
        again = stream(seed, *key)
        assert again.dtype == np.uint64
        assert tuple(again.tolist()) == state


def test_streams_of_neighbouring_seeds_are_not_correlated():
    drawn = np.array([filled(fill_uniform, stream(seed), 4096) for seed in range(40)])
    correlations = np.corrcoef(drawn)[np.triu_indices(40, 1)] * np.sqrt(4096)
    assert abs(correlations.mean()) < 4 / np.sqrt(correlations.size)
    assert correlations.std() == pytest.approx(1.0, abs=0.12)
    assert np.abs(correlations).max() < 5.0
