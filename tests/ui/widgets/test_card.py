"""Cards frame things; texts in them are plain, whatever they say."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QLabel, QLineEdit, QMainWindow, QWidget

from gdstudio.ui.widgets.card import Card, Dock, ElidedLabel, plain_label, plain_tip

pytestmark = pytest.mark.usefixtures("dressed")
MARKUP = "<b>x</b> & <img src='/etc/passwd'>"


def ask_for_tip(widget: QWidget) -> str:
    event = QHelpEvent(QEvent.Type.ToolTip, QPoint(2, 2), widget.mapToGlobal(QPoint(2, 2)))
    QApplication.sendEvent(widget, event)
    return widget.toolTip()


def test_a_plain_label_shows_markup_as_text(qtbot):
    label = plain_label(MARKUP, "small")
    qtbot.addWidget(label)
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == MARKUP
    assert label.property("role") == "small"


def test_a_tip_shows_markup_as_text():
    assert plain_tip(MARKUP) == "<span>&lt;b&gt;x&lt;/b&gt; &amp; &lt;img src='/etc/passwd'&gt;</span>"


def test_a_line_that_fits_has_no_tip_and_a_cut_one_has_it_whole(shown_alone):
    label = ElidedLabel()
    label.set_text(MARKUP)
    shown_alone(label, 700, 24)
    assert ask_for_tip(label) == ""
    label.resize(40, 24)
    assert ask_for_tip(label) == plain_tip(MARKUP)
    assert label.accessibleName() == MARKUP


def test_another_text_is_painted_and_asks_for_no_other_layout(shown_alone):
    label = shown_alone(ElidedLabel(), 300, 24)
    hint, before = label.sizeHint(), label.grab().toImage()
    label.set_text("loss 16.0")
    assert label.grab().toImage() != before
    assert label.sizeHint() == hint
    assert label.minimumSizeHint().width() == 0


def test_markup_is_painted_as_text(shown_alone):
    label = shown_alone(ElidedLabel(), 300, 24)
    label.set_text("<b></b>")
    painted = label.grab().toImage()
    label.set_text("")
    assert painted != label.grab().toImage()


def test_a_card_shows_caption_info_and_content(shown_alone):
    content = QLabel("inside")
    card = shown_alone(Card("NETWORK", content), 300, 200)
    card.bar.set_caption("NETWORK  2 → 1")
    card.bar.set_info("loss 16.0")
    assert [label.text() for label in card.bar.findChildren(QLabel)] == ["NETWORK  2 → 1", "loss 16.0"]
    assert content.isVisible()
    assert card.rect().contains(content.geometry())


def test_a_dock_is_dragged_by_its_caption_and_shows_its_content(shown_alone):
    content = QLabel("inside")
    dock = Dock("someDock", "Why this slope", "Why", QSize(300, 200))
    dock.hold(content)
    shown_alone(dock, 300, 200)
    assert isinstance(dock, QDockWidget)
    assert dock.objectName() == "someDock"
    assert dock.titleBarWidget() is dock.bar
    assert dock.sizeHint() == QSize(300, 200)
    assert content.isVisible()
    extra = QLabel("link")
    dock.bar.add(extra)
    assert extra.parent() is dock.bar
    assert dock.toggleViewAction().text() == "Why this slope"
    assert dock.windowTitle() == "Why"
    assert next(label.text() for label in dock.bar.findChildren(QLabel)) == "WHY THIS SLOPE"


@pytest.fixture
def two_tabs(shown_alone) -> tuple[QMainWindow, Dock, Dock]:
    """A window with two docks in one place, the second in front."""
    window = QMainWindow()
    docks = [Dock(name, name, name, QSize(300, 200), window) for name in ("first", "second")]
    for each in docks:
        each.hold(QLineEdit())
    for dock in docks:
        window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
    window.tabifyDockWidget(*docks)
    docks[1].raise_()
    shown_alone(window, 600, 300)
    return window, *docks


def test_a_dock_says_when_it_can_be_seen_and_when_no_longer(two_tabs, by, qapp):
    _, first, second = two_tabs
    heard = {dock.objectName(): by.heard(dock.seen) for dock in (first, second)}
    first.raise_()
    qapp.processEvents()
    assert heard == {"first": [("first", True)], "second": [("second", False)]}
    first.close()
    qapp.processEvents()
    assert heard["first"][-1] == ("first", False)
    assert heard["second"][-1] == ("second", True)


def test_what_is_behind_another_tab_is_not_in_the_tab_order(two_tabs, qapp):
    _, first, second = two_tabs
    for front, behind in ((first, second), (second, first)):
        front.raise_()
        qapp.processEvents()
        assert front.findChild(QLineEdit).isEnabled()
        assert not behind.findChild(QLineEdit).isEnabled()


def test_the_least_size_of_a_dock_is_its_own_and_not_that_of_its_content(two_tabs, qapp):
    _, first, _ = two_tabs
    before = first.minimumSizeHint()
    first.findChild(QLineEdit).setMinimumSize(500, 280)
    qapp.processEvents()
    assert first.minimumSizeHint() == before
