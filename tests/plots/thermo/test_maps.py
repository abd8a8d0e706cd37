from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from matplotlib.collections import LineCollection, QuadMesh
from matplotlib.colors import to_rgba

from interfacekit.errors import InputError
from interfacekit.plots import formula_label, plot_phase_map, plot_stability_map
from interfacekit.plots.style import STABLE_COLOUR
from interfacekit.plots.thermo.stability_map import _colour_limit
from interfacekit.thermo import energies_at, stability_map
from tests.covering import in_turns


@pytest.fixture(params=(85, 175), ids=lambda width: f"{width}mm")
def width(request):
    return request.param


@pytest.fixture(scope="module")
def drawn(phase_maps):
    """Each phase map drawn once at each width, by pair and width."""
    return cache(lambda pair, width: plot_phase_map(phase_maps[pair], width_mm=width))


def meshes(axes):
    return [collection for collection in axes.collections if isinstance(collection, QuadMesh)]


def test_map_colours_follow_the_energies(maps):
    axes = plot_stability_map(maps["mutual"])
    for row, mesh in zip(maps["mutual"].rows, meshes(axes), strict=True):
        edges = mesh.get_coordinates()[0, :, 0]
        assert np.diff(edges).max() <= 0.01 + 1e-9
        assert max(np.abs(edges - segment.voltage_low_V).min() for segment in row.segments) < 1e-6
        middles = (edges[1:] + edges[:-1]) / 2
        assert np.allclose(mesh.get_array().ravel(), 1e3 * energies_at(row, middles), atol=1e-6)


def test_stable_is_blue_and_nothing_else(maps):
    axes = plot_stability_map(maps["mutual"])
    axes.figure.canvas.draw()
    for mesh in meshes(axes):
        stable = np.isclose(mesh.get_array().ravel(), 0.0, atol=1e-3)
        blue = np.isclose(mesh.to_rgba(mesh.get_array().ravel()), to_rgba(STABLE_COLOUR), atol=1e-3).all(axis=1)
        assert (stable == blue).all()
    assert {round(mesh.norm.vmin, 6) for mesh in meshes(axes)} == {round(meshes(axes)[0].norm.vmin, 6)}


def test_lines_stand_where_a_reaction_changes(maps):
    axes = plot_stability_map(maps["mutual"])
    lines = [c for c in axes.collections if isinstance(c, LineCollection) and not isinstance(c, QuadMesh)]
    lco = [segment[0, 0] for segment in lines[0].get_segments()]
    assert np.allclose(lco, [segment.voltage_low_V for segment in maps["mutual"].rows[0].segments[1:]])


@pytest.mark.parametrize(("baseline", "basis"), [("mutual", "eV_per_non_Li_atom"), ("total", "eV_per_atom")])
def test_map_is_readable_and_names_its_unit_and_baseline(maps, baseline, basis, width, assert_readable):
    axes = plot_stability_map(maps[baseline], basis=basis, width_mm=width)
    texts = assert_readable(axes.figure)
    unit = "meV/atom" if basis == "eV_per_atom" else "meV per non-Li atom"
    scale = f"Phases: decomposition energy; pairs: {baseline} reaction energy ({unit})"
    assert scale in [text.replace("\n", " ") for text in texts]
    assert "no reaction" in texts
    assert {row.subject for row in maps[baseline].rows} <= set(texts)


def test_per_atom_energies_are_those_of_the_segments(maps):
    """Per atom they jump where the worst mixing ratio does, so each segment has to be drawn by itself."""
    axes = plot_stability_map(maps["mutual"], basis="eV_per_atom")
    row, mesh = maps["mutual"].rows[4], meshes(axes)[4]
    edges, drawn = mesh.get_coordinates()[0, :, 0], mesh.get_array().ravel()
    for segment in row.segments:
        inside = (edges[:-1] >= segment.voltage_low_V - 1e-12) & (edges[1:] <= segment.voltage_high_V + 1e-12)
        ends = 1e3 * segment.energy_low_eV_per_atom, 1e3 * segment.energy_high_eV_per_atom
        assert drawn[inside].min() >= min(ends) - 1e-9
        assert drawn[inside].max() <= max(ends) + 1e-9


def hatched(axes):
    boxes = [patch.get_bbox() for patch in axes.patches if patch.get_hatch()]
    return [(round((box.y0 + box.y1) / 2), box.x0, box.x1) for box in boxes]


def test_a_pair_that_adds_nothing_is_hatched_where_a_partner_decomposes(maps, assert_readable):
    axes = plot_stability_map(maps["mutual"], width_mm=85)
    lco = next(row for row in maps["mutual"].rows if row.subject == "LCO")
    oxidised = next(s.voltage_low_V for s in lco.segments if s.energy_high_eV_per_atom < 0 == s.energy_low_eV_per_atom)
    found = hatched(axes)
    assert {row for row, _, _ in found} == {3}
    assert min(low for _, low, _ in found) == pytest.approx(oxidised)
    assert max(high for _, _, high in found) == pytest.approx(4.5)
    assert any("one phase decomposes" in text for text in assert_readable(axes.figure))


def test_no_hatch_without_the_rows_of_both_partners_or_on_the_total_baseline(maps):
    for case in (replace(maps["mutual"], rows=maps["mutual"].rows[1:]), maps["total"]):
        axes = plot_stability_map(case)
        assert not hatched(axes)
        assert not axes.figure.legends


@pytest.mark.parametrize(("rows", "quantity"), [(slice(0, 3), "Decomposition"), (slice(3, 5), "Mutual reaction")])
def test_maps_of_one_kind_of_row_name_one_quantity(maps, rows, quantity, drawn_texts):
    axes = plot_stability_map(replace(maps["mutual"], rows=maps["mutual"].rows[rows]))
    assert f"{quantity} energy (meV per non-Li atom)" in [text for text, _ in drawn_texts(axes.figure)]


def test_one_row_is_readable(width, assert_readable):
    axes = plot_stability_map(stability_map(["LCO"], (2.0, 4.0)), width_mm=width)
    assert_readable(axes.figure)
    scale = axes.child_axes[0].get_window_extent()
    assert scale.width > 0.85 * axes.get_window_extent().width


def test_an_unknown_basis_is_refused(maps):
    with pytest.raises(InputError, match="choose from eV_per_atom, eV_per_non_Li_atom"):
        plot_stability_map(maps["mutual"], basis="kJ_per_mol")


@pytest.mark.parametrize(("pair", "width"), in_turns([("LCO", "LGPS"), ("LCO", "LNO")], [85, 175]), ids=str)
def test_phase_map_draws_every_field_and_is_readable(phase_maps, drawn, pair, width, assert_readable):
    result = phase_maps[pair]
    axes = drawn(pair, width)
    paths = axes.collections[0].get_paths()
    assert len(paths) == len(result.fields)
    drawn_area = 0.0
    for field, path in zip(result.fields, paths, strict=True):
        box = path.get_extents()
        assert (box.x0, box.x1) == pytest.approx((field.x_low, field.x_high))
        assert (box.y0, box.y1) == pytest.approx((field.voltage_low_V, field.voltage_high_V))
        drawn_area += box.width * box.height
    assert drawn_area == pytest.approx(result.voltage_high_V - result.voltage_low_V, rel=1e-6)
    assert_readable(axes.figure)


def test_labels_and_numbers_stand_in_their_fields(phase_maps, drawn, width):
    result = phase_maps["LCO", "LGPS"]
    axes = drawn(("LCO", "LGPS"), width)
    key = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert axes.texts
    for text in axes.texts:
        x, voltage = text.get_position()
        field = next(
            f for f in result.fields if f.x_low < x < f.x_high and f.voltage_low_V < voltage < f.voltage_high_V
        )
        products = " + ".join(formula_label(product) for product in field.products)
        written = key[int(text.get_text()) - 1] if text.get_text().isdigit() else text.get_text()
        assert written.replace("\n", " ") == products
        box = text.get_window_extent()
        corners = axes.transData.transform([(field.x_low, field.voltage_low_V), (field.x_high, field.voltage_high_V)])
        assert corners[0][0] <= box.x0
        assert box.x1 <= corners[1][0]


def test_one_colour_means_one_main_product(phase_maps, drawn):
    result = phase_maps["LCO", "LGPS"]
    axes = drawn(("LCO", "LGPS"), 175)
    meanings = {}
    fields = axes.collections[0]
    for field, colour, line in zip(result.fields, fields.get_facecolor(), fields.get_linewidth(), strict=True):
        if line == 0:  # part of a neighbour
            continue
        meanings.setdefault(tuple(colour), set()).add(field.products[0])
    named = [products for colour, products in meanings.items() if colour != to_rgba("#DDDDDD")]
    assert len(named) == 8
    assert all(len(products) == 1 for products in named)


def test_fields_too_narrow_to_be_seen_are_part_of_a_neighbour_and_counted(phase_maps, drawn):
    result = phase_maps["LCO", "LGPS"]
    counts = []
    for width in (85, 175):
        axes = drawn(("LCO", "LGPS"), width)
        box, fields = axes.get_window_extent(), axes.collections[0]
        per_x, per_V = box.width, box.height / (result.voltage_high_V - result.voltage_low_V)
        visible = 1.2 / 72 * axes.figure.dpi
        for field, line in zip(result.fields, fields.get_linewidth(), strict=True):
            size = (field.x_high - field.x_low) * per_x, (field.voltage_high_V - field.voltage_low_V) * per_V
            assert (min(size) >= visible) == (line > 0)
        counts.append(int(np.sum(np.array(fields.get_linewidth()) == 0)))
        title = axes.figure.legends[0].get_title().get_text()
        assert title.endswith(f"{counts[-1]} fields too narrow to show: as a neighbour")
    assert counts[0] > counts[1] > 0


def test_a_row_that_swamps_all_others_is_beyond_the_colours():
    assert _colour_limit([-20.0, -30.0, -35.0, -400.0]) == (-35.0, True)
    assert _colour_limit([-20.0, -30.0, -80.0]) == (-80.0, False)
    assert _colour_limit([0.0, -1.0, -80.0]) == (-80.0, False)
    assert _colour_limit([-50.0]) == (-50.0, False)


def test_wider_phase_maps_have_more_labels(drawn):
    narrow, wide = (len(drawn(("LCO", "LGPS"), w).texts) for w in (85, 175))
    assert narrow < wide
