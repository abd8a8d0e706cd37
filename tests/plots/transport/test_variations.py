from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.colors import same_color

from interfacekit.errors import InputError
from interfacekit.plots import plot_variations
from interfacekit.transport import shell_point
from interfacekit.transport.shells.evidence import bare_resistance
from interfacekit.transport.shells.variations import Ranges, all_changes, changed_point, single_changes, varied_shell
from tests.transport.example_stacks import whole_planes_nm

VOLTAGES = (3.9, 4.0)


@pytest.fixture(scope="module")
def varied():
    ranges = Ranges(hop_barriers_eV=(-0.1, 0.2), site_spacings_A=(2.8,), ladder=False)
    point = {"cathode": "LCO", "coating": "LNO", "electrolyte": "LGPS", "thickness_nm": 0, "temperature_K": 298.15}
    points = [point | {"voltage_V": voltage} for voltage in VOLTAGES]
    return [
        varied_shell(changes, shell_point(**changed_point(point, changes)))
        for point in points
        for changes in all_changes(point, ranges)
    ]


@pytest.fixture(scope="module")
def drawn(varied):
    return plot_variations(varied, 4.0, bare_resistance())


def labels(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def singles(varied):
    return [one for one in varied if len(one.changes) <= 1]


def test_each_change_has_a_row_with_its_value_and_its_range(varied, drawn):
    markers = {line.get_ydata()[0]: line for line in drawn.lines if line.get_marker() == "o"}
    lines = [line for line in drawn.lines if line.get_marker() == "None" and any(line.get_xdata())]
    ranges = {line.get_ydata()[0]: line for line in lines}
    changes = list(dict.fromkeys(one.changes for one in singles(varied)))
    assert len(markers) == len(changes) == 8
    for row, change in enumerate(changes):
        values = {one.voltage_V: one.contacts_ohm_cm2 for one in varied if one.changes == change}
        assert markers[row].get_xdata()[0] == pytest.approx(values[4.0])
        assert sorted(ranges[row].get_xdata()) == pytest.approx(sorted(values.values()))


def test_rows_are_named_and_their_values_written(varied, drawn):
    assert labels(drawn)[0] == "all inputs as they are"
    assert "hop barrier of contacts \N{MINUS SIGN}0.1 eV" in labels(drawn)
    assert "site spacing 2.8 \N{ANGSTROM SIGN}" in labels(drawn)
    powers = [("\N{MINUS SIGN}", "-"), ("$\\times$10$^{", "e"), ("}$", "")]
    written = []
    for text in drawn.texts:
        number = text.get_text()
        for written_as, plain in powers:
            number = number.replace(written_as, plain)
        written.append(float(number))
    here = [one.contacts_ohm_cm2 for one in singles(varied) if one.voltage_V == 4.0]
    assert written == pytest.approx(here, rel=0.05)
    assert min(written) < 0 < drawn.get_xlim()[1]
    assert drawn.get_xlim()[0] < min(one.contacts_ohm_cm2 for one in varied)


def test_the_last_row_has_every_combination(varied, drawn):
    combined = [one for one in varied if len(one.changes) > 1]
    (rug,) = [c for c in drawn.collections if isinstance(c, LineCollection)]
    assert sorted(segment[0, 0] for segment in rug.get_segments()) == pytest.approx(
        sorted(one.contacts_ohm_cm2 for one in combined)
    )
    assert labels(drawn)[-1] == f"{len(combined) // 2} combinations, all voltages"
    alone = plot_variations(singles(varied), 4.0)
    assert "combinations" not in labels(alone)[-1]


def test_markers_show_how_sure_the_changed_input_is(varied, drawn):
    markers = {line.get_ydata()[0]: line for line in drawn.lines if line.get_marker() == "o"}
    names = labels(drawn)
    looks = {names[row]: (line.get_color(), line.get_markerfacecolor()) for row, line in markers.items()}
    second_hand, recalled, assumed = (
        looks[name]
        for name in ("site energies LCO|LGPS +0.3 eV", "permittivity LGPS 30", "site spacing 2.8 \N{ANGSTROM SIGN}")
    )
    assert recalled == assumed != second_hand
    assert same_color(second_hand[1], "white")
    seen = [replace(one, certainty=("seen",)) if one.changes else one for one in singles(varied)]
    filled = [line for line in plot_variations(seen, 4.0).lines if line.get_marker() == "o"]
    assert not any(same_color(line.get_markerfacecolor(), "white") for line in filled)


@pytest.mark.parametrize("width", [85, 175])
def test_all_text_can_be_read(varied, width, assert_readable):
    axes = plot_variations(varied, 4.0, bare_resistance(), width_mm=width)
    texts = assert_readable(axes.figure)
    assert "Added by the contacts ($\\Omega$ cm$^2$)" in texts
    assert any("Nishio" in text for text in texts)
    band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    assert (band.x0, band.x1) == pytest.approx((bare_resistance().low, bare_resistance().high), rel=1e-3)


def test_another_site_spacing_makes_other_whole_planes_of_the_same_shell():
    """The title has those of the inputs as they are, wherever these stand."""
    point = {"cathode": "LCO", "coating": "LNO", "electrolyte": "LGPS", "thickness_nm": 5, "temperature_K": 298.15}
    point |= {"voltage_V": 4.0}
    ranges = Ranges(hop_barriers_eV=(), site_spacings_A=(2.8, 3.6), ladder=False)
    changes = [(one,) for one in single_changes(point, ranges)] + [()]
    varied = [varied_shell(some, shell_point(**changed_point(point, some))) for some in changes]
    assert {one.requested_thickness_nm for one in varied} == {5.0}
    sizes = {round(one.thickness_nm, 9) for one in varied}
    assert sizes == {round(whole_planes_nm("LNO", 5.0, spacing), 9) for spacing in (2.8, 3.2, 3.6)}
    assert "LNO|LGPS, 4.91 nm, 4.0 V" in plot_variations(varied, 4.0).get_title(loc="right")


def test_what_cannot_be_drawn_is_told(varied):
    with pytest.raises(InputError, match="of one shell"):
        plot_variations([*varied, replace(varied[0], thickness_nm=5.0, requested_thickness_nm=5.0)], 4.0)
    with pytest.raises(InputError, match=r"nothing at 4.2 V without a change"):
        plot_variations(varied, 4.2)
    assert np.isfinite(plot_variations(varied[:1], 3.9).get_xlim()).all()
