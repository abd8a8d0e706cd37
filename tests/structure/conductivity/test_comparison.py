"""Conductivities of crystals' own networks, against closed forms where there are any."""

import json
import math
from dataclasses import replace

import pytest
from monty.json import MontyDecoder

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.export.files import to_frame
from interfacekit.structure.barriers.published import published_barrier, published_table
from interfacekit.structure.conductivity.comparison import crystal_conductivity
from interfacekit.structure.conductivity.measured import measured_of, measured_row
from interfacekit.structure.conductivity.runs import (
    BarrierSource,
    Box,
    barrier_run,
    cannot_do_without,
    hops_without_barrier,
    without_hops,
)
from interfacekit.structure.network.search import lithium_network
from interfacekit.transport.bulk.options import RunOptions

NMR = ("Li10GeP2S12", "activation energy (NMR/EIS)")
BARRIER_eV = 0.22
OPTIONS = RunOptions(hops=1e6, replicas=2, seed=3)
FILLING = 0.75


@pytest.fixture(scope="module")
def lco():
    return lithium_network("LCO", estimates=False)


@pytest.fixture(scope="module")
def lgps():
    return lithium_network("LGPS", estimates=False)


@pytest.fixture(scope="module")
def uniform(lco):
    """Ions on the layers of LCO that only exclude one another: there is a closed form."""
    published = [published_barrier(*NMR)]
    box = Box((12, 12, 1), FILLING, "so assumed")
    return barrier_run(
        lco,
        BarrierSource("alike", published_table(lco, published), published),
        box,
        [400.0, 300.0],
        options=OPTIONS,
    )


def exact_S_cm(network, temperature_K):
    """n e^2 (1 - c) Gamma sum dx^2 / (2 kT) of triangular layers with one barrier."""
    kT = BOLTZMANN_eV_K * temperature_K
    a = network.classes[0].distance_A
    volume_A3 = network.crystal.structure.volume
    D_A2_s = 1e13 * math.exp(-BARRIER_eV / kT) * 6 * a**2 / 4 * (1 - FILLING)
    return FILLING * len(network.sites) / volume_A3 * D_A2_s / kT * 1.602176634e-11


def failed(table, *hops):
    rows = [
        replace(row, status="failed", error="no self-consistency", energies_eV=()) if row.hop in hops else row
        for row in table.rows
    ]
    return replace(table, rows=tuple(rows))


def test_a_conductivity_is_that_of_the_closed_form(lco, uniform):
    assert [r.temperature_K for r in uniform.transports] == [300.0, 400.0]
    for r in uniform.transports:
        assert r.conductivity_S_cm == pytest.approx(exact_S_cm(lco, r.temperature_K), abs=4 * r.conductivity_err_S_cm)
        assert r.conductivity_err_S_cm < 0.1 * r.conductivity_S_cm
    assert uniform.activation_energy_eV == pytest.approx(BARRIER_eV, abs=4 * uniform.activation_energy_err_eV)


@pytest.mark.parametrize(
    ("temperature_K", "how"), [(350.0, "interpolated"), (298.15, "extrapolated"), (300, "simulated")]
)
def test_a_conductivity_at_another_temperature_says_how_it_was_found(lco, uniform, temperature_K, how):
    value, error, found = uniform.conductivity_S_cm(temperature_K)
    assert found == how
    assert value == pytest.approx(exact_S_cm(lco, temperature_K), abs=4 * error)
    assert 0 < error < 0.2 * value


def test_an_extrapolation_is_the_less_sure_the_farther_it_goes(uniform):
    near, far = (uniform.conductivity_S_cm(T) for T in (450.0, 1000.0))
    assert far.error / far.value > near.error / near.value


def test_without_a_line_there_is_no_value_at_another_temperature(uniform):
    one = replace(uniform, transports=(replace(uniform.transports[0], activation_energy_eV=None),))
    assert one.conductivity_S_cm(300.0).how == "simulated"
    assert one.conductivity_S_cm(350.0) is None
    assert replace(uniform, transports=()).conductivity_S_cm(300.0) is None


def test_hops_without_a_barrier_are_left_out_where_the_network_leads_as_far_without(lgps):
    table = failed(published_table(lgps, [published_barrier(*NMR)]), "Li1-Li3 3.63 A")
    box = Box((3, 3, 3), 20 / 24, "so assumed")
    run = barrier_run(lgps, BarrierSource("CHGNet", table), box, [400.0], options=OPTIONS)
    assert run.left_out == ("Li1-Li3 3.63 A",)
    assert run.failures == ()
    (result,) = run.transports
    assert "Li1-Li3" not in str(result.provenance["parameters"]["model"])
    # The same as a network that never had these hops.
    kept = without_hops(lgps, run.left_out)
    assert len(kept.hops) == len(lgps.hops) - 2 * 8
    alike = BarrierSource("", published_table(kept, [published_barrier(*NMR)]))
    again = barrier_run(kept, alike, box, [400.0], options=OPTIONS)
    assert again.transports[0].conductivity_S_cm == result.conductivity_S_cm


@pytest.mark.parametrize(
    ("hops", "message"),
    [
        (("Li2-Li4 2.92 A",), "Li2-Li4 2.92 A has no barrier; without, the network is 1D along c, not 3D"),
        (("Li2-Li3 3.53 A", "Li1-Li3 3.63 A"), "have no barrier; without, the network is 1D along c, not 3D"),
    ],
)
def test_no_number_is_made_up_where_the_hops_are_needed(lgps, hops, message):
    table = failed(published_table(lgps, [published_barrier(*NMR)]), *hops)
    assert hops_without_barrier(lgps, table) == hops
    run = barrier_run(lgps, BarrierSource("CHGNet", table), Box((3, 3, 3), 0.8, "so assumed"), [400.0], options=OPTIONS)
    assert run.transports == ()
    assert run.conductivity_S_cm(300.0) is None
    assert message in run.failures[0]


def test_no_number_is_made_up_where_ions_would_be_locked_in(lgps):
    """Without the hops across, Li4 hangs on the chains by one class of hops."""
    chains = without_hops(lgps, ["Li2-Li3 3.53 A", "Li1-Li3 3.63 A"])
    table = failed(published_table(chains, [published_barrier(*NMR)]), "Li2-Li4 2.92 A")
    reason = cannot_do_without(chains, table, ["Li2-Li4 2.92 A"])
    assert reason == "Li2-Li4 2.92 A has no barrier; without, ions do not get away from Li4"


def test_a_crystal_with_one_class_of_hops_cannot_do_without_it(lco):
    table = published_table(lco, [published_barrier(*NMR)])
    assert "there is no other hop" in cannot_do_without(lco, table, lco.class_names)
    assert cannot_do_without(lco, table, ()) is None


def test_a_temperature_that_cannot_be_run_says_so(lco):
    table = published_table(lco, [published_barrier(*NMR)])
    few = RunOptions(hops=100, replicas=2)
    run = barrier_run(lco, BarrierSource("x", table), Box((12, 12, 1), FILLING, ""), [300.0], options=few)
    assert run.transports == ()
    assert run.failures[0].startswith("300 K: 100 hops are too few")


@pytest.fixture(scope="module")
def beside(lco, uniform):
    measured = [*measured_of("LGPS"), measured_row(*NMR), measured_row("LiNbO3 ALD film", "activation energy")]
    return crystal_conductivity(lco, Box((12, 12, 1), FILLING, "so assumed"), [uniform], measured)


def test_decades_and_differences_to_what_was_measured(lco, beside, uniform):
    rows = beside.beside_measured()
    bulk = next(row for row in rows if row.measured.sample == "Li10GeP2S12" and row.measured.unit == "S/cm")
    assert bulk.measured.temperature_K == 298.15
    assert 10**bulk.above_low * 0.012 == pytest.approx(bulk.predicted)
    assert bulk.predicted == pytest.approx(exact_S_cm(lco, 298.15), abs=4 * bulk.predicted_err)
    film = next(row for row in rows if row.measured.sample == "LiNbO3 ALD film")
    assert film.above_high == pytest.approx(uniform.activation_energy_eV - 0.62)


def test_a_number_that_was_put_in_is_marked(beside):
    marked = {row.measured.quantity: row.put_in for row in beside.beside_measured()}
    assert marked == {"ionic conductivity": False, "activation energy (NMR/EIS)": True, "activation energy": False}


def test_measured_words_stand_beside_nothing():
    row = measured_row("LiNbO3 crystalline sol-gel 450 C", "ionic conductivity")
    assert (row.value, row.low, row.point) == ("non-conducting", None, None)
    crystal = measured_row("Li10GeP2S12 single crystal", "conductivity c / ab", temperature_K=298.15)
    assert (crystal.low, crystal.high) == (0.007, 0.027)
    assert crystal.point.certainty == "memory-approx"


def test_results_read_back_and_make_tables(beside):
    assert json.loads(beside.to_json(), cls=MontyDecoder) == beside
    frame = to_frame(beside)
    assert list(frame["conductivity_298K"]) == ["extrapolated"]
    assert frame["D_tracer_298K_cm2_s"].isna().all()
    assert len(to_frame(beside.beside_measured())) == 4
