"""Screening of coatings between a cathode and an electrolyte.

Every candidate is judged as in Xiao, Miara, Wang and Ceder, doi:10.1016/j.joule.2019.02.006: by its stability, its
electrochemical window, and its reactions with the lithiated and the half-lithiated cathode and with the electrolyte;
in addition at every voltage of a range, in equilibrium with a Li reservoir.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.elements import chemical_system
from interfacekit.entries import Source, load_entries
from interfacekit.errors import InputError
from interfacekit.phases import distinct_phases
from interfacekit.quantities import ELEMENTS, optional
from interfacekit.results import provenance
from interfacekit.store import Store
from interfacekit.thermo.equilibria.system import exact
from interfacekit.thermo.screening.chunks import run_chunks
from interfacekit.thermo.screening.evaluation import candidate_columns, solved
from interfacekit.thermo.screening.judged import Judged, judged_candidates
from interfacekit.thermo.screening.prepared import prepared
from interfacekit.thermo.screening.ranking import Gates, check_objectives
from interfacekit.thermo.screening.result import Screening
from interfacekit.thermo.screening.selection import candidates_to_screen, require_among
from interfacekit.units import LITHIUM, check_voltage_range

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from interfacekit.phases import Phase
    from interfacekit.thermo.screening.ranking import Objective


def screen(
    cathode: str | Phase,
    electrolyte: str | Phase,
    candidates: Sequence[str | Phase] | None = None,
    voltage_V: tuple[float, float] = (2.5, 4.3),
    entries: Source = "mp2019",
    *,
    contains: Sequence[str] = (),
    exclude: Sequence[str] = (),
    max_elements: int | None = None,
    snap: bool = False,
    gates: Gates | None = None,
    objectives: Sequence[Objective] = ("cathode", "electrolyte", "decomposition"),
    required: Sequence[str | Phase] = (),
    store: str | Path | None = None,
    progress: Callable[[float], None] | None = None,
    preparing: Callable[[float], None] | None = None,
    keep_finished: bool = False,
) -> Screening:
    """Screen coatings between a cathode and an electrolyte.

    All reaction energies are mutual: against both reactants at their hull energies (closed) or grand potentials (open;
    the cathode then has the Li content of the voltage). They are exact over the voltage range, without a grid
    (doi:10.1016/j.joule.2019.02.006; `kernels.equilibria.screening`).

    Parameters
    ----------
    cathode
        Alias or formula of the lithiated cathode. The half-lithiated cathode contains half of its Li.
    electrolyte
        Alias or formula of the electrolyte.
    candidates
        Aliases or formulas; all compounds with Li among the energies if None (default).
    voltage_V
        Lowest and highest voltage, V vs Li/Li+; default (2.5, 4.3).
    entries
        Formation energies, see `load_entries`; default `"mp2019"`.
    contains
        Symbols of elements that every candidate contains; none by default.
    exclude
        Symbols of elements that no candidate contains; none by default.
    max_elements
        Largest number of elements of a candidate, Li included; no limit by default.
    snap
        Replace named candidates by the nearest entries (default False).
    gates
        Thresholds that take precedence over Pareto fronts; the default `Gates` if None.
    objectives
        Objectives of the Pareto fronts, from `cathode` and `electrolyte` (worst reactions), `decomposition`,
        `oxidation` and `reduction` (limits of the window); default the first three. The first front holds the
        candidates that no other dominates, the second those that only the first dominates, and so on.
    required
        Aliases or formulas that must be among the candidates, checked before the computation; none by default.
    store
        Folder for the records of finished parts, which are not computed again; none by default.
    progress
        Called with the completed fraction; none by default.
    preparing
        Called with the completed fraction of the hull energies of all entries, unless they are known; none by default.
    keep_finished
        Return the finished part when interrupted (default False).

    Returns
    -------
    Screening
        Candidates by number of failed gates, then front, then the sum of reaction and decomposition energies (eV/atom).
        Named candidates that cannot be judged are in `not_judged`.

    Raises
    ------
    InputError
        If a partner is not a phase, the cathode contains no Li, both are one composition, an element of theirs is
        missing from the energies, no candidate is left or a required one is not among them, or a range or an objective
        is invalid.
    ComputationError
        If no candidate has a solution.

    Examples
    --------
    >>> import interfacekit as ik
    >>> screening = ik.screen("LCO", "LGPS", candidates=["LNO", "Li3PO4", "LiAlO2"])
    >>> for c in screening.candidates:
    ...     energies = f"{1000 * c.cathode_eV_per_atom:.0f}, {1000 * c.electrolyte_eV_per_atom:.0f}"
    ...     print(f"{c.rank} {c.label}: {energies} meV/atom")
    1 Li3PO4: -9, -343 meV/atom
    2 LiAlO2: 0, -319 meV/atom
    3 LNO: -30, -260 meV/atom
    """
    check_objectives(objectives)
    optional(ELEMENTS, max_elements, "max_elements")
    pair = distinct_phases([cathode, electrolyte])
    voltage_V = check_voltage_range(voltage_V)
    if LITHIUM not in pair[0].elements:
        raise InputError(f"cathode must contain Li, got {pair[0].label}; give its lithiated state, such as LiCoO2")
    if any(member.elements == {LITHIUM} for member in pair):
        raise InputError(
            "cathode and electrolyte must not be Li metal, the reservoir of a screening; such as LCO and LGPS"
        )
    concerned = {LITHIUM, *contains}.union(*(member.elements for member in pair))
    if candidates is None:
        table, judged = load_entries(entries), Judged((), {})
        table.require(concerned)
    else:
        # All products of a named candidate are in its chemical system with the pair.
        table, judged = judged_candidates(candidates, pair, entries, concerned, snap=snap)
    pair = tuple(exact(member, table) for member in pair)
    named = None if candidates is None else judged.phases
    names = candidates_to_screen(table, named, pair, contains=contains, exclude=exclude, max_elements=max_elements)
    require_among(names, required, table)
    records = None if store is None else Store(store)  # may fail: before the slow part
    data = prepared(table, preparing)
    chunks = run_chunks(
        data,
        list(names),
        (pair[0].formula, pair[1].formula),
        voltage_V,
        store=records,
        progress=progress,
        keep_finished=keep_finished,
    )
    finished = [(chunk, answer) for chunk, answer in chunks if answer is not None]
    columns, unsolved = solved(candidate_columns(finished, names, pair, voltage_V, data))
    return Screening.of(
        columns,
        Gates() if gates is None else gates,
        objectives,
        cathode=pair[0].formula,
        electrolyte=pair[1].formula,
        voltage_low_V=voltage_V[0],
        voltage_high_V=voltage_V[1],
        n_candidates=len(names) - len(unsolved),
        complete=len(finished) == len(chunks),
        not_judged={**judged.refused, **unsolved},
        provenance=provenance(
            table,
            phases=(pair[0].formula, pair[1].formula),
            voltage_V=voltage_V,
            contains=chemical_system(contains) if contains else (),
            exclude=chemical_system(exclude) if exclude else (),
            max_elements=max_elements,
            snap=snap,
        ),
    )
