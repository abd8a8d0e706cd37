"""A study of a contact, bare and in shells: what was computed, and what it says for either school."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from interfacekit.transport.materials.parameters import reference_row
from interfacekit.transport.shells.evidence import DROP_COATING, DROP_THICKNESS_nm, gather
from interfacekit.transport.shells.point import shell_point
from interfacekit.transport.shells.resistance_parts import barrier_shift_eV, raised_barriers, without_space_charge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from interfacekit.transport.shells.evidence import Evidence, Thresholds
    from interfacekit.transport.shells.variations import Change
    from interfacekit.transport.stacks.result import StackTransport

#: Changes of inputs, and a result with them.
Varied = tuple["Sequence[Change]", "StackTransport"]


@dataclass(frozen=True)
class ShellStudy:
    """What a study computed.

    Attributes
    ----------
    voltage_V
        At which the numbers are told; the others are in the tables.
    thresholds
        Of the verdicts.
    shells, kmc
        Of all coatings, thicknesses and voltages, the bare contact among them, in the continuum; and by kinetic Monte
        Carlo.
    varied_bare, varied_shells
        Changes of inputs and the results with them, all voltages: of the bare contact, and of one shell of each
        coating; without a change first.
    interphases
        The bare contact with interphases.
    neutral
        The bare contact without a space charge.
    coated
        The shell whose contact with the cathode was measured.
    evidence
        From `gather`; the first is that of the resistance.
    shift_as_bare_eV, shift_as_coated_eV
        By how much higher the barrier of hops would be if the bare contact resisted as measured, and if that of the
        cathode with the coating of `coated` did.
    bare_as_coated
        The bare contact with the latter.
    failed
        What could not be computed, one line each.
    """

    voltage_V: float
    thresholds: Thresholds
    shells: Sequence[StackTransport]
    kmc: Sequence[StackTransport]
    varied_bare: Sequence[Varied]
    varied_shells: Sequence[Sequence[Varied]]
    interphases: Sequence[StackTransport]
    neutral: StackTransport
    coated: StackTransport
    evidence: Sequence[Evidence]
    shift_as_bare_eV: float | None
    shift_as_coated_eV: float | None
    bare_as_coated: StackTransport | None
    failed: Sequence[str]

    @property
    def bare(self) -> StackTransport:
        """The bare contact at the voltage of the study."""
        return next(r for r in self.shells if r.thickness_nm == 0 and r.voltage_V == self.voltage_V)

    @property
    def at_voltage(self) -> list[StackTransport]:
        """The continuum's shells at the voltage of the study, the bare contact first."""
        return [self.bare, *(r for r in self.shells if r.thickness_nm > 0 and r.voltage_V == self.voltage_V)]


def concluded(
    point: Mapping[str, Any],
    thresholds: Thresholds,
    *,
    shells: Sequence[StackTransport],
    kmc: Sequence[StackTransport],
    varied_bare: Sequence[Varied],
    varied_shells: Sequence[Sequence[Varied]],
    interphases: Sequence[StackTransport],
    failed: Sequence[str],
) -> ShellStudy:
    """Weigh what a sweep computed.

    Parameters
    ----------
    point
        Arguments of `shell_point` of the bare contact at the voltage of the study.
    thresholds
        Of the verdicts.
    shells, kmc, varied_bare, varied_shells, interphases, failed
        See `ShellStudy`.
    """
    shell = {**point, "coating": DROP_COATING, "thickness_nm": DROP_THICKNESS_nm}
    coated, bare = shell_point(**shell), shell_point(**point)
    evidence = gather(varied_bare, point["voltage_V"], interphases, coated, thresholds)
    bare_contact, coated_contact = ("|".join(layers) for layers in (bare.layers, coated.layers[:2]))
    measured = float(reference_row("transport", "LiCoO2 | amorphous Li3PO4", "interface resistance")["value"])
    shift = barrier_shift_eV(shell, coated_contact, measured)
    return ShellStudy(
        voltage_V=point["voltage_V"],
        thresholds=thresholds,
        shells=shells,
        kmc=kmc,
        varied_bare=varied_bare,
        varied_shells=varied_shells,
        interphases=interphases,
        neutral=shell_point(**without_space_charge(point, bare)),
        coated=coated,
        evidence=evidence,
        shift_as_bare_eV=barrier_shift_eV(point, bare_contact, evidence[0].measured.low),
        shift_as_coated_eV=shift,
        bare_as_coated=None if shift is None else shell_point(**raised_barriers(point, shift)),
        failed=failed,
    )
