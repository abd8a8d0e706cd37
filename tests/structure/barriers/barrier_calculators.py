"""Calculators for tests of barriers, importable by workers, and what becomes of a run that kills itself.

`main` is for a process of its own, and is killed at the given evaluation, or with `write` while it keeps the positions
of that evaluation.
"""

import os
import signal
from pathlib import Path

import numpy as np
from ase.build import bulk
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT

import interfacekit.structure.barriers.neb as neb_module
from interfacekit.structure.barriers.migration import migration_barriers
from interfacekit.structure.barriers.options import BandOptions

#: Of the wells: energy of an ion on sites of either kind; eV.
WELLS_eV = {0: 0.1, 1: 0.35}
STIFFNESS_eV_A2 = 8.0
FMAX_eV_A = 0.01
#: Between the layers of the crystal that a calculator fails in.
LAYER_A = 1.9


class Counting(EMT):
    """EMT that writes a line to LOG for each evaluation, with the number of atoms."""

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        with Path(os.environ["LOG"]).open("a") as file:
            file.write(f"{len(atoms)}\n")
        super().calculate(atoms, properties, system_changes)


class Failing(EMT):
    """EMT that fails as soon as an atom is half way between two layers; with NaN, or by raising."""

    raises = False

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        height = atoms.positions[:, 2] / LAYER_A
        if np.any(np.abs(height - np.floor(height) - 0.5) < 0.1):
            if self.raises:
                raise RuntimeError("no self-consistency\nafter 60 cycles")
            self.results["forces"] = np.full_like(self.results["forces"], np.nan)


class Wells(Calculator):
    """Ions in harmonic wells about the sites of a chain of two kinds; they do not feel one another.

    The sites lie along the first axis, `spacing_A` apart, the two kinds by turns.
    """

    implemented_properties = ["energy", "forces"]  # noqa: RUF012
    spacing_A = 4.0

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        ions = np.array([symbol == "Li" for symbol in atoms.symbols])
        number = np.rint(atoms.positions[:, 0] / self.spacing_A)
        off = atoms.positions.copy()
        off[:, 0] -= number * self.spacing_A
        off[:, 1:] -= np.rint(off[:, 1:] / self.spacing_A) * self.spacing_A
        depth = np.where(number % 2 == 0, WELLS_eV[0], WELLS_eV[1])
        energy = np.sum((depth + STIFFNESS_eV_A2 / 2 * (off**2).sum(axis=1))[ions])
        self.results = {"energy": float(energy), "forces": np.where(ions[:, None], -STIFFNESS_eV_A2 * off, 0.0)}


class Between(Calculator):
    """Ions in harmonic wells at 1, 5, 9, ... angstrom along the first axis."""

    implemented_properties = ["energy", "forces"]  # noqa: RUF012

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        off = (atoms.positions[:, 0] - 1.0 + 2.0) % 4.0 - 2.0
        off[[symbol != "Li" for symbol in atoms.symbols]] = 0.0
        forces = np.zeros((len(atoms), 3))
        forces[:, 0] = -STIFFNESS_eV_A2 * off
        self.results = {"energy": float(np.sum(STIFFNESS_eV_A2 / 2 * off**2)), "forces": forces}


class Ridge(Calculator):
    """Ions on a wave along the first axis, in its troughs at 0, 4, 8, ... angstrom and 1 eV above them between."""

    implemented_properties = ["energy", "forces"]  # noqa: RUF012

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        ions = np.array([symbol == "Li" for symbol in atoms.symbols])
        wave = 2 * np.pi / Wells.spacing_A
        phase = wave * atoms.positions[:, 0]
        forces = np.zeros_like(atoms.positions)
        forces[ions, 0] = -wave / 2 * np.sin(phase[ions])
        self.results = {"energy": float(np.sum((1 - np.cos(phase[ions])) / 2)), "forces": forces}


def nan():
    return Failing()


def raising():
    calculator = Failing()
    calculator.raises = True
    return calculator


def not_a_calculator():
    return 42


def run(store, **band):
    """A vacancy in copper."""
    crystal = bulk("Cu", cubic=True)
    calculator = "tests.structure.barriers.barrier_calculators:Counting"
    options = BandOptions(**{"images": 3, "fmax_eV_A": FMAX_eV_A, **band})
    return migration_barriers(crystal, calculator, mobile="Cu", supercell_shape=(2, 2, 2), options=options, store=store)


def _kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)


def main(store, count, where="evaluate"):
    neb_module.KEEP_EVERY_s = 0.0
    original, calls = Counting.calculate, 0

    def calculate(self, *arguments, **options):
        nonlocal calls
        calls += 1
        if calls == count:
            if where == "write":
                neb_module.replacing = HalfWritten
            else:
                _kill()
        original(self, *arguments, **options)

    Counting.calculate = calculate
    run(store)


class HalfWritten:
    """Writes the first bytes of a file, and is killed."""

    def __init__(self, path):
        self.path = path.with_name(f".half{path.suffix}")

    def __enter__(self):
        self.path.write_text("31\nLattice=")
        _kill()

    def __exit__(self, *_):
        return False
