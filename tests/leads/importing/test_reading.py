"""CSV files in the forms that programs write them, and what is none."""

import pytest

from leads.importing.reading import LONGEST_CELL, MOST_BYTES, NotReadable, read_table

PLAIN = "Name,Note\r\nMina,Hello\r\n"


def rows_of(content: bytes) -> list[list[str]]:
    table = read_table(content)
    return [table.headers, *(line.cells for line in table.lines)]


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.replace(",", ";").encode(),
        PLAIN.replace(",", "\t").encode("utf-16"),
        PLAIN.replace(",", "|").encode(),
        PLAIN.replace("\r\n", "\n").encode(),
        PLAIN.replace("\r\n", "\r").encode(),
        PLAIN.rstrip().encode(),
        ("sep=;\r\n" + PLAIN.replace(",", ";")).encode(),
        ("sep=;\r\n" + PLAIN.replace(",", ";")).encode("utf-16"),
        b'"Name","Note"\r\n"Mina","Hello"\r\n',
        ("\r\n" + PLAIN + "\r\n\r\n").encode(),
        (PLAIN + ",\r\n  ,\r\n").encode(),
        b"Name,Note,,\r\nMina,Hello\r\n",
    ],
)
def test_files_of_every_program_read_the_same(content: bytes) -> None:
    assert rows_of(content) == [["Name", "Note"], ["Mina", "Hello"]]


def test_line_breaks_separators_and_quotes_inside_quotes_are_text() -> None:
    content = 'Name,Note\r\n"Park, Mina","She said ""yes"".\nCall, soon; or\tnot"\r\n'
    assert rows_of(content.encode()) == [["Name", "Note"], ["Park, Mina", 'She said "yes".\nCall, soon; or\tnot']]


def test_rows_are_numbered_as_a_spreadsheet_program_shows_them() -> None:
    table = read_table(b'A,B\r\n1,"2\r\n3"\r\n\r\n4,5\r\n')
    assert [line.number for line in table.lines] == [2, 4]


def test_letters_of_every_language_are_kept() -> None:
    assert rows_of("Name,Firma\nMüller 박미나,شركة\n".encode("utf-16"))[1] == ["Müller 박미나", "شركة"]


def test_the_mark_of_our_own_files_is_taken_away_again() -> None:
    assert rows_of(b"Name,Phone\nMina,'+82 2 1234\nO'Hara,'quoted\n")[1:] == [
        ["Mina", "+82 2 1234"],
        ["O'Hara", "'quoted"],
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n ", "empty"),
        (b"PK\x03\x04rest", "workbook"),
        (b"\xd0\xcf\x11\xe0rest", "workbook"),
        (b"%PDF-1.7", "no_csv"),
        (b'{"a": 1, "b": 2}', "no_csv"),
        (b"<html>,</html>", "no_csv"),
        (b"a,b\n1,\0\n", "no_csv"),
        ("Name,Straße\n".encode("latin-1"), "not_utf8"),
        (b"\xff\xfea", "not_utf8"),
        (b"Name\nMina\n", "one_column"),
        (b"A cat sat on a mat.", "one_column"),
        (b"," * 200 + b"x", "too_many_columns"),
    ],
)
def test_what_is_no_csv_file_is_told_apart(content: bytes, code: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_table(content)
    assert refused.value.code == code


@pytest.mark.parametrize("broken", [b'A,B\n1,2\n3,"4\n', b'A,B\n1,2\n3,"4"5\n'])
def test_a_quote_that_is_missing_is_said_with_its_row(broken: bytes) -> None:
    with pytest.raises(NotReadable) as refused:
        rows_of(broken)
    assert (refused.value.code, refused.value.params) == ("broken_row", {"row": 3})


def test_a_cell_that_swallows_the_rest_of_the_file_is_said() -> None:
    with pytest.raises(NotReadable) as refused:
        rows_of(b"A,B\n1,2\n" + b"3," + b"x" * (LONGEST_CELL + 1))
    assert (refused.value.code, refused.value.params) == ("long_cell", {"row": 3, "limit": LONGEST_CELL})


def test_a_file_beyond_all_measure_is_not_read() -> None:
    with pytest.raises(NotReadable) as refused:
        read_table(b"a,b\n" * (MOST_BYTES // 4 + 1))
    assert (refused.value.code, refused.value.params) == ("too_large", {"limit": 20})
