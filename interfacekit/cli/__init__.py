"""The command line. Nothing heavy is imported before a command runs.

Data go to stdout, progress to stderr; the exit status is 0, 1 (a computation failed), 2 (invalid input, reported in one
line) or 130 (Ctrl-C).
"""

import sys
from typing import TYPE_CHECKING

from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
    from interfacekit.cli.commands import app

__all__ = ["app", "main"]

__getattr__, __dir__ = lazy_names(__name__, {"interfacekit.cli.commands": ("app",)})


def main() -> None:
    """Run the command line; an interrupt while it is imported ends it as quietly as one later."""
    try:
        from interfacekit.cli.commands import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interfacekit: interrupted\n")
        sys.exit(130)
    run()
