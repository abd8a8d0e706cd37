"""The benchmark of the kernels: what it counts, not how fast it is."""

import json

import pytest
from monty.json import MontyDecoder

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.export import files as export
from interfacekit.transport.bulk import bench
from interfacekit.transport.bulk.bench import WORKLOADS, cases, kernel_benchmark
from interfacekit.transport.hopping.lattice import regular_lattice


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_timing_is_consistent(workload):
    timing = kernel_benchmark(workload, 8, 0.02)
    assert timing.workload == workload
    assert timing.sites == 512
    assert 0 < timing.acceptance <= 1
    assert 0 < timing.slowest_million_hops_per_s <= timing.million_hops_per_s <= timing.fastest_million_hops_per_s
    assert timing.ns_per_attempt * timing.million_hops_per_s / 1e3 == pytest.approx(timing.acceptance, rel=0.2)
    assert timing.kernel.split(",")[0] == ("network" if workload in ("network", "class-lists") else "lattice")
    assert json.loads(timing.to_json(), cls=MontyDecoder) == timing


def test_physics_of_the_workloads():
    """A hop is accepted if its target is empty, and then with its rate over the largest."""
    assert kernel_benchmark("free", 16, 0.05).acceptance == pytest.approx(0.5, abs=0.01)
    metropolis, barriers = (kernel_benchmark(name, 16, 0.05).acceptance for name in ("repulsion", "barriers"))
    assert barriers < metropolis < 0.5


@pytest.mark.parametrize(("workload", "energy_kT"), [("repulsion", 0.5), ("barriers", 0.5), ("class-lists", 1.0)])
def test_neighbours_repel(workload, energy_kT):
    """Not the attractive lattice gas that other programmes are measured with."""
    model = bench._WORKLOADS[workload].model(regular_lattice("simple_cubic", 4, 3.0))
    assert model.pair_energies_by_class_eV == pytest.approx(energy_kT * BOLTZMANN_eV_K * bench.TEMPERATURE_K)


def test_a_lattice_takes_a_few_bytes_for_each_site_and_a_network_its_tables():
    lattice, network = (kernel_benchmark(name, 12, 0.01).bytes_per_site for name in ("free", "network"))
    assert 13 < lattice < 20  # a byte, and for each ion, on half of the sites, its site and its three crossings
    assert 100 < network < 250


def test_cases_are_boxes_of_about_so_many_sites():
    found = cases([1e4, 1e7])
    assert ("free", 22) in found
    assert ("free", 215) in found
    assert ("network", 22) in found
    assert ("network", 215) not in found  # its tables would not fit


def test_results_can_be_written(tmp_path):
    timings = [kernel_benchmark("free", n, 0.01) for n in (5, 6)]
    rows = export.save(timings, tmp_path / "b.csv").read_text().splitlines()
    assert len(rows) == 3
    assert rows[0].startswith("workload,description,sites,kernel,million_hops_per_s,")


@pytest.mark.parametrize(
    ("workload", "cells", "seconds", "message"),
    [
        ("fast", 8, 1.0, "no workload 'fast'; there is free"),
        ("free", 2, 1.0, "give 3 or more"),
        ("network", 500, 1.0, "at most 2e\\+06 sites"),
        ("free", 8, 0.0, "above 0 and at most 86400 s"),
        ("free", 8, float("nan"), "above 0 and at most 86400 s"),
    ],
)
def test_what_cannot_be_measured_is_refused(workload, cells, seconds, message):
    with pytest.raises(InputError, match=message):
        kernel_benchmark(workload, cells, seconds)
