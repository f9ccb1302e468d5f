"""What HubSpot's refusals mean: every status, category and code of its documentation."""

import json
from datetime import timedelta
from typing import Any

import pytest

from integrations.connectors.hubspot.refusals import (
    Refusal,
    Surroundings,
    failure_of,
    failure_of_entry,
    refusal_in,
)
from integrations.contract import Exchange, Failure
from integrations.transport import Answer

AROUND = Surroundings("/crm/objects/2026-03", frozenset({"lifecyclestage"}))
HTML = "<html><head><title>Error 404 Not Found</title></head><body><h2>HTTP ERROR 404</h2></body></html>"
MINUTE = timedelta(minutes=1)
CORRELATION = "aeb5f871-7f07-4993-9211-075dc63e7cbf"


def answered(status: int, content: Any, **headers: str) -> Answer:
    body = content if isinstance(content, str) else json.dumps(content)
    named = {name.lower().replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, named, body.encode(), Exchange(method="POST", url="https://x", response_body=body))


def error(message: str = "No", **members: Any) -> dict[str, Any]:
    return {"status": "error", "message": message, "correlationId": CORRELATION} | members


def about(*properties: tuple[str, str, str]) -> dict[str, Any]:
    """Code, property and message of each, as the newer API tells them."""
    details = [
        {"message": message, "code": code, "context": {"propertyName": [name]}} for code, name, message in properties
    ]
    return error(category="VALIDATION_ERROR", errors=details)


def within_the_message(*properties: tuple[str, str, str]) -> dict[str, Any]:
    """The same as JSON within the message."""
    listed = [
        {"isValid": False, "message": message, "error": code, "name": name, "portalId": 891936587}
        for code, name, message in properties
    ]
    return error(f"Property values were not valid: {json.dumps(listed)}", category="VALIDATION_ERROR")


def limit(policy: str) -> dict[str, Any]:
    text = f"You have reached your {policy.lower()} limit."
    return error(text, errorType="RATE_LIMIT", policyName=policy, requestId=CORRELATION)


def scopes(*names: str) -> dict[str, Any]:
    lacking = {"message": "One or more of the following scopes are required.",
               "context": {"requiredGranularScopes": list(names)}}  # fmt: skip
    text = "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: …"
    return error(text, errors=[lacking], category="MISSING_SCOPES")


def told(failure: Failure) -> tuple[str, str, dict[str, str]]:
    return failure.kind.value, failure.cause, dict(failure.params)


@pytest.mark.parametrize(
    ("code", "name", "message", "kind", "cause"),
    [
        ("PROPERTY_DOESNT_EXIST", "foo", 'Property "foo" does not exist', "misconfigured", "hubspot_property_unknown"),
        ("READ_ONLY_VALUE", "createdate", '"createdate" is a read only property; its value cannot be set.',
         "misconfigured", "hubspot_property_read_only"),
        ("INVALID_OPTION", "hs_lead_status", "x was not one of the allowed options: [label: \"New\"\nvalue: \"NEW\"]",
         "rejected", "hubspot_option_refused"),
        ("INVALID_OPTION", "lifecyclestage", "x was not one of the allowed options",
         "misconfigured", "hubspot_option_refused"),
        ("INVALID_EMAIL", "email", "Email address mina@fabrikam is invalid", "rejected", "hubspot_email_refused"),
        ("INVALID_DOUBLE", "seats", "many was not a valid number", "rejected", "hubspot_value_refused"),
        ("INVALID_DATE", "day", "x was not a valid long.", "rejected", "hubspot_value_refused"),
        ("PROPERTY_VALUE_TOO_LONG", "company", "too long", "rejected", "hubspot_value_refused"),
        ("CONFLICTING_UNIQUE_VALUE", "tax_id", "tax_id must be unique; 513 already has that value.",
         "rejected", "hubspot_value_not_unique"),
        ("BRAND_NEW", "company", "x", "rejected", "hubspot_value_refused"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", [about, within_the_message])
def test_what_is_wrong_with_a_property(form: Any, code: str, name: str, message: str, kind: str, cause: str) -> None:
    content = form((code, name, message))
    of_all = failure_of(answered(400, content), AROUND)
    of_one = failure_of_entry(content | {"context": {"objectWriteTraceId": ["1"]}}, 207, AROUND)
    assert told(of_all) == told(of_one) == (kind, cause, {"field": name})
    assert (of_all.code, of_one.code) == (code, code)
    assert (of_all.http_status, of_one.http_status) == (400, 207)


@pytest.mark.parametrize("form", [about, within_the_message])
def test_what_is_wrong_for_every_lead_counts_before_what_is_wrong_with_this_one(form: Any) -> None:
    content = form(("INVALID_EMAIL", "email", "x is invalid"), ("PROPERTY_DOESNT_EXIST", "foo", "…"))
    assert told(failure_of(answered(400, content), AROUND)) == (
        "misconfigured", "hubspot_property_unknown", {"field": "foo"},
    )  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [
        'There was a problem with the request: property "nope" does not exist',
        'Property "nope" does not exist',
        "Property nope does not exist",
        'There was a problem with the request:\n  Property "nope"\n does not exist (aeb5f871-7f07-4993)',
    ],
)
def test_a_property_that_only_the_message_names(message: str) -> None:
    failure = failure_of(answered(400, error(message, category="VALIDATION_ERROR")), AROUND)
    assert told(failure) == ("misconfigured", "hubspot_property_unknown", {"field": "nope"})


@pytest.mark.parametrize(
    ("status", "content", "kind", "cause", "params"),
    [
        (400, error(category="VALIDATION_ERROR"), "rejected", "hubspot_lead_refused", {}),
        (400, error("Invalid input JSON on line 1, column 11"), "rejected", "hubspot_lead_refused", {}),
        (400, HTML, "rejected", "hubspot_lead_refused", {}),
        (401, error(category="INVALID_AUTHENTICATION"), "misconfigured", "hubspot_token_refused", {}),
        (401, error(category="EXPIRED_AUTHENTICATION"), "misconfigured", "hubspot_token_refused", {}),
        (401, HTML, "misconfigured", "hubspot_token_refused", {}),
        (402, error(), "misconfigured", "access_refused", {}),
        (403, scopes("crm.objects.contacts.write"), "misconfigured", "hubspot_scope_missing",
         {"scope": "crm.objects.contacts.write"}),
        (403, scopes("contacts", "crm.objects.contacts.read"), "misconfigured", "hubspot_scope_missing",
         {"scope": "contacts, crm.objects.contacts.read"}),
        (403, error(category="MISSING_SCOPES", context={"requiredGranularScopes": "oauth"}), "misconfigured",
         "hubspot_scope_missing", {"scope": "oauth"}),
        (403, error(category="MISSING_SCOPES"), "misconfigured", "hubspot_scope_missing", {}),
        (403, error(), "misconfigured", "access_refused", {}),
        (403, about(("X", "foo", "x")), "misconfigured", "access_refused", {}),
        (404, error(category="VALIDATION_ERROR"), "misconfigured", "hubspot_path_unknown",
         {"path": "/crm/objects/2026-03"}),
        (404, HTML, "misconfigured", "hubspot_path_unknown", {"path": "/crm/objects/2026-03"}),
        (409, error(category="CONFLICT"), "rejected", "conflict", {}),
        (409, error("Contact already exists. Existing ID: 512", category="CONFLICT"), "rejected", "conflict", {}),
        (413, error(), "rejected", "record_too_large", {}),
        (414, HTML, "defect", "hubspot_request_faulty", {}),
        (422, error(), "rejected", "record_refused", {}),
        (302, "", "misconfigured", "redirected", {}),
        *((status, HTML, "temporary", "server_trouble", {}) for status in (500, 501, 502, 503, 504)),
        *((status, HTML, "temporary", "server_trouble", {}) for status in (521, 522, 523, 524)),
        (500, error(category="VALIDATION_ERROR"), "temporary", "server_trouble", {}),
    ],
)  # fmt: skip
def test_what_a_status_means(status: int, content: Any, kind: str, cause: str, params: dict[str, str]) -> None:
    failure = failure_of(answered(status, content), AROUND)
    assert told(failure) == (kind, cause, params)
    assert (failure.http_status, failure.retry_after) == (status, None)


@pytest.mark.parametrize(
    ("status", "content", "header", "cause", "wait"),
    [
        (429, limit("TEN_SECONDLY_ROLLING"), "", "hubspot_rate_limit", timedelta(seconds=10)),
        (429, limit("SECONDLY"), "", "hubspot_rate_limit", timedelta(seconds=1)),
        (429, limit("DAILY"), "", "hubspot_daily_limit", timedelta(hours=1)),
        (429, limit("BRAND_NEW"), "", "hubspot_rate_limit", timedelta(seconds=10)),
        (429, error(category="RATE_LIMITS"), "", "hubspot_rate_limit", timedelta(seconds=10)),
        (429, HTML, "", "hubspot_rate_limit", timedelta(seconds=10)),
        (429, limit("TEN_SECONDLY_ROLLING"), "60", "hubspot_rate_limit", MINUTE),
        (429, limit("DAILY"), "60", "hubspot_daily_limit", MINUTE),
        (423, error(), "", "hubspot_locked", timedelta(seconds=2)),
        (423, HTML, "60", "hubspot_locked", MINUTE),
        (477, error(), "86400", "hubspot_migrating", timedelta(hours=24)),
        (477, error(), "", "hubspot_migrating", None),
        (503, error(), "60", "throttled", MINUTE),
    ],
)
def test_how_long_hubspot_is_left_alone(
    status: int, content: Any, header: str, cause: str, wait: timedelta | None
) -> None:
    headers = {"Retry_After": header} if header else {}
    failure = failure_of(answered(status, content, **headers), AROUND)
    assert (*told(failure)[:2], failure.retry_after) == ("throttled", cause, wait)


@pytest.mark.parametrize(
    ("category", "kind", "cause", "wait"),
    [
        ("LOCKED", "throttled", "hubspot_locked", timedelta(seconds=2)),
        ("RATE_LIMITS", "throttled", "hubspot_rate_limit", timedelta(seconds=10)),
        ("CONFLICT", "rejected", "conflict", None),
        ("VALIDATION_ERROR", "rejected", "hubspot_lead_refused", None),
        ("BRAND_NEW", "rejected", "hubspot_lead_refused", None),
        ("", "rejected", "hubspot_lead_refused", None),
    ],
)
def test_what_a_category_means_for_one_of_several(category: str, kind: str, cause: str, wait: timedelta | None) -> None:
    failure = failure_of_entry(error(category=category), 207, AROUND)
    assert (*told(failure), failure.retry_after, failure.code) == (kind, cause, {}, wait, category)


def test_the_detail_is_hubspots_message_or_else_all_that_came() -> None:
    assert failure_of(answered(400, error("Property values\nwere odd")), AROUND).detail == "Property values\nwere odd"
    assert failure_of(answered(404, HTML), AROUND).detail == HTML


@pytest.mark.parametrize(
    "name", ["mina.park@fabrikam.example", "Mina Park", "a" * 101, "", 7, None, ["foo"], "foo\n", "Foo"]
)
def test_only_what_can_be_a_name_becomes_a_name(name: Any) -> None:
    """Whatever else stands there may be what a person wrote."""
    details = [{"code": "INVALID_DATE", "message": "x", "context": {"propertyName": [name]}}]
    failure = failure_of(answered(400, error(category="VALIDATION_ERROR", errors=details)), AROUND)
    assert told(failure) == ("rejected", "hubspot_value_refused", {})


@pytest.mark.parametrize(
    "content",
    [
        None, 7, [], "", {}, {"message": 3, "errors": {}, "category": []}, {"errors": [None, 1, {"code": 3}]},
        {"errors": [{"context": []}]}, {"message": "Property values were not valid: [not json"},
        {"message": "Property values were not valid: [1, null, {\"error\": 3}]"}, {"context": "x"},
        {"message": "Property values were not valid: " + "[" * 10_000 + "]"},
    ],
)  # fmt: skip
def test_nothing_that_comes_instead_of_an_error_does_harm(content: Any) -> None:
    refusal = refusal_in(content)
    assert (refusal.details, refusal.scopes, refusal.category, refusal.existing_id) == ((), (), "", "")


@pytest.mark.parametrize(
    ("content", "existing_id"),
    [
        (error("Contact already exists. Existing ID: 512", category="CONFLICT"), "512"),
        (
            error("Contact already exists", category="CONFLICT", context={"existingId": ["171591000198"]}),
            "171591000198",
        ),
        (error("Contact already exists. Existing ID: me", category="CONFLICT"), ""),
        (error("Contact already exists", category="CONFLICT", context={"existingId": ["../512"]}), ""),
    ],
)
def test_who_has_the_address_already(content: Any, existing_id: str) -> None:
    refusal = refusal_in(content)
    assert (refusal.is_conflict, refusal.existing_id) == (True, existing_id)


@pytest.mark.parametrize(
    ("content", "is_about_upserting"),
    [
        (error("Partial upserts are not supported when using email as the idProperty for contacts"), True),
        (error("Unable to perform update/upsert by non-unique 0-1 property"), True),
        (error("Property values were not valid", category="VALIDATION_ERROR"), False),
        (about(("INVALID_OPTION", "company", "upsert was not one of the allowed options")), False),
    ],
)  # fmt: skip
def test_whether_the_way_is_refused_and_not_the_contact(content: Any, is_about_upserting: bool) -> None:
    assert refusal_in(content).is_about_upserting is is_about_upserting


def test_who_has_a_unique_value_already() -> None:
    text = "marketplace_lead_id must be unique; 513 already has that value."
    refusal = refusal_in(within_the_message(("CONFLICTING_UNIQUE_VALUE", "marketplace_lead_id", text)))
    assert refusal.owner_of_value("marketplace_lead_id") == "513"
    assert refusal.owner_of_value("tax_id") is None
    unnamed = refusal_in(about(("CONFLICTING_UNIQUE_VALUE", "marketplace_lead_id", "must be unique")))
    assert unnamed.owner_of_value("marketplace_lead_id") == ""
    assert Refusal().owner_of_value("") is None
