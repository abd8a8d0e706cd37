"""Figures of transport coefficients, stacks and shells."""
