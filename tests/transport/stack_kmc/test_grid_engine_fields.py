"""Larger stacks by kinetic Monte Carlo: the potential against Poisson's equation, counts of ions, and closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import kstest

from interfacekit.constants import CHARGE_V_A
from interfacekit.errors import ComputationError, InputError
from interfacekit.transport.stack_kmc.slowdown import Slowdown
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack
from tests.transport.exact_stack import engine, kT, stack_planes
from tests.transport.stack_kmc.test_grid_engine import BLOCKS, assert_expected, deviations, uneven

CELLS = (20, 20)
#: Of 3 A each, with permittivities of 15, 46 and 10.
DIELECTRICS = np.repeat([3 / 15, 3 / 46, 3 / 10], [6, 5, 5])


def three_dielectrics(**changes):
    """15 planes with offsets of some kT, half of which repel."""
    values = {
        "elastance_A": DIELECTRICS,
        "site_energy_kT": np.repeat([0.0, -4.0, 3.0], 5),
        "repulsion_kT": np.tile([0.0, 2.0, 5.0], 5),
        "filling": np.repeat([0.8, 0.5, 0.4], 5),
    }
    return stack_planes(15, area_A2=10.0, **{**values, **changes})


def shell():
    return Stack([Layer("LCO"), Layer("LNO", 2.0), Layer("LGPS", 3.0)]).planes(300.0, 4.0)


#: Some have a bias of 40 kT, that moves the field which all gaps share by more and more.
STACKS = {
    "three dielectrics": three_dielectrics(),
    "three dielectrics and a bias": three_dielectrics(right=(0.5, 0.0, -40.0)),
    "open ends": three_dielectrics(ends="open"),
    "closed ends": three_dielectrics(ends="closed"),
    "a cathode, a coating and an electrolyte": shell(),
    "open ends of a cathode": replace(shell(), ends="open"),
    "closed ends of a cathode": replace(shell(), ends="closed", frequency_Hz=np.pad(shell().frequency_Hz[1:-1], 1)),
    "a conductor between dielectrics": three_dielectrics(
        conductor=np.arange(15) // 5 == 1,
        elastance_A=np.where(np.isin(np.arange(16), [6, 7, 8, 9]), 0.0, DIELECTRICS),
        right=(0.5, 0.0, -40.0),
    ),
    "repulsive pairs": three_dielectrics(pair_energy_kT=1.0, gap_pair_energy_kT=0.5),
}


def evenly_slowed(planes):
    """All hops as slow as the slowest ones, so that charges move everywhere."""
    gaps = planes.frequency_Hz * np.exp(-planes.barrier_eV / planes.kT_eV)
    within = planes.in_plane_frequency_Hz * np.exp(-planes.in_plane_barrier_eV / planes.kT_eV)
    slowest = min(gaps[gaps > 0].min(), within.min())
    return Slowdown(np.divide(slowest, gaps, out=np.ones(len(gaps)), where=gaps > 0), slowest / within)


def charges_of(replica):
    """Net ions of each plane, counted site by site; shape (P,)."""
    return replica.occupied().sum(axis=(1, 2)) - replica.site_areas * replica.planes.filling


def poisson_V(replica):
    """Potentials of the left end, the planes and the right end, by one set of linear equations.

    Unknowns are the potentials of the planes and of the right end, and D in each gap. Equations are the steps of the
    potential, Gauss' law, and what an end is held at.
    """
    planes, P = replica.planes, replica.planes.count
    per_charge = CHARGE_V_A / (planes.site_area_A2 * replica.site_areas)
    A, b = np.zeros((2 * P + 2,) * 2), np.zeros(2 * P + 2)
    for g in range(P + 1):  # potential above - potential below + s D = 0
        A[g, g] = 1.0
        if g > 0:
            A[g, g - 1] = -1.0
        else:
            b[g] = planes.left.potential_V
        A[g, P + 1 + g] = planes.elastance_A[g]
    for p, charge in enumerate(charges_of(replica)):
        A[P + 1 + p, P + 1 + p : P + 3 + p] = -1.0, 1.0
        b[P + 1 + p] = per_charge * charge
    if planes.ends == "fixed":
        A[-1, P], b[-1] = 1.0, planes.right.potential_V
    else:
        A[-1, P + 1] = 1.0
        if planes.ends == "open":  # each ion has left its electron behind, and electrodes at the end were neutral
            electrode = np.cumprod(planes.conductor) @ (replica.site_areas * planes.filling - replica.start)
            b[-1] = per_charge * (electrode - replica.crossed[0])
    return np.append(planes.left.potential_V, np.linalg.solve(A, b)[: P + 1])


def potentials_V(replica):
    """Potentials by the energies that the kernel has now, without what is not electric."""
    planes = replica.planes
    up, down = replica.energy_changes_eV()
    beyond = planes.repulsion_eV * charges_of(replica) / replica.site_areas
    own = np.concatenate(
        [[planes.left.site_energy_eV], planes.bare_site_energy_eV + beyond, [planes.right.site_energy_eV]]
    )
    steps = (up - down) / 2 - np.diff(own)
    return np.cumsum(np.append(planes.left.potential_V, steps))


def hopped(replica, hops):
    while replica.hops < hops:
        replica.advance(1_000_000)
    return replica


def assert_fields_and_ions_are_right(replica):
    expected = poisson_V(replica)
    assert np.ptp(expected) > 0.01
    assert np.abs(potentials_V(replica) - expected).max() < 1e-9
    crossed, state = replica.crossed, replica.state.walk
    assert crossed.tolist() == (state.upward - state.downward).tolist()
    ions = replica.occupied().sum(axis=(1, 2))
    assert ions.tolist() == replica.ions.tolist() == (replica.start + crossed[:-1] - crossed[1:]).tolist()
    assert ions.sum() == replica.start.sum() + crossed[0] - crossed[-1]


@pytest.mark.parametrize("hops", [1e6, pytest.param(1e7, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", STACKS)
def test_potentials_are_poissons_and_ions_are_kept(name, hops):
    planes = STACKS[name]
    replica = engine(
        planes,
        CELLS,
        interval_s=1e30,
        slowdown=evenly_slowed(planes),
        occupation=uneven(planes.filling, 0.1),
        check=False,
    )
    if planes.conductor.any():
        assert abs(charges_of(replica)[planes.conductor].sum()) > 10
    assert np.abs(potentials_V(replica) - poisson_V(replica)).max() < 1e-9
    hopped(replica, hops / 5 if planes.has_pairs else hops)
    crossings = replica.state.walk.upward + replica.state.walk.downward
    assert (crossings[1:-1] if planes.ends == "closed" else crossings).min() > 100
    assert_fields_and_ions_are_right(replica)
    if "bias" in name:
        assert replica.state.walk.field[1] != 0.0


@pytest.mark.slow
def test_potentials_do_not_drift_in_1e9_hops():
    planes = three_dielectrics(right=(0.5, 0.0, -40.0))
    replica = hopped(engine(planes, (50, 50), interval_s=1e30, check=False), 1e9)
    assert np.abs(replica.crossed).min() > 1e7
    assert_fields_and_ions_are_right(replica)


FREE = 5
FREE_CELLS = (10, 10)


def free_stack(**changes):
    """Planes without fields, with barriers and frequencies of their own."""
    rng = np.random.default_rng(1)
    return stack_planes(
        FREE,
        elastance_A=0.0,
        barrier_kT=rng.uniform(10.0, 13.0, FREE + 1),
        frequency_Hz=rng.uniform(0.5e12, 2e12, FREE + 1),
        in_plane_barrier_kT=rng.uniform(12.0, 14.0, FREE),
        **changes,
    )


def blocks_of(planes, interval_s, seed, occupation):
    """Ions of each plane in each block, hops per second upwards, downwards and within planes, and net crossings."""
    replica = engine(
        planes, FREE_CELLS, samples=BLOCKS + 1, interval_s=interval_s, seed=seed, occupation=occupation, check=False
    )
    assert replica.advance(10**9)
    record = replica.record
    hops = [np.diff(counts, axis=0) / interval_s for counts in (record.upward, record.downward, record.in_plane)]
    return (replica.start - np.diff(record.mean_crossed))[1:], *hops, np.diff(record.crossed, axis=0)


def test_free_ions_are_as_fermi_dirac_statistics_say_and_hop_as_often(seeds):
    """In equilibrium all sites are independent: pairs of them hold an ion and a vacancy by the product of chances."""
    levels, eta = np.array([-2.0, 0.5, 3.0, -1.0, 1.0]), 0.5 + np.log(0.4 / 0.6)
    planes = free_stack(site_energy_kT=levels, left=(0.4, 0.5, 0.0), right=(0.6, eta - np.log(0.6 / 0.4), 0.0))
    energies = np.concatenate([[0.5], levels, [eta - np.log(0.6 / 0.4)]])
    c = expit(eta - energies)
    change, barrier = np.diff(energies), planes.barrier_eV / kT
    up = 100 * planes.frequency_Hz * np.exp(-barrier - change / 2) * c[:-1] * (1 - c[1:])
    within = 400 * planes.in_plane_frequency_Hz * np.exp(-planes.in_plane_barrier_eV / kT) * (c * (1 - c))[1:-1]
    interval = 2e6 / BLOCKS / (2 * up.sum() + within.sum())
    # Of all blocks, by the fluctuation-dissipation theorem and with resistances in series.
    noise = 2 * BLOCKS * interval / (1 / up).sum()
    found = []
    for seed in seeds:
        *means, net = blocks_of(planes, interval, seed, c[1:-1])
        found += map(deviations, means, (100 * c[1:-1], up, up, within))
        assert np.abs(net.sum(axis=0)).max() < 3 * np.sqrt(noise)
    assert_expected(found)


def test_free_ions_flow_as_resistances_in_series_say(seeds):
    """At equal energies, mean occupations obey a linear equation, whatever the difference of the reservoirs."""
    planes = free_stack(left=(0.9, 0.0, 0.0), right=(0.2, 0.0, 0.0))
    resistance = 1 / (planes.frequency_Hz * np.exp(-planes.barrier_eV / kT))
    c = 0.9 - 0.7 * np.cumsum(resistance)[:-1] / resistance.sum()
    current = 100 * 0.7 / resistance.sum()
    found = []
    for seed in seeds:
        ions, up, down, *_ = blocks_of(planes, 1000 / current, seed, c)
        found += [deviations(ions, 100 * c), deviations(up - down, np.full(FREE + 1, current))]
    assert_expected(found)


def test_means_over_intervals_know_when_ions_cross():
    """In intervals short against the time between hops, a crossing comes at any time alike."""
    planes = stack_planes(1, elastance_A=0.0)
    rate = 1e12 * np.exp(-12.0)
    replica = engine(planes, (1, 1), samples=200_000, interval_s=0.02 / rate)
    replica.advance(10**9)
    record = replica.record
    crossed, mean = (np.vstack([np.zeros((1, 2)), values]) for values in (record.crossed, record.mean_crossed))
    step = np.diff(crossed, axis=0)
    hops = np.diff(record.upward + record.downward, axis=0, prepend=0)
    np.testing.assert_allclose(mean[1:][hops == 0], crossed[1:][hops == 0], rtol=1e-12)
    one = hops == 1
    late = ((crossed[1:] - mean[1:]) / np.where(one, step, 1))[one]
    assert one.sum() > 2000
    assert kstest(late, "uniform").pvalue > 0.001


def test_starts_have_the_occupation_asked_for_on_average():
    planes = stack_planes(4)
    wanted = np.array([0.0, 0.37, 0.5, 1.0])
    starts = np.array(
        [engine(planes, (5, 3), replica=number, occupation=wanted).start for number in range(300)], dtype=float
    )
    assert (starts.min(axis=0) >= np.floor(15 * wanted)).all()
    assert (starts.max(axis=0) <= np.ceil(15 * wanted)).all()
    z = (starts.mean(axis=0) - 15 * wanted)[1:3] / np.sqrt(0.25 / 300)
    assert np.abs(z).max() < 3


@pytest.mark.parametrize("pair_energy_kT", [0.0, 1.0])
def test_sites_are_filled_as_the_start_says(pair_energy_kT):
    replica = engine(stack_planes(4, pair_energy_kT=pair_energy_kT), (5, 3), occupation=0.37)
    assert replica.occupied().shape == (4, 3, 5)
    assert replica.occupied().sum(axis=(1, 2)).tolist() == replica.start.tolist() == replica.ions.tolist()
    others = [engine(replica.planes, (5, 3), occupation=0.37, **options) for options in ({"seed": 2}, {"replica": 1})]
    assert all((other.occupied() != replica.occupied()).any() for other in others)


@pytest.mark.parametrize("occupation", [0.1, 0.5, 0.93])
def test_closed_stacks_start_neutral(occupation):
    planes = stack_planes(4, ends="closed", filling=[0.3, 0.6, 0.5, 0.44])
    replica = engine(planes, (5, 5), occupation=occupation)
    assert replica.start.sum() == 46
    assert replica.start.min() >= 0
    assert replica.start.max() <= 25


def test_impossible_planes_are_refused():
    for cells in ((0, 5), (257, 256)):
        with pytest.raises(InputError, match=f"{cells[0]} x {cells[1]} sites are not possible"):
            engine(stack_planes(2), cells)
    assert engine(stack_planes(2), (256, 256)).advance(1000) in (True, False)
    with pytest.raises(InputError, match="meet a neighbour twice"):
        engine(stack_planes(2, pair_energy_kT=1.0), (2, 9))
    with pytest.raises(InputError, match="meet a neighbour twice"):
        engine(stack_planes(2, gap_pair_energy_kT=1.0), (9, 1))
    assert np.isfinite(engine(stack_planes(2, pair_energy_kT=-149.0), (3, 3)).state.walk.tree).all()
    with pytest.raises(InputError, match="604 kT around one ion"):
        engine(stack_planes(2, pair_energy_kT=-151.0), (3, 3))


def test_a_rate_above_its_bound_is_an_error():
    replica = engine(stack_planes(3), (4, 4), interval_s=1.0)
    replica.state.walk.up[:] *= 0.5
    with pytest.raises(ComputationError, match="rate above its bound"):
        replica.advance(100_000)
