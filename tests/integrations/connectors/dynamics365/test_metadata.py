"""What Dataverse says of its columns, in the form that Microsoft documents."""

from typing import Any

from integrations.connectors.dynamics365 import metadata
from integrations.connectors.dynamics365.fields import TARGETS
from integrations.mapping import TargetField, ValueType


def test_texts_bring_their_lengths() -> None:
    rows: list[dict[str, Any]] = [
        {"LogicalName": "subject", "MaxLength": 300, "IsValidForCreate": True, "MetadataId": "x"},
        {"LogicalName": "emailaddress1", "MaxLength": 100, "IsValidForCreate": True},
        {"LogicalName": "fullname", "MaxLength": 160, "IsValidForCreate": False},
        {"LogicalName": "odd", "MaxLength": None},
        {"MaxLength": 5},
    ]
    assert metadata.text_columns(rows, multiline=False) == [
        TargetField(name="subject", max_length=300),
        TargetField(name="emailaddress1", max_length=100, type=ValueType.EMAIL),
        TargetField(name="fullname", max_length=160, writable=False),
        TargetField(name="odd"),
    ]
    assert metadata.text_columns(rows[:1], multiline=True) == [
        TargetField(name="subject", max_length=300, multiline=True)
    ]


def test_other_columns_bring_their_types_and_lists_their_values() -> None:
    rows: list[dict[str, Any]] = [
        {"LogicalName": "subject", "SchemaName": "Subject", "AttributeType": "String", "IsValidForCreate": True},
        {"LogicalName": "donotemail", "SchemaName": "DoNotEMail", "AttributeType": "Boolean", "IsValidForCreate": True},
        {"LogicalName": "leadsourcecode", "AttributeType": "Picklist", "IsValidForCreate": True},
        {"LogicalName": "numberofemployees", "AttributeType": "Integer", "IsValidForCreate": True},
        {"LogicalName": "statecode", "AttributeType": "State", "IsValidForCreate": False},
        {"LogicalName": "new_seen", "AttributeType": "DateTime", "IsValidForCreate": True},
        {"LogicalName": "ownerid", "SchemaName": "OwnerId", "AttributeType": "Owner", "IsValidForCreate": True},
        {"LogicalName": "new_campaign", "SchemaName": "new_Campaign", "AttributeType": "Lookup"},
        {"LogicalName": "owneridname", "AttributeType": "EntityName", "IsValidForCreate": False},
        {"AttributeType": "Boolean"},
    ]
    lists: list[dict[str, Any]] = [
        {
            "LogicalName": "leadsourcecode",
            "OptionSet": {"Options": [{"Value": 1, "Label": {}}, {"Value": 100000000}, {"Value": None}]},
        },
        {"LogicalName": "leadqualitycode", "OptionSet": None},
    ]
    assert metadata.other_columns(rows, lists) == [
        TargetField(name="donotemail", type=ValueType.BOOLEAN),
        TargetField(name="leadsourcecode", type=ValueType.NUMBER, choices=("1", "100000000")),
        TargetField(name="numberofemployees", type=ValueType.NUMBER),
        TargetField(name="statecode", type=ValueType.NUMBER, writable=False),
        TargetField(name="new_seen", type=ValueType.DATE),
        TargetField(name="ownerid@odata.bind"),
        TargetField(name="OwnerId@odata.bind"),
        TargetField(name="new_campaign@odata.bind"),
        TargetField(name="new_Campaign@odata.bind"),
    ]


def test_where_only_texts_are_told_the_documented_columns_stand_in() -> None:
    names = {target.name for target in metadata.documented_columns()}
    assert names == {
        "leadsourcecode", "leadqualitycode", "donotemail", "donotphone", "donotbulkemail", "ownerid@odata.bind",
    }  # fmt: skip
    assert {target.name for target in TARGETS} > names


def test_the_state_of_a_key_is_that_of_the_one_with_this_column_alone() -> None:
    rows = [
        {"KeyAttributes": ["new_id", "subject"], "EntityKeyIndexStatus": "Active"},
        {"KeyAttributes": ["new_id"], "EntityKeyIndexStatus": "Pending"},
    ]
    assert metadata.key_state(rows, "new_id") == "Pending"
    assert (
        metadata.key_state([*rows, {"KeyAttributes": ["new_id"], "EntityKeyIndexStatus": "Active"}], "new_id")
        == "Active"
    )
    assert metadata.key_state(rows, "subject") == ""
