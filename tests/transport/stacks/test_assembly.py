"""Results of stacks, assembled from means over planes, resistances of parts and interphases."""

import json

import numpy as np
import pytest
from monty.json import MontyDecoder

from interfacekit.transport.continuum.equilibrium import equilibrium
from interfacekit.transport.runs.statistics import Estimate
from interfacekit.transport.stacks.assembly import Computation, PlaneMeans, Resistances, stack_transport
from interfacekit.transport.stacks.layers import Interphase, Layer
from interfacekit.transport.stacks.parts import resistance_parts
from interfacekit.transport.stacks.stack import Stack
from tests.transport.example_stacks import whole_planes_nm

T = 298.15


def test_results_keep_errors_and_interphases():
    stack = Stack([Layer("LCO"), Interphase(300.0, 1e-9), Layer("LNO", 1.0), Interphase(2.0, 1e-8), Layer("LGPS", 2.0)])
    planes = stack.planes(T, 4.0)
    rest = equilibrium(planes)
    names = resistance_parts(planes).names
    means = PlaneMeans(
        rest.occupation,
        rest.potential_V,
        np.full(planes.count, 0.01),
        np.full(planes.count + 2, 0.02),
        charge_errors={("LGPS", "LNO|LGPS"): 0.4},
    )
    resistances = Resistances({name: Estimate(1.0, 0.1) for name in names}, Estimate(5.0, 0.3))
    computation = Computation("kmc", {"version": "0"}, {"LCO": 1.0})
    found = stack_transport(stack, planes, means, resistances, computation, voltage_V=4.0)
    assert json.loads(found.to_json(), cls=MontyDecoder) == found
    assert found.asr_layers["LCO|LNO interphase"] == pytest.approx(3e4)
    assert found.asr_layers["LNO|LGPS interphase"] == pytest.approx(20.0)
    assert found.asr_ohm_cm2 == pytest.approx(5.0 + 3e4 + 20.0)
    assert (found.asr_err_ohm_cm2, found.asr_err_layers["LNO"], found.scl_charge_err_uC_cm2) == (0.3, 0.1, 0.4)
    assert found.thickness_nm == pytest.approx(whole_planes_nm("LNO", 1.0))
    assert found.requested_thicknesses_nm == (None, 1.0, 2.0)
    assert found.requested_thickness_nm == 1.0
    assert set(found.profile.occupation_err) == {0.01}
    assert found.potential_drop_V == pytest.approx(sum(found.potential_drops_V.values()), abs=1e-3)
    row = found.to_frame()
    assert row["layers"][0] == "LCO|LNO|LGPS"
    assert row["requested_thickness_nm"][0] == 1.0
    assert row["thickness_nm"][0] == pytest.approx(whole_planes_nm("LNO", 1.0))
    assert row["asr_err_layers_ohm_cm2 LNO"][0] == 0.1
    columns = found.profile.to_frame().columns
    assert {"position_nm", "layer", "occupation", "potential_V"} <= set(columns)
