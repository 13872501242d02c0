"""From a table to data: what is chosen is what comes, and what is left out, filled in or made of words is said."""

from dataclasses import replace

import numpy as np
import pytest

from gdstudio.document import importing
from gdstudio.document.errors import ProjectError
from gdstudio.document.importing import Choice, first_choice, imported, plain_import
from gdstudio.document.limits import MAX_EXAMPLES, MAX_NAME, MAX_NODES
from gdstudio.document.tables import parse_table

PEOPLE = """name;sex;height;weight;city;income
Anna;f;1,72;63,5;Bern;52000
Bert;m;1,85;81,2;Basel;61000
Carla;f;;58,0;Bern;47000
Dora;f;1,66;60,1;Genf;NA
Emil;m;1,79;n/a;Bern;58000
Franz;m;1,91;90,3;Basel
Gina;f;abc;62,2;Genf;49500
Hans;m;1,75;75,0;Bern;51000
"""


def table_of(text, name="people.csv"):
    return parse_table(text.encode(), name)


@pytest.fixture
def people():
    return table_of(PEOPLE)


def test_at_first_the_last_column_is_the_target_and_all_others_that_can_be_used_are_inputs(people):
    assert first_choice(people) == Choice(("out", "input", "input", "input", "input", "target"))


def test_a_target_can_be_named_and_one_that_is_not_there_is_refused(people):
    assert first_choice(people, "sex").roles == ("out", "target", "input", "input", "input", "input")
    with pytest.raises(ProjectError, match=r"“age”; there are name, sex, height, weight, city, income\.$"):
        first_choice(people, "age")


def test_rows_with_a_missing_cell_are_left_out_and_counted(people):
    result = imported(people, first_choice(people))
    data = result.data
    assert data.input_names == ("sex = m", "height", "weight", "city = Basel", "city = Bern", "city = Genf")
    assert data.target_names == ("income",)
    assert data.raw_x.tolist() == [
        [0.0, 1.72, 63.5, 0.0, 1.0, 0.0],
        [1.0, 1.85, 81.2, 1.0, 0.0, 0.0],
        [1.0, 1.75, 75.0, 0.0, 1.0, 0.0],
    ]
    assert data.raw_y.ravel().tolist() == [52000.0, 61000.0, 51000.0]
    assert result.notes == (
        "sex: f is 0, m is 1.",
        "city: a column of 0 and 1 for each of 3 classes.",
        "1 row left out: not as many cells as the first row.",
        "In columns of numbers 1 cell with something else: counted as missing.",
        "4 rows of 7 left out: a cell is missing.",
    )


def test_missing_cells_can_be_filled_with_the_mean_of_their_column_which_is_said(people):
    result = imported(people, replace(first_choice(people), filling="mean"))
    # Of the rows that are taken: one without an income is not, since a target is never made up.
    heights, weights = [1.72, 1.85, 1.79, 1.75], [63.5, 81.2, 58.0, 62.2, 75.0]
    assert result.data.raw_y.ravel().tolist() == [52000.0, 61000.0, 47000.0, 58000.0, 49500.0, 51000.0]
    assert result.data.raw_x[2, 1] == result.data.raw_x[4, 1] == pytest.approx(np.mean(heights))
    assert result.data.raw_x[3, 2] == pytest.approx(np.mean(weights))
    assert result.notes[-3:] == (
        "1 row of 7 left out: a class or a target is missing.",
        "height: 2 cells filled with the mean 1.7775.",
        "weight: 1 cell filled with the mean 67.98.",
    )


def test_what_is_filled_in_is_what_the_scaling_subtracts(people):
    data = imported(people, replace(first_choice(people), filling="mean", scaling="standard")).data
    assert data.raw_x[2, 1] == pytest.approx(data.center[1], rel=1e-15)
    assert data.x[2, 1] == pytest.approx(0.0, abs=1e-15)


def test_a_column_without_a_number_in_the_rows_that_are_left_can_not_be_filled():
    table = table_of("x,y\n1,\n,2\n,3\n")
    with pytest.raises(ProjectError, match=r"^The column x has no number in the rows that are left; leave it out\.$"):
        imported(table, Choice(("input", "target"), "mean"))


def test_a_table_in_which_nothing_can_be_used_says_so():
    words = "".join(f"a{row},b{row}\n" for row in range(30))
    table = table_of("one,two\n" + words)
    assert first_choice(table) == Choice(("out", "out"))
    with pytest.raises(ProjectError, match=r"^No column holds numbers or few classes"):
        imported(table, first_choice(table))


def test_a_missing_class_is_no_number_and_its_row_is_left_out_also_where_means_are_filled_in():
    table = table_of("kind,x\ncat,1\n,2\ndog,3\ncat,4\n")
    result = imported(table, Choice(("input", "target"), "mean"))
    assert result.data.raw_y.ravel().tolist() == [1.0, 3.0, 4.0]
    assert result.notes[-1] == "1 row of 4 left out: a cell is missing."


def test_only_the_chosen_columns_decide_which_rows_are_left_out(people):
    result = imported(people, Choice(("out", "input", "out", "out", "out", "target")))
    assert len(result.data) == 6
    assert result.notes[-1] == "1 row of 7 left out: a cell is missing."


def test_classes_can_be_the_target(people):
    data = imported(people, Choice(("out", "out", "input", "out", "target", "out"))).data
    assert data.target_names == ("city = Basel", "city = Bern", "city = Genf")
    assert (data.raw_y.sum(axis=1) == 1.0).all()


def test_the_scaling_is_that_which_was_chosen_and_shows_its_numbers(people):
    data = imported(people, replace(first_choice(people), scaling="standard")).data
    assert data.scaling == "standard"
    assert data.x[:, 1].mean() == pytest.approx(0.0, abs=1e-12)
    assert data.scaling_lines()[1].startswith("height: (value − 1.77")


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (("out", "out", "out", "out", "out", "target"), "as input"),
        (("out", "input", "input", "out", "out", "out"), "as target"),
        (("input", "out", "out", "out", "out", "target"), "column name holds neither numbers nor few classes"),
    ],
)
def test_a_choice_that_makes_no_data_is_refused_with_a_sentence(people, roles, words):
    with pytest.raises(ProjectError, match=rf"{words}.*\.$"):
        imported(people, Choice(roles))


def test_where_no_row_is_whole_that_is_said():
    table = table_of("a,b,c\n1,,3\n,2,4\n3,,5\n")
    with pytest.raises(ProjectError, match="No row is left"):
        imported(table, Choice(("input", "input", "target")))
    assert len(imported(table, Choice(("input", "input", "target"), "mean")).data) == 3


def test_more_columns_than_a_network_takes_are_not_all_chosen_at_first_and_refused_when_they_are():
    width = MAX_NODES + 6
    table = table_of("\n".join(",".join(str(k + row) for k in range(width)) for row in range(3)))
    first = first_choice(table)
    assert first.roles.count("input") == MAX_NODES
    assert len(imported(table, first).data.input_names) == MAX_NODES
    with pytest.raises(ProjectError, match=rf"These would be {width - 1} inputs; the studio takes up to {MAX_NODES}"):
        imported(table, Choice(("input",) * (width - 1) + ("target",)))


def test_a_column_of_classes_for_which_there_is_no_room_is_left_out_at_first(people):
    width = MAX_NODES - 2
    names = ",".join(f"c{k}" for k in range(width))
    rows = [f"{','.join(str(k + row) for k in range(width))},{'abc'[row % 3]},{row},{row}" for row in range(9)]
    table = table_of("\n".join([f"{names},kind,last,y", *rows]))
    choice = first_choice(table)
    assert choice.roles == ("input",) * width + ("out", "input", "target")
    assert len(imported(table, choice).data.input_names) == width + 1


def test_of_more_rows_than_the_studio_takes_some_are_taken_evenly_and_that_is_said():
    rows = 2 * MAX_EXAMPLES
    table = table_of("\n".join(f"{k},1" for k in range(rows)))
    result = imported(table, first_choice(table))
    taken = result.data.raw_x.ravel()
    assert len(taken) == MAX_EXAMPLES
    assert (taken[0], taken[-1]) == (0.0, rows - 1.0)
    assert set(np.diff(taken)) <= {1.0, 2.0, 3.0}
    assert result.notes == (
        f"{MAX_EXAMPLES:,} of {rows:,} rows taken, evenly spaced: that is the most the studio takes.",
    )


def test_names_are_clean_short_and_different_also_where_classes_are_long():
    long = "x" * 200
    table = table_of(f"kind,y\n{long}a,1\n{long}b,2\n\x1b[31mred,3\n{long}a,4\n{long}b,5\n\x1b[31mred,6\n")
    names = imported(table, Choice(("input", "target"))).data.column_names
    assert len(set(names)) == 4
    assert all(name.isprintable() and len(name) <= MAX_NAME for name in names)


def test_a_table_of_numbers_alone_needs_no_choice_and_any_other_does(people):
    assert plain_import(table_of("a,b\n1,2\n")).columns.tolist() == [[1.0, 2.0]]
    with pytest.raises(ProjectError, match="row 2, column name: “Anna” is not a finite number"):
        plain_import(people)


def test_a_table_of_as_many_rows_as_the_studio_takes_needs_no_choice(monkeypatch):
    monkeypatch.setattr(importing, "MAX_EXAMPLES", 3)
    assert len(plain_import(table_of("1,2\n3,4\n5,6\n"))) == 3
    with pytest.raises(ProjectError, match=r"has 4 rows; of a table this wide the studio takes 3\.$"):
        plain_import(table_of("1,2\n3,4\n5,6\n7,8\n"))
