"""What Salesforce says about the fields of Lead, filtered by what the user may see and write."""

from typing import Any

from integrations.sandbox.salesforce.lead_fields import LeadField
from integrations.sandbox.salesforce.settings import Settings

_SOAP_TYPES = {"boolean": "xsd:boolean", "datetime": "xsd:dateTime", "int": "xsd:int", "currency": "xsd:double"}
_ID_TYPES = {"id", "reference"}


def describe_lead(settings: Settings, path: str) -> dict[str, Any]:
    """The description as JSON; `path` is the address of Lead itself."""
    creates = settings.user.leads == "create"
    fields = settings.lead_fields
    return {
        "name": "Lead",
        "label": "Lead",
        "labelPlural": "Leads",
        "keyPrefix": "00Q",
        "custom": False,
        "createable": creates,
        "updateable": creates,
        "deletable": creates,
        "queryable": True,
        "searchable": True,
        "fields": [_field(name, field, creates=creates) for name, field in fields.items() if field.visible],
        "urls": {"sobject": path, "describe": f"{path}/describe", "rowTemplate": f"{path}/{{ID}}"},
    }


def _field(name: str, field: LeadField, *, creates: bool) -> dict[str, Any]:
    return {
        "name": name,
        "label": field.label,
        "type": field.type,
        "soapType": "tns:ID" if field.type in _ID_TYPES else _SOAP_TYPES.get(field.type, "xsd:string"),
        "length": field.length,
        "byteLength": field.length * 3,
        "createable": creates and field.createable,
        "updateable": creates and field.updateable,
        "nillable": not (field.required or field.defaulted),
        "defaultedOnCreate": field.defaulted,
        "externalId": field.external_id,
        "idLookup": field.external_id or field.type in {"id", "email"},
        "unique": field.unique,
        "caseSensitive": False,
        "filterable": field.filterable,
        "custom": name.endswith("__c"),
        "restrictedPicklist": field.restricted,
        "picklistValues": _choices(field),
    }


def _choices(field: LeadField) -> list[dict[str, Any]]:
    if field.type != "picklist":
        return []
    return [
        {"value": value, "label": label, "active": True, "defaultValue": False, "validFor": None}
        for value, label in field.values.items()
    ]
