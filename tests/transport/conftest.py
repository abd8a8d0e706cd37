import pytest


@pytest.fixture(params=[2, pytest.param(13, marks=pytest.mark.slow)])
def seed(request):
    """Of a run that is compared within three standard errors."""
    return request.param


@pytest.fixture(params=[(1, 2), pytest.param((11, 12, 13, 14, 15), marks=pytest.mark.slow)], ids=["two", "five"])
def seeds(request):
    """Of engines whose samples count together."""
    return request.param
