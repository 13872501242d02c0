"""What is remembered between sessions of the window: theme, motion, speed, where the panels were, recent files.

Typed reads, since settings come back as text in another process. Holds nothing of a document.
"""

import hashlib
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from gdstudio.document.errors import ProjectError
from gdstudio.teaching.practice_view import Progress, read_progress, write_progress

THEMES = ("system", "light", "dark")
RECENT_FILES = 8


def open_settings(folder: Path | None = None) -> tuple[QSettings, str]:
    """Return the settings, a person's own or those in ``folder``, and a sentence where they were damaged.

    A damaged file is set aside and not written over. Raises ProjectError when there can't be such a folder.
    """
    if folder is not None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise ProjectError(f"{folder} can't be used for settings: {getattr(error, 'strerror', error)}.") from None
    settings = _settings(folder)
    path = Path(settings.fileName())
    if not _is_damaged(path) and settings.status() is not QSettings.Status.FormatError:
        return settings, ""
    aside = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(aside)
    except OSError:
        return settings, f"The settings in {path} are damaged and can't be set aside; they are used as far as they go."
    return _settings(folder), f"The settings were damaged and begin anew; what was there is in {aside}."


def _settings(folder: Path | None) -> QSettings:
    if folder is None:
        return QSettings("gdstudio", "gdstudio")
    return QSettings(str(folder / "gdstudio.ini"), QSettings.Format.IniFormat)


def _is_damaged(path: Path) -> bool:
    """Whether a settings file can't be read or is no text: Qt would read some of it and then write it anew."""
    try:
        content = path.read_bytes()
        content.decode()
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError):
        return True
    return b"\0" in content


def _check(geometry: QByteArray, arrangement: QByteArray) -> str:
    return hashlib.sha256(bytes(geometry.data()) + bytes(arrangement.data())).hexdigest()


class Preferences:
    """Settings with types and defaults; a damaged value reads as its default."""

    def __init__(self, settings: QSettings | None = None) -> None:
        self._settings = settings or QSettings("gdstudio", "gdstudio")

    @property
    def folder(self) -> Path:
        """Where the settings are, and what else is kept of this person's work."""
        path = Path(self._settings.fileName())
        if path.is_absolute():
            return path.parent
        # In a registry there is no folder.
        return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppConfigLocation))

    @property
    def theme(self) -> str:
        """One of ``THEMES``."""
        value = self._text("theme", "system")
        return value if value in THEMES else "system"

    @theme.setter
    def theme(self, theme: str) -> None:
        self._settings.setValue("theme", theme)

    @property
    def reduced_motion(self) -> bool:
        # Read as text: Qt's own reading takes any text but "false" and "0" for true.
        return self._text("reduced_motion", "false").lower() in ("true", "1")

    @reduced_motion.setter
    def reduced_motion(self, reduced: bool) -> None:
        self._settings.setValue("reduced_motion", reduced)

    @property
    def shows_welcome(self) -> bool:
        """Whether the welcome is still wanted."""
        return self._text("welcome", "true").lower() not in ("false", "0")

    @shows_welcome.setter
    def shows_welcome(self, shown: bool) -> None:
        self._settings.setValue("welcome", shown)

    @property
    def lesson(self) -> tuple[int, int] | None:
        """The lesson and its step where a person stopped; None where nothing was begun, or it is damaged."""
        numbers = self._text("lesson").split("/")
        if len(numbers) != 2 or not all(number.isdecimal() and len(number) < 6 for number in numbers):
            return None
        return int(numbers[0]), int(numbers[1])

    @lesson.setter
    def lesson(self, place: tuple[int, int] | None) -> None:
        self._settings.setValue("lesson", "" if place is None else f"{place[0]}/{place[1]}")

    @property
    def practice(self) -> Progress:
        """How far a person has come with practice."""
        return read_progress(self._text("practice"))

    @practice.setter
    def practice(self, progress: Progress) -> None:
        self._settings.setValue("practice", write_progress(progress))

    @property
    def window_state(self) -> tuple[QByteArray, QByteArray]:
        """Geometry and arrangement of the window as Qt wrote them; empty the first time.

        Also where they are not what was written: Qt crashes on an arrangement that is damaged.
        """
        state = self._bytes("geometry"), self._bytes("arrangement")
        return state if self._text("arrangement_check") in ("", _check(*state)) else (QByteArray(), QByteArray())

    @window_state.setter
    def window_state(self, state: tuple[QByteArray, QByteArray]) -> None:
        geometry, arrangement = state
        self._settings.setValue("geometry", geometry)
        self._settings.setValue("arrangement", arrangement)
        self._settings.setValue("arrangement_check", _check(geometry, arrangement))

    def _bytes(self, key: str) -> QByteArray:
        value = self._value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def _text(self, key: str, default: str = "") -> str:
        value = self._value(key, default, str)
        return value if isinstance(value, str) else default

    def _value(self, key: str, default: object = None, kind: type | None = None) -> object:
        """Return what is set; nothing where it is bytes that are no text of their kind."""
        try:
            return self._settings.value(key, default) if kind is None else self._settings.value(key, default, type=kind)
        except (ValueError, TypeError, OverflowError):
            return None

    @property
    def recent_files(self) -> list[Path]:
        """The files opened or saved last, newest first."""
        text = self._text("recent_files")
        return [Path(line) for line in text.split("\n") if line][:RECENT_FILES]

    def add_recent_file(self, path: Path) -> None:
        """Put a file at the head of the recent ones."""
        text = str(path.absolute())
        if text.encode(errors="ignore").decode().splitlines() != [text]:
            # The list is a text with a file in each line.
            return
        files = [path.absolute(), *(other for other in self.recent_files if other != path.absolute())]
        self._settings.setValue("recent_files", "\n".join(map(str, files[:RECENT_FILES])))

    def save(self) -> None:
        """Write everything now."""
        self._settings.sync()
