from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import same_color, to_hex
from matplotlib.figure import Figure

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.plots import figure_style, plot, plot_arrhenius, save_figure
from interfacekit.plots.style import EMPHASIS_COLOUR, INK, LINE_COLOURS
from interfacekit.transport import RunOptions, bulk_model, measured_points, simulate_series

TEMPERATURES = (250.0, 300.0, 350.0, 400.0)


@pytest.fixture(params=(85, 175), ids=lambda width: f"{width}mm")
def width(request):
    return request.param


def series(alias, sample=None):
    known = bulk_model(alias, sample=sample, cells=6)
    options = RunOptions(hops=2e5, replicas=2)
    return simulate_series(known.model, TEMPERATURES, options=options, name=alias, notes=known.notes())


@pytest.fixture(scope="module")
def runs():
    return {"LGPS": series("LGPS"), "shell": series("LGPS", "shell"), "LNO": series("LNO"), "LCO": series("LCO")}


def line_of(axes, colour):
    """The fitted line: many points, no marker."""
    return next(line for line in axes.lines if same_color(line.get_color(), colour) and len(line.get_xdata()) == 100)


def key(axes):
    """Texts of the key, and their handles."""
    (legend,) = axes.figure.legends
    return dict(zip((text.get_text() for text in legend.get_texts()), legend.legend_handles, strict=True))


def rings(axes):
    return [line for line in axes.lines if same_color(line.get_markeredgecolor(), EMPHASIS_COLOUR)]


def test_points_stand_at_their_conductivities(runs):
    axes = plot_arrhenius(runs["LGPS"])
    assert axes.get_yscale() == "log"
    points = next(line for line in axes.lines if line.get_marker() == "o")
    assert np.allclose(points.get_xdata(), [1000 / T for T in TEMPERATURES])
    assert np.allclose(points.get_ydata(), [r.conductivity_S_cm for r in runs["LGPS"]])
    (bars,) = axes.containers
    segments = bars.lines[2][0].get_segments()
    assert np.allclose([s[1, 1] - s[0, 1] for s in segments], [2 * r.conductivity_err_S_cm for r in runs["LGPS"]])


def test_the_line_has_the_activation_energy_of_the_results(runs):
    x, y = line_of(plot_arrhenius(runs["LNO"]), LINE_COLOURS[0]).get_data()
    slope = np.polyfit(x / 1000 / BOLTZMANN_eV_K, np.log(y * 1000 / x), 1)[0]
    assert -slope == pytest.approx(runs["LNO"][0].activation_energy_eV, rel=1e-9)
    for r in runs["LNO"]:
        there = np.exp(np.interp(1000 / r.temperature_K, x[::-1], np.log(y[::-1])))
        assert there == pytest.approx(r.conductivity_S_cm, rel=0.1)


def test_series_differ_in_colour_and_marker_and_name_their_energies(runs):
    axes = plot_arrhenius([*runs["LGPS"], *runs["shell"], *runs["LNO"], *runs["LCO"]])
    entries = key(axes)
    assert [text.split(",")[0] for text in entries] == ["LGPS (bulk)", "LGPS (shell)", "LNO (film)", "LCO (film)"]
    energy, error = runs["LNO"][0].activation_energy_eV, runs["LNO"][0].activation_energy_err_eV
    text = next(text for text in entries if text.startswith("LNO"))
    assert text.endswith(" eV")
    shown, shown_error = (float(part) for part in text.split("= ")[1].removesuffix(" eV").split(" ± "))
    assert (shown, shown_error) == (pytest.approx(energy, abs=error), pytest.approx(error, rel=0.5))
    assert len({(handle.get_marker(), to_hex(handle.get_color())) for handle in entries.values()}) == 4


def test_samples_of_a_material_can_share_its_colour_and_differ_in_marker_and_line(runs):
    axes = plot_arrhenius([*runs["LGPS"], *runs["LNO"], *runs["shell"]], by_material=True)
    looks = [
        (to_hex(h.get_color()), h.get_marker(), h.get_linestyle(), same_color(h.get_markerfacecolor(), "white"))
        for h in key(axes).values()
    ]
    assert looks == [
        (LINE_COLOURS[0].lower(), "o", "-", False),
        (LINE_COLOURS[1].lower(), "o", "-", False),
        (LINE_COLOURS[0].lower(), "s", "--", True),
    ]
    fitted = [line for line in axes.lines if len(line.get_xdata()) == 100]
    assert [line.get_linestyle() for line in fitted] == ["-", "-", "--"]


def test_all_text_can_be_read(runs, width, assert_readable):
    points = [point for alias in ("LGPS", "LNO", "LCO") for point in measured_points(alias)]
    results = [r for run in runs.values() for r in run]
    for chosen, measured in ((runs["LCO"], measured_points("LCO")), (results, points), (runs["LGPS"][:1], None)):
        axes = plot_arrhenius(chosen, measured, width_mm=width)
        texts = assert_readable(axes.figure)
        assert {"1000/T (1/K)", "Conductivity (S/cm)", "Temperature (\N{DEGREE SIGN}C)"} <= set(texts)
        assert abs(axes.figure.get_figwidth() * 25.4 - width) < 1e-6


def test_the_upper_axis_gives_celsius(runs):
    axes = plot_arrhenius(runs["LGPS"])
    top = axes.child_axes[0]
    ticks = {label.get_text(): x for x, label in zip(top.get_xticks(), top.get_xticklabels(), strict=True)}
    assert ticks["25"] == pytest.approx(1000 / 298.15)
    assert ticks["\N{MINUS SIGN}25"] == pytest.approx(1000 / 248.15)


def test_measured_points_are_all_inside_and_their_ranges_bars(runs):
    points = measured_points("LCO")
    axes = plot_arrhenius(runs["LCO"], points)
    low, high = axes.get_ylim()
    drawn = [line for line in axes.lines if same_color(line.get_color(), INK)]
    assert len(drawn) == len(points)
    for line, point in zip(drawn, points, strict=True):
        ends = sorted({point.conductivity_low_S_cm, point.conductivity_high_S_cm})
        assert sorted(line.get_ydata()) == ends
        assert low < ends[0] <= ends[-1] < high
        assert set(line.get_xdata()) == {1000 / point.temperature_K}
    assert sum(text.endswith("(range)") for text in key(axes)) == 2
    places = [line.get_transform().transform([line.get_xdata()[0], 1e-7])[0] for line in drawn[:2]]
    assert abs(places[0] - places[1]) > 5  # bars of one temperature stand beside each other


def test_markers_show_how_sure_a_measurement_is(runs):
    seen, *_ = points = measured_points("LCO")
    variants = [
        replace(seen, certainty=c) for c in ("seen", "seen-secondary", "derived", "figure-read", "memory-approx")
    ]
    axes = plot_arrhenius(runs["LNO"], variants)
    drawn = [line for line in axes.lines if len(line.get_xdata()) == 2]
    assert len(points) == 3
    assert [same_color(line.get_markerfacecolor(), "white") for line in drawn] == [False, True, True, True, True]
    assert [same_color(line.get_color(), INK) for line in drawn] == [True, True, True, True, False]
    assert {"open: second-hand, derived or read off a figure", "faint: recalled, not looked up"} <= key(axes).keys()


def test_what_was_calibrated_to_is_ringed(runs):
    axes = plot_arrhenius(runs["shell"], measured_points("LGPS"))
    (ring,) = rings(axes)
    assert ring.get_ydata()[0] == 1.2e-3
    assert "calibrated to this: no prediction" in key(axes)
    (ring,) = rings(plot_arrhenius(runs["LCO"], measured_points("LCO")))
    assert ring.get_ydata()[0] == measured_points("LCO")[0].conductivity_low_S_cm
    assert not rings(plot_arrhenius(runs["LNO"], measured_points("LGPS")))
    free = bulk_model("LGPS", cells=6, attempt_frequency_Hz=1e13)
    options = RunOptions(hops=2e5, replicas=2)
    other = simulate_series(free.model, [300], options=options, name="LGPS", notes=free.notes())
    assert not rings(plot_arrhenius(other, measured_points("LGPS")))


def test_one_temperature_has_a_point_and_no_line(runs):
    alone = replace(runs["LNO"][1], activation_energy_eV=None, activation_energy_err_eV=None)
    axes = plot_arrhenius(alone)
    assert list(key(axes)) == ["LNO (film)"]
    assert all(len(line.get_xdata()) == 1 for line in axes.lines)
    low, high = axes.get_ylim()
    assert high > 10 * low


def test_a_field_is_a_series_of_its_own(runs):
    r = runs["LNO"][0]
    parameters = {**r.provenance["parameters"], "field_V_A": (0.001, 0.0, 0.0)}
    driven = replace(r, provenance={**r.provenance, "parameters": parameters}, activation_energy_eV=None)
    assert next(iter(key(plot_arrhenius([driven])))) == "LNO (film), 0.01 V/nm along x"
    assert len(key(plot_arrhenius([*runs["LNO"], driven]))) == 2


def test_it_is_the_usual_figure_of_transport(runs):
    assert plot(runs["LGPS"]).get_ylabel() == "Conductivity (S/cm)"
    assert plot(runs["LGPS"][0]).get_xlabel() == "1000/T (1/K)"


def test_given_axes_have_their_key_below(runs, assert_readable):
    with figure_style():
        left, right = Figure(figsize=(7, 4.5), layout="constrained").subplots(1, 2)
    assert plot_arrhenius(runs["LGPS"], measured_points("LGPS"), ax=left) is left
    plot_arrhenius(runs["LNO"], ax=right)
    assert_readable(left.figure)
    assert not left.figure.legends
    assert "LGPS (bulk)" in left.get_legend().get_texts()[0].get_text()


@pytest.fixture(scope="module")
def drawn_twice(runs):
    return [plot_arrhenius(runs["LCO"], measured_points("LCO")).figure for _ in range(2)]


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_results_give_the_same_file(drawn_twice, tmp_path, suffix):
    files = [tmp_path / f"{name}.{suffix}" for name in ("first", "second")]
    for figure, file in zip(drawn_twice, files, strict=True):
        save_figure(figure, file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_what_cannot_be_drawn_is_told(runs):
    with pytest.raises(InputError, match="at least one result"):
        plot_arrhenius([])
    with pytest.raises(InputError, match="LNO \\(film\\) at 250 K is not above 0"):
        plot_arrhenius(replace(runs["LNO"][0], conductivity_S_cm=-1e-9))
