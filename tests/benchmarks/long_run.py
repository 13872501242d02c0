"""A million steps on the two-weight example with every view open: how much memory grows after the first 50,000."""

import gc
import os

import gdstudio.__main__  # noqa: F401  (one BLAS thread, as in the window)

if not os.environ.get("DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from pathlib import Path

from gdstudio.app.main import create
from gdstudio.document.examples import load_example
from gdstudio.session.speeds import SPEEDS

FIRST, LAST = 50_000, 1_000_000


def resident() -> float:
    """Return the resident memory of this process in MiB."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    app, window = create(["--theme", "light"])
    studio = window.studio
    window.may_close = lambda: True
    studio.session.open(load_example("two-weights"), None)
    studio.session.set_learning_rate(0.04)
    app.processEvents()
    studio.move_in()
    for dock in ("slicesDock", "surfaceDock"):
        window._docks[dock].raise_()
    for plot in window.plots:
        plot.move_in()
    studio.player.set_speed(len(SPEEDS) - 1)
    studio.player.tolerance = 0.0
    studio.player.set_running(True)
    begin = 0.0
    while studio.session.project.state.step < LAST and studio.player.is_running:
        app.processEvents()
        if not begin and studio.session.project.state.step >= FIRST:
            begin = resident()
            print(f"after {studio.session.project.state.step:>9,} steps {begin:7.1f} MiB")
    end = resident()
    print(f"after {studio.session.project.state.step:>9,} steps {end:7.1f} MiB")
    print(f"growth                {end - begin:7.1f} MiB (under 16)")
    studio.player.set_running(False)
    window.close()


if __name__ == "__main__":
    main()
