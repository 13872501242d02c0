"""The bundled icons, tinted in a colour of the theme.

Knows no theme; a caller gives the colour.
"""

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gdstudio.resources import resource

_SIZE = 16


def tinted_icon(name: str, color: QColor) -> QIcon:
    """Return the icon called ``name`` in one colour, sharp at 1x, 2x and 3x."""
    source = resource(f"icons/{name}.svg").read_text(encoding="utf-8").replace("#000000", color.name())
    renderer = QSvgRenderer(QByteArray(source.encode()))
    icon = QIcon()
    for scale in (1, 2, 3):
        pixmap = QPixmap(_SIZE * scale, _SIZE * scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter, QRectF(0, 0, _SIZE * scale, _SIZE * scale))
        painter.end()
        pixmap.setDevicePixelRatio(scale)
        icon.addPixmap(pixmap)
    return icon


def app_icon() -> QIcon:
    """Return the studio's own icon."""
    return QIcon(str(resource("icons/gdstudio.svg")))
