"""The columns of Dataverse's table Lead that are known beforehand, and the rules a new destination begins with.

Lengths as in Microsoft's "Lead table/entity reference"; customers may change them, so the check reads them anew.
"""

from dataclasses import replace

from integrations.contract import Record
from integrations.mapping import FieldMap, Origin, Rule, TargetField, ValueType

TARGETS = (
    TargetField(name="subject", label="Topic", max_length=300, required=True),
    TargetField(name="firstname", label="First Name", max_length=50),
    TargetField(name="lastname", label="Last Name", max_length=50, required=True),
    TargetField(name="emailaddress1", label="Email", type=ValueType.EMAIL, max_length=100),
    TargetField(name="telephone1", label="Business Phone", max_length=50),
    TargetField(name="mobilephone", label="Mobile Phone", max_length=20),
    TargetField(name="address1_country", label="Country/Region", max_length=80),
    TargetField(name="companyname", label="Company Name", max_length=100),
    TargetField(name="jobtitle", label="Job Title", max_length=100),
    TargetField(name="websiteurl", label="Website", max_length=200),
    TargetField(name="description", label="Description", max_length=2000, multiline=True),
    TargetField(name="leadsourcecode", label="Lead Source", type=ValueType.NUMBER),
    TargetField(
        name="leadqualitycode",
        label="Rating",
        type=ValueType.NUMBER,
        choices=("1", "2", "3"),
        choice_labels=("Hot", "Warm", "Cold"),
    ),
    TargetField(name="donotemail", label="Do not allow Emails", type=ValueType.BOOLEAN),
    TargetField(name="donotphone", label="Do not allow Phone Calls", type=ValueType.BOOLEAN),
    TargetField(name="donotbulkemail", label="Do not allow Bulk Emails", type=ValueType.BOOLEAN),
    TargetField(name="ownerid@odata.bind", label="Owner", max_length=200),
)

RULES = (
    Rule("subject", Origin.FIELD, "offer_title"),
    Rule("firstname", Origin.FIELD, "first_name"),
    Rule("lastname", Origin.FIELD, "last_name"),
    Rule("emailaddress1", Origin.FIELD, "email"),
    Rule("telephone1", Origin.FIELD, "phone"),
    Rule("address1_country", Origin.FIELD, "country"),
    Rule("companyname", Origin.FIELD, "company"),
    Rule("jobtitle", Origin.FIELD, "title"),
    Rule("description", Origin.DESCRIPTION),
    Rule("donotemail", Origin.FIELD, "is_dnc"),
    Rule("donotphone", Origin.FIELD, "is_dnc"),
    Rule("donotbulkemail", Origin.FIELD, "is_dnc"),
)

DEFAULT_FIELDS = FieldMap.of(TARGETS, RULES)


def marked(record: Record) -> Record:
    """A test lead says so where sales people look first: in the topic."""
    if not record.is_test:
        return record
    return replace(record, offer_title=f"TEST – {record.offer_title or 'Marketplace lead'}")


def constants(fields: FieldMap) -> dict[str, str]:
    """The columns that get the same value for every lead, with that value."""
    return {rule.target: rule.value for rule in fields.rules if rule.origin is Origin.CONSTANT}


def with_limit(fields: FieldMap, column: str, limit: int) -> FieldMap:
    """With a length that the system named when it refused a longer text."""
    target = fields.targets.get(column) or TargetField(name=column)
    if target.max_length is not None and target.max_length <= limit:
        return fields
    return replace(fields, targets={**fields.targets, column: replace(target, max_length=limit)})
