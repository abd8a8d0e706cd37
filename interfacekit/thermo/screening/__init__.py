"""Screening of coatings between a cathode and an electrolyte."""
