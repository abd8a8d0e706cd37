"""Files of crystals, of the sites of networks and of bands: what is written is what was there."""

import pytest

from interfacekit.errors import ComputationError, InputError
from interfacekit.structure import crystal
from interfacekit.structure.crystals import files as crystal_files
from interfacekit.structure.crystals.files import write_crystal


@pytest.mark.parametrize("alias", ["LCO", "LNO", "LGPS"])
@pytest.mark.parametrize("suffix", [".cif", ".vasp", ".extxyz"])
def test_a_crystal_reads_back(tmp_path, alias, suffix):
    first = crystal(alias)
    again = crystal(write_crystal(first, tmp_path / f"x{suffix}")).structure
    assert again.matches(first.structure, ltol=1e-4, stol=1e-4, angle_tol=0.001, scale=False)


def test_a_cif_has_the_space_group(tmp_path):
    text = write_crystal(crystal("LGPS"), tmp_path / "x.cif").read_text()
    assert "_symmetry_Int_Tables_number   105" in text
    assert text.startswith("# LGPS, from Li10GeP2S12_P42mc_ordered.cif")


def test_what_does_not_read_back_is_not_kept(tmp_path, monkeypatch):
    path = tmp_path / "x.vasp"
    path.write_text("what was there before")

    def shrunk(of, path):
        smaller = of.structure.copy()
        smaller.scale_lattice(0.97 * smaller.volume)
        smaller.to(filename=str(path), fmt="poscar")

    monkeypatch.setattr(crystal_files, "_write_poscar", shrunk)
    with pytest.raises(ComputationError, match="does not read back as LCO"):
        write_crystal(crystal("LCO"), path)
    assert path.read_text() == "what was there before"


def test_a_format_that_crystals_do_not_have(tmp_path):
    with pytest.raises(InputError, match=r"crystals are \.cif, \.vasp or \.extxyz"):
        write_crystal(crystal("LCO"), tmp_path / "x.txt")
