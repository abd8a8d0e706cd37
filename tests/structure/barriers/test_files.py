"""Bands of hops in a file."""

import pytest

from interfacekit.errors import InputError
from interfacekit.structure import BandOptions, migration_barriers
from interfacekit.structure.barriers.files import write_bands


def test_no_band_to_write(tmp_path):
    calculator = "tests.structure.barriers.barrier_calculators:none_such"
    with pytest.raises(InputError, match="cannot be imported"):
        migration_barriers("LCO", calculator)
    table = migration_barriers(
        "LCO", "emt", supercell_shape=(2, 2, 1), options=BandOptions(max_steps=1)
    )  # EMT knows no Li
    assert table.rows[0].status == "failed"
    with pytest.raises(InputError, match="no hop of LCO has a band"):
        write_bands(table, tmp_path / "x.extxyz")
    assert not list(tmp_path.iterdir())
