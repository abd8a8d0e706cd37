"""Work of adhesion: the energy that it takes to part the two sides of an interface, per area.

`W = (E_film + E_substrate - E_interface) / A`, with both slabs alone in the cell of the interface, the film strained as
it is there; so neither the strain nor the free surfaces behind count. Static: every atom stays where it was built.
Relaxed: each of the three is relaxed at fixed cell, the fixed atoms of the substrate staying where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.constants import A2_PER_NM2, J_M2_PER_eV_nm2
from interfacekit.errors import ComputationError, InputError
from interfacekit.materials import find_material, reference_table
from interfacekit.quantities import FMAX, MAX_STEPS
from interfacekit.results import Result, provenance
from interfacekit.structure.calculators import Checked, calculator_spec, make_calculator
from interfacekit.structure.interfaces.interface import FILM, SUBSTRATE, Interface, to_ase

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from ase import Atoms
    from numpy.typing import NDArray
    from pymatgen.core import Structure

#: 1 eV/nm2 in J/m2.


@dataclass(frozen=True)
class PublishedWork(Result):
    """A published work of adhesion, with how sure the number is."""

    system: str
    text: str
    source: str
    certainty: str


@dataclass(frozen=True)
class SlabEnergy(Result):
    """Energy of the interface or of one of its slabs.

    Attributes
    ----------
    part
        `interface`, `film` or `substrate`.
    static_eV
        As built.
    energy_eV
        In the end: relaxed where that was asked for, else as built.
    steps
        Of the optimiser.
    max_force_eV_A
        Largest force in the end on an atom that is free to move.
    is_converged
        Whether that is below the limit; None where nothing was relaxed.
    """

    part: str
    static_eV: float
    energy_eV: float
    steps: int
    max_force_eV_A: float
    is_converged: bool | None


@dataclass(frozen=True)
class WorkOfAdhesion(
    Result,
    tables="interfacekit.report.tables.structures:adhesion_tables",
):
    """Work of adhesion of an interface with one calculator.

    Attributes
    ----------
    interface
        Its name.
    area_A2
        Area of the cell.
    parts
        Interface, film and substrate.
    calculator
        Name, version and parameters.
    is_relaxed
        Whether the three were relaxed.
    relaxed_A
        Positions (atoms, 3) of the interface in the end.
    published
        Values of the same two materials in the literature (of Li3PS4 where a side is LGPS).
    notes
        Those of the interface. Slabs that are polar have a work that says more of their dipoles than of the contact.
    provenance
        Package, versions and parameters.
    """

    interface: str
    area_A2: float
    parts: tuple[SlabEnergy, ...]
    calculator: dict[str, Any]
    is_relaxed: bool
    relaxed_A: tuple[tuple[float, float, float], ...]
    published: tuple[PublishedWork, ...]
    notes: tuple[str, ...]
    provenance: dict[str, Any]

    @property
    def work_eV_per_nm2(self) -> float:
        """Work of adhesion: positive where the two sides stick together."""
        return self._work([part.energy_eV for part in self.parts])

    @property
    def static_work_eV_per_nm2(self) -> float:
        """The same with every atom where it was built."""
        return self._work([part.static_eV for part in self.parts])

    @property
    def work_J_per_m2(self) -> float:
        """Work of adhesion in J/m2."""
        return self.work_eV_per_nm2 * J_M2_PER_eV_nm2

    @property
    def is_converged(self) -> bool | None:
        """Whether all three relaxed to the limit of forces; None where nothing was relaxed."""
        return all(part.is_converged for part in self.parts) if self.is_relaxed else None

    @property
    def published_range_eV_per_nm2(self) -> tuple[float, float] | None:
        """Least and largest of the published values; None where there are none."""
        values = [float(text) for each in self.published for text in each.text.split("/")]
        return (min(values), max(values)) if values else None

    def to_frame(self) -> pd.DataFrame:
        """Return one row: the work, the energies it comes from, and what is published."""
        import pandas as pd

        low, high = self.published_range_eV_per_nm2 or (None, None)
        return pd.DataFrame(
            {
                "interface": [self.interface],
                "work_eV_per_nm2": [self.work_eV_per_nm2],
                "work_J_per_m2": [self.work_J_per_m2],
                "static_work_eV_per_nm2": [self.static_work_eV_per_nm2],
                "relaxed": [self.is_relaxed],
                "converged": [self.is_converged],
                "area_A2": [self.area_A2],
                **{f"{part.part}_eV": [part.energy_eV] for part in self.parts},
                "max_force_eV_A": [max(part.max_force_eV_A for part in self.parts)],
                "calculator": [self.calculator["name"]],
                "calculator_version": [self.calculator["version"]],
                "published_low_eV_per_nm2": [low],
                "published_high_eV_per_nm2": [high],
                "published_certainty": ["; ".join(dict.fromkeys(each.certainty for each in self.published)) or None],
            }
        )

    def _work(self, energies_eV: list[float]) -> float:
        together, film, substrate = energies_eV
        return (film + substrate - together) / self.area_A2 * A2_PER_NM2


def work_of_adhesion(
    interface: Interface,
    calculator: Any,
    *,
    relax: bool = False,
    fmax_eV_A: float = 0.05,
    max_steps: int = 300,
    progress: Callable[[float], None] | None = None,
) -> WorkOfAdhesion:
    """Compute the work of adhesion of an interface.

    Parameters
    ----------
    interface
        What `CoherentInterfaces.build` gives.
    calculator
        What `interfacekit.structure.calculators.calculator_spec` takes: `chgnet`, `emt`, `lj`, `module:function`, a
        calculator of ASE, or a `ConfiguredCalculator` with arguments of its own.
    relax
        Whether the interface and both slabs are relaxed (FIRE, at fixed cell).
    fmax_eV_A
        No force on a free atom is larger in the end.
    max_steps
        Most steps of the optimiser for each of the three; what has not converged then is told.
    progress
        Called with the share of the three that are done.

    Raises
    ------
    InputError
        If there is no such calculator, or the limits make no sense.
    ComputationError
        If the calculator fails, or gives energies or forces that are not finite.
    """
    FMAX.check(fmax_eV_A, "fmax_eV_A")
    MAX_STEPS.check(max_steps)
    spec = calculator_spec(calculator)
    made = make_calculator(spec)
    whole = interface.structure
    parts, positions = [], np.array(whole.cart_coords)
    several = (("interface", whole), *((side, interface.slab(side)) for side in (FILM, SUBSTRATE)))
    for done, (name, structure) in enumerate(several, 1):
        part, ended = _energy(name, structure, made, (fmax_eV_A, max_steps) if relax else None)
        parts.append(part)
        if name == "interface":
            positions = ended
        if progress:
            progress(done / len(several))
    return WorkOfAdhesion(
        interface=interface.name,
        area_A2=interface.area_A2,
        parts=tuple(parts),
        calculator={key: value for key, value in spec.items() if key != "given"},
        is_relaxed=relax,
        relaxed_A=tuple(map(tuple, positions.tolist())),
        published=published_work(interface.substrate, interface.film),
        notes=interface.notes,
        provenance=provenance(
            solver="pymatgen",
            interface=interface.provenance["parameters"],
            calculator=spec["name"],
            relax=relax,
            fmax_eV_A=fmax_eV_A if relax else None,
            max_steps=max_steps if relax else None,
        ),
    )


def published_work(substrate: str, film: str) -> tuple[PublishedWork, ...]:
    """Published works of adhesion of two materials; those of Li3PS4 stand in for LGPS."""
    wanted = {_in_literature(substrate), _in_literature(film)}
    return tuple(
        PublishedWork(row["system"], row["value"], row["source"], row["certainty"])
        for row in reference_table("space_charge")
        if row["quantity"] == "work of adhesion" and set(row["system"].split("|")) == wanted
    )


def _in_literature(name: str) -> str:
    record = find_material(name)
    alias = name if record is None else record.alias
    return "LPS" if alias == "LGPS" else alias


def _energy(
    name: str, structure: Structure, calculator: Any, relax: tuple[float, int] | None
) -> tuple[SlabEnergy, NDArray[np.float64]]:
    """Energy of one of the three, and the positions (atoms, 3) in the end."""
    from ase.optimize import FIRE

    atoms = to_ase(structure)
    atoms.calc = Checked(calculator)
    steps = 0
    try:
        static = _potential(atoms)
        if relax is not None:
            with FIRE(atoms, logfile=None) as optimiser:
                optimiser.run(fmax=relax[0], steps=relax[1])
            steps = int(optimiser.nsteps)
        force = _largest_force(atoms)
        return (
            SlabEnergy(name, static, _potential(atoms), steps, force, None if relax is None else force <= relax[0]),
            np.array(atoms.get_positions()),
        )
    except (InputError, ComputationError) as error:
        raise ComputationError(f"no energy of the {name}: {error}") from None
    except Exception as error:  # calculators raise what they like
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ComputationError(f"the calculator fails on the {name}: {reason[:160]}") from error


def _potential(atoms: Atoms) -> float:
    return float(atoms.get_potential_energy())


def _largest_force(atoms: Atoms) -> float:
    """Of those on free atoms: ASE sets those on fixed ones to zero."""
    return float(np.linalg.norm(atoms.get_forces(), axis=1).max())
