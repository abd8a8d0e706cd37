"""Options of a kinetic Monte Carlo run of a stack."""

from __future__ import annotations

import math
from dataclasses import dataclass

from interfacekit.errors import InputError
from interfacekit.quantities import (
    EVENNESS,
    HOPS,
    PLANE_CELLS,
    SEED,
    STACK_REPLICAS,
    BIAS_kT,
    check_switch,
    keep_plain,
)

#: Samples of a replica.
SAMPLES = 640
#: Directions of the bias of replicas 0, 1, 2, ...
DIRECTIONS = (0, 1, -1)


@dataclass(frozen=True)
class StackRunOptions:
    """How a stack is run.

    Attributes
    ----------
    hops
        Accepted hops, all replicas together (about).
    replicas
        Independent runs, three or more.
    seed
        Determines all random numbers; results do not depend on threads, chunks or restarts.
    cells
        Sites of each plane along x and y; in small planes a single ion moves the potential. Of a stack of crystals as
        many cells are taken as make planes of so many sites on average.
    evenness
        Exchange of the fastest gaps over that of the slowest one, 1 or more; infinite leaves all hops as they are. Gaps
        beside one whose ions would soon come back across it may be faster.
    bias_kT
        Largest drop of the electrochemical potential in a gap; 0.3 costs at most 0.4 % of the resistance.
    check
        Assert in every attempt that no rate is above its bound.
    """

    hops: float = 3e7
    replicas: int = 6
    seed: int = 0
    cells: tuple[int, int] = (50, 50)
    evenness: float = 3.0
    bias_kT: float = 0.3
    check: bool = False

    def __post_init__(self) -> None:
        from interfacekit.kernels.stacks.state import MOST_SITES_OF_A_PLANE  # loads compilers, and defaults need none

        nx, ny = (PLANE_CELLS.check(cells) for cells in self.cells)
        if nx * ny > MOST_SITES_OF_A_PLANE:
            raise InputError(
                f"planes of {nx} x {ny} sites are not possible; give at most {MOST_SITES_OF_A_PLANE} in all, such as "
                "50 x 50"
            )
        keep_plain(
            self,
            hops=HOPS.check(self.hops),
            replicas=STACK_REPLICAS.check(self.replicas),
            seed=SEED.check(self.seed),
            cells=(nx, ny),
            evenness=math.inf if self.evenness == math.inf else EVENNESS.check(self.evenness),
            bias_kT=BIAS_kT.check(self.bias_kT),
            check=check_switch(self.check, "check"),
        )
