"""Bad and odd inputs by kind, for every command, from a seed."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A call of each command that works and takes little; inputs are put into it.
CALLS = {
    "window": ["window", "LGPS"],
    "react": ["react", "LCO", "LGPS", "--voltage", "3.9"],
    "map": ["map", "LNO", "--voltage", "2:3"],
    "screen": ["screen", "--cathode", "LCO", "--electrolyte", "LGPS", "--candidates", "LNO"],
    "entries": ["entries", "Li-O"],
    "crystal": ["crystal", "LCO"],
    "network": ["network", "LCO"],
    "barriers": ["barriers", "LCO", "--calculator", "emt"],
    "interface": ["interface", "LCO", "LNO"],
    "kmc": ["kmc", "LCO", "--cells", "6", "--hops", "5e4", "--replicas", "1", "--threads", "1"],
    "scl": ["scl", "LCO", "LNO:2nm", "LGPS", "--voltage", "3.9"],
    "shell": [
        "shell",
        "--cathode",
        "LCO",
        "--coating",
        "LNO",
        "--electrolyte",
        "LGPS",
        "--thickness",
        "2",
        "--voltage",
        "3.9",
    ],
    "bench": ["bench", "kmc", "--sites", "1e3", "--seconds", "0.01"],
    "warm": ["warm"],
}
THERMODYNAMIC = ("window", "react", "map", "screen", "entries")
#: Options with a number, or a list of them.
NUMBERS = {
    "window": ["--ensemble", "--sigma", "--seed"],
    "react": ["--voltage", "--ensemble", "--sigma", "--seed"],
    "map": ["--voltage"],
    "screen": ["--voltage", "--max-elements", "--top", "--gate energy_above_hull_eV_per_atom=", "--gate reduction_V="],
    "network": ["--cutoff"],
    "barriers": ["--supercell", "--images", "--fmax", "--max-steps", "--workers"],
    "interface": ["--max-area", "--max-strain", "--max-miller", "--rank", "--stiffness", "--miller"],
    "kmc": [
        "--temperature",
        "--conductivity",
        "--attempt-frequency",
        "--barrier",
        "--filling",
        "--cells",
        "--field",
        "--hops",
        "--replicas",
        "--seed",
        "--threads",
    ],
    "scl": ["--voltage", "--temperature", "--particle-size", "--across", "--hops", "--replicas", "--seed", "--cells"],
    "shell": ["--thickness", "--voltage", "--temperature", "--particle-size", "--seed", "--workers", "--evenness"],
    "bench": ["--sites", "--seconds"],
}
#: No number at all, or not one that is possible anywhere here.
NO_NUMBERS = [
    "-1_5",
    "1_000",
    "nan",
    "inf",
    "-inf",
    "1e308",
    "1e999",
    "-1e308",
    "",
    " ",
    "٣.٩",
    "\N{FULLWIDTH DIGIT ZERO}",
    "½",
    "3\N{ARABIC DECIMAL SEPARATOR}9",
    "0x10",
    "1e",
    "--",
    "abc",
    "None",
    "True",
    "3.9 V",
    "3,9,",
    "1:2:0",
    "5:1:1",
    "0:1e9:1e-9",
    "1:2:3:4",
    "-5",
    "9" * 400,
    "1" + "0" * 5000,
    "1e-400:2",
    "\N{MINUS SIGN}3",
    "[bold]3[/bold]",
    "\x1b[31m3",
]
NO_FORMULAS = [
    "Xx2O3",
    "",
    " ",
    "Li-1O2",
    "Li2O)",
    "(Li2O",
    "Li{2}O",
    "Li0O0",
    "LI2O",
    "lco2",
    "é",
    "\N{HIGH VOLTAGE SIGN}",
    "Li" + "9" * 400 + "O",
    "Li1e400O",
    "Li1e-400O",
    "[bold]Li2O[/bold]",
    "[/]",
    "../../etc/passwd",
    "A" * 10_000,
    "Li2O\nLi3N",
    "\x1b[31mLi2O",
    "Li2O|LGPS",
    "-Li2O",
    "Li2O;rm",
    "${HOME}",
    "Li2_0O",
    "Li٢O",
    "mp-999999999999",
    "None",
    "(((((" * 300,
    "Og",
]
UNITS = {
    "window": [["--sigma", "24meV", "--ensemble", "100"], ["--sigma", "24", "--ensemble", "100"]],
    "react": [["--voltage", "3900"], ["--voltage", "3.9V"], ["--voltage", "-3.9"]],
    "map": [["--voltage", "2000:3000"], ["--voltage", "2V:3V"]],
    "screen": [
        ["--voltage", "2500:4300"],
        ["--gate", "energy_above_hull_eV_per_atom=25"],
        ["--gate", "oxidation_V=4300"],
        ["--gate", "lithium_fraction=50"],
    ],
    "entries": [["--thermo-type", "GGA eV"]],
    "network": [["--cutoff", "0.3nm"], ["--cutoff", "300"], ["--cutoff", "1e-10"]],
    "barriers": [["--fmax", "50meV"]],
    "kmc": [
        ["--temperature", "25C"],
        ["--temperature", "25"],
        ["--temperature", "-40"],
        ["--barrier", "300"],
        ["--barrier", "300meV"],
        ["--attempt-frequency", "1THz"],
        ["--field", "1e7"],
        ["--filling", "70"],
        ["--conductivity", "12mS/cm"],
    ],
    "scl": [
        ["--temperature", "25"],
        ["--particle-size", "10um"],
        ["--particle-size", "1e-5"],
        ["LNO:5um"],
        ["LNO:5A"],
        ["--voltage", "3900"],
    ],
    "shell": [["--thickness", "5um"], ["--thickness", "5e-9"], ["--voltage", "3900"], ["--temperature", "25"]],
    "bench": [["--seconds", "1ms"], ["--sites", "-1000"]],
    "warm": [["1"], ["--jobs", "2"]],
}
WITHOUT_EFFECT = {
    "window": [
        ["--seed", "3"],
        ["--sigma", "0.03"],
        ["--figure", "staircase"],
        ["--delithiated", ""],
        ["--ensemble", "50", "--leave-one-out"],
        ["-o", "a.csv", "-o", "./a.csv"],
    ],
    "react": [["--figure", "amounts"], ["--seed", "1"], ["--sigma", "0.1"], ["-o", ""]],
    "map": [
        ["LCO", "--fields", "--rows", "pairs"],
        ["LCO", "--fields", "--baseline", "total"],
        ["--rows", "pairs"],
        ["--voltage", "2:4"],
    ],
    "screen": [
        ["--candidates", ""],
        ["--contains", ""],
        ["--gate", "reduction_V=2", "--gate", "reduction_V=3"],
        ["--highlight", "LNO"],
        ["--highlight", "Li7La3Zr2O12", "-o", "map.png"],
        ["--figure", "closed"],
        ["--gate", "no_such_gate=1"],
        ["--objectives", ""],
    ],
    "entries": [["--aliases"], ["--aliases", "-o", "a.csv"], ["--thermo-type", "R2SCAN"], ["--entries", ""]],
    "crystal": [["LNO"], ["--calculator", "emt"]],
    "network": [["--rank", "2"], ["--images", "5"], ["LNO"]],
    "barriers": [["--workers", "2"], ["--max-area", "100"], ["--hops", ""]],
    "interface": [["--rank", "2"], ["--relax"], ["--termination", "best"], ["LNO"]],
    "kmc": [["--kernel", "lattices"], ["--walkers", ""], ["--barrier-table", ""], ["--sample", "shell"]],
    "scl": [
        ["--hops", "1e7"],
        ["--replicas", "4"],
        ["--cells", "20"],
        ["--evenness", "3"],
        ["--threads", "2"],
        ["--seed", "3"],
        ["--checkpoint", "folder"],
        ["--amorphous", "LNO"],
        ["--figure", "resistance"],
        ["--across", "3"],
    ],
    "shell": [["--hops", "1e7"], ["--seed", "1"], ["--workers", "2", "--scheduler", "serial"], ["--figure", "map"]],
    "bench": [["--config", ""], ["-o", ""]],
    "warm": [["-o", "x.csv"], ["--config", "x.yaml"]],
}
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)
YAMLS = {
    "alias bomb": BOMB + "phases: *j\n",
    "python tag": "phases: !!python/object/apply:os.system ['touch sentinel']\n",
    "python name": "phases: !!python/name:os.abort\n",
    "two keys": "phases: [LCO, LGPS]\nphases: [LNO]\n",
    "list": "- LCO\n- LGPS\n",
    "scalar": "LCO\n",
    "empty": "",
    "unknown key": "phases: [LCO]\nphasen: [LNO]\ntemprature: 300\n",
    "deep": "phases: " + "[" * 5000 + "]" * 5000 + "\n",
    "binary": b"\x00\x01\x02\xff\xfe",
    "latin-1": "phases: [LCO] # K\xf6ln".encode("latin-1"),
    "two documents": "phases: [LCO]\n---\nphases: [LNO]\n",
    "torn": "phases: [LCO, LGPS\n",
    "tabs": "phases:\n\t- LCO\n",
    "huge integer": "seed: " + "9" * 5000 + "\n",
    "numbers as truth": "seed: yes\nhops: true\ntemperature: on\n",
    "null": "phases: null\nmaterial: null\n",
    "merge": "<<: {phases: [LCO]}\nphases: [LNO]\n",
    "calculator": "crystals: [LCO]\nbarriers: 'subprocess:check_output'\n",
    "calculator that leaves": "crystals: [LCO]\nbarriers: 'builtins:exit'\n",
    "date": "phases: 2026-01-01\nmaterial: 2026-01-01\n",
    "mapping for a list": "phases: {LCO: LGPS}\nlayers: {LCO: 1}\n",
    "no number": "voltage: [[[3.9]]]\ntemperature: {K: 300}\n",
}
MATERIALS_FILES = {
    **YAMLS,
    "no materials": "materials: {}\n",
    "materials of nothing": "materials:\n  LNO:\n",
    "materials in a list": "materials: [LNO, LCO]\n",
    "odd names": "materials: {'a|b': {formula: LiF}, '': {formula: LiF}, 3: {formula: LiF}, interphase: {}}\n",
    "keys missing": "materials: {XYZ: {layer: {}, bulk: {}, samples: {}, measured: [{}]}}\n",
    "keys unknown": "materials: {XYZ: {formula: LiF, layer: {colour: 3}}, LNO: {permitivity: 3}}\n",
    "no formula": "materials: {XYZ: {formula: Qq2}, ABC: {formula: 3}, DEF: {formula: ''}}\n",
    "units": "materials: {LNO: {barrier_eV: {value: 620, unit: eV}, conductivity_S_cm: {value: 1, unit: Ohm}}}\n",
    "ranges": "materials: {LNO: {filling: {value: 0.5, unit: '-', range: {low: 0.9, high: .inf}}}}\n",
    "rows": "materials: {LNO: {filling: {row: {table: ../x, system: [1], quantity: {a: b}}, unit: '-'}}}\n",
    "parts": "materials: {XYZ: {formula: LiF, filling: {row: {system: LiCoO2, quantity: 'lattice a;c', part: 9}}}}\n",
    "words": "materials: {LNO: {filling: {derive: python, unit: '-'}, permittivity: {value: true, unit: '-'}}}\n",
    "contacts": "contacts: {LCO: {offset_eV: 1}, LCO|LNO: {height: 2}, LCO|LGPS: {offset_eV: 1e400}}\n",
    "structure": "materials: {LCO: {structure: /dev/zero, formula: LiCoO2}, LGPS: {structure: ''}}\n",
}
ENTRY = {"composition": {"Li": 1.0}, "energy": -1.9, "correction": 0.0, "data": {"thermo_type": "GGA_GGA+U"}}
ENTRIES_FILES = {
    "empty.json": "",
    "torn.json": '[{"composition": {"Li": 1',
    "scalar.json": "3",
    "deep.json": "[" * 100_000,
    "twice.json": '{"entries": [], "entries": [1]}',
    "huge.json": '[{"composition": {"Li": 1}, "energy": ' + "9" * 6000 + "}]",
    "nan.json": '[{"composition": {"Li": 1}, "energy": NaN}]',
    "true.json": '[{"composition": {"Li": true}, "energy": false}]',
    "text.json": '[{"composition": {"Li": "1_0"}, "energy": "-1_9"}]',
    "nothing.json": json.dumps([ENTRY | {"energy": None}]),
    "class.json": json.dumps([{"@module": "sentinel", "@class": "Boom", **ENTRY}]),
    "far.json": json.dumps([ENTRY, {"composition": {"Li": 1, "O": 1}, "energy": -1e300}]),
    "binary.json": b"\x80\x04\x95\x00\x00",
    "no.gz.json.gz": "no gzip",
    "bomb.json.gz": gzip.compress(b"[" + b" " * (300 << 20), 1),
    "torn.json.gz": gzip.compress(b"[]" * 1000)[:20],
    "empty.csv": "",
    "header.csv": "formula,formation_energy_eV_per_atom\n",
    "twice.csv": "formula,formation_energy_eV_per_atom,formula\nLi2O,-2,Li3N\n",
    "lacks.csv": "formula,energy\nLi2O,-2\n",
    "arabic.csv": "formula,formation_energy_eV_per_atom\nLi2O,-٢\n",
    "underscore.csv": "formula,formation_energy_eV_per_atom\nLi2O,-0_2\n",
    "quote.csv": 'formula,formation_energy_eV_per_atom\n"Li2O,-2\n' + "x" * 100_000,
    "null.csv": "formula,formation_energy_eV_per_atom\nLi2O\x00,-2\n",
    "utf16.csv": "formula,formation_energy_eV_per_atom\nLi2O,-2\n".encode("utf-16"),
    "mV.csv": "formula,formation_energy_eV_per_atom\nLi2O,-2000\n",
    "entries.pkl": b"\x80\x04\x95\x00\x00",
    "entries.xlsx": b"PK\x03\x04",
    "nosuffix": "[]",
}
CLASS_MARK = {"@module": "sentinel", "@class": "Boom"}
LATTICE = {"matrix": [[3.0, 0, 0], [0, 3.0, 0], [0, 0, 3.0]]}
SITE = {"species": [{"element": "Li", "occu": 1}], "abc": [0, 0, 0]}
CIF = """data_x
_cell_length_a {a}
_cell_length_b 3.0
_cell_length_c 3.0
_cell_angle_alpha {angle}
_cell_angle_beta 90
_cell_angle_gamma 90
_symmetry_space_group_name_H-M '{group}'
loop_
_atom_site_label
_atom_site_type_symbol
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
_atom_site_occupancy
Li1 {element} {x} 0 0 {occupancy}
"""
CELL = {"a": "3.0", "angle": "90", "group": "P 1", "element": "Li", "x": "0", "occupancy": "1"}
STRUCTURES = {
    "mark.json": json.dumps({"lattice": LATTICE, "sites": [SITE | {"properties": {"magmom": CLASS_MARK}}]}),
    "class.json": json.dumps({"@module": "sentinel", "@class": "Boom", "lattice": LATTICE, "sites": [SITE]}),
    "no.json": "{}",
    "nosite.json": json.dumps({"lattice": LATTICE, "sites": []}),
    "infinite.json": json.dumps({"lattice": {"matrix": [[1e308, 0, 0]] * 3}, "sites": [SITE]}),
    "element.json": json.dumps({"lattice": LATTICE, "sites": [SITE | {"species": [{"element": "Qq", "occu": 1}]}]}),
    "occupancy.json": json.dumps({"lattice": LATTICE, "sites": [SITE | {"species": [{"element": "Li", "occu": -3}]}]}),
    "empty.cif": "",
    "torn.cif": CIF[:150],
    "flat.cif": CIF.format(**CELL | {"angle": "0"}),
    "huge.cif": CIF.format(**CELL | {"a": "1e300"}),
    "none.cif": CIF.format(**CELL | {"a": "nan"}),
    "negative.cif": CIF.format(**CELL | {"a": "-3"}),
    "arabic.cif": CIF.format(**CELL | {"a": "٣"}),
    "group.cif": CIF.format(**CELL | {"group": "Q 99"}),
    "element.cif": CIF.format(**CELL | {"element": "Qq"}),
    "many.cif": CIF.format(**CELL | {"occupancy": "7"}),
    "binary.cif": b"\xff\xfe\x00\x00\x01",
    "atoms.extxyz": '100000000000\nLattice="3 0 0 0 3 0 0 0 3"\nLi 0 0 0\n',
    "minus.extxyz": '-1\nLattice="3 0 0 0 3 0 0 0 3"\n',
    "cell.extxyz": '1\nLattice="0 0 0 0 0 0 0 0 0"\nLi 0 0 0\n',
    "eval.extxyz": '1\nLattice="3 0 0 0 3 0 0 0 3" Properties=species:S:1:pos:R:999999999\nLi 0 0 0\n',
    "POSCAR": "x\n1.0\n3 0 0\n0 3 0\n0 0 3\nLi\n999999999999\nDirect\n0 0 0\n",
    "scale.vasp": "x\n0.0\n3 0 0\n0 3 0\n0 0 3\nLi\n1\nDirect\n0 0 0\n",
    "nan.vasp": "x\n1.0\nnan 0 0\n0 3 0\n0 0 3\nLi\n1\nDirect\n0 0 0\n",
    "names.vasp": "x\n1.0\n3 0 0\n0 3 0\n0 0 3\n1\nDirect\n0 0 0\n",
    "crystal.pdb": "ATOM\n",
}
STREAMS = (
    "closed stdout",
    "closed stderr",
    "full stdout",
    "full stderr",
    "gone reader",
    "encoding ascii",
    "encoding latin-1",
    "small files",
)
ENVIRONMENTS = (
    {"COLUMNS": "abc"},
    {"COLUMNS": "1"},
    {"COLUMNS": "99999999"},
    {"MPLBACKEND": "no_such_backend"},
    {"NUMBA_NUM_THREADS": "many"},
    {"NUMBA_CACHE_DIR": "/dev/null/cache"},
    {"HOME": "/dev/null"},
    {"TMPDIR": "/no/such/folder"},
    {"TERM": "dumb"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"PYTHONIOENCODING": "ascii"},
    {"OMP_NUM_THREADS": "-3"},
)
#: Kinds of which each input is none that could be answered.
REFUSED = ("numbers", "formulas", "units", "options without effect")
SPECIAL = ("folder", "fifo", "device", "missing", "loop")


@dataclass
class Case:
    """One call with something bad or odd in it."""

    kind: str
    command: str
    arguments: list[str]
    files: dict[str, bytes] = field(default_factory=dict)
    stream: str = ""
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What tells it from others in a message."""
        words = " ".join(word if len(word) < 40 else word[:37] + "..." for word in self.arguments)
        return f"{self.kind}: {words!a} {self.stream} {self.environment or ''}"


def generated(seed: int) -> list[Case]:
    """All cases of a seed, the same each time."""
    random = Random(seed)  # noqa: S311
    return [
        case
        for kind in (numbers, formulas, units, without_effect, yamls, entries_files, structures)
        for case in kind(random)
    ] + [
        case
        for kind in (special_files, streams, environments, outputs, checkpoints, words, materials)
        for case in kind(random)
    ]


def _put(command: str, option: str, value: str) -> list[str]:
    """The call of a command with another value of an option."""
    call = list(CALLS[command])
    if option.endswith("="):
        option, name = option.split()
        return [*call, option, name + value]
    if option in call:
        place = call.index(option) + 1
        return [*call[:place], value, *call[place + 1 :]]
    if command == "scl" and option == "--across":
        call += ["--crystals"]
    if command in {"scl", "shell"} and option in _OF_KMC:
        call += ["--kmc"]
    if option in {"--sigma", "--seed"} and command in {"window", "react"}:
        call += ["--ensemble", "20"]
    return [*call, option, value]


_OF_KMC = ("--hops", "--replicas", "--seed", "--cells", "--evenness")


def numbers(random: Random) -> Iterator[Case]:
    for command, options in NUMBERS.items():
        for option in options:
            for text in random.sample(NO_NUMBERS, 2):
                yield Case("numbers", command, _put(command, option, text))


def formulas(random: Random) -> Iterator[Case]:
    places = {
        "window": [1],
        "react": [1, 2],
        "map": [1],
        "screen": [2, 4],
        "entries": [1],
        "crystal": [1],
        "network": [1],
        "interface": [1, 2],
        "kmc": [1],
        "scl": [1, 2],
        "shell": [2, 4, 6],
    }
    for command, where in places.items():
        for place in where:
            for text in random.sample(NO_FORMULAS, 4):
                call = list(CALLS[command])
                call[place] = text
                yield Case("formulas", command, call)


def units(random: Random) -> Iterator[Case]:
    for command, several in UNITS.items():
        for more in several:
            given = [CALLS[command], more]
            if more[0].startswith("LNO:"):
                given = [["scl", "LCO"], [*more, "LGPS", "--voltage", "3.9"]]
            elif more[0] in CALLS[command]:
                given = [_put(command, *more)]
            yield Case("units", command, [word for part in given for word in part])


def without_effect(random: Random) -> Iterator[Case]:
    for command, several in WITHOUT_EFFECT.items():
        for more in several:
            call = list(CALLS[command])
            if command == "screen" and "--candidates" in more:
                call = call[: call.index("--candidates")]
            if command == "entries" and "--aliases" in more and "-o" in more:
                call = ["entries"]
            yield Case("options without effect", command, [*call, *more])


def yamls(random: Random) -> Iterator[Case]:
    commands = [command for command in CALLS if command != "warm"]
    for content in YAMLS.values():
        for command in random.sample(commands, 2):
            yield _with_file("YAML", [*_bare(command), "--config", "run.yaml"], command, "run.yaml", content)


def _bare(command: str) -> list[str]:
    return ["bench", "kmc"] if command == "bench" else [command]


def _with_file(kind: str, arguments: list[str], command: str, name: str, content: str | bytes) -> Case:
    return Case(kind, command, arguments, {name: content.encode() if isinstance(content, str) else content})


def materials(random: Random) -> Iterator[Case]:
    commands = ("kmc", "scl", "shell", "screen")
    for content in MATERIALS_FILES.values():
        command = random.choice(commands)
        call = [*CALLS[command], "--materials", "mine.yaml"]
        yield _with_file("files of materials", call, command, "mine.yaml", content)
    for special, command in zip(SPECIAL, commands, strict=False):
        yield Case("files of materials", command, [*CALLS[command], "--materials", f"{special}.yaml"])


def entries_files(random: Random) -> Iterator[Case]:
    for name, content in ENTRIES_FILES.items():
        for command in random.sample(THERMODYNAMIC, 2):
            yield _with_file("files of energies", [*CALLS[command], "--entries", name], command, name, content)


def structures(random: Random) -> Iterator[Case]:
    for name, content in STRUCTURES.items():
        calls = (["network"], ["crystal", "-o", "x.cif"], ["crystal"], ["interface", "LNO", "--max-area", "50"])
        for command, *more in random.sample(calls, 2):
            yield _with_file("structures", [command, name, *more], command, name, content)
    table = io.BytesIO()
    with zipfile.ZipFile(table, "w") as archive:
        archive.writestr("x", "y")
    for content in ("", "[]", "{}", json.dumps({"@module": "os", "@class": "abort"}), table.getvalue(), "null"):
        arguments = ["kmc", "--barrier-table", "t.json", "--cells", "2", "--filling", "0.5"]
        yield _with_file("structures", arguments, "kmc", "t.json", content)


def special_files(random: Random) -> Iterator[Case]:
    """Inputs that are no regular files: see the runner, which makes them by these names."""
    for special in SPECIAL:
        for command in random.sample(THERMODYNAMIC, 3):
            yield Case("special files", command, [*CALLS[command], "--entries", f"{special}.json"])
        for command in random.sample([c for c in CALLS if c != "warm"], 3):
            yield Case("special files", command, [*_bare(command), "--config", f"{special}.yaml"])
        yield Case("special files", "crystal", ["crystal", f"{special}.cif"])
        yield Case("special files", "kmc", ["kmc", "--barrier-table", f"{special}.json", "--cells", "2"])


def streams(random: Random) -> Iterator[Case]:
    for stream in STREAMS:
        for command in random.sample([c for c in CALLS if c not in {"warm", "bench"}], 4):
            call = list(CALLS[command])
            more = random.choice(([], ["--json"], ["-o", "out.csv"], ["-o", "out.json"]))
            yield Case("streams", command, [*call, *more], stream=stream)


def environments(random: Random) -> Iterator[Case]:
    for environment in ENVIRONMENTS:
        for command in random.sample([c for c in CALLS if c not in {"warm", "bench", "kmc", "entries"}], 2):
            yield Case("environments", command, [*CALLS[command], "-o", "out.png"], environment=environment)


def outputs(random: Random) -> Iterator[Case]:
    targets = [
        "no/folder/x.csv",
        "folder.csv",
        "x.txt",
        "x",
        ".csv",
        "/dev/full",
        "x.csv/",
        "\x00.csv",
        "a" * 300 + ".csv",
    ]
    targets += [
        "a" * 300 + ".csv",
        "",
        "fifo.csv",
        "loop.csv",
        "x.pkl",
        "x.nc",
        "-",
        "/proc/1/mem.csv",
        "x.CSV.exe",
        "~nobody/x.csv",
        ".",
    ]
    for target in targets:
        for command in random.sample([c for c in CALLS if c != "warm"], 2):
            yield Case("outputs", command, [*CALLS[command], "-o", target])
    for command in [c for c in CALLS if c not in {"warm", "barriers", "interface"}]:
        yield Case("outputs", command, [*CALLS[command], "-o", "x.csv", "-o", "./x.csv"])


def checkpoints(random: Random) -> Iterator[Case]:
    folders = {
        "another run": {"run.json": '{"sha256": "0"}'},
        "no run": {"replica-0.npz": b"PK\x03\x04"},
        "torn mark": {"run.json": '{"sha'},
        "list mark": {"run.json": "[]"},
        "binary mark": {"run.json": b"\xff\xfe\x00"},
        "records": {"0" * 64 + ".json": "{}", "1" * 64 + ".json": "torn"},
        "class": {"0" * 64 + ".json": json.dumps(CLASS_MARK)},
    }
    calls = [
        [*CALLS["kmc"], "--checkpoint"],
        [*CALLS["shell"], "--store"],
        [*CALLS["screen"], "--store"],
        ["barriers", "LCO", "--calculator", "emt", "--max-steps", "1", "--images", "1", "--store"],
    ]
    for files in folders.values():
        for call in random.sample(calls, 3):
            content = {f"kept/{name}": text.encode() if isinstance(text, str) else text for name, text in files.items()}

            yield Case("checkpoints", call[0], [*call, "kept"], content)
        content = {
            f"kept/298.15K/{name}": text.encode() if isinstance(text, str) else text for name, text in files.items()
        }
        yield Case("checkpoints", "kmc", [*CALLS["kmc"], "--checkpoint", "kept"], content)
    for call in calls:
        for special in SPECIAL:
            yield Case("checkpoints", call[0], [*call, f"{special}.csv"])


def words(random: Random) -> Iterator[Case]:
    """Slips of the command line itself."""
    slips = [
        ["--no-such-option"],
        ["extra", "words", "here"],
        ["--output"],
        ["--json", "--json"],
        ["--help=3"],
        ["-"],
        ["--", "--"],
    ]
    for command, call in CALLS.items():
        for slip in random.sample(slips, 2):
            yield Case("words", command, [*call, *slip])
    for arguments in (
        [],
        ["windows"],
        ["--version", "x"],
        ["bench"],
        ["bench", "kmcs"],
        [""],
        ["\x00"],
        ["--help", "x"],
    ):
        yield Case("words", "interfacekit", list(arguments))
