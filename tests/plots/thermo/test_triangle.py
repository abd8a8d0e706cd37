from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import TriMesh
from matplotlib.colors import to_rgba
from matplotlib.patches import Polygon
from matplotlib.text import Text

from interfacekit.plots import plot_triangle
from interfacekit.plots.style import STABLE_COLOUR
from interfacekit.thermo import contact_triangle, interface_reaction
from tests.covering import in_turns

CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, np.sqrt(3) / 2]])


@pytest.fixture(params=(85, 175), ids=lambda width: f"{width}mm")
def width(request):
    return request.param


def mesh_of(axes):
    return next(collection for collection in axes.collections if isinstance(collection, TriMesh))


@pytest.mark.parametrize(("voltage", "width"), in_turns([None, 2.0, 4.0], [85, 175]))
def test_triangle_is_readable_and_marks_the_worst_contact(triangles, voltage, width, assert_readable):
    triangle = triangles[voltage]
    axes = plot_triangle(triangle, width_mm=width)
    texts = [text.replace("\nper", " per") for text in assert_readable(axes.figure)]
    unit = "meV/atom" if voltage is None else "meV per non-Li atom"
    worst = min(energy for field in triangle.fields for energy in field.energies)
    assert f"\N{MINUS SIGN}{abs(1e3 * worst):.0f} {unit}" in texts
    assert f"Mutual reaction energy ({unit})" in texts
    assert {"LCO", "LNO", "LGPS"} <= set(texts)
    where = next(text for text in texts if "Fractions of" in text)
    assert where.startswith("Closed" if voltage is None else f"{voltage:.1f} V")
    assert ("non-Li" in where) == (voltage is not None)
    assert ("stable tie line" in texts) == bool(triangle.stable_tie_lines)
    label = next(text for text in axes.texts if "meV" in text.get_text())
    box = axes.transData.inverted().transform_bbox(Text.get_window_extent(label))
    x, y = np.meshgrid(np.linspace(box.x0, box.x1, 40), np.linspace(box.y0, box.y1, 40))
    assert not ((y > 0) & (y < np.sqrt(3) * x) & (y < np.sqrt(3) * (1 - x))).any()


def test_colours_are_the_energies_at_the_corners_of_fields(triangles):
    triangle = triangles[None]
    mesh = mesh_of(plot_triangle(triangle))
    points = np.column_stack([mesh._triangulation.x, mesh._triangulation.y])
    for field in triangle.fields:
        for corner, energy in zip(field.corners, field.energies, strict=True):
            distances = np.hypot(*(points - np.array(corner) @ CORNERS).T)
            assert distances.min() < 1e-9
            assert mesh.get_array()[np.argmin(distances)] == pytest.approx(1e3 * energy, abs=1e-6)


def test_edge_of_the_triangle_is_the_reaction_of_its_pair(triangles):
    """Along the LCO-LGPS edge the drawn energies are those of `interface_reaction`, by another route."""
    mesh = mesh_of(plot_triangle(triangles[None]))
    x, y = mesh._triangulation.x, mesh._triangulation.y
    on_edge = np.abs(y - np.sqrt(3) * x) < 1e-9
    fraction_lco = 1 - y[on_edge] / CORNERS[2, 1]
    kinks = interface_reaction("LCO", "LGPS").kinks
    expected = np.interp(fraction_lco, [k.x for k in kinks], [1e3 * k.mutual_eV_per_atom for k in kinks])
    assert on_edge.sum() > 20
    assert np.allclose(mesh.get_array()[on_edge], expected, atol=1e-6)


def test_triangles_cover_the_whole(triangles):
    triangle = triangles[4.0]
    axes = plot_triangle(triangle)
    grid = mesh_of(axes)._triangulation
    x, y = grid.x[grid.triangles], grid.y[grid.triangles]
    area = np.abs((x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (x[:, 2] - x[:, 0]) * (y[:, 1] - y[:, 0])).sum() / 2
    assert area == pytest.approx(np.sqrt(3) / 4, rel=1e-6)
    outlines = [patch for patch in axes.patches if isinstance(patch, Polygon)]
    assert len(outlines) == len(triangle.fields)


@pytest.mark.parametrize(("voltage", "lines"), [(None, 1), (2.0, 0), (4.0, 1)])
def test_stable_tie_lines_are_thick(triangles, voltage, lines):
    axes = plot_triangle(triangles[voltage])
    thick = [line for line in axes.lines if line.get_linewidth() > 2]
    assert len(thick) == lines == len(triangles[voltage].stable_tie_lines)
    for line, ends in zip(thick, triangles[voltage].stable_tie_lines, strict=True):
        assert np.allclose(np.column_stack(line.get_data()), np.array(ends) @ CORNERS)


def test_three_phases_that_coexist_are_stable(assert_readable, width):
    axes = plot_triangle(contact_triangle("Li2O", "Li2S", "Li3P"), width_mm=width)
    assert "no reaction" in assert_readable(axes.figure)
    assert all(patch.get_facecolor() == to_rgba(STABLE_COLOUR) for patch in axes.patches)


def test_a_worst_contact_on_the_right_is_labelled(triangles, assert_readable):
    first, second, third = triangles[None].phases
    fields = tuple(
        replace(field, corners=tuple((b, a, c) for a, b, c in field.corners)) for field in triangles[None].fields
    )
    mirrored = replace(triangles[None], phases=(second, first, third), fields=fields, stable_tie_lines=())
    assert_readable(plot_triangle(mirrored).figure)
