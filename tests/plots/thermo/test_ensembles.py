from dataclasses import replace

import numpy as np
import pytest

from interfacekit.errors import InputError
from interfacekit.plots import (
    formula_label,
    plot,
    plot_leave_one_out,
    plot_reaction_ensembles,
    plot_window_ensembles,
    save_figure,
)
from interfacekit.thermo import leave_one_out, reaction_ensemble, window_ensemble


@pytest.fixture(params=(85, 175), ids=lambda width: f"{width}mm")
def width(request):
    return request.param


@pytest.fixture(scope="module")
def window_intervals():
    return [window_ensemble(name, 60) for name in ("LGPS", "LLZO", "CoS2", "Li0.45CoO2")]


@pytest.fixture(scope="module")
def reaction_intervals():
    return [reaction_ensemble("LCO", "LGPS", voltage, 40) for voltage in (3.0, 4.0)]


@pytest.fixture(scope="module")
def moved():
    return leave_one_out("LGPS"), leave_one_out(["LCO", "LGPS"], 3.9)


def spans(axes):
    """Ends of the horizontal lines between two points, by their height."""
    lines = [line for line in axes.lines if len(line.get_xdata()) == 2 and np.ptp(line.get_ydata()) == 0]
    return {round(line.get_ydata()[0], 3): tuple(line.get_xdata()) for line in lines}


def dots(axes, marker):
    return {round(line.get_ydata()[0], 3): line.get_xdata()[0] for line in axes.lines if line.get_marker() == marker}


def test_lines_span_the_intervals_of_limits(window_intervals):
    axes = plot_window_ensembles(window_intervals)
    found, medians = spans(axes), dots(axes, "o")
    expected = {}
    for row, e in enumerate(window_intervals):
        expected[round(row - 0.15, 3)] = e.reduction_V
        if e.oxidation_V is not None:
            expected[round(row + 0.15, 3)] = e.oxidation_V
    assert found == {y: (i.low, i.high) for y, i in expected.items()}
    assert medians == {y: i.median for y, i in expected.items()}


def test_bars_are_the_windows_without_errors(window_intervals):
    axes = plot_window_ensembles(window_intervals)
    bars = [(p.get_x(), p.get_x() + p.get_width()) for p in axes.patches]
    values = [(e.reduction_V.value, 5.0 if e.oxidation_V is None else e.oxidation_V.value) for e in window_intervals]
    assert np.allclose(bars, values[:3])
    assert dots(axes, "D") == {3.0: values[3][0]}  # a mixture of two states has a window of zero width
    assert axes.get_xlim() == (0, 5.0)


def test_rows_say_their_numbers(window_intervals, reaction_intervals):
    labels = [label.get_text() for label in plot_window_ensembles(window_intervals).get_yticklabels()]
    e = window_intervals[0]
    assert labels[0].split("\n") == [
        "LGPS",
        f"1.72 [{e.reduction_V.low:.2f}, {e.reduction_V.high:.2f}] V",
        f"2.29 [{e.oxidation_V.low:.2f}, {e.oxidation_V.high:.2f}] V",
    ]
    assert len(labels[2].split("\n")) == 2
    labels = [label.get_text() for label in plot_reaction_ensembles(reaction_intervals).get_yticklabels()]
    assert labels[0].split("\n")[1].startswith("\N{MINUS SIGN}570 [")


def test_lines_span_the_intervals_of_reactions(reaction_intervals):
    axes = plot_reaction_ensembles(reaction_intervals)
    energies = {
        round(row + shift, 3): getattr(e, f"{name}_eV_per_non_Li_atom")
        for row, e in enumerate(reaction_intervals)
        for name, shift in (("mutual", -0.15), ("total", 0.15))
    }
    assert spans(axes) == {y: (1e3 * i.low, 1e3 * i.high) for y, i in energies.items()}
    assert dots(axes, "D") == {y: 1e3 * i.value for y, i in energies.items()}
    assert "non-Li" in axes.get_xlabel()
    closed = plot_reaction_ensembles([reaction_ensemble("LCO", "LGPS", None, 10)])
    assert closed.get_xlabel() == "Reaction energy (meV/atom)"


def test_markers_stand_at_the_shifts(moved):
    result = moved[0]
    axes = plot_leave_one_out(result)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[:2] == [formula_label("Li48P16S61"), formula_label("Li3PS4")]
    markers = [line for line in axes.lines if line.get_marker() == "o"]
    assert sorted(m.get_xdata()[0] for m in markers) == pytest.approx(sorted(s.shift for s in result.shifts))
    open_ones = [m.get_xdata()[0] for m in markers if m.get_markerfacecolor() == "white"]
    assert sorted(open_ones) == pytest.approx(sorted(s.shift for s in result.shifts if s.change == "stabilised"))


def test_figures_can_be_read(window_intervals, reaction_intervals, moved, width, assert_readable):
    for axes in (
        plot_window_ensembles(window_intervals, width_mm=width),
        plot_reaction_ensembles(reaction_intervals, width_mm=width),
        *(plot_leave_one_out(result, width_mm=width) for result in moved),
    ):
        texts = assert_readable(axes.figure)
        assert abs(axes.figure.get_figwidth() * 25.4 - width) < 1e-6
        assert any("assumed error model" in text or "phase removed" in text for text in texts)
    assert any("phases with smaller shifts not shown" in text for text in texts)


def test_the_usual_figures_are_these(window_intervals, reaction_intervals, moved):
    assert len(plot(window_intervals).patches) == 3
    assert "non-Li" in plot(reaction_intervals).get_xlabel()
    assert plot(moved[0]).get_xlabel() == "Shift (V)"


def test_the_same_figure_gives_the_same_bytes(window_intervals, tmp_path):
    for name in ("a.png", "b.png"):
        save_figure(plot_window_ensembles(window_intervals).figure, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_what_cannot_be_drawn_is_told(reaction_intervals):
    with pytest.raises(InputError, match="must be one or more"):
        plot_window_ensembles([])
    with pytest.raises(InputError, match="must be one or more"):
        plot_reaction_ensembles([])
    with pytest.raises(InputError, match="draw them in two figures"):
        plot_reaction_ensembles([*reaction_intervals, reaction_ensemble("LCO", "LGPS", None, 5)])
    with pytest.raises(InputError, match="one or more shifts"):
        plot_leave_one_out(replace(leave_one_out("LGPS"), shifts=()))
