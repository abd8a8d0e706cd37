"""Phase equilibria: the hull, its grand-potential cuts and the engines that minimise energies."""
