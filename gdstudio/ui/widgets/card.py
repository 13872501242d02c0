"""Cards: the calm frames in which panels and plots stand, and the docks that hold them.

Know nothing of their content.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gdstudio.document.plain import plain
from gdstudio.ui.widgets.fitting import fitted

_LEAST = QSize(228, 88)
"""Of what a dock holds."""


def plain_label(text: str = "", role: str = "") -> QLabel:
    """Return a label that shows its text as it is, never as markup."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        label.setProperty("role", role)
    return label


def link_button(text: str, name: str) -> QToolButton:
    """Return a small button of words, one of several of which one is chosen."""
    button = QToolButton()
    button.setText(text)
    button.setObjectName(name)
    button.setProperty("role", "link")
    button.setCheckable(True)
    button.setAutoExclusive(True)
    return button


class ElidedLabel(QLabel):
    """A line of plain text as it fits, ended by … or with fewer digits; the whole text is then in the tooltip.

    Made for numbers that change in every frame: it paints its text itself and never asks for another layout, as
    ``QLabel.setText`` does each time.
    """

    def __init__(
        self,
        role: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setAlignment(align | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._mode = mode
        self._whole = ""

    def set_room(self, width: int) -> None:
        """Take exactly this width."""
        self.setFixedWidth(width)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        return self._whole

    def set_text(self, text: str) -> None:
        """Show a text."""
        if text != self._whole:
            self._whole = text
            self.setAccessibleName(text)
            self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), self.fontMetrics().height() + 2)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:
            cut_off = self.fontMetrics().horizontalAdvance(self._whole) > self.width()
            self.setToolTip(plain_tip(self._whole) if cut_off else "")
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.rect(), self.alignment(), self.painted())

    def painted(self) -> str:
        """Return the text as it fits."""
        return fitted(self._whole, self.width(), self.fontMetrics(), self._mode)


def plain_tip(text: str) -> str:
    """Return a tooltip that shows ``text`` as it is, whatever a file called a thing."""
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<span>{escaped}</span>"


class CaptionBar(QWidget):
    """The line on top of a card: a caption on the left, what it is about on the right, and room for small buttons.

    Signals
    -------
    info_clicked()
        What the card is about was clicked, where :meth:`make_link` said that this leads somewhere.
    """

    info_clicked = Signal()

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._caption = plain_label(caption, "caption")
        self._info = ElidedLabel("small", align=Qt.AlignmentFlag.AlignRight)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(14, 8, 14, 4)
        self._row.setSpacing(6)
        self._row.addWidget(self._caption)
        self._row.addWidget(self._info, 1)
        self.setFixedHeight(30)

    def set_caption(self, text: str) -> None:
        self._caption.setText(text)

    def set_info(self, text: str) -> None:
        """Show what the card is about."""
        self._info.set_text(text)

    def make_link(self, tip: str) -> None:
        """Let what the card is about be clicked; ``tip`` says where that leads."""
        self._info.setCursor(Qt.CursorShape.PointingHandCursor)
        self._info.setAccessibleDescription(tip)
        self._info.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonRelease:
            self.info_clicked.emit()
        return super().eventFilter(watched, event)

    def add(self, widget: QWidget) -> None:
        """Add a small control at the right end."""
        self._row.addWidget(widget)


class Card(QFrame):
    """A framed surface: a caption bar above a content."""

    def __init__(self, caption: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.bar = CaptionBar(caption)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(content, 1)


class Dock(QDockWidget):
    """A card that can be moved, floated, tabbed and closed; the caption bar is what it is dragged by.

    ``tab`` is what it is called in few words. Signals
    -------
    seen(str, bool)
        What the dock of this name holds can be seen now, or no longer: closed, or another tab is in front of it.
    """

    seen = Signal(str, bool)

    def __init__(self, name: str, title: str, tab: str, hint: QSize, parent: QWidget | None = None) -> None:
        super().__init__(tab, parent)
        self.setObjectName(name)
        self._hint = hint
        self.toggleViewAction().setText(title)
        self.bar = CaptionBar(title.upper())
        self.bar.setProperty("cardTop", True)
        self.bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        frame = QFrame(self)
        frame.setProperty("cardBottom", True)
        self._column = QVBoxLayout(frame)
        self._column.setContentsMargins(1, 0, 1, 1)
        self._column.setSpacing(0)
        # A least size of its own: were it the content's, Qt would share all rooms anew whenever that changes.
        frame.setMinimumSize(_LEAST)
        self.setTitleBarWidget(self.bar)
        self.setWidget(frame)
        self._frame = frame
        self._is_seen = self._was_seen = False
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(0)
        self._settled.timeout.connect(self._on_settled)
        self.visibilityChanged.connect(self._on_visibility)

    def hold(self, content: QWidget) -> None:
        """Put in what the dock is for."""
        self._column.addWidget(content)

    def watch(self, slot: Callable[[str, bool], None]) -> None:
        """Tell a slot what :attr:`seen` says from now on, and at once that the content can be seen, if it can."""
        self.seen.connect(slot)
        if self._was_seen:
            slot(self.objectName(), True)

    def sizeHint(self) -> QSize:
        return self._hint

    @Slot(bool)
    def _on_visibility(self, visible: bool) -> None:
        """Take the content behind another tab out of the tab order: Qt only moves it out of sight."""
        around = self.parent()
        tabbed = isinstance(around, QMainWindow) and bool(around.tabifiedDockWidgets(self))
        for part in (self._frame, self.bar):
            part.setEnabled(visible or not tabbed)
        # While docks are arranged each is seen for an instant: what stands in the end counts.
        self._is_seen = visible
        self._settled.start()

    @Slot()
    def _on_settled(self) -> None:
        if self._is_seen != self._was_seen:
            self._was_seen = self._is_seen
            self.seen.emit(self.objectName(), self._is_seen)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Close the gap that Qt leaves between caption bar and content."""
        painter = QPainter(self)
        seam = QRect(0, self.bar.geometry().bottom() - 1, self.width(), 6)
        painter.fillRect(seam, self.palette().mid())
        painter.fillRect(seam.adjusted(1, 0, -1, 0), self.palette().base())


def stacked(*widgets: QWidget) -> QWidget:
    """Return the widgets one below the other; the first takes what the others leave."""
    stack = QWidget()
    column = QVBoxLayout(stack)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for position, widget in enumerate(widgets):
        column.addWidget(widget, int(position == 0))
    return stack


def scrolled(content: QWidget) -> QScrollArea:
    """Return a column that scrolls down where there is not room enough; it never takes the keyboard."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area
