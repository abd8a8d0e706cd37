"""Migration barriers along the hops of a network."""
