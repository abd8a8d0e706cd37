"""`python -m interfacekit`: the command line."""

from interfacekit.cli import script

script()
