"""Thermodynamics of phases, interfaces and stacks at 0 K, from formation energies."""

from typing import TYPE_CHECKING

from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
    from interfacekit.thermo.equilibria.pymatgen import from_pd_entries, to_pd_entries, to_phase_diagram
    from interfacekit.thermo.screening.candidate import Candidate, WorstReaction
    from interfacekit.thermo.screening.ensemble import CandidateEnsemble, ScreeningEnsemble, screening_ensemble
    from interfacekit.thermo.screening.ranking import Gates
    from interfacekit.thermo.screening.result import Screening
    from interfacekit.thermo.screening.screen import screen
    from interfacekit.thermo.stability.decomposition import Decomposition, decomposition
    from interfacekit.thermo.stability.entries import (
        ChemicalSystem,
        EntryEnergy,
        EntrySummary,
        entries_above_hull,
        entry_summary,
    )
    from interfacekit.thermo.stability.nearest import snapped
    from interfacekit.thermo.stability.phase_map import PhaseField, PhaseMap, phase_map
    from interfacekit.thermo.stability.reaction import InterfaceReaction, Kink, ReactionMinimum, interface_reaction
    from interfacekit.thermo.stability.stability_map import MapRow, MapSegment, StabilityMap, energies_at, stability_map
    from interfacekit.thermo.stability.triangle import ContactField, ContactTriangle, contact_triangle
    from interfacekit.thermo.stability.window import (
        AverageVoltage,
        Window,
        WindowStep,
        average_voltage,
        electrochemical_window,
        electrochemical_windows,
    )
    from interfacekit.thermo.uncertainty.ensemble import (
        Interval,
        ReactionEnsemble,
        WindowEnsemble,
        reaction_ensemble,
        window_ensemble,
    )
    from interfacekit.thermo.uncertainty.error_model import ErrorModel, perturbed
    from interfacekit.thermo.uncertainty.sensitivity import LeaveOneOut, Shift, leave_one_out

_HOMES = {
    "interfacekit.thermo.equilibria.pymatgen": (
        "from_pd_entries",
        "to_pd_entries",
        "to_phase_diagram",
    ),
    "interfacekit.thermo.screening.candidate": (
        "Candidate",
        "WorstReaction",
    ),
    "interfacekit.thermo.screening.ensemble": (
        "CandidateEnsemble",
        "ScreeningEnsemble",
        "screening_ensemble",
    ),
    "interfacekit.thermo.screening.ranking": ("Gates",),
    "interfacekit.thermo.screening.result": ("Screening",),
    "interfacekit.thermo.screening.screen": ("screen",),
    "interfacekit.thermo.stability.decomposition": (
        "Decomposition",
        "decomposition",
    ),
    "interfacekit.thermo.stability.entries": (
        "ChemicalSystem",
        "EntryEnergy",
        "EntrySummary",
        "entries_above_hull",
        "entry_summary",
    ),
    "interfacekit.thermo.stability.nearest": ("snapped",),
    "interfacekit.thermo.stability.phase_map": (
        "PhaseField",
        "PhaseMap",
        "phase_map",
    ),
    "interfacekit.thermo.stability.reaction": (
        "InterfaceReaction",
        "Kink",
        "ReactionMinimum",
        "interface_reaction",
    ),
    "interfacekit.thermo.stability.stability_map": (
        "MapRow",
        "MapSegment",
        "StabilityMap",
        "energies_at",
        "stability_map",
    ),
    "interfacekit.thermo.stability.triangle": (
        "ContactField",
        "ContactTriangle",
        "contact_triangle",
    ),
    "interfacekit.thermo.stability.window": (
        "AverageVoltage",
        "Window",
        "WindowStep",
        "average_voltage",
        "electrochemical_window",
        "electrochemical_windows",
    ),
    "interfacekit.thermo.uncertainty.ensemble": (
        "Interval",
        "ReactionEnsemble",
        "WindowEnsemble",
        "reaction_ensemble",
        "window_ensemble",
    ),
    "interfacekit.thermo.uncertainty.error_model": (
        "ErrorModel",
        "perturbed",
    ),
    "interfacekit.thermo.uncertainty.sensitivity": (
        "LeaveOneOut",
        "Shift",
        "leave_one_out",
    ),
}

__all__ = [
    "AverageVoltage",
    "Candidate",
    "CandidateEnsemble",
    "ChemicalSystem",
    "ContactField",
    "ContactTriangle",
    "Decomposition",
    "EntryEnergy",
    "EntrySummary",
    "ErrorModel",
    "Gates",
    "InterfaceReaction",
    "Interval",
    "Kink",
    "LeaveOneOut",
    "MapRow",
    "MapSegment",
    "PhaseField",
    "PhaseMap",
    "ReactionEnsemble",
    "ReactionMinimum",
    "Screening",
    "ScreeningEnsemble",
    "Shift",
    "StabilityMap",
    "Window",
    "WindowEnsemble",
    "WindowStep",
    "WorstReaction",
    "average_voltage",
    "contact_triangle",
    "decomposition",
    "electrochemical_window",
    "electrochemical_windows",
    "energies_at",
    "entries_above_hull",
    "entry_summary",
    "from_pd_entries",
    "interface_reaction",
    "leave_one_out",
    "perturbed",
    "phase_map",
    "reaction_ensemble",
    "screen",
    "screening_ensemble",
    "snapped",
    "stability_map",
    "to_pd_entries",
    "to_phase_diagram",
    "window_ensemble",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
