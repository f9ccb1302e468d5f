"""The signed receiver over real sockets: what it takes, refuses, keeps and answers."""

import base64
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox import arrivals
from integrations.sandbox.arrivals import ArrivalLog, Note
from integrations.sandbox.journal import Journal
from integrations.sandbox.messages import Request
from integrations.sandbox.receiver import Receiver
from tests.integrations.sandbox.sender import LEAD, OLD_SECRET, SECRET, as_bytes, post, post_signed, send, sign
from tests.integrations.sandbox.test_body import CAMEL, ENVELOPE
from tests.integrations.sandbox.test_signature import KOREAN_VECTOR, UTF8_BODY, VECTOR

BEARER = {"Authorization": "Bearer t0ken"}


def records(sandbox: Receiver, receiver: str | None = None) -> list[dict[str, Any]]:
    found = sandbox.control("records" if receiver is None else f"records?collection={receiver}")["records"]
    assert isinstance(found, list)
    return found


def last_findings(sandbox: Receiver) -> dict[str, str]:
    findings: dict[str, str] = sandbox.control("requests")["requests"][-1]["findings"]
    return findings


def test_a_signed_message_is_kept_and_answered_with_its_id(sandbox: Receiver) -> None:
    sandbox.control("config", {"secrets": [SECRET]})
    reply = post_signed(sandbox.url, message_id="msg-1")
    assert (reply.status, reply.content) == (200, {"id": "msg-1"})
    assert reply.headers["content-type"] == "application/json"
    [record] = records(sandbox)
    assert (record["collection"], record["key"], record["times_received"]) == ("", "msg-1", 1)
    assert (record["fields"]["shape"], record["fields"]["signature"]) == ("documented", "valid")
    assert record["fields"]["body"] == LEAD


def test_the_published_vectors_are_accepted_at_their_time(sandbox: Receiver) -> None:
    sandbox.control("config", {"secrets": [SECRET]})
    sandbox.control("clock", {"at": 1795327200})
    assert post(sandbox.url, UTF8_BODY, headers=KOREAN_VECTOR).content == {"id": "dlv_01JD8Q7Z3F"}
    assert last_findings(sandbox) == {"signature": "valid", "shape": "envelope", "arrival": "new"}
    sandbox.control("clock", {"at": 1614265330})
    assert post(sandbox.url, b'{"test": 2432232314}', headers=VECTOR).status == 400
    assert last_findings(sandbox) == {"signature": "valid", "refused": "unknown_shape"}


@pytest.mark.parametrize("content", [LEAD, CAMEL, ENVELOPE])
def test_every_shape_is_taken(sandbox: Receiver, content: dict[str, Any]) -> None:
    assert post_signed(sandbox.url, content).status == 200
    assert [record["fields"]["body"] for record in records(sandbox)] == [content]


def test_text_of_every_script_arrives_unchanged(sandbox: Receiver) -> None:
    names = {"FirstName": "Zoë 김민아", "LastName": "🙂 ‏שלום", "Email": "a@b.example"}
    assert post_signed(sandbox.url, {**LEAD, "UserDetails": names}).status == 200
    assert records(sandbox)[0]["fields"]["body"]["UserDetails"] == names
    assert sandbox.control("requests")["requests"][0]["person"] == "Zoë 김민아 🙂 ‏שלום"


def test_a_repeat_is_counted_and_answered_alike_and_changes_nothing(sandbox: Receiver) -> None:
    replies = [post_signed(sandbox.url, message_id="msg-1") for _ in range(3)]
    assert [(reply.status, reply.content) for reply in replies] == [(200, {"id": "msg-1"})] * 3
    [record] = records(sandbox)
    assert record["times_received"] == 3
    assert [entry["event"] for entry in record["history"]] == ["created", "repeated", "repeated"]
    assert record["changed_at"] == record["created_at"]


def test_a_repeat_with_another_body_is_shown_and_does_not_overwrite(sandbox: Receiver) -> None:
    post_signed(sandbox.url, message_id="msg-1")
    assert post_signed(sandbox.url, CAMEL, message_id="msg-1").status == 200
    [record] = records(sandbox)
    assert record["fields"]["body"] == LEAD
    assert [entry["event"] for entry in record["history"]] == ["created", "changed"]
    assert last_findings(sandbox)["arrival"] == "changed"


def test_a_repeat_gets_409_when_so_configured(sandbox: Receiver) -> None:
    sandbox.control("config", {"on_repeat": "conflict"})
    assert [post_signed(sandbox.url).status for _ in range(2)] == [200, 409]
    assert records(sandbox)[0]["times_received"] == 2


def test_the_same_message_at_the_same_moment_makes_one_record(sandbox: Receiver) -> None:
    start = threading.Barrier(8)
    statuses: list[int] = []

    def send_once() -> None:
        start.wait()
        statuses.append(post_signed(sandbox.url).status)

    threads = [threading.Thread(target=send_once) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8
    assert [record["times_received"] for record in records(sandbox)] == [8]


def test_without_a_webhook_id_repeats_are_kept_and_it_says_so(sandbox: Receiver) -> None:
    replies = [post(sandbox.url) for _ in range(2)]
    assert [reply.status for reply in replies] == [200, 200]
    assert {reply.content["id"] for reply in replies} == {record["key"] for record in records(sandbox)}
    assert len(records(sandbox)) == 2
    assert last_findings(sandbox) == {"signature": "unchecked", "shape": "documented", "arrival": "unkeyed"}


@pytest.mark.parametrize("message_id", ["a.b", "a b", "", "x" * 129, "Zoë"])
def test_a_webhook_id_that_cannot_be_signed_is_refused(sandbox: Receiver, message_id: str) -> None:
    assert post(sandbox.url, headers={"webhook-id": message_id}).status == 400
    assert last_findings(sandbox)["refused"] == "message_id"
    assert records(sandbox) == []


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({}, "missing"),
        (sign("msg-1", int(time.time()), as_bytes(LEAD), OLD_SECRET), "wrong"),
        (sign("msg-1", int(time.time()) - 1000, as_bytes(LEAD)), "stale"),
        (sign("msg-1", int(time.time()) + 5000, as_bytes(LEAD)), "early"),
    ],
)
def test_a_bad_signature_is_refused_when_a_secret_is_set(
    sandbox: Receiver, headers: dict[str, str], verdict: str
) -> None:
    sandbox.control("config", {"secrets": [SECRET]})
    reply = post(sandbox.url, headers=headers)
    assert (reply.status, reply.content) == (401, {"error": "refused"})
    assert last_findings(sandbox) == {"signature": verdict, "refused": "signature", "shape": "documented"}
    assert records(sandbox) == []


def test_a_bad_signature_is_taken_and_shown_when_none_is_required(sandbox: Receiver) -> None:
    sandbox.control("config", {"secrets": [SECRET], "require_signature": False})
    assert post(sandbox.url, headers=sign("msg-1", int(time.time()), b"other")).status == 200
    assert last_findings(sandbox)["signature"] == "wrong"
    assert records(sandbox)[0]["fields"]["signature"] == "wrong"


def test_a_shifted_clock_makes_fresh_signatures_stale(sandbox: Receiver) -> None:
    sandbox.control("config", {"secrets": [SECRET]})
    sandbox.control("clock", {"offset": 3600})
    assert post_signed(sandbox.url).status == 401
    assert last_findings(sandbox)["signature"] == "stale"


@pytest.mark.parametrize(
    ("settings", "good", "bad", "challenge"),
    [
        ({"bearer": "t0ken"}, BEARER, {"Authorization": "Bearer t0ke"}, "Bearer"),
        ({"bearer": "t0ken"}, {"Authorization": "bearer t0ken"}, {}, "Bearer"),
        ({"bearer": "t0ken"}, BEARER, {"Authorization": "Bearer T0KEN"}, "Bearer"),
        (
            {"basic": {"username": "crm", "password": "päss"}},
            {"Authorization": "Basic " + base64.b64encode("crm:päss".encode()).decode()},
            {"Authorization": "Basic " + base64.b64encode(b"crm:pass").decode()},
            'Basic realm="sandbox"',
        ),
        (
            {"headers": {"X-Api-Key": "k1", "X-Tenant": "7"}},
            {"x-api-key": "k1", "X-Tenant": "7"},
            {"X-Api-Key": "k1"},
            None,
        ),
    ],
)
def test_credentials_are_checked_when_configured(
    sandbox: Receiver, settings: dict[str, Any], good: dict[str, str], bad: dict[str, str], challenge: str | None
) -> None:
    sandbox.control("config", settings)
    refused = post(sandbox.url, headers=bad)
    assert (refused.status, refused.headers.get("www-authenticate")) == (401, challenge)
    assert records(sandbox) == []
    assert post(sandbox.url, headers=good).status == 200
    assert len(records(sandbox)) == 1


@pytest.mark.parametrize(("status", "body"), [(201, b'{"id": "msg-1"}'), (202, b'{"id": "msg-1"}'), (204, b"")])
def test_success_is_answered_as_configured(sandbox: Receiver, status: int, body: bytes) -> None:
    sandbox.control("config", {"success_status": status})
    reply = post_signed(sandbox.url)
    assert (reply.status, reply.body) == (status, body)
    assert ("content-length" in reply.headers) == bool(body)


def test_each_name_is_a_receiver_of_its_own(sandbox: Receiver) -> None:
    sandbox.control("config", {"receiver": "sales", "secrets": [SECRET]})
    assert sandbox.hook("sales") == f"{sandbox.url}/hook/sales"
    assert post(sandbox.url, path="/hook/sales", headers={"webhook-id": "msg-1"}).status == 401
    assert post_signed(sandbox.url, path="/hook/sales", message_id="msg-1").status == 200
    assert post(sandbox.url, path="/hook/other", headers={"webhook-id": "msg-1"}).status == 200
    assert [record["key"] for record in records(sandbox, "sales")] == ["msg-1"]
    assert [record["key"] for record in records(sandbox, "other")] == ["msg-1"]
    assert records(sandbox, "") == []


@pytest.mark.parametrize("path", ["/", "/hook/", "/hook/a/b", "/hook/a%2Fb", "/hook/" + "a" * 65, "/hooks", "//hook"])
def test_other_addresses_take_nothing(sandbox: Receiver, path: str) -> None:
    assert post(sandbox.url, path=path).status in ({200, 400} if path == "/" else {404})
    assert records(sandbox) == []


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_post_is_taken(sandbox: Receiver, method: str) -> None:
    reply = send(sandbox.url, method, "/hook")
    assert (reply.status, reply.headers["allow"]) == (405, "POST")


def test_every_request_is_logged_as_it_came(sandbox: Receiver) -> None:
    sandbox.control("config", {"secrets": [SECRET]})
    post(sandbox.url, b"\xff\x00", path="/hook?x=1", headers={"X-Odd-Case": "a  b"})
    [logged] = sandbox.control("requests")["requests"]
    assert (logged["method"], logged["path"], logged["answer"]) == ("POST", "/hook?x=1", 401)
    assert base64.b64decode(logged["body"]) == b"\xff\x00"
    assert ["X-Odd-Case", "a  b"] in logged["headers"]
    assert logged["findings"] == {"signature": "missing", "refused": "signature"}


def test_what_arrived_survives_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    with Receiver.running(state=state) as sandbox:
        sandbox.control(
            "config",
            {
                "receiver": "sales",
                "secrets": [SECRET],
                "on_repeat": "conflict",
                "basic": {"username": "u", "password": "p"},
            },
        )
        sandbox.control("config", {"receiver": "sales", "basic": None})
        post_signed(sandbox.url, path="/hook/sales")
        before = sandbox.control("records"), sandbox.control("requests")["requests"], sandbox.control("config")
    with Receiver.running(state=state) as sandbox:
        assert (
            sandbox.control("records"),
            sandbox.control("requests")["requests"],
            sandbox.control("config"),
        ) == before
        assert post_signed(sandbox.url, path="/hook/sales").status == 409
        assert records(sandbox)[0]["times_received"] == 2


def test_only_the_latest_requests_stay_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "KEPT", 30)
    journal = Journal()
    log = ArrivalLog(journal)
    for number in range(100):
        log.add(Request("POST", f"/hook?{number}"), Note(), 200, None)
    assert [arrival.request.target for arrival in log.latest(1000)] == [
        f"/hook?{number}" for number in range(99, 69, -1)
    ]
    journal.close()


def test_the_state_file_is_for_its_owner_only(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    with Receiver.running(state=state):
        assert state.stat().st_mode & 0o777 == 0o600
