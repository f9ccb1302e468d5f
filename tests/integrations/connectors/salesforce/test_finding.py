"""Without a field for the key: whether an earlier try made the lead, by who it is and the key in its texts."""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from integrations.connectors.salesforce import SalesforceConnector
from integrations.connectors.salesforce.fields import DEFAULT_FIELDS
from integrations.connectors.salesforce.finding import LONGEST_REQUEST, MOST_ALIKE
from integrations.contract import Arrival, Delivered, FailureKind, Outcome, Record
from integrations.mapping import Origin, Rule
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.connectors.salesforce.conftest import KEY_FIELD, calls_to, leads_in
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some

OpenConnector = Callable[..., SalesforceConnector]
BATCH_PATH = "/services/data/v67.0/composite/batch"
WITHOUT_DESCRIPTION = DEFAULT_FIELDS.with_rules(rule for rule in DEFAULT_FIELDS.rules if rule.target != "Description")


def answers(org: Salesforce, content: Any, status: int = 200) -> None:
    headers = {"Content-Type": "application/json"}
    body = content if isinstance(content, str) else json.dumps(content)
    fault = {"action": "respond", "status": status, "headers": headers, "body": body, "match": {"path": BATCH_PATH}}
    org.control("faults", fault)


ALL_MAY_READ = {"statusCode": 200, "result": {"done": True, "records": [{"DefaultLeadAccess": "Read"}]}}


def of_query(content: Any, status: int = 200, access: Any = ALL_MAY_READ) -> dict[str, Any]:
    return {"hasErrors": status >= 400, "results": [access, {"statusCode": status, "result": content}]}


def rows(*found: dict[str, Any], done: bool = True) -> dict[str, Any]:
    return of_query({"totalSize": len(found), "done": done, "records": list(found)})


def certainly(outcome: Outcome | None) -> Outcome:
    assert outcome is not None
    return outcome


def made_and_lost(org: Salesforce, connector: SalesforceConnector, record: Record = RECORD) -> dict[str, Any]:
    """The lead that was made without anybody hearing of it."""
    org.control("faults", {"action": "commit_then_drop", "match": {"method": "POST", "path": "/sobjects/Lead"}})
    (lost,) = connector.deliver([record])
    assert kind_and_cause(lost) == (FailureKind.UNANSWERED, "connection_lost")
    return leads_in(org)[-1]


def changes(org: Salesforce, lead: dict[str, Any], **values: Any) -> None:
    org.control("records", {"collection": "leads", "key": lead["Id"], "fields": values})


# --- Whether it can be looked for -------------------------------------------------------------------------------------


def test_only_without_a_field_for_the_key_anybody_looks(org: Salesforce, connectors: OpenConnector) -> None:
    assert connectors(org.url).findable_after(RECORD) is None
    assert connectors(org.url, key_field="").findable_after(RECORD) == LONGEST_REQUEST
    assert calls_to(org) == []


@pytest.mark.parametrize(
    ("rules", "can_look"),
    [
        ((), False),
        ((Rule("Description", Origin.FIELD, "description"),), False),
        ((Rule("Street", Origin.DESCRIPTION),), True),
        ((Rule("Other__c", Origin.FIELD, "key"),), True),
        ((Rule("Description", Origin.TEMPLATE, "Lead {key}"),), True),
    ],
)
def test_it_is_found_by_whatever_text_the_mapping_writes_the_key_into(
    org: Salesforce, connectors: OpenConnector, rules: tuple[Rule, ...], can_look: bool
) -> None:
    org.control("config", {"fields": {"Other__c": {"length": 36}}})
    connector = connectors(
        org.url, key_field="", fields=WITHOUT_DESCRIPTION.with_rules((*WITHOUT_DESCRIPTION.rules, *rules))
    )
    assert bool(connector.findable_after(RECORD)) is can_look
    if can_look:
        lead = made_and_lost(org, connector)
        assert delivered(certainly(connector.find(RECORD))).external_id == lead["Id"]


# --- What is found ----------------------------------------------------------------------------------------------------


def test_what_is_there_is_found_and_linked(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url, key_field="")
    lead = made_and_lost(org, connector)
    found = certainly(connector.find(RECORD))
    assert (found.key, found.notes) == (RECORD.key, ())
    assert found.result == Delivered(Arrival.ALREADY_THERE, lead["Id"], f"{org.url}/lightning/r/Lead/{lead['Id']}/view")
    assert leads_in(org) == [lead]


@pytest.mark.parametrize(
    "edit", [{"Email": "new@fabrikam.example"}, {"LastName": "Parker"}, {"Company": "Fabrikam Inc."}, {"Title": "CTO"}]
)
def test_an_edit_of_sales_does_not_hide_it(org: Salesforce, connectors: OpenConnector, edit: dict[str, Any]) -> None:
    connector = connectors(org.url, key_field="")
    changes(org, made_and_lost(org, connector), **edit)
    assert delivered(certainly(connector.find(RECORD)))


def test_one_that_went_without_the_address_that_was_refused_is_found_by_name(
    org: Salesforce, connectors: OpenConnector
) -> None:
    connector, match = connectors(org.url, key_field=""), {"method": "POST", "path": "/sobjects/Lead"}
    refused = json.dumps([{"errorCode": "INVALID_EMAIL_ADDRESS", "message": "no", "fields": ["Email"]}])
    org.control("faults", {"action": "respond", "status": 400, "body": refused, "match": match})
    lead = made_and_lost(org, connector)
    assert lead.get("Email") is None
    assert delivered(certainly(connector.find(RECORD))).external_id == lead["Id"]


@pytest.mark.parametrize(
    "names",
    [
        {"last_name": "O'Neil \\ Söhne", "email": ""},
        {"last_name": "Kim') OR (LastName != 'x", "email": ""},
        {"last_name": "김", "company": "👩\u200d🚀 'نور'", "email": ""},
        {"last_name": "", "company": "", "email": ""},
        {"last_name": "L" * 100, "company": "C" * 300, "email": "mina.o'neil@fabrikam.example"},
    ],
)
def test_whatever_the_person_is_called(org: Salesforce, connectors: OpenConnector, names: dict[str, Any]) -> None:
    connector, record = connectors(org.url, key_field=""), replace(RECORD, **names)
    assert connector.find(record) is None
    lead = made_and_lost(org, connector, record)
    assert delivered(certainly(connector.find(record))).external_id == lead["Id"]


def test_other_leads_of_the_same_person_are_not_taken_for_it(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url, key_field="")
    assert delivered(connector.deliver([replace(RECORD, key=uuid4())])[0])
    org.control("records", {"collection": "leads", "key": leads_in(org)[0]["Id"], "fields": {"Description": None}})
    assert delivered(connector.deliver([replace(RECORD, key=uuid4())])[0])
    assert connector.find(RECORD) is None


def test_older_leads_are_not_looked_at(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url, key_field="")
    changes(org, made_and_lost(org, connector), CreatedDate="2026-11-22T04:59:59.000+0000")
    assert connector.find(RECORD) is None
    changes(org, leads_in(org)[0], CreatedDate="2026-11-22T05:00:00.000+0000")
    assert delivered(certainly(connector.find(RECORD)))


def test_one_of_a_batch_is_found_as_well(org: Salesforce, connectors: OpenConnector) -> None:
    connector, (first, second) = connectors(org.url, key_field=""), some(2)
    org.control("faults", {"action": "commit_then_drop", "match": {"path": "/composite/sobjects"}})
    connector.deliver([first, second])
    ids = [delivered(certainly(connector.find(record))).external_id for record in (first, second)]
    assert ids == [lead["Id"] for lead in leads_in(org)]


# --- What is said and kept --------------------------------------------------------------------------------------------


def test_the_query_stands_in_the_body_and_names_nobody_in_a_url(org: Salesforce, connectors: OpenConnector) -> None:
    assert connectors(org.url, key_field="").find(RECORD) is None
    request = org.control("requests")["requests"][-1]
    assert (request["method"], request["path"]) == ("POST", BATCH_PATH)
    asked = json.loads(b64decode(request["body"]))["batchRequests"]
    addresses = [urlsplit(one["url"]) for one in asked]
    assert [(one["method"], address.path) for one, address in zip(asked, addresses, strict=True)] == [
        ("GET", "v67.0/query")
    ] * 2
    assert [parse_qs(address.query)["q"] for address in addresses] == [
        ["SELECT DefaultLeadAccess FROM Organization"],
        [
            "SELECT Id, Description FROM Lead WHERE CreatedDate >= 2026-11-22T05:00:00Z AND "
            "(Email = 'mina.park@fabrikam.example' OR (LastName = 'Park' AND Company = 'Fabrikam')) "
            f"ORDER BY CreatedDate LIMIT {MOST_ALIKE}"
        ],
    ]


def test_nothing_of_the_other_leads_is_kept(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url, key_field="")
    connector.deliver([replace(RECORD, key=uuid4(), description="SECRET of another")])
    made_and_lost(org, connector)
    found = certainly(connector.find(RECORD))
    assert "SECRET" not in repr(found)
    assert found.exchange is not None
    assert (found.exchange.response_status, found.exchange.response_body) == (200, "")


# --- What is not found out --------------------------------------------------------------------------------------------


def test_more_alike_than_it_looks_at_are_left_to_a_person(org: Salesforce, connectors: OpenConnector) -> None:
    connector = connectors(org.url, key_field="")
    connector.deliver([replace(RECORD, key=uuid4()) for _ in range(MOST_ALIKE - 1)])
    assert connector.find(RECORD) is None
    connector.deliver([replace(RECORD, key=uuid4())])
    assert kind_and_cause(certainly(connector.find(RECORD))) == (FailureKind.REJECTED, "may_have_arrived")


@pytest.mark.parametrize("access", ["None", "Read", "Edit", "ReadEditTransfer"])
def test_where_leads_are_private_it_may_have_been_given_to_others(
    org: Salesforce, connectors: OpenConnector, access: str
) -> None:
    org.control("config", {"org": {"lead_access": access}})
    not_found = connectors(org.url, key_field="").find(RECORD)
    if access == "None":
        assert kind_and_cause(certainly(not_found)) == (FailureKind.REJECTED, "may_have_arrived")
    else:
        assert not_found is None


@pytest.mark.parametrize(
    "access",
    [
        {"statusCode": 400, "result": [{"errorCode": "INVALID_FIELD", "message": "no"}]},
        {"statusCode": 200, "result": {"records": []}},
        {"statusCode": 200, "result": {"records": [{"DefaultLeadAccess": "ControlledByParent"}]}},
        {"statusCode": 200, "result": {"records": [{"DefaultLeadAccess": None}]}},
    ],
)
def test_where_nobody_says_who_may_read_only_what_is_found_is_certain(
    org: Salesforce, connectors: OpenConnector, access: Any
) -> None:
    connector = connectors(org.url, key_field="")
    answers(org, of_query({"done": True, "records": []}, access=access))
    assert kind_and_cause(certainly(connector.find(RECORD))) == (FailureKind.REJECTED, "may_have_arrived")
    there = {"Id": "00Q000000000001AAA", "Description": f"Marketplace lead: {RECORD.key}"}
    answers(org, of_query({"done": True, "records": [there]}, access=access))
    assert delivered(certainly(connector.find(RECORD))).external_id == there["Id"]


def test_an_answer_that_is_not_whole_proves_nothing(org: Salesforce, connectors: OpenConnector) -> None:
    answers(org, rows({"Id": "00Q000000000001AAA", "Description": "SECRET"}, done=False))
    outcome = certainly(connectors(org.url, key_field="").find(RECORD))
    assert kind_and_cause(outcome) == (FailureKind.REJECTED, "may_have_arrived")
    assert "SECRET" not in repr(outcome)


@pytest.mark.parametrize(
    ("code", "status", "kind", "cause"),
    [
        ("INVALID_FIELD", 400, FailureKind.REJECTED, "may_have_arrived"),
        ("INVALID_TYPE", 400, FailureKind.REJECTED, "may_have_arrived"),
        ("REQUEST_LIMIT_EXCEEDED", 403, FailureKind.THROTTLED, "salesforce_daily_limit"),
        ("UNKNOWN_EXCEPTION", 500, FailureKind.TEMPORARY, "salesforce_unexpected_error"),
        ("QUERY_TIMEOUT", 500, FailureKind.TEMPORARY, "server_trouble"),
    ],
)
def test_a_refused_query_stops_the_destination_only_where_leads_would_be_refused_too(
    org: Salesforce, connectors: OpenConnector, code: str, status: int, kind: FailureKind, cause: str
) -> None:
    answers(org, of_query([{"errorCode": code, "message": "not now"}], status))
    failure = failure_of(certainly(connectors(org.url, key_field="").find(RECORD)))
    assert (failure.kind, failure.cause, failure.code, failure.http_status) == (kind, cause, code, status)
    assert failure.detail == f"{code}: not now"


@pytest.mark.parametrize(
    ("status", "kind", "cause"),
    [
        (401, FailureKind.MISCONFIGURED, "salesforce_session_refused"),
        (404, FailureKind.MISCONFIGURED, "address_not_found"),
        (429, FailureKind.THROTTLED, "throttled"),
        (503, FailureKind.TEMPORARY, "server_trouble"),
    ],
)
def test_a_refused_call_is_as_any_other(
    org: Salesforce, connectors: OpenConnector, status: int, kind: FailureKind, cause: str
) -> None:
    for _renewed in range(2):
        answers(org, "no", status)
    assert kind_and_cause(certainly(connectors(org.url, key_field="").find(RECORD))) == (kind, cause)


def test_a_search_without_an_answer_has_found_out_nothing(org: Salesforce, connectors: OpenConnector) -> None:
    org.control("faults", {"action": "drop_before", "match": {"path": BATCH_PATH}})
    outcome = certainly(connectors(org.url, key_field="").find(RECORD))
    assert kind_and_cause(outcome) == (FailureKind.UNANSWERED, "connection_lost")


@pytest.mark.parametrize(
    "content",
    [
        "<html>Maintenance",
        {},
        {"results": []},
        {"results": ["?"]},
        {"results": [{"result": {}}]},
        of_query(None),
        of_query({"records": "?"}),
        rows({"Description": "no id"}),
        {"results": rows()["results"][:1]},
        {"results": rows()["results"] * 2},
    ],
)
def test_an_answer_that_nobody_understands_has_found_out_nothing(
    org: Salesforce, connectors: OpenConnector, content: Any
) -> None:
    answers(org, content)
    failure = failure_of(certainly(connectors(org.url, key_field="").find(RECORD)))
    assert (failure.kind, failure.cause, failure.escalates) == (FailureKind.TEMPORARY, "unreadable_answer", None)


def test_with_a_field_for_the_key_nothing_of_this_is_sent(org: Salesforce, connectors: OpenConnector) -> None:
    connectors(org.url).deliver([RECORD])
    assert [path for _method, path in calls_to(org) if path == BATCH_PATH] == []
    assert leads_in(org)[0][KEY_FIELD] == str(RECORD.key)
