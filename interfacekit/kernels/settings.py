"""numba's settings in the environment: refused before any work where numba would crash, or warn on ten lines."""

from __future__ import annotations

import os
import re
import tempfile
import warnings

from interfacekit.errors import InputError, InputWarning
from interfacekit.wording import one_line

#: LLVM ends the process where it meets other features.
_FEATURES = re.compile(r"[+-][\w.-]+(,[+-][\w.-]+)*")
_UNREADABLE = re.compile(
    r"Environment variable '(\w+)' is defined but its associated value '(.*?)' could not be parsed"
)


def load_numba() -> None:
    """Import numba with the settings of the environment.

    Raises
    ------
    InputError
        If one of them is unusable.

    Warns
    -----
    InputWarning
        If kernels are not to be compiled.
    """
    features = os.environ.get("NUMBA_CPU_FEATURES", "")
    if features and not _FEATURES.fullmatch(features):
        raise InputError(f"NUMBA_CPU_FEATURES must be such as +avx2,-avx512f, got {features}; correct or unset it")
    processor = os.environ.get("NUMBA_CPU_NAME", "")
    if processor and not _is_known(processor):
        raise InputError(
            f"NUMBA_CPU_NAME must be a processor that LLVM knows, such as generic, got {processor}; unset it"
        )
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="Environment variable", category=RuntimeWarning)
            import numba
    except (RuntimeWarning, ValueError) as error:
        raise InputError(_refused(error)) from None
    if numba.config.DISABLE_JIT:
        warnings.warn(
            "NUMBA_DISABLE_JIT is set: kernels run as Python, hundreds of times slower; unset it to compile them",
            InputWarning,
            stacklevel=2,
        )


def _is_known(processor: str) -> bool:
    """Whether LLVM compiles for a processor; for one that it does not know it says so on stderr, and ignores it."""
    from llvmlite import binding

    binding.initialize_native_target()
    target = binding.Target.from_default_triple()
    with tempfile.TemporaryFile() as said:
        stderr = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            target.create_target_machine(cpu=processor)
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
        return said.seek(0, os.SEEK_END) == 0


def _refused(error: Exception) -> str:
    found = _UNREADABLE.match(str(error))
    if found is not None:
        return f"numba cannot use {found[1]}={found[2]}; correct or unset this variable of the environment"
    given = ", ".join(f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("NUMBA_"))
    return f"numba cannot be loaded ({one_line(error)}); correct or unset {given or 'its settings'}"
