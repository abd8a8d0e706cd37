"""Which kernel and walkers a model gets."""

import numpy as np
import pytest

from interfacekit.errors import InputError
from interfacekit.transport.bulk.choice import (
    CLASS_LISTS_ns,
    LATTICE_ATTEMPT_ns,
    NETWORK_ATTEMPT_ns,
    choose_kernel,
    choose_walkers,
    prepared,
)
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.network import network
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel, NeighbourBarriers
from tests.transport.models import RING, engine, irregular, joined, outer_sites

CUBE = regular_lattice("simple_cubic", 8)


@pytest.mark.parametrize(("filling", "walkers"), [(0.3, "ions"), (0.5, "ions"), (0.7, "vacancies")])
def test_the_fewer_walk(filling, walkers):
    assert choose_walkers(HoppingModel(CUBE, filling, 0.3)) == walkers


@pytest.mark.parametrize(
    "model",
    [
        HoppingModel(irregular(), 5 / 7, NeighbourBarriers([[0.3] * 9] * 2)),
        HoppingModel(irregular(), 5 / 7, EnvironmentBarriers([[0.3] * 5] * 2)),
        HoppingModel(RING, 0.75, EnvironmentBarriers([[0.3] * 3], sites=outer_sites(RING))),
        # Across three cells, the images of a common neighbour are more of them.
        HoppingModel(regular_lattice("triangular", (3, 4, 1)), 0.75, EnvironmentBarriers([[0.3, 0.2, 0.25, 0.3]])),
    ],
    ids=["neighbours", "common neighbours", "given sites", "narrow box"],
)
def test_ions_walk_where_vacancies_cannot_tell_what_surrounds_them(model):
    assert choose_walkers(model) == "ions"


@pytest.mark.parametrize(
    ("model", "kernel"),
    [
        (HoppingModel(CUBE, 0.5, 0.3), "lattice"),
        (HoppingModel(CUBE, 0.5, 0.3, field_V_A=(0.1, 0.0, 0.0)), "lattice"),
        (HoppingModel(CUBE, 0.5, 0.3, pair_energies_eV=0.01), "lattice"),
        (HoppingModel(CUBE.network(), 0.5, 0.3), "rejection"),
        (HoppingModel(CUBE, 0.5, 0.3, site_energies_eV=np.zeros(512)), "rejection"),
        (HoppingModel(irregular(), 0.5, 0.3, pair_energies_eV=0.01), "rejection"),
    ],
)
def test_weakly_interacting_models_get_a_kernel_without_lists(model, kernel):
    assert choose_kernel(model, 600.0, "ions") == kernel


def test_strongly_interacting_models_get_class_lists_where_it_is_cold():
    model = HoppingModel(CUBE, 0.5, 0.4, pair_energies_eV=0.1)
    assert choose_kernel(model, 5000.0, "ions") == "lattice"
    assert choose_kernel(model, 300.0, "ions") == "class lists"


def test_the_choice_is_the_cheapest_by_the_attempts_that_are_made():
    """Its estimate of attempts per hop, against attempts that engines made of random configurations."""
    for pair in (0.02, 0.05, 0.1):
        model = HoppingModel(CUBE, 0.5, 0.4, pair_energies_eV=pair)
        cost = {}
        for kernel, attempt, hop in (
            ("lattice", LATTICE_ATTEMPT_ns, 0.0),
            ("class lists", NETWORK_ATTEMPT_ns, CLASS_LISTS_ns),
        ):
            attempts = hops = 0
            for replica in range(20):
                run = engine(model, kernel, "ions", replica=replica)
                run.advance(1, 2000)
                attempts, hops = attempts + run.state.attempts, hops + int(run.state.hop_counts.sum())
            cost[kernel] = attempt * attempts / hops + hop
        chosen = choose_kernel(model, 600.0, "ions")
        assert cost[chosen] < 1.3 * min(cost.values())


@pytest.mark.parametrize("temperature_K", [1.0, 20.0, 100.0])
@pytest.mark.parametrize("pair", [0.0, 0.5])
def test_a_kernel_is_chosen_however_cold(pair, temperature_K):
    assert choose_kernel(HoppingModel(CUBE, 0.5, 0.3, pair_energies_eV=pair), temperature_K, "ions")


@pytest.mark.parametrize(
    ("model", "kernel", "message"),
    [
        (HoppingModel(CUBE.network(), 0.5, 0.3), "lattice", "takes a regular lattice .* choose rejection"),
        (HoppingModel(CUBE, 0.5, 0.3, site_energies_eV=np.zeros(512)), "lattice", "takes a regular lattice"),
        (HoppingModel(CUBE, 0.5, EnvironmentBarriers([[0.3]])), "lattice", "takes a regular lattice"),
        (HoppingModel(CUBE, 0.5, NeighbourBarriers([[0.3] * 5])), "lattice", "has 5 entries; .* give 11"),
        (HoppingModel(CUBE, 0.5, NeighbourBarriers([[0.3] * 5])), "class lists", "has 5 entries; .* give 11"),
        (
            HoppingModel(regular_lattice("fcc", 4), 0.5, EnvironmentBarriers([[0.3, 0.2]])),
            "rejection",
            "has 2 entries; its hops have 4 sites around them, give 5",
        ),
    ],
)
def test_models_that_a_kernel_cannot_serve_are_refused(model, kernel, message):
    with pytest.raises(InputError, match=f"^[^\n]*{message}[^\n]*$"):
        prepared(model, 600.0, kernel, "ions")


def test_more_surroundings_than_the_kernel_can_tell_apart_are_refused():
    """One site with four neighbours of each of four kinds has 5^4 surroundings."""
    classes = [edge % 4 for edge in range(16)]
    star = joined(17, [(0, site) for site in range(1, 17)], classes)
    model = HoppingModel(star, 0.5, 0.3, pair_energies_eV=(0.01, 0.02, 0.03, 0.04))
    with pytest.raises(InputError, match=r"tell 625 surroundings of a site apart; .* at most 128$"):
        engine(model, "rejection", "ions")


def test_pair_energies_refuse_two_hops_between_the_same_sites():
    net = network(
        cell_A=np.diag([4.0, 9.0, 9.0]),
        positions_A=[[0, 0, 0], [2, 0, 0]],
        origins=[0, 1, 0, 1],
        targets=[1, 0, 1, 0],
        displacements_A=[[2, 0, 0], [-2, 0, 0], [-2, 0, 0], [2, 0, 0]],
    )
    engine(HoppingModel(net, 0.5, 0.3), "rejection", "ions")
    with pytest.raises(InputError, match="sites 0 and 1 are neighbours in more than one way"):
        engine(HoppingModel(net, 0.5, 0.3, pair_energies_eV=0.1), "rejection", "ions")
