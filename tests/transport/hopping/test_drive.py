"""Fields along axes."""

import numpy as np
import pytest

from interfacekit.errors import InputError
from interfacekit.transport import (
    HoppingModel,
    bulk_model,
    gaussian_barriers_eV,
    lattice_gas_conductivity_S_cm,
    network,
    regular_lattice,
)
from interfacekit.transport.hopping.drive import free_mobilities_A2_s, in_field


def test_a_field_is_along_the_axis_of_fastest_hops():
    assert in_field(bulk_model("LGPS", cells=6).model, 0.01, None, 300).field_V_A == (0, 0, 0.001)
    assert in_field(bulk_model("LCO", cells=6).model, 0.01, None, 300).field_V_A == (0.001, 0, 0)
    assert in_field(bulk_model("LNO", cells=6).model, -0.01, "y", 300).field_V_A == (0, -0.001, 0)


def test_a_field_is_not_along_bounded_motion():
    """Along a channel that buckles by more than it advances with each hop."""
    n = 12
    at = np.arange(n)
    steps = [(k, step) for k in range(n) for step in (1, -1)]
    channel = network(
        cell_A=np.diag([1.0 * n, 9.0, 9.0]),
        positions_A=np.column_stack([at, 3.0 * (at % 2), 0.0 * at]),
        origins=[k for k, _ in steps],
        targets=[(k + step) % n for k, step in steps],
        images=[[(k + step) // n, 0, 0] for k, step in steps],
    )
    model = HoppingModel(channel, 0.5, 0.3)
    assert in_field(model, 0.01, None, 300).field_V_A == (0.001, 0, 0)
    with pytest.raises(InputError, match="no path of hops leads along y, so that a field drives nothing; choose x"):
        in_field(model, 0.01, "y", 300)


def test_there_is_no_drift_where_no_hop_leads():
    with pytest.raises(InputError, match="choose x or y"):
        in_field(bulk_model("LCO", cells=6).model, 0.01, "z", 300)


def test_mobilities_of_free_ions_are_rate_times_square_of_the_step():
    lattice = regular_lattice("layered_square", 4, 2.0, layer_distance_A=3.0)
    for sites in (lattice, lattice.network()):
        model = HoppingModel(sites, 0.5, [0.0, 0.0], attempt_frequencies_Hz=[1.0, 2.0])
        assert np.allclose(free_mobilities_A2_s(model, 300), (2 * 2.0**2, 2 * 2.0**2, 2 * 2.0 * 3.0**2))
    known = bulk_model("LNO", cells=6)
    mobility = free_mobilities_A2_s(known.model, 303)
    assert mobility == pytest.approx(mobility[0])
    assert lattice_gas_conductivity_S_cm(known.model, 303) == pytest.approx(6.39e-8)


def test_barriers_of_single_hops_count():
    lattice = regular_lattice("square", 6, 2.0)
    net = lattice.network()
    barriers = gaussian_barriers_eV(net, 0.3, 0.02, seed=1)
    on_lattice, on_network = (free_mobilities_A2_s(HoppingModel(s, 0.5, barriers), 300) for s in (lattice, net))
    assert np.allclose(on_lattice, on_network)
    assert on_lattice[2] == 0
