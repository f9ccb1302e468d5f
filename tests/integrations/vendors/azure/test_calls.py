"""The SDK's requests keep to the bounds of every other call, and so do threads and connections."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import Any

import pytest

from integrations.connectors.azure_table import AzureTableConnector
from integrations.contract import Arrival, FailureKind
from tests.azurite import KEY
from tests.integrations.conftest import IMPATIENT
from tests.integrations.far_end import FarEnd, Line, answer, answering
from tests.integrations.records import RECORD, delivered, failure_of, kind_and_cause, some


class ImpatientTable(AzureTableConnector):
    limits = IMPATIENT


OpenConnector = Callable[[str], AzureTableConnector]


@pytest.fixture
def connectors() -> Iterator[OpenConnector]:
    opened: list[AzureTableConnector] = []

    def open_connector(endpoint: str) -> AzureTableConnector:
        connection = f"AccountName=acme;AccountKey={KEY};TableEndpoint={endpoint}"
        form = AzureTableConnector.Config.of({"connection": connection, "unusual_host": True})
        assert form.is_valid(), form.errors
        opened.append(ImpatientTable(form.cleaned_data))
        return opened[-1]

    yield open_connector
    for connector in opened:
        connector.close()


def endless(line: Line) -> None:
    line.read_request()
    line.send(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\r\n")
    line.trickle(repeat(b" "))


def enormous(line: Line) -> None:
    line.read_request()
    line.send(b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n\r\n")
    line.trickle(repeat(b" " * 1_000_000))


@pytest.mark.parametrize(("scene", "cause"), [(endless, "no_answer_in_time"), (enormous, "answer_cut_off")])
def test_an_answer_without_end_is_left_in_time(
    connectors: OpenConnector, far_end: FarEnd, scene: Callable[[Line], None], cause: str
) -> None:
    far_end.plays(scene)
    began = time.monotonic()
    (outcome,) = connectors(far_end.url("/acme")).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.UNANSWERED, cause)
    assert time.monotonic() - began < 3
    assert far_end.connections == 1


def test_an_address_inside_is_not_dialled(connectors: OpenConnector, far_end: FarEnd, settings: Any) -> None:
    settings.LEADCRM_ALLOWED_PRIVATE_NETWORKS = []
    (outcome,) = connectors(far_end.url("/acme")).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.MISCONFIGURED, "address_not_public")
    assert far_end.connections == 0


def test_an_account_that_nobody_knows_is_named(connectors: OpenConnector, names: dict[str, list[str]]) -> None:
    (outcome,) = connectors("https://acme.table.core.windows.net").deliver([RECORD])
    failure = failure_of(outcome)
    assert (failure.kind, failure.cause) == (FailureKind.TEMPORARY, "azure_account_unknown")
    assert failure.params["account"] == "acme"


def test_nothing_is_sent_where_nobody_listens(connectors: OpenConnector, far_ends: Callable[[], FarEnd]) -> None:
    gone = far_ends()
    gone.close()
    (outcome,) = connectors(gone.url("/acme")).deliver([RECORD])
    assert kind_and_cause(outcome) == (FailureKind.TEMPORARY, "cannot_connect")


def test_connections_are_kept_and_no_two_threads_share_one(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(204)))
    connector = connectors(far_end.url("/acme"))
    for _number in range(3):
        connector.deliver([RECORD])
    assert far_end.connections == 1
    with ThreadPoolExecutor(4) as workers:
        outcomes = list(workers.map(lambda record: connector.deliver([record])[0], some(40)))
    assert {delivered(outcome).arrival for outcome in outcomes} == {Arrival.CREATED}
    assert far_end.connections <= 4
    assert len(far_end.requests) == 43


def test_a_forked_process_opens_connections_of_its_own(
    connectors: OpenConnector, far_end: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    far_end.plays(answering(answer(204)))
    connector = connectors(far_end.url("/acme"))
    connector.deliver([RECORD])
    with monkeypatch.context() as forked:
        forked.setattr(os, "getpid", lambda: -1)
        connector.deliver([RECORD])
        connector.close()
    assert [request.connection for request in far_end.requests] == [1, 2]


def test_a_server_that_fails_is_asked_once(connectors: OpenConnector, far_end: FarEnd) -> None:
    far_end.plays(answering(answer(500)))
    connectors(far_end.url("/acme")).deliver([RECORD])
    assert len(far_end.requests) == 1
