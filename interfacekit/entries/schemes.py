"""Functional and correction scheme of pymatgen entries: one of each per hull.

Total energies of two functionals have no common zero, and a correction scheme shifts oxides and runs with a Hubbard U
by up to an eV per atom (MP2020: doi:10.1038/s41598-021-94550-5): a single entry of another kind shifts every window.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from interfacekit.entries.table import UNDECLARED
from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MP2020, LEGACY, R2SCAN = "GGA_GGA+U", "GGA_GGA+U_legacy", "R2SCAN"
#: Thermo types of single entries that the mixing scheme brings to one energy scale, as `GGA_GGA+U_R2SCAN`.
MIXED, MIXABLE = "GGA_GGA+U_R2SCAN", frozenset({MP2020, R2SCAN})
#: Thermo type by the correction class that pymatgen records in an entry's energy adjustments.
_BY_CORRECTION = {
    "MaterialsProject2020Compatibility": MP2020,
    "MaterialsProjectCompatibility": LEGACY,
    "MaterialsProjectDFTMixingScheme": MIXED,
}
#: Functionals whose energies a thermo type holds.
_FUNCTIONALS = {MP2020: {"GGA"}, LEGACY: {"GGA"}, R2SCAN: {"R2SCAN"}, MIXED: {"GGA", "R2SCAN"}}
#: Anions that MP2020 corrects in every compound, and those it corrects as the most electronegative element.
_ALWAYS_CORRECTED, _CORRECTED_AS_ANION = frozenset("OS"), frozenset({"F", "Cl", "Br", "I"})
_BY_ELECTRONEGATIVITY = ("F", "O", "Cl", "N", "Br", "I")
#: Fields of an energy adjustment whose product is its energy (eV), for each class of pymatgen.
_FACTORS = (("value",), ("adj_per_atom", "n_atoms"), ("adj_per_deg", "temp", "n_atoms"))
#: Largest difference of equal corrections (eV per atom), which are printed with three decimals.
_SAME_CORRECTION_eV_per_atom = 1e-3
_MOST_NAMED, _SHOWN = 3, 40


@dataclass(frozen=True)
class Origin:
    """Method of computation of an entry, from the entry itself.

    Attributes
    ----------
    number
        Number in its file, from 1.
    entry_id
        Identifier; empty if there is none.
    amounts
        Atoms by symbol.
    functional
        `GGA` (PBE), `R2SCAN`, `HSE06`, ..., without Hubbard U; None if not stated.
    has_u
        True for a run with a Hubbard U.
    schemes
        Thermo types of its correction classes.
    declared
        Value of `data.thermo_type`.
    correction_eV, adjustments_eV
        Total correction, and the sum of the energy adjustments, eV; None if not stated.
    has_adjustments
        True with at least one energy adjustment.
    """

    number: int
    entry_id: str
    amounts: Mapping[str, float]
    functional: str | None
    has_u: bool
    schemes: tuple[str, ...]
    declared: str | None
    correction_eV: float | None
    adjustments_eV: float | None
    has_adjustments: bool

    @cached_property
    def label(self) -> str:
        """`entry 7 (mp-1234, LiFePO4)`."""
        from pymatgen.core import Composition

        formula = Composition(self.amounts).reduced_formula
        return f"entry {self.number} ({', '.join(filter(None, (self.entry_id, formula)))})"

    @property
    def thermo_type(self) -> str:
        """Declared thermo type, or that of the corrections, or of the functional."""
        if self.declared:
            return self.declared
        if self.schemes:  # the mixing scheme comes on top of the corrections of each functional
            return MIXED if MIXED in self.schemes else self.schemes[0]
        return UNDECLARED if self.functional in (None, "GGA") else str(self.functional)

    @property
    def is_corrected(self) -> bool:
        """Return True if the energy has a correction, which can be zero by an explicit adjustment."""
        return self.has_adjustments or bool(self.correction_eV)

    def needs_correction(self, scheme: str) -> bool:
        """Return True if a scheme corrects this composition: +U runs, oxides, and for MP2020 sulphides and halides."""
        if len(self.amounts) == 1 or self.functional not in (None, "GGA"):
            return False
        if self.has_u or "O" in self.amounts:
            return True
        return scheme == MP2020 and (bool(_ALWAYS_CORRECTED & set(self.amounts)) or self._anion in _CORRECTED_AS_ANION)

    @property
    def _anion(self) -> str | None:
        return next((symbol for symbol in _BY_ELECTRONEGATIVITY if symbol in self.amounts), None)


def origin(number: int, amounts: Mapping[str, float], entry: Mapping[str, Any]) -> Origin:
    """Read the origin of an entry (dict of pymatgen); malformed values count as not stated."""
    adjustments = entry.get("energy_adjustments")
    listed = [a for a in adjustments if isinstance(a, dict)] if isinstance(adjustments, list) else []
    energies = [_energy(adjustment) for adjustment in listed]
    classes = [str(_mapping(adjustment, "cls").get("@class")) for adjustment in listed]
    functional, has_u = _functional(entry)
    declared = _mapping(entry, "data").get("thermo_type")
    return Origin(
        number=number,
        entry_id=_shown(entry.get("entry_id")),
        amounts=amounts,
        functional=functional,
        has_u=has_u,
        schemes=tuple(dict.fromkeys(_BY_CORRECTION[name] for name in classes if name in _BY_CORRECTION)),
        declared=_shown(declared) if declared else None,
        correction_eV=_number(entry.get("correction")),
        adjustments_eV=sum(e for e in energies if e is not None)
        if isinstance(adjustments, list) and None not in energies and len(listed) == len(adjustments)
        else None,
        has_adjustments=bool(listed),
    )


def _functional(entry: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Functional of the run type of an entry (`GGA+U`, `PBESol_U`, `r2SCAN`), and True with a Hubbard U."""
    parameters = _mapping(entry, "parameters")
    run_type = str(parameters.get("run_type") or _mapping(entry, "data").get("run_type") or "").strip().upper()
    functional = re.sub(r"[+_]U$", "", run_type)
    hubbards = any(_number(value) for value in _mapping(parameters, "hubbards").values())
    has_u = functional != run_type or parameters.get("is_hubbard") is True or hubbards
    return {"": None, "PBE": "GGA"}.get(functional, _shown(functional)), has_u


def _energy(adjustment: Mapping[str, Any]) -> float | None:
    """Energy of an adjustment (eV), or None if its numbers do not match a class of pymatgen."""
    for names in _FACTORS:
        factors = [_number(adjustment.get(name)) for name in names]
        if None not in factors:
            return math.prod(factor for factor in factors if factor is not None)
    return None


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or not abs(value) < 1e12:
        return None
    return float(value)


def _mapping(parent: object, key: str) -> Mapping[str, Any]:
    value = parent.get(key) if isinstance(parent, dict) else None
    return value if isinstance(value, dict) else {}


def _shown(value: object) -> str:
    text = "" if value is None else str(value)
    text = text if text.isprintable() else repr(text)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def entry_thermo_type(entry: Mapping[str, Any]) -> str:
    """Return the thermo type that a pymatgen entry dict declares, or `undeclared`.

    It is read from `data.thermo_type`, then the classes of its corrections, then a run type other than GGA.
    """
    return origin(1, {}, entry).thermo_type


def thermo_types(origins: Sequence[Origin]) -> dict[str, Origin]:
    """Thermo types of a file, each with its first entry.

    Single entries may leave it open: an uncorrected entry names no scheme.
    """
    first_of: dict[str, Origin] = {}
    for entry in origins:
        first_of.setdefault(entry.thermo_type, entry)
    if MIXED in first_of and not any(entry.declared for entry in origins):
        return {kind: entry for kind, entry in first_of.items() if kind not in MIXABLE}
    raw = [entry for entry in origins if entry.functional == "GGA"]
    if raw and any(
        entry.thermo_type == entry.functional for entry in origins
    ):  # a functional of its own among raw GGA runs
        first_of.setdefault(MP2020, raw[0])
    return first_of


def check_origins(source: str, origins: Sequence[Origin], thermo_type: str) -> None:
    """Reject entries of another functional or correction scheme than the table, and contradictory corrections.

    Parameters
    ----------
    source
        Name of the file.
    origins
        Origins of all entries.
    thermo_type
        Thermo type of the table.

    Raises
    ------
    InputError
        If an entry has another functional, corrections of two schemes, a total correction that is not the sum of its
        adjustments, or no correction where the scheme of the others requires one.
    """
    for entry in origins:
        if entry.functional and entry.functional not in _FUNCTIONALS.get(thermo_type, {entry.functional}):
            raise InputError(
                f"{source} {entry.label} was run with {entry.functional}, which has no common zero with "
                f"{thermo_type} energies; leave it out, or compute it like the others"
            )
        _check_corrections(source, entry, thermo_type)
    _check_all_corrected(source, origins, thermo_type)


def _check_corrections(source: str, entry: Origin, thermo_type: str) -> None:
    others = set(entry.schemes) - ({MP2020, MIXED} if thermo_type == MIXED else {thermo_type})
    if entry.schemes and others and thermo_type in _FUNCTIONALS:
        raise InputError(
            f"{source} {entry.label} has corrections of {', '.join(sorted(others))} among {thermo_type} energies; "
            "correct all entries by one scheme"
        )
    if entry.correction_eV is None or entry.adjustments_eV is None:
        return
    if abs(entry.correction_eV - entry.adjustments_eV) > _SAME_CORRECTION_eV_per_atom * sum(entry.amounts.values()):
        raise InputError(
            f"{source} {entry.label}: its correction is {entry.correction_eV:g} eV, but its energy adjustments sum to "
            f"{entry.adjustments_eV:g} eV; write it again with ComputedEntry.as_dict()"
        )


def _check_all_corrected(source: str, origins: Sequence[Origin], thermo_type: str) -> None:
    corrected = [entry for entry in origins if entry.schemes]
    if not corrected:
        return
    scheme = LEGACY if thermo_type == LEGACY else MP2020
    lacking = [
        entry for entry in origins if not entry.is_corrected and not entry.declared and entry.needs_correction(scheme)
    ]
    if thermo_type == MIXED:  # r2SCAN energies have no corrections of their own
        lacking = [entry for entry in lacking if entry.functional == "GGA"]
    if lacking:
        raise InputError(
            f"{source} {_named(lacking)} {'has' if len(lacking) == 1 else 'have'} no correction ({_kind(lacking[0])}), "
            f"but {_named(corrected, 1)} {'has' if len(corrected) == 1 else 'have'} those of {scheme}; correct all of "
            "them by one scheme of pymatgen.entries.compatibility, or none"
        )


def _kind(entry: Origin) -> str:
    words = [word for word, is_so in (("oxide", "O" in entry.amounts), ("GGA+U run", entry.has_u)) if is_so]
    return " and ".join(words) or "compound of a corrected anion"


def _named(origins: Sequence[Origin], most: int = _MOST_NAMED) -> str:
    more = len(origins) - most
    return ", ".join(entry.label for entry in origins[:most]) + (f" and {more} more" if more > 0 else "")


def uncorrected(source: str, origins: Iterable[Origin]) -> tuple[str, ...]:
    """Warn of oxides and +U runs by GGA without energy adjustment: raw energies without a scheme."""
    lacking = [
        entry
        for entry in origins
        if entry.functional == "GGA"
        and not entry.is_corrected
        and not entry.declared
        and entry.needs_correction(LEGACY)
    ]
    if not lacking:
        return ()
    have = "is an oxide or GGA+U run" if len(lacking) == 1 else "are oxides or GGA+U runs"
    why = "raw energies bind O2 too strongly, and with and without U they have no common zero"
    return (f"{source}: {_named(lacking)} {have} without energy adjustments: {why}",)
