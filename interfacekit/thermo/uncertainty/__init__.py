"""Errors of formation energies and their effect on windows, reactions and rankings."""
