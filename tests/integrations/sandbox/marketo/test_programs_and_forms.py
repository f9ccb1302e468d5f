"""Push lead to program, submit form, and the calls that only read: describe and the form asset."""

from typing import Any

import pytest

from tests.integrations.sandbox.marketo.caller import DESCRIBE, MINA, PUSH, SUBMIT, Caller, codes, reasons

VISITOR = {
    "pageURL": "https://publisher.example/marketplace",
    "queryString": "offer=contoso.fw",
    "leadClientIpAddress": "",
    "userAgentString": "Lead CRM",
}


def test_a_pushed_person_becomes_a_member_of_the_program(caller: Caller) -> None:
    order = {"programStatus": "Member", "source": "Marketplace", "reason": "INS contoso.fw", "lookupField": "email"}
    assert caller.push(MINA, **order)["result"] == [{"id": 318581, "status": "created"}]
    assert caller.kept("members") == [
        {
            "leadId": 318581,
            "programName": "Marketplace",
            "status": "Member",
            "source": "Marketplace",
            "reason": "INS contoso.fw",
        }
    ]


def test_a_second_push_updates_the_person_and_the_one_membership(caller: Caller) -> None:
    caller.push(MINA)
    assert reasons(caller.push(MINA, programStatus="Influenced")) == ["updated"]
    assert [member["status"] for member in caller.kept("members")] == ["Influenced"]
    assert len(caller.kept()) == 1


def test_failed_entries_of_a_push_have_reasons_and_no_status(caller: Caller) -> None:
    result = caller.push({"email": "bad"}, MINA, {**MINA, "nickname": "x"})["result"]
    assert result[0] == {"reasons": [{"code": "1003", "message": "Invalid data: Email address 'bad' is invalid"}]}
    assert result[1] == {"id": 318581, "status": "created"}
    assert result[2] == {"reasons": [{"code": "1006", "message": "Field 'nickname' not found"}]}
    assert len(caller.kept("members")) == 1


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({"programName": None}, "701"),
        ({"programName": ""}, "701"),
        ({"programName": "marketplace"}, "702"),
        ({"programStatus": "Owner"}, "1003"),
        ({"input": []}, "701"),
        ({"action": "createOnly"}, "609"),
    ],
)
def test_a_push_that_names_no_known_program_is_refused(caller: Caller, order: dict[str, Any], code: str) -> None:
    assert codes(caller.push(MINA, **order)) == [code]
    assert (caller.kept(), caller.kept("members")) == ([], [])


def test_a_push_takes_300_records(caller: Caller) -> None:
    people = [{"email": f"p{number}@fabrikam.example"} for number in range(301)]
    assert codes(caller.push(*people)) == ["1003"]
    assert reasons(caller.push(*people[1:])) == ["created"] * 300


def test_a_push_needs_its_partition_too(caller: Caller) -> None:
    caller.configure(partitions={"EMEA": True})
    assert reasons(caller.push(MINA)) == ["1009"]
    assert reasons(caller.push(MINA, partitionName="EMEA")) == ["created"]


def test_a_submitted_form_keeps_the_person_and_logs_the_form(caller: Caller) -> None:
    content = {"formId": 1179, "input": [{"leadFormFields": MINA, "visitorData": VISITOR}]}
    reply = caller.call("POST", SUBMIT, content)
    assert reply.content["result"] == [{"id": 318581, "status": "created"}]
    activity = {"id": 1, "leadId": 318581, "activityType": "Fill Out Form", "formId": 1179, "by": "submitForm"}
    assert caller.kept("activities") == [{**activity, **VISITOR}]


def test_a_repeated_form_logs_a_second_activity_for_the_same_person(caller: Caller) -> None:
    assert [reasons(caller.submit(MINA)) for _ in range(2)] == [["created"], ["updated"]]
    assert [activity["leadId"] for activity in caller.kept("activities")] == [318581, 318581]
    assert len(caller.kept()) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"input": [{"leadFormFields": MINA}]}, "701"),
        ({"formId": 1180, "input": [{"leadFormFields": MINA}]}, "702"),
        ({"formId": "1179", "input": [{"leadFormFields": MINA}]}, "609"),
        ({"formId": 1179}, "701"),
        ({"formId": 1179, "input": [{}]}, "701"),
        ({"formId": 1179, "input": [MINA]}, "609"),
        ({"formId": 1179, "input": [{"leadFormFields": MINA, "visitorData": {"pageUrl": "x"}}]}, "609"),
        ({"formId": 1179, "input": [{"leadFormFields": MINA}, {"leadFormFields": MINA}]}, "1003"),
    ],
)
def test_a_form_that_is_not_as_documented_is_refused(caller: Caller, content: dict[str, Any], code: str) -> None:
    assert codes(caller.call("POST", SUBMIT, content).content) == [code]
    assert (caller.kept(), caller.kept("activities")) == ([], [])


@pytest.mark.parametrize(
    ("fields", "code"), [({"firstName": "Mina"}, "1002"), ({"email": "bad"}, "1003"), ({**MINA, "Email": "x"}, "1006")]
)
def test_a_form_with_a_bad_person_logs_nothing(caller: Caller, fields: dict[str, Any], code: str) -> None:
    answer = caller.submit(fields)
    assert (reasons(answer), answer["result"][0]["status"]) == ([code], "skipped")
    assert caller.kept("activities") == []


def test_the_log_shows_the_person_of_a_form(caller: Caller) -> None:
    caller.submit(MINA)
    [arrival] = caller.marketo.control("requests?collection=people")["requests"]
    assert (arrival["person"], arrival["email"], arrival["key"]) == ("Mina Park", MINA["email"], "318581")


def test_describe_tells_every_field_with_type_length_and_right(caller: Caller) -> None:
    fields = {field["rest"]["name"]: field for field in caller.call("GET", DESCRIBE).content["result"]}
    assert fields["company"] == {
        "id": 2,
        "displayName": "Company Name",
        "dataType": "string",
        "length": 255,
        "rest": {"name": "company", "readOnly": False},
        "soap": {"name": "Company", "readOnly": False},
    }
    assert (fields["address"]["dataType"], fields["address"]["length"]) == ("text", 30_000)
    assert fields["id"]["rest"]["readOnly"] is True
    assert "length" not in fields["unsubscribed"]
    assert fields.keys() >= {
        *("firstName", "lastName", "email", "phone", "mobilePhone", "country", "company", "title", "leadSource"),
        *("website", "city", "state", "postalCode", "address", "unsubscribed", "doNotCall"),
    }


def test_the_list_of_fields_can_be_changed(caller: Caller) -> None:
    caller.configure(
        fields={
            "leadSource": None,
            "company": {"length": 20, "readOnly": True},
            "note": {"displayName": "Note", "dataType": "text", "length": 30_000, "soap": "Note__c"},
        }
    )
    fields = {field["rest"]["name"]: field for field in caller.call("GET", DESCRIBE).content["result"]}
    assert "leadSource" not in fields
    assert (fields["company"]["length"], fields["company"]["rest"]["readOnly"]) == (20, True)
    assert (fields["note"]["displayName"], fields["note"]["soap"]["name"]) == ("Note", "Note__c")
    assert reasons(caller.sync({"email": "a@b.example", "leadSource": "x"})) == ["1006"]
    assert reasons(caller.sync({"email": "a@b.example", "company": "x"})) == ["1003"]
    assert reasons(caller.sync({"email": "a@b.example", "note": "x"})) == ["created"]


def test_a_form_is_shown_to_who_may_see_assets(caller: Caller) -> None:
    [form] = caller.call("GET", "/rest/asset/v1/form/1179.json").content["result"]
    assert (form["id"], form["name"], form["status"]) == (1179, "Marketplace leads", "approved")
    assert codes(caller.call("GET", "/rest/asset/v1/form/1180.json").content) == ["702"]
    caller.configure(permissions=["read_write_person"])
    assert codes(caller.call("GET", "/rest/asset/v1/form/1179.json").content) == ["603"]
    assert caller.call("GET", DESCRIBE).content["success"] is True
    assert PUSH in str(caller.marketo.entrances())
