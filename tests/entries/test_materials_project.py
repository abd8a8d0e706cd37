"""The live database behind a fake mp-api: what is asked, what is kept, and what a failure says."""

import json
import sys
import types
from urllib.parse import quote

import pytest
from pymatgen.core import Lattice, Structure
from pymatgen.entries.computed_entries import ComputedEntry

from interfacekit.entries import load_entries
from interfacekit.entries.materials_project import cache_directory, load_structure
from interfacekit.errors import InputError
from interfacekit.structure import crystal

KEY = "s3cr+t/key==0123456789abcdefghij"
ENTRIES = [
    ComputedEntry("Li2", -3.8, entry_id="mp-1"),
    ComputedEntry("O2", -9.86, entry_id="mp-2"),
    ComputedEntry("Li2O", -14.3, correction=-0.687, entry_id="mp-3"),
    ComputedEntry("Li4O2", -28.5, correction=-1.374, entry_id="mp-4"),
    ComputedEntry("Li2O2", -19.4, correction=-0.93, entry_id="mp-5"),
]


class FakeDatabase:
    """Stands for `mp_api.client`: its `MPRester` records every question, and answers or fails as told."""

    def __init__(self):
        self.keys, self.questions, self.closed = [], [], 0
        self.answer, self.version = list(ENTRIES), "2025.09.25"
        self.failure = self.failure_at_start = None
        self.structures = {}

    def module(self):
        database = self

        class MPRester:
            def __init__(self, api_key):
                database.keys.append(api_key)
                if database.failure_at_start:
                    raise database.failure_at_start
                self.db_version = database.version

            def __enter__(self):
                return self

            def __exit__(self, *exc_info):
                database.closed += 1

            def get_entries_in_chemsys(self, elements, additional_criteria=None):
                database.questions.append((elements, additional_criteria))
                if database.failure:
                    raise database.failure
                return database.answer

            def get_structure_by_material_id(self, material_id, *, conventional_unit_cell=False):
                database.questions.append((material_id, conventional_unit_cell))
                if material_id not in database.structures:
                    raise ValueError("no such material")
                return database.structures[material_id]

        client = types.ModuleType("mp_api.client")
        client.MPRester = MPRester
        return client


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("INTERFACEKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def database(monkeypatch):
    fake = FakeDatabase()
    monkeypatch.setitem(sys.modules, "mp_api", types.ModuleType("mp_api"))
    monkeypatch.setitem(sys.modules, "mp_api.client", fake.module())
    monkeypatch.setenv("MP_API_KEY", KEY)
    monkeypatch.delenv("PMG_MAPI_KEY", raising=False)
    return fake


@pytest.fixture
def offline(monkeypatch):
    """Take mp-api, the key and with them the database away."""

    def take_away():
        monkeypatch.setitem(sys.modules, "mp_api", None)
        monkeypatch.delitem(sys.modules, "mp_api.client", raising=False)
        monkeypatch.delenv("MP_API_KEY", raising=False)
        monkeypatch.delenv("PMG_MAPI_KEY", raising=False)

    return take_away


def kept(cache):
    return [path for path in cache.rglob("*") if not path.is_dir()]


def refuse(what, source="mp", elements="Li-O", **kwargs):
    with pytest.raises(InputError, match=what) as caught:
        load_entries(source, elements, **kwargs)
    assert len(str(caught.value).splitlines()) == 1
    return caught.value


def test_the_energies_are_the_corrected_ones(database):
    table = load_entries("mp", "O-Li")
    assert table.formulas == ("Li", "Li2O", "Li2O2", "O")
    oxide = (-14.3 - 0.687 + 2 * 1.9 + 4.93) / 3
    peroxide = (-19.4 - 0.93 + 2 * 1.9 + 2 * 4.93) / 4
    assert table.formation_energies_eV_per_atom == pytest.approx([0, oxide, peroxide, 0], abs=1e-12)
    assert (table.thermo_type, table.source) == ("GGA_GGA+U", "mp 2025.09.25")
    assert database.questions == [(["Li", "O"], {"thermo_types": ["GGA_GGA+U"]})]
    assert database.closed == 1


@pytest.mark.parametrize(
    ("source", "asked", "expected"),
    [("mp", "R2SCAN", "R2SCAN"), ("mp:R2SCAN", None, "R2SCAN"), ("mp", None, "GGA_GGA+U")],
)
def test_the_thermo_type_that_is_asked_for(database, source, asked, expected):
    assert load_entries(source, "Li-O", thermo_type=asked).thermo_type == expected
    assert database.questions[0][1] == {"thermo_types": [expected]}


def test_thermo_types_are_kept_apart(database):
    first = load_entries("mp", "Li-O")
    database.answer = [ComputedEntry("Li", -2.3), ComputedEntry("O", -5.1), ComputedEntry("Li2O", -16)]
    second = load_entries("mp:R2SCAN", "Li-O")
    assert len(database.questions) == 2
    assert load_entries("mp", "Li-O") == first != second
    with pytest.raises(InputError, match="no common zero"):
        first.join(second)


@pytest.mark.parametrize(
    ("variables", "key"),
    [
        ({"MP_API_KEY": "first", "PMG_MAPI_KEY": "second"}, "first"),
        ({"PMG_MAPI_KEY": "second"}, "second"),
        ({"MP_API_KEY": " ", "PMG_MAPI_KEY": "second"}, "second"),
        ({"MP_API_KEY": "first\n"}, "first"),
    ],
)
def test_where_the_key_comes_from(database, monkeypatch, variables, key):
    monkeypatch.delenv("MP_API_KEY")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    load_entries("mp", "Li-O")
    assert database.keys == [key]


def test_an_answer_is_kept_for_offline_use(database, offline, cache):
    table = load_entries("mp", "Li-O")
    offline()
    assert load_entries("mp", ["O", "Li"]) == table
    assert len(database.questions) == 1
    assert len(kept(cache)) == 1
    assert cache_directory() == cache / "mp"


def test_the_key_is_not_kept(database, cache):
    load_entries("mp", "Li-O")
    assert database.keys == [KEY]
    for path in kept(cache):
        assert KEY.encode() not in path.read_bytes()
        assert KEY not in str(path)


def test_refresh_asks_again_and_replaces(database):
    old = load_entries("mp", "Li-O")
    database.answer, database.version = ENTRIES[:3], "2026.01.01"
    assert load_entries("mp", "Li-O") == old
    new = load_entries("mp", "Li-O", refresh=True)
    assert new.formulas == ("Li", "Li2O", "O")
    assert new.source == "mp 2026.01.01"
    assert load_entries("mp", "Li-O") == new


def test_the_fingerprint_does_not_depend_on_the_order_of_the_answer(database):
    first = load_entries("mp", "Li-O")
    database.answer = ENTRIES[::-1]
    assert load_entries("mp", "Li-O", refresh=True) == first


@pytest.mark.usefixtures("database")
def test_a_kept_answer_is_a_file_that_a_user_can_load(cache):
    table = load_entries("mp", "Li-O")
    again = load_entries(kept(cache)[0])
    assert again.thermo_type == "GGA_GGA+U"
    assert again.formation_energies_eV_per_atom.tolist() == table.formation_energies_eV_per_atom.tolist()


def chained(cause):
    """An error raised the way mp-api does: its own type, while it handles that of requests."""
    try:
        try:
            raise cause
        except OSError:
            raise RuntimeError(str(cause))  # noqa: B904
    except RuntimeError as error:
        return error


@pytest.mark.parametrize("where", ["failure", "failure_at_start"])
@pytest.mark.parametrize(
    ("error", "what"),
    [
        (OSError(f"no route with {KEY}"), "cannot reach the Materials Project; check the network"),
        (TimeoutError("slow"), "cannot reach the Materials Project; check the network"),
        (chained(ConnectionError("dns")), "cannot reach the Materials Project; check the network"),
        (ValueError(f"bad key\n{KEY}\nin https://x/?k={quote(KEY)}"), r"refused the request: bad key \*\*\* in http"),
        (RuntimeError(f"{KEY}" * 50), r"refused the request: \*\*\*"),
        (KeyError(KEY), r"refused the request: '\*\*\*'"),
        (RuntimeError(), "refused the request: RuntimeError"),
    ],
)
def test_a_failure_is_one_line_without_the_key_and_leaves_nothing(database, cache, where, error, what):
    setattr(database, where, error)
    caught = refuse(what)
    assert KEY not in str(caught)
    assert quote(KEY) not in str(caught)
    assert caught.__cause__ is None
    assert caught.__context__ is None
    assert kept(cache) == []


def test_the_traceback_of_a_failure_does_not_hold_the_key(database):
    database.failure = ValueError("no")
    traceback = refuse("refused the request: no").__traceback__
    names = []
    while traceback:
        names.append(traceback.tb_frame.f_code.co_name)
        if names[-1] != "refuse":  # a frame of the test itself
            assert KEY not in repr(traceback.tb_frame.f_locals)
        traceback = traceback.tb_next
    assert "_answer" in names


def test_a_failed_refresh_keeps_the_old_answer(database, cache):
    old = load_entries("mp", "Li-O")
    before = kept(cache)[0].read_bytes()
    database.failure = OSError("down")
    refuse("cannot reach", refresh=True)
    assert [path.read_bytes() for path in kept(cache)] == [before]
    assert load_entries("mp", "Li-O") == old


def test_no_key(database, monkeypatch, cache):
    monkeypatch.delenv("MP_API_KEY")
    refuse("needs a key: set MP_API_KEY or PMG_MAPI_KEY .*; energies come without one .*mp2019")
    assert database.keys == []
    assert kept(cache) == []


def test_no_package(database, offline, monkeypatch, cache):
    offline()
    monkeypatch.setenv("MP_API_KEY", KEY)
    refuse(r"needs mp_api; install with: pip install 'interfacekit\[mp\]'")
    assert database.keys == []
    assert kept(cache) == []


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        (ENTRIES[:1], r"has no GGA_GGA\+U energies for O"),
        ([], "the answer of the Materials Project has no entries"),
        (ENTRIES[1:3], "no elemental reference for Li"),
        ([*ENTRIES, ComputedEntry("Li2O", float("nan"))], "must be a number from -1e[+]09"),
        ([*ENTRIES, "not an entry"], "refused the request"),
    ],
)
def test_an_answer_that_makes_no_table_is_not_kept(database, cache, answer, what):
    database.answer = answer
    refuse(what)
    assert kept(cache) == []


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda content: content[:0],
        lambda _: b"\xff\x00",
        lambda _: b"[]",
        lambda _: b"{}",
        lambda _: b"3",
        lambda content: content.replace(b"database_version", b"x"),
        lambda content: content.replace(b"2025.09.25", b"\\ud800").replace(b'"\\ud800"', b"7"),
        lambda content: content.replace(b"GGA_GGA+U", b"R2SCAN"),
        lambda content: content.replace(b"-3.8", b"NaN"),
        lambda content: content.replace(b'{"Li": 2.0}', b"[1]"),
        lambda content: json.dumps(json.loads(content) | {"entries": 3}).encode(),
    ],
)
def test_a_damaged_answer_says_what_to_do(offline, cache, damage):
    load_entries("mp", "Li-O")
    (path,) = kept(cache)
    content = path.read_bytes()
    damaged = damage(content)
    assert damaged != content
    path.write_bytes(damaged)
    offline()
    assert str(path) in str(refuse("is damaged; delete it, or ask again with refresh"))


@pytest.mark.usefixtures("database")
def test_a_damaged_answer_is_replaced_by_refresh(cache):
    table = load_entries("mp", "Li-O")
    kept(cache)[0].write_bytes(b"{")
    assert load_entries("mp", "Li-O", refresh=True) == table
    assert load_entries("mp", "Li-O") == table


def test_a_directory_in_the_place_of_an_answer(database, cache):
    (cache / "mp" / "GGA_GGA+U" / "Li-O.json").mkdir(parents=True)
    refuse("damaged; delete it")
    refuse("it is a directory", refresh=True)
    assert database.questions == []


def test_a_cache_that_cannot_be_made(database, cache):
    cache.write_text("a file")
    refuse("cannot make the cache .*set INTERFACEKIT_CACHE")
    assert database.questions == []


def test_rows_beyond_the_asked_elements_are_left_out(database):
    database.answer = [*ENTRIES, ComputedEntry("Co", -7.0), ComputedEntry("CoO", -13.0)]
    assert load_entries("mp", "Li-O").elements == ("Li", "O")


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("elements", "kwargs", "what"),
    [
        (None, {}, "elements must name a chemical system for the source mp"),
        ("Li-O", {"thermo_type": "GGA_GGA+U_R2SCAN"}, r"unknown thermo type 'GGA_GGA\+U_R2SCAN'.*GGA_GGA\+U, R2SCAN"),
        ("Li-Na-K-Rb-Cs-Be-Mg-Ca-Sr-Ba", {}, "at most 9 for the Materials Project, got 10"),
        ("Li-Qq", {}, "'Qq': not an element"),
    ],
)
def test_questions_that_are_not_asked(elements, kwargs, what):
    refuse(what, elements=elements, **kwargs)


CELL = Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.02), ["Li", "F"], [[0, 0, 0], [0.5, 0.5, 0.5]])


def test_a_structure_is_asked_for_once(database, cache, offline):
    database.structures["mp-1138"] = CELL
    found, origin = load_structure("mp-1138")
    assert (found, origin) == (CELL, "mp-1138 of mp 2025.09.25")
    assert database.questions == [("mp-1138", True)]
    offline()
    assert load_structure("mp-1138")[0] == CELL
    assert crystal("mp-1138").formula == "LiF"
    assert KEY not in "".join(path.read_text() for path in kept(cache))


def test_a_structure_that_is_not_there(database, cache):
    with pytest.raises(InputError, match="refused the request: no such material"):
        crystal("MP-7")
    assert kept(cache) == []


def test_a_damaged_structure_in_the_cache(database, cache):
    database.structures["mp-1138"] = CELL
    load_structure("mp-1138")
    (file,) = kept(cache)
    file.write_text("{}")
    with pytest.raises(InputError, match="damaged; delete it"):
        load_structure("mp-1138")
    assert load_structure("mp-1138", refresh=True)[0] == CELL
