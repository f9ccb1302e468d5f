"""What Salesforce tells: the description of Lead, answers to queries, and the limits."""

import threading
from typing import Any

import pytest

from tests.integrations.sandbox.salesforce.caller import (
    EXTERNAL_ID,
    LEAD,
    LEAD_ID,
    MINA,
    ROOT,
    Caller,
    error,
)
from tests.integrations.sandbox.sender import wait_until

DESCRIBE = f"{LEAD}/describe"
NOW = 1795327200


def fields(org: Caller) -> dict[str, Any]:
    return {field["name"]: field for field in org.call("GET", DESCRIBE).content["fields"]}


def test_the_description_holds_what_a_client_needs(org: Caller) -> None:
    content = org.call("GET", DESCRIBE).content
    assert (content["name"], content["keyPrefix"], content["createable"]) == ("Lead", "00Q", True)
    described = fields(org)
    wanted = {"createable": True, "externalId": True, "unique": True, "length": 36, "type": "string", "custom": True}
    assert {name: described[EXTERNAL_ID][name] for name in wanted} == wanted
    required = [
        name
        for name, field in described.items()
        if field["createable"] and not field["nillable"] and not field["defaultedOnCreate"]
    ]
    assert required == ["LastName", "Company"]
    assert not described["CreatedDate"]["createable"]
    assert not described["Description"]["filterable"]
    assert "CountryCode" not in described


def test_the_description_follows_the_table_of_fields(org: Caller) -> None:
    org.configure(
        fields={
            "LeadSource": {"restricted": True, "values": {"A": "Label of A"}, "length": 40},
            "Title": {"visible": False},
            "Phone": {"createable": False, "updateable": False},
            "Size__c": {"label": "Size", "required": True, "type": "picklist"},
        },
        countries={"KR": "Korea"},
    )
    described = fields(org)
    source = described["LeadSource"]
    assert (source["restrictedPicklist"], source["length"]) == (True, 40)
    assert [(one["value"], one["label"], one["active"]) for one in source["picklistValues"]] == [
        ("A", "Label of A", True)
    ]
    assert "Title" not in described
    assert not described["Phone"]["createable"]
    assert (described["Size__c"]["nillable"], described["Size__c"]["label"]) == (False, "Size")
    assert described["CountryCode"]["picklistValues"][0]["value"] == "KR"


def test_the_description_shows_what_the_user_may_do(org: Caller) -> None:
    org.configure(user={"leads": "read"})
    assert org.call("GET", DESCRIBE).content["createable"] is False
    assert not any(field["createable"] for field in fields(org).values())
    org.configure(user={"leads": "none"})
    assert error(org.call("GET", DESCRIBE)) == (404, "NOT_FOUND")


def test_an_unchanged_description_is_not_sent_again(org: Caller) -> None:
    first = org.call("GET", DESCRIBE)
    since = {"If-Modified-Since": first.headers["last-modified"]}
    again = org.call("GET", DESCRIBE, headers=since)
    assert (again.status, again.body) == (304, b"")
    org.configure(fields={"Title": {"length": 100}})
    changed = org.call("GET", DESCRIBE, headers=since)
    assert changed.status == 200
    assert fields(org)["Title"]["length"] == 100
    assert org.call("GET", DESCRIBE, headers={"If-Modified-Since": "yesterday"}).status == 200


# Queries


def found(org: Caller, where: str) -> list[str]:
    reply = org.query(f"SELECT Id, LastName FROM Lead {where}")
    assert (reply.status, reply.content["done"], reply.content["totalSize"]) == (
        200,
        True,
        len(reply.content["records"]),
    )
    return [record["LastName"] for record in reply.content["records"]]


@pytest.fixture
def three(org: Caller) -> Caller:
    """Three leads, made a minute apart."""
    for minute, name in enumerate(("Park", "O'Neil", "Zoë\\")):
        org.salesforce.control("clock", {"at": NOW + 60 * minute})
        email = MINA["Email"] if minute < 2 else "zoe@contoso.example"
        values = {"LastName": name, "Email": email, EXTERNAL_ID: f"Lead-{minute}", "NumberOfEmployees": minute}
        assert org.insert(**values).status == 201
    return org


@pytest.mark.parametrize(
    ("where", "names"),
    [
        ("", ["Park", "O'Neil", "Zoë\\"]),
        ("WHERE Email = 'MINA.park@fabrikam.example'", ["Park", "O'Neil"]),
        (f"WHERE {EXTERNAL_ID} = 'lead-1'", ["O'Neil"]),
        (f"where {EXTERNAL_ID.lower()} in ('lead-0','LEAD-2', 'other')", ["Park", "Zoë\\"]),
        ("WHERE LastName = 'O\\'Neil'", ["O'Neil"]),
        ("WHERE LastName = 'Zoë\\\\'", ["Zoë\\"]),
        ("WHERE Email = 'x'", []),
        ("WHERE Email != 'mina.park@fabrikam.example'", ["Zoë\\"]),
        ("WHERE MobilePhone = NULL", ["Park", "O'Neil", "Zoë\\"]),
        ("WHERE Email = 'mina.park@fabrikam.example' AND CreatedDate >= 2026-11-22T06:01:00Z", ["O'Neil"]),
        ("WHERE CreatedDate > 2026-11-22T15:01:00.000+09:00", ["Zoë\\"]),
        ("WHERE CreatedDate < 2026-11-22T06:01:00.000+0000", ["Park"]),
        ("WHERE LastName = 'Park' OR NumberOfEmployees = 2", ["Park", "Zoë\\"]),
        ("WHERE NumberOfEmployees <= 1 AND IsConverted = FALSE", ["Park", "O'Neil"]),
        ("WHERE IsConverted = true", []),
        ("WHERE NumberOfEmployees > 0 AND (LastName = 'Park' OR LastName = 'O\\'Neil')", ["O'Neil"]),
        ("WHERE LastName = 'Park' OR (NumberOfEmployees > 0 AND (NumberOfEmployees < 2))", ["Park", "O'Neil"]),
        ("WHERE (LastName = 'Park')", ["Park"]),
        ("ORDER BY CreatedDate DESC LIMIT 2", ["Zoë\\", "O'Neil"]),
        ("WHERE NumberOfEmployees > 0 ORDER BY LastName ASC", ["O'Neil", "Zoë\\"]),
        ("LIMIT 0", []),
    ],
)
def test_a_query_finds_leads(three: Caller, where: str, names: list[str]) -> None:
    assert found(three, where) == names


@pytest.mark.parametrize("length", [15, 18])
def test_a_query_finds_by_either_id(org: Caller, length: int) -> None:
    lead_id = org.insert().content["id"]
    assert found(org, f"WHERE Id = '{lead_id[:length]}'") == ["Park"]


def test_a_row_holds_the_fields_that_were_asked_for(org: Caller) -> None:
    lead_id = org.insert().content["id"]
    reply = org.query("SELECT id, EMAIL, MobilePhone FROM lead")
    attributes = {"type": "Lead", "url": f"{LEAD}/{lead_id}"}
    assert reply.content["records"] == [
        {"attributes": attributes, "Id": lead_id, "Email": MINA["Email"], "MobilePhone": None}
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "MALFORMED_QUERY"),
        ("SELECT", "MALFORMED_QUERY"),
        ("SELECT Id", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Email = 'O'Neil'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Email = 'open", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Email = 'a' AND Phone = 'b' OR Phone = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE (Email = 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Email = 'a')", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE ()", "MALFORMED_QUERY"),
        (f"SELECT Id FROM Lead WHERE {'(' * 1000}Email = 'a'{')' * 1000}", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Email IN 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Email ( 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE Email =", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead WHERE CreatedDate > 2026-13-45T99:00:00Z", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead LIMIT -1", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead LIMIT", "MALFORMED_QUERY"),
        ("SELECT Id FROM Lead nonsense", "MALFORMED_QUERY"),
        ("SELECT Shoe__c FROM Lead", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Shoe__c = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Description = 'a'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE Email = 5", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE CreatedDate >= '2026-11-22T06:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Lead WHERE IsConverted = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Contact", "INVALID_TYPE"),
    ],
)
def test_a_query_that_cannot_be_read_is_refused(org: Caller, text: str, code: str) -> None:
    assert error(org.query(text)) == (400, code)


def test_a_user_without_leads_cannot_query_them(org: Caller) -> None:
    org.configure(user={"leads": "none"})
    assert error(org.query("SELECT Id FROM Lead")) == (400, "INVALID_TYPE")


@pytest.mark.parametrize("access", ["None", "Read", "ReadEditTransfer"])
def test_the_organization_tells_who_may_read_leads_and_a_query_keeps_to_it(org: Caller, access: str) -> None:
    org.configure(org={"lead_access": access})
    org.insert()
    told = org.query("select DefaultLeadAccess from Organization").content["records"]
    assert told == [{"attributes": {"type": "Organization"}, "DefaultLeadAccess": access}]
    assert found(org, "") == ([] if access == "None" else ["Park"])


# Several that read in one call


def batch(org: Caller, *urls: str) -> Any:
    asked = [{"method": "GET", "url": url} for url in urls]
    return org.call("POST", f"{ROOT}/composite/batch", {"batchRequests": asked})


def test_a_batch_answers_each_as_if_it_had_come_alone(org: Caller) -> None:
    lead_id = org.insert().content["id"]
    reply = batch(org, "v67.0/query?q=SELECT+Id+FROM+Lead", "v67.0/query?q=SELECT+Shoe__c+FROM+Lead", "v67.0/nothing")
    assert (reply.status, reply.content["hasErrors"]) == (200, True)
    found, refused, missing = reply.content["results"]
    assert (found["statusCode"], [row["Id"] for row in found["result"]["records"]]) == (200, [lead_id])
    assert (refused["statusCode"], refused["result"][0]["errorCode"]) == (400, "INVALID_FIELD")
    assert (missing["statusCode"], missing["result"][0]["errorCode"]) == (404, "NOT_FOUND")
    assert reply.headers["sforce-limit-info"] == "api-usage=4/100000"
    assert batch(org, "v67.0/limits").content["hasErrors"] is False


@pytest.mark.parametrize(
    "asked",
    [
        None, [], "v67.0/limits", [{}], ["v67.0/limits"], [{"method": "POST", "url": "v67.0/sobjects/Lead"}],
        [{"method": "GET"}], [{"method": "GET", "url": "v67.0/composite/batch"}],
        [{"method": "GET", "url": "v67.0/limits"}] * 26,
    ],
)  # fmt: skip
def test_a_batch_that_cannot_be_read_is_refused(org: Caller, asked: Any) -> None:
    assert error(org.call("POST", f"{ROOT}/composite/batch", {"batchRequests": asked})) == (400, "JSON_PARSER_ERROR")


# Limits


def test_every_answer_says_how_much_is_used(org: Caller) -> None:
    used = [org.insert().headers["sforce-limit-info"], org.insert().headers["sforce-limit-info"]]
    assert used == ["api-usage=1/100000", "api-usage=2/100000"]
    assert org.call("GET", f"{ROOT}/nonsense").headers["sforce-limit-info"] == "api-usage=3/100000"
    limits = org.call("GET", f"{ROOT}/limits")
    assert limits.content["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_996}
    assert limits.headers["sforce-limit-info"] == "api-usage=4/100000"


def test_the_day_has_its_calls_and_not_one_more(org: Caller) -> None:
    org.configure(limits={"daily_calls": 10, "used_before": 8})
    assert [org.call("GET", f"{ROOT}/limits").status for _ in range(3)] == [200, 200, 403]
    reply = org.insert()
    assert (error(reply), reply.headers["sforce-limit-info"]) == ((403, "REQUEST_LIMIT_EXCEEDED"), "api-usage=10/10")
    assert reply.content[0]["message"] == "TotalRequests Limit exceeded."
    assert "retry-after" not in reply.headers
    assert org.kept() == []
    org.salesforce.control("clock", {"offset": 24 * 3600 + 1})
    bearer: dict[str, str | None] = {"Authorization": f"Bearer {org.token()}"}
    assert org.insert(bearer).headers["sforce-limit-info"] == "api-usage=9/10"


def test_too_many_long_running_calls_keep_others_out(org: Caller) -> None:
    org.configure(limits={"concurrent": 2})
    org.token()
    org.call("GET", f"{ROOT}/limits")
    org.salesforce.control("faults", {"action": "delay", "delay": 60, "times": 2, "match": {"path": "/describe"}})
    held = [threading.Thread(target=org.call, args=("GET", DESCRIBE), kwargs={"timeout": 60}) for _ in range(2)]
    for thread in held:
        thread.start()
    wait_until(lambda: len(org.arrived("describe")) == 2)
    assert org.call("GET", f"{ROOT}/limits").status == 200
    org.salesforce.control("clock", {"offset": 21})
    reply = org.insert()
    assert error(reply) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert reply.content[0]["message"] == "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    assert org.login().status == 200
    org.salesforce.faults.clear()
    for thread in held:
        thread.join()
    wait_until(lambda: org.insert(Marketplace_Lead_Id__c=None).status == 201)


def test_calls_are_counted_by_what_they_are_for(org: Caller) -> None:
    org.insert()
    org.upsert()
    org.query("SELECT Id FROM Lead")
    org.call("GET", DESCRIBE)
    names = ("tokens", "leads", "queries", "describe", "limits", "forms")
    counts = [org.salesforce.control(f"requests?collection={name}")["count"] for name in names]
    assert counts == [1, 2, 1, 1, 0, 0]
    assert org.arrived("leads")[0]["person"] == "Mina Park"
    assert org.kept()[0][EXTERNAL_ID] == LEAD_ID
