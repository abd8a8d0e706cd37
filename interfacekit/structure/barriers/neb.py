"""The band of one hop: its ends are relaxed, and the path between them is that of lowest saddle.

Nudged elastic band with a climbing image (Henkelman, Uberuaga and Jonsson 2000, doi:10.1063/1.1329672), tangents of
Henkelman and Jonsson (2000, doi:10.1063/1.1323224) and a start by image-dependent pair potentials (Smidstrup et al.
2014, doi:10.1063/1.4878664), all by ASE; its optimisers are BFGS for ends and FIRE for bands. The cell is fixed.
"""

from __future__ import annotations

import io
import logging
import time
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from interfacekit.atomic import replacing
from interfacekit.checksums import PLACEHOLDER, Damaged, add_checksum, verify
from interfacekit.documents import MOST_RECORD_MiB, read_kept
from interfacekit.errors import ComputationError, InputWarning
from interfacekit.store import record_key
from interfacekit.structure.calculators import Checked, make_calculator
from interfacekit.wording import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ase import Atoms
    from ase.optimize.optimize import Optimizer
    from numpy.typing import NDArray

    from interfacekit.structure.calculators import Spec

_RESUME = logging.getLogger("interfacekit.resume")
#: Springs between images; eV/angstrom^2.
SPRING_eV_A2 = 0.1
#: The image climbs once no force is above so many times the one asked for.
CLIMB_FROM = 4.0
#: Positions are kept at most so often.
KEEP_EVERY_s = 10.0
#: Atoms nearer than this are one, as an ion is that was put on another.
_OVERLAP_A = 0.3


def relaxed_end(
    atoms: Mapping[str, Any],
    calculator: Spec,
    fmax_eV_A: float,
    max_steps: int,
    rattle_A: float = 0.0,
    keep_in: str | None = None,
) -> dict[str, Any]:
    """Relax an end of a hop: the task of a sweep.

    Parameters
    ----------
    atoms
        `symbols`, `cell_A` and `positions_A`.
    calculator
        From `calculator_spec`.
    fmax_eV_A
        No force is larger in the end; eV/angstrom.
    max_steps
        Most steps of the optimiser.
    rattle_A
        Standard deviation of random displacements at the start, always the same ones; angstrom.
    keep_in
        Folder from which a killed relaxation goes on; None keeps nothing.

    Returns
    -------
    dict
        `energy_eV`, `positions_A`, `fmax_eV_A`, `steps` (of all runs) and whether it `converged`.
    """
    from ase.optimize import BFGS

    end = _atoms(atoms["symbols"], atoms["cell_A"], atoms["positions_A"])
    kept = _Kept(keep_in, "end", atoms=dict(atoms), calculator=calculator, fmax_eV_A=fmax_eV_A, rattle_A=rattle_A)
    steps = kept.restore([end])["steps"]
    if not kept.found:
        end.positions += np.random.default_rng(0).normal(0.0, rattle_A, (len(end), 3))
    end.calc = Checked(make_calculator(calculator))
    with BFGS(end, logfile=None) as optimiser:
        run = _run(optimiser, fmax_eV_A, max_steps - steps, partial(kept.save, [end], before=steps))
    result = {
        "energy_eV": float(end.get_potential_energy()),
        "positions_A": end.positions.tolist(),
        "fmax_eV_A": _largest(end.get_forces()),
        "steps": steps + optimiser.nsteps,
        "converged": run,
    }
    kept.finish([end], converged=run, steps=result["steps"])
    return result


def relaxed_band(
    atoms: Mapping[str, Any],
    end_energies_eV: Sequence[float],
    towards_A: Sequence[float],
    calculator: Spec,
    images: int,
    fmax_eV_A: float,
    max_steps: int,
    keep_in: str | None = None,
) -> dict[str, Any]:
    """Relax the band between two relaxed ends: the task of a sweep.

    Parameters
    ----------
    atoms
        `symbols`, `cell_A`, `initial_A` and `final_A`; the hopping ion is last.
    end_energies_eV
        Of both.
    towards_A
        Displacement of the ion half way from which the band starts; shape (3,).
    calculator
        From `calculator_spec`.
    images
        Between the ends.
    fmax_eV_A
        No force on an image is larger in the end (across the path; all of the climbing image); eV/angstrom.
    max_steps
        Most steps of the optimiser.
    keep_in
        Folder from which a killed band goes on; None keeps nothing. The band there can be looked at while it runs.

    Returns
    -------
    dict
        `energies_eV` and `positions_A` of all images with the ends, `path_A` (length along the path of all atoms),
        `fmax_eV_A`, `steps` (of all runs) and whether it `converged`.
    """
    from ase.calculators.singlepoint import SinglePointCalculator
    from ase.mep import NEB
    from ase.optimize import FIRE

    ends = [_atoms(atoms["symbols"], atoms["cell_A"], atoms[which]) for which in ("initial_A", "final_A")]
    band = [ends[0], *(ends[0].copy() for _ in range(images)), ends[1]]
    kept = _Kept(
        keep_in,
        "band",
        atoms=dict(atoms),
        towards_A=list(towards_A),
        calculator=calculator,
        images=images,
        fmax_eV_A=fmax_eV_A,
    )
    neb = NEB(band, k=SPRING_eV_A2, method="improvedtangent")
    state = kept.restore(band)
    if not kept.found:
        _start(neb, np.asarray(towards_A, dtype=float))
    inner = make_calculator(calculator)
    for image in band[1:-1]:
        image.calc = Checked(inner)
    for image, energy in zip(ends, end_energies_eV, strict=True):
        image.calc = SinglePointCalculator(image, energy=energy, forces=np.zeros((len(image), 3)))
    steps, converged = state["steps"], False
    # Until the path is near, the highest image is not the one that has to climb.
    for climb, limit in ((False, CLIMB_FROM * fmax_eV_A), (True, fmax_eV_A)):
        if climb < state["climb"]:
            continue
        neb.climb = climb
        before = steps
        with FIRE(neb, logfile=None) as optimiser:
            save = partial(kept.save, band, climb=climb, before=before)
            converged = _run(optimiser, limit, max_steps - before, save)
        steps += optimiser.nsteps
        if not converged:
            break
    result = {
        "energies_eV": [float(image.get_potential_energy()) for image in band],
        "positions_A": [image.positions.tolist() for image in band],
        "path_A": _path_A(band).tolist(),
        "fmax_eV_A": _largest(neb.get_forces()),
        "steps": steps,
        "converged": converged and neb.climb,
    }
    kept.finish(band, converged=result["converged"], steps=steps, climb=neb.climb)
    return result


class _Kept:
    """Positions on disk, from which a killed optimisation goes on; one file in extended xyz.

    Its name is a hash of all that determines the optimisation but the most steps: with more, an optimisation that was
    not converged goes on.
    """

    def __init__(self, folder: str | None, what: str, **point: Any) -> None:
        self._file = None if folder is None else Path(folder) / f"{what}-{record_key(what, point)}.extxyz"
        self._saved = time.monotonic()
        self.found = False

    def restore(self, images: Sequence[Atoms]) -> dict[str, Any]:
        """Set positions to those kept, where there are some, and return how far the optimisation was."""
        if self._file is None:
            return {"steps": 0, "climb": False}
        try:
            positions, state = self._read(len(images))
        except FileNotFoundError:
            return {"steps": 0, "climb": False}
        except Damaged as reason:
            warnings.warn(f"{self._file} is damaged ({reason}); it is computed anew", InputWarning, stacklevel=2)
            return {"steps": 0, "climb": False}
        for image, found in zip(images, positions, strict=True):
            image.set_positions(found)
        self.found = True
        _RESUME.info("resuming from %s, after %d steps", self._file, state["steps"])
        return state

    def _read(self, images: int) -> tuple[list[NDArray[np.float64]], dict[str, Any]]:
        """Positions of all images, and how far the optimisation was.

        Raises
        ------
        Damaged
            If the file is not what was written under its name.
        """
        from ase.io import read

        from interfacekit.structure.reading.extxyz import frames

        assert self._file is not None  # noqa: S101  # for the type checker
        content = read_kept(self._file, MOST_RECORD_MiB)
        verify(io.BytesIO(content), self._file)
        try:
            several = frames(content.decode(), self._file.name)
            kept = [cast("Atoms", read(io.StringIO(frame), format="extxyz")) for frame in several]
            info = kept[0].info
            state = {"steps": int(info["steps"]), "climb": bool(info["climb"])}
            of = str(info["of"])
        except (OSError, ValueError, KeyError, IndexError) as error:  # ASE raises its own OSError
            raise Damaged(f"it holds no atoms ({one_line(error)})") from None
        if of != self._file.stem or len(kept) != images:
            raise Damaged("it is of another optimisation")
        return [atoms.positions for atoms in kept], state

    def save(self, images: Sequence[Atoms], steps: int, *, before: int, climb: bool = False) -> None:
        """Keep positions after so many steps beyond those of earlier runs, unless they were kept a moment ago."""
        if self._file is None or not steps or time.monotonic() - self._saved < KEEP_EVERY_s:
            return
        self._write(images, steps=before + steps, climb=climb)
        self._saved = time.monotonic()

    def _write(self, images: Sequence[Atoms], *, steps: int, climb: bool) -> None:
        from ase.io import write

        assert self._file is not None  # noqa: S101  # for the type checker
        plain = [image.copy() for image in images]
        for image in plain:
            image.info = {}
        plain[0].info = {"checksum": PLACEHOLDER, "of": self._file.stem, "steps": steps, "climb": climb}
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with replacing(self._file) as temporary:
            write(temporary, plain, format="extxyz")
            with temporary.open("r+b") as file:
                add_checksum(file)

    def finish(self, images: Sequence[Atoms], *, converged: bool, steps: int, climb: bool = False) -> None:
        """Remove what is no longer needed, or keep what more steps may go on from."""
        if self._file is None:
            return
        if converged:
            self._file.unlink(missing_ok=True)
        else:
            self._write(images, steps=steps, climb=climb)


def _run(optimiser: Optimizer, fmax_eV_A: float, max_steps: int, after_step: Callable[[int], None]) -> bool:
    """Optimise, and tell whether no force is larger in the end."""
    if max_steps <= 0:
        return False
    optimiser.attach(lambda: after_step(optimiser.nsteps))
    return bool(optimiser.run(fmax=fmax_eV_A, steps=max_steps))


def _start(neb: Any, towards_A: NDArray[np.float64]) -> None:
    """Put the images on the straight path, bent for the hopping ion, and improve it by pair potentials."""
    from ase.mep.neb import idpp_interpolate

    neb.interpolate("linear")
    for image, share in zip(neb.images, np.linspace(0.0, 1.0, len(neb.images)), strict=True):
        image.positions[-1] += 4 * share * (1 - share) * towards_A
    for image in neb.images[1:-1]:
        distances = image.get_distances(-1, range(len(image) - 1), mic=True)
        if distances.min() < _OVERLAP_A:
            raise ComputationError("the straight path of the ion leads through another atom")
    idpp_interpolate(neb, traj=None, log=None, mic=True)


def _atoms(symbols: Sequence[str], cell_A: Any, positions_A: Any) -> Atoms:
    from ase import Atoms

    return Atoms(list(symbols), cell=np.asarray(cell_A), positions=np.asarray(positions_A), pbc=True)


def _path_A(band: Sequence[Atoms]) -> NDArray[np.float64]:
    """Length along the path of all atoms, from the first image; shape (images,)."""
    steps = [np.linalg.norm(b.positions - a.positions) for a, b in zip(band[:-1], band[1:], strict=True)]
    return np.concatenate([[0.0], np.cumsum(steps)])


def _largest(forces: NDArray[np.float64]) -> float:
    return float(np.linalg.norm(forces, axis=1).max())
