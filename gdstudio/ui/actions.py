"""Every action of the window in one table: public name, text, shortcut, icon, tip.

No shortcut is a single letter or key that is also typed into fields.
"""

from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from gdstudio.ui.icons import tinted_icon
from gdstudio.ui.theme import Theme

_Key = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action; ``keys`` are its shortcuts, the first shown in the menu."""

    name: str
    text: str
    keys: tuple[str | QKeySequence.StandardKey, ...] = ()
    icon: str = ""
    tip: str = ""
    checkable: bool = False


ACTIONS = (
    ActionRow("newAction", "&New", (_Key.New,), tip="Begin with one weight"),
    ActionRow("openAction", "&Open…", (_Key.Open,), tip="Open a studio file or a CSV of numbers"),
    ActionRow("saveAction", "&Save", (_Key.Save,)),
    ActionRow("saveAsAction", "Save &as…", ("Ctrl+Shift+S",)),
    ActionRow("renameAction", "Rena&me…", tip="Give this network another title"),
    ActionRow("exportCodeAction", "Expor&t code…", tip="A program that trains as far as the screen did"),
    ActionRow("bringBackAction", "&Bring back unsaved work", tip="Open what was last left without saving"),
    ActionRow("quitAction", "&Quit", ("Ctrl+Q",)),
    ActionRow("undoAction", "&Undo", (_Key.Undo,)),
    ActionRow("redoAction", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    ActionRow("resetAction", "Reset", ("Ctrl+R",), "reset", "Return to the very same start"),
    ActionRow("backAction", "Back", ("Shift+F10",), "back", "Look at the step before"),
    ActionRow("phaseAction", "Phase", ("F11",), "phase", "Show the next phase of a step"),
    ActionRow("stepAction", "Step", ("F10",), "step", "Update all weights once"),
    ActionRow("runAction", "Run", ("F5",), "run", "Step after step until there is no more downhill", checkable=True),
    ActionRow("newStartAction", "New start", ("Ctrl+Shift+R",), "newstart", "Draw the weights anew from the next seed"),
    ActionRow("pinRunAction", "&Pin this run", ("Ctrl+P",), tip="Keep this run as a ghost beside what comes"),
    ActionRow(
        "sequentialAction",
        "One weight at a &time",
        tip="Update the weights one after the other, and compare with all at once",
        checkable=True,
    ),
    ActionRow(
        "nodePicturesAction",
        "Pictures in the &nodes",
        ("Ctrl+Shift+N",),
        tip="Show what each node makes of the inputs",
        checkable=True,
    ),
    ActionRow("practiceAction", "&Practice", ("Ctrl+E",), tip="Exercises without end"),
    ActionRow("askFirstAction", "&Ask me first", tip="Step waits for your prediction", checkable=True),
    ActionRow("sheetAction", "&Sheet of exercises…", tip="Exercises for a class, with or without answers"),
    ActionRow("welcomeAction", "&Welcome", tip="What one can begin with"),
    ActionRow("fitAction", "&Fit network", ("Ctrl+0",)),
    ActionRow("zoomInAction", "Zoom &in", (_Key.ZoomIn,)),
    ActionRow("zoomOutAction", "Zoom &out", (_Key.ZoomOut,)),
    ActionRow("reducedMotionAction", "&Reduced motion", tip="Make every step instant", checkable=True),
    ActionRow("arrangeAction", "&Default arrangement", tip="Put all panels back where they were at first"),
    ActionRow("keysAction", "&Keys", ("F1",), tip="What every key does"),
    ActionRow("aboutAction", "&About Gradient Descent Studio"),
)


def make_actions(parent: QWidget) -> dict[str, QAction]:
    """Return every action by its public name."""
    actions: dict[str, QAction] = {}
    for row in ACTIONS:
        action = QAction(row.text, parent)
        action.setObjectName(row.name)
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        action.setCheckable(row.checkable)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        if row.tip:
            action.setToolTip(f"{row.tip} ({keys})" if keys else row.tip)
            action.setStatusTip(row.tip)
        actions[row.name] = action
    return actions


def tint_actions(actions: dict[str, QAction], theme: Theme) -> None:
    """Give the actions their icons in the colours of a theme."""
    for row in ACTIONS:
        if row.icon:
            actions[row.name].setIcon(tinted_icon(row.icon, theme.color("text")))
