"""Marketo's REST API."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from integrations.contract import Arrival, FailureKind, Record
from integrations.sandbox.marketo import Marketo
from tests.integrations.connectors.contract.far_side import Expected
from tests.integrations.connectors.contract.simulated import SimulatedFarSide

_LONGEST_WORK = timedelta(seconds=90)


class MarketoFarSide(SimulatedFarSide):
    kind = "marketo"
    simulator_class = Marketo
    collection = "people"
    names = {
        "first_name": "firstName", "last_name": "lastName", "email": "email", "phone": "phone", "country": "country",
        "company": "company", "title": "title", "lead_source": "leadSource",
    }  # fmt: skip
    unsent = "website"
    write_path = "/rest/v1/leads.json"
    token_path = "/identity/oauth/token"

    repeat = Arrival.UPDATED
    overwrites = True
    one_call_at_a_time = True
    composes = False
    most_in_call = 300
    title_limit = 255
    wrong_credentials = {"client_secret": "WrongSecret-0000"}
    refuses_credentials = Expected(FailureKind.MISCONFIGURED, "marketo_client_refused", 401)
    refuses_permission = Expected(FailureKind.MISCONFIGURED, "marketo_access_denied", 200)
    refuses_record = Expected(FailureKind.REJECTED, "marketo_value_refused", 200)
    refuses_field = Expected(FailureKind.MISCONFIGURED, "marketo_field_unknown", 200)
    differs = {
        "401": Expected(FailureKind.MISCONFIGURED, "marketo_token_refused", 401),
        # It goes on with a call whose line broke; a second one beside it could make two people.
        "dropped before": Expected(FailureKind.UNANSWERED, "connection_lost", None, _LONGEST_WORK),
        "dropped after": Expected(FailureKind.UNANSWERED, "connection_lost", None, _LONGEST_WORK),
        "answered late": Expected(FailureKind.UNANSWERED, "no_answer_in_time", None, _LONGEST_WORK),
        "answered byte by byte": Expected(FailureKind.UNANSWERED, "no_answer_in_time", None, _LONGEST_WORK),
    }

    @property
    def secrets(self) -> tuple[str, ...]:
        return (self.entered()["marketo_client_secret"],)

    def set_up(self) -> dict[str, Any]:
        return {"race_window": 0.01}

    def typed(self, url: str) -> dict[str, Any]:
        entered = self.entered()
        return {
            "account": url, "client_id": entered["marketo_client_id"],
            "client_secret": entered["marketo_client_secret"], "unusual_host": True,
        }  # fmt: skip

    def withhold_permission(self) -> None:
        self.simulator.control("config", {"permissions": []})

    def refused(self, record: Record) -> Record:
        """Marketo takes fewer addresses than there are."""
        return replace(record, email=record.email.replace("@", "@under_"))

    def saying(self, text: str) -> str:
        return json.dumps({"requestId": "a#1", "success": False, "errors": [{"code": "1003", "message": text}]})
