"""Failures that are asked for, on every route; what is stored nevertheless and what is not."""

import http.client
from typing import Any

import pytest

from integrations.sandbox.dataverse import Dataverse
from tests.integrations.sandbox.dataverse.caller import (
    API,
    LEAD_ID,
    TENANT,
    Caller,
    ask_token,
    code,
    events,
    last_request,
    leads,
)
from tests.integrations.sandbox.sender import send


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", f"{API}/leads({LEAD_ID})"),
        ("POST", f"{API}/leads"),
        ("POST", f"{API}/leads/Microsoft.Dynamics.CRM.CreateMultiple"),
        ("POST", f"{API}/$batch"),
        ("GET", f"{API}/WhoAmI"),
        ("GET", f"{API}/EntityDefinitions(LogicalName='lead')"),
        ("POST", f"/{TENANT}/oauth2/v2.0/token"),
        ("GET", "/main.aspx"),
    ],
)
def test_every_route_can_be_made_to_fail(dataverse: Dataverse, method: str, path: str) -> None:
    dataverse.control("faults", {"action": "respond", "status": 502, "match": {"method": method, "path": path}})
    assert send(dataverse.url, method, path).status == 502
    assert send(dataverse.url, method, path).status != 502


def test_a_lead_is_stored_although_its_answer_is_lost(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("faults", {"action": "commit_then_drop", "match": {"method": "PATCH"}})
    with pytest.raises(http.client.RemoteDisconnected):
        caller.patch()
    dataverse.control("records", {"collection": "leads", "key": LEAD_ID, "fields": {"jobtitle": "CEO"}})
    assert caller.patch().status == 412
    assert events(dataverse) == ["created", "edited", "repeated"]
    assert leads(dataverse)[0]["fields"]["jobtitle"] == "CEO"


def test_nothing_is_stored_when_the_fault_stands_in_for_the_answer(dataverse: Dataverse, caller: Caller) -> None:
    dataverse.control("faults", {"action": "respond", "status": 503, "headers": {"Retry-After": "7"}})
    reply = caller.patch()
    assert (reply.status, reply.headers["retry-after"]) == (503, "7")
    assert leads(dataverse) == []
    assert (last_request(dataverse)["person"], last_request(dataverse)["key"]) == ("Mina Park", LEAD_ID)


def test_the_throttle_button_answers_as_the_service_does(dataverse: Dataverse, caller: Caller) -> None:
    fault: dict[str, Any] = dataverse.presets["throttle"]
    dataverse.control("faults", fault)
    assert ask_token(dataverse).status == 200
    reply = caller.patch()
    assert (code(reply), reply.headers["retry-after"]) == ((429, "0x80072326"), "5")
    assert caller.patch().status == 204


def test_a_lost_token_was_issued_nevertheless(dataverse: Dataverse) -> None:
    dataverse.control("faults", {"action": "commit_then_drop", "match": {"path": "/oauth2/"}})
    with pytest.raises(http.client.RemoteDisconnected):
        ask_token(dataverse)
    assert ask_token(dataverse).status == 200
    assert dataverse.control("requests?collection=token")["count"] == 2
