"""The lesson: what it says, what it asks, and what became of the answer; also the question before a step.

Shows a step of a lesson and emits wishes. All its texts are plain.
"""

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from gdstudio.resources import resource
from gdstudio.teaching.lesson_view import LessonView
from gdstudio.teaching.prediction import DIRECTIONS
from gdstudio.ui.theme import restyle
from gdstudio.ui.widgets.card import plain_label, scrolled
from gdstudio.ui.widgets.wrapped_button import WrappedButton

_OWN_LINE = ("①", "②", "③")
_TYPED = ("number", "predict")
MOVED = "The network has moved on. This question is about the network as this step set it up."
_BUTTONS = {"number": "Check", "predict": "Check", "goal": "Done"}


class LessonPanel(QWidget):
    """A step of a lesson.

    Signals
    -------
    answered(str)
        A number was typed, a choice or a direction taken, or something is said to be done (an empty text).
    next_requested(), back_requested(), close_requested()
        Another step of the lesson, or none.
    set_up_requested()
        What the question is about is to be brought back.
    """

    answered = Signal(str)
    next_requested = Signal()
    back_requested = Signal()
    close_requested = Signal()
    set_up_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lessonPanel")
        self._shown: LessonView | None = None
        self._caption = plain_label("", "caption")
        self._title = plain_label("", "heading")
        self._title.setWordWrap(True)
        self._text = plain_label()
        self._text.setWordWrap(True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._text.setObjectName("lessonText")
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._box = self._make_box()
        body = QWidget()
        column = self._body = QVBoxLayout(body)
        column.setContentsMargins(14, 2, 14, 6)
        column.setSpacing(10)
        for widget in (self._caption, self._title, self._text, self._picture, self._box):
            column.addWidget(widget)
        column.addStretch(1)
        self._scroll = scrolled(body)
        self._new: QWidget | None = None
        self._scroll.verticalScrollBar().rangeChanged.connect(self._bring_in)
        self.back_button = self._button("lessonBackButton", "‹ Back", self.back_requested)
        self.next_button = self._button("lessonNextButton", "Next ›", self.next_requested)
        self.close_button = self._button("lessonCloseButton", "Close", self.close_requested)
        row = QHBoxLayout()
        row.setContentsMargins(14, 0, 14, 10)
        row.addWidget(self.back_button)
        row.addWidget(self.close_button)
        row.addStretch(1)
        row.addWidget(self.next_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addWidget(self._scroll, 1)
        whole.addLayout(row)

    def sizeHint(self) -> QSize:
        return QSize(270, 400)

    def _button(self, name: str, text: str, wish: object) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.clicked.connect(wish)
        return button

    def _make_box(self) -> QFrame:
        """Build what asks: a question, a field or choices, a button, and room for what became of the answer."""
        box = QFrame()
        box.setProperty("role", "ask")
        self._ask = plain_label("", "strong")
        self._ask.setWordWrap(True)
        self._ask.setObjectName("lessonQuestion")
        self.field = QLineEdit()
        self.field.setObjectName("predictField")
        self.field.setAccessibleName("Your answer")
        self.field.returnPressed.connect(self._on_check)
        self.check_button = QPushButton("Check")
        self.check_button.setObjectName("checkButton")
        self.check_button.setProperty("primary", True)
        self.check_button.clicked.connect(self._on_check)
        self._moved = plain_label(MOVED, "muted")
        self._moved.setWordWrap(True)
        self._moved.setObjectName("lessonMoved")
        self.set_up_button = self._button("lessonSetUpButton", "Set this step up again", self.set_up_requested)
        self._choices = QVBoxLayout()
        self._choices.setSpacing(4)
        self._choice_buttons: list[WrappedButton] = []
        self._choice_texts: tuple[str, ...] = ()
        self._feedback = plain_label()
        self._feedback.setWordWrap(True)
        self._feedback.setObjectName("lessonFeedback")
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.field, 1)
        row.addWidget(self.check_button)
        column = QVBoxLayout(box)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(7)
        column.addWidget(self._ask)
        column.addLayout(self._choices)
        column.addLayout(row)
        column.addWidget(self._moved)
        column.addWidget(self.set_up_button)
        column.addWidget(self._feedback)
        return box

    @Slot(object)
    def show_view(self, view: LessonView | None) -> None:
        """Show a step; None shows nothing."""
        old, self._shown = self._shown, view
        if view is None:
            return
        is_new = old is None or (old.text, old.ask, old.kind) != (view.text, view.ask, view.kind)
        self._caption.setText(view.caption)
        self._title.setText(view.title)
        # Lines of the file flow; an empty one begins another paragraph.
        self._text.setText("\n\n".join(map(_flowing, view.text.split("\n\n"))))
        self._show_picture(view.picture)
        self._show_question(view, is_new=is_new)
        self.back_button.setEnabled(view.can_go_back)
        self.next_button.setEnabled(view.can_go_on)
        self.next_button.setText("Finish" if view.is_last else "Next ›")
        in_lesson = view.caption.startswith("LESSON")
        for button in (self.back_button, self.next_button):
            button.setVisible(in_lesson)
        self.setAccessibleName(view.title)
        said = view.spoken, MOVED if view.has_moved else "", view.feedback
        self.setAccessibleDescription(" ".join(filter(None, said)))
        if is_new:
            self._scroll.verticalScrollBar().setValue(0)
            if view.kind in _TYPED and self.isVisible():
                self.field.setFocus()
        self._new = self._feedback if view.feedback else self.set_up_button if view.has_moved else None
        self._bring_in()

    @Slot()
    def _bring_in(self) -> None:
        """Scroll to what is new in a low window, also once there is room for it."""
        if self._new is not None:
            self._body.activate()
            self._scroll.ensureWidgetVisible(self._new, 0, 12)

    def _show_picture(self, name: str) -> None:
        self._picture.setVisible(bool(name))
        if name:
            pixmap = QPixmap(str(resource("lessons") / name))
            self._picture.setPixmap(pixmap.scaledToWidth(230, Qt.TransformationMode.SmoothTransformation))

    def _show_question(self, view: LessonView, *, is_new: bool) -> None:
        self._box.setVisible(bool(view.kind))
        self._ask.setText(view.ask)
        typed = view.kind in _TYPED
        if is_new:
            self.field.clear()
        self.field.setVisible(typed)
        self.check_button.setVisible(view.kind in _BUTTONS)
        self.check_button.setText(_BUTTONS.get(view.kind, ""))
        if is_new:
            self._show_choices(DIRECTIONS if view.kind == "predict" else view.choices)
        self._feedback.setVisible(bool(view.feedback))
        self._feedback.setText(view.feedback)
        restyle(self._feedback, "tone", "good" if view.is_right else "")
        for widget in (self._moved, self.set_up_button):
            widget.setVisible(view.has_moved)

    def _show_choices(self, choices: tuple[str, ...]) -> None:
        while len(self._choice_buttons) < len(choices):
            number = len(self._choice_buttons)
            choice = WrappedButton()
            choice.setObjectName(f"lessonChoice{number + 1}")
            choice.setProperty("role", "choice")
            choice.clicked.connect(lambda _=False, number=number: self.answered.emit(self._choice_texts[number]))
            self._choice_buttons.append(choice)
            self._choices.addWidget(choice)
        self._choice_texts = choices
        for button, text in zip(self._choice_buttons, choices, strict=False):
            button.setText(text.replace("&", "&&"))
            button.show()
        for button in self._choice_buttons[len(choices) :]:
            button.hide()

    @Slot()
    def _on_check(self) -> None:
        self.answered.emit(self.field.text() if self._shown is not None and self._shown.kind in _TYPED else "")


def _flowing(paragraph: str) -> str:
    """Return a paragraph on one line; what begins with a number in a circle keeps a line of its own."""
    text = ""
    for line in paragraph.splitlines():
        text += ("\n" if line.startswith(_OWN_LINE) and text else " " if text else "") + " ".join(line.split())
    return text
