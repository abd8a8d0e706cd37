"""A cathode in a shell of a coating in an electrolyte: one point of a sweep, from plain values."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING, Any, Literal

from interfacekit.errors import InputError
from interfacekit.quantities import THICKNESS
from interfacekit.transport.continuum.space_charge import space_charge
from interfacekit.transport.stack_kmc.options import StackRunOptions
from interfacekit.transport.stack_kmc.simulate import simulate_stack
from interfacekit.transport.stacks.result import PARTICLE_SIZE_um, StackTransport
from interfacekit.transport.stacks.stack import SITE_SPACING_A, DEFAULT_THICKNESS_nm, Interphase, Layer, Stack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Method = Literal["continuum", "kmc"]
#: Electrolyte beyond the shell, as of any stack: its space charge is far thinner.
ELECTROLYTE_THICKNESS_nm = DEFAULT_THICKNESS_nm


def shell_stack(
    cathode: str,
    coating: str,
    electrolyte: str,
    thickness_nm: float,
    *,
    cathode_planes: int | None = None,
    electrolyte_thickness_nm: float = ELECTROLYTE_THICKNESS_nm,
    interphases: Mapping[str, Mapping[str, Any]] | None = None,
    materials: Mapping[str, Mapping[str, Any]] | None = None,
    contacts: Mapping[str, Mapping[str, Any]] | None = None,
    ladder: bool = False,
    site_spacing_A: float = SITE_SPACING_A,
) -> Stack:
    """Make the stack of a shell, or of the bare contact where its thickness is 0.

    Parameters
    ----------
    cathode, coating, electrolyte
        Names of materials.
    thickness_nm
        Requested thickness of the coating, which consists of whole planes (see `Stack`).
    cathode_planes, electrolyte_thickness_nm
        Of the slices of both sides that belong to the stack.
    interphases
        Numbers of `Interphase` by contact, such as `{"LCO|LGPS": {"thickness_nm": 300, "conductivity_S_cm": 2e-9}}`;
        those of contacts that the stack does not have are left out.
    materials, contacts
        Changes, as `Stack` takes them; those to what the stack does not have are left out.
    ladder, site_spacing_A
        See `Stack`.

    Raises
    ------
    InputError
        If the stack is not possible.
    """
    THICKNESS.check(thickness_nm)
    sites = [Layer(cathode, planes=cathode_planes)]
    if thickness_nm > 0:
        sites.append(Layer(coating, thickness_nm))
    sites.append(Layer(electrolyte, electrolyte_thickness_nm))
    layers: list[Layer | Interphase] = [sites[0]]
    for before, after in zip(sites, sites[1:], strict=False):
        here, there = f"{before.name}|{after.name}", f"{after.name}|{before.name}"
        found = [numbers for name, numbers in (interphases or {}).items() if name in (here, there)]
        if len(found) > 1:
            raise InputError(f"{here} and {there} are one contact; give its interphase once")
        layers += [*(Interphase(**numbers) for numbers in found), after]
    names = {layer.name for layer in sites}
    pairs = {frozenset((before.name, after.name)) for before, after in zip(sites, sites[1:], strict=False)}
    stack = Stack(
        layers,
        materials={name: numbers for name, numbers in (materials or {}).items() if name in names},
        contacts={name: numbers for name, numbers in (contacts or {}).items() if frozenset(name.split("|")) in pairs},
        ladder=ladder,
        site_spacing_A=site_spacing_A,
    )
    _check_conductors(stack)
    return stack


def _check_conductors(stack: Stack) -> None:
    """What is told of a shell is the space charge of its last layer, beyond a cathode with a voltage."""
    first, *others = stack.layer_materials
    wrong = [f"{first.name} does not"] if not first.conductor else [f"{m.name} does" for m in others if m.conductor]
    if wrong:
        raise InputError(
            f"of a shell the cathode conducts electrons and the rest does not, but {wrong[0]}; give them in the order "
            "cathode, coating, electrolyte, or take interfacekit scl"
        )


def distinct_shells(points: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Drop the points of a sweep whose coating has as many planes as that of an earlier point like it.

    `sweep.run(shell_point, distinct_shells(sweep.grid(...)))` computes each stack once.

    Parameters
    ----------
    points
        Arguments of `shell_point`.

    Raises
    ------
    InputError
        If one of the stacks is not possible.
    """
    return [first for first, *_ in same_shells(points)]


def same_shells(points: Iterable[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """Group points whose coatings have equally many planes and which do not differ otherwise, in their order."""
    of_stack = inspect.signature(shell_stack).parameters
    groups: dict[str, list[dict[str, Any]]] = {}
    for point in points:
        stack = shell_stack(**{name: value for name, value in point.items() if name in of_stack})
        shell_nm = round(sum(stack.thicknesses_nm[1:-1]), 6)
        # Numbers of numpy are no JSON.
        key = json.dumps({**point, "thickness_nm": shell_nm}, sort_keys=True, default=float)
        groups.setdefault(key, []).append(dict(point))
    return list(groups.values())


def shell_point(
    cathode: str,
    coating: str,
    electrolyte: str,
    thickness_nm: float,
    voltage_V: float,
    temperature_K: float,
    *,
    method: Method = "continuum",
    seed: int = 0,
    hops: float = StackRunOptions.hops,
    replicas: int = StackRunOptions.replicas,
    cells: Sequence[int] = StackRunOptions.cells,
    evenness: float = StackRunOptions.evenness,
    particle_size_um: float = PARTICLE_SIZE_um,
    threads: int | None = None,
    **stack: Any,
) -> StackTransport:
    """Space charge and resistance of a shell: the task of a sweep.

    Parameters
    ----------
    cathode, coating, electrolyte, thickness_nm, **stack
        See `shell_stack`.
    voltage_V
        Of the cathode against Li/Li+.
    temperature_K
        Kelvin.
    method
        `continuum` or `kmc`.
    seed, hops, replicas, cells, evenness
        Of kinetic Monte Carlo; see `StackRunOptions`.
    particle_size_um
        Diameter of the cathode particles.
    threads
        Of kinetic Monte Carlo.
    """
    built = shell_stack(cathode, coating, electrolyte, thickness_nm, **stack)
    if method == "continuum":
        return space_charge(built, voltage_V, temperature_K, particle_size_um=particle_size_um)
    if method != "kmc":
        raise InputError(f"no method {method!r}; there is continuum, kmc")
    nx, ny = cells
    options = StackRunOptions(hops=hops, replicas=replicas, seed=seed, cells=(nx, ny), evenness=evenness)
    return simulate_stack(
        built, voltage_V, temperature_K, options=options, particle_size_um=particle_size_um, threads=threads
    )
