"""Windows, decompositions, reactions and stability maps of phases."""
