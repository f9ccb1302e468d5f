"""Who am I, what may I do, what does the table look like: the calls of a connection check."""

from typing import Any

import pytest

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import API, KEY, OTHER_ID, USER, Caller, code, message

FUNCTION = "Microsoft.Dynamics.CRM.RetrieveUserPrivilegeByPrivilegeName"
LEAD = "EntityDefinitions(LogicalName='lead')"
TEXTS = f"{LEAD}/Attributes/Microsoft.Dynamics.CRM.StringAttributeMetadata"
SELECT = "?$select=LogicalName,MaxLength,IsValidForCreate"
KEYS = "?$select=LogicalName&$expand=Keys($select=LogicalName,KeyAttributes,EntityKeyIndexStatus)"


def privilege(caller: Caller, name: str, user: str = USER) -> Any:
    return caller.call("GET", f"systemusers({user})/{FUNCTION}(PrivilegeName='{name}')")


def test_who_am_i(dataverse: Dataverse, caller: Caller) -> None:
    content = caller.call("GET", "WhoAmI").content
    assert content["@odata.context"] == f"{dataverse.url}{API}/$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse"
    assert (sorted(content)[1:], content["UserId"]) == (["BusinessUnitId", "OrganizationId", "UserId"], USER)
    assert caller.call("GET", "WhoAmI()").status == 200


def test_a_privilege_is_listed_or_the_list_is_empty(dataverse: Dataverse, caller: Caller) -> None:
    [held] = privilege(caller, "prvCreateLead").content["RolePrivileges"]
    assert (held["PrivilegeName"], held["Depth"]) == ("prvCreateLead", "Global")
    dataverse.control("config", {"privileges": ["prvReadUser"]})
    assert privilege(caller, "prvCreateLead").content["RolePrivileges"] == []
    by_alias = f"systemusers({USER})/{FUNCTION}(PrivilegeName=@p)?@p='prvReadUser'"
    assert len(caller.call("GET", by_alias).content["RolePrivileges"]) == 1


def test_the_function_may_be_refused(dataverse: Dataverse, caller: Caller) -> None:
    assert code(privilege(caller, "prvCreateLead", OTHER_ID)) == (404, "0x80040217")
    assert code(privilege(caller, "prv'x")) == (400, "0x80060888")
    for variant, wanted in (("bad_request", (400, "0x80060888")), ("missing", (404, "0x8006088a"))):
        dataverse.control("config", {"variants": {"privilege_function": variant}})
        assert code(privilege(caller, "prvCreateLead")) == wanted
    dataverse.control("config", {"variants": {"privilege_function": "answers"}, "privileges": []})
    assert "prvReadUser" in message(privilege(caller, "prvCreateLead"))


def test_the_texts_have_their_lengths(dataverse: Dataverse, caller: Caller) -> None:
    content = caller.call("GET", TEXTS + SELECT).content
    by_name = {column["LogicalName"]: column for column in content["value"]}
    assert sorted(by_name["subject"]) == ["IsValidForCreate", "LogicalName", "MaxLength", "MetadataId"]
    assert (by_name["subject"]["MaxLength"], by_name["mobilephone"]["MaxLength"]) == (300, 20)
    assert (by_name["subject"]["IsValidForCreate"], by_name["fullname"]["IsValidForCreate"]) == (True, False)
    assert "description" not in by_name
    assert "leadsourcecode" not in by_name


def test_the_memo_is_a_type_of_its_own(caller: Caller) -> None:
    memos = caller.call("GET", TEXTS.replace("String", "Memo") + SELECT).content["value"]
    assert [(memo["LogicalName"], memo["MaxLength"]) for memo in memos] == [("description", 2000)]


def test_without_a_type_all_columns_come(dataverse: Dataverse, caller: Caller) -> None:
    found = caller.call("GET", f"{LEAD}/Attributes?$select=LogicalName,AttributeType").content["value"]
    types = {column["LogicalName"]: (column["@odata.type"], column["AttributeType"]) for column in found}
    assert types["leadsourcecode"] == ("#Microsoft.Dynamics.CRM.PicklistAttributeMetadata", "Picklist")
    assert types["ownerid"] == ("#Microsoft.Dynamics.CRM.LookupAttributeMetadata", "Owner")
    assert len(types) == 23


def test_customised_columns_are_shown(dataverse: Dataverse, caller: Caller) -> None:
    columns = {"subject": {"max_length": 42}, "new_note": {"type": "memo", "max_length": 9}, "jobtitle": None}
    dataverse.control("config", {"columns": columns})
    lengths = {column["LogicalName"]: column["MaxLength"] for column in caller.call("GET", TEXTS).content["value"]}
    assert (lengths["subject"], "jobtitle" in lengths) == (42, False)
    memos = caller.call("GET", TEXTS.replace("String", "Memo")).content["value"]
    assert [(memo["LogicalName"], memo["MaxLength"]) for memo in memos] == [("description", 2000), ("new_note", 9)]


def test_the_keys_come_with_their_status(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", {"keys": {KEY: {"status": "InProgress"}}})
    content = caller.call("GET", LEAD + KEYS).content
    [key] = content["Keys"]
    assert (content["LogicalName"], key.pop("MetadataId") != "") == ("lead", True)
    assert key == {"LogicalName": KEY, "KeyAttributes": [KEY], "EntityKeyIndexStatus": "InProgress"}


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        ("EntityDefinitions(LogicalName='nosuch')", (404, "0x80040217")),
        (f"{LEAD}/Attributes/Microsoft.Dynamics.CRM.NosuchAttributeMetadata", (404, "0x8006088a")),
        (f"{TEXTS}?$select=Nosuch", (400, "0x80060888")),
        (f"{LEAD}/Attributes?$select=MaxLength", (400, "0x80060888")),
        (f"{TEXTS}?$filter=x", (400, "0x80060888")),
        (f"{LEAD}?$expand=Attributes", (400, "0x80060888")),
        (f"{LEAD}?$expand=Keys($select=Nosuch)", (400, "0x80060888")),
    ],
)
def test_what_the_definition_does_not_know_is_refused(caller: Caller, resource: str, wanted: tuple[int, str]) -> None:
    assert code(caller.call("GET", resource)) == wanted


def test_metadata_needs_a_privilege_and_a_table(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", {"privileges": ["prvCreateLead"]})
    for resource in (TEXTS, LEAD + KEYS):
        reply = caller.call("GET", resource)
        assert code(reply) == (403, "0x80040220")
        assert "prvReadEntity" in message(reply)
    dataverse.control("config", {"privileges": ["prvReadEntity"], "lead_table": False})
    assert code(caller.call("GET", TEXTS)) == (404, "0x80040217")
