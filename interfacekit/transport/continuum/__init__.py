"""Mean-field twins: space charge and drift-diffusion."""
