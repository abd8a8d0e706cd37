"""pymatgen as the referee: random pairs and phases over the whole snapshot, closed and at three voltages."""

import numpy as np
import pytest
from pymatgen.analysis.interface_reactions import GrandPotentialInterfacialReactivity, InterfacialReactivity
from pymatgen.analysis.phase_diagram import GrandPotentialPhaseDiagram
from pymatgen.core import Composition, Element

from interfacekit.phases import phase
from interfacekit.thermo import electrochemical_window, interface_reaction
from tests.covering import some
from tests.thermo.draws import pymatgen_diagram, pymatgen_entries, random_pairs, random_phases

TOLERANCE_EV_PER_ATOM = 1e-6
VOLTAGES = (0.5, 2.5, 4.2)
FAMOUS_PAIRS = [("LiCoO2", "Li10GeP2S12"), ("LiNbO3", "Li10GeP2S12"), ("LiCoO2", "LiNbO3"), ("LiCoO2", "Li3PS4")]
FAMOUS_PHASES = ["Li10GeP2S12", "Li3PS4", "Li6PS5Cl", "LiNbO3", "Li7La3Zr2O12", "LiCoO2", "Li4Ti5O12"]

pytestmark = pytest.mark.filterwarnings(
    # pymatgen takes the hull energy of a reactant with a positive formation energy, and says so.
    "ignore:The reactant .* has no matching entry:UserWarning"
)


def non_lithium_share(formula):
    composition = Composition(formula)
    return 1 - composition.get_atomic_fraction("Li")


def has_negative_formation_energy(formula, entries):
    (entry,) = [e for e in entries if e.composition.reduced_formula == Composition(formula).reduced_formula]
    return entry.energy < 0


def assert_same_curve(ours, theirs, share):
    """Two piecewise-linear functions of x are the same at the kinks of both.

    They are linear in the fraction of the open system's atoms, into which x (fraction of all atoms) is converted.
    """

    def mixing(x):
        x = np.asarray(x)
        return x * share[0] / (x * share[0] + (1 - x) * share[1])

    (our_x, our_energies), (their_x, their_energies) = ours, theirs
    order = np.argsort(their_x)
    their_x, their_energies = np.asarray(their_x)[order], np.asarray(their_energies)[order]
    at_theirs = np.interp(mixing(their_x), mixing(our_x), our_energies)
    at_ours = np.interp(mixing(our_x), mixing(their_x), their_energies)
    assert np.abs(at_theirs - their_energies).max() < TOLERANCE_EV_PER_ATOM
    assert np.abs(at_ours - our_energies).max() < TOLERANCE_EV_PER_ATOM


def assert_products_make_the_energy(reaction, diagram, grand=None):
    """The worst kink's products balance the reactants, and their energies in pymatgen's diagram give its energy."""
    worst, voltage = reaction.mutual, reaction.voltage_V or 0.0
    reactants = [
        Composition(formula) * amount
        for formula, amount in zip(reaction.formulas, (worst.x_molar, 1 - worst.x_molar), strict=True)
    ]
    products = sum((Composition(formula) * amount for formula, amount in worst.products.items()), Composition())
    energy_of = {e.composition.reduced_formula: e.energy_per_atom for e in diagram.all_entries}
    formed = sum(
        energy_of[Composition(formula).reduced_formula] * Composition(formula).num_atoms * amount
        for formula, amount in worst.products.items()
    )
    reactant_atoms = sum(reactants, Composition())
    closed = {element for element in reactant_atoms if grand is None or element.symbol != "Li"}
    for element in closed | set(products) - {Element("Li")}:
        assert products[element] == pytest.approx(reactant_atoms[element], abs=1e-6)
    if grand is None:
        gained = formed - sum(diagram.get_hull_energy(reactant) for reactant in reactants if reactant)
        assert gained / reactant_atoms.num_atoms == pytest.approx(worst.eV_per_atom, abs=TOLERANCE_EV_PER_ATOM)
    else:
        open_reactants = [Composition({e: n for e, n in r.items() if e.symbol != "Li"}) for r in reactants]
        gained = formed + voltage * products["Li"] - sum(grand.get_hull_energy(r) for r in open_reactants if r)
        per = sum(r.num_atoms for r in open_reactants)
        assert gained / per == pytest.approx(worst.eV_per_non_Li_atom, abs=TOLERANCE_EV_PER_ATOM)


PAIRS = FAMOUS_PAIRS + random_pairs(100, seed=20190402)
PHASES = FAMOUS_PHASES + random_phases(100, seed=1013)


@pytest.mark.parametrize(("first", "second"), some(PAIRS, fast=PAIRS[:16]))
def test_interface_reaction_is_pymatgens(first, second):
    assert_reactions_are_pymatgens(first, second)


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), random_pairs(400, seed=41))
def test_many_interface_reactions_are_pymatgens(first, second):
    assert_reactions_are_pymatgens(first, second)


def assert_reactions_are_pymatgens(first, second):
    entries = pymatgen_entries(first, second)
    diagram = pymatgen_diagram(first, second)
    compositions = Composition(first), Composition(second)
    own = all(has_negative_formation_energy(formula, entries) for formula in (first, second))

    reaction = interface_reaction(first, second)
    x = [kink.x for kink in reaction.kinks]
    mutual = InterfacialReactivity(*compositions, diagram, use_hull_energy=True)
    kinks = mutual.get_kinks()
    assert_same_curve(
        (x, [k.mutual_eV_per_atom for k in reaction.kinks]), ([k[1] for k in kinks], [k[2] for k in kinks]), (1, 1)
    )
    assert reaction.mutual.eV_per_atom == pytest.approx(mutual.minimum[1], abs=TOLERANCE_EV_PER_ATOM)
    assert_products_make_the_energy(reaction, diagram)
    if own:
        total = InterfacialReactivity(*compositions, diagram, use_hull_energy=False)
        kinks = total.get_kinks()
        assert_same_curve(
            (x, [k.total_eV_per_atom for k in reaction.kinks]), ([k[1] for k in kinks], [k[2] for k in kinks]), (1, 1)
        )

    share = non_lithium_share(first), non_lithium_share(second)
    for voltage in VOLTAGES:
        grand = GrandPotentialPhaseDiagram(entries, {Element("Li"): -voltage})
        reaction = interface_reaction(first, second, voltage)
        x = [kink.x for kink in reaction.kinks]
        mutual = GrandPotentialInterfacialReactivity(*compositions, grand, diagram, include_no_mixing_energy=False)
        kinks = mutual.get_kinks()
        ours = (x, [k.mutual_eV_per_non_Li_atom for k in reaction.kinks])
        assert_same_curve(ours, ([k[1] for k in kinks], [k[2] for k in kinks]), share)
        assert reaction.mutual.eV_per_non_Li_atom == pytest.approx(mutual.minimum[1], abs=TOLERANCE_EV_PER_ATOM)
        assert_products_make_the_energy(reaction, diagram, grand)
        if own:
            total = GrandPotentialInterfacialReactivity(
                *compositions, grand, diagram, include_no_mixing_energy=True, use_hull_energy=False
            )
            kinks = total.get_kinks()
            ours = (x, [k.total_eV_per_non_Li_atom for k in reaction.kinks])
            assert_same_curve(ours, ([k[1] for k in kinks], [k[2] for k in kinks]), share)


@pytest.mark.parametrize("formula", some(PHASES, fast=PHASES[:24]))
def test_window_is_pymatgens_element_profile(formula):
    assert_window_is_pymatgens(formula)


@pytest.mark.slow
@pytest.mark.parametrize("formula", random_phases(400, seed=42))
def test_many_windows_are_pymatgens_element_profiles(formula):
    assert_window_is_pymatgens(formula)


def assert_window_is_pymatgens(formula):
    diagram = pymatgen_diagram(formula)
    window = electrochemical_window(formula)
    profile = sorted(
        diagram.get_element_profile(Element("Li"), Composition(formula)), key=lambda step: -step["chempot"]
    )
    their_low = np.array([-step["chempot"] for step in profile])
    their_lithium = np.array([step["evolution"] for step in profile])

    our_low = np.array([step.voltage_low_V for step in window.steps])
    our_lithium = np.array([step.li_per_formula for step in window.steps])
    edges = np.unique(np.concatenate([their_low, our_low, [6.0]]))
    middles = [(a + b) / 2 for a, b in zip(edges[:-1], edges[1:], strict=True) if b - a > TOLERANCE_EV_PER_ATOM]
    for voltage in middles:
        ours = our_lithium[np.searchsorted(our_low, voltage, side="right") - 1]
        theirs = their_lithium[np.searchsorted(their_low, voltage, side="right") - 1]
        assert ours == pytest.approx(theirs, abs=1e-5 * phase(formula).n_atoms), voltage
    # A transition of ours that pymatgen lacks would show as a difference above; here: none of pymatgen's is missing.
    for low, before, after in zip(their_low[1:], their_lithium[:-1], their_lithium[1:], strict=True):
        if abs(before - after) > 1e-6:
            assert np.abs(our_low - low).min() < TOLERANCE_EV_PER_ATOM

    entry = next(
        e for e in diagram.all_entries if e.composition.reduced_formula == Composition(formula).reduced_formula
    )
    above = diagram.get_e_above_hull(entry)
    assert window.energy_above_hull_eV_per_atom == pytest.approx(above, abs=TOLERANCE_EV_PER_ATOM)
