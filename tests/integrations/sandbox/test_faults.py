"""Every failure the sandbox can play, seen from the other side of the wire."""

import contextlib
import gzip
import http.client
import time
from typing import Any

import pytest

from integrations.sandbox.faults import Action, FaultQueue
from integrations.sandbox.receiver import Receiver
from tests.integrations.sandbox.sender import exchange, open_socket, post, post_signed, read_all, send, wait_until
from tests.integrations.sandbox.test_http11 import LENGTH, raw


def kept(sandbox: Receiver) -> int:
    count = sandbox.control("records?limit=0")["count"]
    assert isinstance(count, int)
    return count


def last_request(sandbox: Receiver) -> dict[str, Any]:
    request: dict[str, Any] = sandbox.control("requests")["requests"][-1]
    return request


def waiting(sandbox: Receiver) -> list[tuple[str, int | None]]:
    return [(fault["action"], fault["times"]) for fault in sandbox.control("faults")["faults"]]


def test_respond_sends_status_headers_and_body_and_keeps_nothing(sandbox: Receiver) -> None:
    sandbox.control(
        "faults", {"action": "respond", "status": 429, "headers": {"Retry-After": "7"}, "body": "slow down"}
    )
    reply = post_signed(sandbox.url)
    assert (reply.status, reply.headers["retry-after"], reply.body) == (429, "7", b"slow down")
    assert (kept(sandbox), last_request(sandbox)["fault"]) == (0, "respond")
    assert last_request(sandbox)["person"] == "Mina Park"


def test_faults_are_played_in_order_as_often_as_said(sandbox: Receiver) -> None:
    sandbox.control("faults", [{"action": "respond", "times": 2}, {"action": "respond", "status": 429}])
    assert [post_signed(sandbox.url).status for _ in range(4)] == [503, 503, 429, 200]
    assert (kept(sandbox), waiting(sandbox)) == (1, [])


def test_a_fault_without_end_waits_until_it_is_cleared(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "respond", "times": None})
    assert [post(sandbox.url).status for _ in range(3)] == [503] * 3
    assert waiting(sandbox) == [("respond", None)]
    assert sandbox.control("faults", method="DELETE") == {"faults": []}
    assert post(sandbox.url).status == 200


def test_a_fault_meets_only_what_it_matches(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "respond", "match": {"method": "POST", "path": "/hook/sales"}})
    assert post(sandbox.url).status == 200
    assert send(sandbox.url, "GET", "/hook/sales").status == 405
    assert post(sandbox.url, path="/hook/sales").status == 503
    assert waiting(sandbox) == []


def test_faults_leave_the_page_and_the_control_interface_alone(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "respond"})
    assert send(sandbox.url, "GET", "/").status == 200
    assert send(sandbox.url, "GET", "/_control/faults").content["faults"][0]["times"] == 1


def test_drop_before_resets_without_reading_the_body(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "drop_before"})
    with pytest.raises(ConnectionResetError):
        post_signed(sandbox.url)
    assert kept(sandbox) == 0
    assert (last_request(sandbox)["answer"], last_request(sandbox)["body"]) == (None, "")


def test_commit_then_drop_keeps_and_closes_and_the_repeat_makes_no_second_record(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "commit_then_drop"})
    with pytest.raises(http.client.RemoteDisconnected):
        post_signed(sandbox.url)
    assert (kept(sandbox), last_request(sandbox)["answer"]) == (1, None)
    assert post_signed(sandbox.url).content == {"id": "msg-1"}
    assert kept(sandbox) == 1
    assert last_request(sandbox)["times_received"] == 2


def test_commit_then_drop_can_reset_instead(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "commit_then_drop", "reset": True})
    with pytest.raises(ConnectionResetError):
        post_signed(sandbox.url)
    assert kept(sandbox) == 1


def test_delay_keeps_and_answers_late(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "delay", "delay": 0.2})
    started = time.monotonic()
    assert post_signed(sandbox.url).status == 200
    assert time.monotonic() - started >= 0.2
    assert kept(sandbox) == 1


def test_a_client_without_patience_leaves_its_lead_behind(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "delay", "delay": 600})
    with pytest.raises(TimeoutError):
        post(sandbox.url, timeout=0.2)
    assert kept(sandbox) == 1


def test_clearing_lets_those_go_that_are_held_up(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "delay", "delay": 600})
    with open_socket(sandbox.url) as connection:
        connection.sendall(raw(LENGTH))
        wait_until(lambda: kept(sandbox) == 1)
        sandbox.control("faults", method="DELETE")
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize("action", sorted(set(Action) - {Action.TRICKLE, Action.OVERSIZE}))
def test_any_fault_may_come_late(sandbox: Receiver, action: str) -> None:
    sandbox.control("faults", {"action": action, "delay": 0.1})
    started = time.monotonic()
    with contextlib.suppress(ConnectionResetError):
        exchange(sandbox.url, raw(LENGTH))
    assert time.monotonic() - started >= 0.1
    assert last_request(sandbox)["fault"] == action


def test_redirect_leads_to_a_place_that_would_be_noticed(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "redirect"})
    reply = post_signed(sandbox.url)
    assert (reply.status, reply.headers["location"]) == (307, f"{sandbox.url}/redirected?from=sandbox")
    assert kept(sandbox) == 0
    assert post(sandbox.url, path="/redirected").status == 404
    assert last_request(sandbox)["path"] == "/redirected"


def test_redirect_goes_where_it_is_told(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "redirect", "status": 302, "location": "http://169.254.169.254/latest"})
    reply = post(sandbox.url)
    assert (reply.status, reply.headers["location"]) == (302, "http://169.254.169.254/latest")


def test_garbage_is_a_page_where_json_belongs(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "garbage"})
    reply = post_signed(sandbox.url)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.body.startswith(b"<!doctype html>")
    assert kept(sandbox) == 0


def test_truncate_keeps_and_sends_half_of_the_body(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "truncate"})
    with pytest.raises(http.client.IncompleteRead) as caught:
        post_signed(sandbox.url)
    assert caught.value.partial == b'{"id": '
    assert kept(sandbox) == 1


def test_truncate_cuts_the_headers_when_there_is_no_body(sandbox: Receiver) -> None:
    sandbox.control("config", {"success_status": 204})
    sandbox.control("faults", {"action": "truncate"})
    answer = exchange(sandbox.url, raw(LENGTH))
    assert answer.startswith(b"HTTP/1.1 204 ")
    assert b"\r\n\r\n" not in answer


def test_trickle_sends_the_body_byte_by_byte(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "trickle", "delay": 0.01})
    started = time.monotonic()
    reply = post_signed(sandbox.url)
    assert reply.content == {"id": "msg-1"}
    assert time.monotonic() - started >= 0.01 * len(reply.body)
    assert kept(sandbox) == 1


def test_trickle_takes_a_second_for_a_byte_if_nothing_else_is_said(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "trickle"})
    assert sandbox.control("faults")["faults"][0]["delay"] == 1


def test_oversize_is_as_large_as_said_and_announces_nothing(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "oversize", "size": 3_000_000})
    reply = post_signed(sandbox.url)
    assert (reply.status, len(reply.body)) == (200, 3_000_000 + len(b'{"id": "msg-1"}'))
    assert "content-length" not in reply.headers
    assert kept(sandbox) == 1


def test_oversize_ends_when_the_client_has_had_enough(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "oversize", "size": 1024**3})
    with open_socket(sandbox.url) as connection:
        connection.sendall(raw(LENGTH))
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
    assert post(sandbox.url).status == 200


def test_a_gzip_bomb_is_small_on_the_wire_and_large_unpacked(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "gzip_bomb", "size": 20_000_000})
    reply = post(sandbox.url, headers={"Accept-Encoding": "identity"})
    assert reply.headers["content-encoding"] == "gzip"
    assert len(reply.body) < 50_000
    assert len(gzip.decompress(reply.body)) == 20_000_000


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "delay", "delay": 0.001},
        {"action": "truncate"},
        {"action": "trickle", "delay": 0.001},
        {"action": "oversize", "size": 1000},
        {"action": "gzip_bomb", "size": 1000},
    ],
)
def test_what_would_be_kept_under_a_fault_is_checked_as_ever(sandbox: Receiver, fault: dict[str, Any]) -> None:
    sandbox.control("config", {"bearer": "t0ken"})
    sandbox.control("faults", fault)
    answer = exchange(sandbox.url, raw(LENGTH))
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert kept(sandbox) == 0


def test_every_action_can_be_planned_with_nothing_else_said(sandbox: Receiver) -> None:
    sandbox.control("faults", [{"action": action} for action in Action])
    assert waiting(sandbox) == [(action, 1) for action in Action]


def test_the_most_requests_at_one_time_are_counted(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "delay", "delay": 600, "times": 3})
    held = [open_socket(sandbox.url) for _ in range(3)]
    for connection in held:
        connection.sendall(raw(LENGTH))
    wait_until(lambda: sandbox.control("requests?limit=0")["maximum_concurrency"] == 3)
    assert post(sandbox.url).status == 200
    assert sandbox.control("requests?limit=0")["maximum_concurrency"] == 4
    for connection in held:
        connection.close()


def test_what_was_held_up_before_a_reset_is_not_counted_after_it(sandbox: Receiver) -> None:
    sandbox.control("faults", {"action": "delay", "delay": 600})
    with open_socket(sandbox.url) as held:
        held.sendall(raw(LENGTH))
        wait_until(lambda: kept(sandbox) == 1)
        sandbox.control("reset", {})
        assert read_all(held).startswith(b"HTTP/1.1 200 ")
    assert post(sandbox.url).status == 200
    assert sandbox.control("requests?limit=0")["maximum_concurrency"] == 1


def test_one_request_after_the_other_is_a_concurrency_of_one() -> None:
    with Receiver.running() as fresh:
        for _ in range(50):
            assert post(fresh.url).status == 200
        assert fresh.control("requests?limit=0")["maximum_concurrency"] == 1


def test_a_closed_queue_holds_up_nobody() -> None:
    queue = FaultQueue()
    queue.close()
    started = time.monotonic()
    queue.pause(600)
    assert time.monotonic() - started < 1


def test_stopping_ends_what_is_held_up() -> None:
    with Receiver.running() as fresh:
        fresh.control("faults", {"action": "delay", "delay": 600})
        connection = open_socket(fresh.url)
        connection.sendall(raw(LENGTH))
        wait_until(lambda: fresh.control("requests?limit=0")["count"] == 1)
        started = time.monotonic()
    assert time.monotonic() - started < 2
    assert read_all(connection) == b""
    connection.close()
