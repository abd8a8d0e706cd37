"""Results as files: tables, documents, figures, atoms and netCDF."""
