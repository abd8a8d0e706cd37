"""Sizes that a reader can hold in mind, outside the kernels: lines of code of modules and functions, parameters.

Docstrings do not count: a well-documented function is no long one.
"""

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
    """Functions of a module, each with whether it is an entry point: a public one, or a method of a public class."""
    entry_points = set(public(path))
    tree = ast.parse(path.read_text())
    methods = {
        node
        for kind in tree.body
        if isinstance(kind, ast.ClassDef) and kind.name in entry_points
        for node in kind.body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, node in methods or (node in tree.body and node.name in entry_points)


def lines(function):
    """Lines of a function without its signature and its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def parameters(function):
    given = function.args
    names = [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def lines_of_docstrings(tree):
    for node in ast.walk(tree):
        documented = isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        if documented and ast.get_docstring(node) is not None:
            yield node.body[0].end_lineno - node.body[0].lineno + 1


def code_lines(path):
    text = path.read_text()
    return len(text.splitlines()) - sum(lines_of_docstrings(ast.parse(text)))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_and_functions_can_be_read_at_once(path):
    assert code_lines(path) <= MOST_LINES
    for function, is_entry_point in functions(path):
        assert lines(function) <= MOST_LINES_OF_A_FUNCTION, function.name
        assert parameters(function) <= MOST_PARAMETERS or is_entry_point, function.name
