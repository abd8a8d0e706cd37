"""Kinetic Monte Carlo of stacks."""
