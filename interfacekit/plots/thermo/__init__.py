"""Figures of windows, reactions, diagrams, screenings and ensembles."""
