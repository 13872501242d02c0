"""Fields in which numbers are typed: one strict reading, all digits, and a sentence for what can't be read.

Know nothing of what the number means.
"""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractScrollArea, QLineEdit, QWidget

from gdstudio.document.errors import ProjectError
from gdstudio.document.numbers import exact, parse_number
from gdstudio.ui.theme import restyle
from gdstudio.ui.widgets.card import plain_tip
from gdstudio.ui.widgets.fitting import FittingDelegate


def _mark_invalid(field: QLineEdit, invalid: bool, sentence: str = "") -> None:
    """Mark a field or free it; its tooltip is the sentence meanwhile, and its own again afterwards."""
    was_invalid = bool(field.property("invalid"))
    if invalid and not was_invalid:
        field.setProperty("ownTip", field.toolTip())
    if invalid or was_invalid:
        field.setToolTip(plain_tip(sentence) if invalid else str(field.property("ownTip") or ""))
    restyle(field, "invalid", invalid)


class NumberField(QLineEdit):
    """A field for one number. What can't be read stays in the field, marked, and nothing is wished.

    Signals
    -------
    value_requested(object)
        A readable number other than the shown one was committed by Enter or by leaving the field.
    refused(str)
        What was committed can't be read; one sentence.
    reverted()
        Escape brought the shown number back.
    """

    reverted = Signal()
    value_requested = Signal(object)
    refused = Signal(str)

    def __init__(
        self,
        parent: QWidget | None = None,
        *,
        read: Callable[[str], object] = parse_number,
        write: Callable[[float], str] = exact,
    ) -> None:
        super().__init__(parent)
        self._read = read
        self._write = write
        self._shown = ""
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.returnPressed.connect(self.commit)
        self.textEdited.connect(self._on_edited)

    def show_value(self, value: float) -> None:
        """Show a value with all its digits, unless a person is typing another one."""
        self.show_text(self._write(value))

    def show_text(self, text: str) -> None:
        """Show a text, unless a person is typing another one."""
        typing = self.hasFocus() and self.isModified()
        self._shown = text
        if not typing and text != self.text():
            self.setText(text)
            self.setCursorPosition(0)
            _mark_invalid(self, False)

    @Slot()
    def commit(self) -> None:
        """Read what was typed and wish for it."""
        if self.text() == self._shown:
            self.setModified(False)
            _mark_invalid(self, False)
            return
        try:
            value = self._read(self.text())
        except ProjectError as error:
            _mark_invalid(self, True, str(error))
            self.refused.emit(str(error))
            return
        _mark_invalid(self, False)
        self.setModified(False)
        self.value_requested.emit(value)
        self.setText(self._shown)

    def take_back(self) -> None:
        """Show the shown number again in the place of what is being typed."""
        self.setModified(False)
        _mark_invalid(self, False)
        self.setText(self._shown)

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        _mark_invalid(self, False)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self.isModified() and event.reason() is not Qt.FocusReason.PopupFocusReason:
            self.commit()
        super().focusOutEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.isModified():
            self.take_back()
            self.selectAll()
            self.reverted.emit()
            return
        super().keyPressEvent(event)


class InPlaceField(QLineEdit):
    """A field that opens on the canvas where a number stands.

    Signals
    -------
    committed(str)
        Enter was pressed, or the field was left.
    cancelled()
        Escape was pressed.
    """

    committed = Signal(str)
    cancelled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("inPlaceField")
        self.setAccessibleName("New value")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._opened_with = ""
        self.hide()
        self.textEdited.connect(self._on_edited)

    def open(self, text: str, center: QPoint, room: QRect) -> None:
        """Show the field around ``center``, inside ``room``, with its text selected."""
        self._opened_with = text
        self.setText(text)
        _mark_invalid(self, False)
        width = min(max(110, self.fontMetrics().horizontalAdvance(text) + 34), 300)
        box = QRect(0, 0, width, 32)
        box.moveCenter(center)
        box.moveLeft(min(max(box.left(), room.left() + 4), room.right() - width - 4))
        box.moveTop(min(max(box.top(), room.top() + 4), room.bottom() - 36))
        self.setGeometry(box)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()

    def show_invalid(self, sentence: str) -> None:
        """Mark what was typed as unreadable; the field stays open."""
        _mark_invalid(self, True, sentence)
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.selectAll()

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        _mark_invalid(self, False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._commit()
        else:
            super().keyPressEvent(event)
        event.accept()  # no key of an open field reaches the network below it

    def _commit(self) -> None:
        if self.text() == self._opened_with:
            self.cancelled.emit()
        else:
            self.committed.emit(self.text())

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.isVisible() and event.reason() is not Qt.FocusReason.PopupFocusReason:
            if bool(self.property("invalid")):
                self.cancelled.emit()
            else:
                self._commit()


class TypingDelegate(FittingDelegate):
    """Edits cells of a table, and leaves what is being typed alone when the cell's value changes meanwhile."""

    def setEditorData(self, editor: QWidget, index: QModelIndex | QPersistentModelIndex) -> None:
        if not (isinstance(editor, QLineEdit) and editor.isModified()):
            super().setEditorData(editor, index)


def finished(field: QWidget | None) -> bool:
    """Enter what is typed in a field, if this is one in which a number or a name is typed; returns whether it could be.

    An answer to a question is not entered before a person says so.
    """
    if isinstance(field, NumberField):
        field.commit()
    elif isinstance(field, QLineEdit) and _is_over_a_view(field):
        # One over the canvas or a table is done when it is left.
        field.clearFocus()
    else:
        return True
    return not (field.isVisible() and field.property("invalid"))


def _is_over_a_view(field: QWidget) -> bool:
    parent = field.parentWidget()
    return parent is not None and isinstance(parent.parentWidget(), QAbstractScrollArea)
