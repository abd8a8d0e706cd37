"""An answer loads the modules that it takes: no other engine, source of energies or kind of result."""

import json
import subprocess
import sys

import pytest

ANSWERS = {
    "ik.interface_reaction('LCO', 'LGPS', 3.9)": {"stability.reaction", "stability.tie_line"},
    "ik.electrochemical_window('LGPS')": {"stability.window", "stability.nearest"},
    "ik.stability_map(['LCO', ('LCO', 'LGPS')])": {
        "equilibria.envelope",
        "stability.phase_map",
        "stability.stability_map",
        "stability.tie_line",
    },
}
SHARED = {"equilibria", "equilibria.engine", "equilibria.minimiser", "equilibria.system", "stability"}
ENERGIES = {"load", "snapshot", "snapshot_arrays", "table"}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_loads_what_it_takes(answer):
    code = f"import json, sys, interfacekit as ik; {answer}; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    loaded = [name for name in json.loads(done.stdout) if name.split(".")[0] == "interfacekit"]
    assert within("thermo", loaded) == ANSWERS[answer] | SHARED
    assert within("entries", loaded) - {"hull_energies"} == ENERGIES
    assert len(loaded) <= 40


def within(package, modules):
    prefix = f"interfacekit.{package}."
    return {module.removeprefix(prefix) for module in modules if module.startswith(prefix)}
