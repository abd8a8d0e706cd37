"""Phase equilibria as linear programmes, written from a table's own rows and solved by HiGHS or checked exactly."""

from fractions import Fraction

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

#: Programmes that are solved as one: most of the time of a small one is spent around the solver.
TOGETHER = 10
TIGHT = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


def lowest_energies(A, costs, amounts):
    """Least `costs @ x` of `A @ x == b`, `x >= 0`, for each row b of `amounts`, shape (k,); costs may differ by row."""
    energies = []
    costs = np.broadcast_to(costs, (len(amounts), A.shape[1]))
    for start in range(0, len(amounts), TOGETHER):
        of_each, some = costs[start : start + TOGETHER], amounts[start : start + TOGETHER]
        solution = linprog(
            np.ravel(of_each),
            A_eq=sparse.block_diag([A] * len(some), format="csc"),
            b_eq=np.ravel(some),
            method="highs",
            options=TIGHT,
        )
        assert solution.status == 0, solution.message
        energies.append((solution.x.reshape(of_each.shape) * of_each).sum(axis=1))
    return np.concatenate(energies)


def hull_energies(table, compositions, voltage_V=None):
    """Hull energies (closed) or grand potentials (open to Li) of atoms of all elements of a table, (k, m), in eV.

    The voltage may be one for each composition, shape (k,).
    """
    closed = [i for i, element in enumerate(table.elements) if voltage_V is None or element != "Li"]
    rows = np.flatnonzero(table.compositions[:, closed].any(axis=1))
    # One atom of the closed elements each, so that the columns are alike.
    scale = table.compositions[rows][:, closed].sum(axis=1)
    costs = table.formation_energies_eV_per_atom[rows] * table.compositions[rows].sum(axis=1) / scale
    if voltage_V is not None:
        lithium = table.compositions[rows, table.elements.index("Li")] / scale
        costs = costs + np.reshape(voltage_V, (-1, 1)) * lithium
    A = table.compositions[rows][:, closed].T / scale
    return lowest_energies(A, costs, np.asarray(compositions)[:, closed])


def exact_optimum(A, energy, basis, b):
    """Amounts and chemical potentials of a basis, the least reduced energy and the energy at b, in rational numbers.

    A basis whose exact amounts and reduced energies are not negative is optimal: no tolerance of another solver is in
    that. Returns (least amount, least reduced energy, energy) as floats.
    """
    square = [[Fraction(float(A[i, j])) for j in basis] for i in range(len(b))]
    amounts = _solved(square, [Fraction(float(value)) for value in b])
    mu = _solved([list(column) for column in zip(*square, strict=True)], [Fraction(float(energy[j])) for j in basis])
    reduced = [
        Fraction(float(energy[j])) - sum(m * Fraction(float(a)) for m, a in zip(mu, A[:, j], strict=True))
        for j in range(A.shape[1])
    ]
    total = sum(m * Fraction(float(value)) for m, value in zip(mu, b, strict=True))
    return float(min(amounts)), float(min(reduced)), float(total)


def _solved(square, right):
    """Solve by elimination, exactly."""
    rows = [[*row, value] for row, value in zip(square, right, strict=True)]
    for k in range(len(rows)):
        pivot = next(i for i in range(k, len(rows)) if rows[i][k])
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [value / rows[k][k] for value in rows[k]]
        for i in range(len(rows)):
            if i != k and rows[i][k]:
                factor = rows[i][k]
                rows[i] = [a - factor * c for a, c in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]
