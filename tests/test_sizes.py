"""Sizes that a reader can hold in mind, outside the kernels: lines of modules and functions, numbers of parameters."""

import ast
from pathlib import Path

import pytest

import interfacekit

PACKAGE = Path(interfacekit.__file__).parent
MOST_LINES, MOST_LINES_OF_A_FUNCTION, MOST_PARAMETERS = 400, 60, 8
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if "kernels" not in path.relative_to(PACKAGE).parts]


def public(path):
    """Names of the public functions of a module: those of a package whose names are loaded when first used."""
    module = ".".join(("interfacekit", *path.relative_to(PACKAGE).with_suffix("").parts))
    for face in PACKAGE.rglob("__init__.py"):
        for node in ast.parse(face.read_text()).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOMES":
                yield from ast.literal_eval(node.value).get(module, ())


def functions(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def lines(function):
    """Lines of a function without its signature and its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def parameters(function):
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_can_be_read_at_once(path):
    assert len(path.read_text().splitlines()) <= MOST_LINES
    entry_points = set(public(path))
    for function in functions(path):
        assert lines(function) <= MOST_LINES_OF_A_FUNCTION, function.name
        assert parameters(function) <= MOST_PARAMETERS or function.name in entry_points, function.name
