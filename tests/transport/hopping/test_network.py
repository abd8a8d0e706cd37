"""Networks from arrays: what is made of them, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.errors import InputError
from interfacekit.transport.hopping.network import network
from tests.transport.models import joined

SQUARE = {
    "cell_A": np.diag([4.0, 4.0, 9.0]),
    "positions_A": [[0, 0, 0], [2, 0, 0], [0, 2, 0], [2, 2, 0]],
    "origins": [0, 1, 0, 2, 1, 3, 2, 3],
    "targets": [1, 0, 2, 0, 3, 1, 3, 2],
}
#: Two sites that are neighbours on both sides, in a box that hops cross.
PAIR = {
    "cell_A": np.diag([4.0, 9.0, 9.0]),
    "positions_A": [[0, 0, 0], [2, 0, 0]],
    "origins": [0, 1, 1, 0],
    "targets": [1, 0, 0, 1],
}
IMAGES = [[0, 0, 0], [0, 0, 0], [1, 0, 0], [-1, 0, 0]]
DISPLACEMENTS = [[2, 0, 0], [-2, 0, 0], [2, 0, 0], [-2, 0, 0]]


def test_hops_are_sorted_by_their_origins():
    net = network(**SQUARE)
    assert (net.n_sites, net.n_hops) == (4, 8)
    assert net.indptr.tolist() == [0, 2, 4, 6, 8]
    assert net.origins.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert net.targets.tolist() == [1, 2, 0, 3, 0, 3, 1, 2]
    assert net.reverse.tolist() == [2, 4, 0, 6, 1, 7, 3, 5]
    assert net.degrees.tolist() == [2, 2, 2, 2]
    assert net.volume_A3 == pytest.approx(144)
    assert (net.class_names, net.site_class_names) == (("hop 0",), ("site 0",))


def test_images_and_displacements_say_the_same():
    by_image = network(**PAIR, images=IMAGES)
    by_displacement = network(**PAIR, displacements_A=DISPLACEMENTS)
    both = network(**PAIR, images=IMAGES, displacements_A=DISPLACEMENTS)
    assert by_image.images.tolist() == by_displacement.images.tolist() == both.images.tolist()
    np.testing.assert_allclose(np.sort(by_image.displacements_A[:, 0]), [-2, -2, 2, 2])
    np.testing.assert_allclose(by_displacement.displacements_A, by_image.displacements_A)


def test_classes_are_kept_and_counted():
    net = network(
        **SQUARE,
        hop_classes=[0, 0, 1, 1, 1, 1, 0, 0],
        class_names=["short", "long"],
        site_classes=[1, 0, 0, 1],
        site_class_names=["a", "b"],
        planes=[0, 0, 1, 1],
    )
    assert net.class_names == ("short", "long")
    assert net.site_class_names == ("a", "b")
    assert net.neighbours_by_class.tolist() == [[1, 1]] * 4
    assert net.hop_classes[net.reverse].tolist() == net.hop_classes.tolist()
    assert (net.site_classes.tolist(), net.planes.tolist()) == ([1, 0, 0, 1], [0, 0, 1, 1])


@given(st.data())
def test_reverses_are_found_however_hops_are_ordered(data):
    n = data.draw(st.integers(2, 7))
    pairs = [(i, j) for i in range(n) for j in range(i)]
    edges = data.draw(st.lists(st.sampled_from(pairs), min_size=1, unique=True))
    hops = data.draw(st.permutations([*edges, *((b, a) for a, b in edges)]))
    classes = {edge: data.draw(st.integers(0, 2)) for edge in edges}
    linked = {site for edge in edges for site in edge}
    number = {site: i for i, site in enumerate(sorted(linked))}
    origins, targets = ([number[site] for site in ends] for ends in zip(*hops, strict=True))
    net = network(
        cell_A=np.diag([50.0] * 3),
        positions_A=np.random.default_rng(n).uniform(0, 9, (len(linked), 3)),
        origins=origins,
        targets=targets,
        hop_classes=[classes.get((a, b), classes.get((b, a))) for a, b in hops],
    )
    assert sorted(zip(net.origins, net.targets, strict=True)) == sorted(zip(origins, targets, strict=True))
    assert net.origins[net.reverse].tolist() == net.targets.tolist()
    assert net.targets[net.reverse].tolist() == net.origins.tolist()
    assert net.neighbours_by_class.sum() == len(hops)


def changed(**changes):
    return {**SQUARE, **changes}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (changed(positions_A=np.zeros((0, 3)), origins=[], targets=[]), "0 sites and 0 hops is empty"),
        (changed(origins=[], targets=[]), "4 sites and 0 hops is empty"),
        (changed(positions_A=[[0, 0]] * 4), r"positions_A has the shape \(4, 2\)"),
        (changed(positions_A=[[0, 0, np.nan]] * 4), "positions_A holds a number that is not finite"),
        (changed(positions_A=[["a", "b", "c"]] * 4), "positions_A holds str"),
        (changed(cell_A=np.diag([4, 4])), r"cell_A has the shape \(2, 2\)"),
        (changed(cell_A=np.diag([4, 4, 0])), "the cell has no volume"),
        (changed(targets=[1, 0]), r"targets has the shape \(2,\); give \(8\)"),
        (changed(targets=[1, 0, 2, 0, 3, 1, 4, 2]), "targets name a site that does not exist; .* from 0 to 3"),
        (changed(origins=[-1, 1, 0, 2, 1, 3, 2, 3]), "origins name a site that does not exist"),
        (changed(origins=[0.5, 1, 0, 2, 1, 3, 2, 3]), "origins holds a fraction"),
        (changed(images=[[0, 0]] * 8), "images has the shape"),
        (changed(displacements_A=[[2, 0, 0.1]] * 8), r"displacement \d misses its target by [\d.]+ A"),
        (
            changed(hop_classes=[0, 1, 0, 0, 0, 0, 0, 0]),
            "site [01] to site [01] and its reverse have different classes",
        ),
        (changed(hop_classes=[-1] * 8), "hop_classes holds -1; number the classes from 0"),
        (changed(hop_classes=[1] * 8, class_names=["one"]), "hop_classes go up to 1 but 1 names are given"),
        (changed(site_classes=[0, 0, 0, 2], site_class_names=["a"]), "site_classes go up to 2 but 1 names"),
        (changed(site_classes=[0]), "site_classes has the shape"),
        (changed(planes=[0]), "planes has the shape"),
        (changed(targets=[1, 0, 2, 0, 3, 1, 3, 3]), "leads from site 3 to itself"),
        (
            changed(origins=[0, 1, 0, 1, 1, 3, 2, 3], targets=[1, 0, 1, 0, 3, 1, 3, 2]),
            "hop from site 0 to site 1 is given",
        ),
        (
            changed(targets=[1, 3, 2, 0, 3, 1, 3, 2], origins=[0, 0, 0, 2, 1, 3, 2, 3]),
            "site 0 to site [13] or back has no",
        ),
        ({**PAIR, "images": [[0, 0, 0], [0, 0, 0], [1, 0, 0], [1, 0, 0]]}, "no reverse; give both directions"),
        ({**PAIR, "images": IMAGES[::-1], "displacements_A": DISPLACEMENTS}, "images and displacements_A disagree"),
    ],
)
def test_impossible_networks_are_refused(arguments, message):
    with pytest.raises(InputError, match=f"^[^\n]*{message}[^\n]*$"):
        network(**arguments)


def test_a_hop_to_its_own_image_is_refused():
    with pytest.raises(InputError, match=r"site 0 to itself or to its own periodic image; .* larger box"):
        network(
            cell_A=np.eye(3) * 2,
            positions_A=[[0, 0, 0]],
            origins=[0, 0],
            targets=[0, 0],
            images=[[1, 0, 0], [-1, 0, 0]],
        )


def test_a_hop_alone_lacks_its_reverse():
    with pytest.raises(InputError, match="no reverse"):
        network(cell_A=np.eye(3) * 9, positions_A=[[0, 0, 0], [1, 0, 0]], origins=[0], targets=[1])


def test_sites_without_hops_are_warned_of():
    with pytest.warns(UserWarning, match=r"no hop leads to 2 of 4 sites, such as site 1; ions there do not move"):
        net = joined(4, [(0, 2)])
    assert net.degrees.tolist() == [1, 0, 1, 0]
    assert net.indptr.tolist() == [0, 1, 1, 2, 2]
