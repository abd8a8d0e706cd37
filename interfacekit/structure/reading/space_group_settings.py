"""Symmetry operators of a space group in the setting that a file names.

A Hermann-Mauguin symbol alone does not fix the operators: groups with two origins need `:1` or `:2`, rhombohedral ones
`:H` or `:R`, monoclinic ones an axis and a cell choice (`:b1`), orthorhombic ones the order of their axes (`:cab`,
often in the symbol itself, as in `P b n m`). The 530 settings of International Tables are those of spglib.
A setting that is named is taken or refused; one that is not is inferred from the cell where only one fits it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from interfacekit.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from pymatgen.core.operations import SymmOp

#: Largest change of the metric tensor by an operator, relative to the products of the edges.
_METRIC_TOLERANCE = 0.02
#: Choices of the first setting of a group, which a number alone means: two origins and two cells are both first.
_STANDARD = ("", "b", "b1", "1", "2", "h", "r")
#: Settings of groups 67 and 68 with the glide that gave them their names before there was `e`; in the other groups
#: either axis of an `e` glide names it.
_OLD_GLIDES = {
    67: {"": "cmma", "ba-c": "cmmb", "cab": "abmm", "-cba": "acmm", "bca": "bmcm", "a-cb": "bmam"},
    68: {"": "ccca", "ba-c": "cccb", "cab": "abaa", "-cba": "acaa", "bca": "bbcb", "a-cb": "bbab"},
}
_N_SETTINGS = 530
#: Number of the last monoclinic space group.
_LAST_MONOCLINIC = 15
#: Settings that ICSD names by a letter behind the symbol.
_SUFFIXES = {"s": "1", "z": "2", "h": "h", "r": "r"}


class Setting(NamedTuple):
    """A setting of a space group.

    Attributes
    ----------
    hall_number
        1 to 530.
    number
        Of the space group, 1 to 230.
    symbol
        Short Hermann-Mauguin symbol.
    choice
        Origin, axes or cell, in lower case: `2`, `h`, `b1`, `cab`; empty for the standard one.
    """

    hall_number: int
    number: int
    symbol: str
    choice: str

    def __str__(self) -> str:
        return f"{self.symbol} :{self.choice.upper() if self.choice in 'hr' else self.choice}".removesuffix(" :")


@dataclass(frozen=True)
class SpaceGroupNames:
    """A space group as a file names it; None where it does not.

    Attributes
    ----------
    symbol
        Hermann-Mauguin symbol, with or without a setting: `F d -3 m :2`.
    hall
        Hall's symbol, which fixes the setting.
    code
        Setting: `2`, `h`, `b1`, `cab` (`_space_group_IT_coordinate_system_code`).
    number
        1 to 230.
    """

    symbol: str | None = None
    hall: str | None = None
    code: str | None = None
    number: int | None = None

    def __str__(self) -> str:
        return next((repr(name) for name in (self.symbol, self.hall) if name), f"number {self.number}")


class _Table(NamedTuple):
    """All settings, by rising Hall number; and those of each plain symbol, and of each plain Hall symbol."""

    settings: list[Setting]
    by_symbol: dict[str, list[Setting]]
    by_hall: dict[str, list[Setting]]


def settings_of(names: SpaceGroupNames, cell_A: NDArray[np.float64], origin: str) -> tuple[Setting, ...]:
    """Find the settings that the names of a space group and the cell allow.

    Parameters
    ----------
    names
        At least one of symbol, Hall's symbol and number.
    cell_A
        Cell vectors, rows; angstrom.
    origin
        Name of the file, for messages.

    Returns
    -------
    tuple of Setting
        One, or several where only the atoms can decide, such as between two origins.

    Raises
    ------
    InputError
        If a name is unknown, names contradict each other, or the cell does not have the symmetry.
    """
    named = _named(names, origin)
    fitting = [setting for setting in named if _fits(setting, cell_A)]
    if not fitting:
        raise InputError(
            f"the cell of {origin} does not have the symmetry of its space group {names} "
            f"({' or '.join(map(str, named))}); correct the cell or the setting"
        )
    standard = [setting for setting in fitting if not setting.choice]
    # A Hall symbol has one set of operators. In a monoclinic cell of right angles, b is the usual axis.
    first = fitting[:1] if names.hall or fitting[0].number <= _LAST_MONOCLINIC else []
    return tuple(standard[:1] or first or fitting)


def operators(setting: Setting) -> list[SymmOp]:
    """Symmetry operators of a setting, in fractional coordinates."""
    from pymatgen.core.operations import SymmOp

    rotations, translations = _rotations_translations(setting.hall_number)
    pairs = zip(rotations, translations, strict=True)
    return [SymmOp.from_rotation_and_translation(rotation, translation) for rotation, translation in pairs]


@lru_cache(maxsize=64)
def _rotations_translations(hall_number: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Matrices (n, 3, 3) and vectors (n, 3) of all operators, in fractional coordinates."""
    import spglib

    found: Any = spglib.get_symmetry_from_database(hall_number)
    return np.array(found["rotations"], np.float64), np.array(found["translations"], np.float64)


def _named(names: SpaceGroupNames, origin: str) -> list[Setting]:
    """Settings with all names that are given, by rising Hall number."""
    allowed: list[list[Setting]] = []
    table = _settings()
    if names.hall:
        allowed.append(table.by_hall.get(_plain_hall(names.hall), []))
        if not allowed[-1]:
            raise _unknown(f"Hall symbol {names.hall!r}", origin)
    if names.symbol and (by_symbol := _by_symbol(names, origin, required=not names.hall)):
        allowed.append(by_symbol)
    elif names.number is not None and not names.hall:
        in_group = [setting for setting in table.settings if setting.number == names.number]
        if not in_group:
            raise _unknown(f"number {names.number}", origin)
        choice = _plain_choice(names.code)
        allowed.append(_with_choice(in_group, (choice,) if choice else _STANDARD, names.code or "", origin))
    if names.number is not None:
        allowed.append([setting for setting in table.settings if setting.number == names.number])
    common = [setting for setting in allowed[0] if all(setting in other for other in allowed[1:])]
    if not common:
        raise InputError(
            f"the names of the space group of {origin} contradict each other: symbol {names.symbol!r}, Hall symbol "
            f"{names.hall!r}, number {names.number}; correct one, or write out the symmetry operators"
        )
    return common


def _by_symbol(names: SpaceGroupNames, origin: str, *, required: bool) -> list[Setting]:
    symbol, extension = _split(str(names.symbol))
    code = _plain_choice(names.code)
    if extension and code and extension != code:
        raise InputError(
            f"{origin} names two settings of its space group: {names.symbol!r} and {names.code!r}; keep one of them"
        )
    choice = extension or code
    table = _settings()
    own = table.by_symbol.get(symbol, [])
    if not own:
        if required:
            raise _unknown(f"symbol {names.symbol!r}", origin)
        return []
    # Beside a setting, the standard symbol stands for the group.
    group = [setting for setting in table.settings if setting.number == own[0].number]
    among = group if symbol == _plain(group[0].symbol) and (choice or names.hall) else own
    return _with_choice(among, (choice,), f"{names.symbol} {names.code or ''}", origin) if choice else among


def _with_choice(settings: list[Setting], choices: tuple[str, ...], text: str, origin: str) -> list[Setting]:
    """Settings of these choices; `1` is also the only setting of a symbol, and `b1` the one of unique axis b."""
    found = [setting for setting in settings if setting.choice in choices]
    if not found and len(choices) == 1:
        found = [s for s in settings if f"{s.choice}1" == choices[0] and (s.choice or len(settings) == 1)]
    if not found:
        known = ", ".join(sorted({setting.choice or "none" for setting in settings}))
        raise InputError(
            f"{origin} names a setting that its space group does not have ({' '.join(text.split())}); "
            f"settings of {settings[0].symbol}: {known}"
        )
    return found


def _unknown(what: str, origin: str) -> InputError:
    return InputError(
        f"the space group of {origin}, {what}, is not among the 530 settings of International Tables; write out the "
        "symmetry operators (_space_group_symop_operation_xyz)"
    )


def _fits(setting: Setting, cell_A: NDArray[np.float64]) -> bool:
    """Whether the operators leave the metric tensor of the cell as it is."""
    metric = cell_A @ cell_A.T
    edges = np.sqrt(np.diag(metric))
    rotations, _ = _rotations_translations(setting.hall_number)
    turned = rotations.transpose(0, 2, 1) @ metric @ rotations
    return bool((np.abs(turned - metric) <= _METRIC_TOLERANCE * np.outer(edges, edges)).all())


@lru_cache(maxsize=1)
def _settings() -> _Table:
    """All settings of International Tables."""
    import spglib

    settings: list[Setting] = []
    names: dict[str, list[Setting]] = {}
    halls: dict[str, list[Setting]] = {}
    for hall_number in range(1, _N_SETTINGS + 1):
        known: Any = spglib.get_spacegroup_type(hall_number)
        setting = Setting(hall_number, known.number, known.international_short, known.choice.lower())
        settings.append(setting)
        for name in _names(setting, known.international, known.international_full):
            names.setdefault(name, []).append(setting)
        halls.setdefault(_plain_hall(known.hall_symbol), []).append(setting)
    return _Table(settings, names, halls)


def _names(setting: Setting, international: str, full: str) -> Iterable[str]:
    """Plain symbols that mean this setting, whether or not it is the only one."""
    names = {_plain(full)}
    if "=" in international:
        # Monoclinic: the first is the short symbol of the group, common to all its settings.
        names |= {_plain(name) for name in international.split("=")[1:]}
        names.add(_plain("".join(part for part in full.split() if part != "1")))
    else:
        names |= {_plain(international), _plain(setting.symbol)}
    if setting.number in _OLD_GLIDES:
        axes = setting.choice.lstrip("12")
        names.add(_OLD_GLIDES[setting.number][axes])
    else:
        names |= {name.replace("e", glide) for name in names for glide in "abc"}
    return names


def _split(symbol: str) -> tuple[str, str]:
    """Plain symbol, and the setting behind it."""
    head, _, tail = symbol.partition(":")
    origin = re.search(r"\(?\s*origin\D*([12])\D*$", symbol, re.IGNORECASE)
    if origin:
        return _plain(symbol[: origin.start()]), origin[1]
    if tail.strip():
        return _plain(head), _plain_choice(tail)
    last = re.search(r"(?<=[\da-z\s])([SZHR])\s*$", head)
    if last:
        return _plain(head[: last.start()]), _SUFFIXES[last[1].lower()]
    return _plain(head), ""


def _plain(symbol: str) -> str:
    """A Hermann-Mauguin symbol as one word: `p21/c`, `fd-3m`; old `Fd3m` is `fd-3m`, `P2(1)/c` is `p21/c`."""
    bare = re.sub(r"[\s_'\"]", "", re.sub(r"(\d)\((\d)\)", r"\1\2", symbol)).lower()
    return re.sub(r"^([pif])([mnda])3", r"\1\2-3", bare)


def _plain_choice(text: str | None) -> str:
    bare = re.sub(r"[\s_'\"]", "", text or "").lower()
    return re.sub(r"^([12]?)abc$", r"\1", bare)


def _plain_hall(symbol: str) -> str:
    return " ".join(symbol.replace("_", " ").lower().split())
