"""Docstrings: examples that run, complete sections, and the English of the field."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import inspect
import re
from importlib import import_module
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

import interfacekit
from interfacekit.saved import RESULT_HOMES

PACKAGE = Path(interfacekit.__file__).parent
FACES = (
    "interfacekit",
    "interfacekit.thermo",
    "interfacekit.entries",
    "interfacekit.sweep",
    "interfacekit.plots",
    "interfacekit.structure",
    "interfacekit.transport",
)
#: Modules, with those below them, whose docstrings are still to be rewritten.
NOT_YET = (
    "interfacekit.cli",
    "interfacekit.config",
    "interfacekit.export",
    "interfacekit.kernels",
    "interfacekit.plots.dispatch",
    "interfacekit.plots.structure",
    "interfacekit.plots.transport",
    "interfacekit.report",
    "interfacekit.structure",
    "interfacekit.transport",
    "interfacekit.warm",
)
#: Modules below one of `NOT_YET` that are rewritten.
DONE = (
    "interfacekit.report.layout",
    "interfacekit.report.tables.common",
    "interfacekit.report.tables.lists",
    "interfacekit.report.tables.rounding",
    "interfacekit.report.wrapping",
    "interfacekit.kernels.equilibria",
    "interfacekit.report.tables.ensembles",
    "interfacekit.report.tables.maps",
    "interfacekit.report.tables.reactions",
    "interfacekit.report.tables.screening",
    "interfacekit.report.tables.windows",
)
#: First words that announce a clause instead of a noun.
CLAUSE = re.compile(r"(What|Of|How|Whether|As)\b")
#: Units, shapes and dimensionless measures, of which a numerical docstring names one.
UNIT = re.compile(
    r"\b(m?eV|V|K|S/cm|cm2/s|cm2|nm|mm|Hz|GPa|J/m2|s|shape|length|fraction|atoms? per|Number of)\b|%|\bA\b"
)
SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-+\n", re.MULTILINE)


def _is_at_or_below(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def is_done(module: str) -> bool:
    return _is_at_or_below(module, DONE) or not _is_at_or_below(module, NOT_YET)


def _public() -> list[str]:
    homes = {
        f"{home}:{name}"
        for face in FACES
        for home, names in import_module(face)._HOMES.items()
        for name in names
        if name in import_module(face).__all__ and not name.isupper()
    }
    homes |= {f"{home}:{name}" for home, names in RESULT_HOMES.items() for name in names}
    # A face may name another one as the home of its names.
    return sorted({_defined(place) for place in homes} - {None})


def _defined(place: str) -> str | None:
    home, _, name = place.partition(":")
    if home in FACES:
        homes = import_module(home)._HOMES
        home = next(module for module, names in homes.items() if name in names)
    return f"{home}:{name}" if is_done(home) else None


def _object(place: str):
    home, _, name = place.partition(":")
    return getattr(import_module(home), name)


PUBLIC = _public()
FUNCTIONS = [place for place in PUBLIC if inspect.isroutine(_object(place))]
CLASSES = [place for place in PUBLIC if inspect.isclass(_object(place))]
MODULES = sorted(
    module
    for path in PACKAGE.rglob("*.py")
    if is_done(module := ".".join(("interfacekit", *path.relative_to(PACKAGE).with_suffix("").parts)))
)


def sections(docstring: str | None) -> dict[str, str]:
    """Text of each section of a numpydoc docstring, by its title."""
    parts = SECTION.split(inspect.cleandoc(docstring or ""))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def described(section: str) -> list[tuple[list[str], str]]:
    """Names and description of each item of a section."""
    items = re.split(r"^(?=\S)", section, flags=re.MULTILINE)
    split = [item.strip().split("\n", 1) for item in items if item.strip()]
    return [
        ([name.strip().lstrip("*") for name in head.split(" : ")[0].split(",")], " ".join("".join(rest).split()))
        for head, *rest in split
    ]


def names(section: str) -> list[str]:
    return [name for several, _ in described(section) for name in several]


def parameters(function) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name not in {"self", "cls"}]


def test_sections_are_read() -> None:
    found = sections(
        "Sum.\n\nParameters\n----------\na, b\n    Addends.\n*more : int\n    Others.\n\nReturns\n-------\nint\n"
    )
    assert described(found["Parameters"]) == [(["a", "b"], "Addends."), (["more"], "Others.")]
    assert list(found) == ["Parameters", "Returns"]


def test_lists_are_not_stale() -> None:
    for module in (*NOT_YET, *DONE):
        path = PACKAGE.joinpath(*module.split(".")[1:])
        assert path.is_dir() or path.with_suffix(".py").is_file(), module


def test_there_is_something_to_check() -> None:
    assert len(FUNCTIONS) > 40
    assert len(CLASSES) > 30
    assert len(MODULES) > 60


@pytest.mark.parametrize("place", [*FUNCTIONS, *CLASSES])
def test_examples_run(place: str) -> None:
    output: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    (example,) = doctest.DocTestFinder(recurse=False).find(_object(place), place, module=False, globs={})
    try:
        result = runner.run(example, out=output.append)
    finally:
        plt.close("all")
    assert result.attempted > 0, "no example"
    assert result.failed == 0, "".join(output)


@pytest.mark.parametrize("place", FUNCTIONS)
def test_functions_document_parameters_and_result(place: str) -> None:
    function = _object(place)
    found = sections(function.__doc__)
    assert names(found.get("Parameters", "")) == parameters(function)
    assert found.keys() & {"Returns", "Yields"}


@pytest.mark.parametrize("place", CLASSES)
def test_classes_document_fields_and_parameters(place: str) -> None:
    cls = _object(place)
    found = sections(cls.__doc__)
    if dataclasses.is_dataclass(cls):
        assert names(found.get("Attributes", "")) == [field.name for field in dataclasses.fields(cls)]
    elif not issubclass(cls, BaseException):
        assert names(found.get("Parameters", "")) == parameters(cls)
    for name, method in vars(cls).items():
        function = getattr(method, "__func__", method)
        if not inspect.isfunction(function) or name.startswith("_"):
            continue
        assert function.__doc__, name
        if "Parameters" in (of_method := sections(function.__doc__)):
            assert names(of_method["Parameters"]) == parameters(function), name


@pytest.mark.parametrize("place", [*FUNCTIONS, *CLASSES])
def test_parameters_and_fields_are_described(place: str) -> None:
    found = sections(_object(place).__doc__)
    for title in ("Parameters", "Attributes", "Returns", "Raises"):
        for several, text in described(found.get(title, "")):
            assert text, f"{title}: {several}"


def test_most_functions_name_a_unit_or_shape() -> None:
    without = [place for place in FUNCTIONS if not UNIT.search(_object(place).__doc__)]
    assert len(without) <= 0.2 * len(FUNCTIONS), without


@pytest.mark.parametrize("module", MODULES)
def test_docstrings_begin_with_nouns_or_verbs(module: str) -> None:
    path = PACKAGE.joinpath(*module.split(".")[1:])
    tree = ast.parse(path.with_suffix(".py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        docstring = ast.get_docstring(node) or ""
        assert not CLAUSE.match(docstring), docstring
        for title in ("Parameters", "Attributes", "Returns"):
            for several, text in described(sections(docstring).get(title, "")):
                assert not CLAUSE.match(text), f"{several}: {text}"
