from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from interfacekit.errors import InputError
from interfacekit.phases import phase
from interfacekit.plots import plot_phase_amounts, plot_reaction
from interfacekit.plots.style import OTHER_FILL, product_label
from interfacekit.plots.thermo import phase_amounts
from interfacekit.plots.thermo.mixing import energy_curve, kink_energies, non_lithium_atoms, product_shares
from interfacekit.thermo import interface_reaction
from tests.covering import in_turns

CASES = [("LCO", "LGPS", None), ("LCO", "LGPS", 3.0), ("LCO", "LGPS", 4.0), ("LNO", "LGPS", 3.0), ("Li", "LGPS", None)]

WIDTHS = (85, 175)


@pytest.fixture(params=WIDTHS, ids=lambda width: f"{width}mm")
def width(request):
    return request.param


@pytest.fixture(scope="module")
def drawn(reactions):
    """Each reaction drawn once at each width, by case and width."""
    return cache(lambda case, width: plot_reaction(reactions[case], width_mm=width))


def curve(axes):
    return max((np.column_stack(line.get_data()) for line in axes.lines), key=len)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("baseline", ["mutual", "total"])
def test_curve_goes_through_the_kinks(reactions, case, baseline):
    reaction = reactions[case]
    x, energies = energy_curve(reaction, baseline)
    basis = "eV_per_atom" if case[2] is None else "eV_per_non_Li_atom"
    for kink in reaction.kinks:
        nearest = np.argmin(np.abs(x - kink.x))
        assert x[nearest] == pytest.approx(kink.x, abs=1e-9)
        assert energies[nearest] == pytest.approx(1e3 * getattr(kink, f"{baseline}_{basis}"), abs=1e-6)


def test_open_curve_between_kinks_is_exact(reactions):
    """A straight line in x would miss it by several meV: the fraction of non-Li atoms is not that of atoms."""
    reaction = reactions["LCO", "LGPS", 3.0]
    x, energies = energy_curve(reaction, "mutual")
    low, high = max(zip(reaction.kinks, reaction.kinks[1:], strict=False), key=lambda pair: pair[1].x - pair[0].x)
    middle = (low.x + high.x) / 2
    first, second = (phase(formula) for formula in reaction.formulas)
    li_free = [1 - dict(p.amounts)["Li"] / p.n_atoms for p in (first, second)]

    def mixing(at):
        return at * li_free[0] / (at * li_free[0] + (1 - at) * li_free[1])

    ends = mixing(low.x), mixing(high.x)
    expected = 1e3 * np.interp(mixing(middle), ends, [k.mutual_eV_per_non_Li_atom for k in (low, high)])
    straight = 1e3 * (low.mutual_eV_per_non_Li_atom + high.mutual_eV_per_non_Li_atom) / 2
    assert np.interp(middle, x, energies) == pytest.approx(expected, abs=0.05)
    assert abs(expected - straight) > 1


@pytest.mark.parametrize(
    ("case", "width"),
    in_turns([CASES[0], CASES[1], CASES[4]], WIDTHS),
    ids=str,
)
def test_single_reaction_is_readable_and_names_its_worst_kink(reactions, drawn, case, width, assert_readable):
    reaction = reactions[case]
    axes = drawn(case, width)
    texts = assert_readable(axes.figure)
    unit, energy = (
        ("meV/atom", reaction.mutual.eV_per_atom)
        if case[2] is None
        else ("meV per non-Li atom", reaction.mutual.eV_per_non_Li_atom)
    )
    assert f"\N{MINUS SIGN}{abs(1e3 * energy):.0f} {unit}" in texts
    assert f"Reaction energy ({unit})" in texts
    key = " ".join(texts).replace("\n", " ")
    assert " + ".join(product_label(product) for product in reaction.mutual.products) in key
    assert np.allclose(curve(axes), np.column_stack(energy_curve(reaction, "mutual")))


def test_kink_numbers_and_key_agree(reactions, drawn):
    reaction = reactions["LCO", "LGPS", None]
    axes = drawn(("LCO", "LGPS", None), 85)
    numbers = {text.get_text(): text.xy for text in axes.texts if text.get_text().isdigit()}
    key = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    left_out = len(reaction.kinks) - 2 - len(numbers)
    assert left_out > 0
    assert key.pop() == f"{left_out} more kink{'s' if left_out > 1 else ''} in the table"
    assert sorted(numbers, key=int) == [str(n + 1) for n in range(len(key))]
    for number, (x, energy) in numbers.items():
        kink = min(reaction.kinks, key=lambda kink: abs(kink.x - x))
        assert energy == pytest.approx(1e3 * kink.mutual_eV_per_atom)
        assert key[int(number) - 1] == " + ".join(product_label(product) for product in kink.products)


def test_wider_figures_have_at_least_as_many_numbers(drawn):
    entries = [sum(t.get_text().isdigit() for t in drawn(("LCO", "LGPS", 3.0), w).texts) for w in (85, 175)]
    assert 8 <= entries[0] <= 12 < entries[1]


@pytest.mark.parametrize(
    ("case", "width"),
    in_turns([("Li0.5CoO2", "LGPS", None), ("LCO", "LGPS", 3.9)], WIDTHS),
    ids=str,
)
def test_numbers_rise_along_the_curve_and_belong_to_one_dot(case, width, assert_readable):
    reaction = interface_reaction(*case)
    axes = plot_reaction(reaction, width_mm=width)
    assert_readable(axes.figure)
    numbers = sorted((text for text in axes.texts if text.get_text().isdigit()), key=lambda text: int(text.get_text()))
    assert len(numbers) >= 8
    dots = axes.transData.transform([text.xy for text in numbers])
    boxes = [Text.get_window_extent(text) for text in numbers]
    centres = np.array([(box.x0 + box.x1, box.y0 + box.y1) for box in boxes]) / 2
    assert (np.diff(dots[:, 0]) > 0).all()
    assert (np.diff(centres[:, 0]) > -1).all()
    point = axes.figure.dpi / 72
    energies = 1e3 * kink_energies(reaction, "mutual")
    kinks = axes.transData.transform(np.column_stack([[kink.x for kink in reaction.kinks], energies]))
    for text, dot, centre in zip(numbers, dots, centres, strict=True):
        others = kinks[np.hypot(*(kinks - dot).T) > 0.1]
        if text.arrowprops is None:
            assert np.hypot(*(others - centre).T).min() > 1.3 * np.hypot(*(dot - centre))
        near = [np.hypot(*(other - dot)) for other in dots if (other != dot).any()]
        assert min(near) > 3 * point


def test_all_kinks_numbered_need_no_last_line(reactions):
    (x, *_), (*_, y) = reactions["LCO", "LGPS", None].kinks[:1], reactions["LCO", "LGPS", None].kinks[-1:]
    few = replace(reactions["LCO", "LGPS", None], kinks=(x, reactions["LCO", "LGPS", None].kinks[3], y))
    key = [text.get_text() for text in plot_reaction(few).figure.legends[0].get_texts()]
    assert not [text for text in key if "more" in text]


def test_total_baseline_starts_below_zero(reactions):
    axes = plot_reaction(reactions["LCO", "LGPS", 4.0], baseline="total")
    assert curve(axes)[0, 1] == pytest.approx(1e3 * reactions["LCO", "LGPS", 4.0].kinks[0].total_eV_per_non_Li_atom)
    assert "total energy" in axes.get_title(loc="left")


def test_no_reaction_is_said(reactions, width, assert_readable):
    axes = plot_reaction(reactions["LCO", "LNO", None], width_mm=width)
    assert "no reaction at any mixing ratio" in assert_readable(axes.figure)
    assert not curve(axes)[:, 1].any()


def test_pairs_overlay_with_a_legend(reactions, width, assert_readable):
    chosen = [reactions[first, second, None] for first, second in (("LCO", "LGPS"), ("LNO", "LGPS"), ("LCO", "LNO"))]
    axes = plot_reaction(chosen, width_mm=width)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["LCO|LGPS", "LNO|LGPS", "LCO|LNO"]
    assert len({line.get_color() for line in axes.get_legend().get_lines()}) == 3
    assert_readable(axes.figure)


def test_voltages_overlay_with_a_legend_or_a_colour_scale(width, assert_readable):
    sweep = [interface_reaction("LCO", "LGPS", voltage) for voltage in (2.0, 2.5, 3.0, 3.5, 4.0, 4.3)]
    few = plot_reaction(sweep[:3], width_mm=width)
    assert [text.get_text() for text in few.get_legend().get_texts()] == ["2.0 V", "2.5 V", "3.0 V"]
    many = plot_reaction(sweep, width_mm=width)
    assert many.get_legend() is None
    bar = next(axes for axes in many.figure.axes if axes is not many)
    assert "Voltage vs Li/Li" in bar.get_ylabel()
    assert bar.get_ylim() == (2.0, 4.3)
    for axes in (few, many):
        assert_readable(axes.figure)


def test_bad_input_is_refused_in_one_line(reactions):
    closed, opened = reactions["LCO", "LGPS", None], reactions["LCO", "LGPS", 3.0]
    with pytest.raises(InputError, match="reactions must be one or more"):
        plot_reaction([])
    with pytest.raises(InputError, match="all closed or all open"):
        plot_reaction([closed, opened])
    with pytest.raises(InputError, match="choose from mutual, total"):
        plot_reaction(closed, baseline="both")


@pytest.mark.parametrize("case", [*CASES, ("LGPS", "Li", None), ("LCO", "LNO", None)], ids=str)
def test_shares_sum_to_one_and_hold_every_atom(reactions, case):
    reaction = reactions[case]
    found = product_shares(reaction)
    assert np.allclose(found.shares.sum(axis=0), 1, atol=1e-12)
    assert (found.shares >= -1e-12).all()
    assert (np.diff(found.x) > 0).all()
    for kink in reaction.kinks:
        held = {formula: amount * non_lithium_atoms(formula) for formula, amount in kink.products.items()}
        if not sum(held.values()):
            continue
        column = np.argmin(np.abs(found.x - kink.x))
        reactants = kink.x_molar * non_lithium_atoms(reaction.formulas[0])
        reactants += (1 - kink.x_molar) * non_lithium_atoms(reaction.formulas[1])
        assert sum(held.values()) == pytest.approx(reactants, abs=1e-6)
        for formula, share in zip(found.formulas, found.shares[:, column], strict=True):
            assert share == pytest.approx(held.get(formula, 0.0) / reactants, abs=1e-6)


def test_shares_between_kinks_conserve_each_element(reactions):
    reaction = reactions["LCO", "LGPS", 3.0]
    found = product_shares(reaction)
    parts = [phase(formula) for formula in reaction.formulas]
    li_free = [non_lithium_atoms(formula) for formula in reaction.formulas]
    atoms = found.x / parts[0].n_atoms * li_free[0], (1 - found.x) / parts[1].n_atoms * li_free[1]
    for element in ("Co", "O", "S", "P", "Ge"):
        reactants = sum(
            n * dict(p.amounts).get(element, 0.0) / free for n, p, free in zip(atoms, parts, li_free, strict=True)
        ) / sum(atoms)
        per_atom = [dict(phase(f).amounts).get(element, 0.0) / non_lithium_atoms(f) for f in found.formulas]
        assert np.allclose(per_atom @ found.shares, reactants, atol=1e-7)


@pytest.mark.parametrize(("case", "width"), in_turns([CASES[0], CASES[2], CASES[4]], WIDTHS), ids=str)
def test_phase_amounts_fill_the_figure_and_name_every_product(reactions, case, width, assert_readable):
    reaction = reactions[case]
    axes = plot_phase_amounts(reaction, width_mm=width)
    found = product_shares(reaction)
    areas = [collection for collection in axes.collections if collection.get_paths()]
    assert len(areas) == len(found.formulas)
    assert areas[-1].get_paths()[0].vertices[:, 1].max() == pytest.approx(1)
    texts = assert_readable(axes.figure)
    for formula in found.formulas:
        assert product_label(formula) in texts


def test_phases_beyond_the_distinct_looks_are_one_grey_area(reactions, monkeypatch, assert_readable):
    monkeypatch.setattr(phase_amounts, "_LOOKS", phase_amounts._LOOKS[6:12])
    found = product_shares(reactions["LCO", "LGPS", 4.0])
    areas = phase_amounts._areas(found)
    assert len(areas) == 7
    assert np.allclose(sum(area.share for area in areas), 1)
    sizes = dict(zip(found.formulas, np.trapezoid(found.shares, found.x, axis=1), strict=True))
    kept = {area.entry.products[0] for area in areas[:-1]}
    assert kept == set(sorted(sizes, key=sizes.get)[-6:])
    axes = plot_phase_amounts(reactions["LCO", "LGPS", 4.0])
    assert f"other ({len(sizes) - 6} phases)" in assert_readable(axes.figure)
    looks = [(tuple(area.get_facecolor()[0]), area.get_hatch()) for area in axes.collections]
    assert len(set(looks)) == len(looks) == 7
    assert looks[-1][0] == to_rgba(OTHER_FILL)


def test_looks_are_distinct_and_the_same_in_the_key(reactions):
    assert len(set(phase_amounts._LOOKS)) == len(phase_amounts._LOOKS) == 40
    axes = plot_phase_amounts(reactions["LCO", "LGPS", 3.0])
    areas = {(tuple(a.get_facecolor()[0]), a.get_hatch() or "", tuple(a.get_edgecolor()[0])) for a in axes.collections}
    swatches = [p for p in axes.figure.legends[0].get_patches() if p.get_facecolor()[3]]
    key = {(p.get_facecolor(), p.get_hatch() or "", p.get_edgecolor()) for p in swatches}
    assert any(hatch for _, hatch, _ in key)
    assert key <= areas


def test_left_over_lithium_is_shown(reactions, drawn_texts):
    axes = plot_phase_amounts(reactions["Li", "LGPS", None])
    assert "excess Li metal" in [text for text, _ in drawn_texts(axes.figure)]
    assert product_shares(reactions["Li", "LGPS", None]).lithium_left_x[1] == 1.0
    mirrored = product_shares(reactions["LGPS", "Li", None]).lithium_left_x
    assert mirrored == pytest.approx(
        tuple(1 - x for x in reversed(product_shares(reactions["Li", "LGPS", None]).lithium_left_x))
    )


def test_both_fit_axes_of_the_users(reactions, assert_readable):
    figure = Figure(figsize=(7, 4.5), dpi=150, layout="constrained")
    left, right = figure.subplots(1, 2)
    plot_reaction(reactions["LCO", "LGPS", None], left)
    plot_phase_amounts(reactions["LCO", "LGPS", None], right)
    assert_readable(figure)


def test_long_formulas_fit(reactions, width, assert_readable):
    renamed = replace(reactions["LCO", "LGPS", None], phases=("Li0.5Ni0.6Co0.2Mn0.2O2", "Li10GeP2S12"))
    plot = plot_reaction if width == 85 else plot_phase_amounts
    assert_readable(plot(renamed, width_mm=width).figure)
