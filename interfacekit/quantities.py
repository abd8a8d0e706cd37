"""The physical quantities that interfacekit takes: one table of their units and ranges, and one check for all.

Command line, YAML, CSV, JSON and Python go through the same entry of the table. A range is wide enough for real work
and narrow enough that a slip of the unit (mV for V, degrees Celsius for kelvin, nm for angstrom) is seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, overload

from interfacekit.errors import InputError
from interfacekit.numerals import from_dialect, number_of, read_number, slip, whole_of
from interfacekit.wording import as_written, shown

#: A number beyond it is no slip of a unit.
_LARGEST_REPEATED = 1e12


@dataclass(frozen=True)
class Quantity:
    """A quantity, and the values that it may have.

    Attributes
    ----------
    noun, unit
        Name in sentences, and unit; empty without a unit.
    low, high
        Lowest and highest value.
    give
        Words for what is right.
    example
        A value that is right.
    below, above
        The usual slip that leads below the lowest or above the highest value; `{value}`, `{minus}`, `{centi}`,
        `{milli}` and `{kelvin}` stand for the number, its negative, its hundredth, its thousandth, and its conversion
        from degrees Celsius to kelvin.
    ends
        Which ends of the range belong to it: `[` and `]` those that do, `(` and `)` those that do not.
    """

    noun: str
    unit: str
    low: float
    high: float
    give: str
    example: str
    below: str = ""
    above: str = ""
    ends: Literal["[]", "(]", "()", "[)"] = "[]"

    def holds(self, values: Any) -> Any:
        """Return True if a number, or each number of an array, is in the range."""
        from_below = values > self.low if self.ends[0] == "(" else values >= self.low
        return from_below & (values < self.high if self.ends[1] == ")" else values <= self.high)

    def check(self, value: Any, name: str = "") -> float:
        """Return a number as a plain float.

        Parameters
        ----------
        value
            A number of Python or numpy; texts and booleans are none.
        name
            Name in messages; the noun by default.

        Raises
        ------
        InputError
            If it is not a number within the range.
        """
        return float(self._checked(number_of(value), value, name)) + 0.0  # -0.0 becomes 0.0

    def read(self, value: Any, name: str = "") -> float:
        """Return a number, or the number that a text is, as a plain float; see `check`."""
        return float(self._checked(_found(value), value, name)) + 0.0

    def read_file(self, value: Any, name: str = "") -> float:
        """Return a number of a data file, whose minus and decimal point may be those of another dialect; see `read`."""
        return self.read(from_dialect(value) if isinstance(value, str) else value, name)

    def check_all(self, values: Any, name: str = "") -> None:
        """Raise `InputError` unless all numbers of an array of floats are within the range."""
        outside = values[~self.holds(values)]
        if outside.size:
            raise self._refusal(outside.flat[0], outside.flat[0], name)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        """Let a configuration read a field of this quantity: `Annotated[float, VOLTAGE]`."""
        from pydantic import BeforeValidator, ValidationInfo

        def read(value: Any, info: ValidationInfo) -> float:
            return self.read(value, info.field_name or "")

        return BeforeValidator(read).__get_pydantic_core_schema__(source, handler)

    @property
    def plural(self) -> str:
        """The noun for several values."""
        if self.noun.endswith("y"):
            return f"{self.noun[:-1]}ies"
        return f"{self.noun}es" if self.noun.endswith("ss") else f"{self.noun.removesuffix('s')}s"

    @property
    def condition(self) -> str:
        """The range in words."""
        low, high = _written(self.low), _written(self.high)
        words = {
            "[]": f"from {low} to {high}",
            "(]": f"above {low} and at most {high}",
            "[)": f"from {low} to below {high}",
            "()": f"between {low} and {high}",
        }[self.ends]
        return f"{words} {self.unit}".rstrip()

    def _checked(self, number: Any, value: Any, name: str) -> Any:
        """The number that a value is, if it is one within the range."""
        if number is None or not self.holds(number):
            raise self._refusal(number, value, name)
        return number

    def _refusal(self, number: Any, value: Any, name: str) -> InputError:
        is_number = number is not None and not (isinstance(number, float) and math.isnan(number))
        hint = self._slip(number) if is_number else slip(value, self.unit)
        right = f"give {self.give}, such as {self.example}" + (f" ({hint})" if hint else "")
        written = as_written if isinstance(self, Count) else shown
        got = f"{written(number)} {self.unit}".rstrip() if is_number else written(value)
        kind = "" if is_number or isinstance(self, Count) else "a number "
        return InputError(f"{name or self.noun} must be {kind}{self.condition}, got {got}; {right}")

    def _slip(self, number: float) -> str:
        if not abs(number) < _LARGEST_REPEATED:
            return ""
        hint = self.above if number >= self.high else self.below
        converted = {"value": number, "minus": -number, "centi": number / 1e2, "milli": number / 1e3}
        return hint.format_map({key: f"{one:g}" for key, one in {**converted, "kelvin": number + 273.15}.items()})


@dataclass(frozen=True)
class Count(Quantity):
    """A quantity of whole numbers, written in digits alone."""

    def check(self, value: Any, name: str = "") -> int:
        """Return a whole number as a plain int; see `Quantity.check`."""
        return int(self._checked(whole_of(value), value, name))

    def read(self, value: Any, name: str = "") -> int:
        """Return a whole number, or that which a text is, as a plain int; see `Quantity.check`."""
        found = _found(value)
        return int(self._checked(None if found is None else whole_of(found), value, name))

    @property
    def condition(self) -> str:
        """The range in words."""
        return f"a whole number {super().condition}"


@overload
def optional(quantity: Count, value: Any, name: str = "") -> int | None: ...
@overload
def optional(quantity: Quantity, value: Any, name: str = "") -> float | None: ...
def optional(quantity: Quantity, value: Any, name: str = "") -> float | None:
    """Check a value that may be left out (None)."""
    return None if value is None else quantity.check(value, name)


def check_switch(value: Any, name: str) -> bool:
    """Return True or False (of Python or numpy) as a plain bool.

    Raises
    ------
    InputError
        If it is anything else, such as 0 or a text.
    """
    plain = value.item() if getattr(value, "shape", None) == () else value
    if not isinstance(plain, bool):
        raise InputError(f"{name} must be True or False, got {shown(value)}; give one of them")
    return plain


def keep_plain(options: Any, **values: Any) -> None:
    """Put checked values into a frozen dataclass, so that it holds plain numbers whatever types it was given."""
    for name, value in values.items():
        object.__setattr__(options, name, value)


def _found(value: Any) -> float | int | None:
    return read_number(value) if isinstance(value, str) else number_of(value)


def _written(limit: float) -> str:
    return str(int(limit)) if limit == int(limit) and abs(limit) < 1e7 else f"{limit:g}"


_MEV = "{milli} eV where meV are meant"
_CELSIUS = "{kelvin} K where {value} \N{DEGREE SIGN}C are meant"

# Thermodynamics

#: No cell reaches 10 V.
VOLTAGE = Quantity(
    "voltage", "V", 0, 10, "volts against Li/Li+", "3.9",
    below="below Li metal; a chemical potential of {value} eV is {minus} V", above="{milli} V where mV are meant",
)  # fmt: skip
#: Gates on driving forces and energies above the hull: 0.1 eV/atom is a loose one, 2 eV/atom let almost all pass.
REACTION_ENERGY = Quantity(
    "energy", "eV/atom", 0, 2, "eV/atom", "0.1", above="{milli} eV/atom where meV/atom are meant"
)
GATE_VOLTAGE = Quantity("voltage", "V", 0, 10, "volts against Li/Li+", "2.0", above="{milli} V where mV are meant")
#: Atom fraction.
FRACTION = Quantity("fraction", "", 0, 1, "a fraction", "0.15", above="{centi} where {value} % are meant")
LITHIUM_FRACTION = Quantity("fraction of Li", "", 0, 1, "a fraction of atoms", "0.15", ends="()")
SHARE = Quantity("share", "", 0, 1, "a share", "0.5")
#: Standard deviation of computed formation energies.
SIGMA = Quantity(
    "sigma", "eV/atom", 0, 1, "eV/atom", "0.024", above="{milli} eV/atom where meV/atom are meant", ends="[)"
)  # fmt: skip
BELOW_HULL = Quantity("distance to the hull", "eV/atom", 0, 1, "eV/atom", "0.024", ends="()")
#: Each sample is one solution of a chemical system.
SAMPLES = Count("ensemble", "", 1, 1_000_000, "the number of samples", "1000")
#: No compound of the Materials Project has more than nine elements.
ELEMENTS = Count("max_elements", "", 1, 20, "the number of elements", "4")
ROWS = Count("number of rows", "", 1, 1_000_000, "the number of rows", "50")
#: Wide, for whole cells with all-electron codes; `entries.plausible` judges what no compound has.
FORMATION_ENERGY = Quantity("formation energy", "eV/atom", -1e6, 1e6, "eV/atom", "-1.5")
TOTAL_ENERGY = Quantity("energy", "eV", -1e9, 1e9, "eV", "-14.2")
#: Atoms of an element in a formula or cell.
AMOUNT = Quantity("amount", "", 1e-6, 1e6, "atoms", "4")
AMOUNT_RATIO = Quantity("ratio", "", 0, 1e6, "a ratio of atoms", "3")

# Transport

#: Li conductivities are measured from about 150 K upwards: a lower number is more likely in degrees Celsius. Solids of
#: batteries decompose or melt far below 3000 K.
TEMPERATURE = Quantity("temperature", "K", 100, 3000, "kelvin", "300", below=_CELSIUS)
BIAS = Quantity("bias_V", "V", -10, 10, "volts", "0.01", above="{milli} V where mV are meant")
#: Fields of 1 V/nm break down every dielectric; 10 V/nm evaporates Li from metals (field-ion microscopy).
FIELD = Quantity("field", "V/nm", -10, 10, "V/nm", "0.01")
FIELD_V_A = Quantity("field_V_A", "V/A", -1, 1, "V/A along x, y and z", "0.001", above="1 V/nm is 0.1 V/A")
#: Sites closer than 0.2 A are one split site; no ion hops farther than 50 A.
HOP_DISTANCE = Quantity("hop distance", "A", 0.2, 50, "angstroms", "3.0", above="1 nm is 10 A")
#: Of layers and of repeats of chains, on which only the volume depends.
LAYER_DISTANCE = Quantity("layer distance", "A", 0.2, 1000, "angstroms", "3.0", above="1 nm is 10 A")
CUTOFF = Quantity("cutoff", "A", 0, 20, "angstroms", "4.0", above="1 nm is 10 A", ends="(]")
#: Sites wider than those of crystals make planes thinner: the limit of the continuum.
SITE_SPACING = Quantity("site_spacing_A", "A", 0.5, 10_000, "angstroms", "3.2", below="1 nm is 10 A")
#: Bonds of solids are a few eV.
BARRIER = Quantity("barrier", "eV", 0, 10, "eV", "0.3", above=_MEV)
#: Of layers, whose resistance follows from it.
LAYER_BARRIER = Quantity("barrier", "eV", 0, 10, "eV", "0.4", above=_MEV, ends="(]")
#: Vibrations are near 1e13 1/s; those fitted with an apparent barrier (Meyer-Neldel) lie far from it both ways.
ATTEMPT_FREQUENCY = Quantity(
    "attempt frequency", "1/s", 1e6, 1e25, "1/s", "1e13", below="1 THz is 1e12 1/s"
)  # fmt: skip
#: Of hops of a model, of which some may be shut.
HOP_FREQUENCY = Quantity("attempt frequency", "1/s", 0, 1e25, "1/s", "1e13")
#: From the best insulators (fused silica 1e-18) with room, to metals (Ag 6e5).
CONDUCTIVITY = Quantity("conductivity", "S/cm", 1e-30, 1e6, "S/cm", "1e-6")
FILLING = Quantity("filling", "", 0, 1, "the occupied fraction of sites", "0.5", ends="()")
#: Site and pair energies, offsets and levels: below the cohesion of ionic crystals.
SITE_ENERGY = Quantity("site energy", "eV", -20, 20, "eV", "0.3", above=_MEV)
PAIR_ENERGY = Quantity("pair energy", "eV", -10, 10, "eV", "0.05", above=_MEV)
REPULSION = Quantity(
    "repulsion", "eV", 0, 20, "eV", "0.9", below="ions that attract one another would separate", above=_MEV
)
ENERGY_CHANGE = Quantity("change of an energy", "eV", 0, 5, "eV", "0.3", above=_MEV, ends="(]")
BARRIER_CHANGE = Quantity("change of a barrier", "eV", -5, 5, "eV", "0.1", above=_MEV)
#: Standard deviations of disorder; of frequencies, in decades.
WIDTH = Quantity("width", "", 0, 20, "a standard deviation", "0.05", above="{milli} eV where meV are meant")
#: Giant permittivities of grain-boundary capacitors reach 1e5.
PERMITTIVITY = Quantity("permittivity", "", 1, 1e6, "a relative permittivity", "15")
#: From Li in the slowest crystals at room temperature (1e-21) with room, to melts (1e-4).
DIFFUSION = Quantity("diffusion coefficient", "cm2/s", 1e-30, 1, "cm2/s", "1e-12")
#: Of tracer over charge; above 1 where ions move against one another.
HAVEN_RATIO = Quantity("Haven ratio", "", 0, 10, "a ratio", "0.5", ends="(]")
DIVISIONS = Count("number of sites along an axis of the cell", "", 1, 1000, "the number of sites", "2")
FACTOR = Quantity("factor", "", 1, 1000, "a factor", "2", ends="(]")
#: Li metal has 4.6e22 atoms per cm3.
SITE_DENSITY = Quantity("site density", "1/cm3", 1e18, 1e24, "sites per cm3", "3.8e22")
#: 0 is a bare contact. Electrolyte sheets are up to 1 mm thick.
THICKNESS = Quantity("thickness", "nm", 0, 1e6, "nanometres, 0 for a bare contact", "5")
LAYER_THICKNESS = Quantity("thickness", "nm", 0, 1e6, "nanometres", "5", ends="(]")
PLANES = Count("number of planes", "", 1, 20_000, "the number of planes", "3")
PARTICLE_SIZE = Quantity(
    "particle size", "um", 1e-3, 1e4, "micrometres", "10",
    below="1 nm is 1e-3 um", above="{milli} um where nm are meant"
)  # fmt: skip
#: Beyond 1e15 times and totals would no longer be exact.
HOPS = Quantity("hops", "", 1, 1e15, "the number of hops", "1e8")
WINDOW_HOPS = Quantity("hops_per_ion", "", 0, 1e9, "hops of an ion in a window", "20", ends="(]")
HOPS_PER_NM = Quantity("hops_per_nm", "", 0, 1e15, "hops per nm of a shell", "4e6")
REPLICAS = Count("replicas", "", 1, 100_000, "the number of independent runs", "8")
#: One without bias, and one with a bias to either side.
STACK_REPLICAS = Count("replicas", "", 3, 100_000, "runs without and with a bias to either side", "6")
SEED = Count("seed", "", 0, 2**63 - 1, "a whole number", "0")
THREADS = Count("threads", "", 1, 4096, "the number of threads", "4")
WORKERS = Count("workers", "", 1, 100_000, "the number of workers", "4")
CELLS = Count("cells", "", 1, 2**31 - 1, "cells along an axis", "20")
PLANE_CELLS = Count("cells", "", 1, 2**24, "sites along a side of a plane", "50")
#: Of the fastest gap over the slowest one.
EVENNESS = Quantity("evenness", "", 1, 1e12, "a ratio of rates", "3")
BIAS_kT = Quantity("bias_kT", "kT", 0, 2, "the drop in a gap", "0.3", ends="(]")
BENCH_SITES = Quantity("sites", "", 27, 1e8, "the number of sites", "1e5")
SECONDS = Quantity("seconds", "s", 0, 86_400, "seconds", "1", ends="(]")

# Structures

#: Forces of relaxations.
FMAX = Quantity("fmax", "eV/A", 0, 10, "eV/A", "0.05", above="{milli} eV/A where meV/A are meant", ends="(]")
MAX_STEPS = Count("max_steps", "", 1, 1_000_000, "the number of steps", "500")
IMAGES = Count("images", "", 1, 101, "the number of images between the ends", "5")
RATTLE = Quantity("rattle", "A", 0, 0.3, "angstroms", "0.05", ends="[)")
#: Common cells beyond 1e5 A2 (30 nm) have more atoms than any calculator takes.
MAX_AREA = Quantity("max_area", "A2", 0, 1e5, "square angstroms", "200", ends="(]")
MAX_STRAIN = Quantity("max_strain", "", 0, 0.25, "a fraction", "0.05", above="0.05 is 5 %")
MAX_MILLER = Count("max_miller", "", 1, 4, "the largest Miller index", "1")
MILLER = Count("Miller index", "", -50, 50, "three integers", "0 0 1")
RANK = Count("rank", "", 1, 1_000_000, "the place in the table", "1")
COPIES = Count("supercell", "", 1, 100, "copies of the cell along a vector", "3")
#: Young's modulus and elements of the stiffness; diamond has 1100 GPa.
STIFFNESS = Quantity("stiffness", "GPa", -5000, 5000, "GPa", "20")
YOUNGS_MODULUS = Quantity(
    "Young's modulus", "GPa", 0, 5000, "GPa", "20", above="{milli} GPa where MPa are meant", ends="(]"
)
POISSON_RATIO = Quantity("Poisson's ratio", "", -1, 0.5, "a ratio", "0.3", ends="()")
SLAB_THICKNESS = Quantity("thickness", "A", 0, 1000, "angstroms", "10", ends="(]")
VACUUM = Quantity("vacuum_A", "A", 0, 1000, "angstroms", "15")
#: Part of a measurement.
PART = Count("part", "", 0, 100, "the number of the part", "0")

#: Numbers of materials of layers, contacts and interphases, and gates of screenings, by their names.
LAYER_NUMBERS = {
    "site_density_per_cm3": SITE_DENSITY,
    "filling": FILLING,
    "conductivity_S_cm": CONDUCTIVITY,
    "barrier_eV": LAYER_BARRIER,
    "permittivity": PERMITTIVITY,
    "temperature_K": TEMPERATURE,
    "level_eV": SITE_ENERGY,
    "repulsion_eV": REPULSION,
    "pair_energy_eV": PAIR_ENERGY,
}
CONTACT_NUMBERS = {
    "offset_eV": SITE_ENERGY,
    "left_ladder_eV": SITE_ENERGY,
    "right_ladder_eV": SITE_ENERGY,
    "barrier_eV": LAYER_BARRIER,
    "attempt_frequency_Hz": ATTEMPT_FREQUENCY,
}
#: Numbers of a description that its layers and its hopping model share, or from which theirs follow.
SHARED_NUMBERS = {
    "site_density_per_cm3": SITE_DENSITY,
    "ion_density_per_cm3": SITE_DENSITY,
    "filling": FILLING,
    "conductivity_S_cm": CONDUCTIVITY,
    "barrier_eV": LAYER_BARRIER,
    "temperature_K": TEMPERATURE,
    "attempt_frequency_Hz": ATTEMPT_FREQUENCY,
    "chemical_diffusion_cm2_s": DIFFUSION,
    "tracer_diffusion_cm2_s": DIFFUSION,
    "haven_ratio": HAVEN_RATIO,
}
#: Numbers that only the hopping model of a description has.
BULK_NUMBERS = {
    "hop_distance_A": HOP_DISTANCE,
    "layer_distance_A": LAYER_DISTANCE,
    "lattice_constant_a_A": LAYER_DISTANCE,
    "lattice_constant_c_A": LAYER_DISTANCE,
    "in_plane_barrier_eV": LAYER_BARRIER,
    "single_vacancy_barrier_eV": LAYER_BARRIER,
}
SITE_ENERGIES = {"left_site_energies_eV": SITE_ENERGY, "right_site_energies_eV": SITE_ENERGY}
INTERPHASE_NUMBERS = {
    "thickness_nm": LAYER_THICKNESS,
    "conductivity_S_cm": CONDUCTIVITY,
    "barrier_eV": LAYER_BARRIER,
    "temperature_K": TEMPERATURE,
}
GATES = {
    "energy_above_hull_eV_per_atom": REACTION_ENERGY,
    "decomposition_eV_per_atom": REACTION_ENERGY,
    "cathode_closed_eV_per_atom": REACTION_ENERGY,
    "electrolyte_closed_eV_per_atom": REACTION_ENERGY,
    "cathode_open_eV_per_atom": REACTION_ENERGY,
    "electrolyte_open_eV_per_atom": REACTION_ENERGY,
    "reduction_V": GATE_VOLTAGE,
    "oxidation_V": GATE_VOLTAGE,
    "lithium_fraction": FRACTION,
}

#: All of them, by the name of their constant.
QUANTITIES = {name: value for name, value in vars().items() if isinstance(value, Quantity)}
