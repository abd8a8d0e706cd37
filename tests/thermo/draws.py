"""Seeded random phases, compositions and pairs over the whole snapshot, and pymatgen's own diagrams of their elements.

What is drawn for linear programmes is degenerate on purpose: compositions that lack elements, that are a phase's own,
or that lie between the phases of one facet.
"""

from functools import lru_cache

import numpy as np
from pymatgen.analysis.phase_diagram import PDEntry, PhaseDiagram
from pymatgen.core import Composition

from interfacekit.entries import load_entries
from interfacekit.phases import phase
from interfacekit.thermo import decomposition

#: pymatgen takes minutes beyond this.
MOST_ELEMENTS = 7
#: Elements with many phases, so that tables of many elements are large too.
COMMON = ("Li", "O", "S", "P", "Co", "Ni", "Mn", "Fe", "Ti", "Ge", "Nb", "La", "Zr", "Cl", "F", "Al", "Si", "N", "H")


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


def random_table(rng, fewest=2, most=12):
    """Energies of `fewest` to `most` elements, Li among them; half of the tables are of common elements."""
    snapshot = load_entries("mp2019")
    pool = [e for e in (snapshot.elements if rng.random() < 0.5 else COMMON) if e != "Li"]
    others = rng.choice(pool, rng.integers(fewest, most + 1) - 1, replace=False)
    return load_entries("mp2019", {"Li", *others.tolist()})


def random_composition(table, rng):
    """Atoms of the elements of a table, at least one of them other than Li."""
    m, li = len(table.elements), table.elements.index("Li")
    kind = rng.integers(7)
    if kind == 0:
        atoms = rng.dirichlet(np.full(m, 0.4))
    elif kind == 1:  # whole amounts of some elements
        atoms = rng.integers(0, 4, m) * (rng.random(m) < 0.5).astype(float)
    elif kind == 2:  # an element
        atoms = np.eye(m)[rng.integers(m)]
    elif kind == 3:  # an edge
        atoms = np.zeros(m)
        atoms[rng.choice(m, 2, replace=False)] = rng.random(2)
    elif kind == 4:
        atoms = table.compositions[rng.integers(len(table))].copy()
    elif kind == 5:  # between phases, in whole formula units
        atoms = table.compositions[rng.integers(len(table), size=3)].sum(axis=0)
    else:  # next to a phase
        atoms = table.compositions[rng.integers(len(table))] + 1e-6 * rng.dirichlet(np.ones(m))
    return atoms if np.delete(atoms, li).any() else random_composition(table, rng)


def _compound(rng, suits=lambda elements: True):
    while True:
        drawn = phase(formulas()[rng.integers(len(formulas()))])
        if suits(drawn.elements):
            return drawn


def _inside(first, rng, *, whole):
    """A phase of the elements of another, of all of them or of some."""
    inside = [phase(formula) for formula in load_entries("mp2019", first.elements).formulas if formula != "Li"]
    return rng.choice([found for found in inside if found.elements == first.elements or not whole])


def _element(rng):
    return phase(rng.choice([element for element in load_entries("mp2019").elements if element != "Li"]))


#: How the second phase of a pair is drawn, by what it has to do with the first.
SECOND = {
    "any": lambda first, rng: _compound(rng),
    "same system": lambda first, rng: _inside(first, rng, whole=True),
    "subset": lambda first, rng: _inside(first, rng, whole=False),
    "element": lambda first, rng: _element(rng),
    "own product": lambda first, rng: phase(rng.choice(list(decomposition(first.formula).products))),
    "itself": lambda first, rng: first,
    "lithium": lambda first, rng: phase("Li"),
    "lithium-free": lambda first, rng: _compound(rng, lambda elements: "Li" not in elements),
    "many elements": lambda first, rng: _compound(rng, lambda elements: len(elements | first.elements | {"Li"}) >= 10),
}
FIRST = {
    "lithium-free": lambda elements: "Li" not in elements,
    "many elements": lambda elements: len(elements) >= 5,
    # A phase of the snapshot alone in its system would only be drawn against itself.
    "same system": lambda elements: len(elements) <= 3,
}
KINDS = (*SECOND, "compositions")


def random_ends(kind, rng):
    """Two compositions (atoms) of one of `KINDS`, and the table of their elements and Li."""
    if kind == "compositions":
        table = random_table(rng)
        return table, random_composition(table, rng), random_composition(table, rng)
    first = _compound(rng, FIRST.get(kind, lambda elements: True))
    second = SECOND[kind](first, rng)
    table = load_entries("mp2019", {"Li"} | first.elements | second.elements)
    return table, first.vector(table.elements), 2.5 * second.vector(table.elements)


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
