"""Slowdown of fast hops: even exchanges, and ions that stay independent."""

from dataclasses import replace

import numpy as np
import pytest

from interfacekit.transport.continuum.equilibrium import equilibrium
from interfacekit.transport.stack_kmc.slowdown import SEPARATION, even_slowdown, small_bias_V
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack
from tests.transport.example_stacks import IN_SERIES, nearly_empty

T = 300.0
SHELL = Stack([Layer("LCO"), Layer("LNO", 5.0), Layer("LGPS", 6.0)])


def test_hops_that_separate_ions_are_fast_enough_or_as_they_are():
    planes = nearly_empty().planes(298.15, 4.0)
    found = equilibrium(planes)
    slowdown = even_slowdown(planes, found, 1.0)
    contact = planes.interface_gaps[0]
    # An ion in the first plane of LGPS that has a vacancy before it in LCO.
    back = found.exchange_Hz[contact] / found.occupation[contact] / (1 - found.occupation[contact - 1])
    mixing = planes.in_plane_frequency_Hz * np.exp(-planes.in_plane_barrier_eV / planes.kT_eV)
    slowed = mixing * slowdown.planes
    assert slowdown.gaps[contact] == 1.0
    assert slowed[contact] == pytest.approx(SEPARATION * back, rel=0.01)
    # The planes beyond stay as slow as the exchange of the slowest gap.
    np.testing.assert_allclose(slowed[contact + 1 :], 4 * found.exchange_Hz.min(), rtol=1e-9)
    # Where no plane mixes so fast, all of them keep what they have, and so do the gaps beside.
    still = replace(planes, in_plane_frequency_Hz=planes.in_plane_frequency_Hz * 1e-9)
    slowdown = even_slowdown(still, found, 1.0)
    assert slowdown.planes[[contact - 1, contact]].tolist() == [1.0, 1.0]
    assert slowdown.gaps[contact - 1] == 1.0
    beyond = found.exchange_Hz[contact + 1] / found.occupation[contact] / (1 - found.occupation[contact + 1])
    assert slowdown.gaps[contact + 1] * beyond == pytest.approx(SEPARATION * back, rel=0.01)


@pytest.mark.parametrize("evenness", [1.0, 7.0])
def test_the_slowdown_leaves_exchanges_as_even_as_asked_for(evenness):
    """Without a step of the site energy ions are independent everywhere."""
    planes = IN_SERIES.planes(T)
    found = equilibrium(planes)
    slowdown = even_slowdown(planes, found, evenness)
    exchange = found.exchange_Hz * slowdown.gaps
    assert exchange.max() / exchange.min() == pytest.approx(evenness, rel=1e-9)
    assert exchange.min() == pytest.approx(found.exchange_Hz.min())
    assert slowdown.gaps.max() == 1.0
    assert even_slowdown(planes, found, np.inf).gaps.tolist() == [1.0] * (planes.count + 1)


def test_no_gap_drops_more_than_the_bias_allows():
    planes = SHELL.planes(T, 4.0)
    found = equilibrium(planes)
    slowdown = even_slowdown(planes, found, 3.0)
    bias = small_bias_V(planes, found, slowdown, 0.5)
    resistance = np.exp(found.log_resistance) / slowdown.gaps
    assert (bias * resistance / resistance.sum()).max() <= 0.5 * planes.kT_eV * (1 + 1e-12)
