import pytest

from interfacekit.errors import InputError
from interfacekit.plots import plot
from interfacekit.thermo import ErrorModel, decomposition, entry_summary


def test_each_kind_has_its_figure(windows, reactions, maps, phase_maps, triangles):
    one_phase = plot(windows[0])
    assert len(one_phase.get_yticks()) == 1
    assert plot(reactions["LCO", "LGPS", None]).get_ylabel() == "Reaction energy (meV/atom)"
    assert [label.get_text() for label in plot(maps["total"]).get_yticklabels()] == ["LCO", "LNO", "LGPS", "LCO|LNO"]
    assert plot(phase_maps["LCO", "LNO"]).get_title(loc="left") == "LCO|LNO"
    assert {"LCO", "LNO", "LGPS"} <= {text.get_text() for text in plot(triangles[2.0]).texts}


def test_several_windows_or_reactions_are_one_figure(windows, reactions):
    assert len(plot(windows[:3]).get_yticks()) == 3
    pairs = plot([reactions["LCO", "LGPS", None], reactions["LNO", "LGPS", None]])
    assert [text.get_text() for text in pairs.get_legend().get_texts()] == ["LCO|LGPS", "LNO|LGPS"]
    assert plot(tuple(windows[:1])).get_yticklabels()[0].get_text().startswith("LCO")


def test_a_figure_is_drawn_on_given_axes(windows):
    axes = plot(windows[0])
    axes.clear()
    assert plot(windows[1], axes) is axes


def test_what_has_no_figure_is_named_in_words(windows, reactions, maps):
    summary = entry_summary()
    for results, message in (
        (summary, "there is no figure of entries; write .csv or .json"),
        ([decomposition("LGPS")], "there is no figure of decompositions; write .csv or .json"),
        (ErrorModel(), r"there is no figure of error models; write \.json$"),
        ([windows[0], reactions["LCO", "LGPS", None]], "no figure of windows and interface reactions;"),
        ([maps["total"]] * 2, "no one figure of several stability maps; draw them one by one"),
        ([], "there is no figure of nothing"),
    ):
        with pytest.raises(InputError, match=message):
            plot(results)


def test_stacks_have_profiles_resistances_or_a_map(shell, as_kmc):
    assert plot(shell(5)).get_ylabel() == "Potential (V)"
    assert plot([shell(5), as_kmc(shell(5))]).get_ylabel() == "Potential (V)"
    assert plot([shell(1), shell(5)]).get_ylabel().startswith("Area-specific resistance")
    mapped = plot([shell(1, 3.9), shell(5, 3.9), shell(1, 4.0), shell(5, 4.0)])
    assert (mapped.get_xlabel()[:7], mapped.get_ylabel()) == ("Voltage", "Thickness of LNO (nm)")
