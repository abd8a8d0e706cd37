"""`interfacekit crystal`, `network`, `barriers` (by EMT) and `interface`."""

import csv
import json
import re
import socket
import subprocess
import sys
import warnings

import numpy as np
import pytest
from ase.io import read
from monty.json import MontyDecoder
from pymatgen.core import Lattice, Structure

from interfacekit.structure import (
    BarrierTable,
    CoherentInterfaces,
    Crystal,
    LithiumNetwork,
    WorkOfAdhesion,
    crystal,
    lithium_network,
    read_barriers,
)
from interfacekit.structure.barriers.published import published_barrier, published_table
from interfacekit.structure.interfaces.files import read_interface
from tests import places
from tests.children import command, start
from tests.sweep_tasks import until

CASES = places.CASES / "structure"
EMT = ("--mobile", "Al", "--calculator", "emt", "--supercell", "2", "--images", "3")


@pytest.fixture
def aluminium(tmp_path):
    """A CIF of fcc aluminium."""
    path = tmp_path / "al.cif"
    Structure.from_spacegroup("Fm-3m", Lattice.cubic(4.0), ["Al"], [[0, 0, 0]]).to(filename=str(path))
    return str(path)


def decoded(run):
    assert run.status == 0, run.err
    return json.loads(run.out, cls=MontyDecoder)


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_crystal(interfacekit):
    assert decoded(interfacekit("crystal", "LGPS", "--json")) == crystal("LGPS")
    table = interfacekit("crystal", "LGPS")
    assert "Li10Ge(PS6)2, P4_2mc (105)" in table.out
    assert [line.split()[0] for line in table.out.splitlines() if "-S " in line] == ["Li-S", "Ge-S", "P-S"]


@pytest.mark.parametrize("suffix", ["cif", "vasp", "extxyz"])
def test_a_crystal_is_written_and_read_back(interfacekit, tmp_path, suffix):
    path = tmp_path / f"lgps.{suffix}"
    assert interfacekit("crystal", "LGPS", "-o", str(path)).status == 0
    again = decoded(interfacekit("crystal", str(path), "--json"))
    assert isinstance(again, Crystal)
    assert (again.space_group, again.n_lithium) == ("P4_2mc", 20)
    assert again.structure.matches(crystal("LGPS").structure, ltol=1e-3, stol=1e-3)


def test_a_network(interfacekit, tmp_path):
    path = tmp_path / "lco.csv"
    run = interfacekit("network", "LCO", "-o", str(path))
    assert "they percolate: 2D in the ab plane" in run.out
    (row,) = rows(path)
    assert (row["hop_class"], row["hops_per_cell"]) == ("Li1-Li1 2.82 A", "9")
    found = decoded(interfacekit("network", "LCO", "--json"))
    assert isinstance(found, LithiumNetwork)
    assert found.percolation().dimension == 2


def test_vacant_sites_are_asked_for(interfacekit):
    found = decoded(interfacekit("network", "LCO", "--vacant", "--json"))
    assert {site.occupied for site in found.sites} == {True, False}


def test_a_site_that_must_be_missing_is_pointed_out(interfacekit, tmp_path):
    sites = [[0, 0, 0], [0, 0, 0.1417], [0.2902, 0, 0.25], [0.1854, 0.9936, 0.1908], [0.1897, 0.1636, 0.0816]]
    path = tmp_path / "LiTi2(PO4)3.cif"
    Structure.from_spacegroup("R-3c", Lattice.hexagonal(8.511, 20.843), ["Li", "Ti", "P", "O", "O"], sites).to(
        filename=str(path)
    )
    run = interfacekit("network", str(path))
    assert "note: the shortest hops that percolate are 6.02 A long" in " ".join(run.out.split())
    assert "--vacant" in run.out


@pytest.mark.parametrize(
    ("name", "formula", "remark"),
    [
        ("NMC333_simple.cif", "Li3MnCoNiO6", "add up to 1.001"),
        ("LiAl_Fd3m2.cif", "LiAl", "Fd-3m :2"),
        ("LFP_BOM.cif", "LiFePO4", None),
        ("POSCAR_latin1", "Li15Fe16(PO4)16", None),
    ],
)
def test_files_as_people_have_them(interfacekit, name, formula, remark):
    run = interfacekit("crystal", str(CASES / name))
    assert (run.status, run.err) == (0, "")
    assert f": {formula}, " in run.out
    notes = [line for line in run.out.splitlines() if line.startswith("note:")]
    assert any(remark in line for line in notes) if remark else not notes


def test_warnings_of_libraries_do_not_reach_stderr(interfacekit, tmp_path):
    """pymatgen warns of helium's electronegativity, and of labels that it guesses an element from."""
    path = tmp_path / "x.cif"
    cell = "".join(f"_cell_length_{edge} 5\n" for edge in "abc")
    cell += "".join(f"_cell_angle_{angle} 90\n" for angle in ("alpha", "beta", "gamma"))
    columns = "".join(f"_atom_site_{column}\n" for column in ("label", "fract_x", "fract_y", "fract_z"))
    path.write_text(f"data_x\n{cell}loop_\n{columns}LIA 0 0 0\nHe1 .5 0 0\nF1 .5 .5 .5\n")
    for name in ("crystal", "network"):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run = interfacekit(name, str(path))
        assert (run.status, run.err) == (0, "")
        assert "note: the atom type LIA is read as Li" in run.out
        assert not [warning for warning in caught if not issubclass(warning.category, DeprecationWarning)]


def test_barriers(interfacekit, tmp_path, aluminium):
    table, bands = tmp_path / "al.csv", tmp_path / "al.extxyz"
    run = interfacekit("barriers", aluminium, *EMT, "-o", str(table), "-o", str(bands), "--json")
    found = decoded(run)
    assert isinstance(found, BarrierTable)
    (row,) = rows(table)
    assert row["status"] == "done"
    assert float(row["forward_barrier_eV"]) == pytest.approx(found.rows[0].forward_barrier_eV, rel=1e-9)
    images = read(bands, index=":")
    assert [image.get_potential_energy() for image in images] == pytest.approx(found.rows[0].energies_eV, abs=1e-6)
    assert [image.info["image"] for image in images] == [0, 1, 2, 3, 4]


TRACER = "LiNbO3 crystalline:Li tracer activation energy"


def test_published_barriers(interfacekit, tmp_path):
    path = tmp_path / "lno.json"
    found = decoded(interfacekit("barriers", "LNO", "--published", TRACER, "-o", path, "--json"))
    assert found == published_table(lithium_network("LNO"), [published_barrier(*TRACER.split(":"))])
    assert {row.status for row in found.rows} == {"done"}
    assert read_barriers(path) == found
    (tmp_path / "run.yaml").write_text(
        json.dumps({"published": dict(zip(("system", "quantity"), TRACER.split(":"), strict=True))})
    )
    assert decoded(interfacekit("barriers", "LNO", "--config", tmp_path / "run.yaml", "--json")) == found


def test_barriers_go_on_from_a_store_after_a_kill(interfacekit, tmp_path, aluminium):
    arguments = ("barriers", aluminium, *EMT, "--store", tmp_path / "kept", "--json")
    killed = start(command, *arguments)
    until(lambda: not killed.is_alive() or list((tmp_path / "kept").rglob("*.json")))
    killed.kill()
    killed.join()
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").rglob("*.json")}
    assert kept
    assert decoded(interfacekit(*arguments)).rows[0].status == "done"
    assert all(path.stat().st_mtime_ns == before for path, before in kept.items() if path.exists())


def test_interfaces(interfacekit, tmp_path):
    options = ("--miller", "0,0,1", "--miller", "0,0,1", "--max-area", "100")
    paths = [tmp_path / name for name in ("lco_lno.cif", "lco_lno.vasp", "lco_lno.extxyz", "lco_lno.csv")]
    run = interfacekit(
        "interface", "LCO", "LNO", *options, "--json", *(word for path in paths for word in ("-o", str(path)))
    )
    found = decoded(run)
    assert isinstance(found, CoherentInterfaces)
    built = found.build(1).structure
    for path in paths[:3]:
        again = read_interface(path)
        assert again.species == built.species
        assert np.allclose(again.lattice.matrix, built.lattice.matrix, atol=1e-6)
        assert not again.get_neighbor_list(1.5)[3].size
    first = rows(paths[3])[0]
    assert float(first["area_A2"]) == pytest.approx(found.candidates[0].match.area_A2)
    assert float(first["area_A2"]) <= 100
    assert abs(float(first["film_strain_1"])) <= 0.05
    shown = interfacekit("interface", "LCO", "LNO", *options)
    assert "LNO on LCO: matches up to 100 A2 and 5 % strain" in shown.out


def test_faces_of_an_interface_are_chosen(interfacekit, tmp_path):
    options = ("--miller", "0,0,1", "--miller", "0,0,1", "--max-area", "100")
    path = tmp_path / "lco_lno.cif"
    run = interfacekit(
        "interface", "LCO", "LNO", *options, "--termination", "O/Co", "--termination", "2", "-o", path, "--json"
    )
    found = decoded(run)
    interface = found.build(1, substrate_termination="O/Co", film_termination=2)
    assert f"built {interface.name}" in run.err
    expected = interface.structure
    assert np.allclose(read_interface(path).frac_coords, expected.frac_coords, atol=1e-5)
    assert not np.allclose(read_interface(path).frac_coords, found.build(1).structure.frac_coords, atol=1e-2)
    faces = ("--termination", "9", "--termination", "best", "-o", tmp_path / "no.cif", "-o", tmp_path / "i.csv")
    slip = interfacekit("interface", "LCO", "LNO", *options, *faces, "--json")
    assert slip.status == 1
    assert json.loads(slip.out, cls=MontyDecoder) == found
    assert {path.name for path in tmp_path.iterdir()} == {"lco_lno.cif", "i.csv"}
    assert (
        f"{tmp_path / 'no.cif'} was not written: LCO has no termination 9 here; they are numbered from 1 to" in slip.err
    )


def test_interfaces_are_ranked_by_strain_energy(interfacekit, tmp_path):
    options = ("--miller", "0,0,1", "--miller", "0,0,1", "--max-area", "100")
    path = tmp_path / "table.csv"
    found = decoded(interfacekit("interface", "LCO", "LNO", *options, "--stiffness", "200,0.25", "--json", "-o", path))
    first = found.candidates[0]
    assert float(rows(path)[0]["film_strain_energy_meV_per_atom"]) == pytest.approx(first.strain_energy_meV_per_atom)
    assert int(rows(path)[0]["cut_polyanions"]) == 0
    strain = first.match.principal_strains[0]
    volume_A3 = found.film.structure.volume / len(found.film.structure)
    expected = 1e3 * 200 / 0.75 / 160.21766 * strain**2 * volume_A3
    assert first.strain_energy_meV_per_atom == pytest.approx(expected, rel=1e-3)
    shown = " ".join(interfacekit("interface", "LCO", "LNO", *options, "--stiffness", "200,0.25").out.split())
    assert "area and strain energy" in shown
    assert f"{first.strain_energy_meV_per_atom:.2f}" in shown
    assert "polyanions cut" in shown


def test_the_work_of_adhesion(interfacekit, tmp_path, aluminium):
    """Aluminium on itself: what it takes is twice its surface energy, and more than nothing."""
    options = ("--miller", "0,0,1", "--miller", "0,0,1", "--max-area", "10", "--adhesion", "emt")
    path = tmp_path / "work.csv"
    found = decoded(interfacekit("interface", aluminium, aluminium, *options, "--json", "-o", path))
    assert isinstance(found, WorkOfAdhesion)
    assert found.work_eV_per_nm2 > 0
    assert float(rows(path)[0]["work_eV_per_nm2"]) == pytest.approx(found.work_eV_per_nm2)
    shown = interfacekit("interface", aluminium, aluminium, *options).out
    assert f"work of adhesion {found.work_eV_per_nm2:.2f} eV/nm2" in shown
    assert " A2, emt, ase " in shown
    slip = interfacekit("interface", aluminium, aluminium, *options[:-1], "vasp")
    assert (slip.status, slip.out) == (2, "")
    assert "no calculator 'vasp'" in slip.err


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("crystal", "crystal is missing"),
        ("structure LCO --network", "No such command 'structure'; choose one of crystal, network, barriers and inter"),
        ("crystal LCO LNO", r"unexpected extra argument\(s\) \(LNO\); it takes one CRYSTAL"),
        ("interface LCO", "an interface has two crystals, such as LCO LNO; there are 1"),
        ("network LCO --supercell 2", "No such option: --supercell; barriers has it"),
        ("network LCO --rank 2", "No such option: --rank; interface has it"),
        ("barriers LCO", "calculator is missing: give it on the command line or in the configuration, such as chgnet"),
        ("barriers LCO --published LiCoO2", "must be SYSTEM:QUANTITY of transport.csv, got 'LiCoO2'; give one such as"),
        ("barriers LCO --published LiCoO2:none", "no 'none' of 'LiCoO2' in transport.csv; of LiCoO2 there is"),
        ("crystal NaCl", "no crystal structure of 'NaCl'"),
        ("crystal no/such.cif", "there is no file no/such.cif"),
        ("network LCO --mobile Na", "LCO has no Na; it has"),
        ("network LCO --cutoff 1", "no two Li sites of LCO are within 1 A; give at least 2.82"),
        ("barriers LCO --calculator vasp", "no calculator 'vasp'; there is chgnet, emt, lj"),
        ("barriers LCO --calculator emt --mechanism magic", "magic"),
        ("interface LCO LNO --miller 0,0,0 0,0,1", r"no lattice plane \(0 0 0\)"),
        ("interface LCO LNO --miller 0,0 0,0,1", "three"),
        ("interface LCO LNO --miller 0,0,1", "one plane for each crystal"),
        (
            "interface LCO LNO --max-area 50 --miller 0,0,1 0,0,1",
            r"nothing matches LNO on LCO within 50 A2 .* raise .* \(the smallest such cell has 89\.3 A2",
        ),
        ("interface LCO LNO --max-area -3", "-3"),
        ("interface LCO LNO --termination Li/O", "one face for each crystal"),
        ("interface LCO LNO --stiffness 20", "got an array of 1; such as 20,0.3"),
        ("interface LCO LNO --stiffness vasp", "no calculator 'vasp'"),
    ],
)
def test_bad_input_gets_one_line(interfacekit, words, what):
    run = interfacekit(*words.split())
    assert (run.status, run.out) == (2, "")
    assert len(run.err.splitlines()) == 1
    assert re.search(what, run.err), run.err


def test_nothing_is_written_where_one_file_cannot_be(interfacekit, tmp_path):
    fine = tmp_path / "x.cif"
    run = interfacekit("crystal", "LCO", "-o", str(fine), "-o", str(tmp_path / "x.png"))
    assert run.status == 2
    assert "'.png'; choose one of .cif .vasp .extxyz .csv .json" in run.err
    assert not fine.exists()


def test_a_crystal_of_several_anions(interfacekit):
    path = places.CASES / "structure" / "Li6PS5Cl_ordered.cif"
    out = interfacekit("crystal", path).out
    lines = {line.split()[0]: line.split()[1:] for line in out.splitlines() if re.match(r" *[A-Z][a-z]?-[A-Z]", line)}
    assert list(lines) == ["Li-S", "Li-Cl", "P-S"]
    assert lines["P-S"][0] == "4"


def test_the_search_of_interfaces_loads_no_local_environments():
    """pymatgen's packages of local environments and elasticity take as long to load as the search."""
    unneeded = ("pymatgen.core.local_env", "pymatgen.core.bond_valence", "pymatgen.analysis.elasticity", "networkx")
    words = ["interface", "LCO", "LNO", "--miller", "0,0,1", "--miller", "0,0,1", "--max-area", "100"]
    code = f"from interfacekit.cli import main; sys.argv[1:] = {words!r}"
    ending = f"print('UNNEEDED', [m for m in {unneeded!r} if m in sys.modules])"
    source = f"import sys, atexit\natexit.register(lambda: {ending})\n{code}\nmain()"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)  # noqa: S603
    assert "UNNEEDED []" in done.stdout


def test_the_help_loads_nothing_heavy_and_shows_an_example(interfacekit):
    run = interfacekit("interface", "--help")
    assert "interfacekit interface LCO LNO --max-area 200 -o lco_lno.cif" in " ".join(run.out.split())


def test_hops_without_barriers_are_delivered_with_exit_status_1(interfacekit, tmp_path, aluminium):
    table = tmp_path / "al.json"
    run = interfacekit("barriers", aluminium, *EMT, "--max-steps", "1", "-o", str(table), "--json")
    assert run.status == 1
    assert json.loads(run.out, cls=MontyDecoder).rows[0].status == "unconverged"
    assert table.is_file()
    assert "1 of 1 hops have no barrier; with --store DIR the same command would compute only them again" in run.err


@pytest.mark.parametrize(
    ("command", "content"),
    [
        ("shell", "{cathode: LCO, coating: LNO, electrolyte: LGPS, thickness: 2, voltage: 4, kmc: true, hops: 1e5,"),
        ("barriers", "{crystal: LCO, calculator: emt,"),
    ],
)
def test_a_file_connects_to_no_scheduler_unless_it_is_trusted(interfacekit, tmp_path, command, content):
    """What answers there can send code, which is run when the answer is read."""
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.settimeout(0.0)
        (tmp_path / "run.yaml").write_text(f"{content} scheduler: 'tcp://127.0.0.1:{stranger.getsockname()[1]}'}}\n")
        run = interfacekit(command, "--config", tmp_path / "run.yaml")
        with pytest.raises(BlockingIOError):
            stranger.accept()
    assert (run.status, run.out) == (2, "")
    assert re.search("scheduler must be of this machine, got tcp.*--trust-config$", run.err.strip())


def test_a_file_runs_no_code_unless_it_is_trusted(interfacekit, tmp_path, monkeypatch):
    """A module that a configuration names as calculator, and one that a site property names as class."""
    sentinel = tmp_path / "ran"
    (tmp_path / "of_a_stranger.py").write_text(f"open({str(sentinel)!r}, 'w').close()\nraise SystemExit(0)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    config = tmp_path / "run.yaml"
    for line in (
        "calculator: of_a_stranger:make",
        "calculator: 'subprocess:check_output'",
        "calculator: builtins:exit",
    ):
        config.write_text(f"crystal: LCO\n{line}\n")
        run = interfacekit("barriers", "--config", config)
        assert (run.status, run.out) == (2, "")
        assert re.search("must be a built-in calculator, got .*--trust-config$", run.err.strip())
    document = crystal("LCO").structure.as_dict()
    document["sites"][0]["properties"] = {"x": {"@module": "of_a_stranger", "@class": "Thing"}}
    (tmp_path / "s.json").write_text(json.dumps(document))
    run = interfacekit("crystal", tmp_path / "s.json")
    assert (run.status, run.out) == (2, "")
    assert "names the class of_a_stranger.Thing" in run.err
    assert not sentinel.exists()

    for arguments in (("LCO", "--calculator", "of_a_stranger:make"), ("--config", config, "--trust-config")):
        config.write_text("crystal: LCO\ncalculator: of_a_stranger:make\n")
        run = interfacekit("barriers", *arguments)
        assert (run.status, run.out, len(run.err.splitlines())) == (2, "", 1)
        assert "the calculator of_a_stranger:make cannot be imported: SystemExit: 0" in run.err
        assert sentinel.exists()
        sentinel.unlink()
    run = interfacekit("barriers", "LCO", "--trust-config")
    assert (run.status, run.err) == (
        2,
        "interfacekit: trust-config belongs to --config YAML; name the file, or leave trust-config out\n",
    )
