"""Checkpoints: what replicas keep on disk, and to which run it belongs."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from interfacekit.atomic import replacing
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray


def prepare(folder: Path, *run: Any) -> Path:
    """Make a directory of checkpoints, or make sure that it belongs to this run.

    Parameters
    ----------
    folder
        Of the checkpoints.
    *run
        All that determines the run: dataclasses, arrays, lists, dicts and plain values.

    Raises
    ------
    InputError
        If the directory cannot be made, or belongs to another run.
    """
    fingerprint = _fingerprint(run)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot keep checkpoints in {folder}: {error.strerror}") from None
    mark = folder / "run.json"
    if mark.is_file():
        try:
            kept = json.loads(mark.read_text(encoding="utf-8")).get("sha256")
        except (OSError, ValueError, AttributeError):
            kept = None
        if kept != fingerprint:
            raise InputError(f"{folder} keeps checkpoints of another run; name another directory, or remove it")
    else:
        with replacing(mark) as temporary:
            temporary.write_text(json.dumps({"sha256": fingerprint}) + "\n", encoding="utf-8")
    return folder


def save(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep arrays by name."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # names of arrays, not options


def load(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Fill arrays with what was kept.

    Raises
    ------
    InputError
        If the file cannot be read, or holds other arrays.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            stored = {name: kept[name] for name in kept.files}
    except (OSError, ValueError, EOFError, KeyError, BadZipFile) as error:
        raise InputError(f"cannot read the checkpoint {path}: {error}; remove it to start anew") from None
    for name, array in arrays.items():
        if name not in stored or stored[name].shape != array.shape or stored[name].dtype != array.dtype:
            raise InputError(f"the checkpoint {path} belongs to another run; remove it, or name another directory")
        array[...] = stored[name]


def _fingerprint(run: tuple[Any, ...]) -> str:
    """Hash of all that determines a run."""
    digest = hashlib.sha256()

    def add(value: Any) -> None:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            for field in dataclasses.fields(value):
                digest.update(field.name.encode())
                add(getattr(value, field.name))
        elif isinstance(value, np.ndarray):
            digest.update(f"{value.dtype}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
        elif isinstance(value, dict):
            add(sorted(value.items()))
        elif isinstance(value, list | tuple):
            digest.update(f"[{len(value)}".encode())
            for item in value:
                add(item)
        else:
            digest.update(f"{type(value).__name__}{value!r}".encode())

    for part in run:
        add(part)
    return digest.hexdigest()
