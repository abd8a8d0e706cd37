"""Replicas on threads."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event
from typing import TYPE_CHECKING, Protocol, Self, TypeVar

from interfacekit.frames import roomy
from interfacekit.quantities import THREADS, optional

if TYPE_CHECKING:
    from collections.abc import Callable


class Runs(Protocol):
    """What runs until it has finished or an event is set, and tells the share done."""

    @property
    def progress(self) -> float:
        """Share done."""

    def run(self, stop: Event) -> Self:
        """Run to the end, or until `stop` is set."""


ReplicaT = TypeVar("ReplicaT", bound=Runs)


def run_replicas(
    make: Callable[[int], ReplicaT], count: int, threads: int | None, progress: Callable[[float], None] | None
) -> list[ReplicaT]:
    """Run replicas on threads; on an interrupt let each keep its checkpoint first."""
    optional(THREADS, threads)
    stop = Event()
    started: list[ReplicaT] = []

    def work(number: int) -> ReplicaT:
        if stop.is_set():
            raise InterruptedError
        replica = make(number)
        started.append(replica)
        return replica.run(stop)

    with ThreadPoolExecutor(min(threads or os.cpu_count() or 1, count)) as pool:
        try:
            futures = [pool.submit(roomy(work), number) for number in range(count)]
            pending = set(futures)
            while pending:
                done, pending = wait(pending, timeout=0.2, return_when=FIRST_EXCEPTION)
                if progress is not None:
                    progress(sum(replica.progress for replica in list(started)) / count)
                for future in done:
                    future.result()
        except BaseException:
            stop.set()
            raise
    return [future.result() for future in futures]
