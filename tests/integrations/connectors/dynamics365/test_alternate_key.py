"""Leads that are recognised by a column of the team's own."""

from integrations.contract import Arrival, Delivered, FailureKind
from integrations.sandbox.dataverse import Dataverse
from tests.integrations.connectors.dynamics365.conftest import (
    KEY_COLUMN,
    OPENS,
    OpenConnector,
    deliver,
    fault,
    leads_in,
)
from tests.integrations.records import KEY, failure_of


def test_under_an_alternate_key_the_record_has_an_id_of_its_own(
    dataverse: Dataverse, connectors: OpenConnector
) -> None:
    connector = connectors(key_column=KEY_COLUMN)
    created = deliver(connector).result
    (lead,) = leads_in(dataverse)
    assert lead["fields"][KEY_COLUMN] == str(KEY)
    assert lead["key"] != str(KEY)
    assert created == Delivered(Arrival.CREATED, lead["key"], f"{dataverse.url}/main.aspx?{OPENS}{lead['key']}")
    assert deliver(connector).result == Delivered(Arrival.ALREADY_THERE, str(KEY))
    (after,) = leads_in(dataverse)
    assert after["fields"] == lead["fields"]


def test_under_an_alternate_key_an_answer_that_got_lost_makes_no_second_record(
    dataverse: Dataverse, connectors: OpenConnector
) -> None:
    connector = connectors(key_column=KEY_COLUMN)
    fault(dataverse, "commit_then_drop")
    assert failure_of(deliver(connector)).kind is FailureKind.UNANSWERED
    assert deliver(connector).result == Delivered(Arrival.ALREADY_THERE, str(KEY))
    assert len(leads_in(dataverse)) == 1


def test_an_alternate_key_that_is_not_active_stops_the_destination(
    dataverse: Dataverse, connectors: OpenConnector
) -> None:
    dataverse.control("config", {"keys": {KEY_COLUMN: {"columns": [KEY_COLUMN], "status": "Pending"}}})
    failure = failure_of(deliver(connectors(key_column=KEY_COLUMN)))
    assert (failure.kind, failure.cause) == (FailureKind.MISCONFIGURED, "dynamics365_key_not_ready")
    assert failure.params == {"key": KEY_COLUMN}
