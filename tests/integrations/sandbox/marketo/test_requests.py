"""What is checked before the records: which call, whose, in which form, in which order."""

import json
from typing import Any

import pytest

from tests.integrations.sandbox.marketo.caller import (
    DESCRIBE,
    LEADS,
    MINA,
    PUSH,
    SUBMIT,
    Caller,
    bearer,
    codes,
    reasons,
)
from tests.integrations.sandbox.sender import send

PROBE = {"action": "updateOnly", "lookupField": "email", "input": [{"email": "probe@example.invalid"}]}


def test_an_unknown_call_is_not_found_with_status_200(caller: Caller) -> None:
    for path in ("/rest/v1/lead.json", "/rest/asset/v1/form/abc.json", "/rest/"):
        reply = caller.call("GET", path)
        assert (reply.status, codes(reply.content)) == (200, ["610"])
        assert reply.content["errors"][0]["message"] == "Requested resource not found"


def test_an_address_outside_the_interfaces_is_a_page_with_404(caller: Caller) -> None:
    reply = caller.call("GET", "/v1/leads.json")
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", LEADS), ("GET", PUSH), ("DELETE", SUBMIT), ("POST", DESCRIBE), ("GET", LEADS)]
)
def test_another_method_is_not_supported(caller: Caller, method: str, path: str) -> None:
    assert codes(caller.call(method, path).content) == ["605"]


@pytest.mark.parametrize("path", [LEADS, PUSH, SUBMIT])
def test_writing_needs_the_right_to_write_people(caller: Caller, path: str) -> None:
    caller.configure(permissions=["read_only_person", "read_only_assets"])
    reply = caller.call("POST", path, {"input": [MINA]})
    assert (reply.status, codes(reply.content)) == (200, ["603"])
    assert caller.kept() == []
    assert caller.call("GET", DESCRIBE).content["success"] is True


def test_without_any_right_nothing_can_be_read(caller: Caller) -> None:
    caller.configure(permissions=[])
    assert codes(caller.call("GET", DESCRIBE).content) == ["603"]
    assert codes(caller.call("GET", "/rest/asset/v1/form/1179.json").content) == ["603"]


@pytest.mark.parametrize(
    "media_type", ["application/x-www-form-urlencoded", "text/json", "application/json; charset=latin-1"]
)
def test_another_content_type_is_invalid(caller: Caller, media_type: str) -> None:
    headers = {**bearer(caller.token()), "Content-Type": media_type}
    assert codes(caller.call("POST", LEADS, PROBE, headers).content) == ["612"]


def test_a_missing_content_type_is_invalid(caller: Caller) -> None:
    headers = {"Authorization": f"Bearer {caller.token()}"}
    assert codes(caller.call("POST", LEADS, PROBE, headers).content) == ["612"]


def test_the_charset_may_be_named(caller: Caller) -> None:
    headers = {**bearer(caller.token()), "Content-Type": "application/json; charset=UTF-8"}
    assert reasons(caller.call("POST", LEADS, PROBE, headers).content) == ["1004"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff",
        b'{"input": [NaN]}',
        b"[" * 100_000,
        b'{"input": {"email": "a@b.example"}}',
        b'{"input": ["a@b.example"]}',
        b'{"input": [{"email": "a@b.example"}], "lookUpField": "email"}',
        b'{"input": [{"email": "a@b.example"}], "action": 1}',
    ],
)
def test_what_is_no_call_is_invalid_json(caller: Caller, body: bytes) -> None:
    reply = caller.call("POST", LEADS, body)
    assert (reply.status, codes(reply.content)) == (200, ["609"])
    assert caller.kept() == []


@pytest.mark.parametrize("content", [{}, {"input": []}, {"input": None}])
def test_the_input_cannot_be_blank(caller: Caller, content: dict[str, Any]) -> None:
    reply = caller.call("POST", LEADS, content)
    assert reply.content["errors"] == [{"code": "701", "message": "input cannot be blank"}]


def test_checks_come_in_their_order(caller: Caller) -> None:
    """Token, planned errors, call, method, right, content type, JSON, parameters, records."""
    caller.configure(permissions=[], planned_errors=[{"codes": ["611"]}])
    plain = {**bearer(caller.token()), "Content-Type": "text/plain"}
    assert codes(caller.call("PUT", "/rest/nothing", b"{", bearer("x")).content) == ["601"]
    assert codes(caller.call("PUT", "/rest/nothing", b"{", plain).content) == ["611"]
    assert codes(caller.call("PUT", "/rest/nothing", b"{", plain).content) == ["610"]
    assert codes(caller.call("PUT", LEADS, b"{", plain).content) == ["605"]
    assert codes(caller.call("POST", LEADS, b"{", plain).content) == ["603"]
    caller.configure(permissions=["read_write_person"])
    assert codes(caller.call("POST", LEADS, b"{", plain).content) == ["612"]
    assert codes(caller.call("POST", LEADS, b"{").content) == ["609"]
    assert codes(caller.sync(action="upsert")) == ["701"]
    assert reasons(caller.sync({"nickname": "x"}, action="upsert")) == ["1003"]
    assert reasons(caller.sync({"nickname": "x"})) == ["1006"]


def test_a_body_over_a_megabyte_is_too_large_by_status(caller: Caller) -> None:
    body = json.dumps({"input": [{"nickname": ""}]}).encode()
    assert reasons(caller.call("POST", LEADS, body.ljust(1_000_000)).content) == ["1006"]
    assert caller.call("POST", LEADS, body.ljust(1_000_001)).status == 413
    assert caller.call("POST", LEADS, body.ljust(1_048_577)).status == 413
    assert caller.kept() == []


def test_an_address_over_8_kilobytes_is_too_long_by_status(caller: Caller) -> None:
    assert caller.call("GET", f"{DESCRIBE}?a={'a' * 9000}").status == 414


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("502", "Bad Gateway"),
        ("604", "Request timed out"),
        ("608", "API Temporarily Unavailable"),
        ("611", "System error"),
        ("614", "Invalid Subscription"),
        ("616", "Invalid subscription type"),
        ("703", "The feature is not enabled for the subscription"),
        ("704", "Invalid date format"),
        ("709", "Business Rule Violation"),
        ("710", "Parent Folder Not Found"),
        ("711", "Incompatible Folder Type"),
        ("712", "Merge to person account operation is invalid"),
        ("713", "Transient error"),
        ("719", "Lock wait timeout exception"),
        ("699", "Unknown error"),
    ],
)
def test_any_error_can_be_planned_for_one_call(caller: Caller, code: str, message: str) -> None:
    caller.configure(planned_errors=[{"codes": [code]}])
    refused = caller.sync(MINA)
    assert codes(refused) == [code]
    assert refused["errors"][0]["message"] == message
    assert caller.kept() == []
    assert reasons(caller.sync(MINA)) == ["created"]


def test_a_planned_time_out_may_come_after_the_record_was_kept(caller: Caller) -> None:
    caller.configure(planned_errors=[{"codes": ["604"], "kept": True, "path": "/leads.json"}])
    assert caller.call("GET", DESCRIBE).content["success"] is True
    assert codes(caller.sync(MINA)) == ["604"]
    assert [person["email"] for person in caller.kept()] == [MINA["email"]]
    assert reasons(caller.sync(MINA)) == ["updated"]
    assert len(caller.kept()) == 1


def test_a_planned_error_may_come_several_times_with_several_codes(caller: Caller) -> None:
    caller.configure(planned_errors=[{"codes": ["713", "611"], "times": 2}])
    assert [codes(caller.sync(MINA)) for _ in range(2)] == [["713", "611"], ["713", "611"]]
    assert reasons(caller.sync(MINA)) == ["created"]
    caller.configure(planned_errors=[{"codes": ["608"], "times": None}])
    assert [codes(caller.sync(MINA)) for _ in range(3)] == [["608"]] * 3
    caller.configure(planned_errors=[])
    assert reasons(caller.sync(MINA)) == ["updated"]


def test_the_log_names_the_reason_the_person_and_no_more(caller: Caller) -> None:
    caller.sync(MINA, action="upsert")
    [arrival] = caller.marketo.control("requests")["requests"][-1:]
    assert (arrival["person"], arrival["email"]) == ("Mina Park", MINA["email"])
    assert arrival["findings"] == {"arrival": "skipped", "code": "1003"}
    caller.call("POST", LEADS, b"{")
    assert caller.last_findings() == {"refused": "not_json", "code": "609"}


def test_calls_are_counted_by_address(caller: Caller) -> None:
    caller.sync(MINA)
    caller.sync(MINA)
    caller.call("GET", DESCRIBE)
    counted = caller.marketo.control("config")["counted"]
    assert counted["calls"] == {"/identity/oauth/token": 1, LEADS: 2, DESCRIBE: 1}


def test_the_page_shows_what_arrived(caller: Caller) -> None:
    for language in ("en", "ko"):
        assert send(caller.marketo.url, "GET", f"/?lang={language}").status == 200
    caller.sync(MINA)
    caller.call("POST", LEADS, b"{")
    for language in ("en", "ko"):
        reply = send(caller.marketo.url, "GET", f"/?lang={language}")
        assert reply.status == 200
        assert MINA["email"] in reply.body.decode()
