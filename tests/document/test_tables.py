import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdstudio
from gdstudio.document import tables
from gdstudio.document.errors import ProjectError
from gdstudio.document.importing import plain_import
from gdstudio.document.limits import MAX_COLUMNS, MAX_EXAMPLES, MAX_NAME, MAX_NODES, MAX_NUMBERS

SMALL = settings(derandomize=True, deadline=None, max_examples=200, database=None)
BIRDS = "flipper,beak,mass\n181,39.1,3750\n186,39.5,3800\n"


def parse_table(text, name):
    """The data in a table that is all numbers."""
    return plain_import(tables.parse_table(text.encode(), name))


def read_table(path, target=None):
    return plain_import(tables.read_table(path), target)


def written(tmp_path, content):
    path = tmp_path / "birds.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    "content",
    [
        BIRDS.encode(),
        BIRDS.rstrip().encode(),
        BIRDS.replace("\n", "\r\n").encode(),
        BIRDS.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + BIRDS.encode(),
        BIRDS.replace(",", ";").encode(),
        BIRDS.replace(",", "\t").encode(),
        BIRDS.replace(",", " , ").encode(),
        BIRDS.replace("\n", "\n\n").encode(),
        ("\n" + BIRDS).encode(),
        ("\r\n" + BIRDS.replace(",", ";")).encode(),
        b'"flipper","beak","mass"\n"181","39.1","3750"\n186,39.5,3800\n',
        BIRDS.replace("39.5", "+3.95e1").encode(),
    ],
    ids=["plain", "no last line end", "CRLF", "CR", "BOM", "semicolons", "tabs", "spaces", "empty lines"]
    + ["empty first line", "empty first line and semicolons", "quotes", "exponents"],
)
def test_a_table_is_read_however_it_is_written(content, tmp_path):
    data = read_table(written(tmp_path, content))
    assert (data.input_names, data.target_names) == (("flipper", "beak"), ("mass",))
    assert data.raw_x.tolist() == [[181.0, 39.1], [186.0, 39.5]]
    assert data.raw_y.tolist() == [[3750.0], [3800.0]]
    assert (data.name, data.scaling) == ("birds", "none")


def test_without_a_header_columns_are_numbered():
    data = parse_table("1,2,3\n4,5,6\n", "t.csv")
    assert data.column_names == ("column 1", "column 2", "column 3")
    assert data.raw_x.tolist() == [[1.0, 2.0], [4.0, 5.0]]


def test_a_byte_order_mark_does_not_make_a_header_of_the_first_row(tmp_path):
    assert read_table(written(tmp_path, b"\xef\xbb\xbf1,2\n3,4\n")).columns.tolist() == [[1.0, 2.0], [3.0, 4.0]]


def test_numbers_as_a_spreadsheet_shows_them_keep_their_sign():
    assert parse_table("−1,2\n-3,+4\n", "t.csv").columns.tolist() == [[-1.0, 2.0], [-3.0, 4.0]]


def test_a_name_may_hold_the_separator_in_quotes():
    data = parse_table('"height, in cm";weight\n1;2\n', "t.csv")
    assert data.column_names == ("height, in cm", "weight")
    assert parse_table('"height, in cm",weight\n1,2\n', "t.csv").column_names == ("height, in cm", "weight")


def test_quoted_names_with_more_commas_than_there_are_semicolons():
    data = parse_table('"height, in cm, rounded";weight\n1;2\n', "t.csv")
    assert data.column_names == ("height, in cm, rounded", "weight")


@pytest.mark.parametrize("target", ["flipper", "beak", "mass"])
def test_any_column_can_be_the_target(target, tmp_path):
    data = read_table(written(tmp_path, BIRDS), target)
    others = [name for name in ("flipper", "beak", "mass") if name != target]
    assert data.target_names == (target,)
    assert data.input_names == tuple(others)
    column = ["flipper", "beak", "mass"].index(target)
    assert data.raw_y.ravel().tolist() == [[181.0, 186.0], [39.1, 39.5], [3750.0, 3800.0]][column]


def test_a_target_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ProjectError, match=r"“wing”.*flipper, beak, mass\.$"):
        read_table(written(tmp_path, BIRDS), "wing")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a,b\n1,2\n3,\n", "row 3, column b: the cell is empty"),
        ("a,b\n1,2\nx,4\n", "row 3, column a: “x”"),
        ("a,b\n1,nan\n", "row 2, column b: “nan”"),
        ("a,b\n1,inf\n", "row 2, column b: “inf”"),
        ("a,b\n1,1e400\n", "row 2, column b: “1e400”"),
        ("a,b\n1_0,1\n", "row 2, column a: “1_0”"),
        ("a;b\n1.5;2\n1,5;2\n1.2;1\n", "row 3, column a: “1,5”"),
        ("1,2\n3,x\n", "row 2, column column 2: “x”"),
        ("a,b\n\n1,2\n\n3,y\n", "row 5, column b: “y”"),
        ("a,b\n1,2,3\n", "row 2: it has 3 cells"),
        ("a,b\n1,2\n3\n", "row 3: it has 1 cell"),
    ],
)
def test_a_cell_that_is_no_number_is_named_by_row_and_column(text, place):
    with pytest.raises(ProjectError, match=r"\.$") as refused:
        parse_table(text, "t.csv")
    assert str(refused.value).startswith("t.csv, ")
    assert place in str(refused.value)


@pytest.mark.parametrize("header", ["", "a,b\n"])
def test_a_cell_that_is_no_number_is_named_by_its_row_also_thousands_of_rows_on(header, monkeypatch):
    monkeypatch.setattr(tables, "_CHUNK", 2)
    with pytest.raises(ProjectError, match=rf"row {6 + bool(header)}, column .*: “x”"):
        parse_table(header + "1,2\n3,4\n5,6\n\n7,8\n9,x\ny,z\n", "t.csv")


@pytest.mark.parametrize("text", ["1,nan\n2,3\n", "1,2\n", "1,inf\n2,3\n", "1,\n2,3\n"])
def test_a_first_row_of_data_is_never_lost_as_a_header(text):
    try:
        assert len(parse_table(text, "t.csv")) == text.count("\n")
    except ProjectError as error:
        assert "row 1" in str(error)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("\n \n,,\n", "empty"),
        ("a,b\n", "no rows"),
        ("a\n1\n2\n", "one column"),
        ("1\n2\n", "one column"),
        (",".join(map(str, range(MAX_NODES + 2))) + "\n", f"{MAX_NODES + 2} columns"),
        (",".join(f"c{i}" for i in range(MAX_COLUMNS + 1)) + "\n", f"{MAX_COLUMNS + 1} columns"),
        ('a,b\n1,"2\n', "CSV"),
        ('a,b\n1,"2"x\n', "CSV"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(text, words):
    with pytest.raises(ProjectError, match=rf"^t\.csv .*{words}.*\.$"):
        parse_table(text, "t.csv")


def test_more_rows_than_the_studio_takes_are_refused():
    with pytest.raises(ProjectError, match="100,001 rows"):
        parse_table("1,2\n" * (MAX_EXAMPLES + 1), "t.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_a_table_is_read_in_whatever_encoding_it_is_written(encoding, tmp_path):
    content = BIRDS.replace("beak", "Länge").encode(encoding)
    table = tables.read_table(written(tmp_path, content))
    assert [column.name for column in table.columns] == ["flipper", "Länge", "mass"]
    assert table.reading.encoding == encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")
    assert read_table(written(tmp_path, content)).raw_y.tolist() == [[3750.0], [3800.0]]


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        (b"1,2\n3,4\0\n", None, "not a text file"),
        (BIRDS.replace("beak", "bêak").encode("latin-1"), "utf-8", "not UTF-8 text"),
        (BIRDS.encode()[:-1] + b"x\n", "utf-16", "not UTF-16 text"),
        (BIRDS.encode("utf-16"), "utf-8", "not UTF-8 text"),
    ],
    ids=["NUL", "latin-1 as UTF-8", "UTF-8 as UTF-16", "UTF-16 as UTF-8"],
)
def test_what_is_no_text_is_refused_with_a_sentence(content, encoding, words, tmp_path):
    reading = None if encoding is None else tables.Reading(encoding, ",", ".", has_header=True)
    with pytest.raises(ProjectError, match=rf"^birds\.csv .*{words}.*\.$"):
        tables.read_table(written(tmp_path, content), reading)


def test_a_cell_of_ten_megabytes_is_a_cell_like_others():
    with pytest.raises(ProjectError, match=r"row 2, column a: “1111.*” is not a finite number\.$"):
        parse_table("a,b\n" + "1" * 10_000_000 + ",2\n", "t.csv")


def test_more_cells_than_there_is_room_for_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(tables, "_records", lambda *_: pytest.fail("they were read"))
    with pytest.raises(ProjectError, match=rf"more than {MAX_NUMBERS:,} cells"):
        tables.parse_table(
            b"1" + b"," * (MAX_NUMBERS + 1), "t.csv", tables.Reading("utf-8", ",", ".", has_header=False)
        )


def test_more_rows_than_there_is_room_for_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(tables, "MAX_NUMBERS", 8)
    reading = tables.Reading("utf-8", ",", ".", has_header=False)
    assert tables.parse_table(b"1,2\n" * 4, "t.csv", reading).rows == 4
    monkeypatch.setattr(tables, "_records", lambda *_: pytest.fail("they were read"))
    with pytest.raises(ProjectError, match="more than 8 cells"):
        tables.parse_table(b"1\n" * 5, "t.csv", reading)


@pytest.mark.parametrize(
    ("text", "separator", "decimal", "has_header"),
    [
        ("a;b\n1,5;2,5\n3,5;4\n", ";", ",", True),
        ("1,5;2,5\n3,5;4\n", ";", ",", False),
        ("a\tb\n1,5\t2\n", "\t", ",", True),
        ("a\tb\n1.5\t2\n", "\t", ".", True),
        ("a,b\n1,2\n", ",", ".", True),
        ("5.1,3.5,setosa\n4.9,3.0,virginica\n", ",", ".", False),
        ("name,class\nx,y\nz,y\n", ",", ".", True),
        ("1,NA\n2,3\n", ",", ".", False),
        ("year,1990,1991\nBern,3,4\n", ",", ".", False),
        ('"a;b;c",d\n1,2\n', ",", ".", True),
    ],
)
def test_how_a_table_is_written_is_guessed_from_its_first_rows(text, separator, decimal, has_header):
    assert tables.guessed(text) == tables.Reading("utf-8", separator, decimal, has_header)


def test_decimal_commas_are_numbers_and_a_point_is_then_none():
    assert parse_table("a;b\n1,5;−2,25\n3;4e−1\n", "t.csv").columns.tolist() == [[1.5, -2.25], [3.0, 0.4]]
    table = tables.parse_table(b"a;b\n1,5;2\n1.50;3\n2,5;1\n7,5;1\n8,5;1\n", "t.csv")
    assert table.columns[0].odd == 1
    assert np.isnan(table.columns[0].values[1])


@pytest.mark.parametrize(
    ("cell", "decimal", "value"),
    [
        ("1.234", ",", 1234.0), ("1.234,5", ",", 1234.5), ("-12.345.678", ",", -12345678.0), ("−1.000", ",", -1000.0),
        ("1,234", ".", 1234.0), ("1,234.5", ".", 1234.5), ("+1,234,567", ".", 1234567.0),
        ("1.2345", ",", None), ("1234.567", ",", None), ("1.234.5", ",", None), ("1,23,456", ".", None),
        (",123", ".", None), ("1,234,5", ",", None), ("1.234.567", ".", None),
    ],
)  # fmt: skip
def test_the_mark_that_is_not_the_decimal_one_may_stand_between_thousands_alone(cell, decimal, value):
    assert tables._number(cell, decimal) == value


def test_thousands_of_a_german_table_beside_plain_numbers_are_thousands():
    table = tables.parse_table(b"Jahr;Umsatz\n1;950\n2;1.234\n3;2.100\n", "t")
    assert table.reading.decimal == ","
    assert table.columns[1].values.tolist() == [950.0, 1234.0, 2100.0]
    # Never in silence: it is a question.
    assert table.columns[1].first_grouped == (3, "1.234")
    assert table.problem == "t, row 3, column Umsatz: “1.234” could be read in two ways."
    assert table.columns[0].first_grouped is None


def test_thousands_of_an_american_table_beside_plain_numbers_are_thousands():
    table = tables.parse_table(b'year\tsales\n1\t950\n2\t"1,234"\n3\t"2,100"\n', "t")
    assert table.reading.decimal == "."
    assert table.columns[1].values.tolist() == [950.0, 1234.0, 2100.0]
    table = tables.parse_table(b'year,sales\n1,950\n2,"1,234"\n3,"1,002,100"\n', "t")
    assert table.columns[1].values.tolist() == [950.0, 1234.0, 1002100.0]
    assert table.problem


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a;b\n0,234;0,345\n0,456;0,567\n", [[0.234, 0.456], [0.345, 0.567]]),
        ("a;b\n52,520;13,405\n48,137;2,352\n", [[52.52, 48.137], [13.405, 2.352]]),
        ("a;b\n-0,234;1\n-1,500;3\n", [[-0.234, -1.5], [1.0, 3.0]]),
        ("a,b\n1.234,1\n2.345,2\n3,3\n", [[1.234, 2.345, 3.0], [1.0, 2.0, 3.0]]),
        ("a\tb\n1.234\t1\n2.345\t2\n3\t3\n", [[1.234, 2.345, 3.0], [1.0, 2.0, 3.0]]),
        ("a;b\n52,520;1\n13;2\n", [[52.52, 13.0], [1.0, 2.0]]),
    ],
)
def test_three_decimals_are_decimals_and_no_question(text, values):
    table = tables.parse_table(text.encode(), "t")
    assert [column.values.tolist() for column in table.columns] == values
    assert table.problem == ""


@pytest.mark.parametrize("cell", ["1.234,5", "1.234.567", "-12.345,25"])
def test_thousands_that_can_be_nothing_else_are_no_question(cell):
    table = tables.parse_table(f"a;b\n1;2,5\n2;{cell}\n".encode(), "t")
    assert table.reading.decimal == ","
    assert table.columns[1].values[1] == float(cell.replace(".", "").replace(",", "."))
    assert table.problem == ""


@pytest.mark.parametrize(
    "column", [("0.250", "1.234", "12"), ("1.234", "2.100"), ("950", "1.234", "2.1"), ("950", "1234.500")]
)
def test_three_decimals_stay_decimals_where_anything_says_so(column):
    table = tables.parse_table("\n".join(["a;b", *(f"{k};{cell}" for k, cell in enumerate(column))]).encode(), "t")
    assert table.reading.decimal == "."
    assert table.columns[1].values.tolist() == [float(cell) for cell in column]


@pytest.mark.parametrize(("line", "separator"), [("sep=;", ";"), ("SEP=,", ","), ("sep=\t", "\t"), ("sep=; ", ";")])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_first_line_may_say_what_parts_the_cells(line, separator, end):
    rows = [separator.join(row) for row in (("a", "b"), ("1", "2"), ("3", "4"))]
    table = tables.parse_table((end.join([line, *rows]) + end).encode(), "t")
    assert table.reading.separator == separator
    assert [column.name for column in table.columns] == ["a", "b"]
    assert [column.values.tolist() for column in table.columns] == [[1.0, 3.0], [2.0, 4.0]]


def test_the_letters_of_windows_are_read_and_what_it_has_not_is_latin():
    table = tables.parse_table("c€ur “1”,œuvre\n1,2\n3,4\n".encode("cp1252"), "t")
    assert table.reading.encoding == "latin-1"
    assert [column.name for column in table.columns] == ["c€ur “1”", "œuvre"]
    other = tables.parse_table(b"gr\xf6\xdfe,b\x81\n1,2\n", "t")
    assert [column.name for column in other.columns] == ["größe", "b"]


def test_a_table_with_old_ends_of_lines_has_the_same_limit(monkeypatch):
    monkeypatch.setattr(tables, "MAX_NUMBERS", 20)
    with pytest.raises(ProjectError, match="more than 20 cells"):
        tables.parse_table(b"a,b\r" + b"1,2\r" * 11, "t")


def test_a_reading_that_is_given_is_used_as_it_is():
    table = tables.parse_table(b"1,5;2\n3,5;4\n", "t.csv", tables.Reading("utf-8", ",", ".", has_header=True))
    assert [column.name for column in table.columns] == ["1", "5;2"]
    assert table.preview == (("3", "5;4"),)


def test_quotes_may_hold_line_ends_and_separators():
    table = tables.parse_table(b'name,x\n"Dora, the\nsecond",1\n"say ""hi""",2\n', "t.csv")
    assert table.preview == (("Dora, the\nsecond", "1"), ('say "hi"', "2"))
    assert table.rows == 2


def test_a_column_of_few_words_is_one_of_classes_and_one_of_many_can_not_be_used():
    words = "\n".join(f"{('cat', 'dog', 'owl')[k % 3]},id{k},{k}" for k in range(30))
    kind, name, number = tables.parse_table(f"kind,name,x\n{words}\n".encode(), "t.csv").columns
    assert (kind.classes, kind.is_usable) == (("cat", "dog", "owl"), True)
    assert kind.values.tolist() == [float(k % 3) for k in range(30)]
    assert (name.classes, name.distinct, name.is_usable) == ((), 30, False)
    assert (number.classes, number.is_usable, number.first_odd) == ((), True, None)


def test_missing_cells_and_words_among_numbers_are_counted_apart():
    cells = ["1", "", "NA", "n/a", "NaN", "?", "2", "3", "4", "five", "5", "6", "7"]
    column = tables.parse_table("\n".join(f"{cell},1" for cell in ["x", *cells]).encode(), "t.csv").columns[0]
    assert (column.missing, column.odd, column.first_odd) == (5, 1, (3, ""))
    assert np.isnan(column.values).sum() == 6


def test_rows_of_another_length_are_left_out_and_counted_and_empty_cells_at_the_end_are_none():
    table = tables.parse_table(b"a,b\n1,2\n3\n4,5,6\n7,8,,\n", "t.csv")
    assert (table.rows, table.ragged, table.first_ragged) == (2, 2, (3, 1))
    assert table.columns[0].values.tolist() == [1.0, 7.0]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_table_in_several_pieces_is_one_whatever_ends_its_lines(end):
    rows = 60_000
    text = end.join(["a,b", *(f'{k},"{k}"' for k in range(rows))])
    table = tables.parse_table(text.encode(), "t.csv")
    assert table.rows == rows
    assert all(column.values.tolist() == list(range(rows)) for column in table.columns)


def test_progress_goes_from_nothing_to_all_and_can_end_it():
    content = b"1,2\n" * 30_000
    shares: list = []
    tables.parse_table(content, "t.csv", None, shares.append)
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.5 < shares[-1] < 1

    def stop(share):
        raise KeyError

    with pytest.raises(KeyError):
        tables.parse_table(content, "t.csv", None, stop)


def test_a_missing_file_and_a_folder_are_refused_with_a_sentence(tmp_path):
    with pytest.raises(ProjectError, match=r"^no\.csv does not exist"):
        read_table(tmp_path / "no.csv")
    with pytest.raises(ProjectError, match="is a folder"):
        read_table(tmp_path)


def test_every_column_gets_a_clean_name_of_its_own():
    data = parse_table("a,a,,\x1bx\ty ,a\n1,2,3,4,5\n", "t.csv")
    assert len(set(data.column_names)) == 5
    assert data.column_names[0] == "a"
    assert data.column_names[2] == "column 3"
    assert all(name.isprintable() and name for name in data.column_names)


def test_long_names_are_cut():
    long = "x" * 500
    data = parse_table(f"{long},{long}\n1,2\n", f"{long}.csv")
    assert len(set(data.column_names)) == 2
    assert all(len(name) <= MAX_NAME for name in (*data.column_names, data.name))


def test_two_long_names_that_already_end_in_a_number_are_told_apart_in_finite_time():
    """In a process of its own, for it may never end."""
    name = "A" * 74 + " (2)"
    code = f"from gdstudio.document.tables import parse_table; parse_table(b'{name},{name}\\n1,2\\n', 't.csv')"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=Path(gdstudio.__file__).parents[1])
    try:
        ended = process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        ended = None
    finally:
        process.kill()
        process.wait()
    assert ended == 0


@given(st.lists(st.lists(st.floats(-1e300, 1e300), min_size=3, max_size=3), min_size=1, max_size=6))
@SMALL
def test_numbers_written_with_all_digits_are_read_bit_by_bit(rows):
    text = "a,b,c\n" + "".join(",".join(map(repr, row)) + "\n" for row in rows)
    assert parse_table(text, "t.csv").columns.tobytes() == np.array(rows).tobytes()


@given(st.text("0123456789.,;\t\n\r\"' -eaπ\x00", max_size=40))
@SMALL
def test_any_text_is_a_table_or_one_sentence(text):
    try:
        assert len(parse_table(text, "t.csv")) >= 1
    except ProjectError as error:
        assert str(error).endswith(".")


def test_names_that_end_with_a_separator_below_which_nothing_stands_are_as_many_as_the_columns():
    table = tables.parse_table(b"a;b;;\n1;2\n3;4\n", "t")
    assert [column.name for column in table.columns] == ["a", "b"]
    assert (table.rows, table.ragged) == (2, 0)
    # Where something stands below, it is a column without a name.
    table = tables.parse_table(b"a;b;\n1;2;5\n3;4;6\n", "t")
    assert [column.name for column in table.columns] == ["a", "b", "column 3"]
    # And a name is never dropped.
    assert tables.parse_table(b"a;b;c\n1;2\n3;4;5\n", "t").ragged == 1
