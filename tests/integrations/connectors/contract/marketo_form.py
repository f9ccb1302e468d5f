"""A form of Marketo, as a browser posts to it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from integrations.contract import Arrival, FailureKind, Record
from integrations.sandbox.marketo import Marketo
from tests.integrations.connectors.contract.far_side import Action, Expected, Fault, Slip
from tests.integrations.connectors.contract.marketo import MarketoFarSide
from tests.integrations.connectors.contract.simulated import SimulatedFarSide


class MarketoFormFarSide(SimulatedFarSide):
    kind = "marketo_form"
    simulator_class = Marketo
    collection = "people"
    names = MarketoFarSide.names
    unsent = MarketoFarSide.unsent
    write_path = "/index.php/leadCapture/save2"

    takes_forms = True
    recognises_repeats = False
    arrival = Arrival.UNCONFIRMED
    overwrites = True
    one_call_at_a_time = True
    removes = False
    composes = False
    has_tokens = False
    title_limit = 255
    check_shows = frozenset({Slip.HOST_DOWN})
    is_resumed_by_hand = True
    page_is_taken = True
    wrong_credentials = {"form_id": "4711"}
    refuses_credentials = Expected(FailureKind.MISCONFIGURED, "marketo_form_ids", 400)
    refuses_permission = Expected(FailureKind.MISCONFIGURED, "marketo_form_forbidden", 403)
    refuses_record = Expected(FailureKind.REJECTED, "record_refused", 422)
    differs = {
        "400": Expected(FailureKind.MISCONFIGURED, "marketo_form_ids", 400),
        **{
            str(status): Expected(FailureKind.MISCONFIGURED, "marketo_form_forbidden", status)
            for status in (401, 402, 403, 451)
        },
        **{str(status): Expected(FailureKind.MISCONFIGURED, "marketo_form_not_found", status) for status in (404, 410)},
        "redirect": Expected(FailureKind.MISCONFIGURED, "marketo_form_not_found", 307),
        "429": Expected(FailureKind.THROTTLED, "throttled", 429, timedelta(seconds=60)),
    }

    secrets: Sequence[str] = ()

    def set_up(self) -> dict[str, Any]:
        return {"race_window": 0.01, "unknown_form": "400"}

    def typed(self, url: str) -> dict[str, Any]:
        munchkin_id = self.entered()["marketo_munchkin_id"]
        return {"munchkin_id": munchkin_id, "form_id": "1179", "server_id": url, "unusual_host": True}

    def withhold_permission(self) -> None:
        self.meet(Fault(action=Action.RESPOND, status=403, times=None))

    def refused(self, record: Record) -> Record:
        self.meet(Fault(action=Action.RESPOND, status=422))
        return record

    def saying(self, text: str) -> str:
        return json.dumps({"formId": "1179", "error": True, "errorMessage": text})
