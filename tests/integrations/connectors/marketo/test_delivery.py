"""Against the Marketo of the sandbox, over real sockets."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from integrations.connectors.marketo.people import PERSON
from integrations.contract import Arrival, Delivered, FailureKind, Note
from integrations.mapping import Origin, Rule
from integrations.sandbox.marketo import Marketo
from tests.integrations.connectors.marketo.conftest import (
    FORM_PATH,
    PUSH_PATH,
    SYNC_PATH,
    TOKEN_PATH,
    OpenConnector,
    answers_with,
    calls_to,
    people_in,
)
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

AS_SENT = {
    "email": "mina.park@fabrikam.example",
    "firstName": "Mina",
    "lastName": "Park",
    "company": "Fabrikam",
    "title": "IT manager",
    "phone": "821055501234",
    "country": "KR",
    "leadSource": "AzureMarketplace-INS|contoso.fw",
}


def as_there(person: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in person.items() if name not in ("id", "partitionName")}


def body_of_last(server: Marketo) -> Any:
    return json.loads(base64.b64decode(server.control("requests")["requests"][-1]["body"]))


def edit(server: Marketo, **fields: str) -> None:
    (person,) = people_in(server)
    server.control("records", {"collection": "people", "key": str(person["id"]), "fields": fields})


def test_commit_then_drop_leaves_one_person_and_the_edits_of_what_is_not_sent(
    server: Marketo, connectors: OpenConnector
) -> None:
    server.control("faults", {"action": "commit_then_drop", "match": {"path": SYNC_PATH}})
    connector = connectors(server.url)
    (lost,) = connector.deliver([RECORD])
    assert kind_and_cause(lost) == (FailureKind.UNANSWERED, "connection_lost")
    assert failure_of(lost).retry_after == timedelta(seconds=90)
    edit(server, website="https://fabrikam.example")
    (again,) = connector.deliver([RECORD])
    assert delivered(again).arrival is Arrival.UPDATED
    (person,) = people_in(server)
    assert as_there(person) == AS_SENT | {"website": "https://fabrikam.example"}


def test_commit_then_drop_leaves_every_edit_alone_where_existing_people_are_spared(
    server: Marketo, connectors: OpenConnector
) -> None:
    server.control("faults", {"action": "commit_then_drop", "match": {"path": SYNC_PATH}})
    connector = connectors(server.url, spares_existing=True)
    connector.deliver([RECORD])
    edit(server, title="Head of IT")
    (again,) = connector.deliver([RECORD])
    assert again.result == Delivered(Arrival.ALREADY_THERE)
    (person,) = people_in(server)
    assert as_there(person) == AS_SENT | {"title": "Head of IT"}


def test_a_new_lead_makes_one_person_with_every_mapped_field(server: Marketo, connectors: OpenConnector) -> None:
    (outcome,) = connectors(server.url).deliver([RECORD])
    (person,) = people_in(server)
    assert outcome.key == RECORD.key
    assert outcome.result == Delivered(Arrival.CREATED, str(person["id"]))
    assert as_there(person) == AS_SENT
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH]


def test_the_same_delivery_again_changes_nothing(server: Marketo, connectors: OpenConnector) -> None:
    connector = connectors(server.url)
    connector.deliver([RECORD])
    before = people_in(server)
    (again,) = connector.deliver([RECORD])
    assert delivered(again).arrival is Arrival.UPDATED
    assert people_in(server) == before


def test_what_is_empty_is_not_sent(server: Marketo, connectors: OpenConnector) -> None:
    connector = connectors(server.url)
    connector.deliver([RECORD])
    connector.deliver([replace(RECORD, key=uuid4(), company="", title="", phone="")])
    (person,) = people_in(server)
    assert as_there(person) == AS_SENT
    assert "company" not in body_of_last(server)["input"][0]


def test_a_delivery_links_to_the_person_where_the_address_of_marketo_is_known(
    server: Marketo, connectors: OpenConnector
) -> None:
    (outcome,) = connectors(server.url, app_url="https://app-ab12.marketo.com/leadDatabase").deliver([RECORD])
    number = people_in(server)[0]["id"]
    link = f"https://app-ab12.marketo.com/leadDatabase/loadLeadDetail?leadId={number}"
    assert delivered(outcome).external_url == link


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (300, 1), (301, 2)])
def test_three_hundred_people_share_a_call(server: Marketo, connectors: OpenConnector, count: int, calls: int) -> None:
    records = some(count)
    outcomes = connectors(server.url).deliver(records)
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert calls_to(server) == [TOKEN_PATH] + [SYNC_PATH] * calls
    assert len(people_in(server)) == count


def test_the_same_address_never_stands_twice_in_a_call(server: Marketo, connectors: OpenConnector) -> None:
    other, *_rest = some(1)
    same = replace(RECORD, key=uuid4(), email="Mina.Park@Fabrikam.example", title="CIO")
    outcomes = connectors(server.url).deliver([RECORD, same, other])
    assert [delivered(outcome).arrival for outcome in outcomes] == [Arrival.CREATED, Arrival.UPDATED, Arrival.CREATED]
    assert delivered(outcomes[0]).external_id == delivered(outcomes[1]).external_id
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, SYNC_PATH]
    assert server.control("requests")["maximum_concurrency"] == 1
    assert [person["title"] for person in people_in(server)] == ["CIO", "IT manager"]


def test_nobodys_attempt_shows_the_others_of_the_same_call(server: Marketo, connectors: OpenConnector) -> None:
    outcomes = connectors(server.url).deliver(some(3))
    for number, outcome in enumerate(outcomes):
        assert outcome.exchange is not None
        sent, answered = json.loads(outcome.exchange.request_body), json.loads(outcome.exchange.response_body)
        assert [person["email"] for person in sent["input"]] == [f"person-{number}@fabrikam.example"]
        assert [str(entry["id"]) for entry in answered["result"]] == [delivered(outcome).external_id]


def test_a_lead_pushed_to_a_program_becomes_its_member(server: Marketo, connectors: OpenConnector) -> None:
    settings = {"method": "push", "program_name": "Marketplace", "program_status": "Influenced"}
    (outcome,) = connectors(server.url, **settings).deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert calls_to(server) == [TOKEN_PATH, PUSH_PATH]
    (member,) = people_in(server, "members")
    assert (member["programName"], member["status"]) == ("Marketplace", "Influenced")
    assert (member["source"], member["reason"]) == ("Marketplace", "INS contoso.fw")
    assert as_there(people_in(server)[0]) == AS_SENT


def test_leads_pushed_for_different_reasons_do_not_share_a_call(server: Marketo, connectors: OpenConnector) -> None:
    actions = ["INS", "PLT", "INS"]
    records = [replace(record, action=action) for record, action in zip(some(3), actions, strict=True)]
    outcomes = connectors(server.url, method="push", program_name="Marketplace").deliver(records)
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert calls_to(server) == [TOKEN_PATH, PUSH_PATH, PUSH_PATH]
    told = {str(member["leadId"]): member["reason"] for member in people_in(server, "members")}
    ids = [delivered(outcome).external_id for outcome in outcomes]
    assert [told[one] for one in ids] == ["INS contoso.fw", "PLT contoso.fw", "INS contoso.fw"]


def test_a_lead_of_which_nobody_knows_why_is_pushed_without_a_reason(
    server: Marketo, connectors: OpenConnector
) -> None:
    connector = connectors(server.url, method="push", program_name="Marketplace")
    connector.deliver([replace(RECORD, action="", publisher_id="", offer_id="")])
    assert "reason" not in body_of_last(server)


def test_the_method_sync_leads_mixes_reasons_in_a_call(server: Marketo, connectors: OpenConnector) -> None:
    connectors(server.url).deliver([replace(record, action=str(n)) for n, record in enumerate(some(3))])
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH]


def test_a_program_that_does_not_exist_is_a_matter_of_the_settings(server: Marketo, connectors: OpenConnector) -> None:
    (outcome,) = connectors(server.url, method="push", program_name="Marktplatz").deliver([RECORD])
    refused = failure_of(outcome)
    assert (refused.kind, refused.cause) == (FailureKind.MISCONFIGURED, "marketo_not_found")
    assert refused.params == {"asset": "Marktplatz"}
    assert people_in(server) == []


def test_a_submitted_form_is_logged_and_takes_one_person_a_call(server: Marketo, connectors: OpenConnector) -> None:
    connector = connectors(server.url, method="form", form_id="1179", page_url="https://publisher.example/offer")
    outcomes = connector.deliver(some(2))
    assert connector.batch_limit == 1
    assert [delivered(outcome).arrival for outcome in outcomes] == [Arrival.CREATED, Arrival.CREATED]
    assert calls_to(server) == [TOKEN_PATH, FORM_PATH, FORM_PATH]
    assert [activity["activityType"] for activity in people_in(server, "activities")] == ["Fill Out Form"] * 2
    assert body_of_last(server)["input"][0]["visitorData"] == {"pageURL": "https://publisher.example/offer"}


def test_a_repeat_of_a_submitted_form_updates_the_same_person(server: Marketo, connectors: OpenConnector) -> None:
    server.control("faults", {"action": "commit_then_drop", "match": {"path": FORM_PATH}})
    connector = connectors(server.url, method="form", form_id="1179")
    connector.deliver([RECORD])
    (again,) = connector.deliver([RECORD])
    assert connector.recognises_repeats is True
    assert delivered(again).arrival is Arrival.UPDATED
    assert len(people_in(server)) == 1


def test_a_token_that_ended_between_two_leads_costs_one_more_token(server: Marketo, connectors: OpenConnector) -> None:
    connector, records = connectors(server.url), some(2)
    connector.deliver(records[:1])
    server.control("clock", {"offset": 3700})
    (outcome,) = connector.deliver(records[1:])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, SYNC_PATH, TOKEN_PATH, SYNC_PATH]


def test_revoked_tokens_are_replaced_once(server: Marketo, connectors: OpenConnector) -> None:
    connector, records = connectors(server.url), some(2)
    connector.deliver(records[:1])
    server.control("tokens/revoke", {})
    (outcome,) = connector.deliver(records[1:])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert calls_to(server).count(TOKEN_PATH) == 2


def test_fifty_leads_at_once_ask_for_one_token(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"limits": {"at_once": 100, "calls": 1000}})
    connector = connectors(server.url)
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(lambda record: connector.deliver([record])[0], some(50)))
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert calls_to(server).count(TOKEN_PATH) == 1
    assert len(people_in(server)) == 50


def test_the_same_new_lead_twice_at_one_moment_makes_one_person(server: Marketo, connectors: OpenConnector) -> None:
    """The server makes two of two calls that overlap, as Marketo does."""
    server.control("config", {"race_window": 0.05})
    connector = connectors(server.url)
    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(lambda record: connector.deliver([record])[0], [RECORD, RECORD]))
    assert sorted(delivered(outcome).arrival for outcome in outcomes) == [Arrival.CREATED, Arrival.UPDATED]
    assert len(people_in(server)) == 1


def test_a_wrong_secret_stops_before_any_lead_and_its_correction_counts_at_once(
    server: Marketo, connectors: OpenConnector
) -> None:
    outcomes = connectors(server.url, client_secret="WrongSecret-0000").deliver(some(3))
    assert {kind_and_cause(outcome) for outcome in outcomes} == {(FailureKind.MISCONFIGURED, "marketo_client_refused")}
    assert calls_to(server) == [TOKEN_PATH]
    outcomes = connectors(server.url).deliver(some(3))
    assert [delivered(outcome).arrival for outcome in outcomes] == [Arrival.CREATED] * 3


def test_too_long_values_are_cut_and_the_cut_is_noted(server: Marketo, connectors: OpenConnector) -> None:
    (outcome,) = connectors(server.url).deliver([replace(RECORD, company="김" * 254 + "🚀🚀")])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert people_in(server)[0]["company"] == "김" * 254
    assert outcome.notes == (Note("cut", {"field": "company", "length": 258, "limit": 255}),)


@pytest.mark.parametrize(
    ("email", "cause"),
    [("", "marketo_no_email"), ("no address", "marketo_no_email"), ("a" * 250 + "@b.example", "marketo_no_email"),
     ("zoë@fabrikam.example", "marketo_email_not_ascii")],
)  # fmt: skip
def test_without_an_address_that_marketo_takes_nothing_is_sent(
    server: Marketo, connectors: OpenConnector, email: str, cause: str
) -> None:
    good, bad = RECORD, replace(RECORD, key=uuid4(), email=email)
    connector = connectors(server.url)
    refused, arrived = connector.deliver([bad, good])
    assert kind_and_cause(refused) == (FailureKind.REJECTED, cause)
    assert delivered(arrived).arrival is Arrival.CREATED
    assert len(people_in(server)) == 1
    assert connector.preview(bad).refused == refused.result
    assert connector.preview(bad).exchange is None


def test_one_bad_lead_among_good_ones_is_refused_alone(server: Marketo, connectors: OpenConnector) -> None:
    seats = {"id": 1002, "displayName": "Seats", "dataType": "integer", "readOnly": False}
    server.control("config", {"fields": {"seats": seats}})
    fields = PERSON.with_rules((*PERSON.rules, Rule("seats", Origin.FIELD, "description")))
    records = some(5, description="20")
    records[2] = replace(records[2], description="many")
    outcomes = connectors(server.url, fields=fields).deliver(records)
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    refused = failure_of(outcomes[2])
    assert (refused.kind, refused.code, refused.cause) == (FailureKind.REJECTED, "1001", "marketo_value_type")
    assert {delivered(outcome).arrival for outcome in outcomes if outcome is not outcomes[2]} == {Arrival.CREATED}
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH]
    assert len(people_in(server)) == 4


def test_a_batch_that_is_too_large_over_there_is_halved(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"limits": {"body": 1500}})
    outcomes = connectors(server.url).deliver(some(8))
    assert [delivered(outcome).arrival for outcome in outcomes] == [Arrival.CREATED] * 8
    assert calls_to(server) == [TOKEN_PATH] + [SYNC_PATH] * 3
    assert len(people_in(server)) == 8


def test_one_lead_that_is_too_large_over_there_is_refused_alone(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"limits": {"body": 500}})
    records = [*some(2), replace(RECORD, company="x" * 250)]
    outcomes = connectors(server.url).deliver(records)
    assert [type(outcome.result).__name__ for outcome in outcomes] == ["Delivered", "Delivered", "Failure"]
    assert kind_and_cause(outcomes[2]) == (FailureKind.REJECTED, "record_too_large")
    assert len(people_in(server)) == 2


def test_a_locked_company_is_left_out_the_second_time(server: Marketo, connectors: OpenConnector) -> None:
    locked = {"status": "skipped", "reasons": [{"code": "1021", "message": "Company field(s) update not allowed"}]}
    answers_with(server, {"success": True, "result": [{"id": 7, "status": "updated"}, locked]})
    fine, repeated = connectors(server.url).deliver(some(2))
    assert fine.result == Delivered(Arrival.UPDATED, "7")
    assert delivered(repeated).arrival is Arrival.CREATED
    assert repeated.notes == (Note("sent_without", {"field": "company"}),)
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, SYNC_PATH]
    (person,) = people_in(server)
    assert as_there(person) == {k: v for k, v in AS_SENT.items() if k != "company"} | {
        "email": "person-1@fabrikam.example"
    }


def test_a_locked_company_is_left_out_only_once(server: Marketo, connectors: OpenConnector) -> None:
    locked = {"status": "skipped", "reasons": [{"code": "1021", "message": "Company field(s) update not allowed"}]}
    answers_with(server, {"success": True, "result": [locked]}, times=2)
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.REJECTED, "marketo_company_locked")
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, SYNC_PATH]


@pytest.mark.parametrize("code", ["1021", "1036"])
def test_a_persons_newer_lead_comes_after_the_detour_of_the_older_one(
    server: Marketo, connectors: OpenConnector, code: str
) -> None:
    skipped = {"status": "skipped", "reasons": [{"code": code, "message": "Not so"}]}
    answers_with(server, {"success": True, "result": [{"id": 7, "status": "created"}, skipped]})
    other, *_rest = some(1)
    older, newer = (replace(RECORD, key=uuid4(), title=title) for title in ("FIRST", "SECOND"))
    outcomes = connectors(server.url).deliver([other, older, newer])
    assert [delivered(outcome).arrival for outcome in outcomes[1:]] == [Arrival.CREATED, Arrival.UPDATED]
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, SYNC_PATH, SYNC_PATH]
    assert [person["title"] for person in people_in(server)] == ["SECOND"]


def test_people_that_marketo_holds_for_the_same_are_sent_each_alone(server: Marketo, connectors: OpenConnector) -> None:
    twice = {"status": "skipped", "reasons": [{"code": "1036", "message": "Duplicate object found in input"}]}
    answers_with(server, {"success": True, "result": [{"id": 7, "status": "created"}, twice, twice]})
    outcomes = connectors(server.url).deliver(some(3))
    assert [delivered(outcome).arrival for outcome in outcomes] == [Arrival.CREATED] * 3
    assert calls_to(server) == [TOKEN_PATH, SYNC_PATH, SYNC_PATH, SYNC_PATH]
    answers_with(server, {"success": True, "result": [twice]})
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.REJECTED, "marketo_twice_in_call")


def test_a_field_of_ones_own_can_be_what_people_are_looked_up_by(server: Marketo, connectors: OpenConnector) -> None:
    searchable = server.control("config")["fields"]["marketplaceLeadId"] | {"searchable": True}
    server.control("config", {"fields": {"marketplaceLeadId": searchable}})
    fields = PERSON.with_rules((*PERSON.rules, Rule("marketplaceLeadId", Origin.FIELD, "key")))
    connector = connectors(server.url, fields=fields, lookup_field="marketplaceLeadId")
    other = replace(RECORD, key=uuid4())
    assert [delivered(outcome).arrival for outcome in connector.deliver([RECORD, other])] == [Arrival.CREATED] * 2
    assert [person["marketplaceLeadId"] for person in people_in(server)] == [str(RECORD.key), str(other.key)]


def test_a_lead_without_a_value_to_look_it_up_by_is_refused(server: Marketo, connectors: OpenConnector) -> None:
    (outcome,) = connectors(server.url, lookup_field="marketplaceLeadId").deliver([RECORD])
    refused = failure_of(outcome)
    assert (refused.kind, refused.cause) == (FailureKind.REJECTED, "marketo_no_lookup_value")
    assert refused.params == {"field": "marketplaceLeadId"}
    assert calls_to(server) == []


def test_the_partition_of_the_settings_takes_the_person(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"partitions": {"Default": True, "EMEA": True, "Board": False}})
    (outcome,) = connectors(server.url, partition="EMEA").deliver([RECORD])
    assert delivered(outcome).arrival is Arrival.CREATED
    assert people_in(server)[0]["partitionName"] == "EMEA"
    (denied,) = connectors(server.url, partition="Board").deliver(some(1))
    assert kind_and_cause(denied) == (
        FailureKind.MISCONFIGURED,
        "marketo_partition_denied",
    )
    assert failure_of(denied).params == {"partition": "Board"}
    (needed,) = connectors(server.url).deliver(some(1))
    assert kind_and_cause(needed) == (
        FailureKind.MISCONFIGURED,
        "marketo_partition_needed",
    )


def test_an_unknown_mapped_field_is_named(server: Marketo, connectors: OpenConnector) -> None:
    fields = PERSON.with_rules((*PERSON.rules, Rule("favouriteColour", Origin.CONSTANT, "blue")))
    (outcome,) = connectors(server.url, fields=fields).deliver([RECORD])
    refused = failure_of(outcome)
    assert (refused.kind, refused.cause) == (FailureKind.MISCONFIGURED, "marketo_field_unknown")
    assert refused.params == {"field": "favouriteColour"}
    assert people_in(server) == []


def test_a_preview_shows_what_would_be_sent_and_sends_nothing(server: Marketo, connectors: OpenConnector) -> None:
    preview = connectors(server.url).preview(RECORD)
    assert preview.exchange is not None
    assert (preview.exchange.method, preview.exchange.url) == ("POST", server.url + SYNC_PATH)
    assert json.loads(preview.exchange.request_body) == {
        "action": "createOrUpdate",
        "lookupField": "email",
        "input": [AS_SENT],
    }
    assert preview.exchange.request_headers["Authorization"] == "[redacted]"
    assert calls_to(server) == []
