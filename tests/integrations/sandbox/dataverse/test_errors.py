"""Every refusal of the Web API with its code, and which of two comes first."""

import json
from typing import Any

import pytest

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import (
    API,
    CREATE_ONLY,
    JSON,
    KEY,
    LEAD,
    LEAD_ID,
    OTHER_ID,
    TENANT,
    UPDATE_ONLY,
    USER,
    Caller,
    code,
    fields,
    last_request,
    leads,
    message,
)
from tests.integrations.sandbox.sender import send

WITHOUT_CREATE = {"privileges": ["prvReadLead", "prvWriteLead", "prvDeleteLead", "prvReadEntity"]}


@pytest.mark.parametrize(
    ("settings", "kind", "body"),
    [
        ("empty", None, b""),
        ("html", "text/html", b"<!DOCTYPE html>"),
        ("json", "application/json; charset=utf-8", b'{"error": {"code": "0x80060017"'),
    ],
)
def test_without_a_token_it_is_401_in_three_shapes(
    dataverse: Dataverse, settings: str, kind: str | None, body: bytes
) -> None:
    dataverse.control("config", {"variants": {"unauthorized_body": settings}})
    reply = send(dataverse.url, "GET", f"{API}/WhoAmI")
    assert (reply.status, reply.headers.get("content-type")) == (401, kind)
    assert reply.body.startswith(body)
    assert bool(reply.body) == bool(body)
    assert reply.headers["www-authenticate"] == (
        f"Bearer authorization_uri={dataverse.url}/{TENANT}/oauth2/authorize, resource_id={dataverse.url}/"
    )
    dataverse.control("config", {"variants": {"challenge": False}})
    assert "www-authenticate" not in send(dataverse.url, "GET", f"{API}/WhoAmI").headers


@pytest.mark.parametrize("authorization", ["Bearer x", "Basic x", "Bearer", ""])
def test_a_made_up_token_is_refused(dataverse: Dataverse, authorization: str) -> None:
    reply = send(dataverse.url, "GET", f"{API}/WhoAmI", headers={"Authorization": authorization})
    assert reply.status == 401


@pytest.mark.parametrize(
    ("settings", "wanted", "text"),
    [
        ({"application_allowed": False}, "0x80095ffc", "Access to Dataverse API is restricted for this application Id"),
        ({"application_user": "missing"}, "0x80072560", "The user is not a member of the organization."),
        ({"application_user": "disabled"}, "0x80041d1f", "The user is disabled"),
        (
            {"roles": []},
            "0x80042f09",
            "SecLib::RetrievePrivilegeForUser failed - no roles are assigned to user.",
        ),
    ],
)
def test_an_application_without_a_place_in_the_environment_gets_403(
    dataverse: Dataverse, caller: Caller, settings: dict[str, Any], wanted: str, text: str
) -> None:
    dataverse.control("config", settings)
    for reply in (caller.patch(), caller.call("GET", "WhoAmI"), caller.call("GET", "nosuch")):
        assert code(reply) == (403, wanted)
        assert message(reply).startswith(text)
    assert leads(dataverse) == []


def test_a_missing_privilege_is_named(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", WITHOUT_CREATE)
    reply = caller.patch()
    assert code(reply) == (403, "0x80040220")
    assert message(reply).startswith(f"Principal user (Id={USER}, type=8, roleCount=1, ")
    assert "is missing prvCreateLead privilege (Id=" in message(reply)
    assert " on OTC=4 for entity 'lead'. " in message(reply)


@pytest.mark.parametrize(
    ("missing", "method", "headers"),
    [
        ("prvReadLead", "GET", {}),
        ("prvDeleteLead", "DELETE", {}),
        ("prvWriteLead", "PATCH", {}),
        ("prvWriteLead", "PATCH", UPDATE_ONLY),
        ("prvReadLead", "PATCH", {"Prefer": "return=representation"}),
    ],
)
def test_every_operation_needs_its_privilege(
    dataverse: Dataverse, caller: Caller, missing: str, method: str, headers: dict[str, str]
) -> None:
    caller.patch()
    before = fields(dataverse)
    held = [name for name in dataverse.control("config")["privileges"] if name != missing]
    dataverse.control("config", {"privileges": held})
    reply = caller.call(method, f"leads({LEAD_ID})", {"subject": "x"} if method == "PATCH" else None, headers)
    assert code(reply) == (403, "0x80040220")
    assert f"is missing {missing} privilege" in message(reply)
    assert fields(dataverse) == before


def test_create_only_may_need_more_than_create(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", {"privileges": ["prvCreateLead"]})
    assert caller.patch().status == 204
    dataverse.control("config", {"variants": {"create_only_needs": ["prvWriteLead"]}})
    assert "prvWriteLead" in message(caller.patch(key=OTHER_ID))


@pytest.mark.parametrize(
    ("resource", "segment"),
    [("accounts", "accounts"), ("leads(1)/x", "leads"), ("lead(1)", "lead"), ("Leads", "Leads"), ("", "")],
)
def test_an_unknown_route_is_no_resource(caller: Caller, resource: str, segment: str) -> None:
    reply = caller.call("GET", resource)
    assert (code(reply), message(reply)) == (
        (404, "0x8006088a"),
        f"Resource not found for the segment '{segment}'.",
    )


def test_an_environment_may_have_no_leads(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", {"lead_table": False})
    for reply in (caller.patch(), caller.post(), caller.get()):
        assert (code(reply), message(reply)) == ((404, "0x8006088a"), "Resource not found for the segment 'leads'.")


@pytest.mark.parametrize("path", ["/api/data/v9.3/WhoAmI", "/api/data/v9.2", "/nosuch", "/a/b/oauth2/v2.0/token"])
def test_outside_of_the_service_the_web_server_answers(dataverse: Dataverse, path: str) -> None:
    reply = send(dataverse.url, "GET", path)
    assert (reply.status, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert last_request(dataverse)["findings"] == {"refused": "path"}


@pytest.mark.parametrize(("method", "resource"), [("PUT", f"leads({LEAD_ID})"), ("GET", "leads"), ("GET", "$batch")])
def test_a_method_that_is_not_supported_is_405(caller: Caller, method: str, resource: str) -> None:
    reply = caller.call(method, resource)
    assert code(reply) == (405, "0x80060888")
    assert message(reply) == f"The requested resource does not support http method '{method}'."
    assert reply.headers["allow"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_taken(caller: Caller, kind: str) -> None:
    assert code(caller.patch(headers=CREATE_ONLY | {"Content-Type": kind})) == (415, "0x0")


BROKEN = [b"", b"{", b"[]", b"null", b'"x"', b'{"subject": NaN}', b'{"a":1,"a":2}', b"\xff{}", b"[" * 5000]


@pytest.mark.parametrize("body", BROKEN)
def test_what_is_no_json_object_cannot_be_read(dataverse: Dataverse, caller: Caller, body: bytes) -> None:
    reply = caller.call("PATCH", f"leads({LEAD_ID})", body, JSON)
    assert code(reply) == (400, "0x80048d19")
    assert message(reply).startswith("Error identified in Payload provided by the user for Entity :'', ")
    assert leads(dataverse) == []


@pytest.mark.parametrize(
    "name", ["nosuch", "Subject", "EmailAddress1", "parentaccountid@odata.bind", "OwnerId@odata.bind"]
)
def test_an_unknown_property_is_named(dataverse: Dataverse, caller: Caller, name: str) -> None:
    reply = caller.patch({**LEAD, name: "x"})
    assert code(reply) == (400, "0x0")
    assert message(reply) == f"Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.lead'."
    dataverse.control("config", {"variants": {"unknown_property_code": "0x80048d19"}})
    reply = caller.patch({**LEAD, name: "x"})
    assert code(reply) == (400, "0x80048d19")
    assert f"undeclared property '{name}'" in message(reply)


@pytest.mark.parametrize("name", ["fullname", "createdon", "modifiedon", "statecode"])
def test_computed_columns_cannot_be_written(dataverse: Dataverse, caller: Caller, name: str) -> None:
    reply = caller.patch({**LEAD, name: 1 if name == "statecode" else "x"})
    assert code(reply) == (400, "0x80040203")
    assert f"'{name}'" in message(reply)
    assert leads(dataverse) == []


def test_a_look_up_is_not_written_directly(caller: Caller) -> None:
    reply = caller.patch({**LEAD, "ownerid": USER})
    assert code(reply) == (400, "0x80060888")
    assert message(reply).endswith("Use Navigation properties instead.")


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("subject", 7, "Edm.String"),
        ("subject", True, "Edm.String"),
        ("subject", ["x"], "Edm.String"),
        ("description", {"a": 1}, "Edm.String"),
        ("leadsourcecode", "8", "Edm.Int32"),
        ("leadsourcecode", 8.5, "Edm.Int32"),
        ("leadsourcecode", True, "Edm.Int32"),
        ("leadsourcecode", 2**31, "Edm.Int32"),
        ("donotemail", 1, "Edm.Boolean"),
        ("donotemail", "true", "Edm.Boolean"),
    ],
)
def test_a_wrong_type_is_named(dataverse: Dataverse, caller: Caller, name: str, value: Any, wanted: str) -> None:
    reply = caller.patch({**LEAD, name: value})
    assert code(reply) == (400, "0x80048d19")
    assert "Cannot convert " in message(reply)
    assert f"'{wanted}'" in message(reply)
    assert leads(dataverse) == []


def test_an_id_must_be_one(caller: Caller) -> None:
    assert "Cannot convert the literal 'x' to the expected type 'Edm.Guid'" in message(caller.post({"leadid": "x"}))


@pytest.mark.parametrize(
    ("owner", "wanted"), [("/accounts(x)", (400, "0x80048d19")), (f"/teams({OTHER_ID})", (404, "0x80040217"))]
)
def test_an_owner_must_be_there(caller: Caller, owner: str, wanted: tuple[int, str]) -> None:
    assert code(caller.patch({**LEAD, "ownerid@odata.bind": owner})) == wanted


def test_an_option_must_be_in_the_list(dataverse: Dataverse, caller: Caller) -> None:
    reply = caller.patch({**LEAD, "leadqualitycode": 4})
    assert code(reply) == (400, "0x8004431A")
    assert message(reply).endswith(
        "The value 4 of 'leadqualitycode' on record of type 'lead' is outside the valid range. Accepted Values: 1,2,3"
    )
    dataverse.control("config", {"variants": {"option_code": "0x0"}})
    assert code(caller.patch({**LEAD, "leadqualitycode": 4})) == (400, "0x0")
    dataverse.control("config", {"columns": {"leadqualitycode": {"options": [1, 2, 3, 4]}}})
    assert caller.patch({**LEAD, "leadqualitycode": 4}).status == 204


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud83d", "\uffff"])
def test_some_characters_are_refused(dataverse: Dataverse, caller: Caller, character: str) -> None:
    reply = caller.patch({**LEAD, "subject": f"a{character}b"})
    assert code(reply) == (400, "0x80040278")
    assert message(reply).startswith("Invalid character in field 'subject': ")
    assert leads(dataverse) == []


def test_tabs_and_line_breaks_are_characters_like_others(dataverse: Dataverse, caller: Caller) -> None:
    caller.patch({**LEAD, "description": "a\tb\r\nc"})
    assert fields(dataverse)["description"] == "a\tb\r\nc"


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("subject", 300),
        ("firstname", 50),
        ("lastname", 50),
        ("companyname", 100),
        ("jobtitle", 100),
        ("emailaddress1", 100),
        ("telephone1", 50),
        ("mobilephone", 20),
        ("address1_country", 80),
        ("websiteurl", 200),
        ("description", 2000),
        (KEY, 36),
    ],
)
def test_a_text_may_be_as_long_as_its_column(dataverse: Dataverse, caller: Caller, name: str, limit: int) -> None:
    reply = caller.patch({**LEAD, name: "x" * (limit + 1)})
    assert code(reply) == (400, "0x80044331")
    assert message(reply) == (
        f"A validation error occurred. The length of the '{name}' attribute of the 'lead' entity exceeded the maximum "
        f"allowed length of '{limit}'."
    )
    assert leads(dataverse) == []
    assert caller.patch({**LEAD, name: "x" * limit}).status == 204


def test_length_is_counted_in_utf_16(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("config", {"columns": {"subject": {"max_length": 4}}})
    assert caller.patch({**LEAD, "subject": "🙂🙂"}).status == 204
    assert code(caller.patch({**LEAD, "subject": "🙂🙂x"}, OTHER_ID)) == (400, "0x80044331")


def test_duplicates_are_looked_for_only_when_asked(dataverse: Dataverse, caller: Caller) -> None:
    asked = {"MSCRM.SuppressDuplicateDetection": "false"}
    caller.patch()
    shouted = {**LEAD, "emailaddress1": "MINA.Park@Fabrikam.example"}
    reply = caller.patch(shouted, OTHER_ID, CREATE_ONLY | asked)
    assert code(reply) == (412, "0x80040333")
    assert message(reply).startswith("A record was not created or updated because a duplicate")
    assert caller.patch(LEAD, headers=UPDATE_ONLY | asked).status == 204
    assert caller.patch(shouted, OTHER_ID).status == 204
    assert len(leads(dataverse)) == 2


@pytest.mark.parametrize(
    ("plug_in", "wanted"),
    [("refuses", (400, "0x80040265")), ("refuses_500", (500, "0x80040265")), ("crashes", (500, "0x80040224"))],
)
def test_a_plug_in_may_refuse_a_company(
    dataverse: Dataverse, caller: Caller, plug_in: str, wanted: tuple[int, str]
) -> None:
    assert caller.patch({**LEAD, "companyname": "REFUSE"}).status == 204
    dataverse.control("config", {"variants": {"plug_in": plug_in}})
    assert code(caller.patch({**LEAD, "companyname": "REFUSE"}, OTHER_ID)) == wanted
    assert len(leads(dataverse)) == 1
    assert caller.patch(LEAD, OTHER_ID).status == 204


def test_annotations_come_when_they_are_preferred(caller: Caller) -> None:
    wanted = 'odata.include-annotations="Microsoft.PowerApps.CDS.ErrorDetails*,Microsoft.PowerApps.CDS.HelpLink"'
    plain = caller.patch({"x": 1}).content["error"]
    annotated = caller.patch({"x": 1}, headers=CREATE_ONLY | {"Prefer": wanted}).content["error"]
    assert sorted(plain) == ["code", "message"]
    assert sorted(set(annotated) - set(plain)) == [
        "@Microsoft.PowerApps.CDS.ErrorDetails.HttpStatusCode",
        "@Microsoft.PowerApps.CDS.HelpLink",
    ]


def test_every_answer_can_be_named_to_support(caller: Caller) -> None:
    for reply in (caller.patch(), caller.patch(), caller.call("GET", "WhoAmI")):
        assert len(reply.headers["x-ms-service-request-id"]) == len(reply.headers["req_id"]) == 36
        assert reply.headers["odata-version"] == "4.0"


def test_the_checks_come_in_their_order(dataverse: Dataverse) -> None:
    """One request with everything wrong; what is set right shows the next error."""
    bad = {"nosuch": 1, "leadsourcecode": "x", "subject": "x" * 301}
    settings: dict[str, Any] = {
        "application_user": "missing",
        "roles": [],
        "privileges": [],
        "limits": {"requests": 1},
        "lead_table": False,
    }
    dataverse.control("config", settings)

    def ask(content: Any, *, known: bool = True) -> tuple[int, str]:
        bearer = caller.bearer if known else {"Authorization": "Bearer x"}
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        reply = send(dataverse.url, "PATCH", f"{API}/leads({LEAD_ID})", body, JSON | CREATE_ONLY | bearer)
        return (401, "") if reply.status == 401 else code(reply)

    caller = Caller(dataverse)
    assert ask(b"{", known=False) == (401, "")
    assert ask(b"{") == (403, "0x80072560")
    dataverse.control("config", {"application_user": "enabled"})
    assert ask(b"{") == (403, "0x80042f09")
    dataverse.control("config", {"roles": ["Lead writer"]})
    assert [ask(b"{"), ask(b"{")] == [(404, "0x8006088a"), (429, "0x80072322")]
    dataverse.control("config", {"limits": {"requests": 6000}, "lead_table": True})
    assert ask(b"{") == (400, "0x80048d19")
    assert ask(bad) == (400, "0x0")
    assert ask({name: value for name, value in bad.items() if name != "nosuch"}) == (400, "0x80048d19")
    assert ask({"leadsourcecode": 99, "subject": "x" * 301}) == (400, "0x8004431A")
    assert ask({"subject": "x" * 301}) == (400, "0x80044331")
    assert ask(LEAD) == (403, "0x80040220")
    dataverse.control("config", {"privileges": ["prvCreateLead"]})
    assert caller.patch().status == 204
    assert ask(LEAD) == (412, "0x80040237")
