"""Web-to-Lead: always 200, worked on later, dropped in silence."""

from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox.salesforce import Salesforce
from tests.integrations.sandbox.salesforce.caller import FORM_TYPE, LEAD_ID, POSTED, SERVLET, Caller
from tests.integrations.sandbox.sender import Reply, send, wait_until

PROBLEM = "true Exception:common.exception.SalesforceGenericException"
NOW = 1795327200


@pytest.fixture(autouse=True)
def _quick(org: Caller) -> None:
    org.configure(web_to_lead={"delay": 0})


def answer(reply: Reply) -> tuple[int, str | None]:
    return reply.status, reply.headers.get("is-processed")


def test_a_form_is_queued_and_becomes_a_lead_later(org: Caller) -> None:
    org.configure(web_to_lead={"delay": 30})
    org.salesforce.control("clock", {"at": NOW})
    reply = org.post_form()
    assert answer(reply) == (200, "true")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    assert b"https://example.com/thanks" in reply.body
    assert [one["state"] for one in org.kept("forms")] == ["queued"]
    assert org.kept() == []
    [request] = org.arrived("forms")
    assert (request["person"], request["findings"]) == ("Mina Park", {"form": "queued"})
    org.salesforce.control("clock", {"at": NOW + 30})
    assert org.settled() == [("accepted", "")]
    [form], [lead] = org.kept("forms"), org.kept()
    assert (form["lead"], form["form"]["last_name"]) == (lead["Id"], "Park")
    assert [lead[name] for name in ("FirstName", "Email", "LeadSource", "Marketplace_Reference__c")] == [
        *("Mina", "mina.park@fabrikam.example", "AzureMarketplace-INS|contoso.fw"),
        LEAD_ID,
    ]


def test_nothing_is_recognised_as_a_repeat(org: Caller) -> None:
    for _ in range(2):
        assert answer(org.post_form()) == (200, "true")
    assert org.settled(2) == [("accepted", "")] * 2
    assert len(org.kept()) == 2


def test_a_form_kept_without_an_answer_becomes_a_lead(org: Caller) -> None:
    org.salesforce.control("faults", {"action": "commit_then_drop"})
    with pytest.raises(ConnectionError):
        org.post_form()
    assert org.settled() == [("accepted", "")]


@pytest.mark.parametrize(
    ("settings", "given", "query", "slug"),
    [
        ({}, {"oid": None}, "", "organisation"),
        ({}, {"oid": "00D5a0000000002"}, "", "organisation"),
        ({}, {"oid": "00D5a0000000001EAA"}, "", "organisation"),
        ({}, {"last_name": None}, "", "form_field"),
        ({}, {"company": " "}, "", "form_field"),
        ({"web_to_lead": {"enabled": False}}, {}, "", "form_off"),
        ({"web_to_lead": {"org_id_needed": True}}, {}, "", "organisation"),
        ({"web_to_lead": {"org_id_needed": True}}, {}, "?orgId=00D5a0000000002", "organisation"),
    ],
)
def test_a_form_that_is_not_taken_is_told_so_by_a_header(
    org: Caller, settings: dict[str, Any], given: dict[str, str | None], query: str, slug: str
) -> None:
    org.configure(**settings)
    assert answer(org.post_form(query, **given)) == (200, PROBLEM)
    assert org.kept("forms") == []
    assert org.arrived("forms")[0]["findings"] == {"refused": slug}


def test_a_form_of_another_media_type_holds_nothing(org: Caller) -> None:
    reply = send(
        org.salesforce.url, "POST", SERVLET, b'{"oid": "00D5a0000000001"}', {"Content-Type": "application/json"}
    )
    assert answer(reply) == (200, PROBLEM)


def test_the_organisation_in_the_query_is_not_needed(org: Caller) -> None:
    assert answer(org.post_form("")) == (200, "true")


def test_a_wrong_organisation_may_get_the_answer_of_success(org: Caller) -> None:
    org.configure(web_to_lead={"answers": "always_processed"})
    assert answer(org.post_form(oid="00D5a0000000002")) == (200, "true")
    assert org.settled() == [("dropped", "organisation")]


def test_the_header_may_be_missing(org: Caller) -> None:
    org.configure(web_to_lead={"answers": "no_header"})
    assert answer(org.post_form()) == (200, None)
    assert answer(org.post_form(oid=None)) == (200, None)
    assert org.settled(2) == [("accepted", ""), ("dropped", "organisation")]


def test_without_an_address_to_go_on_to_the_answer_is_empty(org: Caller) -> None:
    reply = org.post_form(retURL=None)
    assert (answer(reply), reply.body) == ((200, "true"), b"")
    assert b"<script>" not in org.post_form(retURL='"><script>').body


@pytest.mark.parametrize(
    ("settings", "given", "reason"),
    [
        ({"web_to_lead": {"recaptcha": True}}, {}, "recaptcha"),
        (
            {"fields": {"LeadSource": {"restricted": True}}},
            {},
            "invalid_or_null_for_restricted_picklist",
        ),
        ({"fields": {"Size__c": {"required": True}}}, {}, "required_field_missing"),
        ({}, {"first_name": "x" * 41}, "string_too_long"),
        ({}, {"email": "nobody"}, "invalid_email_address"),
        ({}, {"company": "REFUSE"}, "field_custom_validation_exception"),
        ({"countries": {"KR": "Korea"}}, {"country": "KR"}, "field_integrity_exception"),
        ({"org": {"storage_full": True}}, {}, "storage_limit_exceeded"),
        ({}, {"revenue": "a lot"}, "json_parser_error"),
    ],
)
def test_a_lead_that_cannot_be_made_is_dropped_in_silence(
    org: Caller, settings: dict[str, Any], given: dict[str, str | None], reason: str
) -> None:
    org.configure(**settings)
    assert answer(org.post_form(**given)) == (200, "true")
    assert org.settled() == [("dropped", reason)]
    assert org.kept() == []


def test_a_blocking_duplicate_rule_drops_and_a_warning_one_does_not(org: Caller) -> None:
    org.configure(duplicates={"rule": "alert"})
    org.post_form()
    org.post_form()
    assert org.settled(2) == [("accepted", "")] * 2
    org.configure(duplicates={"rule": "block"})
    org.post_form()
    assert org.settled(3)[2] == ("dropped", "duplicates_detected")


def test_a_form_field_may_be_a_unique_one(org: Caller) -> None:
    for _ in range(2):
        org.post_form(**{"00N000000000001": LEAD_ID})
    assert org.settled(2) == [("accepted", ""), ("dropped", "duplicate_value")]


def test_the_rights_of_the_user_of_the_api_do_not_matter(org: Caller) -> None:
    org.configure(user={"leads": "none", "api": False})
    assert answer(org.post_form()) == (200, "true")
    assert org.settled() == [("accepted", "")]


def test_above_the_day_s_limit_forms_wait_and_then_are_dropped(org: Caller) -> None:
    org.configure(web_to_lead={"daily_limit": 2, "queue_limit": 1})
    org.salesforce.control("clock", {"at": NOW})
    for _ in range(4):
        assert answer(org.post_form()) == (200, "true")
    states = [("accepted", ""), ("accepted", ""), ("queued", "daily_limit"), ("dropped", "daily_limit")]
    wait_until(lambda: [(one["state"], one["reason"]) for one in org.kept("forms")] == states)
    assert len(org.kept()) == 2
    org.salesforce.control("clock", {"at": NOW + 24 * 3600})
    assert org.settled(4)[2] == ("accepted", "")
    assert len(org.kept()) == 3


def test_without_a_queue_all_above_the_limit_are_dropped(org: Caller) -> None:
    org.configure(web_to_lead={"daily_limit": 1, "queue_limit": 0})
    for _ in range(3):
        org.post_form()
    assert org.settled(3) == [("accepted", ""), ("dropped", "daily_limit"), ("dropped", "daily_limit")]


def test_boxes_and_numbers_are_read(org: Caller) -> None:
    org.post_form(emailOptOut="1", doNotCall="0", employees="12", revenue="", unknown="x", mobile="123")
    assert org.settled() == [("accepted", "")]
    lead = org.kept()[0]
    assert [lead[name] for name in ("HasOptedOutOfEmail", "DoNotCall", "NumberOfEmployees", "MobilePhone")] == [
        *(True, False, 12, "123")
    ]
    assert "AnnualRevenue" not in lead


@pytest.mark.parametrize(
    ("body", "query", "kind", "name"),
    [
        (b"encoding=UTF-8&last_name=%EA%B9%80", "", "application/x-www-form-urlencoded", "김"),
        (b"last_name=%EA%B9%80", "?encoding=UTF-8", "application/x-www-form-urlencoded", "김"),
        (b"last_name=%EA%B9%80", "", "application/x-www-form-urlencoded; charset=UTF-8", "김"),
        (b"encoding=ISO-8859-1&last_name=%EB", "", "application/x-www-form-urlencoded", "ë"),
        (b"last_name=%C3%AB", "", "application/x-www-form-urlencoded", "Ã«"),
        (b"encoding=nonsense&last_name=%EB", "", "application/x-www-form-urlencoded", "ë"),
        (b"encoding=UTF-8&last_name=%EB", "", "application/x-www-form-urlencoded", "\ufffd"),
        (b"encoding=UTF-8&last_name=a&last_name=b", "", "application/x-www-form-urlencoded", "a"),
    ],
)
def test_the_form_is_read_in_the_encoding_it_names(org: Caller, body: bytes, query: str, kind: str, name: str) -> None:
    sent = b"oid=00D5a0000000001&company=Fabrikam&" + body
    assert answer(send(org.salesforce.url, "POST", f"{SERVLET}{query}", sent, {"Content-Type": kind})) == (200, "true")
    assert org.settled() == [("accepted", "")]
    assert org.kept()[0]["LastName"] == name


@pytest.mark.parametrize("body", [b"&" * 300, b"a=1&" * 300, b"\xff=%ff", b"%"])
def test_garbage_is_answered_as_a_form_that_is_not_taken(org: Caller, body: bytes) -> None:
    assert answer(send(org.salesforce.url, "POST", SERVLET, body, FORM_TYPE)) == (200, PROBLEM)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_other_methods_are_answered_and_take_nothing(org: Caller, method: str) -> None:
    reply = send(org.salesforce.url, method, f"{SERVLET}?oid=00D5a0000000001&last_name=a&company=b")
    assert (reply.status, reply.body) == (200, b"")
    assert org.kept("forms") == []


def test_forgotten_forms_do_not_become_leads(org: Caller) -> None:
    org.configure(web_to_lead={"delay": 30})
    org.post_form()
    org.salesforce.control("reset", {"keep_config": True})
    org.configure(web_to_lead={"delay": 0})
    org.post_form()
    org.salesforce.control("clock", {"offset": 31})
    assert org.settled() == [("accepted", "")]
    assert len(org.kept()) == 1


def test_a_restart_forgets_neither_the_queue_nor_the_day_s_count(tmp_path: Path) -> None:
    state = tmp_path / "salesforce.sqlite"
    with Salesforce.running(state=state) as salesforce:
        before = Caller(salesforce)
        before.configure(web_to_lead={"delay": 0, "daily_limit": 1}, fields={"Fax": None})
        before.post_form()
        assert before.settled() == [("accepted", "")]
        before.post_form()
    with Salesforce.running(state=state) as salesforce:
        after = Caller(salesforce)
        assert salesforce.control("config")["web_to_lead"]["daily_limit"] == 1
        assert salesforce.control("config")["fields"]["Fax"] is None
        assert [(one["state"], one["reason"]) for one in after.kept("forms")] == [
            ("accepted", ""),
            ("queued", "daily_limit"),
        ]
        after.configure(web_to_lead={"daily_limit": 2})
        assert after.settled(2) == [("accepted", "")] * 2
        assert POSTED["last_name"] == after.kept()[1]["LastName"]
