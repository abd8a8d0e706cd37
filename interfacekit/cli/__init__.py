"""The command line. Nothing heavy is imported before a command runs.

Data go to stdout, progress to stderr; exit status 0, 1 (a computation failed) or 2 (bad input, told in one line).
"""

from interfacekit.cli.commands import app, main

__all__ = ["app", "main"]
