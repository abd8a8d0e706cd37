"""Thermodynamics of phases, interfaces and stacks from formation energies, at 0 K."""

from interfacekit.thermo.adapter import from_pd_entries, to_pd_entries, to_phase_diagram
from interfacekit.thermo.contact import ContactField, ContactTriangle, contact_triangle
from interfacekit.thermo.decomposition import Decomposition, decomposition
from interfacekit.thermo.ensemble import (
    Interval,
    ReactionEnsemble,
    WindowEnsemble,
    reaction_ensemble,
    window_ensemble,
)
from interfacekit.thermo.error_model import ErrorModel, perturbed
from interfacekit.thermo.nearest import snapped
from interfacekit.thermo.phase_map import PhaseField, PhaseMap, phase_map
from interfacekit.thermo.ranking import Gates
from interfacekit.thermo.reaction import InterfaceReaction, Kink, ReactionMinimum, interface_reaction
from interfacekit.thermo.screening import Candidate, Screening, WorstReaction, screen
from interfacekit.thermo.screening_ensemble import CandidateEnsemble, ScreeningEnsemble, screening_ensemble
from interfacekit.thermo.sensitivity import LeaveOneOut, Shift, leave_one_out
from interfacekit.thermo.stability import MapRow, MapSegment, StabilityMap, energies_at, stability_map
from interfacekit.thermo.stable import ChemicalSystem, EntryEnergy, EntrySummary, entries_above_hull, entry_summary
from interfacekit.thermo.window import (
    AverageVoltage,
    Window,
    WindowStep,
    average_voltage,
    electrochemical_window,
    electrochemical_windows,
)

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
