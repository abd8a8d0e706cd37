"""Resistance of coating shells by thickness."""
