"""A material that is described in one file, in all commands that take materials."""

import json

import pytest

FILE = """
materials:
  LYO:
    formula: LiYO2
    role: coating
    conductivity_S_cm:
      {value: 3.0e-8, unit: S/cm, role: measured, source: a film of ours, certainty: seen}
    barrier_eV: {value: 0.55, unit: eV, role: computed, source: our elastic bands, certainty: seen}
    filling: {value: 0.5, unit: "-", role: assumed, source: as of other films, certainty: assumed}
    ion_density_per_cm3: {value: 2.2e+22, unit: 1/cm3, role: computed, source: its cell, certainty: derived}
    layer:
      site_density_per_cm3: {derive: ion_density, unit: 1/cm3}
      permittivity: {value: 12, unit: "-", role: measured, source: our films, certainty: seen}
    bulk: {lattice: simple_cubic, cells: 6}
contacts:
  LCO|LYO: {offset_eV: {value: 0.2, unit: eV, role: assumed, source: as of LNO, certainty: assumed}}
  LYO|LGPS: {offset_eV: 0.1}
"""


@pytest.fixture
def run(interfacekit, tmp_path):
    """Run a command with the file, and return its results."""
    path = tmp_path / "lyo.yaml"
    path.write_text(FILE)

    def run(*words):
        done = interfacekit(*words, "--materials", path, "--json")
        assert done.status == 0, done.err
        found = json.loads(done.out)
        return found if isinstance(found, list) else [found]

    return run


def test_kmc(run):
    (result,) = run("kmc", "LYO", "--hops", "1e5", "--replicas", "2")
    notes = result["provenance"]["parameters"]
    assert result["material"] == "LYO"
    assert "attempt frequency calibrated to 3e-08 S/cm at 298.15 K" in json.dumps(notes)
    assert "our elastic bands" in json.dumps(notes)


def test_scl(run):
    (result,) = run("scl", "LCO", "LYO:2nm", "LGPS:2nm", "--voltage", "4")
    layers = result["provenance"]["parameters"]["layers"]
    origin = next(p for p in layers[1]["parameters"] if p["name"] == "conductivity_S_cm")
    assert (layers[1]["site_density_per_cm3"], layers[1]["permittivity"]) == (4.4e22, 12.0)
    assert (origin["value"], origin["source"]) == (3e-8, "a film of ours")
    assert result["provenance"]["parameters"]["contacts"]["LCO|LYO"]["offset_eV"] == 0.2


def test_shell_is_the_stack_of_scl(run):
    bare, shell = run(
        "shell", "--cathode", "LCO", "--coating", "LYO", "--electrolyte", "LGPS", "--thickness", "0,2", "--voltage", "4"
    )
    (stack,) = run("scl", "LCO", "LYO:2nm", "LGPS:10nm", "--voltage", "4")
    assert bare["layers"] == ["LCO", "LGPS"]
    assert shell["asr_ohm_cm2"] == stack["asr_ohm_cm2"]


def test_a_sweep_goes_on_where_it_stopped_unless_a_number_changes(interfacekit, tmp_path):
    path, store = tmp_path / "lyo.yaml", tmp_path / "kept"
    words = (
        "shell",
        "--cathode",
        "LCO",
        "--coating",
        "LYO",
        "--electrolyte",
        "LGPS",
        "--thickness",
        "2",
        "--voltage",
        "4",
    )
    for text, records in ((FILE, 1), (FILE, 1), (FILE.replace("value: 12", "value: 14"), 2)):
        path.write_text(text)
        assert interfacekit(*words, "--materials", path, "--store", store).status == 0
        assert len(list(store.glob("**/*.json"))) == records


def test_screen(run):
    (result,) = run("screen", "--cathode", "LCO", "--electrolyte", "LGPS", "--candidates", "LNO", "LYO")
    by_label = {candidate["label"]: candidate["formula"] for candidate in result["candidates"]}
    assert by_label == {"LNO": "LiNbO3", "LYO": "LiYO2"}


@pytest.mark.parametrize(
    "words",
    [
        ["kmc", "bad"],
        ["scl", "LCO", "bad:2nm", "LGPS", "--voltage", "4"],
        [
            "shell",
            "--cathode",
            "LCO",
            "--coating",
            "bad",
            "--electrolyte",
            "LGPS",
            "--thickness",
            "2",
            "--voltage",
            "4",
        ],
        ["screen", "--cathode", "LCO", "--electrolyte", "LGPS", "--candidates", "bad"],
    ],
    ids=lambda words: words[0],
)
def test_all_that_a_file_lacks_is_told_at_once(interfacekit, tmp_path, words):
    path = tmp_path / "bad.yaml"
    path.write_text("materials: {bad: {barrier_eV: 500, layer: {permitivity: 9}}}\n")
    done = interfacekit(*words, "--materials", path)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert "bad.yaml: bad lacks formula (such as LiCoO2), site_density_per_cm3 (1/cm3), filling (-)" in done.err
    assert "unknown key 'permitivity' of layer of bad, did you mean permittivity?" in done.err
    assert "barrier_eV of bad must be above 0 and at most 10 eV, got 500 eV" in done.err


def test_a_configuration_names_files_and_describes_inline(interfacekit, tmp_path):
    (tmp_path / "lyo.yaml").write_text(FILE)
    config = tmp_path / "run.yaml"
    inline = "{LYO: {permittivity: 30}, tiny: {bulk: {lattice: simple_cubic}, filling: 0.5, barrier_eV: 0.4}}"
    config.write_text(f"materials: [{tmp_path / 'lyo.yaml'}, {{LYO: {{permittivity: 30}}}}]\nvoltage: 4\n")
    done = interfacekit("scl", "LCO", "LYO:2nm", "LGPS:2nm", "--config", config, "--json")
    assert done.status == 0, done.err
    assert json.loads(done.out)["provenance"]["parameters"]["layers"][1]["permittivity"] == 30.0
    config.write_text(f"materials: {inline}\n")
    done = interfacekit("kmc", "tiny", "--config", config)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "tiny lacks conductivity_S_cm (S/cm), hop_distance_A (A)" in done.err


def test_files_of_the_command_line_join_those_of_the_configuration(interfacekit, tmp_path):
    first, second = FILE.split("contacts:")
    (tmp_path / "lyo.yaml").write_text(first)
    (tmp_path / "contacts.yaml").write_text(f"contacts:{second}")
    (tmp_path / "run.yaml").write_text(f"materials: {tmp_path / 'lyo.yaml'}\nvoltage: 4\n")
    words = ("scl", "LCO", "LYO:2nm", "LGPS:2nm", "--config", tmp_path / "run.yaml")
    assert "nothing is known of the site energies across LCO|LYO" in interfacekit(*words).err
    assert interfacekit(*words, "--materials", tmp_path / "contacts.yaml").status == 0


def test_an_output_does_not_replace_a_file_of_materials(interfacekit, tmp_path):
    path = tmp_path / "lyo.json"
    path.write_text(json.dumps({"materials": {"LYO": {"formula": "LiYO2"}}}))
    done = interfacekit(
        "screen", "--cathode", "LCO", "--electrolyte", "LGPS", "--candidates", "LYO", "--materials", path, "-o", path
    )
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "is the input of materials; write to another file" in done.err
