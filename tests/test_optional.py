"""Optional packages that are not installed, and those that fail to import."""

import pytest

from interfacekit.errors import InputError
from interfacekit.optional import needed


def test_a_package_that_is_not_installed():
    line = r"^plots needs none_such; install with: pip install 'interfacekit\[io\]'$"
    with pytest.raises(InputError, match=line), needed("plots", "none_such", extra="io"):
        import none_such.part  # noqa: F401


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise OSError('libx.so: no such file')", "OSError: libx.so"),
        ("import none_such", "ModuleNotFoundError: No module named 'none_such'"),
        ("from json import none_such", "ImportError: cannot import name"),
    ],
)
def test_a_package_that_fails_to_import(tmp_path, monkeypatch, source, reason):
    (tmp_path / "broken_package.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    refused = pytest.raises(InputError, match="installed but failing to import")
    with refused as caught, needed("plots", "broken_package", extra="io"):
        import broken_package  # noqa: F401
    assert reason in str(caught.value)
    assert "--force-reinstall 'interfacekit[io]'" in str(caught.value)
