"""An organisation of Salesforce with its API."""

import json
from dataclasses import replace
from typing import Any

from integrations.contract import FailureKind, Record
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.connectors.contract.far_side import Expected, Searched
from tests.integrations.connectors.contract.people import RECORD
from tests.integrations.connectors.contract.simulated import SimulatedFarSide


class SalesforceFarSide(SimulatedFarSide):
    kind = "salesforce"
    simulator_class = Salesforce
    collection = "leads"
    names = {
        "first_name": "FirstName", "last_name": "LastName", "email": "Email", "phone": "Phone", "country": "Country",
        "company": "Company", "title": "Title", "lead_source": "LeadSource",
    }  # fmt: skip
    composed_in = "Description"
    unsent = "Street"
    write_path = "/sobjects"
    search_path = "/composite/batch"
    token_path = "/services/oauth2/token"

    can_be_searched = True
    most_in_call = 200
    title_limit = 128
    wrong_credentials = {"consumer_secret": "F" * 64}
    refuses_credentials = Expected(FailureKind.MISCONFIGURED, "salesforce_consumer_secret_wrong", 400)
    refuses_permission = Expected(FailureKind.MISCONFIGURED, "salesforce_no_right", 403)
    refuses_record = Expected(FailureKind.REJECTED, "salesforce_validation_rule", 400)
    refuses_field = Expected(FailureKind.MISCONFIGURED, "salesforce_field_unknown", 400)
    differs = {
        "401": Expected(FailureKind.MISCONFIGURED, "salesforce_session_refused", 401),
        "410": Expected(FailureKind.MISCONFIGURED, "salesforce_api_version", 410),
    }

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.entered()["salesforce_consumer_secret"],)

    def set_up(self) -> dict[str, Any]:
        return {}

    def typed(self, url: str) -> dict[str, Any]:
        entered = self.entered()
        return {
            "my_domain": url, "consumer_key": entered["salesforce_consumer_key"],
            "consumer_secret": entered["salesforce_consumer_secret"], "unusual_host": True,
        }  # fmt: skip

    def searched(self) -> Searched:
        return Searched(RECORD, {"key_field": ""})

    def withhold_permission(self) -> None:
        self.simulator.control("config", {"user": {"leads": "read"}})

    def refused(self, record: Record) -> Record:
        return replace(record, company="REFUSE")

    def saying(self, text: str) -> str:
        return json.dumps([{"errorCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": text, "fields": [text]}])
