"""Screening maps: what is drawn where, and that names can be read."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from interfacekit.errors import InputError
from interfacekit.plots import figure_style, formula_label, plot, plot_screening_map
from interfacekit.plots.thermo import screening_map
from interfacekit.thermo import Gates, screen
from tests.covering import in_turns

NAMES = [
    "LNO", "LiTaO3", "Li3PO4", "Li2ZrO3", "Li4Ti5O12", "Li2SiO3", "LiAlO2", "Li3BO3", "LiPO3", "LiTi2(PO4)3", "LiF",
    "Li2SO4", "BaLiF3", "LiYF4", "LiBF4", "Li2B4O7", "LiBO2", "LiCl", "Li3AlF6", "Li4P2O7", "Li2CO3", "Al2O3",
]  # fmt: skip


@pytest.fixture(scope="module")
def screening():
    return screen("LCO", "LGPS", NAMES)


def dots(axes):
    """Drawn points by their size, meV/atom: failed, passed."""
    found = [c for c in axes.collections if isinstance(c, PathCollection)]
    return {float(c.get_sizes()[0]): c for c in reversed(found)}


def expected(screening, reactions="worst"):
    def worst(candidate, side):
        energies = [
            r.eV_per_atom
            for name, r in candidate.reactions.items()
            if side in name and (reactions == "worst" or "closed" in name)
        ]
        return 1000 * min(energies)

    return {c.label: (worst(c, "cathode"), worst(c, "electrolyte"), not c.failed) for c in screening.candidates}


@pytest.mark.parametrize("reactions", ["worst", "closed"])
def test_candidates_are_at_their_energies(screening, reactions):
    axes = plot_screening_map(screening, reactions)
    places = expected(screening, reactions)
    small, large = (dots(axes)[size].get_offsets() for size in (2.0, 9.0))
    for drawn, passes in ((small, False), (large, True)):
        wanted = sorted((x, y) for x, y, passed in places.values() if passed == passes)
        assert len(wanted) > 3
        assert np.allclose(sorted(map(tuple, drawn)), wanted)


def test_colours_are_widths_of_windows_or_oxidation_limits(screening):
    by_place = {(1000 * c.cathode_eV_per_atom, 1000 * c.electrolyte_eV_per_atom): c for c in screening.candidates}
    for colour, value in (
        ("window", lambda c: c.oxidation_V - c.reduction_V),
        ("oxidation", lambda c: c.oxidation_V),
    ):
        passed = dots(plot_screening_map(screening, colour=colour))[9.0]
        for place, number in zip(passed.get_offsets(), passed.get_array(), strict=True):
            (candidate,) = (c for at, c in by_place.items() if np.allclose(at, place))
            if candidate.oxidation_V is None:
                assert candidate.label == "Al2O3"
                assert number > passed.norm.vmax
            else:
                assert number == pytest.approx(value(candidate))


def test_the_line_is_what_no_candidate_beats(screening):
    axes = plot_screening_map(screening)
    corners = np.column_stack(axes.lines[0].get_data())
    places = [(x, y) for x, y, passed in expected(screening).values() if passed]
    beaten = {at for at in places if any((np.array(o) >= at).all() and o != at for o in places)}
    front = sorted(set(places) - beaten)
    assert len(front) > 1
    for at in front:
        assert np.isclose(corners, at).all(axis=1).any()
    for at in beaten:
        assert not np.isclose(corners, at).all(axis=1).any()


def test_candidates_on_the_line_are_ringed_and_the_key_says_of_which_front(screening):
    axes = plot_screening_map(screening)
    passed = dots(axes)[9.0]
    ringed = {tuple(at) for at, width in zip(passed.get_offsets(), passed.get_linewidths(), strict=True) if width}
    places = [(x, y) for x, y, ok in expected(screening).values() if ok]
    front = {at for at in places if not any((np.array(o) >= at).all() and o != at for o in places)}
    assert len(ringed) == len(front) > 1
    for place in front:
        assert any(np.allclose(at, place) for at in ringed)
    assert "on the Pareto front of both energies" in [
        text.get_text() for legend in axes.figure.legends for text in legend.get_texts()
    ]


def test_named_candidates_are_labelled_even_where_no_place_is_free(screening, monkeypatch):
    monkeypatch.setattr(screening_map, "place_beside", lambda *_, **__: None)
    axes = plot_screening_map(screening, highlight=["LNO", "LiTaO3"])
    texts = {text.get_text() for text in axes.texts}
    assert {formula_label(screening.candidate(name).label) for name in ("LNO", "LiTaO3")} <= texts


@pytest.mark.parametrize(("reactions", "width"), in_turns(["worst", "closed"], [85, 175]))
def test_all_text_can_be_read(screening, reactions, width, assert_readable):
    axes = plot_screening_map(screening, reactions, highlight=["LNO", "LiTaO3"], width_mm=width)
    texts = assert_readable(axes.figure)
    assert {
        "Reaction with LiCoO$_{2}$ (meV/atom)", "Reaction with Li$_{10}$GeP$_{2}$S$_{12}$ (meV/atom)",
        "Width of the window (V)", "passes all gates", "fails a gate", "LNO",
    } <= set(texts)  # fmt: skip
    assert any("Li conductivity is not considered" in " ".join(text.split()) for text in texts)


def test_names_that_are_asked_for_are_written_whether_they_pass_or_not(screening, drawn_texts):
    assert "LNO" not in {text for text, _ in drawn_texts(plot_screening_map(screening).figure)}
    axes = plot_screening_map(screening, highlight=["LiNbO3", "LiPO3"], width_mm=175)
    colours = {note.get_text(): to_rgba(note.get_color()) for note in axes.texts}
    assert colours["LNO"] == to_rgba("#6B6B6B")
    assert colours["LiPO$_{3}$"] == to_rgba("#1A1A1A")


def test_what_is_beyond_the_axes_is_counted(screening, drawn_texts):
    none = replace(screening.candidates[0], failed=("made up",), cathode_eV_per_atom=-9.0)
    axes = plot_screening_map(replace(screening, candidates=(*screening.candidates, none)))
    assert axes.get_xlim()[0] > -1000
    beyond = sum(
        x < axes.get_xlim()[0] or y < axes.get_ylim()[0]
        for x, y, _ in [*expected(screening).values(), (-9000, 0, False)]
    )
    assert any(text.startswith("Mutual") and f"{beyond} cand" in text for text, _ in drawn_texts(axes.figure))


def test_nothing_passes_or_only_a_part_was_screened(screening, assert_readable):
    strict = screening.ranked_again(Gates(oxidation_V=9.0, lithium_fraction=0.1))
    part = replace(strict, complete=False, n_candidates=100)
    axes = plot_screening_map(part, highlight=["LNO"])
    assert axes.get_title(loc="left").startswith("0 of 22 pass all gates; partial, of 100")
    assert "passes all gates" not in assert_readable(axes.figure)


def test_given_axes_are_drawn_on(screening, assert_readable):
    with figure_style():
        left, right = Figure(figsize=(8, 4), layout="constrained").subplots(1, 2)
    assert plot_screening_map(screening, ax=left) is left
    assert plot(screening, right) is right
    assert_readable(left.figure)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"reactions": "open"}, "unknown reactions 'open'; choose from worst, closed"),
        ({"colour": "red"}, "unknown colour 'red'; choose from window, oxidation"),
        ({"highlight": ["LLZO"]}, "LLZO is not among the screened candidates"),
    ],
)
def test_what_cannot_be_drawn_is_told(screening, options, message):
    with pytest.raises(InputError, match=message):
        plot_screening_map(screening, **options)
    with pytest.raises(InputError, match="screening must have one or more candidates"):
        plot_screening_map(screening.top(0))
