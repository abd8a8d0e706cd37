"""Files of crystals: CIF, extended XYZ and the formats that ASE and pymatgen read."""
