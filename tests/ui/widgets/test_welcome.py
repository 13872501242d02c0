import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton

from gdstudio.ui.widgets.welcome import WelcomePage

WISHES = {
    "welcomeResumeButton": "resume_requested",
    "welcomeLearnButton": "learn_requested",
    "welcomePracticeButton": "practice_requested",
    "welcomeExampleButton": "example_requested",
    "welcomeDataButton": "data_requested",
    "welcomeCloseButton": "closed",
}


@pytest.fixture
def page(shown_alone):
    return shown_alone(WelcomePage(), 700, 90)


def button(page, name) -> QAbstractButton:
    return page.findChild(QAbstractButton, name)


@pytest.mark.parametrize(("name", "wish"), WISHES.items())
def test_each_button_is_one_wish(page, name, wish):
    page.show_place((4, 2))
    heard = []
    for each in WISHES.values():
        getattr(page, each).connect(lambda *_, each=each: heard.append(each))
    button(page, name).setFocus()
    QTest.keyClick(button(page, name), Qt.Key.Key_Space)
    assert heard == [wish]
    assert page.isVisible() is (wish != "closed")


def test_it_is_not_there_until_it_is_wanted(qtbot):
    page = WelcomePage()
    qtbot.addWidget(page)
    assert page.isHidden()
    assert page.objectName() == "welcomePage"


def test_going_on_is_offered_where_something_was_begun(page):
    resume = button(page, "welcomeResumeButton")
    assert resume.isHidden()
    page.show_place((4, 2))
    assert (resume.isVisible(), resume.text()) == (True, "Go on: lesson 4")
    page.show_place(None)
    assert resume.isHidden()


def test_everything_is_reached_by_the_tab_key(page):
    page.show_place((4, 2))
    button(page, "welcomeCloseButton").setFocus()
    reached = set()
    for _ in range(12):
        reached.add(QApplication.focusWidget().objectName())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert reached == set(WISHES)


def test_screen_readers_are_told_what_it_is(page):
    assert page.accessibleName().startswith("Welcome")
    assert button(page, "welcomeCloseButton").accessibleName() == "Close the welcome"


def test_it_is_one_line_so_that_it_covers_little_of_the_canvas(page):
    page.show_place((4, 2))
    buttons = [button for button in page.findChildren(QPushButton) if not button.isHidden()]
    assert len(buttons) == 5
    assert len({button.geometry().center().y() for button in buttons}) == 1
    assert page.sizeHint().height() < 50
    assert page.sizeHint().width() < 740
