"""Against the form handler of the sandbox's Marketo, over real sockets."""

import base64
import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import pytest

from integrations.connectors.marketo_form import MarketoFormConnector
from integrations.connectors.marketo_form.connector import FORM_FIELDS
from integrations.contract import Arrival, Delivered, Failure, FailureKind, Note, Outcome
from integrations.mapping import Origin, Rule
from integrations.sandbox.marketo import Marketo
from tests.integrations.connectors.marketo_form.conftest import (
    GET_FORM_PATH,
    MUNCHKIN_ID,
    SAVE2_PATH,
    SAVE_PATH,
    OpenConnector,
)
from tests.integrations.records import RECORD

ACCEPTED = Delivered(Arrival.UNCONFIRMED)
NO_SIGN = (Note("no_sign_of_acceptance", {}),)


def failure(outcome: Outcome) -> Failure:
    assert isinstance(outcome.result, Failure), outcome.result
    return outcome.result


def there(server: Marketo, collection: str = "people") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.control("records")["records"]
    return [record["fields"] for record in found if record["collection"] == collection]


def calls_to(server: Marketo) -> list[tuple[str, str]]:
    return [(request["method"], request["path"]) for request in server.control("requests")["requests"]]


def test_a_lost_answer_is_left_to_a_person_and_the_persons_repeat_makes_no_second_one(
    server: Marketo, connectors: OpenConnector
) -> None:
    server.control("faults", {"action": "commit_then_drop", "match": {"path": SAVE2_PATH}})
    connector = connectors(server.url)
    (lost,) = connector.deliver([RECORD])
    assert (failure(lost).kind, failure(lost).cause) == (FailureKind.UNANSWERED, "connection_lost")
    assert connector.recognises_repeats is False
    assert calls_to(server) == [("POST", SAVE2_PATH)]
    (person,) = there(server)
    server.control("records", {"collection": "people", "key": str(person["id"]), "fields": {"city": "Seoul"}})
    (again,) = connector.deliver([RECORD])
    assert again.result == ACCEPTED
    (person,) = there(server)
    assert (person["email"], person["city"]) == ("mina.park@fabrikam.example", "Seoul")
    assert len(there(server, "activities")) == 2


def test_a_lead_is_posted_as_the_form_would(server: Marketo, connectors: OpenConnector) -> None:
    (outcome,) = connectors(server.url, page_url="https://publisher.example/offer").deliver([RECORD])
    assert (outcome.key, outcome.result, outcome.notes) == (RECORD.key, ACCEPTED, ())
    (request,) = server.control("requests")["requests"]
    assert parse_qsl(base64.b64decode(request["body"]).decode(), keep_blank_values=True) == [
        ("Email", "mina.park@fabrikam.example"),
        ("FirstName", "Mina"),
        ("LastName", "Park"),
        ("Company", "Fabrikam"),
        ("Title", "IT manager"),
        ("Phone", "821055501234"),
        ("Country", "KR"),
        ("LeadSource", "AzureMarketplace-INS|contoso.fw"),
        ("munchkinId", MUNCHKIN_ID),
        ("formid", "1179"),
        ("formVid", "1179"),
        ("_mkt_trk", ""),
        ("_mktoReferrer", "https://publisher.example/offer"),
    ]
    (person,) = there(server)
    assert person["leadSource"] == "AzureMarketplace-INS|contoso.fw"


def test_no_mapping_sends_a_lead_to_another_form(server: Marketo, connectors: OpenConnector) -> None:
    others = [Rule(name, Origin.CONSTANT, "9999") for name in ("munchkinId", "formid", "formVid", "_mktoReferrer")]
    fields = FORM_FIELDS.with_rules((*FORM_FIELDS.rules, *others))
    (outcome,) = connectors(server.url, fields=fields).deliver([RECORD])
    assert (outcome.result, outcome.notes) == (ACCEPTED, ())
    (request,) = server.control("requests")["requests"]
    assert "9999" not in base64.b64decode(request["body"]).decode()
    assert len(there(server)) == 1


def test_the_older_handler_redirects_and_is_not_followed(server: Marketo, connectors: OpenConnector) -> None:
    (outcome,) = connectors(server.url, handler="save").deliver([RECORD])
    assert (outcome.result, outcome.notes) == (ACCEPTED, ())
    assert calls_to(server) == [("POST", SAVE_PATH)]
    assert len(there(server)) == 1


def test_each_lead_has_a_post_and_a_connection_of_its_own(server: Marketo, connectors: OpenConnector) -> None:
    records = [replace(RECORD, key=uuid4(), email=f"person-{n}@fabrikam.example") for n in range(3)]
    outcomes = connectors(server.url).deliver(records)
    assert [outcome.key for outcome in outcomes] == [record.key for record in records]
    requests = server.control("requests")["requests"]
    assert len({request["connection"] for request in requests}) == 3
    assert len(there(server)) == 3


def test_an_unknown_form_is_taken_for_accepted_with_a_note_or_refused(
    server: Marketo, connectors: OpenConnector
) -> None:
    connector = connectors(server.url, form_id="4711")
    (outcome,) = connector.deliver([RECORD])
    assert (outcome.result, outcome.notes) == (Delivered(Arrival.DOUBTFUL), NO_SIGN)
    server.control("config", {"unknown_form": "400"})
    (outcome,) = connector.deliver([RECORD])
    refused = failure(outcome)
    assert (refused.kind, refused.cause) == (FailureKind.MISCONFIGURED, "marketo_form_ids")
    assert refused.params == {"form": "4711", "account": MUNCHKIN_ID}
    assert there(server) == []


def test_a_checksum_that_is_demanded_pauses_the_destination(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"checksum": "refuse"})
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert (failure(outcome).kind, failure(outcome).cause) == (FailureKind.MISCONFIGURED, "marketo_form_ids")
    assert there(server) == []


def test_a_post_that_marketo_drops_without_a_word_cannot_be_told(server: Marketo, connectors: OpenConnector) -> None:
    """Why this kind is not recommended, and why it never says more than "accepted, not confirmed"."""
    server.control("config", {"checksum": "drop"})
    (outcome,) = connectors(server.url).deliver([RECORD])
    assert outcome.result == ACCEPTED
    assert there(server) == []


def test_too_many_posts_in_a_minute_wait_a_minute(server: Marketo, connectors: OpenConnector) -> None:
    server.control("config", {"limits": {"form_posts": 1}})
    connector = connectors(server.url)
    connector.deliver([RECORD])
    (outcome,) = connector.deliver([replace(RECORD, key=uuid4())])
    assert (failure(outcome).kind, failure(outcome).retry_after) == (FailureKind.THROTTLED, timedelta(seconds=60))


@pytest.mark.parametrize(
    ("email", "cause"),
    [("", "marketo_no_email"), ("no address", "marketo_no_email"), ("zoë@fabrikam.example", "marketo_email_not_ascii")],
)
def test_without_an_address_that_marketo_takes_nothing_is_posted(
    server: Marketo, connectors: OpenConnector, email: str, cause: str
) -> None:
    connector, record = connectors(server.url), replace(RECORD, email=email)
    (outcome,) = connector.deliver([record])
    assert (failure(outcome).kind, failure(outcome).cause) == (FailureKind.REJECTED, cause)
    assert connector.preview(record).refused == outcome.result
    assert calls_to(server) == []


def test_too_long_values_are_cut_and_flags_are_words(server: Marketo, connectors: OpenConnector) -> None:
    fields = FORM_FIELDS.with_rules((*FORM_FIELDS.rules, Rule("DoNotCall", Origin.FIELD, "is_dnc", omit_empty=False)))
    connector = connectors(server.url, fields=fields)
    (outcome,) = connector.deliver([replace(RECORD, company="김" * 254 + "🚀🚀")])
    assert outcome.notes == (Note("cut", {"field": "Company", "length": 258, "limit": 255}),)
    assert there(server)[0]["company"] == "김" * 254
    shown = connector.preview(RECORD).exchange
    assert shown is not None
    assert (shown.method, shown.url) == ("POST", server.url + SAVE2_PATH)
    assert "\nDoNotCall: false\n" in shown.request_body


@pytest.mark.parametrize(
    ("fault", "kind", "cause"),
    [
        ({"action": "redirect", "status": 307}, "misconfigured", "marketo_form_not_found"),
        ({"action": "respond", "status": 503}, "temporary", "server_trouble"),
        ({"action": "drop_before"}, "unanswered", "connection_lost"),
        ({"action": "truncate"}, "unanswered", "answer_cut_off"),
        ({"action": "delay", "delay": 0.5}, "unanswered", "no_answer_in_time"),
        ({"action": "trickle", "delay": 0.1}, "unanswered", "no_answer_in_time"),
    ],
)
def test_a_fault_on_the_way(
    server: Marketo, connectors: OpenConnector, fault: dict[str, Any], kind: str, cause: str
) -> None:
    server.control("faults", fault)
    (outcome,) = connectors(server.url, impatient=True).deliver([RECORD])
    assert (failure(outcome).kind, failure(outcome).cause) == (kind, cause)
    assert len(calls_to(server)) <= 1


def test_what_was_posted_stays_out_of_the_log(
    server: Marketo, connectors: OpenConnector, caplog: pytest.LogCaptureFixture
) -> None:
    server.control("faults", [{"action": "drop_before"}, {"action": "garbage"}])
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="urllib3"):
        connector = connectors(server.url)
        for _ in range(3):
            connector.deliver([RECORD])
        connector.check()
    assert caplog.records
    assert [record.getMessage() for record in caplog.records if "mina" in record.getMessage().lower()] == []


def steps_of(connector: MarketoFormConnector) -> list[tuple[str, str, str]]:
    return [(str(step.label), step.result, str(step.detail)) for step in connector.check().steps]


ACCEPTANCE = (
    "Acceptance of leads",
    "unproven",
    "The form handler confirms nothing: look in Marketo whether a test lead is there.",
)


def test_a_check_reads_the_form_and_posts_nothing(server: Marketo, connectors: OpenConnector) -> None:
    connector = connectors(server.url)
    assert steps_of(connector) == [
        ("Connection", "passed", ""), ("Form", "passed", ""), ("Field mapping", "passed", ""), ACCEPTANCE,
    ]  # fmt: skip
    assert calls_to(server) == [("GET", f"{GET_FORM_PATH}?munchkinId={MUNCHKIN_ID}&form=1179")]
    assert {field.name: field.max_length for field in connector.check().fields}["Company"] == 255
    assert there(server) == []


def test_fields_that_the_form_lacks_are_named(server: Marketo, connectors: OpenConnector) -> None:
    fields = FORM_FIELDS.with_rules((*FORM_FIELDS.rules, Rule("Notes", Origin.DESCRIPTION)))
    assert steps_of(connectors(server.url, fields=fields))[2] == (
        "Field mapping", "warning", "Not on the form, so that Marketo may drop them: Notes.",
    )  # fmt: skip


def test_a_form_that_marketo_does_not_describe_is_not_proved(server: Marketo, connectors: OpenConnector) -> None:
    assert steps_of(connectors(server.url, form_id="4711"))[1:] == [
        ("Form", "unproven",
         "Marketo did not describe it: compare form ID and Munchkin account ID with the form's embed code."),
        ACCEPTANCE,
    ]  # fmt: skip


def test_a_host_that_is_down_fails(connectors: OpenConnector, names: dict[str, list[str]]) -> None:
    ((label, result, detail),) = steps_of(connectors("ys12"))
    assert (label, result) == ("Connection", "failed")
    assert detail.startswith("The host name could not be resolved.")
