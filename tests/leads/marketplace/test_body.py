import json

import pytest

from leads.marketplace.body import UnreadablePayload, read_leads


def refusal(body: bytes) -> UnreadablePayload:
    with pytest.raises(UnreadablePayload) as caught:
        read_leads(body)
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_every_encoding_of_json_is_read(encoding: str) -> None:
    assert read_leads('{"Título":"김"}'.encode(encoding)).leads == {0: {"Título": "김"}}


@pytest.mark.parametrize("body", [b"", b"  \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe", b"\xef\xbb\xbf \n"])
def test_a_body_without_content_is_empty(body: bytes) -> None:
    assert refusal(body).code == "empty"


@pytest.mark.parametrize("body", [b"1", b'"text"', b"null", b"true", b"NaN", b"-0.5e3"])
def test_a_bare_value_is_not_an_object(body: bytes) -> None:
    assert refusal(body).code == "not_an_object"


def test_bytes_that_are_no_text_are_refused_with_the_place() -> None:
    unreadable = refusal('{"a":\n "ÿ'.encode() + b"\xff" + b'"}')
    assert unreadable.code == "not_text"
    assert unreadable.remark.params == {"line": 2, "column": 4, "position": 9}


def test_half_a_surrogate_pair_does_not_cost_the_lead() -> None:
    assert read_leads(b'{"FirstName":"Mi\xed\xa0\xbdna"}').leads == {0: {"FirstName": "Mi\ud83dna"}}


@pytest.mark.parametrize(
    ("body", "reason", "line", "column"),
    [
        (b'{"a":1\n "b":2}', "comma_missing", 2, 2),
        (b'{"a" 1}', "colon_missing", 1, 6),
        (b"{a:1}", "name_expected", 1, 2),
        (b'{"a":}', "value_expected", 1, 6),
        (b"<lead/>", "value_expected", 1, 1),
        (b'{"a":"b', "text_unterminated", 1, 6),
        (b'{"a":"\\x"}', "bad_escape", 1, 7),
        (b"{} {}", "more_after_end", 1, 4),
    ],
)
def test_a_syntax_error_is_named_with_its_place(body: bytes, reason: str, line: int, column: int) -> None:
    params = refusal(body).remark.params
    assert (params["reason"], params["line"], params["column"]) == (reason, line, column)


def test_a_refusal_quotes_nothing_of_the_body() -> None:
    unreadable = refusal(b'{"Email":"mina.park@fabrikam.example" "Phone":"821055501234"}')
    told = f"{unreadable} {unreadable!r} {unreadable.remark} {unreadable.remark.sentence}"
    assert "mina" not in told
    assert "8210" not in told
    assert unreadable.__suppress_context__


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b'{"a":' + b"[" * 50 + b"]" * 50 + b"}"])
def test_deep_nesting_is_refused(body: bytes) -> None:
    assert refusal(body).code == "too_deep"


def test_nesting_up_to_the_limit_is_read() -> None:
    assert list(read_leads(b'{"a":' + b"[" * 49 + b"]" * 49 + b"}").leads) == [0]


def test_numbers_no_computer_can_hold_are_kept_as_text() -> None:
    digits = "9" * 5_000
    fields = read_leads(f'{{"a":{digits},"b":1e999,"c":-1e999,"d":7}}'.encode()).leads[0]
    assert fields == {"a": digits, "b": "1e999", "c": "-1e999", "d": 7}


def test_what_is_not_a_number_is_missing() -> None:
    assert read_leads(b'{"a":NaN,"b":Infinity,"c":-Infinity}').leads[0] == {"a": None, "b": None, "c": None}


def test_line_breaks_inside_a_text_are_accepted() -> None:
    assert read_leads(b'{"Description":"one\ntwo\t\x00"}').leads[0] == {"Description": "one\ntwo\t\x00"}


def test_of_a_name_written_twice_the_first_value_that_is_not_empty_counts() -> None:
    assert read_leads(b'{"a":"","a":null,"a":"x","a":"y"}').leads[0] == {"a": "x"}


def test_a_broken_element_does_not_spoil_its_neighbours() -> None:
    deep = json.loads("[" * 60 + "]" * 60)
    reading = read_leads(json.dumps([{"a": 1}, 5, {"b": 2}, [], {"c": deep}]).encode())
    assert reading.leads == {0: {"a": 1}, 2: {"b": 2}}
    assert {position: remark.code for position, remark in reading.refused.items()} == {
        1: "element_not_an_object",
        3: "element_not_an_object",
        4: "too_deep",
    }
    assert reading.refused[1].params == {"element": 2}


def test_a_thousand_leads_are_read_and_one_more_is_refused() -> None:
    assert len(read_leads(b"[" + b",".join([b"{}"] * 1_000) + b"]").leads) == 1_000
    too_many = refusal(b"[" + b",".join([b"{}"] * 1_001) + b"]")
    assert (too_many.code, too_many.remark.params) == ("too_many_leads", {"count": 1_001, "limit": 1_000})


def test_a_list_without_any_lead_is_refused() -> None:
    assert refusal(b"[]").code == "empty_array"
    assert refusal(b"[1,2]").code == "element_not_an_object"
    assert refusal(b"[1,2]").remark.params == {"element": 1}
