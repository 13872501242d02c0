"""Lifeboats: open work comes back as it was, and anything else in their place is refused with a sentence."""

import json
import os
from pathlib import Path

import msgspec
import pytest

from gdstudio.document import files
from gdstudio.document.document import Document
from gdstudio.document.errors import ProjectError
from gdstudio.document.examples import load_example
from gdstudio.document.lifeboat import Lifeboat, launch, reach
from gdstudio.document.reading import read_document
from gdstudio.document.viewpoint import View


@pytest.fixture
def place(tmp_path):
    return tmp_path / "window-0.boat"


def work(key="xor"):
    return Document(load_example(key), (), View(example=None))


def changed(place, **fields):
    """Write a lifeboat with other fields than it would have."""
    launch(Lifeboat(work(), None), place)
    content = json.loads(place.read_bytes()) | fields
    place.write_text(json.dumps({name: value for name, value in content.items() if value is not ...}))
    return place


def refused(place):
    with pytest.raises(ProjectError) as error:
        reach(place)
    text = str(error.value)
    assert text.startswith(f"{place.name} ")
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_open_work_comes_back_byte_by_byte(place):
    launch(Lifeboat(work(), None), place)
    assert files.encode(reach(place).document) == files.encode(work())


@pytest.mark.parametrize("path", [None, Path("/some/where/a “b” ü.gds"), Path("relative.gds")])
@pytest.mark.parametrize("attempts", [0, 1, 7])
def test_where_it_belongs_and_how_often_it_was_taken_up_come_back(place, path, attempts):
    launch(Lifeboat(work(), path, attempts), place)
    boat = reach(place)
    assert (boat.path, boat.attempts) == (path, attempts)


@pytest.mark.skipif(os.name != "posix", reason="names that are no text")
def test_a_file_whose_name_is_no_text_comes_back_too(place):
    path = Path(os.fsdecode(b"/some/where/M\xfcller.gds"))
    launch(Lifeboat(work(), path), place)
    assert reach(place).path == path


def test_a_newer_lifeboat_takes_the_place_of_the_older_alone(place):
    launch(Lifeboat(work(), None), place)
    launch(Lifeboat(work("two-weights"), None), place)
    assert files.encode(reach(place).document) == files.encode(work("two-weights"))
    assert list(place.parent.iterdir()) == [place]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\0\1\xff", b"words", b"\xff\xfe{}", b"[" * 100_000, files.encode(work())],
    ids=["empty", "no fields", "list", "null", "binary", "words", "other encoding", "deep", "a studio file"],
)
def test_what_is_no_lifeboat_is_refused(place, content):
    place.write_bytes(content)
    assert refused(place) == "window-0.boat is not what the studio wrote."


@pytest.mark.parametrize("field", ["format", "path", "attempts", "document"])
def test_a_lifeboat_without_one_of_its_fields_is_refused(place, field):
    refused(changed(place, **{field: ...}))


@pytest.mark.parametrize(
    "fields",
    [
        {"format": "gdstudio"}, {"format": 1}, {"path": 1}, {"path": None}, {"attempts": "1"}, {"attempts": 1.5},
        {"document": None}, {"document": []}, {"document": {}}, {"document": "words"}, {"more": 1},
        {"document": {"format": "gdstudio", "version": 99}},
    ],
    ids=str,
)  # fmt: skip
def test_a_lifeboat_with_another_value_is_refused(place, fields):
    refused(changed(place, **fields))


def test_a_lifeboat_that_was_cut_anywhere_is_refused(place):
    launch(Lifeboat(work("one-weight"), None), place)
    content = place.read_bytes()
    for length in range(0, len(content.rstrip(b"}\n ")), 97):
        place.write_bytes(content[:length])
        refused(place)


def test_a_lifeboat_that_is_missing_or_a_folder_is_refused(place):
    refused(place)
    place.mkdir()
    refused(place)


def test_where_none_can_be_written_a_sentence_says_so(tmp_path):
    with pytest.raises(ProjectError, match=r"^window-0\.boat can't be written: .*\.$"):
        launch(Lifeboat(work(), None), tmp_path / "none" / "window-0.boat")


def test_a_lifeboat_holds_the_document_as_its_own_file_does(place):
    launch(Lifeboat(work(), None), place)
    inside = msgspec.json.decode(place.read_bytes(), type=dict[str, msgspec.Raw])["document"]
    assert json.loads(bytes(inside)) == json.loads(files.encode(work()))


def test_what_the_file_was_when_the_work_began_comes_back(place):
    launch(Lifeboat(work(), Path("/a/b.gds"), 0, "abc"), place)
    assert reach(place).fingerprint == "abc"


def test_a_lifeboat_can_be_opened_as_a_document_that_has_no_file_to_save_to(place):
    launch(Lifeboat(work(), Path("/a/b.gds")), place)
    aside = place.with_suffix(".aside")
    aside.write_bytes(place.read_bytes())
    for path in (place, aside):
        document, home = read_document(path)
        assert files.encode(document) == files.encode(work())
        assert home is None
