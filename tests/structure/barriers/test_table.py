"""What kinetic Monte Carlo takes of a table of barriers, against systems whose energies are known."""

import json

import numpy as np
import pytest
from monty.json import MontyDecoder

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.structure.barriers.hop_barrier import HopBarrier
from interfacekit.structure.barriers.table import BarrierTable
from interfacekit.transport.hopping.network import network
from interfacekit.transport.hopping.rates import HoppingModel, rate_Hz

#: Energy of an ion on the sites of a ring of five, and saddle energies of the hops between neighbours; eV.
SITES_eV = {"Li1": 0.30, "Li2": 0.0, "Li3": 0.12, "Li4": 0.45, "Li5": 0.07}
SADDLES_eV = (0.9, 0.8, 1.1, 1.0, 0.95)


def ring():
    names = list(SITES_eV)
    return list(zip(names, [*names[1:], names[0]], strict=True))


def row(hop, origin, target, ends, saddle, mechanism="vacancy", **more):
    energies = (ends[0], saddle, ends[1])
    return HopBarrier(
        hop=hop,
        origin=origin,
        target=target,
        mechanism=mechanism,
        distance_A=3.0,
        common_neighbours=more.pop("common_neighbours", 0),
        status=more.pop("status", "done"),
        end_energies_eV=ends,
        energies_eV=energies,
        path_A=(0.0, 1.5, 3.0),
        **more,
    )


def table(*rows):
    return BarrierTable("toy", "Li", "Li", (1, 1, 1), 9.0, rows, {"package": "interfacekit"})


def enumerated(noise=()):
    """Ends of all hops of a vacancy on the ring: every site but the vacant one is occupied, energies are summed."""
    whole = sum(SITES_eV.values())
    rows = []
    for number, (origin, target) in enumerate(ring()):
        # With the ion at its origin the vacancy is at the target.
        initial, final = whole - SITES_eV[target], whole - SITES_eV[origin]
        # At the saddle all but the ion are as in either end.
        saddle = whole - SITES_eV[origin] - SITES_eV[target] + SADDLES_eV[number]
        shift = noise[number] if noise else 0.0
        rows.append(row(f"{origin}-{target}", origin, target, (initial, final + shift), saddle))
    return table(*rows)


def test_site_energies_are_those_of_the_ion_not_of_the_vacancy():
    found = enumerated()
    assert found.site_energies_eV == pytest.approx(SITES_eV, abs=1e-12)
    assert max(map(abs, found.site_energy_residuals_eV.values())) < 1e-12
    hop = found.row("Li1-Li2")
    assert hop.energy_change_eV == pytest.approx(SITES_eV["Li2"] - SITES_eV["Li1"])
    assert hop.forward_barrier_eV == pytest.approx(SADDLES_eV[0] - SITES_eV["Li1"])
    assert hop.backward_barrier_eV == pytest.approx(SADDLES_eV[0] - SITES_eV["Li2"])


def test_rates_of_the_model_are_those_of_both_barriers():
    """exp(-Ea / kT) of the model's rate law gives the forward and the backward barrier back, and detailed balance."""
    found, names = enumerated(), list(SITES_eV)
    hops = [(names.index(a), names.index(b)) for a, b in ring()]
    sites = network(
        cell_A=np.diag([15.0, 9.0, 9.0]),
        positions_A=[[3.0 * n, 0, 0] for n in range(5)],
        origins=[a for a, _ in hops] + [b for _, b in hops],
        targets=[b for _, b in hops] + [a for a, _ in hops],
        images=[[int(a > b), 0, 0] for a, b in hops] + [[-int(a > b), 0, 0] for a, b in hops],
        hop_classes=[0, 1, 2, 3, 4] * 2,
        class_names=[f"{a}-{b}" for a, b in ring()],
    )
    barriers = found.barriers_eV(sites.class_names)
    energies = found.site_energies_eV
    model = HoppingModel(sites, 0.8, list(barriers.values()), 1e13, [energies[name] for name in names])
    for number, (a, b) in enumerate(hops):
        hop = found.rows[number]
        change = model.site_energies_eV[b] - model.site_energies_eV[a]
        there = rate_Hz(barriers[hop.hop], change, 1e13, 300.0)
        back = rate_Hz(barriers[hop.hop], -change, 1e13, 300.0)
        assert there == pytest.approx(rate_Hz(hop.forward_barrier_eV, 0.0, 1e13, 300.0))
        assert back == pytest.approx(rate_Hz(hop.backward_barrier_eV, 0.0, 1e13, 300.0))
        assert there / back == pytest.approx(np.exp(-change / (BOLTZMANN_eV_K * 300.0)), rel=1e-9)


def test_energy_changes_that_do_not_close_are_shared_out_and_told():
    """Around a ring of five, a misfit of 50 meV is 10 meV in each hop."""
    found = enumerated(noise=(0.05, 0.0, 0.0, 0.0, 0.0))
    assert list(found.site_energy_residuals_eV.values()) == pytest.approx([0.01] * 5, abs=1e-12)
    energies = found.site_energies_eV
    assert min(energies.values()) == 0.0
    for hop, (a, b) in zip(found.rows, ring(), strict=True):
        assert energies[b] - energies[a] == pytest.approx(hop.energy_change_eV - 0.01)


def test_parts_that_no_hop_joins_have_each_their_zero():
    found = table(row("a", "Li1", "Li2", (0.0, 0.2), 0.5), row("b", "Li3", "Li4", (5.0, 4.9), 5.5))
    assert found.site_energies_eV == pytest.approx({"Li1": 0.0, "Li2": 0.2, "Li3": 0.1, "Li4": 0.0})


def test_hops_that_only_rise_keep_both_barriers():
    hop = row("a", "Li1", "Li2", (0.0, 0.4), 0.3)
    assert (hop.forward_barrier_eV, hop.backward_barrier_eV, hop.barrier_eV) == pytest.approx((0.4, 0.0, 0.2))


@pytest.mark.parametrize("status", ["unconverged", "failed"])
def test_what_is_not_converged_is_no_barrier(status):
    bad = row("a", "Li1", "Li2", (0.0, 0.2), 0.5, status=status, error="a force of 1 eV/A is left")
    found = table(bad, row("b", "Li2", "Li1", (0.0, 0.2), 0.5))
    assert bad.forward_barrier_eV is bad.backward_barrier_eV is bad.barrier_eV is bad.saddle_energy_eV is None
    frame = found.to_frame()
    assert frame.barrier_eV.isna().tolist() == [True, False]
    assert frame.status.tolist() == [status, "done"]
    with pytest.raises(InputError, match="'a' has no barrier by the mechanism vacancy: a force of 1 eV/A is left"):
        found.barriers_eV()
    assert found.barriers_eV(["b"]) == {"b": pytest.approx(0.4)}
    with pytest.raises(InputError, match="no barrier of the hop 'c'"):
        found.barriers_eV(["c"])


def test_a_single_vacancy_and_a_divacancy_have_barriers_of_their_own():
    single = row("a", "Li1", "Li1", (0.0, 0.0), 0.5, common_neighbours=2)
    pair = row("a", "Li1", "Li1", (0.0, 0.0), 0.25, "divacancy", common_neighbours=2)
    other = row("b", "Li1", "Li1", (0.0, 0.0), 0.7, common_neighbours=1)
    for found in (table(single, pair, other), table(pair, single, other)):
        assert found.barriers_eV(["a"]) == {"a": 0.5}
        assert found.environment_barriers(["b", "a"]).table_eV == ((0.7, 0.7), (0.25, 0.25, 0.5))
    assert table(single, other).environment_barriers(["a", "b"]) is None
    assert table(pair).barriers_eV() == {"a": 0.25}
    assert table(single, pair).row("a", "divacancy") == pair
    with pytest.raises(InputError, match="it has 'a'"):
        table(single).row("a", "divacancy")


def test_a_table_reads_back_from_json():
    found = table(
        row(
            "a",
            "Li1",
            "Li2",
            (0.0, 0.2),
            0.5,
            symbols=("Li",),
            cell_A=np.eye(3).tolist(),
            positions_A=np.zeros((3, 1, 3)).tolist(),
        ),
        HopBarrier("b", "Li1", "Li2", "vacancy", 3.0, 0, "failed", "no"),
    )
    again = json.loads(found.to_json(), cls=MontyDecoder)
    assert again == found
    assert again.row("a").images[1].get_potential_energy() == 0.5
    assert again.row("b").images == []


def test_images_are_those_of_the_band():
    places = np.arange(9.0).reshape(3, 1, 3)
    hop = row(
        "a", "Li1", "Li2", (0.0, 0.2), 0.5, symbols=("Li",), cell_A=np.eye(3).tolist(), positions_A=places.tolist()
    )
    for image, (number, energy) in zip(hop.images, enumerate((0.0, 0.5, 0.2)), strict=True):
        assert image.get_potential_energy() == energy
        np.testing.assert_array_equal(image.positions, places[number])
