"""Migration barriers of a crystal's hops with any calculator of ASE.

import interfacekit as ik

table = ik.migration_barriers("LCO", "chgnet", mechanism=("vacancy", "divacancy"), store="barriers")
table.to_frame()
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass, replace
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.atomic import remove_abandoned
from interfacekit.documents import MOST_RECORD_MiB, require_kept
from interfacekit.errors import InputError
from interfacekit.limits import require_time
from interfacekit.results import provenance
from interfacekit.store import Store
from interfacekit.structure.barriers.hop_barrier import HopBarrier
from interfacekit.structure.barriers.hop_cells import image_distance_A, supercell
from interfacekit.structure.barriers.hop_plans import check_mechanisms, planned
from interfacekit.structure.barriers.neb import CLIMB_FROM, SPRING_eV_A2, relaxed_band, relaxed_end
from interfacekit.structure.barriers.options import BandOptions
from interfacekit.structure.barriers.table import BarrierTable
from interfacekit.structure.calculators import calculator_spec, make_calculator
from interfacekit.structure.crystals.crystal import crystal
from interfacekit.structure.network.search import lithium_network
from interfacekit.sweep.runs import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from ase import Atoms
    from pymatgen.core import Structure

    from interfacekit.store import Record
    from interfacekit.structure.barriers.hop_cells import End
    from interfacekit.structure.barriers.hop_plans import Plan
    from interfacekit.structure.calculators import Spec
    from interfacekit.structure.crystals.crystal import Crystal
    from interfacekit.structure.network.result import LithiumNetwork

#: An ion that relaxes by more than this share of the hop did not stay at its end.
_STRAYED = 0.5
#: Ends between which no atom moves by more than this share of the hop are one.
_TOGETHER = 0.2
#: Another atom that moves so far along the path hops too.
_HOPS_TOO_A = 1.0
#: An image so far below both ends shows that these are no minima.
_BELOW_eV = 0.005
#: Steps of an end or a band that is relaxed soon, and the time of emt for an atom in each; measured on one core.
_STEPS, _EMT_s = 30, 1e-4
#: Share of the work that ends are.
_ENDS = 0.2
#: Folder within the store for ends and bands that are not finished.
KEPT = "unfinished"


def migration_barriers(
    source: str | Path | Atoms | Structure | Crystal,
    calculator: Any,
    *,
    network: LithiumNetwork | None = None,
    mobile: str = "Li",
    hops: Iterable[str] | None = None,
    mechanism: str | Sequence[str] | None = None,
    supercell_shape: Sequence[int] | None = None,
    options: BandOptions | None = None,
    executor: Executor | None = None,
    store: Store | str | Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> BarrierTable:
    """Compute the barrier of every symmetry-distinct hop: relaxed ends, nudged elastic band and climbing image.

    The cell stays as it is, and is neutral: what is taken out or put in is an atom.

    Parameters
    ----------
    source
        A crystal, or what `crystal` reads; not looked at where a network is given, which has its own.
    calculator
        `chgnet` (extra `mlip`), `emt` or `lj`; `module:function`, or a function or class of a module, that makes one
        of ASE's calculators; or such a calculator, which then works here, one hop after the other. A
        `ConfiguredCalculator` has arguments, such as the model of CHGNet, or a label in the store.
    network
        Sites and hops; by default the direct hops between occupied sites, as `lithium_network` finds them.
    mobile
        Element of the ion, where no network is given.
    hops
        Names of the hop classes; all by default.
    mechanism
        `vacancy`: the ion hops to an emptied site; `divacancy`: one more site is empty beside the hop, and the ion
        passes between the three; `Frenkel pair`: it hops from a site of the crystal to a vacant one, or back;
        `interstitial`: one more ion hops between vacant sites. Several are computed where they apply. By default the
        one of a single defect that the sites allow.
    supercell_shape
        Copies of the cell along its vectors; by default the fewest for which the ion is 8 angstrom or more from its
        copies: 3 x 3 x 1 for LCO, 2 x 2 x 1 for LNO, and 1 x 1 x 1 for LGPS.
    options
        Images, largest force, most steps and random displacements: see `BandOptions`.
    executor
        Where hops run, as of a sweep; results do not depend on it. Each takes one core.
    store
        Folder of what is finished, by structure, calculator and settings, and of the bands that run: what was killed
        goes on from its last positions, and ends within the same forces.
    progress
        Called with the share done.

    Returns
    -------
    BarrierTable
        A hop that fails says so, and the others go on.

    Raises
    ------
    InputError
        If the crystal, the calculator, a hop, the mechanism or a setting is not possible.
    """
    net = lithium_network(crystal(source), mobile=mobile) if network is None else network
    settings = BandOptions() if options is None else options
    spec = calculator_spec(calculator)
    if "given" in spec and executor is not None:
        raise InputError(
            "a calculator that is given as it is works in one process and thread only; leave out the executor, or give "
            "module:function that makes it"
        )
    if "given" in spec and store is not None and "label" not in spec:
        raise InputError(
            "the store cannot tell a calculator that is given as it is from another; give it a label, as in "
            "ConfiguredCalculator(calculator, label='mine'), or name it as module:function"
        )
    make_calculator(spec)  # what is wrong with it is told at once, and not by every hop
    cells = supercell(net.crystal.structure, net.mobile, supercell_shape)
    plans = planned(net, cells, hops, check_mechanisms(mechanism))
    _require_relaxation_time(len(plans), math.prod(cells.shape) * len(cells.structure), settings)
    folder = None if store is None else store if isinstance(store, Store) else Store(store)
    if folder is not None:
        remove_abandoned(folder.path / KEPT)
        require_kept((folder.path / KEPT).glob("*.extxyz"), MOST_RECORD_MiB)
    sweep = _Sweep(spec, settings, executor, folder, progress)
    ends = sweep.ends([end for plan in plans for end in (plan.cell.initial, plan.cell.final)])
    return BarrierTable(
        crystal=net.crystal.name,
        formula=net.crystal.formula,
        mobile=net.mobile,
        supercell=cells.shape,
        image_distance_A=image_distance_A(cells.cell_A),
        rows=tuple(sweep.rows(plans, ends)),
        provenance=provenance(
            crystal=net.crystal.name,
            source=net.crystal.source,
            structure_sha256=structure_sha256(net.crystal.structure),
            calculator={name: value for name, value in spec.items() if name != "given"},
            supercell=cells.shape,
            **asdict(settings),
            spring_eV_A2=SPRING_eV_A2,
            climb_from_eV_A=CLIMB_FROM * settings.fmax_eV_A,
            cell="fixed",
        )
        | {"engine": f"ase {metadata.version('ase')}"},
        network=net,
    )


def _require_relaxation_time(hops: int, atoms: int, options: BandOptions) -> None:
    """Announce relaxations that last with any calculator."""
    evaluations = hops * (2 + options.images) * min(_STEPS, options.max_steps)
    require_time(
        f"relaxations of {hops} hops in cells of {atoms} atoms, even with emt on one core,",
        evaluations * atoms * _EMT_s,
        "give a smaller supercell, or fewer hops",
    )


def structure_sha256(structure: Structure) -> str:
    """Fingerprint of a structure: of its cell, elements and positions, as they stand."""
    content = [
        np.asarray(structure.lattice.matrix).tolist(),
        [site.specie.symbol for site in structure],
        np.asarray(structure.frac_coords).tolist(),
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True)
class _Sweep:
    """The points of all hops: each end once, then the bands between ends that were found."""

    calculator: Spec
    options: BandOptions
    executor: Executor | None
    store: Store | None
    progress: Callable[[float], None] | None

    def ends(self, ends: Sequence[End]) -> dict[str, Record]:
        """Relax each end, and return the records by the key of the end."""
        distinct = {end.key: end for end in ends}
        points = [
            {"atoms": end.atoms(), "calculator": self.calculator, **self.options.of_ends} for end in distinct.values()
        ]
        return dict(zip(distinct, self._run(relaxed_end, points, 0.0, _ENDS), strict=True))

    def rows(self, plans: Sequence[Plan], ends: Mapping[str, Record]) -> list[HopBarrier]:
        """Relax the bands, and return the row of each hop."""
        rows: dict[int, HopBarrier] = {}
        points: dict[int, dict[str, Any]] = {}
        for number, plan in enumerate(plans):
            both = [ends[end.key] for end in (plan.cell.initial, plan.cell.final)]
            row, point = _at_ends(plan, both)
            rows[number] = row
            if point is not None:
                points[number] = {**point, "calculator": self.calculator, **self.options.of_bands}
        # Classes of hops that a supercell cannot tell apart have one band.
        distinct = {json.dumps(point): point for point in points.values()}
        records = dict(zip(distinct, self._run(relaxed_band, list(distinct.values()), _ENDS, 1.0), strict=True))
        for number, point in points.items():
            rows[number] = _with_band(rows[number], point, records[json.dumps(point)])
        return [rows[number] for number in range(len(plans))]

    def _run(
        self, task: Callable[..., Any], points: Sequence[dict[str, Any]], start: float, end: float
    ) -> tuple[Record, ...]:
        def tell(share: float) -> None:
            if self.progress is not None:
                self.progress(start + (end - start) * share)

        keep_in = None if self.store is None else str(self.store.path.resolve() / KEPT)
        noun = "ends" if task is relaxed_end else "bands"
        aside = {"keep_in": keep_in}
        records = run(task, points, self.executor, store=self.store, progress=tell, aside=aside, noun=noun)
        if not points:
            tell(1.0)
        return records


def _at_ends(plan: Plan, ends: Sequence[Record]) -> tuple[HopBarrier, dict[str, Any] | None]:
    """What is known of a hop once its ends are relaxed, and the point of its band where they can be joined."""
    row = HopBarrier(
        hop=plan.hop.name,
        origin=plan.origin,
        target=plan.target,
        mechanism=plan.mechanism,
        distance_A=plan.hop.distance_A,
        common_neighbours=plan.common_neighbours,
        status="failed",
    )
    for end, where in zip(ends, (f"origin ({plan.origin})", f"target ({plan.target})"), strict=True):
        if end.status == "failed":
            return replace(row, error=f"with the ion at its {where}: {end.error}"), None
    results = [end.result for end in ends]
    row = replace(
        row,
        end_energies_eV=(results[0]["energy_eV"], results[1]["energy_eV"]),
        fmax_eV_A=max(result["fmax_eV_A"] for result in results),
        end_steps=sum(end.result["steps"] for end in {end.key: end for end in ends}.values()),
    )
    for result, where in zip(results, ("origin", "target"), strict=True):
        if not result["converged"]:
            left = f"a force of {result['fmax_eV_A']:.2g} eV/A is left after {result['steps']} steps"
            error = f"with the ion at its {where}, {left}; give more max_steps"
            return replace(row, status="unconverged", error=error), None
    atoms = plan.cell.band_ends(*(result["positions_A"] for result in results))
    strayed = plan.cell.strayed_A(atoms)
    length = float(np.linalg.norm(plan.cell.vector_A))
    for distance, where in zip(strayed, (f"origin ({plan.origin})", f"target ({plan.target})"), strict=True):
        if distance > _STRAYED * length:
            error = f"the ion does not stay at its {where}: it relaxes by {distance:.2f} A, of a hop of {length:.2f} A"
            return replace(row, error=error), None
    apart = float(np.linalg.norm(np.asarray(atoms["final_A"]) - np.asarray(atoms["initial_A"]), axis=1).max())
    if apart < _TOGETHER * length:
        error = f"both ends relax to one: no atom moves by more than {apart:.2f} A between them, of a hop of "
        return replace(row, error=f"{error}{length:.2f} A"), None
    towards = [round(float(x), 8) for x in plan.cell.towards_A]
    return replace(row, notes=_notes(atoms)), {
        "atoms": atoms,
        "end_energies_eV": list(row.end_energies_eV),
        "towards_A": towards,
    }


def _with_band(row: HopBarrier, point: Mapping[str, Any], record: Record) -> HopBarrier:
    if record.status == "failed":
        return replace(row, error=record.error)
    band = record.result
    highest = int(np.argmax(band["energies_eV"]))
    notes = row.notes
    if highest in (0, len(band["energies_eV"]) - 1):
        notes = (
            *notes,
            "no image is above both ends: there is no saddle between them, or one too low for so few images",
        )
    if min(band["energies_eV"]) < min(band["energies_eV"][0], band["energies_eV"][-1]) - _BELOW_eV:
        notes = (*notes, "an image is below both ends: these are not the lowest around (see rattle_A)")
    left = f"a force of {band['fmax_eV_A']:.2g} eV/A is left after {band['steps']} steps; give more max_steps"
    return replace(
        row,
        status="done" if band["converged"] else "unconverged",
        error=None if band["converged"] else left,
        notes=notes,
        energies_eV=tuple(band["energies_eV"]),
        path_A=tuple(band["path_A"]),
        symbols=tuple(point["atoms"]["symbols"]),
        cell_A=point["atoms"]["cell_A"],
        positions_A=band["positions_A"],
        fmax_eV_A=band["fmax_eV_A"],
        band_steps=band["steps"],
    )


def _notes(atoms: Mapping[str, Any]) -> tuple[str, ...]:
    """Other atoms than the hopping ion that move along."""
    moves = np.linalg.norm(np.asarray(atoms["final_A"]) - np.asarray(atoms["initial_A"]), axis=1)[:-1]
    if not len(moves) or moves.max() < _HOPS_TOO_A:
        return ()
    along = [f"{atoms['symbols'][n]} by {moves[n]:.1f} A" for n in np.argsort(-moves)[:3] if moves[n] >= _HOPS_TOO_A]
    return (f"other atoms move along: {', '.join(along)}",)
