"""What figures of stacks share: names of results by what differs, and where their numbers come from in small print."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from interfacekit.errors import InputError
from interfacekit.plots.labels import text_size
from interfacekit.plots.style import FAINT_INK, LINE_COLOURS, LITHIUM_REFERENCE, TEXT_PT, formula_label, voltage_text
from interfacekit.results import format_nm

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from interfacekit.plots.labels import Canvas
    from interfacekit.transport import StackTransport

#: So many lines of one figure can be told apart.
MOST_LINES = len(LINE_COLOURS)
_NOTE_PT = 6.0
#: Of bare contacts, and of the note on what is not counted there.
_MARK = "*"
#: Hinting makes long lines of small print wider than those of larger print scaled down.
_HINTED = 1.04
#: What two results of one case share; they may differ in the method and how it was run.
_OF_A_CASE = (
    "layers",
    "contacts",
    "interphases",
    "ladder",
    "electrostatics",
    "site_spacing_A",
    "voltage_V",
    "temperature_K",
    "ends",
)


def listed(results: StackTransport | Sequence[StackTransport]) -> list[StackTransport]:
    """Several results, or one, as a list.

    Raises
    ------
    InputError
        If there is none.
    """
    several: list[Any] = list(results) if isinstance(results, list | tuple) else [results]
    if not several:
        raise InputError("no stacks to draw; give at least one result")
    return several


def coating(result: StackTransport) -> str:
    """Name of all that lies between cathode and electrolyte; empty where they touch."""
    return "|".join(result.layers[1:-1])


def require_one_case(results: Iterable[StackTransport], place: str) -> None:
    """Raise `InputError` where results that would stand in one place of a figure differ in their inputs."""
    if len(by_case(results)) > 1:
        raise InputError(f"there are two results at {place}, which differ in other inputs; draw them one by one")


def by_case(results: Iterable[StackTransport]) -> list[list[StackTransport]]:
    """Results of the same stack under the same conditions, by kinetic Monte Carlo and the continuum, together."""
    cases: dict[str, list[StackTransport]] = {}
    for result in results:
        parameters = result.provenance["parameters"]
        key = json.dumps({name: parameters.get(name) for name in _OF_A_CASE}, sort_keys=True)
        cases.setdefault(key, []).append(result)
    return list(cases.values())


def require_colours(count: int, what: str) -> None:
    """Raise `InputError` where a figure would have more lines than colours can tell apart."""
    if count > MOST_LINES:
        raise InputError(
            f"{count} {what} are more than {MOST_LINES} colours can tell apart; draw fewer, as at one voltage"
        )


def thickness_text(thickness_nm: float) -> str:
    """A thickness, or `bare`."""
    return f"{format_nm(thickness_nm)} nm" if thickness_nm > 0 else "bare"


def number_text(value: float, digits: int = 2) -> str:
    """A number with so many digits, as mathtext with a power of ten where it is large or small."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    mantissa, exponent = f"{abs(value):.{digits - 1}e}".split("e")
    sign, power = "\N{MINUS SIGN}" if value < 0 else "", int(exponent)
    if not -3 <= power < 4:
        if mantissa == "1":
            return f"{sign}10$^{{{power}}}$"
        return f"{sign}{mantissa}$\\times$10$^{{{power}}}$"
    return f"{sign}{float(f'{mantissa}e{exponent}'):.{max(digits - 1 - power, 0)}f}"


def case_names(results: Sequence[StackTransport], but: Sequence[str] = ()) -> list[str]:
    """What each of several results is, by what they differ in: thickness, coating, voltage, temperature or model."""
    from interfacekit.transport.stacks.parts import unique_names  # results exist: transport has been imported

    said = [_said(result) for result in results]
    several_ends = len({(result.layers[0], result.layers[-1]) for result in results}) > 1
    several_coatings = len({coating(result) for result in results} - {""}) > 1
    names = []
    for result, own in zip(results, said, strict=True):
        words = [text for key, text in own.items() if key not in but and len({other[key] for other in said}) > 1]
        if several_ends:
            words.insert(0, formula_label("|".join(result.layers)))
        elif several_coatings and coating(result):
            words = [formula_label(coating(result)), *words]
        names.append(", ".join(words) or formula_label("|".join(result.layers)))
    return list(unique_names(names))


def _of_crystals(results: Sequence[StackTransport]) -> list[str]:
    """Which sites stacks of crystals have; a note for each kind of stack."""
    notes = []
    for result in results:
        parameters = result.provenance["parameters"]
        faces = [
            "glass" if "miller" not in c else "({} {} {})".format(*c["miller"]) for c in parameters.get("crystals", ())
        ]
        sites = [f"{formula_label(name)} {face}" for name, face in zip(result.layers, faces, strict=False)]
        if sites:
            longest = max(high for _, _, high in parameters["hops_across"]) if parameters["hops_across"] else 0.0
            across = f"; hops across contacts up to {longest:.1f} \N{ANGSTROM SIGN} are assumed" if longest else ""
            notes.append(f"Sites of cut crystals, facing the contacts: {', '.join(sites)}{across}.")
    return list(dict.fromkeys(notes))


def common_conditions(results: Sequence[StackTransport]) -> str:
    """Layers, voltage and temperature, as far as all results have the same."""
    stacks = {"|".join(result.layers) for result in results}
    # The bare contact is the shell of thickness 0.
    longest = max(stacks, key=len)
    ends = longest.split("|")[0], longest.split("|")[-1]
    same = stacks <= {longest, "|".join(ends)}
    voltages = {result.voltage_V for result in results}
    temperatures = {result.temperature_K for result in results}
    words = [formula_label(longest)] if same else []
    if len(voltages) == 1 and (voltage := voltages.pop()) is not None:
        words.append(f"{voltage_text(voltage)} vs {LITHIUM_REFERENCE}")
    if len(temperatures) == 1:
        words.append(f"{temperatures.pop():g} K")
    return ", ".join(words)


def _said(result: StackTransport) -> dict[str, str]:
    parameters = result.provenance["parameters"]
    return {
        "thickness": thickness_text(result.thickness_nm),
        "voltage": "" if result.voltage_V is None else voltage_text(result.voltage_V),
        "temperature": f"{result.temperature_K:g} K",
        "ladder": "plane by plane" if parameters["ladder"] else "means of sites",
        "spacing": f"sites of {parameters['site_spacing_A']:g} \N{ANGSTROM SIGN}",
    }


def bare_text(results: Sequence[StackTransport]) -> str:
    """What a bare contact is called, with the mark of its note where what a reaction leaves there is not counted."""
    return f"bare{_MARK}" if _bare(results) else "bare"


def _bare(results: Sequence[StackTransport]) -> list[str]:
    """Bare contacts of two materials without an interphase; of two pieces of one material nothing reacts."""
    two = [r for r in results if len({*r.layers}) == len(r.layers) == 2]
    return list(dict.fromkeys("|".join(r.layers) for r in two if not r.provenance["parameters"]["interphases"]))


def slices_note(results: Sequence[StackTransport], *, included: bool) -> str:
    """What the slices of cathode and electrolyte resist, which a number includes or leaves out."""
    ends = [r.asr_layers[r.layers[0]] + r.asr_layers[r.layers[-1]] for r in results]
    low, high = (number_text(of(ends)) for of in (min, max))
    thickest = max(results, key=lambda r: len(r.layers))
    slices = " and ".join(
        f"{formula_label(thickest.layers[end])} ({thickest.thicknesses_nm[end]:.2g} nm)" for end in (0, -1)
    )
    resist = f"{low}{f' to {high}' if high != low else ''} $\\Omega$ cm$^2$"
    if included:
        return f"Of each number, {resist} are those of the slices of {slices} that belong to the stack."
    return f"Left out: the slices of {slices} that belong to the stack, {resist}."


def origin_notes(results: Sequence[StackTransport], *, marked: bool = False) -> list[str]:
    """What in these results was put in, and how sure it is: no prediction, second-hand, assumed or recalled.

    Where bare contacts are marked in a figure (see `bare_text`), so is the note on them.
    """
    numbers: dict[tuple[str, str], dict[str, str]] = {}
    interphases: list[str] = []
    bare = _bare(results)
    steady: dict[str, None] = {}
    hops_are_assumed = False
    for result in results:
        parameters = result.provenance["parameters"]
        contacts = parameters["contacts"]
        named = [(layer["name"], _of_effect(layer)) for layer in parameters["layers"]]
        named += [(name, contact["parameters"]) for name, contact in contacts.items()]
        numbers |= {(name, number["name"]): number for name, origins in named for number in origins}
        interphases += [name for name in parameters["interphases"] if name not in interphases]
        for name, numbers_of_one in parameters["interphases"].items():
            if numbers_of_one["barrier_eV"] is None and numbers_of_one["temperature_K"] != result.temperature_K:
                steady[name] = None
        hops_are_assumed |= any(contact["barrier_eV"] is None for contact in contacts.values())
    mark = _MARK if marked else ""
    unsure = [*_unsure(numbers), *(["hops across contacts (as on the slower side)"] if hops_are_assumed else [])]
    return [
        *_of_crystals(results),
        *_calibrated(numbers),
        *_across_contacts(numbers),
        *([f"Assumed or recalled: {'; '.join(unsure)}."] if unsure else []),
        *([f"Put in, not computed: the interphase of {_and(interphases)}."] if interphases else []),
        *([f"Assumed alike at all temperatures: the interphase of {_and([*steady])}."] if steady else []),
        *([f"{mark}Not counted: what a reaction leaves at the bare contact {_and(bare)}."] if bare else []),
    ]


def _of_effect(layer: dict[str, Any]) -> list[dict[str, str]]:
    """Numbers of a layer: electrons, not its permittivity, screen the fields in a conductor."""
    return [n for n in layer["parameters"] if not (layer["conductor"] and n["name"] == "permittivity")]


def _calibrated(numbers: dict[tuple[str, str], dict[str, str]]) -> list[str]:
    from interfacekit.transport.materials.parameters import calibrations  # results exist: transport has been imported

    calibrated = [f"to {what}: bulk of {_and(names)}" for what, names in calibrations(numbers).items()]
    return [f"Calibrated, not predicted: {'; '.join(calibrated)}."] if calibrated else []


def _across_contacts(numbers: dict[tuple[str, str], dict[str, str]]) -> list[str]:
    offsets = {name: n for (name, key), n in numbers.items() if key == "offset_eV"}
    computed = [name for name, n in offsets.items() if n["certainty"].startswith("seen-secondary")]
    own = [name for name, n in offsets.items() if n["certainty"] == "given"]
    stand_ins = [
        note for n in offsets.values() if n["certainty"] != "given" for note in n["role"].split("; ")[-1].split(", ")
    ]
    stand_ins = [formulas_label(note) for note in dict.fromkeys(stand_ins) if "stands in" in note]
    lines = []
    if computed:
        because = f" ({'; '.join(stand_ins)})" if stand_ins else ""
        lines.append(f"Second-hand, from computed interface cells: site energies across {_and(computed)}{because}.")
    if own:
        lines.append(f"Given: site energies across {_and(own)}.")
    return lines


def formulas_label(text: str) -> str:
    """Write the formulas among the words of a text with subscripts."""
    return " ".join(formula_label(word) if word.lstrip("(")[:1].isupper() else word for word in text.split(" "))


def _unsure(numbers: dict[tuple[str, str], dict[str, str]]) -> list[str]:
    """What is assumed or recalled, by quantity."""
    found: dict[str, list[str]] = {}
    for (name, key), n in numbers.items():
        if n["certainty"] in ("assumed", "memory-approx"):
            found.setdefault(_WORDS.get(key, key), []).append(name)
    return [f"{quantity} of {_and(names)}" for quantity, names in found.items()]


_WORDS = {
    "filling": "share of filled sites",
    "permittivity": "permittivity",
    "site_density_per_cm3": "density of sites",
    "barrier_eV": "barrier",
    "repulsion_eV": "slope of the voltage",
}


def _and(names: Sequence[str]) -> str:
    *most, last = (formula_label(name) for name in names)
    return f"{', '.join(most)} and {last}" if most else last


def add_notes(canvas: Canvas, notes: Sequence[str]) -> None:
    """Write notes in small print under all that is there."""
    scale = _HINTED * _NOTE_PT / TEXT_PT
    box = canvas.box()
    room = (canvas.figure.bbox.width - canvas.pixels(12) if canvas.owned else box.width) / scale
    text = "\n".join(line for note in notes for line in _wrapped(canvas, note, room))
    options: dict[str, Any] = {
        "handles": [Line2D([], [], linestyle="none")],
        "labels": [text],
        "labelcolor": FAINT_INK,
        "fontsize": _NOTE_PT,
        "handlelength": 0.0,
        "handletextpad": 0.0,
        "borderpad": 0.1,
    }
    if canvas.owned:
        canvas.figure.legend(loc="outside lower left", **options)
        return
    below = (box.ymin - (canvas.axes.get_tightbbox() or box).ymin) / canvas.figure.dpi + 4 / 72
    under = canvas.axes.transAxes + ScaledTranslation(0, -below, canvas.figure.dpi_scale_trans)
    place: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0, 0), "bbox_transform": under}
    # Not by axes.legend(), which a key would take the place of.
    legend = canvas.axes.add_artist(Legend(canvas.axes, borderaxespad=0.0, frameon=False, **place, **options))
    legend.set_clip_on(False)


def _wrapped(canvas: Canvas, note: str, room: float) -> list[str]:
    lines: list[str] = []
    for word in note.split(" "):
        if lines and text_size(canvas, f"{lines[-1]} {word}")[0] <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
