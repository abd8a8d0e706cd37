"""Results into files: the suffix chooses the format, and a file appears whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from interfacekit.atomic import replacing, require_writable
from interfacekit.errors import InputError
from interfacekit.results import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DATA_SUFFIXES = (".csv", ".json")
FIGURE_SUFFIXES = (".png", ".svg", ".pdf")


def check_outputs(paths: Iterable[str | Path], suffixes: Sequence[str] = DATA_SUFFIXES + FIGURE_SUFFIXES) -> list[Path]:
    """Return the paths, after making sure that each can be written in a known format.

    Raises
    ------
    InputError
        If a suffix is unknown, a directory is missing or not writable, or a path is named twice.
    """
    checked: list[Path] = []
    for path in map(Path, paths):
        if path.suffix.lower() not in suffixes:
            found = f"has the unknown suffix {path.suffix!r}" if path.suffix else "has no suffix"
            raise InputError(f"cannot write {path}: it {found}; choose one of {' '.join(suffixes)}")
        require_writable(path)
        if path in checked:
            raise InputError(f"the output {path} is named twice; name each file once")
        checked.append(path)
    return checked


def save(results: Result | Sequence[Result], path: str | Path, draw: Callable[[], Axes] | None = None) -> Path:
    """Write one result, or several of a kind, to a file.

    Parameters
    ----------
    results
        What to write. `.json` holds one document, or a list for a sequence; `monty` reads the results back. `.csv`
        holds their `to_frame()` under each other, with columns that say where the energies come from.
    path
        `.csv`, `.json`, or `.png`, `.svg`, `.pdf` for a figure.
    draw
        Draws the figure; the usual one for the kind of result when None.

    Raises
    ------
    InputError
        If the file cannot be written, or its suffix is unknown.
    """
    (checked,) = check_outputs([path])
    suffix = checked.suffix.lower()
    if suffix in FIGURE_SUFFIXES:
        from interfacekit.plots import plot, save_figure

        axes = draw() if draw else plot(results)
        save_figure(cast("Figure", axes.get_figure(root=True)), checked)
    elif suffix == ".csv":
        content = to_frame(results).to_csv(index=False)
        _write(checked, content)
    else:
        _write(checked, to_json(results) + "\n")
    return checked


def to_json(results: Result | Sequence[Result]) -> str:
    """Return one strict JSON document: an object for a result, a list for several."""
    document = results.as_dict() if isinstance(results, Result) else [result.as_dict() for result in results]
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)


def to_frame(results: Result | Sequence[Result]) -> pd.DataFrame:
    """Return the results' frames under each other, with where they come from per row.

    That is the energies' thermo type, source and fingerprint, or the sample, calibration and seed of a transport model.

    Numbers are given to 12 significant digits, which drops the noise of the last bits.
    """
    import pandas as pd

    frames = []
    for result in [results] if isinstance(results, Result) else results:
        tabular: Any = result
        provenance = tabular.provenance
        origin = {
            "thermo_type": "thermo_type",
            "energies_source": "source",
            "energies_sha256": "sha256",
        }
        energies = provenance.get("energies")
        columns = {column: energies[key] for column, key in origin.items()} if energies else {}
        parameters = provenance["parameters"]
        columns |= {key: parameters[key] for key in ("sample", "calibration", "seed") if key in parameters}
        frames.append(tabular.to_frame().assign(**columns, interfacekit_version=provenance["version"]))
    # An all-empty column (closed reactions have no voltage) must not change the type of the others.
    together: pd.DataFrame = pd.concat([frame.astype(object) for frame in frames], ignore_index=True)
    return together.map(lambda cell: float(f"{cell:.12g}") if isinstance(cell, float) else cell)


def _write(path: Path, content: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(content, encoding="utf-8")
