"""Real results, computed once, and a check that all text of a figure can be read."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest
from matplotlib.text import Text

from interfacekit.thermo import (
    contact_triangle,
    electrochemical_windows,
    interface_reaction,
    phase_map,
    stability_map,
)
from interfacekit.transport import shell_point

WINDOW_PHASES = ("LCO", "LNO", "LGPS", "LPSCl", "LLZO", "Li3PO4", "Li2S", "CoS2", "S", "Li0.5CoO2")


@pytest.fixture(scope="session")
def windows():
    return electrochemical_windows(WINDOW_PHASES)


@pytest.fixture(scope="session")
def reactions():
    cases = [
        ("LCO", "LGPS", None),
        ("LCO", "LGPS", 3.0),
        ("LCO", "LGPS", 4.0),
        ("LNO", "LGPS", None),
        ("LNO", "LGPS", 3.0),
        ("LCO", "LNO", None),
        ("Li", "LGPS", None),
        ("LGPS", "Li", None),
    ]
    return {case: interface_reaction(*case) for case in cases}


@pytest.fixture(scope="session")
def maps():
    subjects = ["LCO", "LNO", "LGPS", ("LCO", "LNO"), ("LCO", "LGPS")]
    return {
        "mutual": stability_map(subjects, (1.5, 4.5)),
        "total": stability_map(subjects[:-1], (1.5, 4.5), baseline="total"),
    }


@pytest.fixture(scope="session")
def phase_maps():
    return {
        ("LCO", "LGPS"): phase_map("LCO", "LGPS", (2.0, 3.5)),
        ("LCO", "LNO"): phase_map("LCO", "LNO", (0.0, 5.0)),
    }


@pytest.fixture(scope="session")
def triangles():
    return {voltage: contact_triangle("LCO", "LNO", "LGPS", voltage) for voltage in (None, 2.0, 4.0)}


@pytest.fixture
def drawn_texts(monkeypatch):
    """Draw a figure and return `(text, box in pixels)` of everything written in it."""
    draw = Text.draw

    def texts(figure):
        found = []

        def record(text, renderer, *args, **kwargs):
            if text.get_visible() and text.get_text():
                found.append((text.get_text(), Text.get_window_extent(text, renderer)))
            draw(text, renderer, *args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(Text, "draw", record)
            figure.draw_without_rendering()
        return found

    return texts


@pytest.fixture
def assert_readable(drawn_texts):
    """Assert that no two texts overlap and none leaves the figure."""

    def check(figure):
        texts = drawn_texts(figure)
        width, height = figure.bbox.size
        for text, box in texts:
            assert box.x0 >= -0.5, text
            assert box.y0 >= -0.5, text
            assert box.x1 <= width + 0.5, text
            assert box.y1 <= height + 0.5, text
        for (first, a), (second, b) in combinations(texts, 2):
            apart = a.x1 - 1 < b.x0 or b.x1 - 1 < a.x0 or a.y1 - 1 < b.y0 or b.y1 - 1 < a.y0
            assert apart, f"{first!r} overlaps {second!r}"
        return [text for text, _ in texts]

    return check


@pytest.fixture(scope="session")
def shell():
    """A shell in the continuum, by thickness (nm) and voltage, each computed once."""

    @cache
    def compute(thickness, voltage, coating, changes):
        return shell_point("LCO", coating, "LGPS", thickness, voltage, 298.15, **json.loads(changes))

    def result(thickness=5, voltage=4.0, coating="LNO", **changes):
        return compute(thickness, voltage, coating, json.dumps(changes))

    return result


@pytest.fixture(scope="session")
def as_kmc():
    """The same result as if it came from kinetic Monte Carlo, with errors that are easy to tell."""

    def converted(result):
        planes = len(result.profile.position_nm)
        profile = replace(result.profile, occupation_err=(0.01,) * planes, potential_err_V=(0.02,) * planes)
        return replace(result, method="kmc", profile=profile, asr_err_ohm_cm2=0.5)

    return converted
