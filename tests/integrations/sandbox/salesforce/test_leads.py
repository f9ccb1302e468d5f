"""New leads, one at a time: kept or refused."""

import re
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
    refusal,
)
from tests.integrations.sandbox.sender import Reply

ALLOW = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=false; runAsCurrentUser=true"}


def test_a_lead_is_kept_as_it_was_sent(org: Caller) -> None:
    org.salesforce.control("clock", {"at": 1795327200})
    reply = org.insert()
    lead_id = reply.content["id"]
    assert (reply.status, reply.content) == (201, {"id": lead_id, "success": True, "errors": []})
    assert re.fullmatch("00Q[0-9A-Za-z]{12}[A-Z0-5]{3}", lead_id)
    assert reply.headers["location"] == f"{LEAD}/{lead_id}"
    [kept] = org.kept()
    assert {name: kept[name] for name in MINA} == MINA
    assert (kept["Id"], kept["Name"], kept["Status"], kept["IsConverted"], kept["CreatedDate"]) == (
        *(lead_id, "Mina Park", "Open - Not Contacted", False),
        "2026-11-22T06:00:00.000+0000",
    )
    [request] = org.arrived("leads")
    assert (request["person"], request["email"], request["key"]) == ("Mina Park", MINA["Email"], lead_id)
    assert request["findings"] == {"arrival": "created"}


def test_text_of_every_script_arrives_unchanged(org: Caller) -> None:
    assert org.insert(FirstName="Zoë 🙂", LastName="김민아", Company="שלום").status == 201
    assert [org.kept()[0][name] for name in ("FirstName", "LastName", "Company")] == ["Zoë 🙂", "김민아", "שלום"]


def test_white_space_around_is_cut_and_empty_text_is_no_value(org: Caller) -> None:
    assert org.insert(FirstName=" Mina ", Title="", Phone="  ").status == 201
    [kept] = org.kept()
    assert kept["FirstName"] == "Mina"
    assert kept.keys().isdisjoint({"Title", "Phone"})


def test_names_of_fields_know_no_upper_and_lower_case(org: Caller) -> None:
    assert org.call("POST", LEAD, {"lastname": "Park", "COMPANY": "Fabrikam"}).status == 201
    assert (org.kept()[0]["LastName"], org.kept()[0]["Company"]) == ("Park", "Fabrikam")


def test_the_same_lead_again_is_refused_with_its_id_and_changes_nothing(org: Caller) -> None:
    lead_id = org.insert().content["id"]
    org.edit(lead_id, Phone="changed by sales")
    reply = org.insert(Marketplace_Lead_Id__c=LEAD_ID.upper(), FirstName="Other")
    message = f"duplicate value found: {EXTERNAL_ID} duplicates value on record with id: {lead_id[:15]}"
    assert refusal(reply) == (400, "DUPLICATE_VALUE", message, [])
    [kept] = org.kept()
    assert (kept["FirstName"], kept["Phone"]) == ("Mina", "changed by sales")
    [record] = org.salesforce.control("records?collection=leads")["records"]
    assert [entry["event"] for entry in record["history"]] == ["created", "edited", "repeated"]


def test_the_id_of_the_other_record_may_be_hidden(org: Caller) -> None:
    org.configure(duplicates={"shows_id": False})
    org.insert()
    assert org.insert().content[0]["message"].endswith("on record with id: <unknown>")


def test_of_many_at_one_moment_one_lead_is_made(org: Caller) -> None:
    org.token()
    org.call("GET", f"{ROOT}/limits")
    replies: list[Reply] = []
    threads = [threading.Thread(target=lambda: replies.append(org.insert())) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.status for reply in replies) == [201] + [400] * 11
    assert len(org.kept()) == 1


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"Company": None}, (400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Company]", ["Company"])),
        (
            {"LastName": " ", "Company": ""},
            (
                400,
                "REQUIRED_FIELD_MISSING",
                "Required fields are missing: [LastName, Company]",
                ["LastName", "Company"],
            ),
        ),
        (
            {"FirstName": "x" * 41},
            (400, "STRING_TOO_LONG", f"First Name: data value too large: {'x' * 41} (max length=40)", ["FirstName"]),
        ),
        (
            {"Email": "mina@fabrikam"},
            (400, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: mina@fabrikam", ["Email"]),
        ),
        (
            {"Company": "REFUSE"},
            (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "This company is not accepted.", ["Company"]),
        ),
        ({"Shoe__c": "9"}, (400, "INVALID_FIELD", "No such column 'Shoe__c' on sobject of type Lead", None)),
        (
            {"IsConverted": True, "CreatedDate": "2026-11-22T06:00:00Z"},
            (
                *(400, "INVALID_FIELD_FOR_INSERT_UPDATE"),
                "Unable to create/update fields: IsConverted, CreatedDate. Please check the security settings of this "
                "field and verify that it is read/write for your profile or permission set.",
                ["IsConverted", "CreatedDate"],
            ),
        ),
        ({"OwnerId": "me"}, (400, "MALFORMED_ID", "Owner ID: id value of incorrect type: me", ["OwnerId"])),
        (
            {"OwnerId": "0055a0000000009"},
            (
                *(400, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"),
                *("insufficient access rights on cross-reference id: 0055a0000000009", []),
            ),
        ),
    ],
)
def test_bad_values_are_refused(org: Caller, given: dict[str, Any], wanted: tuple[Any, ...]) -> None:
    assert refusal(org.insert(**given)) == wanted
    assert org.kept() == []
    assert org.arrived("leads")[0]["findings"] == {"refused": wanted[1].lower()}


@pytest.mark.parametrize(
    "given",
    [{"LastName": 5}, {"DoNotCall": "yes"}, {"Company": ["a"]}, {"Company": {}}, {"NumberOfEmployees": "many"}],
)
def test_another_type_is_refused(org: Caller, given: dict[str, Any]) -> None:
    reply = org.insert(**given)
    assert error(reply) == (400, "JSON_PARSER_ERROR")
    assert reply.content[0]["message"].startswith("Cannot deserialize instance of ")


def test_other_types_are_kept_as_such(org: Caller) -> None:
    assert org.insert(DoNotCall=True, HasOptedOutOfEmail=False, NumberOfEmployees=12).status == 201
    assert [org.kept()[0][name] for name in ("DoNotCall", "HasOptedOutOfEmail", "NumberOfEmployees")] == [
        True,
        False,
        12,
    ]


@pytest.mark.parametrize(
    ("field", "length"), [("FirstName", 40), ("LastName", 80), ("Company", 255), ("Title", 128), ("Phone", 40)]
)
def test_text_fits_up_to_the_length_of_its_field(org: Caller, field: str, length: int) -> None:
    assert org.insert(**{field: "x" * length}).status == 201
    assert error(org.insert(**{field: "x" * (length + 1), EXTERNAL_ID: "2"})) == (400, "STRING_TOO_LONG")


def test_a_description_fits_up_to_32000_units_of_utf_16(org: Caller) -> None:
    assert org.insert(Description="🙂" * 16_000).status == 201
    assert error(org.insert(Description="🙂" * 16_000 + "x", Marketplace_Lead_Id__c="2")) == (400, "STRING_TOO_LONG")


def test_the_table_of_fields_can_be_changed(org: Caller) -> None:
    org.configure(
        fields={
            "Size__c": {"length": 3, "required": True},
            "Title": None,
            "Phone": {"createable": False},
            "Email": {"visible": False},
        }
    )
    small: dict[str, Any] = {"LastName": "Park", "Company": "Fabrikam", "Size__c": "S"}
    assert org.call("POST", LEAD, small).status == 201
    changes: list[tuple[dict[str, Any], str]] = [
        ({"Size__c": None}, "REQUIRED_FIELD_MISSING"),
        ({"Size__c": "XXXL"}, "STRING_TOO_LONG"),
        ({"Title": "IT manager"}, "INVALID_FIELD"),
        ({"Phone": "1"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Email": "a@b.example"}, "INVALID_FIELD"),
    ]
    for change, code in changes:
        assert error(org.call("POST", LEAD, {**small, **change})) == (400, code)


def test_a_restricted_list_takes_only_its_values(org: Caller) -> None:
    org.configure(fields={"LeadSource": {"restricted": True, "values": {"Marketplace": "Marketplace"}}})
    message = "Lead Source: bad value for restricted picklist field: AzureMarketplace-INS|contoso.fw"
    assert refusal(org.insert()) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, ["LeadSource"])
    assert org.insert(LeadSource="Marketplace").status == 201


def test_country_lists_take_labels_or_codes(org: Caller) -> None:
    assert error(org.insert(CountryCode="KR")) == (400, "INVALID_FIELD")
    org.configure(countries={"KR": "Korea, Republic of", "US": "United States"})
    reply = org.insert()
    assert error(reply) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert reply.content[0]["message"].startswith("There's a problem with this country")
    assert error(org.insert(Country=None, CountryCode="XX")) == (400, "FIELD_INTEGRITY_EXCEPTION")
    assert org.insert(Country="United States").status == 201
    assert org.insert(Country=None, CountryCode="KR", Marketplace_Lead_Id__c="2").status == 201
    assert [(one["CountryCode"], one["Country"]) for one in org.kept()] == [
        ("US", "United States"),
        ("KR", "Korea, Republic of"),
    ]


def test_other_rules_refuse_with_their_own_error(org: Caller) -> None:
    locked = {"field": "LastName", "value": "Lock", "error": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain access"}
    org.configure(rules={"locked": locked, "refused_company": None})
    assert refusal(org.insert(LastName="Lock")) == (400, "UNABLE_TO_LOCK_ROW", "unable to obtain access", ["LastName"])
    assert org.insert(Company="REFUSE").status == 201


@pytest.mark.parametrize(
    ("rule", "headers", "path", "status"),
    [
        ("off", {}, LEAD, 201),
        ("alert", {}, LEAD, 400),
        ("alert", {"Sforce-Duplicate-Rule-Header": "allowSave=false"}, LEAD, 400),
        ("alert", ALLOW, LEAD, 201),
        ("alert", ALLOW, "/services/data/v51.0/sobjects/Lead", 400),
        ("block", ALLOW, LEAD, 400),
    ],
)
def test_a_duplicate_rule_compares_addresses(
    org: Caller, rule: str, headers: dict[str, str | None], path: str, status: int
) -> None:
    org.insert()
    org.configure(duplicates={"rule": rule})
    again = {**MINA, EXTERNAL_ID: "other", "Email": MINA["Email"].upper()}
    reply = org.call("POST", path, again, headers)
    assert reply.status == status
    if status == 400:
        assert refusal(reply) == (400, "DUPLICATES_DETECTED", "Use one of these records?", [])
    assert len(org.kept()) == (2 if status == 201 else 1)


@pytest.mark.parametrize(
    ("settings", "status", "code"),
    [
        ({"user": {"leads": "read"}}, 403, "INSUFFICIENT_ACCESS_OR_READONLY"),
        ({"user": {"leads": "none"}}, 400, "INVALID_TYPE"),
        ({"user": {"api": False}}, 403, "API_CURRENTLY_DISABLED"),
        ({"org": {"api": False}}, 403, "API_DISABLED_FOR_ORG"),
        ({"org": {"storage_full": True}}, 403, "STORAGE_LIMIT_EXCEEDED"),
    ],
)
def test_a_user_without_the_right_makes_nothing(org: Caller, settings: dict[str, Any], status: int, code: str) -> None:
    org.configure(**settings)
    assert error(org.insert()) == (status, code)
    assert org.kept() == []


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"7", b'{"LastName": NaN}', b'{"LastName": "\\ud83d"}', b"\xff", b"[" * 9000]
)
def test_what_is_not_a_json_object_is_refused(org: Caller, body: bytes) -> None:
    assert error(org.call("POST", LEAD, body)) == (400, "JSON_PARSER_ERROR")


def test_a_body_is_needed_and_must_be_json(org: Caller) -> None:
    reply = org.call("POST", LEAD)
    assert reply.content[0]["message"] == "The HTTP entity body is required, but this request has no entity body."
    assert error(org.call("POST", LEAD, MINA, {"Content-Type": "text/plain"})) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert error(org.call("POST", LEAD, MINA, {"Content-Type": None})) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert org.call("POST", LEAD, MINA, {"Content-Type": "application/json; charset=UTF-8"}).status == 201


def test_a_record_of_another_type_is_refused(org: Caller) -> None:
    assert error(org.insert(attributes={"type": "Contact"})) == (400, "INVALID_TYPE")
    assert org.insert(attributes={"type": "Lead"}).status == 201
