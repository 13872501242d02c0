"""Exporting a program from the window: each kind from the menu and from the panel, and what is refused."""

import ast
import json
import os
from types import SimpleNamespace

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog

from gdstudio.app.studio import Studio
from gdstudio.document.codegen import TARGETS

KINDS = {
    "numpy": "plain NumPy",
    "torch": "PyTorch",
    "keras": "Keras",
    "notebook": "plain NumPy",
}


@pytest.fixture
def studio(same_studio: Studio) -> Studio:
    return same_studio


def is_sentence(text):
    return text[:1].strip() != "" and text.endswith(".") and "\n" not in text and "Error" not in text


@pytest.fixture
def asked(monkeypatch):
    """A dialog that takes the file ``saves`` and the filter that begins with ``kind``, the first one otherwise."""
    said = SimpleNamespace(saves="", kind="", offered=[], filters=[])

    def choose(parent, caption, suggestion, filters):
        assert caption == "Export code"
        said.offered.append(suggestion)
        said.filters.append(filters.split(";;"))
        chosen = next(each for each in said.filters[-1] if each.startswith(said.kind))
        return (str(said.saves), chosen) if said.saves else ("", "")

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    return said


def from_panel(desk, kind):
    action = desk.window.code_panel.findChild(QAction, f"export-{kind}")
    assert action in desk.window.code_panel.export_button.menu().actions()
    action.trigger()


def from_menu(desk, kind):
    desk.do("exportCodeAction")


WAYS = {"panel": from_panel, "menu": from_menu}


def files_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".ini")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_written_as_the_session_has_it(desk, asked, tmp_path, way, kind):
    desk.open("xor").session.descend(12)
    file = tmp_path / f"mine{TARGETS[kind].suffix}"
    asked.saves, asked.kind = file, TARGETS[kind].label
    WAYS[way](desk, kind)
    text = file.read_bytes().decode()
    assert text == desk.session.program(kind)
    assert f"in {KINDS[kind]}, 12 steps from the start." in text
    assert desk.message == ""
    if kind == "notebook":
        assert json.loads(text)["nbformat"] == 4
    else:
        ast.parse(text)


def test_the_menu_offers_every_kind_and_the_panel_one(desk, asked):
    desk.do("exportCodeAction")
    expected = [f"{target.label} (*{target.suffix})" for target in TARGETS.values()]
    assert asked.filters == [expected]
    for kind in TARGETS:
        from_panel(desk, kind)
    assert asked.filters[1:] == [[each] for each in expected]


def test_the_panels_menu_names_every_kind(desk):
    texts = [action.text() for action in desk.window.code_panel.export_button.menu().actions()]
    assert texts == [f"{target.label}…" for target in TARGETS.values()]


def test_the_title_is_offered_with_the_suffix_of_the_kind(desk, asked):
    desk.open("xor")
    from_panel(desk, "torch")
    from_panel(desk, "notebook")
    desk.session.rename("")
    desk.do("exportCodeAction")
    assert asked.offered == ["XOR.py", "XOR.ipynb", "untitled.py"]


@pytest.mark.parametrize(
    ("kind", "suffix"), [("numpy", ".py"), ("torch", ".py"), ("keras", ".py"), ("notebook", ".ipynb")]
)
def test_a_missing_suffix_is_added(desk, asked, tmp_path, kind, suffix):
    folder = tmp_path / "out"
    folder.mkdir()
    asked.saves, asked.kind = folder / "plain", TARGETS[kind].label
    from_panel(desk, kind)
    desk.do("exportCodeAction")
    assert files_in(folder) == [f"plain{suffix}"]


def test_a_file_that_only_the_added_suffix_would_write_over_is_asked_about(desk, asked, dialogs, tmp_path):
    (tmp_path / "model.py").write_text("# mine\n")
    asked.saves = tmp_path / "model"
    from_panel(desk, "numpy")
    assert dialogs.questions == ["model.py is already in this folder. Replace it?"]
    assert (tmp_path / "model.py").read_text() == "# mine\n"
    dialogs.answer = dialogs.buttons.Save
    from_panel(desk, "numpy")
    assert (tmp_path / "model.py").read_text(encoding="utf-8") == desk.session.program("numpy")


def test_a_name_that_is_too_long_is_refused_in_a_sentence(desk, asked, tmp_path):
    asked.saves = tmp_path / ("n" * 300)
    from_panel(desk, "numpy")
    assert "can't be written" in desk.message


def test_a_suffix_of_ones_own_is_kept(desk, asked, tmp_path):
    asked.saves = tmp_path / "program.txt"
    from_panel(desk, "numpy")
    assert (tmp_path / "program.txt").is_file()


def test_an_older_file_is_replaced(desk, asked, tmp_path):
    asked.saves = tmp_path / "a.py"
    asked.saves.write_text("# something else\n" * 10_000)
    from_panel(desk, "numpy")
    assert asked.saves.read_text(encoding="utf-8") == desk.session.program("numpy")


def test_what_is_looked_at_is_what_is_exported(desk, asked, tmp_path):
    desk.open("xor").session.descend(12)
    desk.session.view_step(5)
    asked.saves = tmp_path / "a.py"
    desk.do("exportCodeAction")
    assert "5 steps from the start" in asked.saves.read_text(encoding="utf-8")
    assert desk.session.viewed.state.step == 5
    desk.check_screen()


@pytest.mark.parametrize("way", WAYS)
def test_a_cancelled_dialog_writes_nothing_and_says_nothing(desk, asked, tmp_path, monkeypatch, way):
    monkeypatch.chdir(tmp_path)
    before = files_in(tmp_path)
    WAYS[way](desk, "keras")
    assert len(asked.offered) == 1
    assert files_in(tmp_path) == before
    assert desk.message == ""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["torch", "keras"])
def test_one_weight_at_a_time_is_refused_in_a_sentence_and_no_file_is_there(desk, asked, tmp_path, way, kind):
    desk.open("xor").do("sequentialAction")
    folder = tmp_path / "out"
    folder.mkdir()
    asked.saves, asked.kind = folder / "a.py", TARGETS[kind].label
    WAYS[way](desk, kind)
    assert desk.message.startswith(KINDS[kind])
    assert is_sentence(desk.message)
    assert files_in(folder) == []
    asked.kind = ""
    from_panel(desk, "numpy")
    assert files_in(folder) == ["a.py"]


def test_what_is_refused_leaves_an_older_file_as_it_was(desk, asked, tmp_path):
    desk.open("xor").do("sequentialAction")
    asked.saves = tmp_path / "a.py"
    asked.saves.write_text("# mine\n")
    from_panel(desk, "torch")
    assert asked.saves.read_text() == "# mine\n"


@pytest.mark.parametrize("place", ["missing/a.py", "file/a.py", "folder.py"])
def test_where_nothing_can_be_written_a_sentence_says_so(desk, asked, tmp_path, place):
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder.py").mkdir()
    before = files_in(tmp_path)
    asked.saves = tmp_path / place
    from_panel(desk, "numpy")
    assert "can't be written" in desk.message
    assert is_sentence(desk.message)
    assert files_in(tmp_path) == before


def test_a_disk_that_fails_in_the_middle_leaves_no_half_file(desk, asked, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    folder = tmp_path / "out"
    folder.mkdir()
    asked.saves = folder / "a.py"
    asked.saves.write_text("# mine\n")
    monkeypatch.setattr(os, "fsync", full)
    from_panel(desk, "numpy")
    assert desk.message == "a.py can't be written: No space left on device."
    assert files_in(folder) == ["a.py"]
    assert asked.saves.read_text() == "# mine\n"


def test_exporting_is_no_change_of_the_document(desk, asked, tmp_path):
    desk.open("xor")
    asked.saves = tmp_path / "a.py"
    before = desk.session.project
    desk.do("exportCodeAction")
    assert desk.session.project is before
    assert not desk.window.isWindowModified()
    assert desk.session.path is None


def test_what_was_said_about_a_failed_export_goes_when_it_is_written(desk, asked, tmp_path):
    asked.saves = tmp_path / "missing" / "a.py"
    from_panel(desk, "numpy")
    assert desk.message
    asked.saves = tmp_path / "a.py"
    from_panel(desk, "numpy")
    assert asked.saves.is_file()
    assert desk.message == ""


def test_a_title_that_looks_like_a_path_is_offered_as_a_name(desk, asked):
    desk.open("xor").session.rename("../../up/and/away")
    desk.do("exportCodeAction")
    assert "/" not in asked.offered[-1]
