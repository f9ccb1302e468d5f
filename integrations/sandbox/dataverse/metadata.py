"""The definition of the table: its columns and keys (Microsoft's "Query table definitions using the Web API")."""

import re
from collections.abc import Mapping
from typing import Any

from integrations.sandbox.dataverse.columns import AlternateKey, Column, Kind
from integrations.sandbox.dataverse.environment import Environment, stable_id
from integrations.sandbox.dataverse.errors import NO_RECORD, ApiError, bad_request, no_resource
from integrations.sandbox.dataverse.outcome import Outcome, content
from integrations.sandbox.dataverse.query import no_property, read_names, read_options
from integrations.sandbox.messages import Request

TYPES: Mapping[Kind, tuple[str, str]] = {
    Kind.TEXT: ("String", "String"),
    Kind.MEMO: ("Memo", "Memo"),
    Kind.OPTION: ("Picklist", "Picklist"),
    Kind.STATE: ("State", "State"),
    Kind.BOOLEAN: ("Boolean", "Boolean"),
    Kind.WHOLE: ("Integer", "Integer"),
    Kind.MOMENT: ("DateTime", "DateTime"),
    Kind.UUID: ("UniqueIdentifier", "Uniqueidentifier"),
    Kind.OWNER: ("Lookup", "Owner"),
}
_SPACE = "Microsoft.Dynamics.CRM"
_KEYS = re.compile(r"Keys(?:\(\$select=([^()]*)\))?")


def table_definition(environment: Environment, request: Request, table: str) -> Outcome:
    """`GET /EntityDefinitions(LogicalName='lead')?$select=…&$expand=Keys($select=…)`."""
    options = read_options(request, {"$select", "$expand"})
    _require(environment, table)
    context = f"{environment.context}EntityDefinitions/$entity"
    definition = _selected(_table(), options.get("$select"), f"{_SPACE}.EntityMetadata")
    return Outcome(content(200, {"@odata.context": context, **definition, **_expanded(environment, options)}))


def attributes(environment: Environment, request: Request, table: str, cast: str | None) -> Outcome:
    """`GET /EntityDefinitions(LogicalName='lead')/Attributes`, all or those of one type."""
    options = read_options(request, {"$select"})
    _require(environment, table)
    columns = environment.settings.columns
    if cast is not None:
        if cast not in {odata for odata, _ in TYPES.values()}:
            raise no_resource(f"{_SPACE}.{cast}AttributeMetadata")
        columns = tuple(column for column in columns if TYPES[column.kind][0] == cast)
    shown = [_attribute(column, cast, options.get("$select")) for column in columns]
    kind = f"/{_SPACE}.{cast}AttributeMetadata" if cast else ""
    context = f"{environment.context}EntityDefinitions('{table}')/Attributes{kind}"
    return Outcome(content(200, {"@odata.context": context, "value": shown}))


def _require(environment: Environment, table: str) -> None:
    environment.require("prvReadEntity", table="entity")
    if table != "lead" or not environment.settings.lead_table:
        raise ApiError(404, NO_RECORD, f"Could not find an entity with name {table}.", "absent")


def _table() -> dict[str, Any]:
    return {
        "LogicalName": "lead",
        "SchemaName": "Lead",
        "EntitySetName": "leads",
        "ObjectTypeCode": 4,
        "PrimaryIdAttribute": "leadid",
        "PrimaryNameAttribute": "fullname",
        "MetadataId": stable_id("lead"),
    }


def _attribute(column: Column, cast: str | None, select: str | None) -> dict[str, Any]:
    odata, attribute_type = TYPES[column.kind]
    properties: dict[str, Any] = {
        "LogicalName": column.name,
        "AttributeType": attribute_type,
        "IsValidForCreate": column.for_create,
        "IsValidForUpdate": column.for_update,
        "IsValidForRead": True,
        "RequiredLevel": {
            "Value": column.required,
            "CanBeChanged": column.required != "SystemRequired",
            "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings",
        },
        "MetadataId": stable_id(f"lead.{column.name}"),
    }
    if cast is None:
        return {"@odata.type": f"#{_SPACE}.{odata}AttributeMetadata"} | _selected(
            properties, select, f"{_SPACE}.AttributeMetadata"
        )
    length = {"MaxLength": column.length} if column.kind in {Kind.TEXT, Kind.MEMO} else {}
    return _selected(properties | length, select, f"{_SPACE}.{cast}AttributeMetadata")


def _selected(properties: Mapping[str, Any], select: str | None, kind: str) -> dict[str, Any]:
    """The properties asked for, and always the `MetadataId`."""
    if select is None:
        return dict(properties)
    names = read_names(select)
    for name in names:
        if name not in properties:
            raise no_property(name, kind)
    return {name: properties[name] for name in (*names, "MetadataId")}


def _expanded(environment: Environment, options: Mapping[str, str]) -> dict[str, Any]:
    expand = options.get("$expand")
    if expand is None:
        return {}
    found = _KEYS.fullmatch(expand)
    if found is None:
        raise bad_request(f"Syntax error in '{expand}'.", "query")
    kind = f"{_SPACE}.EntityKeyMetadata"
    return {"Keys": [_selected(_key(key), found[1], kind) for key in environment.settings.keys]}


def _key(key: AlternateKey) -> dict[str, Any]:
    return {
        "LogicalName": key.name,
        "SchemaName": key.name,
        "EntityLogicalName": "lead",
        "KeyAttributes": list(key.columns),
        "EntityKeyIndexStatus": key.status,
        "MetadataId": stable_id(f"lead.key.{key.name}"),
    }
