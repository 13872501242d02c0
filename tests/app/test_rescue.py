"""Rescue: what a crash left is offered, and what nobody caught is told once, after the work was kept."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from gdstudio.app import rescue as module
from gdstudio.app.rescue import LONGEST_LOG, SETTLED, Rescue
from gdstudio.document import edits, files
from gdstudio.document.document import Document
from gdstudio.document.examples import load_example
from gdstudio.document.lifeboat import Lifeboat, launch, reach
from gdstudio.session.recovery import Recovery
from gdstudio.session.session import Session


class Desk:
    """A small window with a rescue, and a person who presses the button called ``presses`` in every dialog."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.window = QWidget()
        self.session = Session(load_example("xor"), self.window)
        self.recovery = Recovery(self.session, folder, self.window)
        self.saved = []
        self.rescue = Rescue(self.recovery, self.session, lambda: bool(self.saved.append("saved")), self.window)
        self.told = []
        self.rescue.told.connect(self.told.append)
        self.presses = ""
        self.seen = []
        self.during = lambda: None

    def answer(self, box: QMessageBox) -> int:
        self.seen.append(
            SimpleNamespace(
                name=box.objectName(),
                text=box.text(),
                more=box.informativeText(),
                details=box.detailedText(),
                is_plain=box.textFormat() == Qt.TextFormat.PlainText,
                buttons=[button.text() for button in box.buttons() if "Details" not in button.text()],
                default=box.defaultButton().text(),
                kept=[files.encode(reach(place).document) for place in self.folder.glob("*.boat")],
            )
        )
        self.during()
        for button in box.buttons():
            if button.text() == self.presses:
                button.click()
        return 0

    def change(self) -> None:
        self.session.set_learning_rate(self.session.project.recipe.learning_rate / 2)

    @property
    def work(self) -> bytes:
        return files.encode(self.session.document)


@pytest.fixture
def desk(qapp, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    made = Desk(tmp_path / "recovery")
    monkeypatch.setattr(QMessageBox, "exec", lambda box: made.answer(box))
    later = []
    monkeypatch.setattr(module.QTimer, "singleShot", lambda time, call: later.append((time, call)))
    made.later = later
    yield made
    made.rescue.unwatch()
    made.recovery.findChild(QTimer).stop()
    made.recovery.close()
    made.window.deleteLater()


@pytest.fixture
def watched(desk, tmp_path):
    """With every exception that nobody caught."""
    desk.log = tmp_path / "crash.log"
    desk.rescue.watch(desk.log)
    return desk


# What goes wrong.


def go_wrong(text="the third wheel"):
    """A slot that raises, called by Qt."""
    button = QPushButton()

    def raises():
        raise RuntimeError(text)

    button.clicked.connect(raises)
    button.click()


def test_an_exception_in_a_slot_is_told_in_one_dialog_after_the_work_was_kept(watched, qapp, capsys):
    watched.change()
    go_wrong()
    qapp.processEvents()
    (said,) = watched.seen
    assert said.name == "troubleDialog"
    assert said.kept == [watched.work]
    assert "Your work was kept." in said.text
    assert said.text.startswith("Something went wrong inside the studio")
    assert sorted(said.buttons) == ["Go on", "Save as…"]
    assert said.default == "Save as…"
    assert capsys.readouterr().err.rstrip().endswith("RuntimeError: the third wheel")


def test_what_goes_wrong_in_each_painting_is_told_in_one_dialog_for_all(watched, qapp):
    class Painted(QWidget):
        def paintEvent(self, event):
            QPainter(self).drawText("no place")

    widget = Painted()
    widget.show()
    for _ in range(5):
        widget.update()
        qapp.processEvents()
    widget.close()
    (said,) = watched.seen
    assert said.name == "troubleDialog"
    assert "paintEvent" in said.details


def test_the_details_hold_the_traceback_in_plain_text(watched, qapp):
    go_wrong("<img src='file:///etc/hostname'>")
    qapp.processEvents()
    (said,) = watched.seen
    assert said.details.startswith("Gradient Descent Studio ")
    assert "Traceback (most recent call last):" in said.details
    assert "RuntimeError: <img src='file:///etc/hostname'>" in said.details
    assert said.is_plain
    assert "Traceback" not in said.text + said.more


def test_where_nothing_was_unsaved_that_is_said(watched, qapp):
    go_wrong()
    qapp.processEvents()
    assert "Nothing was unsaved." in watched.seen[0].text
    assert watched.seen[0].kept == []


def test_where_the_work_can_not_be_kept_that_is_said(watched, qapp, monkeypatch):
    watched.change()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    go_wrong()
    qapp.processEvents()
    assert "Your work could not be kept." in watched.seen[0].text


def test_where_keeping_the_work_goes_wrong_as_well_one_dialog_tells_both(watched, qapp):
    watched.change()
    watched.session.view = lambda: 1 / 0
    go_wrong()
    qapp.processEvents()
    qapp.processEvents()
    (said,) = watched.seen
    assert "Your work could not be kept." in said.text
    assert "RuntimeError: the third wheel" in said.details
    assert "ZeroDivisionError" in said.details
    watched.session.view = lambda: None


class Broken(QWidget):
    """A widget that can't paint itself."""

    def paintEvent(self, event):
        raise RuntimeError("no more paint")


def test_an_exception_while_painting_is_told_once_and_the_work_is_kept(watched):
    watched.change()
    widget, loop, end = Broken(), QEventLoop(), QTimer()
    end.timeout.connect(loop.quit)
    watched.during = lambda: end.start(0)
    widget.show()
    loop.exec()
    widget.hide()
    end.stop()
    assert len(watched.seen) == 1
    assert "no more paint" in watched.seen[0].details
    assert watched.seen[0].kept == [watched.work]


def test_nothing_is_told_before_what_went_wrong_is_over(watched, qapp):
    # A dialog in the middle of painting would paint again.
    go_wrong()
    assert watched.seen == []
    qapp.processEvents()
    assert len(watched.seen) == 1


def test_an_exception_on_another_thread_is_told_on_the_thread_of_the_window(watched, qapp):
    watched.change()
    where = []
    watched.during = lambda: where.append(threading.current_thread())

    def raises():
        raise RuntimeError("lost thread")

    thread = threading.Thread(target=raises)
    thread.start()
    thread.join()
    assert watched.seen == []
    qapp.processEvents()
    assert where == [threading.main_thread()]
    assert "RuntimeError: lost thread" in watched.seen[0].details
    assert watched.seen[0].kept == [watched.work]


def test_further_exceptions_while_it_stands_on_screen_are_only_logged(watched, qapp):
    watched.change()

    def more():
        for number in range(3):
            go_wrong(f"further {number}")
        qapp.processEvents()

    watched.during = more
    go_wrong("first")
    qapp.processEvents()
    assert len(watched.seen) == 1
    log = watched.log.read_text()
    assert [f"RuntimeError: {text}" in log for text in ("first", "further 0", "further 1", "further 2")] == [True] * 4


def test_after_the_dialog_was_left_another_mistake_is_told_and_the_same_one_is_no_dialog_more(watched, qapp):
    for text in ("first", "again"):
        go_wrong(text)
        qapp.processEvents()
    assert len(watched.seen) == 1
    assert "RuntimeError: again" in watched.log.read_text()
    # Said, though, so that a button is not dead without a word, and said once.
    told = ["The same thing went wrong again. To be safe, save your work and restart the studio."]
    assert watched.told == told
    go_wrong("and again")
    qapp.processEvents()
    assert watched.told == told
    button = QPushButton()
    button.clicked.connect(lambda: 1 / 0)
    button.click()
    qapp.processEvents()
    assert len(watched.seen) == 2
    assert "ZeroDivisionError" in watched.seen[1].details


def test_the_log_says_which_studio_it_was_and_what_went_wrong(watched, qapp):
    go_wrong("ü “€”")
    qapp.processEvents()
    log = watched.log.read_text(encoding="utf-8")
    assert log.startswith("gdstudio ")
    assert log.endswith("RuntimeError: ü “€”\n\n")


class Full:
    """A log on a full disk, or an error output that nobody reads any more."""

    def __getattr__(self, name):
        def fails(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        return fails


def test_a_log_and_an_error_output_that_can_not_be_written_are_no_reason_to_say_nothing(watched, qapp, monkeypatch):
    watched.change()
    watched.rescue._log.close()
    watched.rescue._log = Full()
    monkeypatch.setattr(sys, "stderr", Full())
    go_wrong()
    qapp.processEvents()
    monkeypatch.undo()
    watched.rescue._log = None
    assert len(watched.seen) == 1
    assert watched.seen[0].kept == [watched.work]


@pytest.mark.parametrize(("presses", "saved"), [("Save as…", ["saved"]), ("Go on", []), ("", [])])
def test_the_work_is_saved_elsewhere_only_where_that_is_wanted(watched, qapp, presses, saved):
    watched.presses = presses
    go_wrong()
    qapp.processEvents()
    assert watched.saved == saved


def test_the_key_that_interrupts_goes_through(watched, qapp, monkeypatch):
    gone = []
    monkeypatch.setattr(sys, "__excepthook__", lambda *trouble: gone.append(trouble[0]))
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)
    qapp.processEvents()
    assert gone == [KeyboardInterrupt]
    assert watched.seen == []


def test_a_log_that_has_grown_long_begins_anew_and_a_short_one_goes_on(desk, tmp_path):
    log = tmp_path / "crash.log"
    for size, left in ((LONGEST_LOG + 1, 0), (100, 100)):
        log.write_bytes(b"x" * size)
        desk.rescue.watch(log)
        desk.rescue.unwatch()
        assert log.stat().st_size == left


def test_where_there_can_be_no_log_everything_else_is_watched(desk, qapp, tmp_path):
    (tmp_path / "file").write_text("a file")
    desk.rescue.watch(tmp_path / "file" / "crash.log")
    go_wrong()
    qapp.processEvents()
    assert len(desk.seen) == 1


# The end of a session.


ENDED = """
    import signal, sys
    from PySide6.QtCore import QTimer
    from gdstudio.app import main, studio

    # Whoever runs the tests in the background may have it ignored, and so it would stay.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    def begin():
        made.session.set_learning_rate(0.125)
        if sys.argv[2] == "asked":
            QTimer.singleShot(0, made.window.close)
        QTimer.singleShot(200, lambda: print("ready", flush=True))

    def offer(self):
        global made
        made = self
        QTimer.singleShot(0, begin)

    real = studio.Studio._begin
    studio.Studio._begin = lambda self: (real(self), offer(self))
    sys.exit(main.run(["--config-dir", sys.argv[1]]))
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_a_studio_that_was_begun_to_outlive_a_signal_does(desk):
    before = {number: signal.getsignal(number) for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        desk.rescue.watch_ends()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_IGN, signal.SIG_DFL)
        desk.rescue.unwatch()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize(
    ("number", "when"), [(signal.SIGTERM, "at work"), (signal.SIGTERM, "asked"), (signal.SIGINT, "at work")]
)
def test_a_studio_that_is_told_to_end_keeps_the_work_and_goes_at_once(tmp_path, number, when):
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(ENDED), str(tmp_path), when],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    try:
        assert child.stdout.readline() == "ready\n"
        child.send_signal(number)
        assert child.wait(timeout=60) == 128 + number
    finally:
        child.kill()
        child.communicate()
    boat = reach(tmp_path / "recovery" / "window-0.boat")
    assert boat.document.project.recipe.learning_rate == 0.125
    assert boat.attempts == 0
    assert not (tmp_path / "recovery" / "window-0.lock").exists()


# What was left.


def left(desk, number=0, attempts=0, path=None, age=0, title="XOR", edit=lambda project: project):
    """What a window left that came to a bad end."""
    desk.folder.mkdir(exist_ok=True)
    place = desk.folder / f"window-{number}.boat"
    project = edit(edits.rename(load_example("two-weights"), title))
    launch(Lifeboat(Document(project), path, attempts), place)
    os.utime(place, (10**9 - age, 10**9 - age))
    return place


def test_where_nothing_was_left_nothing_is_asked(desk):
    desk.rescue.offer()
    assert (desk.seen, desk.told) == ([], [])


def test_what_was_left_is_offered_with_its_title_its_time_and_where_it_stands(desk):
    left(desk)
    desk.rescue.offer()
    (said,) = desk.seen
    assert said.name == "recoveryDialog"
    assert said.text.startswith("The studio ended without saving “XOR”.\n\nKept on 2001-09-")
    assert ": at step 0.\n" in said.text
    assert said.more == "What you discard can be brought back once, with File › Bring back unsaved work."
    assert said.text.endswith("It was never saved to a file.")
    assert sorted(said.buttons) == ["Ask again later", "Discard", "Recover"]
    assert said.default == "Recover"
    assert said.is_plain


def test_a_title_in_markup_is_shown_as_it_is(desk):
    left(desk, title="<b>&amp;</b>")
    desk.rescue.offer()
    assert "“<b>&amp;</b>”" in desk.seen[0].text
    assert desk.seen[0].is_plain
    assert "amp" not in desk.seen[0].more


def test_it_says_at_which_step_the_saved_version_is(desk, tmp_path):
    files.save(load_example("two-weights"), tmp_path / "mine.gds")
    left(desk, path=tmp_path / "mine.gds")
    desk.rescue.offer()
    assert desk.seen[0].text.endswith(f"The saved version, mine.gds in {tmp_path}, is at step 0.")


def test_it_says_that_the_saved_version_can_not_be_used(desk, tmp_path):
    left(desk, path=tmp_path / "gone.gds")
    desk.rescue.offer()
    assert desk.seen[0].text.endswith(f"Its file can't be used: gone.gds does not exist in {tmp_path}.")


def test_recovered_work_is_open_unsaved_and_belongs_to_its_file(desk, tmp_path):
    place = left(desk, path=tmp_path / "mine.gds")
    desk.presses = "Recover"
    desk.rescue.offer()
    assert desk.session.project.title == "XOR"
    assert desk.session.project.network == load_example("two-weights").network
    assert desk.session.is_modified
    assert desk.session.path == tmp_path / "mine.gds"
    assert place.exists()


def test_recovered_work_counts_as_well_after_a_while(desk):
    place = left(desk)
    desk.presses = "Recover"
    desk.rescue.offer()
    assert reach(place).attempts == 1
    ((time, call),) = desk.later
    assert time == SETTLED
    call()
    desk.recovery._writer.submit(int).result()
    assert reach(place).attempts == 0


def test_discarded_work_is_gone_for_good(desk):
    place = left(desk)
    desk.presses = "Discard"
    desk.rescue.offer()
    assert not place.exists()
    desk.rescue.offer()
    assert len(desk.seen) == 1
    assert not desk.session.is_modified


@pytest.mark.parametrize("presses", ["Ask again later", ""])
def test_what_is_put_off_is_offered_again(desk, presses):
    place = left(desk)
    before = place.read_bytes()
    desk.presses = presses
    desk.rescue.offer()
    assert place.read_bytes() == before
    desk.rescue.offer()
    assert len(desk.seen) == 2


def test_the_newest_is_offered_first_until_one_is_taken(desk):
    for number, age in enumerate((30, 10, 20)):
        left(desk, number, age=age, title=f"aged {age}")
    desk.during = lambda: setattr(desk, "presses", "Recover" if len(desk.seen) == 2 else "Ask again later")
    desk.rescue.offer()
    assert [said.text.split("“")[1].split("”")[0] for said in desk.seen] == ["aged 10", "aged 20"]
    assert desk.session.project.title == "aged 20"


def test_what_another_window_took_meanwhile_is_not_opened(desk, monkeypatch):
    left(desk)
    desk.presses = "Recover"
    monkeypatch.setattr(desk.recovery, "take", lambda place: None)
    before = desk.session.project
    desk.rescue.offer()
    assert desk.session.project is before
    assert desk.later == []


def test_what_ended_the_studio_again_is_set_aside_and_told_but_not_offered(desk):
    place = left(desk, attempts=1)
    content = place.read_bytes()
    desk.rescue.offer()
    assert desk.seen == []
    assert desk.told == [
        "What was left of the last time has ended the studio again, so it is not offered any more; "
        f"File › Bring back unsaved work still opens it, and it is kept as window-0.aside in {desk.folder}."
    ]
    assert (desk.folder / "window-0.aside").read_bytes() == content
    assert files.encode(reach(desk.recovery.last).document) == files.encode(
        reach(desk.folder / "window-0.aside").document
    )
    desk.rescue.offer()
    assert len(desk.told) == 1


def test_what_is_suspect_does_not_keep_the_others_from_being_offered(desk):
    left(desk, 0, attempts=1, age=1)
    left(desk, 1, age=2, title="fine")
    desk.rescue.offer()
    assert len(desk.told) == 1
    assert "“fine”" in desk.seen[0].text


def test_what_can_not_be_read_is_not_offered(desk):
    place = left(desk)
    place.write_bytes(b"\0\1")
    desk.rescue.offer()
    assert desk.seen == []
    assert (desk.folder / "window-0.aside").read_bytes() == b"\0\1"


def test_what_is_gone_when_its_turn_comes_does_not_keep_the_others_from_being_offered(desk, monkeypatch):
    place = left(desk, title="fine")
    monkeypatch.setattr(desk.recovery, "found", lambda: [desk.folder / "window-9.boat", place])
    desk.rescue.offer()
    assert "“fine”" in desk.seen[0].text


# The key that leaves a dialog.


NO_SCREEN = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def escapes(desk, qtbot, monkeypatch):
    """A person who presses Escape in every dialog; whether each was left by that."""
    left_by_it = []

    def escape(box):
        box.show()
        qtbot.keyClick(box, Qt.Key.Key_Escape)
        left_by_it.append(not box.isVisible())
        box.hide()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", escape)
    return left_by_it


@NO_SCREEN
def test_escape_puts_off_what_was_left_and_throws_nothing_away(desk, escapes):
    place = left(desk)
    before = place.read_bytes()
    desk.rescue.offer()
    desk.rescue.offer()
    assert escapes == [True, True]
    assert place.read_bytes() == before
    assert not desk.session.is_modified


@NO_SCREEN
def test_escape_goes_on_after_a_mistake(watched, escapes, qapp):
    go_wrong()
    qapp.processEvents()
    assert escapes == [True]
    assert watched.saved == []
