"""Net charges and widths on both sides of the contacts of a stack."""

import numpy as np
import pytest

from interfacekit.constants import UC_CM2_PER_e_A2
from interfacekit.materials import reference_table
from interfacekit.transport.materials.known_layers import layer_material
from interfacekit.transport.stacks.contact_charges import charge_and_width, sides_of_contacts, space_charges
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack
from tests.transport.example_stacks import film, whole_planes_nm

T = 298.15
COATED = Stack([Layer("LCO"), Layer("LNO", 5.0), Layer("LGPS", 8.0)])


def test_sides_of_contacts_share_the_planes_of_a_layer():
    planes = COATED.planes(T, 4.0)
    sides = {(layer, name): members.tolist() for layer, name, members in sides_of_contacts(planes)}
    assert set(sides) == {("LNO", "LCO|LNO"), ("LNO", "LNO|LGPS"), ("LGPS", "LNO|LGPS")}
    lno, lgps = (np.flatnonzero(planes.layer == m).tolist() for m in (1, 2))
    assert sorted(sides["LNO", "LCO|LNO"] + sides["LNO", "LNO|LGPS"]) == lno
    assert sides["LNO", "LCO|LNO"][0] == lno[0]
    assert sides["LNO", "LNO|LGPS"][0] == lno[-1]
    assert sides["LGPS", "LNO|LGPS"] == lgps


def test_depleted_lgps_holds_what_the_reference_table_says():
    row = next(r for r in reference_table("space_charge") if r["system"].startswith("fully depleted LGPS"))
    stack = Stack([Layer("LCO"), Layer("LGPS", 4.0)])
    planes = stack.planes(T, 4.0)
    charge = np.where(planes.conductor, 0.0, -planes.filling)
    (side,) = space_charges(planes, charge, 10.0, charge_errors={}, width_errors={})
    thickness_nm = whole_planes_nm("LGPS", 4.0)
    assert side.capacity_mAh_g / thickness_nm == pytest.approx(float(row["value"]), abs=0.005)
    assert side.width_nm == pytest.approx(0.9 * thickness_nm)
    ions = layer_material("LGPS").site_density_per_cm3 * 20 / 24
    assert side.charge_uC_cm2 == pytest.approx(-ions * thickness_nm * 1e-7 * 1.602176634e-13, rel=1e-6)
    # Smaller particles have more surface for each gram.
    at = ("LGPS", "LCO|LGPS")
    (smaller,) = space_charges(planes, charge, 2.0, charge_errors={at: 1.5}, width_errors={at: 0.2})
    assert smaller.capacity_mAh_g == pytest.approx(5 * side.capacity_mAh_g)
    assert (smaller.charge_err_uC_cm2, smaller.width_err_nm) == (1.5, 0.2)


@pytest.mark.parametrize(
    ("charge", "width_planes"),
    [([-1.0, 0, 0, 0], 0.9), ([-0.5, -0.5, 0, 0], 1.8), ([-0.9, -0.1, 0, 0], 1.0), ([0, 0, 0, -1.0], 3.9),
     ([0, 0, 0, 0], 0.0), ([-1.5, 0.5, 0, 0], 1.8), ([-0.5, 1.5, 0, 0], 1.9), ([1.0, -1.0, 0, 0], 1.9),
     ([-1.0, 0, 0.05, -0.05], 0.9), ([-15.2, 7.9, 4.2, -3.1], 3 + 2.2 / 3.1)],
)  # fmt: skip
def test_width_holds_nine_tenths_of_the_charge(charge, width_planes):
    stack = Stack([Layer("LCO", planes=2), Layer(film(), planes=4)], contacts={"LCO|film": {"offset_eV": 0.0}})
    planes = stack.planes(T, 4.0)
    (side,) = sides_of_contacts(planes)
    total, width_nm = charge_and_width(planes, side, np.array([0.0, 0.0, *charge]))
    assert width_nm == pytest.approx(width_planes * planes.spacing_A[-1] / 10)
    assert total == pytest.approx(sum(charge) * UC_CM2_PER_e_A2 / planes.site_area_A2)
