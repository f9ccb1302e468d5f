"""The faults every simulator has work on each address of this one."""

import http.client
from typing import Any

import pytest

from tests.integrations.sandbox.marketo.caller import DESCRIBE, LEADS, MINA, PUSH, SAVE2, SUBMIT, Caller, codes, reasons

IDENTITY = "/identity/oauth/token"


def play(caller: Caller, path: str) -> Any:
    calls = {
        IDENTITY: lambda: caller.identity(),
        LEADS: lambda: caller.call("POST", LEADS, {"input": [MINA]}),
        PUSH: lambda: caller.call("POST", PUSH, {"programName": "Marketplace", "input": [MINA]}),
        SUBMIT: lambda: caller.call("POST", SUBMIT, {"formId": 1179, "input": [{"leadFormFields": MINA}]}),
        DESCRIBE: lambda: caller.call("GET", DESCRIBE),
        SAVE2: lambda: caller.post_form(),
    }
    return calls[path]()


PATHS = [IDENTITY, LEADS, PUSH, SUBMIT, DESCRIBE, SAVE2]


@pytest.mark.parametrize("path", PATHS)
def test_an_answer_can_be_replaced_once_and_then_nothing_was_kept(caller: Caller, path: str) -> None:
    play(caller, DESCRIBE)
    fault = {"action": "respond", "status": 503, "headers": {"Retry-After": "7"}, "match": {"path": path}}
    caller.marketo.control("faults", fault)
    reply = play(caller, path)
    assert (reply.status, reply.headers["retry-after"]) == (503, "7")
    assert caller.kept() == []
    assert play(caller, path).status == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("action", ["drop_before", "commit_then_drop", "truncate"])
def test_an_answer_can_be_lost(caller: Caller, path: str, action: str) -> None:
    play(caller, DESCRIBE)
    caller.marketo.control("faults", {"action": action, "match": {"path": path}})
    with pytest.raises((OSError, http.client.HTTPException)):
        play(caller, path)
    writes = path in {LEADS, PUSH, SUBMIT, SAVE2}
    assert len(caller.kept()) == (1 if writes and action != "drop_before" else 0)


def test_a_redirect_and_a_page_can_stand_in(caller: Caller) -> None:
    play(caller, DESCRIBE)
    caller.marketo.control("faults", [{"action": "redirect"}, {"action": "garbage"}])
    assert play(caller, LEADS).status == 307
    reply = play(caller, LEADS)
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert caller.kept() == []


def test_the_button_for_throttling_answers_as_this_system_does(caller: Caller) -> None:
    caller.marketo.control("faults", caller.marketo.presets["throttle"])
    assert play(caller, IDENTITY).status == 200
    reply = play(caller, LEADS)
    assert (reply.status, codes(reply.content)) == (200, ["606"])
    assert reasons(play(caller, LEADS).content) == ["created"]
