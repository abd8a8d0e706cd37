"""Calls with room for deep frames give what the plain calls give."""

import sys
import threading

import pytest

from interfacekit.frames import roomy


def depth_of(n):
    return n if n == 0 else 1 + depth_of(n - 1)


def test_results_arguments_and_names_are_those_of_the_function():
    def difference(a, b=1, *, c=0):
        """Difference."""
        return a - b - c

    call = roomy(difference)
    assert (call(5), call(5, 2), call(5, b=2, c=1)) == (4, 3, 2)
    assert (call.__name__, call.__doc__) == ("difference", "Difference.")
    assert difference.__code__.co_stacksize < 100 < call.__code__.co_stacksize


def test_each_function_has_a_call_of_its_own():
    one, two = roomy(lambda: 1), roomy(lambda: 2)
    assert (one(), two()) == (1, 2)


def test_deep_recursions_errors_and_threads_are_as_without():
    found = []
    threads = [threading.Thread(target=lambda: found.append(roomy(depth_of)(500))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [500] * 8
    assert roomy(roomy(depth_of))(500) == 500
    with pytest.raises(RecursionError):
        roomy(depth_of)(sys.getrecursionlimit() + 10)
    with pytest.raises(ZeroDivisionError):
        roomy(lambda: 1 / 0)()
