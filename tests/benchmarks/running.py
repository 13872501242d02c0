"""A run flat out on 2-8-8-1 with 500 examples, all views live:
lateness of a heartbeat, frames a second, time to pause."""

import os
import sys
import time

import gdstudio.__main__  # noqa: F401  (one BLAS thread, as in the window)

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer

from gdstudio.app.main import create
from gdstudio.document.datasets import Data
from gdstudio.document.project import new_project
from gdstudio.engine import Network, Recipe, draw_parameters
from gdstudio.session.speeds import SPEEDS

SECONDS = 8.0
BEAT = 5


class Paints(QObject):
    """Counts the canvas's paint events."""

    count = 0

    def eventFilter(self, target: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Paint
        return False


def project() -> object:
    random = np.random.default_rng(0)
    x = random.normal(size=(500, 2))
    y = np.sin(x[:, :1]) * np.cos(x[:, 1:])
    network = Network((2, 8, 8, 1), ("tanh", "tanh", "linear"))
    data = Data("waves", ("x1", "x2"), ("y",), x, y)
    return new_project("2-8-8-1", Recipe(network, learning_rate=0.02), draw_parameters(network, 0), data)


def main() -> None:
    app, window = create(["--theme", "light"])
    window.resize(1440, 900)
    studio = window.studio
    window.may_close = lambda: True
    studio.session.open(project(), None)
    for _ in range(20):
        app.processEvents()
    studio.stage.show_pictures(True)
    for dock in ("slicesDock", "surfaceDock"):
        window._docks[dock].raise_()
    for plot in window.plots:
        plot.move_in()
    for _ in range(20):
        app.processEvents()
    paints = Paints()
    window.canvas.viewport().installEventFilter(paints)
    beats: list[float] = []
    heartbeat = QTimer()
    heartbeat.setTimerType(Qt.TimerType.PreciseTimer)
    heartbeat.setInterval(BEAT)
    heartbeat.timeout.connect(lambda: beats.append(time.perf_counter()))
    studio.player.set_speed(len(SPEEDS) - 1)
    studio.player.tolerance = 0.0
    heartbeat.start()
    studio.player.set_running(True)
    QTimer.singleShot(int(1000 * SECONDS), app.quit)
    first, started = studio.session.project.state.step, time.perf_counter()
    paints.count = 0
    app.exec()
    elapsed = time.perf_counter() - started
    taken = studio.session.project.state.step - first
    asked = time.perf_counter()
    studio.player.set_running(False)
    app.processEvents()
    paused = time.perf_counter() - asked
    after = studio.session.project.state.step
    app.processEvents()
    assert studio.session.project.state.step == after, "a pause is a pause"
    late = 1000 * (np.diff(beats) - BEAT / 1000)
    print(f"platform            {app.platformName()}, {window.width()}x{window.height()}")
    print(f"steps a second      {taken / elapsed:8.0f}")
    print(f"frames a second     {paints.count / elapsed:8.1f}   (at least 30)")
    print(f"heartbeat late p50  {np.percentile(late, 50):8.1f} ms")
    print(f"heartbeat late p99  {np.percentile(late, 99):8.1f} ms (under 25)")
    print(f"heartbeat late max  {late.max():8.1f} ms")
    print(f"pause takes effect  {1000 * paused:8.1f} ms (under 100)")
    window.close()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
