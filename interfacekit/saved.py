"""Names and fields in saved files, and their equivalents in older files.

A result names `interfacekit` and its class, independent of the module that defines it. Files of 0.1.0 name that module,
which is ignored, since names of classes are unique. A record of a sweep names its task likewise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfacekit.versions import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Classes of results by their modules; each is an attribute of `interfacekit`, imported on first use.
RESULT_HOMES = {
    "interfacekit.thermo.spectroscopy": ("Comparison", "Verdict"),
    "interfacekit.store": ("Record",),
    "interfacekit.structure.interfaces.adhesion": ("PublishedWork", "SlabEnergy", "WorkOfAdhesion"),
    "interfacekit.structure.conductivity.runs": ("BarrierRun", "Box"),
    "interfacekit.structure.barriers.table": ("BarrierTable",),
    "interfacekit.structure.barriers.hop_barrier": ("HopBarrier",),
    "interfacekit.structure.crystals.bonds": ("Bond",),
    "interfacekit.structure.interfaces.candidates": ("CoherentInterfaces", "Faces", "InterfaceCandidate"),
    "interfacekit.structure.conductivity.comparison": ("Beside", "CrystalConductivity"),
    "interfacekit.structure.crystals.crystal": ("Crystal",),
    "interfacekit.structure.interfaces.interface": ("Interface",),
    "interfacekit.structure.interfaces.cell_matching": ("CellMatch",),
    "interfacekit.structure.interfaces.lattice_match": ("LatticeMatch",),
    "interfacekit.structure.conductivity.measured": ("MeasuredTransport",),
    "interfacekit.structure.network.result": ("HopClass", "LithiumNetwork", "NetworkSite"),
    "interfacekit.structure.network.percolation": ("ConnectedPart", "Percolation"),
    "interfacekit.structure.barriers.published": ("PublishedBarrier",),
    "interfacekit.structure.interfaces.terminations": ("Termination",),
    "interfacekit.thermo.stability.triangle": ("ContactField", "ContactTriangle"),
    "interfacekit.thermo.stability.decomposition": ("Decomposition",),
    "interfacekit.thermo.uncertainty.ensemble": ("Interval", "ReactionEnsemble", "WindowEnsemble"),
    "interfacekit.thermo.uncertainty.error_model": ("ErrorModel",),
    "interfacekit.thermo.stability.phase_map": ("PhaseField", "PhaseMap"),
    "interfacekit.thermo.screening.ranking": ("Gates",),
    "interfacekit.thermo.stability.reaction": ("InterfaceReaction", "Kink", "ReactionMinimum"),
    "interfacekit.thermo.screening.candidate": ("Candidate", "WorstReaction"),
    "interfacekit.thermo.screening.result": ("Screening",),
    "interfacekit.thermo.screening.ensemble": ("CandidateEnsemble", "ScreeningEnsemble"),
    "interfacekit.thermo.uncertainty.sensitivity": ("LeaveOneOut", "Shift"),
    "interfacekit.thermo.stability.stability_map": ("MapRow", "MapSegment", "StabilityMap"),
    "interfacekit.thermo.stability.entries": ("ChemicalSystem", "EntryEnergy", "EntrySummary"),
    "interfacekit.thermo.stability.window": ("AverageVoltage", "Window", "WindowStep"),
    "interfacekit.transport.bulk.result": ("KernelTiming", "SiteClass", "SlowDirection", "Tensor", "Transport"),
    "interfacekit.transport.shells.evidence": ("Evidence", "Measurement"),
    "interfacekit.transport.shells.variations": ("VariedShell",),
    "interfacekit.transport.stacks.result": ("SpaceCharge", "StackProfile", "StackTransport"),
    "interfacekit.warm": ("WarmStep", "Warmed"),
}
_HOME_OF = {name: home for home, names in RESULT_HOMES.items() for name in names}

#: Renamed classes, by module (within the package) and name in files of 0.1.0.
_FORMER_CLASSES = {
    ("structure.measured", "Measured"): "MeasuredTransport",
    ("transport.shell_evidence", "Measured"): "Measurement",
}
#: Modules (within the package) of tasks in records of 0.1.0.
_FORMER_TASKS = {
    "relaxed_band": "structure.neb",
    "relaxed_end": "structure.neb",
    "screen_chunk": "thermo.screening_run",
    "shell_point": "transport.shell",
}
#: Fields in files of commit e5e5e2b that are no longer kept: computing times.
_FORMER_FIELDS = {"HopBarrier": ("seconds",), "Transport": ("hops_per_second",)}
#: Fields missing in these files, with their default: unknown.
_LACKING_FIELDS: dict[str, dict[str, Any]] = {
    "InterfaceCandidate": {"cut_polyanions": None, "strain_energy_meV_per_atom": None},
    "Termination": {"cut_polyanions_per_nm2": None, "cut_valence_per_nm2": None},
}
_WITHOUT_TENSORS = (
    "saved by a version without tensors: a, b and c are the Cartesian x, y and z, and scalars are means over those of "
    "them along which ions moved"
)


def public_class(module: str, name: str) -> str:
    """Current name of a class of this package, from the name in a file of any version."""
    return _FORMER_CLASSES.get((module.removeprefix(f"{PUBLIC}."), name), name)


def home_of(name: str) -> str | None:
    """Module that defines the class of results of this name; None if there is none."""
    return _HOME_OF.get(name)


def former_task(task: str) -> str | None:
    """Name of a task in records of 0.1.0; None if it is unchanged."""
    name = task.removeprefix(f"{PUBLIC}.")
    return f"{PUBLIC}.{_FORMER_TASKS[name]}.{name}" if name in _FORMER_TASKS else None


def todays_fields(name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a result in its current form, by the name of its class.

    Unknown fields are unchanged, for the class to refuse.
    """
    current = {key: value for key, value in fields.items() if key not in _FORMER_FIELDS.get(name, ())}
    current = {**_LACKING_FIELDS.get(name, {}), **current}
    if name == "Transport" and isinstance(fields.get("axes"), str):
        current |= _with_directions(str(fields["axes"]))
    if name == "Record":
        current |= _with_public_task(current)
    return current


def _with_directions(axes: str) -> dict[str, Any]:
    """Directions and tensors of transport coefficients along the Cartesian axes, for files of e5e5e2b."""
    named = " and ".join(axes)
    return {
        "dimensions": len(axes),
        "direction": "3D" if axes == "xyz" else f"{len(axes)}D along {named} (Cartesian)",
        "slow_directions": (),
        "axes": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
        "conductivity_tensor_S_cm": None,
        "D_tracer_tensor_cm2_s": None,
        "D_charge_tensor_cm2_s": None,
        "warnings": (_WITHOUT_TENSORS,),
    }


def _with_public_task(record: Mapping[str, Any]) -> dict[str, Any]:
    """Provenance of a record with the public name of its task."""
    origin = record.get("provenance")
    parameters = origin.get("parameters") if isinstance(origin, dict) else None
    task = parameters.get("task") if isinstance(parameters, dict) else None
    name = task.rpartition(".")[2] if isinstance(task, str) else ""
    if not isinstance(origin, dict) or task is None or former_task(f"{PUBLIC}.{name}") != task:
        return {}
    return {"provenance": {**origin, "parameters": {**origin["parameters"], "task": f"{PUBLIC}.{name}"}}}
