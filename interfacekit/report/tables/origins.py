"""What went into results of stacks, and how sure each number is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from interfacekit.transport.materials.parameters import calibrations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from interfacekit.transport import StackTransport

#: Numbers that went in: words and units.
_WORDS = {
    "site_density_per_cm3": ("site density", "1/cm3"),
    "filling": ("filled share of sites", ""),
    "conductivity_S_cm": ("conductivity", "S/cm"),
    "temperature_K": ("temperature of the conductivity", "K"),
    "barrier_eV": ("barrier", "eV"),
    "permittivity": ("permittivity", ""),
    "level_eV": ("site energy below Li metal", "eV"),
    "repulsion_eV": ("slope of the voltage", "eV"),
    "pair_energy_eV": ("pair energy", "eV"),
    "offset_eV": ("offset", "eV"),
    "attempt_frequency_Hz": ("attempt frequency", "1/s"),
    "left_ladder_eV": ("site energies of planes left", "eV"),
    "right_ladder_eV": ("site energies of planes right", "eV"),
}
_LADDERS = ("left_ladder_eV", "right_ladder_eV")
_HOPS_ACROSS = ("barrier_eV", "attempt_frequency_Hz")
#: All that is known of the interphase of the founding case.
_FITTED = "for bare LCO|LGPS, 280-710 nm at 1-3e-9 S/cm are fitted to measured cells"


def origins(results: Sequence[StackTransport]) -> list[str]:
    """What was calibrated, second-hand, recalled, assumed or given among the numbers that went in."""
    numbers = _inputs(results)
    notes = []
    pairs = {layer for r in results for layer in _with_pairs(r.provenance["parameters"])}

    def listed(names: Sequence[str]) -> str:
        return ", ".join(f"{name} (before its pair energies)" if name in pairs else name for name in names)

    calibrated = [f"{what}: bulk of {listed(names)}" for what, names in calibrations(numbers).items()]
    if calibrated:
        contacts = any(r.provenance["parameters"]["contacts"] for r in results)
        predicted = "; predicted from the numbers below: space charge, potential drops and the excess of contacts"
        notes.append(f"calibrated, not predicted: to {'; to '.join(calibrated)}" + (predicted if contacts else ""))
    for certainty, what in (
        ("seen-secondary", "second-hand"),
        ("memory-approx", "recalled from memory, to be checked"),
        ("assumed", "assumed"),
        ("given", "given by you"),
    ):
        of_it = {key: p for key, p in numbers.items() if p["certainty"].startswith(certainty)}
        if of_it:
            notes.append(f"{what}: {_written(of_it)}{_cells(of_it)}")
    if any(c["barrier_eV"] is None for r in results for c in r.provenance["parameters"]["contacts"].values()):
        notes.append("assumed: hops across a contact are as in the layer on its side where they are slower")
    return [*notes, *_interphase_notes(results)]


def _with_pairs(parameters: dict[str, Any]) -> Iterator[str]:
    """Layers whose ions have pair energies with their neighbours in a run."""
    for key in ("measured_bulk", "bulk_in_excess"):
        yield from parameters.get(key, ())


def _interphase_notes(results: Sequence[StackTransport]) -> list[str]:
    """What is, and what is not, between layers that react."""
    notes = []
    interphases = [(n, p) for r in results for n, p in r.provenance["parameters"]["interphases"].items()]
    if interphases:
        listed = (_interphase(n, p) for n, p in interphases)
        notes.append(f"put in, not computed: interphase of {', '.join(dict.fromkeys(listed))} ({_FITTED})")
    if steady := _steady(results):
        notes.append(f"assumed: interphases without a barrier_eV resist alike at all temperatures: {', '.join(steady)}")
    # Of two pieces of one material nothing reacts.
    bare = {"|".join(r.layers) for r in results if len({*r.layers}) == len(r.layers) == 2} - {
        name for name, _ in interphases
    }
    if bare:
        notes.append(
            f"not counted: what a reaction leaves at the bare contact {', '.join(sorted(bare))}; put it in as an "
            f"interphase ({_FITTED})"
        )
    return notes


def _interphase(contact: str, p: dict[str, Any]) -> str:
    """Its numbers; how its conductivity changes with temperature where it does."""
    over = "" if p["barrier_eV"] is None else f" and {p['temperature_K']:g} K, over {p['barrier_eV']:g} eV"
    return f"{contact} {p['thickness_nm']:g} nm at {p['conductivity_S_cm']:g} S/cm{over}"


def _steady(results: Sequence[StackTransport]) -> list[str]:
    """Contacts with interphases without a barrier, at another temperature than that where they are known."""
    return list(
        dict.fromkeys(
            name
            for r in results
            for name, p in r.provenance["parameters"]["interphases"].items()
            if p["barrier_eV"] is None and r.temperature_K != p["temperature_K"]
        )
    )


def _inputs(results: Sequence[StackTransport]) -> dict[tuple[str, str], dict[str, Any]]:
    """Numbers of all materials and contacts, by these and their own names."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for r in results:
        parameters = r.provenance["parameters"]
        for layer in parameters["layers"]:
            for p in layer["parameters"]:
                if not (layer["conductor"] and p["name"] == "permittivity"):  # electrons screen all fields there
                    found.setdefault((layer["name"], p["name"]), p)
        for contact, numbers in parameters["contacts"].items():
            changed = {name: numbers[name] for name in _HOPS_ACROSS if numbers[name] is not None}
            given = [{"name": n, "value": value, "role": "given", "certainty": "given"} for n, value in changed.items()]
            for p in (*numbers["parameters"], *given):
                one = {**p, "value": numbers[p["name"]]} if p["name"] in _LADDERS else p
                found.setdefault((contact, p["name"]), one)
    return found


def _written(numbers: dict[tuple[str, str], dict[str, Any]]) -> str:
    """Quantities, each with its values by material or contact."""
    quantities: dict[str, list[str]] = {}
    for (owner, name), p in numbers.items():
        words, unit = _WORDS.get(name, (name, ""))
        of = "across" if "|" in owner and name not in _LADDERS else "of"
        values = p["value"] if name in _LADDERS else [p["value"]]
        value = ", ".join(f"{one:.3g}" for one in values)
        quantities.setdefault(f"{words} {of}", []).append(f"{owner} {value} {unit}".strip())
    return "; ".join(f"{quantity} {', '.join(values)}" for quantity, values in quantities.items())


def _cells(numbers: dict[tuple[str, str], dict[str, Any]]) -> str:
    """Where computed offsets are from, and what stands in for what."""
    offsets = [p for (_, name), p in numbers.items() if name == "offset_eV" and p["role"].startswith("computed")]
    sources = dict.fromkeys(p["source"].partition(":")[0] for p in offsets)
    notes = (note for p in offsets for note in p["role"].partition("; ")[2].split(", "))
    stand_ins = dict.fromkeys(filter(None, notes))
    return f" ({'; '.join([*sources, *stand_ins])})" if offsets else ""
