"""Means and errors of correlated series, equilibration, plateaus of diffusion, and Arrhenius fits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import gammaincinv, stdtrit

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

#: Confidence with which a series of blocks is told from an uncorrelated one.
CONFIDENCE = 0.99
#: Blocks over which an error is estimated at least.
FEWEST_BLOCKS = 8


#: Share of a normal distribution within one standard deviation of its mean.
ONE_SIGMA = 0.6826894921370859


class Estimate(NamedTuple):
    """A mean and its error: the interval of +- one error covers the truth in 68 % of runs."""

    mean: float
    error: float


def blocking_error(*replicas: ArrayLike) -> float:
    """Error of the mean of correlated series, such that the interval of +- one error covers the truth in 68 % of runs.

    Neighbouring values are averaged in pairs (Flyvbjerg & Petersen 1989, doi:10.1063/1.457480) until the correlation of
    neighbouring blocks is compatible with none (Jonsson 2018, doi:10.1103/PhysRevE.98.043304). Correlation that such
    blocks still show is accounted for as that of a first-order autoregressive series, and the finite number of blocks
    by Student's t. Deviations are from the mean of all replicas, so that slow correlation shows as their scatter.

    Parameters
    ----------
    replicas
        Equidistant values of independent replicas; shape (n,) each, two values or more in all.

    Returns
    -------
    float
        In the unit of the series; 0 for a constant one.

    Raises
    ------
    InputError
        If there are fewer than two values.
    """
    parts = [np.asarray(series, dtype=float) for series in replicas]
    if any(part.ndim != 1 for part in parts) or sum(len(part) for part in parts) < 2:
        shapes = ", ".join(str(part.shape) for part in parts)
        raise InputError(f"a series of the shape {shapes} has no error; give two values or more")
    levels: list[_Level] = []
    while True:
        levels.append(_level(parts))
        if levels[-1].blocks < 2 * FEWEST_BLOCKS or min(len(part) for part in parts) < 2:
            break
        parts = [part[len(part) % 2 :].reshape(-1, 2).mean(axis=1) for part in parts]
    # Without correlation each term is a chi-squared number; the first level at which all later ones are will do.
    later = np.cumsum([level.statistic for level in levels][::-1])[::-1]
    quantiles = 2 * gammaincinv(np.arange(len(later), 0, -1) / 2, CONFIDENCE)
    fine = np.flatnonzero(later < quantiles)
    number = int(fine[0]) if fine.size else len(levels) - 1
    level = levels[number]
    # Few blocks hide remaining correlation from the test; this is what it adds, less what noise alone shows.
    noise = 1 / math.sqrt(level.blocks) if number == 0 else 0.0
    rest = min(max(level.correlation - noise, 0.0), 0.8)
    student = float(stdtrit(level.blocks - 1, (1 + ONE_SIGMA) / 2))
    return level.error * student * float(np.sqrt((1 + rest) / (1 - rest)))


class _Level(NamedTuple):
    """Blocks of one length: standard error of their mean, correlation of neighbours, its test, and their number."""

    error: float
    correlation: float
    statistic: float
    blocks: int


def _level(parts: Sequence[NDArray[np.float64]]) -> _Level:
    blocks = sum(len(part) for part in parts)
    mean = sum(part.sum() for part in parts) / blocks
    apart = [part - mean for part in parts]
    variance = float(sum((x**2).sum() for x in apart)) / blocks
    pairs = blocks - len(parts)
    correlation = 0.0
    if variance > 0 and pairs > 0:
        correlation = float(sum((x[1:] * x[:-1]).sum() for x in apart)) / pairs / variance
    return _Level(float(np.sqrt(variance / (blocks - 1))), correlation, pairs * correlation**2, blocks)


def estimate(series: Sequence[NDArray[np.float64]]) -> Estimate:
    """Mean and error of a quantity from the series of independent replicas; each counts by its length.

    Parameters
    ----------
    series
        One for each replica; shape (n,) each.
    """
    return Estimate(float(np.concatenate(list(series)).mean()), blocking_error(*series))


def estimate_of(function: Callable[..., NDArray[np.float64]], *quantities: Sequence[NDArray[np.float64]]) -> Estimate:
    """Value and error of a function of means of quantities that were measured together.

    The jackknife (Efron 1982, doi:10.1137/1.9781611970319) leaves out one window of all quantities at a time: common
    fluctuations cancel, and the bias of a nonlinear function of noisy means is removed to first order. Its
    pseudo-values are a series like that of a mean, whose correlation `blocking_error` accounts for.

    Parameters
    ----------
    function
        Takes one array for each quantity, and acts on them element by element.
    quantities
        For each the series of all replicas; shape (n,) each.

    Returns
    -------
    Estimate
    """
    joined = [np.concatenate(list(series)) for series in quantities]
    count = len(joined[0])
    value = function(*(x.mean() for x in joined))
    without = function(*((x.sum() - x) / (count - 1) for x in joined))
    pseudo = count * value - (count - 1) * without
    ends = np.cumsum([len(part) for part in quantities[0]])[:-1]
    return Estimate(float(pseudo.mean()), blocking_error(*np.split(pseudo, ends)))


def ratio(numerators: Sequence[NDArray[np.float64]], denominators: Sequence[NDArray[np.float64]]) -> Estimate:
    """Ratio of two means from the same replicas, with the error of their correlated fluctuations.

    Raises
    ------
    ZeroDivisionError
        If the denominators' mean is 0.
    """
    if float(np.mean(np.concatenate(list(denominators)))) == 0:
        raise ZeroDivisionError("the mean of the denominators is 0")
    return estimate_of(lambda above, below: above / below, numerators, denominators)


def equilibration_cut(*series: ArrayLike) -> int:
    """Number of values to leave out at the start: that with the smallest standard error of the mean of the rest.

    The marginal standard error rule (White 1997, doi:10.1177/003754979706900601), at most half of the series, and the
    largest of the cuts where several quantities are given.
    """
    cuts = []
    for values in series:
        x = np.asarray(values, dtype=float)
        rests = [x[cut:] for cut in range(len(x) // 2 + 1)]
        errors = [float(np.var(rest)) / len(rest) for rest in rests]
        cuts.append(int(np.argmin(errors)))
    return max(cuts)


def diffusion_series(
    positions: NDArray[np.float64], particles: int, interval_s: float, lag: int
) -> NDArray[np.float64]:
    """Einstein diffusion tensors of a sum over particles, one for each window.

    Parameters
    ----------
    positions
        Sum of the particles' displacements; shape (windows, S + 1, 3), angstrom. The origins overlap.
    particles
        How many the sum is over.
    interval_s
        Time between samples.
    lag
        Samples over which displacements are taken.

    Returns
    -------
    ndarray, shape (windows, 3, 3)
        A^2/s: <dX dX> / (2 N t).
    """
    moved = positions[:, lag:] - positions[:, :-lag]
    products = np.einsum("wsi,wsj->wij", moved, moved) / moved.shape[1]
    return np.asarray(products / (2 * particles * lag * interval_s))


def plateau_lag(series: dict[int, list[NDArray[np.float64]]]) -> int:
    """Return the shortest lag whose diffusion coefficient agrees with those of all longer ones.

    Parameters
    ----------
    series
        For each lag, one series for each replica. They agree if the mean of their difference, in which common
        fluctuations cancel, is at most three times its error: with several lags, chance would often make two. As the
        fluctuations of a squared displacement are in proportion to its mean, the error is enlarged where the longer lag
        has come out low.
    """
    lags = sorted(series)
    for lag in lags[:-1]:
        if all(_agree(series[lag], series[longer]) for longer in lags if longer > lag):
            return lag
    return lags[-1]


def _agree(shorter: list[NDArray[np.float64]], longer: list[NDArray[np.float64]]) -> bool:
    difference = estimate([a - b for a, b in zip(shorter, longer, strict=True)])
    mean = float(np.mean(np.concatenate(shorter)))
    low = float(np.mean(np.concatenate(longer))) / mean if mean else 1.0
    enlarged = difference.error / min(max(low, 0.1), 1.0)
    return abs(difference.mean) <= 3 * enlarged


class ArrheniusFit(NamedTuple):
    """Activation energy and its error (eV), and the prefactor (the unit of the fitted quantity)."""

    activation_energy_eV: float
    activation_energy_err_eV: float
    prefactor: float


def arrhenius_fit(temperatures_K: ArrayLike, values: ArrayLike, errors: ArrayLike) -> ArrheniusFit:
    """Fit values = prefactor exp(-Ea / kT), weighted by their errors.

    Parameters
    ----------
    temperatures_K
        Two different ones or more.
    values, errors
        Such as conductivity times temperature, positive; the error of Ea is enlarged where the points scatter more than
        their errors say.

    Raises
    ------
    InputError
        If there are fewer than two temperatures, or a value is not positive.
    """
    T, y, dy = (np.asarray(a, dtype=float) for a in (temperatures_K, values, errors))
    if len(np.unique(T)) < 2:
        raise InputError(f"{len(np.unique(T))} temperature gives no activation energy; give two or more")
    if not np.all(y > 0):
        raise InputError("a value that is not positive has no logarithm; an Arrhenius fit takes positive values")
    relative = np.maximum(dy / y, 1e-12)
    x = 1 / (BOLTZMANN_eV_K * T)
    design = np.column_stack([np.ones_like(x), -x]) / relative[:, None]
    covariance = np.linalg.inv(design.T @ design)
    intercept, slope = covariance @ design.T @ (np.log(y) / relative)
    scatter = np.sum(((np.log(y) - intercept + slope * x) / relative) ** 2) / max(len(T) - 2, 1)
    error = float(np.sqrt(covariance[1, 1] * max(scatter if len(T) > 2 else 1.0, 1.0)))
    return ArrheniusFit(float(slope), error, float(np.exp(intercept)))


def jackknife(
    function: Callable[..., NDArray[np.float64]], groups: Sequence[tuple[NDArray[np.float64], ...]]
) -> list[Estimate]:
    """Value and error of a function of means over independent groups of blocks, by leaving out one block at a time.

    Parameters
    ----------
    function
        Takes for each group a tuple of means, and returns values; shape (K,).
    groups
        Tuples of averages over blocks; shape (B, ...) each, with two blocks or more.

    Returns
    -------
    list of Estimate
        K of them. What the fluctuations of the means add on average, to first order in their number, is taken away
        (Efron 1982, doi:10.1137/1.9781611970319).
    """
    means = [tuple(part.mean(axis=0) for part in group) for group in groups]
    value = function(*means)
    variance, excess = np.zeros_like(value), np.zeros_like(value)
    for number, group in enumerate(groups):
        count = len(group[0])
        without = []
        for block in range(count):
            left = tuple(
                (mean * count - part[block]) / (count - 1) for mean, part in zip(means[number], group, strict=True)
            )
            without.append(function(*means[:number], left, *means[number + 1 :]))
        variance += (count - 1) * np.var(without, axis=0)
        excess += (count - 1) * (np.mean(without, axis=0) - value)
    return [Estimate(float(v), float(e)) for v, e in zip(value - excess, np.sqrt(variance), strict=True)]


def jackknife_of_joined(
    function: Callable[..., NDArray[np.float64]],
    groups: Sequence[tuple[NDArray[np.float64], ...]],
    joined: Sequence[int],
) -> list[Estimate]:
    """`jackknife` with neighbouring blocks joined, until errors grow no more.

    Parameters
    ----------
    function, groups
        See `jackknife`.
    joined
        Numbers of neighbouring blocks to join; blocks of a group are a multiple of each.

    Returns
    -------
    list of Estimate
        Values with the first of the numbers, and the largest of the errors.
    """
    tried = []
    for length in joined:
        longer = [tuple(part.reshape(-1, length, part.shape[1]).mean(axis=1) for part in group) for group in groups]
        tried.append(jackknife(function, longer))
    return [Estimate(of[0].mean, max(one.error for one in of)) for of in zip(*tried, strict=True)]
