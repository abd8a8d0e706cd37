"""Compiled hops of ions in stacks of layers."""
