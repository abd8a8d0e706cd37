"""Options of a kinetic Monte Carlo run of a hopping model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from interfacekit.errors import InputError
from interfacekit.quantities import HOPS, REPLICAS, SEED, WINDOW_HOPS, check_switch, keep_plain, optional

Kernel = Literal["lattice", "rejection", "class lists"]
Walkers = Literal["ions", "vacancies"]


@dataclass(frozen=True)
class RunOptions:
    """How a model is run.

    Attributes
    ----------
    hops
        Accepted hops at each temperature, all replicas together (about: windows are of equal time).
    replicas
        Independent runs.
    seed
        Determines all random numbers; results do not depend on threads, chunks or restarts.
    kernel, walkers
        Chosen for the model where None.
    hops_per_ion
        Hops of an ion in each window over which tracers are followed; by default 20, or more where that leaves enough
        windows.
    check
        Assert in every attempt that no rate is above its bound.
    """

    hops: float = 1e7
    replicas: int = 4
    seed: int = 0
    kernel: Kernel | None = None
    walkers: Walkers | None = None
    hops_per_ion: float | None = None
    check: bool = False

    def __post_init__(self) -> None:
        keep_plain(
            self,
            hops=HOPS.check(self.hops),
            replicas=REPLICAS.check(self.replicas),
            seed=SEED.check(self.seed),
            hops_per_ion=optional(WINDOW_HOPS, self.hops_per_ion),
            check=check_switch(self.check, "check"),
        )
        choices = ("kernel", self.kernel, get_args(Kernel)), ("walkers", self.walkers, get_args(Walkers))
        for name, value, known in choices:
            if value is not None and value not in known:
                raise InputError(f"no {name} {value!r}; there is {', '.join(known)}")
