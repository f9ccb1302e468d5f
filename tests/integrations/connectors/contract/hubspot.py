"""An account of HubSpot with a private app."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from integrations.connectors.hubspot.connector import INDEX_BEHIND
from integrations.connectors.hubspot.fields import CONTACT
from integrations.contract import Arrival, FailureKind, Record
from integrations.mapping import Origin, Rule
from integrations.sandbox.hubspot import HubSpot
from tests.integrations.connectors.contract.far_side import Expected, Searched, Stored
from tests.integrations.connectors.contract.people import RECORD
from tests.integrations.connectors.contract.simulated import SimulatedFarSide

KEY_PROPERTY = "marketplace_lead_id"
TOKEN = "pat-eu1-0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
READ, WRITE = "crm.objects.contacts.read", "crm.objects.contacts.write"


class HubSpotFarSide(SimulatedFarSide):
    kind = "hubspot"
    simulator_class = HubSpot
    collection = "contacts"
    names = {
        "first_name": "firstname", "last_name": "lastname", "email": "email", "phone": "phone", "country": "country",
        "company": "company", "title": "jobtitle",
    }  # fmt: skip
    composed_in = "message"
    unsent = "city"
    write_path = "/crm/objects/2026-03/contacts"
    search_path = f"{write_path}/search"

    can_be_searched = True
    repeat = Arrival.UPDATED
    overwrites = True
    one_call_at_a_time = True
    has_tokens = False
    most_in_call = 100
    title_limit = 65_536
    wrong_credentials = {"access_token": TOKEN.replace("4e5f", "ffff")}
    refuses_credentials = Expected(FailureKind.MISCONFIGURED, "hubspot_token_refused", 401)
    refuses_permission = Expected(FailureKind.MISCONFIGURED, "hubspot_scope_missing", 403)
    refuses_record = Expected(FailureKind.REJECTED, "hubspot_email_refused", 207)
    refuses_field = Expected(FailureKind.MISCONFIGURED, "hubspot_property_unknown", 400)
    differs = {
        "400": Expected(FailureKind.REJECTED, "hubspot_lead_refused", 400),
        "401": Expected(FailureKind.MISCONFIGURED, "hubspot_token_refused", 401),
        "404": Expected(FailureKind.MISCONFIGURED, "hubspot_path_unknown", 404),
        "429": Expected(FailureKind.THROTTLED, "hubspot_rate_limit", 429, timedelta(seconds=10)),
        "429 and when": Expected(FailureKind.THROTTLED, "hubspot_rate_limit", 429, timedelta(seconds=7)),
    }

    secrets = (TOKEN,)

    def set_up(self) -> dict[str, Any]:
        return {"tokens": {TOKEN: {"scopes": [READ, WRITE]}}}

    def typed(self, url: str) -> dict[str, Any]:
        return {"access_token": TOKEN, "unusual_host": True, "api_url": url}

    def _stored(self, place: str, fields: Mapping[str, Any]) -> Stored:
        kept = {name: value for name, value in fields.items() if name != "lastmodifieddate"}
        return super()._stored(place, kept)

    def searched(self) -> Searched:
        """Somebody without an e-mail address, and a property for the lead's ID that is not unique."""
        self.simulator.control("config", {"properties": {KEY_PROPERTY: {"unique": False}}})
        fields = CONTACT.with_rules((*CONTACT.rules, Rule(KEY_PROPERTY, Origin.FIELD, "key")))
        return Searched(replace(RECORD, email=""), {}, fields)

    def index_catches_up(self) -> None:
        self.simulator.control("clock", {"offset": INDEX_BEHIND.total_seconds()})

    def withhold_permission(self) -> None:
        self.simulator.control("config", {"tokens": {TOKEN: {"scopes": [READ]}}})

    def refused(self, record: Record) -> Record:
        """HubSpot takes at most 64 characters before the @."""
        return replace(record, email="x" * 64 + record.email)

    def saying(self, text: str) -> str:
        context = {"propertyName": [text]}
        detail = {"message": text, "code": "INVALID_OPTION", "context": context}
        return json.dumps({"status": "error", "message": text, "category": "VALIDATION_ERROR", "errors": [detail]})
