"""Commands in forked children of one warm process.

    python warm_process.py < CASES > OUTCOMES

Standard input holds one case as JSON in each line, standard output gets one outcome each. A case has `arguments`, a
`folder` to be in, and how its `stream`s are: `closed stdout`, `no stderr` and so on, see `_turn_streams`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

LONGEST_s = 20
MOST_MEMORY = 6 << 30
#: What children find imported.
WARM = (
    "window LGPS LNO",
    "react LCO LGPS --voltage 3.9",
    "map LNO --voltage 2:3 -o map.png",
    "screen --cathode LCO --electrolyte LGPS --candidates LNO LiTaO3",
    "network LCO",
    "crystal LCO -o LCO.cif",
    "scl LCO LNO:2nm LGPS --voltage 3.9",
    "kmc LCO --cells 6 --hops 2e4 --replicas 1 --threads 1",
)


def main() -> None:
    from interfacekit import cli

    answers = os.dup(1)
    warm(cli.main)
    for line in sys.stdin:
        case = json.loads(line)
        outcome = in_child(cli.main, case)
        os.write(answers, (json.dumps(outcome) + "\n").encode())


def warm(command: object) -> None:
    folder = Path(os.environ["WARM_FOLDER"])
    os.chdir(folder)
    for words in WARM:
        sys.argv = ["interfacekit", *words.split()]
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            contextlib.suppress(SystemExit),
        ):
            command()


def in_child(command: object, case: dict[str, object]) -> dict[str, object]:
    folder = Path(case["folder"])
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        run(command, case, folder)
    pid, status = wait(child, started)
    texts = {
        name: (folder.parent / f"{folder.name}.{name}").read_bytes().decode("utf-8", "replace")
        for name in ("out", "err")
    }
    hung = pid == 0
    return {
        "status": None if hung else os.waitstatus_to_exitcode(status),
        "hung": hung,
        "seconds": round(time.monotonic() - started, 3),
        **texts,
    }


def wait(child: int, started: float) -> tuple[int, int]:
    while time.monotonic() - started < LONGEST_s:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return pid, status
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 0, 0


def run(command: object, case: dict[str, object], folder: Path) -> None:
    """Run the command as a process of its own would, and leave without what this process has at exit."""
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    os.setsid()
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{folder}.{name}", os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
    sys.__stdout__, sys.__stderr__ = sys.stdout, sys.stderr
    _turn_streams(str(case.get("stream", "")))
    os.environ.update(case.get("environment", {}))
    sys.argv = ["interfacekit", *case["arguments"]]
    status: object = 0
    try:
        command()
    except SystemExit as leaving:
        status = leaving.code
    except BaseException:  # noqa: BLE001  # as the interpreter does
        import traceback

        with contextlib.suppress(Exception):
            traceback.print_exc()
        status = 99
    status = 0 if status is None else status if isinstance(status, int) else 1
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        status = 120  # as the interpreter does
    with contextlib.suppress(Exception):
        sys.stderr.flush()
    os._exit(status)


def _turn_streams(how: str) -> None:
    if how == "closed stdout":
        sys.stdout = sys.__stdout__ = None
        os.close(1)
    elif how == "closed stderr":
        sys.stderr = sys.__stderr__ = None
        os.close(2)
    elif how == "full stdout":
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    elif how == "full stderr":
        os.dup2(os.open("/dev/full", os.O_WRONLY), 2)
    elif how == "gone reader":
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, 1)
    elif how.startswith("encoding "):
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding=how.removeprefix("encoding "))
    elif how == "small files":
        resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


if __name__ == "__main__":
    main()
