"""Transport as a tensor: scalars that depend neither on the axes nor on bounded motion, tensors that rotate."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import special_ortho_group

from interfacekit.constants import BOLTZMANN_eV_K, S_CM_PER_e_V_A_s
from interfacekit.errors import InputError
from interfacekit.transport.bulk.options import RunOptions
from interfacekit.transport.bulk.simulate import simulate
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.network import network
from interfacekit.transport.hopping.percolation import percolation
from interfacekit.transport.hopping.rates import HoppingModel, NeighbourBarriers, rate_Hz

TEMPERATURE_K = 300.0
HEXAGONAL = [[3.0, 0.0, 0.0], [-1.5, 1.5 * 3**0.5, 0.0], [0.0, 0.0, 7.0]]
MONOCLINIC = [[5.0, 0.0, 0.0], [0.0, 3.0, 0.0], [-1.7, 0.0, 4.0]]
TRICLINIC = [[4.0, 0.3, 0.1], [0.7, 3.5, 0.2], [-0.4, 0.9, 4.4]]


def crystal(cell, sites, hops, repeats, rotation=None):
    """A network of a crystal: fractional sites; hops as (origin, target, image, class), one direction of each."""
    cell = np.array(cell) @ (np.eye(3) if rotation is None else rotation)
    cells = list(product(*(range(n) for n in repeats)))
    number = {cell_: k for k, cell_ in enumerate(cells)}
    origins, targets, images, classes, positions = [], [], [], [], []
    for at in cells:
        positions += [(np.array(site) + at) @ cell for site in sites]
        for i, j, image, kind in hops:
            there = np.add(at, image)
            inside = tuple(int(x) for x in np.mod(there, repeats))
            a, b = number[at] * len(sites) + i, number[inside] * len(sites) + j
            box = (there - inside) // np.array(repeats)
            origins += [a, b]
            targets += [b, a]
            images += [box, -box]
            classes += [kind, kind]
    return network(
        cell_A=cell * np.array(repeats)[:, None],
        positions_A=np.array(positions),
        origins=origins,
        targets=targets,
        images=np.array(images),
        hop_classes=classes,
        repeats=repeats,
    )


#: Cell, sites, hops, repeats, barriers by class, and what the hops of the fastest class percolate in.
CRYSTALS = {
    "zigzag": (
        MONOCLINIC,
        [(0, 0, 0), (0.2, 0.5, 0.1)],
        [(0, 1, (0, 0, 0), 0), (1, 0, (0, 1, 0), 0)],
        (1, 12, 1),
        [0.3],
        "1D along b",
    ),
    "buckled": (
        HEXAGONAL,
        [(0, 0, 0), (1 / 3, 2 / 3, 0.15)],
        [(0, 1, (0, 0, 0), 0), (0, 1, (0, -1, 0), 0), (0, 1, (-1, -1, 0), 0)],
        (6, 6, 1),
        [0.3],
        "2D in the ab plane",
    ),
    "hexagonal layers": (
        HEXAGONAL,
        [(0, 0, 0)],
        [(0, 0, (1, 0, 0), 0), (0, 0, (0, 1, 0), 0), (0, 0, (1, 1, 0), 0), (0, 0, (0, 0, 1), 1)],
        (5, 5, 4),
        [0.3, 0.34],
        "3D",
    ),
    "monoclinic": (
        MONOCLINIC,
        [(0, 0, 0)],
        [(0, 0, (1, 0, 0), 0), (0, 0, (0, 1, 0), 1), (0, 0, (0, 0, 1), 2)],
        (5, 5, 5),
        [0.3, 0.33, 0.31],
        "3D",
    ),
    "triclinic planes": (
        TRICLINIC,
        [(0, 0, 0), (0.4, 0.5, 0.45)],
        [(0, 1, (0, 0, 0), 0), (0, 1, (-1, -1, 0), 0), (0, 1, (0, 0, -1), 1)],
        (4, 4, 4),
        [0.3, 0.32],
        "2D in the (1-10) plane",
    ),
}


def ran(
    net,
    barriers,
    filling=0.5,
    *,
    seed=1,
    hops=1e5,
    hops_per_ion=5.0,
    temperature_K=TEMPERATURE_K,
    field=None,
    frequencies=1e13,
    replicas=2,
):
    model = HoppingModel(net, filling, barriers, frequencies)
    if field is not None:
        model = model.with_field(field)
    options = RunOptions(hops=hops, replicas=replicas, seed=seed, hops_per_ion=hops_per_ion, kernel="rejection")
    return simulate(model, temperature_K, options=options, threads=1)


@pytest.mark.parametrize("name", CRYSTALS)
def test_scalars_do_not_change_and_tensors_rotate_when_the_crystal_is_rotated(name):
    """The same random numbers drive the same hops, so that even the noise is the same."""
    cell, sites, hops, repeats, barriers, direction = CRYSTALS[name]
    rng = np.random.default_rng(3)
    before = ran(crystal(cell, sites, hops, repeats), barriers)
    assert before.direction == direction
    assert before.dimensions == int(direction[0])
    for rotation in special_ortho_group.rvs(3, size=3, random_state=rng):
        after = ran(crystal(cell, sites, hops, repeats, rotation), barriers)
        assert (after.direction, after.dimensions) == (before.direction, before.dimensions)
        for scalar in ("conductivity_S_cm", "D_tracer_cm2_s", "D_charge_cm2_s", "haven_ratio", "correlation_factor"):
            # Positions are whole quanta along each axis, and round differently.
            assert getattr(after, scalar) == pytest.approx(getattr(before, scalar), rel=1e-5)
        for tensor in ("conductivity_tensor_S_cm", "D_tracer_tensor_cm2_s", "D_charge_tensor_cm2_s"):
            old, new = getattr(before, tensor), getattr(after, tensor)
            scale = max(old.principal_values)
            turned = rotation.T @ np.array(old.components) @ rotation
            np.testing.assert_allclose(new.components, turned, atol=1e-5 * scale)
            np.testing.assert_allclose(new.principal_values, old.principal_values, atol=1e-5 * scale)
        np.testing.assert_allclose(
            after.conductivity_by_axis_S_cm,
            before.conductivity_by_axis_S_cm,
            atol=1e-5 * max(before.conductivity_by_axis_S_cm),
        )


@pytest.mark.parametrize("name", CRYSTALS)
def test_tensors_are_symmetric_with_principal_axes_and_zero_across_the_directions_of_motion(name):
    cell, sites, hops, repeats, barriers, _ = CRYSTALS[name]
    result = ran(crystal(cell, sites, hops, repeats), barriers)
    for tensor in (result.conductivity_tensor_S_cm, result.D_tracer_tensor_cm2_s):
        components, axes = np.array(tensor.components), np.array(tensor.principal_axes)
        np.testing.assert_allclose(components, components.T, rtol=1e-12)
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-9)
        np.testing.assert_allclose(
            axes.T @ np.diag(tensor.principal_values) @ axes, components, atol=1e-9 * components.max()
        )
        assert list(tensor.principal_values[result.dimensions :]) == [0.0] * (3 - result.dimensions)
        assert list(tensor.principal_errors[result.dimensions :]) == [0.0] * (3 - result.dimensions)
    mean = sum(result.conductivity_tensor_S_cm.principal_values) / result.dimensions
    assert result.conductivity_S_cm == pytest.approx(mean)


def centred(cell, sites, hops, matrix):
    """The same crystal in the cell of the rows of an integer matrix, such as a centred one."""
    matrix = np.array(matrix)
    inverse = np.linalg.inv(matrix)
    corners = np.array(list(product(range(-2, 3), repeat=3)))
    # Lattice points within the new cell.
    inside = corners[np.all((corners @ inverse > -1e-9) & (corners @ inverse < 1 - 1e-9), axis=1)]
    assert len(inside) == round(abs(np.linalg.det(matrix)))
    number = {tuple(point): k for k, point in enumerate(inside.tolist())}
    new_sites = [(np.array(site) + point) @ inverse for point in inside for site in sites]
    new_hops = []
    for point in inside:
        for i, j, image, kind in hops:
            there = point + np.array(image)
            shift = np.floor(there @ inverse + 1e-9).astype(int)
            rest = number[tuple((there - shift @ matrix).tolist())]
            here = number[tuple(point.tolist())]
            new_hops.append((here * len(sites) + i, rest * len(sites) + j, tuple(shift.tolist()), kind))
    return matrix @ np.array(cell), new_sites, new_hops


@pytest.mark.parametrize("name", CRYSTALS)
def test_a_centred_cell_gives_the_scalars_of_the_primitive_one(name):
    """Boxes of other shapes and sizes, whose ions only exclude one another: x (1 - x) n / (n - 1) is known."""
    cell, sites, hops, repeats, barriers, direction = CRYSTALS[name]
    found, expected = [], []
    for matrix, box, seed in ((np.eye(3, dtype=int), repeats, 1), ([[1, 1, 0], [-1, 1, 0], [0, 0, 1]], None, 2)):
        made = centred(cell, sites, hops, matrix)
        size = box or tuple(max(2, (n * 2) // 3) if n > 1 else 1 for n in repeats)
        net = crystal(*made, size)
        filling = round(net.n_sites / 2) / net.n_sites
        found.append(ran(net, barriers, filling, hops=4e5, replicas=16, seed=seed))
        n, ions = found[-1].sites, found[-1].ions
        expected.append(ions * (n - ions) / (n * (n - 1)))
    primitive, other = found
    assert primitive.direction == direction
    assert other.dimensions == primitive.dimensions
    values = [run.conductivity_S_cm / share for run, share in zip(found, expected, strict=True)]
    errors = [run.conductivity_err_S_cm / share for run, share in zip(found, expected, strict=True)]
    assert abs(values[0] - values[1]) < 3 * np.hypot(*errors) < 0.2 * values[0]


def primitive_and_conventional():
    """Hexagonal layers stacked ABC: one site in the rhombohedral cell, three in the hexagonal one."""
    a, c = 2.8, 14.0
    conventional = np.array([[a, 0, 0], [-a / 2, a * 3**0.5 / 2, 0], [0, 0, c]])
    steps = [(1, 0, 0), (0, 1, 0), (1, 1, 0)]
    levels = [(0, 0, 0), (2 / 3, 1 / 3, 1 / 3), (1 / 3, 2 / 3, 2 / 3)]
    hexagonal = crystal(conventional, levels, [(i, i, step, 0) for i in range(3) for step in steps], (6, 6, 1))
    vectors = np.array([levels[1], np.add(levels[2], (0, 0, 0)), (0, 0, 1)]) @ conventional
    primitive = np.array([vectors[0], vectors[0] - conventional[0], vectors[0] - conventional[0] - conventional[1]])
    # In-plane steps are differences of the rhombohedral vectors.
    rhombohedral = crystal(
        primitive, [(0, 0, 0)], [(0, 0, (1, -1, 0), 0), (0, 0, (0, 1, -1), 0), (0, 0, (1, 0, -1), 0)], (5, 5, 5)
    )
    return hexagonal, rhombohedral


def test_a_primitive_cell_gives_the_scalars_of_the_conventional_one():
    hexagonal, rhombohedral = primitive_and_conventional()
    assert hexagonal.volume_A3 / hexagonal.n_sites == pytest.approx(rhombohedral.volume_A3 / rhombohedral.n_sites)
    # Ions stay in the layers in which they start, of which many replicas have a fair share.
    one = ran(hexagonal, 0.3, 1 / 3, hops=2e6, replicas=24)
    other = ran(rhombohedral, 0.3, 41 / 125, hops=2e6, seed=2, replicas=24)
    assert (one.direction, other.direction) == ("2D in the ab plane", "2D in the (111) plane")
    # Free ions: the conductivity is in proportion to x (1 - x) n / (n - 1).
    share = [r.ions / r.sites * (r.sites - r.ions) / (r.sites - 1) for r in (one, other)]
    apart = one.conductivity_S_cm / share[0] - other.conductivity_S_cm / share[1]
    error = np.hypot(one.conductivity_err_S_cm / share[0], other.conductivity_err_S_cm / share[1])
    assert abs(apart) < 3 * error < 0.06 * one.conductivity_S_cm / share[0]


def zigzag(width, n=120):
    positions = [[k + 0.05, (width if k % 2 else 0.0) + 0.5, 0.5] for k in range(n)]
    steps = [(k, step) for k in range(n) for step in (1, -1)]
    return network(
        cell_A=np.diag([n, 5.0, 5.0]),
        positions_A=positions,
        origins=[k for k, _ in steps],
        targets=[(k + step) % n for k, step in steps],
        images=[[(k + step) // n, 0, 0] for k, step in steps],
    )


def test_a_zigzag_chain_conducts_as_the_straight_one_and_its_ions_cannot_pass():
    """Two ions on 120 sites at 300 K over barriers of 0.3 eV, whatever the width of the zigzag."""
    options = RunOptions(hops=4e5, replicas=4, seed=1)
    straight, bent = (
        simulate(HoppingModel(zigzag(width), 0.02, 0.3), 300.0, options=options, threads=1) for width in (0.0, 1.0)
    )
    assert bent.direction == "1D along a"
    kT = BOLTZMANN_eV_K * 300.0
    D_A2_s = float(rate_Hz(0.3, 0.0, 1e13, 300.0)) * (120 - 2) / (120 - 1)
    exact = 2 / (120 * 5.0 * 5.0) * D_A2_s / kT * S_CM_PER_e_V_A_s
    for value in (exact, 3.780e-5):  # the latter by another estimator
        assert abs(bent.conductivity_S_cm - value) < 3 * bent.conductivity_err_S_cm < 0.03 * value
    assert bent.conductivity_S_cm == pytest.approx(straight.conductivity_S_cm)
    assert bent.conductivity_by_axis_S_cm[1:] == (0.0, 0.0)
    (warning,) = bent.warnings
    assert warning.startswith("single-file motion: up to 2 ions share a channel of one dimension")


@pytest.mark.parametrize("width", [0.0, 1.0])
def test_one_ion_in_a_zigzag_chain_walks_at_random(width):
    model = HoppingModel(zigzag(width), 1 / 120, 0.3)
    result = simulate(model, 300.0, options=RunOptions(hops=1.6e6, replicas=80, seed=2), threads=1)
    assert result.ions == 1
    assert result.warnings == ()
    assert abs(result.correlation_factor - 1) < 3 * result.correlation_factor_err <= 0.03


def test_dilute_ions_in_a_buckled_layer_walk_at_random():
    cell, sites, hops, _, barriers, _ = CRYSTALS["buckled"]
    net = crystal(cell, sites, hops, (16, 16, 1))
    model = HoppingModel(net, 1 / net.n_sites, barriers)
    result = simulate(model, TEMPERATURE_K, options=RunOptions(hops=8e5, replicas=40, seed=2), threads=1)
    assert abs(result.correlation_factor - 1) < 3 * result.correlation_factor_err < 0.03


def layered(barriers, temperature_K=TEMPERATURE_K, **options):
    cell, sites, hops, repeats, *_ = CRYSTALS["hexagonal layers"]
    return ran(crystal(cell, sites, hops, repeats), barriers, temperature_K=temperature_K, **options)


def test_directions_that_need_much_slower_hops_are_reported_apart():
    kT = BOLTZMANN_eV_K * TEMPERATURE_K
    slower = layered([0.3, 0.3 + 10.5 * kT])
    faster = layered([0.3, 0.3 + 9.5 * kT])
    assert (slower.direction, faster.direction) == ("2D in the ab plane", "3D")
    (slow,) = slower.slow_directions
    assert slow.direction == "1D along c"
    assert slow.slower_kT == pytest.approx(10.5, abs=1e-5)
    assert slow.conductivity_S_cm == pytest.approx(slower.conductivity_by_axis_S_cm[2])
    assert faster.slow_directions == ()
    # The same network at a temperature at which the factor is small.
    assert layered([0.3, 0.3 + 10.5 * kT], 2 * TEMPERATURE_K).direction == "3D"


def test_hops_without_a_rate_lead_nowhere():
    result = layered([0.3, 0.3], frequencies=[1e13, 0.0])
    assert (result.direction, result.slow_directions) == ("2D in the ab plane", ())
    assert result.conductivity_by_axis_S_cm[2] == 0


def test_a_field_at_an_angle_drives_along_the_directions_of_motion():
    """Its part perpendicular to the layers does nothing; the conductivity is that within the layers."""
    kT = BOLTZMANN_eV_K * TEMPERATURE_K
    field = 0.3 * kT / 3.0
    flat = layered([0.3, 0.3], frequencies=[1e13, 0.0], field=(field, 0.0, 0.0), hops=4e5)
    tilted = layered([0.3, 0.3], frequencies=[1e13, 0.0], field=(field, 0.0, 2 * field), hops=4e5)
    assert tilted.conductivity_S_cm == pytest.approx(flat.conductivity_S_cm, rel=1e-6)
    with pytest.raises(InputError, match=r"perpendicular to all directions in which ions move \(2D in the ab plane\)"):
        layered([0.3, 0.3], frequencies=[1e13, 0.0], field=(0.0, 0.0, field))


def test_walks_that_end_leave_all_coefficients_at_zero():
    """Pairs of sites far from each other."""
    cell = np.diag([6.0, 4.0, 4.0])
    pairs = crystal(cell, [(0, 0, 0), (0.3, 0, 0)], [(0, 1, (0, 0, 0), 0)], (3, 3, 3))
    result = ran(pairs, 0.3, 0.5, hops=4e4)
    assert (result.dimensions, result.direction) == (0, "0D")
    assert (result.conductivity_S_cm, result.D_tracer_cm2_s, result.correlation_factor) == (0.0, 0.0, 0.0)
    assert result.warnings[0].startswith("the hops do not percolate")


def test_windows_that_are_too_short_for_the_memory_of_tracers_are_pointed_out():
    """One vacancy in 10 ions: half a hop of each is too little, 20 hops are enough."""
    lattice = regular_lattice("simple_cubic", 10)
    model = HoppingModel(lattice, 0.7, 0.3)
    short, long = (
        simulate(model, 300.0, options=RunOptions(hops=4e6, replicas=4, seed=1, hops_per_ion=n), threads=1)
        for n in (0.3, 30.0)
    )
    assert any("short windows" in warning for warning in short.warnings)
    assert long.warnings == ()
    assert short.correlation_factor > long.correlation_factor + 3 * long.correlation_factor_err


def test_where_deep_sites_are_full_ions_move_by_the_others():
    """Chains of deep sites along a, all full, and half-filled chains of shallow ones along b: transport is along b."""
    n = 6
    deep, shallow = n * n, n * n
    cell = [[3.0, 0, 0], [0, 3.0, 0], [0, 0, 8.0]]
    sites = [(0, 0, 0), (0, 0, 0.5)]
    hops = [(0, 0, (1, 0, 0), 0), (1, 1, (0, 1, 0), 0), (0, 1, (0, 0, 0), 1)]
    net = crystal(cell, sites, hops, (n, n, 1))
    energies = np.tile([-0.4, 0.0], n * n)
    model = HoppingModel(net, (deep + shallow / 2) / (deep + shallow), [0.3, 1.5], site_energies_eV=energies)
    paths = percolation(model, TEMPERATURE_K)
    assert paths.fast.name == "1D along b"
    assert paths.slow[0].name.startswith("1D along a")


def test_a_table_of_barriers_counts_by_its_mean_rate():
    """Low barriers in surroundings that never occur open no direction."""
    lattice = regular_lattice("layered_square", 6, 2.0)
    never = [0.02, *[0.6] * 9]
    always = [0.3] * 10
    paths = percolation(HoppingModel(lattice, 0.99, NeighbourBarriers([never, always])), TEMPERATURE_K)
    assert paths.fast.name == "1D along c"
    assert paths.slow[0].name == "2D in the ab plane"


@pytest.mark.parametrize(("width", "passes"), [(1, False), (2, True)])
def test_ions_pass_each_other_in_a_wider_channel(width, passes):
    cell = [[2.0, 0, 0], [0, 8.0, 0], [0, 0, 8.0]]
    sites = [(0, 0.25 * k, 0) for k in range(width)]
    hops = [(k, k, (1, 0, 0), 0) for k in range(width)] + [(k, k + 1, (0, 0, 0), 0) for k in range(width - 1)]
    result = ran(crystal(cell, sites, hops, (20, 1, 1)), 0.3, 0.3, hops=4e4)
    assert result.direction == "1D along a"
    assert any("single-file" in warning for warning in result.warnings) != passes


def test_single_file_channels_in_two_directions_are_pointed_out():
    cell = [[3.0, 0, 0], [0, 3.0, 0], [0, 0, 8.0]]
    net = crystal(cell, [(0, 0, 0), (0, 0, 0.5)], [(0, 0, (1, 0, 0), 0), (1, 1, (0, 1, 0), 0)], (8, 8, 1))
    result = ran(net, 0.3, 0.5, hops=1e5)
    assert result.direction == "2D in the ab plane"
    assert "single-file" in result.warnings[0]


def test_disorder_that_ions_do_not_cross_within_a_window_is_pointed_out():
    """One plane of slow bonds in a long box: without a warning, the conductivity would be that of the rest."""
    lattice = regular_lattice("simple_cubic", (16, 4, 4), 2.0)
    net = lattice.network()
    steps, first = net.displacements_A, net.positions_A[net.origins][:, 0]
    crosses = ((np.round(steps[:, 0]) > 0) & (np.round(first) == 14)) | (
        (np.round(steps[:, 0]) < 0) & (np.round(first) == 16)
    )
    kT = BOLTZMANN_eV_K * TEMPERATURE_K
    model = HoppingModel(net, 0.5, 0.3 + 8 * kT * crosses)
    result = simulate(
        model, TEMPERATURE_K, options=RunOptions(hops=4e5, replicas=4, seed=1, hops_per_ion=20), threads=1
    )
    assert any(
        warning.startswith("short windows: barriers or site energies vary over 32 A") for warning in result.warnings
    )


def test_a_run_in_which_nothing_moves_along_the_directions_has_a_result():
    """All ions are in traps from which none hops in the short time: no division by zero."""
    lattice = regular_lattice("simple_cubic", 4, 2.0)
    energies = np.zeros(64)
    energies[:2] = -0.6
    model = HoppingModel(lattice, 1 / 64, 0.05, site_energies_eV=energies)
    for seed in range(5):
        options = RunOptions(hops=400, replicas=1, seed=seed, hops_per_ion=20)
        assert np.isfinite(simulate(model, TEMPERATURE_K, options=options, threads=1).conductivity_S_cm)


@pytest.mark.parametrize(("gain_kT", "warns"), [(0.5, False), (1.5, True)])
def test_a_field_beyond_a_linear_response_is_warned_of(gain_kT, warns):
    field = gain_kT * BOLTZMANN_eV_K * TEMPERATURE_K / 3.0
    model = HoppingModel(regular_lattice("simple_cubic", 6, hop_distance_A=3.0), 0.5, 0.2, field_V_A=(0.0, 0.0, field))
    run = simulate(model, TEMPERATURE_K, options=RunOptions(hops=3e5, replicas=2))
    assert (
        any(text.startswith(f"strong field: a hop along it gains up to {gain_kT:.2g} kT") for text in run.warnings)
        is warns
    )
