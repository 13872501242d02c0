"""Colours and fonts, light and dark, and how they are put on.

One accent colour; slopes have a colour of their own everywhere. Knows no widget by name.
"""

from dataclasses import dataclass, fields
from functools import cache

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from gdstudio.resources import resource

TEXT_FAMILY = "Inter"
RUN_COLORS = 6
NUMBER_FAMILY = "JetBrains Mono"


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours by what they mean, as ``#rrggbb``."""

    name: str
    window: str
    card: str
    border: str
    field: str
    hover: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    positive: str
    negative: str
    slope: str
    good: str
    test: str
    bad: str
    notice: str
    run_1: str
    run_2: str
    run_3: str
    run_4: str
    run_5: str
    run_6: str

    @property
    def is_dark(self) -> bool:
        return self.name == "dark"

    def color(self, role: str, alpha: float = 1.0) -> QColor:
        """Return the colour of a role, such as ``slope``, with an opacity."""
        color = QColor(getattr(self, role))
        color.setAlphaF(alpha)
        return color

    def rgb(self, role: str) -> tuple[int, int, int]:
        """Return the colour of a role as three numbers from 0 to 255."""
        color = QColor(getattr(self, role))
        return color.red(), color.green(), color.blue()

    def run_color(self, number: int) -> QColor:
        """Return the colour of a kept or racing run; there are six, in turn."""
        return self.color(f"run_{number % RUN_COLORS + 1}")

    def tint(self, role: str, share: float) -> QColor:
        """Return the opaque colour that a role makes at this opacity on a card: it draws eight times as fast."""
        ink, paper = QColor(getattr(self, role)), QColor(self.card)
        return QColor.fromRgbF(
            share * ink.redF() + (1.0 - share) * paper.redF(),
            share * ink.greenF() + (1.0 - share) * paper.greenF(),
            share * ink.blueF() + (1.0 - share) * paper.blueF(),
        )


LIGHT = Theme(
    name="light", window="#f4f6f9", card="#ffffff", border="#e3e8ef", field="#eef1f8", hover="#e2e8f4", text="#16202e",
    muted="#5d6778", accent="#1d6feb", accent_hover="#1560d2", on_accent="#ffffff", positive="#2f78ea",
    negative="#d4622a", slope="#a035ae", good="#0b8261", test="#9a6700", bad="#c23934", notice="#fff6e0",
    run_1="#1d6feb", run_2="#c4501b", run_3="#6b4fbb", run_4="#8a6d00", run_5="#b0256b", run_6="#3f7d20",
)  # fmt: skip
DARK = Theme(
    name="dark", window="#14171c", card="#1c2026", border="#2c323b", field="#262c35", hover="#323a46", text="#e8ebf0",
    muted="#98a1b0", accent="#4d98f8", accent_hover="#6aaaff", on_accent="#0b1624", positive="#5a9bf6",
    negative="#f0904f", slope="#e27ceb", good="#38cfa2", test="#e3b341", bad="#ff7a70", notice="#3a3220",
    run_1="#5aa2ff", run_2="#ff9457", run_3="#b39cff", run_4="#e0bf3a", run_5="#ff7fb5", run_6="#8fd465",
)  # fmt: skip


@cache
def load_fonts() -> None:
    """Make the bundled fonts known to Qt, once."""
    for path in sorted(resource("fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(path))


def text_font(size: float, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the font of words, ``size`` in pixels."""
    return _font(TEXT_FAMILY, size, weight)


def number_font(size: float, weight: QFont.Weight = QFont.Weight.Medium) -> QFont:
    """Return the font of numbers, with figures of one width, ``size`` in pixels."""
    return _font(NUMBER_FAMILY, size, weight)


def _font(family: str, size: float, weight: QFont.Weight) -> QFont:
    font = QFont(family)
    font.setPixelSize(max(1, round(size)))
    font.setWeight(weight)
    return font


def system_is_dark() -> bool:
    """Whether the desktop asks for dark windows."""
    app = QApplication.instance()
    return isinstance(app, QApplication) and app.styleHints().colorScheme() is Qt.ColorScheme.Dark


def theme_named(name: str) -> Theme:
    """Return the theme for ``light``, ``dark`` or ``system``."""
    if name == "system":
        return DARK if system_is_dark() else LIGHT
    return DARK if name == "dark" else LIGHT


def apply_theme(app: QApplication, theme: Theme) -> None:
    """Put another theme's palette and style sheet on the application, which has its style and font already."""
    # Styled by the old sheet to the last, each widget would be styled three times: half a second in the whole window.
    app.setStyleSheet("")
    app.setPalette(_palette(theme))
    app.setStyleSheet(style_sheet(theme))


def apply_basics(app: QApplication, theme: Theme) -> None:
    """Put style, font and palette on the application, without the style sheet.

    For a window that is still to be built: with a style sheet each widget is styled anew whenever it is put somewhere.
    """
    load_fonts()
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setFont(text_font(13))
    app.setPalette(_palette(theme))


def style_sheet(theme: Theme) -> str:
    """Return the style sheet with the theme's colours for its ``@names``."""
    sheet = resource("styles/studio.qss").read_text(encoding="utf-8")
    names = sorted((field.name for field in fields(Theme)), key=len, reverse=True)
    for name in names:
        sheet = sheet.replace(f"@{name};", f"{getattr(theme, name)};").replace(f"@{name} ", f"{getattr(theme, name)} ")
    return sheet.replace("@check", resource(f"icons/check-{theme.name}.svg").as_posix()).replace(
        "@chevron", resource(f"icons/chevron-{theme.name}.svg").as_posix()
    )


def restyle(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet asks for: it looks at a widget once, and not again by itself."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _palette(theme: Theme) -> QPalette:
    palette = QPalette()
    roles = QPalette.ColorRole
    for role, color in {
        roles.Window: theme.window,
        roles.WindowText: theme.text,
        roles.Base: theme.card,
        roles.AlternateBase: theme.field,
        roles.Text: theme.text,
        roles.Button: theme.field,
        roles.ButtonText: theme.text,
        roles.BrightText: theme.bad,
        roles.ToolTipBase: theme.card,
        roles.ToolTipText: theme.text,
        roles.PlaceholderText: theme.muted,
        roles.Highlight: theme.accent,
        roles.HighlightedText: theme.on_accent,
        roles.Link: theme.accent,
        roles.Mid: theme.border,
        roles.Dark: theme.border,
        roles.Light: theme.card,
        roles.Shadow: theme.border,
        roles.Accent: theme.accent,
    }.items():
        palette.setColor(role, QColor(color))
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, theme.color("muted", 0.55))
    return palette
