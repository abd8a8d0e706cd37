"""Bands of single hops against what they must be: a vacancy in an fcc metal, with ASE's EMT."""

import os
from pathlib import Path

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.constraints import FixedPlane
from ase.io import read
from ase.optimize import BFGS

from interfacekit.checksums import PLACEHOLDER, with_checksum
from interfacekit.errors import InputError, InputWarning
from interfacekit.structure.barriers.migration import migration_barriers
from interfacekit.structure.barriers.neb import relaxed_end
from interfacekit.structure.barriers.options import BandOptions
from interfacekit.structure.calculators import calculator_spec

FMAX_eV_A = 0.005


@pytest.fixture(scope="module", params=[2, pytest.param(3, marks=pytest.mark.slow)])
def cubes(request):
    """Cubes of aluminium along each edge of the box."""
    return request.param


@pytest.fixture(scope="module")
def vacancy(cubes):
    """A vacancy in aluminium."""
    crystal = bulk("Al", cubic=True)
    return migration_barriers(
        crystal, "emt", mobile="Al", supercell_shape=(cubes,) * 3, options=BandOptions(fmax_eV_A=FMAX_eV_A)
    )


def test_a_hop_between_alike_sites_costs_the_same_both_ways(vacancy, cubes):
    (row,) = vacancy.rows
    assert row.status == "done"
    assert row.fmax_eV_A <= FMAX_eV_A
    assert row.forward_barrier_eV == pytest.approx(row.backward_barrier_eV, abs=1e-6)
    assert row.barrier_eV == pytest.approx(row.forward_barrier_eV, abs=1e-6)
    assert row.energy_change_eV == pytest.approx(0.0, abs=1e-6)
    assert len(row.symbols) == 4 * cubes**3 - 1


def test_its_path_is_symmetric_about_the_saddle(vacancy):
    (row,) = vacancy.rows
    energies, path = np.array(row.energies_eV), np.array(row.path_A)
    assert np.argmax(energies) == 3
    np.testing.assert_allclose(energies, energies[::-1], atol=1e-6)
    np.testing.assert_allclose(path, path[-1] - path[::-1], atol=1e-4)
    assert np.all(np.diff(energies[:4]) > 0)
    ion = np.array(row.positions_A)[:, -1]
    np.testing.assert_allclose(ion[3], (ion[0] + ion[-1]) / 2, atol=1e-3)


def test_the_barrier_is_that_of_a_constrained_scan(vacancy, cubes):
    """By symmetry the saddle is where the atom stays in the plane half way, and all else relaxes."""
    crystal = bulk("Al", cubic=True) * cubes
    hop = crystal.get_distance(0, 1, mic=True, vector=True)
    energies = []
    for share in (0.0, 0.5):
        atoms = crystal.copy()
        atoms.positions[0] += share * hop
        del atoms[1]
        atoms.calc = EMT()
        if share:
            # Off the straight path by a little: the scan has to find the way back.
            atoms.positions[0] += 0.05 * np.cross(hop, [1.0, 2.0, 3.0]) / np.linalg.norm(hop)
            atoms.set_constraint(FixedPlane(0, hop))
        with BFGS(atoms, logfile=None) as optimiser:
            optimiser.run(fmax=1e-3)
        energies.append(atoms.get_potential_energy())
    saddle = atoms
    saddle.set_constraint()
    assert np.abs(saddle.get_forces()).max() < 2e-3
    (row,) = vacancy.rows
    # Both are converged to forces of some meV/A over tenths of an angstrom.
    assert row.forward_barrier_eV == pytest.approx(energies[1] - energies[0], abs=1e-3)
    # Known of this potential and cell; a path through another saddle would be far off.
    assert energies[1] - energies[0] == pytest.approx({2: 0.383, 3: 0.392}[cubes], abs=0.002)


def test_beside_a_solute_the_barriers_differ_by_what_the_ends_do():
    """A solute of copper in aluminium, and a vacancy that hops between two unlike sites near it."""
    crystal = bulk("Al", cubic=True) * 2
    crystal.symbols[0] = "Cu"
    table = migration_barriers(
        crystal, "emt", mobile="Al", hops=["Al1-Al2 2.86 A"], options=BandOptions(fmax_eV_A=FMAX_eV_A)
    )
    (row,) = table.rows
    assert row.status == "done"
    assert abs(row.energy_change_eV) > 0.02
    assert row.forward_barrier_eV - row.backward_barrier_eV == pytest.approx(row.energy_change_eV, abs=1e-12)
    # The ends, built and relaxed here: without the atom at the target, and without the one at the origin.
    network = _network(crystal)
    hop = next(hop for hop in network.classes if hop.name == row.hop)
    for site, energy in ((hop.target, row.end_energies_eV[0]), (hop.origin, row.end_energies_eV[1])):
        atoms = crystal.copy()
        where = network.sites[site].fractional @ network.cell_A
        del atoms[int(np.argmin(np.linalg.norm(atoms.positions - where, axis=1)))]
        atoms.calc = EMT()
        with BFGS(atoms, logfile=None) as optimiser:
            optimiser.run(fmax=FMAX_eV_A)
        assert atoms.get_potential_energy() == pytest.approx(energy, abs=1e-3)


def _network(crystal):
    from interfacekit.structure.network.search import lithium_network

    return lithium_network(crystal, mobile="Al")


def test_what_another_process_has_just_finished_is_begun_anew(tmp_path, monkeypatch):
    """Two runs share a store: positions that were there a moment ago are gone when they are read."""
    atoms = bulk("Cu", cubic=True)
    point = {"symbols": list(atoms.symbols), "cell_A": atoms.cell.tolist(), "positions_A": atoms.positions.tolist()}
    monkeypatch.setattr(Path, "is_file", lambda path: True)
    end = relaxed_end(point, calculator_spec("emt"), 0.05, 10, keep_in=str(tmp_path))
    assert end["converged"]


def _moved(keep_in, max_steps, shift_A=0.3):
    atoms = bulk("Cu", cubic=True)
    atoms.positions[0, 0] += shift_A
    point = {"symbols": list(atoms.symbols), "cell_A": atoms.cell.tolist(), "positions_A": atoms.positions.tolist()}
    return relaxed_end(point, calculator_spec("emt"), 1e-3, max_steps, keep_in=str(keep_in))


def test_an_end_that_needs_more_steps_goes_on(tmp_path, resumed):
    assert _moved(tmp_path, 2)["steps"] == 2
    (path,) = tmp_path.iterdir()
    assert len(read(path)) == 4
    whole = _moved(tmp_path, 100)
    assert whole["converged"]
    assert resumed.messages == [f"resuming from {path}, after 2 steps"]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda path: path.write_bytes(b""), "it is empty"),
        (lambda path: path.write_bytes(path.read_bytes()[:-9]), "does not match"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"climb=F", b"climb=T")), "does not match"),
        (lambda path: path.write_bytes(with_checksum(PLACEHOLDER.encode())), "it holds no atoms"),
    ],
    ids=["empty", "truncated", "changed", "no atoms"],
)
def test_damaged_positions_are_reported_and_computed_anew(damage, reason, tmp_path):
    _moved(tmp_path, 2)
    (path,) = tmp_path.iterdir()
    damage(path)
    with pytest.warns(InputWarning, match=rf"^{path} is damaged \([^\n]*{reason}[^\n]*\); it is computed anew$"):
        found = _moved(tmp_path, 100)
    assert found == _moved(tmp_path / "fresh", 100)


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_what_is_no_file_of_positions_is_refused_by_name(make, tmp_path):
    _moved(tmp_path, 2)
    (path,) = tmp_path.iterdir()
    path.unlink()
    make(path)
    with pytest.raises(InputError, match=rf"^cannot read {path}: [^\n]*; remove it, or name another folder$"):
        _moved(tmp_path, 100)


def test_positions_of_another_end_are_reported(tmp_path):
    for name, shift_A in (("a", 0.3), ("b", 0.2)):
        _moved(tmp_path / name, 2, shift_A)
    (path,), (other,) = ((tmp_path / name).iterdir() for name in ("a", "b"))
    path.write_bytes(other.read_bytes())
    with pytest.warns(InputWarning, match="it is of another optimisation"):
        assert _moved(tmp_path / "a", 100) == _moved(tmp_path / "fresh", 100)
