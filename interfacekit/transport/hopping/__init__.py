"""Hopping models: lattices, networks, rates and site energies."""
