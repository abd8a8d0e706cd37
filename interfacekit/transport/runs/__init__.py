"""Replicas, their statistics and checkpoints."""
