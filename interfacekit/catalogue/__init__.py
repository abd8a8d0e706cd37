"""Descriptions of materials, built in or from a file: every number with unit, range, source and certainty."""
