from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from interfacekit.errors import InputError
from interfacekit.plots import plot_staircase, plot_windows
from interfacekit.plots.style import product_label
from tests.covering import in_turns

WIDTHS = (85, 175)


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}mm")
def width(request):
    return request.param


def bars(axes):
    return {round(p.get_y() + p.get_height() / 2): (p.get_x(), p.get_x() + p.get_width()) for p in axes.patches}


def test_bars_span_the_windows(windows):
    drawn = bars(plot_windows(windows))
    for row, window in enumerate(windows):
        high = 5.0 if window.oxidation_V is None else window.oxidation_V
        assert np.allclose(drawn[row], (window.reduction_V, high))


def test_products_stand_on_both_sides(windows, width, assert_readable):
    axes = plot_windows(windows, width_mm=width)
    text = " ".join(assert_readable(axes.figure))
    for window in windows:
        for product in (*window.reduction_products, *window.oxidation_products):
            assert product_label(product) in text
    assert abs(axes.figure.get_figwidth() * 25.4 - width) < 1e-6


def test_rows_are_named_with_their_range(windows):
    labels = [label.get_text() for label in plot_windows(windows).get_yticklabels()]
    assert labels[0] == "LCO\n1.81\N{EN DASH}3.39 V"
    assert labels[6] == "Li$_{2}$S\n< 2.14 V"
    assert labels[7] == "CoS$_{2}$\n> 1.98 V"
    assert labels[9].startswith("Li$_{0.5}$CoO$_{2}$")


def test_products_stand_on_the_side_they_belong_to(windows):
    axes = plot_windows([windows[2]], width_mm=175)
    reduced, oxidised = axes.texts
    assert reduced.xy[0] == windows[2].reduction_V
    assert reduced.get_ha() == "right"
    assert oxidised.xy[0] == windows[2].oxidation_V
    assert oxidised.get_ha() == "left"


def test_a_window_of_zero_width_is_a_mark(windows, assert_readable):
    mixture = replace(windows[9], reduction_V=3.39237, oxidation_V=3.39237)
    axes = plot_windows([mixture], width_mm=85)
    assert not axes.patches
    assert any(line.get_marker() == "D" and line.get_xdata()[0] == 3.39237 for line in axes.lines)
    assert "3.39 V" in axes.get_yticklabels()[0].get_text()
    assert_readable(axes.figure)


def test_products_without_room_go_to_a_numbered_key(windows, assert_readable):
    many = {"Li10Ge(PS6)2": 1.0, "Co29Ge13O56": 1.0, "Li2Co(SO4)2": 1.0, "Ge5P6O25": 1.0}
    crowded = replace(windows[2], reduction_V=0.2, oxidation_V=0.3, reduction_products=many)
    texts = assert_readable(plot_windows([crowded], width_mm=85).figure)
    assert "\N{LEFTWARDS ARROW} (1)  (2) \N{RIGHTWARDS ARROW}" in texts
    assert "1" in texts
    assert any(product_label("Co29Ge13O56") in text for text in texts)


def test_a_window_beyond_the_axis_is_cut(windows):
    axes = plot_windows(windows[:2], voltage_max_V=3.0)
    assert bars(axes)[0] == pytest.approx((windows[0].reduction_V, 3.0))
    assert axes.get_xlim() == (0, 3.0)
    assert plot_windows([windows[8]], voltage_max_V=3.0).get_xlim() == (0, 3.0)


def test_a_phase_off_the_hull_is_hatched_and_explained(windows, width, assert_readable):
    axes = plot_windows(windows, width_mm=width)
    off_hull = [bool(window.energy_above_hull_eV_per_atom) for window in windows]
    assert [bool(bar.get_hatch()) for bar in axes.patches] == off_hull
    assert any(off_hull)
    assert "above the hull: window of its equilibrium products" in assert_readable(axes.figure)


def test_a_phase_without_an_energy_is_hatched_and_a_stable_one_is_not(windows):
    unknown = plot_windows([replace(windows[0], energy_above_hull_eV_per_atom=None)])
    assert unknown.patches[0].get_hatch()
    stable = plot_windows(windows[:2])
    assert not stable.patches[0].get_hatch()
    assert not stable.figure.legends


@pytest.mark.parametrize(("limit", "end"), [(4.9, 5.0), (5.0, 5.0), (5.1, 5.5), (6.36, 7.0), (None, 5.0)])
def test_the_axis_shows_all_finite_limits(windows, limit, end):
    wide = replace(windows[6], oxidation_V=limit)
    axes = plot_windows([windows[0], wide])
    assert axes.get_xlim() == (0, end)
    assert bars(axes)[1] == pytest.approx((0, limit or end))
    arrows = [line for line in axes.lines if line.get_marker() == 5]
    assert len(arrows) == (limit is None)
    assert plot_staircase(wide).get_xlim() == (0, end)


def test_windows_fit_axes_of_the_users(windows, assert_readable):
    figure = Figure(figsize=(7, 6), dpi=150, layout="constrained")
    left, right = figure.subplots(1, 2)
    assert plot_windows(windows[:4], left) is left
    plot_staircase(windows[2], right)
    assert_readable(figure)
    assert tuple(figure.get_size_inches()) == (7, 6)


def test_bad_input_is_refused_in_one_line(windows):
    with pytest.raises(InputError, match="windows must be one or more"):
        plot_windows([])
    for draw in (lambda: plot_windows(windows, voltage_max_V=0), lambda: plot_staircase(windows[0], voltage_max_V=-1)):
        with pytest.raises(InputError, match="voltage_max_V must be positive"):
            draw()


@pytest.mark.parametrize(("row", "width"), in_turns([2, 4, 9], WIDTHS))
def test_staircase_draws_the_exact_steps_and_names_each(windows, row, width, assert_readable):
    window = windows[row]
    axes = plot_staircase(window, width_mm=width)
    stairs = next(patch for patch in axes.patches if hasattr(patch, "get_data"))
    values, edges, _ = stairs.get_data()
    assert np.allclose(values, [step.li_per_formula for step in window.steps])
    assert np.allclose(edges, [*(step.voltage_low_V for step in window.steps), 5.0])
    texts = assert_readable(axes.figure)
    for step in window.steps:
        assert " + ".join(product_label(product) for product in step.products) in texts


@pytest.mark.parametrize(("row", "width"), in_turns([2, 4], WIDTHS))
def test_each_name_is_nearest_to_its_own_step(windows, row, width):
    window = windows[row]
    axes = plot_staircase(window, width_mm=width)
    axes.figure.draw_without_rendering()
    names = {" + ".join(product_label(product) for product in step.products): step for step in window.steps}
    high = [step.voltage_high_V or 5.0 for step in window.steps]
    key = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    written = []
    for text in axes.texts:
        name = key[int(text.get_text()) - 1] if text.get_text().isdigit() else text.get_text()
        written.append(name)
        if text.arrowprops is not None:
            continue
        box = Text.get_window_extent(text)
        gaps = {}
        for step, end in zip(window.steps, high, strict=True):
            (x0, y), (x1, _) = axes.transData.transform([(step.voltage_low_V, step.li_per_formula), (end, 0)])
            across = max(box.x0 - x1, x0 - box.x1, 0)
            gaps[step.voltage_low_V] = np.hypot(across, max(box.y0 - y, y - box.y1, 0))
        assert min(gaps, key=gaps.get) == names[name].voltage_low_V, name
    assert sorted(written) == sorted(names)


def test_staircase_shades_the_window(windows):
    for window in (windows[2], windows[8]):
        box = plot_staircase(window).patches[0].get_bbox()
        assert box.x0 == window.reduction_V
        assert box.x1 == (window.oxidation_V or 5.0)


def test_staircase_stops_at_the_end_of_the_axis(windows):
    axes = plot_staircase(windows[2], voltage_max_V=2.0)
    _, edges, _ = next(patch for patch in axes.patches if hasattr(patch, "get_data")).get_data()
    assert edges[-1] == 2.0
    assert axes.get_xlim() == (0, 2.0)
