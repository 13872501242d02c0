"""A picture of the real window, rendered off screen."""

import argparse
import os
import tempfile
from pathlib import Path

from gdstudio.document.disk import write_atomically
from gdstudio.document.document import Document
from gdstudio.document.errors import ProjectError
from gdstudio.document.project import ParameterRef, find_parameter


def render(options: argparse.Namespace) -> None:
    """Open the window off screen as the options say, and write its picture.

    Raises ProjectError, with a sentence, when the file can't be read, nothing is called so, or nothing can be written.
    """
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ["QT_SCALE_FACTOR"] = str(options.scale)
    from gdstudio.document.reading import read_document

    document = None if options.file is None else read_document(options.file)
    # A folder of its own: Qt puts a new file in the place of the one that it writes settings to, also of /dev/null.
    with tempfile.TemporaryDirectory(prefix="gdstudio-") as folder:
        _render(options, document, Path(folder) / "settings.ini")


def _render(options: argparse.Namespace, document: tuple[Document, Path | None] | None, settings: Path) -> None:
    from PySide6.QtCore import QBuffer, QCoreApplication, QEvent, QEventLoop, QIODevice, QSettings
    from PySide6.QtWidgets import QApplication

    from gdstudio.app.studio import Studio

    app = QApplication(["gdstudio"])
    nowhere = QSettings(str(settings), QSettings.Format.IniFormat)
    studio = Studio(app, options.theme, nowhere)
    window = studio.window
    window.resize(*options.size)
    window.arrange()
    window.show()
    studio.move_in()
    for plot in window.plots:
        plot.move_in()
    if document is not None:
        studio.session.open(*document)
    if options.select:
        studio.stage.select(ParameterRef(find_parameter(studio.session.viewed, options.select)))
    if options.steps:
        studio.session.descend(options.steps, key="screenshot")
    studio.jobs.wait()
    for _ in range(5):
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        app.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)
    picture = window.grab()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):
        raise ProjectError("The window could not be drawn.")
    write_atomically(options.output, bytes(buffer.data().data()))
    studio.player.set_running(False)
    studio.recovery.close()
    studio.jobs.stop()
    window.hide()
    window.deleteLater()
    app.processEvents()
