import io
import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib._pylab_helpers import Gcf
from matplotlib.image import imread

import interfacekit.plots
from interfacekit.errors import ComputationError, InputError
from interfacekit.plots import (
    figure_style,
    formula_label,
    new_axes,
    plot_reaction,
    plot_staircase,
    plot_triangle,
    save_figure,
)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("Li10GeP2S12", "Li$_{10}$GeP$_{2}$S$_{12}$"),
        ("Li0.5CoO2", "Li$_{0.5}$CoO$_{2}$"),
        ("Co3(PO4)2", "Co$_{3}$(PO$_{4}$)$_{2}$"),
        ("Li5(NbS2)7", "Li$_{5}$(NbS$_{2}$)$_{7}$"),
        ("LiCoO2|Li3PS4", "LiCoO$_{2}$|Li$_{3}$PS$_{4}$"),
        ("LCO|LGPS", "LCO|LGPS"),
        ("NMC811", "NMC811"),
        ("nmc811|Li2S", "nmc811|Li$_{2}$S"),
        ("LiPO3", "LiPO$_{3}$"),
        ("S", "S"),
    ],
)
def test_formulas_have_subscripts_and_aliases_have_none(name, label):
    assert formula_label(name) == label


def test_no_module_uses_pyplot_or_pymatgen():
    for path in Path(interfacekit.plots.__file__).parent.glob("*.py"):
        assert not re.search(r"^\s*(import|from)\s+(pymatgen|matplotlib\.pyplot|pylab)", path.read_text(), re.MULTILINE)


def test_style_is_the_same_whatever_the_user_set_and_leaves_it_alone():
    with mpl.rc_context({"font.size": 33, "axes.facecolor": "red", "text.usetex": False}):
        with figure_style():
            assert mpl.rcParams["font.size"] == 7
            assert mpl.rcParams["axes.facecolor"] == "white"
        assert mpl.rcParams["font.size"] == 33
        axes = new_axes()
    assert axes.get_facecolor() == (1, 1, 1, 1)


@pytest.mark.parametrize("width", [0, 20, -85, float("nan"), float("inf")])
def test_axes_too_narrow_for_their_labels_are_refused(width):
    with pytest.raises(InputError, match="at least 50 mm"):
        new_axes(width)


def test_new_axes_have_the_size_asked_for():
    figure = new_axes(85, aspect=0.5).figure
    assert np.allclose(figure.get_size_inches() * 25.4, (85, 42.5))


def test_plots_leave_no_trace_in_global_state(reactions):
    before = dict(mpl.rcParams)
    plot_reaction(reactions["LCO", "LGPS", None])
    assert dict(mpl.rcParams) == before
    assert not Gcf.figs


def test_axes_and_their_figure_show_themselves_in_a_notebook(windows):
    axes = plot_staircase(windows[0], width_mm=85)
    image, size = axes._repr_png_()
    pixels = imread(io.BytesIO(image), format="png")
    assert size["width"] == round(85 / 25.4 * 144)
    assert abs(pixels.shape[1] - 1.5 * size["width"]) <= 2
    assert abs(pixels.shape[0] - 1.5 * size["height"]) <= 2
    assert pixels[..., :3].std() > 0.05
    assert axes.figure._repr_png_() == (image, size)
    axes.set_title("changed")
    assert axes._repr_png_()[0] != image
    assert not Gcf.figs


def test_a_shown_figure_has_at_most_four_million_pixels_and_is_saved_as_before(tmp_path):
    axes = new_axes(2000, aspect=2)
    image, size = axes._repr_png_()
    pixels = imread(io.BytesIO(image), format="png")
    assert 3.9e6 < pixels.shape[0] * pixels.shape[1] <= 4.01e6
    assert size == {"width": round(2000 / 25.4 * 144), "height": round(4000 / 25.4 * 144)}
    shown, other = new_axes(), new_axes()
    shown._repr_png_()
    for axes, name in ((shown, "shown.svg"), (other, "other.svg")):
        save_figure(axes.figure, tmp_path / name)
    assert (tmp_path / "shown.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()


def test_axes_that_left_their_figure_show_nothing():
    axes = new_axes()
    axes.remove()
    assert axes._repr_png_() is None


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_the_same_result_gives_the_same_file(tmp_path, triangles, suffix):
    files = [tmp_path / f"{name}.{suffix}" for name in ("first", "second")]
    for file in files:
        save_figure(plot_triangle(triangles[2.0]).figure, file)
    first, second = (file.read_bytes() for file in files)
    assert first == second
    assert sorted(tmp_path.iterdir()) == sorted(files)


def test_saving_twice_gives_the_same_file(tmp_path, reactions):
    figure = plot_reaction(reactions["LCO", "LGPS", None]).figure
    for name in ("a.svg", "between.png", "b.svg"):
        save_figure(figure, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_png_has_300_dpi_at_the_width_of_the_column(tmp_path, windows):
    save_figure(plot_staircase(windows[0], width_mm=85).figure, tmp_path / "figure.PNG")
    image = imread(tmp_path / "figure.PNG", format="png")
    assert abs(image.shape[1] - 85 / 25.4 * 300) <= 1
    assert image[..., :3].std() > 0.05


def test_svg_is_complete_and_has_no_date(tmp_path, windows):
    save_figure(plot_staircase(windows[0]).figure, tmp_path / "figure.svg")
    text = (tmp_path / "figure.svg").read_text()
    root = ET.fromstring(text)  # noqa: S314  # our own file
    assert root.tag.endswith("svg")
    assert "<dc:date>" not in text
    assert "Voltage vs Li/Li" in text


def test_pdf_embeds_truetype_and_has_no_date(tmp_path, windows):
    save_figure(plot_staircase(windows[0]).figure, tmp_path / "figure.pdf")
    data = (tmp_path / "figure.pdf").read_bytes()
    assert data.startswith(b"%PDF")
    assert data.rstrip().endswith(b"%%EOF")
    assert b"CreationDate" not in data
    assert b"/FontFile2" in data
    assert b"/Type3" not in data


@pytest.mark.parametrize("name", ["figure.jpg", "figure", "figure.svgz"])
def test_other_formats_are_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"\.png, \.svg or \.pdf"):
        save_figure(new_axes().figure, tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(InputError, match="no directory"):
        save_figure(new_axes().figure, tmp_path / "missing" / "figure.png")


def test_a_failed_save_keeps_the_former_file(tmp_path, monkeypatch):
    path = tmp_path / "figure.png"
    path.write_bytes(b"former")
    figure = new_axes().figure

    def fail(target, **kwargs):
        Path(target).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(figure, "savefig", fail)
    with pytest.raises(ComputationError, match="disk full; the file that was there is kept"):
        save_figure(figure, path)
    assert path.read_bytes() == b"former"
    assert list(tmp_path.iterdir()) == [path]


def test_threads_draw_the_same_figures(tmp_path, windows):
    def draw(k):
        path = tmp_path / f"{k}.svg"
        save_figure(plot_staircase(windows[k % 2]).figure, path)
        return path.read_bytes()

    before = dict(mpl.rcParams)
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(draw, range(4)))
    assert drawn[0] == drawn[2] != drawn[1] == drawn[3]
    assert dict(mpl.rcParams) == before
