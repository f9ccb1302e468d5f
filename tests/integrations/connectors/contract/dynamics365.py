"""Dataverse with its directory."""

import json
from dataclasses import replace
from typing import Any

from integrations.contract import FailureKind, Record
from integrations.sandbox.dataverse import Dataverse
from tests.integrations.connectors.contract.far_side import Expected
from tests.integrations.connectors.contract.simulated import SimulatedFarSide


class Dynamics365FarSide(SimulatedFarSide):
    kind = "dynamics365"
    simulator_class = Dataverse
    collection = "leads"
    names = {
        "first_name": "firstname", "last_name": "lastname", "email": "emailaddress1", "phone": "telephone1",
        "country": "address1_country", "company": "companyname", "title": "jobtitle", "offer_title": "subject",
    }  # fmt: skip
    composed_in = "description"
    unsent = "websiteurl"
    write_path = "/api/data/"
    token_path = "/oauth2/v2.0/token"

    most_in_call = 100
    title_limit = 100
    answers_without_body = True
    wrong_credentials = {"client_secret": "wrong8Q~secret"}
    refuses_credentials = Expected(FailureKind.MISCONFIGURED, "entra_secret_wrong", 401)
    refuses_permission = Expected(FailureKind.MISCONFIGURED, "dynamics365_privilege_missing", 403)
    refuses_record = Expected(FailureKind.REJECTED, "dynamics365_plugin_refused", 400)
    refuses_field = Expected(FailureKind.MISCONFIGURED, "dynamics365_column_unknown", 400)
    differs = {"401": Expected(FailureKind.MISCONFIGURED, "dynamics365_token_refused", 401)}

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.entered()["dataverse_secret"],)

    def set_up(self) -> dict[str, Any]:
        return {"variants": {"plug_in": "refuses"}}

    def typed(self, url: str) -> dict[str, Any]:
        entered = self.entered()
        return {
            "environment_url": url, "tenant_id": entered["dataverse_tenant"],
            "client_id": entered["dataverse_client"], "client_secret": entered["dataverse_secret"],
            "token_authority": url, "unusual_host": True,
        }  # fmt: skip

    def withhold_permission(self) -> None:
        self.simulator.control("config", {"privileges": ["prvReadUser", "prvReadEntity"]})

    def refused(self, record: Record) -> Record:
        return replace(record, company="REFUSE")

    def saying(self, text: str) -> str:
        return json.dumps({"error": {"code": "0x80040265", "message": text}})
