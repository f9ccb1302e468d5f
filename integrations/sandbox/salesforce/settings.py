"""How the organisation, the app, its user and the form are set."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.salesforce.lead_fields import LEAD_FIELDS, LeadField, field_named
from integrations.sandbox.salesforce.merging import (
    SECTION,
    choice,
    flag,
    labels,
    number,
    setting,
    table,
    text,
    whole,
)

HIDDEN = "***"
DAY = 24 * 3600
CONSUMER_KEY = f"3MVG9sandbox{'5a' * 36}5"
CONSUMER_SECRET = "5A" * 32


@dataclass(frozen=True)
class Org:
    """`my_domain` false plays login.salesforce.com; `maintenance` answers everything with a page. `lead_access` is the
    organization-wide default: with None queries find no lead, since all of them went to others."""

    id: str = setting("00D5a0000000001", text)
    active: bool = setting(True, flag)
    maintenance: bool = setting(False, flag)
    api: bool = setting(True, flag)
    lead_access: str = setting("ReadEditTransfer", choice("None", "Read", "Edit", "ReadEditTransfer"))
    storage_full: bool = setting(False, flag)
    my_domain: bool = setting(True, flag)


@dataclass(frozen=True)
class App:
    """The external client app. `answers_401` gives wrong credentials the status 401 in place of 400; `key` is the
    public RSA key of the JWT bearer flow as `n` and `e` of a JWK (RFC 7518, 6.3.1)."""

    consumer_key: str = setting(CONSUMER_KEY, text)
    consumer_secret: str = setting(CONSUMER_SECRET, text)
    client_credentials: bool = setting(True, flag)
    run_as: bool = setting(True, flag)
    approved: bool = setting(True, flag)
    ip_restricted: bool = setting(False, flag)
    answers_401: bool = setting(False, flag)
    key: Mapping[str, str] = setting({}, labels)


@dataclass(frozen=True)
class User:
    """The user the app runs as; `leads` is what it may do with leads."""

    name: str = setting("integration@sandbox.example", text)
    active: bool = setting(True, flag)
    api: bool = setting(True, flag)
    leads: str = setting("create", choice("create", "read", "none"))


@dataclass(frozen=True)
class Limits:
    """`session_seconds` begin anew with each use; `used_before` counts as calls made today. A call is long-running
    after `long_running_seconds`; while `concurrent` of those are under way, others are refused."""

    session_seconds: int = setting(7200, whole(1, DAY))
    logins_per_hour: int = setting(3600, whole(0, 1_000_000))
    daily_calls: int = setting(100_000, whole(0, 10_000_000))
    used_before: int = setting(0, whole(0, 10_000_000))
    concurrent: int = setting(25, whole(1, 10_000))
    long_running_seconds: float = setting(20.0, number(0, 600))


@dataclass(frozen=True)
class Versions:
    """The API versions that are served; older ones are answered with `retired_status`."""

    lowest: int = setting(31, whole(1, 999))
    highest: int = setting(68, whole(1, 999))
    retired_status: int = setting(410, whole(400, 499))


@dataclass(frozen=True)
class Rule:
    """Refuses leads that hold `value` in `field`: a validation rule, or with another `error` a trigger, a lock."""

    field: str = setting("Company", text)
    value: str = setting("REFUSE", text)
    error: str = setting("FIELD_CUSTOM_VALIDATION_EXCEPTION", text)
    message: str = setting("This company is not accepted.", text)


RULES = {"refused_company": Rule()}


@dataclass(frozen=True)
class Duplicates:
    """The duplicate rule, which compares e-mail addresses; `shows_id` names the record when a unique value is taken."""

    rule: str = setting("off", choice("off", "alert", "block"))
    message: str = setting("Use one of these records?", text)
    shows_id: bool = setting(True, flag)


@dataclass(frozen=True)
class Form:
    """Web-to-Lead. Forms are worked on `delay` seconds after they came; above `daily_limit` in 24 hours they wait, at
    most `queue_limit` of them. `answers` is the variant of the header: as usual, none at all, or success to anybody."""

    enabled: bool = setting(True, flag)
    delay: float = setting(0.5, number(0, DAY))
    recaptcha: bool = setting(False, flag)
    daily_limit: int = setting(500, whole(0, 1_000_000))
    queue_limit: int = setting(50_000, whole(0, 1_000_000))
    org_id_needed: bool = setting(False, flag)
    answers: str = setting("processed", choice("processed", "no_header", "always_processed"))


@dataclass(frozen=True)
class Settings:
    """`countries` are ISO codes with labels; where there are any, state and country pick lists are on."""

    org: Org = field(default_factory=Org, metadata=SECTION)
    app: App = field(default_factory=App, metadata=SECTION)
    user: User = field(default_factory=User, metadata=SECTION)
    limits: Limits = field(default_factory=Limits, metadata=SECTION)
    versions: Versions = field(default_factory=Versions, metadata=SECTION)
    fields: Mapping[str, LeadField] = setting(
        LEAD_FIELDS, table(lambda name: LeadField(label=name.removesuffix("__c").replace("_", " ")))
    )
    countries: Mapping[str, str] = setting({}, labels)
    rules: Mapping[str, Rule] = setting(RULES, table(lambda name: Rule()))
    duplicates: Duplicates = field(default_factory=Duplicates, metadata=SECTION)
    web_to_lead: Form = field(default_factory=Form, metadata=SECTION)

    @property
    def lead_fields(self) -> Mapping[str, LeadField]:
        """The fields as set, and the country's code while it is chosen from a list."""
        if not self.countries:
            return self.fields
        code = LeadField(
            label="Country Code",
            type="picklist",
            length=10,
            restricted=True,
            values=self.countries,
            form_name="country_code",
        )
        return {**self.fields, "CountryCode": code}

    def field_name(self, name: str) -> str | None:
        return field_named(self.lead_fields, name)

    def as_json(self) -> dict[str, Any]:
        gone = {"fields": dict.fromkeys(LEAD_FIELDS), "rules": dict.fromkeys(RULES)}
        shown = dataclasses.asdict(self)
        return {**shown, **{name: {**names, **shown[name]} for name, names in gone.items()}}

    def hidden(self) -> dict[str, Any]:
        """The settings fit to be shown."""
        shown = self.as_json()
        return {**shown, "app": {**shown["app"], "consumer_secret": HIDDEN}}
