"""Icons come from the bundle, tinted, sharp at every scale."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QImage

from gdstudio.resources import MissingResource
from gdstudio.ui.icons import app_icon, tinted_icon

pytestmark = pytest.mark.usefixtures("dressed")


def solid_colours(image: QImage) -> set[str]:
    return {
        image.pixelColor(x, y).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }


@pytest.mark.parametrize("name", ["back", "newstart", "pause", "phase", "reset", "run", "step"])
def test_an_icon_is_drawn_in_the_given_colour_alone(name):
    image = tinted_icon(name, QColor("#12ab56")).pixmap(QSize(16, 16), 3.0).toImage()
    assert image.size() == QSize(48, 48)
    assert solid_colours(image) == {"#12ab56"}
    assert image.pixelColor(0, 0).alpha() == 0


def test_an_icon_has_a_picture_for_each_scale():
    icon = tinted_icon("step", QColor("#000000"))
    for scale in (1.0, 2.0, 3.0):
        pixmap = icon.pixmap(QSize(16, 16), scale)
        assert pixmap.devicePixelRatio() == scale
        assert pixmap.size() == QSize(16, 16) * scale


def test_run_and_pause_look_different():
    run, pause = (tinted_icon(name, QColor("#000000")).pixmap(16, 16).toImage() for name in ("run", "pause"))
    assert run != pause


def test_an_icon_that_is_not_there_is_named():
    with pytest.raises(MissingResource, match="nothing"):
        tinted_icon("nothing", QColor("#000000"))


def test_the_studio_has_an_icon_of_its_own():
    assert not app_icon().isNull()
    assert len(solid_colours(app_icon().pixmap(64, 64).toImage())) > 1
