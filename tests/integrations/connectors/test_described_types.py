"""What each system calls a date or a list is one for the field mapping, with the words people know its values by."""

from typing import Any

import pytest

from integrations.connectors.dynamics365 import metadata
from integrations.connectors.dynamics365.fields import DEFAULT_FIELDS as DYNAMICS
from integrations.connectors.hubspot import fields as hubspot
from integrations.connectors.marketo import people as marketo
from integrations.connectors.salesforce import fields as salesforce
from integrations.connectors.salesforce_web_to_lead.fields import DEFAULT_FIELDS as WEB_TO_LEAD
from integrations.mapping import Origin, Rule, TargetField, ValueType


def of_dynamics(kind: str) -> TargetField:
    return metadata.other_columns([{"LogicalName": "x", "AttributeType": kind}], [])[0]


def of_hubspot(kind: str) -> TargetField:
    return hubspot.fields_in([{"name": "x", "type": kind}])[0]


def of_marketo(kind: str) -> TargetField:
    return marketo.fields_in([{"dataType": kind, "rest": {"name": "x"}}])[0]


def of_salesforce(kind: str) -> TargetField:
    described = salesforce.read_description({"fields": [{"name": "x", "type": kind}]})
    assert described
    return described.fields[0]


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        (of_dynamics, "DateTime"),
        (of_hubspot, "date"),
        (of_hubspot, "datetime"),
        (of_marketo, "date"),
        (of_marketo, "datetime"),
        (of_salesforce, "date"),
        (of_salesforce, "datetime"),
    ],
)
def test_a_date_is_known_as_one(target: Any, kind: str) -> None:
    assert target(kind).type is ValueType.DATE


def test_the_choices_of_dynamics_are_shown_with_their_labels() -> None:
    def option(value: int, label: str | None) -> dict[str, Any]:
        return {"Value": value, "Label": {"UserLocalizedLabel": {"Label": label} if label else None}}

    options = [option(1, "Hot"), option(2, "Warm"), option(3, None)]
    lists = [{"LogicalName": "leadqualitycode", "OptionSet": {"Options": options}}]
    columns = [{"LogicalName": "leadqualitycode", "AttributeType": "Picklist"}]
    assert metadata.other_columns(columns, lists)[0].takes == "One of: 1 (Hot), 2 (Warm), 3"
    assert DYNAMICS.targets["leadqualitycode"].takes == "One of: 1 (Hot), 2 (Warm), 3 (Cold)"


def test_web_to_lead_doubts_a_name_that_is_no_field_of_the_form() -> None:
    names = ("company", "00N5e00000AbCdE", "00N5e00000AbCdEFGH", "Company__c", "00N5e")
    mapped = WEB_TO_LEAD.with_rules(Rule(name, Origin.FIELD, "company") for name in names)
    assert [(doubt.position, doubt.code) for doubt in mapped.doubts()] == [
        (1, "name_not_proved"),
        (2, "name_not_proved"),
        (3, "name_not_known"),
        (4, "name_not_known"),
    ]
