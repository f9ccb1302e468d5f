"""The fields of Lead as an organisation has them set up, for the user the app runs as."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.salesforce.merging import choice, flag, labels, setting, text, whole

TYPES = (
    *("boolean", "currency", "datetime", "email", "id", "int", "phone", "picklist", "reference", "string"),
    *("textarea", "url"),
)
NUMBERS = {"currency", "int"}


@dataclass(frozen=True)
class LeadField:
    """One field. `length` in characters, 0 without a limit; `values` are the pick list's values with their labels, or
    of a reference the ids that exist; `restricted` lets no other value in.

    `visible` and the two rights are the user's. `form_name` is what Web-to-Lead calls the field: its own name for a
    standard field, the id for a custom one.
    """

    label: str = setting("", text)
    type: str = setting("string", choice(*TYPES))
    length: int = setting(255, whole(0, 131_072))
    required: bool = setting(False, flag)
    defaulted: bool = setting(False, flag)
    visible: bool = setting(True, flag)
    createable: bool = setting(True, flag)
    updateable: bool = setting(True, flag)
    external_id: bool = setting(False, flag)
    unique: bool = setting(False, flag)
    restricted: bool = setting(False, flag)
    values: Mapping[str, str] = setting({}, labels)
    form_name: str = setting("", text)

    @property
    def filterable(self) -> bool:
        return self.type != "textarea"

    @property
    def is_number(self) -> bool:
        return self.type in NUMBERS


def _texts(length: int, label: str, form_name: str = "", kind: str = "string", **more: Any) -> LeadField:
    return LeadField(label=label, type=kind, length=length, form_name=form_name, **more)


def _own(label: str, kind: str, length: int = 0) -> LeadField:
    """A field that only Salesforce writes."""
    return LeadField(label=label, type=kind, length=length, createable=False, updateable=False, defaulted=True)


def _box(label: str, form_name: str) -> LeadField:
    return LeadField(label=label, type="boolean", length=0, defaulted=True, form_name=form_name)


def _list(label: str, form_name: str, *values: str, **more: Any) -> LeadField:
    return _texts(255, label, form_name, "picklist", values={value: value for value in values}, **more)


STATUSES = ("Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted")
LEAD_FIELDS: Mapping[str, LeadField] = {
    "Id": _own("Lead ID", "id", 18),
    "FirstName": _texts(40, "First Name", "first_name"),
    "LastName": _texts(80, "Last Name", "last_name", required=True),
    "Name": _own("Full Name", "string", 121),
    "Company": _texts(255, "Company", "company", required=True),
    "Title": _texts(128, "Title", "title"),
    "Email": _texts(80, "Email", "email", "email"),
    "Phone": _texts(40, "Phone", "phone", "phone"),
    "MobilePhone": _texts(40, "Mobile Phone", "mobile", "phone"),
    "Fax": _texts(40, "Fax", "fax", "phone"),
    "Website": _texts(255, "Website", "URL", "url"),
    "Street": _texts(255, "Street", "street", "textarea"),
    "City": _texts(40, "City", "city"),
    "State": _texts(80, "State/Province", "state"),
    "PostalCode": _texts(20, "Zip/Postal Code", "zip"),
    "Country": _texts(80, "Country", "country"),
    "Description": _texts(32_000, "Description", "description", "textarea"),
    "LeadSource": _list("Lead Source", "lead_source", "Web", "Phone Inquiry", "Partner Referral", "Other"),
    "Status": _list("Status", "", *STATUSES, defaulted=True),
    "Industry": _list("Industry", "industry", "Banking", "Manufacturing", "Retail", "Technology", "Other"),
    "Rating": _list("Rating", "rating", "Hot", "Warm", "Cold"),
    "AnnualRevenue": LeadField("Annual Revenue", "currency", 0, form_name="revenue"),
    "NumberOfEmployees": LeadField("Employees", "int", 0, form_name="employees"),
    "HasOptedOutOfEmail": _box("Email Opt Out", "emailOptOut"),
    "HasOptedOutOfFax": _box("Fax Opt Out", "faxOptOut"),
    "DoNotCall": _box("Do Not Call", "doNotCall"),
    "OwnerId": _texts(18, "Owner ID", "", "reference", defaulted=True),
    "IsConverted": _own("Converted", "boolean"),
    "CreatedDate": _own("Created Date", "datetime"),
    "LastModifiedDate": _own("Last Modified Date", "datetime"),
    "Marketplace_Lead_Id__c": _texts(36, "Marketplace Lead Id", "00N000000000001", external_id=True, unique=True),
    "Marketplace_Reference__c": _texts(36, "Marketplace Reference", "00N000000000002"),
}


def field_named(fields: Mapping[str, LeadField], name: str) -> str | None:
    """The field's name as it is set up, whatever its letter case in the request; None when the user sees no such."""
    if name in fields:
        return name if fields[name].visible else None
    wanted = name.lower()
    return next((one for one, field in fields.items() if one.lower() == wanted and field.visible), None)
