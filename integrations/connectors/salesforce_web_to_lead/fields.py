"""The fields of the form: names of Salesforce's "Generate a Web-to-Lead Form", lengths of Lead's fields behind it."""

import re

from integrations.mapping import FieldMap, Origin, OwnNames, Rule, TargetField, ValueType

TARGETS = (
    TargetField(name="first_name", label="First Name", max_length=40),
    TargetField(name="last_name", label="Last Name", max_length=80, required=True),
    TargetField(name="company", label="Company", max_length=255, required=True),
    TargetField(name="title", label="Title", max_length=128),
    TargetField(name="email", label="Email", type=ValueType.EMAIL, max_length=80),
    TargetField(name="phone", label="Phone", max_length=40),
    TargetField(name="mobile", label="Mobile", max_length=40),
    TargetField(name="fax", label="Fax", max_length=40),
    TargetField(name="street", label="Address", max_length=255, multiline=True),
    TargetField(name="city", label="City", max_length=40),
    TargetField(name="state", label="State/Province", max_length=80),
    TargetField(name="state_code", label="State/Province (list)", max_length=10),
    TargetField(name="zip", label="Zip", max_length=20),
    TargetField(name="country", label="Country", max_length=80),
    TargetField(name="country_code", label="Country (list)", max_length=10),
    TargetField(name="URL", label="Website", max_length=255),
    TargetField(name="description", label="Description", max_length=32000, multiline=True),
    TargetField(name="lead_source", label="Lead Source", max_length=255),
    TargetField(name="industry", label="Industry", max_length=255),
    TargetField(name="rating", label="Rating", max_length=255),
    TargetField(name="revenue", label="Annual Revenue", type=ValueType.NUMBER),
    TargetField(name="employees", label="Employees", type=ValueType.NUMBER),
    TargetField(name="emailOptOut", label="Email Opt Out", type=ValueType.BOOLEAN),
    TargetField(name="faxOptOut", label="Fax Opt Out", type=ValueType.BOOLEAN),
    TargetField(name="doNotCall", label="Do Not Call", type=ValueType.BOOLEAN),
)
RULES = (
    Rule("first_name", Origin.FIELD, "first_name"),
    Rule("last_name", Origin.FIELD, "last_name"),
    Rule("email", Origin.FIELD, "email"),
    Rule("company", Origin.FIELD, "company"),
    Rule("title", Origin.FIELD, "title"),
    Rule("phone", Origin.FIELD, "phone"),
    Rule("country", Origin.FIELD, "country"),
    Rule("lead_source", Origin.FIELD, "lead_source"),
    Rule("description", Origin.DESCRIPTION),
)
# A custom field goes by its ID, of 15 or 18 characters.
OWN_NAMES = OwnNames(re.compile(r"00N[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?"), "00N…")
DEFAULT_FIELDS = FieldMap.of(TARGETS, RULES, own_names=OWN_NAMES)
