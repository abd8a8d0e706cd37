"""Compiled phase equilibria: the simplex, the screening of candidates, ensembles of energies."""
