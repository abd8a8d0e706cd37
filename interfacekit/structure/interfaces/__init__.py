"""Coherent interfaces of two crystals and their work of adhesion."""
