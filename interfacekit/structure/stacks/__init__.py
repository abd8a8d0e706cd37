"""Stacks whose layers are crystals."""
