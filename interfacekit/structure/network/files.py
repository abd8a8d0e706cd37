"""Sites of a network as extxyz."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.atomic import replacing, require_writable
from interfacekit.presentation import takes_one

if TYPE_CHECKING:
    from pathlib import Path

    from interfacekit.structure.network.result import LithiumNetwork


@takes_one
def write_sites(network: LithiumNetwork, path: Path) -> Path:
    """Write the sites of a network and the framework around them.

    Parameters
    ----------
    network
        A Li network.
    path
        `.extxyz`; vacant sites are of the element X, and tags and the column `site_class` tell sites apart.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    from ase.io import write

    require_writable(path)
    with replacing(path) as temporary:
        write(temporary, network.atoms(with_framework=True), format="extxyz")
    return path
