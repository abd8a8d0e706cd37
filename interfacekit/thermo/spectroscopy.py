"""Comparison of predicted products with species observed in experiments.

A species is a rule over formulas (elements and their ratios), because spectroscopy detects bonding and the hull
predicts compositions. The rule is part of the comparison and is printed with it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from interfacekit.errors import InputError
from interfacekit.materials import reference_table
from interfacekit.phases import phase
from interfacekit.quantities import AMOUNT_RATIO
from interfacekit.results import Result
from interfacekit.thermo.stability.entries import entries_above_hull

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from interfacekit.entries import Source
    from interfacekit.thermo.stability.reaction import InterfaceReaction

AGREES, DISAGREES, NOT_PREDICTABLE = "agrees", "disagrees", "not predictable"


class FormulaRule(BaseModel):
    """Rule for formulas: required `elements`, other elements only from `among`, and limits of a ratio such as O/S."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    elements: list[str] = Field(min_length=1)
    among: list[str] = []
    ratio: str | None = None
    least: Annotated[float, AMOUNT_RATIO] = 0.0
    most: Annotated[float, AMOUNT_RATIO] = float("inf")

    def matches(self, formula: str) -> bool:
        """Return True if a formula follows the rule."""
        amounts = dict(phase(formula).amounts)
        required = set(self.elements)
        if not required <= amounts.keys() or not amounts.keys() <= required | set(self.among):
            return False
        if self.ratio is None:
            return True
        upper, _, lower = self.ratio.partition("/")
        value = amounts.get(upper, 0.0) / amounts[lower]
        return self.least - 1e-9 <= value <= self.most + 1e-9


class Species(BaseModel):
    """Observed species, as rules for the formulas of its phases."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    phases: list[FormulaRule] = Field(min_length=1)
    expected: Literal["present", "absent"] = "present"


class Claim(BaseModel):
    """Row of the claims of the founding paper, and the comparison with predictions.

    Either `species` to look for in the products of `interfaces`; or `weaker_than`, an interface whose driving force
    must be larger than that of `interfaces` at every voltage; or `not_predictable`, a reason. `about` and `observed`
    replace the system and value of a row with two statements.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: str
    quantity: str
    interfaces: list[str] = []
    species: list[Species] = []
    weaker_than: str | None = None
    not_predictable: str | None = None
    about: str | None = None
    observed: str | None = None


@dataclass(frozen=True)
class Verdict(Result):
    """Comparison of one claim with one interface.

    Attributes
    ----------
    system
        System of the claim in the reference table.
    measurement
        Measured quantity of the claim.
    observed
        Observation.
    source
        Source of the observation.
    certainty
        Certainty of the observation, see `interfacekit.materials`.
    note
        Scope of the comparison.
    interface
        Interface whose products were searched.
    species
        Species that was searched for.
    predicted
        Matching products, or another basis of the verdict.
    where
        Voltages, and mixing ratios (worst or other) or single phase of the matching products.
    verdict
        `agrees`: the hull has such a product at one of the conditions, or such an order of driving forces; the
        observation is then consistent with equilibrium at 0 K, without a statement on amounts or rates. `disagrees`, or
        `not predictable` from (these) energies.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit.thermo.spectroscopy import Claim, FormulaRule, Species, compare
    >>> rule = FormulaRule(elements=["S", "O"], among=["Li", "Co"], ratio="O/S", least=4, most=4)
    >>> claim = Claim(
    ...     system="bare LCO/LGPS",
    ...     quantity="XPS S 2p after 100 cycles",
    ...     interfaces=["LCO|LGPS"],
    ...     species=[Species(name="sulfate", phases=[rule])],
    ... )
    >>> verdict = compare([claim], {"LCO|LGPS": [ik.interface_reaction("LCO", "LGPS")]}).verdicts[0]
    >>> verdict.predicted, verdict.verdict
    ('Li2SO4', 'agrees')
    """

    system: str
    measurement: str
    observed: str
    source: str
    certainty: str
    note: str
    interface: str
    species: str
    predicted: str
    where: str
    verdict: str


@dataclass(frozen=True)
class Comparison(
    Result,
    tables="interfacekit.report.tables.lists:comparison_tables",
):
    """Verdicts on several claims.

    Attributes
    ----------
    verdicts
        One verdict per claim, interface and species.
    provenance
        Version, engine, formation energies and parameters.

    Examples
    --------
    >>> import interfacekit as ik
    >>> from interfacekit.thermo.spectroscopy import Claim, FormulaRule, Species, compare
    >>> rule = FormulaRule(elements=["S", "O"], among=["Li", "Co"], ratio="O/S", least=4, most=4)
    >>> claim = Claim(
    ...     system="bare LCO/LGPS",
    ...     quantity="XPS S 2p after 100 cycles",
    ...     interfaces=["LCO|LGPS"],
    ...     species=[Species(name="sulfate", phases=[rule])],
    ... )
    >>> verdict = compare([claim], {"LCO|LGPS": [ik.interface_reaction("LCO", "LGPS")]}).verdicts[0]
    >>> verdict.predicted, verdict.verdict
    ('Li2SO4', 'agrees')
    """

    verdicts: tuple[Verdict, ...]
    provenance: dict[str, Any]

    def to_frame(self) -> pd.DataFrame:
        """Return one row per verdict."""
        import pandas as pd

        return pd.DataFrame([asdict(verdict) for verdict in self.verdicts])


def compare(
    claims: Sequence[Claim], reactions: Mapping[str, Sequence[InterfaceReaction]], entries: Source = "mp2019"
) -> Comparison:
    """Compare predicted products with observed species.

    Parameters
    ----------
    claims
        Observations, and the rules of the comparison.
    reactions
        Reactions of each interface (`"LCO|LGPS"`), closed and at voltages.
    entries
        Formation energies of the reactions; for a species that is not predicted, they yield the nearest phase to the
        hull that follows its rules.

    Returns
    -------
    Comparison
        Verdicts with the provenance of the reactions.

    Raises
    ------
    InputError
        If a claim is not in the reference table, or its interface was not computed.
    """
    verdicts = [verdict for claim in claims for verdict in _verdicts(claim, reactions, entries)]
    first = next(iter(reactions.values()))[0]
    return Comparison(
        verdicts=tuple(verdicts), provenance={**first.provenance, "parameters": {"interfaces": list(reactions)}}
    )


def _verdicts(claim: Claim, reactions: Mapping[str, Sequence[InterfaceReaction]], entries: Source) -> list[Verdict]:
    row = _reference(claim)
    about = {
        "system": claim.about or claim.system,
        "measurement": claim.quantity,
        "observed": claim.observed or row["value"],
        "source": row["source"],
        "certainty": row["certainty"],
        "note": row["predicted_or_fitted"],
    }
    if claim.not_predictable:
        return [
            Verdict(
                **about, interface="-", species="-", predicted=claim.not_predictable, where="-", verdict=NOT_PREDICTABLE
            )
        ]
    verdicts = []
    for interface in claim.interfaces:
        computed = _computed(interface, reactions)
        if claim.weaker_than:
            stronger = _computed(claim.weaker_than, reactions)
            verdicts.append(Verdict(**about, **_weaker(interface, computed, claim.weaker_than, stronger)))
        verdicts += [Verdict(**about, **_seen(interface, computed, species, entries)) for species in claim.species]
    return verdicts


def _reference(claim: Claim) -> dict[str, str]:
    for row in reference_table("founding_paper_claims"):
        if (row["system"], row["quantity"]) == (claim.system, claim.quantity):
            return row
    raise InputError(
        f"unknown claim {claim.quantity!r} about {claim.system!r}; choose a row of founding_paper_claims.csv"
    )


def _computed(interface: str, reactions: Mapping[str, Sequence[InterfaceReaction]]) -> Sequence[InterfaceReaction]:
    if interface not in reactions:
        raise InputError(f"the interface {interface} was not computed; name it under interfaces")
    return reactions[interface]


def _seen(interface: str, reactions: Sequence[InterfaceReaction], species: Species, entries: Source) -> dict[str, str]:
    """Search for a species among the products of the contact, and of each phase alone at the same voltage."""
    first, second = interface.split("|")
    hits: dict[str, list[InterfaceReaction]] = {}
    matching: dict[str, None] = {}
    for reaction in reactions:
        inner = [kink.products for kink in reaction.kinks[1:-1]]
        in_worst = _matching(species, [reaction.mutual.products] if inner else [])
        places = {
            "worst mixing ratio": in_worst,
            "other mixing ratios": [] if in_worst else _matching(species, inner),
            f"{second} alone": _matching(species, [reaction.kinks[0].products]),
            f"{first} alone": _matching(species, [reaction.kinks[-1].products]),
        }
        for place, formulas in places.items():
            matching.update(dict.fromkeys(formulas))
            if formulas:
                hits.setdefault(place, []).append(reaction)
    verdict = AGREES if bool(matching) == (species.expected == "present") else DISAGREES
    predicted = ", ".join(matching)
    if not matching:
        nearest = _nearest(species, interface, entries)
        predicted = f"none; nearest is {nearest}" if nearest else "no such phase among the energies"
        verdict = verdict if nearest else NOT_PREDICTABLE
    return {
        "interface": interface,
        "species": species.name + (" absent" if species.expected == "absent" else ""),
        "predicted": predicted,
        "where": "; ".join(f"{place} ({_conditions(where)})" for place, where in hits.items()) or "-",
        "verdict": verdict,
    }


def _nearest(species: Species, interface: str, entries: Source) -> str | None:
    """Phase that follows the rules of a species and is nearest to the hull of the elements of the interface, if any."""
    elements = {"Li"}.union(*(phase(name).elements for name in interface.split("|")))
    for entry in entries_above_hull(elements, entries).entries:
        if any(rule.matches(entry.formula) for rule in species.phases):
            return f"{entry.formula}, {1000 * entry.energy_above_hull_eV_per_atom:.0f} meV/atom above the hull"
    return None


def _matching(species: Species, products: Sequence[Mapping[str, float]]) -> list[str]:
    formulas = dict.fromkeys(formula for some in products for formula in some)
    return [formula for formula in formulas if any(rule.matches(formula) for rule in species.phases)]


def _conditions(reactions: Sequence[InterfaceReaction]) -> str:
    voltages = [reaction.voltage_V for reaction in reactions if reaction.voltage_V is not None]
    parts = ["closed"] if len(voltages) < len(reactions) else []
    if voltages:
        low, high = min(voltages), max(voltages)
        parts.append(f"{low:g} V" if low == high else f"{len(voltages)} voltages in {low:g}-{high:g} V")
    return ", ".join(parts)


def _weaker(
    interface: str, weak: Sequence[InterfaceReaction], other: str, strong: Sequence[InterfaceReaction]
) -> dict[str, str]:
    """Compare the driving forces of two interfaces, for both baselines, at every voltage."""
    by_voltage = {reaction.voltage_V: reaction for reaction in strong}
    if by_voltage.keys() != {reaction.voltage_V for reaction in weak}:
        raise InputError(f"{interface} and {other} were computed at different voltages; compute both at the same ones")
    weaker, shares = True, []
    for baseline in ("mutual", "total"):
        pairs = [
            (getattr(r, baseline).eV_per_atom, getattr(by_voltage[r.voltage_V], baseline).eV_per_atom) for r in weak
        ]
        weaker = weaker and all(strongest < weakest < 0 for weakest, strongest in pairs)
        percent = [100 * weakest / strongest for weakest, strongest in pairs if strongest]
        if percent:
            shares.append(f"{min(percent):.0f}-{max(percent):.0f} % ({baseline})")
    return {
        "interface": interface,
        "species": f"driving force below that of {other}, but not zero",
        "predicted": f"{', '.join(shares) or 'none'} of the energy per atom of {other}",
        "where": _conditions(weak),
        "verdict": AGREES if weaker else DISAGREES,
    }
