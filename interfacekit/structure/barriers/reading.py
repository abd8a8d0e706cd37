"""Tables of barriers from files, which may have been changed by hand."""

from __future__ import annotations

from pathlib import Path

from interfacekit.documents import MOST_RECORD_MiB, read_text
from interfacekit.errors import InputError
from interfacekit.structure.barriers.table import BarrierTable
from interfacekit.wording import legible

#: More common neighbours than hops to any distance make.
_MOST_NEIGHBOURS = 10_000
#: Errors that a file that somebody changed by hand may raise.
_DAMAGED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)


def read_barriers(path: str | Path) -> BarrierTable:
    """Read a table of barriers that was saved as JSON.

    Raises
    ------
    InputError
        If there is no such file, or it holds something else.
    """
    from interfacekit.store import decode

    path = Path(path)
    text = read_text(path, MOST_RECORD_MiB)
    try:
        table = decode(text)
        if isinstance(table, BarrierTable):
            _require_sound(table)
    except _DAMAGED as error:
        raise InputError(f"{legible(path)} holds no table of barriers: {' '.join(str(error).split())[:120]}") from None
    if not isinstance(table, BarrierTable):
        raise InputError(
            f"{legible(path)} holds no table of barriers but {type(table).__name__}; "
            "make one with: interfacekit barriers LCO --calculator chgnet -o lco.json"
        )
    return table


def _require_sound(table: BarrierTable) -> None:
    """Raise `ValueError` where a table does not hold what it has to, or names what is not there."""
    from pymatgen.core import Structure

    from interfacekit.declared import require_declared
    from interfacekit.structure.crystals.crystal import Crystal
    from interfacekit.structure.network.result import LithiumNetwork

    require_declared(table, {"LithiumNetwork": LithiumNetwork, "Crystal": Crystal, "Structure": Structure})
    parameters = table.provenance.get("parameters", {})
    if not (isinstance(parameters, dict) and isinstance(parameters.get("calculator", {}), dict)):
        raise ValueError("its provenance has no parameters")  # noqa: TRY004  # of the file, not of a caller
    for row in table.rows:
        if row.status == "done" and not (row.energies_eV and None not in row.end_energies_eV):
            raise ValueError(f"the hop {row.hop!r} is done and has no energies")
        if not 0 <= row.common_neighbours <= _MOST_NEIGHBOURS:
            raise ValueError(f"the hop {row.hop!r} has {row.common_neighbours} common neighbours")
    net = table.network
    if net is None:
        return
    sites = [n for hop in net.classes for n in (hop.origin, hop.target)] + [n for hop in net.hops for n in hop[:2]]
    if not all(0 <= n < len(net.sites) for n in sites):
        raise ValueError("its network has hops between sites that are not there")
    if not all(0 <= hop[5] < len(net.classes) for hop in net.hops):
        raise ValueError("its network has hops of classes that are not there")
