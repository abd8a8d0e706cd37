"""Display in notebooks: by a kernel where one is installed, by the formatters of IPython, and by the methods alone."""

import base64
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import interfacekit as ik
from interfacekit.plots import new_axes

CELLS = (
    "import interfacekit as ik\nwindow = ik.electrochemical_window('LNO')",
    "window",
    "ik.plot(window)",
    "axes = window.plot()\naxes.set_title('a title')\naxes",
    "axes.figure",
    "ik.decomposition('LGPS')",
    "ik.ErrorModel()",
    "ik.plot(window);",
    "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\nwindow.plot(axes);",
    "ik.electrochemical_windows(['LNO', 'LGPS'])",
    "import sys\nax = ik.plot(window)\nprint(sorted({'matplotlib.pyplot'} & {*sys.modules}), isinstance(ax, plt.Axes))",
)


#: In a process of its own: what kernels and their sockets warn of is not ours.
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], 4)
NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
nbformat.write(notebook, sys.argv[1])
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Outputs of each cell of a notebook that a kernel has executed."""
    if not (find_spec("nbclient") and find_spec("ipykernel")):
        pytest.skip("no kernel of notebooks here; install interfacekit[test]")
    path = tmp_path_factory.mktemp("notebook") / "cells.ipynb"
    empty = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    cells = [{**empty, "id": f"cell-{number}", "source": source} for number, source in enumerate(CELLS)]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    paths = [str(Path(ik.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    environment.pop("MPLBACKEND", None)  # a kernel chooses its own
    subprocess.run([sys.executable, "-c", EXECUTE, str(path)], check=True, env=environment)  # noqa: S603
    return [cell["outputs"] for cell in json.loads(path.read_text())["cells"]]


def kinds(outputs):
    """Types of the contents of each output of a cell."""
    return [{*output.get("data", ["text"])} for output in outputs]


def test_an_executed_notebook_shows_results_and_figures_once(outputs):
    none, window, plot, changed, figure, decomposition, model, hushed, pyplot, several, printed = map(kinds, outputs)
    assert none == hushed == []
    assert window == [{"text/plain", "text/html"}]
    assert plot == changed == figure == [{"text/plain", "image/png"}]
    assert decomposition == model == [{"text/plain", "text/html"}]
    assert pyplot == [{"text/plain", "image/png"}]
    assert several == [{"text/plain"}]
    assert printed == [{"text"}]
    assert "".join(outputs[-1][0]["text"]) == "['matplotlib.pyplot'] True\n"


def test_an_executed_notebook_has_what_the_methods_return(outputs):
    window = ik.electrochemical_window("LNO")
    (shown,), (drawn,), (changed,) = outputs[1:4]
    assert "".join(shown["data"]["text/html"]) == window._repr_html_()
    assert "".join(shown["data"]["text/plain"]) == repr(window)
    image, size = window.plot()._repr_png_()
    assert base64.b64decode("".join(drawn["data"]["image/png"])) == image
    assert drawn["metadata"]["image/png"] == size
    assert drawn["data"]["image/png"] != changed["data"]["image/png"]


@pytest.fixture
def formatted():
    """Contents, and their metadata, that IPython makes of a value."""
    shell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell.instance()
    return shell.display_formatter.format


def test_ipython_formats_results_and_axes(formatted):
    window = ik.electrochemical_window("LNO")
    data, _ = formatted(window)
    assert data == {"text/plain": repr(window), "text/html": window._repr_html_()}
    data, metadata = formatted(ik.plot(window))
    assert data.keys() == {"text/plain", "image/png"}
    assert metadata["image/png"].keys() == {"width", "height"}
    assert formatted(new_axes().figure)[0].keys() == {"text/plain", "image/png"}


def test_results_are_shown_by_methods_that_ipython_looks_for():
    window = ik.electrochemical_window("LNO")
    for name in ("_repr_mimebundle_", "_ipython_display_", "_ipython_canary_method_should_not_exist_", "_repr_png_"):
        assert getattr(window, name, None) is None
    assert window._repr_html_().startswith("<div><table>")
    image, size = ik.plot(window)._repr_png_()
    assert image.startswith(b"\x89PNG")
    assert size.keys() == {"width", "height"}


def test_to_make_results_and_their_repr_loads_nothing_to_show_them():
    code = (
        "import sys, interfacekit as ik; repr(ik.electrochemical_window('LNO')); "
        "print([m for m in ('matplotlib', 'pandas', 'rich', 'IPython', 'interfacekit.report') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout == b"[]\n"  # noqa: S603
