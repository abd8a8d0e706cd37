"""Errors of formation energies and what they do to windows, reactions and rankings."""
