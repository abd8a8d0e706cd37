"""No input leads to a traceback, a hang, or an exit status other than 0, 1 and 2."""

import sys
from collections import Counter
from random import Random

import pytest

from tests.bad_inputs.cases import CALLS, generated
from tests.bad_inputs.trying import WarmProcess

SEED = 0
CASES = generated(SEED)
KINDS = sorted({case.kind for case in CASES})
#: Of processes of their own, at a time.
FOUR = [Random(SEED).sample(CASES, 20)[first::5] for first in range(5)]  # noqa: S311

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="children are forked")


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    with WarmProcess(tmp_path_factory.mktemp("warm")) as process:
        yield process


def test_inputs_are_many_and_of_all_commands():
    counts = Counter(case.kind for case in CASES)
    print("\n".join(f"{kind}: {count}" for kind, count in sorted(counts.items())))
    assert len(CASES) >= 400
    assert len(counts) >= 10
    assert {case.command for case in CASES} >= set(CALLS)


@pytest.mark.parametrize("kind", KINDS)
def test_bad_inputs_are_refused_in_a_line(kind, warm):
    cases = [case for case in CASES if case.kind == kind]
    found = {case.name: faults for case in cases if (faults := warm.faults(case))}
    print(f"{kind}: {len(cases)} tried")
    assert not found


@pytest.mark.parametrize("cases", FOUR)
def test_processes_refuse_them_alike(cases, warm):
    found = {case.name: faults for case in cases if (faults := warm.faults_of_process(case))}
    assert not found


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_other_seeds(seed, warm):
    found = {case.name: faults for case in generated(seed) if (faults := warm.faults(case))}
    assert not found
