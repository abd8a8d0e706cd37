import numpy as np
import pytest

from interfacekit.errors import InputError
from interfacekit.quantities import VOLTAGE
from interfacekit.units import check_voltage_range, lithium_chemical_potential_eV, voltage_V


def test_voltage_is_minus_the_chemical_potential():
    assert lithium_chemical_potential_eV(3.9) == -3.9
    assert voltage_V(-3.9) == 3.9
    assert str(voltage_V(0.0)) == "0.0"


@pytest.mark.parametrize("voltage", [-1e-9, float("nan"), float("inf"), 10.1, 3900, True, "3", None, [3.0]])
def test_voltages_outside_the_scale_are_refused(voltage):
    with pytest.raises(InputError):
        VOLTAGE.check(voltage)


@pytest.mark.parametrize(
    "limits", [(3.0, 3.0), (3.0, 3.0 + 1e-7), (4.0, 3.0), (-1.0, 3.0), (0.0, float("nan")), (2, 20)]
)
def test_ranges_must_rise(limits):
    with pytest.raises(InputError):
        check_voltage_range(limits)


def test_voltages_become_plain_floats():
    for given in (3, np.int64(3), np.float32(3)):
        assert type(VOLTAGE.check(given)) is float
        assert VOLTAGE.check(given) == 3.0
    assert str(VOLTAGE.check(-0.0)) == "0.0"
    assert check_voltage_range((0, np.float64(5))) == (0.0, 5.0)
