"""Which calculator gives energies and forces: by name, by a function of a module, or one of ASE's as it is.

What a result is kept under holds the calculator's name, its version and its parameters; the code of a user's own
function has no part in it.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib import import_module, metadata
from inspect import isclass, isfunction, ismethod, unwrap
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakValueDictionary

import numpy as np
from ase.calculators.calculator import Calculator, all_changes

from interfacekit.errors import ComputationError, InputError
from interfacekit.optional import needed
from interfacekit.wording import legible, one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ase import Atoms
    from ase.calculators.abc import GetPropertiesMixin as AnyCalculator

#: What a calculator is in the point of a sweep: its `name`, `version` and `parameters`.
Spec = dict[str, Any]

#: Methods that ASE asks of a calculator.
_INTERFACE = ("get_potential_energy", "get_forces", "calculation_required")
#: By name, calculators that exist in this process alone.
_GIVEN: WeakValueDictionary[str, Any] = WeakValueDictionary()


def _chgnet(model: str = "0.3.0") -> AnyCalculator:
    """Make CHGNet with one of the weights of its wheel, on one thread.

    It computes in single precision: energies of a hundred atoms come in steps of some 0.06 meV.

    Raises
    ------
    InputError
        If it is not installed, or has no such weights.
    """
    with needed("CHGNet", *_CHGNET, extra="mlip"):
        import torch
        from chgnet.model import CHGNet
        from chgnet.model.dynamics import CHGNetCalculator

    class OneTask(CHGNetCalculator):  # type: ignore[misc]  # of chgnet, which has no types
        """CHGNet without stress and magnetic moments, which take as long as the forces."""

        def calculate(self, atoms: Any = None, properties: Any = None, system_changes: Any = None) -> None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                super().calculate(atoms, properties, system_changes, task="ef")

    torch.set_num_threads(1)  # results must not depend on the cores, and hops run side by side
    with warnings.catch_warnings(), open(os.devnull, "w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):  # noqa: PTH123
        warnings.simplefilter("ignore")
        try:
            weights = CHGNet.load(model_name=model, use_device="cpu", verbose=False)
        except (ValueError, KeyError):
            raise InputError(f"CHGNet has no weights {model!r}; there is 0.3.0, 0.2.0 and r2scan") from None
        return cast("AnyCalculator", OneTask(model=weights, use_device="cpu"))


def _chgnet_version(model: str = "0.3.0") -> str:
    with needed("CHGNet", *_CHGNET, extra="mlip"):
        versions = [metadata.version(name) for name in _CHGNET]
    return f"chgnet {versions[0]}, weights {model}, torch {versions[1]}"


def _emt() -> AnyCalculator:
    from ase.calculators.emt import EMT

    return cast("AnyCalculator", EMT())


def _lennard_jones(**parameters: float) -> AnyCalculator:
    from ase.calculators.lj import LennardJones

    return cast("AnyCalculator", LennardJones(**parameters))


def _ase_version(**_: Any) -> str:
    return f"ase {metadata.version('ase')}"


_CHGNET = ("chgnet", "torch")
_KNOWN: dict[str, tuple[Callable[..., AnyCalculator], Callable[..., str]]] = {
    "chgnet": (_chgnet, _chgnet_version),
    "emt": (_emt, _ase_version),
    "lj": (_lennard_jones, _ase_version),
}


class Checked(Calculator):
    """Energy and forces of another calculator, computed once for each set of positions, and finite.

    Several images of a band share one calculator so without losing what was computed for each.
    """

    implemented_properties = [  # noqa: RUF012  # as ASE has it
        "energy",
        "free_energy",
        "forces",
    ]

    def __init__(self, calculator: AnyCalculator) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # ASE's untyped base is called through this class
        self._calculator = calculator

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        """Compute energy (eV) and forces (eV/angstrom).

        Raises
        ------
        ComputationError
            If one of them is not finite, or not one energy and a force on each atom, or the calculator ends Python.
        """
        super().calculate(atoms, properties or ["energy"], system_changes)  # type: ignore[no-untyped-call]
        copy = cast("Atoms", self.atoms).copy()
        copy.calc = self._calculator
        try:
            given = copy.get_forces(), copy.get_potential_energy()
        except SystemExit as error:
            raise ComputationError(f"the calculator ends Python: {one_line(error)}") from None
        try:
            forces, energy = np.array(given[0], dtype=float), float(given[1])
        except (TypeError, ValueError) as error:
            raise ComputationError(f"the calculator gives no numbers: {error}") from error
        if forces.shape != (len(copy), 3):
            raise ComputationError(f"the calculator gives forces of the shape {forces.shape} for {len(copy)} atoms")
        if not (np.isfinite(energy) and np.isfinite(forces).all()):
            raise ComputationError("the calculator gives energies or forces that are not finite numbers")
        self.results = {"energy": energy, "free_energy": energy, "forces": forces}


@dataclass(frozen=True, eq=False)
class ConfiguredCalculator:
    """A calculator with arguments or a label of its own, for all that takes a calculator.

    Attributes
    ----------
    calculator, options, label
        As of `calculator_spec`.
    """

    calculator: Any
    options: Mapping[str, Any] | None = None
    label: str | None = None


def calculator_spec(calculator: Any, options: Mapping[str, Any] | None = None, label: str | None = None) -> Spec:
    """Return what stands for a calculator in the point of a sweep.

    Parameters
    ----------
    calculator
        `chgnet` (extra `mlip`), `emt` or `lj`; `module:function`, or a function or class of a module, that makes one
        of ASE's calculators; or such a calculator.
    options
        Arguments of that function, numbers or text: `{"model": "r2scan"}` of CHGNet, `{"sigma": 2.5}` of lj.
    label
        What tells a calculator that is given as it is, or the code of a function, from another.

    Returns
    -------
    dict
        `name`, `version` and `parameters`; `given` where it exists in this process alone.

    Raises
    ------
    InputError
        If there is no such calculator, or what it needs is not installed.
    """
    if isinstance(calculator, ConfiguredCalculator):
        return calculator_spec(calculator.calculator, calculator.options, calculator.label)
    parameters = dict(options or {})
    if _is_calculator(calculator):
        spec = _spec_of_given(calculator, parameters, label)
    elif isinstance(calculator, str) and calculator.lower() in _KNOWN:
        name = calculator.lower()
        _, version = _KNOWN[name]
        spec = {"name": name, "version": _called(name, version, parameters), "parameters": parameters}
    else:
        name = calculator if isinstance(calculator, str) else _name_of(calculator)
        _function(name)
        spec = {"name": name, "version": _version_of(name.partition(":")[0]), "parameters": parameters}
    if label is not None:
        spec["label"] = label
    try:
        json.dumps(spec, allow_nan=False)
    except (TypeError, ValueError):
        raise InputError(
            f"the options of the calculator {spec['name']} are not numbers or text; JSON must hold them"
        ) from None
    return spec


def calculator_text(spec: Spec) -> str:
    """Name and version of the calculator of a `calculator_spec`; the name once where the version has it."""
    name, version = str(spec["name"]), str(spec["version"])
    return version if version.startswith(f"{name} ") else f"{name}, {version}"


def make_calculator(spec: Spec) -> AnyCalculator:
    """Make the calculator that a `calculator_spec` stands for.

    Raises
    ------
    InputError
        If this process does not have it, has another version, or it cannot be made with these options.
    """
    name = spec["name"]
    if spec.get("given"):
        try:
            return _GIVEN[spec["given"]]  # type: ignore[no-any-return]
        except KeyError:
            raise InputError(f"the calculator {name} exists in another process; name it as module:function") from None
    make, version = _KNOWN.get(name, (None, None))
    if make is None or version is None:
        make, found = _function(name), _version_of(name.partition(":")[0])
    else:
        found = _called(name, version, spec["parameters"])
    if found != spec["version"]:
        raise InputError(f"the worker has {found}, not {spec['version']}; install the same there")
    made = _called(name, make, spec["parameters"])
    if not _is_calculator(made):
        raise InputError(f"{name} makes {type(made).__name__}, which is no calculator of ASE")
    return cast("AnyCalculator", made)


def _called(name: str, function: Callable[..., Any], parameters: Mapping[str, Any]) -> Any:
    """Call a function, and say in one line where it does not take these arguments."""
    from inspect import signature

    try:
        signature(function).bind(**parameters)
    except TypeError as error:
        raise InputError(f"the calculator {name} cannot be made with the options {dict(parameters)}: {error}") from None
    except ValueError:  # no signature to be had
        pass
    try:
        return function(**parameters)
    except (InputError, KeyboardInterrupt):
        raise
    except BaseException as error:  # noqa: BLE001  # a user's function may raise anything, SystemExit too
        raise InputError(f"the calculator {name} cannot be made: {one_line(error)}") from None


def _spec_of_given(calculator: Any, options: Mapping[str, Any], label: str | None) -> Spec:
    if options:
        raise InputError("options are for a calculator that is named; make yours with them")
    kind = type(calculator)
    key = label or f"{id(calculator):x}"
    _GIVEN[key] = calculator
    parameters = getattr(calculator, "parameters", None) or {}
    try:
        parameters = json.loads(json.dumps(dict(parameters), allow_nan=False))
    except (TypeError, ValueError):
        parameters = {}
    return {
        "name": f"{kind.__module__}:{kind.__qualname__}",
        "version": _version_of(kind.__module__),
        "parameters": parameters,
        "given": key,
    }


def _name_of(factory: Any) -> str:
    """`module:function` of a function or class."""
    module, name = getattr(factory, "__module__", None), getattr(factory, "__qualname__", None)
    if not (callable(factory) and module and name):
        raise InputError(
            f"{factory!r} is no calculator; give {', '.join(_KNOWN)}, module:function, or a calculator of ASE"
        )
    if module == "__main__" or "<" in name:
        raise InputError(
            f"the calculator {name} is known to this script alone; define it with def at the top of a module of its own"
        )
    return f"{module}:{name}"


def _is_calculator(made: Any) -> bool:
    """Whether something has the interface of ASE's calculators; atoms have an energy and forces, and yet are none."""
    return not isinstance(made, type) and _has_interface(made)


def _has_interface(made: Any) -> bool:
    return all(callable(getattr(made, method, None)) for method in _INTERFACE)


def _function(name: str) -> Callable[..., Any]:
    """The function or class that a name stands for; what can be seen to make no calculator is not called."""
    module, colon, attribute = name.partition(":")
    if not colon:
        raise InputError(
            f"no calculator {legible(repr(name))}; there is {', '.join(_KNOWN)}, and module:function that makes one of "
            "ASE's"
        )
    name = legible(name)
    _require_users_module(name, module)
    try:
        found = attrgetter(attribute)(import_module(module))
    except ModuleNotFoundError as error:
        where = "; is its folder on PYTHONPATH?" if error.name == module.partition(".")[0] else ""
        raise InputError(f"the calculator {name} cannot be imported: {error}{where}") from None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001  # a user's module may raise anything, SystemExit too
        raise InputError(f"the calculator {name} cannot be imported: {one_line(error)}") from None
    _require_users_module(name, str(getattr(found, "__module__", "")))
    if not (_has_interface(found) if isclass(found) else isfunction(_unwrapped(found)) or ismethod(found)):
        raise InputError(f"{name} is no function or class that makes a calculator of ASE; give module:function")
    return found  # type: ignore[no-any-return]


def _require_users_module(name: str, module: str) -> None:
    """Raise `InputError` where a module is a program, Python's own or of this package: some end the process."""
    top = module.partition(".")[0]
    if "__main__" in module.split("."):  # of a package: its command line, which an import runs
        raise InputError(f"{name} must be in a module of its own, and {module} is a program; give module:function")
    if top in sys.stdlib_module_names or top == "interfacekit":
        library = "interfacekit" if top == "interfacekit" else f"Python's standard library ({top})"
        raise InputError(
            f"{name} must make a calculator of ASE, and nothing of {library} does; give a function of yours, or "
            f"{', '.join(_KNOWN)}"
        )


def _unwrapped(found: Any) -> Any:
    """The function behind decorators such as a cache."""
    try:
        return unwrap(found)
    except ValueError:  # wrapped in itself
        return None


@cache
def _version_of(module: str) -> str:
    """Name and version of the package that a module belongs to; of a user's own, its name alone."""
    top = module.partition(".")[0]
    for distribution in sorted(metadata.packages_distributions().get(top, [])):
        return f"{distribution} {metadata.version(distribution)}"
    return top
