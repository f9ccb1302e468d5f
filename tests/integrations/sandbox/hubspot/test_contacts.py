"""Single calls: create, read, change, search, properties, account."""

from typing import Any

import pytest

from integrations.sandbox.hubspot import HubSpot
from tests.integrations.sandbox.hubspot.caller import LEGACY, MINA, OBJECTS, Caller, codes, one, refused

BY_EMAIL = "?idProperty=email"


def test_a_single_create_is_answered_201(portal: HubSpot, caller: Caller) -> None:
    reply = caller.create(**MINA)
    assert reply.status == 201
    assert reply.content["properties"]["email"] == MINA["email"]
    assert [record["key"] for record in portal.control("records")["records"]] == [reply.content["id"]]


def test_a_taken_e_mail_is_answered_409_with_the_existing_id(portal: HubSpot, caller: Caller) -> None:
    key = caller.create(**MINA).content["id"]
    reply = caller.create(email=MINA["email"].upper(), firstname="Other")
    assert refused(reply) == (409, "CONFLICT")
    assert reply.content["message"] == f"Contact already exists. Existing ID: {key}"
    [record] = portal.control("records")["records"]
    assert record["fields"]["firstname"] == "Mina"


def test_contacts_without_e_mail_are_never_the_same(portal: HubSpot, caller: Caller) -> None:
    assert [caller.create(firstname="Mina").status for _ in range(2)] == [201, 201]
    assert portal.control("records")["count"] == 2


@pytest.mark.parametrize("name", ["email", "firstname", "lastname"])
def test_one_of_e_mail_and_names_is_enough(caller: Caller, name: str) -> None:
    assert caller.create(**{name: "a@x.example"}).status == 201


@pytest.mark.parametrize("properties", [{}, {"phone": "1"}, {"phone": "1", "email": "", "lastname": " "}])
def test_a_contact_without_e_mail_and_names_is_refused(portal: HubSpot, caller: Caller, properties: Any) -> None:
    assert refused(caller.create(**properties)) == (400, "VALIDATION_ERROR")
    assert portal.control("records")["count"] == 0


@pytest.mark.parametrize(
    ("properties", "code"),
    [
        ({"foo": "1"}, "PROPERTY_DOESNT_EXIST"),
        ({"Email": "a@x.example"}, "PROPERTY_DOESNT_EXIST"),
        ({"email": "no address"}, "INVALID_EMAIL"),
        ({"email": "a@b"}, "INVALID_EMAIL"),
        ({"lifecyclestage": "Lead"}, "INVALID_OPTION"),
        ({"hs_lead_status": "new"}, "INVALID_OPTION"),
        ({"hs_object_id": "5"}, "READ_ONLY_VALUE"),
        ({"createdate": "2026-11-22"}, "READ_ONLY_VALUE"),
        ({"company": "C" * 65_537}, "PROPERTY_VALUE_TOO_LONG"),
        ({"seats": "many"}, "INVALID_DOUBLE"),
        ({"wants_call": "yes"}, "INVALID_OPTION"),
        ({"received": "yesterday"}, "INVALID_DATE"),
        ({"short": "12345"}, "PROPERTY_VALUE_TOO_LONG"),
    ],
)
def test_a_value_that_is_not_accepted_is_named_with_a_code(
    portal: HubSpot, caller: Caller, properties: dict[str, str], code: str
) -> None:
    table = {"seats": {"type": "number"}, "wants_call": {"type": "bool"}, "received": {"type": "datetime"}}
    portal.control("config", {"properties": {**table, "short": {"max_length": 4}}})
    reply = caller.create(**{"lastname": "Park", **properties})
    assert refused(reply) == (400, "VALIDATION_ERROR")
    assert codes(reply) == [(code, next(iter(properties)))]
    assert reply.content["message"].startswith('Property values were not valid: [{"isValid":false,"message":"')
    assert portal.control("records")["count"] == 0


def test_every_value_that_is_not_accepted_is_named(caller: Caller) -> None:
    assert codes(caller.create(foo="1", email="x", lastname="Park")) == [
        ("PROPERTY_DOESNT_EXIST", "foo"),
        ("INVALID_EMAIL", "email"),
    ]


@pytest.mark.parametrize(
    ("name", "value", "kept"),
    [
        ("company", "C" * 65_536, "C" * 65_536),
        ("lifecyclestage", "lead", "lead"),
        ("seats", 20, "20"),
        ("seats", "-1.5", "-1.5"),
        ("wants_call", True, "true"),
        ("received", "2026-11-22T06:00:00Z", "2026-11-22T06:00:00Z"),
        ("received", "1795327200000", "1795327200000"),
        ("email", " Mina@X.example ", "mina@x.example"),
    ],
)
def test_a_value_is_kept_as_text(portal: HubSpot, caller: Caller, name: str, value: Any, kept: str) -> None:
    table = {"seats": {"type": "number"}, "wants_call": {"type": "bool"}, "received": {"type": "datetime"}}
    portal.control("config", {"properties": table})
    assert caller.create(**{"lastname": "Park", name: value}).status == 201
    assert portal.control("records")["records"][0]["fields"][name] == kept


@pytest.mark.parametrize("path", [OBJECTS, LEGACY])
def test_a_contact_is_changed_by_e_mail(portal: HubSpot, caller: Caller, path: str) -> None:
    caller.create(**MINA)
    for address in ("mina.park@fabrikam.example", "MINA.PARK%40fabrikam.example"):
        assert caller.call("PATCH", f"{path}/{address}{BY_EMAIL}", {"properties": {"phone": address}}).status == 200
    fields = portal.control("records")["records"][0]["fields"]
    assert (fields["phone"], fields["company"]) == ("MINA.PARK%40fabrikam.example", "Fabrikam")


def test_a_contact_is_changed_and_read_by_id(caller: Caller) -> None:
    key = caller.create(**MINA).content["id"]
    assert caller.call("PATCH", f"{OBJECTS}/{key}", {"properties": {"phone": "7"}}).status == 200
    read = caller.call("GET", f"{OBJECTS}/{key}?properties=phone,company")
    assert read.content["properties"] | {"phone": "7", "company": "Fabrikam"} == read.content["properties"]
    assert "jobtitle" not in read.content["properties"]
    assert caller.call("GET", f"{OBJECTS}/{MINA['email']}{BY_EMAIL}").content["id"] == key


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("PATCH", f"{OBJECTS}/nobody@x.example{BY_EMAIL}", (404, "OBJECT_NOT_FOUND")),
        ("PATCH", f"{OBJECTS}/mina.park@fabrikam.example", (404, "OBJECT_NOT_FOUND")),
        ("GET", f"{OBJECTS}/1", (404, "OBJECT_NOT_FOUND")),
        ("GET", "/crm/v3/properties/contacts/foo", (404, "OBJECT_NOT_FOUND")),
        ("PATCH", f"{OBJECTS}/x?idProperty=phone", (400, "VALIDATION_ERROR")),
    ],
)
def test_what_is_not_there_is_not_found(caller: Caller, method: str, path: str, expected: Any) -> None:
    caller.create(**MINA)
    assert refused(caller.call(method, path, {"properties": {}} if method == "PATCH" else None)) == expected


def test_changing_an_e_mail_to_somebody_else_s_is_a_conflict(portal: HubSpot, caller: Caller) -> None:
    caller.create(email="a@x.example")
    key = caller.create(email="b@x.example").content["id"]
    assert refused(caller.call("PATCH", f"{OBJECTS}/{key}", {"properties": {"email": "A@x.example"}})) == (
        409,
        "CONFLICT",
    )
    same = caller.call("PATCH", f"{OBJECTS}/{key}", {"properties": {"email": "B@x.example"}})
    assert same.status == 200


def test_search_sees_a_new_contact_late(portal: HubSpot, caller: Caller) -> None:
    portal.control("clock", {"at": 1_795_327_200})
    key = caller.create(**MINA, marketplace_lead_id="lead-1").content["id"]
    portal.control("clock", {"at": 1_795_327_204.9})
    assert caller.search("marketplace_lead_id", "lead-1").content == {"total": 0, "results": []}
    portal.control("clock", {"at": 1_795_327_205})
    found = caller.search("marketplace_lead_id", "LEAD-1").content
    assert (found["total"], [result["id"] for result in found["results"]]) == (1, [key])


def test_search_sees_a_change_late(portal: HubSpot, caller: Caller) -> None:
    portal.control("clock", {"at": 1_795_327_200})
    caller.create(email="a@x.example", phone="1")
    portal.control("clock", {"at": 1_795_327_210})
    caller.upsert(one("a@x.example", phone="2"))
    assert [caller.search("phone", phone).content["total"] for phone in "12"] == [1, 0]
    portal.control("clock", {"at": 1_795_327_215})
    assert [caller.search("phone", phone).content["total"] for phone in "12"] == [0, 1]


def test_search_combines_groups_and_filters_and_gives_pages(portal: HubSpot, caller: Caller) -> None:
    portal.control("config", {"search_delay": 0, "limits": {"searches": 100}})
    for number in range(5):
        caller.create(email=f"p{number}@x.example", company="A" if number < 3 else "B", phone=str(number))

    def found(groups: list[list[dict[str, Any]]], **more: Any) -> list[str]:
        content = {"filterGroups": [{"filters": filters} for filters in groups], "properties": ["phone"], **more}
        reply = caller.call("POST", f"{OBJECTS}/search", content)
        assert reply.status == 200
        return [result["properties"]["phone"] for result in reply.content["results"]]

    def where(name: str, operator: str, **value: Any) -> dict[str, Any]:
        return {"propertyName": name, "operator": operator, **value}

    in_a, not_1 = where("company", "EQ", value="a"), where("phone", "NEQ", value="1")
    assert found([[in_a, not_1]]) == ["0", "2"]
    assert found([[where("phone", "IN", values=["4"])], [where("phone", "EQ", value="0")]]) == ["0", "4"]
    assert found([[where("jobtitle", "HAS_PROPERTY")]]) == []
    assert found([[where("jobtitle", "NOT_HAS_PROPERTY")], [in_a]], limit=2, after="2") == ["2", "3"]
    reply = caller.call("POST", f"{OBJECTS}/search", {"limit": 3})
    assert (reply.content["total"], reply.content["paging"]) == (5, {"next": {"after": "3"}})


@pytest.mark.parametrize(
    ("content", "category"),
    [
        ({"filterGroups": [{"filters": [{"propertyName": "foo", "operator": "EQ", "value": "1"}]}]}, True),
        ({"filterGroups": [{"filters": [{"propertyName": "email", "operator": "LIKE"}]}]}, False),
        ({"filterGroups": [{"filters": []}] * 6}, True),
        ({"filterGroups": [{"filters": [{"propertyName": "email", "operator": "HAS_PROPERTY"}] * 7}]}, True),
        ({"limit": 201}, True),
        ({"limit": 0}, True),
        ({"limit": "x"}, False),
        ({"filterGroups": {}}, False),
        ([], False),
    ],
)
def test_a_search_that_cannot_be_made_is_refused(caller: Caller, content: Any, category: bool) -> None:
    reply = caller.call("POST", f"{OBJECTS}/search", content)
    assert refused(reply) == (400, "VALIDATION_ERROR" if category else None)


@pytest.mark.parametrize("path", ["/crm/v3/properties/contacts", "/crm/properties/2026-03/contacts"])
def test_the_properties_say_which_may_be_written_and_which_are_unique(
    portal: HubSpot, caller: Caller, path: str
) -> None:
    portal.control("config", {"properties": {"jobtitle": {"read_only": True}, "message": None}})
    listed = {one["name"]: one for one in caller.call("GET", path).content["results"]}
    assert "message" not in listed
    assert {name for name, one in listed.items() if one["modificationMetadata"]["readOnlyValue"]} == {
        "jobtitle",
        "hs_object_id",
        "createdate",
        "lastmodifieddate",
    }
    assert [name for name, one in listed.items() if one["hasUniqueValue"]] == ["marketplace_lead_id"]
    assert [option["value"] for option in listed["lifecyclestage"]["options"]][:2] == ["subscriber", "lead"]
    assert caller.call("GET", f"{path}/company").content == listed["company"]


@pytest.mark.parametrize("path", ["/account-info/v3/details", "/account-info/2026-03/details"])
def test_the_account_tells_portal_and_time_zone(portal: HubSpot, caller: Caller, path: str) -> None:
    portal.control("config", {"portal_id": 62515, "time_zone": "US/Eastern", "utc_offset": -300})
    account = caller.call("GET", path).content
    assert (account["portalId"], account["timeZone"], account["utcOffset"]) == (62515, "US/Eastern", "-05:00")
    assert account["utcOffsetMilliseconds"] == -18_000_000


def test_an_archived_contact_is_gone_from_every_call(portal: HubSpot, caller: Caller) -> None:
    key = caller.create(**MINA).content["id"]
    reply = caller.call("DELETE", f"{OBJECTS}/{key}")
    assert (reply.status, reply.body) == (204, b"")
    assert portal.control("records")["count"] == 0
    assert caller.call("GET", f"{OBJECTS}/{key}").status == 404
    assert caller.call("DELETE", f"{OBJECTS}/{key}").status == 404
    assert caller.create(**MINA).status == 201
