"""Kinds of results declare how they are presented: names of functions, and one file is enough for a new kind."""

from dataclasses import dataclass
from typing import Any

import pytest

import interfacekit as ik
from interfacekit import plots, report
from interfacekit.errors import InputError
from interfacekit.export.files import check_outputs, load, save
from interfacekit.plots import new_axes
from interfacekit.presentation import is_for_one, resolved, takes_one
from interfacekit.report.tables.common import new_table
from interfacekit.results import Result, has_rows, provenance
from interfacekit.saved import RESULT_HOMES
from tests.examples import EXAMPLES

CLASSES = [getattr(ik, name) for names in RESULT_HOMES.values() for name in names]


@dataclass(frozen=True)
class Spectrum(
    Result,
    tables=f"{__name__}:spectrum_tables",
    figure=f"{__name__}:plot_spectra",
    writers={".xyd": f"{__name__}:write_spectrum"},
    plural="spectra",
):
    """Intensities over energies: a kind of result that this file adds."""

    name: str
    energies_eV: tuple[float, ...]
    intensities: tuple[float, ...]
    provenance: dict[str, Any]

    def to_frame(self):
        import pandas as pd

        return pd.DataFrame({"energy_eV": self.energies_eV, "intensity": self.intensities})


def spectrum_tables(spectra):
    table = new_table("Spectra", "name", "strongest (eV)")
    for spectrum in spectra:
        strongest = max(zip(spectrum.intensities, spectrum.energies_eV, strict=True))
        table.add_row(spectrum.name, f"{strongest[1]:g}")
    return [table, f"{len(spectra)} in all"]


def plot_spectra(spectra, ax=None):
    axes = new_axes(80, 60) if ax is None else ax
    for spectrum in spectra:
        axes.plot(spectrum.energies_eV, spectrum.intensities, label=spectrum.name)
    axes.set_ylabel("Intensity")
    return axes


@takes_one
def write_spectrum(spectrum, path):
    pairs = zip(spectrum.energies_eV, spectrum.intensities, strict=True)
    path.write_text("".join(f"{energy} {intensity}\n" for energy, intensity in pairs))


@dataclass(frozen=True)
class Line(Result, figure=f"{__name__}:plot_line"):
    """A kind that is drawn one at a time."""

    energy_eV: float


@takes_one
def plot_line(line, ax=None):
    axes = new_axes(80, 60) if ax is None else ax
    axes.axvline(line.energy_eV)
    return axes


@pytest.fixture
def spectra():
    return [
        Spectrum(name, (1.0, 2.0), intensities, provenance()) for name, intensities in (("a", (3, 1)), ("b", (0, 2)))
    ]


def test_a_new_kind_is_shown(spectra, capsys):
    report.show(spectra)
    text = capsys.readouterr().out
    assert [line.split() for line in text.splitlines() if line[:2] in (" a", " b", "a ", "b ")] == [
        ["a", "1"],
        ["b", "2"],
    ]
    assert "2 in all" in text
    report.show(spectra[0])
    assert "1 in all" in capsys.readouterr().out


def test_a_new_kind_is_drawn(spectra, tmp_path):
    axes = plots.plot(spectra)
    assert len(axes.lines) == 2
    axes.clear()
    assert plots.plot(spectra[0], axes) is axes
    assert save(spectra, tmp_path / "s.png").read_bytes()[-8:-4] == b"IEND"


def test_a_new_kind_draws_and_shows_itself(spectra):
    axes = spectra[0].plot()
    assert len(axes.lines) == 1
    assert spectra[1].plot(axes) is axes
    assert ik.plot is plots.plot
    html = spectra[0]._repr_html_()
    assert "<b>Spectra</b>" in html
    assert "<img " in html
    assert repr(spectra[0]) == ("Spectrum(name='a', energies_eV=(1, 2), intensities=(3, 1), provenance=...)")


def test_a_part_of_a_result_is_saved_with_its_rows_alone(tmp_path):
    profile = EXAMPLES["StackProfile"]
    lines = save(profile, tmp_path / "profile.csv").read_text().splitlines()
    assert lines[0].split(",") == list(profile.to_frame())
    assert len(lines) == 1 + len(profile.position_nm)


def test_a_kind_without_rows_or_figure_says_so(spectra, tmp_path):
    assert has_rows(spectra[0])
    assert not any(map(has_rows, (Line(1.0), ik.ErrorModel(), None, 1.0)))
    with pytest.raises(InputError, match=r"^there are no rows of lines; write \.json$"):
        Line(1.0).to_frame()
    with pytest.raises(InputError, match="no rows of lines"):
        save(Line(1.0), tmp_path / "line.csv")
    with pytest.raises(InputError, match=r"^there is no figure of error models; write \.json$"):
        ik.ErrorModel().plot()
    assert list(tmp_path.iterdir()) == []


def test_a_new_kind_is_saved_and_read_back(spectra, tmp_path):
    assert save(spectra[0], tmp_path / "s.xyd").read_text() == "1.0 3\n2.0 1\n"
    assert save(spectra, tmp_path / "s.csv").read_text().splitlines()[1].startswith("1.0,3")
    assert load(save(spectra, tmp_path / "s.json")) == spectra
    assert load(save(spectra[1], tmp_path / "s.json")) == spectra[1]


def test_what_a_new_kind_has_not_is_said(spectra, tmp_path):
    window = ik.electrochemical_window("LNO")
    for results, name, message in (
        (spectra, "s.cif", r"list has no atoms to write to .*s\.cif; write \.csv, \.json or a figure"),
        (spectra[0], "s.nc", "a netCDF file holds space charges and resistances of stacks"),
        (spectra[0], "s.xls", r"unknown suffix '\.xls'; choose one of .*\.pdf \.xyd$"),
        (window, "s.xyd", r"unknown suffix '\.xyd'; choose one of .*\.pdf$"),
        ([spectra[0], window], "s.png", "there is no figure of spectra and windows; write"),
        ([Line(1.0)] * 2, "s.png", "there is no one figure of several lines; draw them one by one"),
    ):
        with pytest.raises(InputError, match=message):
            save(results, tmp_path / name)
    with pytest.raises(TypeError, match="no table for Line"):
        report.show(Line(1.0))
    with pytest.raises(InputError, match=r"unknown suffix '\.xyd'"):
        check_outputs([tmp_path / "s.xyd"])
    assert list(tmp_path.iterdir()) == []


def test_kinds_are_shown_together_each_in_its_own_tables(spectra, capsys):
    report.show([spectra[0], ik.electrochemical_window("LNO"), spectra[1]])
    text = capsys.readouterr().out
    assert text.count("Spectra") == 1
    assert "2 in all" in text
    assert "Electrochemical windows" in text


def test_a_subclass_inherits_what_it_does_not_declare():
    class Bent(Line, plural="bends"):
        pass

    assert Bent.presentation.figure == Line.presentation.figure
    assert Line.presentation.plural is None
    assert Result.presentation.figure is None


def test_a_file_cannot_name_a_kind_that_is_not_defined(spectra, tmp_path):
    path = save(spectra[0], tmp_path / "s.json")
    path.write_text(path.read_text().replace('"Spectrum"', '"Spectra"'))
    with pytest.raises(InputError, match=r"test_presentation\.Spectra, which is not a result of interfacekit"):
        load(path)


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_name_that_a_kind_declares_is_that_of_a_function(kind):
    declared = kind.presentation
    for name in filter(None, (declared.tables, declared.figure, *declared.writers.values())):
        assert callable(resolved(name)), name
        assert resolved(name).__module__ == name.partition(":")[0], name
        assert is_for_one(name) in (True, False)
    assert all(suffix.startswith(".") for suffix in declared.writers)
