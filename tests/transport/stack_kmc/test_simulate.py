"""Kinetic Monte Carlo of stacks against analytic resistances and the continuum twin."""

import json
import signal
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from interfacekit.constants import BOLTZMANN_eV_K, OHM_CM2_PER_V_A2_s_e
from interfacekit.errors import ComputationError, InputError
from interfacekit.report.tables.stacks import stack_tables
from interfacekit.transport.bulk.options import RunOptions
from interfacekit.transport.bulk.simulate import simulate
from interfacekit.transport.continuum.equilibrium import equilibrium
from interfacekit.transport.continuum.space_charge import space_charge
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.rates import HoppingModel
from interfacekit.transport.stack_kmc import replica as stack_replica
from interfacekit.transport.stack_kmc.options import SAMPLES, StackRunOptions
from interfacekit.transport.stack_kmc.simulate import require_same_stack, simulate_stack
from interfacekit.transport.stack_kmc.slowdown import Slowdown, even_slowdown, small_bias_V
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack
from tests.children import ended
from tests.transport.exact_stack import engine
from tests.transport.example_stacks import FAST, IN_SERIES, SLOW, nearly_empty, whole_planes_nm
from tests.transport.stack_kmc import killed_stack

T = 300.0
SHELL = Stack([Layer("LCO"), Layer("LNO", 5.0), Layer("LGPS", 6.0)])


def apart(a, b):
    """Difference of two resistances in standard errors."""
    return abs(a.asr_ohm_cm2 - b.asr_ohm_cm2) / np.hypot(a.asr_err_ohm_cm2, b.asr_err_ohm_cm2)


def in_series(stack):
    """Resistance of the layers of a stack as bulk, and of the slower hops across their contacts; Ohm cm2."""
    planes = stack.planes(T)
    bulk = sum(t * 1e-7 / m.conductivity_S_cm for t, m in zip(stack.thicknesses_nm, stack.layer_materials, strict=True))
    at = planes.interface_gaps
    # A quarter of the sites can exchange an ion where half of all are occupied.
    rates = planes.frequency_Hz[at] * np.exp(-planes.barrier_eV[at] / planes.kT_eV) / 4
    gaps = planes.kT_eV * planes.site_area_A2 * OHM_CM2_PER_V_A2_s_e / rates
    halves = planes.bulk_resistance_ohm_cm2 / 2
    return bulk + sum(gaps - halves[at - 1] - halves[at])


@pytest.mark.parametrize(("hops", "most_apart"), [(1e7, 0.05), pytest.param(3e7, 0.03, marks=pytest.mark.slow)])
def test_layers_in_series_add_up(hops, most_apart):
    """Without offsets no charge gathers, so that no field stands anywhere."""
    found = simulate_stack(IN_SERIES, temperature_K=T, options=StackRunOptions(hops=hops, seed=1))
    assert found.asr_ohm_cm2 == pytest.approx(in_series(IN_SERIES), rel=2 / 3 * most_apart)
    assert abs(found.asr_ohm_cm2 - in_series(IN_SERIES)) < 3 * found.asr_err_ohm_cm2 < most_apart * found.asr_ohm_cm2
    assert max(map(abs, found.profile.potential_V)) < 2e-3


@pytest.mark.parametrize("bias_V", [pytest.param(0.02, marks=pytest.mark.slow), -0.05])
def test_layers_in_series_add_up_without_charges(bias_V):
    """The mean current of ions that only exclude one another is linear in the occupations."""
    middle = replace(SLOW, conductivity_S_cm=1e-4, barrier_eV=0.2)
    stack = Stack(
        [Layer(FAST, planes=3), Layer(middle, planes=4), Layer(FAST, planes=3)],
        contacts={"fast|slow": {"offset_eV": 0.0}},
        electrostatics=False,
    )
    planes = stack.planes(T, bias_V=bias_V)
    # The bias drives the hops to and from the right reservoir, whose exchange with the last plane has the rate k.
    k = planes.frequency_Hz * np.exp(-planes.barrier_eV / planes.kT_eV)
    drive = np.exp(bias_V / (2 * planes.kT_eV))
    slowness = (1 / k[:-1]).sum()
    last = (0.5 / slowness + 0.5 * k[-1] / drive) / (1 / slowness + 0.5 * k[-1] * (drive + 1 / drive))
    exact = (0.5 - last) / slowness
    even = Slowdown(np.ones(planes.count + 1), np.ones(planes.count))
    rates = []
    for replica in range(2):
        run = engine(
            planes, (50, 50), slowdown=even, samples=400, interval_s=1e-7, seed=2, replica=replica, check=False
        )
        run.advance(2**62)
        crossings = stack_replica.StackReplica(run.tables, run.state).blocks().crossings_Hz / 2500
        resistance = np.exp(equilibrium(stack.planes(T)).log_resistance)
        rates.append(crossings @ resistance / resistance.sum())
    rates = np.concatenate(rates)
    error = rates.std(ddof=1) / np.sqrt(len(rates))
    assert rates.mean() == pytest.approx(exact, rel=0.02)
    assert abs(rates.mean() - exact) < 3 * error


def test_each_nanometre_of_LNO_has_its_measured_resistance():
    results = [
        simulate_stack(Stack([Layer("LNO", t)]), temperature_K=303.0, options=StackRunOptions(hops=8e6, seed=2))
        for t in (2.0, 4.0)
    ]
    thicker_nm = whole_planes_nm("LNO", 4.0) - whole_planes_nm("LNO", 2.0)
    slope = (results[1].asr_ohm_cm2 - results[0].asr_ohm_cm2) / thicker_nm
    error = np.hypot(*(r.asr_err_ohm_cm2 for r in results)) / thicker_nm
    assert abs(slope - 1e-7 / 6.39e-8) < 3 * error
    assert slope == pytest.approx(1.56, rel=0.03)


@pytest.mark.parametrize(
    ("evennesses", "hops", "error"),
    [((1.0, 16.0), 8e6, 0.08), pytest.param((1.0, 4.0, 16.0), 2e7, 0.05, marks=pytest.mark.slow)],
)
def test_the_resistance_does_not_depend_on_the_slowdown(evennesses, hops, error):
    results = [
        simulate_stack(SHELL, 4.0, T, options=StackRunOptions(hops=hops, seed=3, evenness=evenness))
        for evenness in evennesses
    ]
    assert len({r.provenance["parameters"]["largest_slowdown"] for r in results}) == len(evennesses)
    for one in results:
        assert one.asr_err_ohm_cm2 < error * one.asr_ohm_cm2
        assert all(apart(one, other) < 3 for other in results if other is not one)
        twin = space_charge(SHELL, 4.0, T)
        assert abs(one.asr_ohm_cm2 - twin.asr_ohm_cm2) < 3 * one.asr_err_ohm_cm2 + 0.01 * twin.asr_ohm_cm2


@pytest.mark.parametrize(
    ("evenness", "hops"),
    [
        (1.0, 3e6),
        pytest.param(3.0, 3e6, marks=pytest.mark.slow),
        pytest.param(1.0, 2e7, marks=pytest.mark.slow),
        pytest.param(3.0, 2e7, marks=pytest.mark.slow),
        pytest.param(10.0, 2e7, marks=pytest.mark.slow),
    ],
)
def test_the_slowdown_leaves_ions_of_a_nearly_empty_plane_independent(evenness, hops):
    """As they are at the real rates, which mix LGPS a hundred thousand times faster than its ions leave to LCO."""
    stack = nearly_empty()
    found = simulate_stack(stack, 4.0, 298.15, options=StackRunOptions(hops=hops, seed=7, evenness=evenness))
    exact = space_charge(stack, 4.0, 298.15).asr_ohm_cm2
    # What ions still come back adds some per cent.
    assert -3 * found.asr_err_ohm_cm2 < found.asr_ohm_cm2 - exact < 3 * found.asr_err_ohm_cm2 + 0.04 * exact
    assert found.asr_err_ohm_cm2 < 0.08 * exact


@pytest.mark.slow
def test_ions_that_come_back_at_the_real_rates_do_so_with_any_slowdown():
    """With a ladder of site energies LNO next to LCO mixes no faster than its ions leave, and resists more for it."""
    stack = Stack([Layer("LCO"), Layer("LNO", 5.0), Layer("LGPS", 5.0)], ladder=True)
    results = [
        simulate_stack(stack, 4.0, 298.15, options=StackRunOptions(hops=6e7, seed=7, evenness=evenness))
        for evenness in (1.0, 3.0, 10.0)
    ]
    assert all(apart(one, other) < 3 for one in results for other in results if other is not one)
    assert results[0].asr_ohm_cm2 > space_charge(stack, 4.0, 298.15).asr_ohm_cm2 + 3 * results[0].asr_err_ohm_cm2


def test_a_thick_shell_needs_few_hops():
    """The composition of the cathode relaxes slowly, and begins where the current will bring it."""
    stack = Stack([Layer("LCO"), Layer("LNTO", 20.0), Layer("LGPS", 6.0)])
    found = simulate_stack(stack, 4.0, T, options=StackRunOptions(hops=1.2e7, seed=1))
    assert abs(found.asr_ohm_cm2 - space_charge(stack, 4.0, T).asr_ohm_cm2) < 3 * found.asr_err_ohm_cm2
    assert found.asr_err_ohm_cm2 < 0.03 * found.asr_ohm_cm2


def test_the_slowdown_shares_the_hops_among_the_layers():
    shares = [
        simulate_stack(
            SHELL, 4.0, T, options=StackRunOptions(hops=2e6, replicas=3, seed=4, evenness=evenness)
        ).hop_shares
        for evenness in (1.0, 30.0)
    ]
    for share in shares:
        assert sum(share.values()) == pytest.approx(1.0)
    assert shares[0]["LCO"] > 3 * shares[1]["LCO"]


@pytest.mark.parametrize(("hops", "most_apart"), [(8e6, 0.15), pytest.param(2e7, 0.1, marks=pytest.mark.slow)])
def test_the_current_is_linear_in_the_bias(hops, most_apart):
    weak, strong = (
        simulate_stack(SHELL, 4.0, T, options=StackRunOptions(hops=hops, seed=5, bias_kT=bias)) for bias in (0.2, 0.6)
    )
    ratio = strong.provenance["parameters"]["bias_V"] / weak.provenance["parameters"]["bias_V"]
    assert ratio == pytest.approx(3.0)
    most = 0.6**2 / 24 * strong.asr_ohm_cm2
    error = np.hypot(weak.asr_err_ohm_cm2, strong.asr_err_ohm_cm2)
    assert abs(weak.asr_ohm_cm2 - strong.asr_ohm_cm2) < most + 3 * error < most_apart * weak.asr_ohm_cm2


def test_no_current_between_equal_reservoirs():
    planes = SHELL.planes(T, 4.0)
    found = equilibrium(planes)
    slowdown = even_slowdown(planes, found, 3.0)
    rates = []
    for replica in range(4):
        driven = engine(
            planes,
            (30, 30),
            slowdown=slowdown,
            occupation=found.occupation,
            samples=160,
            interval_s=4e-5,
            seed=6,
            replica=replica,
            check=False,
        )
        driven.advance(2**62)
        run = stack_replica.StackReplica(driven.tables, driven.state)
        weights = np.exp(found.log_resistance) / slowdown.gaps
        rates.append(run.blocks().crossings_Hz @ weights / weights.sum())
    rates = np.concatenate(rates)
    error = rates.std(ddof=1) / np.sqrt(len(rates))
    assert abs(rates.mean()) < 3 * error
    # With the applied bias it would be seen.
    bias = small_bias_V(planes, found, slowdown, 0.5)
    driven = bias / (np.exp(found.log_resistance) / slowdown.gaps).sum() * OHM_CM2_PER_V_A2_s_e * planes.site_area_A2
    assert driven * 900 > 10 * error


@pytest.mark.parametrize(
    "stack",
    [
        pytest.param(Stack([Layer("LCO"), Layer("LGPS", 3.0)]), marks=pytest.mark.slow, id="bare"),
        pytest.param(Stack([Layer("LCO"), Layer("LNO", 1.5), Layer("LGPS", 2.0)]), id="shell"),
    ],
)
def test_occupations_are_those_of_the_continuum(stack):
    """Where 2500 sites make a plane, fluctuations add less than a thousandth."""
    found = simulate_stack(stack, 4.0, T, options=StackRunOptions(hops=3e7, seed=7, evenness=1.0))
    twin = space_charge(stack, 4.0, T)
    difference = np.abs(np.subtract(found.profile.occupation, twin.profile.occupation))
    assert difference.max() < 1e-3
    assert max(found.profile.occupation_err) < 5e-4
    assert found.potential_drop_V == pytest.approx(twin.potential_drop_V, abs=1e-12)
    potential = np.abs(np.subtract(found.profile.potential_V, twin.profile.potential_V))
    assert potential.max() < 4 * max(found.profile.potential_err_V) + 1e-3
    for one, other in zip(found.space_charges, twin.space_charges, strict=True):
        assert (one.layer, one.contact) == (other.layer, other.contact)
        assert abs(one.charge_uC_cm2 - other.charge_uC_cm2) < 4 * one.charge_err_uC_cm2 + 0.05


@pytest.mark.parametrize("replicas", [3, pytest.param(6, marks=pytest.mark.slow)])
def test_all_that_follows_from_profiles_has_an_error(replicas):
    options = StackRunOptions(hops=1e6, replicas=replicas, seed=1)
    found, twin = simulate_stack(SHELL, 4.0, T, options=options), space_charge(SHELL, 4.0, T)
    for side, other in zip(found.space_charges, twin.space_charges, strict=True):
        assert 0 < side.charge_err_uC_cm2 < 0.1 * abs(side.charge_uC_cm2)
        assert 0 < side.width_err_nm < 0.1 * side.width_nm
        assert other.charge_err_uC_cm2 == other.width_err_nm == 0.0
    assert found.scl_width_err_nm == found.space_charges[-1].width_err_nm
    drops = found.potential_drops_err_V
    assert list(drops) == list(found.potential_drops_V) == list(twin.potential_drops_err_V)
    # Electrons hold the cathode at one potential.
    assert drops.pop("LCO") == 0.0
    assert all(0 < error < 0.05 for error in drops.values())
    assert not any(twin.potential_drops_err_V.values())


@pytest.mark.slow
def test_errors_of_charges_next_to_a_slow_cathode_are_as_large_as_their_scatter():
    """The cathode's composition, which decides on them, relaxes about as slowly as so short a run lasts."""
    sides = np.array(
        [
            [
                (side.charge_uC_cm2, side.charge_err_uC_cm2)
                for side in simulate_stack(SHELL, 4.0, T, options=StackRunOptions(hops=2e6, seed=seed)).space_charges
            ]
            for seed in range(40)
        ]
    )
    charge, error = sides[..., 0], sides[..., 1]
    scatter = charge.std(axis=0, ddof=1)
    # Too large rather than too small: the largest error of several lengths of blocks is taken.
    ratio = np.sqrt((error**2).mean(axis=0)) / scatter
    assert 0.75 < ratio.min() <= ratio.max() < 1.5
    assert (np.abs(charge - charge.mean(axis=0)) < 2 * error).mean(axis=0).min() > 0.75


@pytest.mark.slow
def test_occupations_of_a_thick_shell_are_those_of_the_continuum():
    found = simulate_stack(SHELL, 4.0, T, options=StackRunOptions(hops=4e8, seed=8, evenness=1.0))
    twin = space_charge(SHELL, 4.0, T)
    assert np.abs(np.subtract(found.profile.occupation, twin.profile.occupation)).max() < 1e-3


@pytest.mark.parametrize(("hops", "most_apart"), [(2e6, 0.13), pytest.param(5e6, 0.08, marks=pytest.mark.slow)])
def test_ions_that_repel_conduct_as_in_the_periodic_bulk(hops, most_apart):
    """The same lattice gas with pair energies by the kernel of the bulk, from its equilibrium fluctuations."""
    pair_energy_eV = 0.5 * BOLTZMANN_eV_K * T
    spacing = (SLOW.site_density_per_cm3 * 1e-24) ** (-1 / 3)
    repelling = replace(SLOW, pair_energy_eV=pair_energy_eV)
    model = HoppingModel(
        regular_lattice("simple_cubic", 12, hop_distance_A=spacing),
        0.5,
        repelling.barrier_eV,
        repelling.hop_frequency_Hz(spacing, spacing**2),
        pair_energies_eV=pair_energy_eV,
    )
    bulk = simulate(model, T, options=RunOptions(hops=2 * hops, replicas=4, seed=9))
    thin, thick = (
        simulate_stack(
            Stack([Layer(repelling, planes=planes)], site_spacing_A=spacing),
            temperature_K=T,
            options=StackRunOptions(hops=hops, seed=9),
        )
        for planes in (4, 10)
    )
    length_cm = (thick.thicknesses_nm[0] - thin.thicknesses_nm[0]) * 1e-7
    resistivity = (thick.asr_ohm_cm2 - thin.asr_ohm_cm2) / length_cm
    error = np.hypot(thin.asr_err_ohm_cm2, thick.asr_err_ohm_cm2) / length_cm
    expected = 1 / bulk.conductivity_S_cm
    both = np.hypot(error, expected * bulk.conductivity_err_S_cm / bulk.conductivity_S_cm)
    assert abs(resistivity - expected) < 3 * both < most_apart * expected


def repelling_between(planes):
    """Ions that repel resist with more than their conductivity says; without steps of energy, all of it is bulk."""
    middle = replace(SLOW, pair_energy_eV=0.025)
    return Stack(
        [Layer(FAST, planes=3), Layer(middle, planes=planes), Layer(FAST, planes=3)],
        contacts={"fast|slow": {"offset_eV": 0.0}},
        electrostatics=False,
    )


@pytest.mark.slow
def test_the_bulk_of_ions_that_repel_does_not_count_to_contacts():
    few, many = (
        simulate_stack(repelling_between(planes), temperature_K=T, options=StackRunOptions(hops=3e7, seed=2))
        for planes in (8, 20)
    )
    grown, variance = 0.0, 0.0
    for name in (name for name in few.asr_layers if "|" in name):
        grown += many.asr_layers[name] - few.asr_layers[name]
        variance += few.asr_err_layers[name] ** 2 + many.asr_err_layers[name] ** 2
    assert abs(grown) < 3 * np.sqrt(variance)
    for found in (few, many):
        assert found.asr_err_layers["slow"] > 0
        assert sum(found.asr_layers.values()) == pytest.approx(found.asr_ohm_cm2)
        assert found.provenance["parameters"]["measured_bulk"] == ("slow",)
    told = space_charge(repelling_between(20), temperature_K=T).asr_layers["slow"]
    # By so much would contacts have grown with the layer.
    assert (many.asr_layers["slow"] - told) * 12 / 20 > 3 * np.sqrt(variance)


def test_the_bulk_of_ions_that_repel_is_measured_inside_their_layer():
    options = StackRunOptions(hops=2e6, seed=2)
    found = simulate_stack(repelling_between(8), temperature_K=T, options=options)
    told = space_charge(repelling_between(8), temperature_K=T).asr_layers["slow"]
    assert found.asr_layers["slow"] > told + found.asr_err_layers["slow"] > 1.1 * told
    assert sum(found.asr_layers.values()) == pytest.approx(found.asr_ohm_cm2)
    parameters = found.provenance["parameters"]
    assert (parameters["measured_bulk"], parameters["bulk_in_excess"]) == (("slow",), ())
    assert "bulk of slow: with its pair energies" in " ".join(str(part) for part in stack_tables([found]))


def test_a_layer_too_thin_for_its_bulk_is_named():
    options = StackRunOptions(hops=1e6, seed=2)
    found = simulate_stack(repelling_between(4), temperature_K=T, options=options)
    parameters = found.provenance["parameters"]
    assert (parameters["measured_bulk"], parameters["bulk_in_excess"]) == ((), ("slow",))
    told = space_charge(repelling_between(4), temperature_K=T).asr_layers["slow"]
    assert found.asr_layers["slow"] == pytest.approx(told)
    assert "slow: too thin for that" in " ".join(str(part) for part in stack_tables([found]))
    assert "measured_bulk" not in simulate_stack(IN_SERIES, temperature_K=T, options=options).provenance["parameters"]


def test_results_do_not_depend_on_threads():
    options = StackRunOptions(hops=2e5, replicas=3, cells=(12, 12))
    results = [simulate_stack(SHELL, 4.0, T, options=options, threads=threads) for threads in (1, 3)]
    assert results[0] == results[1]
    assert simulate_stack(SHELL, 4.0, T, options=replace(options, seed=1)) != results[0]


@pytest.mark.parametrize(("where", "count"), [("advance", 7), ("advance", 20), ("write", 4)])
def test_a_killed_run_goes_on_to_the_same_end(where, count, tmp_path):
    whole = killed_stack.run(tmp_path / "whole")
    assert ended(killed_stack.main, tmp_path / "killed", where, count) == -signal.SIGKILL
    assert list((tmp_path / "killed").glob("replica-*.npz"))
    assert killed_stack.run(tmp_path / "killed") == whole


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    options = StackRunOptions(hops=1e5, replicas=3, cells=(12, 12))
    simulate_stack(SHELL, 4.0, T, options=options, checkpoint=tmp_path)
    with pytest.raises(InputError, match="keeps checkpoints of another run"):
        simulate_stack(SHELL, 4.1, T, options=options, checkpoint=tmp_path)
    with pytest.raises(InputError, match="particle size must be"):
        simulate_stack(SHELL, 4.0, T, options=replace(options, hops=1e15), particle_size_um=0.0)
    with pytest.raises(InputError, match="keeps checkpoints of another run"):
        require_same_stack(tmp_path, SHELL, 4.0, T, replace(options, seed=1))
    require_same_stack(tmp_path, SHELL, 4.0, T, replace(options, hops=2e5))
    require_same_stack(None, SHELL, 4.1, T, options)


@pytest.mark.parametrize("number", [Fraction, np.longdouble, np.int32])
def test_results_hold_plain_numbers_whatever_types_they_are_asked_with(number):
    stack = Stack([Layer("LCO"), Layer("LNO", 2.0), Layer("LGPS", 4.0)])
    asked = space_charge(stack, number(4), number(300), particle_size_um=number(5))
    plain = space_charge(stack, 4.0, 300.0, particle_size_um=5.0)
    assert asked == plain
    assert json.loads(asked.to_json()) == json.loads(plain.to_json())


def test_progress_goes_to_the_end():
    told = []
    options = StackRunOptions(hops=2e5, replicas=3, cells=(12, 12))
    simulate_stack(SHELL, 4.0, T, options=options, progress=told.append)
    assert told == sorted(told)
    assert told[-1] <= 1.0


def test_too_few_hops_for_a_current_are_told():
    with pytest.raises(ComputationError, match=r"^[^\n]*give more hops[^\n]*$"):
        simulate_stack(SHELL, 4.0, T, options=StackRunOptions(hops=SAMPLES * 3, replicas=3, cells=(12, 12)))


@pytest.mark.filterwarnings("error")
def test_a_plane_that_is_never_without_an_ion_is_told():
    """In the bare contact's ladder of site energies the third plane of LGPS is full."""
    stack = Stack([Layer("LCO"), Layer("LGPS")], ladder=True)
    with pytest.raises(
        ComputationError, match=r"^plane 6 of 29 \(LGPS\) never had an empty site[^\n]*more hops[^\n]*$"
    ):
        simulate_stack(stack, 4.0, 298.15, options=StackRunOptions(hops=1e6))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("quantity", "what", "kept", "told"),
    [
        ("occupation", "an ion", [], True),
        ("occupation", "an ion", [5], True),
        ("opening", "an empty site", [5, 6], True),
        ("opening", "an empty site", [5, 9], False),
    ],
)
def test_what_was_met_in_one_block_alone_has_no_error(quantity, what, kept, told, monkeypatch):
    """Nor in one block of those that are joined."""
    blocks = stack_replica.StackReplica.blocks

    def hardly_ever(replica):
        found = blocks(replica)
        values = getattr(found, quantity).copy()
        values[np.setdiff1d(np.arange(len(values)), kept), 4] = 0.0
        return replace(found, **{quantity: values})

    monkeypatch.setattr(stack_replica.StackReplica, "blocks", hardly_ever)
    options = StackRunOptions(hops=3e5, replicas=3, cells=(20, 20))
    if told:
        with pytest.raises(
            ComputationError, match=rf"^plane 5 of 37 \(LNO\) never had {what}, or hardly ever; [^\n]*$"
        ):
            simulate_stack(SHELL, 4.0, T, options=options)
    else:
        assert np.isfinite(simulate_stack(SHELL, 4.0, T, options=options).asr_ohm_cm2)


@pytest.mark.parametrize("ends", ["open", "closed"])
def test_ends_without_a_steady_current_are_refused(ends):
    with pytest.raises(InputError, match="no steady current"):
        simulate_stack(SHELL, 4.0, T, ends=ends)
