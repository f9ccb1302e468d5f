"""The check: what it proves, in which words it fails, and that it writes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from integrations.connectors.salesforce import SalesforceConnector
from integrations.connectors.salesforce.fields import DEFAULT_FIELDS
from integrations.contract import Arrival, CheckReport
from integrations.mapping import Origin, Rule
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.connectors.salesforce.conftest import (
    KEY_FIELD,
    LEAD_PATH,
    TOKEN_PATH,
    calls_to,
    leads_in,
)
from tests.integrations.records import RECORD, delivered

OpenConnector = Callable[..., SalesforceConnector]

DESCRIBE = "/services/data/v67.0/sobjects/Lead/describe"
SIGNED_IN = ("Sign-in", "passed", "")
MAY_CREATE = ("Right to create leads", "passed", "")
MAPPED = ("Field mapping", "passed", "")
REPEATS = ("Recognising repeats", "passed", "")


def in_words(report: CheckReport) -> list[tuple[str, str, str]]:
    return [(str(step.label), step.result.value, str(step.detail)) for step in report.steps]


def mapping(*rules: Rule) -> Any:
    return DEFAULT_FIELDS.with_rules((*DEFAULT_FIELDS.rules, *rules))


def test_a_good_check_proves_everything_and_writes_nothing(org: Salesforce, connectors: OpenConnector) -> None:
    report = connectors(org.url).check()
    assert in_words(report) == [SIGNED_IN, MAY_CREATE, MAPPED, REPEATS]
    assert calls_to(org) == [("POST", TOKEN_PATH), ("GET", DESCRIBE)]
    assert leads_in(org) == []


def test_a_check_returns_the_fields_and_the_mapping_keeps_to_them(org: Salesforce, connectors: OpenConnector) -> None:
    org.control("config", {"fields": {"Title": {"length": 20}}})
    fields = {field.name: field for field in connectors(org.url).check().fields}
    assert (fields["Title"].max_length, fields["LastName"].required) == (20, True)
    assert (fields["Id"].writable, fields["Description"].multiline) == (False, True)
    described = DEFAULT_FIELDS.described_by(fields.values())
    assert described.targets["Title"].max_length == 20
    assert described.problems() == []


def test_each_way_to_fail_has_words_of_its_own(org: Salesforce, connectors: OpenConnector, gone: str) -> None:
    wrong_secret = connectors(org.url, consumer_secret="A" * 64).check()
    unknown_field = connectors(org.url, fields=mapping(Rule("Region__c", Origin.FIELD, "country"))).check()
    org.control("config", {"user": {"leads": "read"}})
    no_right = connectors(org.url).check()
    org.control("config", {"user": {"leads": "none"}})
    no_lead = connectors(org.url).check()
    not_there = connectors(gone).check()

    assert in_words(wrong_secret) == [
        (
            "Sign-in", "failed",
            "Salesforce refuses the consumer secret. Copy the consumer secret again from the app's OAuth settings, and "
            "enter it in this destination. (invalid_client: invalid client credentials)",
        )
    ]  # fmt: skip
    assert in_words(unknown_field) == [
        SIGNED_IN,
        MAY_CREATE,
        (
            "Field mapping", "failed",
            "Lead in Salesforce has no field Region__c, or the Run As user may not see it. Correct the field mapping, "
            "or create the field and give the user access to it in a permission set.",
        ),
        REPEATS,
    ]  # fmt: skip
    assert in_words(no_right) == [
        SIGNED_IN,
        (
            "Right to create leads", "failed",
            "The Run As user may not create leads in Salesforce, or not use a record that the lead refers to. Give the "
            "user Create on Lead in a permission set, and access to the record type, owner or campaign.",
        ),
    ]  # fmt: skip
    assert in_words(no_lead)[0] == SIGNED_IN
    assert in_words(no_lead)[1][2].startswith("Salesforce has no Lead for the Run As user")
    assert in_words(not_there) == [
        (
            "Sign-in", "failed",
            "Could not connect to the server. Nothing was sent. If this lasts, check host and port, that the server "
            "runs, and that its firewall lets us in.",
        )
    ]  # fmt: skip
    assert [report.fields for report in (wrong_secret, no_right, no_lead, not_there)] == [()] * 4


def test_a_check_signs_in_anew_so_that_a_secret_that_was_taken_back_shows(
    org: Salesforce, connectors: OpenConnector
) -> None:
    connector = connectors(org.url)
    connector.deliver([RECORD])
    org.control("config", {"app": {"consumer_secret": "F" * 64}})
    assert in_words(connector.check())[0][:2] == ("Sign-in", "failed")


def test_the_session_of_a_check_is_the_one_that_leads_are_sent_in_from_then_on(
    org: Salesforce, connectors: OpenConnector
) -> None:
    connector = connectors(org.url)
    connector.check()
    assert delivered(connector.deliver([RECORD])[0]).arrival is Arrival.CREATED
    assert [path for _method, path in calls_to(org)] == [TOKEN_PATH, DESCRIBE, LEAD_PATH]


def test_a_fresh_session_that_is_refused_fails_the_second_step(org: Salesforce, connectors: OpenConnector) -> None:
    refused = {"action": "respond", "status": 401, "times": None, "match": {"path": DESCRIBE}}
    org.control("faults", refused)
    steps = in_words(connectors(org.url).check())
    assert [step[:2] for step in steps] == [SIGNED_IN[:2], ("Right to create leads", "failed")]
    assert steps[1][2].startswith("Salesforce refuses the session that it has just opened for us.")


@pytest.mark.parametrize(
    ("field", "start"),
    [
        ({"unique": False}, f"The Salesforce field {KEY_FIELD} is not both External ID and Unique"),
        ({"external_id": False}, f"The Salesforce field {KEY_FIELD} is not both External ID and Unique"),
        ({"length": 35}, f"The Salesforce field {KEY_FIELD} does not hold a text of 36 characters."),
        ({"createable": False}, f"The Run As user may not write the Salesforce field {KEY_FIELD}."),
        ({"visible": False}, f"Lead in Salesforce has no field {KEY_FIELD}, or the Run As user may not see it."),
    ],
)
def test_a_key_field_that_cannot_keep_doubles_away_fails(
    org: Salesforce, connectors: OpenConnector, field: dict[str, Any], start: str
) -> None:
    org.control("config", {"fields": {KEY_FIELD: field}})
    *others, (label, result, detail) = in_words(connectors(org.url).check())
    assert others == [SIGNED_IN, MAY_CREATE, MAPPED]
    assert (label, result) == ("Recognising repeats", "failed")
    assert detail.startswith(start)


def test_no_key_field_is_a_warning(org: Salesforce, connectors: OpenConnector) -> None:
    label, result, detail = in_words(connectors(org.url, key_field="").check())[-1]
    assert (label, result) == ("Recognising repeats", "warning")
    assert detail.startswith("Without an external ID field Salesforce cannot recognise a lead that is sent twice")


def test_all_fields_that_are_wrong_are_named(org: Salesforce, connectors: OpenConnector) -> None:
    org.control(
        "config",
        {
            "fields": {
                "Phone": {"createable": False},
                "Region__c": {"type": "string", "required": True},
                "Team__c": {"type": "string", "required": True},
                "Rating": {"restricted": True},
            }
        },
    )
    fields = mapping(
        Rule("A__c", Origin.CONSTANT, "a"), Rule("B__c", Origin.CONSTANT, "b"), Rule("Team__c", Origin.CONSTANT, "x"),
        Rule("Rating", Origin.CONSTANT, "Lukewarm"),
    )  # fmt: skip
    steps = in_words(connectors(org.url, fields=fields).check())
    assert [(label, result) for label, result, _detail in steps[2:-1]] == [("Field mapping", "failed")] * 4
    assert [detail.partition(".")[0] for _label, _result, detail in steps[2:-1]] == [
        "Lead in Salesforce has no field A__c, B__c, or the Run As user may not see it",
        "The Run As user may not write the Salesforce field Phone",
        "Rating is a restricted pick list in Salesforce, and the value is not on it",
        "Salesforce demands a value in Region__c",
    ]


def test_a_restricted_lead_source_fails_and_another_list_is_a_warning(
    org: Salesforce, connectors: OpenConnector
) -> None:
    org.control("config", {"fields": {"LeadSource": {"restricted": True}, "Industry": {"restricted": True}}})
    steps = in_words(connectors(org.url, fields=mapping(Rule("Industry", Origin.FIELD, "company"))).check())
    assert steps[2][:2] == ("Field mapping", "failed")
    assert steps[2][2].startswith("LeadSource is a restricted pick list in Salesforce")
    assert steps[3] == (
        "Field mapping",
        "warning",
        "Industry takes only the values of its list in Salesforce; a lead with another one is refused. Map a constant, "
        "or another field.",
    )


def test_state_and_country_lists_are_pointed_out(org: Salesforce, connectors: OpenConnector) -> None:
    org.control("config", {"countries": {"KR": "South Korea"}})
    steps = in_words(connectors(org.url).check())
    assert [step for step in steps if step[1] == "warning"] == [
        (
            "Field mapping", "warning",
            "State and country lists are on in Salesforce. A lead whose country is not on the list is sent a second "
            "time, with the country in the description.",
        )
    ]  # fmt: skip
    assert "failed" not in {result for _label, result, _detail in steps}


@pytest.mark.parametrize(("used", "is_warned"), [(78, False), (79, True)])
def test_a_quota_that_is_nearly_used_up_is_pointed_out(
    org: Salesforce, connectors: OpenConnector, used: int, is_warned: bool
) -> None:
    org.control("config", {"limits": {"daily_calls": 100, "used_before": used}})
    last = in_words(connectors(org.url).check())[-1]
    warning = ("API requests", "warning", "80 of 100 API requests of the last 24 hours are used up.")
    assert last == (warning if is_warned else REPEATS)


@pytest.mark.parametrize("body", ["<html>Maintenance</html>", "[]", "{}", '{"fields": []}'])
def test_a_description_that_is_none_fails(org: Salesforce, connectors: OpenConnector, body: str) -> None:
    org.control("faults", {"action": "respond", "status": 200, "body": body, "match": {"path": DESCRIBE}})
    assert [step[:2] for step in in_words(connectors(org.url).check())] == [
        SIGNED_IN[:2],
        ("Right to create leads", "failed"),
    ]


@pytest.mark.parametrize(
    ("config", "start"),
    [
        ({"org": {"api": False}}, "The Salesforce edition, or the Run As user's profile, has no access to the API."),
        ({"versions": {"lowest": 68}}, "Salesforce no longer offers this API version."),
        ({"limits": {"daily_calls": 1, "used_before": 1}}, "The API requests that Salesforce allows in 24 hours"),
    ],
)
def test_what_stops_deliveries_fails_the_check(
    org: Salesforce, connectors: OpenConnector, config: dict[str, Any], start: str
) -> None:
    org.control("config", config)
    steps = in_words(connectors(org.url).check())
    assert [step[1] for step in steps] == ["passed", "failed"]
    assert steps[1][2].startswith(start)
