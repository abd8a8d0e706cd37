"""Resistance and maps of shells."""

import numpy as np
import pytest
from matplotlib.collections import FillBetweenPolyCollection, QuadMesh
from matplotlib.colors import LogNorm, same_color
from matplotlib.figure import Figure

from interfacekit.errors import InputError
from interfacekit.plots import figure_style, plot_shell_map, plot_shell_resistance
from interfacekit.plots.style import INK, LINE_COLOURS
from interfacekit.plots.transport.stacks import number_text
from interfacekit.transport.shells.resistance_parts import interface_ohm_cm2
from tests.transport.example_stacks import whole_planes_nm

THICKNESSES = (0, 1, 2, 5, 10)
INTERPHASE = {"LCO|LGPS": {"thickness_nm": 280, "conductivity_S_cm": 1e-9}}
STEEP = {"LCO|LNO": {"offset_eV": 0.5}, "LNO|LGPS": {"offset_eV": -0.5}}
EASY_HOPS = {name: {"barrier_eV": 0.3} for name in ("LCO|LGPS", "LCO|LNO", "LNO|LGPS")}


@pytest.fixture(scope="module")
def shells(shell):
    return [shell(t) for t in THICKNESSES]


@pytest.fixture(scope="module")
def resistance(shells):
    """Drawn once; a test that changes the figure draws its own."""
    return plot_shell_resistance(shells)


def ends_of_stack(axes, thickness):
    """Lowest and highest point of the stack at a thickness."""
    boxes = [bar.get_bbox() for bar in axes.patches]
    ys = [y for box in boxes if (box.x0 + box.x1) / 2 == pytest.approx(thickness) for y in (box.y0, box.y1)]
    return min(ys), max(ys)


def sums(axes, colour=INK):
    """The marks of all shells in one colour."""
    return next(one for one in axes.lines if same_color(one.get_color(), colour) and len(one.get_xdata()) > 2)


def key(axes):
    legend = next(legend for legend in axes.figure.legends if len(legend.get_texts()) > 1)
    return legend.get_title().get_text(), [text.get_text() for text in legend.get_texts()]


def notes(axes):
    return " ".join(text.get_text().replace("\n", " ") for legend in axes.figure.legends for text in legend.get_texts())


def test_the_stack_adds_up_to_the_mark(shells, resistance):
    x, y = sums(resistance).get_data()
    assert np.allclose(x, [whole_planes_nm("LNO", t) for t in THICKNESSES[1:]])
    for result, total in zip(shells[1:], y, strict=True):
        assert total == pytest.approx(result.asr_ohm_cm2)
        assert ends_of_stack(resistance, result.thickness_nm) == (0, pytest.approx(result.asr_ohm_cm2))


def test_the_bare_contact_is_a_bar_of_its_own(shells, resistance):
    bars = [bar.get_bbox() for bar in resistance.patches]
    bars = [box for box in bars if box.x0 < 0]
    assert len(bars) == 2  # slices of the electrodes, and their contact
    assert max(box.y1 for box in bars) == pytest.approx(shells[0].asr_ohm_cm2)
    assert all(0 < box.x1 < shells[1].thickness_nm for box in bars)
    (mark,) = [one for one in resistance.lines if list(one.get_xdata()) == [0.0]]
    assert mark.get_ydata()[0] == pytest.approx(shells[0].asr_ohm_cm2)
    assert "bare*" in [label.get_text() for label in resistance.get_xticklabels()]


def test_what_resists_less_than_its_bulk_hangs_below_zero(shell):
    *_, last = results = [shell(t, contacts=EASY_HOPS) for t in (0, 1, 2, 5)]
    axes = plot_shell_resistance(results)
    saved = sum(value for value in last.asr_layers.values() if value < 0)
    assert saved < -0.5
    assert ends_of_stack(axes, last.thickness_nm) == (pytest.approx(saved), pytest.approx(last.asr_ohm_cm2 - saved))
    assert sums(axes).get_ydata()[-1] == pytest.approx(last.asr_ohm_cm2)
    assert axes.get_ylim()[0] < saved
    assert any("contacts" in text and "\N{MINUS SIGN}" in text for text in key(axes)[1])
    assert "Below zero: contacts that resist less than the bulk they replace" in notes(axes)


def test_a_contact_beyond_all_shells_is_cut_and_its_number_written(shell):
    results = [shell(t, interphases=INTERPHASE) for t in (0, 1, 5)]
    axes = plot_shell_resistance(results)
    assert results[0].asr_ohm_cm2 > 2e4
    assert axes.get_ylim()[1] < 1.3 * results[-1].asr_ohm_cm2
    assert [text.get_text() for text in axes.texts] == ["$\\uparrow$ bare: 2.8$\\times$10$^{4}$"]
    assert "interphase: 2.8$\\times$10$^{4}$" in key(axes)[1]
    assert not plot_shell_resistance(results[1:]).texts


def test_kinetic_monte_carlo_is_points_with_errors(shells, as_kmc):
    axes = plot_shell_resistance([*shells, as_kmc(shells[3])])
    (bars,) = [bars for bars in axes.containers if hasattr(bars, "has_yerr")]
    ((low, high),) = bars.lines[2][0].get_segments()
    assert (low[1], high[1]) == pytest.approx((shells[3].asr_ohm_cm2 - 0.5, shells[3].asr_ohm_cm2 + 0.5))
    assert key(axes)[1][-2:] == ["sum, continuum", "sum, kinetic Monte Carlo"]
    alone = plot_shell_resistance([as_kmc(result) for result in [*shells[1:], *shells[1:]]])  # two seeds
    assert ends_of_stack(alone, shells[-1].thickness_nm)[1] == pytest.approx(shells[-1].asr_ohm_cm2)


def test_several_voltages_or_coatings_have_marks_of_their_own_and_no_stack(shell):
    for results, names in (
        ([shell(t, v) for v in (3.9, 4.3) for t in THICKNESSES], ["3.9 V", "4.3 V"]),
        ([shell(t, 4.0, c) for c in ("LNO", "LPO") for t in (THICKNESSES if c == "LNO" else (1, 10))], ["LNO", "LPO"]),
    ):
        axes = plot_shell_resistance(results)
        title, entries = key(axes)
        assert entries[-3:] == [*names, "continuum"]
        assert (title, len(entries)) == ("", 3)
        assert "with slices of LCO (0.94 nm) and LGPS (10 nm). What a sum is made of is drawn where" in notes(axes)
        assert sums(axes, LINE_COLOURS[0]).get_ydata()[-1] == pytest.approx(results[4].asr_ohm_cm2)
        *_, second = (one for one in axes.lines if same_color(one.get_color(), LINE_COLOURS[1]))
        assert second.get_ydata()[-1] == pytest.approx(results[-1].asr_ohm_cm2)
        assert {one.get_linestyle() for one in axes.lines if one.get_marker() == "o"} == {"None"}
        assert not [fill for fill in axes.collections if isinstance(fill, FillBetweenPolyCollection)]
        assert not axes.patches


def test_one_shell_is_a_bar_in_the_middle(shell, as_kmc):
    result = shell(5)
    for results in (result, [result, as_kmc(result)]):
        axes = plot_shell_resistance(results)
        left, right = axes.get_xlim()
        boxes = [bar.get_bbox() for bar in axes.patches]
        assert (left + right) / 2 == pytest.approx(result.thickness_nm)
        assert all(left < box.x0 < result.thickness_nm < box.x1 < right for box in boxes)
        assert [label.get_text() for label in axes.get_xticklabels()] == ["4.91"]
        assert max(box.y1 for box in boxes) == pytest.approx(result.asr_ohm_cm2)
    several = plot_shell_resistance([shell(5, voltage) for voltage in (3.9, 4.3)])
    drawn = [one for one in several.lines if list(one.get_xdata()) == [result.thickness_nm]]
    assert [one.get_ydata()[0] for one in drawn] == [shell(5, v).asr_ohm_cm2 for v in (3.9, 4.3)]


def test_few_thicknesses_are_marks_and_bars_many_have_a_line(shell):
    for count, style in ((11, "None"), (12, "-")):
        results = [shell(t) for t in range(count + 1)]
        axes = plot_shell_resistance(results)
        marks = sums(axes)
        assert (marks.get_linestyle(), marks.get_marker()) == (style, "o")
        assert marks.get_xdata() == pytest.approx([r.thickness_nm for r in results[1:]])
        fills = [fill for fill in axes.collections if isinstance(fill, FillBetweenPolyCollection)]
        assert bool(fills) == (style == "-")
        places = {round(bar.get_bbox().x0 + bar.get_bbox().x1, 6) for bar in axes.patches}
        assert len(places) == (1 if fills else count + 1)


def test_bars_of_near_thicknesses_stand_beside_each_other(shell):
    axes = plot_shell_resistance([shell(t) for t in (0, 5, 5.2, 20)])
    boxes = sorted({(round(bar.get_bbox().x0, 6), round(bar.get_bbox().x1, 6)) for bar in axes.patches})
    assert len(boxes) == 4
    assert all(before[1] < after[0] for before, after in zip(boxes, boxes[1:], strict=False))


@pytest.mark.parametrize("width", [85, 175])
def test_the_figure_of_a_fine_sweep_has_no_sawtooth(shell, width, assert_readable):
    """40 thicknesses 0.09 nm apart, less than the distance of planes."""
    results = [shell(round(t, 3), contacts=STEEP) for t in np.linspace(2.5, 6.0, 40)]
    axes = plot_shell_resistance(results, width_mm=width)
    x, y = sums(axes).get_data()
    slopes = np.diff(y)[np.diff(x) > 1e-6] / np.diff(x)[np.diff(x) > 1e-6]
    bulk = results[-1].asr_layers["LNO"] / results[-1].thickness_nm
    np.testing.assert_allclose(slopes, bulk, rtol=1e-3)
    # Equal plane counts are one point, wherever they were asked for.
    np.testing.assert_allclose(np.diff(y)[np.diff(x) <= 1e-6], 0, atol=1e-9)
    assert_readable(axes.figure)


@pytest.mark.parametrize("width", [85, 175])
def test_all_text_can_be_read(shell, as_kmc, width, assert_readable):
    several = [shell(t, v, interphases=INTERPHASE) for v in (3.9, 4.1, 4.3) for t in THICKNESSES]
    texts = assert_readable(plot_shell_resistance([*several, as_kmc(shell(5))], width_mm=width).figure)
    assert {"Thickness of the coating (nm)", "Area-specific resistance ($\\Omega$ cm$^2$)"} <= set(texts)
    assert any("Second-hand" in text for text in texts)
    texts = assert_readable(plot_shell_map(several[1:], width_mm=width).figure)
    assert {"Thickness of LNO (nm)", "bare", "not computed", "LCO|LNO|LGPS, 298.15 K, continuum"} <= set(texts)
    assert any("Put in, not computed: the interphase" in text for text in texts)


def test_given_axes_are_drawn_on(shells, shell, assert_readable):
    with figure_style():
        left, right = Figure(figsize=(8, 5), layout="constrained").subplots(1, 2)
    assert plot_shell_resistance(shells, ax=left) is left
    assert plot_shell_map([shell(t, v) for v in (3.9, 4.1) for t in (0, 1, 5)][1:], ax=right) is right
    assert_readable(left.figure)


def mesh(axes):
    return next(collection for collection in axes.collections if isinstance(collection, QuadMesh))


def test_columns_of_a_map_reach_half_way_to_the_next_and_rows_are_equally_high(shell):
    voltages, thicknesses = (3.9, 4.0, 4.3), (0, 1, 5, 20)
    axes = plot_shell_map([shell(t, v) for v in voltages for t in thicknesses])
    edges = mesh(axes).get_coordinates()
    assert np.allclose(edges[0, :, 0], (3.85, 3.95, 4.15, 4.45))
    assert np.allclose(edges[:, 0, 1], (-0.5, 0.5, 1.5, 2.5, 3.5))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bare*", "1.03", "4.91", "19.9"]
    values = mesh(axes).get_array()
    assert np.allclose(values, [[interface_ohm_cm2(shell(t, v)) for v in voltages] for t in thicknesses])
    assert isinstance(mesh(axes).norm, LogNorm)
    for text in axes.texts:
        voltage, row = text.get_position()
        column = np.searchsorted(edges[0, :, 0], voltage) - 1
        assert float(text.get_text()) == pytest.approx(values[int(row), column], rel=0.01)
    assert len(axes.texts) == 12


def test_a_map_says_what_the_slices_resist_and_what_it_does_not_draw(shell, as_kmc):
    results = [shell(t) for t in (0, 5)]
    ends = number_text(results[0].asr_layers["LCO"] + results[0].asr_layers["LGPS"])
    between = notes(plot_shell_map([*results, as_kmc(results[1])]))
    assert f"Left out: the slices of LCO (0.94 nm) and LGPS (10 nm) that belong to the stack, {ends} $" in between
    assert "Not drawn: kinetic Monte Carlo (1 results)" in between
    assert "*Not counted: what a reaction leaves at the bare contact LCO|LGPS." in between
    whole = notes(plot_shell_map(results[1:], "asr_ohm_cm2"))
    assert f"Of each number, {ends} $" in whole
    assert not any(word in whole for word in ("Not drawn", "Not counted"))
    assert "slices" not in notes(plot_shell_map(results, "scl_charge_uC_cm2"))


def test_resistances_below_zero_have_colours_too(shell):
    axes = plot_shell_map([shell(t, contacts=EASY_HOPS) for t in (0, 1, 20)])
    assert mesh(axes).get_array().min() < 0 < mesh(axes).get_array().max()
    assert not isinstance(mesh(axes).norm, LogNorm)
    assert len(axes.texts) == 3


def test_colours_are_white_at_zero_only_where_there_are_both_signs(shell):
    def charges(**changes):
        axes = plot_shell_map([shell(t, v, **changes) for v in (3.9, 4.3) for t in (0, 5)], "scl_charge_uC_cm2")
        return mesh(axes)

    offsets = {name: {"offset_eV": -0.1} for name in ("LCO|LGPS", "LNO|LGPS")}
    both = charges(contacts=offsets)
    assert both.get_array().min() < 0 < both.get_array().max()
    assert both.norm.vmin == -both.norm.vmax
    assert min(both.to_rgba(0.0)[:3]) > 0.95
    one = charges()
    assert (one.norm.vmin, one.norm.vmax) == (one.get_array().min(), one.get_array().max())
    darkness = one.to_rgba([one.norm.vmin, one.norm.vmax])[:, :3].sum(axis=1)
    assert darkness[0] < darkness[1]  # most charge, whatever its sign, is darkest


def test_missing_points_are_hatched(shell):
    results = [shell(t, v) for v in (3.9, 4.3) for t in (0, 1, 5)]
    whole, holed = plot_shell_map(results), plot_shell_map([*results[:2], *results[3:]])
    assert not mesh(whole).get_array().mask.any()
    assert np.argwhere(mesh(holed).get_array().mask).tolist() == [[2, 0]]
    assert holed.patch.get_hatch()
    assert len(holed.texts) == 5
    assert len(whole.figure.legends) == 1
    assert [text.get_text() for text in holed.figure.legends[-1].get_texts()] == ["not computed"]


def test_results_of_other_inputs_are_not_mixed(shell, as_kmc):
    """Neither are points of kinetic Monte Carlo beside the continuum of another model."""
    other = as_kmc(shell(5, contacts=EASY_HOPS))
    with pytest.raises(InputError, match=r"two results at 4\.91 nm, which differ in other inputs"):
        plot_shell_resistance([shell(1), shell(5), other])
    with pytest.raises(InputError, match=r"two results at 4\.91 nm and 4 V, which differ"):
        plot_shell_map([shell(1), shell(5), other])


def test_the_continuum_comes_before_kinetic_monte_carlo(shell, as_kmc):
    results = [shell(1), as_kmc(shell(5)), shell(5)]
    axes = plot_shell_map([*results, as_kmc(shell(10))])
    assert axes.get_title(loc="left").endswith("298.15 K, continuum and kinetic Monte Carlo")
    assert plot_shell_map(results).get_title(loc="left").endswith("298.15 K, continuum")


def test_more_lines_than_colours_are_refused(shell):
    voltages = [3.9 + 0.05 * k for k in range(8)]
    results = [shell(t, voltage) for voltage in voltages for t in (1, 5)]
    with pytest.raises(InputError, match="8 lines are more than 7 colours can tell apart; draw fewer"):
        plot_shell_resistance(results)
    assert plot_shell_resistance(results[:-2]).lines


def test_what_cannot_be_drawn_is_told(shell):
    for draw, results, message in (
        (plot_shell_resistance, [], "at least one result"),
        (plot_shell_map, [], "at least one result"),
        (plot_shell_map, [shell(5), shell(5, coating="LPO")], "of one coating, not of LNO, LPO"),
        (plot_shell_map, [shell(5), shell(1, ladder=True)], "one cathode, electrolyte, temperature and model"),
    ):
        with pytest.raises(InputError, match=message):
            draw(results)
    with pytest.raises(InputError, match="no map of 'asr'; choose interface_ohm_cm2, asr_ohm_cm2, scl"):
        plot_shell_map([shell(5)], "asr")
