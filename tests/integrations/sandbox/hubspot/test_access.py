"""Who may call: tokens, scopes, limits, and the order in which they are checked."""

from typing import Any

import pytest

from integrations.sandbox.hubspot import HubSpot
from tests.integrations.sandbox.hubspot.caller import LEGACY, OBJECTS, TOKEN, Caller, one, refused
from tests.integrations.sandbox.sender import Reply

JSON = {"Content-Type": "application/json"}
WRITE, READ = "crm.objects.contacts.write", "crm.objects.contacts.read"
OAUTH = "CJSP5qf1KhICAQEYs-gDIIGOBii1hQIyGQAf3xBKmlwHjX7OIpuIFEavB2-qYAGQsF4"
WINDOW = ("interval-milliseconds", "max", "remaining")


def rates(reply: Reply) -> dict[str, str]:
    prefix = "x-hubspot-ratelimit-"
    return {name.removeprefix(prefix): value for name, value in reply.headers.items() if name.startswith(prefix)}


def throttled(reply: Reply) -> str:
    """The policy of a 429, which has a body of its own kind."""
    assert reply.status == 429
    content = reply.content
    assert (content["status"], content["errorType"]) == ("error", "RATE_LIMIT")
    assert content["message"] == f"You have reached your {content['policyName'].lower()} limit."
    assert content["correlationId"]
    assert content["requestId"]
    policy: str = content["policyName"]
    return policy


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": TOKEN},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Bearer {TOKEN.upper()}"},
    ],
)
def test_a_missing_or_wrong_token_is_refused_before_anything_is_read(
    portal: HubSpot, caller: Caller, headers: dict[str, str]
) -> None:
    reply = caller.call("POST", f"{OBJECTS}/batch/upsert", b"{", {**JSON, **headers})
    assert refused(reply) == (401, "INVALID_AUTHENTICATION")
    assert rates(reply) == {}
    assert portal.control("requests")["requests"][0]["findings"] == {"refused": "invalid_authentication"}


def test_the_scheme_may_be_spelled_in_any_case(caller: Caller) -> None:
    assert caller.call("GET", "/account-info/v3/details", headers={"Authorization": f"bearer {TOKEN}"}).status == 200


def test_an_oauth_token_expires_by_the_clock(portal: HubSpot, caller: Caller) -> None:
    portal.control("clock", {"at": 1000})
    portal.control("config", {"tokens": {OAUTH: {"kind": "oauth", "expires_at": 2800}}})
    client = Caller(caller.url, OAUTH)
    portal.control("clock", {"at": 2799})
    assert client.upsert(one()).status == 200
    portal.control("clock", {"at": 2800})
    assert refused(client.upsert(one())) == (401, "EXPIRED_AUTHENTICATION")


def test_revoked_tokens_are_refused_and_a_new_one_is_to_be_entered(portal: HubSpot, caller: Caller) -> None:
    portal.control("tokens/revoke", method="POST")
    assert refused(caller.upsert(one())) == (401, "INVALID_AUTHENTICATION")
    [fresh] = [value for label, value in portal.connection() if label == "hubspot_token"]
    assert fresh != TOKEN
    assert Caller(caller.url, fresh).upsert(one()).status == 200
    portal.control("tokens/revoke", method="POST")
    assert Caller(caller.url, fresh).upsert(one()).status == 401
    assert len([1 for label, _ in portal.connection() if label == "hubspot_token"]) == 1


def test_a_revoked_token_can_be_given_back(portal: HubSpot, caller: Caller) -> None:
    portal.control("tokens/revoke", method="POST")
    portal.control("config", {"tokens": {TOKEN: {"revoked": False}}})
    assert caller.upsert(one()).status == 200


READERS: list[tuple[str, str, Any]] = [
    ("POST", f"{OBJECTS}/search", {}),
    ("GET", f"{OBJECTS}/1", None),
    ("GET", "/crm/v3/properties/contacts", None),
    ("GET", "/crm/v3/properties/contacts/email", None),
]
WRITERS: list[tuple[str, str, Any]] = [
    ("POST", f"{OBJECTS}/batch/upsert", {"inputs": []}),
    ("POST", OBJECTS, {}),
    ("PATCH", f"{OBJECTS}/1", {}),
    ("POST", f"{LEGACY}/batch/upsert", b"{"),
]


@pytest.mark.parametrize(
    ("scope", "other", "calls"), [(WRITE, READ, WRITERS), (READ, WRITE, READERS)], ids=["write", "read"]
)
def test_a_call_needs_its_scope_before_its_body_is_looked_at(
    portal: HubSpot, caller: Caller, scope: str, other: str, calls: list[tuple[str, str, Any]]
) -> None:
    portal.control("config", {"tokens": {TOKEN: {"scopes": [other]}}})
    for method, path, content in calls:
        reply = caller.call(method, path, content)
        assert refused(reply) == (403, "MISSING_SCOPES")
        assert reply.content["errors"][0]["context"] == {"requiredGranularScopes": [scope]}
    portal.control("config", {"tokens": {TOKEN: {"scopes": [scope]}}})
    assert 403 not in {caller.call(method, path, content).status for method, path, content in calls}


def test_the_empty_batch_proves_the_right_to_write_without_writing(portal: HubSpot, caller: Caller) -> None:
    assert refused(caller.upsert()) == (400, "VALIDATION_ERROR")
    portal.control("config", {"tokens": {TOKEN: {"scopes": [READ]}}})
    assert refused(caller.upsert()) == (403, "MISSING_SCOPES")
    assert portal.control("records")["count"] == 0


def test_the_account_needs_no_scope(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"tokens": {TOKEN: {"scopes": []}}})
    assert caller.call("GET", "/account-info/v3/details").status == 200


def test_every_answer_tells_how_much_of_the_limits_is_left(caller: Caller) -> None:
    first, second = caller.upsert(one()), caller.call("GET", f"{OBJECTS}/nobody")
    assert rates(first) == {
        "daily": "250000",
        "daily-remaining": "249999",
        "interval-milliseconds": "10000",
        "max": "100",
        "remaining": "99",
    }
    assert (rates(second)["remaining"], rates(second)["daily-remaining"]) == ("98", "249998")


def test_answers_to_searches_tell_nothing_of_the_limits(caller: Caller) -> None:
    reply = caller.search("email", "a@x.example")
    assert reply.status == 200
    assert rates(reply) == {}
    assert reply.headers["x-hubspot-correlation-id"]


def test_the_window_of_ten_seconds_rolls(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"limits": {"ten_seconds": 2}})
    statuses = []
    for at in (100, 105, 105, 109.9, 110, 110, 115):
        portal.control("clock", {"at": at})
        statuses.append(caller.upsert(one()).status)
    assert statuses == [200, 200, 429, 429, 200, 429, 200]


def test_the_window_holds_exactly_as_many_as_it_says(portal: HubSpot, caller: Caller) -> None:
    portal.control("clock", {"at": 100})
    statuses = [caller.call("GET", "/account-info/v3/details").status for _ in range(101)]
    assert statuses == [200] * 100 + [429]


def test_a_throttled_request_is_told_so_and_keeps_nothing(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"limits": {"ten_seconds": 1}})
    portal.control("clock", {"at": 100})
    caller.upsert(one("a@x.example"))
    reply = caller.upsert(one("b@x.example"))
    assert throttled(reply) == "TEN_SECONDLY_ROLLING"
    assert (rates(reply)["remaining"], rates(reply)["max"], "retry-after" in reply.headers) == ("0", "1", False)
    assert portal.control("records")["count"] == 1


def test_a_portal_may_say_when_to_come_again(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"limits": {"ten_seconds": 1}, "variants": {"retry_after": True}})
    portal.control("clock", {"at": 100})
    caller.upsert(one())
    portal.control("clock", {"at": 103.5})
    assert caller.upsert(one()).headers["retry-after"] == "7"


def test_each_private_app_has_a_window_of_its_own_and_oauth_apps_share_one(portal: HubSpot, caller: Caller) -> None:
    other = TOKEN.replace("na1", "eu1")
    tokens = {other: {}, OAUTH: {"kind": "oauth"}, f"{OAUTH}2": {"kind": "oauth"}}
    portal.control("config", {"tokens": tokens, "limits": {"ten_seconds": 1, "oauth_ten_seconds": 1}})
    portal.control("clock", {"at": 100})
    account = "/account-info/v3/details"
    replies = [Caller(caller.url, token).call("GET", account) for token in (TOKEN, other, OAUTH, f"{OAUTH}2", other)]
    assert [reply.status for reply in replies] == [200, 200, 200, 429, 429]
    assert tuple(rates(replies[2])) == WINDOW
    assert tuple(rates(replies[3])) == WINDOW


def test_the_day_ends_at_midnight_of_the_portal(portal: HubSpot, caller: Caller) -> None:
    portal.control(
        "config", {"limits": {"day": 2, "searches": 9}, "utc_offset": 540, "variants": {"retry_after": True}}
    )
    midnight_in_seoul = 1_795_273_200  # 2026-11-21T15:00:00Z
    portal.control("clock", {"at": midnight_in_seoul - 60})
    assert [caller.upsert(one()).status, caller.search("email", "x").status] == [200, 200]
    for reply in (caller.upsert(one()), caller.search("email", "x")):
        assert throttled(reply) == "DAILY"
        assert reply.headers["retry-after"] == "60"
    portal.control("clock", {"at": midnight_in_seoul})
    assert caller.upsert(one()).status == 200


def test_searches_are_limited_by_the_second(portal: HubSpot, caller: Caller) -> None:
    portal.control("clock", {"at": 100})
    replies = [caller.search("email", "a@x.example") for _ in range(6)]
    assert [reply.status for reply in replies] == [200] * 5 + [429]
    assert throttled(replies[-1]) == "SECONDLY"
    portal.control("clock", {"at": 101})
    assert caller.search("email", "a@x.example").status == 200


def test_a_reset_empties_the_windows(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"limits": {"ten_seconds": 1}})
    caller.upsert(one())
    portal.control("reset", {"keep_config": True})
    assert caller.upsert(one()).status == 200


def test_a_locked_contact_is_answered_423_and_left_alone(portal: HubSpot, caller: Caller) -> None:
    key = caller.create(email="a@x.example", phone="1").content["id"]
    portal.control("config", {"locked": ["A@x.example"]})
    assert refused(caller.upsert(one("a@x.example", phone="2"))) == (423, "LOCKED")
    assert caller.call("PATCH", f"{OBJECTS}/{key}", {"properties": {"phone": "2"}}).status == 423
    mixed = caller.upsert(one("a@x.example", "t-1"), one("b@x.example", "t-2"))
    assert (mixed.status, mixed.content["errors"][0]["category"]) == (207, "LOCKED")
    assert [record["fields"].get("phone") for record in portal.control("records")["records"]] == ["1", None]
    portal.control("config", {"locked": []})
    assert caller.upsert(one("a@x.example", phone="2")).status == 200


def test_a_portal_that_moves_answers_everything_477(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"migrating": 3600})
    for reply in (caller.upsert(one()), caller.call("GET", "/nowhere", headers={})):
        assert (reply.status, reply.headers["retry-after"]) == (477, "3600")
    portal.control("config", {"migrating": None})
    assert caller.upsert(one()).status == 200
    assert portal.control("records")["count"] == 1


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v3/objects/leads/batch/upsert",
        "/crm/objects/2025-09/contacts",
        "/crm/v3/objects/contacts/batch/upserts",
        "/contacts",
        "/crm/v3/objects/contacts/",
    ],
)
def test_an_address_that_hubspot_does_not_know_is_a_page_and_not_json(caller: Caller, path: str) -> None:
    reply = caller.call("POST", path, {}, headers={})
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"HTTP ERROR 404" in reply.body


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", f"{OBJECTS}/1", "GET, PATCH, DELETE"),
        ("GET", OBJECTS, "POST"),
        ("DELETE", "/account-info/v3/details", "GET"),
    ],
)
def test_a_wrong_method_is_refused(caller: Caller, method: str, path: str, allowed: str) -> None:
    reply = caller.call(method, path, headers={})
    assert (reply.status, reply.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_is_not_said_to_be_json_is_refused(portal: HubSpot, caller: Caller, kind: str) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": kind}
    assert caller.call("POST", OBJECTS, {"properties": {"lastname": "Park"}}, headers).status == 415
    assert portal.control("records")["count"] == 0
