"""The models of materials: what is put in, what is calibrated, and what comes out."""

import math
from dataclasses import replace

import numpy as np
import pytest

from interfacekit.errors import InputError
from interfacekit.materials import reference_table
from interfacekit.transport import (
    EnvironmentBarriers,
    HoppingModel,
    RunOptions,
    bulk_model,
    lattice_gas_conductivity_S_cm,
    measured_points,
    rate_Hz,
    regular_lattice,
    simulate,
)
from interfacekit.transport.bulk.observables import with_activation_energy
from interfacekit.transport.materials.bulk_models import DIVACANCY_CORRELATION, ROOM_TEMPERATURE_K

MATERIALS = ("LCO", "LNO", "LGPS")


def parameter(bulk, name):
    return next(p for p in bulk.parameters if p.name == name)


@pytest.mark.parametrize(
    ("alias", "sample", "temperature_K", "conductivity_S_cm"),
    [("LGPS", "bulk", 298.15, 12e-3), ("LGPS", "shell", 298.15, 1.2e-3), ("LNO", "film", 303.0, 6.39e-8)],
)
def test_the_closed_form_of_the_model_is_the_measured_conductivity(alias, sample, temperature_K, conductivity_S_cm):
    bulk = bulk_model(alias, sample=sample)
    assert lattice_gas_conductivity_S_cm(bulk.model, temperature_K) == pytest.approx(conductivity_S_cm, rel=1e-9)
    assert f"calibrated to {conductivity_S_cm:g} S/cm at {temperature_K:g} K" in bulk.calibration


@pytest.mark.parametrize("alias", ["LGPS", "LNO"])
def test_a_run_gives_what_the_model_was_calibrated_to(alias):
    temperature_K = 298.15 if alias == "LGPS" else 303.0
    bulk = bulk_model(alias)
    run = simulate(bulk.model, temperature_K, options=RunOptions(hops=1e7, replicas=2, seed=1))
    target = lattice_gas_conductivity_S_cm(bulk.model, temperature_K)
    assert abs(run.conductivity_S_cm - target) < 3 * run.conductivity_err_S_cm
    assert run.conductivity_err_S_cm < 0.02 * target


def test_the_closed_form_holds_for_each_axis_of_a_layered_lattice():
    lattice = regular_lattice("layered_square", 6, 4.0, layer_distance_A=2.0)
    model = HoppingModel(lattice, 0.5, [0.28, 0.22])
    rates = rate_Hz(np.array([0.28, 0.22]), 0.0, 1e13, 300.0)
    D_A2_s = np.array([rates[0] * 16, rates[0] * 16, rates[1] * 4]) * 0.5
    density = 0.5 / 32
    expected = density * D_A2_s.mean() / (8.617333262e-5 * 300) * 1.602176634e-11
    assert lattice_gas_conductivity_S_cm(model, 300.0) == pytest.approx(expected, rel=1e-8)


def test_ions_in_lgps_are_faster_along_c_and_the_activation_energy_lies_between_the_measured_ones():
    model = bulk_model("LGPS").model
    run = simulate(model, ROOM_TEMPERATURE_K, options=RunOptions(hops=1e7, replicas=2, seed=2))
    x, y, z = run.conductivity_by_axis_S_cm
    dx, dy, dz = run.conductivity_err_by_axis_S_cm
    assert abs(x - y) < 4 * math.hypot(dx, dy)
    assert z > 1.5 * x + 4 * dz
    cold, hot = (lattice_gas_conductivity_S_cm(model, T) * T for T in (290.0, 310.0))
    activation_energy_eV = 8.617333262e-5 * math.log(hot / cold) / (1 / 290 - 1 / 310)
    assert 0.22 < activation_energy_eV < 0.25


def test_the_densities_are_the_measured_ones():
    for alias, per_cm3 in (("LGPS", 2.08e22), ("LNO", 1.89e22)):
        sites = bulk_model(alias).model.sites
        assert bulk_model(alias).model.n_ions / sites.volume_A3 * 1e24 == pytest.approx(per_cm3, rel=5e-3)
    lco = bulk_model("LCO").model.sites
    assert lco.n_sites / lco.volume_A3 * 1e24 == pytest.approx(3.11e22, rel=5e-3)


def test_lco_is_two_dimensional_and_its_chemical_diffusion_that_of_the_film():
    bulk = bulk_model("LCO")
    run = simulate(bulk.model, ROOM_TEMPERATURE_K, options=RunOptions(hops=1e7, replicas=4, seed=3))
    assert run.direction == "2D in the ab plane"
    assert run.conductivity_by_axis_S_cm[2] == 0
    vacant = 1 - run.ions / run.sites
    assert abs(run.D_charge_cm2_s / vacant - 1e-12) < 3 * run.D_charge_err_cm2_s / vacant + 0.003e-12
    assert 0.2 < parameter(bulk, "barrier, a vacancy beside").value < 0.6


@pytest.mark.slow
def test_the_divacancy_correlation_is_what_it_is_said_to_be():
    lattice = bulk_model("LCO").model.sites.with_shape((24, 24, 1))
    model = HoppingModel(lattice, 0.7, EnvironmentBarriers([[0.3, 0.3, 10.0]]))
    run = simulate(model, 300.0, options=RunOptions(hops=3e8, replicas=8, seed=7, hops_per_ion=10))
    free = replace(model, barriers_eV=0.3)
    step_A2 = (lattice.displacements_A[0, :, 0] ** 2).sum() / 2
    gas_cm2_s = float(rate_Hz(0.3, 0.0, 1e13, 300.0)) * step_A2 * (1 - free.n_ions / lattice.n_sites) * 1e-16
    ratio, error = run.D_charge_cm2_s / gas_cm2_s, run.D_charge_err_cm2_s / gas_cm2_s
    assert error < 0.004
    assert abs(ratio - DIVACANCY_CORRELATION) < 3 * error


def test_every_literature_number_is_in_the_reference_table_with_its_certainty():
    rows = {(row["source"], row["certainty"]) for row in reference_table("transport")}
    for alias in MATERIALS:
        for p in bulk_model(alias).parameters:
            assert p.role
            assert p.role == "assumed" or (p.source, p.certainty) in rows


def test_calibrated_is_said_only_where_something_was():
    assert "calibrated" in parameter(bulk_model("LNO"), "attempt frequency").role
    given = bulk_model("LNO", attempt_frequency_Hz=1e13)
    assert given.calibration is None
    assert parameter(given, "attempt frequency").role == "given"
    assert given.model.attempt_frequencies_Hz == 1e13
    assert bulk_model("LCO", barrier_eV=0.4).calibration is None


def test_a_user_can_calibrate_to_another_conductivity():
    bulk = bulk_model("LNO", conductivity_S_cm=1e-7)
    assert lattice_gas_conductivity_S_cm(bulk.model, 303.0) == pytest.approx(1e-7)
    assert "1e-07 S/cm" in bulk.calibration
    lco = bulk_model("LCO", conductivity_S_cm=4.0727e-8)  # what 1e-12 cm2/s amounts to
    assert parameter(lco, "barrier, a vacancy beside").value == pytest.approx(
        parameter(bulk_model("LCO"), "barrier, a vacancy beside").value, abs=2e-4
    )


def test_measured_points_carry_their_certainty_and_ranges():
    points = {alias: measured_points(alias) for alias in MATERIALS}
    assert [p.conductivity_low_S_cm for p in points["LGPS"]] == pytest.approx([12e-3, 1.2e-3])
    assert points["LNO"][0].conductivity_low_S_cm == 6.39e-8
    assert points["LNO"][0].temperature_K == 303
    assert all(p.conductivity_low_S_cm <= p.conductivity_high_S_cm for ps in points.values() for p in ps)
    assert any(p.conductivity_low_S_cm < p.conductivity_high_S_cm for p in points["LCO"])
    assert {p.certainty for alias in ("LGPS", "LNO") for p in points[alias]} == {"seen"}
    assert all(p.certainty == "derived" and p.note.endswith("from D") for p in points["LCO"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alias": "LPS"}, "no hopping model of LPS; there is one of LCO, LNO, LGPS"),
        ({"alias": "nothing"}, "no hopping model of nothing; there is one of LCO"),
        ({"alias": "LGPS", "sample": "film"}, "no sample 'film' of LGPS; there is bulk, shell"),
        ({"alias": "LNO", "barrier_eV": -0.1}, "barrier_eV must be above 0 and at most 10 eV, got -0.1 eV"),
        ({"alias": "LNO", "conductivity_S_cm": math.nan}, "conductivity_S_cm must be a number"),
        ({"alias": "LNO", "conductivity_S_cm": 1e-7, "attempt_frequency_Hz": 1e13}, "give one of them"),
        ({"alias": "LCO", "barrier_eV": 0.4, "conductivity_S_cm": 1e-7}, "give one of them"),
        ({"alias": "LCO", "conductivity_S_cm": 1e6}, "faster than the attempt frequency"),
        ({"alias": "LNO", "filling": -0.1}, "filling must be between 0 and 1, got -0.1"),
        ({"alias": "LGPS", "barrier_eV": 9.9}, "let no ion hop"),
        ({"alias": "LCO", "filling": 1.2}, "filling must be between 0 and 1, got 1.2"),
        ({"alias": "LNO", "filling": 0.0}, "between 0 and 1"),
        ({"alias": "LGPS", "barrier_eV": 1e-9, "cells": 2}, "2 cells along axis 0"),
    ],
)
def test_bad_input_is_told_in_one_line(options, message):
    with pytest.raises(InputError) as raised:
        bulk_model(**options)
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_activation_energy_of_a_series_is_that_of_the_barrier():
    model = bulk_model("LNO", cells=8).model
    runs = [simulate(model, T, options=RunOptions(hops=2e6, replicas=2, seed=5)) for T in (300.0, 350.0, 400.0)]
    series = with_activation_energy(runs)
    energies = {(r.activation_energy_eV, r.activation_energy_err_eV) for r in series}
    assert len(energies) == 1
    energy, error = energies.pop()
    assert abs(energy - 0.62) < 3 * error
    assert error < 0.01
