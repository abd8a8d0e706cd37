"""Results into files: the suffix chooses the format, and a file appears whole or not at all."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from interfacekit.atomic import is_same_file, replacing, require_writable
from interfacekit.documents import MOST_RECORD_MiB, read_text
from interfacekit.errors import InputError, InputWarning
from interfacekit.export.netcdf import require_netcdf
from interfacekit.export.suffixes import DATA_SUFFIXES, FIGURE_SUFFIXES, NETCDF_SUFFIX, STRUCTURE_SUFFIXES
from interfacekit.logs import warnings_of
from interfacekit.presentation import together
from interfacekit.results import Result
from interfacekit.store import decode
from interfacekit.wording import legible, one_line, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from interfacekit.transport import StackTransport

SUFFIXES = (*STRUCTURE_SUFFIXES, *DATA_SUFFIXES, NETCDF_SUFFIX, *FIGURE_SUFFIXES)


def load(path: str | Path) -> Any:
    """Read the results in a `.json` file that `save` has written, or a command with `--json`, of this version or 0.1.0.

    Nothing that the file names is imported: it may hold results of this package and, where their class is defined in
    this process, of yours.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    Result or list of Result
        As it was given to `save`; a tuple comes back as a list.

    Raises
    ------
    InputError
        If the file cannot be read, or holds anything else.
    """
    file = _as_path(path)
    text = read_text(file, MOST_RECORD_MiB)
    try:
        found = decode(text)
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # a class may find what it cannot hold
        cause = " ".join(str(error).split())
        raise InputError(f"{legible(file)} holds no results of interfacekit: {cause}") from None
    several = found if isinstance(found, list) else [found]
    odd = next((one for one in several if not isinstance(one, Result)), None)
    if odd is not None or not several:
        raise InputError(
            f"{legible(file)} holds no results of interfacekit but {type(odd if several else found).__name__}; "
            "give a .json file that save has written"
        )
    return found


def check_outputs(
    paths: Iterable[str | Path],
    suffixes: Sequence[str] = SUFFIXES,
) -> list[Path]:
    """Return the paths, after making sure that each can be written in a known format.

    Raises
    ------
    InputError
        If a suffix is unknown, a directory is missing or not writable, two paths are one file, or a netCDF file or a
        figure is asked for and the library that writes it is missing.
    """
    checked: list[Path] = []
    for path in map(_as_path, paths):
        _require_one_name(path, suffixes)
        if path.suffix.lower() not in suffixes:
            found = f"has the unknown suffix {path.suffix!r}" if path.suffix else "has no suffix"
            raise InputError(f"cannot write {path}: it {found}; choose one of {' '.join(suffixes)}")
        if path.suffix.lower() == NETCDF_SUFFIX:
            require_netcdf()
        elif path.suffix.lower() in FIGURE_SUFFIXES:
            _require_matplotlib(path)
        require_writable(path)
        for earlier in checked:
            if is_same_file(earlier, path):
                both = str(path) if earlier == path else f"{path} (as {earlier})"
                raise InputError(f"the output {both} is named twice; name each file once")
        checked.append(path)
    return checked


def _as_path(path: Any) -> Path:
    if not isinstance(path, str | Path):
        raise InputError(f"path must be the name of a file, got {shown(path)}; give text such as 'results.csv'")
    return Path(path)


def _require_results(results: Any) -> None:
    """Raise `InputError` unless there is a result, or several in a list."""
    several = results if isinstance(results, list | tuple) else [results]
    odd = next((one for one in several if not isinstance(one, Result)), None)
    if odd is not None or not several:
        got = "an empty list" if not several else shown(odd)
        raise InputError(f"results must be a result, or a list of one or more, got {got}; give what a function returns")


def _require_one_name(path: Path, suffixes: Sequence[str]) -> None:
    """Raise `InputError` where several names are written as one: `w.pdf,w.csv`."""
    several = [part for part in str(path).split(",") if part.lower().endswith(tuple(suffixes))]
    if len(several) > 1:
        raise InputError(
            f"cannot write {path}: these are several files; repeat the option for each: -o {' -o '.join(several)}"
        )


def _require_matplotlib(path: Path) -> None:
    """Raise `InputError` where no figure can be drawn."""
    with warnings_of("matplotlib") as said:
        try:
            import interfacekit.plots.style  # noqa: F401  # it imports matplotlib
        except Exception as error:  # noqa: BLE001  # settings of the user, in files and the environment, raise many types
            why = said[0] if said else one_line(error)
            raise InputError(f"cannot draw {path}: matplotlib cannot be imported ({why}); mend it") from None
    if said:
        warnings.warn(f"matplotlib: {said[0]}", InputWarning, stacklevel=2)


def save(
    results: Result | Sequence[Result],
    path: str | Path,
    draw: Callable[[], Axes] | None = None,
    *,
    rows: Literal["results", "planes"] = "results",
) -> Path:
    """Write one result, or several of a kind, to a file.

    Parameters
    ----------
    results
        What to write. `.json` holds one document, or a list for a sequence; `monty` reads the results back. `.csv`
        holds their `to_frame()` under each other, with columns that say where the numbers come from. `.nc` (netCDF)
        holds space charges and resistances of stacks only, see `interfacekit.export.netcdf.to_dataset`.
    path
        `.csv`, `.json`, `.nc`, or `.png`, `.svg`, `.pdf` for a figure; `.cif`, `.vasp` (POSCAR) or `.extxyz` for the
        atoms of a crystal or interface; `.extxyz` for the
        sites of a Li network and all images of the bands of barriers.
    draw
        Draws the figure; the usual one for the kind of result when None.
    rows
        Of a `.csv` of stacks: `planes` writes their profiles, see `profile_frame`.

    Raises
    ------
    InputError
        If the file cannot be written, its suffix is unknown, or there are no rows or figure of this kind of result.
    """
    _require_results(results)
    (checked,) = check_outputs([path], _suffixes_of(results))
    suffix = checked.suffix.lower()
    if suffix in FIGURE_SUFFIXES:
        from interfacekit.plots import plot, save_figure

        axes = draw() if draw else plot(results)
        save_figure(cast("Figure", axes.get_figure(root=True)), checked)
    elif suffix == ".csv":
        frame = to_frame(results) if rows == "results" else profile_frame(cast("Any", results))
        _write(checked, frame.to_csv(index=False))
    elif suffix == ".json":
        _write(checked, to_json(results) + "\n")
    else:
        _write_by_kind(results, checked)
    return checked


def _write_by_kind(results: Result | Sequence[Result], path: Path) -> None:
    """Write a file of a format that the class of the results declares."""
    suffix = path.suffix.lower()
    several = [results] if isinstance(results, Result) else list(results)
    write = together(several, lambda presentation: presentation.writers.get(suffix))
    if write is not None:
        write(path)
    elif suffix == NETCDF_SUFFIX:
        raise InputError("a netCDF file holds space charges and resistances of stacks; write others to .csv or .json")
    else:
        raise InputError(f"{type(results).__name__} has no atoms to write to {path}; write .csv, .json or a figure")


def _suffixes_of(results: Result | Sequence[Result]) -> tuple[str, ...]:
    """Suffixes of all formats, and those that only the class of the results has."""
    several = [results] if isinstance(results, Result) else results
    return tuple(dict.fromkeys([*SUFFIXES, *(suffix for one in several for suffix in type(one).presentation.writers)]))


def to_json(results: Result | Sequence[Result]) -> str:
    """Return one strict JSON document: an object for a result, a list for several."""
    document = results.as_dict() if isinstance(results, Result) else [result.as_dict() for result in results]
    return json.dumps(document, indent=2, allow_nan=False, ensure_ascii=False)


def to_frame(results: Result | Sequence[Result]) -> pd.DataFrame:
    """Return the results' frames under each other, with where they come from per row.

    That is the energies' thermo type, source and fingerprint, or the sample, calibration and seed of a transport model.

    Numbers are given to 12 significant digits, which drops the noise of the last bits.
    """
    several: list[Any] = [results] if isinstance(results, Result) else list(results)
    return _joined([(result.to_frame(), getattr(result, "provenance", {})) for result in several])


def profile_frame(results: StackTransport | Sequence[StackTransport]) -> pd.DataFrame:
    """Return the profiles of stacks under each other, a row for each plane, behind columns that say which stack it is.

    Numbers and origins are as in `to_frame`.
    """
    several: list[Any] = [results] if isinstance(results, Result) else list(results)
    frames = []
    for result in several:
        frame = result.profile.to_frame()
        about = {
            "layers": "|".join(result.layers),
            "requested_thickness_nm": result.requested_thickness_nm,
            "thickness_nm": result.thickness_nm,
            "voltage_V": result.voltage_V,
            "temperature_K": result.temperature_K,
            "method": result.method,
        }
        for column, (name, value) in enumerate(about.items()):
            frame.insert(column, name, [value] * len(frame))
        frames.append((frame, result.provenance))
    return _joined(frames)


def _joined(frames: Sequence[tuple[pd.DataFrame, dict[str, Any]]]) -> pd.DataFrame:
    """Frames under each other, with the origins of their numbers in the last columns."""
    import pandas as pd

    origins = [_origin(provenance) for _, provenance in frames]
    # An all-empty column (closed reactions have no voltage) must not change the type of the others.
    together: pd.DataFrame = pd.concat(
        [frame.assign(**origin).astype(object) for (frame, _), origin in zip(frames, origins, strict=True)],
        ignore_index=True,
    )
    # The most columns first: they end with the version.
    last = list(dict.fromkeys(name for origin in sorted(origins, key=len, reverse=True) for name in origin))
    # Results may differ in their parts; columns of one kind, named alike up to a space, stay together.
    kinds = list(dict.fromkeys(str(name).partition(" ")[0] for name in together))
    own = sorted(
        (name for name in map(str, together) if name not in last), key=lambda name: kinds.index(name.partition(" ")[0])
    )
    return together[[*own, *last]].map(lambda cell: float(f"{cell:.12g}") if isinstance(cell, float) else cell)


def _origin(provenance: dict[str, Any]) -> dict[str, Any]:
    """Columns that say where the numbers of a result come from."""
    origin = {
        "thermo_type": "thermo_type",
        "energies_source": "source",
        "energies_sha256": "sha256",
    }
    if not provenance:  # a part of another result
        return {}
    energies = provenance.get("energies")
    columns = {column: energies[key] for column, key in origin.items()} if energies else {}
    parameters = provenance["parameters"]
    columns |= {key: parameters[key] for key in ("sample", "calibration", "seed") if key in parameters}
    return {**columns, "interfacekit_version": provenance["version"]}


def _write(path: Path, content: str) -> None:
    with replacing(path) as temporary:
        temporary.write_text(content, encoding="utf-8")
