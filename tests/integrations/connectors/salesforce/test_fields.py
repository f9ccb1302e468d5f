"""What is read out of sObject Describe."""

from typing import Any

import pytest

from integrations.connectors.salesforce.fields import DEFAULT_FIELDS, fixed_fields, read_description
from integrations.mapping import Origin, Rule, TargetField, ValueType


def described(**field: Any) -> dict[str, Any]:
    usual = {
        "name": "X", "label": "X label", "type": "string", "length": 40, "nillable": True, "createable": True,
        "defaultedOnCreate": False, "restrictedPicklist": False, "picklistValues": [],
    }  # fmt: skip
    return {"createable": True, "fields": [usual | field]}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({}, {"max_length": 40}),
        ({"type": "textarea", "length": 32000}, {"max_length": 32000, "multiline": True}),
        ({"type": "email", "length": 80}, {"max_length": 80, "type": ValueType.EMAIL}),
        ({"type": "phone"}, {"max_length": 40}),
        ({"type": "boolean", "length": 0, "nillable": False, "defaultedOnCreate": True}, {"type": ValueType.BOOLEAN}),
        ({"type": "double", "length": 0}, {"type": ValueType.NUMBER}),
        ({"type": "reference", "length": 18}, {}),
        ({"nillable": False}, {"max_length": 40, "required": True}),
        ({"nillable": False, "defaultedOnCreate": True}, {"max_length": 40}),
        ({"nillable": False, "createable": False}, {"max_length": 40, "writable": False}),
        ({"type": "picklist", "length": 255, "picklistValues": [{"value": "Web"}]}, {"max_length": 255}),
        (
            {
                "type": "picklist", "length": 255, "restrictedPicklist": True,
                "picklistValues": [{"value": "Web", "active": True}, {"value": "Old", "active": False}, {"value": 3}],
            },
            {"max_length": 255, "type": ValueType.CHOICE, "choices": ("Web",)},
        ),
    ],
)  # fmt: skip
def test_a_field_is_what_salesforce_says_of_it(field: dict[str, Any], expected: dict[str, Any]) -> None:
    description = read_description(described(**field))
    assert description is not None
    assert description.fields == (TargetField(**{"name": "X", "label": "X label"} | expected),)


@pytest.mark.parametrize(
    ("field", "is_key"),
    [
        ({"externalId": True, "unique": True}, True),
        ({"externalId": True, "unique": False}, False),
        ({"unique": True}, False),
    ],
)
def test_a_key_is_both_external_id_and_unique(field: dict[str, Any], is_key: bool) -> None:
    description = read_description(described(**field))
    assert description is not None
    assert ("X" in description.unique_ids) is is_key


@pytest.mark.parametrize("content", [None, [], "text", {}, {"fields": 3}, {"fields": None}])
def test_what_is_no_description_is_none(content: Any) -> None:
    assert read_description(content) is None


def test_odd_entries_are_left_out() -> None:
    description = read_description({"fields": [None, 3, {}, {"name": ""}, {"name": "X"}]})
    assert description is not None
    assert [field.name for field in description.fields] == ["X"]
    assert description.is_createable is False


def test_the_mapping_that_a_new_destination_begins_with_has_no_problem() -> None:
    assert DEFAULT_FIELDS.problems() == []


def test_constants_and_the_raw_lead_source_are_the_same_for_all_leads_to_a_list() -> None:
    assert fixed_fields(DEFAULT_FIELDS) == {"LeadSource"}
    rules = (
        Rule("LeadSource", Origin.FIELD, "source"), Rule("Rating", Origin.CONSTANT, "Hot"),
        Rule("Industry", Origin.TEMPLATE, "{offer_id}"), Rule("Description", Origin.DESCRIPTION),
    )  # fmt: skip
    assert fixed_fields(DEFAULT_FIELDS.with_rules(rules)) == {"Rating"}
