"""Crystals: their cells, symmetry, oxidation states and order."""
