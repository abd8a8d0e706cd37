"""Kinetic Monte Carlo of one periodic material."""
