"""A table on its way in: read beside the window, read again as was chosen, given up when nobody wants it any more."""

import threading
from types import SimpleNamespace

import pytest

from gdstudio.document.importing import Choice
from gdstudio.document.tables import Reading
from gdstudio.session.importer import Importer
from gdstudio.session.jobs import Jobs

TEXT = "kind;x;y\ncat;1,5;2\ndog;2,5;3\ncat;;4\n"


@pytest.fixture
def importing(qapp, tmp_path, by):
    """Begin to import a text; with all that is said, and a way to wait for it."""
    jobs = Jobs()

    def begin(text, target=None, encoding="utf-8"):
        path = tmp_path / "t.csv"
        path.write_bytes(text.encode(encoding))
        importer = Importer(path, jobs, target)
        names = ("table_changed", "choice_changed", "imported_changed", "refused", "progress_changed")
        heard = {name: by.heard(getattr(importer, name)) for name in names}

        def wait():
            for _ in range(3):
                jobs.wait()
                qapp.processEvents()

        importer.read()
        return SimpleNamespace(importer=importer, path=path, wait=wait, jobs=jobs, **heard)

    yield begin
    jobs.stop()


def test_a_table_is_read_and_made_into_data_as_it_seems_best(importing):
    on = importing(TEXT)
    on.wait()
    assert [table.rows for table in on.table_changed] == [3]
    assert on.choice_changed == [Choice(("input", "input", "target"))]
    assert [result.data.columns.tolist() for result in on.imported_changed] == [[[0.0, 1.5, 2.0], [1.0, 2.5, 3.0]]]
    assert on.importer.result is on.imported_changed[0]
    assert on.progress_changed == sorted(on.progress_changed)
    assert on.refused == []


def test_another_choice_makes_other_data_and_until_then_there_is_none(importing):
    on = importing(TEXT)
    on.wait()
    on.importer.choose(Choice(("out", "input", "target"), "mean"))
    assert on.importer.result is None
    on.wait()
    assert on.importer.result.data.raw_x.ravel().tolist() == [1.5, 2.5, 2.0]


def test_what_was_chosen_stays_when_it_is_read_otherwise_with_the_same_columns_only(importing):
    on = importing("a,b,c\n1,2,3\n4,5,6\n")
    on.wait()
    chosen = Choice(("target", "input", "out"), "mean", "unit")
    on.importer.choose(chosen)
    on.wait()
    on.importer.read(Reading("latin-1", ",", ".", has_header=True))
    on.wait()
    assert on.choice_changed[-1] == chosen
    # Also after a reading that gave nothing.
    on.importer.read(Reading("utf-16", ",", ".", has_header=True))
    on.wait()
    assert on.table_changed[-1] is None
    on.importer.read(Reading("utf-8", ",", ".", has_header=True))
    on.wait()
    assert on.choice_changed[-1] == chosen
    on.importer.read(Reading("utf-8", ",", ".", has_header=False))
    on.wait()
    assert on.choice_changed[-1] != chosen


def test_what_can_not_be_read_is_refused_with_a_sentence_and_can_be_read_otherwise(importing):
    on = importing("a,b\n1,é\n2,é\n3,ü\n", encoding="latin-1")
    on.wait()
    on.importer.read(Reading("utf-8", ",", ".", has_header=True))
    on.wait()
    assert on.refused == ["t.csv is not UTF-8 text; choose another encoding or another file."]
    assert on.importer.result is None
    assert on.importer.table is on.table_changed[-1] is None
    on.importer.read(Reading("latin-1", ",", ".", has_header=True))
    on.wait()
    assert on.importer.result.data.raw_y.ravel().tolist() == [0.0, 0.0, 1.0]


def test_what_is_chosen_while_it_is_read_again_counts(importing):
    on = importing("a,b,c\n1,2,3\n4,5,6\n")
    on.wait()
    on.importer.read(Reading("latin-1", ",", ".", has_header=True))
    chosen = Choice(("target", "input", "out"))
    on.importer.choose(chosen)
    assert on.importer.table is None
    on.wait()
    assert on.choice_changed[-1] == chosen
    assert on.importer.result.data.target_names == ("a",)


def test_a_choice_that_makes_nothing_is_refused_with_a_sentence(importing):
    on = importing(TEXT)
    on.wait()
    on.importer.choose(Choice(("out", "out", "target")))
    on.wait()
    assert on.refused == ["Choose at least one column as input."]
    assert on.importer.result is None


def test_a_target_that_is_not_there_is_said_and_another_is_taken(importing):
    on = importing(TEXT, target="z")
    on.wait()
    assert on.refused == ["There is no column “z”; there are kind, x, y."]
    assert on.choice_changed == [Choice(("input", "input", "target"))]


def test_what_is_given_up_says_nothing_more(importing):
    on = importing("1,2\n" * 50_000)
    on.importer.cancel()
    on.wait()
    assert (on.table_changed, on.imported_changed, on.refused) == ([], [], [])


def test_work_that_is_given_up_ends_at_its_next_question(importing, monkeypatch):
    given_up, went_on = threading.Event(), []

    def read(path, reading, progress):
        given_up.wait(10)
        progress(0.5)
        went_on.append(path)

    monkeypatch.setattr("gdstudio.session.importer.read_table", read)
    on = importing(TEXT)
    on.importer.cancel()
    given_up.set()
    on.wait()
    assert (went_on, on.progress_changed) == ([], [])


def test_data_that_is_given_up_while_it_is_made_is_not_told(importing):
    on = importing(TEXT)
    on.wait()
    on.importer.choose(Choice(("out", "input", "target")))
    on.importer.cancel()
    on.wait()
    assert len(on.imported_changed) == 1


def test_data_of_what_was_read_before_is_not_told_while_it_is_read_otherwise(importing):
    on = importing("1,2,3\n4,5,6\n7,8,9\n")
    on.wait()
    on.importer.choose(Choice(("out", "input", "target")))
    on.importer.read(Reading("utf-8", ",", ".", has_header=True))
    on.wait()
    assert [len(result.data) for result in on.imported_changed] == [3, 2]


def test_what_was_chosen_does_not_stay_where_a_column_can_not_be_used_any_more(importing):
    on = importing(TEXT)
    on.wait()
    on.importer.read(Reading("utf-8", ";", ".", has_header=True))
    on.wait()
    assert on.choice_changed == [Choice(("input", "input", "target")), Choice(("input", "out", "target"))]
    assert on.refused == []
