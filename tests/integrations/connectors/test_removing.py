"""Taking a test record away is bounded as a whole, where it needs several calls."""

from typing import Any

import pytest

from integrations import tokens
from integrations.contract import Arrival, Delivered
from integrations.registry import connector_class
from tests.integrations.conftest import IMPATIENT
from tests.integrations.connectors.forms import settings_of
from tests.integrations.far_end import FarEnd, Line, answer
from tests.integrations.records import KEY

SLOWLY = 0.25  # seconds: one answer comes in time, two do not
DELETED = b'{"success": true, "result": [{"status": "deleted"}]}'
CASES = {
    "salesforce": (
        {
            "my_domain": "…",
            "unusual_host": True,
            "consumer_key": "3MVG9x",
            "consumer_secret": "s",
            "key_field": "Id__c",
        },
        "00Q000000000001",
    ),
    "marketo": (
        {"account": "…", "unusual_host": True, "client_id": "c", "client_secret": "s", "method": "sync"},
        "7",
    ),
}


@pytest.mark.parametrize("kind", CASES)
def test_sign_in_and_removal_share_the_time_of_one_call(far_end: FarEnd, kind: str) -> None:
    def slowly(line: Line) -> None:
        for body in (b'{"access_token": "00D!token", "expires_in": 3600}', DELETED):
            line.read_request()
            line.far_end.over.wait(SLOWLY)
            line.send(answer(200, body))

    far_end.plays(slowly)
    tokens.forget_all()
    typed, external_id = CASES[kind]
    made: Any = type("Impatient", (connector_class(kind),), {"limits": IMPATIENT})
    settings = settings_of(
        made.Config.of({name: far_end.url("") if value == "…" else value for name, value in typed.items()})
    )
    with made(settings) as connector:
        assert connector.remove(Delivered(Arrival.CREATED, external_id), KEY) is False
    assert len(far_end.requests) == 2
    assert SLOWLY < IMPATIENT.read < IMPATIENT.total < 2 * SLOWLY
