"""Executors of a sweep: threads, processes, or the workers of a dask scheduler."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import re
import signal
import threading
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from interfacekit.errors import ComputationError, InputError
from interfacekit.limits import cores
from interfacekit.optional import needed
from interfacekit.quantities import WORKERS, optional

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future
    from multiprocessing.connection import Connection

    from distributed import Client

KINDS = ("processes", "threads", "serial")
#: Time limit for the answer of a scheduler, s.
ANSWER_WITHIN_s = 10.0
_ADDRESS = re.compile(r"(tcp|tls)://([^\s:/]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}")


@contextmanager
def executor(kind: str = "processes", workers: int | None = None) -> Iterator[Executor | None]:
    """Context manager of an executor for a sweep.

    After an error or Ctrl-C, processes end at once, and threads when the points that they run are finished.

    Parameters
    ----------
    kind
        `"processes"` (default); `"threads"`, for tasks that release the lock of Python, such as the kernels; `"serial"`
        (None); or the address of a dask scheduler, `tcp://host:port` (extra `cluster`).
    workers
        Number of processes or threads; by default one per core. A scheduler has workers of its own.

    Returns
    -------
    context manager of Executor or None
        Executor of `concurrent.futures`; None for `"serial"`.

    Raises
    ------
    InputError
        If the kind is unknown, or the scheduler does not respond.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import sweep
    >>> with sweep.executor("threads", workers=2) as pool:
    ...     records = sweep.run(ik.decomposition, sweep.grid(name=["LGPS", "Li3PS4"], voltage_V=[0.0]), pool)
    >>> [f"{record.result.eV_per_atom:.3f}" for record in records]
    ['-1.252', '-1.424']
    """
    if "://" in kind:
        if workers is not None:
            raise InputError(f"workers must be None for the scheduler {kind}, got {workers}; it has workers of its own")
        client = _connected(kind)
        with _quiet("distributed", "distributed.client"), closing(client):
            yield client.get_executor(pure=False)
        return
    if kind not in KINDS:
        raise InputError(
            f"unknown executor {kind!r}; choose from {', '.join(KINDS)}, or tcp://host:port of a dask scheduler"
        )
    optional(WORKERS, workers)
    if kind == "serial":
        yield None
        return
    with (_Processes if kind == "processes" else ThreadPoolExecutor)(workers or cores()) as pool:
        yield pool


class _Processes(ThreadPoolExecutor):
    """Processes, each behind a thread of its own: if one is killed, only its point fails.

    A single `ProcessPoolExecutor` would lose all of its points. The processes are spawned, since the threads of the
    kernels do not survive a fork, and end with this process, however it ends.
    """

    def __init__(self, workers: int) -> None:
        super().__init__(workers)
        self._context = get_context("spawn")
        self._watched, self._alive = self._context.Pipe(duplex=False)
        self._of_thread = threading.local()
        self._pools: list[ProcessPoolExecutor] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a function in a process."""
        return super().submit(self._forward, fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002  # its base
        """End the processes when what they run is finished."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        for pool in self._pools:
            pool.shutdown(wait)

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> bool | None:
        if kind is not None:
            self._alive.close()
        return super().__exit__(kind, error, traceback)

    def _forward(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        pool = getattr(self._of_thread, "pool", None) or self._started()
        try:
            # As bytes: an object that cannot be unpickled would end the process.
            return pool.submit(_call, pickle.dumps((fn, args, kwargs))).result()
        except BrokenExecutor:
            del self._of_thread.pool
            raise ComputationError("the process was killed; did it run out of memory?") from None

    def _started(self) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(1, self._context, _end_with, (self._watched,))
        if hasattr(signal, "pthread_sigmask"):
            # A terminal sends Ctrl-C to the processes as well, which inherit this mask: it is handled here, once.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            pool.submit(os.getpid).result()
        except (RuntimeError, OSError):
            raise BrokenExecutor(
                "processes do not start; a script must start them under if __name__ == '__main__':"
            ) from None
        self._of_thread.pool = pool
        self._pools.append(pool)
        return pool


def _call(pickled: bytes) -> Any:
    fn, args, kwargs = pickle.loads(pickled)  # noqa: S301  # from the process that started this one
    return fn(*args, **kwargs)


def _end_with(watched: Connection) -> None:
    """End this process as soon as the other end of a pipe is closed, which happens when that process ends."""

    def watch() -> None:
        watched.poll(None)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _connected(address: str) -> Client:
    """Connect to a dask scheduler.

    Raises
    ------
    InputError
        If no scheduler responds.
    """
    if not _ADDRESS.fullmatch(address):
        raise InputError(
            f"the address of a scheduler must be tcp://host:port, got {address!r}; such as tcp://127.0.0.1:8786"
        )
    with needed(f"the scheduler {address}", "distributed", extra="cluster"):
        from distributed import Client
    try:
        # On a thread of its own, since a notebook has an event loop already.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, _greet(address)).result()
        return Client(address, timeout=ANSWER_WITHIN_s, set_as_default=False)
    except Exception as error:  # noqa: BLE001  # any program may answer
        late = isinstance(error, TimeoutError)
        reason = f"within {ANSWER_WITHIN_s:g} s" if late else f"({type(error).__name__}: {error})"
        raise InputError(
            f"no dask scheduler answers at {address} {reason}; start one with `dask scheduler`, or correct the address"
        ) from None


@contextmanager
def _quiet(*names: str) -> Iterator[None]:
    """Silence loggers: the sweep itself reports the loss of its scheduler, in one line."""
    levels = [(logger, logger.level) for logger in map(logging.getLogger, names)]
    for logger, _ in levels:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in levels:
            logger.setLevel(level)


async def _greet(address: str) -> None:
    """Check that a scheduler responds; a `Client` would wait without limit for an open but silent port."""
    from distributed import rpc

    async with asyncio.timeout(ANSWER_WITHIN_s), rpc(address) as scheduler:
        identity = await scheduler.identity()
    if identity["type"] != "Scheduler":
        raise ValueError(f"it is a {identity['type']}")
