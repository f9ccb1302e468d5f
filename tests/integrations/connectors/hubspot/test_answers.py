"""Which entry of a batch's answer belongs to whom, and what successes say."""

from typing import Any
from uuid import UUID

import pytest

from integrations.connectors.hubspot.answers import Entry, delivered, entries_in, found_in
from integrations.connectors.hubspot.contacts import Contact
from integrations.contract import Arrival, Delivered

MINA, JUNO = (
    Contact(UUID(int=number), {"email": email}) for number, email in ((1, "Mina@x.example"), (2, "juno@x.example"))
)
BOTH = (MINA, JUNO)


def result(number: str, **members: Any) -> dict[str, Any]:
    return {"id": number, "new": True} | members


def test_results_are_told_apart_by_trace_id_whatever_their_order() -> None:
    hers, his = result("1", objectWriteTraceId=str(MINA.key)), result("2", objectWriteTraceId=str(JUNO.key).upper())
    assert entries_in({"results": [his, hers]}, BOTH) == {
        MINA.key: Entry(hers, is_error=False),
        JUNO.key: Entry(his, is_error=False),
    }


def test_results_without_trace_id_are_told_apart_by_address() -> None:
    hers = result("1", properties={"email": "mina@X.example"})
    his = result("2", properties={"email": "juno@x.example"})
    assert entries_in({"results": [his, hers]}, BOTH) == {
        MINA.key: Entry(hers, is_error=False),
        JUNO.key: Entry(his, is_error=False),
    }


@pytest.mark.parametrize("trace", ["in_a_list", "alone", "beside"])
def test_errors_are_told_apart_by_trace_id(trace: str) -> None:
    key = str(JUNO.key)
    members: dict[str, dict[str, Any]] = {
        "in_a_list": {"context": {"objectWriteTraceId": [key]}},
        "alone": {"context": {"objectWriteTraceId": key}},
        "beside": {"objectWriteTraceId": key},
    }
    error = {"category": "CONFLICT"} | members[trace]
    hers = result("1", objectWriteTraceId=str(MINA.key))
    assert entries_in({"results": [hers], "errors": [error], "numErrors": 1}, BOTH) == {
        MINA.key: Entry(hers, is_error=False),
        JUNO.key: Entry(error, is_error=True),
    }


def test_an_error_may_be_about_several() -> None:
    error = {"category": "LOCKED", "context": {"objectWriteTraceId": [str(MINA.key), str(JUNO.key)]}}
    assert entries_in({"results": [], "errors": [error]}, BOTH) == dict.fromkeys(
        (MINA.key, JUNO.key), Entry(error, is_error=True)
    )


@pytest.mark.parametrize(
    "content",
    [
        {"results": [{"id": "1"}]},
        {"results": [{"id": "1", "properties": {"email": "first@x.example"}, "objectWriteTraceId": "other"}]},
        {"results": [], "errors": [{"category": "CONFLICT"}]},
    ],
)
def test_what_names_nobody_is_about_the_only_one(content: dict[str, Any]) -> None:
    assert list(entries_in(content, (MINA,)) or {}) == [MINA.key]
    assert entries_in(content, BOTH) == {}


@pytest.mark.parametrize("content", [None, [], "", 7, {}, {"results": None}, {"results": {}}, {"errors": []}])
def test_what_is_no_answer_to_a_batch(content: Any) -> None:
    assert entries_in(content, BOTH) is None


@pytest.mark.parametrize("content", [{"results": [None, 1, "x", []], "errors": 3}, {"results": [], "errors": [None]}])
def test_what_is_no_entry_says_nothing(content: Any) -> None:
    assert entries_in(content, BOTH) == {}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"id": "512", "new": True}, Delivered(Arrival.CREATED, "512")),
        ({"id": 512, "new": True}, Delivered(Arrival.CREATED, "512")),
        ({"id": "512", "new": False}, Delivered(Arrival.UPDATED, "512")),
        ({"id": "512"}, Delivered(Arrival.UPDATED, "512")),
    ],
)
def test_what_became_of_a_contact(content: Any, expected: Delivered) -> None:
    assert delivered(content) == expected


@pytest.mark.parametrize(
    "content",
    [None, [], "512", {}, {"id": ""}, {"id": "x"}, {"id": True}, {"id": "5\n"}, {"id": "../1"}, {"id": -1},
     {"id": "１"}, {"id": "1" * 21}],
)  # fmt: skip
def test_a_success_without_a_contacts_id_is_not_taken_for_one(content: Any) -> None:
    assert delivered(content) is None


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ({"total": 1, "results": [{"id": "513"}]}, "513"),
        ({"total": 0, "results": []}, ""),
        ({"results": [{"id": "x"}]}, None),
        ({"results": ["x"]}, None),
        ({"total": 0}, None),
        ([], None),
        (None, None),
    ],
)
def test_what_a_search_found(content: Any, found: str | None) -> None:
    assert found_in(content) == found


def test_an_entry_alone_leaves_the_others_out() -> None:
    content = {"status": "COMPLETE", "results": [{"id": "1"}, {"id": "2"}], "errors": [{"message": "x"}]}
    assert Entry({"id": "2"}, is_error=False).alone(content) == {
        "status": "COMPLETE", "results": [{"id": "2"}], "errors": [],
    }  # fmt: skip
    assert Entry({"message": "x"}, is_error=True).alone(content) == {
        "status": "COMPLETE", "results": [], "errors": [{"message": "x"}],
    }  # fmt: skip
    assert Entry({"id": "2"}, is_error=False).alone({"results": []}) == {"results": [{"id": "2"}]}
