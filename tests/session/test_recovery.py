"""Recovery: what is unsaved is kept, what a window that came to a bad end left is found, and peace leaves nothing."""

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from PySide6.QtCore import QLockFile, QTimer

from gdstudio.document import disk, files
from gdstudio.document.document import Document
from gdstudio.document.examples import load_example
from gdstudio.document.lifeboat import Lifeboat, launch, reach
from gdstudio.session.recovery import EVERY, Recovery
from gdstudio.session.session import Session


class Window:
    """A session with its recovery, as a window has them; what it says, and a way to wait for its writer."""

    def __init__(self, session: Session, folder: Path, heard) -> None:
        self.session = session
        self.folder = folder
        self.recovery = Recovery(session, folder)
        self.timer = self.recovery.findChild(QTimer)
        self.failed = heard(self.recovery.failed)

    def change(self) -> None:
        self.session.set_learning_rate(self.session.project.recipe.learning_rate / 2)

    def wait(self) -> None:
        """Until the writer has nothing to do."""
        self.recovery._writer.submit(int).result()

    def write(self) -> None:
        """What the timer does, to the end."""
        self.timer.timeout.emit()
        self.wait()

    def crash(self) -> None:
        """Come to a bad end: nothing is cleared away, and the system lets the lock go."""
        self.timer.stop()
        self.recovery._is_open = False
        self.recovery._writer.shutdown(wait=True)
        self.recovery._release()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "recovery"


@pytest.fixture
def window(session_on, folder, by):
    """Open windows that share a folder."""
    made = []

    def opened(key="hidden-layer", where=folder):
        made.append(Window(session_on(key), where, by.heard))
        return made[-1]

    yield opened
    for each in made:
        each.crash()
        each.recovery.deleteLater()


@pytest.fixture
def wreck(window):
    """What a window left that came to a bad end with one change; its place."""

    def made(key="hidden-layer", age=0):
        own = window(key)
        own.change()
        place = own.recovery.write_now()
        own.crash()
        os.utime(place, (10**9 - age, 10**9 - age))
        return place

    return made


def boats(folder):
    return sorted(path.name for path in folder.glob("*.boat"))


def same_work(boat, session):
    return files.encode(boat.document) == files.encode(session.document)


# Writing.


def test_nothing_is_written_while_nothing_is_unsaved(window, folder):
    own = window()
    own.write()
    assert own.recovery.write_now() is None
    own.wait()
    assert not own.timer.isActive()
    assert not folder.exists() or list(folder.iterdir()) == []


def test_a_change_is_written_as_it_is(window, folder):
    own = window()
    own.change()
    own.write()
    assert boats(folder) == ["window-0.boat"]
    assert same_work(reach(folder / "window-0.boat"), own.session)


def test_a_change_starts_the_timer_and_later_ones_do_not_begin_it_anew(window, monkeypatch):
    own = window()
    started = []
    monkeypatch.setattr(QTimer, "start", lambda timer, *_, real=QTimer.start: (started.append(timer), real(timer))[1])
    for _ in range(5):
        own.change()
    assert started == [own.timer]
    assert own.timer.isSingleShot()
    assert own.timer.interval() == EVERY <= 30_000


def test_the_next_change_after_writing_starts_the_timer_again(window):
    own = window()
    own.change()
    own.write()
    assert not own.timer.isActive()
    own.change()
    assert own.timer.isActive()


def test_what_is_written_is_what_was_there_at_that_moment_whatever_comes_while_it_is(window, folder):
    own = window()
    own.change()
    before = files.encode(own.session.document)
    own.recovery.write()
    own.change()
    own.wait()
    assert files.encode(reach(folder / "window-0.boat").document) == before


def test_to_write_now_is_to_have_written(window, folder):
    own = window()
    own.change()
    place = own.recovery.write_now()
    assert place == folder / "window-0.boat"
    assert same_work(reach(place), own.session)
    assert not own.timer.isActive()


def test_where_the_document_belongs_is_written_with_it(window, folder, tmp_path):
    own = window()
    assert own.session.save(tmp_path / "mine.gds")
    own.change()
    assert reach(own.recovery.write_now()).path == tmp_path / "mine.gds"


@pytest.mark.parametrize("way", ["save", "undo"])
def test_what_is_not_unsaved_any_more_is_not_kept_any_more(window, folder, tmp_path, way):
    own = window()
    own.change()
    own.write()
    own.change()
    if way == "save":
        own.session.save(tmp_path / "mine.gds")
    else:
        own.session.undo_stack.undo()
        own.session.undo_stack.undo()
    own.wait()
    assert not own.timer.isActive()
    assert boats(folder) == []


def test_what_is_still_being_written_when_it_is_not_unsaved_any_more_is_taken_away_after_that(window, folder):
    own = window()
    own.change()
    going_on = threading.Event()
    own.recovery._writer.submit(going_on.wait)
    own.recovery.write()
    own.session.undo_stack.undo()
    going_on.set()
    own.wait()
    assert boats(folder) == []


def test_two_windows_have_two_places(window, folder):
    one, other = window(), window("xor")
    for own in (one, other):
        own.change()
        own.write()
    assert boats(folder) == ["window-0.boat", "window-1.boat"]
    assert same_work(reach(folder / "window-0.boat"), one.session)
    assert same_work(reach(folder / "window-1.boat"), other.session)


def test_a_place_where_work_was_left_is_never_written_over(window, folder, wreck):
    place = wreck("xor")
    before = place.read_bytes()
    own = window()
    own.change()
    own.write()
    assert place.read_bytes() == before
    assert boats(folder) == ["window-0.boat", "window-1.boat"]


# The end in peace.


def test_closing_in_peace_leaves_no_place_and_keeps_what_was_left_unsaved(window, folder):
    own = window()
    own.change()
    own.write()
    own.recovery.close()
    assert [path.name for path in folder.iterdir()] == ["last-unsaved"]
    assert same_work(reach(own.recovery.last), own.session)
    assert window().recovery.found() == []


def test_closing_what_is_saved_keeps_nothing(window, folder, tmp_path):
    own = window()
    own.change()
    own.write()
    own.session.save(tmp_path / "mine.gds")
    own.recovery.close()
    assert list(folder.iterdir()) == []


def test_closing_without_a_change_makes_no_folder(window, folder):
    window().recovery.close()
    assert not folder.exists()


def test_a_closed_recovery_writes_nothing_more_and_does_not_mind_to_be_asked(window, folder):
    own = window()
    own.recovery.close()
    own.change()
    own.recovery.write()
    assert own.recovery.write_now() is None
    own.recovery.close()
    assert not own.timer.isActive()
    assert not folder.exists()


def test_another_document_keeps_what_was_left_unsaved_and_forgets_the_place(window, folder):
    own = window()
    own.change()
    own.write()
    left = files.encode(own.session.document)
    own.session.open(load_example("xor"), None)
    own.wait()
    assert files.encode(reach(own.recovery.last).document) == left
    assert boats(folder) == []
    assert not own.timer.isActive()


def test_another_document_after_a_saved_one_leaves_the_last_unsaved_as_it_was(window, tmp_path):
    own = window()
    own.change()
    own.session.open(load_example("xor"), None)
    own.wait()
    before = own.recovery.last.read_bytes()
    own.session.open(load_example("one-weight"), None)
    own.wait()
    assert own.recovery.last.read_bytes() == before


# Finding.


def test_where_nothing_was_ever_kept_nothing_is_found(window):
    assert window().recovery.found() == []


def test_what_a_crash_left_is_found_by_another_window(window, wreck):
    place = wreck()
    assert window().recovery.found() == [place]
    assert reach(place).document.project.title == "Hidden layer"


def test_the_newest_is_found_first(window, wreck):
    places = [wreck(age=age) for age in (30, 10, 20)]
    assert window().recovery.found() == [places[1], places[2], places[0]]


def test_the_place_of_a_window_that_lives_is_not_found(window):
    own = window()
    own.change()
    own.write()
    assert window().recovery.found() == []
    assert own.recovery.found() == []


def _empty(lock: Path) -> None:
    lock.write_bytes(b"")


def _garbage(lock: Path) -> None:
    lock.write_bytes(b"\xff\x00 no lock")


def _of_another_computer(lock: Path) -> None:
    lock.write_text("4711\npython\nanother-computer\n\n\n")


def _folder(lock: Path) -> None:
    lock.mkdir()


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (_empty, "says nothing of who holds it"), (_garbage, "says nothing of who holds it"),
        (_folder, "says nothing of who holds it"), (_of_another_computer, "is of the computer “another-computer”"),
    ],
)  # fmt: skip
def test_work_whose_lock_can_not_be_judged_is_named_with_the_way_to_it(window, wreck, folder, damage, why):
    place = wreck()
    lock = place.with_suffix(".lock")
    lock.unlink(missing_ok=True)
    damage(lock)
    other = window()
    assert other.recovery.found() == []
    sentence = other.failed[-1]
    assert str(place) in sentence
    assert lock.name in sentence
    assert why in sentence
    assert place.exists()
    lock.rmdir() if lock.is_dir() else lock.unlink()
    assert other.recovery.found() == [place]


def test_a_folder_that_is_taken_away_is_made_again_and_the_work_is_kept(window, folder):
    own = window()
    own.change()
    own.write()
    assert own.recovery._place.exists()
    shutil.rmtree(folder)
    own.change()
    own.write()
    assert own.failed == []
    assert reach(own.recovery._place).document.project.recipe == own.session.project.recipe
    assert window().recovery.found() == []  # its lock is held anew


def test_a_window_that_has_lived_for_long_lives_all_the_same(window, folder):
    own = window()
    own.change()
    own.write()
    os.utime(folder / "window-0.lock", (10**9, 10**9))
    other = window()
    assert other.recovery.found() == []
    assert other.recovery.take(folder / "window-0.boat") is None


def test_looking_takes_nothing_away_and_holds_nothing(window, wreck):
    place = wreck()
    first, second = window(), window()
    assert first.recovery.found() == second.recovery.found() == [place]


def killed(folder):
    """A process that held a place when it was killed, and left it."""
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from PySide6.QtCore import QCoreApplication\n"
        "from gdstudio.document.examples import load_example\n"
        "from gdstudio.session.recovery import Recovery\n"
        "from gdstudio.session.session import Session\n"
        "app = QCoreApplication([])\n"
        "session = Session(load_example('xor'))\n"
        f"recovery = Recovery(session, Path({str(folder)!r}))\n"
        "session.set_learning_rate(0.125)\n"
        "print(recovery.write_now().name, flush=True)\n"
        "sys.stdin.read()\n"
    )
    root = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    )
    return child, child.stdout.readline().strip()


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL of POSIX")
def test_what_a_killed_process_left_is_found_once_it_is_gone_though_its_lock_is_still_there(window, folder):
    child, name = killed(folder)
    try:
        own = window()
        assert name == "window-0.boat"
        assert own.recovery.found() == []
        assert own.recovery.take(folder / name) is None
        child.send_signal(signal.SIGKILL)
    finally:
        child.kill()
        child.communicate()
    assert (folder / "window-0.lock").exists()
    assert own.recovery.found() == [folder / name]
    assert own.recovery.take(folder / name).document.project.recipe.learning_rate == 0.125


@pytest.mark.parametrize("content", [b"", b"\0\1", b"{}", files.encode(load_example("xor"))])
def test_what_can_not_be_used_is_set_aside_and_not_found_again(window, folder, wreck, content):
    good, bad = wreck("xor"), folder / "window-7.boat"
    bad.write_bytes(content)
    own = window()
    assert own.recovery.found() == [good]
    assert not bad.exists()
    assert (folder / "window-7.aside").read_bytes() == content
    assert own.recovery.found() == [good]


def test_setting_aside_writes_over_nothing(window, folder):
    own = window()
    folder.mkdir()
    for content in (b"one", b"two", b"three"):
        place = folder / "window-0.boat"
        place.write_bytes(content)
        assert own.recovery.set_aside(place).read_bytes() == content
    assert sorted(path.read_bytes() for path in folder.iterdir()) == [b"one", b"three", b"two"]


def test_of_what_was_set_aside_the_newest_stay(window, folder):
    own = window()
    folder.mkdir()
    for number in range(23):
        place = folder / "window-0.boat"
        place.write_bytes(bytes([number]))
        os.utime(place, (10**9 + number, 10**9 + number))
        own.recovery.set_aside(place)
    assert sorted(path.read_bytes()[0] for path in folder.glob("*.aside")) == list(range(3, 23))


# Taking over.


def test_what_was_left_is_taken_over_by_one_window_alone(window, wreck):
    place = wreck()
    one, other = window(), window()
    boat = one.recovery.take(place)
    assert boat.document.project.title == "Hidden layer"
    assert other.recovery.take(place) is None
    assert other.recovery.found() == []


def test_what_another_window_took_and_saved_is_not_there_any_more(window, wreck):
    place = wreck()
    one, other = window(), window()
    assert other.recovery.found() == [place]
    assert one.recovery.take(place) is not None
    one.recovery.close()
    assert other.recovery.take(place) is None


def taken_up(window, place):
    """Another window that takes up what was left, as one does who answers yes."""
    own = window("one-weight")
    boat = own.recovery.take(place)
    own.recovery.keep(boat)
    own.wait()
    return own


def test_what_was_taken_up_stays_kept_while_it_is_unsaved(window, wreck, folder):
    place = wreck()
    own = taken_up(window, place)
    assert boats(folder) == [place.name]
    assert same_work(reach(place), own.session)
    own.change()
    own.write()
    assert boats(folder) == [place.name]
    assert same_work(reach(place), own.session)


def test_a_window_with_changes_of_its_own_takes_up_what_was_left_and_loses_neither(window, wreck, folder):
    place = wreck()
    own = window("xor")
    own.change()
    own.write()
    mine = files.encode(own.session.document)
    boat = own.recovery.take(place)
    seen = []
    session = own.session
    for told in (session.undo_stack.indexChanged, session.viewed_changed, session.document_changed):
        told.connect(lambda *_: (own.wait(), seen.append(boats(folder))))
    own.recovery.keep(boat)
    own.wait()
    # The process may end at any moment of it.
    assert len(seen) > 2
    assert all(names == [place.name] for names in seen)
    assert same_work(reach(place), own.session)
    assert files.encode(reach(own.recovery.last).document) == mine


def test_what_a_window_had_itself_is_gone_before_its_lock_is(window, wreck, folder, monkeypatch):
    place = wreck()
    own = window("xor")
    own.change()
    own.write()

    def slowly(path):
        time.sleep(0.05)
        disk.remove(path)

    monkeypatch.setattr("gdstudio.session.recovery.remove", slowly)
    own.recovery.take(place)
    # Another window that looks now would be offered what is kept as the last unsaved.
    assert boats(folder) == [place.name]


def test_saving_what_was_taken_up_leaves_nothing_of_it(window, wreck, folder, tmp_path):
    own = taken_up(window, wreck())
    own.session.save(tmp_path / "mine.gds")
    own.wait()
    assert boats(folder) == []
    own.recovery.settle()
    own.wait()
    assert boats(folder) == []


def test_what_ended_the_studio_again_is_suspect(window, wreck):
    place = wreck()
    own = window()
    assert not own.recovery.is_suspect(reach(place))
    taken_up(window, place).crash()
    assert own.recovery.is_suspect(reach(place))


def test_that_it_was_taken_up_is_on_the_disk_before_it_is_opened(window, wreck):
    place = wreck()
    own = window()
    boat = own.recovery.take(place)
    assert boat.attempts == 0
    assert reach(place).attempts == 1


def test_what_is_written_before_it_is_settled_is_suspect_too(window, wreck):
    place = wreck()
    own = taken_up(window, place)
    own.change()
    own.write()
    own.crash()
    assert window().recovery.is_suspect(reach(place))


def test_what_is_settled_can_be_offered_again(window, wreck):
    place = wreck()
    own = taken_up(window, place)
    own.recovery.settle()
    own.wait()
    own.crash()
    assert window().recovery.found() == [place]
    assert not own.recovery.is_suspect(reach(place))


def test_another_document_after_what_was_taken_up_is_not_suspect(window, wreck):
    own = taken_up(window, wreck())
    own.session.open(load_example("xor"), None)
    own.change()
    assert reach(own.recovery.write_now()).attempts == 0


def test_what_was_thrown_away_is_remembered_as_that_and_can_be_brought_back(window, wreck, folder):
    place, other = wreck("xor"), wreck()
    content = place.read_bytes()
    own = window()
    own.recovery.discard(place)
    assert own.recovery.last.read_bytes() == content
    assert own.recovery.found() == [other]
    assert window().recovery.found() == [other]
    assert boats(folder) == [other.name]


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_two_that_are_discarded_the_newer_can_be_brought_back_and_the_other_is_kept(window, folder, newest_first):
    folder.mkdir()
    places = []
    for number, key in enumerate(("xor", "two-rings", "penguins")):
        place = folder / f"window-{number}.boat"
        launch(Lifeboat(Document(load_example(key)), None), place)
        os.utime(place, (10**9 + number, 10**9 + number))
        places.append(place)
    own = window()
    for place in places[::-1] if newest_first else places:
        own.recovery.discard(place)
    assert own.recovery.found() == []
    assert reach(own.recovery.last).document.project.title == load_example("penguins").title
    kept = {reach(path).document.project.title for path in folder.glob("*.aside")}
    assert kept == {load_example(key).title for key in ("xor", "two-rings")}


def test_what_ended_the_studio_again_takes_no_other_works_place(window, wreck, folder):
    place = wreck("xor")
    own = window()
    launch(Lifeboat(Document(load_example("penguins")), None), own.recovery.last)
    own.recovery.refuse(reach(place), place)
    assert reach(own.recovery.last).document.project.title == load_example("xor").title
    assert load_example("penguins").title in {reach(path).document.project.title for path in folder.glob("*.aside")}


def test_what_can_not_be_kept_for_bringing_back_is_set_aside(window, wreck, folder):
    place = wreck()
    content = place.read_bytes()
    own = window()
    own.recovery.last.mkdir()
    own.recovery.discard(place)
    assert own.recovery.found() == []
    assert place.with_suffix(".aside").read_bytes() == content


def test_what_is_left_at_the_end_of_a_session_is_found_and_not_suspect(window, wreck):
    own = taken_up(window, wreck())
    own.change()
    work = files.encode(own.session.document)
    own.recovery.leave()
    other = window()
    (place,) = other.recovery.found()
    boat = reach(place)
    assert files.encode(boat.document) == work
    assert not other.recovery.is_suspect(boat)
    own.recovery.close()
    assert other.recovery.found() == [place]


def test_on_a_full_disk_what_was_left_is_offered_and_taken_up_all_the_same(window, wreck, monkeypatch):
    place = wreck()
    work = reach(place).document
    own = window()
    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(QLockFile, "tryLock", lambda *_: False)
    monkeypatch.setattr(QLockFile, "error", lambda _: QLockFile.LockError.UnknownError)
    assert own.recovery.found() == [place]
    boat = own.recovery.take(place)
    assert files.encode(boat.document) == files.encode(work)
    # What can't be locked is nobody's own place.
    other = window()
    other.change()
    assert other.recovery.write_now() is None


def test_what_the_file_was_goes_with_the_work(window, tmp_path):
    path = tmp_path / "mine.gds"
    files.save(load_example("xor"), path)
    own = window()
    own.session.open(load_example("xor"), path)
    own.change()
    place = own.recovery.write_now()
    own.crash()
    files.save(load_example("two-rings"), path)
    other = window()
    other.recovery.keep(other.recovery.take(place))
    assert other.session.is_changed_on_disk(path)


def test_what_another_window_has_taken_is_not_thrown_away(window, wreck):
    place = wreck()
    one, other = window(), window()
    assert one.recovery.take(place) is not None
    other.recovery.discard(place)
    assert place.exists()


# Where nothing can be kept.


def full(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def said(own, qapp):
    """What it has said so far; each a plain sentence."""
    own.wait()
    qapp.processEvents()
    for text in own.failed:
        assert text.startswith("Your work is not kept against a crash: ")
        assert text.endswith(". Save it.")
        assert "\n" not in text
        assert "Error" not in text
    return own.failed


def test_a_full_disk_is_told_once_and_the_window_goes_on(window, folder, qapp, monkeypatch):
    own = window()
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        for _ in range(3):
            own.change()
            own.write()
        assert own.recovery.write_now() is None
        assert said(own, qapp) == [
            "Your work is not kept against a crash: window-0.boat can't be written: No space left on device. Save it."
        ]
        assert boats(folder) == []
    own.change()
    own.write()
    assert same_work(reach(folder / "window-0.boat"), own.session)


def test_a_disk_that_is_full_again_is_told_again(window, qapp, monkeypatch):
    own = window()
    for times in (1, 2):
        with monkeypatch.context() as broken:
            broken.setattr(os, "fsync", full)
            own.change()
            own.write()
            assert len(said(own, qapp)) == times
        own.change()
        own.write()
        assert len(said(own, qapp)) == times


def test_a_full_disk_leaves_what_was_kept_before(window, folder, qapp, monkeypatch):
    own = window()
    own.change()
    own.write()
    before = (folder / "window-0.boat").read_bytes()
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        own.change()
        own.write()
    assert len(said(own, qapp)) == 1
    assert (folder / "window-0.boat").read_bytes() == before


def test_a_folder_that_can_not_be_made_is_told_once(window, qapp, tmp_path):
    (tmp_path / "file").write_text("a file")
    where = tmp_path / "file" / "recovery"
    own = window(where=where)
    for _ in range(3):
        own.change()
        own.write()
    assert own.recovery.write_now() is None
    assert said(own, qapp) == [
        f"Your work is not kept against a crash: {where} can't be made: Not a directory. Save it."
    ]
    assert own.recovery.found() == []
    own.session.open(load_example("xor"), None)
    own.recovery.close()


def test_a_folder_in_which_nothing_may_be_written_is_told_once(window, qapp, folder, monkeypatch):
    own = window()
    monkeypatch.setattr("gdstudio.session.recovery.QLockFile.tryLock", lambda *_: False)
    for _ in range(3):
        own.change()
        own.write()
    assert said(own, qapp) == [f"Your work is not kept against a crash: {folder} can't be written. Save it."]
    own.recovery.close()


def test_a_weight_that_is_not_finite_is_told_as_what_it_is(window, qapp, monkeypatch):
    own = window()
    monkeypatch.setattr("numpy.isfinite", lambda values: values != values)
    own.change()
    own.write()
    assert [text.split(": ")[1][:8] for text in said(own, qapp)] == ["A weight"]


def test_whatever_goes_wrong_in_writing_is_told(window, qapp, monkeypatch):
    own = window()
    monkeypatch.setattr(disk, "_flush", lambda _: 1 / 0)
    own.change()
    own.write()
    assert own.recovery.write_now() is None
    assert len(said(own, qapp)) == 1


def test_a_lifeboat_of_a_file_far_away_is_found_as_any_other(window, folder):
    folder.mkdir()
    launch(Lifeboat(window().session.document, Path("/nowhere/a.gds")), folder / "window-3.boat")
    assert window().recovery.found() == [folder / "window-3.boat"]
