"""Frames of extended xyz: the last one is read, and what headers promise has to be there."""

import numpy as np
import pytest
from ase.build import bulk
from ase.io import read, write

from interfacekit.errors import InputError
from interfacekit.structure import crystal
from interfacekit.structure.reading.extxyz import frames

CELL = 'Lattice="4 0 0 0 4 0 0 0 4" Properties=species:S:1:pos:R:3'
FRAME = f"1\n{CELL}\nLi 0 0 0\n"


def test_frames_are_those_of_ase(tmp_path):
    path = tmp_path / "x.extxyz"
    several = [bulk("Cu", cubic=True) * n for n in (1, 2, 1)]
    several[1].rattle(0.1, seed=1)
    write(path, several, format="extxyz")
    text = path.read_text()
    split = frames(text, "x")
    assert "".join(split) == text
    for n, (one, expected) in enumerate(zip(split, several, strict=True)):
        (tmp_path / f"{n}.extxyz").write_text(one)
        np.testing.assert_allclose(read(tmp_path / f"{n}.extxyz").positions, expected.positions, atol=1e-7)
    assert crystal(path).notes == ("the last of the 3 frames in the file",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"100000000000\n{CELL}\nLi 0 0 0\n", "line 1 must be 1 to 50000 atoms, got 100000000000"),
        (f"{FRAME}100000000000\n{CELL}\nLi 0 0 0\n", "line 4 must be 1 to 50000 atoms"),
        (f"{FRAME}2\n{CELL}\nLi 0 0 0\n", "it has 1 atoms, and line 4 promises 2"),
        (f"{FRAME}Li 0 0 0\n", "line 4 must be the number of atoms, got 'Li 0 0 0'"),
        (FRAME.replace("R:3", "R:100000000000"), r"line 2 names 1e\+11 columns, and the first atom has 4"),
        (FRAME.replace("R:3", "R:3:x:R:1"), "line 2 names 5 columns, and the first atom has 4"),
        (f"{'9' * 5000}\n{CELL}\nLi 0 0 0\n", "line 1 must be the number of atoms, got '9+'"),
        (f"0\n{CELL}\n", "line 1 must be 1 to 50000 atoms, got 0"),
        (f"-1\n{CELL}\n", "line 1 must be the number of atoms"),
        (f"\u00b2\n{CELL}\nLi 0 0 0\n", "line 1 must be the number of atoms"),
        ("", "line 1 must be the number of atoms"),
    ],
)
def test_a_header_that_promises_too_much_is_refused(text, message):
    with pytest.raises(InputError, match=f"x cannot be read as a crystal: {message}") as caught:
        frames(text, "x")
    assert len(str(caught.value)) < 200
