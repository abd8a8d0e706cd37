from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from interfacekit.errors import InputError
from interfacekit.plots import formula_label, plot_staircase, plot_windows

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
            assert formula_label(product) in text
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
    assert any(formula_label("Co29Ge13O56") in text for text in texts)


def test_a_window_beyond_the_axis_is_cut(windows):
    axes = plot_windows(windows[:2], voltage_max_V=3.0)
    assert bars(axes)[0] == pytest.approx((windows[0].reduction_V, 3.0))
    assert axes.get_xlim() == (0, 3.0)
    assert plot_windows([windows[8]], voltage_max_V=3.0).get_xlim() == (0, 3.0)


def test_windows_fit_axes_of_the_users(windows, assert_readable):
    figure = Figure(figsize=(7, 6), dpi=150, layout="constrained")
    left, right = figure.subplots(1, 2)
    assert plot_windows(windows[:4], left) is left
    plot_staircase(windows[2], right)
    assert_readable(figure)
    assert tuple(figure.get_size_inches()) == (7, 6)


def test_bad_input_is_refused_in_one_line(windows):
    with pytest.raises(InputError, match="no windows"):
        plot_windows([])
    for draw in (lambda: plot_windows(windows, voltage_max_V=0), lambda: plot_staircase(windows[0], voltage_max_V=-1)):
        with pytest.raises(InputError, match="above 0 V"):
            draw()


@pytest.mark.parametrize("row", [2, 4, 9])
def test_staircase_draws_the_exact_steps_and_names_each(windows, row, width, assert_readable):
    window = windows[row]
    axes = plot_staircase(window, width_mm=width)
    stairs = next(patch for patch in axes.patches if hasattr(patch, "get_data"))
    values, edges, _ = stairs.get_data()
    assert np.allclose(values, [step.li_per_formula for step in window.steps])
    assert np.allclose(edges, [*(step.voltage_low_V for step in window.steps), 5.0])
    texts = assert_readable(axes.figure)
    for step in window.steps:
        assert " + ".join(formula_label(product) for product in step.products) in texts


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
