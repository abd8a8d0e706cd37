"""Unwrapped positions of labelled ions on lattices in whole quanta of length, and the moments of displacements."""

from __future__ import annotations

from numba import int64, uint64

from interfacekit.kernels.compiled import kernel


@kernel
def sites_of_labels(label, vacant, sites):
    """Site of each ion where the walkers are vacancies.

    Parameters
    ----------
    label : uint32[n]
        Ion on each site that is not vacant.
    vacant : bool[n]
    sites : uint32[P]
        Filled.
    """
    for site in range(uint64(vacant.size)):
        if not vacant[site]:
            sites[label[site]] = site


@kernel
def lattice_positions(shape, cell, basis, sites, image, out):
    """Unwrapped positions on a lattice.

    Parameters
    ----------
    shape : int64[3]
        Cells along each axis.
    cell : int64[3, 3]
        Vectors of the primitive cell, rows; quanta.
    basis : int64[B, 3]
        Quanta.
    sites : uint32[P]
    image : int64[P, 3]
    out : int64[P, 3]
        Filled; quanta.
    """
    n_basis = int64(basis.shape[0])
    for i in range(uint64(sites.size)):
        site = int64(sites[i])
        cells = site // n_basis
        lines = cells // shape[0]
        a = cells - lines * shape[0] + image[i, 0] * shape[0]
        b = lines % shape[1] + image[i, 1] * shape[1]
        c = lines // shape[1] + image[i, 2] * shape[2]
        s = site - cells * n_basis
        for axis in range(3):
            out[i, axis] = a * cell[0, axis] + b * cell[1, axis] + c * cell[2, axis] + basis[s, axis]


@kernel
def displacement_moments(now, origin, out):
    """Mean and second moments of the displacements.

    Parameters
    ----------
    now, origin : int64[P, 3]
    out : float64[4, 3]
        Filled: the mean displacement, and the mean products of its components.
    """
    for row in range(4):
        for axis in range(3):
            out[row, axis] = 0.0
    for i in range(uint64(now.shape[0])):
        for axis in range(3):
            moved = float(now[i, axis] - origin[i, axis])
            out[0, axis] += moved
            for other in range(axis + 1):
                out[1 + axis, other] += moved * float(now[i, other] - origin[i, other])
    for axis in range(3):
        for other in range(axis):
            out[1 + other, axis] = out[1 + axis, other]
    for row in range(4):
        for axis in range(3):
            out[row, axis] /= now.shape[0]
