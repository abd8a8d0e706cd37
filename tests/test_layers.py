"""Dependency direction: lower layers never import higher ones; only some modules may import the heavy libraries."""

import ast
from functools import cache
from pathlib import Path

import pytest

import interfacekit

PACKAGE = Path(interfacekit.__file__).parent

#: Lower first; a module may import from its own layer and those below.
LAYERS = [
    {
        "errors",
        "elements",
        "homeless",
        "numerals",
        "quantities",
        "text",
        "units",
        "atomic",
        "checksums",
        "lazy",
        "frames",
        "logs",
        "documents",
    },
    {"optional", "limits"},
    {"kernels"},
    {"crystal_documents"},
    {"materials", "results", "declared"},
    {"phases"},
    {"entries", "store"},
    {"sweep"},
    {"thermo", "structure", "transport"},
    {"cell", "comparison"},
    {"plots", "netcdf", "export", "report", "config", "parsing", "warm"},
    {"cli", "workflow", "__main__", "__init__"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
#: Type annotations alone may look upwards: results name the table whose provenance they record.
ONLY_HOME_OF = {
    "matplotlib": {"plots"},
    "numba": {"kernels"},
    "mp_api": {"entries"},
    "typer": {"cli"},
    "rich": {"cli", "report"},
    "xarray": {"netcdf"},
    "distributed": {"sweep"},
}


PHASE_DIAGRAMS = ("pymatgen.analysis.phase_diagram", "pymatgen.analysis.interface_reactions")


def top(module):
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports(module):
    """Modules that a file imports at run time."""
    return tuple(_imports(module))


def _imports(module):
    tree = ast.parse(module.read_text())
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            child.parent = node
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom) or _for_types_only(node):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
            continue
        assert node.level == 0, f"{module}: relative import"
        if node.module == "interfacekit":
            yield from (f"interfacekit.{alias.name}" for alias in node.names)
        else:
            yield node.module


def _for_types_only(node):
    while (parent := getattr(node, "parent", None)) is not None:
        if isinstance(parent, ast.If) and ast.unparse(parent.test) == "TYPE_CHECKING":
            return True
        node = parent
    return False


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda module: str(module.relative_to(PACKAGE)))
def test_imports_point_downwards(module):
    level = LEVEL[top(module)]
    for name in imports(module):
        first, _, rest = name.partition(".")
        if first == "interfacekit" and rest:
            assert LEVEL[rest.split(".")[0]] <= level, f"{module.name} imports {name}"
        elif first in ONLY_HOME_OF:
            assert top(module) in ONLY_HOME_OF[first], f"{module.name} imports {name}"


def test_only_the_adapter_builds_phase_diagrams():
    users = {
        str(module.relative_to(PACKAGE))
        for module in MODULES
        if any(name.startswith(PHASE_DIAGRAMS) for name in imports(module))
    }
    assert users == {"thermo/equilibria/pymatgen.py"}
