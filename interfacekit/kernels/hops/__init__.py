"""Compiled hops of ions on lattices and networks."""
