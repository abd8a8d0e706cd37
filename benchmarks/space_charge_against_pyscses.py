"""The continuum twin beside pyscses (Wellock & Morgan 2019, doi:10.21105/joss.01209) on the same planes.

    python benchmarks/space_charge_against_pyscses.py [--repeats 5] [--json FILE]

A grain boundary whose middle planes bind ions more or less strongly, between two grains at potential 0: one mobile ion
with site exclusion on a fixed background. Both solve the same equations on the same grid, so that what they differ by
is how far each has converged, and that pyscses takes the mean potential of a stretch of the grain as zero. It is
installed into an environment of its own under `.benchmark-peers`, where it stays.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from kmc_kernel import CONSOLE, HERE, peer_python, show

from interfacekit.transport.continuum.equilibrium import Equilibrium, equilibrium
from interfacekit.transport.materials.layers import LayerMaterial
from interfacekit.transport.stacks.layers import Layer
from interfacekit.transport.stacks.stack import Stack

PACKAGES = [["pyscses", "scipy<1.14"]]
PLANES, CORE_PLANES, BULK_PLANES = 81, 3, 6
SITE_SPACING_A, TEMPERATURE_K = 40.0, 300.0
MATERIAL = LayerMaterial(
    "grain", site_density_per_cm3=1e20, filling=0.4, conductivity_S_cm=1e-6, barrier_eV=0.4, permittivity=15.0
)
#: Of the damped iteration: larger shares of each step diverge.
DAMPING = 0.005


def ours(core_eV: float) -> tuple[Equilibrium, float]:
    """Profile of a boundary with this site energy in its core, and seconds."""
    planes = Stack([Layer(MATERIAL, planes=PLANES)], site_spacing_A=SITE_SPACING_A).planes(TEMPERATURE_K)
    # Reservoirs are neutral at potential 0, as the planes are away from the core.
    case = replace(planes, site_energy_eV=planes.site_energy_eV + site_energies_eV(core_eV))
    start = time.perf_counter()
    return equilibrium(case), time.perf_counter() - start


def site_energies_eV(core_eV: float) -> np.ndarray:
    """Of each plane, less that of the grains."""
    distance = np.abs(np.arange(PLANES) - PLANES // 2)
    return np.where(distance <= CORE_PLANES // 2, core_eV, 0.0)


def theirs(python: Path, core_eV: float, convergence_V: float) -> dict[str, Any]:
    """What pyscses makes of it."""
    area_A2 = SITE_SPACING_A**2
    case = {
        "plane_distance_m": MATERIAL.plane_distance_A(area_A2) * 1e-10,
        "site_area_m2": area_A2 * 1e-20,
        "site_energies_eV": site_energies_eV(core_eV).tolist(),
        "filling": MATERIAL.filling,
        "permittivity": MATERIAL.permittivity,
        "temperature_K": TEMPERATURE_K,
        "bulk_planes": BULK_PLANES,
        "damping": DAMPING,
        "convergence_V2": convergence_V**2,
    }
    command = [str(python), "-W", "ignore", str(HERE / "peers" / "pyscses_case.py")]
    done = subprocess.run(command, input=json.dumps(case), check=True, capture_output=True, text=True)  # noqa: S603
    return dict(json.loads(done.stdout))


def compare(python: Path, core_eV: float, convergence_V: float, repeats: int) -> dict[str, Any]:
    """One row: differences, and median times of interleaved repetitions."""
    found, _ = ours(core_eV)
    seconds: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(repeats):
        peer = theirs(python, core_eV, convergence_V)
        seconds["theirs"].append(peer["seconds"])
        seconds["ours"].append(ours(core_eV)[1])
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return {
        "peer": f"pyscses {peer['version']}",
        "core_eV": core_eV,
        "it_converges_to_V": convergence_V,
        "iterations": peer["iterations"],
        "occupation_differs_by": float(np.abs(found.occupation - peer["occupation"]).max()),
        "potential_differs_by_V": float(np.abs(found.potential_V[1:-1] - peer["potential_V"]).max()),
        "its_s": medians["theirs"],
        "ours_s": medians["ours"],
        "ratio": medians["theirs"] / medians["ours"],
    }


def main() -> None:
    """Compare, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    python = peer_python("pyscses", PACKAGES)
    if python is None:
        sys.exit(1)
    rows = [
        compare(python, core_eV, tolerance, options.repeats) for core_eV in (-0.2, 0.3) for tolerance in (1e-6, 1e-10)
    ]
    show("Grain boundary, one core, in this run", rows)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
        CONSOLE.print(f"written to {options.json}")


if __name__ == "__main__":
    main()
