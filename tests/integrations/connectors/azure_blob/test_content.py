from dataclasses import replace
from uuid import UUID

import pytest

from integrations.connectors.azure_blob.content import DEFAULT_FIELDS, CsvRows, JsonLines, as_line, content_of
from integrations.mapping import FieldMap, Origin, Rule
from tests.integrations.records import RECORD


def test_key_and_time_come_first_and_empty_fields_not_at_all() -> None:
    content = content_of(replace(RECORD, company=""), DEFAULT_FIELDS)
    assert list(content.values)[:3] == ["Id", "ReceivedAt", "FirstName"]
    assert "Company" not in content.values
    assert "Company" in content.columns


def test_a_blob_is_one_line_of_utf_8() -> None:
    assert as_line({"Id": "1", "Name": "Zoë\n"}) == '{"Id":"1","Name":"Zoë\\n"}\n'.encode()


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=SUM(A1)", "'=SUM(A1)"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("plain", "plain"), ("a=b", "a=b"),
        ("", ""), ('say "hi"', '"say ""hi"""'), ("a,b", '"a,b"'), ("a\nb", '"a\nb"'), (True, "true"),
    ],
)  # fmt: skip
def test_a_cell_is_quoted_as_csv_wants_it_and_never_a_formula(value: object, cell: str) -> None:
    content = content_of(RECORD, FieldMap.of([], []))._replace(values={"X": value, "Y": "z"})
    assert CsvRows().line(content, ["X", "Y"]).decode() == f"{cell},z\r\n"


def test_keys_are_found_at_the_start_of_lines_only() -> None:
    key, other = UUID(int=1), UUID(int=2)
    lines = f'{{"Id":"{key}","Note":"{{\\"Id\\":\\"{other}\\"}}"}}\n{other}\n'.encode()
    assert JsonLines().keys_in(lines) == {key}
    assert CsvRows().keys_in(f"{key},2026\r\nx,{other},\r\n".encode()) == {key}


def test_the_columns_of_a_file_are_in_its_first_line() -> None:
    assert CsvRows().columns_in(b"Id,ReceivedAt,Email\r") == ("Id", "ReceivedAt", "Email")
    assert CsvRows().columns_in(b"Email,Id") is None
    assert JsonLines().columns_in(b'{"Id":"x"}') == ()
    assert JsonLines().columns_in(b"Id,ReceivedAt") is None


def test_columns_follow_the_rules_and_each_is_there_once() -> None:
    rules = [Rule("Mail", Origin.FIELD, "email"), Rule("Id", Origin.FIELD, "email"), Rule("A", Origin.CONSTANT, "b")]
    assert content_of(RECORD, FieldMap.of([], rules)).columns == ("Id", "ReceivedAt", "Mail", "A")
