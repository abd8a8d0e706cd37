"""Figures of windows, reactions, maps, screenings and ensembles."""
