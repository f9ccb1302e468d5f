"""Batch upsert: what is kept, what is refused, and how a mixed result is told."""

import threading
from typing import Any

import pytest

from integrations.sandbox.hubspot import HubSpot
from tests.integrations.sandbox.hubspot.caller import LEGACY, MINA, OBJECTS, Caller, codes, one, refused
from tests.integrations.sandbox.sender import Reply


def contacts(portal: HubSpot) -> list[dict[str, Any]]:
    return [record["fields"] for record in portal.control("records?collection=contacts")["records"]]


@pytest.mark.parametrize("path", [OBJECTS, LEGACY])
def test_a_new_contact_is_kept_with_every_property(portal: HubSpot, caller: Caller, path: str) -> None:
    reply = caller.upsert(one(**MINA, trace="t-1"), path=path)
    assert reply.status == 200
    [result] = reply.content["results"]
    assert reply.content["status"] == "COMPLETE"
    assert (result["new"], result["archived"], result["objectWriteTraceId"]) == (True, False, "t-1")
    assert result["properties"]["hs_object_id"] == result["id"]
    [contact] = contacts(portal)
    assert contact | MINA == contact


def test_text_of_every_script_arrives_unchanged(portal: HubSpot, caller: Caller) -> None:
    names = {"firstname": "Zoë 김민아", "lastname": "🙂 ‏שלום"}
    assert caller.upsert(one(**names)).status == 200
    assert contacts(portal)[0] | names == contacts(portal)[0]


def test_the_same_e_mail_in_other_letters_is_the_same_contact(portal: HubSpot, caller: Caller) -> None:
    first = caller.upsert(one("Mina.Park@Fabrikam.example", firstname="Mina")).content["results"][0]
    second = caller.upsert(one("mina.park@FABRIKAM.example", lastname="Park")).content["results"][0]
    assert (first["new"], second["new"], second["id"]) == (True, False, first["id"])
    [contact] = contacts(portal)
    assert (contact["email"], contact["firstname"], contact["lastname"]) == (
        "mina.park@fabrikam.example",
        "Mina",
        "Park",
    )


def test_an_update_overwrites_what_is_sent_and_leaves_the_rest(portal: HubSpot, caller: Caller) -> None:
    caller.upsert(one(**MINA))
    [record] = portal.control("records")["records"]
    edit = {"collection": "contacts", "key": record["key"], "fields": {"phone": "1", "jobtitle": "CTO"}}
    portal.control("records", edit)
    caller.upsert(one(phone="2"))
    [contact] = contacts(portal)
    assert (contact["phone"], contact["jobtitle"], contact["company"]) == ("2", "CTO", "Fabrikam")
    [record] = portal.control("records")["records"]
    assert [entry["event"] for entry in record["history"]] == ["created", "edited", "updated"]


def test_an_empty_text_clears_a_property(portal: HubSpot, caller: Caller) -> None:
    caller.upsert(one(**MINA))
    caller.upsert(one(phone="", company=None))
    assert (contacts(portal)[0]["phone"], contacts(portal)[0]["company"]) == (None, None)


def test_a_contact_may_be_found_by_a_unique_property_of_the_portal(portal: HubSpot, caller: Caller) -> None:
    by_lead = {"by": "marketplace_lead_id", "key": "1f81eb52"}
    assert caller.upsert(one(**by_lead)).content["results"][0]["new"] is True
    assert caller.upsert(one(**by_lead, phone="5")).content["results"][0]["new"] is False
    [contact] = contacts(portal)
    assert (contact["marketplace_lead_id"], contact["phone"]) == ("1f81eb52", "5")


def test_a_second_contact_with_the_same_e_mail_is_a_conflict(portal: HubSpot, caller: Caller) -> None:
    key = caller.upsert(one(by="marketplace_lead_id", key="lead-1")).content["results"][0]["id"]
    reply = caller.upsert(one(by="marketplace_lead_id", key="lead-2"))
    assert refused(reply) == (409, "CONFLICT")
    assert reply.content["message"] == f"Contact already exists. Existing ID: {key}"
    assert len(contacts(portal)) == 1


def test_a_unique_value_of_another_contact_is_refused(portal: HubSpot, caller: Caller) -> None:
    caller.upsert(one("a@x.example", marketplace_lead_id="lead-1"))
    reply = caller.upsert(one("b@x.example", marketplace_lead_id="LEAD-1"))
    assert refused(reply) == (400, "VALIDATION_ERROR")
    assert codes(reply) == [("CONFLICTING_UNIQUE_VALUE", "marketplace_lead_id")]
    assert len(contacts(portal)) == 1


def test_results_are_not_in_the_order_of_the_inputs(caller: Caller) -> None:
    reply = caller.upsert(*(one(f"{number}@x.example", trace=f"t-{number}") for number in range(3)))
    assert [result["objectWriteTraceId"] for result in reply.content["results"]] == ["t-2", "t-1", "t-0"]


def test_with_trace_ids_the_good_ones_are_kept_and_the_bad_ones_told(portal: HubSpot, caller: Caller) -> None:
    caller.upsert(one("known@x.example"))
    reply = caller.upsert(
        one("a@x.example", trace="t-1"),
        one("b@x.example", trace="t-2", foo="1"),
        one("known@x.example", trace="t-3"),
        one("no address", trace="t-4"),
    )
    assert reply.status == 207
    assert [(result["objectWriteTraceId"], result["new"]) for result in reply.content["results"]] == [
        ("t-3", False),
        ("t-1", True),
    ]
    assert reply.content["numErrors"] == 2
    told = [
        (error["category"], error["context"]["objectWriteTraceId"], error["errors"][0]["code"])
        for error in reply.content["errors"]
    ]
    assert told == [
        ("VALIDATION_ERROR", ["t-2"], "PROPERTY_DOESNT_EXIST"),
        ("VALIDATION_ERROR", ["t-4"], "INVALID_EMAIL"),
    ]
    assert [contact["email"] for contact in contacts(portal)] == ["known@x.example", "a@x.example"]


@pytest.mark.parametrize("variant", [True, False])
def test_without_a_trace_id_for_each_one_bad_input_refuses_all(portal: HubSpot, caller: Caller, variant: bool) -> None:
    caller.upsert(one("known@x.example", phone="1"))
    traces = ("t-1", "t-2", "") if variant else ("t-1", "t-2", "t-3")
    portal.control("config", {"variants": {"multi_status": variant}})
    emails = ("new@x.example", "known@x.example", "no address")
    reply = caller.upsert(*(one(email, trace=trace, phone="2") for email, trace in zip(emails, traces, strict=True)))
    assert refused(reply) == (400, "VALIDATION_ERROR")
    assert codes(reply) == [("INVALID_EMAIL", "email")]
    assert [(contact["email"], contact["phone"]) for contact in contacts(portal)] == [("known@x.example", "1")]
    assert caller.create(email="next@x.example").content["id"] == str(int(contacts(portal)[0]["hs_object_id"]) + 1)


@pytest.mark.parametrize(("count", "status", "kept"), [(1, 200, 1), (100, 200, 100), (101, 400, 0), (0, 400, 0)])
def test_a_batch_holds_one_to_a_hundred(portal: HubSpot, caller: Caller, count: int, status: int, kept: int) -> None:
    reply = caller.upsert(*(one(f"p{number}@x.example") for number in range(count)))
    assert reply.status == status
    assert portal.control("records")["count"] == kept
    if status == 400:
        assert refused(reply) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([one("a@x.example"), one("A@x.example")], "Duplicate IDs found in batch input: [a@x.example]. IDs must be"),
        ([one("a@x.example", "t"), one("b@x.example", "t")], "objectWriteTraceId must be unique within a batch"),
        ([one(by="phone")], "Unable to perform update/upsert by non-unique 0-1 property phone in portal ID 50505050"),
        ([one(by="nonsense")], "Unable to perform update/upsert by non-unique 0-1 property nonsense in portal ID"),
        ([one(by="hs_object_id")], "Unable to perform update/upsert by non-unique 0-1 property hs_object_id in portal"),
        ([{"id": "a@x.example", "properties": {}}], "Every input of an upsert needs an id and an idProperty"),
        ([{"idProperty": "email", "properties": {}}], "Every input of an upsert needs an id and an idProperty"),
    ],
)
def test_inputs_that_cannot_be_told_apart_refuse_all_with_and_without_trace_ids(
    portal: HubSpot, caller: Caller, inputs: list[Any], message: str
) -> None:
    reply = caller.upsert(*inputs, one("good@x.example", "t-9"))
    assert refused(reply) == (400, "VALIDATION_ERROR")
    assert reply.content["message"].startswith(message)
    assert contacts(portal) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        [],
        {},
        {"inputs": {}},
        {"inputs": ["a"]},
        {"inputs": [{"idProperty": 1, "id": "a"}]},
        {"inputs": [{"idProperty": "email", "id": "a@x.example"}]},
        {"inputs": [{"idProperty": "email", "id": "a@x.example", "properties": []}]},
        {"inputs": [{"idProperty": "email", "id": "a@x.example", "properties": {"phone": {}}}]},
    ],
)
def test_json_that_is_broken_or_of_another_shape_is_refused_without_a_category(
    portal: HubSpot, caller: Caller, content: Any
) -> None:
    reply = caller.call("POST", f"{OBJECTS}/batch/upsert", content)
    assert refused(reply) == (400, None)
    assert contacts(portal) == []


def test_half_a_surrogate_pair_does_no_harm(portal: HubSpot, caller: Caller) -> None:
    assert caller.upsert(one(lastname="\ud83d")).status == 200
    assert contacts(portal)[0]["lastname"] == "?"


def test_a_portal_may_refuse_e_mail_as_the_key(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"variants": {"upsert_by_email": False}})
    assert refused(caller.upsert(one(trace="t"))) == (400, "VALIDATION_ERROR")
    assert contacts(portal) == []
    assert caller.upsert(one(by="marketplace_lead_id", key="lead-1")).status == 200


def test_results_may_come_without_trace_ids(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"variants": {"trace_ids_in_results": False}})
    assert "objectWriteTraceId" not in caller.upsert(one(trace="t")).content["results"][0]


def test_many_at_the_same_moment_make_one_contact(portal: HubSpot, caller: Caller) -> None:
    replies: list[Reply] = []
    threads = [threading.Thread(target=lambda: replies.append(caller.upsert(one()))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.content["results"][0]["new"] for reply in replies) == [False] * 9 + [True]
    assert len(contacts(portal)) == 1


def test_a_lost_answer_and_a_second_try_make_one_contact(portal: HubSpot, caller: Caller) -> None:
    portal.control("faults", {"action": "commit_then_drop", "match": {"method": "POST", "path": "batch/upsert"}})
    with pytest.raises(ConnectionError):
        caller.upsert(one())
    assert caller.upsert(one()).content["results"][0]["new"] is False
    assert len(contacts(portal)) == 1


def test_the_log_tells_who_came_and_what_became_of_it(portal: HubSpot, caller: Caller) -> None:
    caller.upsert(one(**MINA, trace="t-1"))
    caller.upsert(one("b@x.example", trace="t-1"), one("x", trace="t-2"))
    caller.upsert(one("b@x.example", foo="1"))
    first, second, third = portal.control("requests")["requests"]
    assert (first["collection"], first["person"], first["email"]) == ("contacts", "Mina Park", MINA["email"])
    key = portal.control("records")["records"][0]["key"]
    assert (first["key"], first["findings"], first["times_received"]) == (key, {"arrival": "new"}, 1)
    assert second["findings"] == {"arrival": "new", "refused": "invalid_email"}
    assert (third["email"], third["findings"]) == ("b@x.example", {"refused": "property_doesnt_exist"})
