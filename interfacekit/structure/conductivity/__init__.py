"""Conductivities from barriers, beside measured ones."""
