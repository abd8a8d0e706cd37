import numpy as np
import pytest
from pymatgen.analysis.phase_diagram import PDEntry
from pymatgen.core import Composition

from interfacekit.entries import load_entries
from interfacekit.errors import InputError
from interfacekit.thermo import from_pd_entries, to_pd_entries, to_phase_diagram


def test_entries_there_and_back():
    table = load_entries(elements="Li-Co-O")
    back = from_pd_entries(to_pd_entries(table), thermo_type=table.thermo_type)
    assert back.formulas == table.formulas
    assert np.abs(back.formation_energies_eV_per_atom - table.formation_energies_eV_per_atom).max() < 1e-12
    assert back.thermo_type == table.thermo_type


def test_total_energies_become_formation_energies():
    entries = [
        PDEntry(Composition("Li4"), -8.0),
        PDEntry(Composition("O2"), -10.0),
        PDEntry(Composition("Li2O"), -15.0),
    ]
    table = from_pd_entries(entries, thermo_type="own")
    energies = dict(zip(table.formulas, table.formation_energies_eV_per_atom.tolist(), strict=True))
    assert energies == pytest.approx({"Li": 0.0, "O": 0.0, "Li2O": (-15.0 + 4.0 + 5.0) / 3})


def test_an_element_without_an_entry_is_refused():
    with pytest.raises(InputError, match="no elemental reference for O"):
        from_pd_entries([PDEntry(Composition("Li"), -2.0), PDEntry(Composition("Li2O"), -15.0)], thermo_type="own")


def test_phase_diagram_is_of_all_entries():
    table = load_entries(elements="Li-Nb-O")
    diagram = to_phase_diagram(table)
    assert len(diagram.all_entries) == len(table)
    assert {str(element) for element in diagram.elements} == set(table.elements)
