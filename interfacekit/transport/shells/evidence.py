"""Space charge or interphase: whether each is enough for what was measured at the bare contact of LCO and a sulfide.

Three measurements speak to that question, and each is weighed by one rule. The space charge is enough for a measurement
if it gives at least the share `Thresholds.enough` of it, and is not if it gives no more than `Thresholds.negligible`;
in between it is open. The lower end of what was measured counts, which favours the space charge. An interphase is
weighed likewise; its numbers were fitted to cells, which only other measurements can confirm.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from interfacekit.errors import InputError
from interfacekit.quantities import SHARE, keep_plain
from interfacekit.results import Result, provenance
from interfacekit.transport.materials.parameters import reference_row
from interfacekit.transport.shells.resistance_parts import contacts_ohm_cm2, interface_ohm_cm2

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from interfacekit.transport.shells.variations import Change
    from interfacekit.transport.stacks.result import StackTransport

Verdict = Literal["enough", "not enough", "open"]
School = Literal["interphase-limited", "SCL-limited", "undecided"]
#: So many of the smallest combinations of changes that turn a verdict are kept.
FEWEST_KEPT = 5
#: What turned a verdict where no input was changed.
_ELSEWHERE = "no change, at another voltage"
#: Of the measured drop: the coating and its thickness.
DROP_COATING, DROP_THICKNESS_nm = "LPO", 10.0


@dataclass(frozen=True)
class Thresholds:
    """Shares of a measurement from which something is enough for it, and up to which it is not."""

    enough: float = 0.5
    negligible: float = 0.1

    def __post_init__(self) -> None:
        keep_plain(self, **{name: SHARE.check(getattr(self, name), name) for name in ("enough", "negligible")})
        if not 0 < self.negligible < self.enough <= 1:
            raise InputError(
                f"thresholds of {self.negligible:g} (negligible) and {self.enough:g} (enough) are not possible; "
                "give 0 < negligible < enough <= 1"
            )


@dataclass(frozen=True)
class Measurement(Result):
    """What was measured: a number or a range, where it comes from and how sure it is."""

    quantity: str
    unit: str
    low: float
    high: float
    how: str
    source: str
    certainty: str


@dataclass(frozen=True)
class Evidence(Result):
    """One measurement, and what space charge and interphase give of it.

    Attributes
    ----------
    measured
        What was measured.
    space_charge
        By the inputs as they are.
    single_low, single_high
        Of any voltage and with any single input changed.
    lowest, highest
        With any combination of inputs changed.
    interphase_low, interphase_high
        With the interphases; None where they were fitted to this very measurement.
    verdict
        Whether the space charge is enough, by the inputs as they are.
    interphase_verdict
        Whether the least of the interphases is.
    unchanged, unchanged_alike
        At how many voltages the inputs were taken as they are, and at how many of them the verdict is the same.
    singles, singles_alike
        Results with exactly one input changed, each voltage counted, and how many of them have the same verdict.
    all, all_alike
        The same of results with one input changed or more.
    fewest
        The smallest combinations of changes with another verdict, and it, at any voltage; without those that hold a
        smaller one of them.
    """

    measured: Measurement
    space_charge: float
    single_low: float
    single_high: float
    lowest: float
    highest: float
    interphase_low: float | None
    interphase_high: float | None
    verdict: Verdict
    interphase_verdict: Verdict | None
    unchanged: int
    unchanged_alike: int
    singles: int
    singles_alike: int
    all: int
    all_alike: int
    fewest: tuple[str, ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """One row."""
        import pandas as pd

        own = {
            key: value
            for key, value in self.as_dict().items()
            if not key.startswith("@") and key not in ("measured", "provenance")
        }
        measured = {f"measured_{key}": value for key, value in self.measured.as_dict().items() if key[0] != "@"}
        return pd.DataFrame([{**measured, **own, "fewest": "; ".join(self.fewest)}])


def bare_resistance() -> Measurement:
    """Of a bare contact: the drop by a coating, times what contacts of LiCoO2 resist that do not react."""
    drop = reference_row("transport", "LiCoO2(001) | Li3PS4 thin film", "resistance drop by 10 nm Li3PO4")
    coated = [
        reference_row("transport", system, "interface resistance")
        for system in ("LiCoO2 | LiPON", "LiCoO2 | amorphous Li3PO4")
    ]
    low, high = (float(drop["value"]) * float(row["value"]) for row in coated)
    values, systems = ([row[key] for row in coated] for key in ("value", "system"))
    how = f"{drop['value']} times ({drop['system']}) {' to '.join(values)} Ohm cm2 ({', '.join(systems)})"
    sources = "; ".join([drop["source"], *(row["conditions"].removeprefix("thin film; ") for row in coated)])
    return Measurement("resistance of the bare contact", "Ohm cm2", low, high, how, sources, "derived")


def drop_by_coating() -> Measurement:
    """By how much 10 nm of Li3PO4 lower the resistance."""
    row = reference_row("transport", "LiCoO2(001) | Li3PS4 thin film", "resistance drop by 10 nm Li3PO4")
    value = float(row["value"])
    return Measurement(
        "drop of the resistance by 10 nm Li3PO4", "fold", value, value, row["system"], row["source"], row["certainty"]
    )


def irreversible_charge() -> Measurement:
    """Of the first cycle of bare LCO in LGPS."""
    row = reference_row("founding_paper_claims", "derived check", "irreversible charge of bare LCO")
    value = float(row["value"])
    return Measurement(
        "irreversible charge of bare LCO in LGPS",
        row["unit"],
        value,
        value,
        row["conditions"],
        "Wang C. et al. Small Methods 2019, doi 10.1002/smt.201900261",
        row["certainty"],
    )


def verdict(value: float, measured: Measurement, thresholds: Thresholds) -> Verdict:
    """Whether a value is enough for what was measured."""
    share = value / measured.low
    if share >= thresholds.enough:
        return "enough"
    return "not enough" if share <= thresholds.negligible else "open"


def weigh(
    measured: Measurement,
    space_charge: float,
    varied: Sequence[tuple[Sequence[Change], float]],
    interphase: Sequence[float],
    thresholds: Thresholds,
) -> Evidence:
    """Hold computed values against a measured one.

    Parameters
    ----------
    measured
        The measurement.
    space_charge
        By the inputs as they are.
    varied
        Changes of inputs and the values with them, at all voltages.
    interphase
        Values with interphases; empty where they were fitted to this measurement.
    thresholds
        See the module.
    """
    as_is = verdict(space_charge, measured, thresholds)
    verdicts = [(changes, value, verdict(value, measured, thresholds)) for changes, value in varied]
    unchanged, singles = ([one for one in verdicts if len(one[0]) == count] for count in (0, 1))
    changed = [one for one in verdicts if one[0]]
    few = [space_charge, *(value for _, value, _ in (*unchanged, *singles))]
    return Evidence(
        measured=measured,
        space_charge=space_charge,
        single_low=min(few),
        single_high=max(few),
        lowest=min(space_charge, *(value for _, value, _ in verdicts)),
        highest=max(space_charge, *(value for _, value, _ in verdicts)),
        interphase_low=min(interphase, default=None),
        interphase_high=max(interphase, default=None),
        verdict=as_is,
        interphase_verdict=verdict(min(interphase), measured, thresholds) if interphase else None,
        unchanged=len(unchanged),
        unchanged_alike=_alike(unchanged, as_is),
        singles=len(singles),
        singles_alike=_alike(singles, as_is),
        all=len(changed),
        all_alike=_alike(changed, as_is),
        fewest=_fewest([(tuple(map(str, changes)), found) for changes, _, found in verdicts if found != as_is]),
        provenance=provenance(thresholds=asdict(thresholds)),
    )


def _fewest(turning: Sequence[tuple[tuple[str, ...], Verdict]]) -> tuple[str, ...]:
    """The smallest combinations of changes among those that turn a verdict, and the other verdict."""
    kept: list[tuple[tuple[str, ...], Verdict]] = []
    for changes, found in sorted({*turning}, key=lambda one: (len(one[0]), *one)):
        if not any({*smaller} < {*changes} for smaller, _ in kept):
            kept.append((changes, found))
    return tuple(f"{' + '.join(changes) or _ELSEWHERE} ({found})" for changes, found in kept[:FEWEST_KEPT])


def _alike(verdicts: Sequence[tuple[Sequence[Change], float, Verdict]], as_is: Verdict) -> int:
    return sum(found == as_is for *_, found in verdicts)


def gather(
    varied: Sequence[tuple[Sequence[Change], StackTransport]],
    voltage_V: float,
    interphases: Sequence[StackTransport],
    coated: StackTransport,
    thresholds: Thresholds,
) -> tuple[Evidence, ...]:
    """Weigh the bare contact against all three measurements.

    Parameters
    ----------
    varied
        The bare contact with no change and with others, at all voltages.
    voltage_V
        At which the inputs are taken as they are.
    interphases
        The bare contact with interphases at that voltage.
    coated
        The contact in `DROP_THICKNESS_nm` of `DROP_COATING` at that voltage, all inputs as they are.
    thresholds
        See the module.
    """
    bare = next(result for changes, result in varied if not changes and result.voltage_V == voltage_V)
    shell = interface_ohm_cm2(coated)
    resisting = [(changes, contacts_ohm_cm2(result)) for changes, result in varied]
    charges = [(changes, result.scl_capacity_mAh_g) for changes, result in varied]
    with_interphase = [interface_ohm_cm2(result) for result in interphases]
    return (
        weigh(bare_resistance(), contacts_ohm_cm2(bare), resisting, with_interphase, thresholds),
        weigh(
            drop_by_coating(),
            contacts_ohm_cm2(bare) / shell,
            [(changes, value / shell) for changes, value in resisting],
            [value / shell for value in with_interphase],
            thresholds,
        ),
        weigh(irreversible_charge(), bare.scl_capacity_mAh_g, charges, (), thresholds),
    )


def school(resistance: Evidence) -> School:
    """Which school the resistance of the bare contact supports."""
    if resistance.verdict == "enough":
        return "SCL-limited"
    interphase_is_enough = resistance.interphase_verdict == "enough"
    return "interphase-limited" if resistance.verdict == "not enough" and interphase_is_enough else "undecided"
