"""What a person waits for: the surface after a change, a frame while dragging, any step of a long run."""

import os
import sys
import time
from collections.abc import Callable

import gdstudio.__main__  # noqa: F401  (one BLAS thread, as in the window)

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from running import project

from gdstudio.app.main import create
from gdstudio.document.project import ParameterRef
from gdstudio.session.history import History
from gdstudio.teaching.surfaces import COARSE, FINE

CHANGES, DRAGS, STEPS, LOOKS = 20, 120, 100_000, 200


def surface(studio, app) -> None:
    """From a change of the rate to the coarse and to the fine surface, and how long the window did not answer."""
    arrived: dict[int, float] = {}

    def note(found) -> None:
        if COARSE in arrived or len(found.a) == COARSE:
            arrived.setdefault(len(found.a), time.perf_counter())

    studio.analyst.surface_changed.connect(note)
    coarse, fine, longest = [], [], 0.0
    for change in range(CHANGES):
        arrived.clear()
        started = time.perf_counter()
        studio.session.set_learning_rate(0.021 + 0.001 * change)
        while FINE not in arrived:
            before = time.perf_counter()
            app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 5)
            longest = max(longest, time.perf_counter() - before)
        coarse.append(1000 * (arrived[COARSE] - started))
        fine.append(1000 * (arrived[FINE] - started))
    print(f"surface, coarse     p50 {np.median(coarse):6.1f}  max {max(coarse):6.1f} ms (within 150)")
    print(f"surface, fine       p50 {np.median(fine):6.1f}  max {max(fine):6.1f} ms")
    print(f"window away for     max {1000 * longest:6.1f} ms")


def dragging(what: str, app: QApplication, target, move: Callable[[int], QPointF]) -> None:
    """Frames a second while something is dragged: each move is followed by all that is drawn for it."""
    press, release = QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease
    left, none, plain = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier

    def send(kind: QEvent.Type, point: QPointF, button: Qt.MouseButton, buttons: Qt.MouseButton) -> None:
        app.sendEvent(target, QMouseEvent(kind, point, target.mapToGlobal(point), button, buttons, plain))

    send(press, move(0), left, left)
    frames = []
    for k in range(1, DRAGS):
        started = time.perf_counter()
        send(QEvent.Type.MouseMove, move(k), none, left)
        app.processEvents()
        frames.append(1000 * (time.perf_counter() - started))
    send(release, move(DRAGS), left, none)
    rate = 1000 / np.mean(frames)
    print(f"{what:<19} {rate:6.1f} frames a second (at least 30), slowest {max(frames):.1f} ms")


def scrubbing(studio, app) -> None:
    """Any step of a run of 100,000, and what the history holds."""
    studio.session.descend(STEPS, key="run")
    random = np.random.default_rng(0)
    waits = []
    for step in random.integers(0, STEPS, LOOKS).tolist():
        started = time.perf_counter()
        studio.session.view_step(int(step))
        app.processEvents()
        waits.append(1000 * (time.perf_counter() - started))
    print(f"any of {STEPS:,} steps p50 {np.median(waits):6.1f}  p95 {np.percentile(waits, 95):6.1f} ms (within 50)")
    print(f"history             {size_of(studio.session.history) / 2**20:6.1f} MiB (under 64)")


def size_of(history: History) -> int:
    """The bytes of a history's arrays."""
    logs = sum(block.nbytes for log in history._logs for block in log._blocks)
    states = [state for segment in history._segments for state in segment.keyframes.values()]
    return logs + sum(state.parameters.nbytes + sum(slot.nbytes for slot in state.optimizer) for state in states)


def main() -> None:
    app, window = create(["--theme", "light"])
    window.resize(1440, 900)
    window.may_close = lambda: True
    studio = window.studio
    studio.player.set_reduced_motion(True)
    studio.session.open(project(), None)
    for dock in ("surfaceDock", "slicesDock"):
        window._docks[dock].raise_()
    for plot in window.plots:
        plot.move_in()
    for _ in range(20):
        app.processEvents()
    print(f"platform            {app.platformName()}, {window.width()}x{window.height()}")
    surface(studio, app)
    window._docks["sliceDock"].raise_()
    app.processEvents()
    studio.stage.select(ParameterRef(100))
    app.processEvents()
    port = window.slice_plot.plot.viewport()
    box, piece = window.slice_plot.plot.getViewBox(), window.slice_plot._slice
    ball = box.mapViewToScene(QPointF(piece.value, piece.loss))
    dragging("dragging the ball", app, port, lambda k: ball + QPointF(40 * np.sin(k / 9), 0))
    place = QPointF(window.canvas.mapFromScene(window.canvas.network_scene.place_of(ParameterRef(100))))
    dragging("dragging a chip", app, window.canvas.viewport(), lambda k: place + QPointF(0, 60 * np.sin(k / 9)))
    scrubbing(studio, app)
    window.close()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
