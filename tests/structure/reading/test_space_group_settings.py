"""Settings of space groups: each of the 530 is found by its names, and none is taken for another."""

import numpy as np
import pytest
import spglib

from interfacekit.errors import InputError
from interfacekit.structure.reading.space_group_settings import SpaceGroupNames, operators, settings_of

CUBIC = 6.4 * np.eye(3)
HEXAGONAL = np.array([[2.86, 0, 0], [-1.43, 1.43 * 3**0.5, 0], [0, 0, 14.2]])
RHOMBOHEDRAL = np.array([[1.0, 0.2, 0.2], [0.2, 1.0, 0.2], [0.2, 0.2, 1.0]]) * 5
MONOCLINIC_B = np.array([[5.0, 0, 0], [0, 6.0, 0], [-1.5, 0, 7.0]])
MONOCLINIC_C = np.array([[5.0, 0, 0], [-1.5, 6.0, 0], [0, 0, 7.0]])
ORTHORHOMBIC = np.diag([5.0, 6.0, 7.0])


def hall_numbers(cell, **names):
    return tuple(setting.hall_number for setting in settings_of(SpaceGroupNames(**names), cell, "x.cif"))


def refuse(what, cell, **names):
    with pytest.raises(InputError, match=what) as caught:
        hall_numbers(cell, **names)
    assert len(str(caught.value).splitlines()) == 1


def cell_of(rotations):
    """A cell with this symmetry: the mean of the metric over the group, and its Cholesky factor."""
    metric = np.array([[25.0, 1.0, 1.5], [1.0, 38.0, 2.0], [1.5, 2.0, 54.0]])
    return np.linalg.cholesky(np.mean([r.T @ metric @ r for r in rotations], axis=0))


@pytest.mark.parametrize("hall_number", range(1, 531))
def test_every_setting_is_found_by_its_names(hall_number):
    known = spglib.get_spacegroup_type(hall_number)
    database = spglib.get_symmetry_from_database(hall_number)
    cell = cell_of(database["rotations"])
    (by_hall,) = settings_of(SpaceGroupNames(hall=known.hall_symbol), cell, "x.cif")
    (by_symbol,) = settings_of(
        SpaceGroupNames(symbol=f"{known.international_full} :{known.choice}", number=known.number), cell, "x.cif"
    )
    (by_code,) = settings_of(SpaceGroupNames(number=known.number, code=known.choice or None), cell, "x.cif")
    assert by_symbol.hall_number == hall_number
    if known.choice:
        assert by_code.hall_number == hall_number
    # spglib has one Hall symbol for two of the settings with a first origin, as they have the same operators.
    for found in (by_hall, by_symbol):
        for operator, rotation, shift in zip(
            operators(found), database["rotations"], database["translations"], strict=True
        ):
            assert np.array_equal(operator.rotation_matrix, rotation)
            assert operator.translation_vector == pytest.approx(shift)


@pytest.mark.parametrize(
    ("symbol", "cell", "expected"),
    [
        ("F d -3 m :1", CUBIC, (525,)),
        ("F d -3 m :2", CUBIC, (526,)),
        ("F d -3 m S", CUBIC, (525,)),
        ("F d -3 m Z", CUBIC, (526,)),
        ("Fd-3m (origin choice 2)", CUBIC, (526,)),
        ("F d 3 m :2", CUBIC, (526,)),
        ("Fd-3m", CUBIC, (525, 526)),
        ("R -3 m", HEXAGONAL, (458,)),
        ("R -3 m", RHOMBOHEDRAL, (459,)),
        ("R -3 m :R", RHOMBOHEDRAL, (459,)),
        ("R-3mH", HEXAGONAL, (458,)),
        ("R -3 m H", HEXAGONAL, (458,)),
        ("P 21/c", MONOCLINIC_B, (81,)),
        ("P 21/c", ORTHORHOMBIC, (81,)),
        ("P2(1)/c", MONOCLINIC_B, (81,)),
        ("P 1 21/c 1", MONOCLINIC_B, (81,)),
        ("P 21/c :b1", MONOCLINIC_B, (81,)),
        ("P 21/c :b2", MONOCLINIC_B, (82,)),
        ("P 1 21/n 1", MONOCLINIC_B, (82,)),
        ("P 21/n", MONOCLINIC_B, (82,)),
        ("P 21/n", MONOCLINIC_C, (85,)),
        ("P 2 :b1", MONOCLINIC_B, (3,)),
        ("P n m a", ORTHORHOMBIC, (292,)),
        ("P n m a :cab", ORTHORHOMBIC, (294,)),
        ("P b n m", ORTHORHOMBIC, (294,)),
        ("P_b_n_m", ORTHORHOMBIC, (294,)),
        ("C m c a", ORTHORHOMBIC, (304,)),
        ("C m c e", ORTHORHOMBIC, (304,)),
        ("C m m b", ORTHORHOMBIC, (317,)),
        ("F m -3 m :1", CUBIC, (523,)),
    ],
)
def test_symbols_as_files_have_them(symbol, cell, expected):
    assert hall_numbers(cell, symbol=symbol) == expected


def test_a_number_alone_is_the_standard_setting():
    assert hall_numbers(ORTHORHOMBIC, number=62) == (292,)
    assert hall_numbers(MONOCLINIC_B, number=14) == (81,)
    assert hall_numbers(HEXAGONAL, number=166) == (458,)
    assert hall_numbers(RHOMBOHEDRAL, number=166) == (459,)
    assert hall_numbers(CUBIC, number=227, code="2") == (526,)


def test_the_setting_of_the_hall_symbol_counts_beside_the_symbol_of_the_group():
    assert hall_numbers(MONOCLINIC_B, symbol="P 21/c", hall="-P 2yn") == (82,)
    assert hall_numbers(CUBIC, symbol="F d -3 m", hall="-F 4vw 2vw 3", number=227) == (526,)
    assert hall_numbers(CUBIC, symbol="nonsense", hall="-F 4vw 2vw 3") == (526,)


@pytest.mark.parametrize(
    ("names", "cell", "what"),
    [
        ({"symbol": "F d -3 m :3"}, CUBIC, "does not have .*settings of Fd-3m: 1, 2"),
        ({"symbol": "P n m a :2"}, ORTHORHOMBIC, "does not have"),
        (
            {"symbol": "R -3 m :H"},
            RHOMBOHEDRAL,
            "cell of x.cif does not have the symmetry of its space group 'R -3 m :H'",
        ),
        ({"symbol": "R -3 m :R"}, HEXAGONAL, "does not have the symmetry"),
        ({"symbol": "F d -3 m"}, ORTHORHOMBIC, "does not have the symmetry"),
        ({"symbol": "P 1 21/n 1 :b1"}, MONOCLINIC_B, "does not have"),
        ({"symbol": "F d -3 m :2", "code": "1"}, CUBIC, "names two settings"),
        ({"symbol": "F d -3 m :2", "hall": "F 4d 2 3 -1d"}, CUBIC, "contradict each other"),
        ({"symbol": "P 1 21/n 1", "hall": "-P 2ybc"}, MONOCLINIC_B, "contradict each other"),
        ({"symbol": "P n m a", "number": 166}, ORTHORHOMBIC, "contradict each other"),
        (
            {"symbol": "P 3 m a x"},
            CUBIC,
            "'P 3 m a x', is not among the 530 settings .* write out the symmetry operators",
        ),
        ({"hall": "P 17"}, CUBIC, "Hall symbol 'P 17', is not among"),
        ({"number": 231}, CUBIC, "number 231, is not among"),
    ],
)
def test_settings_are_refused_rather_than_ignored(names, cell, what):
    refuse(what, cell, **names)
