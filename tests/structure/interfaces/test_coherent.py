"""Coherent interfaces: the tables, the atoms, the files, and what the files say when measured afresh."""

import itertools
import json

import numpy as np
import pytest
from ase.io import read
from ase.neighborlist import neighbor_list
from monty.json import MontyDecoder
from pymatgen.core import Lattice, Structure
from pymatgen.io.vasp import Poscar

from interfacekit.errors import ComputationError, InputError
from interfacekit.structure import crystal
from interfacekit.structure.interfaces import files
from interfacekit.structure.interfaces.coherent import coherent_interfaces
from interfacekit.structure.interfaces.files import difference, read_interface, write_interface
from interfacekit.structure.interfaces.lattice_planes import Planes
from tests import places

PAIRS = [("LCO", "LNO"), ("LNO", "LGPS"), ("LCO", "LGPS")]
ARGYRODITE = str(places.CASES / "structure" / "Li6PS5Cl_ordered.cif")


@pytest.fixture(scope="module")
def found():
    return {pair: coherent_interfaces(*pair) for pair in PAIRS}


@pytest.fixture(scope="module")
def built(found):
    return {pair: found[pair].build(min(2, len(found[pair].candidates))) for pair in PAIRS}


def metal(symbol, a):
    return Structure.from_spacegroup("Fm-3m", Lattice.cubic(a), [symbol], [[0, 0, 0]])


@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
def test_each_pair_has_a_table_within_the_limits(found, pair):
    frame = found[pair].to_frame()
    assert len(frame)
    assert (frame["area_A2"] <= 200).all()
    assert (frame[["film_strain_1", "film_strain_2"]].abs() <= 0.05 + 1e-6).all(axis=None)
    assert (frame["substrate_strain"] == 0).all()
    assert list(frame["rank"]) == list(range(1, len(frame) + 1))
    first = frame[frame["front"] == 1]
    assert first["area_A2"].is_monotonic_increasing
    most = first[["film_strain_1", "film_strain_2"]].abs().max(axis=1)
    assert most.is_monotonic_decreasing


def test_the_table_of_lco_and_lno(found):
    """13 cells of LCO (001) on 4 of LNO (001): 2.8161 sqrt(13) and 2 * 5.14829 are 1.4 % apart, the same everywhere."""
    frame = found["LCO", "LNO"].to_frame().set_index(["substrate_miller", "film_miller", "film_cells"])
    row = frame.loc[("(0 0 1)", "(0 0 1)", 4)]
    misfit = 2.8161 * np.sqrt(13) / (2 * 5.14829) - 1
    assert row["substrate_cells"] == 13
    assert (row["film_strain_1"], row["film_strain_2"]) == pytest.approx((misfit, misfit))
    assert row["film_area_mismatch"] == pytest.approx((1 + misfit) ** 2 - 1)
    assert row["area_A2"] == pytest.approx(13 * 2.8161**2 * np.sqrt(3) / 2)
    assert (row["substrate_composition"], row["film_composition"]) == ("39 LiCoO2", "24 LiNbO3")


@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
def test_atoms_are_those_of_the_table(found, pair):
    result = found[pair]
    for rank in range(1, min(4, len(result.candidates)) + 1):
        interface = result.build(rank)
        counts = [interface.sides.count(side) for side in ("substrate", "film")]
        assert counts == [result.candidate(rank).substrate_atoms, result.candidate(rank).film_atoms]
        for side, of in (("substrate", result.substrate), ("film", result.film)):
            assert interface.slab(side).composition.reduced_formula == of.formula


@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
@pytest.mark.parametrize("name", ["a.cif", "POSCAR", "a.vasp", "a.extxyz"])
def test_files_read_back_as_they_were_built(built, pair, name, tmp_path):
    interface = built[pair]
    path = write_interface(interface, tmp_path / name)
    back = read_interface(path)
    assert difference(interface.structure, back) is None
    assert back.site_properties["fixed"] == list(interface.fixed)
    assert 0 < sum(interface.fixed) < len(interface.fixed)
    assert list(tmp_path.iterdir()) == [path]
    # What reads any crystal reads them too.
    assert crystal(path).formula == interface.structure.composition.reduced_formula


@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
def test_fixed_atoms_are_the_lowest_of_the_substrate(built, pair, tmp_path):
    """As other programs read the files: selective dynamics of a POSCAR, the constraint and tags of extxyz."""
    interface = built[pair]
    poscar = Poscar.from_file(write_interface(interface, tmp_path / "POSCAR"))
    atoms = read(write_interface(interface, tmp_path / "a.extxyz"))
    held = atoms.constraints[0].get_indices()
    assert [k for k, row in enumerate(poscar.selective_dynamics) if not any(row)] == list(held)
    heights = atoms.positions[:, 2]
    lowest = heights.min()
    assert set(held) == set(np.flatnonzero(heights < lowest + 4.0))
    assert set(atoms.get_tags()[held]) == {1}
    assert heights[atoms.get_tags() == 2].min() - heights[atoms.get_tags() == 1].max() == pytest.approx(interface.gap_A)


@pytest.mark.parametrize("most", [2, pytest.param(4, marks=pytest.mark.slow)])
@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
def test_no_atoms_are_closer_than_they_may(found, pair, most, tmp_path):
    """Pairs of terminations of the best candidate, by the neighbour list of ASE."""
    lower, upper = found[pair].terminations(1)
    for one, other in itertools.product(range(1, min(most, len(lower)) + 1), range(1, min(most, len(upper)) + 1)):
        interface = found[pair].build(1, substrate_termination=one, film_termination=other)
        atoms = interface.atoms
        i, j, distances = neighbor_list("ijd", atoms, 3.5)
        assert distances.min() > 1.5
        across = atoms.get_tags()[i] != atoms.get_tags()[j]
        assert distances[across].min() == pytest.approx(interface.closest_A)


@pytest.mark.parametrize("pair", PAIRS, ids="|".join)
@pytest.mark.parametrize("name", ["a.cif", "a.extxyz"])
def test_strains_measured_in_the_files_are_those_of_the_table(found, built, pair, name, tmp_path):
    """From the translations that map each slab of the file onto itself, and the planes of the crystals as given."""
    interface = built[pair]
    row = found[pair].to_frame().iloc[min(2, len(found[pair].candidates)) - 1]
    back = read_interface(write_interface(interface, tmp_path / name))
    for side, expected in (("film", row[["film_strain_1", "film_strain_2"]].tolist()), ("substrate", [0, 0])):
        of = found[pair].film if side == "film" else found[pair].substrate
        face = interface.film_termination if side == "film" else interface.substrate_termination
        bulk = reduced_in_plane(of.structure, face.miller)
        assert principal_strains(bulk, translations(back, side)) == pytest.approx(expected, abs=1e-5)


def translations(structure, side):
    """Shortest two translations along the plane, not parallel, that map the atoms of one side onto themselves."""
    keep = [k for k, own in enumerate(structure.site_properties["side"]) if own == side]
    positions = structure.frac_coords[keep]
    symbols = np.array([structure[k].specie.symbol for k in keep])
    rare = min(set(symbols), key=lambda s: (symbols == s).sum())
    start = positions[symbols == rare][0]
    shifts = []
    for target in positions[symbols == rare]:
        shift = target - start
        if abs(shift[2] * structure.lattice.c) > 1e-4:
            continue
        moved = positions + shift
        apart = moved[:, None] - positions[None]
        apart = np.linalg.norm((apart - np.rint(apart)) @ structure.lattice.matrix, axis=-1)
        if (apart[symbols[:, None] == symbols[None]].reshape(-1).size) and all(
            apart[k][symbols == symbols[k]].min() < 1e-3 for k in range(len(symbols))
        ):
            shifts.append(shift)
    grid = np.array(list(itertools.product(range(-2, 3), repeat=2)))
    cart = np.vstack([[s[:2] + g for g in grid] for s in shifts]) @ structure.lattice.matrix[:2, :2]
    return shortest_two(cart)


def reduced_in_plane(structure, miller):
    """Shortest two lattice vectors in a plane, from the primitive cell of pymatgen and the Miller indices."""
    hexagonal_or_own = structure.lattice
    primitive = structure.get_primitive_structure()
    cells = np.array(list(itertools.product(range(-6, 7), repeat=3))) @ primitive.lattice.matrix
    flat = cells[np.abs(hexagonal_or_own.get_fractional_coords(cells) @ miller) < 1e-6]
    first = min((v for v in flat if np.linalg.norm(v) > 0.1), key=np.linalg.norm)
    x = first / np.linalg.norm(first)
    y = next(v - v @ x * x for v in flat if np.linalg.norm(v - v @ x * x) > 0.1)
    return shortest_two(np.column_stack([flat @ x, flat @ (y / np.linalg.norm(y))]))


def shortest_two(vectors):
    by_length = sorted((v for v in vectors if np.linalg.norm(v) > 0.1), key=np.linalg.norm)
    first = by_length[0]
    return np.array([first, next(v for v in by_length if abs(np.linalg.det([first, v])) > 0.1)])


def principal_strains(before, after):
    """Of the basis of the one lattice that is least strained onto the basis of the other."""
    best = None
    for entries in itertools.product(range(-2, 3), repeat=4):
        change = np.reshape(entries, (2, 2))
        if abs(np.linalg.det(change)) != 1:
            continue
        stretches = np.linalg.svd(np.linalg.solve(change @ before, after), compute_uv=False) - 1
        if best is None or abs(stretches).max() < abs(best).max() - 1e-9:
            best = stretches
    return best


def tetrahedra_without_four_sulfur(interface):
    """Number of P and Ge that have not four S within 2.7 A, in the interface with its free surfaces."""
    structure = interface.structure
    centres = [site for site in structure if site.specie.symbol in {"P", "Ge"}]
    assert centres
    return sum(sum(n.specie.symbol == "S" for n in structure.get_neighbors(site, 2.7)) != 4 for site in centres)


@pytest.mark.parametrize(
    "pair", [("LCO", "LGPS"), ("LNO", "LGPS"), ("LCO", ARGYRODITE)], ids=["LGPS", "LNO", "argyrodite"]
)
def test_first_candidates_cut_no_polyanion(found, pair):
    result = found.get(pair) or coherent_interfaces(*pair)
    assert result.candidate().cut_polyanions == 0
    assert result.to_frame()["cut_polyanions"][0] == 0
    assert tetrahedra_without_four_sulfur(result.build(1)) == 0


def test_cut_polyanions_are_those_that_lack_sulfur_in_the_atoms(found):
    """Of faces of LGPS (001): each group that a cut parts leaves one centre without its four S."""
    result = found["LCO", "LGPS"]
    candidate = result.candidate()
    assert candidate.film_miller == (0, 0, 1)
    _, faces = result.terminations(1)
    unstrained_A2 = abs(np.linalg.det(candidate.match.unstrained_A))
    numbers = []
    for number, face in enumerate(faces[:6], 1):
        cut = tetrahedra_without_four_sulfur(result.build(1, film_termination=number))
        assert cut == pytest.approx(face.cut_polyanions_per_nm2 * unstrained_A2 / 100)
        numbers.append(cut)
    assert numbers == sorted(numbers)
    assert numbers[0] == 0 < numbers[-1]


def test_candidates_that_cut_polyanions_come_last():
    """All heights of LGPS (111) part some; small cells of it rank after larger ones of other planes."""
    result = coherent_interfaces(
        "LGPS", "LGPS", max_area_A2=240, max_strain=0.01, substrate_miller=[(1, 1, 1), (0, 0, 1)],
        film_miller=[(1, 1, 1), (0, 0, 1)],
    )  # fmt: skip
    cuts = [candidate.cut_polyanions for candidate in result.candidates]
    assert [cut > 0 for cut in cuts] == sorted(cut > 0 for cut in cuts)
    assert 0 < sum(cut > 0 for cut in cuts) < len(cuts)
    assert all(c.cut_polyanions > 0 for c in result.candidates if (1, 1, 1) in (c.substrate_miller, c.film_miller))


def test_the_film_is_the_crystal_strained_and_nothing_else(found):
    """Distances of every atom in the middle of the film are those of the bulk after the strain of the table."""
    result = found["LCO", "LNO"]
    interface = result.build(1, film_thickness_A=16)
    plane = Planes(result.film.structure).plane(interface.film_termination.miller)
    deformation = np.eye(3)
    deformation[:2, :2] = np.diag([1, -1]) @ interface.match.deformation
    bulk = Structure(plane.vectors_A @ deformation, plane.cell.species, plane.cell.frac_coords)
    expected = {tuple(surroundings(bulk, site)) for site in bulk}
    film = interface.slab("film")
    middle = film.cart_coords[:, 2].mean()
    inside = [site for site in film if abs(site.coords[2] - middle) < 3]
    assert {tuple(surroundings(film, site)) for site in inside} == expected
    assert len(inside) > 20


def test_the_film_of_a_chiral_crystal_keeps_its_hand():
    """Triple products of the vectors to the three nearest neighbours change sign in a mirror."""
    atoms = [(0.10, 0.15, 0.05), (0.45, 0.62, 0.30), (0.75, 0.20, 0.55), (0.30, 0.80, 0.80)]
    chiral = Structure(Lattice.from_parameters(5.0, 5.6, 6.5, 81, 77, 70), ["Si", "Ge", "O", "O"], atoms)
    assert not Planes(chiral).is_achiral
    hands = {hand(chiral, site) for site in chiral}
    assert not hands & {(*near, -triple) for *near, triple in hands}
    result = coherent_interfaces(chiral, chiral, max_area_A2=40, film_thickness_A=20, substrate_thickness_A=20)
    itself = [c for c in result.candidates if c.match.strain < 1e-6]
    # A face of the crystal goes on in the opposite one; no oblique plane fits its own like.
    assert itself
    assert all(c.film_miller == tuple(-index for index in c.substrate_miller) for c in itself)
    for candidate in itself[:4]:
        interface = result.build(candidate.rank)
        for side in ("film", "substrate"):
            slab = interface.slab(side)
            heights = slab.cart_coords[:, 2]
            inside = [site for site in slab if heights.min() + 5 < site.coords[2] < heights.max() - 5]
            assert {hand(slab, site) for site in inside} == hands


def hand(structure, site):
    near = sorted(structure.get_neighbors(site, 4.5), key=lambda n: n.nn_distance)[:3]
    vectors = [n.coords - site.coords for n in near]
    return (*(round(float(n.nn_distance), 3) for n in near), round(float(np.linalg.det(vectors)), 2))


def surroundings(structure, site):
    near = structure.get_neighbors(site, 4.2)
    return sorted((n.specie.symbol, round(float(n.nn_distance), 4)) for n in near)


def test_a_crystal_on_itself_has_no_strain_and_no_seam():
    """Copper on copper: at the distance of planes and in the right place, the two slabs are one crystal."""
    a = 3.6
    result = coherent_interfaces(
        metal("Cu", a), metal("Cu", a), max_area_A2=8, film_thickness_A=7, substrate_thickness_A=7
    )
    frame = result.to_frame()
    assert (frame[["film_strain_1", "film_strain_2"]].abs() < 1e-9).all(axis=None)
    assert frame["area_A2"][0] == pytest.approx(a**2 * np.sqrt(3) / 4)
    rank = int(frame.set_index(["substrate_miller", "film_miller"]).loc[("(1 0 0)", "(1 0 0)")]["rank"])
    interface = result.build(rank)
    assert interface.gap_A == pytest.approx(a / 2, abs=0.02)
    assert np.diff(np.unique(interface.atoms.positions[:, 2].round(2))) == pytest.approx(a / 2, abs=0.03)


def test_metals_have_the_misfit_of_their_lattices():
    result = coherent_interfaces(
        metal("Ni", 3.52), metal("Cu", 3.61), max_area_A2=13, substrate_miller=(1, 0, 0), film_miller=[(0, 0, 1)]
    )
    best = result.candidate()
    assert best.match.principal_strains == pytest.approx((3.52 / 3.61 - 1, 3.52 / 3.61 - 1))
    assert best.match.area_A2 == pytest.approx(3.52**2 / 2)


def test_pymatgens_builder_agrees(found):
    """`CoherentInterfaceBuilder` finds the same match of LCO and LNO (001), and the same atoms at the same heights."""
    from pymatgen.analysis.interfaces.coherent_interfaces import CoherentInterfaceBuilder
    from pymatgen.analysis.interfaces.zsl import ZSLGenerator

    result = found["LCO", "LNO"]
    candidate = next(c for c in result.candidates if c.substrate_miller == c.film_miller == (0, 0, 1))
    ours = result.build(candidate.rank, substrate_thickness_A=14.0, film_thickness_A=13.8, gap_A=2.0, vacuum_A=20.0)
    theirs = CoherentInterfaceBuilder(
        result.substrate.structure,
        result.film.structure,
        (0, 0, 1),
        (0, 0, 1),
        ZSLGenerator(max_area=95, max_length_tol=0.05, max_angle_tol=0.05, max_area_ratio_tol=0.1),
        label_index=True,
        filter_out_sym_slabs=False,
    )
    same = [
        m for m in theirs.zsl_matches if abs(np.linalg.norm(np.cross(*m.substrate_sl_vectors)) - ours.area_A2) < 0.01
    ]
    assert same
    theirs.zsl_matches = same[:1]
    assert any(is_same(built_by(theirs, termination), ours, candidate) for termination in theirs.terminations)


def built_by(builder, termination):
    return next(builder.get_interfaces(termination, 2.0, 20.0, 13.8, 14.0, in_layers=False))


def is_same(theirs, ours, candidate):
    assert theirs.interface_properties["von_mises_strain"] == pytest.approx(candidate.match.von_mises_strain)
    assert theirs.lattice.a == pytest.approx(ours.structure.lattice.a)
    return heights(theirs) == heights(ours.structure)


def heights(structure):
    """Elements and heights (0.05 A) above the lowest atom."""
    z = structure.cart_coords[:, 2] - structure.cart_coords[:, 2].min()
    return sorted((str(s), round(float(h) * 20)) for s, h in zip(structure.species, z, strict=True))


def test_results_round_trip_through_json(found, built):
    for result in (found["LCO", "LGPS"], built["LCO", "LGPS"]):
        again = json.loads(result.to_json(), cls=MontyDecoder)
        assert again == result
        assert again.to_frame().equals(result.to_frame())


def test_progress_and_given_planes():
    shares = []
    result = coherent_interfaces(
        "LCO", "LNO", substrate_miller=[(1, 0, 4), (0, 0, 1)], film_miller=(0, 0, 2), progress=shares.append
    )
    assert shares == [0.5, 1.0]
    assert {c.substrate_miller for c in result.candidates} <= {(1, 0, 4), (0, 0, 1)}
    assert {c.film_miller for c in result.candidates} == {(0, 0, 1)}


def test_a_file_that_does_not_read_back_leaves_the_old_one(built, tmp_path, monkeypatch):
    path = tmp_path / "a.cif"
    path.write_text("old")
    monkeypatch.setattr(files, "_read_cif", lambda *_: built["LNO", "LGPS"].structure)
    with pytest.raises(ComputationError, match="does not read back"):
        write_interface(built["LCO", "LNO"], path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"substrate_miller": (0, 0, 0)}, "no lattice plane"),
        ({"film_miller": (0, 1)}, "three integers"),
        ({"film_miller": [(0, 0, 1), (0, "x", 1)]}, "Miller index must be a whole number"),
        ({"max_area_A2": -5}, "max_area_A2 must be above 0"),
        ({"max_strain": 5}, "fraction"),
        ({"max_miller": 0}, "largest Miller index"),
        ({"film_thickness_A": 0}, "film_thickness_A"),
        ({"substrate_thickness_A": -1}, "substrate_thickness_A"),
        ({"max_area_A2": 10}, "max_area_A2 to"),
        ({"max_strain": 1e-4, "max_area_A2": 70}, "max_strain to 0.03"),
    ],
)
def test_bad_input_gets_one_line(arguments, line):
    with pytest.raises(InputError, match=line) as caught:
        coherent_interfaces("LCO", "LNO", **arguments)
    assert "\n" not in str(caught.value)


def test_the_nearest_miss_is_what_raising_the_limit_finds():
    with pytest.raises(InputError, match=r"max_area_A2 to 69 .*68\.5 A2"):
        coherent_interfaces("LCO", "LNO", max_area_A2=60, max_strain=0.04)
    assert coherent_interfaces("LCO", "LNO", max_area_A2=69, max_strain=0.04).candidates


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"rank": 99}, "ranks go from 1"),
        ({"gap_A": 0.1}, "use gap_A of"),
        ({"vacuum_A": 0.0}, "vacuum_A of 5 or more"),
        ({"vacuum_A": -1.0}, "vacuum_A must be from 0"),
        ({"film_termination": 17}, "numbered from 1"),
        ({"film_thickness_A": 0.0}, "thickness_A must be above 0"),
        ({"shift_A": (1.0, 2.0, 3.0)}, "two lengths"),
        ({"film_termination": "X/Y"}, "no terminations 'X/Y'"),
    ],
)
def test_what_cannot_be_built_gets_one_line(found, arguments, line):
    with pytest.raises(InputError, match=line) as caught:
        found["LCO", "LNO"].build(**arguments)
    assert "\n" not in str(caught.value)


def test_a_file_of_another_kind_is_refused(built, tmp_path):
    with pytest.raises(InputError, match=r"\.cif \.vasp"):
        write_interface(built["LCO", "LNO"], tmp_path / "a.pdb")
    with pytest.raises(InputError, match="there is no directory"):
        write_interface(built["LCO", "LNO"], tmp_path / "none" / "a.cif")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("x.cif", "hello", "x.cif is no file of write_interface"),
        ("x.cif", "data_x\n_atom_site_fixed 1\n", "x.cif is no file of write_interface"),
        ("POSCAR", "x\n1\n4 0 0\n0 4 0\n0 0 4\nLi\n100000000000\nDirect\n0 0 0\n", "line 7 must be 1 to 50000 atoms"),
        ("x.extxyz", '100000000000\nLattice="4 0 0 0 4 0 0 0 4"\nLi 0 0 0\n', "line 1 must be 1 to 50000 atoms"),
        ("x.extxyz", '1\nLattice="4 0 0 0 4 0 0 0 4"\nLi 0 0 0\n', "x.extxyz is no file of write_interface"),
        ("x.extxyz", "", "x.extxyz is empty"),
        ("x.extxyz", None, "cannot read .*x.extxyz: No such file"),
    ],
)
def test_what_is_no_interface_is_refused_in_one_line(tmp_path, name, text, message):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_interface(tmp_path / name)
    assert len(str(caught.value).splitlines()) == 1
