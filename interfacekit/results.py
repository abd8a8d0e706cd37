"""Base class of all results: frozen, comparable, serialisable by monty, and with provenance."""

from __future__ import annotations

import dataclasses
import json
import math
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar, cast

import numpy as np
from monty.json import MSONable

from interfacekit.errors import InputError
from interfacekit.numerals import number_of, whole_of
from interfacekit.presentation import HTML, PLOT, Presentation, plural_of, resolved
from interfacekit.reprs import ShortRepr
from interfacekit.versions import PUBLIC, package_version, public_module, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray


T = TypeVar("T")

#: Types of values that need no conversion.
_PLAIN = frozenset({bool, float, int, str, type(None)})
#: Module and name of the only class of another package in results, as in their documents.
CRYSTAL_CLASS = ("pymatgen.core.structure", "Structure")
#: Marks of the document of a result.
_MARKS = frozenset({"@module", "@class", "@version"})
#: Attribute of a result with the functions of its deferred fields.
_DEFERRED = "_deferred"
#: Classes of results defined in this process, by module and name in their documents.
_DEFINED: dict[tuple[str, str], type[Result]] = {}


class _Deferred:
    """Function in place of a value."""

    __slots__ = ("compute",)

    def __init__(self, compute: Callable[[], Any]) -> None:
        self.compute = compute


def deferred(compute: Callable[[], T]) -> T:
    """Value of a field of a `Result` that is computed on first access, and then kept.

    Threads that read the field together may each compute it; all of them return the value that is kept. Building
    thousands of rows takes longer than computing their numbers, and most are never read.

    Parameters
    ----------
    compute
        Function without arguments that returns the value and does not fail. The field must have no default.

    Returns
    -------
    T
        Placeholder, for the constructor of a `Result` only.
    """
    return cast("T", _Deferred(compute))


def as_tuple(numbers: NDArray[Any]) -> tuple[Any, ...]:
    """Convert an array (n,) to a tuple of plain numbers, the form in which a `Result` holds it."""
    return tuple(numbers.tolist())


class Result(ShortRepr, MSONable):
    """Base of the result dataclasses.

    A subclass is a frozen dataclass with fields of numbers, strings, None, tuples, dicts or other `Result`. It
    round-trips through JSON: `json.loads(r.to_json(), cls=MontyDecoder) == r`. Lists from JSON become tuples again, and
    numpy numbers plain numbers. A field may be given as `deferred`, and is then
    declared as `field(repr=False)`. The class declares its presentation by name (see `interfacekit.presentation`):
    `plot` draws it, and a notebook shows its tables and its figure.
    """

    #: Tables, figure and writers, as the class declares them: `class Mine(Result, tables="module:function")`.
    presentation: ClassVar[Presentation] = Presentation()

    def __init_subclass__(
        cls,
        *,
        tables: str | None = None,
        figure: str | None = None,
        writers: Mapping[str, str] | None = None,
        plural: str | None = None,
        **options: Any,
    ) -> None:
        super().__init_subclass__(**options)
        given = {"tables": tables, "figure": figure, "writers": writers, "plural": plural}
        declared: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        cls.presentation = dataclasses.replace(cls.presentation, **declared)
        _DEFINED[public_module(cls.__module__), cls.__name__] = cls

    def __post_init__(self) -> None:
        values = vars(self)
        for name, value in tuple(values.items()):
            if type(value) in _PLAIN:
                continue
            if isinstance(value, _Deferred):
                values.setdefault(_DEFERRED, {})[name] = value.compute
                del values[name]
            else:
                values[name] = _plain(value)

    def __getattr__(self, name: str) -> Any:
        # Called for a missing attribute: a deferred field, or a mistake.
        values = vars(self)
        waiting = values.get(_DEFERRED, {})
        compute = waiting.get(name)
        if compute is None:
            if name in values:  # another thread was faster
                return values[name]
            # Again, for the message: a property may have failed with an error of its own.
            return object.__getattribute__(self, name)
        try:
            computed = _plain(compute())
        except AttributeError as error:  # would look like a missing field
            raise RuntimeError(f"{type(self).__name__}.{name} could not be computed: {error}") from error
        value = values.setdefault(name, computed)
        waiting.pop(name, None)
        return value

    def __getstate__(self) -> dict[str, Any]:
        # Functions of deferred fields and caches of subclasses cannot be pickled.
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}  # type: ignore[arg-type]

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the usual figure of the result.

        Parameters
        ----------
        ax
            Axes to draw on; axes in a figure of their own by default, which a notebook displays.

        Returns
        -------
        Axes
            Those that were drawn on.

        Raises
        ------
        InputError
            If there is no figure of its kind.

        Examples
        --------
        >>> import interfacekit as ik
        >>> axes = ik.electrochemical_window("LNO").plot()
        >>> axes.get_xlabel()
        'Voltage vs Li/Li$^{+}$ (V)'
        """
        axes: Axes = resolved(PLOT)(self, ax)
        return axes

    def to_frame(self) -> pd.DataFrame:
        """Return the rows of the result.

        Returns
        -------
        DataFrame
            A column for each number, with its unit in the name.

        Raises
        ------
        InputError
            If there are no rows of its kind.

        Examples
        --------
        >>> import interfacekit as ik
        >>> frame = ik.electrochemical_window("LNO").to_frame()
        >>> frame["products"].iloc[-1]
        '0.5 Nb2O5 + 0.25 O2'
        """
        raise InputError(f"there are no rows of {plural_of(type(self))}; write .json")

    def _repr_html_(self) -> str:
        """Return its tables and its figure, for a notebook."""
        html: str = resolved(HTML)(self)
        return html

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form; a class of this package is named as an attribute of `interfacekit`."""
        return {**super().as_dict(), "@module": public_module(type(self).__module__)}

    @classmethod
    def from_dict(cls, d: dict[str, Any]) -> Self:
        """Rebuild the result from `as_dict()`, of this version or an older one."""
        fields = {key: value for key, value in d.items() if not key.startswith("@")}
        if public_module(cls.__module__) == PUBLIC:
            from interfacekit.saved import todays_fields

            fields = todays_fields(cls.__name__, fields)
        return cls(**{key: rebuilt(value) for key, value in fields.items()})

    def to_json(self, **kwargs: Any) -> str:
        """Return one strict JSON document (no NaN), which `monty.json.MontyDecoder` reads."""
        return json.dumps(self.as_dict(), allow_nan=False, **kwargs)


def has_rows(thing: Any) -> bool:
    """Return True if `thing.to_frame()` returns rows; the one of `Result` raises an error."""
    return getattr(type(thing), "to_frame", Result.to_frame) is not Result.to_frame


def rebuilt(document: Any) -> Any:
    """Rebuild the results and crystals in a JSON document; nothing that it names is imported.

    Raises
    ------
    ValueError
        If it names a class that is neither a result of this package, nor one defined in this process, nor a crystal of
        pymatgen.
    """
    from interfacekit.class_marks import replaced

    return replaced(document, _object)


def _object(document: dict[str, Any], _where: str) -> Any:
    """Result or crystal of a document with class marks."""
    from interfacekit.class_marks import marked_name, marks_of

    module, name = document.get("@module"), document.get("@class")
    is_plain = marks_of(document) <= _MARKS and isinstance(module, str) and isinstance(name, str)
    if is_plain and (module, name) == CRYSTAL_CLASS:
        from interfacekit.crystal_documents import structure_of_document

        return structure_of_document(document, "a crystal in it")
    found = _class_of(str(module), str(name)) if is_plain else None
    if found is None:
        raise ValueError(f"it names {marked_name(document)}, which is not a result of interfacekit")
    return found.from_dict(document)


def _class_of(module: str, name: str) -> type[Result] | None:
    """Class of results that a document names; for this package by its name only, regardless of the module."""
    if public_module(module) == PUBLIC:
        from interfacekit.saved import home_of, public_class

        name = public_class(module, name)
        home = home_of(name)
        if home is None:
            return None
        import_module(home)
    return _DEFINED.get((public_module(module), name))


def written(products: Mapping[str, float]) -> str:
    """Write amounts of products as text: `2 Li3PS4 + GeS2`."""
    return " + ".join(formula if amount == 1 else f"{amount:.4g} {formula}" for formula, amount in products.items())


def with_error(value: float, error: float, *, scientific: bool = False) -> str:
    """Write a value and its standard error with the significant digits of the error.

    `0.547 ± 0.010`, or with an exponent `(2.26 ± 0.03)e-09`; one digit of the error, or two if it begins with 1.
    """
    if not (math.isfinite(value) and math.isfinite(error) and error > 0):
        return f"{value:.3e}" if scientific else f"{value:.4g}"
    exponent = math.floor(math.log10(max(abs(value), error))) if scientific else 0
    value, error = value / 10.0**exponent, error / 10.0**exponent
    digits = max(_digits(error), 0)
    text = f"{value:.{digits}f} ± {error:.{digits}f}"
    return f"({text})e{exponent:+03d}" if scientific else text


def format_nm(thickness_nm: float) -> str:
    """Write a thickness (nm) with three digits, or with one decimal from 100 nm: planes are at least 0.1 nm apart."""
    return f"{thickness_nm:.3g}" if thickness_nm < 100 else f"{thickness_nm:.1f}".removesuffix(".0")


def _digits(error: float) -> int:
    """Number of decimals of an error."""
    exponent = math.floor(math.log10(error))
    return (1 if error / 10.0**exponent < 1.95 else 0) - exponent


def _plain(value: Any) -> Any:
    """Convert a value to the form in which a result holds it; the same object if nothing has to be converted."""
    if isinstance(value, Result):
        return value
    if isinstance(value, list | tuple):
        kinds = set(map(type, value))
        if all(kind in _PLAIN or issubclass(kind, Result) for kind in kinds):
            return value if type(value) is tuple else tuple(value)
        return tuple(_plain(item) for item in value)
    if isinstance(value, dict):
        if _PLAIN.issuperset(map(type, value.values())):
            return dict(value)
        return {key: _plain(item) for key, item in value.items()}
    return _plain_number(value)


def _plain_number(value: Any) -> Any:
    """Convert a number of any real type, such as a fraction or a numpy float, to int or float."""
    plain = value.item() if isinstance(value, np.generic) else value
    if number_of(plain) is None:
        return plain
    whole = whole_of(plain)
    return float(plain) if whole is None else whole


@cache
def _pymatgen() -> str:
    """Distribution that contains the phase diagrams of pymatgen: a separate one since 2026."""
    from importlib import metadata

    return "pymatgen-core" if any(metadata.distributions(name="pymatgen-core")) else "pymatgen"


class Energies(Protocol):
    """Formation energies with the attributes that a result records."""

    @property
    def source(self) -> str:
        """Name of the source."""

    @property
    def sha256(self) -> str:
        """Fingerprint of the table."""

    @property
    def thermo_type(self) -> str:
        """Functional and correction scheme."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings of suspicious energies."""


def provenance(*tables: Energies, solver: str = "kernels", **parameters: Any) -> dict[str, Any]:
    """Record the origin of a result.

    Parameters
    ----------
    *tables
        Formation energies of the computation; none for transport.
    solver
        Engine of phase equilibria: `"kernels"` (default) or `"pymatgen"`.
    **parameters
        Arguments that determine the result together with the tables.

    Returns
    -------
    dict
        Version of the package and of the engine (numba for the kernels, or pymatgen), source, SHA-256 and thermo type
        of the energies, with warnings if they are suspicious, and the parameters. Names and fingerprints of several
        sources (one answer of a database per chemical system) are joined by ` + `.
    """
    library = _pymatgen() if solver == "pymatgen" else "numba"
    record: dict[str, Any] = {
        "package": "interfacekit",
        "version": package_version(),
        "engine": f"{library} {version_of(library)}",
    }
    if tables:
        record["energies"] = {
            key: " + ".join(dict.fromkeys(getattr(table, key) for table in tables))
            for key in ("source", "sha256", "thermo_type")
        }
        if warnings := tuple(dict.fromkeys(line for table in tables for line in table.warnings)):
            record["energies"]["warnings"] = warnings
    return {**record, "parameters": parameters}
