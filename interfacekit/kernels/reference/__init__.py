"""Plain Python twins of the compiled kernels, for tests and debugging."""
