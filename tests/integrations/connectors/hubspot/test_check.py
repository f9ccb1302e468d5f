from typing import Any

import pytest

from integrations.connectors.hubspot.fields import CONTACT
from integrations.contract import CheckReport, StepResult
from integrations.mapping import Origin, Rule, ValueType
from integrations.sandbox.hubspot import HubSpot
from tests.integrations.connectors.hubspot.conftest import (
    ACCOUNT_PATH,
    KEY_PROPERTY,
    PROPERTIES_PATH,
    READ,
    TOKEN,
    UPSERT_PATH,
    WITH_KEY,
    WRITE,
    OpenConnector,
    answers_with,
    calls_to,
    contacts_in,
)
from tests.integrations.far_end import FarEnd

NO_KEY = (
    "HubSpot cannot recognise a lead without an e-mail address that is sent twice: when its answer gets lost, a person "
    "must look. Create a property for the lead's ID, and fill it with “ID of the lead” in the field mapping."
)


def in_words(report: CheckReport) -> list[tuple[str, str, str]]:
    return [(str(step.label), step.result, str(step.detail)) for step in report.steps]


def failing(report: CheckReport) -> str:
    """The text of the one step that failed."""
    (step,) = [step for step in report.steps if step.result is StepResult.FAILED]
    return str(step.detail)


def test_a_good_check_passes_every_step_and_writes_nothing(server: HubSpot, connectors: OpenConnector) -> None:
    report = connectors(server.url, fields=WITH_KEY, hub_id="50505050").check()
    assert in_words(report) == [
        ("Token and fields", "passed", "21 properties read."),
        ("Field mapping", "passed", ""),
        ("Right to write contacts", "passed", "Nothing was written."),
        ("Account", "passed", "Hub ID 50505050."),
        ("Recognising repeats", "passed", ""),
    ]
    assert calls_to(server) == [PROPERTIES_PATH, UPSERT_PATH, ACCOUNT_PATH]
    assert contacts_in(server) == []


def test_the_properties_that_were_read_come_back(server: HubSpot, connectors: OpenConnector) -> None:
    fields = {field.name: field for field in connectors(server.url).check().fields}
    assert fields["email"].type is ValueType.EMAIL
    assert fields["createdate"].writable is False
    assert "lead" in fields["lifecyclestage"].choices


def test_without_a_property_for_the_id_a_person_is_told(server: HubSpot, connectors: OpenConnector) -> None:
    assert in_words(connectors(server.url).check())[-1] == ("Recognising repeats", "warning", NO_KEY)


def test_a_property_for_the_id_that_is_not_unique_is_told_of(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("config", {"properties": {KEY_PROPERTY: {"type": "string", "unique": False}}})
    assert in_words(connectors(server.url, fields=WITH_KEY).check())[-1] == (
        "Recognising repeats", "warning",
        "marketplace_lead_id is found by search, which may miss what was written minutes ago. Better take a property "
        "that was made with “Require unique values”.",
    )  # fmt: skip


def test_each_way_to_fail_has_words_of_its_own(server: HubSpot, connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.close()
    wrong_token = TOKEN.replace("0a1b", "ffff")
    texts = [
        failing(connectors(server.url, access_token=wrong_token).check()),
        failing(connectors(server.url, fields=_with("colour", "blue")).check()),
        failing(connectors(server.url, fields=_with("createdate", "2026")).check()),
        failing(connectors(server.url, fields=_with("lifecyclestage", "suspect")).check()),
        failing(connectors(server.url, api_path="/crm/objects/2031-03").check()),
        failing(connectors(server.url, hub_id="7").check()),
        failing(connectors(far_end.url("")).check()),
    ]
    server.control("config", {"tokens": {TOKEN: {"scopes": [READ]}}})
    texts.append(failing(connectors(server.url).check()))
    server.control("config", {"tokens": {TOKEN: {"scopes": [WRITE]}}})
    texts.append(failing(connectors(server.url).check()))
    beginnings = [
        "HubSpot refuses the access token: it is wrong, or was rotated or revoked.",
        "HubSpot has no contact property colour.",
        "HubSpot sets the contact property createdate itself and lets nobody write it.",
        "HubSpot's property lifecyclestage takes only the values of its own list.",
        "HubSpot's API has nothing at the path /crm/objects/2031-03.",
        "The access token belongs to the HubSpot account 50505050, not to 7.",
        "Could not connect to the server.",
        "HubSpot's private app lacks a scope: crm.objects.contacts.write.",
        "HubSpot's private app lacks a scope: crm.objects.contacts.read.",
    ]
    assert [text[: len(beginning)] for text, beginning in zip(texts, beginnings, strict=True)] == beginnings
    assert contacts_in(server) == []


def _with(target: str, constant: str) -> Any:
    return CONTACT.with_rules((*CONTACT.rules, Rule(target, Origin.CONSTANT, constant)))


def test_the_first_step_that_cannot_be_taken_ends_the_check(server: HubSpot, connectors: OpenConnector) -> None:
    server.control("tokens/revoke", {})
    report = connectors(server.url).check()
    assert [(str(step.label), step.result) for step in report.steps] == [("Token and fields", "failed")]
    assert calls_to(server) == [PROPERTIES_PATH]
    assert report.fields == ()


@pytest.mark.parametrize("content", ["<html>Welcome", {}, [], {"results": []}, {"results": [{}]}])
def test_a_list_of_properties_that_is_none_fails(server: HubSpot, connectors: OpenConnector, content: Any) -> None:
    answers_with(server, content, path=PROPERTIES_PATH)
    assert failing(connectors(server.url).check()).startswith(
        "The server answered, but not as this kind of system does"
    )


@pytest.mark.parametrize(
    ("status", "content", "detail"),
    [
        (200, {"status": "COMPLETE", "results": []},
         "HubSpot takes a batch of nobody, which says nothing about it."),
        (429, {}, "Too many calls reached HubSpot within some seconds."),
        (500, {}, "The receiving system has trouble of its own."),
        (409, {}, "The receiving system says that this lead conflicts with a record it has."),
    ],
)  # fmt: skip
def test_a_third_answer_to_the_probe_proves_nothing(
    server: HubSpot, connectors: OpenConnector, status: int, content: Any, detail: str
) -> None:
    answers_with(server, content, status=status)
    assert in_words(connectors(server.url).check())[2] == ("Right to write contacts", "unproven", detail)


@pytest.mark.parametrize(("status", "content"), [(403, {}), (404, {}), (200, []), (200, {"portalId": "x"}), (500, {})])
def test_an_account_that_is_not_told_proves_nothing(
    server: HubSpot, connectors: OpenConnector, status: int, content: Any
) -> None:
    answers_with(server, content, path=ACCOUNT_PATH, status=status)
    report = connectors(server.url, hub_id="7").check()
    assert in_words(report)[3] == (
        "Account", "unproven", "HubSpot does not tell which account the token belongs to.",
    )  # fmt: skip
