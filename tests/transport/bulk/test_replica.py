"""What one replica measures, against the positions of its ions read one by one; and its checkpoints."""

from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from interfacekit.errors import ComputationError, InputError
from interfacekit.transport.bulk import replica as replicas
from interfacekit.transport.bulk.engine import QUANTUM_A
from interfacekit.transport.bulk.replica import Plan, Replica
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.rates import HoppingModel
from interfacekit.transport.runs.replica_files import ReplicaFile, Run
from tests.transport.exact import energy_eV, network_of
from tests.transport.models import KERNELS, MODELS, WALKERS, disordered, engine, irregular

HONEYCOMB = HoppingModel(regular_lattice("honeycomb", 4), 0.4, 0.3, pair_energies_eV=0.03)
DISORDER = disordered(irregular(), 3 / 7, pair_energies_eV=(0.03, -0.02))
PLAN = Plan(windows=5, samples=4, interval_s=1e-10)

uses = pytest.mark.parametrize(
    ("model", "kernel", "walkers"),
    [
        pytest.param(model, kernel, walkers, id=f"{name}-{kernel}-{walkers}")
        for name, model in (("honeycomb", HONEYCOMB), ("disorder", DISORDER))
        for kernel in KERNELS
        for walkers in WALKERS
        if kernel != "lattice" or model.homogeneous
    ],
)


def kept(path):
    """The file of a replica, with or without a state."""
    return ReplicaFile(path, Run("1.0", "hash", 1.0, {}, 1.0), 0, kept=path.exists())


def replica_of(model, kernel, walkers, plan=PLAN, **options):
    return Replica(*engine(model, kernel, walkers, seed=3).parts, plan, **options)


def finished(model, kernel, walkers, **options):
    return replica_of(model, kernel, walkers, **options).run(Event())


@uses
def test_a_replica_measures_what_its_ions_do(model, kernel, walkers):
    """A second engine with the same seed, stopped at every sample, and everything worked out from its positions."""
    net = network_of(model)
    measured = finished(model, kernel, walkers)
    twin = engine(model, kernel, walkers, seed=3)
    twin.schedule(PLAN.windows * PLAN.samples, PLAN.interval_s)
    positions, hops, occupied = [twin.positions() * QUANTUM_A], [0], []
    for sample in range(PLAN.windows * PLAN.samples):
        assert twin.advance(sample + 1, 10**7)
        positions.append(twin.positions() * QUANTUM_A)
        hops.append(int(twin.state.hop_counts.sum()))
        occupied.append(twin.occupied())
    positions = np.array(positions)
    for window in range(PLAN.windows):
        start = window * PLAN.samples
        for mark, samples in enumerate((1, 2, 4)):
            moved = positions[start + samples] - positions[start]
            np.testing.assert_allclose(measured.moments[window, mark, 0], moved.mean(axis=0), atol=1e-12)
            np.testing.assert_allclose(measured.moments[window, mark, 1:], moved.T @ moved / len(moved), atol=1e-12)
        sums = (positions[start : start + 5] - positions[0]).sum(axis=1)
        np.testing.assert_allclose(measured.positions_A[window], sums, atol=1e-4)
        assert measured.hops_by_window[window] == hops[start + 4] - hops[start] > 10
        full = occupied[start + 3]
        assert measured.occupied[window].tolist() == [full.sum()]
        assert measured.departures[window].tolist() == [measured.hops_by_window[window]]
        energies = [energy_eV(model, net, configuration) for configuration in (full, occupied[3])]
        assert measured.energies_eV[window] - measured.energies_eV[0] == pytest.approx(
            energies[0] - energies[1], abs=1e-12
        )
    assert measured.finished
    assert measured.progress == 1.0
    assert measured.seconds > 0


@pytest.mark.parametrize("walkers", WALKERS)
def test_hops_are_counted_by_the_class_that_the_ion_leaves(walkers):
    """Two classes in turn around a ring: an ion leaves one as often as it enters the other."""
    ring = MODELS["disorder on a ring"].sites
    classes = replace(ring, site_classes=np.arange(8) % 2, site_class_names=("even", "odd"))
    model = HoppingModel(classes, 0.5, 0.3, site_energies_eV=0.1 * (np.arange(8) % 2))
    measured = finished(model, "rejection", walkers)
    twin = engine(model, "rejection", walkers, seed=3)
    twin.schedule(PLAN.windows * PLAN.samples, PLAN.interval_s)
    left = np.zeros(2, int)
    before = twin.occupied()
    while not twin.advance(PLAN.windows * PLAN.samples, 1):
        after = twin.occupied()
        if (after != before).any():
            left[np.flatnonzero(before & ~after)[0] % 2] += 1
        before = after
    assert measured.departures.sum(axis=0).tolist() == left.tolist()
    assert left.min() > 20
    np.testing.assert_allclose(measured.squares[:, 0, 0], measured.departures.sum(axis=1) * 4.0, rtol=1e-6)


@uses
def test_measurements_do_not_depend_on_chunks(model, kernel, walkers, monkeypatch):
    whole = finished(model, kernel, walkers)
    for chunk in (1, 7, 1001):
        monkeypatch.setattr(replicas, "CHUNK", chunk)
        cut = finished(model, kernel, walkers)
        for name, array in whole._arrays().items():
            assert array.tobytes() == cut._arrays()[name].tobytes(), name


class Stop:
    """An event that is set after so many looks at it."""

    def __init__(self, looks):
        self.looks = looks

    def is_set(self):
        self.looks -= 1
        return self.looks < 0


@uses
def test_a_stopped_replica_goes_on_from_its_checkpoint(model, kernel, walkers, tmp_path, monkeypatch):
    whole = finished(model, kernel, walkers)
    monkeypatch.setattr(replicas, "CHUNK", 23)
    path = tmp_path / "replica.npz"
    stops = 0
    while True:
        replica = replica_of(model, kernel, walkers, checkpoint=kept(path))
        if replica.run(Stop(7)).finished:
            break
        stops += 1
        assert replica.progress < 1.0
    assert stops > 3
    for name, array in whole._arrays().items():
        assert array.tobytes() == replica._arrays()[name].tobytes(), name


@uses
def test_a_replica_of_more_windows_begins_as_one_of_fewer(model, kernel, walkers, tmp_path):
    path, longer = tmp_path / "replica.npz", PLAN.extended(3.0)
    assert longer == Plan(15, 4, 1e-10)
    whole = replica_of(model, kernel, walkers, longer).run(Event())
    finished(model, kernel, walkers, checkpoint=kept(path))
    extended = replica_of(model, kernel, walkers, longer, checkpoint=kept(path)).run(Event())
    assert extended.hops_in_this_process == whole.hops_by_window[5:].sum()
    for name, array in whole._arrays().items():
        assert array.tobytes() == extended._arrays()[name].tobytes(), name


def test_checkpoints_are_written_as_time_goes_by(tmp_path, monkeypatch):
    saved = []
    monkeypatch.setattr(replicas, "CHUNK", 100)
    monkeypatch.setattr(Replica, "_save", lambda self, path: saved.append(self.progress))
    finished(HONEYCOMB, "lattice", "ions", checkpoint=kept(tmp_path / "a.npz"))
    assert saved == [1.0]
    monkeypatch.setattr(replicas, "CHECKPOINT_EVERY_s", -1.0)
    finished(HONEYCOMB, "lattice", "ions", checkpoint=kept(tmp_path / "a.npz"))
    assert len(saved) > 5
    assert saved[1:] == sorted(saved[1:])


def test_a_checkpoint_that_cannot_be_written_leaves_the_one_before(tmp_path, monkeypatch):
    path = tmp_path / "replica.npz"
    replica_of(HONEYCOMB, "lattice", "ions", checkpoint=kept(path)).run(Stop(0))
    before = path.read_bytes()

    def failing(file, **_):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(np, "savez", failing)
        with pytest.raises(ComputationError, match="No space left"):
            replica_of(HONEYCOMB, "lattice", "ions", checkpoint=kept(path)).run(Event())
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["replica.npz"]


@pytest.mark.parametrize(
    ("model", "kernel", "plan"),
    [
        (HONEYCOMB, "lattice", Plan(4, 4, 1e-10)),
        (HONEYCOMB, "rejection", PLAN),
        (HoppingModel(regular_lattice("honeycomb", 5), 0.4, 0.3, pair_energies_eV=0.03), "lattice", PLAN),
    ],
    ids=["fewer windows", "kernel", "box"],
)
def test_checkpoints_of_another_replica_are_refused(model, kernel, plan, tmp_path):
    path = tmp_path / "replica.npz"
    finished(HONEYCOMB, "lattice", "ions", checkpoint=kept(path))
    with pytest.raises(InputError, match=r"^[^\n]* belongs to another run; remove it, or name another directory$"):
        replica_of(model, kernel, "ions", plan, checkpoint=kept(path))


def test_an_event_that_is_set_stops_at_once():
    stop = Event()
    stop.set()
    replica = replica_of(HONEYCOMB, "lattice", "ions").run(stop)
    assert replica.progress == 0.0
    assert not replica.finished
