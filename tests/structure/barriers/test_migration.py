"""Tables of barriers: whatever becomes of one hop, the others go on; what was killed goes on; and what is refused."""

import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from monty.json import MontyDecoder
from pymatgen.core import Lattice, Structure

from interfacekit import sweep
from interfacekit.errors import InputError
from interfacekit.structure.barriers.hop_cells import supercell
from interfacekit.structure.barriers.hop_plans import planned
from interfacekit.structure.barriers.migration import KEPT, migration_barriers, structure_sha256
from interfacekit.structure.barriers.options import BandOptions
from interfacekit.structure.calculators import ConfiguredCalculator
from interfacekit.structure.network.result import HopClass, NetworkSite
from interfacekit.structure.network.search import lithium_network
from tests.children import ended
from tests.covering import some
from tests.structure.barriers import barrier_calculators
from tests.structure.barriers.barrier_calculators import FMAX_eV_A, WELLS_eV, run

CALCULATORS = "tests.structure.barriers.barrier_calculators"


@pytest.fixture
def log(tmp_path, monkeypatch):
    """File with a line for each evaluation of the calculator."""
    path = tmp_path / "log"
    path.touch()
    monkeypatch.setenv("LOG", str(path))
    return path


def evaluations(log):
    return len(log.read_text().split())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A vacancy in copper, from begin to end, and how many evaluations it took."""
    path = tmp_path_factory.mktemp("whole") / "log"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOG", str(path))
        return run(None), evaluations(path)


@pytest.mark.parametrize(
    ("share", "where"),
    some(
        [(0.03, "evaluate"), (0.5, "evaluate"), (0.5, "write"), (0.95, "evaluate")],
        fast=[(0.03, "evaluate"), (0.5, "write")],
    ),
)
def test_a_killed_run_goes_on_and_ends_with_the_same_barrier(tmp_path, log, whole, share, where):
    table, needed = whole
    store = tmp_path / "store"
    assert ended(barrier_calculators.main, store, round(share * needed), where) == -signal.SIGKILL
    before = evaluations(log)
    finished = len(list(store.glob("*.json")))
    again = run(store)
    (row,), (expected,) = again.rows, table.rows
    assert row.status == "done"
    assert row.fmax_eV_A <= FMAX_eV_A
    assert row.barrier_eV == pytest.approx(expected.barrier_eV, abs=2e-3)
    assert row.end_energies_eV == pytest.approx(expected.end_energies_eV, abs=2e-3)
    # The optimiser starts anew from the positions kept, and loses a few steps' worth of what it learnt.
    assert evaluations(log) - before < (1 - share) * needed + 0.25 * needed
    if share > 0.3:
        assert finished == 2  # the ends, which are not relaxed again
    assert not [path for path in (store / KEPT).glob("*.extxyz") if path.name[0] != "."]
    # And all is known now.
    count = evaluations(log)
    assert run(store).rows[0].energies_eV == row.energies_eV
    assert evaluations(log) == count


def test_a_band_that_needs_more_steps_is_no_barrier_and_goes_on_with_more(tmp_path, log, whole):
    table, _ = whole
    short = run(tmp_path / "store", max_steps=12)
    (row,) = short.rows
    assert row.status == "unconverged"
    assert row.barrier_eV is None
    assert "after 12 steps; give more max_steps" in row.error
    assert row.fmax_eV_A > FMAX_eV_A
    assert len(row.energies_eV) == 5
    with pytest.raises(InputError, match="has no barrier"):
        short.barriers_eV()
    before = evaluations(log)
    (row,) = run(tmp_path / "store").rows
    assert row.status == "done"
    assert row.barrier_eV == pytest.approx(table.rows[0].barrier_eV, abs=2e-3)
    assert row.band_steps > 12
    assert evaluations(log) - before < whole[1]


def test_ends_that_are_not_relaxed_make_no_band():
    crystal = bulk("Cu", cubic=True)
    (row,) = migration_barriers(crystal, "emt", mobile="Cu", options=BandOptions(fmax_eV_A=1e-4, max_steps=1)).rows
    assert row.status == "unconverged"
    assert row.energies_eV == ()
    assert row.end_steps == 2
    assert "with the ion at its origin" in row.error
    assert row.energy_change_eV is None


def test_what_is_no_file_of_positions_is_refused_before_any_work(tmp_path):
    (tmp_path / "store" / KEPT).mkdir(parents=True)
    os.mkfifo(tmp_path / "store" / KEPT / "end.extxyz")
    network = lithium_network(tetragonal(), mobile="Cu", cutoff_A=3.0)
    with pytest.raises(InputError, match=r"end.extxyz: it is a pipe \(FIFO\); remove it, or name another folder$"):
        migration_barriers(tetragonal(), "emt", network=network, supercell_shape=(2, 2, 2), store=tmp_path / "store")
    assert not list((tmp_path / "store").glob("*.json"))


@pytest.mark.parametrize(
    ("calculator", "error"),
    [
        ("nan", "ComputationError: the calculator gives energies or forces that are not finite numbers"),
        ("raising", "RuntimeError: no self-consistency after 60 cycles"),
    ],
)
def test_a_calculator_that_fails_loses_that_hop_only(tmp_path, calculator, error):
    crystal = tetragonal()
    network = lithium_network(crystal, mobile="Cu", cutoff_A=3.0)
    assert len(network.classes) == 2
    options = {"network": network, "options": BandOptions(images=1), "supercell_shape": (2, 2, 2)}
    good = migration_barriers(crystal, "emt", **options)
    assert [row.status for row in good.rows] == ["done", "done"]
    table = migration_barriers(crystal, f"{CALCULATORS}:{calculator}", store=tmp_path / "store", **options)
    failed, done = sorted(table.rows, key=lambda row: row.status, reverse=True)
    assert failed.status == "failed"
    assert failed.error == error
    assert failed.barrier_eV is None
    assert done.barrier_eV == pytest.approx(good.row(done.hop).barrier_eV, abs=1e-9)
    assert table.to_frame().error.notna().sum() == 1
    # A failure is computed again, and what is done is not.
    again = migration_barriers(crystal, f"{CALCULATORS}:{calculator}", store=tmp_path / "store", **options)
    assert again.row(done.hop) == done


def tetragonal():
    """Copper, a little longer along c: hops within a layer and between layers are two classes."""
    return Structure(
        Lattice.tetragonal(3.61, 3.8), ["Cu"] * 4, [[0, 0, 0], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    )


def test_results_do_not_depend_on_where_hops_run(tmp_path):
    crystal = tetragonal()
    options = {"mobile": "Cu", "options": BandOptions(images=1), "hops": None, "supercell_shape": (2, 2, 2)}
    serial = migration_barriers(crystal, "emt", **options)
    with sweep.executor("processes", 2) as pool:
        shares = []
        spread = migration_barriers(
            crystal, "emt", executor=pool, store=tmp_path / "store", progress=shares.append, **options
        )
    assert [row.energies_eV for row in spread.rows] == [row.energies_eV for row in serial.rows]
    assert json.loads(spread.to_json(), cls=MontyDecoder) == spread
    kept = migration_barriers(crystal, "emt", store=tmp_path / "store", **options)
    assert kept.rows == spread.rows
    assert shares[0] == 0.0
    assert shares[-1] == 1.0
    assert shares == sorted(shares)


def chain():
    """Two kinds of wells in turns along a; oxygen far from them."""
    lattice = Lattice.orthorhombic(8.0, 20.0, 20.0)
    return Structure(lattice, ["Li", "Li", "O"], [[0, 0, 0], [0.5, 0, 0], [0.1, 0.5, 0.5]])


def test_site_energies_of_ions_that_do_not_feel_one_another_are_their_wells():
    """Enumerated: the energy with a vacancy on a site is that of all wells less that of this one."""
    crystal = chain()
    network = lithium_network(crystal, cutoff_A=4.0)
    table = migration_barriers(
        crystal,
        f"{CALCULATORS}:Wells",
        network=network,
        hops=network.class_names[:1],
        supercell_shape=(2, 1, 1),
        options=BandOptions(max_steps=30),
    )
    (row,) = table.rows
    deeper, higher = sorted(WELLS_eV.values())
    whole = 2 * (deeper + higher)
    kinds = [
        WELLS_eV[round(network.sites[n].fractional[0] * 2)]
        for n in (network.classes[0].origin, network.classes[0].target)
    ]
    assert row.end_energies_eV == pytest.approx((whole - kinds[1], whole - kinds[0]), abs=1e-9)
    assert row.energy_change_eV == pytest.approx(kinds[1] - kinds[0], abs=1e-9)
    energies = {row.origin: kinds[0] - deeper, row.target: kinds[1] - deeper}
    assert table.site_energies_eV == pytest.approx(energies, abs=1e-9)


def with_vacant_site(at):
    """The chain with a vacant site, and the hop to it from the first well."""
    network = lithium_network(chain(), cutoff_A=4.0)
    vacant = NetworkSite((at, 0.0, 0.0), occupied=False, site_class="vacant1")
    hop = HopClass("Li1-vacant1", 0, 2, (0, 0, 0), 8.0 * at, 1)
    return replace(
        network, sites=(*network.sites, vacant), classes=(hop,), hops=((0, 2, 0, 0, 0, 0), (2, 0, 0, 0, 0, 0))
    )


def test_an_end_that_is_no_minimum_says_so():
    """An ion on a site that is no well falls into the next one."""
    table = migration_barriers(None, f"{CALCULATORS}:Wells", network=with_vacant_site(0.28), supercell_shape=(2, 1, 1))
    (row,) = table.rows
    assert row.mechanism == "Frenkel pair"
    assert row.status == "failed"
    assert row.error == "the ion does not stay at its target (vacant1): it relaxes by 1.76 A, of a hop of 2.24 A"
    assert row.end_energies_eV[0] is not None
    assert row.barrier_eV is None
    # The energies are not those of ions at the two sites.
    assert row.energy_change_eV is None
    assert table.site_energies_eV == {}


def test_sites_that_relax_to_one_have_no_barrier_between_them():
    """Both ends fall into one well, each by half the hop."""
    options = {"network": with_vacant_site(0.25), "supercell_shape": (2, 1, 1)}
    (row,) = migration_barriers(None, f"{CALCULATORS}:Between", **options).rows
    assert row.status == "failed"
    assert row.error == "both ends relax to one: no atom moves by more than 0.00 A between them, of a hop of 2.00 A"
    assert row.barrier_eV is None


def test_a_random_start_gets_ends_off_a_saddle(tmp_path):
    """Between two wells no force is on an ion, whichever way it would fall."""
    place = {"network": with_vacant_site(0.25), "supercell_shape": (2, 1, 1)}
    (row,) = migration_barriers(None, f"{CALCULATORS}:Ridge", options=BandOptions(max_steps=50), **place).rows
    assert row.end_energies_eV[1] == pytest.approx(row.end_energies_eV[0] + 1.0, abs=1e-6)
    rattled = BandOptions(max_steps=50, rattle_A=0.05)
    (row,) = migration_barriers(None, f"{CALCULATORS}:Ridge", options=rattled, **place).rows
    assert row.status == "failed"
    assert "does not stay at its target" in row.error


def test_a_divacancy_is_a_vacancy_with_one_more_beside_it():
    crystal, options = bulk("Cu", cubic=True), {"mobile": "Cu", "supercell_shape": (2, 2, 2)}
    single, pair = migration_barriers(crystal, "emt", mechanism=("vacancy", "divacancy"), **options).rows
    assert (single.mechanism, pair.mechanism) == ("vacancy", "divacancy")
    assert (len(single.symbols), len(pair.symbols)) == (31, 30)
    assert (single.status, pair.status) == ("done", "done")
    assert pair.common_neighbours == 4
    # All three sites are neighbours: the pair is the same at both ends, and the ion has more room beside it.
    assert pair.energy_change_eV == pytest.approx(0.0, abs=1e-3)
    assert pair.barrier_eV < single.barrier_eV
    # Half way it is off the straight path, towards the vacancy.
    ion = np.array(pair.positions_A)[:, -1]
    assert np.linalg.norm(ion[3] - (ion[0] + ion[-1]) / 2) > 0.1


def test_mechanisms_apply_where_the_sites_allow_them():
    network = lithium_network("LCO")
    plans = planned(network, supercell(network.crystal.structure, "Li"), None, ("vacancy", "divacancy", "interstitial"))
    assert [plan.mechanism for plan in plans] == ["vacancy", "divacancy"]
    assert {plan.common_neighbours for plan in plans} == {2}
    assert [len(plan.cell.initial.defects) for plan in plans] == [1, 2]


def test_the_provenance_names_calculator_settings_and_structure(whole):
    table, _ = whole
    record = table.provenance
    assert record["package"] == "interfacekit"
    assert record["engine"].startswith("ase ")
    parameters = record["parameters"]
    assert parameters["calculator"]["name"] == f"{CALCULATORS}:Counting"
    assert (parameters["images"], parameters["fmax_eV_A"], parameters["max_steps"]) == (3, FMAX_eV_A, 500)
    assert parameters["structure_sha256"] == structure_sha256(
        lithium_network(bulk("Cu", cubic=True), mobile="Cu").crystal.structure
    )
    assert table.supercell == (2, 2, 2)
    assert table.image_distance_A == pytest.approx(2 * 3.61)


@pytest.mark.parametrize(
    ("band", "message"),
    [
        ({"images": 0}, "images must be a whole number from 1 to 101, got 0"),
        ({"images": True}, "images must be a whole number from 1 to 101, got True"),
        ({"max_steps": 2.5}, "max_steps must be a whole number from 1 to 1000000, got 2.5"),
        ({"fmax_eV_A": 0.0}, "fmax_eV_A must be above 0"),
        ({"fmax_eV_A": float("nan")}, "fmax_eV_A must be a number above 0"),
        ({"rattle_A": -0.1}, "rattle_A must be from 0 to below 0.3 A, got -0.1 A"),
    ],
)
def test_settings_of_a_band_that_are_not_possible_are_refused(band, message):
    with pytest.raises(InputError, match=message) as caught:
        BandOptions(**band)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mechanism": "tunnel"}, "no mechanism 'tunnel'; there is vacancy, divacancy, Frenkel pair, interstitial"),
        ({"mechanism": ()}, "no mechanism ''"),
        ({"mechanism": "interstitial"}, "no hop of Cu goes by the mechanism interstitial"),
        ({"hops": ["Cu1-Cu9 1.00 A"]}, "no hop class 'Cu1-Cu9 1.00 A' in Cu; there is"),
        ({"hops": []}, "no hop class was asked for"),
        ({"supercell_shape": (1, 1)}, "three whole numbers"),
        ({"mobile": "Li"}, "has no Li"),
    ],
)
def test_what_is_not_possible_is_refused_before_any_work(options, message, monkeypatch):
    monkeypatch.setattr(EMT, "calculate", None)
    with pytest.raises(InputError, match=message) as caught:
        migration_barriers(bulk("Cu", cubic=True), "emt", **{"mobile": "Cu", **options})
    assert "\n" not in str(caught.value)


def test_a_calculator_as_it_is_works_in_this_process_alone(tmp_path):
    crystal = bulk("Cu", cubic=True)
    band = BandOptions(images=1, fmax_eV_A=0.1)
    options = {"mobile": "Cu", "options": band, "supercell_shape": (2, 2, 2)}
    (row,) = migration_barriers(crystal, EMT(), **options).rows
    (named,) = migration_barriers(crystal, "emt", **options).rows
    assert row.energies_eV == named.energies_eV
    with sweep.executor("threads", 1) as pool, pytest.raises(InputError, match="one process and thread only"):
        migration_barriers(crystal, EMT(), executor=pool, **options)
    with pytest.raises(InputError, match="give it a label"):
        migration_barriers(crystal, EMT(), store=tmp_path / "store", **options)
    labelled = [
        migration_barriers(crystal, ConfiguredCalculator(EMT(), label=x), store=tmp_path / "store", **options)
        for x in "ab"
    ]
    assert labelled[0].rows[0].energies_eV == row.energies_eV
    assert len(list((tmp_path / "store").glob("*.json"))) == 6
