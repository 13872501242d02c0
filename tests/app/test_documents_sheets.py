"""Sheets of exercises: what was asked for is what is written, and nothing where it was not wanted or can't be."""

import os
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit

from gdstudio.app.studio import Studio
from gdstudio.teaching.practice import Level
from gdstudio.teaching.sheet import markdown, sheet_of, web_page
from gdstudio.ui.dialogs.sheet_dialog import ALL_LEVELS, SheetDialog

HTML, MARKDOWN = "Web page (*.html)", "Markdown (*.md)"


@pytest.fixture
def studio(forgetful_studio: Studio) -> Studio:
    return forgetful_studio


@pytest.fixture
def asked(monkeypatch, dialogs, tmp_path):
    """Dialogs that are filled in at once: what is typed into the sheet's, and the file that is chosen."""
    said = SimpleNamespace(
        agrees=True, count="4", seed="7", level="ERROR", answers=False, path=tmp_path / "sheet.html", kind=HTML,
        shown=[], filters=[],
    )  # fmt: skip

    def fill_in(dialog: SheetDialog) -> int:
        said.shown.append(dialog.level)
        dialog.level_combo.show_choice(said.level)
        for name, text in (("sheetCountField", said.count), ("sheetSeedField", said.seed)):
            field = dialog.findChild(QLineEdit, name)
            field.selectAll()
            QTest.keyClicks(field, text)
            field.commit()
        dialog.answers.setChecked(said.answers)
        return int(said.agrees)

    def choose(parent, caption, suggestion, filters):
        said.filters.append((caption, suggestion, filters))
        return str(said.path), said.kind

    monkeypatch.setattr(SheetDialog, "exec", fill_in)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    return said


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize(("kind", "suffix", "write"), [(HTML, ".html", web_page), (MARKDOWN, ".md", markdown)])
@pytest.mark.parametrize("level", ["ERROR", ALL_LEVELS])
def test_what_was_asked_for_is_written(desk, asked, tmp_path, level, kind, suffix, write, answers):
    asked.level, asked.kind, asked.answers = level, kind, answers
    asked.path = tmp_path / f"sheet{suffix}"
    desk.do("sheetAction")
    levels = list(Level) if level == ALL_LEVELS else [Level.ERROR]
    assert asked.path.read_bytes() == write(sheet_of(levels, 4, 7), answers=answers).encode()
    assert desk.message == ""


@pytest.mark.parametrize(("kind", "suffix"), [(HTML, ".html"), (MARKDOWN, ".md")])
def test_a_name_without_an_ending_gets_that_of_its_kind(desk, asked, tmp_path, kind, suffix):
    asked.path, asked.kind = tmp_path / "sheet", kind
    desk.do("sheetAction")
    assert [path.name for path in tmp_path.glob("sheet*")] == [f"sheet{suffix}"]
    assert (tmp_path / f"sheet{suffix}").read_text(encoding="utf-8").startswith(("<!doctype", "# "))


def test_a_name_that_ends_with_md_is_written_as_markdown(desk, asked, tmp_path):
    asked.path = tmp_path / "sheet.md"
    desk.do("sheetAction")
    assert asked.path.read_text(encoding="utf-8").startswith("# ")


def test_both_kinds_are_offered_the_page_first(desk, asked):
    desk.do("sheetAction")
    assert asked.filters == [("Sheet of exercises", "exercises.html", f"{HTML};;{MARKDOWN}")]


def test_the_level_of_practice_is_offered(desk, asked):
    desk.do("practiceAction")
    desk.studio.school.trainer.set_level("HIDDEN_SLOPE")
    desk.window.practice_panel.sheet_button.click()
    assert asked.shown == ["HIDDEN_SLOPE"]


@pytest.mark.parametrize("where", ["questions", "file"])
def test_what_is_cancelled_writes_nothing(desk, asked, tmp_path, where):
    before = sorted(tmp_path.iterdir())
    asked.agrees = where == "file"
    if where == "file":
        asked.path = ""
    desk.do("sheetAction")
    assert sorted(path for path in tmp_path.iterdir() if path.suffix != ".ini") == [
        path for path in before if path.suffix != ".ini"
    ]
    assert len(asked.filters) == int(where == "file")
    assert desk.message == ""


def test_where_nothing_can_be_written_a_sentence_says_so(desk, asked, tmp_path):
    asked.path = tmp_path / "no such folder" / "sheet.html"
    desk.do("sheetAction")
    assert "sheet.html" in desk.message or "no such folder" in desk.message
    assert desk.message.endswith(".")
    assert not asked.path.exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything can be written by root")
def test_a_folder_that_may_not_be_written_into_is_told(desk, asked, tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o555)
    asked.path = folder / "sheet.html"
    desk.do("sheetAction")
    assert desk.message.endswith(".")


def test_the_document_is_left_as_it_is(desk, asked):
    before = desk.session.project
    desk.do("sheetAction")
    assert desk.session.project is before
    assert not desk.session.is_modified


def test_no_dialog_is_left_behind(desk, asked, qapp):
    desk.do("sheetAction")
    assert [each for each in qapp.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()] == []
    assert Qt.WindowModality.NonModal == desk.window.windowModality()
