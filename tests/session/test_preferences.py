import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from gdstudio.document.errors import ProjectError
from gdstudio.session.preferences import RECENT_FILES, THEMES, Preferences, open_settings
from gdstudio.teaching.practice_view import Progress


@pytest.fixture
def ini(tmp_path) -> Path:
    return tmp_path / "preferences.ini"


def preferences_in(ini: Path) -> Preferences:
    return Preferences(QSettings(str(ini), QSettings.Format.IniFormat))


def written_in(ini: Path) -> Preferences:
    """What another process reads of the file: Qt keeps a file that it has read by name, size and the clock's grain."""
    return preferences_in(Path(shutil.copy(ini, ini.with_name(f"copy of {ini.name}"))))


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
    read = written_in(ini)
    assert read.theme == theme
    assert read.reduced_motion is reduced
    assert [bytes(part.data()) for part in read.window_state] == [b"\x00\x01geometry\xff", b"\x00arrangement"]
    assert read.recent_files == files[::-1]


@pytest.mark.parametrize("key", ["theme", "reduced_motion", "welcome", "lesson", "practice", "recent_files"])
@pytest.mark.parametrize(
    "value", ["@ByteArray(\\xd9\\xd0)", "@Variant(\\0\\0)", "@Rect(1 2 3 4)", "@Invalid()", "a, b", "@"]
)
def test_a_value_of_another_kind_reads_as_its_default(ini, key, value):
    ini.write_text(f"[General]\n{key}={value}\n")
    read, plain = preferences_in(ini), preferences_in(ini.with_name("none.ini"))
    name = {"welcome": "shows_welcome"}.get(key, key)
    assert isinstance(getattr(read, name), type(getattr(plain, name)))
    assert read.theme in THEMES
    assert read.folder == ini.parent


@pytest.mark.parametrize("key", ["geometry", "arrangement"])
def test_an_arrangement_that_is_not_what_was_written_is_none_at_all(ini, key):
    written = preferences_in(ini)
    written.window_state = QByteArray(b"geometry"), QByteArray(b"arrangement")
    written.save()
    ini.write_text(ini.read_text().replace(f"{key}=@ByteArray({key})", f"{key}=@ByteArray({key[:-1]}X)"))
    assert [bytes(part.data()) for part in written_in(ini).window_state] == [b"", b""]


@pytest.mark.parametrize("name", ["two\nlines.gds", "M\udcfcller.gds", "a\u2028b.gds"])
def test_a_file_whose_name_is_no_line_of_text_is_not_remembered(ini, tmp_path, name):
    preferences = preferences_in(ini)
    preferences.add_recent_file(tmp_path / "a.gds")
    preferences.add_recent_file(tmp_path / name)
    assert preferences.recent_files == [tmp_path / "a.gds"]


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
    read = written_in(ini)
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


# A settings file that is damaged.


def test_settings_in_a_folder_are_there_and_nowhere_else(tmp_path):
    settings, problem = open_settings(tmp_path / "new" / "folder")
    assert problem == ""
    preferences = Preferences(settings)
    preferences.theme = "dark"
    preferences.save()
    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["gdstudio.ini"]
    assert Preferences(open_settings(tmp_path / "new" / "folder")[0]).theme == "dark"
    assert preferences.folder == tmp_path / "new" / "folder"


def test_without_a_folder_they_are_a_person_s_own(own_settings):
    settings, problem = open_settings()
    assert problem == ""
    assert Preferences(settings).folder == own_settings / "gdstudio"


def test_settings_that_are_no_file_have_a_folder_all_the_same(monkeypatch):
    preferences = Preferences()
    monkeypatch.setattr(QSettings, "fileName", lambda _: r"\HKEY_CURRENT_USER\Software\gdstudio")
    assert preferences.folder.is_absolute()


def good(folder) -> bytes:
    """A settings file as the window writes it, with a window's state in it."""
    preferences = Preferences(open_settings(folder)[0])
    preferences.theme = "dark"
    preferences.window_state = QByteArray(bytes(range(256))), QByteArray(b"arrangement")
    preferences.add_recent_file(folder / "ü € “a”.gds")
    preferences.save()
    return (folder / "gdstudio.ini").read_bytes()


def test_what_the_window_writes_is_never_taken_for_damaged(tmp_path):
    content = good(tmp_path)
    settings, problem = open_settings(tmp_path)
    assert problem == ""
    assert Preferences(settings).theme == "dark"
    assert (tmp_path / "gdstudio.ini").read_bytes() == content


DAMAGED = {
    "binary": bytes(range(256)) * 4,
    "NULs": b"\0" * 300,
    "NULs in the middle": b"[General]\ntheme=dark\0\0\0\n",
    "not UTF-8": b"[General]\ntheme=M\xfcller\n",
    "no settings": b"this is not an ini file at all\n===\n[",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_settings_file_is_set_aside_with_a_sentence_and_others_begin(tmp_path, damage):
    path, aside = tmp_path / "gdstudio.ini", tmp_path / "gdstudio.ini.damaged"
    path.write_bytes(DAMAGED[damage])
    settings, problem = open_settings(tmp_path)
    assert problem == f"The settings were damaged and begin anew; what was there is in {aside}."
    preferences = Preferences(settings)
    assert (preferences.theme, preferences.recent_files) == ("system", [])
    preferences.theme = "dark"
    preferences.save()
    assert aside.read_bytes() == DAMAGED[damage]
    settings, problem = open_settings(tmp_path)
    assert (problem, Preferences(settings).theme) == ("", "dark")


def test_a_settings_file_that_was_cut_is_read_as_far_as_it_goes_or_set_aside(tmp_path):
    content = good(tmp_path)
    for length in range(0, len(content), 41):
        (tmp_path / "gdstudio.ini").write_bytes(content[:length])
        settings, problem = open_settings(tmp_path)
        assert problem == "" or problem.endswith(f"{tmp_path / 'gdstudio.ini.damaged'}.")
        preferences = Preferences(settings)
        assert preferences.theme in THEMES
        assert isinstance(preferences.recent_files, list)
        del settings, preferences


def test_a_folder_in_the_place_of_the_file_is_set_aside_with_all_that_is_in_it(tmp_path):
    path, aside = tmp_path / "gdstudio.ini", tmp_path / "gdstudio.ini.damaged"
    path.mkdir()
    (path / "inside").write_text("mine")
    settings, problem = open_settings(tmp_path)
    assert problem == f"The settings were damaged and begin anew; what was there is in {aside}."
    assert (aside / "inside").read_text() == "mine"
    preferences = Preferences(settings)
    preferences.theme = "dark"
    preferences.save()
    assert b"dark" in path.read_bytes()


def test_a_file_that_can_not_be_read_is_set_aside_with_a_sentence(tmp_path, monkeypatch):
    content = good(tmp_path)

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as unreadable:
        unreadable.setattr(Path, "read_bytes", refuse)
        settings, problem = open_settings(tmp_path)
    assert problem.endswith(f"what was there is in {tmp_path / 'gdstudio.ini.damaged'}.")
    assert Preferences(settings).theme == "system"
    assert (tmp_path / "gdstudio.ini.damaged").read_bytes() == content


def test_what_can_not_be_set_aside_is_told_and_left_as_it_is(tmp_path):
    (tmp_path / "gdstudio.ini").write_bytes(DAMAGED["binary"])
    (tmp_path / "gdstudio.ini.damaged").mkdir()
    _, problem = open_settings(tmp_path)
    assert problem == (
        f"The settings in {tmp_path / 'gdstudio.ini'} are damaged and can't be set aside; "
        "they are used as far as they go."
    )
    assert (tmp_path / "gdstudio.ini").read_bytes() == DAMAGED["binary"]


@pytest.mark.parametrize("name", ["file/inside", "file", "nul\0"])
def test_a_folder_that_can_not_be_made_is_refused_with_a_sentence(tmp_path, name):
    (tmp_path / "file").write_text("a file")
    with pytest.raises(ProjectError, match=r"can't be used for settings: .*\.$") as error:
        open_settings(tmp_path / name)
    assert "\n" not in str(error.value)
