"""The control interface: what it takes, what it refuses, and whom it lets in."""

import json
from typing import Any

import pytest

from integrations.sandbox.receiver import Receiver
from tests.integrations.sandbox.sender import SECRET, Reply, post, post_signed, send


def call(
    sandbox: Receiver, method: str, path: str, content: Any = None, headers: dict[str, str] | None = None
) -> Reply:
    body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
    return send(sandbox.url, method, f"/_control/{path}", body, headers)


def refused(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.content["error"]["field"]


@pytest.mark.parametrize(
    ("path", "content", "field", "message"),
    [
        ("faults", b"{", "body", "body: this is not JSON; check quotes and commas."),
        ("faults", b"[" * 100_000, "body", "body: this is not JSON; check quotes and commas."),
        ("faults", 7, "body", "body: needs a JSON object."),
        ("faults", {}, "action", None),
        ("faults", {"action": "explode"}, "action", None),
        ("faults", {"action": "respond", "times": 0}, "times", "times: needs a whole number from 1 to 10000."),
        ("faults", {"action": "respond", "times": "2"}, "times", None),
        ("faults", {"action": "respond", "times": True}, "times", None),
        ("faults", {"action": "respond", "status": 100}, "status", "status: needs a whole number from 200 to 599."),
        ("faults", {"action": "redirect", "status": 200}, "status", "status: needs a whole number from 300 to 399."),
        ("faults", {"action": "respond", "delay": 601}, "delay", "delay: needs a number from 0 to 600.0."),
        ("faults", {"action": "respond", "body": 5}, "body", "body: needs a text."),
        ("faults", {"action": "respond", "body": "\ud83d"}, "body", "body: needs a text."),
        ("faults", {"action": "respond", "match": {"path": "\ud83d"}}, "match.path", None),
        (
            "faults",
            {"action": "respond", "headers": {"X": "a\r\nb"}},
            "headers.X",
            "headers.X: not fit for an HTTP header.",
        ),
        ("faults", {"action": "respond", "headers": {"X Y": "a"}}, "headers.X Y", None),
        ("faults", {"action": "redirect", "location": "http://a\n"}, "location", None),
        (
            "faults",
            {"action": "delay", "status": 500},
            "status",
            "status: not known here; remove it or check its spelling.",
        ),
        ("faults", {"action": "respond", "tmies": 2}, "tmies", None),
        ("faults", {"action": "respond", "match": {"host": "a"}}, "match.host", None),
        ("faults", {"action": "respond", "match": {"path": 1}}, "match.path", None),
        ("faults", {"action": "oversize", "size": 0}, "size", None),
        ("faults", {"action": "commit_then_drop", "reset": "yes"}, "reset", "reset: needs true or false."),
        ("config", {"secrets": "whsec_x"}, "secrets", None),
        ("config", {"secrets": ["whsec_x"]}, "secrets", None),
        ("config", {"secrets": [SECRET] * 6}, "secrets", None),
        ("config", {"require_signature": 1}, "require_signature", None),
        ("config", {"success_status": 203}, "success_status", "success_status: needs one of: 200, 201, 202, 204."),
        ("config", {"on_repeat": "fail"}, "on_repeat", "on_repeat: needs one of: accept, conflict."),
        ("config", {"basic": {"user": "a"}}, "basic.user", None),
        ("config", {"bearer": 1}, "bearer", None),
        ("config", {"headers": {"X": 1}}, "headers.X", None),
        ("config", {"receiver": "a/b"}, "receiver", "receiver: up to 64 letters, digits, - and _."),
        ("config", {"secret": SECRET}, "secret", None),
        ("clock", {"offset": "1h"}, "offset", None),
        ("clock", {"offset": 0, "zone": "UTC"}, "zone", None),
        ("reset", {"keep": True}, "keep", None),
    ],
)
def test_bad_input_is_refused_with_its_field(
    sandbox: Receiver, path: str, content: Any, field: str, message: str | None
) -> None:
    reply = call(sandbox, "POST", path, content)
    assert refused(reply) == (400, field)
    assert message in {None, reply.content["error"]["message"]}
    assert sandbox.control("faults") == {"faults": []}
    assert sandbox.control("config")["receivers"].keys() == {""}


def test_one_bad_fault_in_a_list_plans_none(sandbox: Receiver) -> None:
    assert call(sandbox, "POST", "faults", [{"action": "respond"}, {"action": "no"}]).status == 400
    assert sandbox.control("faults") == {"faults": []}


def test_a_refused_call_raises_in_python(sandbox: Receiver) -> None:
    with pytest.raises(ValueError, match="times: needs a whole number"):
        sandbox.control("faults", {"action": "respond", "times": -1})


@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "since=1"])
def test_a_query_that_is_not_known_is_refused(sandbox: Receiver, query: str) -> None:
    assert refused(call(sandbox, "GET", f"records?{query}")) == (400, query.split("=")[0])


def test_unknown_calls_are_named_missing(sandbox: Receiver) -> None:
    reply = call(sandbox, "GET", "nonsense")
    assert refused(reply) == (404, "path")
    assert (
        reply.content["error"]["message"]
        == "known control calls: records, requests, faults, config, clock, tokens/revoke, reset"
    )


def test_a_wrong_method_is_told_the_right_ones(sandbox: Receiver) -> None:
    reply = call(sandbox, "PUT", "faults")
    assert (reply.status, reply.headers["allow"]) == (405, "GET, POST, DELETE")


def test_a_planned_fault_is_shown_as_it_will_be_played(sandbox: Receiver) -> None:
    planned = call(sandbox, "POST", "faults", {"action": "respond", "match": {"method": "post"}, "times": None})
    number = planned.content["faults"][0]["number"]
    assert planned.content == {
        "faults": [
            {
                "number": number,
                "action": "respond",
                "times": None,
                "match": {"method": "POST", "path": None},
                "body": "",
                "delay": 0.0,
                "headers": {},
                "status": 503,
            }
        ]
    }


def test_settings_are_merged_and_secrets_stay_hidden(sandbox: Receiver) -> None:
    call(sandbox, "POST", "config", {"secrets": [SECRET], "bearer": "t0ken", "headers": {"X-Key": "k1"}})
    basic = {"username": "crm", "password": "pa55"}
    reply = call(sandbox, "POST", "config", {"basic": basic, "success_status": 202})
    assert reply.content["receivers"][""] == {
        "secrets": ["***"],
        "require_signature": True,
        "tolerance": 300.0,
        "bearer": "***",
        "basic": {"username": "crm", "password": "***"},
        "headers": {"X-Key": "***"},
        "success_status": 202,
        "on_repeat": "accept",
    }
    assert call(sandbox, "GET", "config").content == reply.content


def test_null_and_empty_switch_demands_off(sandbox: Receiver) -> None:
    sandbox.control("config", {"secrets": [SECRET], "bearer": "t0ken", "headers": {"X-Key": "k1"}})
    sandbox.control("config", {"secrets": [], "bearer": None, "headers": {}})
    assert post(sandbox.url).status == 200


def test_reset_forgets_everything(sandbox: Receiver) -> None:
    sandbox.control("config", {"bearer": "t0ken"})
    sandbox.control("clock", {"at": 5})
    sandbox.control("faults", {"action": "respond", "match": {"path": "/hook/never"}})
    post(sandbox.url, headers={"Authorization": "Bearer t0ken"})
    assert call(sandbox, "POST", "reset").status == 200
    assert sandbox.control("records") == {"count": 0, "records": []}
    assert sandbox.control("requests") == {"count": 0, "maximum_concurrency": 0, "requests": []}
    assert sandbox.control("faults") == {"faults": []}
    assert sandbox.control("config")["receivers"][""]["bearer"] is None
    assert (sandbox.control("clock")["offset"], sandbox.control("clock")["at"]) == (0, None)


def test_reset_can_leave_the_settings(sandbox: Receiver) -> None:
    sandbox.control("config", {"bearer": "t0ken"})
    post_signed(sandbox.url)
    sandbox.control("reset", {"keep_config": True})
    assert sandbox.control("requests")["count"] == 0
    assert post_signed(sandbox.url).status == 401


def test_the_clock_stops_shifts_and_runs_again(sandbox: Receiver) -> None:
    assert call(sandbox, "POST", "clock", {"at": 1614265330}).content == {
        "now": 1614265330,
        "offset": 0,
        "at": 1614265330,
    }
    shifted = call(sandbox, "POST", "clock", {"offset": 3600}).content
    real = sandbox.control("clock", {"offset": 0})["now"]
    assert 3590 < shifted["now"] - real <= 3600


def test_lists_are_oldest_first_and_can_be_limited(sandbox: Receiver) -> None:
    for number in range(3):
        post_signed(sandbox.url, message_id=f"msg-{number}")
    post_signed(sandbox.url, path="/hook/sales", message_id="msg-9")
    assert [request["key"] for request in sandbox.control("requests")["requests"]] == [
        "msg-0",
        "msg-1",
        "msg-2",
        "msg-9",
    ]
    limited = sandbox.control("records?collection=&limit=2")
    assert (limited["count"], [record["key"] for record in limited["records"]]) == (3, ["msg-1", "msg-2"])
    assert sandbox.control("requests?collection=sales")["count"] == 1


@pytest.mark.parametrize("path", ["/_control/faults", "/_control/records", "/", "/_control"])
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "192.168.1.5:8009", "[bad", "localhost.evil"]
)
def test_another_host_name_is_kept_out(sandbox: Receiver, path: str, host: str) -> None:
    assert send(sandbox.url, "GET", path, headers={"Host": host}).status == 403


@pytest.mark.parametrize("host", ["localhost:8009", "127.0.0.1", "127.9.9.9:1", "[::1]:8009", "crm.localhost"])
def test_loopback_names_are_let_in(sandbox: Receiver, host: str) -> None:
    assert send(sandbox.url, "GET", "/_control/faults", headers={"Host": host}).status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://[bad", ""])
def test_another_origin_is_kept_out(sandbox: Receiver, origin: str) -> None:
    reply = call(sandbox, "POST", "faults", {"action": "respond"}, {"Origin": origin})
    assert refused(reply) == (403, "Origin")
    assert sandbox.control("faults") == {"faults": []}


def test_its_own_origin_is_let_in(sandbox: Receiver) -> None:
    assert call(sandbox, "POST", "faults", {"action": "respond"}, {"Origin": sandbox.url}).status == 200


def test_leads_are_taken_under_any_host_name(sandbox: Receiver) -> None:
    assert post(sandbox.url, headers={"Host": "receiver.example", "Origin": "http://evil.example"}).status == 200


def test_a_port_of_its_own_takes_control_and_page_away_from_the_other() -> None:
    with Receiver.running() as probe:
        port = int(probe.url.rpartition(":")[2])
    with Receiver.running(control_port=port) as sandbox:
        control = f"http://127.0.0.1:{port}"
        assert sandbox.page_url == f"{control}/"
        assert send(sandbox.url, "GET", "/_control/faults").status == 404
        assert send(sandbox.url, "GET", "/").status == 404
        assert send(control, "GET", "/_control/faults").status == 200
        assert send(control, "GET", "/").status == 200
        assert post(control).status == 404
        assert post(sandbox.url).status == 200
        assert [request["path"] for request in sandbox.control("requests")["requests"]] == [
            "/_control/faults",
            "/",
            "/hook",
        ]
