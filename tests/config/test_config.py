import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from interfacekit.config import (
    BarriersConfig,
    BarriersToConductivityConfig,
    InterfaceConfig,
    KmcConfig,
    MapConfig,
    ReactConfig,
    RunConfig,
    SclConfig,
    ScreenConfig,
    ShellConfig,
    WindowConfig,
    read_config,
)
from interfacekit.config.parsing import (
    parse_cells,
    parse_ends,
    parse_field,
    parse_layer,
    parse_plane,
    parse_seeds,
    parse_values,
)
from interfacekit.errors import InputError
from interfacekit.quantities import TEMPERATURE, THICKNESS, VOLTAGE
from interfacekit.transport import Interphase, Layer, Stack, StackRunOptions
from interfacekit.transport.stacks.result import PARTICLE_SIZE_um


def test_a_range_holds_both_ends():
    assert parse_values(VOLTAGE, "2.0:2.5:0.1") == [2.0, 2.1, 2.2, 2.3, 2.4, 2.5]
    assert parse_values(VOLTAGE, "0:1:0.4") == [0.0, 0.4, 0.8]
    assert parse_values(VOLTAGE, 3.9) == [3.9]
    assert parse_ends(VOLTAGE, "0:5") == (0.0, 5.0)


@given(st.integers(0, 15), st.integers(1, 15), st.sampled_from([0.05, 0.1, 0.2, 0.25, 1 / 3]))
def test_ranges_end_where_they_were_asked_to(start, count, step):
    low, high = start * step, (start + count) * step
    voltages = parse_values(VOLTAGE, f"{low}:{high}:{step}")
    assert len(voltages) == count + 1
    assert voltages[-1] == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize("spec", ["", "x", "1:2:3:4", "1:2:x", "1:2:nan", "nan", "-0.1", "3:2:0.1", "0:5:1e-8", "::"])
def test_other_specifications_are_refused_in_one_line(spec):
    with pytest.raises(InputError) as caught:
        parse_values(VOLTAGE, spec)
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


#: Ten lines of aliases, each ten times the one above; the same by merging mappings; and each one level deeper.
BOMB = "a0: [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)).replace(
    "*a0", "x"
)
MERGES = "a0: &a0 {k: v}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 30))
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("phases: [LCO, LGPS]\nvolts: 3\n", "run.yaml: unknown key 'volts'"),
        ("phases: [LCO, LGPS]\nvoltage: high\n", "voltage must be a number from 0 to 10 V, got 'high'"),
        ("phases: [LCO]\n", "two phases"),
        ("phases: {a: 1}\n", "run.yaml: phases must be text, got {'a': 1}"),
        ("- LCO\n", "holds no keys"),
        ("", "run.yaml is empty"),
        ("# nothing yet\n", "holds no keys"),
        ("phases: [LCO\n", "not valid YAML"),
        ("phases: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
        ("voltage: 3\n", "phases is missing"),
        ("phases: [LCO]\nphases: [LNO]\n", "the key phases is there twice; keep one of them, in line 2"),
        ("phases: [{a: 1, a: 2}]\n", "the key a is there twice"),
        (f"voltage: {'9' * 5000}.0\n", "a number must have at most 100 digits, got 5002"),
        (f"phases: {'[' * 5000}\n", "at most 64 lists and mappings inside one another"),
        ("phases: !!str LCO\n", "the tag !!str must be left out"),
        ('phases: ["\\ud800"]\n', "got half a one"),
        ("1: 2\n", "run.yaml: keys must be text, got 1"),
        ("~: 2\n", "run.yaml: keys must be text, got None"),
        ("phases: &a [LCO, *a]\n", r"the alias \*a stands within what it stands for"),
        ("phases: [LCO, LNO]\n---\nphases: [LCO]\n", "not valid YAML: expected a single document"),
        ("phases: 2026-13-45\n", "not valid YAML"),
        ("phases: L\0CO\n", "is a binary file"),
        ("phases: *nobody\n", "found undefined alias"),
        ("? [a, b]\n: LCO\n", "not valid YAML"),
        (f"phases: [{'LCO, ' * 100_000}LNO]\n", "at most 100000 values"),
        (BOMB, "at most 100000 values, those of aliases counted each time"),
        (MERGES, "at most 100000 values"),
        (CHAIN, "run.yaml must have at most 64 levels"),
        ("#" * (1 << 20) + "\nphases: [LCO]\n", "run.yaml must have at most 1 MiB"),
    ],
)
def test_bad_files_are_told_in_one_line(tmp_path, content, message):
    path = tmp_path / "run.yaml"
    path.write_text(content)
    with pytest.raises(InputError, match=message) as caught:
        read_config(ReactConfig, path, {})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_aliases_within_reason_are_what_they_stand_for(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("phases: &both [LCO, LGPS]\nentries: *both\n")
    options = read_config(ReactConfig, path, {})
    assert options.phases == options.entries == ["LCO", "LGPS"]


@pytest.mark.parametrize(
    ("model", "key", "value"),
    [
        (BarriersConfig, "calculator", "m:f"),
        (InterfaceConfig, "adhesion", "m:f"),
        (InterfaceConfig, "stiffness", ["m:f"]),
    ],
)
def test_a_file_names_no_code_unless_it_is_trusted(tmp_path, model, key, value):
    path = tmp_path / "run.yaml"
    crystals = {"crystal": "LCO"} if key == "calculator" else {"crystals": ["LCO", "LNO"]}
    content = {**crystals, key: value}
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match=rf"run.yaml: {key} must be a built-in calculator, got m:f.*--trust-config"):
        read_config(model, path, {})
    assert getattr(read_config(model, path, {}, trusted=True), key) == value
    assert getattr(read_config(model, path, {key: ["emt"] if key == "stiffness" else "emt"}), key)
    assert getattr(read_config(model, None, content), key) == value
    path.write_text(yaml.safe_dump(content | {key: "emt"}))
    assert getattr(read_config(model, path, {}), key) in ("emt", ["emt"])
    path.write_text(yaml.safe_dump(content | {"trust_config": True}))
    with pytest.raises(InputError, match="must be a built-in calculator"):
        read_config(model, path, {})


STUDY = {
    "temperature": 300,
    "materials": [
        {
            "crystal": "LCO",
            "cells": 3,
            "filling": 0.5,
            "reason": "half",
            "published": [{"name": "a", "barriers": [{"barrier": 0.3, "source": "s", "certainty": "seen"}]}],
        }
    ],
    "results": "results",
}
SHELL = {"cathode": "LCO", "coating": "LNO", "electrolyte": "LGPS", "thickness": 2, "voltage": 4, "kmc": True}


@pytest.mark.parametrize(
    ("model", "content"),
    [
        (ShellConfig, SHELL),
        (BarriersConfig, {"crystal": "LCO", "calculator": "emt"}),
        (BarriersToConductivityConfig, STUDY),
    ],
)
def test_a_file_names_no_scheduler_to_connect_to_unless_it_is_trusted(tmp_path, model, content):
    path, far = tmp_path / "run.yaml", {"scheduler": "tcp://127.0.0.1:8786"}
    path.write_text(yaml.safe_dump(content | far))
    with pytest.raises(InputError, match=r"run.yaml: scheduler must be of this machine, got tcp:.*--trust-config"):
        read_config(model, path, {})
    assert read_config(model, path, {}, trusted=True).scheduler == far["scheduler"]
    assert read_config(model, path, {"scheduler": "processes"}).scheduler == "processes"
    path.write_text(yaml.safe_dump(content))
    assert read_config(model, path, far).scheduler == far["scheduler"]


def test_every_field_that_names_a_calculator_or_a_scheduler_is_one_of_a_trusted_file():
    names = {"calculator", "barriers", "adhesion", "stiffness", "scheduler"}
    for model in _models(RunConfig):
        assert set(model.TRUSTED_FIELDS) == names & set(model.model_fields), model.__name__


def _models(model):
    own = [one for one in model.__subclasses__() if one.__module__.startswith("interfacekit.")]
    return [*own, *(below for one in own for below in _models(one))]


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


def test_temperatures_have_the_ranges_of_voltages():
    assert parse_values(TEMPERATURE, "250:400:25") == [250, 275, 300, 325, 350, 375, 400]
    assert parse_values(TEMPERATURE, 298.15) == [298.15]
    assert parse_values(TEMPERATURE, "1000:1100:100") == [1000, 1100]
    for spec, message in (
        ("0", "from 100 to 3000 K"),
        ("77", "from 100"),
        ("300:250:10", "reversed"),
        ("250:400", "needs a step"),
    ):
        with pytest.raises(InputError, match=message):
            parse_values(TEMPERATURE, spec)


@pytest.mark.parametrize(
    ("given", "expected"),
    [("20", 20), (20, 20), ("20,20,1", [20, 20, 1]), ([8, 8, 8], [8, 8, 8]), (" 4, 5,6", [4, 5, 6])],
)
def test_a_box_is_one_number_or_three(given, expected):
    assert parse_cells(given) == expected


@pytest.mark.parametrize("given", ["", "a", "1.5", 1.5, [8, 8], "8,8,8,8", 0, -3, True, [8, 8, "x"], None])
def test_other_boxes_are_refused(given):
    with pytest.raises(InputError, match="is not a box"):
        parse_cells(given)


def test_a_field_may_name_its_axis():
    assert parse_field("0.01") == (0.01, None)
    assert parse_field("-0.01:y") == (-0.01, "y")
    assert parse_field(0.5) == (0.5, None)
    for wrong in ("", "x", "nan", "0.1:", "0.1:a", "0.1:x:y", True, None, 11):
        with pytest.raises(InputError, match=r"is not a field|field must be"):
            parse_field(wrong)


def test_a_transport_run_takes_no_energies():
    with pytest.raises(InputError, match="unknown key 'entries'"):
        read_config(KmcConfig, None, {"material": "LGPS", "entries": ["mp2019"]})


def test_transport_has_defaults_for_all_but_the_material():
    options = read_config(KmcConfig, None, {"material": "LGPS"})
    assert (options.temperature, options.hops, options.replicas, options.seed) == ([298.15], 1e7, 8, 0)
    assert options.chosen_kernel is None
    assert read_config(KmcConfig, None, {"material": "LGPS", "kernel": "class-lists"}).chosen_kernel == "class lists"


@pytest.mark.parametrize(
    ("written", "expected"),
    [("250:350:50", [250, 300, 350]), ("[300, '250:260:5']", [300, 250, 255, 260]), ("100", [100])],
)
def test_temperatures_in_yaml(tmp_path, written, expected):
    path = tmp_path / "run.yaml"
    path.write_text(f"material: LGPS\ntemperature: {written}\nhops: 1e8\n")
    options = read_config(KmcConfig, path, {})
    assert options.temperature == expected
    assert options.hops == 1e8


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot read"):
        read_config(WindowConfig, tmp_path / "nowhere.yaml", {})


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("LCO", Layer("LCO")),
        ("LNO:5nm", Layer("LNO", 5.0)),
        ("LNO:5", Layer("LNO", 5.0)),
        (" LNO : 2.5 nm ", Layer("LNO", 2.5)),
        ("LCO:4planes", Layer("LCO", planes=4)),
        ("LCO:1 plane", Layer("LCO", planes=1)),
        ("interphase:300nm:2e-9", Interphase(300.0, 2e-9)),
        ("interphase:300:2e-9", Interphase(300.0, 2e-9)),
    ],
)
def test_layers_are_written_with_their_size(spec, expected):
    assert parse_layer(spec) == expected


@pytest.mark.parametrize(
    "spec",
    [
        "", ":5nm", "LNO:", "LNO:thick", "LNO:5um", "LNO:5nm:2e-9", "LCO|LNO", "LCO|LNO:5nm", "LCO:1.5planes",
        "LCO:planes", "interphase", "interphase:300nm", "interphase:300nm:fast", "interphase:300nm:2e-9:1",
    ],
)  # fmt: skip
def test_other_layers_are_refused_with_what_is_right(spec):
    with pytest.raises(InputError) as caught:
        parse_layer(spec)
    assert str(caught.value).startswith(f"{spec!r} is not a layer; give a material")
    assert "interphase:300nm:2e-9" in str(caught.value)


@pytest.mark.parametrize("spec", ["LNO:-5nm", "LNO:0", "LNO:nan", "LNO:inf", "LCO:0planes", "interphase:0nm:1"])
def test_layers_that_cannot_be_are_refused(spec):
    with pytest.raises(InputError, match=r"must be|is not a layer"):
        parse_layer(spec)


def test_thicknesses_have_the_ranges_of_voltages_and_may_be_0():
    assert parse_values(THICKNESS, "0:2:0.5") == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert parse_values(THICKNESS, 7.5) == [7.5]
    for spec, message in (
        ("-1", "from 0 to 1000000 nm.*0 for a bare contact"),
        ("5nm", "the number alone, in nm"),
        ("5:1:1", "reversed"),
        ("1:5", "a step"),
    ):
        with pytest.raises(InputError, match=message):
            parse_values(THICKNESS, spec)


def test_planes_and_seeds_are_whole_numbers():
    assert [parse_plane(spec) for spec in ("50", 50, "50,40", [50, 40])] == [(50, 50), (50, 50), (50, 40), (50, 40)]
    for wrong in ("", "a", 0, "9,9,9", [9, "x"], 5.5, True, None):
        with pytest.raises(InputError, match="is not a plane"):
            parse_plane(wrong)
    assert [parse_seeds(spec) for spec in ("3", 3, "0,1,0", [2, 1])] == [[3], [3], [0, 1], [2, 1]]
    for wrong in ("", "0,x", -1, [0, 1.5], [], True, None):
        with pytest.raises(InputError, match=r"seed: .* is not possible"):
            parse_seeds(wrong)


def test_lists_may_be_separated_by_commas_and_mixed_with_ranges(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("thickness: 0,1,5:15:5\nvoltage: [3.9, '4.0,4.1:4.3:0.1']\ntemperature: 300,350\n")
    options = read_config(ShellConfig, path, {"cathode": "LCO", "coating": "LNO", "electrolyte": "LGPS"})
    assert options.thickness == [0, 1, 5, 10, 15]
    assert options.voltage == [3.9, 4.0, 4.1, 4.2, 4.3]
    assert options.temperature == [300, 350]


def test_defaults_of_stacks_are_those_of_the_library():
    run, stack = StackRunOptions(), Stack([Layer("LNO")])
    shell = {"cathode": "LCO", "coating": "LNO", "electrolyte": "LGPS", "thickness": 5, "voltage": 4.0}
    for options in (read_config(SclConfig, None, {"layers": ["LNO"]}), read_config(ShellConfig, None, shell)):
        assert (options.hops, options.replicas, options.evenness) == (run.hops, run.replicas, run.evenness)
        assert options.cells == run.cells
        assert (options.ladder, options.site_spacing_A) == (stack.ladder, stack.site_spacing_A)
        assert options.particle_size == PARTICLE_SIZE_um
    assert options.seed == [run.seed]


def test_layers_need_no_quotes_in_yaml(tmp_path):
    path = tmp_path / "run.yaml"
    layers = [Layer("LCO"), Interphase(300.0, 2e-9), Layer("LNO", 5.0), Layer("LGPS", planes=9)]
    for written in (
        "[LCO, interphase:300nm:2e-9, LNO:5nm, LGPS:9planes]",
        "LCO interphase:300:2e-9 LNO:5 LGPS:9planes",
    ):
        path.write_text(f"layers: {written}\n")
        assert read_config(SclConfig, path, {}).layers == layers


@pytest.mark.parametrize(
    ("model", "content", "message"),
    [
        (WindowConfig, "phases: [LCO, 3]", "phases must be text, got 3"),
        (WindowConfig, "phases: [true]", "phases must be text, got True"),
        (WindowConfig, "phases: LCO\nfigure: lines", "figure must be 'bars' or 'staircase', got 'lines'"),
        (WindowConfig, "phases: LCO\nsnap: maybe", "snap must be true or false, got 'maybe'"),
        (WindowConfig, "phases: LCO\noutput: 3", "output must be the name of a file or folder, got 3"),
        (KmcConfig, "material: LCO\nbarrier_eV: 0.3", "unknown key 'barrier_eV'; did you mean barriers_eV or barrier?"),
        (
            KmcConfig,
            "material: LCO\nzzz: 0.3",
            "unknown key 'zzz'; the keys are output, materials, .*, filling and 18 more$",
        ),
        (KmcConfig, "material: LCO\nreplicas: 2.0", "replicas must be a whole number .*, got 2.0; give"),
        (KmcConfig, "material: LCO\ncells: 6.0", "cells: 6.0 is not a box"),
        (KmcConfig, "material: LCO\nfield: 0", "field must not be 0, which drives no ion; leave field out"),
        (KmcConfig, "material: LCO\nfield: '0.0:z'", "field must not be 0"),
        (
            KmcConfig,
            "material: LCO\ntemperature: 298,15",
            "temperature .* got 15 K; .*; 298,15 are two values: write 298.15 for one",
        ),
        (SclConfig, "layers: [LCO, 'LPO:2,5nm']", "'LPO:2,5nm' is not a layer; .*; write 2.5nm, with a decimal point"),
        (SclConfig, "layers: [LCO, 3]", "a layer must be text, got 3"),
        (
            ScreenConfig,
            "cathode: LCO\nelectrolyte: LGPS\ngates: {oxidation_V: 4,2}",
            "gates.oxidation_V must be a number, got '4,2'; write 4.2, with a decimal point",
        ),
    ],
)
def test_every_wrong_value_is_named_with_its_key_and_file(tmp_path, model, content, message):
    path = tmp_path / "run.yaml"
    path.write_text(f"{content}\n")
    with pytest.raises(InputError, match=f"^run.yaml: {message}"):
        read_config(model, path, {})


def test_a_file_is_not_blamed_for_the_command_line(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("phases: LCO\nfigure: bars\n")
    with pytest.raises(InputError, match=r"^figure must be 'bars' or"):
        read_config(WindowConfig, path, {"figure": "lines"})


@pytest.mark.parametrize("text", ["NO", "yes", "No", "on", "OFF", "y"])
def test_only_true_and_false_are_booleans(tmp_path, text):
    path = tmp_path / "run.yaml"
    path.write_text(f"phases: [{text}]\n")
    assert read_config(WindowConfig, path, {}).phases == [text]
    path.write_text("phases: [NO]\nsnap: true\n")
    assert read_config(WindowConfig, path, {}).snap is True


def test_null_takes_a_number_of_a_material_away(tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("layers: LCO\nmaterials: {LCO: {level_eV: null}}\n")
    assert read_config(SclConfig, path, {}).materials.changes == {"LCO": {"level_eV": None}}


@pytest.mark.parametrize("text", ["LCO, LGPS", "LCO,LGPS", "LCO LGPS", "['LCO,LGPS']"])
def test_phases_are_separated_by_spaces_or_commas(tmp_path, text):
    path = tmp_path / "run.yaml"
    path.write_text(f"phases: {text}\n")
    assert read_config(ReactConfig, path, {}).phases == ["LCO", "LGPS"]


def test_an_empty_candidate_costs_its_row_alone(tmp_path):
    options = {"cathode": "LCO", "electrolyte": "LGPS", "candidates": ["LNO", "Li3PO4,LPO", " "]}
    assert read_config(ScreenConfig, None, options).candidates == ["LNO", "Li3PO4", "LPO", ""]
