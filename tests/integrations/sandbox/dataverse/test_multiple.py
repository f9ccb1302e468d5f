"""CreateMultiple and UpsertMultiple: all or nothing."""

import uuid
from typing import Any

import pytest

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import API, KEY, LEAD, LEAD_ID, OTHER_ID, Caller, code, leads
from tests.integrations.sandbox.sender import Reply

TYPE = {"@odata.type": "Microsoft.Dynamics.CRM.lead"}
IDS = [str(uuid.UUID(int=number, version=4)) for number in range(1000)]


def create(caller: Caller, targets: Any) -> Reply:
    return caller.call("POST", "leads/Microsoft.Dynamics.CRM.CreateMultiple", {"Targets": targets})


def upsert(caller: Caller, targets: Any) -> Reply:
    return caller.call("POST", "leads/Microsoft.Dynamics.CRM.UpsertMultiple", {"Targets": targets})


def keys(dataverse: Dataverse) -> list[str]:
    return [record["key"] for record in leads(dataverse)]


def test_a_thousand_leads_are_created_in_order(dataverse: Dataverse, caller: Caller) -> None:
    reply = create(caller, [{**TYPE, "leadid": lead_id, "subject": "x"} for lead_id in IDS])
    assert (reply.status, reply.content["Ids"]) == (200, IDS)
    assert reply.content["@odata.context"] == (
        f"{dataverse.url}{API}/$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse"
    )
    assert keys(dataverse) == IDS


@pytest.mark.parametrize(
    ("bad", "wanted"),
    [
        ({**TYPE, "subject": "x" * 301}, (400, "0x80044331")),
        ({**TYPE, "nosuch": 1}, (400, "0x0")),
        ({**TYPE, "leadid": IDS[0]}, (412, "0x80040237")),
        ({**TYPE, KEY: "KEY"}, (412, "0x80060892")),
        ({**TYPE, "companyname": "REFUSE"}, (400, "0x80040265")),
        ({"subject": "x"}, (400, "0x80048d19")),
        ({"@odata.type": "Microsoft.Dynamics.CRM.account"}, (400, "0x80048d19")),
    ],
)
def test_one_bad_lead_takes_all_back(
    dataverse: Dataverse, caller: Caller, bad: dict[str, Any], wanted: tuple[int, str]
) -> None:
    dataverse.control("config", {"variants": {"plug_in": "refuses"}})
    caller.patch({**LEAD, KEY: "key"}, OTHER_ID)
    good = [{**TYPE, "leadid": lead_id} for lead_id in IDS[:3]]
    assert code(create(caller, [*good, bad])) == wanted
    assert keys(dataverse) == [OTHER_ID]
    assert [entry["event"] for entry in leads(dataverse)[0]["history"]] == ["created"]
    assert create(caller, good).status == 200


@pytest.mark.parametrize("targets", [[], None, "x", ["x"], {}])
def test_targets_must_be_a_list_of_leads(caller: Caller, targets: Any) -> None:
    assert create(caller, targets).status == upsert(caller, targets).status == 400


def test_another_parameter_is_refused(caller: Caller) -> None:
    content = {"Targets": [TYPE], "Continue": True}
    assert code(caller.call("POST", "leads/Microsoft.Dynamics.CRM.CreateMultiple", content)) == (400, "0x80048d19")


def test_privileges_are_needed(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", {"privileges": ["prvCreateLead"]})
    assert create(caller, [TYPE]).status == 200
    assert code(upsert(caller, [{**TYPE, "@odata.id": f"leads({LEAD_ID})"}])) == (403, "0x80040220")


def test_upsert_multiple_creates_and_overwrites(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch()
    targets = [
        {**TYPE, "@odata.id": f"leads({LEAD_ID})", "subject": "changed"},
        {**TYPE, "@odata.id": f"leads({KEY}='new')", "subject": "keyed"},
        {**TYPE, "@odata.id": f"{dataverse.url}{API}/leads({OTHER_ID})", "subject": "new"},
    ]
    reply = upsert(caller, targets)
    assert (reply.status, reply.body) == (204, b"")
    assert [record["fields"]["subject"] for record in leads(dataverse)] == ["changed", "keyed", "new"]
    assert leads(dataverse)[1]["fields"][KEY] == "new"


@pytest.mark.parametrize("reference", [None, "accounts(x)", "leads(subject='x')", 7])
def test_upsert_multiple_needs_a_reference_to_each_lead(dataverse: Dataverse, caller: Caller, reference: Any) -> None:
    caller.patch()
    targets = [{**TYPE, "@odata.id": f"leads({LEAD_ID})", "subject": "changed"}, {**TYPE, "@odata.id": reference}]
    assert code(upsert(caller, targets)) == (400, "0x80060888")
    assert leads(dataverse)[0]["fields"]["subject"] == "Contoso Firewall"


def test_upsert_multiple_takes_all_back_too(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", {"variants": {"plug_in": "crashes"}})
    targets = [
        {**TYPE, "@odata.id": f"leads({one})", "companyname": name}
        for one, name in zip(IDS[:2], ("a", "REFUSE"), strict=True)
    ]
    assert code(upsert(caller, targets)) == (500, "0x80040224")
    assert leads(dataverse) == []
