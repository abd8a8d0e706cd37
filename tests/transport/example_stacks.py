"""Stacks of materials of one's own, and how they are turned around or put between electrodes."""

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from interfacekit.constants import CHARGE_V_A, BOLTZMANN_eV_K
from interfacekit.transport.materials.known_layers import layer_material
from interfacekit.transport.materials.layers import LayerMaterial
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.planes import Reservoir
from interfacekit.transport.stacks.stack import Stack

#: At 300 K.
FAST = LayerMaterial("fast", 3e22, 0.5, 1e-3, 0.2, 15.0, temperature_K=300.0)
SLOW = LayerMaterial("slow", 3e22, 0.5, 1e-7, 0.5, 40.0, temperature_K=300.0)
IN_SERIES = Stack(
    [Layer(FAST, planes=6), Layer(SLOW, planes=5), Layer(FAST, planes=4)],
    contacts={"fast|slow": {"offset_eV": 0.0}},
)


def film(name="film", **numbers):
    """Half of 1e22 sites/cm3 occupied, 1e-6 S/cm, 0.4 eV, a permittivity of 15; or other numbers."""
    usual = {
        "site_density_per_cm3": 1e22,
        "filling": 0.5,
        "conductivity_S_cm": 1e-6,
        "barrier_eV": 0.4,
        "permittivity": 15.0,
    }
    return LayerMaterial(name, **{**usual, **numbers})


def whole_planes_nm(name, thickness_nm, site_spacing_A=3.2):
    """Thickness of the whole planes that come nearest to a requested one: one site on each square of the plane."""
    distance_nm = 1e23 / (layer_material(name).site_density_per_cm3 * site_spacing_A**2)
    return round(thickness_nm / distance_nm) * distance_nm


def between_electrodes(material, *, planes, plane_A, left_V=0.0, right_V=0.0, temperature_K=298.15):
    """Planes of a thickness between flat electrodes at their outer faces, at which ions are in equilibrium.

    The density of sites stays that of the material: thinner planes have sites of a larger area.
    """
    area_A2 = 1e24 / (material.site_density_per_cm3 * plane_A)
    found = Stack([Layer(material, planes=planes)], site_spacing_A=area_A2**0.5).planes(298.15)
    elastance = found.elastance_A.copy()
    elastance[[0, -1]] /= 2

    def electrode(potential_V):
        return Reservoir(material.filling, -potential_V, potential_V)

    # Limits of the theory lie beyond the temperatures of experiments.
    ends = {"left": electrode(left_V), "right": electrode(right_V)}
    return replace(found, elastance_A=elastance, temperature_K=temperature_K, **ends)


def reversed_stack(stack):
    """The same from right to left."""
    return replace(stack, layers=stack.layers[::-1])


def materials(**fixed):
    """Strategy: the numbers of a dielectric."""
    return st.fixed_dictionaries(
        {
            "site_density_per_cm3": st.floats(21, 22.8).map(lambda x: 10**x),
            "filling": st.floats(0.01, 0.99),
            "conductivity_S_cm": st.floats(-10, -2).map(lambda x: 10**x),
            "barrier_eV": st.floats(0.2, 0.7),
            "permittivity": st.floats(0, 3).map(lambda x: 10**x),
            "repulsion_eV": st.sampled_from([0.0, 0.0, 0.5]),
            "pair_energy_eV": st.sampled_from([0.0, 0.0, 0.02]),
        }
        | {key: st.just(value) for key, value in fixed.items()}
    )


@st.composite
def stacks(draw, cathode=None, most_planes=20, **fixed):
    """Strategy: one to four layers of one's own with a cathode on their left, or without one."""
    layers = draw(st.lists(st.tuples(materials(**fixed), st.integers(1, most_planes)), min_size=1, max_size=4))
    made = [Layer(film(f"m{number}", **numbers), planes=planes) for number, (numbers, planes) in enumerate(layers)]
    if draw(st.booleans()) if cathode is None else cathode:
        metal = film("cathode", conductor=True, level_eV=4.0, filling=0.6, repulsion_eV=0.9)
        made.insert(0, Layer(metal, planes=draw(st.integers(1, 4))))
    names = [layer.name for layer in made]
    offset = st.floats(-1.0, 1.0)
    contacts = {f"{a}|{b}": {"offset_eV": draw(offset)} for a, b in zip(names, names[1:], strict=False)}
    return Stack(made, contacts=contacts)


def nearly_empty():
    """The first plane of LGPS holds 0.0024 ions to a site; one that has come from LCO would soon hop back."""
    return Stack(
        [Layer("LCO"), Layer("LGPS", 5.0)],
        materials={"LGPS": {"permittivity": 30.0}},
        contacts={"LCO|LGPS": {"offset_eV": 1.188}},
    )


def debye_A(material, temperature_K):
    """Debye length of ions that exclude one another: their fluctuations c (1 - c) screen."""
    c = material.filling
    charges = material.site_density_per_cm3 * 1e-24 * c * (1 - c) * CHARGE_V_A
    return np.sqrt(material.permittivity * BOLTZMANN_eV_K * temperature_K / charges)
