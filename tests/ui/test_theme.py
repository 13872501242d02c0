"""Two themes with enough contrast, a style sheet without a name left over, and the bundled fonts."""

import re
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetricsF
from PySide6.QtWidgets import QApplication, QPushButton

from gdstudio.ui.theme import (
    DARK,
    LIGHT,
    NUMBER_FAMILY,
    TEXT_FAMILY,
    Theme,
    apply_basics,
    apply_theme,
    number_font,
    restyle,
    style_sheet,
    text_font,
    theme_named,
)

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = QColor(color).getRgbF()[:3]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


PAIRS = [
    *((ink, "card", 4.5) for ink in ("text", "muted", "slope", "good", "bad", "accent")),
    *((ink, "card", 3.0) for ink in ("positive", "negative")),
    *(("text", paper, 4.5) for paper in ("window", "field", "hover", "notice")),
    ("muted", "window", 4.5),
    ("slope", "field", 4.5),
    ("on_accent", "accent", 4.5),
    ("on_accent", "accent_hover", 4.5),
]


@THEMES
def test_ink_stands_out_from_paper(theme):
    found = {(ink, paper): contrast(getattr(theme, ink), getattr(theme, paper)) for ink, paper, _ in PAIRS}
    assert {(ink, paper): found[ink, paper] for ink, paper, least in PAIRS if found[ink, paper] < least} == {}


@THEMES
def test_the_roles_that_tell_things_apart_differ(theme):
    roles = [getattr(theme, role) for role in ("positive", "negative", "slope", "good", "bad")]
    assert len(set(roles)) == len(roles)
    hues = sorted(QColor(getattr(theme, role)).hue() for role in ("positive", "negative", "slope"))
    assert min(b - a for a, b in pairwise(hues)) > 40


@THEMES
def test_every_name_of_the_style_sheet_is_replaced(theme, qapp):
    sheet = style_sheet(theme)
    assert re.findall(r"@\w+", sheet) == []
    for path in re.findall(r"url\(([^)]*)\)", sheet):
        assert Path(path).is_file()


@THEMES
def test_every_colour_is_written_in_full(theme):
    for field in fields(Theme):
        if field.name != "name":
            assert re.fullmatch(r"#[0-9a-f]{6}", getattr(theme, field.name))


@THEMES
def test_a_theme_is_put_on_the_application(theme, qapp):
    apply_basics(qapp, LIGHT)
    apply_theme(qapp, theme)
    assert qapp.palette().window().color().name() == theme.window
    assert qapp.palette().text().color().name() == theme.text
    assert theme.accent in qapp.styleSheet()
    assert qapp.style().name().casefold() in ("fusion", "") or qapp.styleSheet()
    apply_theme(qapp, LIGHT)


def test_a_tint_is_opaque_and_lies_between_ink_and_card():
    assert LIGHT.tint("negative", 1.0).name() == LIGHT.negative
    assert LIGHT.tint("negative", 0.0).name() == LIGHT.card
    half = DARK.tint("positive", 0.5)
    assert half.alphaF() == 1.0
    low, high = sorted((QColor(DARK.positive).blue(), QColor(DARK.card).blue()))
    assert low < half.blue() < high


def test_a_colour_has_the_opacity_that_was_asked_for():
    assert LIGHT.color("slope").alphaF() == 1.0
    assert LIGHT.color("slope", 0.25).alphaF() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK), ("nonsense", LIGHT)])
def test_a_theme_is_found_by_its_name(name, theme):
    assert theme_named(name) is theme
    assert theme.is_dark == (theme is DARK)


def test_the_system_decides_where_it_is_asked(qapp):
    assert theme_named("system") in (LIGHT, DARK)


def test_the_bundled_fonts_are_used(dressed):
    assert QFontInfo(text_font(13)).family() == TEXT_FAMILY
    assert QFontInfo(number_font(13)).family() == NUMBER_FAMILY
    assert QApplication.font().family() == TEXT_FAMILY
    assert QFontInfo(text_font(13, QFont.Weight.DemiBold)).weight() == QFont.Weight.DemiBold


def test_all_figures_are_of_one_width(dressed):
    metrics = QFontMetricsF(number_font(13))
    assert len({metrics.horizontalAdvance(figure) for figure in "0123456789−.e"}) == 1


def test_every_sign_of_a_number_is_in_the_font_of_numbers(dressed):
    metrics = QFontMetricsF(number_font(13))
    assert [sign for sign in "0123456789−.,e×→Δ²✓∞·…()=/" if not metrics.inFontUcs4(ord(sign))] == []


def test_a_font_has_a_size_that_qt_takes(dressed):
    assert [text_font(size).pixelSize() for size in (0, -3, 0.2, 13.4)] == [1, 1, 1, 13]


def test_a_property_that_the_style_asks_for_is_seen_at_once(qtbot, dressed):
    button = QPushButton("Save")
    qtbot.addWidget(button)
    button.resize(80, 30)
    button.show()

    def colour():
        return button.grab().toImage().pixelColor(10, 6).name()

    assert colour() == LIGHT.field
    restyle(button, "primary", True)
    assert colour() == LIGHT.accent
    restyle(button, "primary", False)
    assert colour() == LIGHT.field
