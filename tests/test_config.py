import pytest
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.config import MapConfig, ReactConfig, WindowConfig, parse_range, parse_voltages, read_config
from interfacekit.errors import InputError


def test_a_range_holds_both_ends():
    assert parse_voltages("2.0:2.5:0.1") == [2.0, 2.1, 2.2, 2.3, 2.4, 2.5]
    assert parse_voltages("0:1:0.4") == [0.0, 0.4, 0.8]
    assert parse_voltages(3.9) == [3.9]
    assert parse_range("0:5") == (0.0, 5.0)


@given(st.integers(0, 15), st.integers(1, 15), st.sampled_from([0.05, 0.1, 0.2, 0.25, 1 / 3]))
def test_ranges_end_where_they_were_asked_to(start, count, step):
    low, high = start * step, (start + count) * step
    voltages = parse_voltages(f"{low}:{high}:{step}")
    assert len(voltages) == count + 1
    assert voltages[-1] == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize("spec", ["", "x", "1:2:3:4", "1:2:x", "1:2:nan", "nan", "-0.1", "3:2:0.1", "0:5:1e-8", "::"])
def test_other_specifications_are_refused_in_one_line(spec):
    with pytest.raises(InputError) as caught:
        parse_voltages(spec)
    assert "\n" not in str(caught.value)


def test_a_file_is_overridden_by_what_is_given(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("phases: LGPS\nentries: mine.csv\noutput: [a.csv, b.png]\n")
    options = read_config(WindowConfig, path, {"phases": ["LCO"]})
    assert options.phases == ["LCO"]
    assert options.entries == ["mine.csv"]
    assert [output.name for output in options.output] == ["a.csv", "b.png"]


def test_a_range_may_be_a_list_in_yaml(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("phases: [LCO]\nvoltage: [1.5, 4]\n")
    assert read_config(MapConfig, path, {}).voltage == (1.5, 4.0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("phases: [LCO, LGPS]\nvolts: 3\n", "run.yaml: unknown key 'volts'"),
        ("phases: [LCO, LGPS]\nvoltage: high\n", "'high' is not a voltage"),
        ("phases: [LCO]\n", "two phases"),
        ("phases: {a: 1}\n", "phases.0"),
        ("- LCO\n", "holds no keys"),
        ("", "holds no keys"),
        ("phases: [LCO\n", "not valid YAML"),
        ("phases: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("voltage: 3\n", "phases is missing"),
    ],
)
def test_bad_files_are_told_in_one_line(tmp_path, content, message):
    path = tmp_path / "run.yaml"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read_config(ReactConfig, path, {})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2:4:0.5", [2.0, 2.5, 3.0, 3.5, 4.0]),
        ("2:4:1", [2.0, 3.0, 4.0]),
        ("[2:3:1, 4]", [2.0, 3.0, 4.0]),
        ("3.9", [3.9]),
    ],
)
def test_ranges_need_no_quotes_in_yaml(tmp_path, written, expected):
    path = tmp_path / "run.yaml"
    path.write_text(f"phases: LCO LGPS\nvoltage: {written}\n")
    options = read_config(ReactConfig, path, {})
    assert options.voltage == expected
    assert options.phases == ["LCO", "LGPS"]


def test_a_map_range_needs_no_quotes_in_yaml(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("phases: [LCO]\nvoltage: 2:4\n")
    assert read_config(MapConfig, path, {}).voltage == (2.0, 4.0)


def test_a_voltage_twice_is_once():
    assert read_config(ReactConfig, None, {"phases": ["LCO", "LGPS"], "voltage": ["3", "2:4:1"]}).voltage == [
        3.0,
        2.0,
        4.0,
    ]


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        read_config(WindowConfig, tmp_path / "nowhere.yaml", {})
