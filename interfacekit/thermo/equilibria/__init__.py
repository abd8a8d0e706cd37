"""Phase equilibria: engines that minimise the energy, convex hulls and their sections."""
