from importlib import metadata

import pytest

import interfacekit
from interfacekit.versions import package_version, version_of


def test_versions_are_those_of_the_installed_packages():
    assert package_version() == interfacekit.__version__ == metadata.version("interfacekit")
    assert version_of("numpy") == metadata.version("numpy")


def test_a_package_that_is_not_installed_has_none():
    with pytest.raises(metadata.PackageNotFoundError):
        version_of("interfacekit-of-nobody")
