"""Regular lattices: their geometry by brute force over periodic images, and what is refused."""

from itertools import product

import numpy as np
import pytest

from interfacekit.errors import InputError
from interfacekit.kernels.hops import lattice as kernel
from interfacekit.transport.bulk.lattice_engine import lattice_arrays
from interfacekit.transport.hopping.lattice import LATTICES, regular_lattice

DISTANCE_A, LAYER_A = 2.5, 4.0
#: Neighbours of each class of hops, and volume of a site in cubes of the hop distance (times the layer distance).
COORDINATION = {
    "chain": (2,),
    "square": (4,),
    "honeycomb": (3,),
    "triangular": (6,),
    "simple_cubic": (6,),
    "bcc": (8,),
    "fcc": (12,),
    "diamond": (4,),
    "layered_square": (4, 2),
    "layered_triangular": (6, 6),
}
AREA = {"square": 1.0, "honeycomb": np.sqrt(27) / 4, "triangular": np.sqrt(3) / 2}
SITE_VOLUME_A3 = {
    "chain": DISTANCE_A * LAYER_A**2,
    **{name: area * DISTANCE_A**2 * LAYER_A for name, area in AREA.items()},
    "simple_cubic": DISTANCE_A**3,
    "bcc": 4 / np.sqrt(27) * DISTANCE_A**3,
    "fcc": DISTANCE_A**3 / np.sqrt(2),
    "diamond": 8 / np.sqrt(27) * DISTANCE_A**3,
    "layered_square": DISTANCE_A**2 * LAYER_A,
    "layered_triangular": np.sqrt(3) / 2 * DISTANCE_A**2 * LAYER_A,
}
#: Distance from a site to its neighbours above and below.
BETWEEN_LAYERS_A = {"layered_square": LAYER_A, "layered_triangular": np.hypot(LAYER_A, DISTANCE_A / np.sqrt(3))}

every_lattice = pytest.mark.parametrize("name", LATTICES)


def box(name, cells=4):
    return regular_lattice(name, cells, DISTANCE_A, layer_distance_A=LAYER_A)


def test_all_lattices_are_tested():
    assert set(COORDINATION) == set(LATTICES) == set(SITE_VOLUME_A3)


@every_lattice
def test_neighbours_are_as_many_and_as_far_as_they_should_be(name):
    lattice = box(name)
    assert lattice.neighbours_by_class.tolist() == [list(COORDINATION[name])]
    assert lattice.coordination == sum(COORDINATION[name])
    lengths = np.linalg.norm(lattice.displacements_A, axis=2)
    expected = np.array([DISTANCE_A, BETWEEN_LAYERS_A.get(name, DISTANCE_A)])[lattice.hop_class]
    np.testing.assert_allclose(lengths, np.broadcast_to(expected, lengths.shape), rtol=1e-12)


@every_lattice
def test_every_site_is_hopped_to_evenly(name):
    """Displacements of each class add up to 0 over a cell, and their squares are the same along equivalent axes."""
    lattice = box(name)
    for hop_class in range(len(lattice.class_names)):
        steps = lattice.displacements_A[:, lattice.hop_class == hop_class].reshape(-1, 3)
        np.testing.assert_allclose(steps.sum(axis=0), 0.0, atol=1e-12)
        tensor = steps.T @ steps
        np.testing.assert_allclose(tensor - np.diag(np.diag(tensor)), 0.0, atol=1e-12)
        moving = np.diag(tensor)[np.diag(tensor) > 1e-12]
        if name in ("square", "honeycomb", "triangular", "simple_cubic", "bcc", "fcc", "diamond"):
            np.testing.assert_allclose(moving, moving[0])


@every_lattice
def test_sites_fill_the_box_at_the_right_density(name):
    lattice = box(name)
    assert lattice.n_sites == len(lattice.basis_A) * np.prod(lattice.shape)
    assert lattice.volume_A3 / lattice.n_sites == pytest.approx(SITE_VOLUME_A3[name], rel=1e-12)


@every_lattice
@pytest.mark.parametrize("cells", [3, 4])
def test_the_network_is_that_of_the_nearest_images(name, cells):
    """Brute force: a hop leads to every image of a site, and only those, that is as near as a neighbour is."""
    lattice = box(name, cells)
    net = lattice.network()
    reach = BETWEEN_LAYERS_A.get(name, DISTANCE_A)
    images = np.array(list(product((-1, 0, 1), repeat=3)))
    apart = net.positions_A[None, :, None] + images @ net.box_A - net.positions_A[:, None, None]
    lengths = np.linalg.norm(apart, axis=3)
    near = lengths < DISTANCE_A * (1 + 1e-9)
    if name in BETWEEN_LAYERS_A:
        near |= np.abs(lengths - reach) < reach * 1e-9
    elif np.count_nonzero(np.array(lattice.shape) > 1) < 3:
        near &= np.abs(apart[..., 2]) < DISTANCE_A / 2
    near &= lengths > 0
    found = {(*pair, *image) for *pair, image in zip(net.origins, net.targets, map(tuple, net.images), strict=True)}
    assert found == {(i, j, *images[m]) for i, j, m in np.argwhere(near)}
    assert net.n_hops == len(found) == lattice.n_sites * lattice.coordination
    np.testing.assert_allclose(
        net.displacements_A.reshape(-1, lattice.coordination, 3),
        np.tile(lattice.displacements_A, (np.prod(lattice.shape), 1, 1)),
        atol=1e-9,
    )
    assert net.hop_classes.reshape(-1, lattice.coordination).tolist() == [lattice.hop_class.tolist()] * lattice.n_sites
    assert net.planes.tolist() == (np.arange(lattice.n_sites) // (lattice.n_sites // lattice.shape[2])).tolist()


@every_lattice
def test_neighbours_by_arithmetic_are_the_network_s(name):
    """In the kernel: by a constant offset inside the box, and by coordinates everywhere."""
    lattice = box(name, 5)
    arrays = lattice_arrays(lattice, np.ones(len(lattice.class_names), np.int64))
    net = lattice.network()
    n_basis, z = lattice.neighbours.shape[:2]
    inside = 0
    for site in range(lattice.n_sites):
        first, second, third, s = kernel._cell_of.py_func(arrays, np.uint64(site))
        for k in range(z):
            h = site * z + k
            target, *across = kernel._neighbour.py_func(arrays, first, second, third, s, k)
            assert (int(target), across) == (net.targets[h], net.images[h].tolist())
            if not net.images[h].any():
                inside += 1
                offset = int(arrays.offset[site % n_basis, k].astype(np.int64))
                assert site + offset == net.targets[h]
    assert inside > lattice.n_sites


@every_lattice
def test_hops_come_back_by_a_hop_of_the_same_class(name):
    lattice = box(name, 3)
    net = lattice.network()
    assert net.reverse[net.reverse].tolist() == list(range(net.n_hops))
    np.testing.assert_allclose(net.displacements_A[net.reverse], -net.displacements_A, atol=1e-9)
    assert net.hop_classes[net.reverse].tolist() == net.hop_classes.tolist()


@pytest.mark.parametrize("name", ["layered_square", "layered_triangular"])
def test_layers_can_be_separate(name):
    lattice = regular_lattice(name, (4, 5, 2), 2.0, layer_distance_A=5.0, interlayer_hops=False)
    assert lattice.class_names == ("in_plane",)
    assert lattice.displacements_A[..., 2].any() == False  # noqa: E712
    net = lattice.network()
    assert (net.planes[net.origins] == net.planes[net.targets]).all()
    assert lattice.volume_A3 == pytest.approx(box(name).volume_A3 / box(name).n_sites * 40 * 4 * 5 / (2.5**2 * 4))


def test_layers_of_lithium_cobalt_oxide_are_stacked_abc():
    """Every third layer lies on top of the first, and each site has three neighbours above and three below."""
    lattice = regular_lattice("layered_triangular", 3, 2.82, layer_distance_A=4.68)
    above = lattice.displacements_A[0, lattice.hop_class == 1]
    assert sorted(np.sign(above[:, 2])) == [-1, -1, -1, 1, 1, 1]
    sideways = 3 * lattice.cell_A[2, :2] @ np.linalg.inv(lattice.cell_A[:2, :2])
    np.testing.assert_allclose(sideways, np.round(sideways), atol=1e-12)


def test_another_box_of_the_same_lattice():
    lattice = box("fcc", 3).with_shape((3, 4, 5))
    assert lattice.shape == (3, 4, 5)
    assert lattice.n_sites == 60
    assert lattice.cell_A.tolist() == box("fcc").cell_A.tolist()


@pytest.mark.parametrize("cells", [6, np.int64(6)], ids=["int", "numpy"])
def test_one_number_of_cells_holds_for_the_axes_of_hops(cells):
    assert regular_lattice("chain", cells).shape == (6, 1, 1)
    assert regular_lattice("honeycomb", cells).shape == (6, 6, 1)
    assert regular_lattice("bcc", cells).shape == (6, 6, 6)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cubic", 4), "no lattice 'cubic'; there is chain, square"),
        (("chain", 2), "2 cells along axis 0 of a chain lattice .* at least 3"),
        (("bcc", (4, 4, 2)), "2 cells along axis 2 of a bcc lattice"),
        (("square", (4, 4, 0)), "0 cells along axis 2 make no site"),
        (("square", (4, 4)), "not three whole numbers"),
        (("square", (4, 4.5, 1)), "not three whole numbers"),
        (("chain", 2.5), "2.5"),
        (("simple_cubic", 1300), "2.2e\\+09 sites are too many"),
        (("chain", 4, 0.0), "hop_distance_A must be from 0.2 to 50 A, got 0 A"),
        (("chain", 4, float("nan")), "hop_distance_A must be a number from 0.2 to 50 A"),
        (("chain", 4, -1.0), "hop_distance_A must be from 0.2 to 50 A, got -1 A"),
    ],
)
def test_impossible_lattices_are_refused(arguments, message):
    with pytest.raises(InputError, match=f"^[^\n]*{message}[^\n]*$"):
        regular_lattice(*arguments)


def test_an_impossible_layer_distance_is_refused():
    with pytest.raises(InputError, match=r"layer_distance_A must be from 0.2 to 1000 A, got 0 A"):
        regular_lattice("layered_square", 4, 1.0, layer_distance_A=0)


def test_a_box_must_stay_large_enough():
    with pytest.raises(InputError, match="1 cells along axis 0"):
        box("fcc").with_shape((1, 4, 4))
