"""Sites of a network in a file."""

import numpy as np
from ase.io import read

from interfacekit.structure import lithium_network
from interfacekit.structure.network.files import write_sites


def test_sites_of_a_network(tmp_path):
    network = lithium_network("LCO", vacant=True)
    atoms = read(write_sites(network, tmp_path / "x.extxyz"))
    symbols = np.array(atoms.get_chemical_symbols())
    assert (symbols == "X").sum() == sum(not site.occupied for site in network.sites)
    assert (symbols == "Li").sum() == 3
    assert (symbols == "O").sum() == 6
    assert set(atoms.arrays["site_class"]) == {*network.site_class_names, "-"}
