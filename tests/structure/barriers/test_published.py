"""Barriers from the literature, and which hops they stand for."""

from dataclasses import replace

import pytest

from interfacekit.errors import InputError
from interfacekit.structure.barriers.published import literature, numbers_in, published_barrier, published_table
from interfacekit.structure.network.search import lithium_network

SINGLE = "Li barrier single vacancy (oxygen dumbbell hop)"
DIVACANCY = "Li barrier divacancy (tetrahedral hop)"
ALONG_ACROSS = "activation energy c / ab"


@pytest.fixture(scope="module")
def lgps():
    return lithium_network("LGPS", estimates=False)


@pytest.fixture(scope="module")
def lco():
    return lithium_network("LCO", estimates=False)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0.8", [0.8]),
        ("0.2-0.6", [0.2, 0.6]),
        ("0.17/0.28", [0.17, 0.28]),
        ("6e-13 - 8e-12", [6e-13, 8e-12]),
        ("1e-12 - 4e-11 (minimum at x=0.7)", [1e-12, 4e-11]),
        ("order 1e-12", [1e-12]),
        ("non-conducting", []),
    ],
)
def test_numbers_of_a_cell_of_the_table(text, numbers):
    assert numbers_in(text) == numbers


def test_a_barrier_brings_its_source_and_its_certainty():
    found = published_barrier("LiCoO2", DIVACANCY, part=1, mechanism="divacancy")
    row = literature("LiCoO2", DIVACANCY)
    assert found.barrier_eV == 0.6
    assert (found.source, found.certainty) == (row["source"], "memory-approx")


def test_barriers_along_c_are_those_of_the_hops_that_lead_along_c(lgps):
    published = [
        published_barrier("Li10GeP2S12", ALONG_ACROSS, along="c"),
        published_barrier("Li10GeP2S12", ALONG_ACROSS, part=1),
    ]
    table = published_table(lgps, published)
    along = [hop for hop, barrier in table.barriers_eV().items() if barrier == 0.17]
    # The chains of the network: without the other hops it leads along c alone.
    assert lgps.percolation(along).direction == "1D along c"
    assert {barrier for hop, barrier in table.barriers_eV().items() if hop not in along} == {0.28}
    assert set(table.site_energies_eV.values()) == {0.0}


def test_a_divacancy_has_a_barrier_of_its_own(lco):
    published = [
        published_barrier("LiCoO2", SINGLE),
        published_barrier("LiCoO2", DIVACANCY, mechanism="divacancy"),
    ]
    table = published_table(lco, published)
    assert table.environment_barriers(lco.class_names).table_eV == ((0.2, 0.2, 0.8),)
    assert [(row.forward_barrier_eV, row.backward_barrier_eV) for row in table.rows] == [(0.8, 0.8), (0.2, 0.2)]
    assert table.provenance["parameters"]["published"][0]["certainty"] == "memory-approx"


def test_what_a_network_or_the_table_does_not_have_is_told(lgps, lco):
    along = published_barrier("Li10GeP2S12", ALONG_ACROSS, along="c")
    for published, network, message in [
        ([along], lgps, "'Li2-Li4 2.92 A' of LGPS has no published barrier"),
        ([replace(along, along=None), along], lgps, "stands for no hop of LGPS"),
        ([along], lco, "stands for no hop of LCO|has no published barrier"),
        ([replace(along, hops=("Li1-Li9",))], lgps, "no hop class 'Li1-Li9'"),
        ([replace(along, along="x")], lgps, "no cell vector 'x'"),
        ([replace(along, mechanism="trivacancy")], lgps, "no mechanism 'trivacancy'"),
        ([replace(along, barrier_eV=-0.1)], lgps, "barrier must be from 0 to 10 eV, got -0.1 eV"),
    ]:
        with pytest.raises(InputError, match=message):
            published_table(network, published)
    for arguments, options, message in [
        (("LiCoO2", "barrier"), {}, "of LiCoO2 there is .*attempt frequency"),
        (("LiFoO2", "barrier"), {}, "there is none of LiFoO2"),
        (("LiCoO2", "Li number density"), {}, "is in 1/cm3, not in eV"),
        (("LiCoO2", DIVACANCY), {"part": 2}, "has 2 numbers, 0.2-0.6; there is no 2"),
    ]:
        with pytest.raises(InputError, match=message):
            published_barrier(*arguments, **options)
