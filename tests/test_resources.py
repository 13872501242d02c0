import pytest

from gdstudio import resources
from gdstudio.resources import MissingResource, resource, root


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A place where the studio could be installed, still without bundled files."""
    package = tmp_path / "gdstudio"
    package.mkdir()
    monkeypatch.setattr(resources, "__file__", str(package / "resources.py"))
    root.cache_clear()
    yield package
    root.cache_clear()


@pytest.mark.parametrize("name", ["examples/xor.gds", "examples/SOURCES.md", "reference/training.json"])
def test_a_bundled_file_is_found(name):
    assert resource(name).is_file()
    assert resource(name).is_relative_to(root())


def test_a_file_that_is_not_bundled_is_told_in_a_sentence():
    with pytest.raises(MissingResource, match=r"^The bundled file examples/nothing\.gds is missing; .*\.$"):
        resource("examples/nothing.gds")


def test_a_wheel_has_its_files_inside_the_package(installed):
    (installed / "_resources").mkdir()
    (installed.parent / "resources").mkdir()
    assert root() == installed / "_resources"


def test_a_checkout_has_its_files_beside_the_package(installed):
    (installed.parent / "resources").mkdir()
    assert root() == installed.parent / "resources"


def test_without_any_files_the_sentence_says_what_to_do(installed):
    with pytest.raises(MissingResource, match=r"install gdstudio again\.$"):
        resource("examples/xor.gds")
