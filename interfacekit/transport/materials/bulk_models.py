"""Hopping models of the materials of the catalogue, with the origin of every number.

Each model has the measured density of Li and a barrier from the literature. One number of each is *calibrated*, in
closed form, to a measured conductivity or diffusion coefficient: what a run gives for it is then no prediction. What
follows from the model are the Haven ratio, the correlation and the anisotropy.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.catalogue.catalogue import BUILT_IN
from interfacekit.catalogue.descriptions import LAYERED, Bulk
from interfacekit.catalogue.numbers import Number, read_number
from interfacekit.constants import CM2_PER_A2, BOLTZMANN_eV_K, S_CM_PER_e_V_A_s
from interfacekit.errors import InputError
from interfacekit.materials import built_in
from interfacekit.quantities import (
    ATTEMPT_FREQUENCY,
    CONDUCTIVITY,
    FILLING,
    LAYER_BARRIER,
    SHARED_NUMBERS,
    optional,
)
from interfacekit.reprs import ShortRepr
from interfacekit.transport.hopping.lattice import regular_lattice
from interfacekit.transport.hopping.percolation import percolation
from interfacekit.transport.hopping.rates import EnvironmentBarriers, HoppingModel
from interfacekit.transport.materials.derivations import parameter_of, temperature_K
from interfacekit.transport.materials.parameters import Parameter, given

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from interfacekit.catalogue.catalogue import Catalogue
    from interfacekit.catalogue.descriptions import Description
    from interfacekit.transport.hopping.lattice import Lattice

ROOM_TEMPERATURE_K = 298.15
#: D_charge of triangular layers where a hop needs a vacancy beside it, over that of free hops, both at 70 % filling:
#: computed by this package (tests/transport/materials/test_bulk_models.py repeats it).
DIVACANCY_CORRELATION = 0.503
#: Names of numbers among the parameters of a model.
_LABELS = {
    "lattice_constant_a_A": "lattice constant a",
    "lattice_constant_c_A": "lattice constant c",
    "hop_distance_A": "hop distance",
    "layer_distance_A": "distance of layers",
    "site_density_per_cm3": "site density",
    "ion_density_per_cm3": "Li density",
    "filling": "occupation of Li sites",
    "barrier_eV": "barrier",
    "in_plane_barrier_eV": "barrier within planes",
    "single_vacancy_barrier_eV": "barrier, no vacancy beside",
    "attempt_frequency_Hz": "attempt frequency",
}


@dataclass(frozen=True, eq=False)
class BulkModel(ShortRepr):
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


@dataclass(frozen=True)
class _Model:
    """A description, and what is asked of its hopping model."""

    alias: str
    bulk: Bulk
    numbers: Mapping[str, Number]
    sample: str
    cells: int | Sequence[int] | None
    filling: float | None
    barrier_eV: float | None
    attempt_frequency_Hz: float | None
    conductivity_S_cm: float | None

    def parameter(self, key: str, own: float | None = None) -> Parameter:
        """A number of the description, or the user's value for it."""
        return given(parameter_of(key, self.numbers, self.numbers[key].label or _LABELS[key]), own)


def bulk_materials() -> tuple[str, ...]:
    """Return the aliases of the built-in materials that have a hopping model."""
    return tuple(alias for alias, described in built_in("materials").items() if "bulk" in described)


def bulk_model(
    alias: str,
    *,
    sample: str | None = None,
    cells: int | Sequence[int] | None = None,
    filling: float | None = None,
    barrier_eV: float | None = None,
    attempt_frequency_Hz: float | None = None,
    conductivity_S_cm: float | None = None,
    catalogue: Catalogue | None = None,
) -> BulkModel:
    """Make the model of a material.

    Parameters
    ----------
    alias
        `LCO`, `LNO` or `LGPS`, or a material of the catalogue.
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
    catalogue
        With materials of one's own (see `interfacekit.load_materials`).

    Raises
    ------
    InputError
        If there is no model of the material or no such sample, or a number is not possible.
    """
    known = catalogue or BUILT_IN
    description, bulk = _described(alias, known)
    chosen = _chosen(sample, description)
    changes = _changes(known, description.alias)
    if barrier_eV is None and attempt_frequency_Hz is None and conductivity_S_cm is None:
        barrier_eV, conductivity_S_cm = changes.get("barrier_eV"), changes.get("conductivity_S_cm")
    filling = changes.get("filling") if filling is None else filling
    optional(LAYER_BARRIER, barrier_eV, "barrier_eV")
    optional(ATTEMPT_FREQUENCY, attempt_frequency_Hz, "attempt_frequency_Hz")
    optional(CONDUCTIVITY, conductivity_S_cm, "conductivity_S_cm")
    optional(FILLING, filling)
    is_divacancy = bulk.calibrate == "divacancy_barrier"
    if attempt_frequency_Hz is not None and conductivity_S_cm is not None and not is_divacancy:
        raise InputError("an attempt frequency and a conductivity to calibrate it to are both given; give one of them")
    numbers, asked = description.of_bulk(chosen), (cells, filling, barrier_eV, attempt_frequency_Hz, conductivity_S_cm)
    model = _Model(description.alias, bulk, numbers, chosen, *asked)
    return _with_divacancies(model) if is_divacancy else _lattice_gas(model)


def _described(alias: str, known: Catalogue) -> tuple[Description, Bulk]:
    """The description of a material that has a hopping model.

    Raises
    ------
    InputError
        If there is none, or with all that it lacks.
    """
    description = known.find(alias)
    if description is not None and description.bulk is None and description.alias in known.names:
        raise InputError(
            f"{alias} is described, but without a hopping model; add a block bulk, with a lattice such as simple_cubic"
        )
    if description is None or description.bulk is None:
        described = [name for name in known.names if "bulk" in known.materials[name]]
        there = ", ".join(dict.fromkeys([*described, *bulk_materials()]))
        raise InputError(f"there is no hopping model of {alias}; there is one of {there}")
    if missing := description.missing_of_bulk():
        raise InputError(f"{description.alias} lacks {', '.join(missing)}")
    return description, description.bulk


def _chosen(sample: str | None, description: Description) -> str:
    """A sample of a material, the first by default."""
    samples = tuple(description.samples) or ("given",)
    chosen = sample or samples[0]
    if chosen not in samples:
        raise InputError(f"there is no sample {chosen!r} of {description.alias}; there is {', '.join(samples)}")
    return chosen


def _changes(known: Catalogue, alias: str) -> dict[str, float]:
    """A user's numbers of a built-in material, as far as its hopping model has them.

    Raises
    ------
    InputError
        If they are of the lattice, which is another one then.
    """
    changes = {key: value for key, value in known.changes(alias).items() if value is not None}
    if fixed := [key for key in ("site_density_per_cm3", "temperature_K") if key in changes]:
        raise InputError(
            f"{fixed[0]} of {alias} alone makes no hopping model; describe {alias} with a block bulk, or leave it out"
        )
    shared = {key: value for key, value in changes.items() if key in ("filling", "barrier_eV", "conductivity_S_cm")}
    return {key: read_number(key, SHARED_NUMBERS[key], value, alias).value for key, value in shared.items()}


def _lattice_gas(of: _Model) -> BulkModel:
    """Ions that only exclude one another, whose attempt frequency is calibrated to a conductivity or given."""
    barrier, filling = of.parameter("barrier_eV"), of.parameter("filling", of.filling)
    barriers = [given(barrier, of.barrier_eV)]
    if "in_plane_barrier_eV" in of.numbers:
        across = of.parameter("in_plane_barrier_eV")
        moved = None if of.barrier_eV is None else of.barrier_eV + across.value - barrier.value
        barriers.append(given(across, moved))
    lattice, geometry = _lattice(of, filling.value)
    classes = len(lattice.class_names)
    by_class = [p.value for p in reversed(barriers)]  # hops within planes are the first class of a layered lattice
    model = HoppingModel(lattice, filling.value, by_class[:classes] if len(by_class) > 1 else by_class * classes)
    attempt = _attempt_frequency(of, model)
    return BulkModel(
        material=of.alias,
        sample=of.sample,
        model=replace(model, attempt_frequencies_Hz=attempt.value),
        parameters=(*geometry, *barriers, filling, attempt),
        calibration=f"attempt frequency {attempt.role}" if attempt.role.startswith("calibrated") else None,
    )


def _attempt_frequency(of: _Model, model: HoppingModel) -> Parameter:
    """The attempt frequency with which the conductivity is the measured one, in closed form; or that which is given."""
    is_given = of.attempt_frequency_Hz is not None
    if of.bulk.calibrate == "none" and of.conductivity_S_cm is None:
        return of.parameter("attempt_frequency_Hz", of.attempt_frequency_Hz)
    kelvin = temperature_K(of.numbers)
    goal = Parameter("conductivity_S_cm", 0.0, "S/cm", "", "", "")
    if "conductivity_S_cm" in of.numbers:
        goal = parameter_of("conductivity_S_cm", of.numbers)
    goal = given(goal, of.conductivity_S_cm)
    per_Hz = lattice_gas_conductivity_S_cm(replace(model, attempt_frequencies_Hz=1.0), kelvin)
    if not goal.value < 1e100 * per_Hz:
        barriers_eV = np.atleast_1d(np.asarray(model.barriers_eV, dtype=float))
        raise InputError(f"barriers of {barriers_eV.max():g} eV let no ion hop at {kelvin:g} K; give lower ones")
    if is_given:
        return Parameter("attempt frequency", float(of.attempt_frequency_Hz or 0), "1/s", "given", "given", "given")
    role = f"calibrated to {goal.value:g} S/cm at {kelvin:g} K"
    return Parameter("attempt frequency", goal.value / per_Hz, "1/s", role, goal.source, goal.certainty)


def _lattice(of: _Model, filling: float) -> tuple[Lattice, list[Parameter]]:
    """The lattice of a description, and the numbers that it is made of."""
    numbers, bulk = of.numbers, of.bulk
    if "lattice_constant_a_A" in numbers:
        keys = ["lattice_constant_a_A"]
        distance = numbers["lattice_constant_a_A"].value / bulk.sites_along_a
    elif "hop_distance_A" in numbers:
        keys = ["hop_distance_A"]
        distance = numbers["hop_distance_A"].value
    elif "ion_density_per_cm3" in numbers:
        keys = ["ion_density_per_cm3"]
        distance = (filling / numbers["ion_density_per_cm3"].value * 1e24) ** (1 / 3)
    else:
        keys = ["site_density_per_cm3"]
        distance = (1 / numbers["site_density_per_cm3"].value * 1e24) ** (1 / 3)
    layer = None
    if "lattice_constant_c_A" in numbers:
        keys.append("lattice_constant_c_A")
        layer = numbers["lattice_constant_c_A"].value / bulk.layers_along_c
    elif "layer_distance_A" in numbers:
        keys.append("layer_distance_A")
        layer = numbers["layer_distance_A"].value
    cells = bulk.cells if of.cells is None else of.cells
    lattice = regular_lattice(
        bulk.lattice, cells, distance, layer_distance_A=layer, interlayer_hops=bulk.interlayer_hops
    )
    if bulk.lattice in LAYERED and not bulk.interlayer_hops:  # one layer stands for all of them
        lattice = lattice.with_shape((*lattice.shape[:2], 1 if of.cells is None else lattice.shape[2]))
    return lattice, [of.parameter(key) for key in keys]


def _with_divacancies(of: _Model) -> BulkModel:
    """Ions of triangular layers that hop where a vacancy stands beside, by a barrier calibrated to their diffusion."""
    frequency = of.parameter("attempt_frequency_Hz", of.attempt_frequency_Hz)
    filling, single = of.parameter("filling", of.filling), of.parameter("single_vacancy_barrier_eV")
    lattice, geometry = _lattice(of, filling.value)
    divacancy = _divacancy_barrier(of, lattice, frequency.value)
    model = HoppingModel(
        sites=lattice,
        filling=filling.value,
        barriers_eV=EnvironmentBarriers([[divacancy.value, divacancy.value, single.value]]),
        attempt_frequencies_Hz=frequency.value,
    )
    return BulkModel(
        material=of.alias,
        sample=of.sample,
        model=model,
        parameters=(*geometry, divacancy, single, frequency, filling),
        calibration=None if of.barrier_eV else f"barrier beside a vacancy {divacancy.role}",
    )


def _divacancy_barrier(of: _Model, lattice: Lattice, frequency_Hz: float) -> Parameter:
    """The barrier with which the chemical diffusion coefficient, or the conductivity, is the measured one."""
    film, usual = of.numbers["chemical_diffusion_cm2_s"], of.numbers["filling"].value
    kelvin, D_cm2_s = temperature_K(of.numbers), film.value
    goal = f"the {of.sample}'s chemical diffusion coefficient of {D_cm2_s:g} cm2/s at x = {usual:g}"
    if of.conductivity_S_cm is not None:
        if of.barrier_eV is not None:
            raise InputError("a barrier and a conductivity to calibrate it to are both given; give one of them")
        density = usual / lattice.volume_A3 * lattice.n_sites
        D_cm2_s = of.conductivity_S_cm * CM2_PER_A2 / density / conductivity_per_D(kelvin) / (1 - usual)
        goal = f"{of.conductivity_S_cm:g} S/cm"
    # D_chemical of a lattice gas: Gamma times half the sum of the squared steps along x, whatever the filling.
    step_A2 = float((lattice.displacements_A[0, :, 0] ** 2).sum() / 2)
    rate = D_cm2_s / CM2_PER_A2 / (step_A2 * DIVACANCY_CORRELATION)
    if rate > frequency_Hz:
        raise InputError(
            f"a conductivity of {of.conductivity_S_cm:g} S/cm needs hops faster than the attempt frequency of "
            f"{frequency_Hz:g} 1/s; give a lower conductivity or a higher frequency"
            if of.conductivity_S_cm is not None
            else f"{goal} needs hops faster than the attempt frequency of {frequency_Hz:g} 1/s; give a higher one"
        )
    return Parameter(
        name="barrier, a vacancy beside",
        value=of.barrier_eV or BOLTZMANN_eV_K * kelvin * math.log(frequency_Hz / rate),
        unit="eV",
        role="given" if of.barrier_eV else f"calibrated to {goal}, {kelvin:g} K",
        source="given" if of.barrier_eV else film.source,
        certainty="given" if of.barrier_eV else film.certainty,
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
    return along * float(model.n_ions / lattice.volume_A3) * conductivity_per_D(temperature_K)


def conductivity_per_D(temperature_K: float) -> float:
    """Return the conductivity (S/cm) over density (1/A^3) times diffusion coefficient (A^2/s)."""
    return S_CM_PER_e_V_A_s / (BOLTZMANN_eV_K * temperature_K)
