"""Child processes that begin where a test is, with its imports and compiled kernels, and that may be killed."""

import sys
from multiprocessing import get_context

from interfacekit import cli


def start(function, *arguments):
    """Call a function in a copy of this process."""
    process = get_context("fork").Process(target=function, args=arguments)
    process.start()
    return process


def ended(function, *arguments):
    """Exit status of a copy of this process that calls a function; minus the signal that killed it."""
    process = start(function, *arguments)
    process.join(120)
    return process.exitcode


def command(*arguments):
    """The command line, for a copy of this process."""
    sys.argv = ["interfacekit", *map(str, arguments)]
    cli.main()
