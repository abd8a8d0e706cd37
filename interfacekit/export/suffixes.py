"""Suffixes of the files that results are written to; each chooses a format."""

DATA_SUFFIXES = (".csv", ".json")
FIGURE_SUFFIXES = (".png", ".svg", ".pdf")
NETCDF_SUFFIX = ".nc"
#: Of atoms: CIF, POSCAR and extended XYZ.
STRUCTURE_SUFFIXES = (".cif", ".vasp", ".extxyz")
