import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from gdstudio.ui.theme import DARK, LIGHT
from gdstudio.ui.widgets.card import scrolled
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


@pytest.fixture
def scrolled_window(shown_alone):
    """A window with a column that is higher than its room, and a spotlight."""
    made = QWidget()
    body = QWidget()
    column = QVBoxLayout(body)
    made.rows = [QWidget() for _ in range(12)]
    for row in made.rows:
        row.setFixedHeight(40)
        column.addWidget(row)
    made.area = scrolled(body)
    QVBoxLayout(made).addWidget(made.area)
    made.spotlight = Spotlight(made)
    return shown_alone(made, 300, 200)


def test_what_is_out_of_sight_is_scrolled_to(scrolled_window):
    target = scrolled_window.rows[9]
    assert target.visibleRegion().isEmpty()
    scrolled_window.spotlight.show_on(target)
    assert target.visibleRegion().boundingRect() == target.rect()
    assert scrolled_window.spotlight.geometry() == frame_around(scrolled_window, target)


def test_what_moves_away_while_it_arrives_is_scrolled_to_again(scrolled_window):
    target = scrolled_window.rows[4]
    scrolled_window.spotlight.show_on(target)
    scrolled_window.rows[0].setFixedHeight(300)
    for _ in range(3):
        QApplication.processEvents()
    assert target.visibleRegion().boundingRect() == target.rect()
    # Later a person may scroll where they like.
    scrolled_window.spotlight._arriving.stop()
    scrolled_window.area.verticalScrollBar().setValue(0)
    scrolled_window.rows[1].setFixedHeight(60)
    for _ in range(3):
        QApplication.processEvents()
    assert target.visibleRegion().isEmpty()


def test_what_is_scrolled_away_is_framed_no_more_and_what_is_half_seen_by_half(scrolled_window):
    target, bar = scrolled_window.rows[0], scrolled_window.area.verticalScrollBar()
    scrolled_window.spotlight.show_on(target)
    bar.setValue(bar.maximum())
    assert scrolled_window.spotlight.isHidden()
    bar.setValue(target.y() + 20)
    port = scrolled_window.area.viewport()
    top = port.mapTo(scrolled_window, QPoint(0, 0)).y()
    assert scrolled_window.spotlight.isVisible()
    assert scrolled_window.spotlight.geometry().top() == top
