"""Nudged elastic bands as extxyz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.atomic import replacing, require_writable
from interfacekit.errors import InputError
from interfacekit.presentation import takes_one

if TYPE_CHECKING:
    from pathlib import Path

    from interfacekit.structure.barriers.table import BarrierTable


@takes_one
def write_bands(table: BarrierTable, path: Path) -> Path:
    """Write all images of all bands, one after the other, with hop, mechanism, number and energy of each.

    Parameters
    ----------
    table
        Barriers.
    path
        `.extxyz`.

    Raises
    ------
    InputError
        If there is no band, or the file cannot be written.
    """
    from ase.io import write

    images = []
    for row in table.rows:
        for number, image in enumerate(row.images):
            image.info.update(hop=row.hop, mechanism=row.mechanism, image=number, status=row.status)
            images.append(image)
    if not images:
        raise InputError(f"no hop of {table.crystal} has a band to write to {path}; see what its rows say")
    require_writable(path)
    with replacing(path) as temporary:
        write(temporary, images, format="extxyz")
    return path
