"""Limits, servers in trouble, answers that are none, and addresses where nobody may go."""

from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from integrations.connectors.dynamics365 import Dynamics365Connector
from integrations.contract import Delivered, Failure, FailureKind
from integrations.sandbox.dataverse import Dataverse
from tests.integrations.connectors.dynamics365.conftest import OpenConnector, calls_of, deliver, fault, leads_in
from tests.integrations.far_end import FarEnd, Line, answer
from tests.integrations.records import RECORD, failure_of, some


def test_a_limit_holds_the_destination(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    dataverse.control("config", {"limits": {"requests": 1}})
    first, second = some(2)
    deliver(connector, first)
    failure = failure_of(deliver(connector, second))
    assert (failure.kind, failure.cause) == (FailureKind.THROTTLED, "dynamics365_too_many_requests")
    assert failure.retry_after is not None
    assert timedelta(0) < failure.retry_after <= timedelta(seconds=300)
    assert len(leads_in(dataverse)) == 1


@pytest.mark.parametrize(
    ("headers", "wait"), [({"Retry-After": "7"}, timedelta(seconds=7)), ({}, None), ({"Retry-After": "soon"}, None)]
)
def test_a_limit_without_a_time_holds_it_too(
    dataverse: Dataverse, connector: Dynamics365Connector, headers: dict[str, str], wait: timedelta | None
) -> None:
    fault(dataverse, "respond", status=429, headers=headers)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause, failure.retry_after) == (FailureKind.THROTTLED, "throttled", wait)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_server_in_trouble_is_tried_again_later(
    dataverse: Dataverse, connector: Dynamics365Connector, status: int
) -> None:
    fault(dataverse, "respond", status=status, times=3)
    assert [failure_of(deliver(connector)).kind for _ in range(3)] == [FailureKind.TEMPORARY] * 3
    assert isinstance(deliver(connector).result, Delivered)
    assert len(leads_in(dataverse)) == 1


def test_a_plug_in_that_crashes_is_tried_again_later(dataverse: Dataverse, connector: Dynamics365Connector) -> None:
    dataverse.control("config", {"variants": {"plug_in": "crashes"}})
    failure = failure_of(deliver(connector, replace(RECORD, company="REFUSE")))
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "dynamics365_plugin_failed")


@pytest.mark.parametrize("path", ["/leads", "oauth2"])
def test_a_page_with_status_200_is_no_success(dataverse: Dataverse, connector: Dynamics365Connector, path: str) -> None:
    fault(dataverse, "garbage", path)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "unreadable_answer")
    assert leads_in(dataverse) == []


@pytest.mark.parametrize("path", ["/leads", "oauth2"])
def test_a_redirect_is_not_followed(dataverse: Dataverse, connector: Dynamics365Connector, path: str) -> None:
    fault(dataverse, "redirect", path)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "redirected")
    assert calls_of(dataverse, "redirected") == []


@pytest.mark.parametrize(
    ("path", "kind", "cause"),
    [
        ("/leads", FailureKind.UNANSWERED, "no_answer_in_time"),
        ("oauth2", FailureKind.TEMPORARY, "entra_sign_in_unanswered"),
    ],
)
def test_an_answer_that_never_ends_takes_bounded_time(
    dataverse: Dataverse, connectors: OpenConnector, path: str, kind: FailureKind, cause: str
) -> None:
    if path == "/leads":
        connectors().check()  # brings the token, with patience
    connector = connectors(impatient=True)
    fault(dataverse, "trickle", path, delay=0.05)
    began = monotonic()
    failure = failure_of(deliver(connector))
    assert monotonic() - began < 5
    assert (failure.kind, failure.cause) == (kind, cause)


def test_an_endless_answer_is_read_to_a_limit(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    def flood(line: Line) -> None:
        line.read_request()
        line.send(answer(200, b'{"access_token":"eyJ0","expires_in":3599}'))
        line.read_request()
        line.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            line.send(b"a" * 65_536)

    far_end.plays(flood)
    url = far_end.url("")
    connector = open_connectors(environment_url=url, token_authority=url, unusual_host=True)
    failure = failure_of(deliver(connector))
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "unreadable_answer")
    assert len(far_end.requests) == 2


def test_an_address_inside_is_not_dialled(
    open_connectors: OpenConnector, names: dict[str, list[str]], dialled: list[tuple[str, int]]
) -> None:
    names["contoso.crm4.dynamics.com"] = names["login.microsoftonline.com"] = ["10.0.0.1"]
    failure = failure_of(deliver(open_connectors()))
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "address_not_public")
    assert dialled == []


def test_a_server_that_is_away_is_temporary(far_end: FarEnd, open_connectors: OpenConnector) -> None:
    url = far_end.url("")
    far_end.close()
    connector = open_connectors(environment_url=url, token_authority=url, unusual_host=True)
    assert failure_of(deliver(connector)) == Failure(kind=FailureKind.TEMPORARY, cause="cannot_connect")


def test_a_whole_delivery_is_bounded_and_a_batch_has_time_to_be_worked_off() -> None:
    limits = Dynamics365Connector.limits
    assert (limits.connect, limits.read, limits.total, limits.answer_bytes) == (5, 100, 120, 1024 * 1024)
    assert Dynamics365Connector.batch_limit == 100
