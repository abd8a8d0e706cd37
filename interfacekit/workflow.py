"""Common part of all workflows: a configuration in, tables, figures and a report out, failures in one line."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interfacekit.atomic import replacing
from interfacekit.config import read_config
from interfacekit.config.files import check_files
from interfacekit.ending import DONE, FAILED, alert, status_of
from interfacekit.errors import InputError
from interfacekit.export.files import save
from interfacekit.wording import legible, not_written, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

    from interfacekit.config import Config
    from interfacekit.results import Result

_TRUST = "--trust-config"
TABLE_FORMATS = ("csv", "json")


class Unfinished(Exception):  # noqa: N818  # most of the work is done
    """A workflow that has delivered all but some parts: what it says in the end, and a line on each missing part."""

    def __init__(self, lines: Sequence[str], failures: Sequence[str]) -> None:
        super().__init__("; ".join(failures))
        self.lines, self.failures = list(lines), list(failures)


class Outputs:
    """Where a workflow writes: `tables` and `figures` in the folder of its results, made when first written to.

    A file that cannot be written or drawn costs no other: see `finished`.

    Parameters
    ----------
    results
        That folder.
    figure_formats
        `png`, `svg` or `pdf`; reports show the first.
    """

    def __init__(self, results: Path, figure_formats: Sequence[str]) -> None:
        self.tables, self.figures = results / "tables", results / "figures"
        self.report = results / "report.md"
        self.figure_formats = figure_formats
        self._failures: list[str] = []

    def save(self, name: str, results: Result | Sequence[Result], formats: Iterable[str] = TABLE_FORMATS) -> None:
        """Write a table in each format; none where there is nothing in it, as where all has failed."""
        if isinstance(results, list | tuple) and not results:
            return
        for suffix in formats:
            with self._writing(self.tables / f"{name}.{suffix}") as path:
                save(results, path)

    def draw(self, name: str, plot: Callable[..., Axes], *arguments: Any, **options: Any) -> None:
        """Write the figure that `plot(*arguments, **options)` draws, in each format."""
        from interfacekit.plots import save_figure

        with self._writing(self.figures / f"{name}.{self.figure_formats[0]}"):
            figure: Any = plot(*arguments, **options).figure
            for suffix in self.figure_formats:
                with self._writing(self.figures / f"{name}.{suffix}") as path:
                    save_figure(figure, path)

    def write_report(self, text: str) -> None:
        """Write the report, as a whole or not at all."""
        with self._writing(self.report) as path, replacing(path) as temporary:
            temporary.write_text(text, encoding="utf-8")

    @contextmanager
    def _writing(self, path: Path) -> Iterator[Path]:
        """Make the folder of a file, and note where the file cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            yield path
        except Exception as error:  # noqa: BLE001  # whatever a library raises, the other files are written
            self._failures.append(not_written(path, error))

    def finished(self, lines: Iterable[str] = (), failures: Iterable[str] = ()) -> list[str]:
        """Return what a workflow says in the end: its own lines, and where to look.

        Raises
        ------
        Unfinished
            If a file could not be written, or there are `failures` of the work before.
        """
        said = [*lines, *self.where()]
        if missing := [*failures, *self._failures]:
            raise Unfinished(said, missing)
        return said

    def captions(self, by_figure: Mapping[str, str]) -> dict[str, str]:
        """Captions by the paths of the figures, as seen from the report."""
        suffix = self.figure_formats[0]
        return {f"{self.figures.name}/{name}.{suffix}": caption for name, caption in by_figure.items()}

    def where(self) -> list[str]:
        """Lines that say where to look."""
        report = [f"report:  {self.report}"] if self.report.is_file() else []
        return [*report, f"tables:  {self.tables}", f"figures: {self.figures}"]


def run_workflow(script: str, model: type[Config], study: Callable[[Config], Iterable[str]]) -> None:
    """Run a study with the configuration that the command line names, or the one beside the script.

    `--trust-config` lets a configuration name the code of a calculator (`module:function`) and the address of
    a scheduler. What the study says in the end goes to stdout. Failures end as those of commands do, see
    `interfacekit.ending`; a study that is delivered but for some parts ends with 1 and a line on each.

    Parameters
    ----------
    script
        `__file__` of the script.
    model
        Model of its configuration.
    study
        Does the work, and returns the lines to print.
    """
    words = [word for word in sys.argv[1:] if word != _TRUST]
    path = Path(words[0]) if len(words) == 1 and not words[0].startswith("-") else Path(script).with_suffix(".yaml")

    def work() -> int:
        trusted = _is_trusted(words, model)
        config = read_config(model, path, {}, trusted=trusted)
        check_files(config, path)
        try:
            lines, failures = list(study(config)), []
        except Unfinished as unfinished:
            lines, failures = unfinished.lines, unfinished.failures
        for line in lines:
            sys.stdout.writelines(f"{visible(part)}\n" for part in line.split("\n"))
        for line in failures:
            alert(f"{path.name}: {line}")
        return FAILED if failures else DONE

    if status := status_of(work, path.name, "interrupted; run it again to go on from here"):
        sys.exit(status)


def _is_trusted(words: Sequence[str], model: type[Config]) -> bool:
    """Return True if the command line trusts the configuration.

    Raises
    ------
    InputError
        If there is more than one file on it, or trust without a field that needs it.
    """
    trusted = _TRUST in sys.argv[1:]
    if len(words) > 1 or any(word.startswith("-") for word in words):
        trust = f" and {_TRUST}" if model.TRUSTED_FIELDS else ""
        raise InputError(f"the arguments must be one configuration file{trust}, got {legible(' '.join(words))}")
    if trusted and not model.TRUSTED_FIELDS:
        raise InputError(f"{_TRUST} has no effect: this workflow has no calculator and no scheduler; leave it out")
    return trusted
