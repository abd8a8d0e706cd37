"""Direction of imports: lower layers never import higher ones, annotations included; circles there are none."""

import ast
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

import interfacekit

PACKAGE = Path(interfacekit.__file__).parent

#: By package, lower first: a module may import from its own layer and those below.
LAYERS = {
    "": [
        {
            "errors",
            "constants",
            "elements",
            "homeless",
            "numerals",
            "quantities",
            "reprs",
            "text",
            "units",
            "pareto",
            "atomic",
            "cached",
            "checksums",
            "lazy",
            "frames",
            "logs",
            "documents",
            "class_marks",
            "saved",
            "presentation",
            "csv_documents",
            "versions",
            "wording",
        },
        {"optional", "limits", "streams", "chemistry"},
        {"ending"},
        {"kernels"},
        {"crystal_documents", "yaml_documents"},
        {"materials", "results", "declared"},
        {"phases"},
        {"catalogue"},
        {"entries", "store"},
        {"sweep"},
        {"thermo", "structure", "transport"},
        {"cell"},
        {"plots", "export", "report", "config"},
        {"__init__", "warm"},
        {"cli", "workflow", "__main__"},
    ],
    "kernels": [
        {"keeping", "prefetch", "settings"},
        {"compiled"},
        {"random"},
        {"equilibria", "hops"},
        {"stacks"},
        {"reference"},
        {"__init__"},
    ],
    "catalogue": [
        {"checks"},
        {"rows"},
        {"ranges"},
        {"numbers"},
        {"descriptions"},
        {"reading"},
        {"catalogue"},
        {"files"},
        {"__init__"},
    ],
    "thermo": [
        {"defaults"},
        {"equilibria"},
        {"stability"},
        {"uncertainty", "spectroscopy"},
        {"screening"},
        {"__init__"},
    ],
    "transport": [
        {"hopping"},
        {"runs"},
        {"materials"},
        {"bulk"},
        {"stacks"},
        {"continuum"},
        {"stack_kmc"},
        {"shells"},
        {"__init__"},
    ],
    "structure": [
        {"reading"},
        {"crystals"},
        {"calculators"},
        {"network", "interfaces"},
        {"barriers"},
        {"conductivity", "stacks"},
        {"__init__"},
    ],
    "plots": [{"style"}, {"labels"}, {"thermo", "transport"}, {"structure"}, {"dispatch"}, {"__init__"}],
    "config": [
        {"parsing", "options"},
        {"fields", "effects"},
        {"models", "published"},
        {"files", "materials", "reading"},
        {"conductivities", "founding", "kinetics", "screening", "shells", "stacks", "structures", "thermodynamics"},
        {"__init__"},
    ],
    "cli": [
        {"messages", "completion", "resuming"},
        {"progress", "reading"},
        {"delivery", "options"},
        {"energies", "hopping", "stack_options", "uncertainty"},
        {"kinetics", "scl", "screen", "shell", "structure", "thermodynamics", "warm"},
        {"commands"},
        {"__init__"},
    ],
    "report": [{"wrapping"}, {"layout"}, {"tables"}, {"notebook", "studies"}, {"__init__"}],
}
#: Transport may use structure nowhere; structure uses transport's hopping models, runs and stacks.
ACROSS = {"thermo": set(), "transport": set(), "structure": {"transport"}}
ONLY_HOME_OF = {
    "matplotlib": {"plots"},
    "numba": {"kernels"},
    "mp_api": {"entries"},
    "typer": {"cli"},
    "rich": {"cli", "report"},
    "xarray": {"export"},
    "distributed": {"sweep"},
}
PHASE_DIAGRAMS = ("pymatgen.analysis.phase_diagram", "pymatgen.analysis.interface_reactions")


def name_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
FACES = {name: path for name, path in FILES.items() if path.name == "__init__.py" and "_HOMES = {" in path.read_text()}


@cache
def homes(face):
    """Modules of the public names of a package whose names are loaded when first used."""
    tree = ast.parse(FACES[face].read_text())
    found = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and ast.unparse(node).startswith("_HOMES")
    )
    return {name: home for home, names in ast.literal_eval(found).items() for name in names}


@cache
def imports(module):
    """Names of modules that one imports, in annotations too; of a name of a lazy package, its home."""
    return tuple(_imports(module))


def run_time_imports(module):
    """Like `imports`, without those for annotations alone."""
    return tuple(_imports(module, annotations=False))


def _imports(module, *, annotations=True):
    tree = ast.parse(FILES[module].read_text())
    for_types = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if node in for_types and not annotations:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            yield from (_home(node.module, alias.name) for alias in node.names)


def _home(module, name):
    if f"{module}.{name}" in FILES:
        return f"{module}.{name}"
    if module in FACES and name in homes(module):
        home = homes(module)[name]
        return _home(home, name)
    return module


def level(layers, module):
    return next((level for level, names in enumerate(layers) if module in names), None)


def inside(package, module):
    """Name of a module in a package, or of the sub-package that holds it; None where it is not in it."""
    prefix = f"interfacekit.{package}".rstrip(".")
    if module == prefix:
        return "__init__"
    return module.removeprefix(f"{prefix}.").split(".")[0] if module.startswith(f"{prefix}.") else None


@pytest.mark.parametrize("package", LAYERS)
def test_every_module_has_a_layer(package):
    modules = {inside(package, module) for module in FILES} - {None}
    known = set().union(*LAYERS[package])
    assert modules - known == set()
    assert known - modules <= {"cell"}, "nothing is there"


@pytest.mark.parametrize("module", FILES)
def test_imports_point_downwards(module):
    wrong = []
    for name in imports(module):
        for package, layers in LAYERS.items():
            own, other = inside(package, module), inside(package, name)
            if own and other and own != "__init__" and level(layers, other) > level(layers, own):
                wrong.append(f"{module} imports {name}")
    assert wrong == []


@pytest.mark.parametrize("module", FILES)
def test_packages_of_one_layer_keep_apart(module):
    own = inside("", module)
    if own in ACROSS:
        used = {inside("", name) for name in imports(module)} & {*ACROSS} - {own}
        assert used <= ACROSS[own]


@pytest.mark.parametrize("module", FILES)
def test_heavy_libraries_have_one_home(module):
    for name in run_time_imports(module):
        homes_of = ONLY_HOME_OF.get(name.partition(".")[0])
        assert homes_of is None or inside("", module) in homes_of, f"{module} imports {name}"


def test_no_module_imports_itself_by_way_of_others():
    graph = {module: {name for name in imports(module) if name in FILES and name not in FACES} for module in FILES}
    circles = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = error.args[1]
            circles.append(" < ".join(circle))
            for one, other in pairwise(circle):  # the others are found without these imports
                graph[other].discard(one)
        else:
            break
    assert circles == []


def test_only_the_adapter_builds_phase_diagrams():
    users = {module for module in FILES if any(name.startswith(PHASE_DIAGRAMS) for name in run_time_imports(module))}
    assert users == {"interfacekit.thermo.equilibria.pymatgen"}
