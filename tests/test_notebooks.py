"""What a notebook shows: by the kernel of one where it is installed, by IPython's formatters otherwise."""

import os
import subprocess
import sys
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


@pytest.fixture(scope="module")
def outputs():
    """Outputs of the cells of a notebook that a kernel has executed."""
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    v4 = nbformat.v4
    notebook = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in CELLS])
    paths = [str(Path(ik.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    environment.pop("MPLBACKEND", None)  # a kernel chooses its own
    client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3")
    client.execute(env=environment)
    return [cell.outputs for cell in notebook.cells]


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
    assert outputs[-1][0].text == "['matplotlib.pyplot'] True\n"


def test_an_executed_notebook_has_what_the_methods_return(outputs):
    html = outputs[1][0].data["text/html"]
    assert html == ik.electrochemical_window("LNO")._repr_html_()
    assert outputs[1][0].data["text/plain"] == repr(ik.electrochemical_window("LNO"))
    assert outputs[2][0].metadata["image/png"] == ik.electrochemical_window("LNO").plot()._repr_png_()[1]
    assert outputs[3][0].data["image/png"] != outputs[2][0].data["image/png"]


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
