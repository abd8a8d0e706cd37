"""Numbers as they are typed: one strict reader, one table of ranges, and every number of every command bound to it."""

import math
import types
import typing
from decimal import Decimal

import numpy as np
import pytest
import typer.main
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from interfacekit import config
from interfacekit.cli.commands import app
from interfacekit.config.fields import Of
from interfacekit.errors import InputError
from interfacekit.numerals import from_dialect, read_measured, read_number
from interfacekit.quantities import (
    AMOUNT,
    BARRIER,
    CONTACT_NUMBERS,
    EVENNESS,
    FORMATION_ENERGY,
    GATES,
    INTERPHASE_NUMBERS,
    LAYER_NUMBERS,
    QUANTITIES,
    REPLICAS,
    SEED,
    TEMPERATURE,
    VOLTAGE,
    Count,
    Quantity,
)
from interfacekit.structure.stacks.crystal_stack import CrystalStack
from interfacekit.thermo import Gates
from interfacekit.transport import (
    HoppingModel,
    Interphase,
    Layer,
    RunOptions,
    Stack,
    StackRunOptions,
    regular_lattice,
    simulate,
)
from interfacekit.transport.materials.contacts import Contact
from interfacekit.transport.materials.layers import LayerMaterial

ODD = [
    "-1_5", "1_000", "\u0663", "\uff15", "\u22123", "0x10", "1e", "1e5.0", "nan", "-inf", "infinity", "", " ", "1 2",
    "3,9", "True", "1e400", "-1e400", "9" * 5000, "1\n2", "--1", "1.2.3", "300K", "\u00bd", "\u00b2", "0.0.0",
]  # fmt: skip
texts = st.one_of(
    st.text(max_size=20),
    st.text(alphabet="0123456789.eE+-_, \u2212\u0663", max_size=12),
    st.sampled_from(ODD),
    st.floats().map(str),
    st.integers().map(str),
)


def outcome(read, value):
    """What a reader makes of a value: a number, or the line of its refusal."""
    try:
        return read(value), None
    except InputError as error:
        return None, str(error)


@given(text=texts)
def test_a_text_is_a_number_within_the_range_or_refused_in_one_line(text):
    for quantity in QUANTITIES.values():
        value, line = outcome(quantity.read, text)
        if line is not None:
            assert len(line.splitlines()) == 1
            assert f"such as {quantity.example}" in line
        else:
            assert type(value) is (int if isinstance(quantity, Count) else float)
            assert math.isfinite(value)
            assert quantity.holds(value)
            assert value == float(text)


@given(value=st.one_of(st.floats(), st.integers(-(10**400), 10**400), st.booleans(), st.none(), st.text(max_size=3)))
def test_python_has_the_same_range(value):
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    for quantity in QUANTITIES.values():
        given_kind = is_number and (type(value) is int or not isinstance(quantity, Count))
        number, line = outcome(quantity.check, value)
        assert (line is None) == bool(given_kind and quantity.holds(value))
        assert line is None or len(line.splitlines()) == 1
        assert number is None or number == value


@pytest.mark.parametrize("quantity", QUANTITIES.values(), ids=QUANTITIES)
def test_the_ends_of_the_range_are_as_the_words_say(quantity):
    if " " not in quantity.example:
        assert quantity.holds(quantity.read(quantity.example))
    for end, closed in ((quantity.low, quantity.ends[0] == "["), (quantity.high, quantity.ends[1] == "]")):
        assert quantity.holds(end) == closed
    for beyond in (np.nextafter(quantity.low, -np.inf), np.nextafter(float(quantity.high), np.inf), math.nan):
        assert not quantity.holds(beyond)
    assert quantity.unit in quantity.condition


@pytest.mark.parametrize("text", ODD)
def test_odd_numerals_are_none(text):
    number = read_number(text)
    assert number is None or not 1e-300 < abs(number) < 1e300


@pytest.mark.parametrize(
    ("quantity", "value", "words"),
    [
        (VOLTAGE, "3900", "voltage must be from 0 to 10 V, got 3900 V; give volts against Li/Li+, such as 3.9 (3.9 V"),
        (VOLTAGE, "-3.9", "(below Li metal; a chemical potential of -3.9 eV is 3.9 V)"),
        (VOLTAGE, "\u22123", "type the minus as '-'"),
        (TEMPERATURE, "25", "(298.15 K where 25 \N{DEGREE SIGN}C are meant)"),
        (TEMPERATURE, "1e308", "from 100 to 3000 K, got 1e+308 K"),
        (TEMPERATURE, "300K", "(give the number alone, in K)"),
        (BARRIER, "300", "(0.3 eV where meV are meant)"),
        (BARRIER, "0,3", "(write 0.3, with a decimal point)"),
        (BARRIER, "-1_5", "(write it without underscores)"),
        (BARRIER, "\u0660.\u0663", "(write it in the digits 0 to 9)"),
        (REPLICAS, "8.0", "a whole number from 1 to 100000, got '8.0'"),
        (REPLICAS, "1e2", "a whole number"),
        (SEED, 10**400, "got a whole number of more than 399 digits"),
        (GATES["energy_above_hull_eV_per_atom"], 25, "(0.025 eV/atom where meV/atom are meant)"),
    ],
)
def test_messages_name_the_usual_slip(quantity, value, words):
    with pytest.raises(InputError) as caught:
        quantity.read(value)
    assert words in str(caught.value)


def test_numbers_of_numpy_are_numbers_and_become_plain():
    assert type(VOLTAGE.check(np.float32(3))) is float
    assert VOLTAGE.check(np.array(3)) == 3.0
    assert type(SEED.check(np.uint8(3))) is int
    assert str(VOLTAGE.check(-0.0)) == "0.0"
    for wrong in (np.bool_(1), np.array([3.0]), "3", 3j):
        with pytest.raises(InputError):
            VOLTAGE.check(wrong)


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("\u22121,5", "-1.5"),
        ("0,25", "0.25"),
        (",5", ".5"),
        ("12,345", "12,345"),
        ("1,5,6", "1,5,6"),
        ("0,125", "0.125"),
    ],
)
def test_files_may_write_numbers_in_a_dialect(written, plain):
    assert from_dialect(written) == plain


def test_the_reader_of_files_is_strict_too():
    assert FORMATION_ENERGY.read_file("\u22121,5") == -1.5
    for wrong in ("-1_5", "nan", "1,234", True):
        with pytest.raises(InputError, match="formation energy must be"):
            FORMATION_ENERGY.read_file(wrong)
    with pytest.raises(InputError, match="amount must be"):
        AMOUNT.read_file("1e-9")


def test_numbers_of_a_cif_have_uncertainties():
    assert [read_measured(text) for text in ("5.43(2)", "\u22120.25(12", " 90 ", "0,5")] == [5.43, -0.25, 90.0, 0.5]
    for wrong in ("?", ".", "5_4", "nan", "\u0665", "1e999", "5.43(2) A"):
        with pytest.raises(ValueError, match="is not a number"):
            read_measured(wrong)


# Every number of every command and workflow

NAMES = [getattr(config, name) for name in config.__all__]
MODELS = [model for model in NAMES if isinstance(model, type) and issubclass(model, BaseModel)]


def numbers(annotation, bound=()):
    """Each `int` or `float` of an annotation, with what annotates it."""
    if typing.get_origin(annotation) is typing.Annotated:
        inner, *metadata = typing.get_args(annotation)
        yield from numbers(inner, (*bound, *metadata))
    elif annotation in (int, float):
        yield bound
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        for field in annotation.model_fields.values():
            yield from numbers(field.annotation, field.metadata)
    elif typing.get_origin(annotation) not in (None, typing.Literal):
        inside = () if typing.get_origin(annotation) in (typing.Union, types.UnionType) and not bound else bound
        for part in typing.get_args(annotation):
            yield from numbers(part, inside)


def fields():
    return [
        pytest.param(field, id=f"{model.__name__}.{name}")
        for model in MODELS
        for name, field in model.model_fields.items()
        if name != "gates" and next(numbers(field.annotation), None) is not None
    ]


@pytest.mark.parametrize("field", fields())
def test_every_number_of_a_configuration_is_bound_to_a_quantity(field):
    for bound in numbers(field.annotation, field.metadata):
        assert any(isinstance(one, Quantity | Of) for one in bound)


def test_the_commands_leave_all_numbers_to_the_configuration():
    group = typer.main.get_command(app)
    bench = group.get_command(None, "bench")
    commands = [one.get_command(None, name) for one in (group, bench) for name in one.list_commands(None)]
    parameters = [parameter for command in commands for parameter in command.params if command is not bench]
    assert len(parameters) > 150
    assert [parameter.name for parameter in parameters if reads_number(parameter)] == []


def reads_number(parameter):
    """Whether typer makes a number of what is given, as the one here or an older one describes it."""
    if hasattr(parameter, "type_descriptor"):
        return next(numbers(parameter.type_descriptor.annotation), None) is not None
    return parameter.type.name not in ("text", "boolean")


@pytest.mark.parametrize(
    ("owner", "table"),
    [(LayerMaterial, LAYER_NUMBERS), (Contact, CONTACT_NUMBERS), (Interphase, INTERPHASE_NUMBERS), (Gates, GATES)],
)
def test_every_number_of_a_material_contact_interphase_and_gate_is_in_the_table(owner, table):
    others = {"name", "conductor", "parameters", "provenance"}
    assert set(owner.__dataclass_fields__) - others == set(table)


# The same through command line, YAML and Python

STACK = ("scl", "LCO", "LNO:3nm", "LGPS", "--voltage", "4")
SCREEN = ("screen", "--cathode", "LCO", "--electrolyte", "LGPS", "--candidates", "LNO")
OWN = """material: mine
lattice: simple_cubic
cells: 6
hop_distance_A: {}
filling: 0.5
barriers_eV: 0.3
"""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("kmc", "LGPS", "--temperature", "25"), "298.15 K where 25"),
        (("kmc", "LGPS", "--temperature", "1e308"), "from 100 to 3000 K"),
        (("kmc", "LGPS", "--temperature", "-1_5"), "without underscores"),
        (("kmc", "LGPS", "--temperature", "\u0663\u0660\u0660"), "digits 0 to 9"),
        (("kmc", "LGPS", "--barrier", "300"), "0.3 eV where meV are meant"),
        (("kmc", "LGPS", "--attempt-frequency", "10"), "1 THz is 1e12 1/s"),
        (("kmc", "LGPS", "--hops", "0x10"), "hops must be a number"),
        (("kmc", "LGPS", "--replicas", "1_0"), "without underscores"),
        (("kmc", "LGPS", "--seed", "9" * 30), "seed must be a whole number"),
        (("kmc", "LGPS", "--seed", "9" * 5000), "seed must be a whole number"),
        (("kmc", "LGPS", "--threads", "\u0664"), "digits 0 to 9"),
        (("kmc", "LGPS", "--cells", "1_0"), "is not a box"),
        (("kmc", "LGPS", "--cells", "99999,99999,99999"), "at most 2147483647 in all, got 1e+15"),
        (("kmc", "LGPS", "--field", "1_0:z"), "without underscores"),
        ((*STACK, "--temperature", "25"), "298.15 K where 25"),
        ((*STACK[:-1], "\u22124"), "type the minus as '-'"),
        ((*STACK[:-1], "4000"), "4 V where mV are meant"),
        ((*STACK[:-1], "3:4:1_0"), "one positive step"),
        ((*STACK[:-1], "3:4:1e-320"), "step that makes at most"),
        (("scl", "LNO:1_0nm"), "is not a layer"),
        (("scl", "LNO:\u0663planes"), "is not a layer"),
        (("react", "LCO", "LGPS", "--voltage", "3900"), "3.9 V where mV are meant"),
        (("map", "LCO", "LGPS", "--voltage", "0:5000"), "5 V where mV are meant"),
        (("window", "LGPS", "--ensemble", "1e3"), "ensemble must be a whole number"),
        ((*SCREEN, "--gate", "energy_above_hull_eV_per_atom=25"), "0.025 eV/atom where meV/atom are meant"),
        ((*SCREEN, "--max-elements", "9" * 40), "max_elements must be a whole number from 1 to 20"),
        ((*SCREEN, "--top", "\u0663"), "digits 0 to 9"),
        (("interface", "LCO", "LNO", "--miller", "1_0,0,0", "--miller", "0,0,1"), "without underscores"),
        (("interface", "LCO", "LNO", "--max-area", "1e308"), "max_area must be"),
        (("interface", "LCO", "LNO", "--stiffness", "20,0_3"), "without underscores"),
        (("barriers", "LCO", "--calculator", "emt", "--supercell", "200"), "a whole number from 1 to 100"),
        (("network", "LGPS", "--cutoff", "1e300"), "cutoff must be above 0 and at most 20 A"),
        (("bench", "kmc", "--sites", "1e400"), "sites must be"),
    ],
)
def test_slips_on_the_command_line_are_one_line_and_status_2(interfacekit, arguments, words):
    run = interfacekit(*arguments)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert words in run.err


@pytest.mark.parametrize(
    ("command", "content", "words"),
    [
        (("kmc",), OWN.format("1e300"), "hop_distance_A must be from 0.2 to 50 A, got 1e+300 A"),
        (("kmc",), OWN.format("3_0"), "without underscores"),
        (("kmc",), OWN.format("true"), "hop_distance_A must be a number"),
        (("kmc", "LGPS"), "temperature: [25, 60]", "298.15 K where 25"),
        (("kmc", "LGPS"), "seed: " + "9" * 60, "got a whole number of more than 59 digits"),
        (("kmc", "LGPS"), "seed: " + "9" * 6000, "seed must be a whole number"),
        (("kmc", "LGPS"), "replicas: 3\u0663", "write it in the digits 0 to 9"),
        (("kmc", "LGPS"), "hops: 1e400", "hops must be from 1 to 1e+15"),
        (("kmc", "LGPS"), "replicas: 8.5", "replicas must be a whole number"),
        (STACK, "materials: {LNO: {barrier_eV: 400}}", "barrier_eV of LNO must be"),
        (STACK, "materials: {LNO: {permittivity: '3_0'}}", "without underscores"),
        (STACK, "contacts: {LCO|LNO: {left_ladder_eV: [0.1, 300]}}", "0.3 eV where meV are meant"),
        (STACK, "interphases: {LCO|LNO: {thickness_nm: 5, conductivity_S_cm: 1e-9, temperature_K: 25}}", "298.15 K"),
        (SCREEN, "gates: {energy_above_hull_eV_per_atom: 25}", "0.025 eV/atom where meV/atom are meant"),
        (SCREEN, "gates: {oxidation_V: 4_0}", "without underscores"),
    ],
)
def test_slips_in_yaml_are_one_line_and_status_2(interfacekit, tmp_path, command, content, words):
    path = tmp_path / "run.yaml"
    path.write_text(content)
    run = interfacekit(*command, "--config", path)
    assert (run.status, run.out, run.err.count("\n")) == (2, "", 1)
    assert words in run.err


CUBE = regular_lattice("simple_cubic", 4, 3.0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: simulate(HoppingModel(CUBE, 0.5, 0.3), 25), "298.15 K where 25"),
        (lambda: simulate(HoppingModel(CUBE, 0.5, 0.3), 1e308), "from 100 to 3000 K"),
        (lambda: HoppingModel(CUBE, 0.5, 300.0), "0.3 eV where meV are meant"),
        (lambda: HoppingModel(CUBE, 0.5, 0.3, field_V_A=(0, 0, 3.0)), "1 V/nm is 0.1 V/A"),
        (lambda: regular_lattice("simple_cubic", 4, 1e300), "hop_distance_A must be from 0.2 to 50 A"),
        (lambda: RunOptions(hops=1e16), "hops must be from 1 to 1e+15"),
        (lambda: RunOptions(seed=2**63), "seed must be a whole number"),
        (lambda: StackRunOptions(replicas=2), "replicas must be a whole number from 3"),
        (lambda: StackRunOptions(evenness=math.nan), "evenness must be a number"),
        (lambda: Stack([Layer("LGPS")]).planes(25.0), "298.15 K where 25"),
        (lambda: Stack([Layer("LGPS")], site_spacing_A=0.32), "1 nm is 10 A"),
        (lambda: CrystalStack(["LGPS"], across_A=100), "across_A must be from 0.2 to 50 A"),
        (lambda: Gates(energy_above_hull_eV_per_atom=25), "0.025 eV/atom where meV/atom are meant"),
    ],
)
def test_slips_in_python_have_the_same_line(make, words):
    with pytest.raises(InputError) as caught:
        make()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_limit_is_possible_where_it_is_meant():
    assert StackRunOptions(evenness=math.inf).evenness == math.inf
    with pytest.raises(InputError):
        EVENNESS.read("inf")


def test_a_list_that_may_be_a_decimal_comma_is_repeated(interfacekit):
    run = interfacekit("react", "LCO", "LGPS", "--voltage", "3,9", "--json")
    assert run.err == "2 voltages: 3, 9 V\n"
    assert run.out.startswith("[")
    for unmistakable in (("--voltage", "3.9,4.1"), ("--voltage", "3,4,5"), ("--voltage", "3", "--voltage", "4")):
        assert interfacekit("react", "LCO", "LGPS", *unmistakable).err == ""


@pytest.mark.parametrize(("written", "seed"), [("010", 10), ("08", 8), ("'7'", 7), ("0", 0)])
def test_leading_zeros_are_no_octal_numbers(tmp_path, written, seed):
    path = tmp_path / "run.yaml"
    path.write_text(f"material: LGPS\nseed: {written}\n")
    assert config.read_config(config.KmcConfig, path, {}).seed == seed


def test_decimals_are_numbers():
    assert VOLTAGE.check(Decimal("3.9")) == 3.9
    for wrong in (Decimal("nan"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1e999")):
        with pytest.raises(InputError, match="voltage must be"):
            VOLTAGE.check(wrong)


def test_whole_numbers_are_repeated_as_they_were_written():
    with pytest.raises(InputError, match=r"replicas must be a whole number .* got 2\.0;"):
        REPLICAS.check(2.0)


def test_a_comma_that_may_separate_thousands_is_ambiguous():
    with pytest.raises(InputError, match=r"-1,234 may be -1\.234 or -1234: write the one that is meant"):
        FORMATION_ENERGY.read_file("-1,234")
    assert FORMATION_ENERGY.read_file("-1,23") == -1.23
