"""Figures of crystals, networks, barriers and interfaces."""
