"""A table of 400,000 rows on its way in: how long it takes, how late the window is meanwhile, how soon it gives up."""

import os
import sys
import tempfile
import time
from pathlib import Path

import gdstudio.__main__  # noqa: F401  (one BLAS thread, as in the window)

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, Qt, QTimer

from gdstudio.app.main import create
from gdstudio.session.importer import Importer

ROWS, BEAT = 400_000, 5


def main() -> None:
    app, window = create(["--theme", "light"])
    window.may_close = lambda: True
    window.studio.move_in()
    for plot in window.plots:
        plot.move_in()
    for _ in range(50):
        app.processEvents()
    window.studio.jobs.wait()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        values = np.random.default_rng(0).normal(size=(ROWS, 5))
        path.write_text("a,b,c,d,e\n" + "".join(",".join(f"{cell:.6g}" for cell in row) + "\n" for row in values))
        beats: list[float] = []
        heartbeat = QTimer()
        heartbeat.setTimerType(Qt.TimerType.PreciseTimer)
        heartbeat.setInterval(BEAT)
        heartbeat.timeout.connect(lambda: beats.append(time.perf_counter()))
        heartbeat.start()
        importer = Importer(path, window.studio.jobs)
        loop = QEventLoop()
        importer.imported_changed.connect(loop.quit)
        started = time.perf_counter()
        importer.read()
        loop.exec()
        print(f"400,000 rows in     {time.perf_counter() - started:6.1f} s")
        late = 1000 * (np.diff(beats) - BEAT / 1000)
        print(f"heartbeat late p99  {np.percentile(late, 99):6.1f} ms, max {late.max():.1f} ms")
        importer.read()
        QTimer.singleShot(700, loop.quit)
        loop.exec()
        asked = time.perf_counter()
        importer.cancel()
        window.studio.jobs.wait()
        print(f"cancel takes effect {1000 * (time.perf_counter() - asked):6.1f} ms (under 500)")
        heartbeat.stop()
    window.close()
    sys.stdout.flush()


if __name__ == "__main__":
    main()
