"""Layers of crystals and glasses put on one cell, joined by hops across their contacts, and divided into slices.

See `structure.stacks.crystal_stack` for what becomes of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from interfacekit.errors import InputError
from interfacekit.structure.interfaces.cell_matching import match_to_cell
from interfacekit.structure.interfaces.lattice_planes import Planes as CrystalPlanes
from interfacekit.structure.interfaces.lattice_planes import checked_miller, miller_text
from interfacekit.structure.stacks.geometry import Built, Place
from interfacekit.structure.stacks.layer_sites import (
    LayerSites,
    PeriodicSites,
    are_direct,
    cut,
    glass,
    joined,
    parts_of,
)
from interfacekit.structure.stacks.slices import slices_of, thicknesses_A

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from interfacekit.structure.network.result import LithiumNetwork
    from interfacekit.structure.stacks.geometry import StackGeometry

#: Planes that face the contacts where none is given: Li planes of LCO cross (1 0 4), and channels of LGPS (0 0 1).
USUAL_MILLER: dict[str, tuple[int, int, int]] = {"LCO": (1, 0, 4), "LNO": (0, 0, 1), "LGPS": (0, 0, 1)}
#: Ions hop across a contact to sites at this distance at least, farther where hops of either layer are longer.
ACROSS_A = 4.5
#: Atoms on both sides of a contact are no nearer to one another.
APART_A = 1.8
#: Side of the cell of a stack that has no crystal.
GLASS_CELL_A = 16.0
#: What is left of a conductivity by rounding.
NONE = 1e-9


def assembled(stack: StackGeometry) -> Built:
    """Cut the layers, put them on one another, join them, and divide them into slices.

    Raises
    ------
    InputError
        If the crystals do not match, a layer holds no site, or no way leads through.
    """
    cell, places = _placed(stack)
    thicknesses = [layer.thickness_A for layer in stack.layers]
    layers = [
        cut(place.solid, place.deformation, cell, thickness, place.period_A)
        for place, thickness in zip(places, thicknesses, strict=True)
    ]
    for layer, wanted in zip(layers, stack.layers, strict=True):
        if not len(layer.positions_A):
            raise InputError(f"{wanted.name} is too thin to hold a site; give a thicker layer")
    between = [
        _room_A(lower, upper, thickness, cell)
        for lower, upper, thickness in zip(layers, layers[1:], thicknesses, strict=False)
    ]
    bottoms = np.concatenate([[0.0], np.cumsum(np.array(thicknesses[:-1]) + between)])
    first = np.concatenate([[0], np.cumsum([len(layer.positions_A) for layer in layers])])
    positions = np.concatenate([layer.positions_A for layer in layers])
    positions[:, 2] += np.repeat(bottoms, np.diff(first))
    within = _within(layers, places, first)
    across = [_across(stack, number, positions, first, places, within, cell) for number in range(len(layers) - 1)]
    pairs = np.concatenate([*within, *across])
    kept = _leads_through(positions, pairs, max(_longest_A(place) for place in places))
    if not kept.any():
        raise InputError(_no_way(stack, places))
    pairs = pairs[kept[pairs[:, 0]]]
    slices, spacing = _sliced(positions, pairs, kept, first, bottoms, thicknesses)
    order = np.flatnonzero(kept)[np.argsort(slices[kept], kind="stable")]
    layer_of = np.repeat(np.arange(len(layers)), list(map(len, spacing)))
    extra = np.zeros(len(layer_of) + 1)
    extra[np.flatnonzero(np.diff(layer_of)) + 1] = between
    ends, images = _upwards(_numbered(order, len(positions))[pairs[:, :2]], pairs[:, 2:4], slices[order])
    return Built(
        cell_A=cell,
        height_A=float(bottoms[-1]) + thicknesses[-1],
        places=tuple(places),
        positions_A=positions[order],
        sites_of_planes=np.bincount(slices[kept]),
        layer_of_planes=layer_of,
        spacing_A=np.concatenate(spacing),
        between_A=extra,
        origins=ends[:, 0],
        targets=ends[:, 1],
        images=images,
        link_kinds=pairs[:, 4],
        **_all_atoms(layers, bottoms),
        hops_across=tuple(_summary(positions, rows, cell) for rows in across),
        left_out=int(np.count_nonzero(~kept)),
    )


def _within(layers: Sequence[LayerSites], places: Sequence[Place], first: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Hops of each layer, its sites and classes numbered as those of the stack."""
    found, kinds = [], len(layers) - 1
    for layer, place, start in zip(layers, places, first[:-1], strict=True):
        pairs = layer.pairs.copy()
        pairs[:, :2] += start
        pairs[:, 4] += kinds
        kinds += len(place.solid.class_names)
        found.append(pairs)
    return found


def _sliced(
    positions: NDArray[np.float64],
    pairs: NDArray[np.int64],
    kept: NDArray[np.bool_],
    first: NDArray[np.int64],
    bottoms: NDArray[np.float64],
    thicknesses: Sequence[float],
) -> tuple[NDArray[np.int64], list[NDArray[np.float64]]]:
    """Slice of each site that is kept, -1 of others; and the thicknesses of the slices of each layer."""
    slices = np.full(len(positions), -1)
    spacing: list[NDArray[np.float64]] = []
    for number, thickness in enumerate(thicknesses):
        own = np.flatnonzero(kept[first[number] : first[number + 1]]) + first[number]
        place_of = _numbered(own, len(positions))
        mine = pairs[(place_of[pairs[:, 0]] >= 0) & (place_of[pairs[:, 1]] >= 0)]
        below, above = (_ends_in(pairs, place_of, side) for side in (1, 0))
        heights = positions[own, 2] - bottoms[number]
        found = slices_of(heights, place_of[mine[:, :2]], first_holds=below, last_holds=above)
        slices[own] = found + sum(map(len, spacing))
        spacing.append(thicknesses_A(heights, found, thickness))
    return slices, spacing


def _numbered(chosen: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Place of each of so many sites among the chosen ones; -1 of others."""
    place_of = np.full(count, -1)
    place_of[chosen] = np.arange(len(chosen))
    return place_of


def _upwards(
    ends: NDArray[np.int64], images: NDArray[np.int64], slices: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hops from the lower slice to the upper one."""
    turned = slices[ends[:, 0]] > slices[ends[:, 1]]
    return np.where(turned[:, None], ends[:, ::-1], ends), np.where(turned[:, None], -images, images)


def _placed(stack: StackGeometry) -> tuple[NDArray[np.float64], list[Place]]:
    """Solids and the common cell; the last crystal keeps its lattice."""
    places: dict[int, Place] = {}
    cell = GLASS_CELL_A * np.eye(2)
    for number, layer in reversed(list(enumerate(stack.layers))):
        sites = layer.network
        if sites is None:
            continue
        miller = checked_miller(USUAL_MILLER.get(layer.material, (0, 0, 1)) if layer.miller is None else layer.miller)
        if not places:
            plane = CrystalPlanes(sites.crystal.structure).plane(miller)
            cell, deformation, period, strains = plane.in_plane_A, plane.rotation, plane.spacing_A, (0.0, 0.0)
        else:
            found = match_to_cell(
                sites.crystal, miller, cell, max_area_A2=stack.max_area_A2, max_strain=stack.max_strain
            )[0]
            cell, deformation = np.array(found.match.cell_A), found.deformation
            period, strains = float(found.repeat_A[2][2]), found.match.principal_strains
        places[number] = Place(sites.crystal.name, miller, _periodic(sites), deformation, period, strains)
        _check_lets_through(layer.material, miller, sites, places[number])
    for number, layer in enumerate(stack.layers):
        if layer.network is None:
            solid = glass(cell, layer.thickness_A, layer.site_density_per_A3, stack.seed)
            places[number] = Place(layer.material, None, solid, np.eye(3), layer.thickness_A, (0.0, 0.0))
    return cell, [places[number] for number in range(len(stack.layers))]


def _check_lets_through(name: str, miller: Sequence[int], sites: LithiumNetwork, place: Place) -> None:
    conductance = place.solid.conductance(np.ones(len(sites.classes)))
    normal = place.deformation[:, 2]
    if float(normal @ conductance @ normal) <= NONE * float(np.trace(conductance)):
        raise InputError(
            f"{name} lets no Li through its planes {miller_text(miller)}: its network is "
            f"{sites.percolation().direction}; give a plane that its hops cross, such as miller=(1, 0, 4) of LCO"
        )


def _periodic(sites: LithiumNetwork) -> PeriodicSites:
    structure = sites.crystal.structure
    return PeriodicSites(
        cell_A=sites.cell_A,
        fractional=sites.fractional,
        hops=sites.hop_table,
        class_names=sites.class_names,
        atoms_fractional=np.array(structure.frac_coords, dtype=float),
        symbols=tuple(site.specie.symbol for site in structure),
    )


def _longest_A(place: Place) -> float:
    steps = place.solid.displacements_A @ place.deformation
    return float(np.linalg.norm(steps, axis=1).max())


def _room_A(lower: LayerSites, upper: LayerSites, thickness: float, cell: NDArray[np.float64]) -> float:
    """Room between two layers with which no atoms of both are too close."""
    below, above = (layer.atoms_A if len(layer.atoms_A) else layer.positions_A for layer in (lower, upper))
    for room in np.arange(0.0, 2 * APART_A, 0.05):
        if not len(joined(below, above + np.array([0.0, 0.0, thickness + room]), cell, APART_A)):
            return float(room)
    return 2 * APART_A


def _across(
    stack: StackGeometry,
    number: int,
    positions: NDArray[np.float64],
    first: NDArray[np.int64],
    places: Sequence[Place],
    within: Sequence[NDArray[np.int64]],
    cell: NDArray[np.float64],
) -> NDArray[np.int64]:
    """Hops across a contact: direct ones up to the longest, and of every part of a layer at least the shortest."""
    lower, upper = (slice(first[n], first[n + 1]) for n in (number, number + 1))
    longest = stack.across_A or max(ACROSS_A, _longest_A(places[number]), _longest_A(places[number + 1]))
    found = joined(positions[lower], positions[upper], cell, longest)
    found = found[are_direct(positions[lower], positions[upper], cell, found)]
    for side, n in ((0, number), (1, number + 1)):
        own = within[n][:, :2] - first[n]
        parts = parts_of(int(first[n + 1] - first[n]), own)
        heights = positions[first[n] : first[n + 1], 2]
        through = _spanning(heights, parts, _longest_A(places[n]))
        for part in np.setdiff1d(through, parts[found[:, side]]):
            members = parts == part
            points = [positions[lower], positions[upper]]
            chosen = np.flatnonzero(members)
            points[side] = points[side][chosen]
            reach = longest
            while not len(more := joined(points[0], points[1], cell, reach)):
                reach += 0.5
            more[:, side] = chosen[more[:, side]]
            apart = _lengths_A(positions[lower], positions[upper], more, cell)
            found = np.vstack([found, more[[np.argmin(apart)]]])
    found[:, 0] += first[number]
    found[:, 1] += first[number + 1]
    return np.column_stack([found, np.full(len(found), number)])


def _lengths_A(
    lower: NDArray[np.float64], upper: NDArray[np.float64], pairs: NDArray[np.int64], cell: NDArray[np.float64]
) -> NDArray[np.float64]:
    apart = upper[pairs[:, 1]] - lower[pairs[:, 0]]
    apart[:, :2] += pairs[:, 2:4] @ cell
    return np.asarray(np.linalg.norm(apart, axis=1))


def _spanning(heights: NDArray[np.float64], parts: NDArray[np.int64], reach_A: float) -> NDArray[np.int64]:
    """Parts that come as near to both faces as a hop is long."""
    low, high = np.full(parts.max() + 1, np.inf), np.full(parts.max() + 1, -np.inf)
    np.minimum.at(low, parts, heights)
    np.maximum.at(high, parts, heights)
    return np.flatnonzero((low <= heights.min() + reach_A) & (high >= heights.max() - reach_A))


def _leads_through(positions: NDArray[np.float64], pairs: NDArray[np.int64], reach_A: float) -> NDArray[np.bool_]:
    """Whether each site is in a part that leads from one end of the stack to the other."""
    parts = parts_of(len(positions), pairs)
    return np.isin(parts, _spanning(positions[:, 2], parts, reach_A))


def _no_way(stack: StackGeometry, places: Sequence[Place]) -> str:
    names = ", ".join(f"{place.name} {miller_text(place.miller)}" for place in places if place.miller is not None)
    stacked = "|".join(layer.name for layer in stack.layers)
    return f"no way leads through {stacked} ({names}); give longer hops across, or other planes"


def _ends_in(pairs: NDArray[np.int64], place_of: NDArray[np.int64], side: int) -> NDArray[np.int64]:
    """Sites of a layer at which hops end that begin in another."""
    ours, theirs = place_of[pairs[:, side]], place_of[pairs[:, 1 - side]]
    return np.unique(ours[(ours >= 0) & (theirs < 0)])


def _all_atoms(layers: Sequence[LayerSites], bottoms: NDArray[np.float64]) -> dict[str, Any]:
    atoms, symbols = [], []
    for layer, bottom in zip(layers, bottoms, strict=True):
        known = len(layer.atoms_A) > 0
        atoms.append((layer.atoms_A if known else layer.positions_A) + np.array([0.0, 0.0, bottom]))
        symbols += list(layer.symbols) if known else ["Li"] * len(layer.positions_A)
    return {"atoms_A": np.concatenate(atoms), "symbols": tuple(symbols)}


def _summary(
    positions: NDArray[np.float64], rows: NDArray[np.int64], cell: NDArray[np.float64]
) -> tuple[int, float, float]:
    lengths = _lengths_A(positions, positions, rows, cell)
    return len(rows), float(lengths.min()), float(lengths.max())
