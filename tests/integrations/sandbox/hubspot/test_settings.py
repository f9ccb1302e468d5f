"""Settings: merged, refused by name, hidden, kept; the page; faults on every address."""

import http.client
import re
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox.hubspot import HubSpot
from tests.integrations.sandbox.hubspot.caller import OBJECTS, TOKEN, Caller, one
from tests.integrations.sandbox.sender import send

OTHER = "pat-eu1-00000000-0000-4000-8000-000000000000"
ADDRESSES: list[tuple[str, str, Any]] = [
    ("POST", f"{OBJECTS}/batch/upsert", {"inputs": [one()]}),
    ("POST", f"{OBJECTS}/search", {}),
    ("POST", OBJECTS, {"properties": {"lastname": "Park"}}),
    ("GET", f"{OBJECTS}/1", None),
    ("PATCH", f"{OBJECTS}/1", {}),
    ("GET", "/crm/v3/properties/contacts", None),
    ("GET", "/account-info/v3/details", None),
]


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"tokens": []}, "tokens"),
        ({"tokens": {"short": {}}}, "tokens"),
        ({"tokens": {TOKEN: {"scope": []}}}, "tokens.***.scope"),
        ({"tokens": {TOKEN: {"scopes": "x"}}}, "tokens.***.scopes"),
        ({"tokens": {TOKEN: {"scopes": [1]}}}, "tokens.***.scopes.0"),
        ({"tokens": {TOKEN: {"kind": "app"}}}, "tokens.***.kind"),
        ({"tokens": {TOKEN: {"expires_at": "soon"}}}, "tokens.***.expires_at"),
        ({"properties": {"Email": {}}}, "properties.Email"),
        ({"properties": {"a": {"type": "text"}}}, "properties.a.type"),
        ({"properties": {"a": {"max_length": 65_537}}}, "properties.a.max_length"),
        ({"properties": {"a": {"options": [1]}}}, "properties.a.options.0"),
        ({"properties": {"a": {"label": "A"}}}, "properties.a.label"),
        ({"limits": {"ten_seconds": 0}}, "limits.ten_seconds"),
        ({"limits": {"hour": 1}}, "limits.hour"),
        ({"variants": {"retry_after": 1}}, "variants.retry_after"),
        ({"variants": {"x": True}}, "variants.x"),
        ({"locked": "a"}, "locked"),
        ({"migrating": 0}, "migrating"),
        ({"portal_id": "1"}, "portal_id"),
        ({"utc_offset": 900}, "utc_offset"),
        ({"search_delay": -1}, "search_delay"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_setting_that_cannot_be_taken_is_named_and_changes_nothing(
    portal: HubSpot, caller: Caller, content: dict[str, Any], field: str
) -> None:
    before = portal.control("config")
    with pytest.raises(ValueError, match=f"^{re.escape(field)}: ") as refusal:
        portal.control("config", {"portal_id": 7, **content})
    assert TOKEN not in str(refusal.value)
    assert portal.control("config") == before


def test_settings_are_merged_and_tokens_hidden(portal: HubSpot) -> None:
    portal.control("config", {"tokens": {OTHER: {"scopes": []}}, "limits": {"day": 5}})
    settings = portal.control("config", {"properties": {"plan": {"options": ["a"], "type": "enumeration"}}})
    assert settings["limits"] == {"ten_seconds": 100, "day": 5, "oauth_ten_seconds": 110, "searches": 5}
    assert [(token["token"], token["scopes"]) for token in settings["tokens"]] == [
        ("***5a5a", ["crm.objects.contacts.write", "crm.objects.contacts.read"]),
        ("***0000", []),
    ]
    assert settings["properties"]["plan"]["options"] == ["a"]
    assert settings["properties"]["email"]["max_length"] == 65_536


def test_null_takes_a_token_or_a_property_away(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"properties": {"company": None}, "tokens": {OTHER: {}}})
    assert caller.create(lastname="Park", company="x").status == 400
    portal.control("config", {"tokens": {TOKEN: None}})
    assert caller.create(lastname="Park").status == 401
    assert Caller(caller.url, OTHER).create(lastname="Park").status == 201


def test_everything_survives_a_restart_and_a_reset_brings_the_first_settings_back(tmp_path: Path) -> None:
    state = tmp_path / "hubspot.sqlite3"
    with HubSpot.running(state=state) as portal:
        portal.control("config", {"properties": {"company": None}, "tokens": {OTHER: {}, TOKEN: None}})
        key = Caller(portal.url, OTHER).create(email="a@x.example").content["id"]
    with HubSpot.running(state=state) as portal:
        client = Caller(portal.url, OTHER)
        assert Caller(portal.url).create(lastname="Park").status == 401
        assert client.create(lastname="Park", company="x").status == 400
        assert client.upsert(one("A@x.example")).content["results"][0]["id"] == key
        assert client.create(lastname="Park").content["id"] == str(int(key) + 1)
        portal.control("reset", {})
        assert Caller(portal.url).create(lastname="Park", company="x").status == 201


def test_the_page_shows_what_to_enter_and_hides_the_token_of_requests(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"tokens": {OTHER: {}}})
    caller.upsert(one(firstname="Mina", lastname="Park"))
    html = send(portal.url, "GET", "/").body.decode()
    assert "<h1>Sandbox HubSpot</h1>" in html
    enter, _, rest = html.partition('<section class="card" id="fail">')
    assert [f'data-copy="{value}"' in enter for value in (portal.url, TOKEN, OTHER, "50505050")] == [True] * 4
    assert TOKEN not in rest
    assert "<b>Authorization:</b> <i>hidden</i>" in rest
    assert "Mina Park" in rest
    assert "Revoke all tokens" in rest


def test_the_korean_page_is_korean(portal: HubSpot) -> None:
    html = send(portal.url, "GET", "/?lang=ko").body.decode()
    assert all(word in html for word in ("샌드박스 HubSpot", "액세스 토큰", "입력할 값"))


@pytest.mark.parametrize("preset", ["throttle", "outage", "refuse_twice"])
def test_the_buttons_rehearse_what_hubspot_would_answer(portal: HubSpot, caller: Caller, preset: str) -> None:
    send(portal.url, "POST", "/", f"preset={preset}".encode(), {"Origin": portal.url})
    reply = caller.upsert(one())
    assert reply.status == (429 if preset == "throttle" else 503)
    if preset == "throttle":
        assert reply.content["policyName"] == "TEN_SECONDLY_ROLLING"
    assert portal.control("records")["count"] == 0


@pytest.mark.parametrize(("method", "path", "content"), ADDRESSES)
def test_faults_can_be_aimed_at_every_address(
    portal: HubSpot, caller: Caller, method: str, path: str, content: Any
) -> None:
    match = {"method": method, "path": path}
    portal.control("faults", [{"action": "respond", "status": 500, "match": match}])
    portal.control("faults", [{"action": "drop_before", "match": match}, {"action": "truncate", "match": match}])
    assert caller.call(method, path, content).status == 500
    with pytest.raises(ConnectionError):
        caller.call(method, path, content)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        caller.call(method, path, content)
    assert portal.control("faults") == {"faults": []}
    assert [request["fault"] for request in portal.control("requests")["requests"]] == [
        "respond",
        "drop_before",
        "truncate",
    ]
