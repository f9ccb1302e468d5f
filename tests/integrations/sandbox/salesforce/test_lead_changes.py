"""Leads changed, found and removed: by external id, by id, on their page; and what there is not."""

from typing import Any

import pytest

from tests.integrations.sandbox.salesforce.caller import (
    BATCH,
    EXTERNAL_ID,
    LEAD,
    LEAD_ID,
    MINA,
    ROOT,
    Caller,
    error,
    refusal,
)


def test_an_upsert_makes_a_lead_and_then_changes_it(org: Caller) -> None:
    first = org.upsert()
    lead_id = first.content["id"]
    assert (first.status, first.content) == (201, {"id": lead_id, "success": True, "errors": [], "created": True})
    again = org.upsert(LEAD_ID.upper(), FirstName="Minah")
    assert (again.status, again.content) == (200, {"id": lead_id, "success": True, "errors": [], "created": False})
    [kept] = org.kept()
    assert (kept["FirstName"], kept["Name"], kept[EXTERNAL_ID]) == ("Minah", "Minah Park", LEAD_ID)


def test_an_older_version_says_less_of_an_upsert(org: Caller) -> None:
    path = f"/services/data/v45.0/sobjects/Lead/{EXTERNAL_ID}"
    first, again = org.upsert(path=path), org.upsert(path=path)
    assert (first.status, first.content.keys()) == (201, {"id", "success", "errors"})
    assert (again.status, again.body) == (204, b"")


def test_an_upsert_may_be_told_to_make_nothing(org: Caller) -> None:
    assert error(org.upsert(query="?updateOnly=true")) == (404, "NOT_FOUND")
    assert org.kept() == []
    org.insert()
    assert org.upsert(query="?updateOnly=true").status == 200


def test_the_value_in_the_path_is_decoded(org: Caller) -> None:
    assert org.upsert("a%2Fb%20c").status == 201
    assert org.kept()[0][EXTERNAL_ID] == "a/b c"
    assert error(org.upsert("%20")) == (404, "NOT_FOUND")


@pytest.mark.parametrize("field", ["Unknown__c", "Email"])
def test_only_an_external_id_finds_a_lead_to_upsert(org: Caller, field: str) -> None:
    message = f"Provided external ID field does not exist or is not accessible: {field}"
    assert refusal(org.upsert(path=f"{LEAD}/{field}")) == (404, "NOT_FOUND", message, None)


def test_a_hidden_external_id_finds_nothing(org: Caller) -> None:
    org.configure(fields={EXTERNAL_ID: {"visible": False}})
    assert error(org.upsert()) == (404, "NOT_FOUND")


def test_the_key_does_not_belong_into_the_body_of_an_upsert(org: Caller) -> None:
    assert error(org.upsert(Marketplace_Lead_Id__c=LEAD_ID)) == (400, "INVALID_FIELD")


def test_several_leads_of_one_value_are_listed(org: Caller) -> None:
    org.configure(fields={EXTERNAL_ID: {"unique": False}})
    ids = [org.insert().content["id"] for _ in range(2)]
    reply = org.upsert()
    assert (reply.status, reply.content) == (300, [f"{LEAD}/{one}" for one in ids])
    assert org.call("GET", f"{LEAD}/{EXTERNAL_ID}/{LEAD_ID}").status == 300


def test_a_converted_lead_is_not_changed(org: Caller) -> None:
    lead_id = org.insert().content["id"]
    org.edit(lead_id, IsConverted=True)
    wanted: tuple[Any, ...] = (400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
    assert refusal(org.upsert(FirstName="Other")) == wanted
    assert error(org.insert()) == (400, "DUPLICATE_VALUE")
    assert org.kept()[0]["FirstName"] == "Mina"


def test_changes_are_checked_as_new_leads_are(org: Caller) -> None:
    org.insert()
    for change, code in [
        ({"FirstName": "x" * 41}, "STRING_TOO_LONG"),
        ({"Company": ""}, "REQUIRED_FIELD_MISSING"),
        ({"Shoe__c": "9"}, "INVALID_FIELD"),
    ]:
        assert error(org.upsert(**change)) == (400, code)
    assert org.call("PATCH", f"{LEAD}/{EXTERNAL_ID}/{LEAD_ID}", {"Title": "Owner"}).status == 200


# By id


@pytest.mark.parametrize("length", [15, 18])
def test_a_lead_is_read_changed_and_removed_by_its_id(org: Caller, length: int) -> None:
    lead_id = org.insert().content["id"]
    path = f"{LEAD}/{lead_id[:length]}"
    read = org.call("GET", path)
    assert (read.status, read.content["Email"], read.content["MobilePhone"]) == (200, MINA["Email"], None)
    assert read.content["attributes"] == {"type": "Lead", "url": f"{LEAD}/{lead_id}"}
    changed = org.call("PATCH", path, {"Title": "Owner"})
    assert (changed.status, changed.body, org.kept()[0]["Title"]) == (204, b"", "Owner")
    removed = org.call("DELETE", path)
    assert (removed.status, removed.body, org.kept()) == (204, b"", [])
    assert error(org.call("DELETE", path)) == (404, "NOT_FOUND")


def test_a_lead_is_read_by_its_external_id(org: Caller) -> None:
    lead_id = org.insert().content["id"]
    assert org.call("GET", f"{LEAD}/{EXTERNAL_ID}/{LEAD_ID}").content["Id"] == lead_id
    assert error(org.call("GET", f"{LEAD}/{EXTERNAL_ID}/other")) == (404, "NOT_FOUND")


def test_a_changed_value_must_be_unique_too(org: Caller) -> None:
    org.insert()
    other = org.insert(Marketplace_Lead_Id__c="other").content["id"]
    assert error(org.call("PATCH", f"{LEAD}/{other}", {EXTERNAL_ID: LEAD_ID})) == (400, "DUPLICATE_VALUE")
    assert org.call("PATCH", f"{LEAD}/{other}", {EXTERNAL_ID: "other"}).status == 204


def test_a_user_who_only_reads_neither_changes_nor_removes(org: Caller) -> None:
    lead_id = org.insert().content["id"]
    org.configure(user={"leads": "read"})
    assert org.call("GET", f"{LEAD}/{lead_id}").status == 200
    assert error(org.call("PATCH", f"{LEAD}/{lead_id}", {"Title": "x"})) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert error(org.call("DELETE", f"{LEAD}/{lead_id}")) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")


@pytest.mark.parametrize("path", ["short", "00Q5a0000000000", "00Q5a0000000000AAA", "00Q5a00000000000"])
def test_an_id_that_is_none_finds_nothing(org: Caller, path: str) -> None:
    assert error(org.call("GET", f"{LEAD}/{path}")) == (404, "NOT_FOUND")


def test_the_page_of_a_lead_is_for_people(org: Caller) -> None:
    lead_id = org.insert(LastName="<b>Park").content["id"]
    page = org.call("GET", f"/lightning/r/Lead/{lead_id}/view", headers={"Authorization": None})
    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert b"Mina &lt;b&gt;Park" in page.body
    assert b"<b>" not in page.body
    assert org.call("GET", "/lightning/r/Lead/00Q5a0000000000AAA/view").status == 404


# What there is not


@pytest.mark.parametrize(
    "path",
    [f"{ROOT}/sobjects/Contact", f"{ROOT}/nonsense", ROOT, "/services/data/v69.0/sobjects/Lead", f"{BATCH}/Contact/X"],
)
def test_an_unknown_route_is_not_found(org: Caller, path: str) -> None:
    assert refusal(org.call("POST", path, MINA)) == (404, "NOT_FOUND", "The requested resource does not exist", None)


def test_outside_the_api_a_page_says_so(org: Caller) -> None:
    reply = org.call("GET", "/services/oauth2/nonsense")
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"URL No Longer Exists" in reply.body


def test_a_wrong_method_is_told_the_right_ones(org: Caller) -> None:
    reply = org.call("PUT", f"{LEAD}/{EXTERNAL_ID}/{LEAD_ID}", MINA)
    assert refusal(reply)[:3] == (405, "METHOD_NOT_ALLOWED", "HTTP Method 'PUT' not allowed. Allowed are GET,PATCH")


@pytest.mark.parametrize(
    ("version", "status"), [("30.0", 410), ("31.0", 201), ("68.0", 201), ("69.0", 404), ("67", 404), ("x", 404)]
)
def test_versions_outside_the_season_are_refused(org: Caller, version: str, status: int) -> None:
    reply = org.call("POST", f"/services/data/v{version}/sobjects/Lead", MINA)
    assert reply.status == status
    if status == 410:
        assert error(reply) == (410, "UNSUPPORTED_API_VERSION")


def test_a_retired_version_may_also_be_answered_420(org: Caller) -> None:
    org.configure(versions={"lowest": 60, "retired_status": 420})
    assert error(org.call("POST", "/services/data/v59.0/sobjects/Lead", MINA)) == (420, "UNSUPPORTED_API_VERSION")
