import pytest
from PySide6.QtCore import QLibraryInfo, QMimeData, QPoint, QPointF, Qt, QUrl, QVersionNumber
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMenu

from gdstudio.app.studio import Studio
from gdstudio.document.edits import rename_node
from gdstudio.document.examples import load_example
from gdstudio.document.files import encode, load, save
from gdstudio.document.project import NodeRef
from gdstudio.document.reading import read_document
from gdstudio.resources import MissingResource
from gdstudio.ui.dialogs.import_dialog import ImportDialog

BROKEN = {
    "cut.gds": lambda: _saved("one-weight")[:-40],
    "empty.gds": lambda: b"",
    "words.gds": lambda: b"Once upon a time",
    "other.gds": lambda: b'{"format": "something else"}',
    "newer.gds": lambda: b'{"format": "gdstudio", "version": 99}',
    "binary.csv": lambda: b"\0\1\2\xff",
    "header.csv": lambda: b"a,b\n",
    "deep.gds": lambda: b"[" * 100_000,
}


def _saved(key):
    return encode(load_example(key))


def is_sentence(text):
    return text[:1].strip() != "" and text.endswith(".") and "\n" not in text and "Error" not in text


@pytest.fixture
def studio(forgetful_studio: Studio) -> Studio:
    return forgetful_studio


# Saving and opening.


def test_what_is_saved_is_opened_again_bit_for_bit(desk, dialogs, tmp_path):
    desk.do("stepAction", "stepAction")
    before = desk.session.project
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAsAction")
    assert (desk.session.path, desk.window.isWindowModified()) == (tmp_path / "a.gds", False)
    dialogs.opens = tmp_path / "a.gds"
    desk.do("newAction", "openAction")
    after = desk.session.project
    assert after.parameters.tobytes() == before.parameters.tobytes()
    assert after.state.step == 2
    desk.check_screen()
    desk.do("resetAction")
    assert desk.session.project.parameters.tobytes() == before.start.parameters.tobytes()


def test_save_asks_for_a_file_only_the_first_time(desk, dialogs, tmp_path):
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAction", "stepAction", "saveAction")
    assert len(dialogs.offered) == 1
    assert load(tmp_path / "a.gds").state.step == 1


def test_save_as_offers_the_title_at_first_and_then_the_file(desk, dialogs, tmp_path):
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAsAction", "saveAsAction")
    assert dialogs.offered == ["Hidden layer.gds", str(tmp_path / "a.gds")]


@pytest.mark.parametrize("chosen", ["plain", "v1.2", "model.csv", "notes.txt", "a.gds"])
def test_a_saved_document_can_be_opened_again_whatever_it_was_called(desk, dialogs, tmp_path, chosen):
    dialogs.saves = tmp_path / chosen
    desk.do("saveAsAction")
    document, _ = read_document(desk.session.path)
    assert document.project.network == desk.session.project.network


def test_a_save_dialog_that_is_cancelled_leaves_everything(desk, dialogs):
    desk.do("stepAction", "saveAction")
    assert desk.session.path is None
    assert desk.window.isWindowModified()


@pytest.mark.parametrize("place", ["missing/a.gds", "file/a.gds", "folder.gds"])
def test_where_nothing_can_be_written_a_sentence_says_so(desk, dialogs, tmp_path, place):
    (tmp_path / "file").write_text("a file")
    (tmp_path / "folder.gds").mkdir()
    before = sorted(tmp_path.rglob("*"))
    dialogs.saves = tmp_path / place
    desk.do("stepAction", "saveAsAction")
    assert "can't be written" in desk.message
    assert is_sentence(desk.message)
    assert desk.window.isWindowModified()
    assert desk.session.path is None
    assert [path for path in sorted(tmp_path.rglob("*")) if path.suffix != ".ini"] == [
        path for path in before if path.suffix != ".ini"
    ]


def test_a_read_only_place_keeps_the_old_file(desk, mine, monkeypatch):
    desk.studio.documents.open_path(mine)
    old = mine.read_bytes()

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.mkstemp", refuse)
    desk.do("stepAction", "saveAction")
    assert desk.message == "mine.gds can't be written: Permission denied."
    assert mine.read_bytes() == old
    assert desk.window.isWindowModified()


def test_what_was_said_about_a_failed_save_goes_when_it_is_saved(desk, dialogs, tmp_path):
    dialogs.saves = tmp_path / "missing" / "a.gds"
    desk.do("saveAsAction")
    assert desk.message
    dialogs.saves = tmp_path / "a.gds"
    desk.do("saveAsAction")
    assert desk.message == ""


def test_what_was_said_about_another_file_goes_when_one_is_opened(desk, mine, tmp_path):
    desk.studio.documents.open_path(tmp_path / "missing.gds")
    assert desk.message
    desk.studio.documents.open_path(mine)
    assert desk.message == ""


# What can't be opened.


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_not_ours_leaves_the_open_document_untouched(desk, dialogs, tmp_path, name):
    (tmp_path / name).write_bytes(BROKEN[name]())
    before, path = desk.session.project, desk.session.path
    desk.do("stepAction")
    dialogs.answer = dialogs.buttons.Discard
    dialogs.opens = tmp_path / name
    desk.do("openAction")
    assert name in desk.message
    assert is_sentence(desk.message)
    assert desk.session.path == path
    assert desk.window.isWindowModified()
    desk.check_screen()
    desk.do("undoAction")
    assert desk.session.project is before
    assert tmp_path / name not in desk.studio.preferences.recent_files


@pytest.mark.parametrize("name", ["missing.gds", ".", "a" * 300 + ".gds"])
def test_a_place_without_a_file_is_told(desk, tmp_path, name):
    before = desk.session.project
    assert not desk.studio.documents.open_path(tmp_path / name)
    assert is_sentence(desk.message)
    assert desk.session.project is before


# Tables.


def test_a_table_is_opened_as_a_new_project_that_has_no_file_yet(desk, dialogs, tmp_path):
    path = tmp_path / "cats.csv"
    path.write_text("age,weight\n1,2.5\n2,3\n")
    dialogs.opens = path
    desk.do("openAction")
    assert desk.session.project.data.column_names == ("age", "weight")
    assert desk.session.path is None
    assert desk.caption == "cats"
    desk.check_screen()
    desk.do("stepAction", "saveAction")
    assert dialogs.offered[-1] == "cats.gds"
    assert path.read_text().startswith("age")
    assert dialogs.imports == ["2 examples with 1 input and 1 target: weight."]


MIXED = "kind,x,y\ncat,1,2\ndog,,3\ncat,4,5\n"


def test_a_table_that_is_not_all_numbers_is_shown_first_however_it_is_opened(desk, dialogs, tmp_path):
    path = tmp_path / "cats.csv"
    path.write_text(MIXED)
    assert desk.studio.documents.open_path(path)
    data = desk.session.project.data
    assert data.column_names == ("kind = dog", "x", "y")
    assert data.columns.tolist() == [[0.0, 1.0, 2.0], [0.0, 4.0, 5.0]]
    assert "1 row of 3 left out: a cell is missing." in dialogs.imports[0]
    desk.check_screen()


def test_what_is_chosen_in_the_dialog_is_what_is_imported(desk, dialogs, tmp_path):
    path = tmp_path / "cats.csv"
    path.write_text(MIXED)

    def choose(dialog):
        dialog.notes.setText("")
        dialog.filling_combo.setCurrentIndex(dialog.filling_combo.findData("mean"))
        dialog.filling_combo.activated.emit(1)

    dialogs.on_import = choose
    assert desk.studio.documents.open_path(path)
    assert desk.session.project.data.columns.tolist() == [[0.0, 1.0, 2.0], [1.0, 2.5, 3.0], [0.0, 4.0, 5.0]]


def test_a_table_of_which_nothing_comes_leaves_the_document(desk, dialogs, tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("a,b\n1,two\n")
    before = desk.session.project
    assert not desk.studio.documents.open_path(path)
    assert dialogs.imports == ["Choose at least one column as input."]
    assert desk.session.project is before
    assert recent(desk) == []


def test_a_large_table_is_shown_first_also_where_it_is_all_numbers(desk, dialogs, tmp_path, monkeypatch):
    path = tmp_path / "cats.csv"
    path.write_text("age,weight\n1,2.5\n2,3\n")
    assert desk.studio.documents.open_path(path)
    assert dialogs.imports == []
    monkeypatch.setattr("gdstudio.app.documents._LARGE", path.stat().st_size - 1)
    assert desk.studio.documents.open_path(path)
    assert len(dialogs.imports) == 1


def test_a_table_that_was_imported_is_a_recent_file_and_how_far_it_is_read_is_shown(desk, tmp_path, monkeypatch):
    shares: list = []

    def watch(dialog, share):
        shares.append(share)

    monkeypatch.setattr(ImportDialog, "show_progress", watch)
    path = tmp_path / "cats.csv"
    path.write_text(MIXED)
    assert desk.studio.documents.open_path(path)
    assert [action.text() for action in recent(desk)] == ["cats.csv"]
    assert shares == sorted(shares) != []


def test_a_table_whose_dialog_is_cancelled_is_read_no_further(desk, tmp_path, monkeypatch):
    path = tmp_path / "cats.csv"
    path.write_text(MIXED)
    before = desk.session.project
    monkeypatch.setattr(ImportDialog, "exec", lambda dialog: bool(dialog.reject()))
    assert not desk.studio.documents.open_path(path)
    assert not desk.studio.jobs.is_busy("import")
    assert desk.session.project is before
    assert desk.message == ""


def test_a_table_that_is_not_there_is_told_when_it_is_chosen(desk, dialogs, tmp_path):
    dialogs.opens = tmp_path / "none.csv"
    desk.do("openAction")
    assert desk.message == f"none.csv does not exist in {tmp_path}."


# Recent files.


def recent(desk):
    menu = next(m for m in desk.window.findChildren(QMenu) if m.title() == "Open &recent")
    return menu.actions()


def test_recent_files_are_offered_newest_first_and_opened(desk, dialogs, mine, tmp_path):
    other = tmp_path / "other.gds"
    save(load_example("xor"), other)
    desk.studio.documents.open_path(mine)
    desk.studio.documents.open_path(other)
    assert [action.text() for action in recent(desk)] == ["other.gds", "mine.gds"]
    recent(desk)[1].trigger()
    assert desk.session.path == mine
    assert [action.text() for action in recent(desk)] == ["mine.gds", "other.gds"]


def test_a_recent_file_asks_about_unsaved_changes(changed, dialogs, mine):
    changed.studio.preferences.add_recent_file(mine)
    changed.studio.documents.recent_changed.emit()
    recent(changed)[0].trigger()
    assert len(dialogs.questions) == 1
    assert changed.session.path is None


def test_a_file_that_could_not_be_saved_is_no_recent_one(desk, dialogs, tmp_path):
    dialogs.saves = tmp_path / "missing" / "a.gds"
    desk.do("saveAsAction")
    assert recent(desk) == []


def test_a_recent_file_that_is_gone_is_told(desk, mine):
    desk.studio.documents.open_path(mine)
    desk.do("newAction")
    mine.unlink()
    recent(desk)[0].trigger()
    assert desk.message == f"mine.gds does not exist in {mine.parent}."


# Dropped files.


def drop(desk, *urls):
    data = QMimeData()
    data.setUrls(list(urls))
    copy, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    # Since Qt 6.12 the place is one of floating point, and warns of any other; before, it must not be.
    place = QPointF(50, 50) if QLibraryInfo.version() >= QVersionNumber(6, 12) else QPoint(50, 50)
    entered = QDragEnterEvent(place, copy, data, button, keys)
    entered.ignore()
    QApplication.sendEvent(desk.window, entered)
    QApplication.sendEvent(desk.window, QDropEvent(QPointF(50, 50), copy, data, button, keys))


def test_a_dropped_file_is_opened(desk, mine):
    drop(desk, QUrl.fromLocalFile(str(mine)))
    assert desk.session.path == mine
    desk.check_screen()


def test_of_several_dropped_files_the_first_is_opened_and_that_is_said_unless_it_can_not_be(desk, mine):
    urls = [QUrl.fromLocalFile(str(path)) for path in (mine, mine.with_name("none.gds"))]
    drop(desk, *urls)
    assert desk.session.path == mine
    assert desk.message == "One file at a time: mine.gds is the first of 2."
    drop(desk, *urls[::-1])
    assert desk.message == f"none.gds does not exist in {mine.parent}."
    drop(desk, urls[0], urls[0])
    assert desk.session.path == mine


def test_a_dropped_file_asks_about_unsaved_changes(changed, dialogs, mine):
    drop(changed, QUrl.fromLocalFile(str(mine)))
    assert len(dialogs.questions) == 1
    assert changed.session.path is None


def test_a_dropped_address_of_the_web_is_left_alone(desk, dialogs):
    before = desk.session.project
    drop(desk, QUrl("https://example.org/a.gds"))
    assert desk.session.project is before


# Names as they are.


def test_the_title_says_file_and_changes(desk, mine):
    desk.studio.documents.open_path(mine)
    assert desk.caption == "mine.gds"
    desk.do("stepAction")
    assert desk.caption == "mine.gds*"
    desk.do("undoAction")
    assert desk.caption == "mine.gds"


def test_the_title_follows_a_rename_and_its_undo_also_among_other_changes(desk):
    desk.do("stepAction")
    assert desk.caption == "Hidden layer*"
    desk.session.rename("The lecture")
    assert desk.caption == "The lecture*"
    desk.do("undoAction")
    assert desk.caption == "Hidden layer*"


@pytest.mark.parametrize("name", ["a & b.gds", "<b>bold<b>.gds", "%s.gds", "a&amp;b.gds", "[*].gds", "x[*][*]y.gds"])
def test_a_file_name_is_shown_as_it_is(desk, mine, name):
    path = mine.rename(mine.with_name(name))
    desk.studio.documents.open_path(path)
    assert desk.caption == name
    desk.do("stepAction")
    assert desk.caption == f"{name}*"
    assert recent(desk)[0].text().replace("&&", "&") == name
    assert "&" not in recent(desk)[0].text().replace("&&", "")


def test_a_column_name_is_shown_as_it_is(desk, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("R&D <i>x</i>,y\n1,2\n3,4\n")
    desk.studio.documents.open_path(path)
    desk.type_weight(0, "3")
    assert desk.column(0)[0] == "R&D <i>x</i> → prediction"
    text = desk.window.actions_by_name["undoAction"].text().removeprefix("&Undo ")
    assert "&" not in text.replace("&&", "")
    desk.check_screen()


def test_a_title_in_markup_is_shown_as_it_is(desk, mine):
    save(rename_node(load_example("one-weight"), NodeRef(0, 0), "<img src=x>"), mine)
    desk.studio.documents.open_path(mine)
    desk.session.rename("<h1>big</h1>")
    assert desk.window.step_bar.title.text() == "<h1>big</h1>"
    assert desk.window.step_bar.title.textFormat() == Qt.TextFormat.PlainText
    assert desk.window.step_bar.title.toolTip() == "<span>mine.gds</span>"
    node = desk.window.canvas.network_scene._nodes[NodeRef(0, 0)]
    assert node.toolTip() == "<span>&lt;img src=x&gt;</span>"


# Preferences.


def test_a_shipped_example_that_is_missing_is_told(desk, monkeypatch):
    def missing(name):
        raise MissingResource(f"The bundled file {name} is missing; install gdstudio again.")

    before = desk.session.project
    monkeypatch.setattr("gdstudio.document.examples.resource", missing)
    desk.do("example-xor")
    desk.window.control_panel.data.data_requested.emit("xor")
    assert desk.message == "The bundled file examples/xor.gds is missing; install gdstudio again."
    assert desk.session.project is before


# Another title.


@pytest.mark.parametrize(("typed", "agreed", "title"), [("Week 3", True, "Week 3"), ("Week 3", False, "Hidden layer")])
def test_a_title_is_asked_for_and_can_be_undone(desk, monkeypatch, typed, agreed, title):
    asked = []

    def answer(parent, caption, label, text):
        asked.append(text)
        return typed, agreed

    monkeypatch.setattr("gdstudio.app.documents.QInputDialog.getText", answer)
    desk.do("renameAction")
    assert asked == ["Hidden layer"]
    assert desk.session.project.title == title
    assert desk.session.undo_stack.count() == int(agreed)
    desk.do("undoAction")
    assert desk.session.project.title == "Hidden layer"
