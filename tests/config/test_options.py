"""Options of the command line that fields of configurations declare."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel

from interfacekit import config
from interfacekit.config.fields import Names, PlaneCells, Temperatures, VoltageRange
from interfacekit.config.options import MODEL, RUN, argument, choices, flags, help_text, option, repeats, switch
from interfacekit.quantities import CELLS, HOPS
from interfacekit.thermo import ErrorModel, Gates
from interfacekit.transport import RunOptions, StackRunOptions

COMMANDS = [
    config.WindowConfig,
    config.ReactConfig,
    config.MapConfig,
    config.ScreenConfig,
    config.EntriesConfig,
    config.CrystalConfig,
    config.NetworkConfig,
    config.BarriersConfig,
    config.InterfaceConfig,
    config.KmcConfig,
    config.SclConfig,
    config.ShellConfig,
    config.BenchConfig,
]


class Base(BaseModel):
    first: str = option("a", "X", "Of the base.")
    hops: Annotated[float, HOPS] = option(1e7, "N", "In all.", panel=RUN)


class Model(Base):
    words: Names = argument(..., "WORD...", "Some words.")
    count: Annotated[int, CELLS] | None = option(None, "N", "Cells.", panel=MODEL, otherwise="as many as fit")
    seed: int = option(0, "N", "Of all.", panel=RUN)
    temperatures: Temperatures = option([298.15], "K", "Kelvin.")
    once: list[float] = option([1e4, 1e5], "N,...", "Sites.", once=True)
    cells: PlaneCells = option((50, 50), "N", "Cells {default}, in a plane.")
    sides: PlaneCells = option((50, 40), "N", "Sides.")
    range: VoltageRange = option((2.5, 4.3), "LOW:HIGH", "Voltages.")
    kind: Literal["auto", "this", "that", "other"] = option("auto", "", "{choices}.", otherwise="the best")
    several: list[Literal["x", "y"]] = option(["x", "y"], "NAME", "Of {choices}.")
    pairs: dict[str, float] = option({}, "A=B", "Numbers by name.")
    flag: bool = switch("As it says.")
    plain: int = 3


FLAGS = {name: (field, flag) for name, field, flag in flags(Model)}


def test_own_options_stand_before_those_of_the_base_and_how_it_is_run_last():
    own = ["words", "count", "temperatures", "once", "cells", "sides", "range", "kind", "several", "pairs", "flag"]
    assert list(FLAGS) == [*own, "first", "hops", "seed"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("words", "Some words."),
        ("count", "Cells (as many as fit)."),
        ("first", "Of the base (a)."),
        ("hops", "In all (1e7)."),
        ("seed", "Of all (0)."),
        ("temperatures", "Kelvin (298.15)."),
        ("once", "Sites (1e4,1e5)."),
        ("cells", "Cells 50, in a plane."),
        ("sides", "Sides (50,40)."),
        ("range", "Voltages (2.5:4.3)."),
        ("kind", "this, that or other (the best)."),
        ("several", "Of x or y (x and y)."),
        ("pairs", "Numbers by name."),
        ("flag", "As it says."),
    ],
)
def test_the_help_ends_with_the_default(name, text):
    assert help_text(*FLAGS[name], {}) == text


def test_lists_and_mappings_are_repeated():
    assert {name for name, (field, flag) in FLAGS.items() if repeats(field, flag)} == {
        "words", "temperatures", "several", "pairs",
    }  # fmt: skip


def test_choices_are_those_of_the_type():
    assert choices(Model.model_fields["kind"].annotation) == ["this", "that", "other"]
    assert choices(Model.model_fields["several"].annotation) == ["x", "y"]
    assert choices(Model.model_fields["hops"].annotation) == []


def test_defaults_are_those_of_the_models_of_a_run():
    def defaults(model, *names):
        return tuple(model.model_fields[name].get_default() for name in names)

    assert defaults(config.KmcConfig, "hops", "seed") == (RunOptions().hops, RunOptions().seed)
    run = StackRunOptions()
    given = defaults(config.SclConfig, "hops", "replicas", "seed", "cells", "evenness")
    assert given == (run.hops, run.replicas, run.seed, run.cells, run.evenness)
    assert defaults(config.WindowConfig, "sigma") == (ErrorModel().sigma_eV_per_atom,)


def test_the_help_names_all_gates_with_their_defaults():
    gates, text = Gates(), config.ScreenConfig.model_fields["gates"].description
    assert [name for name in vars(gates) if name in text] == [*vars(gates)]
    assert f"energy_above_hull_eV_per_atom ({gates.energy_above_hull_eV_per_atom:g})" in text
    assert f"electrolyte_closed_eV_per_atom ({gates.electrolyte_closed_eV_per_atom:g} each)" in text
    assert gates.decomposition_eV_per_atom == gates.cathode_closed_eV_per_atom == gates.electrolyte_closed_eV_per_atom


@pytest.mark.parametrize("model", COMMANDS)
def test_outputs_are_named_in_the_help(model):
    (text,) = [help_text(field, flag, model.OUTPUTS) for name, field, flag in flags(model) if name == "output"]
    assert [suffix for suffix in model.OUTPUTS if suffix in text] == [*model.OUTPUTS]
