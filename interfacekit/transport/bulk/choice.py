"""Which kernel serves a model, and whether ions or vacancies are its walkers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from interfacekit.constants import BOLTZMANN_eV_K
from interfacekit.errors import InputError
from interfacekit.kernels.hops.lattice import MOST_LEVELS
from interfacekit.transport.hopping.levels import model_levels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from interfacekit.transport.bulk.engine import Engine, Tables
    from interfacekit.transport.bulk.options import Kernel, Walkers
    from interfacekit.transport.hopping.levels import Levels
    from interfacekit.transport.hopping.rates import HoppingModel

#: What an attempt costs on a lattice and on a network, and what keeping class lists adds to a hop; ns.
#: Their ratios decide, so that one machine chooses as another (measured: benchmarks/README.md).
LATTICE_ATTEMPT_ns, NETWORK_ATTEMPT_ns, CLASS_LISTS_ns = 15.0, 40.0, 200.0


def choose_walkers(model: HoppingModel) -> Walkers:
    """Whichever are fewer, ions or vacancies; ions where the surroundings of a hop differ for vacancies."""
    if model.filling <= 0.5:
        return "ions"
    from interfacekit.transport.bulk.surroundings import can_walk_as_vacancies

    return "vacancies" if can_walk_as_vacancies(model) else "ions"


def choose_kernel(model: HoppingModel, temperature_K: float, walkers: Walkers) -> Kernel:
    """Choose the kernel whose hops cost least in a random configuration.

    Class lists save attempts where the neighbours of an ion make much of its rate, and cost time at every hop.
    """
    levels = model_levels(model)
    plain: Kernel = "lattice" if _is_for_lattice(model, levels) else "rejection"
    if len(levels) == 1:
        return plain
    from interfacekit.transport.bulk.surroundings import level_factors

    kT = BOLTZMANN_eV_K * temperature_K
    factors, greatest, _ = level_factors(model, levels, kT, vacancies=walkers == "vacancies")
    factors = factors.reshape(-1, len(levels), len(levels))
    filling = model.filling if walkers == "ions" else 1 - model.filling
    share = np.array([_share(levels, c, filling) for c in range(len(factors))])
    mean = float(np.mean([w @ f @ w for w, f in zip(share, factors, strict=True)])) * (1 - filling)
    by_level = float(share.mean(axis=0) @ greatest)
    attempt = LATTICE_ATTEMPT_ns if plain == "lattice" else NETWORK_ATTEMPT_ns
    with_lists = NETWORK_ATTEMPT_ns * by_level / mean + CLASS_LISTS_ns
    return plain if attempt * greatest.max() / mean <= with_lists else "class lists"


def _share(levels: Levels, hop_class: int, filling: float) -> NDArray[np.float64]:
    """Share of each level at the end of a hop of a class, in a random configuration; shape (L,)."""
    from scipy.stats import binom

    most = levels.most - (np.arange(len(levels.most)) == levels.group[hop_class])
    return np.asarray(np.prod(binom.pmf(levels.counts, most, filling), axis=1))


def prepared(
    model: HoppingModel, temperature_K: float, kernel: Kernel, walkers: Walkers, *, check: bool = False
) -> tuple[Engine, Tables]:
    """Return the engine that runs a kernel, and its tables of a model.

    Raises
    ------
    InputError
        If the kernel cannot serve the model.
    """
    if kernel == "lattice":
        if not _is_for_lattice(model, model_levels(model)):
            raise InputError(
                "the kernel lattice takes a regular lattice with one barrier for each hop class and few pair energies; "
                "choose rejection or class lists"
            )
        from interfacekit.transport.bulk import lattice_engine

        return lattice_engine, lattice_engine.prepare(model, temperature_K, walkers, check=check)
    from interfacekit.transport.bulk import network_engine
    from interfacekit.transport.bulk.surroundings import can_walk_as_vacancies

    if walkers == "vacancies" and not can_walk_as_vacancies(model):
        raise InputError(
            "vacancies cannot be the walkers where sites differ in their numbers of neighbours; choose ions"
        )
    by_level = kernel == "class lists"
    return network_engine, network_engine.prepare(model, temperature_K, walkers, by_level=by_level, check=check)


def _is_for_lattice(model: HoppingModel, levels: Levels) -> bool:
    return model.homogeneous and len(levels) <= MOST_LEVELS
