"""The command line. Nothing heavy is imported before a command runs.

Data go to stdout, progress to stderr; the exit status is 0, 1 (a computation failed), 2 (invalid input, reported in one
line) or 130 (Ctrl-C).
"""

import gc
import sys
from typing import TYPE_CHECKING

from interfacekit.lazy import lazy_names

if TYPE_CHECKING:
    from interfacekit.cli.commands import app

__all__ = ["app", "main", "script"]

#: Allocations and younger collections before each collection of cyclic garbage. Imports and compilers allocate much
#: that stays: with Python's own numbers the search for garbage takes up to a tenth of a command.
_COLLECTIONS = (50_000, 20, 50)

__getattr__, __dir__ = lazy_names(__name__, {"interfacekit.cli.commands": ("app",)})


def main() -> None:
    """Run the command line; an interrupt while it is imported ends it as quietly as one later."""
    try:
        from interfacekit.cli.commands import main as run
    except KeyboardInterrupt:
        sys.stderr.write("interfacekit: interrupted\n")
        sys.exit(130)
    run()


def script() -> None:
    """Run the command line as a process of its own, without a last search for garbage as Python exits."""
    gc.set_threshold(*_COLLECTIONS)
    try:
        main()
    finally:
        gc.freeze()  # the search takes a quarter of a short command, and the memory goes back in any case
