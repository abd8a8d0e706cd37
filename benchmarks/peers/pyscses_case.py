"""Space charge of a grain boundary by pyscses: one mobile species with site exclusion on a regular grid.

    pyscses_case.py < CASE

Runs in an environment of its own (`pip install pyscses "scipy<1.14"`: 1.0.0 uses what later ones lack). CASE is a JSON
document with the numbers of `benchmarks/space_charge_against_pyscses.py`. Prints one line of JSON; the set-up is not
timed.
"""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
import warnings

warnings.simplefilter("ignore")  # comparisons of words by identity in its matrix solver

import numpy as np  # noqa: E402
from pyscses.calculation import Calculation  # noqa: E402
from pyscses.defect_species import DefectSpecies  # noqa: E402
from pyscses.grid import Grid  # noqa: E402
from pyscses.set_of_sites import Set_of_Sites  # noqa: E402
from pyscses.site import Site  # noqa: E402


def main() -> None:
    """Solve the case from standard input."""
    case = json.load(sys.stdin)
    spacing = case["plane_distance_m"]
    side = case["site_area_m2"] ** 0.5
    energies = case["site_energies_eV"]
    x = spacing * np.arange(1, len(energies) + 1)
    ion = DefectSpecies("Li", 1.0, case["filling"])
    # The fixed background of a plane is the charge of a site without its ion.
    sites = Set_of_Sites(
        [Site("Li", p, [ion], [e], valence=-case["filling"]) for p, e in zip(x, energies, strict=True)]
    )
    grid = Grid(x, side, side, [spacing, spacing], [spacing, spacing], sites)
    # Their solver takes the mean potential of a stretch of bulk as zero.
    run = Calculation(
        grid,
        x[1],
        x[case["bulk_planes"]],
        case["damping"],
        case["convergence_V2"],
        case["permittivity"],
        case["temperature_K"],
        "dirichlet",
    )
    start = time.perf_counter()
    run.solve("gouy-chapman")
    seconds = time.perf_counter() - start
    occupation = [s.probabilities(phi, case["temperature_K"])[0] for s, phi in zip(sites, run.phi, strict=True)]
    print(
        json.dumps(
            {
                "peer": "pyscses",
                "version": importlib.metadata.version("pyscses"),
                "seconds": seconds,
                "iterations": run.niter,
                "occupation": occupation,
                "potential_V": run.phi.tolist(),
            }
        )
    )


if __name__ == "__main__":
    main()
