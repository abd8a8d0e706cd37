"""What a study from barriers to conductivities finds: each comparison in words is made from numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.report.studies.markdown import certainty_text, listed, number, span
from interfacekit.results import with_error
from interfacekit.transport.materials.bulk_models import ROOM_TEMPERATURE_K

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.structure.barriers.hop_barrier import HopBarrier
    from interfacekit.structure.conductivity.comparison import Beside, CrystalConductivity
    from interfacekit.structure.conductivity.runs import BarrierRun

#: Universal potentials whose barriers are known to be too low.
SOFT = ("CHGNet",)
SOFTENING = (
    "M3GNet, CHGNet and MACE-MP-0 predict energies, forces and ion migration barriers that are too low (Deng et al. "
    "2025, npj Comput. Mater., doi:10.1038/s41524-024-01500-6; abstract)"
)
#: Conductivities closer than this to what was measured are called alike.
ALIKE_DECADES = 0.3
#: Energies closer than this are.
ALIKE_eV = 0.03


def gist(results: Sequence[CrystalConductivity]) -> list[str]:
    """What comes out for each crystal, in one line each."""
    return [f"{result.material}: {_gist(result)}" for result in results]


def _gist(result: CrystalConductivity) -> str:
    parts = [f"{run.name} {conductivity_text(run)} S/cm, {energy_text(run)} eV" for run in result.runs]
    measured = [m for m in result.measured if m.point is not None and m.temperature_K == ROOM_TEMPERATURE_K]
    if measured:
        ends = [end for m in measured for end in (m.low, m.high) if end is not None]
        parts.append(f"measured {span(ends)} S/cm")
    return "; ".join(parts)


def conductivity_text(run: BarrierRun) -> str:
    """Conductivity of a run at room temperature, and how it was found unless simulated there; `no`."""
    found = run.conductivity_S_cm(ROOM_TEMPERATURE_K)
    if found is None:
        return "no"
    how = "" if found.how == "simulated" else f" ({found.how})"
    return with_error(found.value, found.error, scientific=True) + how


def energy_text(run: BarrierRun) -> str:
    """Activation energy of a run, or `no`."""
    energy = run.activation_energy_eV
    return "no" if energy is None else with_error(energy, run.activation_energy_err_eV or 0.0)


def outcome(results: Sequence[CrystalConductivity]) -> str:
    """What comes out for each crystal, as a list, and how soft the calculator's barriers are."""
    lines = [f"* **{r.material}** ({r.direction}): {_compared(r)}" for r in results]
    return "\n".join([*lines, "", _softening(results)])


def _compared(result: CrystalConductivity) -> str:
    """The computed run against the published ones and against what was measured."""
    run = result.computed
    if not run.transports:
        return f"no conductivity by {run.name}: {'; '.join(run.failures)}."
    text = f"{run.name} gives {conductivity_text(run)} S/cm and an activation energy of {energy_text(run)} eV."
    beside = [row for row in result.beside_measured() if row.run == run.name]
    conductivities = [row for row in beside if row.measured.unit == "S/cm"]
    parts = []
    value = run.conductivity_S_cm(ROOM_TEMPERATURE_K)
    for other in result.published:
        found = other.conductivity_S_cm(ROOM_TEMPERATURE_K)
        if value is not None and found is not None:
            parts.append(f"{_decades(math.log10(value.value / found.value))} *{other.name}*")
    if conductivities:
        above = [end for row in conductivities for end in (row.above_low, row.above_high)]
        parts.append(f"{_decades(*above)} what was measured ({_samples(conductivities)})")
    if parts:
        text += f" The conductivity is {', '.join(parts)}."
    energies = [
        f"{_apart(row.above_high, row.above_low)} that of {row.measured.sample} "
        f"({certainty_text(row.measured.certainty)}{', put in' if row.put_in else ''})"
        for row in beside
        if row.measured.unit == "eV"
    ]
    return text + (f" The activation energy is {', '.join(energies)}." if energies else "") + _flat(result)


def _flat(result: CrystalConductivity) -> str:
    """How many hops of a crystal have no saddle: for these a hop by itself is no good picture."""
    run = result.computed
    barriers = [(row.forward_barrier_eV, row.backward_barrier_eV) for row in run.table.rows]
    found = [min(there, back) for there, back in barriers if there is not None and back is not None]
    flat = sum(barrier <= 0 for barrier in found)
    if not flat:
        return ""
    have = "has" if flat == 1 else "have"
    return (
        f" {flat} of {len(found)} of its hops by {run.name} {have} no saddle above both ends, so that single hops with "
        "rates of their own are a poor picture of it."
    )


def _samples(rows: Sequence[Beside]) -> str:
    """Samples of measured numbers, and how sure these are."""
    certainties = dict.fromkeys(certainty_text(row.measured.certainty) for row in rows)
    return f"{listed(list(dict.fromkeys(row.measured.sample for row in rows)))}; {', '.join(certainties)}"


def _decades(*above: float) -> str:
    """How far a conductivity is from another, or from both ends of a range."""
    low, high = min(above), max(above)
    if max(abs(low), abs(high)) < ALIKE_DECADES:
        return "about that of" if len(above) == 1 else "about"
    if low <= 0 <= high:
        return f"between {number(high)} decades above and {number(-low)} decades below"
    return f"{span(sorted((abs(low), abs(high))))} decades {'above' if low > 0 else 'below'}"


def _apart(*above: float) -> str:
    """How far an activation energy is from another, or from both ends of a range."""
    low, high = min(above), max(above)
    if max(abs(low), abs(high)) < ALIKE_eV:
        return "about"
    if low <= 0 <= high:
        return "within"
    return f"{span(sorted((abs(low), abs(high))))} eV {'above' if low > 0 else 'below'}"


def _softening(results: Sequence[CrystalConductivity]) -> str:
    """By how much the computed barriers are below those published, and what that alone does."""
    name = results[0].computed.name
    differences = [difference for result in results for difference in _differences(result)]
    if not differences:
        return ""
    lower = [d for d in differences if d < 0]
    kT = BOLTZMANN_eV_K * ROOM_TEMPERATURE_K
    text = (
        f"Published barriers of the same hop and mechanism are {len(differences)}; {len(lower) or 'none'} of them "
        f"{'is' if len(lower) == 1 else 'are'} above that of {name}"
    )
    if lower:
        sizes = [-d for d in lower]
        factors = [d / kT / math.log(10) for d in sizes]
        text += f", by {span(sizes)} eV, which makes a hop {span(factors)} decades faster at {ROOM_TEMPERATURE_K:g} K"
    if name in SOFT:
        agrees = "as is known of it" if len(lower) > len(differences) / 2 else "though it is known for the opposite"
        text += f"; {agrees}: {SOFTENING}"
    published = {one.certainty for r in results for run in r.published for one in run.published}
    return f"{text}. They are themselves {listed(sorted(map(certainty_text, published)))}."


def _differences(result: CrystalConductivity) -> list[float]:
    """Computed less published barriers, by hop class and mechanism."""
    return [
        row.barrier_eV - other.barrier_eV
        for row in result.computed.table.rows
        for run in result.published
        if row.barrier_eV is not None and (other := same_hop(run, row)) is not None and other.barrier_eV is not None
    ]


def same_hop(run: BarrierRun, row: HopBarrier) -> HopBarrier | None:
    """The row of a run's table for the same class of hops and mechanism."""
    return next((r for r in run.table.rows if (r.hop, r.mechanism) == (row.hop, row.mechanism)), None)
