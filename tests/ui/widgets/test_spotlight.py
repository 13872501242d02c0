import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from gdstudio.ui.theme import DARK, LIGHT
from gdstudio.ui.widgets.spotlight import Spotlight

ROOM = 4


@pytest.fixture
def window(shown_alone):
    """A window with a box in a box, and a spotlight over it."""
    made = QWidget()
    made.outer, made.inner = QWidget(made), None
    made.inner = QWidget(made.outer)
    made.outer.setGeometry(50, 60, 200, 120)
    made.inner.setGeometry(20, 30, 80, 40)
    made.spotlight = Spotlight(made)
    return shown_alone(made, 400, 300)


def frame_around(window, widget) -> QRect:
    corner = widget.mapTo(window, QPoint(0, 0))
    return QRect(corner, widget.size()).adjusted(-ROOM, -ROOM, ROOM, ROOM).intersected(window.rect())


def test_it_frames_a_widget_wherever_it_lies(window):
    assert window.spotlight.isHidden()
    for widget in (window.outer, window.inner):
        window.spotlight.show_on(widget)
        assert window.spotlight.isVisible()
        assert window.spotlight.geometry() == frame_around(window, widget)
        assert window.spotlight.target is widget
    window.spotlight.show_on(None)
    assert window.spotlight.isHidden()


@pytest.mark.parametrize("name", ["outer", "inner"])
def test_it_follows_when_that_is_moved_resized_hidden_and_shown(window, name):
    widget, spotlight = getattr(window, name), window.spotlight
    spotlight.show_on(widget)
    widget.resize(60, 50)
    assert spotlight.geometry() == frame_around(window, widget)
    widget.move(3, 5)
    assert spotlight.geometry() == frame_around(window, widget)
    widget.hide()
    assert spotlight.isHidden()
    widget.show()
    assert spotlight.isVisible()


def test_it_follows_when_what_lies_around_is_moved(window):
    window.spotlight.show_on(window.inner)
    window.outer.move(120, 100)
    QApplication.processEvents()
    assert window.spotlight.geometry() == frame_around(window, window.inner)


def test_it_lets_go_of_what_it_framed_before(window):
    window.spotlight.show_on(window.outer)
    window.spotlight.show_on(window.inner)
    before = window.spotlight.geometry()
    window.outer.resize(210, 130)
    assert window.spotlight.geometry() == before
    window.spotlight.show_on(None)
    window.inner.hide()
    window.inner.show()
    assert window.spotlight.isHidden()


def test_it_stays_within_the_window(window):
    window.outer.setGeometry(-10, -10, 1000, 1000)
    window.spotlight.show_on(window.outer)
    assert window.spotlight.geometry() == window.rect()


def test_it_frames_nothing_that_cannot_be_seen_or_is_elsewhere(window, shown_alone):
    window.outer.hide()
    window.spotlight.show_on(window.inner)
    assert window.spotlight.isHidden()
    window.spotlight.show_on(shown_alone(QWidget(), 100, 100))
    assert window.spotlight.isHidden()


def test_it_lies_over_everything_and_takes_no_clicks(window):
    cover = QWidget(window)
    cover.setGeometry(window.rect())
    cover.show()
    window.spotlight.show_on(window.outer)
    assert window.children()[-1] is window.spotlight
    assert window.spotlight.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_it_is_a_frame_in_the_colour_of_slopes(window, theme):
    window.spotlight.set_theme(theme)
    window.spotlight.show_on(window.outer)
    picture = window.grab().toImage()
    ratio = picture.devicePixelRatio()
    left = QPoint(50 - ROOM + 2, 120) * ratio
    wanted = QColor(theme.color("slope"))
    near = [picture.pixelColor(left.x() + dx, left.y()) for dx in range(-3, 4)]
    gaps = [abs(c.red() - wanted.red()) + abs(c.green() - wanted.green()) + abs(c.blue() - wanted.blue()) for c in near]
    assert min(gaps) < 20
    assert picture.pixelColor(QPoint(150, 120) * ratio) == picture.pixelColor(QPoint(350, 250) * ratio)


def test_a_layout_that_grows_takes_the_frame_along(shown_alone):
    window, box = QWidget(), QWidget()
    column = QVBoxLayout(window)
    column.addWidget(box)
    spotlight = Spotlight(window)
    shown_alone(window, 300, 200)
    spotlight.show_on(box)
    window.resize(420, 330)
    QApplication.processEvents()
    assert spotlight.geometry() == frame_around(window, box)
