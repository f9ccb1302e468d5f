"""The Web-to-Lead form of an organisation of Salesforce, which works forms off after it has answered."""

from collections.abc import Sequence
from time import monotonic, sleep
from typing import Any

from integrations.contract import Arrival, FailureKind
from integrations.sandbox.salesforce import Salesforce
from tests.integrations.connectors.contract.far_side import Expected, Slip, Stored
from tests.integrations.connectors.contract.simulated import SimulatedFarSide

_PATIENCE = 5.0


class SalesforceWebToLeadFarSide(SimulatedFarSide):
    kind = "salesforce_web_to_lead"
    simulator_class = Salesforce
    collection = "leads"
    names = {
        "first_name": "FirstName", "last_name": "LastName", "email": "Email", "phone": "Phone", "country": "Country",
        "company": "Company", "title": "Title", "lead_source": "LeadSource",
    }  # fmt: skip
    composed_in = "Description"
    unsent = "Street"
    write_path = "/servlet/servlet.WebToLead"

    takes_forms = True
    recognises_repeats = False
    arrival = Arrival.UNCONFIRMED
    removes = False
    reads_fields = False
    has_tokens = False
    title_limit = 128
    check_shows = frozenset({Slip.HOST_DOWN})
    is_resumed_by_hand = True
    page_is_taken = True
    answers_without_body = True
    wrong_credentials = {"organization_id": "00D00000000000X"}
    refuses_credentials = Expected(FailureKind.MISCONFIGURED, "salesforce_form_refused", 200)
    refuses_permission = Expected(FailureKind.MISCONFIGURED, "salesforce_form_refused", 200)
    # The form takes every lead: a refusal speaks of the address.
    differs = {
        str(status): Expected(FailureKind.MISCONFIGURED, "salesforce_form_address", status)
        for status in (400, 401, 402, 403, 404, 410, 413, 422, 451)
    } | {"redirect": Expected(FailureKind.MISCONFIGURED, "salesforce_form_address", 307)}

    secrets: Sequence[str] = ()

    def set_up(self) -> dict[str, Any]:
        return {"web_to_lead": {"delay": 0}}

    def typed(self, url: str) -> dict[str, Any]:
        return {"organization_id": self.entered()["salesforce_oid"], "unusual_host": True, "address": url}

    def records(self) -> list[Stored]:
        ends_at = monotonic() + _PATIENCE
        while self._is_working():
            assert monotonic() < ends_at, "forms wait in the queue"
            sleep(0.005)
        return super().records()

    def _is_working(self) -> bool:
        forms = self.simulator.control("records?collection=forms")["records"]
        return any(form["fields"]["state"] == "queued" for form in forms)

    def withhold_permission(self) -> None:
        self.simulator.control("config", {"web_to_lead": {"enabled": False}})
