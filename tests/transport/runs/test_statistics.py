"""Errors of correlated series against exact ones, over many seeds; fits and cuts against what was put in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import t as student_t

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.transport.runs.statistics import (
    arrhenius_fit,
    blocking_error,
    diffusion_series,
    equilibration_cut,
    estimate,
    estimate_of,
    jackknife,
    jackknife_of_joined,
    plateau_lag,
    ratio,
)


def widened(degrees):
    """By how much an interval with the coverage of one standard deviation is wider for few values."""
    return student_t.ppf((1 + 0.6826894921370859) / 2, degrees)


TEMPERATURES_K = np.array([300.0, 350.0, 400.0, 500.0])


def autoregressive(rng, n, memory, mean=0.0):
    """A stationary series x' = memory x + noise of variance 1, with mean; and the exact error of its mean."""
    first = rng.normal(0.0, np.sqrt(1 / (1 - memory**2)))
    series = lfilter([1.0], [1.0, -memory], rng.normal(size=n), zi=[memory * first])[0]
    lags = np.arange(1, n)
    variance = 1 / (1 - memory**2) * (1 + 2 * np.sum((1 - lags / n) * memory**lags))
    return series + mean, np.sqrt(variance / n)


@pytest.mark.parametrize("n", [256, 1000, 4096])
@pytest.mark.parametrize("memory", [-0.3, 0.0, 0.3, 0.9])
def test_blocking_finds_the_exact_error_of_autoregressive_series(memory, n):
    """Within 15 to 20 % over many series; a series of 256 with a memory of 0.9 holds 13 independent values."""
    rng = np.random.default_rng([n, round(100 + 10 * memory)])
    squares = []
    for _ in range(300):
        series, exact = autoregressive(rng, n, memory)
        squares.append((blocking_error(series) / exact) ** 2)
    assert 0.85 < np.sqrt(np.mean(squares)) < 1.2


def test_short_series_without_memory_have_the_error_of_their_values():
    rng = np.random.default_rng(10)
    series = rng.normal(size=(2000, 16))
    errors = np.array([blocking_error(row) for row in series])
    assert 1.0 < np.mean(errors**2) / (widened(15) ** 2 / 16) < 1.35
    assert np.mean(np.abs(series.mean(axis=1)) > 3 * errors) < 0.02


def test_blocking_finds_the_error_of_white_noise_without_blocking():
    rng = np.random.default_rng(1)
    series = rng.normal(size=(300, 1024))
    errors = np.array([blocking_error(row) for row in series])
    plain = series.std(axis=1) / np.sqrt(1023) * widened(1023)
    # Positive correlation of neighbours, which is noise here, enlarges the error by its share.
    assert np.mean((errors >= plain * (1 - 1e-12)) & (errors < 1.12 * plain)) > 0.9
    assert np.mean(errors / plain) < 1.03


def test_blocking_does_not_change_with_the_unit():
    series, _ = autoregressive(np.random.default_rng(2), 500, 0.8)
    assert blocking_error(1e-9 * series + 1e-7) == pytest.approx(1e-9 * blocking_error(series), rel=1e-6)


@pytest.mark.parametrize("series", [np.zeros(100), np.full(2, 7.25), np.full(33, -1e-20)])
def test_constants_have_no_error(series):
    assert blocking_error(series) == 0.0


def test_two_values_have_an_error():
    assert blocking_error([1.0, 3.0]) == pytest.approx(widened(1))
    assert blocking_error([1.0], [3.0]) == pytest.approx(widened(1))


@pytest.mark.parametrize("series", [[], [1.0], [[1.0, 2.0]]])
def test_too_short_series_have_no_error(series):
    with pytest.raises(InputError, match="has no error; give two values or more"):
        blocking_error(series)


def test_an_estimate_of_replicas_is_that_of_all_values():
    rng = np.random.default_rng(3)
    z = []
    for _ in range(300):
        parts = [autoregressive(rng, n, 0.5, mean=2.0)[0] for n in (200, 300, 500)]
        mean, error = estimate(parts)
        assert mean == pytest.approx(np.concatenate(parts).mean())
        z.append((mean - 2.0) / error)
    assert abs(np.mean(z)) < 3 / np.sqrt(300)
    assert 0.9 < np.std(z) < 1.2


def test_a_ratio_knows_of_common_fluctuations():
    """Numerators that are multiples of the denominators have a ratio without error; others have the exact one."""
    rng = np.random.default_rng(4)
    below = [5.0 + rng.normal(size=400) for _ in range(3)]
    same = ratio([2.5 * b for b in below], below)
    assert same.mean == pytest.approx(2.5, rel=1e-12)
    assert same.error < 1e-12
    z = []
    for _ in range(200):
        b = [5.0 + rng.normal(size=400) for _ in range(3)]
        a = [1.0 + 0.5 * rng.normal(size=400) + 0.3 * (x - 5.0) for x in b]
        z.append((ratio(a, b).mean - 0.2) / ratio(a, b).error)
    assert abs(np.mean(z)) < 3 / np.sqrt(200)
    assert 0.85 < np.std(z) < 1.15


def test_a_function_of_noisy_means_has_no_bias_to_first_order():
    """1 / mean of 12 values with a spread of half the mean: the plain quotient is 2 % too large."""
    rng = np.random.default_rng(11)
    found, plain = [], []
    for _ in range(3000):
        values = [2.0 + rng.normal(size=4) for _ in range(3)]
        found.append(estimate_of(lambda x: 1 / x, values).mean)
        plain.append(1 / np.concatenate(values).mean())
    noise = np.std(found) / np.sqrt(len(found))
    assert np.mean(plain) - 0.5 > 3 * noise
    assert abs(np.mean(found) - 0.5) < 3 * noise


def test_slow_correlation_shows_as_scatter_of_the_replicas():
    """Replicas of constant but different values: each alone has no error, together they have that of their mean."""
    values = np.array([1.0, 2.0, 4.0, 5.0])
    replicas = [np.full(64, value) for value in values]
    expected = np.std(values) / np.sqrt(3)
    assert blocking_error(*replicas) > expected


@pytest.mark.slow
@pytest.mark.parametrize(
    ("replicas", "length", "memory"),
    [(1, 16, 0.0), (4, 16, 0.0), (4, 16, 0.5), (4, 64, 0.0), (4, 64, 0.5), (2, 200, 0.0), (2, 200, 0.5)],
)
def test_errors_cover_the_truth_as_one_standard_deviation_does(replicas, length, memory):
    rng = np.random.default_rng([replicas, length])
    covered = 0
    for _ in range(2000):
        error = blocking_error(*(parts := [autoregressive(rng, length, memory)[0] for _ in range(replicas)]))
        covered += abs(np.concatenate(parts).mean()) < error
    # Series of 16 with a memory of 0.5 have the information of 5 values each, too few to show all of their correlation.
    low = 0.55 if memory and replicas * length < 100 else 0.63
    assert low < covered / 2000 < 0.73


def test_a_ratio_to_nothing_is_refused():
    with pytest.raises(ZeroDivisionError, match="the mean of the denominators is 0"):
        ratio([np.ones(4)], [np.array([1.0, -1.0, 1.0, -1.0])])


@pytest.mark.parametrize("step", [1.0, -3.0])
def test_a_step_is_cut_off(step):
    rng = np.random.default_rng(5)
    for length in (10, 40, 90):
        series = 0.05 * rng.normal(size=200)
        series[:length] += step
        assert length <= equilibration_cut(series) <= length + 10
        flat = 0.05 * rng.normal(size=200)
        assert equilibration_cut(flat, series) >= equilibration_cut(series)


def test_a_relaxation_is_cut_off_and_a_steady_series_mostly_kept():
    rng = np.random.default_rng(6)
    noise = rng.normal(size=(100, 400))
    relaxing = noise + 20 * np.exp(-np.arange(400) / 20)
    kept_bias = [row[equilibration_cut(row) :].mean() for row in relaxing]
    assert abs(np.mean(kept_bias)) < 0.1 * relaxing.mean()
    assert np.mean([equilibration_cut(row) for row in noise]) < 50
    assert all(equilibration_cut(row) <= 200 for row in relaxing)
    assert equilibration_cut(np.ones(50)) == 0


def test_diffusion_of_an_exact_walk():
    """Two walkers that go 1 A along x at each sample, and 2 A to and fro along y."""
    steps = np.arange(9)
    positions = np.stack([steps, 2.0 * (steps % 2), 0.0 * steps], axis=1)[None]
    for lag in (1, 2, 4, 8):
        (tensor,) = diffusion_series(positions, 2, 0.5, lag)
        moved = positions[0, lag:] - positions[0, :-lag]
        np.testing.assert_allclose(tensor, moved.T @ moved / len(moved) / (2 * 2 * lag * 0.5))
        np.testing.assert_allclose(tensor.diagonal(), [lag / 2, 2.0 * (lag % 2) / lag, 0.0])


@pytest.mark.parametrize("lag", [1, 4, 16])
def test_diffusion_of_random_walks(lag):
    rng = np.random.default_rng(7)
    windows, samples, particles, interval = 2000, 16, 10, 0.2
    steps = rng.choice([-1.5, 1.5], size=(windows, samples, particles, 2)).sum(axis=2)
    positions = np.concatenate([np.zeros((windows, 1, 2)), steps.cumsum(axis=1)], axis=1)
    series = diffusion_series(positions, particles, interval, lag)
    assert series.shape == (windows, 2, 2)
    mean, error = estimate([series.trace(axis1=1, axis2=2) / 2])
    assert abs(mean - 1.5**2 / (2 * interval)) < 3 * error
    assert error < 0.05 * mean
    across, across_error = estimate([series[:, 0, 1]])
    assert abs(across) < 3 * across_error


def test_the_plateau_is_the_shortest_lag_that_agrees_with_all_longer_ones():
    rng = np.random.default_rng(8)
    found = {0.0: [], 1.0: []}
    for decaying, lags in found.items():
        for _ in range(100):
            series = {
                lag: [1.0 + decaying * (lag < 4) / lag + 0.1 * np.sqrt(lag) * rng.normal(size=200) for _ in range(2)]
                for lag in (1, 2, 4, 8, 16)
            }
            lags.append(plateau_lag(series))
    assert min(found[1.0]) >= 4
    assert np.mean(np.array(found[1.0]) == 4) > 0.7
    assert np.mean(np.array(found[0.0]) == 1) > 0.7
    assert plateau_lag({8: [rng.normal(size=20)]}) == 8


@given(st.floats(0.05, 1.5), st.floats(-20.0, 20.0), st.lists(st.floats(0.001, 0.3), min_size=4, max_size=4))
def test_exact_data_have_an_exact_fit(energy, log_prefactor, relative):
    values = 10**log_prefactor * np.exp(-energy / (BOLTZMANN_eV_K * TEMPERATURES_K))
    fit = arrhenius_fit(TEMPERATURES_K, values, np.array(relative) * values)
    assert fit.activation_energy_eV == pytest.approx(energy, rel=1e-6, abs=1e-8)
    assert np.log10(fit.prefactor) == pytest.approx(log_prefactor, abs=1e-5)


@pytest.mark.parametrize("temperatures_K", [TEMPERATURES_K, TEMPERATURES_K[[0, 3]]], ids=["four", "two"])
def test_fits_of_noisy_data_cover_the_truth(temperatures_K):
    rng = np.random.default_rng(9)
    x = 1 / (BOLTZMANN_eV_K * temperatures_K)
    relative = np.array([0.02, 0.05, 0.03, 0.04])[: len(x)]
    z = []
    for _ in range(1000):
        values = 3e4 * np.exp(-0.35 * x + relative * rng.normal(size=len(x)))
        fit = arrhenius_fit(temperatures_K, values, relative * values)
        z.append((fit.activation_energy_eV - 0.35) / fit.activation_energy_err_eV)
    assert abs(np.mean(z)) < 3 / np.sqrt(1000)
    # Where points scatter more than their errors say, the error grows: z is a little narrower.
    assert (0.75 if len(x) > 2 else 0.93) < np.std(z) < 1.07


def test_two_points_have_the_error_of_their_values():
    x = 1 / (BOLTZMANN_eV_K * np.array([300.0, 400.0]))
    fit = arrhenius_fit([300.0, 400.0], np.exp(-0.3 * x), 0.01 * np.exp(-0.3 * x))
    assert fit.activation_energy_err_eV == pytest.approx(0.01 * np.sqrt(2) / (x[0] - x[1]))


def test_scatter_beyond_the_errors_enlarges_that_of_the_fit():
    x = 1 / (BOLTZMANN_eV_K * TEMPERATURES_K)
    off = np.array([0.3, -0.3, -0.3, 0.3])
    exact = arrhenius_fit(TEMPERATURES_K, np.exp(-0.3 * x), 0.01 * np.exp(-0.3 * x))
    scattered = arrhenius_fit(TEMPERATURES_K, np.exp(-0.3 * x + off), 0.01 * np.exp(-0.3 * x + off))
    assert scattered.activation_energy_err_eV > 20 * exact.activation_energy_err_eV


@pytest.mark.parametrize(
    ("temperatures_K", "values", "message"),
    [
        ([300.0], [1.0], "1 temperature gives no activation energy; give two or more"),
        ([300.0, 300.0], [1.0, 2.0], "1 temperature gives"),
        ([300.0, 400.0], [1.0, 0.0], "not positive has no logarithm"),
        ([300.0, 400.0], [1.0, float("nan")], "not positive has no logarithm"),
    ],
)
def test_impossible_fits_are_refused(temperatures_K, values, message):
    with pytest.raises(InputError, match=message):
        arrhenius_fit(temperatures_K, values, [0.1] * len(values))


def test_a_jackknife_of_a_linear_function_gives_the_error_of_the_mean():
    blocks = np.random.default_rng(1).normal(3.0, 2.0, (40, 3))
    (found,) = jackknife(lambda group: np.array([group[0] @ [1.0, -2.0, 0.5]]), [(blocks,)])
    series = blocks @ [1.0, -2.0, 0.5]
    assert found.mean == pytest.approx(series.mean())
    assert found.error == pytest.approx(series.std(ddof=1) / np.sqrt(40))


def test_a_jackknife_adds_the_errors_of_independent_groups():
    rng = np.random.default_rng(2)
    one, other = rng.normal(0.0, 1.0, (30, 1)), rng.normal(0.0, 5.0, (20, 1))
    (found,) = jackknife(lambda a, b: a[0] - b[0], [(one,), (other,)])
    assert found.mean == pytest.approx(one.mean() - other.mean())
    errors = [x.std(ddof=1) / np.sqrt(len(x)) for x in (one, other)]
    assert found.error == pytest.approx(np.hypot(*errors))


def test_a_jackknife_takes_away_what_fluctuations_add_to_a_quotient():
    """The plain quotient of means of 10 values is 1 % high, its mean over many draws tells."""
    rng = np.random.default_rng(3)
    plain, corrected, errors = [], [], []
    for _ in range(4000):
        below = rng.normal(1.0, 0.33, (10, 1))
        (found,) = jackknife(lambda group: 1 / group[0], [(below,)])
        plain.append(1 / below.mean())
        corrected.append(found.mean)
        errors.append(found.error)
    spread = np.std(corrected)
    assert np.mean(plain) - 1 > 4 * spread / np.sqrt(4000)
    assert abs(np.mean(corrected) - 1) < 4 * spread / np.sqrt(4000)
    assert np.mean(errors) == pytest.approx(spread, rel=0.1)


def test_joined_blocks_find_the_error_of_a_correlated_series():
    rng = np.random.default_rng(4)
    found, plain = [], []
    for _ in range(200):
        series, exact = autoregressive(rng, 512, 0.6)
        blocks = series[:, None]
        (alone,) = jackknife(lambda group: group[0], [(blocks,)])
        (joined,) = jackknife_of_joined(lambda group: group[0], [(blocks,)], (1, 4, 16))
        assert joined.mean == alone.mean
        assert joined.error >= alone.error
        found.append(joined.error)
        plain.append(alone.error)
    assert np.mean(plain) < 0.6 * exact
    assert np.mean(found) == pytest.approx(exact, rel=0.1)
