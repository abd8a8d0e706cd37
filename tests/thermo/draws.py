"""Seeded random phases and pairs over the whole snapshot, and pymatgen's own diagrams of their elements."""

from functools import lru_cache

import numpy as np
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from interfacekit.entries import load_entries
from interfacekit.phases import phase

#: pymatgen takes minutes beyond this.
MOST_ELEMENTS = 7


@lru_cache(maxsize=1)
def formulas():
    table = load_entries("mp2019")
    return [formula for formula in table.formulas if formula not in table.elements]


def random_phases(count, seed):
    """Distinct formulas with at most MOST_ELEMENTS elements, Li included."""
    rng = np.random.default_rng(seed)
    drawn = {}
    while len(drawn) < count:
        formula = formulas()[rng.integers(len(formulas()))]
        if len(phase(formula).elements | {"Li"}) <= MOST_ELEMENTS:
            drawn[formula] = None
    return list(drawn)


def random_pairs(count, seed):
    """Pairs of distinct formulas with at most MOST_ELEMENTS elements together, Li included."""
    rng = np.random.default_rng(seed)
    drawn = {}
    while len(drawn) < count:
        first, second = (formulas()[i] for i in rng.choice(len(formulas()), 2, replace=False))
        if len(phase(first).elements | phase(second).elements | {"Li"}) <= MOST_ELEMENTS:
            drawn[first, second] = None
    return list(drawn)


def pymatgen_entries(*names):
    """PDEntry objects of every composition made of the names' elements and Li, made without the package's adapter."""
    elements = {"Li"}.union(*(phase(name).elements for name in names))
    table = load_entries("mp2019", elements)
    entries = []
    for formula, energy in zip(table.formulas, table.formation_energies_eV_per_atom, strict=True):
        composition = Composition(formula)
        entries.append(PDEntry(composition, energy * composition.num_atoms))
    return entries


def pymatgen_diagram(*names):
    return PhaseDiagram(pymatgen_entries(*names))
