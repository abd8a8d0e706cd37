import json
import math
import sys
from dataclasses import asdict, replace

import pandas as pd
import pytest
import xarray as xr
from monty.json import MontyDecoder

from interfacekit.errors import InputError
from interfacekit.export import files as export
from interfacekit.export import netcdf
from interfacekit.thermo import (
    contact_triangle,
    electrochemical_windows,
    entries_above_hull,
    entry_summary,
    interface_reaction,
    phase_map,
    stability_map,
)
from interfacekit.transport import shell_point, space_charge
from interfacekit.transport.stacks.layers import Interphase, Layer
from interfacekit.transport.stacks.stack import Stack


@pytest.fixture(scope="module")
def results():
    return {
        "windows": electrochemical_windows(["LNO", "CoS2"]),
        "reaction": interface_reaction("LCO", "LNO"),
        "reactions": [interface_reaction("LCO", "LNO", voltage) for voltage in (2.0, 2.5)],
        "map": stability_map(["LNO", ("LCO", "LNO")]),
        "fields": phase_map("LCO", "LNO", (1.5, 3.0)),
        "triangle": contact_triangle("LCO", "LNO", "Li3PO4", 2.0),
        "system": entries_above_hull("Li-Nb-O"),
        "summary": entry_summary("mp2019"),
    }


KINDS = ["windows", "reaction", "reactions", "map", "fields", "triangle", "system", "summary"]


@pytest.mark.parametrize("kind", KINDS)
def test_json_reads_back_as_equal_results(results, kind, tmp_path):
    path = export.save(results[kind], tmp_path / "r.json")
    back = json.loads(path.read_text(), cls=MontyDecoder)
    expected = results[kind]
    assert (tuple(back) if isinstance(expected, tuple) else back) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_load_reads_what_save_has_written(results, kind, tmp_path):
    path = export.save(results[kind], tmp_path / "r.json")
    expected = results[kind]
    assert export.load(path) == (list(expected) if isinstance(expected, tuple) else expected)
    assert export.load(str(path)) == export.load(path)
    document = json.loads(path.read_text())
    for one in document if isinstance(document, list) else [document]:
        assert one["@module"] == "interfacekit"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is truncated or not JSON"),
        ("[]", "but list; give a .json file that save has written"),
        ('{"a": 1}', "but dict; give a .json file"),
        ('[{"@module": "os", "@class": "system"}]', r"names os\.system, which is not a result of interfacekit"),
        ('{"@module": "interfacekit", "@class": "save"}', r"names interfacekit\.save, which is not a result"),
        ('{"@module": "interfacekit", "@class": "Window"}', "missing .* required positional arguments"),
        ('{"@module": "interfacekit", "@class": "Interval", "value": 1}', "missing"),
    ],
)
def test_load_refuses_what_holds_no_results(content, message, tmp_path):
    path = tmp_path / "r.json"
    path.write_text(content)
    with pytest.raises(InputError, match=rf"r\.json holds no results of interfacekit[^\n]*{message}[^\n]*$"):
        export.load(path)


def test_load_of_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"cannot read .*none\.json: No such file"):
        export.load(tmp_path / "none.json")
    with pytest.raises(InputError, match="path must be the name of a file, got 7"):
        export.load(7)


@pytest.mark.parametrize("kind", KINDS)
def test_csv_has_every_row_with_its_provenance(results, kind, tmp_path):
    result = results[kind]
    frame = pd.read_csv(export.save(result, tmp_path / "r.csv"))
    several = result if isinstance(result, list | tuple) else [result]
    assert len(frame) == sum(len(r.to_frame()) for r in several)
    provenance = several[0].provenance
    assert set(frame["energies_sha256"]) == {provenance["energies"]["sha256"]}
    assert set(frame["thermo_type"]) == {"GGA_GGA+U_legacy"}
    assert set(frame["interfacekit_version"].astype(str)) == {provenance["version"]}


@pytest.mark.parametrize("kind", KINDS)
def test_provenance_has_package_energies_and_parameters(results, kind):
    result = results[kind]
    for one in result if isinstance(result, list | tuple) else [result]:
        assert one.provenance["package"] == "interfacekit"
        assert one.provenance["energies"]["source"] == "mp2019"
        assert "numba" in one.provenance["engine"]
        assert isinstance(one.provenance["parameters"], dict)


@pytest.mark.parametrize("kind", ["windows", "reaction", "reactions", "map", "fields", "triangle"])
def test_figures_of_every_kind(results, kind, tmp_path):
    path = export.save(results[kind], tmp_path / "r.png")
    assert path.read_bytes()[-8:-4] == b"IEND"


@pytest.mark.parametrize("kind", ["system", "summary"])
def test_kinds_without_a_figure_say_so(results, kind, tmp_path):
    with pytest.raises(InputError, match="there is no figure of"):
        export.save(results[kind], tmp_path / "r.png")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_figure_leaves_the_old_file(results, tmp_path):
    path = tmp_path / "r.png"
    path.write_bytes(b"old")

    def broken():
        raise InputError("no")

    with pytest.raises(InputError):
        export.save(results["map"], path, broken)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


SHELL = ("LCO", "LNO", "LGPS")
BETWEEN = {"LCO|LGPS": {"thickness_nm": 300, "conductivity_S_cm": 2e-9}}


@pytest.fixture(scope="module")
def shells():
    """Two thicknesses and voltages, but one point; and one by kinetic Monte Carlo."""
    grid = [(t, v) for t in (0.0, 2.0) for v in (4.2, 4.0)][:-1]
    continuum = [shell_point(*SHELL, t, v, 300.0, interphases=BETWEEN) for t, v in grid]
    kmc = shell_point(*SHELL, 2.0, 4.2, 300.0, interphases=BETWEEN, method="kmc", hops=2e5, cells=(12, 12), threads=2)
    return [*continuum, kmc]


def values(result):
    """All numbers of a result that a netCDF file holds: by variable, and by part or side."""
    parts = {"asr_layers_ohm_cm2": result.asr_layers, "asr_err_layers_ohm_cm2": result.asr_err_layers}
    parts |= {"potential_drops_V": result.potential_drops_V, "potential_drops_err_V": result.potential_drops_err_V}
    parts |= {"hop_shares": result.hop_shares}
    sides = {
        f"side_{name}": {f"{s.layer} at {s.contact}": getattr(s, name) for s in result.space_charges}
        for name in ("charge_uC_cm2", "charge_err_uC_cm2", "width_nm", "width_err_nm", "capacity_mAh_g")
    }
    scalars = (
        "asr_ohm_cm2", "asr_err_ohm_cm2", "scl_width_nm", "scl_width_err_nm", "scl_charge_uC_cm2",
        "scl_charge_err_uC_cm2", "scl_capacity_mAh_g", "potential_drop_V",
    )  # fmt: skip
    return {name: getattr(result, name) for name in scalars}, parts, sides


def test_netcdf_reads_back_bit_for_bit(shells, tmp_path):
    path = export.save(shells, tmp_path / "r.nc")
    with xr.open_dataset(path) as data:
        assert dict(data.sizes) == {
            "method": 2, "thickness_nm": 2, "voltage_V": 2, "temperature_K": 1, "part": 7, "side": 4,
        }  # fmt: skip
        assert data.thickness_nm.values.tolist() == [0.0, shells[-1].thickness_nm]
        assert data.requested_thickness_nm.values.tolist() == [0.0, 2.0]
        assert data.requested_thickness_nm.dims == ("thickness_nm",)
        assert data.voltage_V.values.tolist() == [4.0, 4.2]
        for result in shells:
            names = ("method", "thickness_nm", "voltage_V", "temperature_K")
            point = data.sel({name: getattr(result, name) for name in names})
            scalars, parts, sides = values(result)
            for name, value in scalars.items():
                assert point[name].item() == value
            for dimension, variables in (("part", parts), ("side", sides)):
                for name, by_name in variables.items():
                    found = dict(zip(data[dimension].values.tolist(), point[name].values.tolist(), strict=True))
                    assert {key: value for key, value in found.items() if not math.isnan(value)} == by_name
        assert set(data.data_vars) == {*scalars, *parts, *sides}
        assert data.identical(netcdf.to_dataset(shells))


def test_netcdf_names_units_and_where_numbers_come_from(shells, tmp_path):
    with xr.open_dataset(export.save(shells, tmp_path / "r.nc")) as data:
        units = {name: data[name].attrs["units"] for name in (*data.data_vars, "voltage_V", "thickness_nm")}
        assert units["asr_ohm_cm2"] == units["asr_layers_ohm_cm2"] == "ohm cm2"
        assert (units["scl_charge_uC_cm2"], units["scl_width_nm"], units["potential_drop_V"]) == ("uC cm-2", "nm", "V")
        assert (units["voltage_V"], units["thickness_nm"], units["hop_shares"]) == ("V", "nm", "1")
        provenance = json.loads(data.attrs["provenance"])
    parameters = provenance["parameters"]
    assert provenance["version"] == shells[0].provenance["version"]
    assert set(parameters["materials"]) == set(SHELL)
    assert set(parameters["contacts"]) == {"LCO|LGPS", "LCO|LNO", "LNO|LGPS"}
    assert parameters["interphases"] == {name: asdict(Interphase(**numbers)) for name, numbers in BETWEEN.items()}
    assert (parameters["temperature_K"], parameters["seed"], parameters["cells"]) == (300.0, 0, [12, 12])
    assert not {"voltage_V", "method", "layers"} & set(parameters)
    assert "stands in" in parameters["contacts"]["LNO|LGPS"]["parameters"][0]["role"]


def test_netcdf_has_points_that_are_missing_as_nan(shells):
    data = netcdf.to_dataset(shells)
    missing = {"method": "continuum", "thickness_nm": shells[-1].thickness_nm, "voltage_V": 4.0}
    assert math.isnan(data.asr_ohm_cm2.sel(missing).item())
    assert data.asr_ohm_cm2.notnull().sum() == len(shells)


def test_netcdf_has_seeds_where_there_are_several(shells):
    *continuum, kmc = shells
    parameters = {**kmc.provenance["parameters"], "seed": 7}
    other = replace(kmc, asr_ohm_cm2=1.0, provenance={**kmc.provenance, "parameters": parameters})
    data = netcdf.to_dataset([*continuum, kmc, other])
    assert data.seed.values.tolist() == [0, 7]
    at = data.asr_ohm_cm2.sel(thickness_nm=2.0, method="nearest").sel(voltage_V=4.2, temperature_K=300.0)
    assert at.sel({"method": "kmc"}).values.tolist() == [kmc.asr_ohm_cm2, 1.0]
    # The continuum has none: it is the same at all of them.
    assert at.sel({"method": "continuum"}).values.tolist() == [continuum[2].asr_ohm_cm2] * 2


def test_netcdf_holds_equal_plane_counts_once(shells):
    twin = shell_point(*SHELL, 2.1, 4.2, 300.0, interphases=BETWEEN)
    assert twin != shells[2]
    assert netcdf.to_dataset([*shells, twin]).identical(netcdf.to_dataset(shells))


def test_netcdf_of_a_stack_without_voltage_or_contacts(tmp_path):
    result = space_charge(Stack([Layer("LNO", 2.0)]))
    with xr.open_dataset(export.save(result, tmp_path / "r.nc")) as data:
        assert data.asr_ohm_cm2.item() == result.asr_ohm_cm2
        assert math.isnan(data.voltage_V.item())
        assert data.part.values.tolist() == ["LNO"]
        assert "side" not in data.dims


def test_netcdf_refuses_what_it_cannot_hold(results, shells, tmp_path):
    with pytest.raises(InputError, match="holds space charges and resistances of stacks"):
        export.save(results["windows"], tmp_path / "r.nc")
    with pytest.raises(InputError, match=r"two results are of continuum at 0 nm, 4\.2 V and 300 K"):
        export.save([*shells, replace(shells[0], asr_ohm_cm2=1.0)], tmp_path / "r.nc")
    other = shell_point(*SHELL, 3.0, 4.2, 300.0, materials={"LNO": {"permittivity": 30}})
    with pytest.raises(InputError, match="different numbers of LNO"):
        export.save([*shells, other], tmp_path / "r.nc")
    assert list(tmp_path.iterdir()) == []


def test_a_failing_netcdf_file_leaves_the_old_one(shells, tmp_path, monkeypatch):
    path = tmp_path / "r.nc"
    path.write_bytes(b"old")

    def broken(dataset, file, **options):
        file.write_bytes(b"half")
        raise RuntimeError("NetCDF: HDF error")

    monkeypatch.setattr(xr.Dataset, "to_netcdf", broken)
    with pytest.raises(InputError, match=r"cannot write .*r.nc: NetCDF: HDF error"):
        export.save(shells, path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("loaded", "is_said"), [("h5py netCDF4", True), ("netCDF4 h5py", False), ("netCDF4", False)])
def test_a_failing_netcdf_file_names_h5py_where_it_was_loaded_first(loaded, is_said):
    assert ("import netCDF4 before h5py" in netcdf._about_h5py(loaded.split())) == is_said


def test_netcdf_without_its_extra_says_what_to_install(shells, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "netCDF4", None)
    with pytest.raises(InputError, match=r"pip install 'interfacekit\[io\]'"):
        export.save(shells, tmp_path / "r.nc")


def test_columns_of_one_kind_stay_together(shells, tmp_path):
    path = export.save(shells, tmp_path / "r.csv")
    frame = pd.read_csv(path)
    assert len(frame) == len(shells)
    kinds = [name.partition(" ")[0] for name in frame]
    runs = [kind for kind, before in zip(kinds, [None, *kinds], strict=False) if kind != before]
    assert len(runs) == len(set(runs))
    assert list(frame)[-1] == "interfacekit_version"
    assert frame["asr_layers_ohm_cm2 LNO"].isna().tolist() == [True, True, False, False]
    assert frame["seed"].isna().tolist() == [True, True, True, False]


def test_profiles_have_a_row_for_each_plane(shells):
    frame = export.profile_frame(shells)
    assert len(frame) == sum(len(r.profile.position_nm) for r in shells)
    last = frame[frame["method"] == "kmc"]
    assert last["occupation_err"].max() > 0
    assert last["position_nm"].tolist() == pytest.approx(shells[-1].profile.position_nm, rel=1e-11)
    assert set(last["layers"]) == {"LCO|LNO|LGPS"}
    assert list(export.profile_frame(shells[0]))[:6] == [
        "layers",
        "requested_thickness_nm",
        "thickness_nm",
        "voltage_V",
        "temperature_K",
        "method",
    ]
