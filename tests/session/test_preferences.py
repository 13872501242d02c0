from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from gdstudio.session.preferences import RECENT_FILES, THEMES, Preferences
from gdstudio.teaching.practice_view import Progress


@pytest.fixture
def ini(tmp_path) -> Path:
    return tmp_path / "preferences.ini"


def preferences_in(ini: Path) -> Preferences:
    """A reader of the file that knows nothing but what is written there."""
    return Preferences(QSettings(str(ini), QSettings.Format.IniFormat))


def test_without_a_file_everything_has_its_default(ini):
    preferences = preferences_in(ini)
    assert (preferences.theme, preferences.reduced_motion, preferences.recent_files) == ("system", False, [])
    assert [bytes(part.data()) for part in preferences.window_state] == [b"", b""]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("reduced", [True, False])
def test_what_is_written_is_read_back_with_its_type_by_another_process(ini, theme, reduced):
    written = preferences_in(ini)
    written.theme, written.reduced_motion = theme, reduced
    written.window_state = QByteArray(b"\x00\x01geometry\xff"), QByteArray(b"\x00arrangement")
    files = [Path("/somewhere/a, b.gds"), Path("/somewhere/ü €.gds"), Path("/back\\slash/50%25.gds")]
    for path in files:
        written.add_recent_file(path)
    written.save()
    del written
    read = preferences_in(ini)
    assert read.theme == theme
    assert read.reduced_motion is reduced
    assert [bytes(part.data()) for part in read.window_state] == [b"\x00\x01geometry\xff", b"\x00arrangement"]
    assert read.recent_files == files[::-1]


def test_settings_are_kept_as_they_are_set_without_a_call_to_save(ini):
    preferences = preferences_in(ini)
    preferences.reduced_motion = True
    assert preferences.reduced_motion is True


def test_the_newest_of_the_recent_files_comes_first_none_twice_and_only_a_few(ini, tmp_path):
    preferences = preferences_in(ini)
    for number in range(RECENT_FILES + 3):
        preferences.add_recent_file(tmp_path / f"{number}.gds")
    preferences.add_recent_file(tmp_path / "5.gds")
    names = [path.stem for path in preferences.recent_files]
    assert names == ["5", "10", "9", "8", "7", "6", "4", "3"]
    assert len(names) == RECENT_FILES


def test_a_relative_path_is_remembered_as_an_absolute_one(ini, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    preferences = preferences_in(ini)
    preferences.add_recent_file(Path("one.gds"))
    preferences.add_recent_file(tmp_path / "one.gds")
    assert preferences.recent_files == [tmp_path / "one.gds"]


@pytest.mark.parametrize(
    "damaged", ["banana", "17", "a, b", "@Invalid()", "@ByteArray(\\0\\x1)", "@Rect(0 0 1)", "@", ""]
)
def test_a_damaged_theme_or_motion_reads_as_its_default(ini, damaged):
    ini.write_text(f"[General]\ntheme={damaged}\nreduced_motion={damaged}\n")
    preferences = preferences_in(ini)
    assert preferences.theme == "system"
    assert preferences.reduced_motion is False


@pytest.mark.parametrize("damaged", ["banana", "17", "a, b", "@Invalid()", "true", ""])
def test_a_damaged_window_state_reads_as_empty(ini, damaged):
    ini.write_text(f"[General]\ngeometry={damaged}\narrangement={damaged}\n")
    assert [part.isEmpty() for part in preferences_in(ini).window_state] == [True, True]


@pytest.mark.parametrize("damaged", ["a, b", "@Invalid()", "@ByteArray(\\0\\x1)", ""])
def test_damaged_recent_files_read_as_none(ini, damaged):
    ini.write_text(f"[General]\nrecent_files={damaged}\n")
    assert preferences_in(ini).recent_files == []


def test_a_file_that_is_no_settings_file_reads_as_defaults(ini):
    ini.write_bytes(b"\x00\xff\xfe not settings ]][[ = =\n\x00")
    preferences = preferences_in(ini)
    assert (preferences.theme, preferences.reduced_motion, preferences.recent_files) == ("system", False, [])


@pytest.mark.parametrize(("text", "reduced"), [("true", True), ("True", True), ("false", False)])
def test_a_motion_written_as_text_is_read_as_a_truth(ini, text, reduced):
    ini.write_text(f"[General]\nreduced_motion={text}\n")
    assert preferences_in(ini).reduced_motion is reduced


def test_without_a_file_the_welcome_is_wanted_and_nothing_was_learned(ini):
    preferences = preferences_in(ini)
    assert (preferences.shows_welcome, preferences.lesson, preferences.practice) == (True, None, Progress())


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("place", [(3, 2), (1, 0), None])
def test_what_is_remembered_of_learning_is_read_back_by_another_process(ini, shown, place):
    progress = Progress({"ERROR": 2, "BUG": 0}, {"ERROR": 1, "BUG": 0}, {"ERROR": 3, "BUG": 1})
    written = preferences_in(ini)
    written.shows_welcome, written.practice, written.lesson = shown, progress, (9, 9)
    written.lesson = place
    written.save()
    del written
    read = preferences_in(ini)
    assert read.shows_welcome is shown
    assert read.lesson == place
    assert read.practice == progress


@pytest.mark.parametrize(("text", "shown"), [("false", False), ("False", False), ("0", False), ("true", True)])
def test_a_welcome_written_as_text_is_read_as_a_truth(ini, text, shown):
    ini.write_text(f"[General]\nwelcome={text}\n")
    assert preferences_in(ini).shows_welcome is shown


@pytest.mark.parametrize(
    "damaged",
    ["banana", "3", "3/", "/3", "3/2/1", "-1/2", "3/x", "3.5/1", "999999/1", "a, b", "@Invalid()", "@Rect(0 0 1)", ""],
)
def test_damaged_learning_reads_as_not_begun(ini, damaged):
    ini.write_text(f"[General]\nlesson={damaged}\npractice={damaged}\nwelcome={damaged}\n")
    preferences = preferences_in(ini)
    assert (preferences.lesson, preferences.practice, preferences.shows_welcome) == (None, Progress(), True)


@pytest.mark.parametrize("damaged", ["²/1", "1/①"])
def test_digits_that_are_no_numbers_read_as_not_begun(ini, damaged):
    preferences = preferences_in(ini)
    preferences._settings.setValue("lesson", damaged)
    assert preferences.lesson is None
