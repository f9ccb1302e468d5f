"""Many leads in one call: each for itself, or all or none."""

from typing import Any

import pytest

from tests.integrations.sandbox.salesforce.caller import BATCH, EXTERNAL_ID, LEAD, MINA, Caller, error

UPSERT = f"{BATCH}/Lead/{EXTERNAL_ID}"


def lead(number: object, **given: Any) -> dict[str, Any]:
    values = {**MINA, EXTERNAL_ID: f"lead-{number}", **given}
    return {"attributes": {"type": "Lead"}, **{name: value for name, value in values.items() if value is not None}}


def send_batch(org: Caller, *records: Any, method: str = "POST", path: str = BATCH, **more: Any) -> Any:
    reply = org.call(method, path, {"allOrNone": False, "records": list(records), **more})
    assert reply.status == 200
    return reply.content


def codes(entries: Any) -> list[str]:
    return ["" if entry["success"] else entry["errors"][0]["statusCode"] for entry in entries]


def test_each_lead_succeeds_or_fails_for_itself(org: Caller) -> None:
    entries = send_batch(org, lead(1), lead(2, Company=None), lead(3, FirstName="x" * 41), lead(4))
    ids = [one["Id"] for one in org.kept()]
    assert entries[0] == {"id": ids[0], "success": True, "errors": []}
    missing = {
        "statusCode": "REQUIRED_FIELD_MISSING",
        "message": "Required fields are missing: [Company]",
        "fields": ["Company"],
    }
    assert entries[1] == {"success": False, "errors": [missing]}
    assert codes(entries) == ["", "REQUIRED_FIELD_MISSING", "STRING_TOO_LONG", ""]
    assert entries[3]["id"] == ids[1]
    assert org.arrived("leads")[-1]["findings"] == {"arrival": "some_refused"}


def test_the_answer_is_200_even_if_all_failed(org: Caller) -> None:
    org.configure(user={"leads": "read"})
    entries = send_batch(org, lead(1), lead(2, Shoe__c="9"))
    assert codes(entries) == ["INSUFFICIENT_ACCESS_OR_READONLY"] * 2
    org.configure(user={"leads": "create"})
    assert codes(send_batch(org, lead(1, Shoe__c="9"))) == ["INVALID_FIELD"]
    assert org.kept() == []


@pytest.mark.parametrize(("method", "path"), [("POST", BATCH), ("PATCH", UPSERT)])
def test_200_leads_are_taken_and_201_are_not(org: Caller, method: str, path: str) -> None:
    leads = [lead(number) for number in range(201)]
    reply = org.call(method, path, {"records": leads})
    assert error(reply) == (400, "EXCEEDED_ID_LIMIT")
    assert org.kept() == []
    entries = send_batch(org, *leads[:200], method=method, path=path)
    assert [entry["id"] for entry in entries] == [one["Id"] for one in org.kept()]
    assert len(entries) == 200


def test_the_same_leads_again_are_refused_with_their_ids(org: Caller) -> None:
    first = send_batch(org, lead(1), lead(2))
    again = send_batch(org, lead(1), lead(3), lead(2))
    assert codes(again) == ["DUPLICATE_VALUE", "", "DUPLICATE_VALUE"]
    assert again[0]["errors"][0]["message"].endswith(first[0]["id"][:15])
    assert len(org.kept()) == 3


def test_two_leads_of_one_value_in_one_call_make_one(org: Caller) -> None:
    assert codes(send_batch(org, lead("a"), lead("A"))) == ["", "DUPLICATE_VALUE"]
    assert codes(send_batch(org, lead("b"), lead("B"), method="PATCH", path=UPSERT)) == ["", "DUPLICATE_VALUE"]
    assert len(org.kept()) == 2


def test_one_failure_takes_all_back_when_all_or_none_was_asked_for(org: Caller) -> None:
    send_batch(org, lead(1))
    org.edit(org.kept()[0]["Id"], Title="changed by sales")
    bad = [lead(1, Title="new"), lead(2), lead(3, Company="REFUSE")]
    entries = send_batch(org, *bad, method="PATCH", path=UPSERT, allOrNone=True)
    rolled_back = "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert codes(entries) == [rolled_back, rolled_back, "FIELD_CUSTOM_VALIDATION_EXCEPTION"]
    assert [one["Title"] for one in org.kept()] == ["changed by sales"]
    good = send_batch(org, *bad[:2], method="PATCH", path=UPSERT, allOrNone=True)
    assert [entry["created"] for entry in good] == [False, True]


def test_an_upsert_says_which_it_made(org: Caller) -> None:
    send_batch(org, lead(1))
    entries = send_batch(org, lead(1, Title="new"), lead(2), method="PATCH", path=UPSERT)
    assert [(entry["success"], entry["created"]) for entry in entries] == [(True, False), (True, True)]
    assert [one["Title"] for one in org.kept()] == ["new", "IT manager"]


def test_an_upsert_needs_its_key_in_each_record(org: Caller) -> None:
    entries = send_batch(org, lead(1, **{EXTERNAL_ID: None}), lead(2), method="PATCH", path=UPSERT)
    assert codes(entries) == ["MISSING_ARGUMENT", ""]
    assert error(org.call("PATCH", f"{BATCH}/Lead/Unknown__c", {"records": [lead(1)]})) == (404, "NOT_FOUND")


def test_an_upsert_that_finds_several_fails_for_that_record(org: Caller) -> None:
    org.configure(fields={EXTERNAL_ID: {"unique": False}})
    send_batch(org, lead(1), lead(1))
    assert codes(send_batch(org, lead(1), lead(2), method="PATCH", path=UPSERT)) == ["DUPLICATE_EXTERNAL_ID", ""]


def test_the_duplicate_rule_holds_for_each(org: Caller) -> None:
    org.configure(duplicates={"rule": "alert"})
    assert codes(send_batch(org, lead(1), lead(2))) == ["", "DUPLICATES_DETECTED"]
    allow = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}
    assert codes(org.call("POST", BATCH, {"records": [lead(2)]}, allow).content) == [""]


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"records": {}},
        {"records": [], "allOrNone": "no"},
        {"records": [], "all": True},
        {"records": [MINA]},
        {"records": ["lead"]},
        {"records": [{"attributes": {}}]},
    ],
)
def test_a_malformed_call_is_refused_as_a_whole(org: Caller, content: Any) -> None:
    assert error(org.call("POST", BATCH, content)) == (400, "JSON_PARSER_ERROR")


def test_a_batch_is_one_call_and_its_leads_are_ordinary_ones(org: Caller) -> None:
    [entry, _] = send_batch(org, lead(1), lead(2))
    reply = org.call("GET", f"{LEAD}/{entry['id']}")
    assert (reply.status, reply.headers["sforce-limit-info"]) == (200, "api-usage=2/100000")
