"""Files and folders that a configuration names: none is input and output at once, and a folder is no file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacekit.atomic import is_same_file, no_folder
from interfacekit.errors import InputError
from interfacekit.wording import legible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from interfacekit.config.models import RunConfig

#: Options that name files to read, and folders that keep what is finished.
_INPUTS = ("entries", "crystal", "crystals", "barrier_table")
_FOLDERS = ("store", "checkpoint", "results")
#: Of the files in such a folder: only these can be outputs, too.
_KEPT_SUFFIX = ".json"


def check_files(options: RunConfig, config: Path | None = None) -> None:
    """Check that outputs take the place of no input, and that folders of finished work can be made.

    Parameters
    ----------
    options
        Of a command or a workflow.
    config
        The file that they were read from.

    Raises
    ------
    InputError
        If an output is an input or one of the files that a store or checkpoint keeps, such a folder is a file, or a
        path cannot be looked at.
    """
    try:
        _check(options, config)
    except OSError as error:  # no permission, or a name too long
        raise InputError(f"cannot read {legible(error.filename or 'a file')}: {error.strerror}") from None


def _check(options: RunConfig, config: Path | None) -> None:
    folders = [(key, path) for key in _FOLDERS if (path := getattr(options, key, None)) is not None]
    for key, folder in folders:
        _require_folder(key, folder)
    inputs = [*_inputs(options), *(() if config is None else (("config", config),))]
    for output in options.output:
        for key, path in inputs:
            if is_same_file(output, path):
                raise InputError(f"the output {output} is the input of {key}; write to another file")
        for key, folder in folders:
            kept = output.suffix.lower() == _KEPT_SUFFIX and folder.resolve() in output.resolve().parents
            if kept or is_same_file(output, folder):
                raise InputError(f"the output {output} lies among the files of {key} {folder}; write it elsewhere")


def _inputs(options: Any) -> Iterator[tuple[str, Path]]:
    """Files to read, with the options that name them."""
    for key in _INPUTS:
        value = getattr(options, key, None) or ()
        for name in value if isinstance(value, list | tuple) else (value,):
            if isinstance(name, str | Path) and Path(name).is_file():
                yield key, Path(name)
    for path in getattr(getattr(options, "materials", None), "paths", ()):
        yield "materials", path


def _require_folder(key: str, folder: Path) -> None:
    """Raise `InputError` where a folder, or one that it is to be made in, is a file or a link to nothing."""
    why = no_folder(folder)
    if why is not None:
        raise InputError(f"{key} must be a folder, got {folder}: {why}; name another one")
