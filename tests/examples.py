"""An example of every class of results: those of saved files, and of classes that have none there."""

import dataclasses
from pathlib import Path

from interfacekit import load
from interfacekit.results import Result, provenance
from interfacekit.store import Record
from interfacekit.transport import SlowDirection, Tensor
from interfacekit.warm import Warmed, WarmStep


def _parts(thing):
    """Results in a result, in a list of results or in their fields."""
    if isinstance(thing, Result):
        yield thing
        yield from _parts([getattr(thing, field.name) for field in dataclasses.fields(thing)])
    elif isinstance(thing, dict):
        yield from _parts(list(thing.values()))
    elif isinstance(thing, list | tuple):
        for one in thing:
            yield from _parts(one)


def _examples():
    for file in sorted((Path(__file__).parent / "saved" / "e5e5e2b").glob("*.json")):
        yield from _parts(load(file))
    cube = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    yield Tensor(cube, cube, cube[0], cube[0], cube)
    yield SlowDirection("1D along c", 3.0, 1e-9, 1e-10)
    step = WarmStep("window", 0, 7, 0.31, None)
    yield from (step, Warmed(("a folder", "another"), (step,), provenance()))
    yield Record("0" * 64, {"temperature_K": 300.0}, "done", step, None, 0.1, provenance(task="interfacekit.warm"))


#: By name of the class.
EXAMPLES = {type(example).__name__: example for example in _examples()}
