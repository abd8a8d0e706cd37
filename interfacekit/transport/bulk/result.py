"""Results of runs of a hopping model: transport coefficients at one temperature, and the speed of a kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interfacekit.results import Result

if TYPE_CHECKING:
    import pandas as pd

AXES = "abc"

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class SiteClass(Result):
    """Occupation of one class of sites, and how long an ion stays on such a site."""

    name: str
    occupation: float
    occupation_err: float
    residence_time_s: float | None
    residence_time_err_s: float | None


@dataclass(frozen=True)
class Tensor(Result):
    """A symmetric tensor with its errors, in Cartesian coordinates and by principal axes.

    Attributes
    ----------
    components, errors
        Shape (3, 3).
    principal_values, principal_errors
        In falling order; shape (3,).
    principal_axes
        Unit vectors of the principal values, rows, Cartesian; shape (3, 3).
    """

    components: tuple[Triple, Triple, Triple]
    errors: tuple[Triple, Triple, Triple]
    principal_values: Triple
    principal_errors: Triple
    principal_axes: tuple[Triple, Triple, Triple]


@dataclass(frozen=True)
class SlowDirection(Result):
    """A direction that ions reach only by hops much slower than the others.

    Attributes
    ----------
    direction
        In terms of the cell, such as `1D along c`.
    slower_kT
        Logarithm of the ratio of the rates of the hops.
    conductivity_S_cm, conductivity_err_S_cm
        Mean over the direction; None if the run has sampled no such hop.
    """

    direction: str
    slower_kT: float
    conductivity_S_cm: float | None
    conductivity_err_S_cm: float | None


@dataclass(frozen=True)
class Transport(
    Result,
    tables="interfacekit.report.tables.transport:transport_tables",
    figure="interfacekit.plots.transport.arrhenius:plot_arrhenius",
):
    """Transport coefficients at one temperature; `_err` is the error of one standard deviation.

    Scalars are means over the directions in which the hops percolate (`direction`). Motion perpendicular to these is
    bounded and contributes nothing. Directions that need much slower hops are reported apart (`slow_directions`).

    Attributes
    ----------
    material
        Name of the model.
    temperature_K
        Temperature in kelvin.
    method
        `equilibrium fluctuations` or `drift in a field`.
    dimensions, direction
        Dimension and directions of percolation in terms of the unit cell, such as `2D in the ab plane`.
    slow_directions
        Directions that are reached only by hops more than 10 kT slower.
    conductivity_S_cm
        n e^2 D_charge / kT (Nernst-Einstein with the collective diffusion coefficient) or, in a field, current density
        over field, both projected onto the directions of percolation.
    conductivity_by_axis_S_cm, D_tracer_by_axis_cm2_s
        Projections on the axes a, b and c of the unit cell (`axes`). In a field, the conductivity is the current
        density along an axis over the strength of the field in the directions of percolation.
    axes
        Unit vectors along a, b and c, rows, Cartesian.
    conductivity_tensor_S_cm, D_tracer_tensor_cm2_s, D_charge_tensor_cm2_s
        Tensors; None for those of the charge in a field, where one direction is measured, and in files of versions that
        did not keep them.
    D_tracer_cm2_s, D_charge_cm2_s
        Of one labelled ion, and of all ions together: <|sum_i dr_i|^2> / (2 d N t).
    haven_ratio
        D_tracer / D_charge; in a field, both along it.
    correlation_factor
        D_tracer divided by that of the same number of uncorrelated hops.
    activation_energy_eV
        Of conductivity times temperature over the temperatures of the series; None for one temperature.
    site_classes
        Occupation and mean residence time of each class of sites.
    simulated_time_s
        Of each replica, without the equilibration.
    equilibration
        Share of the run that was left out.
    warnings
        Limits of the result: windows that are too short, single-file motion.
    """

    material: str
    temperature_K: float
    method: str
    dimensions: int
    direction: str
    slow_directions: tuple[SlowDirection, ...]
    conductivity_S_cm: float
    conductivity_err_S_cm: float
    axes: tuple[Triple, Triple, Triple]
    conductivity_by_axis_S_cm: Triple
    conductivity_err_by_axis_S_cm: Triple
    conductivity_tensor_S_cm: Tensor | None
    D_tracer_cm2_s: float
    D_tracer_err_cm2_s: float
    D_tracer_by_axis_cm2_s: Triple
    D_tracer_err_by_axis_cm2_s: Triple
    D_tracer_tensor_cm2_s: Tensor | None
    D_charge_cm2_s: float
    D_charge_err_cm2_s: float
    D_charge_tensor_cm2_s: Tensor | None
    haven_ratio: float
    haven_ratio_err: float
    correlation_factor: float
    correlation_factor_err: float
    activation_energy_eV: float | None
    activation_energy_err_eV: float | None
    site_classes: tuple[SiteClass, ...]
    ions: int
    sites: int
    ion_density_per_cm3: float
    replicas: int
    simulated_time_s: float
    equilibration: float
    hops: int
    attempts: int
    warnings: tuple[str, ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row with all numbers: projections by axis, components and principal values of tensors."""
        import pandas as pd

        row: dict[str, Any] = {}
        for name, value in self.__dict__.items():
            if name in ("provenance", "site_classes", "slow_directions", "axes"):
                continue
            if "_by_axis" in name:
                row |= {name.replace("_by_axis", f"_{axis}"): part for axis, part in zip(AXES, value, strict=True)}
            elif isinstance(value, Tensor):
                row |= _tensor_columns(name, value)
            elif "_tensor" not in name:
                row[name] = "; ".join(value) if name == "warnings" else value
        for slow in self.slow_directions:
            row[f"conductivity_S_cm slow {slow.direction}"] = slow.conductivity_S_cm
        for site in self.site_classes:
            row[f"occupation {site.name}"] = site.occupation
            row[f"residence_time_s {site.name}"] = site.residence_time_s
        return pd.DataFrame([row])


def _tensor_columns(name: str, tensor: Tensor) -> dict[str, float]:
    """Columns of a tensor: its six components, and its principal values with their errors."""
    columns = {
        name.replace("_tensor", f"_{'xyz'[i]}{'xyz'[j]}"): tensor.components[i][j]
        for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
    }
    for number in range(3):
        columns[name.replace("_tensor", f"_principal_{number + 1}")] = tensor.principal_values[number]
        columns[name.replace("_tensor", f"_err_principal_{number + 1}")] = tensor.principal_errors[number]
    return columns


@dataclass(frozen=True)
class KernelTiming(
    Result,
    tables="interfacekit.report.tables.transport:timing_tables",
):
    """Speed of a kernel on one core.

    Attributes
    ----------
    workload, description
        Name, and what is run.
    sites
        Of the simple cubic box.
    kernel
        What ran.
    million_hops_per_s, slowest_million_hops_per_s, fastest_million_hops_per_s
        Accepted hops: the median of several measurements, and their range.
    ns_per_attempt
        Of the median.
    acceptance
        Hops over attempts.
    bytes_per_site
        Of all that a hop reads and writes: the state, and the tables of a network.
    first_call_s
        Duration of the first call of this process: compiling where no earlier run has, and almost nothing after it.
    """

    workload: str
    description: str
    sites: int
    kernel: str
    million_hops_per_s: float
    slowest_million_hops_per_s: float
    fastest_million_hops_per_s: float
    ns_per_attempt: float
    acceptance: float
    bytes_per_site: float
    first_call_s: float
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row: all numbers."""
        import pandas as pd

        return pd.DataFrame([{key: value for key, value in self.__dict__.items() if key != "provenance"}])
