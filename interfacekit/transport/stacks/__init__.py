"""Stacks of layers as planes of sites, and what is asked of them."""
