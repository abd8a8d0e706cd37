"""Records on disk: what they are known by, that they come back equal, and that files of others do no harm."""

import json
import os
import sys
from errno import ENOSPC
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interfacekit import sweep
from interfacekit.checksums import PLACEHOLDER, with_checksum
from interfacekit.errors import ComputationError, InputError, InputWarning
from interfacekit.export import files as export
from interfacekit.store import Record, Store, decode, record_key
from interfacekit.thermo import ErrorModel
from interfacekit.versions import package_version
from tests.children import start
from tests.sweep_tasks import fragile, lattice_gas, numbers

#: Each is another point, whatever their types.
DIFFERENT = [
    *(None, True, False, 0, 1, -1, 1.5, 0.1, 0.1 + 2**-56, 2**53, 2**53 + 1, 1e300, "", "1", "1.0", "true", "null"),
    *([], [1], [[1]], [1, 2], [2, 1], ["1"], {}, {"a": 1}, {"a": None}, {"b": 1}, {"a": 1, "b": 2}, [{"a": 1}]),
]
EQUAL = [(0, -0.0), (1, 1.0), (2**53, 2.0**53), ([1, 2], (1.0, 2)), ({"a": 1, "b": 2}, {"b": 2.0, "a": 1})]
names = st.text(max_size=3).filter(lambda name: not name.startswith("@"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
points = st.dictionaries(names, values, max_size=4)


def kinds(value):
    """A value with what JSON tells apart but python does not: True is not 1, while 1.0 is."""
    if isinstance(value, dict):
        return {name: kinds(item) for name, item in value.items()}
    return [kinds(item) for item in value] if isinstance(value, list) else (isinstance(value, bool), value)


@given(points, st.randoms(use_true_random=False))
def test_the_order_of_the_arguments_does_not_matter(point, random):
    items = list(point.items())
    random.shuffle(items)
    key = record_key("task", point)
    assert record_key("task", dict(items)) == key
    assert record_key("task", json.loads(json.dumps(point))) == key
    assert record_key("another", point) != key
    assert len(key) == 64


@given(points, points)
def test_points_have_the_same_key_where_they_are_equal(point, other):
    assert (record_key("task", point) == record_key("task", other)) == (kinds(point) == kinds(other))


def test_different_values_have_different_keys():
    assert len({record_key("task", {"x": value}) for value in DIFFERENT}) == len(DIFFERENT)


@pytest.mark.parametrize(("value", "same"), EQUAL)
def test_equal_numbers_have_the_same_key(value, same):
    assert record_key("task", {"x": value}) == record_key("task", {"x": same})


def test_another_version_has_another_key(monkeypatch):
    key = record_key("task", {})
    monkeypatch.setattr("interfacekit.store.package_version", lambda: package_version() + ".1")
    assert record_key("task", {}) != key


def record(point, result=None, error=None, task="task"):
    origin = {"package": "interfacekit", "version": package_version(), "parameters": {"task": task}}
    return Record(record_key(task, point), point, "failed" if error else "done", result, error, 0.1, origin)


@given(points, values, st.none() | st.text(min_size=1))
def test_what_is_written_is_read(tmp_path_factory, point, result, error):
    store = Store(tmp_path_factory.getbasetemp() / "records")
    one = record(point, result, error)
    store.write(one)
    back = Store(store.path).read(one.key)
    assert back == one
    assert back.seconds == one.seconds
    assert back.to_json() == one.to_json()


def test_results_come_back_as_results(tmp_path):
    store = Store(tmp_path)
    gas = lattice_gas(500.0, 0.25, 1)
    one = record({"temperature_K": 500}, {"runs": (gas, gas)})
    store.write(one)
    assert store.read(one.key) == one
    assert type(store.read(one.key).result["runs"][0]) is type(gas)


def test_records_are_in_the_order_of_their_points(tmp_path):
    ordered = [
        record({"x": 2, "name": "a"}),
        record({"x": 10.5, "name": "a"}),
        record({"x": 1, "name": "b"}),
        record({"x": "1", "name": "b"}),
        record({"x": [1], "name": "b"}),
        record({"x": 0, "name": "a"}, task="tasks"),
    ]
    for one in reversed(ordered):
        Store(tmp_path).write(one)
    assert list(Store(tmp_path)) == ordered


def test_files_of_others_are_left_alone(tmp_path):
    store = Store(tmp_path)
    one = record({"x": 1})
    store.write(one)
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "notes.json").write_text("{")
    (tmp_path / ".interfacekit-0.json").write_text("{")  # of a sweep that was killed while it wrote
    assert list(store) == [one]
    assert store.read("0" * 64) is None


def written(document):
    """A file of a record with the right checksum, whatever it holds."""
    text = document if isinstance(document, str) else json.dumps(document)
    return with_checksum(f'{{"record": {text}, "checksum": "{PLACEHOLDER}"}}'.encode())


def flipped(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


DAMAGES = {
    "empty": (lambda whole: b"", "it is empty"),
    "truncated": (lambda whole: whole[: len(whole) // 2], "it has no checksum"),
    "without its end": (lambda whole: whole[:-2], "does not match"),
    "with more": (lambda whole: whole + b" ", "does not match"),
    "a flipped bit": (lambda whole: flipped(whole, 100), "does not match"),
    "a flipped bit of the checksum": (lambda whole: flipped(whole, -8), "does not match|no checksum"),
    "zeros": (lambda whole: bytes(len(whole)), "it has no checksum"),
    "another file": (lambda whole: b"\x89PNG", "it has no checksum"),
    "no checksum": (lambda whole: b'{"@module": "interfacekit.store", "@class": "Record"}', "it has no checksum"),
    "deep": (lambda whole: written("[" * 100_000 + "]" * 100_000), "it holds no record"),
    "no record": (lambda whole: written({}), "it is not the record of its name"),
    "not a number": (lambda whole: written('{"x": NaN}'), "it holds no record"),
    "a part": (lambda whole: written({"@module": "interfacekit.store", "@class": "Record"}), "it holds no record"),
    "text": (lambda whole: written('"\xff"').replace(b"\xc3", b"\xff"), "does not match"),
}


@pytest.mark.parametrize(("damage", "told"), DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_record_is_reported_and_its_point_computed_anew(damage, told, tmp_path):
    whole = sweep.run(numbers, sweep.grid(x=[0, 1, 2]), store=tmp_path)
    path = tmp_path / f"{whole[1].key}.json"
    before = path.read_bytes()
    path.write_bytes(damage(before))
    store = Store(tmp_path)
    line = rf"^in [^\n]* 1 record is damaged and counts as missing \({whole[1].key}.json: [^\n]*{told}[^\n]*\)$"
    with pytest.warns(InputWarning, match=line):
        assert store.read(whole[1].key) is None
    with pytest.warns(InputWarning, match=line):
        assert list(store) == [whole[0], whole[2]]
    with pytest.warns(InputWarning, match=line):
        assert sweep.run(numbers, sweep.grid(x=[0, 1, 2]), store=store) == whole
    assert store.read(whole[1].key) == whole[1]


@settings(max_examples=50)
@given(st.data())
def test_any_flipped_bit_is_found(tmp_path_factory, data):
    store = Store(tmp_path_factory.getbasetemp() / "flipped")
    one = record({"x": 1}, {"number": 1.5})
    store.write(one)
    path = store.path / f"{one.key}.json"
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with pytest.warns(InputWarning, match="1 record is damaged"):
        assert store.read(one.key) is None


def test_damaged_records_are_reported_in_one_line(tmp_path):
    whole = sweep.run(numbers, sweep.grid(x=range(5)), store=tmp_path)
    for one in whole[:3]:
        (tmp_path / f"{one.key}.json").write_text("")
    with pytest.warns(
        InputWarning, match=r"3 records are damaged and count as missing \([^\n]* and 2 more\)"
    ) as caught:
        assert sweep.run(numbers, sweep.grid(x=range(5)), store=tmp_path) == whole
    assert len(caught) == 1


def test_a_record_of_another_point_is_computed_anew(tmp_path):
    first, second = sweep.run(numbers, sweep.grid(x=[1, 2]), store=tmp_path)
    (tmp_path / f"{second.key}.json").write_bytes((tmp_path / f"{first.key}.json").read_bytes())
    with pytest.warns(InputWarning, match="it is not the record of its name"):
        assert sweep.run(numbers, sweep.grid(x=[1, 2]), store=tmp_path) == (first, second)


def test_a_record_of_a_newer_format_is_refused_and_kept(tmp_path):
    (one,) = sweep.run(numbers, [{"x": 1}], store=tmp_path)
    path = tmp_path / f"{one.key}.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("interfacekit.store.PLACEHOLDER", PLACEHOLDER.replace("/1 ", "/2 "))
        Store(tmp_path).write(one)
    before = path.read_bytes()
    with pytest.raises(InputError, match=rf"^{path} has format 2, but [^\n]* up to 1; [^\n]*name another directory$"):
        sweep.run(numbers, [{"x": 1}], store=tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (Path.mkdir, "Is a directory"),
        (os.mkfifo, r"it is a pipe \(FIFO\)"),
        (lambda path: path.symlink_to("/dev/zero"), "it is a device"),
        (lambda path: path.touch() or os.truncate(path, 1 << 36), "must have at most 256 MiB, got 65536"),
    ],
    ids=["folder", "pipe", "device", "too large"],
)
def test_a_record_that_cannot_be_read_is_refused(make, told, tmp_path):
    key = record_key("task", {})
    make(tmp_path / f"{key}.json")
    with pytest.raises(InputError, match=rf"{key}.json:? {told}; remove it, or name another folder$"):
        Store(tmp_path).read(key)


def test_what_was_left_by_a_killed_process_is_removed_when_a_store_is_opened(tmp_path):
    (tmp_path / ".interfacekit-0123.json").write_text("half")
    (tmp_path / ".other-0123.json").write_text("mine")
    Store(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".other-0123.json"]


def test_a_sweep_says_from_where_it_goes_on(tmp_path, resumed):
    sweep.run(numbers, sweep.grid(x=[0, 1]), store=tmp_path)
    assert resumed.messages == []
    sweep.run(numbers, sweep.grid(x=[0, 1, 2]), store=tmp_path)
    assert resumed.messages == [f"2 of 3 points are in {tmp_path}"]


HOSTILE = [
    {"@module": "os", "@class": "system"},
    {"@module": "a_hostile_module", "@class": "Anything"},
    {"@module": "a_hostile_module", "@callable": "anything", "@bound": None},
    {"@module": "interfacekit_hostile", "@class": "Record"},
    {"@module": "interfacekit.store", "@class": "Store", "path": "made"},
    {"@module": "interfacekit.store", "@class": "Path"},
    {"@module": "interfacekit.store", "@class": "Result"},  # which it imports, and is not its own
    {"@module": "interfacekit.store", "@class": "no_such_class"},
    {"@module": "interfacekit.no_such_module", "@class": "NoSuchClass"},
    {"@module": "interfacekit.store", "@callable": "import_module"},
    {"@module": "interfacekit.__main__", "@class": "Record"},
    {"@module": "datetime", "@class": "datetime", "string": "2026-01-01"},
    {"@module": "numpy", "@class": "array", "dtype": "object", "data": []},
    {"@module": ["os"], "@class": {"a": 1}},
    {"@class": "Record"},
    {"@anything": 1},
]


@pytest.mark.parametrize("document", HOSTILE, ids=lambda document: json.dumps(document)[:60])
def test_a_file_cannot_name_what_is_no_result(document, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("a_hostile_module", "interfacekit_hostile"):
        (tmp_path / f"{name}.py").write_text("")
    for text in (json.dumps(document), json.dumps({"x": [document]})):
        with pytest.raises(ValueError, match="which is not a result of interfacekit"):
            decode(text)
    store = Store(tmp_path / "store")
    one = record({"x": 1})
    for where in ("result", "point", "provenance"):
        content = written({**one.as_dict(), where: {"inside": [document]}})
        (store.path / f"{one.key}.json").write_bytes(content)
        with pytest.warns(InputWarning, match="which is not a result of interfacekit"):
            assert store.read(one.key) is None
    assert not {"a_hostile_module", "interfacekit_hostile", "interfacekit.__main__"} & sys.modules.keys()
    assert not (tmp_path / "made").exists()


def test_keys_that_databases_give_a_meaning_are_text(tmp_path):
    assert decode('{"$numberLong": "1", "$oid": "2"}') == {"$numberLong": "1", "$oid": "2"}


def test_a_folder_that_cannot_be_is_told_before_any_work(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.touch()
    for path, told in [(file, "file is a file; name another"), (file / "in", "file is a file; name"), ("a\0b", "null")]:
        with pytest.raises(InputError, match=told):
            sweep.run(fragile, [{"x": 1, "healed": ""}], store=path)
    assert list(Path(tmp_path).iterdir()) == [file]


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path, monkeypatch):
    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("interfacekit.atomic.os.open", refused)
    with pytest.raises(InputError, match="Permission denied"):
        Store(tmp_path)


def test_a_full_disk_leaves_no_half_a_record(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.write(record({"x": 1}))

    def full(path, content):
        with path.open("wb") as file:
            file.write(content[:10])
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    for x in (1, 2):
        with pytest.raises(ComputationError, match="No space left on device"):
            store.write(record({"x": x}))
    assert list(store) == [record({"x": 1})]
    assert len(list(tmp_path.iterdir())) == 1


def test_the_frame_has_points_results_and_failures(tmp_path):
    store = Store(tmp_path / "store")
    assert store.to_frame().empty
    sweep.run(lattice_gas, sweep.grid(temperature_K=[500.0, -1.0], filling=[0.5], seed=[1]), store=store)
    frame = store.to_frame()
    assert list(frame["temperature_K"]) == [-1.0, 500.0]
    assert list(frame["status"]) == ["failed", "done"]
    assert frame["error"][0].startswith("InputError: ")
    gas = lattice_gas(500.0, 0.5, 1)
    assert frame["result_temperature_K"][1] == 500.0
    assert frame["conductivity_S_cm"][1] == gas.conductivity_S_cm
    assert pd.isna(frame["conductivity_S_cm"][0])
    assert list(frame.columns[:7]) == ["temperature_K", "filling", "seed", "status", "error", "seconds", "key"]
    saved = pd.read_csv(export.save(list(store), tmp_path / "sweep.csv"))
    assert list(saved["status"]) == ["failed", "done"]
    assert saved["conductivity_S_cm"][1] == pytest.approx(gas.conductivity_S_cm)


@pytest.mark.parametrize(
    ("result", "columns", "rows"),
    [
        ({"a": 1, "x": 2}, {"x": 7, "a": 1, "result_x": 2}, 1),
        ([1, 2], {"x": 7, "result": (1, 2)}, 1),
        (3.5, {"x": 7, "result": 3.5}, 1),
        (None, {"x": 7}, 1),
        ([record({"y": 1}, 2), record({"y": 3}, 4)], {"x": 7, "y": 1, "result": 2}, 2),
        (ErrorModel(), {"x": 7, "result": ErrorModel()}, 1),
    ],
)
def test_the_frame_of_a_record(result, columns, rows):
    frame = record({"x": 7}, result).to_frame()
    assert len(frame) == rows
    assert {name: frame[name][0] for name in columns} == columns


def _sweep_into(folder):
    sweep.run(numbers, sweep.grid(x=range(40)), store=folder)


def test_processes_that_share_a_store_leave_each_other_alone(tmp_path):
    store = tmp_path / "shared"
    sweeps = [start(_sweep_into, store) for _ in range(3)]
    while any(process.is_alive() for process in sweeps):
        Store(store)  # removes what it takes for abandoned
    assert [process.exitcode for process in sweeps] == [0, 0, 0]
    assert len(list(Store(store))) == 40
    assert len(list(store.iterdir())) == 40
