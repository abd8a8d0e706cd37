"""The log of the package, named `interfacekit`: what is read, from where, and how long it takes.

It is silent until a programme asks for it: `logging.basicConfig(level="INFO")`, or --verbose on the command line.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = ParamSpec("P")
R = TypeVar("R")


@contextmanager
def warnings_of(library: str) -> Iterator[list[str]]:
    """Collect the first lines of a library's log, from warnings up, instead of printing all of it."""
    said: list[str] = []

    class First(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage().strip().partition("\n")[0])

    log, handler = logging.getLogger(library), First(logging.WARNING)
    propagate, log.propagate = log.propagate, False
    log.addHandler(handler)
    try:
        yield said
    finally:
        log.removeHandler(handler)
        log.propagate = propagate


def timed(describe: Callable[[Any], str]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator that logs each call of a function, and its time.

    Parameters
    ----------
    describe
        Text of the log from what the function returns.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        log = logging.getLogger(function.__module__)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            start = time.perf_counter()
            result = function(*args, **kwargs)
            if log.isEnabledFor(logging.INFO):
                log.info("%s (%.2f s)", describe(result), time.perf_counter() - start)
            return result

        return call

    return decorate
