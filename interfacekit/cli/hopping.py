"""The hopping model that a configuration asks for."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from interfacekit.config import KmcConfig
    from interfacekit.transport import HoppingModel


def hopping_model(options: KmcConfig) -> tuple[str, HoppingModel, dict[str, Any]]:
    """Name, model and notes for the provenance: of a known material, or of the user's own model."""
    from interfacekit import transport
    from interfacekit.errors import InputError
    from interfacekit.materials import find_material
    from interfacekit.transport.hopping.drive import in_field
    from interfacekit.transport.materials.bulk_models import bulk_materials

    notes: dict[str, Any]
    if options.barrier_table is not None:
        name, model, notes = _of_table(options, options.barrier_table)
    elif options.lattice is None:
        known = transport.bulk_model(
            options.material,
            sample=options.sample,
            cells=options.cells,
            filling=options.filling,
            barrier_eV=options.barrier,
            attempt_frequency_Hz=options.attempt_frequency,
            conductivity_S_cm=options.conductivity,
            catalogue=options.materials.catalogue,
        )
        name, model, notes = known.material, known.model, known.notes()
    else:
        if (record := find_material(options.material)) is not None and record.alias in bulk_materials():
            raise InputError(
                f"{options.material} is a built-in material; a model of your own needs a name of its own as material"
            )
        name, model, notes = options.material, _own_model(options), {"own_model": options.own_model}
    if options.field is not None and options.field.field_V_nm:
        model = in_field(model, options.field.field_V_nm, options.field.axis, options.temperature[0])
    return name, model, notes


def _of_table(options: KmcConfig, path: Path) -> tuple[str, HoppingModel, dict[str, Any]]:
    """The network of a crystal with the barriers of a file."""
    from pymatgen.core import Composition

    from interfacekit.errors import InputError
    from interfacekit.materials import find_material
    from interfacekit.structure import read_barriers
    from interfacekit.structure.barriers.table import ATTEMPT_FREQUENCY_Hz
    from interfacekit.transport.materials.parameters import Parameter

    table = read_barriers(path)
    known = find_material(options.material) if options.material else None
    if known is not None and Composition(known.formula).reduced_formula != Composition(table.formula).reduced_formula:
        raise InputError(f"{path.name} has barriers of {table.crystal}, not of {known.alias}; leave one of them out")
    cells = options.cells
    frequency = ATTEMPT_FREQUENCY_Hz if options.attempt_frequency is None else options.attempt_frequency
    model = table.hopping_model(
        (cells,) * 3 if isinstance(cells, int) else cells, filling=options.filling, attempt_frequencies_Hz=frequency
    )
    numbers = table.parameters()
    for name, value, unit, own in (
        ("attempt frequency", frequency, "1/s", options.attempt_frequency),
        ("occupation of sites", model.filling, "-", options.filling),
    ):
        role = "assumed" if own is None else "given"
        numbers += (Parameter(name, value, unit, role, role, role),)
    notes = {
        "sample": f"barriers of {path.name}, {numbers[0].source}",
        "calibration": None,
        "model": [asdict(number) for number in numbers],
        "barriers": table.provenance,
    }
    return options.material or table.crystal, model, notes


def _own_model(options: KmcConfig) -> HoppingModel:
    from interfacekit import transport

    sites = transport.regular_lattice(
        options.lattice or "",
        options.cells or 0,
        options.hop_distance_A or 0.0,
        layer_distance_A=options.layer_distance_A,
    )
    barriers: Any = options.barriers_eV
    if options.neighbour_barriers_eV is not None:
        barriers = transport.NeighbourBarriers(options.neighbour_barriers_eV)
    if options.environment_barriers_eV is not None:
        barriers = transport.EnvironmentBarriers(options.environment_barriers_eV)
    return transport.HoppingModel(
        sites,
        options.filling or 0.0,
        barriers,
        attempt_frequencies_Hz=options.attempt_frequencies_Hz,
        pair_energies_eV=options.pair_energies_eV,
    )
