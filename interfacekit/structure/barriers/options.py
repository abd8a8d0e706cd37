"""Settings of nudged elastic bands and of the relaxations of their ends."""

from __future__ import annotations

from dataclasses import dataclass

from interfacekit.quantities import FMAX, IMAGES, MAX_STEPS, RATTLE, keep_plain


@dataclass(frozen=True)
class BandOptions:
    """How ends and bands are relaxed.

    Attributes
    ----------
    images
        Between the ends of a band.
    fmax_eV_A
        Largest force that is left; eV/angstrom.
    max_steps
        Most steps of the optimiser for each end and each band. A hop that needs more has no barrier; computed again
        with more, it goes on.
    rattle_A
        Standard deviation of random displacements (always the same) from which ends are relaxed; angstrom. Without
        any, an end keeps the symmetry of its vacancy, also where it would gain by losing it: 0.05 gets it off. Images
        of the band that are below both ends tell of such ends.

    Raises
    ------
    InputError
        If one is outside the range of its quantity.
    """

    images: int = 5
    fmax_eV_A: float = 0.05
    max_steps: int = 500
    rattle_A: float = 0.0

    def __post_init__(self) -> None:
        keep_plain(
            self,
            images=IMAGES.check(self.images, "images"),
            fmax_eV_A=FMAX.check(self.fmax_eV_A, "fmax_eV_A"),
            max_steps=MAX_STEPS.check(self.max_steps),
            rattle_A=RATTLE.check(self.rattle_A, "rattle_A"),
        )

    @property
    def of_ends(self) -> dict[str, float]:
        """Settings of the relaxation of an end."""
        return {"fmax_eV_A": self.fmax_eV_A, "max_steps": self.max_steps, "rattle_A": self.rattle_A}

    @property
    def of_bands(self) -> dict[str, float]:
        """Settings of a band between relaxed ends."""
        return {"images": self.images, "fmax_eV_A": self.fmax_eV_A, "max_steps": self.max_steps}
