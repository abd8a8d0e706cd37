"""Thermodynamic stability and Li transport of interfaces in solid-state batteries.

The public names below, and the classes of all results (see `interfacekit.saved`), are loaded when first used, so that
`import interfacekit` stays fast.
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
    from interfacekit.catalogue.catalogue import Catalogue
    from interfacekit.catalogue.files import load_materials
    from interfacekit.entries import EntryTable, load_entries
    from interfacekit.errors import ComputationError, InputError, InputWarning
    from interfacekit.export.files import load, save
    from interfacekit.materials import Material, material
    from interfacekit.phases import Phase, phase
    from interfacekit.plots.dispatch import plot
    from interfacekit.structure import (
        Crystal,
        CrystalLayer,
        CrystalStack,
        coherent_interfaces,
        crystal,
        lithium_network,
        migration_barriers,
        work_of_adhesion,
    )
    from interfacekit.thermo import (
        ErrorModel,
        average_voltage,
        contact_triangle,
        decomposition,
        electrochemical_window,
        electrochemical_windows,
        interface_reaction,
        leave_one_out,
        phase_map,
        reaction_ensemble,
        screen,
        screening_ensemble,
        stability_map,
        window_ensemble,
    )
    from interfacekit.transport import (
        Interphase,
        Layer,
        Stack,
        bulk_model,
        regular_lattice,
        simulate,
        simulate_series,
        simulate_stack,
        space_charge,
    )

_HOMES = {
    "interfacekit.catalogue.catalogue": ("Catalogue",),
    "interfacekit.catalogue.files": ("load_materials",),
    "interfacekit.entries": ("EntryTable", "load_entries"),
    "interfacekit.errors": ("ComputationError", "InputError", "InputWarning"),
    "interfacekit.export.files": ("load", "save"),
    "interfacekit.materials": ("Material", "material"),
    "interfacekit.phases": ("Phase", "phase"),
    "interfacekit.plots.dispatch": ("plot",),
    "interfacekit.structure": (
        "Crystal",
        "CrystalLayer",
        "CrystalStack",
        "coherent_interfaces",
        "crystal",
        "lithium_network",
        "migration_barriers",
        "work_of_adhesion",
    ),
    "interfacekit.thermo": (
        "ErrorModel",
        "average_voltage",
        "contact_triangle",
        "decomposition",
        "electrochemical_window",
        "electrochemical_windows",
        "interface_reaction",
        "leave_one_out",
        "phase_map",
        "reaction_ensemble",
        "screen",
        "screening_ensemble",
        "stability_map",
        "window_ensemble",
    ),
    "interfacekit.transport": (
        "Interphase",
        "Layer",
        "Stack",
        "bulk_model",
        "regular_lattice",
        "simulate",
        "simulate_series",
        "simulate_stack",
        "space_charge",
    ),
}
__all__ = [
    "Catalogue",
    "ComputationError",
    "Crystal",
    "CrystalLayer",
    "CrystalStack",
    "EntryTable",
    "ErrorModel",
    "InputError",
    "InputWarning",
    "Interphase",
    "Layer",
    "Material",
    "Phase",
    "Stack",
    "average_voltage",
    "bulk_model",
    "coherent_interfaces",
    "contact_triangle",
    "crystal",
    "decomposition",
    "electrochemical_window",
    "electrochemical_windows",
    "interface_reaction",
    "leave_one_out",
    "lithium_network",
    "load",
    "load_entries",
    "load_materials",
    "material",
    "migration_barriers",
    "phase",
    "phase_map",
    "plot",
    "reaction_ensemble",
    "regular_lattice",
    "save",
    "screen",
    "screening_ensemble",
    "simulate",
    "simulate_series",
    "simulate_stack",
    "space_charge",
    "stability_map",
    "window_ensemble",
    "work_of_adhesion",
]


# Silent until a programme asks for it; see `logs`.
logging.getLogger("interfacekit").addHandler(logging.NullHandler())

_lazy, __dir__ = lazy_names(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from interfacekit.versions import package_version

        return package_version()
    if name[0].isupper() and name not in __all__:
        from interfacekit.saved import home_of

        if (home := home_of(name)) is not None:
            return getattr(import_module(home), name)
    return _lazy(name)
