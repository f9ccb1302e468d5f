"""A receiver that wants a bearer token and signatures, names its records, and tells of repeats with 409."""

import json
from collections.abc import Mapping
from typing import Any

from integrations.contract import FailureKind, Record
from integrations.sandbox.receiver import Receiver
from tests.integrations.connectors.contract.far_side import Action, Expected, Fault, Slip, Stored
from tests.integrations.connectors.contract.simulated import SimulatedFarSide

BEARER = "receiver.token-of_the/contract+tests"
SIGNING = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class HttpsFarSide(SimulatedFarSide):
    kind = "https"
    simulator_class = Receiver
    collection = ""
    names = {
        "first_name": "FirstName", "last_name": "LastName", "email": "Email", "phone": "Phone", "country": "Country",
        "company": "Company", "title": "Title", "lead_source": "LeadSource", "offer_title": "OfferTitle",
        "description": "Description",
    }  # fmt: skip
    unsent = "note"
    write_path = "/hook"

    removes = False
    composes = False
    reads_fields = False
    has_tokens = False
    check_shows = frozenset({Slip.HOST_DOWN})
    wrong_credentials = {"bearer_token": "something-else"}
    refuses_credentials = Expected(FailureKind.MISCONFIGURED, "https_token_or_signature_refused", 401)
    refuses_permission = Expected(FailureKind.MISCONFIGURED, "https_token_or_signature_refused", 403)
    refuses_record = Expected(FailureKind.REJECTED, "record_refused", 422)
    differs = {
        "401": refuses_credentials,
        "403": refuses_permission,
        "410": Expected(FailureKind.MISCONFIGURED, "receiver_asks_to_stop", 410),
    }

    secrets = (BEARER, SIGNING)

    def set_up(self) -> dict[str, Any]:
        return {"receiver": "", "bearer": BEARER, "secrets": [SIGNING], "on_repeat": "conflict"}

    def typed(self, url: str) -> dict[str, Any]:
        return {
            "url": f"{url}/hook", "sign_in": "bearer", "bearer_token": BEARER, "signing_secret": SIGNING,
            "already_there_statuses": "409", "answer_holds_id": True,
        }  # fmt: skip

    def _stored(self, place: str, fields: Mapping[str, Any]) -> Stored:
        flat = fields["body"] | fields["body"]["UserDetails"]
        return super()._stored(place, flat)._replace(everything=fields)

    def edit(self, stored: Stored, company: str) -> None:
        body = stored.everything["body"]
        self._change(stored, "body", body | {"UserDetails": body["UserDetails"] | {"Company": company}})

    def withhold_permission(self) -> None:
        self.meet(Fault(action=Action.RESPOND, status=403, times=None))

    def refused(self, record: Record) -> Record:
        self.meet(Fault(action=Action.RESPOND, status=422))
        return record

    def saying(self, text: str) -> str:
        return json.dumps({"error": text})
