"""Try cases, and say what is wrong with the outcomes.

    python -m tests.bad_inputs.trying [--python OTHER/bin/python] [--seed 0] [--kind KIND ...]

prints the counts by kind and each fault.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bad_inputs.cases import REFUSED, SPECIAL, Case, generated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HERE = Path(__file__).parent
#: A module that leaves a trace where it is imported.
SENTINEL = "import os\nopen(os.environ['SENTINEL'], 'a').close()\nclass Boom: pass\n"
SUFFIXES = (".json", ".yaml", ".csv", ".cif")


class WarmProcess:
    """The process whose forked children run the cases."""

    def __init__(self, folder: Path, python: str = sys.executable) -> None:
        self.folder = folder
        self.trace = folder / "trace"
        modules, warm = folder / "modules", folder / "warm"
        for made in (modules, warm):
            made.mkdir(parents=True)
        (modules / "sentinel.py").write_text(SENTINEL)
        paths = [str(modules), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
            "SENTINEL": str(self.trace),
            "WARM_FOLDER": str(warm),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "MP_API_KEY": "",
            "PMG_MAPI_KEY": "",
        }
        self.python = python
        self._process = subprocess.Popen(  # noqa: S603
            [python, str(HERE / "warm_process.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=self._environment,
            text=True,
        )
        self._count = 0

    def __enter__(self) -> WarmProcess:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.stdin.close()
        self._process.wait(60)
        self._process.stdout.close()

    def faults(self, case: Case) -> list[str]:
        """Run a case in a child, and say what is wrong with it."""
        place = self._place(case)
        before = listing(place)
        question = {
            "arguments": case.arguments,
            "folder": str(place),
            "stream": case.stream,
            "environment": case.environment,
        }
        print(json.dumps(question), file=self._process.stdin, flush=True)
        outcome = json.loads(self._process.stdout.readline())
        return self._judged(case, outcome, before, place)

    def faults_of_process(self, case: Case) -> list[str]:
        """Run a case in a process of its own, and say what is wrong with it."""
        place = self._place(case)
        before = listing(place)
        redirected = {"closed stdout": ">&-", "closed stderr": "2>&-", "full stdout": ">/dev/full"}
        redirected |= {"full stderr": "2>/dev/full", "gone reader": "| true"}
        script = f'"$@" {redirected.get(case.stream, "")}; exit ${{PIPESTATUS[0]}}'
        environment = {**self._environment, **case.environment}
        if case.stream.startswith("encoding "):
            environment["PYTHONIOENCODING"] = case.stream.removeprefix("encoding ")
        if case.stream == "small files":
            script = f"ulimit -f 1; trap '' XFSZ; {script}"
        command = ["bash", "-c", script, "bash", self.python, "-m", "interfacekit", *case.arguments]
        try:
            done = subprocess.run(  # noqa: S603
                command,
                cwd=place,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=120,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ["hangs"]
        outcome = {
            "status": done.returncode,
            "hung": False,
            "out": done.stdout.decode("utf-8", "replace"),
            "err": done.stderr.decode("utf-8", "replace"),
        }
        return self._judged(case, outcome, before, place)

    def _place(self, case: Case) -> Path:
        self._count += 1
        place = self.folder / f"case-{self._count}"
        place.mkdir()
        text = " ".join(case.arguments)
        for name, content in case.files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        for special in SPECIAL:
            for suffix in SUFFIXES:
                if f"{special}{suffix}" in text:
                    make_special(special, place / f"{special}{suffix}")
        return place

    def _judged(self, case: Case, outcome: dict[str, Any], before: set[str], place: Path) -> list[str]:
        faults = list(faults_of(case, outcome))
        new = sorted(listing(place) - before)
        if outcome["status"] == 2 and new:
            faults.append(f"refused, but left {new[:3]}")
        if any(name.rpartition("/")[2].startswith(".") for name in new):
            faults.append(f"left temporary files {new[:3]}")
        if self.trace.exists():
            faults.append("executed what a file names")
            self.trace.unlink()
        if (place / "sentinel").exists():
            faults.append("executed what a file names")
        shutil.rmtree(place, ignore_errors=True)
        return faults


def listing(folder: Path) -> set[str]:
    """Files and folders below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def make_special(special: str, path: Path) -> None:
    """Make what is no regular file."""
    if special == "folder":
        path.mkdir()
    elif special == "fifo":
        os.mkfifo(path)
    elif special == "device":
        path.symlink_to("/dev/zero")
    elif special == "loop":
        path.symlink_to(path)


def faults_of(case: Case, outcome: dict[str, Any]) -> Iterator[str]:
    """What is wrong with an outcome, whatever the case."""
    status, err = outcome["status"], outcome["err"]
    if outcome["hung"]:
        yield "hangs"
        return
    allowed = {0, 1, 2, 141} if case.stream else {0, 1, 2}
    if status not in allowed:
        yield f"exit status {status}: {err.strip()[-300:]!r}"
    if "Traceback (most recent call last)" in err or "Exception ignored" in err:
        yield f"traceback: {err.strip().splitlines()[-1]!r}"
    if case.kind in REFUSED and status != 2:
        yield f"not refused (exit status {status}): {outcome['out'][:200]!r} {err[:200]!r}"
    shows_help = case.arguments in ([], ["bench"])  # what they lack is a command
    if status in {1, 2} and not case.stream and not shows_help:
        said = [line for line in err.splitlines() if line.startswith("interfacekit: ")]
        if len([line for line in said if "warning:" not in line]) < 1:
            yield f"fails without a line that says why: {err[-200:]!r}"
        if status == 2 and outcome["out"]:
            yield f"refused, but printed {outcome['out'][:100]!r}"
        if status == 2 and len(err.strip().splitlines()) != len(said):
            yield f"refused in more than a line: {err[-300:]!r}"


def tried(cases: Iterable[Case], python: str = sys.executable) -> tuple[Counter[str], dict[str, list[str]]]:
    """Counts and faults of cases by kind."""
    counts: Counter[str] = Counter()
    found: dict[str, list[str]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder, WarmProcess(Path(folder), python) as warm:
        for case in cases:
            counts[case.kind] += 1
            for fault in warm.faults(case):
                found[case.kind].append(f"{case.name}\n      {fault}")
    return counts, dict(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", nargs="*")
    given = parser.parse_args()
    cases = [case for case in generated(given.seed) if not given.kind or case.kind in given.kind]
    counts, found = tried(cases, given.python)
    for kind, count in counts.items():
        print(f"{kind}: {count} tried, {len(found.get(kind, ()))} faults")
        for fault in found.get(kind, ()):
            print(f"  {fault}")
    print(f"in all {counts.total()} tried, {sum(map(len, found.values()))} faults")


if __name__ == "__main__":
    main()
