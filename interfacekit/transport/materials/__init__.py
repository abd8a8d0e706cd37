"""Layers, contacts and hopping models of materials, from the numbers of the catalogue."""
