"""Tables of transport coefficients and timings, as a terminal shows them."""

from dataclasses import replace

import pytest

from interfacekit import report
from interfacekit.transport import RunOptions, SiteClass, bulk_model, simulate_series
from interfacekit.transport.bulk.bench import kernel_benchmark


@pytest.fixture(scope="module")
def lgps():
    known = bulk_model("LGPS", cells=6)
    options = RunOptions(hops=2e5, replicas=2)
    return simulate_series(known.model, [300, 400], options=options, name="LGPS", notes=known.notes())


@pytest.fixture
def shown(capsys):
    def show(results):
        report.show(results)
        return capsys.readouterr().out

    return show


def fixed(result, **changes):
    """The result with round numbers."""
    numbers = {
        "conductivity_S_cm": 1.234e-2,
        "conductivity_err_S_cm": 2.1e-4,
        "D_tracer_cm2_s": 5.678e-8,
        "D_charge_cm2_s": 9.1e-8,
        "haven_ratio": 0.62345,
        "haven_ratio_err": 0.0123,
        "correlation_factor": 0.6543,
    }
    return replace(result, **(numbers | changes))


def test_numbers_have_the_digits_that_their_errors_leave(shown, lgps):
    row = next(line for line in shown([fixed(lgps[0])]).splitlines() if line.strip().startswith("300"))
    for text in ("(1.23 ± 0.02)e-02", "5.68e-08", "9.10e-08", "0.623 ± 0.012", "0.654"):
        assert text in row


def test_one_row_for_each_temperature_and_a_table_for_each_material(shown, lgps):
    other = tuple(replace(r, material="mine", provenance={**r.provenance, "parameters": _own(r)}) for r in lgps)
    text = shown([*lgps, *other])
    assert text.count("Li transport by kinetic Monte Carlo") == 2
    assert "LGPS (bulk): " in text
    assert "mine: " in text
    assert text.count("fitted, not predicted") == 1


def _own(result):
    parameters = dict(result.provenance["parameters"])
    return {key: value for key, value in parameters.items() if key not in ("sample", "calibration", "model")}


def test_axes_are_told_apart_only_where_they_differ(shown, lgps):
    assert "Conductivity along each axis" in shown(lgps)
    same = {"conductivity_by_axis_S_cm": (1e-2, 1.01e-2, 0.99e-2), "conductivity_err_by_axis_S_cm": (2e-4,) * 3}
    assert "Conductivity along each axis" not in shown([fixed(r, **same) for r in lgps])


def test_sites_are_told_apart_where_there_are_classes(shown, lgps):
    sites = (
        SiteClass("tetrahedral", 0.75, 0.01, 2e-9, 1e-10),
        SiteClass("octahedral", 0.25, 0.01, None, None),
    )
    assert "tetrahedral" not in shown(lgps)
    text = shown([replace(lgps[0], site_classes=sites)])
    assert "0.750 ± 0.010" in text
    assert "(2.00 ± 0.10)e-09" in text
    assert "never left" in text


def test_the_foot_tells_energy_hops_and_kernel(shown, lgps):
    text = " ".join(shown(lgps).split())
    assert f"activation energy of conductivity x T: {lgps[0].activation_energy_eV:.2f}" in text
    assert "180 ions on 216 sites; " in text
    assert "at each temperature in 2 replicas" in text
    assert "(kernel: lattice, free)" in text
    assert "activation energy" not in shown([replace(lgps[0], activation_energy_eV=None)])
    assert "up to 12 % left out as equilibration" in " ".join(shown([replace(lgps[0], equilibration=0.12)]).split())


def test_tables_fit_a_terminal_of_80_columns(shown, lgps):
    wide = [fixed(r, conductivity_err_S_cm=1.1e-5, haven_ratio_err=0.0011) for r in lgps]
    tables = shown(wide).split("Haven ratio: ")[0]
    assert max(len(line.rstrip()) for line in tables.splitlines()) <= 80


def test_timings_have_a_row_each(shown):
    timings = [kernel_benchmark("free", 6, 0.01), kernel_benchmark("network", 6, 0.01)]
    text = shown(
        [replace(t, first_call_s=s, million_hops_per_s=12.3) for t, s in zip(timings, (0.0, 4.2), strict=True)]
    )
    assert text.count("12.3") == 2
    assert "first call of network: 4.2 s" in text
    assert "first call of lattice" not in text
    assert "repulsion" not in text


def test_timings_with_interactions_say_that_ions_repel(shown):
    text = " ".join(shown([kernel_benchmark("repulsion", 6, 0.01)]).split())
    assert "repulsion kT/2, Metropolis" in text
    assert "per pair of neighbouring ions, not SPPARKS's attractive lattice gas" in text
