import numpy as np
import pytest
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from matplotlib.patches import StepPatch
from matplotlib.transforms import Bbox

from interfacekit.errors import InputError
from interfacekit.plots import figure_style, plot_stack_profiles, save_figure
from interfacekit.plots.style import LINE_COLOURS
from interfacekit.plots.transport.stack_profiles import _blocks, _plane_edges_nm
from interfacekit.plots.transport.stacks import by_case, case_names
from interfacekit.structure import CrystalLayer, CrystalStack
from interfacekit.transport import Layer, Stack, space_charge


@pytest.fixture(scope="module")
def one(shell):
    """One stack, drawn once; a test that changes the figure draws its own."""
    return plot_stack_profiles(shell(5))


@pytest.fixture(scope="module")
def several(shell):
    return plot_stack_profiles([shell(t) for t in (0, 1, 5)])


def panels(axes):
    charge, occupation, strips = axes.child_axes
    return {"potential": axes, "charge": charge, "occupation": occupation, "strips": strips}


def steps(axes, colour=LINE_COLOURS[0]):
    return next(p for p in axes.patches if isinstance(p, StepPatch) and same_color(p.get_edgecolor(), colour))


def test_lines_are_the_profile(shell, one):
    result = shell(5)
    drawn = panels(one)
    for name, values in (
        ("occupation", result.profile.occupation),
        ("charge", result.profile.charge_density_e_nm3),
    ):
        data = steps(drawn[name]).get_data()
        begins = sum(result.thicknesses_nm[:-1])
        assert np.allclose(data.values, values)
        assert np.allclose((data.edges[1:] + data.edges[:-1]) / 2, np.array(result.profile.position_nm) - begins)
        assert data.edges[0] == pytest.approx(-begins)
        assert data.edges[-1] == pytest.approx(result.thicknesses_nm[-1])
    line = next(line for line in drawn["potential"].lines if len(line.get_xdata()) > 2)
    assert np.allclose(line.get_ydata(), result.profile.potential_V)


def test_electrolytes_of_all_thicknesses_begin_at_one_place(shell, several):
    occupation = panels(several)["occupation"]
    for thickness, colour in zip((0, 1, 5), LINE_COLOURS, strict=False):
        result = shell(thickness)
        data = steps(occupation, colour).get_data()
        first = result.profile.layer.index("LGPS")
        assert data.edges[first] == pytest.approx(0, abs=1e-9)
        assert data.values[first] == pytest.approx(result.profile.occupation[first])


def test_kinetic_monte_carlo_is_points_with_errors_in_the_colour_of_its_stack(shell, as_kmc):
    result = as_kmc(shell(5))
    drawn = panels(plot_stack_profiles([shell(5), shell(0), result]))
    scale = next(q / (c - n) for q, c, n, layer in planes(result) if layer == "LGPS" and abs(c - n) > 0.01)
    electrolyte = result.profile.layer.index("LGPS")
    for name, error in (("occupation", 0.01), ("potential", 0.02), ("charge", 0.01 * scale)):
        (bars,) = drawn[name].containers
        assert same_color(bars.lines[0].get_color(), LINE_COLOURS[0])
        segment = bars.lines[2][0].get_segments()[electrolyte]
        assert segment[1, 1] - segment[0, 1] == pytest.approx(2 * error)


def planes(result):
    p = result.profile
    return zip(p.charge_density_e_nm3, p.occupation, p.neutral_occupation, p.layer, strict=True)


def test_strips_name_the_layers_and_shades_stand_under_them(shell, one, several):
    assert [text.get_text() for text in panels(one)["strips"].texts] == ["LCO", "LNO", "LGPS"]
    shades = [patch.get_bbox() for patch in panels(one)["charge"].patches if not isinstance(patch, StepPatch)]
    assert [box.x1 - box.x0 for box in shades] == pytest.approx(shell(5).thicknesses_nm)
    assert [label.get_text() for label in panels(several)["strips"].get_yticklabels()] == ["bare", "1.03 nm", "4.91 nm"]
    assert all(isinstance(patch, StepPatch) for patch in panels(several)["charge"].patches)


def test_the_axis_ends_where_the_electrolyte_is_neutral(shell):
    result = shell(0, ladder=True)
    low, high = plot_stack_profiles(result).get_xlim()
    position = np.array(result.profile.position_nm) - result.thicknesses_nm[0]
    charge = np.abs(result.profile.charge_density_e_nm3)
    assert low == pytest.approx(-result.thicknesses_nm[0])
    assert charge[position > high - 1].max() < 0.05 * charge.max()
    assert high < result.thicknesses_nm[-1]


def test_panels_share_their_axis_and_lie_in_one_place(shell):
    axes = plot_stack_profiles(shell(5))
    axes.set_xlim(-1, 1)
    assert {panel.get_xlim() for panel in axes.child_axes} == {(-1.0, 1.0)}
    axes.figure.draw_without_rendering()
    boxes = [axes.get_window_extent(), *(panel.get_window_extent() for panel in axes.child_axes)]
    assert all(lower.y1 < upper.y0 for lower, upper in zip(boxes, boxes[1:], strict=False))
    assert Bbox.union(boxes).y1 <= axes.figure.bbox.height


@pytest.mark.parametrize("width", [85, 175])
def test_all_text_can_be_read(shell, as_kmc, width, assert_readable):
    voltages = [shell(t, v) for t in (0, 5) for v in (3.9, 4.3)]
    for chosen in ([shell(0), as_kmc(shell(0)), *(shell(t) for t in (1, 2, 5, 20))], voltages):
        texts = assert_readable(plot_stack_profiles(chosen, width_mm=width).figure)
        assert {"Potential (V)", "Charge (e/nm$^3$)", "Occupation (-)"} <= set(texts)
        assert "Position from the surface of LGPS (nm)" in texts


def test_panels_have_their_height(one, several):
    for axes in (one, several):
        axes.figure.draw_without_rendering()
        for panel in (axes, *axes.child_axes[:2]):
            assert panel.get_window_extent().height / axes.figure.dpi * 25.4 == pytest.approx(27, abs=0.5)


def test_small_print_says_where_the_numbers_come_from(shell, one, drawn_texts):
    def notes(axes):
        text = next(text for text, _ in drawn_texts(axes.figure) if "Second-hand" in text)
        return text.replace("\n", " ")

    text = notes(one)
    assert "recalled slope of the voltage: bulk of LCO; to measured conductivities: bulk of LNO and LGPS." in text
    assert (
        "site energies across LCO|LNO and LNO|LGPS (Li$_{3}$PS$_{4}$ stands in for Li$_{10}$GeP$_{2}$S$_{12}$)" in text
    )
    assert "hops across contacts (as on the slower side)" in text
    assert "permittivity of LGPS;" in text
    assert "interphase" not in text
    assert "Not counted" not in text
    assert "Not counted: what a reaction leaves at the bare contact LCO|LGPS." in notes(plot_stack_profiles(shell(0)))
    between = {"LCO|LGPS": {"thickness_nm": 300, "conductivity_S_cm": 2e-9, "temperature_K": 310}}
    warm = notes(plot_stack_profiles(shell(0, interphases=between)))
    assert "Assumed alike at all temperatures: the interphase of LCO|LGPS." in warm
    between["LCO|LGPS"]["barrier_eV"] = 0.4
    assert "temperatures" not in notes(plot_stack_profiles(shell(0, interphases=between)))
    barriers = {name: {"barrier_eV": 0.5} for name in ("LCO|LNO", "LNO|LGPS")}
    changes = {**barriers, "LCO|LNO": {"offset_eV": 0.1, "barrier_eV": 0.5}}
    between = {"LNO|LGPS": {"thickness_nm": 1, "conductivity_S_cm": 1e-6}}
    text = notes(plot_stack_profiles(shell(5, contacts=changes, interphases=between)))
    assert "Given: site energies across LCO|LNO." in text
    assert "hops across contacts" not in text
    assert "Put in, not computed: the interphase of LNO|LGPS." in text


def test_names_say_what_differs(shell):
    offset = {"LCO|LNO": {"offset_eV": 0.2}}
    for results, names in (
        ([shell(5, 3.9), shell(5, 4.3)], ["3.9 V", "4.3 V"]),
        ([shell(5), shell(5, ladder=True)], ["means of sites", "plane by plane"]),
        (
            [shell(5), shell(5, site_spacing_A=2.8)],
            ["4.91 nm, sites of 3.2 \N{ANGSTROM SIGN}", "5.06 nm, sites of 2.8 \N{ANGSTROM SIGN}"],
        ),
        ([shell(0, 3.9), shell(5, 4.3)], ["bare, 3.9 V", "4.91 nm, 4.3 V"]),
        ([shell(5), shell(5, coating="LPO")], ["LNO, 4.91 nm", "LPO, 5.02 nm"]),
        ([shell(5), shell(5, contacts=offset)], ["LCO|LNO|LGPS", "LCO|LNO|LGPS (2)"]),
    ):
        assert case_names(results) == names


def test_results_of_one_stack_are_one_case_whatever_their_method(shell, as_kmc):
    cases = by_case([shell(5), shell(0), as_kmc(shell(5)), shell(5, ladder=True)])
    assert [[result.method for result in case] for case in cases] == [
        ["continuum", "kmc"],
        ["continuum"],
        ["continuum"],
    ]


def test_a_stack_of_one_layer_or_without_a_voltage_is_drawn(assert_readable):
    alone = space_charge(Stack([Layer("LGPS", 3.0)]))
    axes = plot_stack_profiles(alone)
    assert_readable(axes.figure)
    assert axes.get_xlim()[0] == pytest.approx(0)
    pair = space_charge(Stack([Layer("LNO", 3.0), Layer("LGPS", 3.0)]))
    texts = assert_readable(plot_stack_profiles(pair).figure)
    assert "LNO|LGPS, 298.15 K" in texts


def test_given_axes_keep_the_panels_in_their_place(shell, assert_readable):
    with figure_style():
        left, right = Figure(figsize=(9, 7), layout="constrained").subplots(1, 2)
    assert plot_stack_profiles([shell(5, 3.9), shell(5, 4.3)], ax=left) is left
    plot_stack_profiles(shell(5), ax=right)
    assert_readable(left.figure)
    assert not left.figure.legends


def test_the_same_results_give_the_same_file(shell, tmp_path):
    files = [tmp_path / f"{name}.svg" for name in ("first", "second")]
    for file in files:
        save_figure(plot_stack_profiles(shell(0)).figure, file)
    assert files[0].read_bytes() == files[1].read_bytes()


def test_nothing_to_draw_is_told():
    with pytest.raises(InputError, match="at least one result"):
        plot_stack_profiles([])


def test_more_stacks_than_colours_are_refused(shell):
    with pytest.raises(InputError, match="8 profiles are more than 7 colours can tell apart; draw fewer"):
        plot_stack_profiles([shell(t) for t in range(8)])


def test_slices_of_crystals_begin_at_their_contacts():
    """Between cut layers is room for their atoms, in the middle of which steps and layers both change."""
    stack = CrystalStack([CrystalLayer("LCO", 1), CrystalLayer("LNO", 2, amorphous=True), CrystalLayer("LGPS", 2)])
    found = space_charge(stack, 4.0)
    edges = _plane_edges_nm(found)
    first = found.profile.layer.index("LNO"), found.profile.layer.index("LGPS")
    blocks = _blocks(found)
    assert [edges[n] for n in (0, *first, -1)] == pytest.approx([blocks[0].start, *(b.end for b in blocks)], abs=1e-6)
    assert edges[first[1]] == pytest.approx(0, abs=1e-9)
    middle = np.array(found.profile.position_nm) + edges[0]
    assert ((edges[:-1] < middle) & (middle < edges[1:])).all()
    room = edges[-1] - edges[0] - sum(found.thicknesses_nm)
    assert 0 < room < 0.4
    told = [text.get_text() for legend in plot_stack_profiles(found).figure.legends for text in legend.get_texts()]
    assert any("LCO (1 0 4), LNO glass, LGPS (0 0 1)" in text for text in told)
