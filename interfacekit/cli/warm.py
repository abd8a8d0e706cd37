"""`warm`: all kernels compiled at once, for containers, clusters and the impatient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interfacekit.cli.delivery import fail_partly, put_json
from interfacekit.cli.progress import tracked
from interfacekit.cli.reading import require_environment

if TYPE_CHECKING:
    from collections.abc import Iterable


def warm(*, as_json: bool) -> None:
    """Compile all kernels now, so that no later command waits for it.

    They are kept in the folder NUMBA_CACHE_DIR, or else beside the package
    where that can be written, or else in the user's cache, or else in a folder
    of the user below the temporary one.

    Example: NUMBA_CACHE_DIR=/opt/kernels interfacekit warm
    """
    from interfacekit.export.files import to_json
    from interfacekit.report import put
    from interfacekit.warm import warm as compile_all

    require_environment()

    def progress(names: Iterable[str]) -> Iterable[str]:
        return tracked(list(names), "Compiling")

    result = compile_all(progress)
    failed = any(step.error for step in result.steps)
    if as_json:
        put_json(to_json(result))
    elif result.compiled:
        put(f"compiled {result.compiled} kernels in {result.seconds:.0f} s; kept in {', '.join(result.cache)}")
    elif not failed:
        put(f"all kernels are compiled already; kept in {', '.join(result.cache)}")
    fail_partly([f"{step.workload}: {step.error}" for step in result.steps if step.error])
