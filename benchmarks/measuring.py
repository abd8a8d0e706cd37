"""Processes measured one by one: processor time and peak memory of each, and the commands that the README shows.

A child's peak memory counts the pages of the process that starts it until it has replaced them by its own, so that this
module, and the scripts that measure memory with it, import neither numpy nor interfacekit.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.box import MARKDOWN
from rich.console import Console
from rich.markup import escape
from rich.table import Table

CONSOLE = Console(width=260)
README = Path(__file__).parent.parent / "README.md"
#: ru_maxrss is in bytes on macOS and in KiB elsewhere.
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Usage:
    """Resources of one process.

    Attributes
    ----------
    cpu_s
        Processor time, user and system, of all its threads and of the children that it waited for.
    peak_MB
        Largest resident set; 10^6 bytes.
    status
        Exit status.
    wall_s
        Elapsed time.
    out, err
        Standard output and error.
    """

    cpu_s: float
    peak_MB: float
    status: int
    wall_s: float = 0.0
    out: str = ""
    err: str = ""


@dataclass(frozen=True)
class ReadmeCommand:
    """A command of the README.

    Attributes
    ----------
    text
        As it stands there, on one line and without its comment.
    section
        Heading that it stands under.
    environment
        Variables set before it.
    words
        Arguments after `interfacekit`.
    files
        Contents of the files that `cat` shows before it in the same block, by name.
    """

    text: str
    section: str
    environment: dict[str, str]
    words: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)


def run(command: list[str], folder: Path, environment: dict[str, str]) -> Usage:
    """Run a command in a folder and return what it took."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=err)  # noqa: S603
        used = wait(child)
        wall_s = time.perf_counter() - start
        for file in (out, err):
            file.seek(0)
        return replace(used, wall_s=wall_s, out=out.read().decode(), err=err.read().decode())


def wait(child: subprocess.Popen) -> Usage:
    """Wait for a process and return its resources; those of all children together have the largest one's memory."""
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return Usage(used.ru_utime + used.ru_stime, used.ru_maxrss * _MAXRSS_BYTES / 1e6, child.returncode)


def caching_in(folder: Path, base: dict[str, str] | None = None) -> dict[str, str]:
    """Environment in which numba keeps compiled kernels in a folder, and Python the bytecode of modules.

    Installers compile the modules of a package: without their bytecode, which a checkout may be told not to keep, each
    process would compile them anew.
    """
    environment = {**(os.environ if base is None else base), "NUMBA_CACHE_DIR": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return environment


def compile_modules(python: str, folder: Path) -> None:
    """Compile the modules of a package as an installer does."""
    subprocess.run([python, "-m", "compileall", "-q", str(folder)], check=True)  # noqa: S603


def readme_commands(readme: Path = README) -> list[ReadmeCommand]:
    """All commands of `interfacekit` in the console blocks of the README, each once, in their order."""
    commands: dict[str, ReadmeCommand] = {}
    text = readme.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        section = re.findall(r"^## (.+)$", text[: block.start()], re.MULTILINE)[-1]
        files: dict[str, str] = {}
        for prompt in block[1].replace("\\\n", " ").split("$ ")[1:]:
            line, _, printed = prompt.partition("\n")
            words = shlex.split(line, comments=True)
            if words[:1] == ["cat"]:
                files[words[1]] = printed
            first = next((i for i, word in enumerate(words) if "=" not in word), len(words))
            if words[first : first + 1] == ["interfacekit"]:
                shown = " ".join(line.partition(" #")[0].split())
                variables = dict(word.split("=", 1) for word in words[:first])
                commands.setdefault(
                    shown, ReadmeCommand(shown, section, variables, tuple(words[first + 1 :]), dict(files))
                )
    return list(commands.values())


def cannot_run(command: ReadmeCommand) -> str | None:
    """Say what a command needs that is not there; None if it can run."""
    if "MP_API_KEY" in command.environment or "mp" in command.words:
        return "needs a key of the Materials Project"
    if "chgnet" in command.words and not _installed("chgnet"):
        return "needs the extra mlip"
    if any(word.endswith(".nc") for word in command.words) and not (_installed("xarray") and _installed("netCDF4")):
        return "needs the extra io"
    for option, name in zip(command.words, command.words[1:], strict=False):
        if option in ("--entries", "--config", "--barrier-table") and "." in name and name not in command.files:
            return f"needs {name}, which the README does not show"
    return None


def _installed(package: str) -> bool:
    from importlib.util import find_spec

    return find_spec(package) is not None


def cached_functions(package: str) -> list[Any]:
    """All functions of a package's loaded modules that keep their results; `cache_clear` of each forgets these."""
    modules = [module for name, module in sys.modules.items() if f"{name}.".startswith(f"{package}.")]
    values = [value for module in modules for value in vars(module).values() if hasattr(value, "cache_clear")]
    return [value for value in dict.fromkeys(values) if f"{value.__module__}.".startswith(f"{package}.")]


def machine() -> str:
    """Processor, number of cores, and versions of Python and numba."""
    from importlib.metadata import version

    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file() and (found := re.search(r"model name\s*: (.+)", cpuinfo.read_text(encoding="utf-8"))):
        name = found[1]
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, numba {version('numba')}"


def print_rows(title: str, columns: dict[str, str], rows: list[list[str]]) -> None:
    """Print a table in Markdown; columns are justified `left` or `right`."""
    table = Table(box=MARKDOWN)
    for name, justify in columns.items():
        table.add_column(name, justify=justify, no_wrap=True)
    for row in rows:
        table.add_row(*(escape(cell.replace("|", r"\|")) for cell in row))
    CONSOLE.print(f"\n{title}\n", table, highlight=False)
