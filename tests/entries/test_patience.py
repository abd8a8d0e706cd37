"""Questions to a server that may never answer."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import requests
from requests.adapters import HTTPAdapter

from interfacekit.entries import patience
from interfacekit.entries.patience import NoResponse, patiently
from interfacekit.errors import InputWarning


@pytest.fixture
def server(monkeypatch):
    """A server that answers every request with the time-out that it was sent with."""

    def send(self, request, stream, timeout=None, **options):
        response = requests.Response()
        response.status_code, response.reason, response.request = 200, timeout, request
        response._content = b""
        return response

    monkeypatch.setattr(HTTPAdapter, "send", send)
    monkeypatch.setattr(patience, "_POLL_s", 0.01)
    return send


@pytest.fixture
def silence():
    """Waits until the test is over."""
    over = Event()
    yield over.wait
    over.set()


def ask(timeout=None):
    with requests.Session() as session:
        session.trust_env = False
        return session.get("http://nowhere.invalid", timeout=timeout)


def test_an_answer_or_an_error_is_passed_on(server):
    assert patiently("S", lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        patiently("S", lambda: 1 / 0)
    with pytest.raises(SystemExit):
        patiently("S", lambda: (_ for _ in ()).throw(SystemExit(3)))
    assert HTTPAdapter.send is server


def test_requests_without_a_limit_get_one(server):
    assert patiently("S", ask).reason == patience._REQUEST_LIMITS_s
    assert patiently("S", lambda: ask(timeout=3)).reason == 3
    assert ask().reason is None


def test_a_server_that_never_answers(server, silence, monkeypatch):
    monkeypatch.setattr(patience, "REACHED_WITHIN_s", 0.05)
    with pytest.raises(NoResponse, match=r"^no response of S within 0.05 s$"):
        patiently("S", silence)
    assert HTTPAdapter.send is server


def test_a_server_that_falls_silent(server, silence, monkeypatch):
    monkeypatch.setattr(patience, "PAGE_WITHIN_s", 0.05)
    with pytest.raises(NoResponse, match=r"within 0.05 s$"):
        patiently("S", lambda: ask() and silence())


def test_silence_is_announced(server, monkeypatch):
    monkeypatch.setattr(patience, "_ANNOUNCED_AFTER_s", 0.02)
    answer = Event()
    warn = patience.warnings.warn

    def announced(*arguments, **options):
        answer.set()
        warn(*arguments, **options)

    monkeypatch.setattr(patience.warnings, "warn", announced)
    with pytest.warns(InputWarning, match=r"^S does not respond; the request ends after 30 s$"):
        assert patiently("S", answer.wait) is True


def test_calls_side_by_side_leave_requests_as_they_were(server):
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: patiently("the server", lambda: ask().status_code), range(8)))
    assert answers == [200] * 8
    assert HTTPAdapter.send is server
