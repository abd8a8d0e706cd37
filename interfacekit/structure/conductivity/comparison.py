"""Conductivities of a crystal by several tables of barriers, beside each other and beside what was measured."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from interfacekit.results import Result, provenance
from interfacekit.structure.conductivity.runs import BarrierRun, Box, Value
from interfacekit.transport.materials.bulk_models import ROOM_TEMPERATURE_K

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interfacekit.structure.conductivity.measured import MeasuredTransport
    from interfacekit.structure.network.result import LithiumNetwork


@dataclass(frozen=True)
class Beside(Result):
    """One run beside one measured number.

    Attributes
    ----------
    material, run
        Whose.
    measured
        The number.
    predicted, predicted_err
        In its unit.
    how
        Whether the conductivity was simulated at the temperature of the measurement.
    above_low, above_high
        By how much the prediction is above the ends of what was measured: decades of a conductivity, eV of an energy.
    put_in
        Whether this very number is among the barriers of the run, so that agreement says nothing.
    """

    material: str
    run: str
    measured: MeasuredTransport
    predicted: float
    predicted_err: float
    how: str
    above_low: float
    above_high: float
    put_in: bool
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        import pandas as pd

        about = {name: value for name, value in asdict(self.measured).items() if name not in ("value", "low", "high")}
        return pd.DataFrame(
            [
                {
                    "material": self.material,
                    "run": self.run,
                    **about,
                    "measured_low": self.measured.low,
                    "measured_high": self.measured.high,
                    "predicted": self.predicted,
                    "predicted_err": self.predicted_err,
                    "how": self.how,
                    "decades_or_eV_above_low": self.above_low,
                    "decades_or_eV_above_high": self.above_high,
                    "put_in": self.put_in,
                }
            ]
        )


@dataclass(frozen=True)
class CrystalConductivity(Result):
    """A crystal by several tables of barriers, beside what was measured.

    Attributes
    ----------
    material
        Name of the crystal.
    formula
        Reduced.
    mobile
        Element of the ion.
    direction
        In which its network percolates.
    n_sites
        Of the ion in the unit cell.
    occupied_share
        Of these in the crystal itself.
    box
        How it was run.
    runs
        One for each table of barriers.
    measured
        What stands beside them.
    remark
        What to know when these are compared.
    provenance
        How the result was made.
    """

    material: str
    formula: str
    mobile: str
    direction: str
    n_sites: int
    occupied_share: float
    box: Box
    runs: tuple[BarrierRun, ...]
    measured: tuple[MeasuredTransport, ...]
    remark: str
    provenance: dict[str, Any]

    @property
    def computed(self) -> BarrierRun:
        """The run with the calculator's barriers."""
        return next(run for run in self.runs if run.kind == "computed")

    @property
    def published(self) -> tuple[BarrierRun, ...]:
        """The runs with barriers of the literature."""
        return tuple(run for run in self.runs if run.kind == "published")

    def beside_measured(self) -> list[Beside]:
        """Every run beside every measured number that it gives."""
        return [found for m in self.measured for run in self.runs if (found := self._beside(run, m)) is not None]

    def to_frame(self) -> pd.DataFrame:
        """One row per run."""
        import pandas as pd

        return pd.DataFrame([self._row(run) for run in self.runs])

    def _row(self, run: BarrierRun) -> dict[str, Any]:
        room, simulated = run.conductivity_S_cm(ROOM_TEMPERATURE_K), run.at(ROOM_TEMPERATURE_K)
        row: dict[str, Any] = {
            "material": self.material,
            "run": run.name,
            "barriers": run.kind,
            "percolation": self.direction,
            "filling": self.box.filling,
            "attempt_frequency_Hz": self.box.attempt_frequency_Hz,
            "activation_energy_eV": run.activation_energy_eV,
            "activation_energy_err_eV": run.activation_energy_err_eV,
            "conductivity_298K_S_cm": room.value if room else None,
            "conductivity_298K_err_S_cm": room.error if room else None,
            "conductivity_298K": room.how if room else "none",
        }
        for name in ("D_tracer", "D_charge"):
            row[f"{name}_298K_cm2_s"] = getattr(simulated, f"{name}_cm2_s", None)
            row[f"{name}_298K_err_cm2_s"] = getattr(simulated, f"{name}_err_cm2_s", None)
        row["haven_ratio_298K"] = simulated.haven_ratio if simulated else None
        row["haven_ratio_298K_err"] = simulated.haven_ratio_err if simulated else None
        return row | {"left_out": "; ".join(run.left_out), "failures": "; ".join(run.failures)}

    def _beside(self, run: BarrierRun, measured: MeasuredTransport) -> Beside | None:
        if measured.low is None or measured.high is None:
            return None
        if measured.unit == "S/cm" and measured.temperature_K is not None:
            found = run.conductivity_S_cm(measured.temperature_K)
        elif measured.unit == "eV" and run.activation_energy_eV is not None:
            found = Value(run.activation_energy_eV, run.activation_energy_err_eV or 0.0, "simulated")
        else:
            return None
        if found is None:
            return None
        above = [
            found.value - end if measured.unit == "eV" else math.log10(found.value / end)
            for end in (measured.low, measured.high)
        ]
        inputs = {(one.system, one.quantity) for one in run.published}
        return Beside(
            material=self.material,
            run=run.name,
            measured=measured,
            predicted=found.value,
            predicted_err=found.error,
            how=found.how,
            above_low=above[0],
            above_high=above[1],
            put_in=(measured.sample, measured.quantity) in inputs,
            provenance=self.provenance,
        )


def crystal_conductivity(
    network: LithiumNetwork,
    box: Box,
    runs: Sequence[BarrierRun],
    measured: Sequence[MeasuredTransport],
    *,
    remark: str = "",
) -> CrystalConductivity:
    """Put runs of a crystal, and what was measured of it, together."""
    return CrystalConductivity(
        material=network.crystal.name,
        formula=network.crystal.formula,
        mobile=network.mobile,
        direction=network.percolation().direction,
        n_sites=len(network.sites),
        occupied_share=network.occupied_share,
        box=box,
        runs=tuple(runs),
        measured=tuple(measured),
        remark=remark,
        provenance=provenance(crystal=network.crystal.name, source=network.crystal.source, **asdict(box)),
    )
