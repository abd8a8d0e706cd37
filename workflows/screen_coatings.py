"""All compounds with Li as coatings of LCO|LGPS: where the known ones land, and which others beat them.

Run `python workflows/screen_coatings.py [config.yaml]`; the configuration beside this script is the default. Results go
to the folder that it names; what is screened is kept there part by part, and not screened again when the workflow was
interrupted. It ends with a report whose words follow from the numbers, and with its gist on the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress

import interfacekit as ik
from interfacekit import plots
from interfacekit.config import CoatingsConfig
from interfacekit.entries import chemical_system, load_entries
from interfacekit.phases import distinct_phases, phase
from interfacekit.report.studies.screening_study import CoatingStudy, screening_study_text, summary
from interfacekit.thermo import Gates
from interfacekit.thermo.screening.kernel import half_lithiated
from interfacekit.workflow import Outputs, run_workflow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from interfacekit.thermo import Screening

PROGRESS = Console(stderr=True)


class Study:
    """Screens what a configuration asks for, and writes tables, figures and a report."""

    def __init__(self, config: CoatingsConfig) -> None:
        self.config = config
        self.gates = Gates(**config.gates)
        self.entries = load_entries(config.entries, thermo_type=config.thermo_type)
        distinct_phases(
            [config.cathode, config.electrolyte, *config.known]
        )  # a slip is told before anything is written
        chemical_system(config.exclude)
        self.outputs = Outputs(config.results, config.figure_formats)

    def run(self) -> CoatingStudy:
        """All that the report speaks of."""
        config = self.config
        cathode = phase(config.cathode)
        bare = [
            ik.interface_reaction(member, config.electrolyte, None, self.entries)
            for member in (config.cathode, half_lithiated(cathode))
        ]
        self.check_known()
        with Progress(console=PROGRESS, transient=True, disable=not PROGRESS.is_terminal) as progress:
            task = progress.add_task("screening", total=1.0)
            everything = self.screened(
                store=config.results / "records", progress=lambda share: progress.update(task, completed=share)
            )
        without = everything.ranked_again(exclude=config.exclude)
        limits = {**vars(self.gates), "lithium_fraction": config.lithium_fraction}
        return CoatingStudy(
            everything=everything,
            without=without,
            with_lithium=without.ranked_again(Gates(**limits)),
            excluded=config.exclude,
            known=config.known,
            bare=bare,
            best=config.best,
        )

    def check_known(self) -> None:
        """Tell before anything is written if one of the known coatings will not be among the candidates."""
        among = self.screened(self.config.known)
        for name in self.config.known:
            if among.candidate(name).energy_above_hull_eV_per_atom is None:
                raise ik.InputError(f"known: the energies have no {name}; leave it out")

    def screened(self, candidates: Sequence[str] | None = None, **run: Any) -> Screening:
        """A screening of candidates, or of all."""
        config = self.config
        return ik.screen(
            config.cathode,
            config.electrolyte,
            candidates,
            config.voltage,
            self.entries,
            contains=config.contains,
            max_elements=config.max_elements,
            gates=self.gates,
            objectives=config.objectives,
            **run,
        )

    def rankings(self, study: CoatingStudy) -> dict[str, Screening]:
        """Rankings by the names of their files."""
        return {
            "all_candidates": study.everything,
            "without_excluded_elements": study.without,
            "with_lithium": study.with_lithium,
        }

    def write(self, study: CoatingStudy) -> None:
        """A table of every ranking, with all candidates."""
        for name, ranking in self.rankings(study).items():
            self.outputs.save(name, ranking, ["csv"])
        self.outputs.save("all_candidates", study.everything, ["json"])

    def draw(self, study: CoatingStudy) -> None:
        """Maps of the worst and of the closed reactions."""
        for name, ranking in self.rankings(study).items():
            formulas = {candidate.formula for candidate in ranking.candidates}
            named = [study.everything.candidate(known).formula for known in self.config.known]
            own = [formula for formula in named if formula in formulas]
            for reactions in ("worst", "closed"):
                self.outputs.draw(
                    f"{name}_{reactions}",
                    plots.plot_screening_map,
                    ranking,
                    reactions,
                    highlight=own,
                    width_mm=plots.DOUBLE_COLUMN_MM,
                )

    def text(self, study: CoatingStudy) -> str:
        """The report, which names the figures."""
        whose = {
            "all_candidates": "all candidates",
            "without_excluded_elements": "those without the excluded elements",
            "with_lithium": f"these, with at least {self.config.lithium_fraction:.0%} of atoms Li as a gate",
        }
        captions = {
            f"{name}_{reactions}": f"{what} reactions of {of}"
            for name, of in whose.items()
            for reactions, what in (("worst", "Worst"), ("closed", "Closed"))
        }
        return screening_study_text(study, self.outputs.captions(captions))


def study(config: CoatingsConfig) -> list[str]:
    """Run the study; return what it found, and where its results are."""
    todo = Study(config)
    found = todo.run()
    todo.write(found)
    todo.outputs.write_report(todo.text(found))
    todo.draw(found)
    return todo.outputs.finished(summary(found))


if __name__ == "__main__":
    run_workflow(__file__, CoatingsConfig, study)
