"""Screening of coatings: reactions of candidates, gates, Pareto fronts and ensembles."""
