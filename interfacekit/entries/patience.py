"""Queries to a server with a time limit for each response."""

from __future__ import annotations

import time
import warnings
from concurrent.futures import Future, wait
from contextlib import contextmanager
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar

from interfacekit.errors import InputWarning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

#: Longest time until the first response of a server.
REACHED_WITHIN_s = 30.0
#: Longest time between two responses: answers come in pages, some of them large.
PAGE_WITHIN_s = 120.0
#: Time without response until a warning.
_ANNOUNCED_AFTER_s = 5.0
#: Time to connect, and between two packets, of requests without a limit of their own.
_REQUEST_LIMITS_s = (10.0, 25.0)
#: Polling interval.
_POLL_s = 0.5
_ONE_AT_A_TIME = Lock()


class NoResponse(TimeoutError):  # noqa: N818  # the name says it
    """Server did not respond within the time limit."""


def patiently(server: str, question: Callable[[], T]) -> T:
    """Run a query, unless its server stops responding.

    Parameters
    ----------
    server
        Name of the server, for messages.
    question
        Function called on a thread of its own, which is abandoned without a response.

    Returns
    -------
    T
        Result of the query.

    Raises
    ------
    NoResponse
        Without a first response within `REACHED_WITHIN_s`, or a later one within `PAGE_WITHIN_s`.

    Warns
    -----
    InputWarning
        If the server does not respond for some seconds.
    """
    outcome: Future[T] = Future()
    responses: list[float] = []
    started = time.monotonic()
    announced = False
    with _listening(responses):
        Thread(target=_answer, args=(question, outcome), daemon=True).start()
        while not wait([outcome], _POLL_s).done:
            silence = time.monotonic() - (responses[-1] if responses else started)
            limit = PAGE_WITHIN_s if responses else REACHED_WITHIN_s
            if silence > limit:
                raise NoResponse(f"no response of {server} within {limit:g} s")
            if silence > _ANNOUNCED_AFTER_s and not announced:
                announced = True
                warnings.warn(
                    f"{server} does not respond; the request ends after {limit:g} s", InputWarning, stacklevel=2
                )
    return outcome.result()


def _answer(question: Callable[[], T], outcome: Future[T]) -> None:
    try:
        outcome.set_result(question())
    except BaseException as error:  # noqa: BLE001  # raised in the waiting thread
        outcome.set_exception(error)


@contextmanager
def _listening(responses: list[float]) -> Iterator[None]:
    """Record the times of responses to requests, and limit the time of requests without a limit.

    mp-api requests its version without a limit, and has no option for it.
    """
    from requests.adapters import HTTPAdapter

    adapter: Any = HTTPAdapter
    with _ONE_AT_A_TIME:  # all requests of the process share the adapter
        yield from _listening_to(adapter, responses)


def _listening_to(adapter: Any, responses: list[float]) -> Iterator[None]:
    send = adapter.send

    def limited(self: Any, request: Any, stream: bool = False, timeout: Any = None, **options: Any) -> Any:  # noqa: FBT001, FBT002
        response = send(self, request, stream, timeout or _REQUEST_LIMITS_s, **options)
        responses.append(time.monotonic())
        return response

    adapter.send = limited
    try:
        yield
    finally:
        adapter.send = send
