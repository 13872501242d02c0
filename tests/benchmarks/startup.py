"""Start to first paint of the window, against a bare window with one empty plot:
processes in turn, medians and ratio."""

import os
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 9

BARE = """
import sys
from PySide6.QtCore import QObject, QEvent
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph as pg
app = QApplication([])
window = QMainWindow()
window.setCentralWidget(pg.PlotWidget())
window.resize(1440, 900)
class Watch(QObject):
    def eventFilter(self, target, event):
        if event.type() == QEvent.Type.Paint:
            print("painted", flush=True)
            app.quit()
        return False
watch = Watch()
window.centralWidget().viewport().installEventFilter(watch)
window.show()
app.exec()
"""

STUDIO = """
import sys
import gdstudio.__main__
from PySide6.QtCore import QObject, QEvent
from gdstudio.app.main import create
app, window = create(["--theme", "light"])
class Watch(QObject):
    def eventFilter(self, target, event):
        if event.type() == QEvent.Type.Paint:
            scene = window.canvas.network_scene
            assert len(scene.items()) > 10, "the network is visible at first paint"
            print("painted", flush=True)
            app.quit()
        return False
watch = Watch()
window.canvas.viewport().installEventFilter(watch)
app.exec()
"""


def seconds_to_paint(program: str, compiled: str) -> float:
    """Start a process and return the seconds until it says that it has painted; bytecode is kept, as when installed."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        elapsed = time.perf_counter() - started
        process.stdout.read()
    if line.strip() != "painted":
        raise SystemExit(f"the window was not painted: {line!r}")
    return elapsed


def main() -> None:
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    times: dict[str, list[float]] = {"bare": [], "studio": []}
    with tempfile.TemporaryDirectory() as compiled:
        for _ in range(ROUNDS):
            times["bare"].append(seconds_to_paint(BARE, compiled))
            times["studio"].append(seconds_to_paint(STUDIO, compiled))
    medians = {name: statistics.median(values[1:]) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:<8} {1000 * median:7.0f} ms to first paint (min {1000 * min(times[name]):.0f})")
    print(f"ratio    {medians['studio'] / medians['bare']:7.2f}   (at most 1.2)")


if __name__ == "__main__":
    main()
