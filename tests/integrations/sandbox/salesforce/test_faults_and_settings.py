"""Salesforce made to fail, in maintenance, and its settings."""

from typing import Any

import pytest

from tests.integrations.sandbox.browsing import page, press, visible
from tests.integrations.sandbox.salesforce.caller import EXTERNAL_ID, LEAD, MINA, ROOT, SERVLET, Caller, error
from tests.integrations.sandbox.sender import send

ROUTES = ["/services/oauth2/token", f"{LEAD}/describe", f"{ROOT}/limits", LEAD, SERVLET]


def test_a_lead_kept_without_an_answer_is_recognised_the_second_time(org: Caller) -> None:
    org.token()
    org.salesforce.control("faults", {"action": "commit_then_drop", "match": {"path": "/sobjects/Lead"}})
    with pytest.raises(ConnectionError):
        org.insert()
    [kept] = org.kept()
    reply = org.insert()
    assert error(reply) == (400, "DUPLICATE_VALUE")
    assert reply.content[0]["message"].endswith(kept["Id"][:15])
    assert len(org.kept()) == 1


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_can_be_made_to_fail(org: Caller, path: str) -> None:
    org.salesforce.control("faults", {"action": "respond", "status": 503, "body": "x", "match": {"path": path}})
    reply = send(org.salesforce.url, "POST", path)
    assert (reply.status, reply.body) == (503, b"x")
    assert send(org.salesforce.url, "POST", path).status != 503
    assert org.kept() == []


def test_a_failing_answer_still_shows_whom_it_was_about(org: Caller) -> None:
    org.token()
    org.salesforce.control("faults", {"action": "garbage", "match": {"path": "/sobjects"}})
    reply = org.insert()
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    [request] = org.arrived("leads")
    assert (request["person"], request["fault"], request["findings"]) == ("Mina Park", "garbage", {})


def test_in_maintenance_everything_is_a_page(org: Caller) -> None:
    org.call("GET", f"{ROOT}/limits")
    org.configure(org={"maintenance": True})
    for reply in (org.login(), org.insert(), org.post_form(), org.call("GET", f"{LEAD}/describe")):
        assert (reply.status, reply.headers["content-type"]) == (503, "text/html; charset=utf-8")
        assert b"maintenance" in reply.body
    assert org.kept() == []


def test_the_buttons_for_calls_fail_as_salesforce_does_and_leave_forms_alone(org: Caller) -> None:
    org.call("GET", f"{ROOT}/limits")
    press(org.salesforce, preset="throttle")
    assert org.post_form().status == 200
    assert error(org.insert()) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert org.insert().status == 201
    press(org.salesforce, preset="lose_answer")
    assert org.post_form().status == 200
    with pytest.raises(ConnectionError):
        org.insert(**{EXTERNAL_ID: "another"})
    org.settled(2)
    assert len(org.kept()) == 4


def test_a_throttled_form_is_turned_away_before_salesforce_and_comes_again(org: Caller) -> None:
    press(org.salesforce, preset="throttle_form")
    assert org.call("GET", f"{ROOT}/limits").status == 200
    reply = org.post_form()
    assert (reply.status, reply.headers["retry-after"], reply.headers["content-type"]) == (
        503,
        "5",
        "text/html; charset=utf-8",
    )
    assert "is-processed" not in reply.headers
    assert org.kept("forms") == []
    assert org.post_form().status == 200
    assert org.settled() == [("accepted", "")]


def test_a_form_whose_answer_is_lost_was_taken(org: Caller) -> None:
    press(org.salesforce, preset="lose_form_answer")
    assert org.call("GET", f"{ROOT}/limits").status == 200
    with pytest.raises(ConnectionError):
        org.post_form()
    assert org.settled() == [("accepted", "")]
    assert org.post_form().status == 200


def test_the_page_says_what_a_throttle_of_web_to_lead_is(org: Caller) -> None:
    text = visible(page(org.salesforce))
    assert "Web-to-Lead answers 200 to every form that reaches it" in text
    assert "Web-to-Lead: turn the next form away (503)" in text
    assert "Web-to-Lead: keep the next form, lose the answer" in text


def test_the_page_says_what_to_enter_and_hides_tokens(org: Caller) -> None:
    token = org.token()
    org.insert({"Authorization": f"Bearer {token}"})
    page = send(org.salesforce.url, "GET", "/").body.decode()
    assert token not in page
    for value in ("3MVG9sandbox", "5A5A5A", "00D5a0000000001", "00N000000000002", EXTERNAL_ID, org.salesforce.url):
        assert value in page
    assert dict(org.salesforce.connection())["salesforce_api_version"] == "67.0"


def test_what_a_person_edits_is_what_the_api_tells(org: Caller) -> None:
    lead_id = org.insert().content["id"]
    org.edit(lead_id, Title="changed by sales")
    assert org.call("GET", f"{LEAD}/{lead_id}").content["Title"] == "changed by sales"
    org.salesforce.control("records", {"collection": "leads", "key": lead_id}, method="DELETE")
    assert error(org.call("GET", f"{LEAD}/{lead_id}")) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"orgs": {}}, "orgs"),
        ({"org": 5}, "org"),
        ({"org": {"active": "yes"}}, "org.active"),
        ({"app": {"consumer_secret": 5}}, "app.consumer_secret"),
        ({"app": {"key": {"n": 5}}}, "app.key.n"),
        ({"user": {"leads": "write"}}, "user.leads"),
        ({"limits": {"daily_calls": -1}}, "limits.daily_calls"),
        ({"limits": {"long_running_seconds": "20"}}, "limits.long_running_seconds"),
        ({"fields": {"Title": {"lenght": 5}}}, "fields.Title.lenght"),
        ({"fields": {"Title": {"type": "text"}}}, "fields.Title.type"),
        ({"fields": {"Shoe size": {}}}, "fields.Shoe size"),
        ({"fields": {"Title": 5}}, "fields.Title"),
        ({"fields": []}, "fields"),
        ({"countries": ["KR"]}, "countries"),
        ({"countries": {"KR": 5}}, "countries.KR"),
        ({"rules": {"r": {"field": 5}}}, "rules.r.field"),
        ({"duplicates": {"rule": "ask"}}, "duplicates.rule"),
        ({"web_to_lead": {"delay": -1}}, "web_to_lead.delay"),
        ({"versions": {"lowest": 0}}, "versions.lowest"),
    ],
)
def test_a_wrong_setting_is_refused_by_name_and_changes_nothing(
    org: Caller, settings: dict[str, Any], field: str
) -> None:
    before = org.salesforce.control("config")
    with pytest.raises(ValueError, match=f"^{field}: "):
        org.configure(user={"api": False}, **settings) if "user" not in settings else org.configure(**settings)
    assert org.salesforce.control("config") == before


def test_settings_are_merged_and_forgotten_by_a_reset(org: Caller) -> None:
    usual = org.salesforce.control("config")
    org.configure(limits={"concurrent": 5})
    org.configure(limits={"daily_calls": 7}, fields={"Fax": None, "New__c": {"unique": True}})
    changed = org.salesforce.control("config")
    assert (changed["limits"]["concurrent"], changed["limits"]["daily_calls"]) == (5, 7)
    assert (changed["fields"]["Fax"], changed["fields"]["New__c"]["unique"]) == (None, True)
    org.salesforce.control("reset", {})
    assert org.salesforce.control("config") == usual


def test_a_reset_ends_the_sessions_and_the_count_of_calls(org: Caller) -> None:
    assert org.insert().status == 201
    org.salesforce.control("reset", {})
    assert error(org.insert()) == (401, "INVALID_SESSION_ID")
    reply = org.call("POST", LEAD, MINA, {"Authorization": f"Bearer {org.token()}"})
    assert reply.headers["sforce-limit-info"] == "api-usage=1/100000"
