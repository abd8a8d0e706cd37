"""Shells of a coating as points of a sweep."""

import subprocess
import sys

import numpy as np
import pytest

from interfacekit import sweep
from interfacekit.errors import InputError
from interfacekit.transport import distinct_shells, shell_point, shell_stack
from tests.transport.example_stacks import whole_planes_nm

ENDS = {"cathode": "LCO", "coating": "LNO", "electrolyte": "LGPS"}
AT = {"voltage_V": 4.0, "temperature_K": 298.15}


def of(points):
    return [(p["thickness_nm"], p["voltage_V"]) for p in points]


def test_points_of_equal_plane_counts_are_one():
    thicknesses = [0, 3.0, 3.05, 5.0, np.float64(3.1), 3.3]
    points = [{**ENDS, **AT, "thickness_nm": t, "voltage_V": v} for t in thicknesses for v in (4.0, 4.1)]
    assert of(distinct_shells(points)) == [(t, v) for t in (0, 3.0, 5.0, 3.3) for v in (4.0, 4.1)]


def test_points_that_differ_otherwise_are_kept():
    one = {**ENDS, **AT, "thickness_nm": 3.0}
    offset = {"contacts": {"LCO|LNO": {"offset_eV": 0.1}}}
    others = [one, one | offset, one | {"site_spacing_A": 3.0}, one | {"coating": "LPO"}, one | {"method": "kmc"}]
    assert distinct_shells(others) == others


@pytest.mark.parametrize(("spacing_A", "count"), [(3.2, 1), (2.0, 1), (6.0, 2)])
def test_another_spacing_of_sites_is_another_distance_of_planes(spacing_A, count):
    thicknesses = (3.0, 3.05)
    assert len({whole_planes_nm("LNO", t, spacing_A) for t in thicknesses}) == count
    points = [{**ENDS, **AT, "thickness_nm": t, "site_spacing_A": spacing_A} for t in thicknesses]
    assert len(distinct_shells(points)) == count


def test_a_shell_that_is_not_possible_is_told():
    with pytest.raises(InputError, match="thinner than one of its planes"):
        distinct_shells([{**ENDS, **AT, "thickness_nm": 0.1}])


def test_a_sweep_computes_each_stack_once(tmp_path):
    grid = sweep.grid(
        thickness_nm=np.linspace(2.0, 3.0, 40), **{name: [value] for name, value in {**ENDS, **AT}.items()}
    )
    points = distinct_shells(grid)
    results = [record.result for record in sweep.run(shell_point, points, store=tmp_path)]
    sizes = [r.thickness_nm for r in results]
    assert len(results) == len(list(tmp_path.iterdir())) == len({round(size, 9) for size in sizes}) == 5
    assert sizes == pytest.approx([whole_planes_nm("LNO", point["thickness_nm"]) for point in points])
    assert [r.requested_thickness_nm for r in results] == [point["thickness_nm"] for point in points]


@pytest.mark.parametrize("coating", ["LNO", "LPO", "LNTO"])
def test_the_least_thickness_in_the_message_is_possible(coating):
    with pytest.raises(InputError, match="thinner than one of its planes") as caught:
        shell_stack("LCO", coating, "LGPS", 0.05)
    least_nm = float(str(caught.value).split("give ")[1].split()[0])
    stack = shell_stack("LCO", coating, "LGPS", least_nm)
    assert stack.thicknesses_nm[1] == pytest.approx(whole_planes_nm(coating, least_nm))
    assert stack.thicknesses_nm[1] < least_nm


def test_the_continuum_needs_no_kernels():
    """numba takes longer to load than a sweep takes to compute."""
    code = (
        "import sys; from interfacekit.transport import shell_point; "
        "shell_point('LCO', 'LNO', 'LGPS', 2.0, 4.0, 300.0); "
        "print([m for m in ('numba', 'interfacekit.transport.stack_kmc.simulate') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"[]\n"  # noqa: S603
