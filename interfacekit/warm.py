"""Compilation of all kernels at once, so that no later run on the same cache waits for it.

Each workload is a small case of what a command computes: numba compiles a kernel for the types that it is called with,
and only real calls have those.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interfacekit.errors import ComputationError, InputError
from interfacekit.results import Result, provenance
from interfacekit.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pandas as pd


@dataclass(frozen=True)
class WarmStep(Result):
    """One workload: the specialisations of kernels that it compiled, those it read from the cache, and its time.

    `error` is why it did not finish, in one line; None where it did.
    """

    workload: str
    compiled: int
    read: int
    seconds: float
    error: str | None = None


@dataclass(frozen=True)
class Warmed(Result):
    """Workloads that have compiled kernels.

    Attributes
    ----------
    cache
        Folders in which numba keeps what it compiles.
    steps
        One for each workload.
    provenance
        Versions of the package and of numba.
    """

    cache: tuple[str, ...]
    steps: tuple[WarmStep, ...]
    provenance: dict[str, Any]

    @property
    def compiled(self) -> int:
        """Specialisations that were compiled."""
        return sum(step.compiled for step in self.steps)

    @property
    def seconds(self) -> float:
        """Elapsed time of all workloads, s."""
        return sum(step.seconds for step in self.steps)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each workload."""
        import pandas as pd

        return pd.DataFrame(
            {
                "workload": [step.workload for step in self.steps],
                "compiled": [step.compiled for step in self.steps],
                "read": [step.read for step in self.steps],
                "seconds": [step.seconds for step in self.steps],
                "error": [step.error for step in self.steps],
            }
        )


def warm(progress: Callable[[Iterable[str]], Iterable[str]] = iter) -> Warmed:
    """Compile all kernels, or read them from numba's cache where they are compiled already.

    The cache is the folder `NUMBA_CACHE_DIR` of the environment, or else the package's own where it can be written, or
    else the user's, or else a folder of the user below the temporary one.

    Parameters
    ----------
    progress
        Wraps the names of the workloads as they are worked through, as `rich.progress.track` does.

    Returns
    -------
    Warmed

        A workload that fails costs no other.

    Raises
    ------
    ComputationError
        If all workloads fail, as where a kernel was compiled and could not be kept.

    Examples
    --------
    >>> from interfacekit.warm import warm
    >>> warm().compiled  # doctest: +SKIP
    41
    """
    steps = []
    for name in progress(WORKLOADS):
        before, start = _counts(), time.perf_counter()
        error = _failure(WORKLOADS[name])
        now = _counts()
        steps.append(WarmStep(name, now[0] - before[0], now[1] - before[1], time.perf_counter() - start, error))
    if all(step.error for step in steps):
        raise ComputationError(next((step.error for step in steps if step.error), "there is no workload"))
    folders = sorted({str(function.stats.cache_path) for function in _kept_functions()})
    return Warmed(cache=tuple(folders), steps=tuple(steps), provenance=provenance())


def _failure(workload: Callable[[], None]) -> str | None:
    """Why a workload fails, if it does."""
    try:
        workload()
    except (ComputationError, InputError) as error:
        return str(error)
    except (OSError, RuntimeError) as error:  # numba found no folder that it can write, or could not write there
        return (
            f"numba cannot keep what it compiles ({one_line(error)}); name a folder that can be written in "
            "NUMBA_CACHE_DIR"
        )
    return None


def _thermodynamics() -> None:
    import interfacekit as ik

    ik.electrochemical_window("LCO")
    for voltage_V in (None, 3.0):
        ik.interface_reaction("LCO", "LNO", voltage_V)
    ik.contact_triangle("LCO", "LNO", "Li3PO4", 3.0)


def _ensembles() -> None:
    import interfacekit as ik

    # The second has no energy of its own, so that samples take its hull energy.
    for name in ("LCO", "Li0.37MnO2"):
        ik.window_ensemble(name, n=4)
    for voltage_V in (None, 3.0):
        ik.reaction_ensemble("LCO", "LNO", voltage_V, n=4)


def _screening() -> None:
    import interfacekit as ik
    from interfacekit.entries.hull_energies import hull_energies

    ik.screening_ensemble(ik.screen("LCO", "Li3PO4", ["LNO"]), n=2)
    hull_energies(ik.load_entries("mp2019", "Li-O"))  # of the user's own tables; the snapshot brings its own


def _lattices() -> None:
    import interfacekit as ik
    from interfacekit.transport import HoppingModel, RunOptions

    lattice = ik.regular_lattice("simple_cubic", 6, hop_distance_A=3.0)
    free = HoppingModel(lattice, filling=0.5, barriers_eV=0.3)
    repelling = HoppingModel(lattice, filling=0.5, barriers_eV=0.3, pair_energies_eV=0.01)
    vacancies = HoppingModel(lattice, filling=0.9, barriers_eV=0.3)
    for model in (free, repelling, vacancies):
        ik.simulate(model, 300.0, options=RunOptions(hops=2e5, replicas=2))


def _networks() -> None:
    import interfacekit as ik
    from interfacekit.transport import HoppingModel, RunOptions

    sites = ik.regular_lattice("simple_cubic", 6, hop_distance_A=3.0).network()
    for filling, pair_energy_eV in ((0.5, 0.0), (0.9, 0.0), (0.5, 0.03)):
        model = HoppingModel(sites, filling=filling, barriers_eV=0.3, pair_energies_eV=pair_energy_eV)
        ik.simulate(model, 300.0, options=RunOptions(hops=2e5, replicas=2))


def _stacks() -> None:
    import interfacekit as ik
    from interfacekit.transport import StackRunOptions
    from interfacekit.transport.materials.layers import LayerMaterial

    for pair_energy_eV in (0.0, 0.02):
        material = LayerMaterial(
            "film",
            site_density_per_cm3=1e22,
            filling=0.5,
            conductivity_S_cm=1e-6,
            barrier_eV=0.4,
            permittivity=15.0,
            pair_energy_eV=pair_energy_eV,
        )
        stack = ik.Stack([ik.Layer(material, planes=6)])
        ik.simulate_stack(stack, options=StackRunOptions(hops=3e6, replicas=3, cells=(10, 10)))


def _stacks_of_crystals() -> None:
    import interfacekit as ik
    from interfacekit.structure import CrystalLayer, CrystalStack
    from interfacekit.transport import StackRunOptions

    stack = CrystalStack([CrystalLayer("LGPS", 1.3)])
    ik.simulate_stack(stack, options=StackRunOptions(hops=3e6, replicas=3, cells=(10, 10)))


def _matches() -> None:
    import interfacekit as ik

    ik.coherent_interfaces("LCO", "LCO", max_area_A2=10, max_strain=0.01)


#: Small cases of what commands compute, by name.
WORKLOADS: Mapping[str, Callable[[], None]] = {
    "windows, reactions and maps": _thermodynamics,
    "ensembles": _ensembles,
    "screening": _screening,
    "hops on lattices": _lattices,
    "hops on networks": _networks,
    "stacks": _stacks,
    "stacks of crystals": _stacks_of_crystals,
    "lattice matches": _matches,
}


def _kept_functions() -> Iterator[Any]:
    """Functions, of the kernels and of pymatgen, that keep what numba compiles of them and have been called."""
    modules = [name for name in sys.modules if name.startswith("interfacekit.kernels.")]
    for name in (*modules, "pymatgen.analysis.interfaces.zsl"):
        for function in vars(sys.modules[name]).values() if name in sys.modules else ():
            stats = getattr(function, "stats", None)
            if stats is None or stats.cache_path is None or function.__module__ != name:
                continue
            if stats.cache_misses or stats.cache_hits:
                yield function


def kernel_use() -> str:
    """Say which kernels were compiled in this process so far, and how many were read from the cache."""
    compiled = [function.__name__ for function in _kept_functions() if function.stats.cache_misses]
    names = f" ({', '.join(sorted(compiled))})" if compiled else ""
    return f"kernels: {_counts()[0]} compiled{names}, {_counts()[1]} read from the cache"


def _counts() -> tuple[int, int]:
    """Specialisations that were compiled, and that were read from the cache, in this process so far."""
    stats = [function.stats for function in _kept_functions()]
    return sum(sum(s.cache_misses.values()) for s in stats), sum(sum(s.cache_hits.values()) for s in stats)
