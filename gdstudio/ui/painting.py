"""What goes wrong while Qt paints is told once and stays here: in Qt it would end the process.

Guards every class of widget, item or model that is made after this was imported, those of pyqtgraph too; the package
imports it before all else. Knows nothing of who tells a person.
"""

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from inspect import getclosurevars
from traceback import extract_tb, walk_tb
from types import FunctionType
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QRectF
from PySide6.QtGui import QPainter, QPainterPath
from PySide6.QtWidgets import QAbstractItemDelegate, QGraphicsItem, QGraphicsScene, QWidget

ASKED: dict[type, dict[str, Callable[[], object]]] = {
    QWidget: {"paintEvent": lambda: None, "drawBackground": lambda: None, "drawForeground": lambda: None},
    QGraphicsScene: {"drawBackground": lambda: None, "drawForeground": lambda: None},
    QGraphicsItem: {"paint": lambda: None, "boundingRect": QRectF, "shape": QPainterPath},
    QAbstractItemModel: {"data": lambda: None, "headerData": lambda: None},
    QAbstractItemDelegate: {"paint": lambda: None},
}
"""What Qt calls in the middle of painting, and what it is answered where that goes wrong."""
told: set[tuple[str, str, int]] = set()
"""What has gone wrong, and at which line of which file: each painting would tell of it anew."""


def guarded_names(kind: type) -> dict[str, Callable[[], object]]:
    """Return what Qt calls of a class while it paints, with the answers."""
    return {name: answer for root, names in ASKED.items() if issubclass(kind, root) for name, answer in names.items()}


def is_guarded(method: Callable[..., Any]) -> bool:
    """Whether a method lets nothing through."""
    return getattr(method, "is_guarded", False)


def _guarded(method: FunctionType, answer: Callable[[], object]) -> Callable[..., Any]:
    if method.__module__ == "pyqtgraph.debug":
        # The library itself would let it end in a warning on the terminal.
        method = getclosurevars(method).nonlocals["func"]

    @wraps(method)
    def guarded(*args: Any, **named: Any) -> Any:
        try:
            return method(*args, **named)
        except BaseException as error:
            _put_down(error, args)
            _tell(error, method.__qualname__)
            return answer()

    guarded.is_guarded = True  # type: ignore[attr-defined]
    return guarded


def _put_down(error: BaseException, given: tuple[object, ...]) -> None:
    """End the painters that were begun and not given: the exception would hold them open."""
    for frame, _ in walk_tb(error.__traceback__):
        for painter in frame.f_locals.values():
            if isinstance(painter, QPainter) and not any(painter is each for each in given) and painter.isActive():
                painter.end()


def _tell(error: BaseException, what: str) -> None:
    """Tell it the usual way, the first time."""
    last = extract_tb(error.__traceback__)[-1]
    place = (what, last.filename, last.lineno or 0)
    if place not in told:
        told.add(place)
        with suppress(Exception):
            sys.excepthook(type(error), error, error.__traceback__)


def _guard(kind: type[Any], /, **named: Any) -> None:
    for name, answer in guarded_names(kind).items():
        method = vars(kind).get(name)
        if isinstance(method, FunctionType) and not is_guarded(method):
            setattr(kind, name, _guarded(method, answer))


for _root in ASKED:
    _root.__init_subclass__ = classmethod(_guard)  # type: ignore[assignment]
