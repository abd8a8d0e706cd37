"""Records of a sweep on disk: one JSON file per point, from which an interrupted sweep continues."""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from interfacekit.atomic import make_folder, replacing, require_writable
from interfacekit.checksums import PLACEHOLDER, Damaged, verify, warn_of_damaged, with_checksum
from interfacekit.documents import MOST_RECORD_MiB, parse_json, read_kept
from interfacekit.errors import InputError
from interfacekit.results import Result, has_rows, rebuilt
from interfacekit.saved import former_task
from interfacekit.versions import package_version
from interfacekit.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd

#: Columns of every record; arguments of a task must have other names.
RECORD_COLUMNS = ("status", "error", "seconds", "key")
_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Record(Result):
    """Outcome of one point of a sweep. The computing time does not count in comparisons.

    Attributes
    ----------
    key
        SHA-256 of the task, the version of the package and the point, see `record_key`.
    point
        Arguments of the task.
    status
        `done` or `failed`.
    result
        Return value of the task; None if it failed.
    error
        Type and message of the exception, in one line; None if done.
    seconds
        Computing time, s; None if the worker was lost.
    provenance
        Version of the package, and the task.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import sweep
    >>> record = sweep.run(ik.decomposition, sweep.grid(name=["LGPS"], voltage_V=[0.0]))[0]
    >>> record.status, record.point
    ('done', {'name': 'LGPS', 'voltage_V': 0.0})
    """

    key: str
    point: dict[str, Any]
    status: Literal["done", "failed"]
    result: Any
    error: str | None
    seconds: float | None = field(compare=False)
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return the rows of the result (one if it is not a table), with the point, status, error and time in front.

        Columns of the result with one of these names are prefixed by `result_`.
        """
        import pandas as pd

        frame = _frame(self.result)
        own = {**self.point, **{name: getattr(self, name) for name in RECORD_COLUMNS}}
        frame = frame.rename(columns={name: f"result_{name}" for name in frame if name in own})
        before = {name: [value] * len(frame) for name, value in own.items()}
        return pd.concat([pd.DataFrame(before, index=frame.index), frame], axis=1)


def record_key(task: str, point: Mapping[str, Any]) -> str:
    """Key of a point: SHA-256 in hex of the name of the task, the version of the package and the point.

    The order of the arguments is irrelevant. Equal numbers are the same (300 and 300.0 are one temperature); True and 1
    are not.

    Parameters
    ----------
    task
        Module and name of the function; `interfacekit` is the module of all functions of this package. Its code is not
        part of the key.
    point
        Arguments: numbers, text, None, and lists and dicts of them.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    InputError
        If an argument cannot be represented in JSON, or is not finite.
    """
    content = {
        "task": task,
        "version": package_version(),
        "point": {name: _canonical(value, name) for name, value in point.items()},
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: Any, name: str) -> Any:
    """Representation of a value in a key."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InputError(f"{name} must be finite in a point of the grid, got {value}")
        return int(value) if value.is_integer() else value
    if isinstance(value, list | tuple):
        return [_canonical(item, name) for item in value]
    if isinstance(value, dict):
        # A decoder would read keys that begin with @ as class marks.
        wrong = next((key for key in value if not isinstance(key, str) or key.startswith("@")), None)
        if wrong is None:
            return {key: _canonical(item, name) for key, item in value.items()}
        raise InputError(
            f"keys of {name} must be text that does not begin with @, got {wrong!r} in a point of the grid"
        )
    raise InputError(
        f"{name} must be a number, text, True, False or None, or lists or dicts of them, got {type(value).__name__} "
        "in a point of the grid"
    )


class Store:
    """Folder of records, one file `KEY.json` each, which appears whole or not at all.

    Parameters
    ----------
    path
        Folder; created if it is missing.

    Raises
    ------
    InputError
        If it is not a folder, or not writable.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit import sweep
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     store = sweep.Store(folder)
    ...     records = sweep.run(ik.decomposition, sweep.grid(name=["LGPS"], voltage_V=[0.0, 4.0]), store=store)
    ...     [record.point["voltage_V"] for record in store]
    [0.0, 4.0]
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        make_folder(self.path, "keep records")
        require_writable(self._file("0" * 64))

    def __iter__(self) -> Iterator[Record]:
        """Iterate over all records in the order of their tasks and points; see `known` for damaged ones.

        Raises
        ------
        InputError
            If a file cannot be read.
        """
        keys = [path.stem for path in self.path.glob("*.json") if _KEY.fullmatch(path.stem)]
        return iter(sorted(self.known(keys).values(), key=_order))

    def read(self, key: str) -> Record | None:
        """Return the record of a key, or None; see `known`.

        Parameters
        ----------
        key
            Key of the record.

        Returns
        -------
        Record or None
            None if there is no record.
        """
        return self.known([key]).get(key)

    def known(self, keys: Iterable[str]) -> dict[str, Record]:
        """Return the existing records of some keys.

        Each file has a checksum. Damaged files count as missing, with one `InputWarning` for all of them: a sweep
        computes these points again.

        Parameters
        ----------
        keys
            Keys of records.

        Returns
        -------
        dict
            Records by key.

        Raises
        ------
        InputError
            If a file is not a regular one, cannot be read, or has a newer format.
        """
        records, damaged = {}, []
        for key in keys:
            try:
                records[key] = self._read(key)
            except FileNotFoundError:
                continue
            except Damaged as reason:
                damaged.append(f"{key}.json: {reason}")
        warn_of_damaged(self.path, "record", ("counts as missing", "count as missing"), damaged)
        return records

    def of_task(self, task: str, points: Mapping[str, Mapping[str, Any]]) -> dict[str, Record]:
        """Return the existing records of points, also those of 0.1.0, which named tasks by their modules.

        Parameters
        ----------
        task
            Name of the task, see `record_key`.
        points
            Points by key.

        Returns
        -------
        dict
            Records by key.

        Raises
        ------
        InputError
            See `known`.
        """
        records = self.known(points)
        former = former_task(task)
        if former is not None:
            keys = {record_key(former, point): key for key, point in points.items() if key not in records}
            records |= {keys[old]: replace(record, key=keys[old]) for old, record in self.known(keys).items()}
        return records

    def _read(self, key: str) -> Record:
        path = self._file(key)
        content = read_kept(path, MOST_RECORD_MiB)
        verify(io.BytesIO(content), path)
        try:
            record = decode(content.decode())["record"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Damaged(f"it holds no record ({one_line(error)})") from None
        if not isinstance(record, Record) or record.key != key:
            raise Damaged("it is not the record of its name")
        return record

    def write(self, record: Record) -> None:
        """Write a record, replacing an older one of its point.

        Parameters
        ----------
        record
            Record of a point.

        Raises
        ------
        InputError
            If the folder is not writable any more.
        ComputationError
            If the disk is full.
        """
        path = self._file(record.key)
        content = f'{{"record": {record.to_json()}, "checksum": "{PLACEHOLDER}"}}\n'.encode()
        # Without syncing the folder, which takes longer than the file: a power failure costs one point.
        with replacing(path, sync_folder=False) as temporary:
            temporary.write_bytes(with_checksum(content))

    def to_frame(self) -> pd.DataFrame:
        """Concatenate the frames of all records."""
        import pandas as pd

        # An all-empty column (no point failed) must not change the type of the others.
        frames = [record.to_frame().astype(object) for record in self]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()

    def _file(self, key: str) -> Path:
        return self.path / f"{key}.json"


def decode(text: str) -> Any:
    """Read strict JSON with results of this package, or plain data.

    `MontyDecoder` imports any module and builds any class named in a document. A file may name only results of this
    package and crystals in them, which are built from plain numbers.

    Raises
    ------
    ValueError
        If it is not strict JSON, or names anything else.
    """
    document = parse_json(text, "it")
    try:
        return rebuilt(document)
    except TypeError as error:  # a field is missing or unknown
        raise ValueError(str(error)) from None


def _frame(result: Any) -> pd.DataFrame:
    import pandas as pd

    several = result if isinstance(result, tuple) and result else (result,)
    if all(map(has_rows, several)):
        frame: pd.DataFrame = pd.concat([one.to_frame().astype(object) for one in several], ignore_index=True)
        return frame if len(frame) else pd.DataFrame(index=[0])
    if isinstance(result, dict):
        return pd.DataFrame([result])
    return pd.DataFrame(index=[0]) if result is None else pd.DataFrame({"result": [result]})


def _order(record: Record) -> tuple[Any, ...]:
    def rank(value: Any) -> tuple[bool, float, str]:
        number = isinstance(value, int | float)
        return not number, value if number else 0.0, json.dumps(_canonical(value, ""), sort_keys=True)

    point = [(name, rank(value)) for name, value in sorted(record.point.items())]
    return record.provenance["parameters"]["task"], point, record.key
