"""Hopping models of LiCoO2, LiNbO3 and Li10GeP2S12, with the origin of every number.

Each model has the measured density of Li and a barrier from the literature. One number of each is *calibrated*, in
closed form, to a measured conductivity or diffusion coefficient: what a run gives for it is then no prediction. What
follows from the model are the Haven ratio, the correlation and the anisotropy.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import CM2_PER_A2, BOLTZMANN_eV_K, S_CM_PER_e_V_A_s
from interfacekit.errors import InputError
from interfacekit.materials import find_material, material
from interfacekit.quantities import ATTEMPT_FREQUENCY, CONDUCTIVITY, FILLING, LAYER_BARRIER, optional
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.percolation import percolation
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel
from interfacekit.transport.materials.parameters import Parameter, assumed, ends_of_range, given, known, number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from interfacekit.transport.hopping.lattice import Lattice

ROOM_TEMPERATURE_K = 298.15
#: D_charge of triangular layers where a hop needs a vacancy beside it, over that of free hops, both at 70 % filling:
#: computed by this package (tests/transport/materials/test_bulk_models.py repeats it).
DIVACANCY_CORRELATION = 0.503


@dataclass(frozen=True)
class MeasuredPoint:
    """A measured conductivity, or a diffusion coefficient turned into one; `low` and `high` differ for a range."""

    sample: str
    temperature_K: float
    conductivity_low_S_cm: float
    conductivity_high_S_cm: float
    source: str
    certainty: str
    note: str


@dataclass(frozen=True, eq=False)
class BulkModel:
    """A material's hopping model.

    Attributes
    ----------
    material, sample
        Alias, and which of its samples the model is calibrated to.
    model
        Ready for `simulate`.
    parameters
        All numbers that went in.
    calibration
        What was calibrated to what, in words; None where nothing was.
    """

    material: str
    sample: str
    model: HoppingModel
    parameters: tuple[Parameter, ...]
    calibration: str | None

    def notes(self) -> dict[str, Any]:
        """Parameters and calibration, for the provenance of a result."""
        return {
            "sample": self.sample,
            "calibration": self.calibration,
            "model": [asdict(parameter) for parameter in self.parameters],
        }


def bulk_materials() -> tuple[str, ...]:
    """Return the aliases of the materials that have a hopping model."""
    return tuple(_MODELS)


def bulk_model(
    alias: str,
    *,
    sample: str | None = None,
    cells: int | Sequence[int] | None = None,
    filling: float | None = None,
    barrier_eV: float | None = None,
    attempt_frequency_Hz: float | None = None,
    conductivity_S_cm: float | None = None,
) -> BulkModel:
    """Make the model of a material.

    Parameters
    ----------
    alias
        `LCO`, `LNO` or `LGPS`.
    sample
        `bulk` or `shell` of LGPS (12 and 1.2 mS/cm), `film` of LNO, `film` of LCO; the first by default.
    cells
        Cells along each axis of the periodic box, or one number for all.
    filling
        Fraction of the sites that Li occupies (in LCO, x of Li_x CoO2).
    barrier_eV
        Instead of the literature's; in LGPS along c (the difference to ab stays), in LCO of the hop into a divacancy.
    attempt_frequency_Hz
        Instead of the calibrated one, so that nothing is; in LCO instead of 1e13, with which the barrier is calibrated.
    conductivity_S_cm
        Calibrate to this conductivity, at the temperature of the sample, instead of the sample's.

    Raises
    ------
    InputError
        If there is no model of the material or no such sample, or a number is not possible.
    """
    record = find_material(alias)
    if record is None or record.alias not in _MODELS:
        raise InputError(f"there is no hopping model of {alias}; there is one of {', '.join(_MODELS)}")
    samples, make = _MODELS[record.alias]
    chosen = sample or samples[0]
    if chosen not in samples:
        raise InputError(f"there is no sample {chosen!r} of {record.alias}; there is {', '.join(samples)}")
    optional(LAYER_BARRIER, barrier_eV, "barrier_eV")
    optional(ATTEMPT_FREQUENCY, attempt_frequency_Hz, "attempt_frequency_Hz")
    optional(CONDUCTIVITY, conductivity_S_cm, "conductivity_S_cm")
    optional(FILLING, filling)
    if attempt_frequency_Hz is not None and conductivity_S_cm is not None and record.alias != "LCO":
        raise InputError("an attempt frequency and a conductivity to calibrate it to are both given; give one of them")
    options = _Options(chosen, cells, filling, barrier_eV, attempt_frequency_Hz, conductivity_S_cm)
    return make(options)


def measured_points(alias: str) -> tuple[MeasuredPoint, ...]:
    """Measured conductivities of a material that has a model, with their certainty.

    Diffusion coefficients of LixCoO2 become ionic conductivities at 298 K by n e^2 D (1 - x) / kT at x = 0.7: the
    thermodynamic factor of a lattice gas without interactions is assumed, and their certainty is `derived`.
    """
    record = material(alias)
    points = []
    for system, quantity, temperature, sample in _MEASURED.get(record.alias, ()):
        found = known(record.alias, system, quantity)
        low, high = ends_of_range(found.text)
        factor, certainty, note = {"S/cm": 1.0, "mS/cm": 1e-3}.get(found.unit), found.certainty, sample
        if factor is None:
            note, certainty = f"{sample}, from D", "derived"
            density = known(record.alias, "LiCoO2", "Li number density").value or math.nan
            factor = _LCO_FILLING * density * 1e-24 * (1 - _LCO_FILLING) / CM2_PER_A2 * _per_D(temperature)
        points.append(
            MeasuredPoint(
                sample=system,
                temperature_K=temperature,
                conductivity_low_S_cm=low * factor,
                conductivity_high_S_cm=high * factor,
                source=found.source,
                certainty=certainty,
                note=note,
            )
        )
    return tuple(points)


@dataclass(frozen=True)
class _Options:
    sample: str
    cells: int | Sequence[int] | None
    filling: float | None
    barrier_eV: float | None
    attempt_frequency_Hz: float | None
    conductivity_S_cm: float | None


def _lgps(options: _Options) -> BulkModel:
    a = number("LGPS", "Li10GeP2S12", "lattice a;c", "lattice constant a", "A", part=0)
    c = number("LGPS", "Li10GeP2S12", "lattice a;c", "lattice constant c", "A", part=1)
    along = number("LGPS", "Li10GeP2S12", "activation energy (NMR/EIS)", "barrier along c", "eV")
    across = number("LGPS", "Li10GeP2S12", "activation energy c / ab", "barrier in ab", "eV", part=1, role="computed")
    if options.barrier_eV is not None:
        across = given(across, options.barrier_eV + across.value - along.value)
        along = given(along, options.barrier_eV)
    filling = assumed("occupation of Li sites", 20 / 24, "-", "20 Li on 2 x 2 channels of 6 sites in a cell")
    filling = given(filling, options.filling)
    system = "Li10GeP2S12" if options.sample == "bulk" else "Li10GeP2S12 outer shell (solution synthesis)"
    target = number("LGPS", system, "ionic conductivity", "ionic conductivity", "S/cm", scale=1e-3)
    lattice = regular_lattice(
        "layered_square", _cells(options, 12), hop_distance_A=a.value / 2, layer_distance_A=c.value / 6
    )
    return _calibrated(
        "LGPS",
        options,
        lattice,
        [along, across, filling],
        [across.value, along.value],
        target,
        ROOM_TEMPERATURE_K,
        [a, c],
    )


def _lno(options: _Options) -> BulkModel:
    density = number("LNO", "LiNbO3", "Li number density", "Li density", "1/cm3")
    barrier = given(number("LNO", "LiNbO3 ALD film", "activation energy", "barrier", "eV"), options.barrier_eV)
    filling = assumed("occupation of Li sites", 0.5, "-", "as many vacant sites as ions in the amorphous film")
    filling = given(filling, options.filling)
    target = number("LNO", "LiNbO3 ALD film", "ionic conductivity", "ionic conductivity", "S/cm")
    distance = (filling.value / density.value * 1e24) ** (1 / 3)
    lattice = regular_lattice("simple_cubic", _cells(options, 12), hop_distance_A=distance)
    return _calibrated("LNO", options, lattice, [barrier, filling], [barrier.value], target, 303.0, [density])


def _lco(options: _Options) -> BulkModel:
    a = number("LCO", "LiCoO2", "lattice a;c", "lattice constant a", "A", part=0)
    c = number("LCO", "LiCoO2", "lattice a;c", "lattice constant c", "A", part=1)
    single = number(
        "LCO",
        "LiCoO2",
        "Li barrier single vacancy (oxygen dumbbell hop)",
        "barrier, no vacancy beside",
        "eV",
        role="computed",
    )
    frequency = given(
        number("LCO", "LiCoO2", "attempt frequency", "attempt frequency", "1/s", role="assumed"),
        options.attempt_frequency_Hz,
    )
    filling = given(assumed("x in Li_x CoO2", _LCO_FILLING, "-", "where the film's D is lowest"), options.filling)
    lattice = regular_lattice(
        "layered_triangular", _cells(options, 24), a.value, layer_distance_A=c.value / 3, interlayer_hops=False
    )
    lattice = lattice.with_shape((*lattice.shape[:2], 1 if options.cells is None else lattice.shape[2]))
    film = known("LCO", "LixCoO2 PLD film", "D from PITT")
    D_cm2_s = ends_of_range(film.text)[0]
    goal = f"the film's chemical diffusion coefficient of {D_cm2_s:g} cm2/s at x = {_LCO_FILLING:g}"
    if options.conductivity_S_cm is not None:
        if options.barrier_eV is not None:
            raise InputError("a barrier and a conductivity to calibrate it to are both given; give one of them")
        density = _LCO_FILLING / lattice.volume_A3 * lattice.n_sites
        D_cm2_s = options.conductivity_S_cm * CM2_PER_A2 / density / _per_D(ROOM_TEMPERATURE_K) / (1 - _LCO_FILLING)
        goal = f"{options.conductivity_S_cm:g} S/cm"
    # D_chemical of a lattice gas: Gamma times half the sum of the squared steps along x, whatever the filling.
    step_A2 = float((lattice.displacements_A[0, :, 0] ** 2).sum() / 2)
    rate = D_cm2_s / CM2_PER_A2 / (step_A2 * DIVACANCY_CORRELATION)
    if rate > frequency.value:
        raise InputError(
            f"a conductivity of {options.conductivity_S_cm:g} S/cm needs hops faster than the attempt frequency of "
            f"{frequency.value:g} 1/s; give a lower conductivity or a higher frequency"
        )
    divacancy = Parameter(
        name="barrier, a vacancy beside",
        value=options.barrier_eV or BOLTZMANN_eV_K * ROOM_TEMPERATURE_K * math.log(frequency.value / rate),
        unit="eV",
        role="given" if options.barrier_eV else f"calibrated to {goal}, 298.15 K",
        source="given" if options.barrier_eV else film.source,
        certainty="given" if options.barrier_eV else film.certainty,
    )
    model = HoppingModel(
        sites=lattice,
        filling=filling.value,
        barriers_eV=EnvironmentBarriers([[divacancy.value, divacancy.value, single.value]]),
        attempt_frequencies_Hz=frequency.value,
    )
    return BulkModel(
        material="LCO",
        sample=options.sample,
        model=model,
        parameters=(a, c, divacancy, single, frequency, filling),
        calibration=None if options.barrier_eV else f"barrier beside a vacancy {divacancy.role}",
    )


_MODELS: dict[str, tuple[tuple[str, ...], Callable[[_Options], BulkModel]]] = {
    "LCO": (("film",), _lco),
    "LNO": (("film",), _lno),
    "LGPS": (("bulk", "shell"), _lgps),
}
_LCO_FILLING = 0.7
#: System, quantity and temperature of the rows of the transport table that can stand beside a run.
_MEASURED: dict[str, tuple[tuple[str, str, float, str], ...]] = {
    "LGPS": (
        ("Li10GeP2S12", "ionic conductivity", ROOM_TEMPERATURE_K, "bulk, room temperature"),
        (
            "Li10GeP2S12 outer shell (solution synthesis)",
            "ionic conductivity",
            ROOM_TEMPERATURE_K,
            "shell, room temperature",
        ),
    ),
    "LNO": (
        ("LiNbO3 ALD film", "ionic conductivity", 303.0, "ALD film"),
        ("Li-Nb-O co-sputtered", "ionic conductivity (best)", ROOM_TEMPERATURE_K, "co-sputtered, room temperature"),
    ),
    "LCO": (
        ("LixCoO2 PLD film", "D from PITT", ROOM_TEMPERATURE_K, "PLD film, PITT"),
        ("LixCoO2 (003) PLD film", "D from PITT", ROOM_TEMPERATURE_K, "(003) PLD film, PITT"),
        ("LixCoO2 (003) PLD film", "D from CV", ROOM_TEMPERATURE_K, "(003) PLD film, CV"),
    ),
}


def _calibrated(
    alias: str,
    options: _Options,
    lattice: Lattice,
    parameters: list[Parameter],
    barriers_eV: list[float],
    target: Parameter,
    temperature_K: float,
    geometry: list[Parameter],
) -> BulkModel:
    """Give a lattice gas the attempt frequency with which its conductivity is the target, in closed form."""
    filling = next(p for p in parameters if p.unit == "-").value
    goal = given(target, options.conductivity_S_cm)
    model = HoppingModel(lattice, filling, barriers_eV)
    per_Hz = lattice_gas_conductivity_S_cm(replace(model, attempt_frequencies_Hz=1.0), temperature_K)
    if not goal.value < 1e100 * per_Hz:
        raise InputError(f"barriers of {max(barriers_eV):g} eV let no ion hop at {temperature_K:g} K; give lower ones")
    frequency = goal.value / per_Hz
    role = f"calibrated to {goal.value:g} S/cm at {temperature_K:g} K"
    source, certainty = goal.source, goal.certainty
    if options.attempt_frequency_Hz is not None:
        frequency, role, source, certainty = options.attempt_frequency_Hz, "given", "given", "given"
    attempt = Parameter("attempt frequency", frequency, "1/s", role, source, certainty)
    return BulkModel(
        material=alias,
        sample=options.sample,
        model=replace(model, attempt_frequencies_Hz=frequency),
        parameters=(*geometry, *parameters, attempt),
        calibration=None if role == "given" else f"attempt frequency {role}",
    )


def lattice_gas_conductivity_S_cm(model: HoppingModel, temperature_K: float) -> float:
    """Conductivity of ions that only exclude one another, exact, as the mean over the directions of percolation.

    n e^2 (1 - filling) sum_k Gamma_k dx_k^2 / (2 kT). The mean current c_i (1 - c_j) - c_j (1 - c_i) = c_i - c_j of a
    hop is that of ions which do not see each other (Kutner 1981, Phys. Lett. A 81, 239): the sum of all displacements
    has no memory, at any filling.

    Raises
    ------
    InputError
        If the model has interactions, disorder or a network.
    """
    if model.interacting or not model.homogeneous:
        raise InputError("ions that interact, or sites that differ, have no closed form; simulate the model")
    lattice: Any = model.sites
    steps = lattice.displacements_A
    rates = model.hop_frequencies_Hz(lattice.hop_class) * np.exp(
        -model.hop_barriers_eV(lattice.hop_class) / (BOLTZMANN_eV_K * temperature_K)
    )
    paths = percolation(model, temperature_K).fast
    D_A2_s: NDArray[np.float64] = np.einsum("k,bki,bkj->ij", rates, steps, steps) / (2 * len(steps))
    D_A2_s *= 1 - model.n_ions / lattice.n_sites
    along = float(np.sum(D_A2_s * paths.projector)) / max(paths.dimensions, 1)
    return along * float(model.n_ions / lattice.volume_A3) * _per_D(temperature_K)


def _per_D(temperature_K: float) -> float:
    """Conductivity (S/cm) over density (1/A^3) times diffusion coefficient (A^2/s)."""
    return S_CM_PER_e_V_A_s / (BOLTZMANN_eV_K * temperature_K)


def _cells(options: _Options, default: int) -> int | Sequence[int]:
    return default if options.cells is None else options.cells
