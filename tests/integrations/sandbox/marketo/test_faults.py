"""The faults every simulator has work on each address of this one."""

import http.client
from typing import Any

import pytest

from tests.integrations.sandbox.browsing import press
from tests.integrations.sandbox.marketo.caller import (
    DESCRIBE,
    LEADS,
    MINA,
    PUSH,
    SAVE,
    SAVE2,
    SUBMIT,
    Caller,
    codes,
    reasons,
)

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
    press(caller.marketo, preset="throttle")
    assert play(caller, IDENTITY).status == 200
    assert play(caller, SAVE2).status == 200
    caller.marketo.forget()
    press(caller.marketo, preset="throttle")
    caller.token()
    reply = play(caller, LEADS)
    assert (reply.status, codes(reply.content)) == (200, ["606"])
    assert reasons(play(caller, LEADS).content) == ["created"]


@pytest.mark.parametrize("path", [SAVE, SAVE2])
def test_a_form_is_throttled_as_above_its_limit(caller: Caller, path: str) -> None:
    caller.configure(limits={"form_posts": 0})
    above = caller.post_form(path)
    caller.configure(limits={"form_posts": 30})
    press(caller.marketo, preset="throttle_form")
    assert play(caller, DESCRIBE).status == 200
    throttled = caller.post_form(path)
    assert (throttled.status, throttled.body) == (429, above.body)
    assert throttled.headers["content-type"] == above.headers["content-type"]
    assert caller.kept() == []
    assert caller.post_form(path).status in {200, 302}
    assert len(caller.kept()) == 1


@pytest.mark.parametrize(
    ("preset", "path", "other"), [("lose_answer", LEADS, SAVE2), ("lose_form_answer", SAVE2, LEADS)]
)
def test_an_answer_is_lost_where_its_button_says(caller: Caller, preset: str, path: str, other: str) -> None:
    play(caller, DESCRIBE)
    press(caller.marketo, preset=preset)
    assert play(caller, IDENTITY).status == play(caller, DESCRIBE).status == play(caller, other).status == 200
    with pytest.raises((OSError, http.client.HTTPException)):
        play(caller, path)
    assert len(caller.kept()) == 1
    assert play(caller, path).status == 200
